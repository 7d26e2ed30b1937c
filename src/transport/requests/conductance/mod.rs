//! `conductance`: one impurity on a textured helical edge (Yevtushenko and Yudson 2021), over lists
//! of temperatures and biases; closed forms beside the general answer where they hold.
mod write;

use nalgebra::Matrix3;

use super::output::Output;
use super::place::{accept, list, matrix};
use super::{Question, Understood, spin};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::conductance::{
    ExchangeField, Parameters, PhysicalParameters, Response, sweep,
};

/// Temperatures times biases.
const MAX_POINTS: usize = 20_000;
const CONDUCTANCE: &str = "e^2/h";

/// Temperatures (or textures) slow, biases fast.
struct Conductance {
    points: Vec<Parameters>,
    /// Names and values of the two lists.
    slow: (&'static str, &'static str, Vec<f64>),
    fast: (&'static str, &'static str, Vec<f64>),
    /// For a current in ampere.
    temperatures_kelvin: Option<Vec<f64>>,
    exchange: ExchangeField,
    density_matrix: bool,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    let laboratory =
        calculation.choice("units", &[("dimensionless", false), ("laboratory", true)])?;
    let exchange = calculation.choice(
        "exchange_field",
        &[("left-out", ExchangeField::LeftOut), ("included", ExchangeField::Included)],
    );
    let density_matrix = calculation.flag_or("density_matrix", false);
    let read = if laboratory { in_laboratory_units } else { dimensionless };
    let lists = read(reader)?;
    Some(Box::new(Conductance { exchange: exchange?, density_matrix, ..lists }))
}

