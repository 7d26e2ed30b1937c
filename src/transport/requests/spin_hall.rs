//! `spin-hall`: kinetics of a dilute Kondo alloy from phase shifts, partial waves or any T-matrix
//! (Huang, Tokatly and Cazalilla).
use num_complex::Complex64;

use super::output::Output;
use super::place::{accept, list};
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::spin_hall::{
    Alloy, Amplitudes, Kinetics, PartialWaves, PhaseShifts, Relaxation, Scattering, Transport,
    Variant, kinetics, kinetics_of_phase_shifts, relaxation, transport,
};

/// Legendre coefficients of each function of a T-matrix.
const MAX_COEFFICIENTS: usize = 64;
const MAX_CHANNELS: usize = 41;

/// What the impurities do, small enough to be computed while it is read.
pub(super) struct Metal {
    pub kinetics: Kinetics,
    relaxation: Option<Relaxation>,
    /// Largest difference of the closed forms to the angular averages.
    closed_form_difference: Option<f64>,
    pub si: Option<(Alloy, Transport)>,
}

#[derive(Clone, Copy)]
enum Form {
    PhaseShifts,
    PartialWaves,
    Matrix,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    Some(Box::new(metal(reader, calculation, false)?))
}

/// `[scattering]` and `[alloy]`; `in_si`: the Fermi wave number has to be there.
pub(super) fn metal(
    reader: &Reader<'_>,
    calculation: &Section<'_, '_>,
    in_si: bool,
) -> Option<Metal> {
    let scattering = reader.section("scattering");
    let section = reader.section("alloy");
    let open = Range { high: 1.0, ..Range::POSITIVE };
    let concentration = section.required("concentration", open);
    let alloy = alloy(&section, in_si);
    let forms = [
        ("phase-shifts", Form::PhaseShifts),
        ("partial-waves", Form::PartialWaves),
        ("t-matrix", Form::Matrix),
    ];
    let metal = match scattering.choice("kind", &forms)? {
        Form::PhaseShifts => phase_shifts(reader, calculation, &scattering, concentration),
        Form::PartialWaves => {
            let waves = partial_waves(reader, &scattering)?;
            general(reader, &Scattering::from_waves(&waves), concentration)
        }
        Form::Matrix => general(reader, &t_matrix(reader, &scattering)?, concentration),
    }?;
    let Some(alloy) = alloy else { return Some(metal) };
    let places = [
        ("fermi_wavenumber_per_m", "alloy.fermi_wavenumber_per_nm"),
        ("mass_ratio", "alloy.mass_ratio"),
    ];
    let si = accept(reader, transport(&metal.kinetics, &alloy), "alloy", &places)?;
    Some(Metal { si: Some((alloy, si)), ..metal })
}

/// For SI units.
fn alloy(section: &Section<'_, '_>, required: bool) -> Option<Alloy> {
    if !required && !section.has("fermi_wavenumber_per_nm") {
        return None;
    }
    Some(Alloy {
        fermi_wavenumber_per_m: 1e9 * section.required("fermi_wavenumber_per_nm", Range::POSITIVE),
        mass_ratio: section.number_or("mass_ratio", 1.0, Range::POSITIVE),
    })
}

fn phase_shifts(
    reader: &Reader<'_>,
    calculation: &Section<'_, '_>,
    section: &Section<'_, '_>,
    concentration: f64,
) -> Option<Metal> {
    let variants = [("corrected", Variant::Corrected), ("printed", Variant::Printed)];
    let variant = calculation.choice("variant", &variants)?;
    let [eta0, eta1, eta2] = ["eta0_rad", "eta1_rad", "eta2_rad"]
        .map(|field| section.required(field, Range::between(-1e6, 1e6)));
    if !reader.clean() {
        return None;
    }
    let shifts = PhaseShifts { eta0, eta1, eta2 };
    let found = kinetics_of_phase_shifts(&shifts, concentration, variant);
    let found = accept(reader, found, "scattering", PLACES)?;
    let averages = kinetics(&Scattering::from_waves(&shifts.waves()), concentration).ok();
    let difference = averages.map(|averages| largest_difference(&found, &averages));
    Some(Metal {
        relaxation: relaxation(&shifts).ok(),
        closed_form_difference: difference.filter(|_| variant == Variant::Corrected),
        kinetics: found,
        si: None,
    })
}

const PLACES: &[(&str, &str)] = &[
    ("eta0", "scattering.eta0_rad"),
    ("eta1", "scattering.eta1_rad"),
    ("eta2", "scattering.eta2_rad"),
    ("concentration", "alloy.concentration"),
    ("phase_shifts[", "scattering.channels["),
    ("phase_shifts", "scattering"),
];

fn general(reader: &Reader<'_>, scattering: &Scattering, concentration: f64) -> Option<Metal> {
    if !reader.clean() {
        return None;
    }
    let kinetics = accept(reader, kinetics(scattering, concentration), "scattering", PLACES)?;
    Some(Metal { kinetics, relaxation: None, closed_form_difference: None, si: None })
}

