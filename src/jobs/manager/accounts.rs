//! What users have used: charged by the core, kept in the store, held against their quotas.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::JobError;
use crate::jobs::account::{
    LOCAL_USER, Pending, QUOTA_HOURS, Submission, Usage, Used, Wanted, admit, hour_of,
};
use crate::jobs::core::Charge;

use crate::jobs::store::{Store, StoreError};
use crate::jobs::unix_seconds;

/// What a user has had of an engine since the server started.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    pub chunks: u64,
    pub units: u64,
    pub queue_seconds: f64,
    pub compute_seconds: f64,
    pub store_seconds: f64,
    pub result_bytes: u64,
}

/// By user and engine.
pub type AllStatistics = BTreeMap<(Arc<str>, Arc<str>), Statistics>;

/// A crash forgets no more usage than that of so long.
const SAVE_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Accounts {
    usage: HashMap<Arc<str>, Usage>,
    unsaved: HashMap<Arc<str>, Used>,
    saved: Instant,
}

impl Accounts {
    pub(super) fn load(store: &Store) -> Result<Self, StoreError> {
        let usage = store.usage(oldest(unix_seconds()))?.into_iter().collect();
        Ok(Self { usage, unsaved: HashMap::new(), saved: Instant::now() })
    }

    pub(super) fn charge(&mut self, charge: &Charge) {
        // The local user has no quotas.
        if *charge.user == *LOCAL_USER {
            return;
        }
        let now = unix_seconds();
        let (device_seconds, result_bytes) = (charge.compute_seconds, charge.result_bytes);
        let used = Used { device_seconds, result_bytes };
        let usage = self.usage.entry(charge.user.clone()).or_default();
        usage.add(hour_of(now), used);
        usage.forget(now);
        let unsaved = self.unsaved.entry(charge.user.clone()).or_default();
        unsaved.device_seconds += used.device_seconds;
        unsaved.result_bytes += used.result_bytes;
    }

    /// Errors: the first quota that the job would exceed.
    pub(super) fn admit(
        &self,
        submission: &Submission,
        pending: Pending,
        wanted: Wanted,
    ) -> Result<(), JobError> {
        let none = Usage::default();
        let usage = self.usage.get(&submission.owner).unwrap_or(&none);
        admit(submission, usage, pending, wanted, unix_seconds()).map_err(JobError::Quota)
    }

    pub(super) fn save_now_and_then(&mut self, store: &mut Store) {
        if SAVE_EVERY < self.saved.elapsed() {
            self.save(store);
        }
    }

    pub(super) fn save(&mut self, store: &mut Store) {
        self.saved = Instant::now();
        if self.unsaved.is_empty() {
            return;
        }
        let now = unix_seconds();
        let used: Vec<(Arc<str>, Used)> = self.unsaved.drain().collect();
        if let Err(error) = store.add_usage(hour_of(now), &used, oldest(now)) {
            tracing::error!(%error, "what users have used cannot be saved");
        }
    }
}

fn oldest(now: f64) -> i64 {
    hour_of(now) - QUOTA_HOURS + 1
}

/// Adds a charge to what was charged before.
pub(super) fn count(all: &mut AllStatistics, charge: &Charge) {
    let sum = all.entry((charge.user.clone(), charge.engine.clone())).or_default();
    sum.chunks += u64::from(0.0 < charge.compute_seconds);
    sum.units += charge.units;
    sum.queue_seconds += charge.queue_seconds;
    sum.compute_seconds += charge.compute_seconds;
    sum.store_seconds += charge.store_seconds;
    sum.result_bytes += charge.result_bytes;
}
