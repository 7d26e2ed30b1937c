//! Two kernels in a row: logarithmic for the discretization, then linear for temperature.
//!
//! The log-Gauss kernel keeps a constant spectrum constant but shows single peaks far below T; a
//! Gaussian of width T, less than the Fermi window, then removes them and keeps a constant, too
//! (after Lee and Weichselbaum, Phys. Rev. B 94, 235127 (2016)). The cross-over kernel of the
//! specification does not: it gives 0.68 of a constant at w = 0 for sigma = 0.4.
use super::discrete::Discrete;
use crate::spectra::{Kernel, Method, Options, Peaks, SpectraError, broaden};
use crate::stop::Stop;

/// Points of the linear convolution, and its reach in widths.
const POINTS: i32 = 60;
const REACH: f64 = 4.5;

/// The spectrum at `frequencies` (ascending, both signs, units of D), in 1/D.
/// Errors: of the spectra module.
pub(super) fn smooth(
    discrete: &Discrete,
    frequencies: &[f64],
    sigma: f64,
    stop: &dyn Stop,
) -> Result<Vec<f64>, SpectraError> {
    let width = discrete.temperature;
    let (positions, weights) = discrete.bins.nodes();
    let is_zero = |x: &f64| *x == 0.0;
    let zero: f64 =
        positions.iter().zip(&weights).filter(|(x, _)| is_zero(x)).map(|(_, w)| w).sum();
    let others: Vec<(f64, f64)> =
        positions.into_iter().zip(weights).filter(|(x, _)| !is_zero(x)).collect();
    let (positions, weights): (Vec<f64>, Vec<f64>) = others.into_iter().unzip();
    let grid: Vec<f64> = frequencies.iter().copied().filter(|w| *w != 0.0).collect();
    let peaks = Peaks { positions: &positions, weights: &weights, widths: None };
    let options = Options { method: Method::Auto, tolerance: 1e-8 };
    let sharp = broaden(&peaks, &grid, Kernel::LogGauss { sigma }, options, stop)?.values;
    let at = |w: f64| interpolated(&grid, &sharp, w);
    let value = |&w: &f64| {
        let center = zero * (-(w / width).powi(2)).exp() / (std::f64::consts::PI.sqrt() * width);
        if 50.0 * width < w.abs() { at(w) + center } else { convolved(at, w, width) + center }
    };
    Ok(frequencies.iter().map(value).collect())
}

/// int exp(-s^2)/sqrt(pi) A(w - width s) ds by the trapezoidal rule, normalized.
fn convolved(at: impl Fn(f64) -> f64, w: f64, width: f64) -> f64 {
    let (mut sum, mut norm) = (0.0, 0.0);
    for i in -POINTS..=POINTS {
        let s = REACH * f64::from(i) / f64::from(POINTS);
        let weight = (-s * s).exp();
        sum += weight * at(w - width * s);
        norm += weight;
    }
    sum / norm
}

/// Linear between the points of the grid, constant beyond its ends; around 0 between the innermost
/// points.
fn interpolated(grid: &[f64], values: &[f64], w: f64) -> f64 {
    let after = grid.partition_point(|&x| x < w);
    match (after.checked_sub(1), values.get(after)) {
        (None, first) => first.copied().unwrap_or(0.0),
        (Some(before), None) => values[before],
        (Some(before), Some(next)) => {
            let share = (w - grid[before]) / (grid[after] - grid[before]);
            values[before] + share * (next - values[before])
        }
    }
}
