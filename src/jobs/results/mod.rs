//! What a job has yielded so far: units put together to points.
mod certificate;
mod json;
mod tensors;

use std::collections::HashMap;

pub use certificate::Certificate;
pub use json::to_json;
pub use tensors::{Tensor, Values, tensors};

use super::document::Document;
use super::key::{Key, keys_of};
use crate::invalid::Invalid;
use crate::nrg::{PointSummary, RunSpec, SHELL_COLUMNS, UnitResult};

/// Above this the records of the shells are left out of what is fetched at once.
pub const MAX_FLOW_BYTES: usize = 64 << 20;
/// Parameter sets read from the store at a time.
const BLOCK_GROUPS: usize = 512;

/// One point of a sweep.
#[derive(Debug, Clone)]
pub enum Point {
    Pending,
    /// Some of its units were given up.
    Failed {
        reason: String,
    },
    Done(Box<PointSummary>),
}

/// Everything known about the points of a document.
#[derive(Debug)]
pub struct Results {
    pub document: Document,
    /// Row-major over the axes.
    pub points: Vec<Point>,
    /// By point, then z: the records of the shells; empty when left out.
    pub flow: Vec<Vec<Vec<Vec<f64>>>>,
    pub certificate: Certificate,
}

/// Where units come from.
pub trait Units {
    type Error: From<Vec<Invalid>>;
    fn found(&self, keys: &[Key]) -> Result<HashMap<Key, UnitResult>, Self::Error>;
    fn failure(&self, key: &Key) -> Result<Option<String>, Self::Error>;
}

/// Collects the points of `document` as computed on `device`.
pub fn collect<U: Units>(document: Document, device: &str, units: &U) -> Result<Results, U::Error> {
    let points = document.points();
    let mut results = Results {
        points: vec![Point::Pending; points],
        flow: Vec::new(),
        certificate: Certificate::new(device),
        document,
    };
    if flow_bytes(&results.document)? <= MAX_FLOW_BYTES {
        results.flow = vec![Vec::new(); points];
    }
    let groups = results.document.groups();
    let mut first = 0;
    while first < groups {
        let block = first..groups.min(first + BLOCK_GROUPS);
        first = block.end;
        collect_block(&mut results, block, device, units)?;
    }
    Ok(results)
}

fn flow_bytes(document: &Document) -> Result<usize, Vec<Invalid>> {
    let mut numbers = 0usize;
    for group in 0..document.groups() {
        let request = document.group(group)?.request;
        let temperatures = request.run.temperature.len();
        for spec in RunSpec::of(&request, &request.run.temperature, document.lowest_temperature()) {
            numbers += spec.shells as usize * SHELL_COLUMNS.len() * temperatures;
        }
        if numbers * 8 > MAX_FLOW_BYTES {
            break;
        }
    }
    Ok(numbers * 8)
}

fn collect_block<U: Units>(
    results: &mut Results,
    block: std::ops::Range<usize>,
    device: &str,
    units: &U,
) -> Result<(), U::Error> {
    let lowest = results.document.lowest_temperature();
    let mut groups = Vec::with_capacity(block.len());
    let mut wanted = Vec::new();
    for index in block {
        let group = results.document.group(index)?;
        let specs = RunSpec::of(&group.request, &group.request.run.temperature, lowest);
        // [z][temperature]
        let keys: Vec<Vec<Key>> = specs.iter().map(|spec| keys_of(spec, device)).collect();
        wanted.extend(keys.iter().flatten().copied());
        groups.push((group, keys));
    }
    let found = units.found(&wanted)?;
    for (group, keys) in groups {
        for (temperature, point) in group.points.iter().enumerate() {
            let keys: Vec<Key> =
                keys.iter().filter_map(|keys| keys.get(temperature).copied()).collect();
            let outcome = one_point(&group.request.model, &keys, &found, units)?;
            if let Some(slot) = results.flow.get_mut(*point) {
                *slot = keys
                    .iter()
                    .map(|key| found.get(key).map(|unit| unit.shells.clone()).unwrap_or_default())
                    .collect();
            }
            for unit in keys.iter().filter_map(|key| found.get(key)) {
                results.certificate.include(unit);
                if temperature == 0 {
                    results.certificate.count_matrices(unit);
                }
            }
            if let Some(slot) = results.points.get_mut(*point) {
                *slot = outcome;
            }
        }
    }
    Ok(())
}

fn one_point<U: Units>(
    model: &crate::nrg::Model,
    keys: &[Key],
    found: &HashMap<Key, UnitResult>,
    units: &U,
) -> Result<Point, U::Error> {
    let complete: Option<Vec<&UnitResult>> = keys.iter().map(|key| found.get(key)).collect();
    if let Some(complete) = complete {
        return Ok(Point::Done(Box::new(PointSummary::new(model, &complete))));
    }
    for key in keys.iter().filter(|key| !found.contains_key(key)) {
        if let Some(reason) = units.failure(key)? {
            return Ok(Point::Failed { reason });
        }
    }
    Ok(Point::Pending)
}

/// Units in memory, of a run without a store.
#[derive(Debug, Default)]
pub struct InMemory {
    pub done: HashMap<Key, UnitResult>,
    pub failed: HashMap<Key, String>,
}

impl Units for InMemory {
    type Error = Vec<Invalid>;

    fn found(&self, keys: &[Key]) -> Result<HashMap<Key, UnitResult>, Self::Error> {
        let found = |key: &Key| Some((*key, self.done.get(key)?.clone()));
        Ok(keys.iter().filter_map(found).collect())
    }

    fn failure(&self, key: &Key) -> Result<Option<String>, Self::Error> {
        Ok(self.failed.get(key).cloned())
    }
}
