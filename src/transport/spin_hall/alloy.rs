//! A metal with impurities in SI units: D, sigma_c, sigma_sH, diffusion lengths.
use super::kinetics::Kinetics;
use crate::invalid::Invalid;
use crate::transport::positive;
use std::f64::consts::PI;

const HBAR_J_S: f64 = 1.054_571_817_646_156_4e-34;
const ELEMENTARY_CHARGE_C: f64 = 1.602_176_634e-19;
/// CODATA 2018.
const ELECTRON_MASS_KG: f64 = 9.109_383_701_5e-31;

/// A parabolic band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alloy {
    pub fermi_wavenumber_per_m: f64,
    /// m*/m_e
    pub mass_ratio: f64,
}

impl Alloy {
    /// # Errors
    /// Values that are not finite and above 0.
    pub fn validate(&self) -> Result<(), Invalid> {
        positive("fermi_wavenumber_per_m", self.fermi_wavenumber_per_m)?;
        positive("mass_ratio", self.mass_ratio).map(|_| ())
    }

    /// n_c = kF^3/(3 pi^2)
    pub fn electrons_per_m3(&self) -> f64 {
        self.fermi_wavenumber_per_m.powi(3) / (3.0 * PI * PI)
    }

    /// c = n_im/n_c of an impurity density.
    pub fn concentration(&self, impurities_per_m3: f64) -> f64 {
        impurities_per_m3 / self.electrons_per_m3()
    }

    pub fn fermi_velocity_m_per_s(&self) -> f64 {
        HBAR_J_S * self.fermi_wavenumber_per_m / self.mass_kg()
    }

    pub fn fermi_energy_j(&self) -> f64 {
        (HBAR_J_S * self.fermi_wavenumber_per_m).powi(2) / (2.0 * self.mass_kg())
    }

    /// NF per spin, 1/(J m^3).
    pub fn density_of_states_per_j_m3(&self) -> f64 {
        self.mass_kg() * self.fermi_wavenumber_per_m / (2.0 * (PI * HBAR_J_S).powi(2))
    }

    fn mass_kg(&self) -> f64 {
        self.mass_ratio * ELECTRON_MASS_KG
    }
}

/// sqrt(D tau_s) along and across the spin; infinite if the spin does not relax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lengths {
    pub longitudinal_m: f64,
    pub transverse_m: f64,
}

/// Kinetic coefficients in SI units.
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    pub tau_tr_s: f64,
    pub tau_qp_s: f64,
    /// Infinite if nothing relaxes the spin.
    pub tau_s_s: f64,
    pub omega_sk_per_s: f64,
    pub omega_sw_per_s: f64,
    /// D = vF^2 tau_tr/3, then the coefficients of Eqs. (8)-(15).
    pub d_m2_per_s: f64,
    pub d_charge_m2_per_s: f64,
    pub d_spin_m2_per_s: [f64; 3],
    pub d_longitudinal_m2_per_s: f64,
    pub d_transverse_m2_per_s: f64,
    pub kappa_m2_per_s: f64,
    /// 2 e^2 NF Dc (the letter prints half).
    pub sigma_c_s_per_m: f64,
    /// e^2 NF D theta_sH in (hbar/e) S/m, for the spin current (j_up - j_down)/2; and its two
    /// parts.
    pub sigma_sh_s_per_m: f64,
    pub sigma_sh_skew_s_per_m: f64,
    pub sigma_sh_side_jump_s_per_m: f64,
    /// (j_up - j_down)/(j_up + j_down)
    pub spin_hall_angle: f64,
    /// kF vF tau_tr
    pub fermi_wavenumber_times_path: f64,
    /// None outside the diffusive theory (D_L or D_T not positive, or gamma_0 <= 0).
    pub lengths: Option<Lengths>,
    pub warnings: Vec<String>,
}

/// Puts units to dimensionless coefficients.
///
/// # Errors
/// As [`Alloy::validate`].
pub fn transport(kinetics: &Kinetics, alloy: &Alloy) -> Result<Transport, Invalid> {
    alloy.validate()?;
    let r0 = 8.0 / (3.0 * PI) * alloy.fermi_energy_j() / HBAR_J_S * kinetics.concentration;
    let tau_tr = 1.0 / (r0 * kinetics.rates.transport);
    let velocity = alloy.fermi_velocity_m_per_s();
    let d = velocity * velocity * tau_tr / 3.0;
    let tau_s = 1.0 / (r0 * kinetics.rates.spin);
    let conductance = ELEMENTARY_CHARGE_C.powi(2) * alloy.density_of_states_per_j_m3() * d;
    let mean_path = alloy.fermi_wavenumber_per_m * velocity * tau_tr;
    let mut warnings = kinetics.warnings.clone();
    if mean_path < 10.0 {
        warnings.push(format!("kF l = {mean_path:.3} is below 10: not a good metal"));
    }
    let (along, across) = (kinetics.d_longitudinal * d, kinetics.d_transverse * d);
    let diffusive = 0.0 < along && 0.0 < across && 0.0 < kinetics.gamma[0];
    if !diffusive {
        warnings.push("outside the diffusive theory: no diffusion lengths".into());
    }
    let lengths = diffusive.then(|| Lengths {
        longitudinal_m: (along * tau_s).sqrt(),
        transverse_m: (across * tau_s).sqrt(),
    });
    Ok(Transport {
        tau_tr_s: tau_tr,
        tau_qp_s: 1.0 / (r0 * kinetics.rates.quasiparticle),
        tau_s_s: tau_s,
        omega_sk_per_s: r0 * kinetics.rates.skew,
        omega_sw_per_s: r0 * kinetics.rates.swap,
        d_m2_per_s: d,
        d_charge_m2_per_s: kinetics.d_charge * d,
        d_spin_m2_per_s: kinetics.d_spin.map(|ratio| ratio * d),
        d_longitudinal_m2_per_s: along,
        d_transverse_m2_per_s: across,
        kappa_m2_per_s: kinetics.kappa * d,
        sigma_c_s_per_m: 2.0 * conductance * kinetics.d_charge,
        sigma_sh_s_per_m: conductance * kinetics.theta_sh,
        sigma_sh_skew_s_per_m: conductance * kinetics.theta_sh_skew,
        sigma_sh_side_jump_s_per_m: conductance * kinetics.theta_sh_side_jump,
        spin_hall_angle: kinetics.theta_sh / kinetics.d_charge,
        fermi_wavenumber_times_path: mean_path,
        lengths,
        warnings,
    })
}
