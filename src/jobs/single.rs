//! One small request answered at once, in this process: neither queue nor store.
use super::document::RawDocument;
use super::local::{self, Listener, LocalError};
use super::planner::{Budget, core_seconds, memory_bytes, runs_of};
use super::results::Results;
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::stop::Stop;

/// What a request may cost by its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub core_seconds: f64,
    pub memory_bytes: u64,
    pub result_bytes: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SingleError {
    #[error("the request is refused")]
    Invalid(Vec<Invalid>),
    #[error("{what}: {value}, at most {allowed}")]
    TooLarge { what: &'static str, value: u64, allowed: u64 },
    #[error(transparent)]
    Local(LocalError),
}

struct Silent;

impl Listener for Silent {
    fn done(&self, _share: f64) {}
}

/// Errors: a refused document, one above the limits, stopped.
pub fn answer(
    raw: RawDocument,
    limits: &Limits,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Results, SingleError> {
    let document = raw.check().map_err(SingleError::Invalid)?;
    let runs = runs_of(&document, &device.name()).map_err(SingleError::Invalid)?;
    let result_bytes =
        runs.iter().fold(0, |sum: u64, run| sum.saturating_add(run.cost.result_bytes));
    let milliseconds = |seconds: f64| (1e3 * seconds).ceil() as u64;
    let (seconds, allowed) = (core_seconds(&runs), limits.core_seconds);
    for (what, value, allowed) in [
        ("estimated work of a call, milliseconds", milliseconds(seconds), milliseconds(allowed)),
        ("estimated memory of a call, bytes", memory_bytes(&runs), limits.memory_bytes),
        ("estimated answer of a call, bytes", result_bytes, limits.result_bytes),
    ] {
        if allowed < value {
            return Err(SingleError::TooLarge { what, value, allowed });
        }
    }
    let budget = Budget {
        chunk_seconds: f64::INFINITY,
        cores: 1.0,
        memory_bytes: limits.memory_bytes,
        max_runs: runs.len().max(1),
    };
    let outcome = local::run(document, device, None, &budget, &Silent, stop);
    outcome.map(|outcome| outcome.results).map_err(SingleError::Local)
}
