//! Cells against plain sums: the bound holds, for any peaks, and is small.
use edgestate::spectra::{Kernel, Method, Options, Peaks, Weight, broaden, logarithmic_grid};
use edgestate::stop::Never;
use num_complex::Complex64;
use proptest::prelude::*;

use crate::support::{Numbers, even, spectrum};

/// Both ways, and |difference| <= sum of both bounds at each frequency; the largest ratio to the
/// bound that was claimed.
fn check<W: Weight>(positions: &[f64], weights: &[W], grid: &[f64], kernel: Kernel, tol: f64) {
    let direct = spectrum(positions, weights, grid, kernel, Method::Direct, tol);
    let binned = spectrum(positions, weights, grid, kernel, Method::Binned, tol);
    assert_eq!(binned.certificate.method, Method::Binned);
    for i in 0..grid.len() {
        let difference = [0, 1].map(|p| direct.values[i].part(p) - binned.values[i].part(p));
        let error = difference[0].hypot(difference[1]);
        let bound = direct.error_bounds[i] + binned.error_bounds[i];
        assert!(error <= bound, "{kernel:?} at {}: error {error:e}, bound {bound:e}", grid[i]);
    }
    // The claim itself: within the tolerance, relative to K_max times the weight.
    assert!(binned.certificate.error_bound <= tol, "{kernel:?}: {:?}", binned.certificate);
    assert!(direct.certificate.error_bound <= 1e-10, "{kernel:?}: {:?}", direct.certificate);
}

fn kernels() -> Vec<(Kernel, Vec<f64>)> {
    let log = logarithmic_grid(1e-12, 2.0, 7).unwrap();
    let linear = even(-1.2, 1.1, 101);
    vec![
        (Kernel::Gaussian { width: 0.02 }, linear.clone()),
        (Kernel::Gaussian { width: 0.7 }, linear.clone()),
        (Kernel::Lorentzian { half_width: 0.01 }, linear.clone()),
        (Kernel::Lorentzian { half_width: 2e-4 }, linear),
        (Kernel::LogGauss { sigma: 0.3 }, log.clone()),
        (Kernel::LogGauss { sigma: 0.03 }, log.clone()),
        (Kernel::Thermal { sigma: 0.3, crossover: 1e-6 }, log.clone()),
        (Kernel::Thermal { sigma: 0.1, crossover: 0.013 }, log.clone()),
        (Kernel::Thermal { sigma: 0.8, crossover: 3.0 }, log),
    ]
}

/// Twelve decades, weights like the frequency: what a low-temperature spectrum looks like.
#[test]
fn random_peaks_over_twelve_decades() {
    let [positions, weights] = Numbers::new(1).peaks(20_000, 12.0, 1.0, 0.0);
    for (kernel, grid) in kernels() {
        for tolerance in [1e-4, 1e-8, 1e-10] {
            check(&positions, &weights, &grid, kernel, tolerance);
        }
    }
}

/// The bound follows the local weight: small spectra at low frequencies keep their digits.
#[test]
fn small_values_keep_their_digits() {
    let [positions, weights] = Numbers::new(2).peaks(50_000, 12.0, 2.0, 0.0);
    let grid = logarithmic_grid(1e-11, 0.5, 9).unwrap();
    let kernel = Kernel::LogGauss { sigma: 0.3 };
    let found = spectrum(&positions, &weights, &grid, kernel, Method::Binned, 1e-8);
    for (i, w) in grid.iter().enumerate() {
        let relative = found.error_bounds[i] / found.values[i];
        assert!(relative < 2e-6, "{w:e}: {:e} +- {relative:e}", found.values[i]);
    }
}

#[test]
fn cancelling_weights_and_clusters() {
    let mut numbers = Numbers::new(3);
    let [mut positions, mut weights] = numbers.peaks(3000, 9.0, 0.0, 0.5);
    // Pairs that cancel to 1e-9, clusters at edges of cells, next to them and at the smallest scales.
    for i in 0..1000 {
        positions.push(positions[i] * (1.0 + 1e-9));
        weights.push(-weights[i]);
        positions.push([0.25, 0.25 * (1.0 - 1e-16), -0.5, 1.0, 3e-12, -1e-200, 0.013][i % 7]);
        weights.push(numbers.next() - 0.5);
    }
    for (kernel, grid) in kernels() {
        check(&positions, &weights, &grid, kernel, 1e-8);
    }
}

#[test]
fn peaks_at_zero_and_far_away() {
    let positions = [0.0, -0.0, 1e-300, -1e-30, 1e-9, 40.0, -3e5];
    let weights = [1.0, -0.5, 2.0, 1.0, -1.0, 3.0, 5.0];
    for (kernel, grid) in kernels() {
        if matches!(kernel, Kernel::Thermal { .. } | Kernel::Gaussian { .. }) {
            check(&positions, &weights, &grid, kernel, 1e-8);
        }
    }
    let (kernel, grid) =
        (Kernel::LogGauss { sigma: 0.3 }, logarithmic_grid(1e-12, 9.0, 5).unwrap());
    check(&positions[2..], &weights[2..], &grid, kernel, 1e-8);
}

#[test]
fn complex_weights_are_two_real_ones() {
    let [positions, re] = Numbers::new(4).peaks(5000, 6.0, 0.5, 0.3);
    let [_, im] = Numbers::new(5).peaks(5000, 6.0, 0.5, 0.6);
    let weights: Vec<Complex64> = re.iter().zip(&im).map(|(a, b)| Complex64::new(*a, *b)).collect();
    for (kernel, grid) in kernels() {
        check(&positions, &weights, &grid, kernel, 1e-8);
        let both = spectrum(&positions, &weights, &grid, kernel, Method::Binned, 1e-8);
        let real = spectrum(&positions, &re, &grid, kernel, Method::Binned, 1e-8);
        let imaginary = spectrum(&positions, &im, &grid, kernel, Method::Binned, 1e-8);
        for i in 0..grid.len() {
            assert!(both.values[i] == Complex64::new(real.values[i], imaginary.values[i]));
        }
    }
}

