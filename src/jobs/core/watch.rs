//! How long a worker may be silent: one that hangs is found by the progress it does not make.
//!
//! The core has no clock. The shell says how much time has gone by ([`super::Event::Tick`]), and a
//! chunk that gets no further for as long as [`Patience`] allows costs its worker its life; its end
//! is then reported like any other.
use super::chunk::Chunk;
use super::{Action, Core, Worker};
use crate::jobs::planner::core_seconds;

/// When a worker counts as hung.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Silence that is always allowed, seconds; also for the start of a worker, and for the end of
    /// a chunk that was asked to stop.
    pub least_seconds: f64,
    /// Within a chunk: so many times the estimate of the whole chunk.
    pub estimates: f64,
}

/// No chunk may be silent for longer, whatever its estimate says.
const MOST_SECONDS: f64 = 86_400.0;

impl Default for Patience {
    fn default() -> Self {
        Self { least_seconds: 60.0, estimates: 10.0 }
    }
}

/// Of the running chunk.
#[derive(Debug)]
pub(super) struct Watch {
    silent: f64,
    allowed: f64,
    /// Largest share of the work that was reported.
    share: f64,
}

impl Watch {
    pub(super) fn new(chunk: &Chunk, pace: f64, patience: Patience) -> Self {
        let estimate = core_seconds(&chunk.runs) * pace;
        let allowed = (patience.estimates * estimate).clamp(patience.least_seconds, MOST_SECONDS);
        // An estimate that is no number leaves what is always allowed.
        let allowed = if allowed.is_nan() { patience.least_seconds } else { allowed };
        Self { silent: 0.0, allowed, share: 0.0 }
    }

    /// Only what gets further counts: a loop that reports the same share for ever hangs, too.
    pub(super) fn hear(&mut self, share: f64) {
        if self.share < share {
            (self.share, self.silent) = (share, 0.0);
        }
    }

    /// It was asked to stop, which must not take as long as its work.
    pub(super) fn hurry(&mut self, patience: Patience) {
        (self.silent, self.allowed) = (0.0, self.allowed.min(patience.least_seconds));
    }
}

impl Core {
    /// Something is under way that may hang.
    pub fn waits_for_worker(&self) -> bool {
        self.in_flight.is_some() || self.worker == Worker::Starting
    }

    pub(super) fn tick(&mut self, seconds: f64, actions: &mut Vec<Action>) {
        let least = self.patience.least_seconds;
        if self.worker == Worker::Starting {
            self.starting_seconds += seconds;
            if least < self.starting_seconds {
                // Asked again later, should the process not exist yet.
                self.starting_seconds = 0.0;
                let reason = format!("it was not ready within {least:.0} s and was killed");
                actions.push(Action::KillWorker { reason });
            }
        }
        if let Some(flight) = &mut self.in_flight {
            flight.watch.silent += seconds;
            let allowed = flight.watch.allowed;
            if allowed < flight.watch.silent {
                flight.watch.silent = 0.0;
                let reason =
                    format!("it hung, without progress for {allowed:.0} s, and was killed");
                actions.push(Action::KillWorker { reason });
            }
        }
    }
}
