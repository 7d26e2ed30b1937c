//! Singular values and general eigenvalues of one small real matrix, on this thread.
//!
//! For engines whose algebra is not a batch: a master equation, a frame. Singular values by Jacobi
//! rotations of our own, because nalgebra 0.35 at times returns singular vectors that are wrong by
//! several per cent (order 4), and faer 0.24 at times does not converge (order 3, equal singular
//! values).
use super::LinalgError;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, evd_real, evd_scratch};
use faer::{Auto, Mat, MatRef, Par, Spec};
use num_complex::Complex64;

/// A = U diag(values) V^T; values descend, U and V are row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Singular {
    pub values: Vec<f64>,
    pub u: Vec<f64>,
    pub v: Vec<f64>,
}

/// Checks a square row-major matrix and returns its scale, the largest |element| (1 for zero).
fn scale(order: usize, matrix: &[f64]) -> Result<f64, LinalgError> {
    if Some(matrix.len()) != order.checked_mul(order) {
        let expected = format!("{order} x {order} elements");
        return Err(LinalgError::Shape { index: 0, rows: matrix.len(), cols: 1, expected });
    }
    if !matrix.iter().all(|value| value.is_finite()) {
        return Err(LinalgError::NotFinite { index: 0 });
    }
    let largest = matrix.iter().fold(0.0_f64, |max, value| max.max(value.abs()));
    Ok(if largest == 0.0 { 1.0 } else { largest })
}

/// Faer's decomposition is not invariant under scale: everything is divided by the largest element.
fn scaled(order: usize, matrix: &[f64], scale: f64) -> Mat<f64> {
    MatRef::from_row_major_slice(matrix, order, order).to_owned() / faer::Scale(scale)
}

/// Singular values and vectors of a row-major matrix of `order`, by one-sided Jacobi rotations:
/// every singular value to its own relative accuracy as far as the columns allow.
///
/// # Errors
/// `Shape`, `NotFinite`, `NoConvergence`.
pub fn singular(order: usize, matrix: &[f64]) -> Result<Singular, LinalgError> {
    let scale = scale(order, matrix)?;
    let mut columns: Vec<Vec<f64>> = (0..order)
        .map(|column| (0..order).map(|row| matrix[row * order + column] / scale).collect())
        .collect();
    let mut v: Vec<Vec<f64>> = (0..order).map(|column| unit(order, column)).collect();
    orthogonalize(&mut columns, &mut v)
        .then_some(())
        .ok_or(LinalgError::NoConvergence { index: 0, order })?;
    let norms: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
    let mut ranking: Vec<usize> = (0..order).collect();
    ranking.sort_by(|a, b| norms[*b].total_cmp(&norms[*a]));
    let largest = norms.iter().copied().fold(0.0, f64::max);
    let mut u: Vec<Vec<f64>> = Vec::with_capacity(order);
    for index in &ranking {
        let norm = norms[*index];
        // Below rounding a column has no direction of its own: any one orthogonal to the others.
        if norm <= f64::EPSILON * order as f64 * largest {
            u.push(complement(order, &u));
        } else {
            u.push(columns[*index].iter().map(|value| value / norm).collect());
        }
    }
    let row_major = |vectors: &dyn Fn(usize) -> Vec<f64>| {
        let vectors: Vec<Vec<f64>> = (0..order).map(vectors).collect();
        (0..order * order).map(|k| vectors[k % order][k / order]).collect()
    };
    Ok(Singular {
        values: ranking.iter().map(|index| norms[*index] * scale).collect(),
        u: row_major(&|k| u[k].clone()),
        v: row_major(&|k| v[ranking[k]].clone()),
    })
}

