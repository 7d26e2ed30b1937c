//! Computing a sweep: what the store lacks, chunk by chunk, each safe before the next begins.
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::{Report, SweepError, collected, document_of, find, id_of, new_view};
use crate::jobs::core::RunResult;
use crate::jobs::document::Document;
use crate::jobs::drive::{DriveError, Means, Sink, drive};
use crate::jobs::key::Key;
use crate::jobs::local::{sorted, without};
use crate::jobs::planner::{Run, runs_of};
use crate::jobs::spec::Spec;
use crate::jobs::store::{JobRow, Provenance, Reader, Store, StoreError};
use crate::jobs::view::{JobState, JobView};
use crate::jobs::worker::faults;
use crate::stop::Stop;

/// Computes the points of `document` that `store` lacks. Points that failed are tried again.
/// Errors: stopped (what is finished stays, the sweep can be resumed), a store that fails.
pub fn run(store: Store, document: &Document, means: Means<'_>) -> Result<Report, SweepError> {
    let device = means.device.name();
    let id = id_of(document.raw(), &device);
    let row = match Reader::open(store.dir())?.job(&id)? {
        Some(row) => row,
        None => JobRow {
            view: new_view(id, document.engine()),
            document: document.raw().to_toml(),
            device,
        },
    };
    compute(store, row, document, means)
}

/// Goes on with a job of the store; see [`find`] for the one that is meant without `id`.
pub fn resume(store: Store, id: Option<&str>, means: Means<'_>) -> Result<Report, SweepError> {
    let row = find(store.dir(), id)?;
    let (began, here) = (row.device.clone(), means.device.name());
    if began != here {
        return Err(SweepError::OtherDevice { job: row.view.id.to_string(), began, here });
    }
    let document = document_of(&row)?;
    compute(store, row, &document, means)
}

fn compute(
    store: Store,
    row: JobRow,
    document: &Document,
    means: Means<'_>,
) -> Result<Report, SweepError> {
    let runs = runs_of(document, &row.device)?;
    means.budget.admit(&runs)?;
    let mut progress = Progress::new(store, row, runs)?;
    let missing = std::mem::take(&mut progress.missing);
    let outcome = drive(missing, means, &mut progress);
    progress.end(outcome.is_ok())?;
    match outcome {
        Ok(()) => {}
        Err(DriveError::Stopped) => return Err(SweepError::Stopped),
        Err(DriveError::Sink(error)) => return Err(error.into()),
    }
    progress.report()
}

/// A job and its store while it is computed.
struct Progress {
    store: Store,
    row: JobRow,
    made: Provenance,
    missing: Vec<Run>,
    begin: Instant,
    /// Seconds of earlier attempts.
    before: f64,
    computed: u64,
}

impl Progress {
    fn new(store: Store, mut row: JobRow, runs: Vec<Run>) -> Result<Self, StoreError> {
        let keys: Vec<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
        let stored = store.known(&keys)?;
        let distinct = keys.iter().copied().collect::<HashSet<Key>>().len() as u64;
        let known = keys.iter().zip(stored).filter(|(_, stored)| *stored);
        let known: HashSet<Key> = known.map(|(key, _)| *key).collect();
        let view = &mut row.view;
        let first = view.units_total == 0;
        view.units_total = distinct;
        view.units_done = known.len() as u64;
        view.units_failed = 0;
        view.reason.clear();
        if first {
            view.units_from_store = view.units_done;
        }
        view.state = JobState::Running;
        let before = view.seconds_elapsed;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let made = Provenance { device: row.device.clone(), version };
        let missing = without(runs, |key| known.contains(key));
        // Before any work: a sweep that was begun is found again.
        store.save_job(&row)?;
        Ok(Self { store, row, made, missing, begin: Instant::now(), before, computed: 0 })
    }

    fn view(&mut self) -> &mut JobView {
        self.row.view.seconds_elapsed = self.before + self.begin.elapsed().as_secs_f64();
        &mut self.row.view
    }

    fn end(&mut self, finished: bool) -> Result<(), StoreError> {
        let view = self.view();
        view.state = match finished {
            true if 0 < view.units_failed && view.units_done == 0 => JobState::Failed,
            true => JobState::Done,
            false => JobState::Queued,
        };
        self.store.save_job(&self.row)
    }

    fn report(self) -> Result<Report, SweepError> {
        let results = collected(Reader::open(self.store.dir())?, &self.row)?;
        let seconds = self.begin.elapsed().as_secs_f64();
        Ok(Report { view: self.row.view, results, seconds, units_computed: self.computed })
    }
}

impl Sink for Progress {
    type Error = StoreError;

    fn begin(&mut self, specs: &[Arc<Spec>], stop: &dyn Stop) {
        faults::inject(specs, stop);
    }

    fn take(&mut self, chunk: Vec<Run>, results: Vec<RunResult>) -> Result<(), StoreError> {
        let (done, failed) = sorted(chunk, results);
        let draft = self.store.draft()?;
        draft.write(&done, &self.made)?;
        let keys: Vec<Key> = done.iter().map(|unit| unit.key).collect();
        self.store.commit(&draft, &keys, &failed)?;
        self.computed += keys.len() as u64;
        let view = self.view();
        view.units_done += keys.len() as u64;
        view.units_failed += failed.len() as u64;
        if let Some((_, reason)) = failed.first()
            && view.reason.is_empty()
        {
            view.reason.clone_from(reason);
        }
        self.store.save_job(&self.row)
    }
}
