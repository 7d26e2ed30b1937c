//! Second-order RKKY exchange on the ladder itself: the sharpest check of small J (section 9).
use edgestate::nrg::{Ladder, Path, Scheme};
use nalgebra::{DMatrix, SymmetricEigen};
use num_complex::Complex64;

use crate::{results, spec, t_s};

/// E_R2 / E_R: E_R2 = 2 J^2 Re sum over e_p > 0 > e_h of conj(r_p r_h)^2 / (e_p - e_h), with
/// r_p = (b_0+ u_p(0+) + i b_0- u_p(0-))/sqrt2 of the single-particle states u_p of a long ladder.
fn second_order(lambda: f64, z: f64, scheme: Scheme, distance: u64, rungs: u32) -> f64 {
    let ladder = Ladder::new(lambda, z, scheme, distance, rungs).unwrap();
    let n = rungs as usize;
    let mut h = DMatrix::zeros(2 * n, 2 * n);
    let mut couple = |i: usize, j: usize, value: f64| {
        h[(i, j)] = value;
        h[(j, i)] = value;
    };
    for k in 0..n {
        couple(2 * k, 2 * k + 1, ladder.a[k]);
        for eta in (0..2).filter(|_| 0 < k) {
            couple(2 * k - 2 + eta, 2 * k + eta, ladder.b[eta][k]);
        }
    }
    let eigen = SymmetricEigen::new(h);
    let states: Vec<(f64, Complex64)> = (0..2 * n)
        .map(|p| {
            let u = eigen.eigenvectors.column(p);
            let r = Complex64::new(ladder.b[0][0] * u[0], ladder.b[1][0] * u[1]);
            (eigen.eigenvalues[p], r / 2.0_f64.sqrt())
        })
        .collect();
    let mut sum = 0.0;
    for &(e_p, r_p) in states.iter().filter(|state| 0.0 < state.0) {
        for &(e_h, r_h) in states.iter().filter(|state| state.0 < 0.0) {
            sum += ((r_p * r_h).conj().powi(2) / (e_p - e_h)).re;
        }
    }
    2.0 * sum * 4.0 * distance as f64 // over E_R = J^2/(4x)
}

/// Section 9: E_R2/E_R at L = 4, x = 10, z = 0, 1/8, ..., 7/8; mean 0.952, standard deviation 0.185.
#[test]
fn second_order_exchange_per_z() {
    let expected = [1.142, 0.869, 0.729, 0.687, 0.982, 0.913, 1.027, 1.269];
    let found: Vec<f64> = (0..8)
        .map(|i| second_order(4.0, f64::from(i) / 8.0, Scheme::ZitkoPruschke, 10, 44))
        .collect();
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() < 1e-3, "{found:?}");
    }
    let mean = found.iter().sum::<f64>() / 8.0;
    let std = (found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 8.0).sqrt();
    assert!((mean - 0.952).abs() < 1e-3 && (std - 0.185).abs() < 1e-3, "{mean} {std}");
}

/// Section 9: plain level energies are 15 % low; finer discretizations approach (D7), 0.9697.
#[test]
fn second_order_exchange_converges() {
    let mean = |lambda: f64, scheme: Scheme, rungs: u32| {
        let z = (0..8).map(|i| second_order(lambda, f64::from(i) / 8.0, scheme, 10, rungs));
        z.sum::<f64>() / 8.0
    };
    assert!((mean(4.0, Scheme::Plain, 44) - 0.814).abs() < 1e-3);
    assert!((mean(2.0, Scheme::ZitkoPruschke, 60) - 0.962).abs() < 1e-3);
}

/// T_S,transverse -> E_R2/2 as J -> 0, on the same ladder, within 1 % at J = 0.01.
#[test]
fn spin_scale_approaches_second_order() {
    let run = spec(0.01, 0.0, 10, 0.0, 36);
    let unit = &results(Path::Symmetric, std::slice::from_ref(&run))[0][0];
    let ratio = t_s(&run, unit, "transverse_intra")
        / (second_order(4.0, 0.0, Scheme::ZitkoPruschke, 10, 44) / 2.0);
    assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
}
