//! Eigendecomposition of a ragged batch on the device: one workgroup per matrix for orders up to
//! 32, blocked tridiagonalization and divide and conquer of many matrices at once above; what
//! cannot be certified is solved again on the CPU, and said so.
mod back;
mod bisect;
mod certify;
mod conquer;
mod deflate;
mod large;
mod magnitude;
mod small;
mod sturm;
mod tree;
mod tridiagonal;
mod wave;

use std::ops::Range;

use super::Gpu;
use super::batch::{GpuBatch, bytes_of};
use super::mixed;
use super::shaders::eigh_small::MAX_ORDER;
use crate::linalg::check::{Ratios, THRESHOLD};
use crate::linalg::scale::PowerOfTwo;
use crate::linalg::{
    Batch, Certify, Device, Eigh, EighOptions, HostBatch, LinalgError, Ragged, Shape,
};
use crate::stop::Stop;

/// What is known of one matrix when it is solved.
#[derive(Debug, Clone, Default)]
pub(super) struct Solution {
    /// Of the scaled matrix, ascending.
    pub(super) values: Vec<f64>,
    pub(super) ratios: Ratios,
    /// Solved within LAPACK's threshold (values alone: they have passed `sturm`).
    pub(super) certified: bool,
}

/// A matrix of one slab, for the kernels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) index: usize,
    pub(super) order: usize,
    /// First element in the slab.
    pub(super) first: u32,
    pub(super) scale: PowerOfTwo,
}

/// All values; of the vectors the columns `wanted` of every matrix (others may hold nothing).
pub(super) fn eigh(
    gpu: &Gpu,
    batch: &GpuBatch,
    wanted: &Range<usize>,
    options: EighOptions,
    stop: &dyn Stop,
) -> Result<Eigh, LinalgError> {
    check_square(batch.shapes())?;
    let device = &gpu.device;
    let scales = magnitude::scales(device, batch, stop)?;
    let vectors = GpuBatch::new(device, "eigh.vectors", batch.dtype(), batch.shapes().to_vec())?;
    let mut solutions = vec![Solution::default(); batch.shapes().len()];
    for slab in 0..batch.buffers.len() {
        let items = items(batch, &scales, slab);
        let buffers: (&wgpu::Buffer, &wgpu::Buffer) =
            (&batch.buffers[slab], &vectors.buffers[slab]);
        let target = (options.vectors || options.certify != Certify::No).then_some(buffers.1);
        if device.mixed {
            let buffers = (buffers.0, target);
            mixed::solve(device, batch.dtype(), items, buffers, &mut solutions, stop)?;
            continue;
        }
        let (small, large): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|item| item.order <= MAX_ORDER as usize);
        small::solve(device, batch.dtype(), &small, buffers, &mut solutions, stop)?;
        let buffers = (buffers.0, target);
        large::solve(device, batch.dtype(), large, wanted, buffers, &mut solutions, stop)?;
    }
    finish(gpu, batch, vectors, (&scales, solutions), options, stop)
}

fn check_square(shapes: &[Shape]) -> Result<(), LinalgError> {
    match shapes.iter().position(|shape| shape.rows != shape.cols) {
        None => Ok(()),
        Some(index) => Err(LinalgError::Shape {
            index,
            rows: shapes[index].rows,
            cols: shapes[index].cols,
            expected: "a square matrix".into(),
        }),
    }
}

/// Matrices of a slab that the device solves: not the empty ones, and not those whose elements are
/// all subnormal, which devices may take for zeros.
fn items(batch: &GpuBatch, scales: &[Option<PowerOfTwo>], slab: usize) -> Vec<Item> {
    let mut items = Vec::new();
    for (index, (place, shape)) in batch.slabs.places.iter().zip(batch.shapes()).enumerate() {
        if place.slab == slab
            && !shape.is_empty()
            && let Some(scale) = scales[index]
        {
            items.push(Item { index, order: shape.rows, first: place.first, scale });
        }
    }
    items
}

