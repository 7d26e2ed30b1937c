//! The BHZ Hamiltonian as a polynomial in the transverse wave number (sections 1 and 6).
use num_complex::Complex64;

use super::Model;

/// Orbitals per site: E+, H+, E-, H-.
pub const ORBITALS: usize = 4;

/// How powers of the longitudinal wave number enter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Longitudinal {
    Continuum,
    /// `sin(ka)/a`, `2(1 - cos ka)/a^2`, `(2 sin ka - sin 2ka)/a^3`; `a` in nm.
    Lattice {
        spacing_nm: f64,
    },
}

impl Longitudinal {
    /// What stands for k, k^2 and k^3.
    pub fn powers(self, k: f64) -> [f64; 3] {
        match self {
            Self::Continuum => [k, k * k, k * k * k],
            Self::Lattice { spacing_nm: a } => {
                let (sin, half) = ((k * a).sin(), (0.5 * k * a).sin());
                // 2 sin x - sin 2x = 4 sin x sin^2(x/2), without cancellation.
                [sin / a, 4.0 * half * half / (a * a), 4.0 * sin * half * half / (a * a * a)]
            }
        }
    }
}

/// Coefficients of `d^p`, d the derivative across: `ky^p = (-i)^p d^p`.
pub type Coefficients = [[[Complex64; ORBITALS]; ORBITALS]; 4];

/// H at the longitudinal wave number whose powers are given, as coefficients of `1, d, d^2, d^3`.
pub fn coefficients(model: &Model, [k1, k2, k3]: [f64; 3]) -> Coefficients {
    let i = Complex64::i();
    let real = |value: f64| Complex64::new(value, 0.0);
    let mut h = [[[Complex64::default(); ORBITALS]; ORBITALS]; 4];
    for orbital in 0..ORBITALS {
        let sign = if orbital % 2 == 0 { 1.0 } else { -1.0 };
        let (b, d) = (model.b_mev_nm2, model.d_mev_nm2);
        h[0][orbital][orbital] = real(model.c_mev - d * k2 + sign * (model.m_mev - b * k2));
        h[2][orbital][orbital] = real(-d - sign * b);
    }
    let (a, r0) = (model.a_mev_nm, model.rashba_mev_nm);
    let (s0, t0, bia) = (model.rashba2_mev_nm2, model.rashba3_mev_nm3, model.bia_mev);
    // Powers of ky of the elements above the diagonal: k_-^2 = k2 - 2i k1 ky - ky^2 and so on.
    let above = [
        (0, 1, [real(a * k1), i * a, real(0.0), real(0.0)]),
        (2, 3, [real(-a * k1), i * a, real(0.0), real(0.0)]),
        (0, 2, [-i * r0 * k1, real(-r0), real(0.0), real(0.0)]),
        (0, 3, [real(-bia - s0 * k2), i * 2.0 * s0 * k1, real(s0), real(0.0)]),
        (1, 2, [real(bia + s0 * k2), -i * 2.0 * s0 * k1, real(-s0), real(0.0)]),
        (1, 3, [i * t0 * k3, real(3.0 * t0 * k2), -i * 3.0 * t0 * k1, real(-t0)]),
    ];
    for (row, col, powers) in above {
        for (p, value) in powers.into_iter().enumerate() {
            h[p][row][col] = value;
            h[p][col][row] = value.conj();
        }
    }
    let phases = [real(1.0), -i, real(-1.0), i];
    for (p, phase) in phases.into_iter().enumerate() {
        for value in h[p].iter_mut().flatten() {
            *value *= phase;
        }
    }
    h
}

/// H at a wave number in the plane, for bulk bands.
pub fn bulk(model: &Model, kx: f64, ky: f64) -> [[Complex64; ORBITALS]; ORBITALS] {
    let terms = coefficients(model, Longitudinal::Continuum.powers(kx));
    let mut sum = [[Complex64::default(); ORBITALS]; ORBITALS];
    let d = Complex64::new(0.0, ky);
    let mut power = Complex64::new(1.0, 0.0);
    for term in terms {
        for (row, line) in term.iter().enumerate() {
            for (col, value) in line.iter().enumerate() {
                sum[row][col] += value * power;
            }
        }
        power *= d;
    }
    sum
}
