//! Threads for independent jobs: the largest job first, whoever is free takes the next.
use std::sync::Mutex;

use crate::linalg::LinalgError;
use crate::stop::Stop;

/// Jobs are handed out until this much work (in floating-point operations, roughly 20 microseconds)
/// is in one hand, so that a batch of tiny matrices does not queue at the lock.
const GRAIN: u64 = 100_000;

/// A pool of its own, or rayon's global one.
#[derive(Debug)]
pub(super) struct Threads {
    own: Option<rayon::ThreadPool>,
}

/// One piece of work; `index` names it in errors and orders the results.
#[derive(Debug)]
pub(super) struct Job<W> {
    pub(super) index: usize,
    /// In floating-point operations, roughly.
    pub(super) cost: u64,
    pub(super) work: W,
}

impl Threads {
    pub(super) fn new(count: Option<usize>) -> Result<Self, LinalgError> {
        let Some(count) = count else { return Ok(Self { own: None }) };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count.max(1))
            .thread_name(|index| format!("linalg-{index}"))
            .build()
            .map_err(|error| LinalgError::DeviceLost { reason: error.to_string() })?;
        Ok(Self { own: Some(pool) })
    }

    pub(super) fn count(&self) -> usize {
        self.own.as_ref().map_or_else(rayon::current_num_threads, |pool| pool.current_num_threads())
    }

    /// Runs `body` where rayon's parallelism means this pool.
    pub(super) fn install<R: Send>(&self, body: impl FnOnce() -> R + Send) -> R {
        match &self.own {
            Some(pool) => pool.install(body),
            None => body(),
        }
    }

    /// Does all jobs, the costliest first; results in the order of the jobs' indices.
    /// Of several errors the one of the smallest index is returned.
    pub(super) fn run<W: Send, R: Send>(
        &self,
        mut jobs: Vec<Job<W>>,
        stop: &dyn Stop,
        body: impl Fn(usize, W) -> Result<R, LinalgError> + Sync,
    ) -> Result<Vec<R>, LinalgError> {
        jobs.sort_by_key(|job| (std::cmp::Reverse(job.cost), job.index));
        let n_workers = self.count().min(jobs.len());
        let cost: u64 = jobs.iter().map(|job| job.cost).sum();
        let queue = Mutex::new(Queue { rest: jobs.into_iter(), failed: false });
        let done = Mutex::new(Vec::new());
        let worker = || {
            let mut mine = Vec::new();
            loop {
                let hand = lock(&queue).next_hand();
                if hand.is_empty() {
                    break;
                }
                for job in hand {
                    let result = if stop.stopped() {
                        Err(LinalgError::Stopped)
                    } else {
                        body(job.index, job.work)
                    };
                    if result.is_err() {
                        lock(&queue).failed = true;
                    }
                    mine.push((job.index, result));
                }
            }
            lock(&done).append(&mut mine);
        };
        if cost < GRAIN {
            worker();
        } else {
            self.install(|| {
                rayon::scope(|scope| {
                    for _ in 0..n_workers {
                        scope.spawn(|_| worker());
                    }
                });
            });
        }
        let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

struct Queue<W> {
    rest: std::vec::IntoIter<Job<W>>,
    failed: bool,
}

impl<W> Queue<W> {
    fn next_hand(&mut self) -> Vec<Job<W>> {
        let mut hand = Vec::new();
        let mut cost = 0;
        while cost < GRAIN && !self.failed {
            let Some(job) = self.rest.next() else { break };
            cost += job.cost;
            hand.push(job);
        }
        hand
    }
}

/// A panic elsewhere is carried on by rayon; the data behind the lock are whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
