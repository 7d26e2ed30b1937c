//! A ragged batch of f64 matrices resident on a GPU.
use std::sync::Arc;

use super::device::{OpenDevice, Share, State};
use super::plan::Slabs;
use crate::linalg::{LinalgError, Ragged, Shape};

/// Row-major matrices in one or more buffers, none larger than a kernel can bind.
#[derive(Debug)]
pub struct GpuBatch {
    shapes: Vec<Shape>,
    pub(super) slabs: Slabs,
    pub(super) buffers: Vec<wgpu::Buffer>,
    share: Share,
}

impl GpuBatch {
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Room for the matrices, with whatever was in memory (wgpu: zeros).
    pub(super) fn new(
        device: &OpenDevice,
        label: &str,
        shapes: Vec<Shape>,
    ) -> Result<Self, LinalgError> {
        let slabs = Slabs::new(&shapes, device.max_buffer_bytes)?;
        let share = device.take(slabs.bytes())?;
        let mut buffers = Vec::with_capacity(slabs.lengths.len());
        for &length in &slabs.lengths {
            buffers.push(device.storage(label, bytes(length))?);
        }
        Ok(Self { shapes, slabs, buffers, share })
    }

    pub(super) fn upload(device: &OpenDevice, host: &Ragged<f64>) -> Result<Self, LinalgError> {
        // wgpu stages what is written until the next submission: keep that small.
        const PART: usize = 4 << 20;
        let batch = Self::new(device, "upload", host.shapes().to_vec())?;
        let mut rest = host.data();
        for (buffer, &length) in batch.buffers.iter().zip(&batch.slabs.lengths) {
            let (slab, after) = rest.split_at(length as usize);
            for (index, part) in slab.chunks(PART).enumerate() {
                let offset = (index * PART * size_of::<f64>()) as u64;
                device.write(buffer, offset, bytemuck::cast_slice(part))?;
                device.flush()?;
            }
            rest = after;
        }
        Ok(batch)
    }

    pub(super) fn download(&self, device: &OpenDevice) -> Result<Ragged<f64>, LinalgError> {
        let total: usize = self.slabs.lengths.iter().map(|length| *length as usize).sum();
        let mut data = vec![f64::NAN; total];
        let mut rest = data.as_mut_slice();
        for (buffer, &length) in self.buffers.iter().zip(&self.slabs.lengths) {
            let (slab, after) = rest.split_at_mut(length as usize);
            device.read(buffer, 0, bytemuck::cast_slice_mut(slab))?;
            rest = after;
        }
        Ragged::new(self.shapes.clone(), data)
    }

    /// Refuses a batch of another device.
    pub(super) fn check_owner(&self, state: &Arc<State>) -> Result<(), LinalgError> {
        if Arc::ptr_eq(&self.share.state, state) { Ok(()) } else { Err(LinalgError::ForeignBatch) }
    }
}

fn bytes(length: u32) -> u64 {
    u64::from(length) * size_of::<f64>() as u64
}
