//! The ribbon with Rashba coupling in the four-state model: the four edge states without it, and
//! the matrix elements between them in closed form (section 5); gaps, and the spin rotation along
//! a band (section 7).
//!
//! Basis (up+, dn+, up-, dn-): spin, and the band E^+ or E^- of the ribbon without Rashba coupling.
mod gap;
mod level;
mod rotation;

pub use gap::Gap;
pub use rotation::TotalRotation;

use super::isolated_edge::{IsolatedEdge, left_out};
use super::quantized::QuantizedRibbon;
use super::{Model, RibbonError};
use crate::invalid::Invalid;
use level::{Level, Side};
use num_complex::Complex64;
use std::f64::consts::FRAC_1_SQRT_2;

/// A ribbon in the four-state model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FourState {
    ribbon: QuantizedRibbon,
    rashba_mev_nm: f64,
    velocity_mev_nm: f64,
    /// The model holds for |k| below this, 1/nm: that of the isolated edge.
    pub critical_per_nm: f64,
}

/// Energies and couplings at one k, and all that makes the wave functions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FourStatePoint {
    pub k_per_nm: f64,
    pub width_nm: f64,
    /// E^+ and E^-, meV: the bands without Rashba coupling.
    pub upper_mev: f64,
    pub lower_mev: f64,
    /// D+, meV: `<up+|H|dn+> = -i D+`.
    pub upper_coupling_mev: f64,
    /// D-, meV: `<up-|H|dn-> = i D-`.
    pub lower_coupling_mev: f64,
    /// B, meV: `<up+|H|dn-> = -i B`, `<up-|H|dn+> = i B`. Its sign goes with that of the states.
    pub mixing_mev: f64,
    /// The four bands, ascending.
    pub bands: [Band; 4],
    levels: [Level; 2],
}

/// One of the four bands at one k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub energy_mev: f64,
    /// s = +-1 of the block the state belongs to.
    pub sector: f64,
    /// Coefficients in the basis (up+, dn+, up-, dn-), normalised.
    pub vector: [Complex64; 4],
}

/// What a pair of basis states is made of (section 5): complex, for a complex pair lambda has
/// imaginary functions f.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// lambda_1, lambda_2, 1/nm.
    pub lambda_per_nm: [Complex64; 2],
    pub eta: [Complex64; 2],
    pub gamma: Complex64,
    /// N, 1/sqrt(nm).
    pub norm: Complex64,
}

/// Integrals over the width; the first index is the band of the left function, + or -.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Integrals {
    /// Gamma_++ = int f_+ f_+, nm.
    pub even_even_nm: [[Complex64; 2]; 2],
    /// Gamma_-- = int f_- f_-, nm.
    pub odd_odd_nm: [[Complex64; 2]; 2],
    /// Omega = int f_+ f_-'.
    pub even_slope: [[Complex64; 2]; 2],
}

impl FourState {
    /// # Errors
    /// `Invalid`: a model without helical edge states, a width that is not finite and above 0.
    pub fn new(model: &Model, width_nm: f64) -> Result<Self, RibbonError> {
        let ribbon = QuantizedRibbon::new(model, width_nm)?;
        let IsolatedEdge { critical_per_nm, velocity_mev_nm, .. } = IsolatedEdge::new(model)?;
        Ok(Self { ribbon, rashba_mev_nm: model.rashba_mev_nm, velocity_mev_nm, critical_per_nm })
    }

