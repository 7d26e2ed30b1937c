//! `conductance`: one impurity on a textured helical edge (Yevtushenko and Yudson 2021), over lists
//! of temperatures and biases; closed forms beside the general answer where they hold.
//! `texture-integrals`: the functions I_c, I_s below Eq. (14).
use nalgebra::Matrix3;

use super::output::{Output, dimensions};
use super::place::{accept, list, matrix};
use super::{Question, Understood, spin};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::linalg::LinalgError;
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::conductance::{
    ExchangeField, LinearResponse, Normalised, Parameters, PhysicalParameters, Response,
    differential_ratio, linear_diagonal, linear_general, linear_isotropic,
    linear_isotropic_low_temperature, low_temperature_isotropic, polarization_ratio, sweep,
    texture_integral,
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
        reader.refuse(crate::invalid::Invalid::new(field, format!("{count} pairs"), expected));
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

    fn write_response(&self, out: &mut Output, responses: &[Response]) {
        let lists = [(self.slow.0, self.slow.2.len()), (self.fast.0, self.fast.2.len())];
        let over = dimensions(&lists);
        let with_axis = [over.as_slice(), &[("spin_component", 3)]].concat();
        let all = |f: fn(&Response) -> f64| responses.iter().map(f).collect::<Vec<f64>>();
        let both = |f: fn(&Response) -> Normalised| responses.iter().map(f).collect::<Vec<_>>();
        let text = "differential correction (dJ/dV)/G0, Eqs. (10), (12)";
        out.both("delta_g", CONDUCTANCE, text, &over, &both(|r| r.delta_g));
        let currents = both(|r| r.current);
        out.both("current", "e k_B T/hbar", "backscattering current, Eq. (12)", &over, &currents);
        if let Some(temperatures) = &self.temperatures_kelvin {
            let in_ampere = in_ampere(&currents, temperatures, self.fast.2.len());
            out.both("current_ampere", "A", "backscattering current", &over, &in_ampere);
        }
        let spins = responses.iter().flat_map(|r| r.polarization).collect();
        out.real("polarization", "1", "tr(S rho), components x, y, z", &with_axis, spins);
        let gaps = all(|r| r.relaxation_gap.unwrap_or(f64::NAN));
        let text = "smallest non-zero decay rate of the spin; NaN if nothing decays";
        out.real("relaxation_gap", "k_B T/hbar", text, &over, gaps);
        let degenerate = responses.iter().map(|r| i64::from(r.degenerate)).collect();
        let text = "1: the stationary state is not unique, that from a mixed spin was taken";
        out.whole("degenerate", text, &over, degenerate);
        if self.density_matrix {
            let states = responses.iter().map(|r| &r.density_matrix);
            out.density_matrices("stationary state, highest S_z first", &over, states);
        }
        out.warn(responses.iter().flat_map(|r| r.warnings.clone()));
    }

    fn write_linear(&self, out: &mut Output) -> Result<(), TransportError> {
        let over = dimensions(&[(self.slow.0, self.slow.2.len())]);
        let with_axis = [over.as_slice(), &[("spin_component", 3)]].concat();
        let linear: Vec<LinearResponse> =
            self.rows().map(linear_general).collect::<Result<_, _>>()?;
        let values: Vec<Normalised> = linear.iter().map(|answer| answer.delta_g).collect();
        let text = "linear response, Eq. (14) for any coupling, spin and Fermi level";
        out.both("delta_g_linear", CONDUCTANCE, text, &over, &values);
        let slopes = linear.iter().flat_map(|answer| answer.polarization_slope).collect();
        let text = "d<S>/du at u = eV/(2T) = 0, Eq. (13) for any coupling";
        out.real("polarization_slope", "1", text, &with_axis, slopes);
        out.warn(linear.into_iter().flat_map(|answer| answer.warnings));
        Ok(())
    }

    /// Closed forms for spin 1/2 that hold for these parameters.
    fn write_closed_forms(&self, out: &mut Output) -> Result<(), TransportError> {
        let Some(first) = self.points.first().filter(|point| point.spin == 0.5) else {
            return Ok(());
        };
        let diagonal = first.coupling.diagonal();
        if first.coupling != Matrix3::from_diagonal(&diagonal) {
            return Ok(());
        }
        let at_dirac_point = first.fermi_level == 0.0;
        if at_dirac_point {
            let of = |row: &Parameters| linear_diagonal(diagonal.into(), row.texture);
            let text = "linear response in closed form, Eq. (14)";
            self.closed(out, "delta_g_eq14", text, |row| Ok(of(row)?.delta_g))?;
        }
        let coupling = diagonal.x;
        if diagonal.y != coupling || diagonal.z != coupling {
            return Ok(());
        }
        if at_dirac_point {
            let text = "isotropic impurity, linear response, Eq. (16)";
            self.closed(out, "delta_g_eq16", text, |row| linear_isotropic(coupling, row.texture))?;
        }
        if self.rows().all(|row| row.fermi_level == 0.0 || 10.0 <= row.fermi_level.abs()) {
            let text = "isotropic impurity, linear response, leading order in the texture";
            self.closed(out, "delta_g_low_temperature", text, |row| {
                linear_isotropic_low_temperature(coupling, row.texture, row.fermi_level)
            })?;
        }
        if at_dirac_point { self.write_weak_texture(out, coupling) } else { Ok(()) }
    }

    fn closed(
        &self,
        out: &mut Output,
        name: &str,
        text: &str,
        form: impl Fn(&Parameters) -> Result<Normalised, crate::invalid::Invalid>,
    ) -> Result<(), TransportError> {
        let over = dimensions(&[(self.slow.0, self.slow.2.len())]);
        let values: Vec<Normalised> = self.rows().map(form).collect::<Result<_, _>>()?;
        out.both(name, CONDUCTANCE, text, &over, &values);
        Ok(())
    }

    /// Eqs. (17)-(19): weak texture, any bias.
    fn write_weak_texture(&self, out: &mut Output, coupling: f64) -> Result<(), TransportError> {
        let lists = [(self.slow.0, self.slow.2.len()), (self.fast.0, self.fast.2.len())];
        let over = dimensions(&lists);
        let (mut cold, mut weak) = (Vec::new(), Vec::new());
        let (mut ratios, mut spin_ratios) = (Vec::new(), Vec::new());
        for point in &self.points {
            let over_texture = 2.0 * point.bias * point.texture;
            cold.push(low_temperature_isotropic(coupling, over_texture)?);
            let base = linear_isotropic_low_temperature(coupling, point.texture, 0.0)?;
            let ratio = differential_ratio(point.bias)?;
            weak.push(Normalised::from_paper(ratio * base.paper));
            ratios.push(ratio);
            spin_ratios.push(polarization_ratio(point.bias)?);
        }
        out.both("delta_g_eq17", CONDUCTANCE, "T << eV, weak texture, Eq. (17)", &over, &cold);
        out.both("delta_g_eq18", CONDUCTANCE, "weak texture, Eq. (18)", &over, &weak);
        let text = "differential correction over its linear response, Eq. (18)";
        out.real("differential_ratio_eq18", "1", text, &over, ratios);
        let text = "<S_x> over -(u/3)(pi t)^2, Eq. (19) with half of the printed unit";
        out.real("polarization_ratio_eq19", "1", text, &over, spin_ratios);
        Ok(())
    }
}

