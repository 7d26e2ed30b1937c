//! The chunks of the core: dispatch, failures, retries, what goes to the store.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::planner::{Run, core_seconds};
use super::jobs::JobNumber;
use super::watch::Watch;
use super::{Action, Core, MAX_START_FAILURES, Outcome, Payer, RunResult, Worker};

pub type ChunkId = u64;

/// Runs that travel together.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) id: ChunkId,
    pub(super) owner: JobNumber,
    pub(super) runs: Vec<Run>,
    /// Its worker died, or it failed as a whole, once already: the next time it is cut in halves.
    tried: bool,
    /// Since when it waits.
    pub(super) queued: f64,
}

impl Chunk {
    pub(super) fn new(id: ChunkId, owner: JobNumber, runs: Vec<Run>, queued: f64) -> Self {
        Self { id, owner, runs, tried: false, queued }
    }
}

/// The chunk the worker has.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) chunk: Chunk,
    /// How much of it is whose: a unit counts for everyone who waits for it.
    pub(super) work: BTreeMap<JobNumber, f64>,
    stopping: bool,
    /// Who is charged for it, and since when.
    pub(super) payers: Vec<Payer>,
    pub(super) begun: f64,
    pub(super) watch: Watch,
}

impl Run {
    /// The run with some of its units; none when `indices` is empty.
    pub fn only(mut self, indices: &[usize]) -> Option<Self> {
        if indices.is_empty() {
            return None;
        }
        if indices.len() < self.keys.len() {
            self.keys = indices.iter().filter_map(|index| self.keys.get(*index).copied()).collect();
            self.spec = Arc::new(self.spec.only(indices));
        }
        Some(self)
    }
}

impl Core {
    /// Gives an idle worker the next wanted chunk, users and jobs taking turns.
    pub(super) fn dispatch(&mut self, actions: &mut Vec<Action>) {
        if self.worker != Worker::Idle || self.shutting_down {
            return;
        }
        while let Some(mut chunk) = self.next_in_turn() {
            self.forget_unwanted(&mut chunk);
            if chunk.runs.is_empty() {
                continue;
            }
            let specs = chunk.runs.iter().map(|run| run.spec.clone()).collect();
            actions.push(Action::SendChunk { chunk: chunk.id, specs });
            let work = self.work_by_job(&chunk);
            for number in work.keys() {
                if let Some(job) = self.jobs.get_mut(number) {
                    job.running = true;
                    job.mark_changed();
                }
            }
            let (payers, begun) = (self.payers(&work), self.now);
            let watch = Watch::new(&chunk, self.pace(), self.patience);
            self.in_flight = Some(InFlight { chunk, work, stopping: false, payers, begun, watch });
            self.worker = Worker::Busy;
            return;
        }
    }

