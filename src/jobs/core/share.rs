//! Whose turn it is: device time is shared evenly between the users who wait for it; among the jobs
//! of one user the higher priority goes first, and equal ones take turns.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::chunk::{Chunk, InFlight};
use super::jobs::{Job, JobNumber};
use super::{Core, Outcome};
use crate::jobs::account::LOCAL_USER;

/// Whom a job belongs to, and how urgent it is among theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub owner: Arc<str>,
    /// Higher ones first.
    pub priority: i32,
}

impl Default for Account {
    fn default() -> Self {
        Self { owner: LOCAL_USER.into(), priority: 0 }
    }
}

/// What a user has to be charged for.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    pub user: Arc<str>,
    pub engine: Arc<str>,
    /// Waiting for the device, on it, and waiting for the store.
    pub queue_seconds: f64,
    pub compute_seconds: f64,
    pub store_seconds: f64,
    /// New units, and their bytes by estimate.
    pub units: u64,
    pub result_bytes: u64,
}

/// One of those a chunk is computed for, and which part of it is theirs.
#[derive(Debug, Clone)]
pub(super) struct Payer {
    pub(super) user: Arc<str>,
    pub(super) engine: Arc<str>,
    pub(super) part: f64,
}

/// Device seconds by user. Only differences between users who wait matter: who comes back after a
/// pause begins where the others are, and has saved up nothing.
#[derive(Debug, Default)]
pub(super) struct Shares {
    used: BTreeMap<Arc<str>, f64>,
    /// The least of those who waited at the last choice.
    floor: f64,
}

impl Shares {
    /// Whoever of `waiting` has had the least.
    fn choose(&mut self, waiting: &BTreeSet<Arc<str>>) -> Option<Arc<str>> {
        let floor = self.floor;
        let of = |shares: &Self, user: &Arc<str>| shares.used.get(user).map_or(floor, |used| *used);
        let least = waiting.iter().min_by(|a, b| of(self, a).total_cmp(&of(self, b)))?.clone();
        self.floor = self.floor.max(of(self, &least));
        Some(least)
    }

    /// A user without any job so far.
    fn enter(&mut self, user: &Arc<str>) {
        let used = self.used.entry(user.clone()).or_insert(self.floor);
        *used = used.max(self.floor);
    }

    fn charge(&mut self, user: &Arc<str>, seconds: f64) {
        let floor = self.floor;
        *self.used.entry(user.clone()).or_insert(floor) += seconds;
    }

    /// Those whose account says no more than that they are not here.
    fn forget(&mut self, present: &BTreeSet<Arc<str>>) {
        let floor = self.floor;
        self.used.retain(|user, used| floor < *used || present.contains(user));
    }
}

impl Core {
    /// What users have to be charged for since the last time this was asked.
    pub fn take_charges(&mut self) -> Vec<Charge> {
        std::mem::take(&mut self.charges)
    }

    /// Device time of a call that went past the queue counts as that of chunks.
    pub fn charge(&mut self, user: &Arc<str>, seconds: f64) {
        if seconds.is_finite() && 0.0 < seconds {
            self.shares.charge(user, seconds);
        }
    }

    /// Called before the job is among the others.
    pub(super) fn enter(&mut self, account: &Account) {
        if !self.jobs.values().any(|job| job.account.owner == account.owner) {
            let present = self.jobs.values().map(|job| job.account.owner.clone()).collect();
            self.shares.forget(&present);
            self.shares.enter(&account.owner);
        }
    }

    /// The job whose queue is served next.
    pub(super) fn next_job_in_turn(&mut self) -> Option<JobNumber> {
        let waiting: Vec<(JobNumber, Account)> = self
            .queues
            .iter()
            .map(|(number, queue)| (*number, self.account_of(*number, queue.front())))
            .collect();
        let users = waiting.iter().map(|(_, account)| account.owner.clone()).collect();
        let user = self.shares.choose(&users)?;
        let own = || waiting.iter().filter(|(_, account)| account.owner == user);
        let priority = own().map(|(_, account)| account.priority).max()?;
        let urgent = || own().filter(|(_, account)| account.priority == priority);
        let after = urgent().find(|(number, _)| self.last_served < *number);
        after.or_else(|| urgent().next()).map(|(number, _)| *number)
    }

    /// The queue of a job that was cancelled holds what others have joined: theirs counts.
    fn account_of(&self, number: JobNumber, chunk: Option<&Chunk>) -> Account {
        let of = |number: &JobNumber| self.jobs.get(number).map(|job| job.account.clone());
        let waiters = || {
            let keys = chunk?.runs.iter().flat_map(|run| &run.keys);
            let units = keys.filter_map(|key| self.units.get(key));
            units.flat_map(|unit| &unit.waiters).find_map(of)
        };
        of(&number).or_else(waiters).unwrap_or_default()
    }

    pub(super) fn payers(&self, work: &BTreeMap<JobNumber, f64>) -> Vec<Payer> {
        let total: f64 = work.values().sum();
        let payer = |(number, work): (&JobNumber, &f64)| {
            let job: &Job = self.jobs.get(number)?;
            let (user, engine) = (job.account.owner.clone(), job.engine.clone());
            let part = if 0.0 < total { work / total } else { 1.0 };
            Some(Payer { user, engine, part })
        };
        work.iter().filter_map(payer).collect()
    }

    /// The chunk has left the device, however it did.
    pub(super) fn charge_compute(&mut self, flight: &InFlight) {
        let compute = (self.now - flight.begun).max(0.0);
        let queue = (flight.begun - flight.chunk.queued).max(0.0);
        for payer in &flight.payers {
            self.shares.charge(&payer.user, compute * payer.part);
            self.charges.push(Charge {
                queue_seconds: queue * payer.part,
                compute_seconds: compute * payer.part,
                ..payer.nothing()
            });
        }
    }

    /// What the chunk brought is in the store, or could not be.
    pub(super) fn charge_store(&mut self, outcome: &Outcome) {
        let seconds = (self.now - outcome.since).max(0.0);
        let (units, bytes) = (outcome.done.len() as f64, outcome.result_bytes as f64);
        for payer in &outcome.payers {
            self.charges.push(Charge {
                store_seconds: seconds * payer.part,
                units: (units * payer.part).round() as u64,
                result_bytes: (bytes * payer.part).round() as u64,
                ..payer.nothing()
            });
        }
    }
}

impl Payer {
    fn nothing(&self) -> Charge {
        Charge {
            user: self.user.clone(),
            engine: self.engine.clone(),
            queue_seconds: 0.0,
            compute_seconds: 0.0,
            store_seconds: 0.0,
            units: 0,
            result_bytes: 0,
        }
    }
}
