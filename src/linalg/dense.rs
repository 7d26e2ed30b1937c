//! Singular values and general eigenvalues of one small real matrix, through faer, on this thread.
//!
//! For engines whose algebra is not a batch: a master equation, a transfer matrix. nalgebra's
//! singular vectors of such matrices (order 4, gaps of 1) are at times wrong by several per cent.
use super::LinalgError;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, evd_real, evd_scratch};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
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

/// Faer's decompositions are not invariant under scale: everything is divided by the largest element.
fn scaled(order: usize, matrix: &[f64], scale: f64) -> Mat<f64> {
    MatRef::from_row_major_slice(matrix, order, order).to_owned() / faer::Scale(scale)
}

fn row_major(matrix: &Mat<f64>) -> Vec<f64> {
    let mut rows = Vec::with_capacity(matrix.nrows() * matrix.ncols());
    for row in 0..matrix.nrows() {
        rows.extend((0..matrix.ncols()).map(|column| matrix[(row, column)]));
    }
    rows
}

/// Singular values and vectors of a row-major matrix of `order`.
///
/// # Errors
/// `Shape`, `NotFinite`, `NoConvergence`.
pub fn singular(order: usize, matrix: &[f64]) -> Result<Singular, LinalgError> {
    let scale = scale(order, matrix)?;
    let a = scaled(order, matrix, scale);
    let (mut u, mut v) = (Mat::<f64>::zeros(order, order), Mat::<f64>::zeros(order, order));
    let mut values = vec![0.0; order];
    let full = ComputeSvdVectors::Full;
    let request =
        svd_scratch::<f64>(order, order, full, full, Par::Seq, Spec::new(Auto::<f64>::auto()));
    svd(
        a.as_ref(),
        DiagMut::from_slice_mut(&mut values),
        Some(u.as_mut()),
        Some(v.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(request)),
        Spec::new(Auto::<f64>::auto()),
    )
    .map_err(|_| LinalgError::NoConvergence { index: 0, order })?;
    for value in &mut values {
        *value *= scale;
    }
    Ok(Singular { values, u: row_major(&u), v: row_major(&v) })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// U diag V^T is the matrix again, at any scale; the zero and the empty matrix have answers too.
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

    #[test]
    fn wrong_operands_are_refused() {
        assert!(matches!(singular(2, &[1.0]), Err(LinalgError::Shape { .. })));
        assert!(matches!(eigenvalues(1, &[f64::NAN]), Err(LinalgError::NotFinite { .. })));
    }
}
