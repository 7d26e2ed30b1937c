//! Chunks one after another, in this process: the worker's code without server and queue.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::core::RunResult;
use super::planner::{Budget, Run, chunks_of, core_seconds};
use super::spec::Spec;
use super::worker::{ExecuteError, execute};
use crate::engine::Monitor;
use crate::linalg::Device;
use crate::stop::Stop;

/// Hears how far the work is.
pub trait Listener: Sync {
    /// The share of the estimated work that is done, 0 to 1.
    fn done(&self, share: f64);

    /// How many points wait for at least one of their runs.
    fn points_left(&self, _count: usize) {}
}

/// Where the results of a chunk go, before the next one begins.
pub trait Sink {
    type Error;

    /// A chunk is about to be computed.
    fn begin(&mut self, _specs: &[Arc<Spec>], _stop: &dyn Stop) {}

    fn take(&mut self, chunk: Vec<Run>, results: Vec<RunResult>) -> Result<(), Self::Error>;
}

/// Why not every run has been handed to the sink.
#[derive(Debug)]
pub enum DriveError<E> {
    Stopped,
    Sink(E),
}

/// What the work is done with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    pub device: &'a dyn Device,
    pub budget: &'a Budget,
    pub listener: &'a dyn Listener,
    pub stop: &'a dyn Stop,
}

impl std::fmt::Debug for Means<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Means").field("budget", self.budget).finish_non_exhaustive()
    }
}

/// Computes every run; one that fails leaves its reason.
pub fn drive<S: Sink>(
    missing: Vec<Run>,
    means: Means<'_>,
    sink: &mut S,
) -> Result<(), DriveError<S::Error>> {
    let mut state = State::new(missing, means);
    means.listener.points_left(state.points.left);
    while let Some(chunk) = state.waiting.pop() {
        let work = core_seconds(&chunk);
        let specs: Vec<Arc<Spec>> = chunk.iter().map(|run| run.spec.clone()).collect();
        sink.begin(&specs, means.stop);
        let begin = Instant::now();
        match execute(&specs, means.device, &state.reporter(work), means.stop) {
            Ok(results) => {
                state.finished(&chunk, work);
                state.replan(work, begin.elapsed().as_secs_f64());
                sink.take(chunk, results).map_err(DriveError::Sink)?;
            }
            Err(ExecuteError::Stopped) => return Err(DriveError::Stopped),
            Err(ExecuteError::Failed(_)) if chunk.len() > 1 => state.halve(chunk),
            Err(ExecuteError::Failed(reason) | ExecuteError::Lost(reason)) => {
                state.finished(&chunk, work);
                let results = chunk.iter().map(|_| Err(reason.clone())).collect();
                sink.take(chunk, results).map_err(DriveError::Sink)?;
            }
        }
    }
    Ok(())
}

struct State<'a> {
    means: Means<'a>,
    /// The next chunk is the last one.
    waiting: Vec<Vec<Run>>,
    points: Points,
    done: f64,
    total: f64,
    /// What chunks are cut by: as fast as the last chunk was.
    budget: Budget,
    /// A chunk has failed: its halves must not be put together again.
    halving: bool,
}

impl<'a> State<'a> {
    fn new(missing: Vec<Run>, means: Means<'a>) -> Self {
        let total = core_seconds(&missing).max(f64::MIN_POSITIVE);
        let points = Points::of(&missing);
        let mut waiting = chunks_of(missing, means.budget);
        waiting.reverse();
        Self { means, waiting, points, done: 0.0, total, budget: *means.budget, halving: false }
    }

    fn reporter(&self, work: f64) -> Reporter<'a> {
        Reporter { listener: self.means.listener, done: self.done, work, total: self.total }
    }

    fn finished(&mut self, chunk: &[Run], work: f64) {
        self.done += work;
        self.points.finish(chunk);
        self.means.listener.done(self.done / self.total);
        self.means.listener.points_left(self.points.left);
    }

    /// As the server does: halves, until the run that fails is alone.
    fn halve(&mut self, mut first: Vec<Run>) {
        self.halving = true;
        let second = first.split_off(first.len() / 2);
        self.waiting.push(second);
        self.waiting.push(first);
    }

    /// Cuts what waits anew when a chunk was much shorter or longer than it should be.
    fn replan(&mut self, work: f64, seconds: f64) {
        let Some(budget) = paced(&self.budget, work, seconds).filter(|_| !self.halving) else {
            return;
        };
        self.budget = budget;
        let rest = std::mem::take(&mut self.waiting).into_iter().rev().flatten().collect();
        self.waiting = chunks_of(rest, &budget);
        self.waiting.reverse();
    }
}

/// The budget that fits a chunk of `work` estimated core seconds which took `seconds`; none when it
/// took a fair time, 2 to 30 s, or about what was estimated.
fn paced(budget: &Budget, work: f64, seconds: f64) -> Option<Budget> {
    const SHORT_SECONDS: f64 = 2.0;
    const LONG_SECONDS: f64 = 30.0;
    /// Below it a chunk is mostly overhead and says nothing about the pace.
    const TELLING_SECONDS: f64 = 1.0;
    let estimated = work / budget.cores;
    let short = seconds < SHORT_SECONDS && 2.0 * seconds < estimated;
    let long = LONG_SECONDS < seconds && 2.0 * estimated < seconds;
    let telling = TELLING_SECONDS < estimated;
    let cores = work / seconds.max(1e-3);
    (telling && (short || long)).then_some(Budget { cores, ..*budget })
}

/// Which points have all their runs.
struct Points {
    /// By parameter set: runs that are not finished.
    runs_left: HashMap<usize, usize>,
    left: usize,
}

impl Points {
    fn of(runs: &[Run]) -> Self {
        let (mut runs_left, mut units) = (HashMap::new(), HashMap::new());
        for run in runs {
            *runs_left.entry(run.group).or_insert(0) += 1;
            let most = units.entry(run.group).or_insert(0);
            *most = run.keys.len().max(*most);
        }
        Self { runs_left, left: units.values().sum() }
    }

    fn finish(&mut self, chunk: &[Run]) {
        for run in chunk {
            if let Some(count) = self.runs_left.get_mut(&run.group) {
                *count -= 1;
                if *count == 0 {
                    self.left = self.left.saturating_sub(run.keys.len());
                }
            }
        }
    }
}

struct Reporter<'a> {
    listener: &'a dyn Listener,
    done: f64,
    work: f64,
    total: f64,
}

impl Monitor for Reporter<'_> {
    fn progress(&self, done: f64, total: f64) {
        let share = if total > 0.0 { (done / total).clamp(0.0, 1.0) } else { 0.0 };
        self.listener.done((self.done + share * self.work) / self.total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_the_measured_pace() {
        let memory_bytes = 1 << 30;
        let budget = Budget { chunk_seconds: 10.0, cores: 2.0, memory_bytes, max_runs: 10 };
        // As estimated, and otherwise but of a fair length.
        assert_eq!(paced(&budget, 20.0, 10.0), None);
        assert_eq!(paced(&budget, 20.0, 25.0), None);
        // Ten times as fast: chunks of ten times the work.
        let fast = paced(&budget, 20.0, 1.0).map(|budget| budget.cores);
        assert_eq!(fast, Some(20.0));
        let slow = paced(&budget, 20.0, 100.0).map(|budget| budget.cores);
        assert_eq!(slow, Some(0.2));
        // Nothing is learned from a moment, nor from what holds a small chunk up.
        assert_eq!(paced(&budget, 0.1, 0.001), None);
        assert_eq!(paced(&budget, 0.1, 40.0), None);
    }
}
