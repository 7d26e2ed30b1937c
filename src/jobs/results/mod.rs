//! What a job has yielded so far: units put together to points.
mod answers;
mod certificate;
mod hash;
mod json;
mod runs;
mod tensors;

use std::collections::HashMap;
use std::ops::Range;

pub use certificate::Certificate;
pub use hash::{Hashes, hash_points};
pub use json::{certificate_json, to_json};
pub use tensors::{Tensor, short_names, tensors};

use super::document::{Document, Group, Request};
use super::key::{Key, keys_of};
use super::spec::{Spec, Unit};
use crate::engine::Answer;
use crate::invalid::Invalid;
use crate::nrg::{PointSummary, SHELL_COLUMNS, UnitResult};

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
    /// Of the NRG: its units put together.
    Done(Box<PointSummary>),
    /// Of every other engine.
    Answered(Box<Answer>),
}

/// Everything known about the points of a document.
#[derive(Debug)]
pub struct Results {
    pub document: Document,
    /// Row-major over the axes.
    pub points: Vec<Point>,
    /// Of the NRG, by point, then z: the records of the shells; empty when left out.
    pub flow: Vec<Vec<Vec<Vec<f64>>>>,
    pub certificate: Certificate,
}

/// Where units come from.
pub trait Units {
    type Error: From<Vec<Invalid>>;
    fn found(&self, keys: &[Key]) -> Result<HashMap<Key, Unit>, Self::Error>;
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
    if matches!(results.document.first(), Request::Nrg(_))
        && flow_bytes(&results.document)? <= MAX_FLOW_BYTES
    {
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
        for run in document.group(group)?.runs {
            if let Spec::Nrg(spec) = &*run {
                numbers += spec.shells as usize * SHELL_COLUMNS.len() * spec.temperatures.len();
            }
        }
        if numbers * 8 > MAX_FLOW_BYTES {
            break;
        }
    }
    Ok(numbers * 8)
}

fn collect_block<U: Units>(
    results: &mut Results,
    block: Range<usize>,
    device: &str,
    units: &U,
) -> Result<(), U::Error> {
    let mut groups = Vec::with_capacity(block.len());
    let mut wanted = Vec::new();
    for index in block {
        let group = results.document.group(index)?;
        // [run][unit]
        let keys: Vec<Vec<Key>> = group.runs.iter().map(|run| keys_of(run, device)).collect();
        wanted.extend(keys.iter().flatten().copied());
        groups.push((group, keys));
    }
    let found = units.found(&wanted)?;
    for (group, keys) in groups {
        for (unit, point) in group.points.iter().enumerate() {
            let keys: Vec<Key> = keys.iter().filter_map(|keys| keys.get(unit).copied()).collect();
            let outcome = one_point(&group, &keys, &found, units)?;
            // The second runs of error bars stand behind the others.
            let (keys, lowered) = keys.split_at(group.results().min(keys.len()));
            if let Some(slot) = results.flow.get_mut(*point) {
                *slot = keys.iter().map(|key| shells(found.get(key))).collect();
            }
            for found in keys.iter().filter_map(|key| found.get(key)) {
                results.certificate.include(found, unit == 0);
            }
            for found in lowered.iter().filter_map(|key| found.get(key)) {
                results.certificate.include_lowered(found, unit == 0);
            }
            if let Point::Done(summary) = &outcome {
                results.certificate.include_errors(summary);
            }
            if let Some(slot) = results.points.get_mut(*point) {
                *slot = outcome;
            }
        }
    }
    Ok(())
}

fn shells(unit: Option<&Unit>) -> Vec<Vec<f64>> {
    match unit {
        Some(Unit::Nrg(unit)) => unit.shells.clone(),
        _ => Vec::new(),
    }
}

fn one_point<U: Units>(
    group: &Group,
    keys: &[Key],
    found: &HashMap<Key, Unit>,
    units: &U,
) -> Result<Point, U::Error> {
    let complete: Option<Vec<&Unit>> = keys.iter().map(|key| found.get(key)).collect();
    if let Some(complete) = complete {
        return Ok(finished(group, &complete));
    }
    for key in keys.iter().filter(|key| !found.contains_key(key)) {
        if let Some(reason) = units.failure(key)? {
            return Ok(Point::Failed { reason });
        }
    }
    Ok(Point::Pending)
}

fn finished(group: &Group, units: &[&Unit]) -> Point {
    if let (Request::Tables(_), [Unit::Answer(answer)]) = (&group.request, units) {
        return Point::Answered(Box::new(answer.clone()));
    }
    let Request::Nrg(request) = &group.request else {
        return Point::Failed { reason: "a stored unit of another engine".into() };
    };
    let units: Vec<&UnitResult> = units.iter().filter_map(|unit| unit.nrg()).collect();
    let (units, lowered) = units.split_at(group.results().min(units.len()));
    let summary = PointSummary::new(&request.model, units);
    Point::Done(Box::new(match lowered {
        [] => summary,
        lowered => summary.with_error_bars(&request.model, lowered),
    }))
}

/// Units in memory, of a run without a store.
#[derive(Debug, Default)]
pub struct InMemory {
    pub done: HashMap<Key, Unit>,
    pub failed: HashMap<Key, String>,
}

impl Units for InMemory {
    type Error = Vec<Invalid>;

    fn found(&self, keys: &[Key]) -> Result<HashMap<Key, Unit>, Self::Error> {
        let found = |key: &Key| Some((*key, self.done.get(key)?.clone()));
        Ok(keys.iter().filter_map(found).collect())
    }

    fn failure(&self, key: &Key) -> Result<Option<String>, Self::Error> {
        Ok(self.failed.get(key).cloned())
    }
}