fn unit(order: usize, index: usize) -> Vec<f64> {
    (0..order).map(|i| if i == index { 1.0 } else { 0.0 }).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Rotates pairs of columns until all are orthogonal to rounding; false after 60 sweeps (never
/// seen; the convergence is quadratic).
fn orthogonalize(columns: &mut [Vec<f64>], v: &mut [Vec<f64>]) -> bool {
    // A dot product of n terms is itself uncertain by up to n eps.
    let tolerance = f64::EPSILON * columns.len().max(4) as f64;
    for _ in 0..60 {
        let mut rotated = false;
        for q in 1..columns.len() {
            for p in 0..q {
                let alpha = dot(&columns[p], &columns[p]);
                let beta = dot(&columns[q], &columns[q]);
                let gamma = dot(&columns[p], &columns[q]);
                // Elements are at most 1: below 1e-200 nothing is left but underflow.
                if gamma.abs() <= tolerance * alpha.sqrt() * beta.sqrt() || gamma.abs() < 1e-200 {
                    continue;
                }
                rotated = true;
                let zeta = (beta - alpha) / (2.0 * gamma);
                let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let cos = 1.0 / t.hypot(1.0);
                rotate(columns, p, q, cos, cos * t);
                rotate(v, p, q, cos, cos * t);
            }
        }
        if !rotated {
            return true;
        }
    }
    false
}

fn rotate(columns: &mut [Vec<f64>], p: usize, q: usize, cos: f64, sin: f64) {
    let (head, tail) = columns.split_at_mut(q);
    for (x, y) in head[p].iter_mut().zip(&mut tail[0]) {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
}

/// A unit vector orthogonal to orthonormal ones (fewer than `order`).
fn complement(order: usize, others: &[Vec<f64>]) -> Vec<f64> {
    let covered = |i: usize| others.iter().map(|other| other[i] * other[i]).sum::<f64>();
    let least = (0..order).min_by(|a, b| covered(*a).total_cmp(&covered(*b)));
    let mut vector = unit(order, least.unwrap_or(0));
    // Twice is enough (Kahan).
    for _ in 0..2 {
        for other in others {
            let share = dot(&vector, other);
            for (value, part) in vector.iter_mut().zip(other) {
                *value -= share * part;
            }
        }
        let norm = dot(&vector, &vector).sqrt();
        for value in &mut vector {
            *value /= norm;
        }
    }
    vector
}

/// Eigenvalues of a general row-major matrix of `order`, in no particular order.
///
/// # Errors
/// `Shape`, `NotFinite`, `NoConvergence`.
pub fn eigenvalues(order: usize, matrix: &[f64]) -> Result<Vec<Complex64>, LinalgError> {
    let scale = scale(order, matrix)?;
    let a = scaled(order, matrix, scale);
    let (mut real, mut imaginary) = (vec![0.0; order], vec![0.0; order]);
    let none = ComputeEigenvectors::No;
    let request = evd_scratch::<f64>(order, none, none, Par::Seq, Spec::new(Auto::<f64>::auto()));
    evd_real(
        a.as_ref(),
        DiagMut::from_slice_mut(&mut real),
        DiagMut::from_slice_mut(&mut imaginary),
        None,
        None,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(request)),
        Spec::new(Auto::<f64>::auto()),
    )
    .map_err(|_| LinalgError::NoConvergence { index: 0, order })?;
    Ok(real.iter().zip(&imaginary).map(|(re, im)| Complex64::new(re * scale, im * scale)).collect())
}

/// Eigenvalues, ascending, of a small Hermitian row-major matrix of `order`; its lower triangle is
/// read.
///
/// # Errors
/// `Shape`, `NotFinite`, `NoConvergence`.
pub fn hermitian_eigenvalues(order: usize, matrix: &[Complex64]) -> Result<Vec<f64>, LinalgError> {
    if Some(matrix.len()) != order.checked_mul(order) {
        let expected = format!("{order} x {order} elements");
        return Err(LinalgError::Shape { index: 0, rows: matrix.len(), cols: 1, expected });
    }
    if !matrix.iter().all(|value| value.is_finite()) {
        return Err(LinalgError::NotFinite { index: 0 });
    }
    let largest = matrix.iter().fold(0.0_f64, |max, value| max.max(value.norm()));
    let scale = if largest == 0.0 { 1.0 } else { largest };
    let lower = Mat::from_fn(order, order, |row, col| matrix[row * order + col] / scale);
    let values = lower.self_adjoint_eigenvalues(faer::Side::Lower);
    let values = values.map_err(|_| LinalgError::NoConvergence { index: 0, order })?;
    Ok(values.into_iter().map(|value| value * scale).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U diag V^T is the matrix again, at any scale; the zero and the empty matrix have answers
    /// too.
    #[test]
    fn singular_vectors_rebuild_the_matrix() {
        let order = 4;
        let base =
            [0.0, 1.0, -0.3, 0.2, 0.5, -1.0, 0.7, 0.1, 0.9, 0.4, 0.0, -0.6, 0.0, 0.0, 1.0, 1.0];
        for factor in [1e-9, 1.0, 1e9, 0.0] {
            let matrix = base.map(|value| value * factor);
            let found = singular(order, &matrix).unwrap();
            assert!(found.values.is_sorted_by(|a, b| b <= a));
            for row in 0..order {
                for column in 0..order {
                    let sum: f64 = (0..order)
                        .map(|k| {
                            found.u[row * order + k] * found.values[k] * found.v[column * order + k]
                        })
                        .sum();
                    let defect = (sum - matrix[row * order + column]).abs();
                    assert!(defect <= 4e-15 * factor, "{defect:e} at scale {factor:e}");
                }
            }
        }
        assert_eq!(singular(0, &[]).unwrap().values, Vec::<f64>::new());
    }

    /// A rotation by 1 rad, grown by 2, beside the number 3.
    #[test]
    fn eigenvalues_of_a_spiral() {
        let (sin, cos) = 1.0_f64.sin_cos();
        let matrix = [2.0 * cos, -2.0 * sin, 0.0, 2.0 * sin, 2.0 * cos, 0.0, 0.0, 0.0, 3.0];
        let mut found = eigenvalues(3, &matrix).unwrap();
        found.sort_by(|a, b| a.im.total_cmp(&b.im));
        let expected = [
            Complex64::new(2.0 * cos, -2.0 * sin),
            3.0.into(),
            Complex64::new(2.0 * cos, 2.0 * sin),
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).norm() < 1e-14, "{found} against {expected}");
        }
    }

    /// Rank deficient and degenerate: U and V are orthogonal all the same.
    #[test]
    fn degenerate_matrices_have_orthogonal_vectors() {
        let r = 0.6_f64;
        let q = 0.8_f64;
        let cases: [(usize, Vec<f64>); 5] = [
            (3, vec![0.0; 9]),
            (3, vec![r, -q, 0.0, q, r, 0.0, 0.0, 0.0, 1.0]),
            (3, vec![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
            (2, vec![1.0, 1e-17, 1e-17, 1e-17]),
            (4, (0..16).map(|k| if k < 8 { f64::from(k) } else { f64::from(k - 8) }).collect()),
        ];
        for (order, matrix) in cases {
            let found = singular(order, &matrix).unwrap();
            for vectors in [&found.u, &found.v] {
                for a in 0..order {
                    for b in 0..order {
                        let sum: f64 = (0..order)
                            .map(|k| vectors[k * order + a] * vectors[k * order + b])
                            .sum();
                        let expected = if a == b { 1.0 } else { 0.0 };
                        assert!((sum - expected).abs() < 1e-14, "order {order}: {a} {b} {sum}");
                    }
                }
            }
        }
    }

    #[test]
    fn wrong_operands_are_refused() {
        assert!(matches!(singular(2, &[1.0]), Err(LinalgError::Shape { .. })));
        assert!(matches!(eigenvalues(1, &[f64::NAN]), Err(LinalgError::NotFinite { .. })));
    }
}