/// Puts the answer together; matrices without a certificate are solved on the CPU.
fn finish(
    gpu: &Gpu,
    batch: &GpuBatch,
    vectors: GpuBatch,
    (scales, solutions): (&[Option<PowerOfTwo>], Vec<Solution>),
    options: EighOptions,
    stop: &dyn Stop,
) -> Result<Eigh, LinalgError> {
    let mut values = Vec::with_capacity(solutions.len());
    let mut ratios = Vec::with_capacity(solutions.len());
    let mut recomputed = Vec::new();
    for (index, solution) in solutions.into_iter().enumerate() {
        if !solution.certified && !batch.shapes()[index].is_empty() {
            recomputed.push(index);
        }
        ratios.push(solution.ratios);
        let scale = scales[index].unwrap_or(PowerOfTwo::normalizing(0.0));
        values.push(scaled_back(solution.values, scale));
    }
    for &index in &recomputed {
        let solved = on_the_cpu(gpu, batch, &vectors, index, stop)?;
        (values[index], ratios[index]) = solved;
    }
    if let Some(index) = values.iter().position(|list| list.iter().any(|x| !x.is_finite())) {
        // Only possible within a factor n of the largest double.
        return Err(LinalgError::NotFinite { index });
    }
    Ok(Eigh {
        values,
        vectors: options.vectors.then(|| Batch::on_gpu(vectors)),
        ratios: if options.certify != Certify::No { ratios } else { Vec::new() },
        recomputed,
    })
}

fn scaled_back(mut values: Vec<f64>, scale: PowerOfTwo) -> Vec<f64> {
    let (first, second) = scale.inverse().factors();
    for value in &mut values {
        *value = *value * first * second;
    }
    values
}

/// Fetches one matrix, solves it and puts its vectors where they belong.
fn on_the_cpu(
    gpu: &Gpu,
    batch: &GpuBatch,
    vectors: &GpuBatch,
    index: usize,
    stop: &dyn Stop,
) -> Result<(Vec<f64>, Ratios), LinalgError> {
    let place = batch.slabs.places[index];
    let shape = batch.shapes()[index];
    let offset = u64::from(place.first) * bytes_of(batch.dtype());
    let mut bytes = vec![0_u8; shape.len() * bytes_of(batch.dtype()) as usize];
    gpu.device.read(&batch.buffers[place.slab], offset, &mut bytes)?;
    let host = match batch.dtype() {
        crate::linalg::Dtype::F64 => {
            HostBatch::F64(Ragged::new(vec![shape], bytemuck::pod_collect_to_vec(&bytes))?)
        }
        crate::linalg::Dtype::C128 => {
            HostBatch::C128(Ragged::new(vec![shape], bytemuck::pod_collect_to_vec(&bytes))?)
        }
    };
    let options = EighOptions { vectors: true, certify: Certify::Full };
    let named = |error: LinalgError| match error {
        LinalgError::NoConvergence { order, .. } => LinalgError::NoConvergence { index, order },
        LinalgError::NotFinite { .. } => LinalgError::NotFinite { index },
        other => other,
    };
    let mut solved = gpu.cpu.eigh(&gpu.cpu.upload(host)?, options, stop).map_err(named)?;
    if let Some(found) = &solved.vectors {
        let found = gpu.cpu.download(found)?;
        let bytes: &[u8] = match &*found {
            HostBatch::F64(ragged) => bytemuck::cast_slice(ragged.data()),
            HostBatch::C128(ragged) => bytemuck::cast_slice(ragged.data()),
        };
        gpu.device.write(&vectors.buffers[place.slab], offset, bytes)?;
    }
    let values = solved.values.pop().unwrap_or_default();
    Ok((values, solved.ratios.pop().unwrap_or_default()))
}

/// LAPACK's ratios from squared Frobenius norms of A V - V L, of A, and of V^H V - 1.
pub(super) fn ratios(order: usize, residual: f64, norm: f64, orthogonality: f64) -> Ratios {
    let n_eps = order as f64 * f64::EPSILON;
    let over = |defect: f64, unit: f64| if defect == 0.0 { 0.0 } else { defect / unit };
    Ratios {
        residual: over(residual.sqrt(), norm.sqrt() * n_eps),
        orthogonality: over(orthogonality.sqrt(), n_eps),
    }
}

pub(super) fn certified(ratios: &Ratios) -> bool {
    ratios.residual <= THRESHOLD && ratios.orthogonality <= THRESHOLD
}
