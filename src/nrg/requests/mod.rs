//! Documents of the engine "impurity"; `calculation.kind` picks the calculation.
mod cost;
mod curves;
mod error_bars;
mod fields;
mod flow;
mod ladder;
mod non_interacting;
mod parts;
mod rkky;
mod scaling;
mod scan;
mod spectra;
mod sweepable;
mod t_matrix;
mod thermodynamics;
mod write;

use super::{DynamicsError, NrgError};
use crate::engine::{Answer, Answers, Cost, Engine, Monitor, Node, Reader, Sweepable, kinds};
use crate::invalid::Invalid;
use crate::linalg::{Device, LinalgError};
use crate::spectra::SpectraError;
use crate::stop::Stop;

/// Raised by hand whenever numbers change.
pub const IMPURITY_VERSION: u32 = 2;

/// The engine of everything about impurities that is not a static run of the engine "nrg": spectra,
/// thermodynamics, flow, T-matrix, ladders, closed forms.
#[derive(Debug, Clone, Copy)]
pub struct Impurities;

/// Why a request that was understood has no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Dynamics(#[from] DynamicsError),
    #[error(transparent)]
    Nrg(#[from] NrgError),
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    #[error(transparent)]
    Spectra(#[from] SpectraError),
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Failure {
    /// What ends a whole chunk, not one request.
    fn fatal(self) -> Result<String, LinalgError> {
        let linalg = match &self {
            Self::Linalg(error)
            | Self::Nrg(NrgError::Linalg(error))
            | Self::Dynamics(DynamicsError::Linalg(error))
            | Self::Dynamics(DynamicsError::Nrg(NrgError::Linalg(error))) => Some(error),
            Self::Spectra(SpectraError::Stopped)
            | Self::Dynamics(DynamicsError::Spectra(SpectraError::Stopped)) => {
                return Err(LinalgError::Stopped);
            }
            _ => None,
        };
        match linalg {
            Some(error @ (LinalgError::Stopped | LinalgError::DeviceLost { .. })) => {
                Err(error.clone())
            }
            _ => Ok(self.to_string()),
        }
    }
}

/// What a calculation may use, and whom it tells how far it is.
#[derive(Clone, Copy)]
struct Means<'a> {
    device: &'a dyn Device,
    stop: &'a dyn Stop,
    /// Hears of this request alone, 0 to 1.
    progress: &'a (dyn Fn(f64) + Sync),
}

/// A request that was understood.
trait Question: Send + Sync {
    /// On a device that allows `memory_bytes`.
    fn cost(&self, memory_bytes: u64) -> Cost;

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure>;
}

type Understood = Option<Box<dyn Question>>;
/// None after a refusal.
type Read = for<'r, 'a> fn(&'r Reader<'a>) -> Understood;

const KINDS: &[(&str, Read)] = &[
    ("spectra", spectra::read),
    ("thermodynamics", thermodynamics::read),
    ("t-matrix", t_matrix::read),
    ("flow", flow::read),
    ("scan", scan::read),
    ("ladder", ladder::read),
    ("rkky", rkky::read),
    ("scaling", scaling::read),
    ("non-interacting", non_interacting::read),
];

fn understand(reader: &Reader<'_>) -> Understood {
    let read = reader.section("calculation").required_choice("kind", KINDS)?;
    read(reader)
}

/// One answer for a request, or why there is none.
fn one(request: &Node, means: Means<'_>) -> Result<Result<Answer, String>, LinalgError> {
    let question = understand(&Reader::new(request));
    kinds::one(question, means.stop, |question| question.answer(means), Failure::fatal)
}

impl Engine for Impurities {
    fn name(&self) -> &'static str {
        "impurity"
    }

    fn version(&self) -> u32 {
        IMPURITY_VERSION
    }

    fn sweepable(&self) -> &'static [Sweepable] {
        sweepable::SWEEPABLE
    }

    fn resolve(&self, tables: &Node) -> Result<Node, Vec<Invalid>> {
        kinds::resolve(tables, understand).map(|(_, resolved)| resolved)
    }

    fn cost(&self, request: &Node) -> Cost {
        self.cost_within(request, u64::MAX)
    }

    fn cost_within(&self, request: &Node, memory_bytes: u64) -> Cost {
        let question = understand(&Reader::new(request));
        question.map_or(kinds::NO_COST, |question| question.cost(memory_bytes))
    }

    fn one_by_one(&self) -> bool {
        true
    }

    fn answer(
        &self,
        requests: &[Node],
        device: &dyn Device,
        monitor: &dyn Monitor,
        stop: &dyn Stop,
    ) -> Result<Answers, LinalgError> {
        // One after the other: each run has its own parallelism and its own memory.
        let mut answers = Vec::with_capacity(requests.len());
        for (done, request) in requests.iter().enumerate() {
            let progress =
                |share: f64| monitor.progress(done as f64 + share, requests.len() as f64);
            answers.push(one(request, Means { device, stop, progress: &progress })?);
            monitor.progress(answers.len() as f64, requests.len() as f64);
        }
        Ok(answers)
    }
}
