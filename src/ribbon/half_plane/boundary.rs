//! Evanescent waves of the half plane and the condition that a sum of them vanishes at the edge.
//!
//! A wave `exp(-kappa x + i k y)` solves the Schroedinger equation where `kappa^2 = k^2 - K^2` and K is
//! a zero of the quartic `w (e - M + (D + B) K^2 - R0 K) = A^2 K^2` with
//! `w = e + M + (D - B) K^2` and e = E - C: the two bands s = +-1 are K and -K. With X = -i K and
//! t = X/(kappa + |k|) its spinor for k >= 0 is `(w t, i A t (kappa - k), i w, A (kappa + k))`; for
//! k < 0 time reversal exchanges the spins. At R0 = 0 the waves of one kappa, t and -t, remain
//! independent.
use crate::ribbon::Model;
use crate::ribbon::roots::{decaying_root, from_circle, quartic};
use num_complex::Complex64;

/// One evanescent wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wave {
    /// K, 1/nm.
    pub total: Complex64,
    /// Decay, 1/nm; Re >= 0.
    pub kappa: Complex64,
    /// Without the phases (1, i, i, 1) of (E+, H+, E-, H-), for |k|.
    pub spinor: [Complex64; 4],
}

/// The four waves at |k| and the energy `e` from C, meV.
pub(super) fn waves(model: &Model, k: f64, e: Complex64) -> [Wave; 4] {
    let Model { a_mev_nm: a, b_mev_nm2: b, d_mev_nm2: d, m_mev: m, rashba_mev_nm: r0, .. } = *model;
    let (k, above, below) = (k.abs(), e + m, e - m);
    let coefficients = [
        above * below,
        -r0 * above,
        above * (d + b) + below * (d - b) - a * a,
        Complex64::from(-r0 * (d - b)),
        Complex64::from((d - b) * (d + b)),
    ];
    quartic(coefficients).map(|total| {
        let kappa = decaying_root(k * k - total * total);
        let w = above + (d - b) * total * total;
        let t = -Complex64::I * total / (kappa + k);
        Wave { total, kappa, spinor: [w * t, a * t * (kappa - k), w, a * (kappa + k)] }
    })
}

/// The determinant of the four spinors over the differences of their K and over E - C + M: real in
/// the gap, smooth, and 0 only where a bound state is. Where two K coincide the determinant
/// vanishes without one; K = 0 is a double zero at E = C - M for every k.
pub(super) fn condition(model: &Model, k: f64, e: f64, room: f64) -> f64 {
    let m = model.m_mev;
    let direct = reduced(model, k, e.into());
    if 1e-5 * m.abs() < (e + m).abs() && direct.re.is_finite() {
        return direct.re;
    }
    circle(model, k, e, room).0
}

/// The condition and its derivative with respect to the energy, from a circle of at most `room` meV.
pub(super) fn circle(model: &Model, k: f64, e: f64, room: f64) -> (f64, f64) {
    let radius = (1e-2 * model.m_mev.abs()).min(0.5 * room);
    from_circle(|z| reduced(model, k, z), e, radius)
}

fn reduced(model: &Model, k: f64, e: Complex64) -> Complex64 {
    let waves = waves(model, k, e);
    let mut differences = e + model.m_mev;
    for i in 0..4 {
        for j in 0..i {
            differences *= waves[i].total - waves[j].total;
        }
    }
    let columns = waves.map(|wave| wave.spinor);
    (0..4).map(|j| columns[j][0] * cofactor(&columns, j, 0)).sum::<Complex64>() / differences
}

/// Coefficients of the waves, largest 1, with which their sum vanishes at the edge: the row of
/// cofactors that is largest.
pub(super) fn combination(waves: &[Wave; 4]) -> [Complex64; 4] {
    let norms = waves.map(|wave| wave.spinor.iter().map(|one| one.norm()).sum::<f64>());
    let columns: [[Complex64; 4]; 4] =
        std::array::from_fn(|j| waves[j].spinor.map(|one| one / norms[j]));
    let size = |row: &[Complex64; 4]| row.iter().map(|one| one.norm()).fold(0.0, f64::max);
    let mut best = [Complex64::ZERO; 4];
    for row in 0..4 {
        let cofactors = std::array::from_fn(|j| cofactor(&columns, j, row));
        if size(&best) < size(&cofactors) {
            best = cofactors;
        }
    }
    let largest = size(&best);
    std::array::from_fn(|j| best[j] / (largest * norms[j]))
}

/// At k = 0, where t = +-1: coefficients for the pair of waves with t = 1, and for the other.
pub(super) fn pairs_at_zero(waves: &[Wave; 4]) -> [[Complex64; 4]; 2] {
    // Of the spinor (w t, A t kappa, w, A kappa) the lower half fixes the ratio, t the pair.
    let t_of = |wave: &Wave| (-Complex64::I * wave.total / wave.kappa).re;
    [1.0, -1.0].map(|t| {
        let pair: Vec<usize> = (0..4).filter(|j| 0.0 < t * t_of(&waves[*j])).collect();
        let mut coefficients = [Complex64::ZERO; 4];
        if let [i, j] = pair[..] {
            coefficients[i] = waves[j].spinor[3];
            coefficients[j] = -waves[i].spinor[3];
        }
        coefficients
    })
}

/// Signed minor of the matrix with these columns, without `column` and `row`.
fn cofactor(columns: &[[Complex64; 4]; 4], column: usize, row: usize) -> Complex64 {
    let others = |skip: usize| {
        let mut kept = [0; 3];
        for (slot, index) in kept.iter_mut().zip((0..4).filter(|index| *index != skip)) {
            *slot = index;
        }
        kept
    };
    let ([a, b, c], [x, y, z]) = (others(column), others(row));
    let at = |j: usize, i: usize| columns[j][i];
    let minor = at(a, x) * (at(b, y) * at(c, z) - at(c, y) * at(b, z))
        - at(b, x) * (at(a, y) * at(c, z) - at(c, y) * at(a, z))
        + at(c, x) * (at(a, y) * at(b, z) - at(b, y) * at(a, z));
    if (column + row).is_multiple_of(2) { minor } else { -minor }
}