fn partial_waves(reader: &Reader<'_>, section: &Section<'_, '_>) -> Option<PartialWaves> {
    if !section.has("channels") {
        section.missing("channels", "a list of tables: l, twice_j, phase_shift_rad");
    }
    let channels = section.tables("channels", MAX_CHANNELS, |channel| {
        let l = channel.required("l", Range::whole(0, 20)) as u32;
        let twice_j = channel.required("twice_j", Range::whole(1, 41)) as u32;
        (l, twice_j, amplitude(channel))
    });
    if !reader.clean() {
        return None;
    }
    accept(reader, PartialWaves::from_amplitudes(&channels), "scattering.channels", PLACES)
}

/// a = exp(i eta) sin(eta), or as given.
fn amplitude(channel: &Section<'_, '_>) -> Complex64 {
    if channel.has("amplitude_real") || channel.has("amplitude_imaginary") {
        let part = |field| channel.number_or(field, 0.0, Range::FINITE);
        return Complex64::new(part("amplitude_real"), part("amplitude_imaginary"));
    }
    let eta = channel.required("phase_shift_rad", Range::between(-1e6, 1e6));
    Complex64::from_polar(eta.sin(), eta)
}

/// pi NF times A, B, A', B' as Legendre series in cos(angle).
fn t_matrix(reader: &Reader<'_>, section: &Section<'_, '_>) -> Option<Scattering> {
    let list = |field| list(section, field, Range::FINITE, MAX_COEFFICIENTS);
    let optional = |field| section.numbers_or(field, &[0.0], Range::FINITE, MAX_COEFFICIENTS);
    let a = [list("a_real"), list("a_imaginary")];
    let b = [optional("b_real"), optional("b_imaginary")];
    let a_prime = [optional("a_prime_real"), optional("a_prime_imaginary")];
    let b_prime = [optional("b_prime_real"), optional("b_prime_imaginary")];
    if !reader.clean() {
        return None;
    }
    let at = |series: &[Vec<f64>; 2], x: f64| {
        Complex64::new(legendre_sum(&series[0], x), legendre_sum(&series[1], x))
    };
    let amplitudes = |x: f64| Amplitudes {
        a: at(&a, x),
        b: at(&b, x),
        a_prime: at(&a_prime, x),
        b_prime: at(&b_prime, x),
    };
    accept(reader, Scattering::from_function(amplitudes, 1e-12), "scattering", &[])
}

/// sum_l c_l P_l(x) by Clenshaw's recurrence.
fn legendre_sum(coefficients: &[f64], x: f64) -> f64 {
    let (mut above, mut here) = (0.0, 0.0);
    for (l, coefficient) in coefficients.iter().enumerate().skip(1).rev() {
        let l = l as f64;
        let next =
            coefficient + (2.0 * l + 1.0) / (l + 1.0) * x * here - (l + 1.0) / (l + 2.0) * above;
        (above, here) = (here, next);
    }
    coefficients.first().copied().unwrap_or(0.0) + x * here - 0.5 * above
}

