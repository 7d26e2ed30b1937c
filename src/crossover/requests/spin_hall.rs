//! `spin-hall-crossover`: the spin Hall effect of a Kondo alloy through the Kondo crossover.
use super::impurity::{self, Found, Run};
use super::write::Output;
use super::{Failure, Question, Understood};
use crate::crossover::{Channel, Metal, SpinLoss};
use crate::engine::{Answer, Cost, Range, Reader, Values};
use crate::linalg::Device;
use crate::stop::Stop;
use crate::transport::spin_hall::{Alloy, Kinetics, Transport};

/// Beyond this, |S| above 1 is more than the scatter of the NRG with few z.
const EXCESS_BOUND: f64 = 0.05;
/// Bound on the sum rule of the T-matrix, as in the NRG's own certificate.
const SUM_RULE_BOUND: f64 = 1e-10;

const NOTES: &[&str] = &[
    "model: the p wave with j = 1/2 resonates with the NRG's a(T) = <-pi NF T(w)>, averaged with -f'; \
     Im a from the discrete peaks, Re a from the broadened spectrum by Kramers-Kronig; eta0 and eta2 \
     do not depend on T",
    "elastic bilinears take a(T), linear in the interference terms; w_in = Im a - |a|^2 (inelastic \
     events, and the spread of the phase over the thermal window: energy_spread) adds to 1/tau_tr, \
     1/tau_qp and 1/tau_m: direction forgotten",
    "an inelastic event keeps the spin (rate_spin_kept, lengths ..._kept) or loses it (..._lost): \
     bounds; the truth lies between",
    "first order in the concentration: no interaction of the impurities, T_K of one",
];

struct Crossover {
    run: Run,
    metal: Metal,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let run = impurity::read(reader);
    let section = reader.section("scattering");
    let angle = Range::between(-1e6, 1e6);
    let eta0 = section.number_or("eta0_rad", 0.0, angle);
    let eta2 = section.number_or("eta2_rad", 0.0, angle);
    let section = reader.section("alloy");
    let concentration = section.required("concentration", Range { high: 1.0, ..Range::POSITIVE });
    let wavenumber = section.required("fermi_wavenumber_per_nm", Range::between(1e-6, 1e6));
    let mass_ratio = section.number_or("mass_ratio", 1.0, Range::between(1e-6, 1e6));
    if !reader.clean() {
        return None;
    }
    let alloy = Alloy { fermi_wavenumber_per_m: 1e9 * wavenumber, mass_ratio };
    let metal = Metal { eta0, eta2, concentration, alloy };
    Some(Box::new(Crossover { run: run?, metal }))
}

/// One temperature: spin kept, and spin lost.
struct Point {
    channel: Channel,
    transmission: f64,
    kept: (Kinetics, Transport),
    lost: (Kinetics, Transport),
}

impl Question for Crossover {
    fn cost(&self) -> Cost {
        Cost {
            core_seconds: self.run.core_seconds(),
            memory_bytes: self.run.memory_bytes(),
            result_bytes: 8 * 40 * self.run.temperatures() as u64,
            decided_by: "truncation.max_states",
        }
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, Failure> {
        let found = self.run.find(device, stop)?;
        let points: Vec<Point> = found
            .matrix
            .points
            .iter()
            .map(|point| self.point(Channel::of(point), point.transmission))
            .collect::<Result<_, Failure>>()?;
        let mut out = Output::new(vec![("temperature", points.len())]);
        write_channel(&mut out, &found, &points);
        write_rates(&mut out, &points);
        write_coefficients(&mut out, &points);
        write_si(&mut out, &points);
        certify(&mut out, &found, &points);
        Ok(out.answer())
    }
}

impl Crossover {
    fn point(&self, channel: Channel, transmission: f64) -> Result<Point, Failure> {
        let side = |loss| -> Result<_, Failure> {
            let kinetics = self.metal.kinetics(&channel, loss)?;
            let transport = self.metal.transport(&kinetics)?;
            Ok((kinetics, transport))
        };
        let (kept, lost) = (side(SpinLoss::Kept)?, side(SpinLoss::Lost)?);
        Ok(Point { channel, transmission, kept, lost })
    }
}

/// Name, unit, meaning and value at a temperature.
type Entry<'a> = (&'a str, &'a str, &'a str, fn(&Point) -> f64);

