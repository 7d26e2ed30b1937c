//! Each kernel has area 1 in the frequency, and the values of its formula.
use std::f64::consts::PI;

use edgestate::spectra::{Kernel, Method, logarithmic_grid, sum_rule};

use crate::support::{even, spectrum};

/// Substituting w = sinh(u) scale covers all magnitudes; the trapezoidal rule is exact to rounding
/// for integrands that fall off at both ends.
fn area(kernel: Kernel, position: f64, scale: f64) -> f64 {
    let n = 400_000;
    let step = 120.0 / n as f64;
    let term = |i: i64| {
        let u = i as f64 * step;
        kernel.value(scale * u.sinh(), position) * scale * u.cosh() * step
    };
    (-n / 2..=n / 2).map(term).sum()
}

#[test]
fn every_kernel_has_area_one() {
    for position in [1e-9f64, -3e-5, 0.2, -7.0] {
        for sigma in [0.03, 0.3, 1.0] {
            for kernel in [
                Kernel::LogGauss { sigma },
                Kernel::Thermal { sigma, crossover: 0.5 * position.abs() },
                Kernel::Thermal { sigma, crossover: 1.7 * position.abs() },
            ] {
                let area = area(kernel, position, 1e-3 * position.abs());
                assert!((area - 1.0).abs() < 1e-11, "{kernel:?} at {position}: {area}");
            }
        }
    }
    for position in [0.0, 1e-3, -0.4] {
        let width = 0.05;
        let half_width = 0.05;
        for kernel in [Kernel::Gaussian { width }, Kernel::Lorentzian { half_width }] {
            // Beyond 1e20 half-widths a Lorentzian holds 1e-20.
            let area = area(kernel, position, 1e-2);
            assert!((area - 1.0).abs() < 1e-11, "{kernel:?} at {position}: {area}");
        }
        let kernel = Kernel::Thermal { sigma: 0.3, crossover: 0.05 };
        let area = area(kernel, position, 1e-2);
        assert!((area - 1.0).abs() < 1e-11, "{kernel:?} at {position}: {area}");
    }
}

/// L(w, w') = exp(-(ln|w/w'|/sigma - sigma/4)^2)/(sqrt(pi) sigma |w|) is symmetric in w and w'.
#[test]
fn the_log_gaussian_is_symmetric_and_one_sided() {
    let kernel = Kernel::LogGauss { sigma: 0.4 };
    for (w, other) in [(0.1, 0.13), (-2.0, -1.1), (1e-9, 1.5e-9)] {
        let [a, b] = [kernel.value(w, other), kernel.value(other, w)];
        assert!((a - b).abs() < 1e-14 * a, "{a} {b}");
        assert!(kernel.value(w, -other) == 0.0 && kernel.value(0.0, other) == 0.0);
    }
    let y = 1.25f64.ln() / 0.4 - 0.1;
    let expected = (-y * y).exp() / (PI.sqrt() * 0.4 * 2.5);
    assert!((kernel.value(2.5, 2.0) - expected).abs() < 1e-15);
}

/// h = 1 from the cross-over on: there the thermal kernel is the log-Gaussian; at 0 the Gaussian.
#[test]
fn the_thermal_kernel_has_its_limits() {
    let (sigma, crossover) = (0.25, 0.01);
    let thermal = Kernel::Thermal { sigma, crossover };
    let log = Kernel::LogGauss { sigma };
    let gaussian = Kernel::Gaussian { width: crossover };
    for w in [-0.03, -1e-5, 0.0, 1e-4, 0.011, 0.2] {
        assert!(thermal.value(w, 0.01) == log.value(w, 0.01), "{w}");
        assert!(thermal.value(w, -0.4) == log.value(w, -0.4), "{w}");
        assert!(thermal.value(w, 0.0) == gaussian.value(w, 0.0), "{w}");
        assert!(thermal.value(w, 1e-9) == gaussian.value(w, 1e-9), "{w}");
    }
}

/// K_max bounds the kernel, and not by much where the kernel can be large.
#[test]
fn heights_bound_the_kernels() {
    for kernel in [
        Kernel::Gaussian { width: 0.1 },
        Kernel::Lorentzian { half_width: 0.1 },
        Kernel::LogGauss { sigma: 0.3 },
        Kernel::Thermal { sigma: 0.3, crossover: 0.05 },
        Kernel::Thermal { sigma: 1.5, crossover: 0.05 },
    ] {
        for w in [-3.0, -0.05, -1e-3, 1e-7, 0.04, 0.06, 1.0] {
            let grid = logarithmic_grid(1e-9, 1e2, 200).unwrap();
            let linear = even(-4.0, 4.0, 4001);
            let all = grid.iter().chain(&linear).filter(|x| **x != 0.0);
            let largest = all.map(|x| kernel.value(w, *x)).fold(0.0, f64::max);
            let height = kernel.height(w);
            assert!(largest <= height * (1.0 + 1e-12), "{kernel:?} {w}: {largest} {height}");
            if !matches!(kernel, Kernel::Thermal { .. }) {
                assert!(0.95 * height < largest || w.abs() < 1e-6, "{kernel:?} {w}: {largest}");
            }
        }
    }
}

/// The sum rule (A56): the integral of a spectrum is the sum of its weights.
#[test]
fn broadening_keeps_the_weight() {
    let grid = logarithmic_grid(1e-8, 1e3, 400).unwrap();
    let (positions, weights) = ([0.3, -2e-3, 4e-5, 0.0], [0.5, 0.25, -0.125, 0.0625]);
    for method in [Method::Direct, Method::Binned] {
        let kernel = Kernel::Thermal { sigma: 0.3, crossover: 1e-4 };
        let found = spectrum(&positions, &weights, &grid, kernel, method, 1e-10);
        let sum = sum_rule(&grid, &found.values).unwrap();
        // The rule's own error, about step^2/(12 sigma^2) = 3e-5 in relative terms, with a step of
        // 0.006 in ln w.
        assert!((sum - 0.6875).abs() < 2e-5, "{method:?}: {sum}");
        assert!(found.certificate.total_weight == [0.6875, 0.0]);
        assert!(found.certificate.absolute_weight == 0.9375);
    }
}
