//! What a document would cost, before any work.
use crate::jobs::document::Document;
use crate::jobs::planner::{self, Budget, Run};

/// What a document would cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub points: u64,
    pub units: u64,
    pub units_from_store: u64,
    /// Of what is not in the store, alone on this machine.
    pub seconds: f64,
    /// Of the process that computes the largest chunk.
    pub memory_bytes: u64,
    pub result_bytes: u64,
}

impl Estimate {
    /// Together with another part of the same document.
    pub(super) fn with(self, part: &Self) -> Self {
        Self {
            units_from_store: self.units_from_store + part.units_from_store,
            seconds: self.seconds + part.seconds,
            memory_bytes: self.memory_bytes.max(part.memory_bytes),
            result_bytes: self.result_bytes.saturating_add(part.result_bytes),
            ..self
        }
    }
}

/// `known`: for every unit of `runs`, whether it is stored.
pub fn estimate(
    document: &Document,
    runs: Vec<Run>,
    known: &[bool],
    pace: f64,
    budget: &Budget,
) -> Estimate {
    let mut known = known.iter().copied();
    let mut missing = Vec::new();
    let (mut units_from_store, mut result_bytes) = (0, 0);
    for run in runs {
        let units = run.keys.len() as u64;
        result_bytes += run.cost.result_bytes;
        let stored = known.by_ref().take(run.keys.len()).filter(|known| *known).count() as u64;
        units_from_store += stored;
        if stored < units {
            missing.push(run);
        }
    }
    let chunks = planner::chunks_of(missing, budget);
    let seconds = chunks.iter().map(|runs| planner::core_seconds(runs)).sum::<f64>() * pace;
    Estimate {
        points: document.points() as u64,
        units: document.units() as u64,
        units_from_store,
        seconds,
        memory_bytes: chunks.iter().map(|runs| planner::peak_bytes(runs)).max().unwrap_or(0),
        result_bytes,
    }
}
