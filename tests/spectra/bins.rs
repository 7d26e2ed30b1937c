//! The accumulator: any grouping, any width afterwards, within its bounds.
use edgestate::spectra::{Bins, Kernel, Method, Options, logarithmic_grid, static_susceptibility};
use edgestate::stop::Never;

use crate::support::{Numbers, even, spectrum};

const OPTIONS: Options = Options { method: Method::Auto, tolerance: 1e-9 };

fn filled(positions: &[f64], weights: &[f64], pieces: usize) -> Bins {
    let mut bins = Bins::new(1.0, 6).unwrap();
    let size = positions.len().div_ceil(pieces);
    for (x, w) in positions.chunks(size).zip(weights.chunks(size)) {
        let mut piece = Bins::new(1.0, 6).unwrap();
        piece.add(x, w).unwrap();
        bins.merge(&piece).unwrap();
    }
    bins
}

/// One filling, broadened at several widths and temperatures, against the plain sum over the peaks.
#[test]
fn any_kernel_afterwards() {
    let [mut positions, mut weights] = Numbers::new(11).peaks(30_000, 11.0, 0.7, 0.2);
    positions.push(0.0);
    weights.push(1e-9);
    let bins = filled(&positions, &weights, 30);
    let log = logarithmic_grid(1e-11, 3.0, 6).unwrap();
    for (kernel, grid, small) in [
        (Kernel::Thermal { sigma: 0.3, crossover: 3.3e-7 }, &log, 1e-8),
        (Kernel::Thermal { sigma: 0.1, crossover: 0.02 }, &log, 1e-8),
        (Kernel::Gaussian { width: 0.3 }, &even(-1.0, 1.0, 50), 1e-8),
        (Kernel::Lorentzian { half_width: 0.3 }, &even(-1.0, 1.0, 50), 1e-7),
        (Kernel::Gaussian { width: 0.03 }, &even(-1.0, 1.0, 50), 1e-2),
    ] {
        let (found, used) = bins.broaden(grid, kernel, OPTIONS, &Never).unwrap();
        let exact = spectrum(&positions, &weights, grid, used, Method::Direct, 1e-8);
        for i in 0..grid.len() {
            let error = (found.values[i] - exact.values[i]).abs();
            let bound = found.error_bounds[i] + exact.error_bounds[i];
            assert!(error <= bound, "{kernel:?} at {:e}: {error:e}, bound {bound:e}", grid[i]);
        }
        let bound = found.certificate.error_bound;
        assert!(bound <= small, "{kernel:?}: {bound:e}");
    }
}

/// Shells merged in any grouping hold the same weights and give the same spectrum to 1e-13.
#[test]
fn merging_is_associative() {
    let [positions, weights] = Numbers::new(12).peaks(9_000, 8.0, 0.5, 0.0);
    let grid = logarithmic_grid(1e-8, 1.0, 10).unwrap();
    let kernel = Kernel::LogGauss { sigma: 0.2 };
    let all: Vec<_> = [1, 3, 45]
        .map(|pieces| filled(&positions, &weights, pieces))
        .into_iter()
        .map(|bins| {
            let spectrum = bins.broaden(&grid, kernel, OPTIONS, &Never).unwrap().0;
            (bins.total_weight(), spectrum.values)
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    for (total, values) in &all {
        assert!((total - sum).abs() < 1e-12 * sum, "{total} {sum}");
        for (a, b) in values.iter().zip(&all[0].1) {
            assert!((a - b).abs() < 1e-13 * a.abs().max(1e-3), "{a} {b}");
        }
    }
}

/// The nodes of the cells keep all moments up to the sixth: sums of weight/position agree closely.
#[test]
fn moments_are_kept() {
    let [positions, weights] = Numbers::new(13).peaks(5_000, 6.0, 1.0, 0.0);
    let (nodes, node_weights) = filled(&positions, &weights, 7).nodes();
    let exact = static_susceptibility(&positions, &weights, 0.0).unwrap();
    let found = static_susceptibility(&nodes, &node_weights, 0.0).unwrap();
    assert!((found - exact).abs() < 1e-12 * exact, "{found} {exact}");
}

/// The cross-over moves to an edge of cells: by less than half a cell.
#[test]
fn the_kink_lies_on_an_edge() {
    let bins = Bins::new(0.7, 6).unwrap();
    for energy in [0.7, 1.3e-7, 0.0123, 44.0] {
        let edge = bins.nearest_edge(energy);
        assert!((edge / energy - 1.0).abs() <= 1.0 / 128.0, "{energy}: {edge}");
        let again = bins.nearest_edge(edge);
        assert!((again / edge - 1.0).abs() < 1e-15, "{edge}: {again}");
    }
}

#[test]
fn what_bins_refuse() {
    let mut bins = Bins::new(1.0, 6).unwrap();
    let refused =
        |outcome: Result<(), edgestate::spectra::SpectraError>| outcome.unwrap_err().to_string();
    assert!(refused(bins.add(&[1.0, f64::NAN], &[1.0, 1.0])).starts_with("positions[1] = NaN"));
    assert!(refused(bins.add(&[1.0], &[f64::INFINITY])).starts_with("weights[0] = inf"));
    assert!(refused(bins.add(&[1e31], &[1.0])).contains("positions[0] = 1000000000"));
    assert!(refused(bins.add(&[1.0], &[])).starts_with("weights"));
    assert!(bins.absolute_weight() == 0.0);
    assert_eq!(bins.merge(&Bins::new(1.0, 5).unwrap()).unwrap_err().field, "other.bits");
    assert_eq!(bins.merge(&Bins::new(2.0, 6).unwrap()).unwrap_err().field, "other.unit");
    assert_eq!(Bins::new(1.0, 9).unwrap_err().field, "bits");
    assert_eq!(Bins::new(f64::NAN, 6).unwrap_err().field, "unit");
    bins.add(&[0.0], &[1.0]).unwrap();
    let log = Kernel::LogGauss { sigma: 0.3 };
    assert!(bins.broaden(&[1.0], log, OPTIONS, &Never).is_err());
    let thermal = Kernel::Thermal { sigma: 0.3, crossover: 0.1 };
    let (found, used) = bins.broaden(&[0.0], thermal, OPTIONS, &Never).unwrap();
    assert!(found.values[0] == used.value(0.0, 0.0));
}
