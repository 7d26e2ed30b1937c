//! A chunk on a device: the same code in a worker process and in `edgestate run`.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::engine::{Monitor, Node};
use crate::jobs::core::RunResult;
use crate::jobs::spec::{Spec, Unit, engine};
use crate::linalg::{Device, LinalgError};
use crate::nrg::{self, RunSpec};
use crate::stop::Stop;

/// Why a chunk has no results at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    #[error("stopped on request")]
    Stopped,
    #[error("{0}")]
    Failed(String),
    /// The device will do nothing any more.
    #[error("{0}")]
    Lost(String),
}

/// Runs all `specs` in lockstep. A run that fails leaves its reason and does not disturb the others.
pub fn execute(
    specs: &[Arc<Spec>],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<RunResult>, ExecuteError> {
    // A defect in an engine must not look like a lost device: it is reported with its message.
    let run = AssertUnwindSafe(|| by_engine(specs, device, monitor, stop));
    let results = catch_unwind(run)
        .map_err(|panic| ExecuteError::Failed(format!("defect: {}", panic_text(panic.as_ref()))))?
        .map_err(|error| match error {
            LinalgError::Stopped => ExecuteError::Stopped,
            lost @ LinalgError::DeviceLost { .. } => ExecuteError::Lost(lost.to_string()),
            other => ExecuteError::Failed(other.to_string()),
        })?;
    // An engine may give a stopped run back as a failed one; its units must not look computed.
    if stop.stopped() && results.iter().any(Result::is_err) {
        return Err(ExecuteError::Stopped);
    }
    Ok(results)
}

/// Neighbours of the same engine go to it together.
fn by_engine(
    specs: &[Arc<Spec>],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<RunResult>, LinalgError> {
    let mut results = Vec::with_capacity(specs.len());
    for alike in specs.chunk_by(|a, b| a.engine() == b.engine()) {
        let name = alike.first().map_or("", |spec| spec.engine());
        results.extend(match engine(name) {
            None => of_nrg(alike, device, monitor, stop)?,
            Some(engine) => {
                let requests: Vec<Node> = alike.iter().filter_map(request).collect();
                let answers = engine.answer(&requests, device, monitor, stop)?;
                answers.into_iter().map(|answer| Ok(vec![Unit::Answer(answer?)])).collect()
            }
        });
    }
    Ok(results)
}

fn of_nrg(
    specs: &[Arc<Spec>],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<RunResult>, LinalgError> {
    let runs: Vec<RunSpec> = specs
        .iter()
        .filter_map(|spec| match &**spec {
            Spec::Nrg(run) => Some(run.clone()),
            Spec::Tables(_) => None,
        })
        .collect();
    let outcomes = nrg::run(&runs, device, monitor, stop)?;
    let units = |outcome: nrg::Outcome| match outcome {
        Ok(units) => Ok(units.into_iter().map(Unit::Nrg).collect()),
        Err(error) => Err(error.to_string()),
    };
    Ok(outcomes.into_iter().map(units).collect())
}

fn request(spec: &Arc<Spec>) -> Option<Node> {
    match &**spec {
        Spec::Tables(tables) => Some(tables.request.clone()),
        Spec::Nrg(_) => None,
    }
}

/// The message of a panic.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)").to_owned()
}
