//! Documents of the engine "crossover"; `calculation.kind` picks the capability.
mod impurity;
mod regime_map;
mod spin_hall;
mod write;

use crate::engine::{Answer, Answers, Cost, Engine, Monitor, Node, Reader, Sweepable, kinds};
use crate::invalid::Invalid;
use crate::linalg::{Device, LinalgError};
use crate::nrg::{DynamicsError, NrgError};
use crate::spectra::SpectraError;
use crate::stop::Stop;

/// Raised by hand whenever numbers change.
pub const ENGINE_VERSION: u32 = 3;

/// The engine whose documents join NRG and transport.
#[derive(Debug, Clone, Copy)]
pub struct Crossover;

/// Why a request that was understood has no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Dynamics(#[from] DynamicsError),
    #[error(transparent)]
    Nrg(#[from] NrgError),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("{0}")]
    Outside(String),
}

impl Failure {
    /// What ends a whole chunk, not one request.
    fn fatal(self) -> Result<String, LinalgError> {
        let linalg = match &self {
            Self::Dynamics(DynamicsError::Linalg(error))
            | Self::Dynamics(DynamicsError::Nrg(NrgError::Linalg(error)))
            | Self::Nrg(NrgError::Linalg(error)) => Some(error),
            Self::Dynamics(DynamicsError::Spectra(SpectraError::Stopped)) => {
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

/// A request that was understood.
trait Question: Send + Sync {
    fn cost(&self) -> Cost;

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, Failure>;
}

type Understood = Option<Box<dyn Question>>;
/// None after a refusal.
type Read = for<'r, 'a> fn(&'r Reader<'a>) -> Understood;

const KINDS: &[(&str, Read)] =
    &[("spin-hall-crossover", spin_hall::read), ("regime-map", regime_map::read)];

const fn field(path: &'static str, unit: &'static str, long_name: &'static str) -> Sweepable {
    Sweepable { path, unit, long_name }
}

const SWEEPABLE: &[Sweepable] = &[
    field("impurity.coupling", "D", "J"),
    field("impurity.coupling_z", "D", "J_z"),
    field("impurity.interaction", "D", "U"),
    field("impurity.level_energy", "D", "level from the Fermi energy"),
    field("impurity.hybridization", "D", "Gamma, half-width of the level"),
    field("conditions.temperature", "D", "temperature"),
    field("conditions.temperature_over_kondo", "1", "T/T_K"),
    field("scattering.eta0_rad", "rad", "phase shift l = 0, j = 1/2"),
    field("scattering.eta2_rad", "rad", "phase shift l = 1, j = 3/2"),
    field("alloy.concentration", "1", "impurities per electron"),
    field("alloy.fermi_wavenumber_per_nm", "1/nm", "kF"),
    field("alloy.mass_ratio", "1", "m*/m_e"),
    field("discretization.lambda", "1", "Lambda of the discretization"),
    field("truncation.energy", "1", "E_trunc in units of omega_n"),
    field("truncation.max_states", "1", "most states of a shell"),
    field("pair.coupling", "D", "J"),
    field("pair.coupling_z", "D", "J_z"),
    field("pair.distance", "a", "distance of the impurities"),
    field("edge.texture_wavenumber", "1/a", "k0 of the spin texture"),
];

fn understand(reader: &Reader<'_>) -> Understood {
    let read = reader.section("calculation").required_choice("kind", KINDS)?;
    read(reader)
}

/// One answer for a request, or why there is none.
fn one(
    request: &Node,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Result<Answer, String>, LinalgError> {
    let question = understand(&Reader::new(request));
    kinds::one(question, stop, |question| question.answer(device, stop), Failure::fatal)
}

impl Engine for Crossover {
    fn name(&self) -> &'static str {
        "crossover"
    }

    fn version(&self) -> u32 {
        ENGINE_VERSION
    }

    fn sweepable(&self) -> &'static [Sweepable] {
        SWEEPABLE
    }

    fn resolve(&self, tables: &Node) -> Result<Node, Vec<Invalid>> {
        kinds::resolve(tables, understand).map(|(_, resolved)| resolved)
    }

    fn cost(&self, request: &Node) -> Cost {
        understand(&Reader::new(request)).map_or(kinds::NO_COST, |question| question.cost())
    }

    fn answer(
        &self,
        requests: &[Node],
        device: &dyn Device,
        monitor: &dyn Monitor,
        stop: &dyn Stop,
    ) -> Result<Answers, LinalgError> {
        // One after the other: each NRG run has its own parallelism and its own memory.
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            answers.push(one(request, device, stop)?);
            monitor.progress(answers.len() as f64, requests.len() as f64);
        }
        Ok(answers)
    }
}
