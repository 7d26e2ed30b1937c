//! Pairs with a closed form, on logarithmic and linear grids.
use std::f64::consts::PI;

use edgestate::spectra::{Interpolation, Kernel, Tail, kramers_kronig, logarithmic_grid};
use edgestate::stop::Never;
use num_complex::Complex64;

use crate::support::even;

fn largest_error(
    grid: &[f64],
    spectral: impl Fn(f64) -> f64,
    at: &[f64],
    real: impl Fn(f64) -> f64,
    (interpolation, tail): (Interpolation, Tail),
) -> f64 {
    let values: Vec<f64> = grid.iter().map(|w| spectral(*w)).collect();
    let found = kramers_kronig(grid, &values, at, interpolation, tail, &Never).unwrap();
    at.iter().zip(found).map(|(w, g)| (g - real(*w)).abs()).fold(0.0, f64::max)
}

/// A = (b/pi)/(w^2 + b^2), Re G = w/(w^2 + b^2): with tails; second order with lines, third with
/// cubics (both errors fall as they should when the grid is refined).
#[test]
fn lorentzian() {
    let b = 1e-3;
    let a = |w: f64| b / PI / (w * w + b * b);
    let g = |w: f64| w / (w * w + b * b);
    let mut errors = [[0.0; 2]; 2];
    for (k, per_decade) in [100, 200].into_iter().enumerate() {
        let grid = logarithmic_grid(1e-7, 10.0, per_decade).unwrap();
        for (j, kind) in [Interpolation::Linear, Interpolation::Cubic].into_iter().enumerate() {
            let at = &grid;
            errors[k][j] = b * largest_error(&grid, a, at, g, (kind, Tail::InverseSquare));
        }
    }
    assert!(errors[0][0] < 3e-4 && errors[0][1] < 3e-5, "{errors:?}");
    assert!(errors[1][0] < errors[0][0] / 3.5 && errors[1][1] < errors[0][1] / 7.0, "{errors:?}");
}

/// A semicircle of radius 1: Re G = 2 w inside, 2 (w - sign(w) sqrt(w^2 - 1)) outside.
#[test]
fn semicircle() {
    let a = |w: f64| 2.0 / PI * (1.0 - w * w).max(0.0).sqrt();
    let g = |w: f64| {
        if w.abs() <= 1.0 { 2.0 * w } else { 2.0 * (w - w.signum() * (w * w - 1.0).sqrt()) }
    };
    // Points crowd at the edges, where A has a root.
    let grid: Vec<f64> = (0..=4000).map(|i| -(PI * f64::from(i) / 4000.0).cos()).collect();
    let at = even(-3.0, 3.0, 240);
    for kind in [Interpolation::Linear, Interpolation::Cubic] {
        let error = largest_error(&grid, a, &at, g, (kind, Tail::None));
        assert!(error < 2e-5, "{kind:?}: {error:e}");
    }
    let on_grid = largest_error(&grid, a, &grid, g, (Interpolation::Linear, Tail::None));
    assert!(on_grid < 2e-3, "{on_grid:e}");
}

/// Dawson's integral F(x) = exp(-x^2) int_0^x exp(t^2) dt, by a composite Gauss-free rule: Simpson.
fn dawson(x: f64) -> f64 {
    let n = 20_000;
    let step = x / f64::from(n);
    let f = |i: i32| ((f64::from(i) * step).powi(2) - x * x).exp();
    let inner: f64 = (1..n).map(|i| if i % 2 == 1 { 4.0 * f(i) } else { 2.0 * f(i) }).sum();
    (f(0) + inner + f(n)) * step / 3.0
}

/// A Gaussian of width b: Re G = 2 F(w/b)/b.
#[test]
fn gaussian_and_dawson() {
    let width = 0.3;
    let a = |w: f64| Kernel::Gaussian { width }.value(w, 0.0);
    let g = |w: f64| 2.0 / width * dawson(w / width);
    let grid = even(-2.1, 2.1, 2001);
    let at = [-1.9, -0.5, -0.21, 0.0, 1e-7, 0.013, 0.3, 1.0, 2.0];
    let lines = largest_error(&grid, a, &at, g, (Interpolation::Linear, Tail::None));
    let cubics = largest_error(&grid, a, &at, g, (Interpolation::Cubic, Tail::None));
    assert!(lines < 3e-4, "{lines:e}");
    assert!(cubics < 1e-6, "{cubics:e}");
}

