//! Faults on demand in the server, so that the tests can reach every instant. Read from the
//! environment of the process, which only its owner sets; `worker/faults.rs` has the worker's.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::core::Patience;
use super::store::Disk;

/// `EDGESTATE_TEST_CRASH_AT`: the name of a [`CrashPoint`], and after a colon how many times it is
/// passed before (`group-renamed:2` ends the process the third time).
pub const CRASH_AT: &str = "EDGESTATE_TEST_CRASH_AT";
/// `EDGESTATE_TEST_PATIENCE_SECONDS`: the silence that a worker is always allowed.
pub const PATIENCE: &str = "EDGESTATE_TEST_PATIENCE_SECONDS";
/// `EDGESTATE_TEST_DISK_FAULT`: `enospc`, `eio` or `short`, a colon, and the call of the store that
/// fails: `eio:7` the seventh alone, `enospc:7+` the seventh and all after it.
pub const DISK_FAULT: &str = "EDGESTATE_TEST_DISK_FAULT";
/// `EDGESTATE_TEST_INDEX_PAGES`: the index of the store may have so many pages.
pub const INDEX_PAGES: &str = "EDGESTATE_TEST_INDEX_PAGES";

/// `EDGESTATE_TEST_CHUNK_RUNS`: most runs of a chunk, so that a small sweep has many.
pub const CHUNK_RUNS: &str = "EDGESTATE_TEST_CHUNK_RUNS";

/// Instants at which a process can be ended on demand, in the order in which a job passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// At start: the staging folder is gone, not yet made anew.
    StagingRemoved,
    /// At start: before a group that was renamed in an earlier life becomes findable.
    GroupFound,
    /// At start: an intent without a group is about to be forgotten.
    IntentFound,
    /// At start: everything is repaired, nobody is served yet.
    Recovered,
    /// A submitted job is planned, not yet saved.
    JobPlanned,
    /// It is saved, not yet acknowledged.
    JobSaved,
    /// A chunk's results are about to be written: their name is taken.
    IntentSaved,
    /// Half of the files of a group are written.
    GroupHalfWritten,
    /// All are written and synced.
    GroupWritten,
    /// The group is in its place; its folder is not yet synced.
    GroupRenamed,
    GroupSynced,
    /// Inside the transaction that makes its units findable.
    UnitsInserted,
    UnitsCommitted,
    /// Nobody has been told yet.
    UnitsUntold,
    /// A job has a new state, not yet saved.
    StateChanged,
    StateSaved,
}

impl CrashPoint {
    pub const ALL: [Self; 16] = [
        Self::StagingRemoved,
        Self::GroupFound,
        Self::IntentFound,
        Self::Recovered,
        Self::JobPlanned,
        Self::JobSaved,
        Self::IntentSaved,
        Self::GroupHalfWritten,
        Self::GroupWritten,
        Self::GroupRenamed,
        Self::GroupSynced,
        Self::UnitsInserted,
        Self::UnitsCommitted,
        Self::UnitsUntold,
        Self::StateChanged,
        Self::StateSaved,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::StagingRemoved => "staging-removed",
            Self::GroupFound => "group-found",
            Self::IntentFound => "intent-found",
            Self::Recovered => "recovered",
            Self::JobPlanned => "job-planned",
            Self::JobSaved => "job-saved",
            Self::IntentSaved => "intent-saved",
            Self::GroupHalfWritten => "group-half-written",
            Self::GroupWritten => "group-written",
            Self::GroupRenamed => "group-renamed",
            Self::GroupSynced => "group-synced",
            Self::UnitsInserted => "units-inserted",
            Self::UnitsCommitted => "units-committed",
            Self::UnitsUntold => "units-untold",
            Self::StateChanged => "state-changed",
            Self::StateSaved => "state-saved",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.name() == name)
    }
}

/// The process passes `point`: it ends here, as `kill -9` would end it, when the environment says so.
pub fn pass(point: CrashPoint) {
    static ARMED: OnceLock<Option<(CrashPoint, AtomicU32)>> = OnceLock::new();
    let Some((wanted, left)) = ARMED.get_or_init(armed) else { return };
    let alive = |left: u32| left.checked_sub(1);
    if *wanted == point && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, alive).is_err() {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

fn armed() -> Option<(CrashPoint, AtomicU32)> {
    let text = std::env::var(CRASH_AT).ok()?;
    let (name, before) = text.split_once(':').unwrap_or((&text, "0"));
    Some((CrashPoint::from_name(name)?, AtomicU32::new(before.parse().ok()?)))
}

/// When a worker counts as hung.
pub fn patience() -> Patience {
    let asked = std::env::var(PATIENCE).ok().and_then(|text| text.parse::<f64>().ok());
    let asked = asked.filter(|seconds| 0.0 < *seconds);
    let usual = Patience::default();
    Patience { least_seconds: asked.unwrap_or(usual.least_seconds), ..usual }
}

/// The disk of a store.
pub fn disk() -> Disk {
    let fault = std::env::var(DISK_FAULT).ok();
    let disk = fault.as_deref().and_then(Disk::with_fault).unwrap_or_default();
    match std::env::var(INDEX_PAGES).ok().and_then(|text| text.parse().ok()) {
        Some(pages) => disk.with_index_pages(pages),
        None => disk,
    }
}

/// Most runs of a chunk.
pub fn chunk_runs() -> Option<usize> {
    let asked = std::env::var(CHUNK_RUNS).ok()?.parse().ok()?;
    (0 < asked).then_some(asked)
}
