//! A ragged batch resident on a GPU.
use std::sync::Arc;

use super::device::{OpenDevice, Share, State};
use super::plan::Slabs;
use super::pool::{Contents, Pooled};
use crate::linalg::{Dtype, HostBatch, LinalgError, Ragged, Shape};

/// Row-major matrices in one or more buffers, none larger than a kernel can bind.
#[derive(Debug)]
pub struct GpuBatch {
    dtype: Dtype,
    shapes: Vec<Shape>,
    pub(super) slabs: Slabs,
    pub(super) buffers: Vec<Pooled>,
    share: Share,
}

impl GpuBatch {
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Room for the matrices, zeros in it.
    pub(super) fn new(
        device: &OpenDevice,
        label: &str,
        dtype: Dtype,
        shapes: Vec<Shape>,
    ) -> Result<Self, LinalgError> {
        Self::with(device, label, dtype, shapes, Contents::Zeros)
    }

    fn with(
        device: &OpenDevice,
        label: &str,
        dtype: Dtype,
        shapes: Vec<Shape>,
        contents: Contents,
    ) -> Result<Self, LinalgError> {
        let slabs = Slabs::new(&shapes, bytes_of(dtype), device.max_buffer_bytes)?;
        let share = device.take(slabs.elements() * bytes_of(dtype))?;
        let mut buffers = Vec::with_capacity(slabs.lengths.len());
        for &length in &slabs.lengths {
            let bytes = u64::from(length) * bytes_of(dtype);
            buffers.push(device.pooled(label, bytes, contents)?);
        }
        Ok(Self { dtype, shapes, slabs, buffers, share })
    }

    pub(super) fn upload(device: &OpenDevice, host: &HostBatch) -> Result<Self, LinalgError> {
        let shapes = host.shapes().to_vec();
        let batch = Self::with(device, "upload", host.dtype(), shapes, Contents::Anything)?;
        let mut rest: &[u8] = match host {
            HostBatch::F64(ragged) => bytemuck::cast_slice(ragged.data()),
            HostBatch::C128(ragged) => bytemuck::cast_slice(ragged.data()),
        };
        for (buffer, length) in batch.buffers.iter().zip(batch.lengths_bytes()) {
            let (slab, after) = rest.split_at(length);
            device.write_all(buffer, slab)?;
            rest = after;
        }
        Ok(batch)
    }

    pub(super) fn download(&self, device: &OpenDevice) -> Result<HostBatch, LinalgError> {
        let shapes = self.shapes.clone();
        let total: usize = self.slabs.lengths.iter().map(|length| *length as usize).sum();
        match self.dtype {
            Dtype::F64 => {
                let mut data = vec![f64::NAN; total];
                self.read(device, bytemuck::cast_slice_mut(&mut data))?;
                Ragged::new(shapes, data).map(HostBatch::F64)
            }
            Dtype::C128 => {
                let mut data = vec![num_complex::Complex64::default(); total];
                self.read(device, bytemuck::cast_slice_mut(&mut data))?;
                Ragged::new(shapes, data).map(HostBatch::C128)
            }
        }
    }

    fn read(&self, device: &OpenDevice, mut rest: &mut [u8]) -> Result<(), LinalgError> {
        for (buffer, length) in self.buffers.iter().zip(self.lengths_bytes()) {
            let (slab, after) = rest.split_at_mut(length);
            device.read(buffer, 0, slab)?;
            rest = after;
        }
        Ok(())
    }

    fn lengths_bytes(&self) -> impl Iterator<Item = usize> {
        self.slabs.lengths.iter().map(|length| *length as usize * bytes_of(self.dtype) as usize)
    }

    /// Refuses a batch of another device.
    pub(super) fn check_owner(&self, state: &Arc<State>) -> Result<(), LinalgError> {
        if Arc::ptr_eq(&self.share.state, state) { Ok(()) } else { Err(LinalgError::ForeignBatch) }
    }
}

/// Of an element.
pub(super) fn bytes_of(dtype: Dtype) -> u64 {
    match dtype {
        Dtype::F64 => 8,
        Dtype::C128 => 16,
    }
}
