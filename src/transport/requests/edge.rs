//! `edge-transmission`: Landauer transmission of the Dirac edge with a spin-orbit axis n(x), frozen
//! spins m(x) and a potential U(x), by transfer matrices.
use super::output::Output;
use super::place::{accept, list, vector};
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::protection::{Edge, Magnetization, Potential, Texture, transmit};

/// Nodes of a table.
const MAX_NODES: usize = 4096;

const PLACES: &[(&str, &str)] = &[
    ("length", "edge.length_nm"),
    ("velocity", "edge.hbar_velocity_mev_nm"),
    ("energy", "edge.energy_mev"),
    ("texture.theta0", "texture.theta_rad"),
    ("texture.theta", "texture.theta_rad"),
    ("texture.phi", "texture.phi_rad"),
    ("texture.pitch", "texture.pitch_rad_per_nm"),
    ("texture.positions", "texture.position_nm"),
    ("magnetization.m", "magnetization.m_mev"),
    ("potential", "potential.potential_mev"),
];

struct Landauer {
    edge: Edge,
    tolerance: f64,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    let tolerance = calculation.number_or("tolerance", 1e-9, Range::between(1e-14, 1e-2));
    let section = reader.section("edge");
    let length = section.required("length_nm", Range::POSITIVE);
    let velocity = section.required("hbar_velocity_mev_nm", Range::POSITIVE);
    let energy = section.number_or("energy_mev", 0.0, Range::FINITE);
    let texture = texture(reader);
    let magnetization = magnetization(reader);
    let potential = potential(reader);
    let (texture, magnetization, potential) = (texture?, magnetization?, potential?);
    if !reader.clean() {
        return None;
    }
    let edge = Edge { length, velocity, energy, texture, magnetization, potential };
    let edge = accept(reader, edge.validate().map(|()| edge), "edge", PLACES)?;
    Some(Box::new(Landauer { edge, tolerance }))
}

#[derive(Clone, Copy)]
enum Form {
    None,
    Constant,
    Bump,
    AlongAxis,
    Table,
}

fn texture(reader: &Reader<'_>) -> Option<Texture> {
    let section = reader.section("texture");
    let forms = [("axial", Form::None), ("bump", Form::Bump), ("table", Form::Table)];
    Some(match section.choice("kind", &forms)? {
        Form::Bump => Texture::Bump {
            theta0: section.required("theta_max_rad", Range::FINITE),
            pitch: section.number_or("pitch_rad_per_nm", 0.0, Range::FINITE),
        },
        Form::Table => Texture::Table {
            positions: list(&section, "position_nm", Range::FINITE, MAX_NODES),
            theta: list(&section, "theta_rad", Range::FINITE, MAX_NODES),
            phi: list(&section, "phi_rad", Range::FINITE, MAX_NODES),
        },
        _ => Texture::Axial,
    })
}

fn magnetization(reader: &Reader<'_>) -> Option<Magnetization> {
    let section = reader.section("magnetization");
    let forms = [
        ("none", Form::None),
        ("constant", Form::Constant),
        ("bump", Form::Bump),
        ("along-axis", Form::AlongAxis),
        ("table", Form::Table),
    ];
    Some(match section.choice("kind", &forms)? {
        Form::None => Magnetization::None,
        Form::Constant => Magnetization::Constant { m: vector(&section, "m_mev") },
        Form::Bump => Magnetization::Bump { m: vector(&section, "m_mev") },
        Form::AlongAxis => {
            Magnetization::AlongAxis { m: section.required("m_along_axis_mev", Range::FINITE) }
        }
        Form::Table => {
            let positions = list(&section, "position_nm", Range::FINITE, MAX_NODES);
            let values = list(&section, "m_mev", Range::FINITE, 3 * MAX_NODES);
            if values.len() != 3 * positions.len() {
                let expected = format!("{} values, 3 for each position", 3 * positions.len());
                section.refuse("m_mev", format!("{} values", values.len()), expected);
            }
            let m = values.chunks_exact(3).map(|m| [m[0], m[1], m[2]]).collect();
            Magnetization::Table { positions, m }
        }
    })
}

fn potential(reader: &Reader<'_>) -> Option<Potential> {
    let section = reader.section("potential");
    Some(match section.choice("kind", &[("constant", Form::Constant), ("table", Form::Table)])? {
        Form::Table => Potential::Table {
            positions: list(&section, "position_nm", Range::FINITE, MAX_NODES),
            values: list(&section, "potential_mev", Range::FINITE, MAX_NODES),
        },
        _ => Potential::Constant(section.number_or("potential_mev", 0.0, Range::FINITE)),
    })
}

impl Question for Landauer {
    fn cost(&self) -> Cost {
        let nodes = match (&self.edge.texture, &self.edge.magnetization, &self.edge.potential) {
            (Texture::Table { positions, .. }, _, _) => positions.len(),
            _ => 1,
        } as f64;
        // Steps follow from phase and field over the length; order 4.
        let phases = self.edge.length * (self.edge.energy.abs() / self.edge.velocity + 1.0);
        let steps = (64.0 + 8.0 * nodes + phases) * (1e-9 / self.tolerance).powf(0.25) * 8.0;
        Cost {
            core_seconds: 5e-7 * steps.min(4e6),
            memory_bytes: 1 << 20,
            result_bytes: 48,
            decided_by: "edge.length_nm",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let found = transmit(&self.edge, self.tolerance)?;
        let mut out = Output::default();
        out.number("transmission", "1", "Landauer transmission T", found.transmission);
        out.number("reflection", "1", "reflection R", found.reflection);
        let text = "ln T, also where T underflows";
        out.number("ln_transmission", "1", text, found.ln_transmission);
        out.whole("steps", "steps of the integration", &[], vec![found.steps as i64]);
        out.measure("integration_error", found.error);
        out.measure("unitarity_defect", found.unitarity_defect);
        if self.edge.magnetization != Magnetization::None {
            out.warn(["frozen spins do not conserve S_z: this says nothing about dynamical spins"
                .to_owned()]);
        }
        Ok(out.answer())
    }
}