    /// Energies and couplings at `k_per_nm`.
    ///
    /// # Errors
    /// `Invalid`: not finite, or |k| not below [`Self::critical_per_nm`]. `NoConvergence` where two
    /// decay constants coincide, `Missing` as in [`QuantizedRibbon::at`].
    pub fn at(&self, k_per_nm: f64) -> Result<FourStatePoint, RibbonError> {
        let [upper, lower] = self.levels(k_per_nm)?;
        let r0 = self.rashba_mev_nm;
        let [d_plus, d_minus] = [within(&upper, k_per_nm, r0), within(&lower, k_per_nm, r0)];
        let b = between(&upper, &lower, k_per_nm, r0);
        Ok(FourStatePoint {
            k_per_nm,
            width_nm: self.ribbon.width_nm,
            upper_mev: upper.energy_mev,
            lower_mev: lower.energy_mev,
            upper_coupling_mev: d_plus,
            lower_coupling_mev: d_minus,
            mixing_mev: b,
            bands: bands([upper.energy_mev, lower.energy_mev], [d_plus, d_minus], b),
            levels: [upper, lower],
        })
    }

    /// Which terms of `model` the four-state model leaves out.
    pub fn warnings(model: &Model) -> Vec<String> {
        left_out(model)
    }

    fn levels(&self, k: f64) -> Result<[Level; 2], RibbonError> {
        if k.is_nan() || self.critical_per_nm <= k.abs() {
            let expected = format!("|k| < {:.6e} 1/nm, see isolated edge", self.critical_per_nm);
            return Err(Invalid::new("k_per_nm", k, expected).into());
        }
        let point = self.ribbon.at(k)?;
        Ok([
            Level::new(&self.ribbon, k, point.upper_mev, Side::Upper)?,
            Level::new(&self.ribbon, k, point.lower_mev, Side::Lower)?,
        ])
    }
}

/// D+ or D-: the Rashba coupling between the two spins of one band.
fn within(level: &Level, k: f64, r0: f64) -> f64 {
    let [even, odd] = [level.even_even(level), level.odd_odd(level)];
    let (g, slope) = (level.gamma, 2.0 * level.gamma * level.even_slope(level));
    let coupling = match level.side {
        Side::Upper => k * (even - g * g * odd) - slope,
        Side::Lower => -k * (odd - g * g * even) - slope,
    };
    (r0 * level.norm * level.norm * coupling).re
}

/// B: the Rashba coupling between opposite spins of the two bands.
fn between(upper: &Level, lower: &Level, k: f64, r0: f64) -> f64 {
    let (g, h) = (upper.gamma, lower.gamma);
    let along = k * (h * upper.even_even(lower) - g * upper.odd_odd(lower));
    let across = upper.even_slope(lower) + g * h * lower.even_slope(upper);
    (r0 * upper.norm * lower.norm * (along - across)).re
}

/// H splits into two blocks, s = +-1: [[E^+ + s D+, -s B], [-s B, E^- + s D-]] between
/// (up+ + i s dn+)/sqrt 2 and (up- - i s dn-)/sqrt 2.
fn bands(energies: [f64; 2], couplings: [f64; 2], b: f64) -> [Band; 4] {
    let band = |s: f64, branch: f64| {
        let [first, second] = [0, 1].map(|i| energies[i] + s * couplings[i]);
        let (half, mean) = (0.5 * (first - second), 0.5 * (first + second));
        let (sin, cos) = (0.5 * (-s * b).atan2(half)).sin_cos();
        let [x, y] = if 0.0 < branch { [cos, sin] } else { [-sin, cos] };
        let (real, turn) = (Complex64::from(FRAC_1_SQRT_2), Complex64::new(0.0, s * FRAC_1_SQRT_2));
        Band {
            energy_mev: mean + branch * half.hypot(b),
            sector: s,
            vector: [x * real, x * turn, y * real, -y * turn],
        }
    };
    let mut all = [band(1.0, -1.0), band(-1.0, -1.0), band(1.0, 1.0), band(-1.0, 1.0)];
    all.sort_by(|one, other| one.energy_mev.total_cmp(&other.energy_mev));
    all
}

