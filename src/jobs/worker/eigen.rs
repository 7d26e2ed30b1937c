//! Matrices of `Eigen.Solve`, in the worker: collected piece by piece, each piece solved as soon as it
//! is complete (`solvers.rs`), answers sent in the order of the matrices.
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytemuck::Pod;
use num_complex::Complex64;

use super::child::Out;
use super::message::{EigenDone, EigenOpen, TaskFailed, from_worker};
use crate::linalg::{Certify, Device, EighOptions, HostBatch, LinalgError, Ragged, Ratios, Shape};

/// Pieces of an answer on their way to the server.
const PIECE_BYTES: usize = 1 << 20;

/// Some consecutive matrices of a call, complete.
#[derive(Debug)]
pub(super) struct Piece {
    /// Its place among the pieces, and that of its first matrix in the whole batch.
    index: usize,
    first: usize,
    /// The largest order in it.
    pub(super) order: usize,
    host: HostBatch,
}

/// The side of a call that takes what arrives.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) call: Arc<Call>,
    /// Orders of the pieces that are not complete; the first one is arriving.
    pieces: VecDeque<Vec<u32>>,
    next: usize,
    first: usize,
    arriving: Option<Elements>,
    filled: usize,
}

/// The elements of a piece.
#[derive(Debug)]
enum Elements {
    F64(Vec<f64>),
    C128(Vec<Complex64>),
}

impl Elements {
    fn new(complex: bool, orders: &[u32]) -> Self {
        let count = orders.iter().map(|order| (*order as usize).pow(2)).sum();
        if complex {
            Self::C128(vec![Complex64::default(); count])
        } else {
            Self::F64(vec![0.0; count])
        }
    }

    fn bytes(&mut self) -> &mut [u8] {
        match self {
            Self::F64(elements) => bytemuck::cast_slice_mut(elements),
            Self::C128(elements) => bytemuck::cast_slice_mut(elements),
        }
    }

    fn batch(self, shapes: Vec<Shape>) -> Result<HostBatch, LinalgError> {
        Ok(match self {
            Self::F64(elements) => HostBatch::F64(Ragged::new(shapes, elements)?),
            Self::C128(elements) => HostBatch::C128(Ragged::new(shapes, elements)?),
        })
    }
}

impl Task {
    pub(super) fn new(open: EigenOpen, out: Out) -> Self {
        let pieces = cut(&open);
        let call = Call {
            count: pieces.len(),
            open,
            out,
            stop: AtomicBool::new(false),
            failed: AtomicUsize::new(usize::MAX),
            answers: Mutex::default(),
        };
        let (call, pieces) = (Arc::new(call), pieces.into());
        Self { call, pieces, next: 0, first: 0, arriving: None, filled: 0 }
    }

    /// The pieces that are complete with these bytes.
    /// Errors: memory and lengths do not fit (a defect).
    pub(super) fn take(&mut self, mut data: &[u8]) -> Result<Vec<Piece>, LinalgError> {
        let mut complete = Vec::new();
        while let Some(orders) = self.pieces.front().filter(|_| !data.is_empty()) {
            let complex = self.call.open.complex;
            let arriving = self.arriving.get_or_insert_with(|| Elements::new(complex, orders));
            let room = &mut arriving.bytes()[self.filled..];
            let (now, later) = data.split_at(room.len().min(data.len()));
            room[..now.len()].copy_from_slice(now);
            let is_complete = now.len() == room.len();
            (self.filled, data) = (self.filled + now.len(), later);
            if is_complete {
                complete.extend(self.next_piece()?);
            }
        }
        Ok(complete)
    }

    fn next_piece(&mut self) -> Result<Option<Piece>, LinalgError> {
        let (Some(orders), Some(elements)) = (self.pieces.pop_front(), self.arriving.take()) else {
            return Ok(None);
        };
        let (index, first) = (self.next, self.first);
        (self.next, self.first, self.filled) = (index + 1, first + orders.len(), 0);
        let order = orders.iter().copied().max().unwrap_or(0) as usize;
        let shapes = orders.iter().map(|order| Shape::square(*order as usize)).collect();
        Ok(Some(Piece { index, first, order, host: elements.batch(shapes)? }))
    }
}

/// The orders of each piece, as the server cuts the batch; what it leaves over is the last piece.
fn cut(open: &EigenOpen) -> Vec<Vec<u32>> {
    let mut rest = &open.orders[..];
    let mut pieces = Vec::new();
    for count in &open.pieces {
        let (piece, later) = rest.split_at((*count as usize).min(rest.len()));
        rest = later;
        if !piece.is_empty() {
            pieces.push(piece.to_vec());
        }
    }
    if !rest.is_empty() {
        pieces.push(rest.to_vec());
    }
    pieces
}

/// One call, as the threads see it that solve its pieces.
#[derive(Debug)]
pub(super) struct Call {
    open: EigenOpen,
    count: usize,
    out: Out,
    stop: AtomicBool,
    /// The first piece that has failed: what comes after it is of no use.
    failed: AtomicUsize,
    answers: Mutex<Answers>,
}

type Outcome = Result<Solved, LinalgError>;

