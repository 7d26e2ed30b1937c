//! A document computed in this process: the worker's code without server and queue.
use std::path::Path;
use std::time::Instant;

use super::core::RunResult;
use super::document::Document;
pub use super::drive::Listener;
use super::drive::{DriveError, Means, Sink, drive};
use super::key::Key;
use super::planner::{Budget, Run, runs_of};
use super::results::{InMemory, Results, collect};
use super::store::{Provenance, Reader, Store, StoreError, StoredUnit};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::stop::Stop;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("stopped on request")]
    Stopped,
    #[error("the request is refused")]
    Invalid(Vec<Invalid>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Vec<Invalid>> for LocalError {
    fn from(invalid: Vec<Invalid>) -> Self {
        Self::Invalid(invalid)
    }
}

/// What it took.
#[derive(Debug)]
pub struct Outcome {
    pub results: Results,
    pub seconds: f64,
    pub units_from_store: usize,
}

/// Computes every point that is not in `store`; a run that fails leaves its reason.
/// Errors: stopped (finished chunks are in the store, if there is one), a store that fails.
pub fn run(
    document: Document,
    device: &dyn Device,
    store: Option<&Path>,
    budget: &Budget,
    listener: &dyn Listener,
    stop: &dyn Stop,
) -> Result<Outcome, LocalError> {
    let begin = Instant::now();
    let name = device.name();
    let runs = runs_of(&document, &name)?;
    budget.admit(&runs)?;
    let mut keeping = Keeping::open(store, &name)?;
    let missing = keeping.recall(runs)?;
    let units_from_store = keeping.units.done.len();
    let means = Means { device, budget, listener, stop };
    drive(missing, means, &mut keeping).map_err(|error| match error {
        DriveError::Stopped => LocalError::Stopped,
        DriveError::Sink(error) => error.into(),
    })?;
    let results = collect(document, &name, &keeping.units)?;
    Ok(Outcome { results, seconds: begin.elapsed().as_secs_f64(), units_from_store })
}

/// Results in memory, and in a store if there is one.
struct Keeping {
    store: Option<Store>,
    units: InMemory,
    made: Provenance,
}

impl Keeping {
    fn open(store: Option<&Path>, device: &str) -> Result<Self, StoreError> {
        let made =
            Provenance { device: device.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        Ok(Self { store: store.map(Store::open).transpose()?, units: InMemory::default(), made })
    }

    /// Reads what the store has; the rest comes back.
    fn recall(&mut self, runs: Vec<Run>) -> Result<Vec<Run>, StoreError> {
        if let Some(store) = &self.store {
            let keys: Vec<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
            self.units.done = Reader::open(store.dir())?.units(&keys)?;
        }
        Ok(without(runs, |key| self.units.done.contains_key(key)))
    }
}

impl Sink for Keeping {
    type Error = StoreError;

    fn take(&mut self, chunk: Vec<Run>, results: Vec<RunResult>) -> Result<(), StoreError> {
        let (done, failed) = sorted(chunk, results);
        if let Some(store) = &mut self.store {
            let draft = store.draft()?;
            draft.write(&done, &self.made)?;
            let keys: Vec<Key> = done.iter().map(|unit| unit.key).collect();
            store.commit(&draft, &keys, &failed)?;
        }
        self.units.done.extend(done.into_iter().map(|unit| (unit.key, unit.result)));
        self.units.failed.extend(failed);
        Ok(())
    }
}

/// The units of a chunk that are done, and those that are given up with their reasons.
pub(super) fn sorted(
    chunk: Vec<Run>,
    results: Vec<RunResult>,
) -> (Vec<StoredUnit>, Vec<(Key, String)>) {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (run, result) in chunk.into_iter().zip(results) {
        match result {
            Ok(units) => {
                for (index, (key, result)) in run.keys.iter().zip(units).enumerate() {
                    done.push(StoredUnit { key: *key, spec: run.spec.clone(), index, result });
                }
            }
            Err(reason) => failed.extend(run.keys.iter().map(|key| (*key, reason.clone()))),
        }
    }
    (done, failed)
}

/// The runs whose units `stored` does not know, each unit once.
pub(super) fn without(runs: Vec<Run>, stored: impl Fn(&Key) -> bool) -> Vec<Run> {
    let mut seen = std::collections::HashSet::new();
    let mut missing = Vec::new();
    for run in runs {
        let new: Vec<usize> = run
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| !stored(key) && seen.insert(**key))
            .map(|(index, _)| index)
            .collect();
        missing.extend(run.only(&new));
    }
    missing
}
