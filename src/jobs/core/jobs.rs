//! The jobs of the core: who waits for what, and what the outside sees.
use std::collections::HashSet;

use super::super::key::Key;
use super::super::view::{JobId, JobState, JobView};
use super::{Account, Action, Core, Known, Part, Rest};
use crate::jobs::planner::WINDOW_UNITS;

pub(super) type JobNumber = u64;

/// One job under way.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) engine: std::sync::Arc<str>,
    pub(super) account: Account,
    submitted: f64,
    known: Known,
    pub(super) rest: Rest,
    /// A further part of the plan is on its way.
    pub(super) planning: bool,
    computed: u64,
    failed: u64,
    /// Units still to come.
    waiting: HashSet<Key>,
    work_total: f64,
    work_done: f64,
    /// Of the chunk that is running now.
    pub(super) work_running: f64,
    pub(super) running: bool,
    /// Of finished chunks that are being written, and how many those are.
    work_storing: f64,
    chunks_storing: u32,
    cancelled: bool,
    reason: String,
    changed: bool,
}

impl Job {
    pub(super) fn new(
        id: JobId,
        engine: std::sync::Arc<str>,
        submitted: f64,
        known: Known,
        account: Account,
        rest: Rest,
    ) -> Self {
        Self {
            id,
            engine,
            account,
            submitted,
            known,
            rest,
            planning: false,
            computed: known.computed,
            failed: known.failed,
            waiting: HashSet::new(),
            work_total: 0.0,
            work_done: 0.0,
            work_running: 0.0,
            running: false,
            work_storing: 0.0,
            chunks_storing: 0,
            cancelled: false,
            reason: String::new(),
            changed: true,
        }
    }

    /// False when the job waits for this unit already.
    pub(super) fn want(&mut self, key: Key, work: f64) -> bool {
        let new = self.waiting.insert(key);
        if new {
            self.work_total += work;
        }
        new
    }

    /// A unit of an earlier part: it counts once.
    pub(super) fn met_again(&mut self) {
        self.known.total = self.known.total.saturating_sub(1);
    }

    /// Nothing (`dry`) or little is planned, more could be.
    pub(super) fn runs_dry(&self, dry: bool) -> bool {
        let low = if dry { 0 } else { WINDOW_UNITS / 2 };
        0 < self.rest.units && !self.planning && self.waiting.len() <= low
    }

    pub(super) fn take_part(&mut self, part: &Part) {
        let covered = self.rest.units.saturating_sub(part.rest.units);
        let Known { total, from_store, computed, failed, .. } = part.known;
        self.known.total = self.known.total.saturating_sub(covered) + total;
        self.known.from_store += from_store;
        self.known.computed += computed;
        self.known.failed += failed;
        self.computed += computed;
        self.failed += failed;
        if let Some(reason) = &part.failure
            && self.reason.is_empty()
        {
            self.reason.clone_from(reason);
        }
        (self.rest, self.planning, self.changed) = (part.rest, false, true);
    }

    pub(super) fn give_up_rest(&mut self, reason: &str) {
        self.failed += self.rest.units;
        self.rest = Rest::default();
        if self.reason.is_empty() {
            reason.clone_into(&mut self.reason);
        }
        self.changed = true;
    }

    pub(super) fn mark_changed(&mut self) {
        self.changed = true;
    }

    /// A chunk of which this much is the job's is finished, and on its way to the store.
    pub(super) fn storing(&mut self, work: f64) {
        self.work_storing += work;
        self.chunks_storing += 1;
    }

    /// It is stored, or could not be.
    pub(super) fn stored(&mut self, work: f64) {
        self.chunks_storing = self.chunks_storing.saturating_sub(1);
        // No rounding error stays behind.
        self.work_storing = if self.chunks_storing == 0 { 0.0 } else { self.work_storing - work };
        self.changed = true;
    }

    fn state(&self) -> JobState {
        let done = self.known.from_store + self.computed;
        let complete = self.waiting.is_empty() && self.rest.units == 0;
        if self.cancelled {
            JobState::Cancelled
        } else if complete && done == 0 && self.known.total > 0 {
            JobState::Failed
        } else if complete {
            JobState::Done
        } else if self.running || 0 < self.chunks_storing {
            JobState::Running
        } else {
            JobState::Queued
        }
    }

