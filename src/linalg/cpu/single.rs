//! One matrix of middle or large order: reduction to tridiagonal form, divide and conquer, and the
//! eigenvectors turned back.
use faer::Par;

use super::divide::{self, NotConverged};
use super::{hermitian, kernels, tridiagonal};
use crate::linalg::element::Element;
use crate::linalg::scale::PowerOfTwo;

/// Side of the square tiles in which a matrix is transposed.
const TILE: usize = 16;

/// Eigenvalues of the scaled matrix, ascending; vectors row-major into `slot`.
pub(super) fn decompose<T: Element>(
    order: usize,
    matrix: &[T],
    scale: PowerOfTwo,
    slot: Option<&mut [T]>,
    par: Par,
) -> Result<Vec<f64>, NotConverged> {
    if T::PARTS == 1 {
        let mut t = tridiagonal::reduce(order, lower(order, matrix, scale), par);
        let (d, e) = (std::mem::take(&mut t.d), std::mem::take(&mut t.e));
        let Some(slot) = slot else { return divide::values(d, e) };
        let mut eigen = divide::decompose(d, e, par)?;
        t.apply_q(&mut eigen.q, order, par);
        copy_vectors::<T>(&eigen.q, t.ld, &eigen.ranking, slot);
        return Ok(eigen.ascending());
    }
    let mut t = hermitian::reduce(order, lower(order, matrix, scale), par);
    let (d, e) = (std::mem::take(&mut t.d), std::mem::take(&mut t.e));
    let Some(slot) = slot else { return divide::values(d, e) };
    let eigen = divide::decompose(d, e, par)?;
    let mut z = complex_columns(&eigen, t.ld);
    t.apply_q(&mut z, par);
    let in_order: Vec<usize> = (0..order).collect();
    copy_vectors::<T>(&z, t.ld, &in_order, slot);
    Ok(eigen.ascending())
}

/// The lower triangle times `scale`, column-major and padded; the imaginary parts of a column
/// follow its real ones.
fn lower<T: Element>(order: usize, matrix: &[T], scale: PowerOfTwo) -> Vec<f64> {
    let ld = kernels::padded(order);
    let (first, second) = scale.factors();
    let mut a = vec![0.0; T::PARTS * ld * ld];
    for row_tile in (0..order).step_by(TILE) {
        for col_tile in (0..=row_tile).step_by(TILE) {
            for row in row_tile..order.min(row_tile + TILE) {
                let line = &matrix[row * order..][..order];
                for col in col_tile..(row + 1).min(col_tile + TILE) {
                    let [re, im] = line[col].parts();
                    a[T::PARTS * col * ld + row] = re * first * second;
                    if T::PARTS == 2 && col < row {
                        a[(2 * col + 1) * ld + row] = im * first * second;
                    }
                }
            }
        }
    }
    a
}

/// Real vectors, ascending, as complex columns.
fn complex_columns(eigen: &divide::Eigen, ld: usize) -> Vec<f64> {
    let mut z = vec![0.0; 2 * ld * eigen.ranking.len()];
    for (column, k) in z.chunks_exact_mut(2 * ld).zip(&eigen.ranking) {
        column[..ld].copy_from_slice(&eigen.q[k * ld..][..ld]);
    }
    z
}

/// Column `ranking[k]` of `q` becomes column k of the row-major `slot`.
fn copy_vectors<T: Element>(q: &[f64], ld: usize, ranking: &[usize], slot: &mut [T]) {
    let order = ranking.len();
    for row_tile in (0..order).step_by(TILE) {
        let rows = row_tile..order.min(row_tile + TILE);
        for col_tile in (0..order).step_by(TILE) {
            let cols = &ranking[col_tile..order.min(col_tile + TILE)];
            for row in rows.clone() {
                let line = &mut slot[row * order + col_tile..][..cols.len()];
                for (element, k) in line.iter_mut().zip(cols) {
                    let imaginary = if T::PARTS == 2 { q[(2 * k + 1) * ld + row] } else { 0.0 };
                    *element = T::from_parts([q[T::PARTS * k * ld + row], imaginary]);
                }
            }
        }
    }
}
