//! Bad input is refused by field and index; a stopped run says so.
use std::sync::atomic::AtomicBool;

use edgestate::spectra::{
    Interpolation, Kernel, Method, Options, Peaks, SpectraError, Tail, broaden, kramers_kronig,
    logarithmic_grid, static_susceptibility, sum_rule,
};
use edgestate::stop::Never;

const GAUSSIAN: Kernel = Kernel::Gaussian { width: 0.1 };
const OPTIONS: Options = Options { method: Method::Auto, tolerance: 1e-8 };

fn refusal(
    positions: &[f64],
    weights: &[f64],
    frequencies: &[f64],
    kernel: Kernel,
    options: Options,
) -> String {
    let peaks = Peaks { positions, weights, widths: None };
    match broaden(&peaks, frequencies, kernel, options, &Never) {
        Err(SpectraError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_are_named_by_index() {
    let w = [0.0, 1.0];
    let mut positions = vec![0.5; 30_000];
    let weights = vec![1.0; 30_000];
    positions[20_001] = f64::NAN;
    positions[29_000] = f64::INFINITY;
    assert_eq!(refusal(&positions, &weights, &w, GAUSSIAN, OPTIONS), "positions[20001]");
    assert_eq!(refusal(&[1.0, 2.0], &[1.0, f64::NAN], &w, GAUSSIAN, OPTIONS), "weights[1]");
    assert_eq!(refusal(&[1.0], &[1.0, 1.0], &w, GAUSSIAN, OPTIONS), "weights");
    assert_eq!(refusal(&[1.0], &[1.0], &[0.0, f64::INFINITY], GAUSSIAN, OPTIONS), "frequencies[1]");
    assert_eq!(refusal(&[1.0], &[1.0], &[1e-300], GAUSSIAN, OPTIONS), "frequencies[0]");
    assert_eq!(refusal(&[1.0; 2], &[1e308; 2], &w, GAUSSIAN, OPTIONS), "weights");
    let log = Kernel::LogGauss { sigma: 0.3 };
    assert_eq!(refusal(&[1.0, 0.0], &[1.0, 1.0], &w, log, OPTIONS), "positions[1]");
}

#[test]
fn widths_and_options() {
    for (kernel, field) in [
        (Kernel::Gaussian { width: 0.0 }, "kernel.width"),
        (Kernel::Gaussian { width: f64::NAN }, "kernel.width"),
        (Kernel::Lorentzian { half_width: -1.0 }, "kernel.half_width"),
        (Kernel::LogGauss { sigma: 0.0 }, "kernel.sigma"),
        (Kernel::LogGauss { sigma: 6.0 }, "kernel.sigma"),
        (Kernel::Thermal { sigma: 0.1, crossover: f64::INFINITY }, "kernel.crossover"),
    ] {
        assert_eq!(refusal(&[1.0], &[1.0], &[1.0], kernel, OPTIONS), field);
    }
    for tolerance in [0.0, -1.0, f64::NAN, 0.5] {
        let options = Options { tolerance, ..OPTIONS };
        assert_eq!(refusal(&[1.0], &[1.0], &[1.0], GAUSSIAN, options), "options.tolerance");
    }
    // Cells cannot keep what f64 cannot, nor be more than there are.
    let options = Options { method: Method::Binned, tolerance: 1e-13 };
    assert_eq!(refusal(&[1.0], &[1.0], &[1.0], GAUSSIAN, options), "options.method");
    let narrow = Kernel::Gaussian { width: 1e-12 };
    let options = Options { method: Method::Binned, tolerance: 1e-8 };
    assert_eq!(refusal(&[1.0], &[1.0], &[-1.0, 1.0], narrow, options), "options.method");
    let peaks = Peaks { positions: &[1.0, 2.0], weights: &[1.0, 1.0], widths: Some(&[0.1, 0.0]) };
    let refused = broaden(&peaks, &[1.0], GAUSSIAN, OPTIONS, &Never).unwrap_err();
    assert!(refused.to_string().starts_with("widths[1] = 0"), "{refused}");
}

#[test]
fn other_doors() {
    let transform = |grid: &[f64], values: &[f64], at: &[f64], tail| {
        let kind = Interpolation::Linear;
        let refused = kramers_kronig(grid, values, at, kind, tail, &Never).unwrap_err();
        refused.to_string()
    };
    assert!(transform(&[0.0], &[0.0], &[], Tail::None).starts_with("frequencies"));
    assert!(transform(&[0.0, 0.0], &[0.0; 2], &[], Tail::None).starts_with("frequencies[1]"));
    assert!(transform(&[0.0, 1.0], &[0.0], &[], Tail::None).starts_with("values"));
    assert!(transform(&[0.0, 1.0], &[1.0; 2], &[0.5, 1.0], Tail::None).starts_with("at[1]"));
    assert!(transform(&[0.0, 1.0], &[1.0; 2], &[], Tail::InverseSquare).starts_with("frequencies"));
    assert!(sum_rule(&[1.0, 0.0], &[0.0, 0.0]).is_err());
    assert!(static_susceptibility(&[0.0], &[1.0], 0.0).is_err());
    assert!(static_susceptibility(&[0.0], &[1.0], -1.0).is_err());
    assert!(static_susceptibility(&[0.0], &[0.0], 0.0).unwrap() == 0.0);
    for (low, high, per_decade) in [(0.0, 1.0, 5), (1.0, 1.0, 5), (1.0, f64::NAN, 5), (0.1, 1.0, 0)]
    {
        assert!(logarithmic_grid(low, high, per_decade).is_err());
    }
}

#[test]
fn a_stopped_run_says_so() {
    let stop = AtomicBool::new(true);
    let (positions, weights) = (vec![0.5; 5000], vec![1.0; 5000]);
    let peaks = Peaks { positions: &positions, weights: &weights, widths: None };
    let grid: Vec<f64> = (1..20).map(f64::from).collect();
    for method in [Method::Direct, Method::Binned] {
        for kernel in [
            GAUSSIAN,
            Kernel::Lorentzian { half_width: 0.1 },
            Kernel::Thermal { sigma: 0.3, crossover: 0.1 },
        ] {
            let options = Options { method, tolerance: 1e-8 };
            let outcome = broaden(&peaks, &grid, kernel, options, &stop);
            assert!(matches!(outcome, Err(SpectraError::Stopped)), "{kernel:?} {method:?}");
        }
    }
}
