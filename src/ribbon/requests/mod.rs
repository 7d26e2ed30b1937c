//! Documents of the engine "ribbon": which tables a calculation reads, what it costs, what it
//! answers. One file for each family of calculations.
mod bands;
mod bulk;
mod density;
mod edge;
mod four_state;
mod gap;
mod geometry;
mod material;
mod own;
mod rotation;

use super::RibbonError;
use crate::engine::{
    Answer, Answers, Cost, Engine, Monitor, Node, Reader, Section, Sweepable, fields::Range, kinds,
};
use crate::invalid::Invalid;
use crate::linalg::{Device, LinalgError};
use crate::stop::Stop;

/// The engine "ribbon".
#[derive(Debug, Clone, Copy)]
pub struct Ribbons;

/// Raised by hand whenever numbers change.
const VERSION: u32 = 3;

/// Something a document can ask for, read and checked.
trait Calculation: Send + Sync {
    fn cost(&self) -> Cost;
    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError>;
}

type Read = fn(&Reader<'_>) -> Option<Box<dyn Calculation>>;

const KINDS: &[(&str, Read)] = &[
    ("bands", bands::read),
    ("bulk", bulk::read),
    ("density-of-states", density::read),
    ("wave-functions", density::read_wave_functions),
    ("edge", edge::read),
    ("four-state", four_state::read),
    ("gap", gap::read),
    ("spin-rotation", rotation::read),
    ("own-bands", own::read),
    ("own-density-of-states", own::read_density),
];

const fn field(path: &'static str, unit: &'static str, long_name: &'static str) -> Sweepable {
    Sweepable { path, unit, long_name }
}

const SWEEPABLE: &[Sweepable] = &[
    field("model.a_mev_nm", "meV nm", "A"),
    field("model.b_mev_nm2", "meV nm^2", "B"),
    field("model.c_mev", "meV", "C"),
    field("model.d_mev_nm2", "meV nm^2", "D"),
    field("model.m_mev", "meV", "M"),
    field("model.rashba_mev_nm", "meV nm", "linear Rashba coupling R_0"),
    field("model.rashba2_mev_nm2", "meV nm^2", "second-order Rashba coupling S_0"),
    field("model.rashba3_mev_nm3", "meV nm^3", "third-order Rashba coupling T_0"),
    field("model.bia_mev", "meV", "bulk inversion asymmetry Delta_0"),
    field("model.field_mev_per_nm", "meV/nm", "electric field eE_z"),
    field("ribbon.width_nm", "nm", "width W"),
    field("ribbon.sites", "1", "sites across"),
    field("ribbon.spacing_nm", "nm", "spacing of the sites"),
    field("ribbon.functions", "1", "polynomials across"),
    field("momentum.k_per_nm", "1/nm", "wave number along the edge"),
    field("broadening.half_width_mev", "meV", "half width at half maximum"),
];

impl Engine for Ribbons {
    fn name(&self) -> &'static str {
        "ribbon"
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn sweepable(&self) -> &'static [Sweepable] {
        SWEEPABLE
    }

    fn resolve(&self, tables: &Node) -> Result<Node, Vec<Invalid>> {
        kinds::resolve(tables, understand).map(|(_, resolved)| resolved)
    }

    fn cost(&self, request: &Node) -> Cost {
        let calculation = understand(&Reader::new(request));
        calculation.map_or(kinds::NO_COST, |calculation| calculation.cost())
    }

    fn answer(
        &self,
        requests: &[Node],
        device: &dyn Device,
        monitor: &dyn Monitor,
        stop: &dyn Stop,
    ) -> Result<Answers, LinalgError> {
        kinds::in_parallel(requests, monitor, |request| one(request, device, stop))
    }
}

fn understand(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let read = reader.section("calculation").required_choice("kind", KINDS)?;
    read(reader)
}

/// One answer for a request, or why there is none.
fn one(
    request: &Node,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Result<Answer, String>, LinalgError> {
    let fatal = |error| match error {
        RibbonError::Linalg(error @ (LinalgError::Stopped | LinalgError::DeviceLost { .. })) => {
            Err(error)
        }
        error => Ok(error.to_string()),
    };
    let calculation = understand(&Reader::new(request));
    kinds::one(calculation, stop, |calculation| calculation.answer(device, stop), fatal)
}

fn cost(core_seconds: f64, memory_bytes: f64, result_bytes: f64, decided_by: &'static str) -> Cost {
    Cost {
        core_seconds,
        memory_bytes: memory_bytes as u64 + (1 << 20),
        result_bytes: result_bytes as u64,
        decided_by,
    }
}

/// Hands what the library refuses on under the document's name of the field.
fn refuse(reader: &Reader<'_>, error: RibbonError) {
    reader.refuse(match error {
        RibbonError::Invalid(mut invalid) => {
            invalid.field = match invalid.field.as_str() {
                name @ ("width_nm" | "sites" | "functions" | "spacing_nm") => {
                    format!("ribbon.{name}")
                }
                name @ ("k_per_nm" | "k") => format!("momentum.{name}"),
                name => name.to_owned(),
            };
            invalid
        }
        other => Invalid::new("calculation", other, "parameters for which it exists"),
    });
}

/// A checked value, or none after the refusal.
fn accepted<T>(reader: &Reader<'_>, result: Result<T, RibbonError>) -> Option<T> {
    result.map_err(|error| refuse(reader, error)).ok()
}

/// Energies from, to, count, both ends included.
fn energies(section: &Section<'_, '_>) -> Vec<f64> {
    let from = section.required("from_mev", Range::FINITE);
    let to = section.required("to_mev", Range::FINITE);
    let count = section.count_or("count", 401, 2, 1_000_000);
    if to <= from {
        section.refuse("to_mev", to, "more than from_mev");
    }
    grid(from, to, count)
}

fn grid(from: f64, to: f64, count: u32) -> Vec<f64> {
    let last = f64::from(count.max(2) - 1);
    (0..count).map(|i| from + (to - from) * f64::from(i) / last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(kind: &str, rest: &str) -> Node {
        let text =
            format!("[calculation]\nkind = \"{kind}\"\n[model]\npreset = \"hgte-7nm\"\n{rest}");
        Node::from_toml(&text).unwrap()
    }

    #[test]
    fn resolving_twice_changes_nothing() {
        let cases = [
            ("bulk", "[momentum]\nk_per_nm = [0.0, 0.01]\n"),
            (
                "bands",
                "[ribbon]\nwidth_nm = 100.0\n[momentum]\nfrom_per_nm = 0.0\nto_per_nm = 0.01\n",
            ),
            ("edge", "[momentum]\nk_per_nm = 0.005\n"),
            ("four-state", "[ribbon]\nwidth_nm = 200.0\n[momentum]\nk_per_nm = 0.005\n"),
        ];
        for (kind, rest) in cases {
            let once = Ribbons.resolve(&document(kind, rest)).unwrap();
            assert_eq!(Ribbons.resolve(&once).as_ref(), Ok(&once), "{kind}");
        }
    }

    #[test]
    fn a_field_of_another_calculation_is_refused_by_name() {
        let document = document("bulk", "[ribbon]\nwidth_nm = 3.0\n[momentum]\nk_per_nm = 0.0\n");
        let refused = Ribbons.resolve(&document).unwrap_err();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].field, "ribbon");
    }
}
