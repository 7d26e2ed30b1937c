//! All runs of a chunk in lockstep: one batch per shell.
use super::{Model, Request, Scheme, Truncation, UnitResult};
use crate::linalg::{Device, LinalgError};
use crate::stop::Stop;

/// One NRG run: one point at one z, static results at every temperature asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSpec {
    pub model: Model,
    pub lambda: f64,
    pub scheme: Scheme,
    pub z: f64,
    pub truncation: Truncation,
    /// Number of shells, n = 0 ... shells - 1; resolved, not 0.
    pub shells: u32,
    pub temperatures: Vec<f64>,
}

impl RunSpec {
    /// One run per z of a validated point; `temperatures` replaces the point's list, `lowest`
    /// (the lowest of the whole request) fixes the number of shells when the request leaves it open.
    pub fn of(request: &Request, temperatures: &[f64], lowest: f64) -> Vec<Self> {
        let _ = (request, temperatures, lowest);
        vec![]
    }
}

/// Why a run was refused or could not be finished.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NrgError {
    #[error("z = {z}: {reason}")]
    Ladder { z: f64, reason: String },
    #[error(transparent)]
    Linalg(#[from] LinalgError),
}

/// Hears of progress.
pub trait Monitor: Sync {
    /// `done` of `total` work (estimated operations) of the chunk.
    fn progress(&self, done: f64, total: f64);
}

/// Runs all `specs` in lockstep. The outer list follows `specs`, the inner one `temperatures`.
/// A run that fails leaves its reason and does not disturb the others.
pub fn run(
    specs: &[RunSpec],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<Result<Vec<UnitResult>, NrgError>>, LinalgError> {
    let _ = (specs, device, monitor, stop);
    unimplemented!()
}
