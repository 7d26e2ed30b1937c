//! Planning a large job part by part, beside the thread that owns the store.
use std::collections::HashSet;
use std::sync::{Arc, mpsc};

use super::Message;
use crate::jobs::core::{Known, Part, Rest};
use crate::jobs::document::Document;
use crate::jobs::key::Key;
use crate::jobs::planner::{Run, runs_in, units_behind, window};
use crate::jobs::store::{Store, StoreError};
use crate::jobs::view::JobId;

/// What of a job is not planned yet.
#[derive(Debug, Clone)]
pub(super) struct Unplanned {
    document: Arc<Document>,
    /// The first parameter set of it.
    next: usize,
    /// Estimated core-seconds a unit.
    work_of_unit: f64,
    pub(super) earlier: Earlier,
}

/// A job's units that are in the store already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Earlier {
    /// When it was submitted: failures since are its own. None for a new job.
    pub(super) since: Option<f64>,
    /// So many of its units it found in the store then; others it has computed since.
    pub(super) found: u64,
}

impl Earlier {
    /// Of a new job: whatever is stored was found.
    pub(super) const NOTHING: Self = Self { since: None, found: u64::MAX };
}

/// Runs of the next part, or why there are none.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) job: JobId,
    outcome: Result<Vec<Run>, String>,
    next: usize,
}

impl Unplanned {
    pub(super) fn new(
        document: Document,
        next: usize,
        core_seconds: f64,
        earlier: Earlier,
    ) -> Self {
        let units = units_behind(&document, next).max(1);
        let work_of_unit = core_seconds / units as f64;
        Self { document: Arc::new(document), next, work_of_unit, earlier }
    }

    pub(super) fn rest(&self) -> Rest {
        let units = units_behind(&self.document, self.next);
        Rest { units, core_seconds: units as f64 * self.work_of_unit }
    }

    /// Plans the next part on a thread of its own; it comes back as a message.
    pub(super) fn plan(&self, job: JobId, device: String, inbox: mpsc::Sender<Message>) {
        let (document, groups) = (self.document.clone(), window(&self.document, self.next));
        std::thread::spawn(move || {
            let next = groups.end;
            let outcome = runs_in(&document, &device, groups).map_err(|errors| listed(&errors));
            // Fails only when the server has gone; the next start plans again.
            let _ = inbox.send(Message::Planned(Box::new(Planned { job, outcome, next })));
        });
    }

    /// What is left of a planned part when the store has been asked.
    pub(super) fn take(&mut self, planned: Planned, store: &Store) -> Part {
        let before = self.rest();
        self.next = planned.next;
        let rest = self.rest();
        let sorted = planned.outcome.and_then(|runs| {
            sort_out(store, runs, &mut self.earlier).map_err(|error| error.to_string())
        });
        match sorted {
            Ok((runs, known)) => Part { runs, known, rest, failure: None },
            Err(reason) => {
                let units = before.units - rest.units;
                let known = Known { total: units, failed: units, ..Known::default() };
                let reason = format!("a part of the job cannot be planned: {reason}");
                Part { runs: Vec::new(), known, rest, failure: Some(reason) }
            }
        }
    }
}

pub(super) fn listed(errors: &[crate::invalid::Invalid]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Leaves the units that have to be computed, each once; counts the others.
pub(super) fn sort_out(
    store: &Store,
    runs: Vec<Run>,
    earlier: &mut Earlier,
) -> Result<(Vec<Run>, Known), StoreError> {
    let keys: Vec<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
    let mut stored = store.known(&keys)?.into_iter();
    let (mut counts, mut seen) = (Known::default(), HashSet::with_capacity(keys.len()));
    let mut missing = Vec::new();
    for run in runs {
        let mut own = Vec::new();
        for (index, key) in run.keys.iter().enumerate() {
            let stored = stored.next().unwrap_or(false);
            if !seen.insert(*key) {
                continue;
            }
            counts.total += 1;
            if stored && 0 < earlier.found {
                earlier.found -= 1;
                counts.from_store += 1;
            } else if stored {
                counts.computed += 1;
            } else if failed(store, key, earlier.since)? {
                counts.failed += 1;
            } else {
                own.push(index);
            }
        }
        missing.extend(run.only(&own));
    }
    Ok((missing, counts))
}

fn failed(store: &Store, key: &Key, since: Option<f64>) -> Result<bool, StoreError> {
    let Some(since) = since else { return Ok(false) };
    Ok(store.failure(key, since)?.is_some())
}
