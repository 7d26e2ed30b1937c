//! Whom a job belongs to, what each user may use, and what was used.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The owner of jobs of a server that asks for no credentials.
pub const LOCAL_USER: &str = "local";
/// Priorities of jobs; 0 is the usual one, higher ones first among the jobs of one user.
pub const PRIORITIES: std::ops::RangeInclusive<i32> = -100..=100;
/// Device time and result bytes are counted over a day that ends now, hour by hour.
pub const QUOTA_HOURS: i64 = 24;

/// What a user may use; without a number there is no limit but the server's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// Jobs under way at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_jobs: Option<u64>,
    /// Seconds of the device in 24 hours: measured ones and those estimated for jobs under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_seconds: Option<f64>,
    /// Bytes of new results in 24 hours, those of jobs under way included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_bytes: Option<u64>,
    /// Arrays of calls under way, both ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight_bytes: Option<u64>,
}

/// On whose behalf a job is submitted, and how urgent it is among theirs.
#[derive(Debug, Clone)]
pub struct Submission {
    pub owner: Arc<str>,
    pub priority: i32,
    pub quotas: Quotas,
}

impl Submission {
    /// Of a server that asks for no credentials.
    pub fn local() -> Self {
        Self { owner: LOCAL_USER.into(), priority: 0, quotas: Quotas::default() }
    }
}

/// A quota that would be exceeded.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaExceeded {
    pub user: Arc<str>,
    /// "device_seconds"
    pub quota: &'static str,
    /// Used and asked for together.
    pub value: f64,
    pub allowed: f64,
    /// After so many seconds there will be room; none: never, as long as the quota is what it is.
    pub retry_seconds: Option<f64>,
}

/// What a user has used in one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    pub device_seconds: f64,
    pub result_bytes: u64,
}

/// What a user has used lately, by hours since 1970.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    hours: BTreeMap<i64, Used>,
}

pub fn hour_of(unix_seconds: f64) -> i64 {
    (unix_seconds / 3600.0).floor() as i64
}

impl Usage {
    pub fn add(&mut self, hour: i64, used: Used) {
        let entry = self.hours.entry(hour).or_default();
        entry.device_seconds += used.device_seconds;
        entry.result_bytes += used.result_bytes;
    }

    /// Forgets what no longer counts.
    pub fn forget(&mut self, now: f64) {
        self.hours = self.hours.split_off(&(hour_of(now) - QUOTA_HOURS + 1));
    }

    pub fn total(&self, now: f64) -> Used {
        self.recent(now).fold(Used::default(), |sum, (_, used)| Used {
            device_seconds: sum.device_seconds + used.device_seconds,
            result_bytes: sum.result_bytes + used.result_bytes,
        })
    }

    fn recent(&self, now: f64) -> impl Iterator<Item = (&i64, &Used)> {
        self.hours.range(hour_of(now) - QUOTA_HOURS + 1..)
    }

    /// Seconds until at least `excess` of what was used has become older than a day; none when that
    /// much was never used.
    fn until_free(&self, now: f64, excess: f64, part: impl Fn(&Used) -> f64) -> Option<f64> {
        let mut freed = 0.0;
        for (hour, used) in self.recent(now) {
            freed += part(used);
            if excess <= freed {
                return Some(((hour + QUOTA_HOURS) as f64 * 3600.0 - now).max(1.0));
            }
        }
        None
    }
}

/// What the jobs of a user under way will still take, by estimate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pending {
    pub jobs: u64,
    pub device_seconds: f64,
    pub result_bytes: u64,
}

/// What a new job would take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    pub device_seconds: f64,
    pub result_bytes: u64,
}

/// Whether a job fits into its user's quotas at `now` (seconds since 1970).
/// Errors: the first quota that would be exceeded.
pub fn admit(
    submission: &Submission,
    usage: &Usage,
    pending: Pending,
    wanted: Wanted,
    now: f64,
) -> Result<(), Box<QuotaExceeded>> {
    let quotas = &submission.quotas;
    let refuse = |quota, value: f64, allowed: f64, retry_seconds| {
        let user = submission.owner.clone();
        Err(Box::new(QuotaExceeded { user, quota, value, allowed, retry_seconds }))
    };
    if let Some(allowed) = quotas.queued_jobs
        && allowed <= pending.jobs
    {
        // The jobs under way end when they do; their estimate is the best that can be said.
        let retry =
            (0 < allowed).then(|| soon(pending.device_seconds / pending.jobs.max(1) as f64));
        return refuse("queued_jobs", (pending.jobs + 1) as f64, allowed as f64, retry);
    }
    let used = usage.total(now);
    if let Some(allowed) = quotas.device_seconds {
        let value = used.device_seconds + pending.device_seconds + wanted.device_seconds;
        if allowed < value {
            let fits = wanted.device_seconds <= allowed;
            let retry =
                fits.then(|| usage.until_free(now, value - allowed, |used| used.device_seconds));
            return refuse("device_seconds", value, allowed, retry.map(day));
        }
    }
    if let Some(allowed) = quotas.result_bytes {
        let value = used.result_bytes + pending.result_bytes + wanted.result_bytes;
        if allowed < value {
            let fits = wanted.result_bytes <= allowed;
            let excess = (value - allowed) as f64;
            let retry =
                fits.then(|| usage.until_free(now, excess, |used| used.result_bytes as f64));
            return refuse("result_bytes", value as f64, allowed as f64, retry.map(day));
        }
    }
    Ok(())
}

fn soon(seconds: f64) -> f64 {
    if seconds.is_finite() { seconds.clamp(1.0, 3600.0) } else { 3600.0 }
}

/// What jobs under way take counts for a day from when they end.
fn day(until_free: Option<f64>) -> f64 {
    until_free.unwrap_or(QUOTA_HOURS as f64 * 3600.0)
}