impl FourStatePoint {
    /// The Hamiltonian in the basis (up+, dn+, up-, dn-), meV, row-major.
    pub fn hamiltonian(&self) -> [[Complex64; 4]; 4] {
        let i = Complex64::I;
        let (plus, minus) = (i * self.upper_coupling_mev, i * self.lower_coupling_mev);
        let (b, zero) = (i * self.mixing_mev, Complex64::ZERO);
        let [upper, lower] = [self.upper_mev, self.lower_mev].map(Complex64::from);
        [
            [upper, -plus, zero, -b],
            [plus, upper, -b, zero],
            [zero, b, lower, minus],
            [b, zero, -minus, lower],
        ]
    }

    /// Of the states of E^+ and of E^-.
    pub fn coefficients(&self) -> [Coefficients; 2] {
        self.levels.map(|level| Coefficients {
            lambda_per_nm: level.functions.lambda,
            eta: level.eta,
            gamma: level.gamma,
            norm: level.norm,
        })
    }

    /// All integrals that enter D+, D- and B, and their norms.
    pub fn integrals(&self) -> Integrals {
        let table = |of: fn(&Level, &Level) -> Complex64| {
            [0, 1].map(|i| [0, 1].map(|j| of(&self.levels[i], &self.levels[j])))
        };
        Integrals {
            even_even_nm: table(Level::even_even),
            odd_odd_nm: table(Level::odd_odd),
            even_slope: table(Level::even_slope),
        }
    }

    /// The basis states (up+, dn+, up-, dn-) at y, |y| <= W/2, in 1/sqrt(nm): components (E, H) of
    /// the state's own spin, real. Rows are states.
    pub fn basis_at(&self, y_nm: f64) -> [[f64; 2]; 4] {
        let y = y_nm.clamp(-0.5 * self.width_nm, 0.5 * self.width_nm);
        let [upper, lower] = &self.levels;
        [upper.spinor(1.0, y), upper.spinor(-1.0, y), lower.spinor(1.0, y), lower.spinor(-1.0, y)]
    }

    /// Wave function (E+, H+, E-, H-) of `band` (0..4, ascending) at y, |y| <= W/2, 1/sqrt(nm).
    ///
    /// # Errors
    /// `Invalid`: no such band, or y outside the ribbon.
    pub fn wave_function(&self, band: usize, y_nm: f64) -> Result<[Complex64; 4], RibbonError> {
        let found = self.bands.get(band);
        let vector = found.ok_or_else(|| Invalid::new("band", band, "0 to 3"))?.vector;
        if y_nm.is_nan() || 0.5 * self.width_nm < y_nm.abs() {
            return Err(Invalid::new("y_nm", y_nm, "|y| <= half of the width").into());
        }
        let basis = self.basis_at(y_nm);
        let mut spinor = [Complex64::ZERO; 4];
        for (state, coefficient) in vector.iter().enumerate() {
            let spin = 2 * (state % 2); // up at 0 and 1, down at 2 and 3
            for orbital in 0..2 {
                spinor[spin + orbital] += coefficient * basis[state][orbital];
            }
        }
        Ok(spinor)
    }

    /// E^+ - E^- - |D+ - D-|, meV: the distance of the two bands that meet, without their mixing.
    pub fn detuning_mev(&self) -> f64 {
        let apart = self.upper_coupling_mev - self.lower_coupling_mev;
        self.upper_mev - self.lower_mev - apart.abs()
    }

    /// Distance of the two inner bands at this k, meV.
    pub fn separation_mev(&self) -> f64 {
        self.detuning_mev().hypot(2.0 * self.mixing_mev)
    }

    /// P(k): weight of the other edge's opposite spin in the lower band of the upper pair, section 7:
    /// `(1 - X/s)/4` with X the detuning and s the separation, without cancellation.
    pub fn projection(&self) -> f64 {
        let (x, s) = (self.detuning_mev(), self.separation_mev());
        if s == 0.0 {
            return 0.25;
        }
        if x < 0.0 { 0.25 * (s - x) / s } else { self.mixing_mev / s * (self.mixing_mev / (s + x)) }
    }
}