/// Solved, but not all of them sent.
#[derive(Debug, Default)]
struct Answers {
    waiting: BTreeMap<usize, Outcome>,
    next: usize,
    /// Somebody is, and will send what is put here meanwhile.
    sending: bool,
    ratios: Vec<Ratios>,
    matrices: u64,
    recomputed: u64,
}

#[derive(Debug)]
struct Solved {
    values: Vec<f64>,
    vectors: Option<Arc<HostBatch>>,
    /// The worst of each.
    ratios: Ratios,
    matrices: u64,
    recomputed: u64,
}

impl Call {
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_one_piece(&self) -> bool {
        self.count == 1
    }

    /// Solves a piece, and sends what can be sent.
    pub(super) fn solve(&self, piece: Piece, device: &dyn Device) {
        let (index, first) = (piece.index, piece.first);
        if self.failed.load(Ordering::Relaxed) < index {
            return;
        }
        let solved = self.solved(piece, device);
        let solved = solved.map_err(|error| error.renumbered(|matrix| matrix + first));
        if solved.is_err() {
            self.failed.fetch_min(index, Ordering::Relaxed);
        }
        self.hand_in(index, solved);
    }

    fn solved(&self, piece: Piece, device: &dyn Device) -> Outcome {
        super::hermitian::check(&piece.host, self.open.lower_only)?;
        let batch = device.upload(piece.host)?;
        let options = EighOptions { vectors: self.open.vectors, certify: Certify::Full };
        let range = self.open.first as usize..self.open.end as usize;
        let solved = device.eigh_range(&batch, range, options, &self.stop)?;
        drop(batch);
        let certificate = solved.certificate();
        let vectors =
            solved.vectors.as_ref().map(|vectors| device.download(vectors)).transpose()?;
        let (residual, orthogonality) = (certificate.residual, certificate.orthogonality);
        Ok(Solved {
            values: solved.values.concat(),
            vectors,
            ratios: Ratios { residual, orthogonality },
            matrices: certificate.matrices,
            recomputed: solved.recomputed.len() as u64,
        })
    }

    /// Whoever comes while another one is sending leaves the sending to it.
    fn hand_in(&self, index: usize, outcome: Outcome) {
        let mut answers = self.answers();
        answers.waiting.insert(index, outcome);
        if answers.sending {
            return;
        }
        answers.sending = true;
        loop {
            let next = answers.next;
            let Some(outcome) = answers.waiting.remove(&next) else { break };
            answers.next += 1;
            drop(answers);
            let sent = outcome.map(|solved| self.send(&solved));
            answers = self.answers();
            match sent {
                Ok((ratios, matrices, recomputed)) => {
                    answers.ratios.push(ratios);
                    answers.matrices += matrices;
                    answers.recomputed += recomputed;
                }
                // `sending` stays: nothing comes after an error.
                Err(error) => return self.fail(&error),
            }
        }
        if answers.next == self.count {
            return self.done(&answers);
        }
        answers.sending = false;
    }

    fn send(&self, solved: &Solved) -> (Ratios, u64, u64) {
        let task = self.open.task;
        send(task, 0, &solved.values, &self.out);
        match solved.vectors.as_deref() {
            Some(HostBatch::F64(vectors)) => send(task, 1, vectors.data(), &self.out),
            Some(HostBatch::C128(vectors)) => send(task, 1, vectors.data(), &self.out),
            None => {}
        }
        (solved.ratios, solved.matrices, solved.recomputed)
    }

    fn done(&self, answers: &Answers) {
        let worst = Ratios::worst(&answers.ratios);
        self.out.send(from_worker::Part::EigenDone(EigenDone {
            task: self.open.task,
            residual: worst.residual,
            orthogonality: worst.orthogonality,
            matrices: answers.matrices,
            recomputed: answers.recomputed,
        }));
    }

    fn fail(&self, error: &LinalgError) {
        if let LinalgError::DeviceLost { reason } = error {
            return self.out.give_up(format!("device lost: {reason}"));
        }
        let refused = matches!(
            error,
            LinalgError::NotHermitian { .. }
                | LinalgError::NotFinite { .. }
                | LinalgError::Shape { .. }
                | LinalgError::OverBudget { .. }
        );
        let stopped = matches!(error, LinalgError::Stopped);
        self.failure(TaskFailed {
            reason: error.to_string(),
            refused,
            stopped,
            ..Default::default()
        });
    }

    /// A defect must not leave the caller waiting.
    pub(super) fn defect(&self, text: &str) {
        self.stop();
        let reason = format!("defect: {text}");
        self.failure(TaskFailed { reason, ..TaskFailed::default() });
    }

    fn failure(&self, failed: TaskFailed) {
        let failed = TaskFailed { task: self.open.task, ..failed };
        self.out.send(from_worker::Part::TaskFailed(failed));
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Little-endian bytes, whatever their alignment; incomplete elements at the end are left out.
pub(super) fn elements<T: Pod>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}

pub(super) fn send<T: Pod>(task: u64, tensor: u32, values: &[T], out: &Out) {
    let bytes: &[u8] = bytemuck::cast_slice(values);
    for piece in bytes.chunks(PIECE_BYTES) {
        out.send_data(task, tensor, piece);
    }
}