fn largest_difference(a: &Kinetics, b: &Kinetics) -> f64 {
    let numbers = |k: &Kinetics| {
        let (r, g) = (&k.rates, &k.gradients);
        let mut all = vec![r.transport, r.quasiparticle, r.spin, r.skew, r.swap];
        all.extend(r.spin_current);
        all.extend([g.charge, g.charge_spin, g.spin_charge]);
        all.extend(g.spin);
        all
    };
    let pairs = numbers(a).into_iter().zip(numbers(b));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

impl Question for Metal {
    fn cost(&self) -> Cost {
        Cost {
            core_seconds: 1e-4,
            memory_bytes: 1 << 18,
            result_bytes: 512,
            decided_by: "scattering.kind",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        write_kinetics(&mut out, &self.kinetics);
        if let Some(found) = &self.relaxation {
            write_relaxation(&mut out, found);
        }
        if let Some(difference) = self.closed_form_difference {
            out.measure("closed_form_difference", difference);
        }
        match &self.si {
            Some((_, si)) => write_si(&mut out, si),
            None => out.warn(self.kinetics.warnings.clone()),
        }
        out.note(match self.kinetics.variant {
            Variant::Corrected => "formulas corrected against the source's own Eqs. (2), (3), (6)",
            Variant::Printed => "formulas as printed: for comparison with the paper only",
        });
        Ok(out.answer())
    }
}

const SPIN_CURRENTS: &[(&str, usize)] = &[("total_momentum", 3)];

fn write_kinetics(out: &mut Output, found: &Kinetics) {
    const R0: &str = "(8/(3 pi)) (eF/hbar) c";
    let (rates, jumps) = (&found.rates, &found.gradients);
    for (name, unit, text, value) in [
        ("rate_transport", R0, "1/tau_tr", rates.transport),
        ("rate_quasiparticle", R0, "1/tau_qp", rates.quasiparticle),
        ("rate_spin", R0, "1/tau_s", rates.spin),
        ("omega_sk", R0, "skew scattering (S96)", rates.skew),
        ("omega_sw", R0, "swapping (S97)", rates.swap),
        ("side_jump_charge", "1", "Omega_c, times c", jumps.charge),
        ("side_jump_charge_spin", "1", "Omega_cs, times c", jumps.charge_spin),
        ("side_jump_spin_charge", "1", "Omega_sc, times c", jumps.spin_charge),
        ("theta_sk", "1", "omega_sk tau_tr", found.theta_sk),
        ("theta_sh", "1", "spin Hall coefficient, Eq. (11)", found.theta_sh),
        ("theta_sh_skew", "1", "its part from skew scattering", found.theta_sh_skew),
        ("theta_sh_side_jump", "1", "its part from side jumps", found.theta_sh_side_jump),
        ("d_charge", "vF^2 tau_tr/3", "diffusion of the charge, Eq. (12)", found.d_charge),
        ("d_longitudinal", "vF^2 tau_tr/3", "spin along its gradient", found.d_longitudinal),
        ("d_transverse", "vF^2 tau_tr/3", "spin across its gradient", found.d_transverse),
        ("kappa", "vF^2 tau_tr/3", "swapping current", found.kappa),
    ] {
        out.number(name, unit, text, value);
    }
    for (name, unit, text, values) in [
        ("rate_spin_current", R0, "1/tau_m, m = 0, 1, 2", rates.spin_current),
        ("side_jump_spin", "1", "Omega_m, times c", jumps.spin),
        ("gamma", "1", "tau_tr/tau_m", found.gamma),
        ("d_spin", "vF^2 tau_tr/3", "D_0, D_1, D_2, Eqs. (13), (14)", found.d_spin),
    ] {
        out.real(name, unit, text, SPIN_CURRENTS, values.to_vec());
    }
}

fn write_relaxation(out: &mut Output, found: &Relaxation) {
    const R0: &str = "(8/(3 pi)) (eF/hbar) c";
    let text = "exact rates of charge current and m = 1 spin current (Eq. 4)";
    out.complex("relaxation_pair", R0, text, &[("eigenvalue", 2)], found.pair);
    let text = "exact rates of the spin and its l = 2, J = 1 distribution (Eq. 4)";
    out.real("relaxation_spin", R0, text, &[("eigenvalue", 2)], found.spin.to_vec());
}

fn write_si(out: &mut Output, found: &Transport) {
    const DIFFUSION: &str = "m^2/s";
    const SPIN: &str = "(hbar/e) S/m";
    for (name, unit, text, value) in [
        ("tau_tr", "s", "momentum relaxation", found.tau_tr_s),
        ("tau_qp", "s", "any scattering", found.tau_qp_s),
        ("tau_s", "s", "spin relaxation", found.tau_s_s),
        ("omega_sk_si", "1/s", "skew scattering", found.omega_sk_per_s),
        ("omega_sw_si", "1/s", "swapping", found.omega_sw_per_s),
        ("d_si", DIFFUSION, "D = vF^2 tau_tr/3", found.d_m2_per_s),
        ("d_charge_si", DIFFUSION, "diffusion of the charge", found.d_charge_m2_per_s),
        ("d_longitudinal_si", DIFFUSION, "spin along its gradient", found.d_longitudinal_m2_per_s),
        ("d_transverse_si", DIFFUSION, "spin across its gradient", found.d_transverse_m2_per_s),
        ("kappa_si", DIFFUSION, "swapping current", found.kappa_m2_per_s),
        ("sigma_c", "S/m", "2 e^2 NF Dc (the letter prints half)", found.sigma_c_s_per_m),
        ("sigma_sh", SPIN, "for the spin current (j_up - j_down)/2", found.sigma_sh_s_per_m),
        ("sigma_sh_skew", SPIN, "skew scattering", found.sigma_sh_skew_s_per_m),
        ("sigma_sh_side_jump", SPIN, "side jumps", found.sigma_sh_side_jump_s_per_m),
        ("spin_hall_angle", "1", "(j_up - j_down)/(j_up + j_down)", found.spin_hall_angle),
        ("fermi_wavenumber_times_path", "1", "kF vF tau_tr", found.fermi_wavenumber_times_path),
    ] {
        out.number(name, unit, text, value);
    }
    out.real(
        "d_spin_si",
        DIFFUSION,
        "D_0, D_1, D_2",
        SPIN_CURRENTS,
        found.d_spin_m2_per_s.to_vec(),
    );
    if let Some(lengths) = &found.lengths {
        out.number("length_longitudinal", "m", "sqrt(D_L tau_s)", lengths.longitudinal_m);
        out.number("length_transverse", "m", "sqrt(D_T tau_s)", lengths.transverse_m);
    }
    out.warn(found.warnings.clone());
}