/// The same bits on one and on several threads, and the same numbers in any order of the peaks.
#[test]
fn neither_threads_nor_order_show() {
    let mut numbers = Numbers::new(6);
    let [positions, weights] = numbers.peaks(100_000, 8.0, 0.5, 0.1);
    let mut order: Vec<usize> = (0..positions.len()).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, (numbers.next() * (i + 1) as f64) as usize);
    }
    let mixed = |values: &[f64]| order.iter().map(|i| values[*i]).collect::<Vec<_>>();
    let (other_positions, other_weights) = (mixed(&positions), mixed(&weights));
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for (kernel, grid) in kernels() {
        for method in [Method::Binned, Method::Direct] {
            let run = |x: &[f64], w: &[f64], threads| {
                pool(threads).install(|| spectrum(x, w, &grid, kernel, method, 1e-8))
            };
            if method == Method::Direct && grid.len() > 110 {
                continue;
            }
            let one = run(&positions, &weights, 1);
            assert_eq!(one, run(&positions, &weights, 3), "{kernel:?} {method:?}");
            let other = run(&other_positions, &other_weights, 2);
            for (i, w) in grid.iter().enumerate() {
                let scale = kernel.height(*w) * one.certificate.absolute_weight;
                let moved = (one.values[i] - other.values[i]).abs();
                assert!(moved <= 1e-12 * scale, "{kernel:?} {method:?} at {w:e}: {moved:e}");
            }
        }
    }
}

#[test]
fn few_or_no_peaks() {
    for (kernel, grid) in kernels() {
        for method in [Method::Auto, Method::Direct] {
            let none = spectrum::<f64>(&[], &[], &grid, kernel, method, 1e-8);
            assert!(none.values.iter().all(|value| *value == 0.0));
            assert!(none.certificate.error_bound == 0.0 && none.certificate.peaks == 0);
            let one = spectrum(&[0.02], &[2.0], &grid, kernel, method, 1e-8);
            for (i, w) in grid.iter().enumerate() {
                assert!(one.values[i] == 2.0 * kernel.value(*w, 0.02));
            }
        }
        let nowhere = spectrum(&[0.02], &[2.0], &[], kernel, Method::Auto, 1e-8);
        assert!(nowhere.values.is_empty());
    }
}

/// Adaptive broadening: each peak with its own width is the sum of spectra of one peak each.
#[test]
fn peaks_with_widths_of_their_own() {
    let (positions, weights, widths) = ([0.1, -0.4, 0.7], [1.0, 0.5, -0.25], [0.1, 0.2, 0.05]);
    let peaks = Peaks { positions: &positions, weights: &weights, widths: Some(&widths) };
    let options = Options { method: Method::Auto, tolerance: 1e-8 };
    let grid = even(-1.0, 1.0, 33);
    for kernel in [Kernel::Gaussian { width: 9.0 }, Kernel::Thermal { sigma: 4.0, crossover: 0.2 }]
    {
        let found = broaden(&peaks, &grid, kernel, options, &Never).unwrap();
        for (i, w) in grid.iter().enumerate() {
            let term = |k: usize| weights[k] * kernel.with_width(widths[k]).value(*w, positions[k]);
            let sum: f64 = (0..3).map(term).sum();
            assert!((found.values[i] - sum).abs() <= found.error_bounds[i] + 1e-300);
        }
    }
}

fn any_kernel() -> impl Strategy<Value = Kernel> {
    let sigma = (-3.0..0.0f64).prop_map(|e| 10f64.powf(e));
    let width = (-2.5..1.0f64).prop_map(|e| 10f64.powf(e));
    prop_oneof![
        width.clone().prop_map(|width| Kernel::Gaussian { width }),
        width.clone().prop_map(|half_width| Kernel::Lorentzian { half_width }),
        sigma.clone().prop_map(|sigma| Kernel::LogGauss { sigma }),
        (sigma, width).prop_map(|(sigma, crossover)| Kernel::Thermal { sigma, crossover }),
    ]
}

/// A magnitude over many scales, or a round number on an edge of cells.
fn position() -> impl Strategy<Value = f64> {
    let any = (-9.0..0.5f64, any::<bool>())
        .prop_map(|(e, negative)| if negative { -(10f64.powf(e)) } else { 10f64.powf(e) });
    let round = (-20i32..2, 1u32..9).prop_map(|(e, k)| f64::from(k) / 8.0 * f64::from(e).exp2());
    prop_oneof![any, round]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]
    #[test]
    fn the_bound_holds(
        kernel in any_kernel(),
        peaks in prop::collection::vec((position(), -1.0..1.0f64), 1..200),
        frequencies in prop::collection::vec(position(), 1..40),
        exponent in 2.0..10.0f64,
    ) {
        let (positions, weights): (Vec<f64>, Vec<f64>) = peaks.into_iter().unzip();
        // A narrow width may need more cells than there are; then the answer says so.
        let peaks = Peaks { positions: &positions, weights: &weights, widths: None };
        let tolerance = 10f64.powf(-exponent);
        let options = Options { method: Method::Binned, tolerance };
        if broaden(&peaks, &frequencies, kernel, options, &Never).is_ok() {
            check(&positions, &weights, &frequencies, kernel, tolerance);
        }
    }
}
