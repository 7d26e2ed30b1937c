//! The threads that solve pieces of `Eigen.Solve`: on the CPU one for each core, each with a piece of
//! its own, so that none waits for another; a GPU has one piece at a time.
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::eigen::{Call, Piece};
use super::execute::panic_text;
use super::machine::Opened;
use crate::linalg::Device;
use crate::linalg::cpu::Cpu;

/// A matrix of this order or more has all threads of the device to itself.
const SHARED_FROM_ORDER: usize = 512;

/// Threads that begin with the first piece.
#[derive(Debug)]
pub(super) struct Solvers {
    count: usize,
    opened: Opened,
    queue: Option<Arc<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Calls with pieces to be solved; they take turns.
    calls: Mutex<VecDeque<Waiting>>,
    more: Condvar,
}

#[derive(Debug)]
struct Waiting {
    call: Arc<Call>,
    pieces: VecDeque<Piece>,
}

impl Solvers {
    /// `threads`: of the CPU.
    pub(super) fn new(opened: Opened, threads: usize) -> Self {
        let count = if opened.is_gpu() { 1 } else { threads.max(1) };
        Self { count, opened, queue: None }
    }

    pub(super) fn add(&mut self, call: &Arc<Call>, pieces: Vec<Piece>) {
        let queue = self.queue.get_or_insert_with(|| start(&self.opened, self.count));
        let mut calls = queue.lock();
        match calls.iter_mut().find(|waiting| Arc::ptr_eq(&waiting.call, call)) {
            Some(waiting) => waiting.pieces.extend(pieces),
            None if pieces.is_empty() => {}
            None => calls.push_back(Waiting { call: call.clone(), pieces: pieces.into() }),
        }
        drop(calls);
        queue.more.notify_all();
    }

    /// Nobody wants the answer any more.
    pub(super) fn forget(&self, call: &Arc<Call>) {
        call.stop();
        if let Some(queue) = &self.queue {
            queue.lock().retain(|waiting| !Arc::ptr_eq(&waiting.call, call));
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for one.
    fn next(&self) -> (Arc<Call>, Piece) {
        let mut calls = self.lock();
        loop {
            while let Some(mut waiting) = calls.pop_front() {
                let Some(piece) = waiting.pieces.pop_front() else { continue };
                let call = waiting.call.clone();
                calls.push_back(waiting);
                return (call, piece);
            }
            calls = self.more.wait(calls).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn start(opened: &Opened, count: usize) -> Arc<Queue> {
    let queue = Arc::new(Queue::default());
    for _ in 0..count {
        let (queue, shared) = (queue.clone(), opened.device.clone());
        // Without threads of its own: a piece is solved by the thread that has it.
        let alone = if 1 < count { Cpu::new(Some(1)).ok() } else { None };
        std::thread::spawn(move || work(&queue, shared.as_ref(), alone.as_ref()));
    }
    queue
}

/// Until the process ends.
fn work(queue: &Queue, shared: &dyn Device, alone: Option<&Cpu>) {
    loop {
        let (call, piece) = queue.next();
        let shares = call.is_one_piece() || SHARED_FROM_ORDER <= piece.order;
        let device = match alone {
            Some(alone) if !shares => alone as &dyn Device,
            _ => shared,
        };
        let solved = catch_unwind(AssertUnwindSafe(|| call.solve(piece, device)));
        if let Err(panic) = solved {
            call.defect(&panic_text(panic.as_ref()));
        }
    }
}
