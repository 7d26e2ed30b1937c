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

use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::TransportError;
use crate::engine::{
    Answer, Answers, Cost, Engine, Monitor, Node, Reader, Section, Sweepable, fields::Range,
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
    if stop.stopped() {
        return Err(LinalgError::Stopped);
    }
    let Some(question) = question(request) else {
        return Ok(Err("a request that is not resolved".into()));
    };
    match question.answer(stop) {
        Ok(answer) => Ok(Ok(answer)),
        Err(TransportError::Linalg(LinalgError::Stopped)) => Err(LinalgError::Stopped),
        Err(error) => Ok(Err(error.to_string())),
    }
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
        let reader = Reader::new(tables);
        let understood = understand(&reader);
        let clean = reader.clean();
        let resolved = reader.finish();
        if understood.is_some() || !clean {
            return resolved.map_err(of_known_kind);
        }
        // Every `None` was refused above; never reached, and no reason to panic.
        Err(vec![Invalid::new("document", "not understood", "a request of this engine")])
    }

    fn cost(&self, request: &Node) -> Cost {
        let nothing = Cost {
            core_seconds: 0.0,
            memory_bytes: 0,
            result_bytes: 0,
            decided_by: "calculation.kind",
        };
        question(request).map_or(nothing, |question| question.cost())
    }

    fn answer(
        &self,
        requests: &[Node],
        _device: &dyn Device,
        monitor: &dyn Monitor,
        stop: &dyn Stop,
    ) -> Result<Answers, LinalgError> {
        let (done, total) = (AtomicUsize::new(0), requests.len() as f64);
        requests
            .par_iter()
            .map(|request| {
                let answer = one(request, stop)?;
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                monitor.progress(count as f64, total);
                Ok(answer)
            })
            .collect()
    }
}

/// Without a kind nothing is known about the other tables: only the kind is refused.
fn of_known_kind(errors: Vec<Invalid>) -> Vec<Invalid> {
    let kind: Vec<Invalid> =
        errors.iter().filter(|error| error.field == "calculation.kind").cloned().collect();
    if kind.is_empty() { errors } else { kind }
}

/// 2S, from a field that takes S = 1/2, 1, 3/2, ...
fn spin(section: &Section<'_, '_>, field: &'static str, highest: f64) -> f64 {
    let spin = section.number_or(field, 0.5, Range::between(0.5, highest));
    if (2.0 * spin).fract() != 0.0 {
        section.refuse(field, spin, "1/2, 1, 3/2, ...");
    }
    spin
}
