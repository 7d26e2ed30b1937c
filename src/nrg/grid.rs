//! Logarithmic discretization of the helical bath: the star (App. A2 of Ferrer et al. 2023).
//!
//! The positive half of the band is cut at 1 > L^-z > L^-(1+z) > ...; each interval carries two
//! modes, and the local bath modes f_0+- are their combinations with the matrix T of Eq. (A31).
use super::Scheme;
use super::double::{Double, one_minus_sinc};

/// One discretization interval [low, high] of the positive half band; the negative half mirrors it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub energy: Double,
    /// Row-major 2 x 2 matrix T of Eq. (A31).
    pub t: [Double; 4],
}

/// An interval of the positive half band, without its modes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    pub low: Double,
    pub high: Double,
    pub energy: Double,
}

/// Levels in descending energy, down to energies that no longer matter for `shells` shells.
pub(super) fn star(lambda: f64, z: f64, scheme: Scheme, distance: u64, shells: u32) -> Vec<Level> {
    intervals(lambda, z, scheme, shells)
        .into_iter()
        .map(|Interval { low, high, energy }| Level {
            energy,
            t: transfer(high, low, distance as f64),
        })
        .collect()
}

/// The intervals in descending energy, as far as [`star`] goes.
pub(super) fn intervals(lambda: f64, z: f64, scheme: Scheme, shells: u32) -> Vec<Interval> {
    let log_lambda = Double::from(lambda).ln();
    let count = (f64::from(shells) / 2.0 + 30.0 / lambda.log10() + 10.0).ceil() as u32;
    let boundary = |k: u32| {
        // 0 < z: 1, L^-z, L^-(1+z), ...; z = 0: 1, L^-1, L^-2, ...
        let exponent = match (k, z) {
            (0, _) => Double::ZERO,
            (_, 0.0) => Double::from(f64::from(k)),
            _ => Double::from(z) + Double::from(f64::from(k - 1)),
        };
        (-(exponent * log_lambda)).exp()
    };
    (0..count)
        .map(|k| {
            let (high, low) = (boundary(k), boundary(k + 1));
            let energy = match (scheme, k) {
                (Scheme::Plain, _) => (high + low) * 0.5,
                (Scheme::CampoOliveira, _) => (high - low) / (high / low).ln(),
                (Scheme::ZitkoPruschke, 0) => {
                    let shift = Double::from(if z == 0.0 { 1.0 } else { z });
                    (Double::ONE - shift) + (Double::ONE - low) / log_lambda
                }
                (Scheme::ZitkoPruschke, _) => (high - low) / log_lambda,
            };
            Interval { low, high, energy }
        })
        .collect()
}

/// T = sqrt(d/2) R(phi) diag(sqrt s+, sqrt s-), s+- = 1 +- r, r = sin(xi)/xi, xi = tau d/2,
/// phi = tau m/2 (Eq. A31); with tau = pi x both angles are multiples of pi and reduced exactly.
fn transfer(high: Double, low: Double, distance: f64) -> [Double; 4] {
    let width = high - low;
    let center = (high + low) * 0.5;
    let turns = width * (0.5 * distance); // xi / pi
    let xi = turns * Double::pi();
    let s_minus = one_minus_sinc(xi, turns.sin_cos_pi().0);
    let s_plus = Double::from(2.0) - s_minus;
    let (sin, cos) = (center * (0.5 * distance)).sin_cos_pi();
    let norm = (width * 0.5).sqrt();
    let (plus, minus) = (norm * s_plus.sqrt(), norm * s_minus.sqrt());
    [cos * plus, -(sin * minus), sin * plus, cos * minus]
}
