//! Transport coefficients over D = vF^2 tau_tr/3: Eqs. (8)-(15).
use super::Variant;
use super::gradient::{Gradients, gradients, gradients_of_phase_shifts};
use super::rates::{Rates, rates, rates_of_phase_shifts};
use super::scattering::{PhaseShifts, Scattering};
use crate::invalid::Invalid;

/// All dimensionless coefficients at one concentration.
#[derive(Debug, Clone, PartialEq)]
pub struct Kinetics {
    pub variant: Variant,
    /// c = n_im/n_c
    pub concentration: f64,
    pub rates: Rates,
    /// Already times c.
    pub gradients: Gradients,
    /// omega_sk tau_tr
    pub theta_sk: f64,
    /// tau_tr/tau_m
    pub gamma: [f64; 3],
    /// Spin Hall coefficient, Eq. (11), and its two parts: skew scattering (no Omega), and side
    /// jump.
    pub theta_sh: f64,
    pub theta_sh_skew: f64,
    pub theta_sh_side_jump: f64,
    /// Diffusion of the charge over D, Eq. (12).
    pub d_charge: f64,
    /// D_0, D_1, D_2 over D, Eqs. (13), (14).
    pub d_spin: [f64; 3],
    /// Spin along and across its gradient, over D.
    pub d_longitudinal: f64,
    pub d_transverse: f64,
    /// Swapping current, over D.
    pub kappa: f64,
    pub warnings: Vec<String>,
}

/// From any T-matrix (variant `corrected`).
///
/// # Errors
/// `Invalid` for a concentration outside (0, 1).
pub fn kinetics(scattering: &Scattering, concentration: f64) -> Result<Kinetics, Invalid> {
    combine(rates(scattering), gradients(scattering), concentration, Variant::Corrected)
}

/// From s and p waves, by closed forms.
///
/// # Errors
/// As [`PhaseShifts::validate`]; a concentration outside (0, 1).
pub fn kinetics_of_phase_shifts(
    shifts: &PhaseShifts,
    concentration: f64,
    variant: Variant,
) -> Result<Kinetics, Invalid> {
    let rates = rates_of_phase_shifts(shifts, variant)?;
    combine(rates, gradients_of_phase_shifts(shifts, variant)?, concentration, variant)
}

/// From rates and gradients (per concentration) found elsewhere, inelastic ones included (variant
/// `corrected`).
///
/// # Errors
/// A concentration outside (0, 1); nothing that relaxes the momentum.
pub fn kinetics_of_rates(
    rates: Rates,
    gradients: Gradients,
    concentration: f64,
) -> Result<Kinetics, Invalid> {
    combine(rates, gradients, concentration, Variant::Corrected)
}

fn combine(
    rates: Rates,
    per_concentration: Gradients,
    c: f64,
    variant: Variant,
) -> Result<Kinetics, Invalid> {
    if !(0.0 < c && c < 1.0) {
        return Err(Invalid::new("concentration", c, "n_im/n_c above 0 and below 1"));
    }
    if rates.transport.is_nan() || rates.transport <= 0.0 {
        let expected = "scattering that relaxes the momentum (1/tau_tr above 0)";
        return Err(Invalid::new("phase_shifts", rates.transport, expected));
    }
    let omega = Gradients {
        charge: c * per_concentration.charge,
        charge_spin: c * per_concentration.charge_spin,
        spin_charge: c * per_concentration.spin_charge,
        spin: per_concentration.spin.map(|value| c * value),
    };
    let theta = rates.skew / rates.transport;
    let gamma = rates.spin_current.map(|rate| rate / rates.transport);
    let common = gamma[1] + 2.0 * theta * theta;
    let side_jump =
        -(omega.charge + omega.spin[1]) * theta - omega.charge_spin - omega.spin_charge * gamma[1];
    let drift = |m: usize| (1.0 - 2.0 * omega.spin[m]) / gamma[m];
    let d_charge =
        (gamma[1] * (1.0 - 2.0 * omega.charge) + 4.0 * theta * omega.charge_spin) / common;
    let d1 = ((1.0 - 2.0 * omega.spin[1]) + 4.0 * theta * omega.spin_charge) / common;
    let d_spin = [drift(0), d1, drift(2)];
    let mut answer = Kinetics {
        variant,
        concentration: c,
        rates,
        gradients: omega,
        theta_sk: theta,
        gamma,
        theta_sh: (theta + side_jump) / common,
        theta_sh_skew: theta / common,
        theta_sh_side_jump: side_jump / common,
        d_charge,
        d_spin,
        d_longitudinal: (d_spin[0] + 2.0 * d_spin[2]) / 3.0,
        d_transverse: 0.5 * (d_spin[1] + d_spin[2]),
        kappa: (d_spin[2] - d_spin[0]) / 3.0,
        warnings: Vec::new(),
    };
    answer.warnings = warnings(&answer);
    Ok(answer)
}

fn warnings(answer: &Kinetics) -> Vec<String> {
    let mut warnings = Vec::new();
    let c = answer.concentration;
    if 0.1 < c {
        warnings.push(format!("concentration {c} exceeds 0.1: the theory is first order in c"));
    }
    let omega = &answer.gradients;
    let all = [omega.charge, omega.charge_spin, omega.spin_charge].into_iter().chain(omega.spin);
    let largest = all.map(f64::abs).fold(0.0, f64::max);
    if 0.3 < largest {
        warnings.push(format!("largest |Omega| = {largest:.3} exceeds 0.3: first order in Omega"));
    }
    let ratio = answer.rates.transport / answer.rates.spin;
    if ratio < 5.0 {
        warnings.push(format!(
            "tau_s/tau_tr = {ratio:.3} is below 5: spin diffusion, Eq. (16), is only formal here"
        ));
    }
    if answer.gamma.iter().any(|gamma| *gamma <= 0.0) {
        warnings.push("a spin current does not decay (gamma <= 0): outside diffusion".into());
    }
    warnings
}