/// J as a matrix, or as three numbers that a sweep can vary.
fn coupling(
    impurity: &Section<'_, '_>,
    field: &'static str,
    diagonal: [&'static str; 3],
) -> Option<Matrix3<f64>> {
    if diagonal.iter().any(|name| impurity.has(name)) && !impurity.has(field) {
        let values = diagonal.map(|name| impurity.number_or(name, 0.0, Range::FINITE));
        return Some(Matrix3::from_diagonal(&values.into()));
    }
    if !impurity.has(field) {
        let expected = format!(
            "9 numbers (row = impurity spin), 3 of a diagonal matrix, or {} ...",
            diagonal[0]
        );
        impurity.missing(field, expected);
        return None;
    }
    matrix(impurity, field)
}

fn dimensionless(reader: &Reader<'_>) -> Option<Conductance> {
    let impurity = reader.section("impurity");
    let edge = reader.section("edge");
    let conditions = reader.section("conditions");
    let coupling = coupling(&impurity, "coupling", ["coupling_x", "coupling_y", "coupling_z"]);
    let spin = spin(&impurity, "spin", 7.5);
    let kondo_temperature = impurity.number("kondo_temperature", Range::POSITIVE);
    let fermi_level = edge.number_or("fermi_level", 0.0, Range::FINITE);
    let textures = edge.numbers_or("texture", &[0.0], Range::NOT_NEGATIVE, MAX_POINTS);
    let biases = conditions.numbers_or("bias", &[0.0], Range::FINITE, MAX_POINTS);
    let coupling = coupling.filter(|_| few(reader, "edge.texture", &textures, &biases))?;
    let point = |texture: f64, bias: f64| {
        let parameters =
            Parameters { coupling, texture, bias, fermi_level, spin, kondo_temperature };
        let places = [
            ("coupling", "impurity.coupling"),
            ("spin", "impurity.spin"),
            ("texture", "edge.texture"),
            ("bias", "conditions.bias"),
            ("fermi_level", "edge.fermi_level"),
        ];
        accept(reader, parameters.validate().map(|()| parameters), "impurity", &places)
    };
    Some(Conductance {
        points: grid(&textures, &biases, point)?,
        slow: ("texture", "T/(vF k0)", textures),
        fast: ("bias", "eV/(2 k_B T)", biases),
        temperatures_kelvin: None,
        exchange: ExchangeField::LeftOut,
        density_matrix: false,
    })
}

fn in_laboratory_units(reader: &Reader<'_>) -> Option<Conductance> {
    let impurity = reader.section("impurity");
    let edge = reader.section("edge");
    let conditions = reader.section("conditions");
    let names = ["coupling_x_mev_nm", "coupling_y_mev_nm", "coupling_z_mev_nm"];
    let coupling = coupling(&impurity, "coupling_mev_nm", names);
    let spin = spin(&impurity, "spin", 7.5);
    let kondo = impurity.number("kondo_temperature_kelvin", Range::POSITIVE);
    let velocity = edge.required("fermi_velocity_m_per_s", Range::POSITIVE);
    let wavenumber = edge.number("texture_wavenumber_per_m", Range::POSITIVE);
    let level = edge.number_or("fermi_level_ev", 0.0, Range::FINITE);
    let temperatures = list(&conditions, "temperature_kelvin", Range::POSITIVE, MAX_POINTS);
    let biases = conditions.numbers_or("bias_volt", &[0.0], Range::FINITE, MAX_POINTS);
    let few = few(reader, "conditions.temperature_kelvin", &temperatures, &biases);
    let coupling_mev_nm = coupling.filter(|_| few)?;
    let point = |temperature_kelvin: f64, bias_volt: f64| {
        let parameters = PhysicalParameters {
            coupling_mev_nm,
            temperature_kelvin,
            bias_volt,
            fermi_velocity_m_per_s: velocity,
            texture_wavenumber_per_m: wavenumber.unwrap_or(f64::INFINITY),
            fermi_level_ev: level,
            spin,
            kondo_temperature_kelvin: kondo,
        };
        let places = [
            ("coupling_mev_nm", "impurity.coupling_mev_nm"),
            ("coupling", "impurity.coupling_mev_nm"),
            ("spin", "impurity.spin"),
            ("texture", "edge.texture_wavenumber_per_m"),
            ("bias", "conditions.bias_volt"),
            ("fermi_level", "edge.fermi_level_ev"),
            ("kondo_temperature", "impurity.kondo_temperature_kelvin"),
        ];
        accept(reader, parameters.resolve(), "impurity", &places)
    };
    Some(Conductance {
        points: grid(&temperatures, &biases, point)?,
        slow: ("temperature_kelvin", "temperature", temperatures.clone()),
        fast: ("bias_volt", "bias", biases),
        temperatures_kelvin: Some(temperatures),
        exchange: ExchangeField::LeftOut,
        density_matrix: false,
    })
}

/// Refuses a map with too many points; false as well if anything was refused before.
fn few(reader: &Reader<'_>, field: &str, slow: &[f64], fast: &[f64]) -> bool {
    let count = slow.len() * fast.len();
    if MAX_POINTS < count {
        let expected = format!("at most {MAX_POINTS} pairs with the biases");
        reader.refuse(Invalid::new(field, format!("{count} pairs"), expected));
    }
    reader.clean()
}

fn grid(
    slow: &[f64],
    fast: &[f64],
    point: impl Fn(f64, f64) -> Option<Parameters>,
) -> Option<Vec<Parameters>> {
    let pairs = slow.iter().flat_map(|a| fast.iter().map(move |b| (*a, *b)));
    pairs.map(|(a, b)| point(a, b)).collect()
}

impl Conductance {
    fn order(&self) -> usize {
        self.points.first().map_or(2, |point| (2.0 * point.spin) as usize + 1)
    }

    /// One point of every row: temperature or texture by temperature or texture.
    fn rows(&self) -> impl Iterator<Item = &Parameters> {
        self.points.iter().step_by(self.fast.2.len().max(1))
    }

    fn respond(&self, stop: &dyn Stop) -> Result<Vec<Response>, TransportError> {
        let mut responses = Vec::with_capacity(self.points.len());
        // A fraction of a second for every spin.
        for part in self.points.chunks((1024 / self.order().pow(3)).max(1)) {
            if stop.stopped() {
                return Err(LinalgError::Stopped.into());
            }
            for response in sweep(part, self.exchange) {
                responses.push(response?);
            }
        }
        Ok(responses)
    }
}

impl Question for Conductance {
    fn cost(&self) -> Cost {
        let order = self.order() as f64;
        // Energy integrals, and dense algebra of order (2S+1)^2; measured from S = 1/2 to 5.
        let algebra = 5e-8 * order.powf(6.5) + 1.5e-5;
        let nodes: f64 = self.points.iter().map(integral_nodes).sum();
        let numbers = 20 + if self.density_matrix { 2 * self.order().pow(2) } else { 0 };
        Cost {
            core_seconds: 3e-4 + 7e-8 * nodes + algebra * self.points.len() as f64,
            memory_bytes: 1 << 22,
            result_bytes: (8 * numbers * self.points.len()) as u64,
            decided_by: if self.temperatures_kelvin.is_some() {
                "conditions.temperature_kelvin"
            } else {
                "edge.texture"
            },
        }
    }

    fn answer(&self, stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        for (name, text, values) in [&self.slow, &self.fast] {
            if 1 < values.len() {
                let unit = match *name {
                    "temperature_kelvin" => "K",
                    "bias_volt" => "V",
                    _ => "1",
                };
                out.coordinate(name, unit, text, values);
            }
        }
        let responses = self.respond(stop)?;
        self.write_response(&mut out, &responses);
        self.write_linear(&mut out)?;
        self.write_closed_forms(&mut out)?;
        out.note("stationary state of the master equation (10) by its spectral projector");
        Ok(out.answer())
    }
}

/// Nodes of the trapezoidal rule for one point: two passes.
fn integral_nodes(point: &Parameters) -> f64 {
    let t2 = point.texture * point.texture;
    let y = 2.6_f64.min(0.1 / t2.max(1e-300));
    let (level, bias) = (point.fermi_level.abs(), point.bias.abs());
    let nodes = (84.0 + 2.0 * bias) * (37.0 / y + 8.0 * t2 * (level + bias)) / 6.3;
    (2.0 * nodes).min(f64::from(1 << 24))
}
