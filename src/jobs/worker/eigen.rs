//! Matrices of `Eigen.Solve`, in the worker: collected, checked, diagonalized beside the chunks.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytemuck::Pod;
use bytes::Bytes;
use num_complex::Complex64;

use super::child::Out;
use super::execute::panic_text;
use super::message::{EigenDone, EigenOpen, TaskData, TaskFailed, from_worker};
use crate::linalg::{Certify, Device, EighOptions, HostBatch, LinalgError, Ragged, Shape};

/// Pieces of an answer.
const PIECE_BYTES: usize = 1 << 20;

/// A batch that is arriving.
#[derive(Debug)]
pub(super) struct Task {
    open: EigenOpen,
    bytes: Vec<u8>,
    expected: usize,
    stop: Arc<AtomicBool>,
}

impl Task {
    pub(super) fn new(open: EigenOpen) -> Self {
        let element = if open.complex { 16 } else { 8 };
        let expected = open.orders.iter().fold(0usize, |sum, order| {
            let order = *order as usize;
            sum.saturating_add(order.saturating_mul(order).saturating_mul(element))
        });
        Self { open, bytes: Vec::new(), expected, stop: Arc::new(AtomicBool::new(false)) }
    }

    /// The last piece begins the work.
    pub(super) fn take(&mut self, piece: &TaskData, device: &Arc<dyn Device>, out: &Out) {
        if self.bytes.is_empty() {
            // At once, as pages are only taken when they are written; growing would copy what is there.
            let _ = self.bytes.try_reserve_exact(self.expected);
        }
        self.bytes.extend_from_slice(&piece.data);
        if self.bytes.len() < self.expected {
            return;
        }
        let (open, bytes) = (self.open.clone(), std::mem::take(&mut self.bytes));
        let (device, out, stop) = (device.clone(), out.clone(), self.stop.clone());
        std::thread::spawn(move || {
            let work = || solve(&open, bytes, device.as_ref(), &out, &stop);
            // A defect must not leave the caller waiting.
            let failed = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => return,
                Ok(Err(LinalgError::DeviceLost { reason })) => {
                    return out.give_up(format!("device lost: {reason}"));
                }
                Ok(Err(error)) => failure(open.task, &error),
                Err(panic) => TaskFailed {
                    task: open.task,
                    reason: format!("defect: {}", panic_text(panic.as_ref())),
                    ..TaskFailed::default()
                },
            };
            out.send(from_worker::Part::TaskFailed(failed));
        });
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn failure(task: u64, error: &LinalgError) -> TaskFailed {
    let refused = matches!(
        error,
        LinalgError::NotHermitian { .. }
            | LinalgError::NotFinite { .. }
            | LinalgError::Shape { .. }
            | LinalgError::OverBudget { .. }
    );
    let stopped = matches!(error, LinalgError::Stopped);
    TaskFailed { task, reason: error.to_string(), refused, stopped, ..TaskFailed::default() }
}

fn solve(
    open: &EigenOpen,
    bytes: Vec<u8>,
    device: &dyn Device,
    out: &Out,
    stop: &AtomicBool,
) -> Result<(), LinalgError> {
    let shapes: Vec<Shape> =
        open.orders.iter().map(|order| Shape::square(*order as usize)).collect();
    let host = if open.complex {
        HostBatch::C128(Ragged::new(shapes, elements::<Complex64>(&bytes))?)
    } else {
        HostBatch::F64(Ragged::new(shapes, elements::<f64>(&bytes))?)
    };
    // Not held while the solver needs its own copies.
    drop(bytes);
    super::hermitian::check(&host, open.lower_only)?;
    let batch = device.upload(host)?;
    let options = EighOptions { vectors: open.vectors, certify: Certify::Full };
    let solved = device.eigh(&batch, options, stop)?;
    let values: Vec<f64> = solved.values.iter().flatten().copied().collect();
    send(open.task, 0, &values, out);
    if let Some(vectors) = &solved.vectors {
        match device.download(vectors)?.as_ref() {
            HostBatch::F64(ragged) => send(open.task, 1, ragged.data(), out),
            HostBatch::C128(ragged) => send(open.task, 1, ragged.data(), out),
        }
    }
    let certificate = solved.certificate();
    out.send(from_worker::Part::EigenDone(EigenDone {
        task: open.task,
        residual: certificate.residual,
        orthogonality: certificate.orthogonality,
        matrices: certificate.matrices,
        recomputed: solved.recomputed.len() as u64,
    }));
    Ok(())
}

/// Little-endian bytes, whatever their alignment; incomplete elements at the end are left out.
pub(super) fn elements<T: Pod>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}

pub(super) fn send<T: Pod>(task: u64, tensor: u32, values: &[T], out: &Out) {
    let bytes: &[u8] = bytemuck::cast_slice(values);
    for piece in bytes.chunks(PIECE_BYTES) {
        let data = Bytes::copy_from_slice(piece);
        out.send(from_worker::Part::TaskData(TaskData { task, tensor, data }));
    }
}
