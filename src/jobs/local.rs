//! A document computed in this process: the worker's code without server and queue.
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::document::Document;
use super::key::Key;
use super::planner::{Budget, Run, chunks_of, core_seconds, runs_of};
use super::results::{InMemory, Results, collect};
use super::spec::Spec;
use super::store::{Provenance, Reader, Store, StoreError, StoredUnit};
use super::worker::{ExecuteError, execute};
use crate::engine::Monitor;
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

/// Hears the share of the estimated work that is done, 0 to 1.
pub trait Listener: Sync {
    fn done(&self, share: f64);
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
    let total = core_seconds(&missing).max(f64::MIN_POSITIVE);
    let mut done = 0.0;
    // The next chunk is the last one.
    let mut chunks = chunks_of(missing, budget);
    chunks.reverse();
    while let Some(chunk) = chunks.pop() {
        let work = core_seconds(&chunk);
        let reporter = Reporter { listener, done, work, total };
        let specs: Vec<Arc<Spec>> = chunk.iter().map(|run| run.spec.clone()).collect();
        match execute(&specs, device, &reporter, stop) {
            Ok(results) => {
                keeping.take(chunk, results)?;
                done += work;
                listener.done(done / total);
            }
            Err(ExecuteError::Stopped) => return Err(LocalError::Stopped),
            Err(ExecuteError::Failed(reason)) => {
                // As the server does: halves, until the run that fails is alone.
                if chunk.len() > 1 {
                    let mut first = chunk;
                    let second = first.split_off(first.len() / 2);
                    chunks.push(second);
                    chunks.push(first);
                } else {
                    let results = chunk.iter().map(|_| Err(reason.clone())).collect();
                    keeping.take(chunk, results)?;
                    done += work;
                }
            }
        }
    }
    let results = collect(document, &name, &keeping.units)?;
    Ok(Outcome { results, seconds: begin.elapsed().as_secs_f64(), units_from_store })
}

struct Reporter<'a> {
    listener: &'a dyn Listener,
    done: f64,
    work: f64,
    total: f64,
}

impl Monitor for Reporter<'_> {
    fn progress(&self, done: f64, total: f64) {
        let share = if total > 0.0 { (done / total).clamp(0.0, 1.0) } else { 0.0 };
        self.listener.done((self.done + share * self.work) / self.total);
    }
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
        let mut seen = std::collections::HashSet::new();
        let mut missing = Vec::new();
        for run in runs {
            let new: Vec<usize> = run
                .keys
                .iter()
                .enumerate()
                .filter(|(_, key)| !self.units.done.contains_key(key) && seen.insert(**key))
                .map(|(index, _)| index)
                .collect();
            missing.extend(run.only(&new));
        }
        Ok(missing)
    }

    fn take(
        &mut self,
        chunk: Vec<Run>,
        results: Vec<super::core::RunResult>,
    ) -> Result<(), StoreError> {
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
