//! How well a polynomial through seven Chebyshev nodes follows a kernel over one cell.
//!
//! If f is analytic in the Bernstein ellipse of parameter rho around the cell and |f| <= M there, the
//! interpolant of degree n differs from f by at most 4 M rho^-n / (rho - 1) on the cell (Trefethen,
//! Approximation Theory and Approximation Practice, theorem 8.2). Every rho gives a bound; the
//! smallest one found is taken.
use super::moments::NODES;

const DEGREE: i32 = NODES as i32 - 1;

/// Half-axes of the ellipse, along and across the cell, in half-widths of the cell.
fn axes(rho: f64) -> [f64; 2] {
    [0.5 * (rho + 1.0 / rho), 0.5 * (rho - 1.0 / rho)]
}

/// A bound relative to the kernel's largest value on the ellipse, if that were real, and how far the
/// ellipse reaches along the axis, in half-widths of the cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub error: f64,
    pub along: f64,
}

/// Smallest bound over a scan of ellipses; `largest(along, across)` bounds |f| in one, infinite where
/// f is not analytic.
fn best(largest: impl Fn(f64, f64) -> f64) -> Bound {
    let mut bound = Bound { error: f64::INFINITY, along: 1.0 };
    let mut rho = 1.5;
    while rho < 400.0 {
        let [along, across] = axes(rho);
        let error = 4.0 * largest(along, across) * rho.powi(-DEGREE) / (rho - 1.0);
        if error < bound.error {
            bound = Bound { error, along };
        }
        rho *= 1.05;
    }
    bound
}

/// Gaussian of width 1 in a coordinate in which the cell's half-width is `half_width`; relative to
/// its maximum. |exp(-z^2)| = exp((Im z)^2 - (Re z)^2).
pub(super) fn gaussian(half_width: f64) -> Bound {
    best(|_, across| (half_width * across).powi(2).exp())
}

/// Log-Gaussian, `powers` of them multiplied, on a cell of relative half-width `eta`; relative to the
/// maximum. On the ellipse |Im ln(1 + eta t)| <= asin(eta along).
pub(super) fn log_gaussian(eta: f64, sigma: f64, powers: f64) -> Bound {
    best(|along, _| {
        if 1.0 <= eta * along {
            return f64::INFINITY;
        }
        (powers * ((eta * along).asin() / sigma).powi(2)).exp()
    })
}

/// (1 - h) G of the thermal kernel on a cell below the crossover; relative to the maximum of G.
pub(super) fn thermal_rest(eta: f64, sigma: f64) -> Bound {
    best(|along, _| {
        if 1.0 <= eta * along {
            return f64::INFINITY;
        }
        let share = 1.0 + ((eta * along).asin() / sigma).powi(2).exp();
        share * (eta * along).powi(2).exp()
    })
}

/// Lorentzian of half-width 1 whose centre lies at `distance` or farther from the middle of a cell of
/// the given half-width; relative to its maximum.
pub(super) fn lorentzian(half_width: f64, distance: f64) -> f64 {
    let bound = best(|along, across| {
        // |1 + i z| |1 - i z| with z = distance - half_width t: either far away along the real axis,
        // or not as far as the poles across it.
        let far = distance - half_width * along;
        let far = if 0.0 < far { far.powi(-2) } else { f64::INFINITY };
        let poles = 1.0 - half_width * across;
        let near = if 0.0 < poles { poles.powi(-2) } else { f64::INFINITY };
        far.min(near)
    });
    bound.error
}