/// Straight lines are integrated exactly: a box has Re G = ln|(w + 1)/(w - 1)|, a triangle its own
/// closed form, at distances from far below a cell to far beyond the grid.
#[test]
fn polygons_are_exact() {
    let at = [-1e6, -40.0, -1.0 - 1e-12, -0.3, 0.0, 1e-15, 0.25, 0.999, 1.5, 7.0, 1e9];
    let grid = [-1.0, -0.3, 0.1, 1.0];
    let flat = |w: f64| ((w + 1.0) / (w - 1.0)).abs().ln();
    let far = |w: f64| {
        let u = 1.0 / w;
        if w.abs() > 1e3 { 2.0 * (u + u.powi(3) / 3.0) } else { flat(w) }
    };
    for kind in [Interpolation::Linear, Interpolation::Cubic] {
        let found = kramers_kronig(&grid, &[1.0; 4], &at, kind, Tail::None, &Never).unwrap();
        for (w, g) in at.iter().zip(found) {
            let rounding = if w.abs() < 2.0 { 1e-15 } else { 0.0 };
            let allowed = 2e-14 * far(*w).abs() + rounding;
            assert!((g - far(*w)).abs() <= allowed, "{w}: {g} {}", far(*w));
        }
    }
    // A triangle 1 - |w|: (1 + w) ln|(1 + w)/w| - (1 - w) ln|(1 - w)/w|.
    let x = |f: f64| if f == 0.0 { 0.0 } else { f * f.abs().ln() };
    let triangle = |w: f64| x(1.0 + w) - 2.0 * x(w) - x(1.0 - w).copysign(x(1.0 - w));
    let values = [0.0, 1.0, 0.0];
    let at = [-2.0, -1.0, -0.5, 0.0, 0.125, 0.75, 1.0, 3.0];
    let kind = Interpolation::Linear;
    let found = kramers_kronig(&[-1.0, 0.0, 1.0], &values, &at, kind, Tail::None, &Never).unwrap();
    for (w, g) in at.iter().zip(found) {
        assert!((g - triangle(*w)).abs() < 1e-14, "{w}: {g} {}", triangle(*w));
    }
}

/// Twelve decades with A ~ 1/w: what comes from small frequencies does not drown what is at large ones.
#[test]
fn no_cancellation_over_twelve_decades() {
    let grid = logarithmic_grid(1e-12, 1.0, 60).unwrap();
    // A line spectrum is antisymmetric: w0/w for |w| > 1e-12, Re G(1) stays of order w0 ln.
    let values: Vec<f64> = grid.iter().map(|w| 1.0 / w).collect();
    let at = [2.0];
    let kind = Interpolation::Linear;
    let found = kramers_kronig(&grid, &values, &at, kind, Tail::None, &Never).unwrap()[0];
    // int_e^1 2/(w^2 - x^2) dx = ln((w + 1)/(w - 1))/w - ...: x/(...) cancels between the signs.
    let exact = |e: f64| {
        let f = |x: f64| ((2.0 + x) / (2.0 - x)).ln() / 2.0;
        f(1.0) - f(e)
    };
    // Lines lie above 1/w by step^2/6 = 2.5e-4 of it on average, with a step of 0.038 in ln w.
    assert!((found / exact(1e-12) - 1.0).abs() < 2.6e-4, "{found} {}", exact(1e-12));
}

#[test]
fn complex_weights_transform_by_parts() {
    let grid = even(-1.0, 1.0, 201);
    let [re, im]: [Vec<f64>; 2] = [
        grid.iter().map(|w| 1.0 - w * w).collect(),
        grid.iter().map(|w| w * (1.0 - w * w)).collect(),
    ];
    let both: Vec<Complex64> = re.iter().zip(&im).map(|(a, b)| Complex64::new(*a, *b)).collect();
    let (kind, tail) = (Interpolation::Cubic, Tail::None);
    let found = kramers_kronig(&grid, &both, &grid, kind, tail, &Never).unwrap();
    let real = kramers_kronig(&grid, &re, &grid, kind, tail, &Never).unwrap();
    let imaginary = kramers_kronig(&grid, &im, &grid, kind, tail, &Never).unwrap();
    for i in 0..grid.len() {
        assert!(found[i] == Complex64::new(real[i], imaginary[i]));
    }
}
