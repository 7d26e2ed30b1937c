//! A chunk on a device: the same code in a worker process and in `edgestate run`.
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::jobs::core::RunResult;
use crate::linalg::{Device, LinalgError};
use crate::nrg::{self, Monitor, RunSpec};
use crate::stop::Stop;

/// Why a chunk has no results at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    #[error("stopped on request")]
    Stopped,
    #[error("{0}")]
    Failed(String),
}

/// Runs all `specs` in lockstep. A run that fails leaves its reason and does not disturb the others.
pub fn execute(
    specs: &[RunSpec],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<RunResult>, ExecuteError> {
    // A defect in an engine must not look like a lost device: it is reported with its message.
    let run = AssertUnwindSafe(|| nrg::run(specs, device, monitor, stop));
    let results = catch_unwind(run)
        .map_err(|panic| ExecuteError::Failed(format!("defect: {}", panic_text(panic.as_ref()))))?
        .map_err(|error| match error {
            LinalgError::Stopped => ExecuteError::Stopped,
            other => ExecuteError::Failed(other.to_string()),
        })?;
    // An engine may give a stopped run back as a failed one; its units must not look computed.
    if stop.stopped() && results.iter().any(Result::is_err) {
        return Err(ExecuteError::Stopped);
    }
    Ok(results.into_iter().map(|result| result.map_err(|error| error.to_string())).collect())
}

/// The message of a panic.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)").to_owned()
}