    fn next_in_turn(&mut self) -> Option<Chunk> {
        let number = self.next_job_in_turn()?;
        let queue = self.queues.get_mut(&number)?;
        let chunk = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&number);
        }
        self.last_served = number;
        chunk
    }

    fn work_by_job(&self, chunk: &Chunk) -> BTreeMap<JobNumber, f64> {
        let mut work = BTreeMap::new();
        for key in chunk.runs.iter().flat_map(|run| &run.keys) {
            if let Some(unit) = self.units.get(key) {
                for waiter in &unit.waiters {
                    *work.entry(*waiter).or_insert(0.0) += unit.work;
                }
            }
        }
        work
    }

    /// Runs that nobody waits for any more leave the chunk, and their units the table.
    fn forget_unwanted(&mut self, chunk: &mut Chunk) {
        let runs = std::mem::take(&mut chunk.runs);
        for run in runs {
            if self.wanted(&run) {
                chunk.runs.push(run);
            } else {
                for key in &run.keys {
                    self.units.remove(key);
                }
            }
        }
    }

    pub(super) fn drop_unwanted(&mut self) {
        let mut queues = std::mem::take(&mut self.queues);
        for queue in queues.values_mut() {
            for chunk in queue.iter_mut() {
                self.forget_unwanted(chunk);
            }
            queue.retain(|chunk| !chunk.runs.is_empty());
        }
        queues.retain(|_, queue| !queue.is_empty());
        self.queues = queues;
    }

    pub(super) fn stop_unwanted(&mut self, actions: &mut Vec<Action>) {
        let Some(flight) = &self.in_flight else { return };
        let wanted = flight.chunk.runs.iter().any(|run| self.wanted(run));
        if !wanted || self.shutting_down {
            self.stop_in_flight(actions);
        }
    }

    fn stop_in_flight(&mut self, actions: &mut Vec<Action>) {
        if let Some(flight) = &mut self.in_flight
            && !flight.stopping
        {
            flight.stopping = true;
            flight.watch.hurry(self.patience);
            actions.push(Action::StopChunk { chunk: flight.chunk.id });
        }
    }

    pub(super) fn shutdown(&mut self, actions: &mut Vec<Action>) {
        self.shutting_down = true;
        self.stop_in_flight(actions);
    }

    /// The chunk comes back from the worker, which is free again.
    pub(super) fn take_in_flight(&mut self, id: ChunkId) -> Option<InFlight> {
        if self.in_flight.as_ref().is_none_or(|flight| flight.chunk.id != id) {
            return None;
        }
        let flight = self.in_flight.take()?;
        self.charge_compute(&flight);
        for number in flight.work.keys() {
            if let Some(job) = self.jobs.get_mut(number) {
                job.work_running = 0.0;
                job.running = false;
                job.mark_changed();
            }
        }
        if self.worker == Worker::Busy {
            self.worker = Worker::Idle;
        }
        Some(flight)
    }

    /// Back to the front of its queue, without what nobody wants any more.
    pub(super) fn requeue(&mut self, mut chunk: Chunk) {
        self.forget_unwanted(&mut chunk);
        chunk.queued = self.now;
        if !chunk.runs.is_empty() {
            self.queues.entry(chunk.owner).or_default().push_front(chunk);
        }
    }

    /// Once more as a whole, then in halves; a single run that fails again is given up.
    pub(super) fn retry(&mut self, mut chunk: Chunk, reason: &str, actions: &mut Vec<Action>) {
        if !chunk.tried {
            chunk.tried = true;
            self.requeue(chunk);
        } else if chunk.runs.len() > 1 {
            let half = chunk.runs.split_off(chunk.runs.len() / 2);
            let (owner, id) = (chunk.owner, self.new_chunk());
            self.requeue(Chunk { id, owner, runs: half, tried: true, queued: self.now });
            self.requeue(chunk);
        } else {
            self.give_up(chunk.id, chunk.runs, reason, actions);
        }
    }

    fn give_up(&mut self, id: ChunkId, runs: Vec<Run>, reason: &str, actions: &mut Vec<Action>) {
        let failed = runs
            .into_iter()
            .flat_map(|run| run.keys)
            .map(|key| (key, reason.to_owned()))
            .collect::<Vec<_>>();
        let outcome = Outcome {
            done: Vec::new(),
            failed: failed.clone(),
            work: BTreeMap::new(),
            payers: Vec::new(),
            since: self.now,
            result_bytes: 0,
        };
        self.storing.insert(id, outcome);
        actions.push(Action::Store { chunk: id, done: Vec::new(), failed });
    }

    pub(super) fn worker_died(&mut self, reason: &str, actions: &mut Vec<Action>) {
        if self.worker == Worker::Starting {
            self.start_failures += 1;
        }
        let flight = self.in_flight.as_ref();
        let (id, stopping) = flight.map_or((0, false), |flight| (flight.chunk.id, flight.stopping));
        if let Some(InFlight { chunk, .. }) = self.take_in_flight(id) {
            if stopping {
                self.requeue(chunk);
            } else {
                self.retry(chunk, &format!("the worker died: {reason}"), actions);
            }
        }
        if self.start_failures >= MAX_START_FAILURES {
            self.worker = Worker::Broken;
            self.give_up_all(&format!("the worker does not start: {reason}"), actions);
        } else if !self.shutting_down {
            self.worker = Worker::Starting;
            self.starting_seconds = 0.0;
            let after_seconds = 0.1 * f64::from(self.start_failures * self.start_failures);
            actions.push(Action::StartWorker { after_seconds });
        }
    }

    fn give_up_all(&mut self, reason: &str, actions: &mut Vec<Action>) {
        for queue in std::mem::take(&mut self.queues).into_values() {
            for chunk in queue {
                self.give_up(chunk.id, chunk.runs, reason, actions);
            }
        }
        self.give_up_rests(reason);
    }

    pub(super) fn chunk_done(
        &mut self,
        id: ChunkId,
        results: Vec<RunResult>,
        seconds: f64,
        actions: &mut Vec<Action>,
    ) {
        let Some(InFlight { chunk, work, payers, .. }) = self.take_in_flight(id) else { return };
        if results.len() != chunk.runs.len() {
            let reason = format!("{} results for {} runs", results.len(), chunk.runs.len());
            self.retry(chunk, &reason, actions);
            return;
        }
        self.learn_pace(core_seconds(&chunk.runs), seconds);
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        let mut result_bytes = 0;
        for (run, result) in chunk.runs.into_iter().zip(results) {
            match result {
                Ok(units) if units.len() == run.keys.len() => {
                    result_bytes += run.cost.result_bytes;
                    for (index, (key, unit)) in run.keys.iter().zip(units).enumerate() {
                        done.push((*key, run.spec.clone(), index, unit));
                    }
                }
                Ok(units) => {
                    let reason = format!("{} units for {} keys", units.len(), run.keys.len());
                    failed.extend(run.keys.into_iter().map(|key| (key, reason.clone())));
                }
                Err(reason) => {
                    failed.extend(run.keys.into_iter().map(|key| (key, reason.clone())));
                }
            }
        }
        let keys = done.iter().map(|(key, ..)| *key).collect();
        for (number, work) in &work {
            if let Some(job) = self.jobs.get_mut(number) {
                job.storing(*work);
            }
        }
        let (since, copy) = (self.now, failed.clone());
        let outcome = Outcome { done: keys, failed: copy, work, payers, since, result_bytes };
        self.storing.insert(id, outcome);
        actions.push(Action::Store { chunk: id, done, failed });
    }

    /// By time, so that the overhead of a tiny chunk says nothing about a large one; older chunks fade.
    fn learn_pace(&mut self, core_seconds: f64, seconds: f64) {
        if core_seconds.is_finite() && seconds.is_finite() {
            self.paced_work = 0.9 * self.paced_work + core_seconds;
            self.paced_seconds = 0.9 * self.paced_seconds + seconds;
        }
    }

    pub(super) fn stored(&mut self, id: ChunkId, outcome: Result<(), String>) {
        let Some(finished) = self.storing.remove(&id) else { return };
        self.charge_store(&finished);
        let Outcome { done, failed, work, .. } = finished;
        for (number, work) in work {
            if let Some(job) = self.jobs.get_mut(&number) {
                job.stored(work);
            }
        }
        for (key, reason) in failed {
            self.settle(key, Some(&reason));
        }
        let reason = outcome.err();
        for key in done {
            self.settle(key, reason.as_deref());
        }
    }
}
