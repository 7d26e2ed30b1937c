//! Averages over z (specification of the NRG, section 8; paper, Figs. 4-7).
use edgestate::spectra::{
    Kernel, Method, logarithmic_grid, plain_average, rescale_factors, rescaled_average, sum_rule,
};

use crate::support::spectrum;

#[test]
fn mean_and_population_spread() {
    let found = plain_average(&[vec![1.0, 0.0], vec![3.0, 0.0], vec![5.0, 3.0]]).unwrap();
    assert!(found.mean == [3.0, 1.0]);
    assert!((found.spread[0] - (8.0f64 / 3.0).sqrt()).abs() < 1e-15);
    assert!((found.spread[1] - 2f64.sqrt()).abs() < 1e-15);
}

/// Peaks that scatter with T_S(z) fall on one place, 2 <T_S>, with all their weight; the plain mean is
/// wider and lower.
#[test]
fn rescaling_undoes_the_scatter() {
    let scales = [0.649, 0.454, 0.391, 0.371, 0.603, 0.548, 0.606, 0.752].map(|t| 2.5e-4 * t);
    let mean = scales.iter().sum::<f64>() / 8.0;
    let grid = logarithmic_grid(1e-6, 1.0, 300).unwrap();
    let kernel = Kernel::LogGauss { sigma: 0.1 };
    let of = |z: usize, frequencies: &[f64]| {
        let positions = [2.0 * scales[z]];
        spectrum(&positions, &[0.25], frequencies, kernel, Method::Direct, 1e-8).values
    };
    let rescaled = rescaled_average(&grid, &scales, |z, w| Ok(of(z, w))).unwrap();
    let plain = plain_average(&(0..8).map(|z| of(z, &grid)).collect::<Vec<_>>()).unwrap();
    let single = spectrum(&[2.0 * mean], &[0.25], &grid, kernel, Method::Direct, 1e-8).values;
    let top = single.iter().copied().fold(0.0, f64::max);
    for i in 0..grid.len() {
        assert!((rescaled.mean[i] - single[i]).abs() < 1e-11 * top, "{}", grid[i]);
        assert!(rescaled.spread[i] < 1e-7 * top);
    }
    assert!(plain.mean.iter().copied().fold(0.0, f64::max) < 0.5 * top);
    for spectrum in [&rescaled.mean, &plain.mean] {
        let sum = sum_rule(&grid, spectrum).unwrap();
        assert!((sum - 0.25).abs() < 1e-5, "{sum}");
    }
}

#[test]
fn scales_of_one_sign() {
    assert_eq!(rescale_factors(&[-2.0, -4.0]).unwrap(), [1.5, 0.75]);
    assert_eq!(rescale_factors(&[1.0, -1.0]).unwrap_err().field, "scales[1]");
    assert_eq!(rescale_factors(&[1.0, 0.0]).unwrap_err().field, "scales[1]");
    assert_eq!(rescale_factors(&[]).unwrap_err().field, "scales");
    assert_eq!(plain_average(&[vec![1.0], vec![]]).unwrap_err().field, "spectra[1]");
    assert_eq!(plain_average(&[]).unwrap_err().field, "spectra");
}
