//! Densities of states from bands along the ribbon.
use std::f64::consts::{LN_2, PI};

use super::RibbonError;
use super::solve::Spectrum;
use crate::invalid::Invalid;

/// Shape of every level, by its half width at half maximum in meV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Broadening {
    Gaussian { half_width_mev: f64 },
    Lorentzian { half_width_mev: f64 },
}

impl Broadening {
    fn half_width(self) -> f64 {
        match self {
            Self::Gaussian { half_width_mev } | Self::Lorentzian { half_width_mev } => {
                half_width_mev
            }
        }
    }

    /// Of area 1, 1/meV.
    fn value(self, detuning: f64) -> f64 {
        let h = self.half_width();
        match self {
            Self::Gaussian { .. } => {
                let x = detuning / h;
                (-LN_2 * x * x).exp() * (LN_2 / PI).sqrt() / h
            }
            Self::Lorentzian { .. } => h / (PI * (detuning * detuning + h * h)),
        }
    }
}

/// `rho(E) = int dk/(2 pi) sum_n delta(E - E_n(k))`, 1/(meV nm), at `energies_mev`: the trapezoid
/// rule over ascending `k_per_nm`, one spectrum each.
///
/// # Errors
/// `Invalid`: fewer than 2 wave numbers, not ascending, not one spectrum each, a half width that is
/// not positive.
pub fn density_of_states(
    k_per_nm: &[f64],
    bands: &[Spectrum],
    energies_mev: &[f64],
    broadening: Broadening,
) -> Result<Vec<f64>, RibbonError> {
    if k_per_nm.len() < 2 || !k_per_nm.is_sorted_by(|a, b| a < b) {
        let given = format!("{} values", k_per_nm.len());
        return Err(Invalid::new("k_per_nm", given, "2 or more, ascending").into());
    }
    if bands.len() != k_per_nm.len() {
        let expected = format!("one spectrum for each of the {} wave numbers", k_per_nm.len());
        return Err(Invalid::new("bands", bands.len(), expected).into());
    }
    let half_width = broadening.half_width();
    if !(half_width.is_finite() && 0.0 < half_width) {
        return Err(Invalid::new("broadening.half_width_mev", half_width, "positive").into());
    }
    let mut density = vec![0.0; energies_mev.len()];
    for (index, spectrum) in bands.iter().enumerate() {
        let before = k_per_nm[index.saturating_sub(1)];
        let after = k_per_nm[(index + 1).min(k_per_nm.len() - 1)];
        let weight = 0.5 * (after - before) / (2.0 * PI);
        for level in &spectrum.energies_mev {
            for (out, energy) in density.iter_mut().zip(energies_mev) {
                *out += weight * broadening.value(energy - level);
            }
        }
    }
    Ok(density)
}
