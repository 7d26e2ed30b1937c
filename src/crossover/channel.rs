//! The channel that resonates, at one temperature: from the T-matrix of the NRG to an amplitude.
//!
//! Normalisation: a = -pi NF T, S = 1 + 2 i a. An elastic channel has |S| = 1, a = exp(i eta) sin
//! eta.
use num_complex::Complex64;

use crate::nrg::TMatrixPoint;

/// A channel after the thermal average (specification spin_hall, section 10).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// Units of D.
    pub temperature: f64,
    /// `a = <-pi NF T(w)>`, the average with -f'(w): what enters elastic amplitudes. |a|^2 <= Im a.
    pub amplitude: Complex64,
    /// `<|a(w)|^2> - |<a(w)>|^2` of the broadened spectrum: the part of [`Self::inelastic_rate`]
    /// that is
    /// no loss of energy but the spread of the phase over the thermal window.
    pub energy_spread: f64,
    /// |S| - 1 before the amplitude was put back on the unitary circle; 0 where it was inside.
    pub excess: f64,
}

impl Channel {
    /// Im a from the discrete peaks (no broadening enters), Re a from the broadened spectrum.
    pub fn of(point: &TMatrixPoint) -> Self {
        let window = window(&point.frequencies, point.temperature);
        let average = |f: &dyn Fn(usize) -> f64| -> f64 {
            window.iter().enumerate().map(|(i, weight)| weight * f(i)).sum()
        };
        let (re, im) = (average(&|i| -point.dispersion[i]), average(&|i| point.absorption[i]));
        let square = average(&|i| point.dispersion[i].powi(2) + point.absorption[i].powi(2));
        let raw = Complex64::new(re, point.transmission);
        let (amplitude, excess) = unitary(raw);
        let energy_spread = (square - re * re - im * im).max(0.0);
        Self { temperature: point.temperature, amplitude, energy_spread, excess }
    }

    /// S = 1 + 2 i a.
    pub fn s_matrix(&self) -> Complex64 {
        1.0 + 2.0 * Complex64::i() * self.amplitude
    }

    /// Elastic phase shift (arg S)/2 in [0, pi), rad. Where the average scatters less than half of
    /// the unitary limit at particle-hole symmetry, S > 0 and the phase shift is 0.
    pub fn phase_shift(&self) -> f64 {
        let half = 0.5 * self.s_matrix().arg();
        // Rounding must not turn 0 into pi.
        if half < -1e-9 { half + std::f64::consts::PI } else { half.max(0.0) }
    }

    /// 1 - |S|^2.
    pub fn inelastic_probability(&self) -> f64 {
        4.0 * self.inelastic_rate()
    }

    /// w_in = Im a - |a|^2 >= 0: the optical theorem less the elastic part, in units of r0 for a
    /// channel of weight 1 (2j + 1 = 2).
    pub fn inelastic_rate(&self) -> f64 {
        (self.amplitude.im - self.amplitude.norm_sqr()).max(0.0)
    }
}

/// The nearest amplitude with |S| <= 1, and how far |S| was above.
fn unitary(a: Complex64) -> (Complex64, f64) {
    let center = Complex64::new(0.0, 0.5);
    let radius = (a - center).norm();
    if radius <= 0.5 {
        return (a, 0.0);
    }
    // A hair inside, so that rounding does not put it out again.
    (center + (a - center) * (0.5 * (1.0 - 1e-15) / radius), 2.0 * radius - 1.0)
}

/// Weights of frequencies (ascending) under -f'(w): differences of the Fermi function between the
/// middles of the cells; their sum is 1.
fn window(frequencies: &[f64], temperature: f64) -> Vec<f64> {
    let fermi = |w: f64| 0.5 * (1.0 - (0.5 * w / temperature).tanh());
    let mut below = 1.0;
    let mut weights = Vec::with_capacity(frequencies.len());
    for (i, &w) in frequencies.iter().enumerate() {
        let above = frequencies.get(i + 1).map_or(0.0, |&next| fermi(0.5 * (w + next)));
        weights.push(below - above);
        below = above;
    }
    weights
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod tests {
    use super::*;

    fn channel(amplitude: Complex64) -> Channel {
        Channel { temperature: 1.0, amplitude, energy_spread: 0.0, excess: 0.0 }
    }

    #[test]
    fn the_window_is_a_weight() {
        let grid: Vec<f64> = (-400..=400).map(|i| f64::from(i) * 0.1).collect();
        let weights = window(&grid, 1.0);
        let moment =
            |n: i32| -> f64 { grid.iter().zip(&weights).map(|(w, p)| w.powi(n) * p).sum() };
        assert!((moment(0) - 1.0).abs() < 1e-14 && moment(1).abs() < 1e-12);
        // int w^2 (-f') dw = pi^2/3
        assert!((moment(2) - std::f64::consts::PI.powi(2) / 3.0).abs() < 2e-3, "{}", moment(2));
    }

    #[test]
    fn a_phase_shift_is_elastic() {
        for eta in [0.0_f64, 0.3, 1.2, 1.6, 3.0] {
            let found = channel(Complex64::from_polar(eta.sin(), eta));
            assert!((found.phase_shift() - eta).abs() < 1e-12, "{eta}");
            assert!(found.inelastic_rate() < 1e-15);
        }
        // At the symmetric point a = i g: 1 - |S|^2 = 4 g (1 - g).
        let half = channel(Complex64::new(0.0, 0.3));
        assert_eq!(half.phase_shift(), 0.0);
        assert!((half.inelastic_probability() - 4.0 * 0.3 * 0.7).abs() < 1e-15);
    }

    #[test]
    fn what_exceeds_unitarity_is_put_back() {
        let (a, excess) = unitary(Complex64::new(0.0, 1.01));
        assert!((excess - 0.02).abs() < 1e-12 && a.norm_sqr() <= a.im, "{a} {excess}");
        assert_eq!(unitary(Complex64::new(0.1, 0.4)), (Complex64::new(0.1, 0.4), 0.0));
    }
}
