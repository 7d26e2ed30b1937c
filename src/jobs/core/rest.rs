//! Jobs too large to be planned at once: the core knows how much is left ([`Rest`]) and asks for the
//! next part when the job is about to run dry ([`super::Action::Plan`]).
use super::{Action, Core, Known};
use crate::jobs::planner::{Run, WINDOW_UNITS};
use crate::jobs::view::JobId;

/// What of a job is not planned.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rest {
    pub units: u64,
    /// Estimated.
    pub core_seconds: f64,
}

/// The next part of a job's plan.
#[derive(Debug)]
pub struct Part {
    /// With the units that have to be computed.
    pub runs: Vec<Run>,
    /// What is known of all units of this part; its `total` counts each of them once.
    pub known: Known,
    /// Behind this part.
    pub rest: Rest,
    /// Why the part cannot be computed; its units count as failed.
    pub failure: Option<String>,
}

/// Planned units of all jobs together, above which no further part is asked for.
const MAX_PLANNED_UNITS: usize = 32 * WINDOW_UNITS;

impl Core {
    /// So many units are planned that a new job is not planned at all before others have got on.
    pub fn is_full(&self) -> bool {
        MAX_PLANNED_UNITS < self.units.len()
    }

    /// Asks for the next part of every job that will soon have nothing planned; those that have
    /// nothing at all come first.
    pub(super) fn ask_for_parts(&mut self, actions: &mut Vec<Action>) {
        if self.shutting_down {
            return;
        }
        let mut room = MAX_PLANNED_UNITS.saturating_sub(self.units.len());
        for dry in [true, false] {
            for job in self.jobs.values_mut().filter(|job| job.runs_dry(dry)) {
                if room == 0 {
                    return;
                }
                room = room.saturating_sub(WINDOW_UNITS);
                job.planning = true;
                actions.push(Action::Plan { job: job.id.clone() });
            }
        }
    }

    pub(super) fn part_planned(&mut self, id: &JobId, part: Part) {
        let Some(number) = self.numbers.get(id).copied() else { return };
        let Some(mut job) = self.jobs.remove(&number) else { return };
        // Cancelled or given up while it was being planned: nothing is left to do.
        if 0 < job.rest.units {
            job.take_part(&part);
            self.enqueue(number, part.runs, &mut job);
        }
        self.jobs.insert(number, job);
    }

    /// No worker starts: what is not planned fails like what is.
    pub(super) fn give_up_rests(&mut self, reason: &str) {
        for job in self.jobs.values_mut().filter(|job| 0 < job.rest.units) {
            job.give_up_rest(reason);
        }
    }

    pub(super) fn rest_units(&self) -> u64 {
        self.jobs.values().map(|job| job.rest.units).sum()
    }
}