/// e k_B T/hbar in ampere times the current; row by row.
fn in_ampere(currents: &[Normalised], kelvin: &[f64], columns: usize) -> Vec<Normalised> {
    const AMPERE_PER_KELVIN: f64 = 1.602_176_634e-19 * 1.380_649e-23 / 1.054_571_817_646_156_4e-34;
    let rows = kelvin.iter().flat_map(|kelvin| std::iter::repeat_n(*kelvin, columns));
    let paper = currents.iter().zip(rows).map(|(current, t)| current.paper * AMPERE_PER_KELVIN * t);
    paper.map(Normalised::from_paper).collect()
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

struct Integrals(Vec<f64>);

/// `[integrals] argument = X = 8 t^2`.
pub(super) fn read_integrals(reader: &Reader<'_>, _calculation: &Section<'_, '_>) -> Understood {
    let integrals = reader.section("integrals");
    // The number of nodes grows with the argument.
    let arguments = list(&integrals, "argument", Range::between(-1e4, 1e4), 10_000);
    reader.clean().then(|| Box::new(Integrals(arguments)) as Box<dyn Question>)
}

impl Question for Integrals {
    fn cost(&self) -> Cost {
        let nodes: f64 = self.0.iter().map(|x| 60.0 + 31.0 * (x.abs().sqrt() * 2.0 + 7.0)).sum();
        Cost {
            core_seconds: 1e-5 + 1.5e-7 * nodes,
            memory_bytes: 1 << 20,
            result_bytes: 24 * self.0.len() as u64,
            decided_by: "integrals.argument",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        let over = dimensions(&[("argument", self.0.len())]);
        if !over.is_empty() {
            out.coordinate("argument", "1", "X = 8 (T/(vF k0))^2", &self.0);
        }
        let values: Vec<_> = self.0.iter().map(|x| texture_integral(*x)).collect();
        let (cos, sin) = (values.iter().map(|v| v.re), values.iter().map(|v| v.im));
        out.real("ic", "1", "int_0^inf de cos(X e^2)/cosh^2 e", &over, cos.collect());
        out.real("is", "1", "int_0^inf de sin(X e^2)/cosh^2 e", &over, sin.collect());
        Ok(out.answer())
    }
}
