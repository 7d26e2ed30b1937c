//! From a document to runs, from runs to chunks: groups of 2-30 s that run in lockstep.
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::document::Document;
use super::key::{Key, keys_of};
use super::spec::Spec;
use super::worker::machine::PROGRAM_BYTES;
use crate::engine::tree::number;
use crate::engine::{Cost, Node};
use crate::invalid::Invalid;
use crate::nrg::{RunSpec, estimate_together};

/// Most bytes of results in one job of an engine with tables: they are fetched at once. (Of the NRG,
/// `results::MAX_FLOW_BYTES` and the number of units are the bound.)
pub const MAX_RESULT_BYTES: u64 = 1 << 30;

/// Units of a job that are planned at a time: one of a million points is never in memory as a whole.
pub const WINDOW_UNITS: usize = 8192;

/// One run: of the NRG one parameter set at one z with all its temperatures, else one point.
#[derive(Debug, Clone)]
pub struct Run {
    pub spec: Arc<Spec>,
    /// Of its units.
    pub keys: Vec<Key>,
    pub cost: Cost,
    /// Runs of the same parameter set travel together when memory allows.
    pub group: usize,
}

/// What a chunk may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Wall-clock seconds aimed at for a chunk.
    pub chunk_seconds: f64,
    pub cores: f64,
    pub memory_bytes: u64,
    pub max_runs: usize,
}

impl Budget {
    /// Refuses a document of which a single run does not fit into memory, or all results together.
    pub fn admit(&self, runs: &[Run]) -> Result<(), Vec<Invalid>> {
        let mut bill = Bill::default();
        runs.iter().for_each(|run| bill.add(&run.spec, self.fit(&run.spec, run.cost)));
        bill.within(self)
    }

    /// What a run costs here: where it does not fit with everything in memory, an engine may hold
    /// less and compute it again.
    fn fit(&self, spec: &Spec, cost: Cost) -> Cost {
        let fits = cost.memory_bytes <= self.memory_bytes;
        let less = if fits { None } else { spec.cost_within(self.memory_bytes) };
        less.unwrap_or(cost)
    }
}

/// What all runs of a document cost.
#[derive(Default)]
struct Bill {
    core_seconds: f64,
    /// The run that needs most memory.
    largest: Option<(Cost, Spec)>,
    /// Of engines with tables, and the field that decides it.
    result_bytes: u64,
    result_field: Option<&'static str>,
}

impl Bill {
    fn add(&mut self, spec: &Spec, cost: Cost) {
        self.core_seconds += cost.core_seconds;
        let largest = self.largest.as_ref().map_or(0, |(largest, _)| largest.memory_bytes);
        if largest < cost.memory_bytes {
            self.largest = Some((cost, spec.clone()));
        }
        if matches!(spec, Spec::Tables(_)) {
            self.result_bytes = self.result_bytes.saturating_add(cost.result_bytes);
            self.result_field.get_or_insert(cost.decided_by);
        }
    }

    fn within(&self, budget: &Budget) -> Result<(), Vec<Invalid>> {
        let mebibytes = |bytes: u64| bytes >> 20;
        if let Some(field) = self.result_field
            && MAX_RESULT_BYTES < self.result_bytes
        {
            let value = format!("results of about {} MiB", mebibytes(self.result_bytes));
            let expected = format!("at most {} MiB in a job", mebibytes(MAX_RESULT_BYTES));
            return Err(vec![Invalid::new(field, value, expected)]);
        }
        let allowed = budget.memory_bytes;
        let largest = self.largest.as_ref().filter(|(run, _)| allowed < run.memory_bytes);
        let Some((run, spec)) = largest else {
            return Ok(());
        };
        // What was asked for, what it needs, and behind "expected" what there is and what would fit.
        let (asked, seconds) = (setting(spec, run.decided_by), run.core_seconds);
        let needed = mebibytes(run.memory_bytes.saturating_add(PROGRAM_BYTES));
        let value = format!("{asked}: a run of about {needed} MiB and {seconds:.0} s of one core");
        let fitting = match most_states(spec, allowed) {
            Some(states) => format!("at most {states}, whose run"),
            None => "values whose run".to_owned(),
        };
        let there = mebibytes(allowed.saturating_add(PROGRAM_BYTES));
        let expected = format!("{fitting} fits into {there} MiB of memory");
        Err(vec![Invalid::new(run.decided_by, value, expected)])
    }
}

