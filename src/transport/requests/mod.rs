//! Documents of the engine "transport": every capability of this module by name.
//!
//! `calculation.kind` picks the capability; the other tables are named after the physics and hold
//! units in the names of their fields (a name without a unit is dimensionless). A kind reads only
//! what it needs: everything else is refused by name.
mod array;
mod conductance;
mod diffusion;
mod edge;
mod film;
mod frozen;
mod integrals;
mod kondo;
mod output;
mod place;
mod protection;
mod repeated;
mod spin_hall;
mod sweepable;
mod wire;

use super::TransportError;
use crate::engine::{
    Answer, Answers, Cost, Engine, Monitor, Node, Reader, Section, Sweepable, fields::Range, kinds,
};
use crate::invalid::Invalid;
use crate::linalg::{Device, LinalgError};
use crate::stop::Stop;

/// Raised by hand whenever numbers change.
pub const ENGINE_VERSION: u32 = 1;

/// The engine whose documents are answered by the functions of this module.
#[derive(Debug, Clone, Copy)]
pub struct Transport;

/// A request that was understood.
trait Question: Send + Sync {
    fn cost(&self) -> Cost;

    /// # Errors
    /// As the function that answers; `Linalg(Stopped)`.
    fn answer(&self, stop: &dyn Stop) -> Result<Answer, TransportError>;
}

type Understood = Option<Box<dyn Question>>;
/// None after a refusal.
type Read = for<'r, 'a> fn(&'r Reader<'a>, &Section<'r, 'a>) -> Understood;

const KINDS: &[(&str, Read)] = &[
    ("conductance", conductance::read),
    ("texture-integrals", integrals::read),
    ("protection", protection::read),
    ("sub-ballistic", protection::read_sub_ballistic),
    ("edge-transmission", edge::read),
    ("frozen-spins", frozen::read),
    ("repeated-scattering", repeated::read),
    ("spin-hall", spin_hall::read),
    ("mean-field", kondo::read_mean_field),
    ("anderson", kondo::read_anderson),
    ("resonant-level", kondo::read_resonance),
    ("spin-valve-wire", wire::read),
    ("spin-valve-film", film::read),
];

fn understand(reader: &Reader<'_>) -> Understood {
    let calculation = reader.section("calculation");
    let read = calculation.required_choice("kind", KINDS)?;
    read(reader, &calculation)
}

/// Of a resolved request.
fn question(request: &Node) -> Understood {
    understand(&Reader::new(request))
}

/// One answer for a request, or why there is none.
fn one(request: &Node, stop: &dyn Stop) -> Result<Result<Answer, String>, LinalgError> {
    let fatal = |error| match error {
        TransportError::Linalg(LinalgError::Stopped) => Err(LinalgError::Stopped),
        error => Ok(error.to_string()),
    };
    kinds::one(question(request), stop, |question| question.answer(stop), fatal)
}

impl Engine for Transport {
    fn name(&self) -> &'static str {
        "transport"
    }

    fn version(&self) -> u32 {
        ENGINE_VERSION
    }

    fn sweepable(&self) -> &'static [Sweepable] {
        sweepable::SWEEPABLE
    }

    fn resolve(&self, tables: &Node) -> Result<Node, Vec<Invalid>> {
        kinds::resolve(tables, understand).map(|(_, resolved)| resolved)
    }

    fn cost(&self, request: &Node) -> Cost {
        question(request).map_or(kinds::NO_COST, |question| question.cost())
    }

    fn answer(
        &self,
        requests: &[Node],
        _device: &dyn Device,
        monitor: &dyn Monitor,
        stop: &dyn Stop,
    ) -> Result<Answers, LinalgError> {
        kinds::in_parallel(requests, monitor, |request| one(request, stop))
    }
}

/// 2S, from a field that takes S = 1/2, 1, 3/2, ...
fn spin(section: &Section<'_, '_>, field: &'static str, highest: f64) -> f64 {
    let spin = section.number_or(field, 0.5, Range::between(0.5, highest));
    if (2.0 * spin).fract() != 0.0 {
        section.refuse(field, spin, "1/2, 1, 3/2, ...");
    }
    spin
}