fn write_all(out: &mut Output, points: &[Point], entries: &[Entry<'_>]) {
    for (name, unit, text, value) in entries {
        out.real(name, unit, text, points.iter().map(value).collect());
    }
}

fn write_channel(out: &mut Output, found: &Found, points: &[Point]) {
    let temperatures: Vec<f64> = points.iter().map(|point| point.channel.temperature).collect();
    out.coordinate("temperature", "D", "temperature", &temperatures);
    out.scalar("kondo_temperature", "D", "T_K = 1/(4 chi) of S^z (34)", found.kondo_temperature);
    let ratios = temperatures.iter().map(|t| t / found.kondo_temperature).collect();
    out.real("temperature_over_kondo", "1", "T/T_K", ratios);
    let amplitudes =
        points.iter().map(|p| [p.channel.amplitude.re, p.channel.amplitude.im]).collect();
    let text = "a(T) = -pi NF T of the resonant channel, thermal average";
    out.values("amplitude", "1", text, Values::C128(amplitudes));
    write_all(
        out,
        points,
        &[
            ("phase_shift", "rad", "(arg S)/2 in [0, pi), S = 1 + 2 i a", |p| {
                p.channel.phase_shift()
            }),
            ("inelastic_probability", "1", "1 - |S|^2", |p| p.channel.inelastic_probability()),
            ("transmission", "1", "g = -pi rho0 int (-f') Im T dw", |p| p.transmission),
            ("energy_spread", "1", "<|a|^2> - |<a>|^2 over the thermal window", |p| {
                p.channel.energy_spread
            }),
        ],
    );
}

fn write_rates(out: &mut Output, points: &[Point]) {
    const R0: &str = "(8/(3 pi)) (eF/hbar) c";
    write_all(
        out,
        points,
        &[
            ("rate_transport", R0, "1/tau_tr", |p| p.kept.0.rates.transport),
            ("rate_quasiparticle", R0, "1/tau_qp", |p| p.kept.0.rates.quasiparticle),
            ("rate_inelastic", R0, "w_in = Im a - |a|^2, in the two above", |p| {
                p.channel.inelastic_rate()
            }),
            ("rate_spin_kept", R0, "1/tau_s, inelastic events keep the spin", |p| {
                p.kept.0.rates.spin
            }),
            ("rate_spin_lost", R0, "1/tau_s, inelastic events lose the spin", |p| {
                p.lost.0.rates.spin
            }),
            ("rate_spin_current_0", R0, "1/tau_m, m = 0", |p| p.kept.0.rates.spin_current[0]),
            ("rate_spin_current_1", R0, "1/tau_m, m = 1", |p| p.kept.0.rates.spin_current[1]),
            ("rate_spin_current_2", R0, "1/tau_m, m = 2", |p| p.kept.0.rates.spin_current[2]),
            ("omega_sk", R0, "skew scattering (S96)", |p| p.kept.0.rates.skew),
            ("omega_sw", R0, "swapping (S97)", |p| p.kept.0.rates.swap),
        ],
    );
}

fn write_coefficients(out: &mut Output, points: &[Point]) {
    const D: &str = "vF^2 tau_tr/3";
    write_all(
        out,
        points,
        &[
            ("theta_sk", "1", "omega_sk tau_tr", |p| p.kept.0.theta_sk),
            ("theta_sh", "1", "spin Hall coefficient, Eq. (11)", |p| p.kept.0.theta_sh),
            ("theta_sh_skew", "1", "its part from skew scattering", |p| p.kept.0.theta_sh_skew),
            ("theta_sh_side_jump", "1", "its part from side jumps", |p| {
                p.kept.0.theta_sh_side_jump
            }),
            ("d_charge", D, "diffusion of the charge, Eq. (12)", |p| p.kept.0.d_charge),
            ("d_longitudinal", D, "spin along its gradient", |p| p.kept.0.d_longitudinal),
            ("d_transverse", D, "spin across its gradient", |p| p.kept.0.d_transverse),
            ("diffusion_ratio", "1", "D_L/D_T", |p| {
                p.kept.0.d_longitudinal / p.kept.0.d_transverse
            }),
            ("kappa", D, "swapping current", |p| p.kept.0.kappa),
        ],
    );
}

fn write_si(out: &mut Output, points: &[Point]) {
    const SPIN: &str = "(hbar/e) S/m";
    write_all(
        out,
        points,
        &[
            ("tau_tr", "s", "momentum relaxation", |p| p.kept.1.tau_tr_s),
            ("tau_s_kept", "s", "spin relaxation, upper bound", |p| p.kept.1.tau_s_s),
            ("tau_s_lost", "s", "spin relaxation, lower bound", |p| p.lost.1.tau_s_s),
            ("sigma_c", "S/m", "2 e^2 NF Dc (the letter prints half)", |p| {
                p.kept.1.sigma_c_s_per_m
            }),
            ("sigma_sh", SPIN, "for the spin current (j_up - j_down)/2", |p| {
                p.kept.1.sigma_sh_s_per_m
            }),
            ("sigma_sh_skew", SPIN, "skew scattering", |p| p.kept.1.sigma_sh_skew_s_per_m),
            ("sigma_sh_side_jump", SPIN, "side jumps", |p| p.kept.1.sigma_sh_side_jump_s_per_m),
            ("spin_hall_angle", "1", "(j_up - j_down)/(j_up + j_down)", |p| {
                p.kept.1.spin_hall_angle
            }),
            ("d_longitudinal_si", "m^2/s", "spin along its gradient", |p| {
                p.kept.1.d_longitudinal_m2_per_s
            }),
            ("d_transverse_si", "m^2/s", "spin across its gradient", |p| {
                p.kept.1.d_transverse_m2_per_s
            }),
            ("length_longitudinal_kept", "m", "sqrt(D_L tau_s), spin kept", |p| {
                length(&p.kept.1, 0)
            }),
            ("length_longitudinal_lost", "m", "sqrt(D_L tau_s), spin lost", |p| {
                length(&p.lost.1, 0)
            }),
            ("length_transverse_kept", "m", "sqrt(D_T tau_s), spin kept", |p| length(&p.kept.1, 1)),
            ("length_transverse_lost", "m", "sqrt(D_T tau_s), spin lost", |p| length(&p.lost.1, 1)),
        ],
    );
}

/// NaN outside the diffusive theory.
fn length(found: &Transport, direction: usize) -> f64 {
    found.lengths.map_or(f64::NAN, |lengths| {
        [lengths.longitudinal_m, lengths.transverse_m][usize::from(direction != 0)]
    })
}

fn certify(out: &mut Output, found: &Found, points: &[Point]) {
    let largest = |f: &dyn Fn(usize) -> f64| (0..points.len()).map(f).fold(0.0, f64::max);
    let excess = largest(&|i| points[i].channel.excess);
    let missed = largest(&|i| found.matrix.points[i].sum_rule_error);
    out.measure("unitarity_excess", excess);
    out.measure("sum_rule_error", missed);
    NOTES.iter().for_each(|note| out.note(note));
    out.warn(found.warning.clone());
    if EXCESS_BOUND < excess {
        out.warn([format!(
            "|S| exceeds 1 by {excess:.3} before it is put back on the unitary circle: more z, a \
             smaller lambda or more states"
        )]);
    }
    if SUM_RULE_BOUND < missed {
        out.warn([format!("the sum rule of the T-matrix is missed by {missed:.1e}")]);
    }
    for point in points {
        let ratio = point.channel.temperature / found.kondo_temperature;
        let place = |warning: &String| format!("{warning} (first at T/T_K = {ratio:.3})");
        out.warn(point.kept.1.warnings.iter().map(place));
    }
}