/// The most states a shell may have for a run to fit; none where that is not the question.
fn most_states(spec: &Spec, memory_bytes: u64) -> Option<u32> {
    const LEAST: u32 = 16;
    let fits = |states: u32| {
        let cost = spec.with_most_states(states)?.least(memory_bytes);
        Some(cost.memory_bytes <= memory_bytes)
    };
    let (mut low, mut high) = (LEAST, spec.most_states()?);
    if fits(high)? || !fits(low)? {
        return None;
    }
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        if fits(middle)? { low = middle } else { high = middle }
    }
    Some(low)
}

/// The value of a field, of a list the largest.
fn setting(spec: &Spec, field: &str) -> String {
    let largest = |numbers: &mut dyn Iterator<Item = f64>| number(numbers.fold(0.0, f64::max));
    match spec {
        Spec::Nrg(run) => largest(&mut run.truncation.max_states.iter().copied().map(f64::from)),
        Spec::Tables(tables) => match tables.request.get(field) {
            Some(Node::Number(value)) => number(*value),
            Some(Node::List(items)) => largest(&mut items.iter().filter_map(|item| match item {
                Node::Number(value) => Some(*value),
                _ => None,
            })),
            Some(Node::Text(text)) => text.clone(),
            _ => "as given".to_owned(),
        },
    }
}

/// A document of which the beginning is planned.
#[derive(Debug)]
pub struct Plan {
    pub runs: Vec<Run>,
    /// The first parameter set that is not planned.
    pub next: usize,
    /// What is not planned: units, and their estimated work.
    pub rest_units: u64,
    pub rest_core_seconds: f64,
}

/// Checks what all runs cost, plans the first [`WINDOW_UNITS`].
pub fn plan(document: &Document, device: &str, budget: &Budget) -> Result<Plan, Vec<Invalid>> {
    let first = window(document, 0);
    let runs = runs_in(document, device, first.clone())?;
    let mut bill = Bill::default();
    runs.iter().for_each(|run| bill.add(&run.spec, budget.fit(&run.spec, run.cost)));
    let planned = bill.core_seconds;
    for group in first.end..document.groups() {
        for spec in document.group(group)?.runs {
            bill.add(&spec, budget.fit(&spec, spec.cost()));
        }
    }
    bill.within(budget)?;
    let rest_units = units_behind(document, first.end);
    Ok(Plan { runs, next: first.end, rest_units, rest_core_seconds: bill.core_seconds - planned })
}

/// The parameter sets that are planned together, from `first` on.
pub fn window(document: &Document, first: usize) -> Range<usize> {
    let groups = document.groups();
    let of_group = document.units() / groups.max(1);
    first..groups.min(first + (WINDOW_UNITS / of_group.max(1)).max(1))
}

/// Units of the parameter sets from `group` on.
pub fn units_behind(document: &Document, group: usize) -> u64 {
    let groups = document.groups();
    (document.units() / groups.max(1) * (groups - group.min(groups))) as u64
}

/// All runs of a document on `device`, parameter set by parameter set, in the order of z.
pub fn runs_of(document: &Document, device: &str) -> Result<Vec<Run>, Vec<Invalid>> {
    runs_in(document, device, 0..document.groups())
}

/// The runs of some of its parameter sets.
pub fn runs_in(
    document: &Document,
    device: &str,
    groups: Range<usize>,
) -> Result<Vec<Run>, Vec<Invalid>> {
    let mut runs = Vec::with_capacity(groups.len() * document.z().len().max(1));
    for group in groups {
        for spec in document.group(group)?.runs {
            let keys = keys_of(&spec, device);
            let cost = spec.cost();
            runs.push(Run { spec, keys, cost, group });
        }
    }
    Ok(runs)
}

/// Cuts runs into chunks. Runs whose shells look alike stay together, so that every batch of a
/// chunk is full on every shell; all z of one parameter set stay together unless memory forbids it.
pub fn chunks_of(runs: Vec<Run>, budget: &Budget) -> Vec<Vec<Run>> {
    let mut alike: BTreeMap<Likeness, Vec<Vec<Run>>> = BTreeMap::new();
    let fitted = runs.into_iter().map(|run| Run { cost: budget.fit(&run.spec, run.cost), ..run });
    for set in by_group(fitted.collect()) {
        alike.entry(Likeness::of(&set)).or_default().push(set);
    }
    let mut chunks = Vec::new();
    for sets in alike.into_values() {
        let mut chunk = Filling::default();
        for piece in sets.into_iter().flat_map(|set| fitting(set, budget)) {
            if !chunk.takes(&piece, budget) {
                chunks.push(std::mem::take(&mut chunk).runs);
            }
            chunk.push(piece);
        }
        if !chunk.runs.is_empty() {
            chunks.push(chunk.runs);
        }
    }
    chunks
}