    /// `pace`: wall-clock seconds per unit of work.
    fn view(&self, now: f64, pace: f64) -> JobView {
        let state = self.state();
        let accounted = self.work_done + self.work_storing + self.work_running;
        let all = self.work_total + self.rest.core_seconds;
        let left = (all - accounted).max(0.0);
        let of_work = if all > 0.0 { 1.0 - left / all } else { 1.0 };
        // What was said before the server's last end is not taken back while it is counted anew.
        let done = (self.known.from_store + self.computed).max(self.known.said_done);
        let known = self.known.from_store + self.known.computed + self.known.failed;
        let to_compute = self.known.total.saturating_sub(known) as f64;
        let total = self.known.total.max(1) as f64;
        JobView {
            id: self.id.clone(),
            engine: self.engine.clone(),
            owner: self.account.owner.clone(),
            priority: self.account.priority,
            state,
            units_total: self.known.total,
            units_done: done,
            units_failed: self.failed.min(self.known.total.saturating_sub(done)),
            units_from_store: self.known.from_store,
            progress: if state == JobState::Done {
                1.0
            } else {
                ((known as f64 + to_compute * of_work) / total).clamp(0.0, 1.0)
            },
            seconds_left: (!state.ended()).then_some(left * pace),
            seconds_elapsed: (now - self.submitted).max(0.0),
            submitted_unix_seconds: self.submitted,
            reason: self.reason.clone(),
        }
    }
}

impl Core {
    pub(super) fn progress(&mut self, chunk: u64, share: f64, now: f64, actions: &mut Vec<Action>) {
        let pace = self.pace();
        let Some(in_flight) = self.in_flight.as_mut().filter(|flight| flight.chunk.id == chunk)
        else {
            return;
        };
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        in_flight.watch.hear(share);
        for (number, work) in &in_flight.work {
            if let Some(job) = self.jobs.get_mut(number) {
                job.work_running = share * work;
                actions.push(Action::JobChanged { view: job.view(now, pace) });
            }
        }
    }

    /// A unit has its result, or a reason why not: all who wait for it hear.
    pub(super) fn settle(&mut self, key: Key, failure: Option<&str>) {
        let Some(unit) = self.units.remove(&key) else { return };
        for number in unit.waiters {
            let Some(job) = self.jobs.get_mut(&number) else { continue };
            if !job.waiting.remove(&key) {
                continue;
            }
            job.work_done += unit.work;
            job.changed = true;
            match failure {
                None => job.computed += 1,
                Some(reason) => {
                    job.failed += 1;
                    if job.reason.is_empty() {
                        reason.clone_into(&mut job.reason);
                    }
                }
            }
        }
    }

    pub(super) fn cancel(&mut self, id: &JobId, actions: &mut Vec<Action>) {
        let Some(number) = self.numbers.get(id).copied() else { return };
        let Some(job) = self.jobs.get_mut(&number) else { return };
        job.cancelled = true;
        job.rest = Rest::default();
        job.changed = true;
        for key in std::mem::take(&mut job.waiting) {
            if let Some(unit) = self.units.get_mut(&key) {
                unit.waiters.retain(|waiter| *waiter != number);
            }
        }
        self.drop_unwanted();
        self.stop_unwanted(actions);
    }

    /// Jobs that changed in this step are reported once; ended ones are forgotten.
    pub(super) fn report_changes(&mut self, now: f64, actions: &mut Vec<Action>) {
        let pace = self.pace();
        let mut ended = Vec::new();
        for (number, job) in &mut self.jobs {
            let state = job.state();
            if std::mem::take(&mut job.changed) {
                actions.push(Action::JobChanged { view: job.view(now, pace) });
            }
            if state.ended() {
                ended.push((*number, job.id.clone()));
            }
        }
        for (number, id) in ended {
            self.jobs.remove(&number);
            self.numbers.remove(&id);
        }
    }
}