/// What decides the shape of a run's shells; engines without shells have their name alone.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    engine: &'static str,
    shells: u32,
    lambda_bits: u64,
    energy_bits: u64,
    max_states: Vec<u32>,
}

impl Likeness {
    fn of(set: &[Run]) -> Self {
        let Some(first) = set.first() else { return Self::default() };
        let engine = first.spec.engine();
        let Spec::Nrg(first) = &*first.spec else { return Self { engine, ..Self::default() } };
        let shells = |run: &Run| if let Spec::Nrg(spec) = &*run.spec { spec.shells } else { 0 };
        Self {
            engine,
            shells: set.iter().map(shells).max().unwrap_or(0),
            lambda_bits: first.lambda.to_bits(),
            energy_bits: first.truncation.energy.to_bits(),
            max_states: first.truncation.max_states.clone(),
        }
    }
}

#[derive(Default)]
struct Filling {
    runs: Vec<Run>,
    core_seconds: f64,
    memory_bytes: u64,
}

impl Filling {
    fn takes(&self, piece: &[Run], budget: &Budget) -> bool {
        let seconds = (self.core_seconds + core_seconds(piece)) / budget.cores;
        self.runs.is_empty()
            || (seconds <= budget.chunk_seconds
                && self.memory_with(piece) <= budget.memory_bytes
                && self.runs.len() + piece.len() <= budget.max_runs)
    }

    fn push(&mut self, piece: Vec<Run>) {
        self.core_seconds += core_seconds(&piece);
        self.memory_bytes = self.memory_with(&piece);
        self.runs.extend(piece);
    }

    fn memory_with(&self, piece: &[Run]) -> u64 {
        let more = memory_bytes(piece);
        let one_by_one = piece.first().is_some_and(|run| run.spec.one_by_one());
        if one_by_one {
            self.memory_bytes.max(more)
        } else {
            self.memory_bytes.saturating_add(more)
        }
    }
}

fn by_group(runs: Vec<Run>) -> Vec<Vec<Run>> {
    let mut sets: Vec<Vec<Run>> = Vec::new();
    for run in runs {
        match sets.last_mut() {
            Some(set) if set.first().is_some_and(|first| first.group == run.group) => set.push(run),
            _ => sets.push(vec![run]),
        }
    }
    sets
}

/// One parameter set, in as few pieces as memory and the number of runs allow; at least one run each.
fn fitting(set: Vec<Run>, budget: &Budget) -> Vec<Vec<Run>> {
    let mut pieces: Vec<Vec<Run>> = vec![Vec::new()];
    let mut used = 0u64;
    for run in set {
        let needed = run.cost.memory_bytes;
        let full = used.saturating_add(needed) > budget.memory_bytes;
        if let Some(piece) = pieces.last_mut()
            && (piece.is_empty() || (!full && piece.len() < budget.max_runs))
        {
            piece.push(run);
            used = used.saturating_add(needed);
            continue;
        }
        pieces.push(vec![run]);
        used = needed;
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

pub fn core_seconds(runs: &[Run]) -> f64 {
    runs.iter().map(|run| run.cost.core_seconds).sum()
}

/// What the process of a chunk needs.
pub fn peak_bytes(runs: &[Run]) -> u64 {
    let nrg = |run: &Run| if let Spec::Nrg(spec) = &*run.spec { Some(spec.clone()) } else { None };
    let specs: Vec<RunSpec> = runs.iter().filter_map(nrg).collect();
    let sum = memory_bytes(runs);
    let together = match specs.len() == runs.len() && !runs.is_empty() {
        true => estimate_together(&specs.iter().collect::<Vec<_>>()).memory_bytes.min(sum),
        false => sum,
    };
    together.saturating_add(PROGRAM_BYTES)
}

/// Of runs in one chunk, beside the program itself: at most so much.
pub fn memory_bytes(runs: &[Run]) -> u64 {
    let mut each = runs.iter().map(|run| run.cost.memory_bytes);
    if runs.first().is_some_and(|run| run.spec.one_by_one()) {
        return each.max().unwrap_or(0);
    }
    each.try_fold(0, u64::checked_add).unwrap_or(u64::MAX)
}
