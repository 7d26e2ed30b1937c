//! One matrix of middle or large order: reduction to tridiagonal form, divide and conquer, and the
//! eigenvectors turned back.
use faer::Par;

use super::divide::{self, NotConverged};
use super::kernels;
use super::tridiagonal;
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
    let mut reduced = tridiagonal::reduce(order, lower(order, matrix, scale), par);
    let (mut d, mut e) = (std::mem::take(&mut reduced.d), std::mem::take(&mut reduced.e));
    let Some(slot) = slot else {
        divide::values(&mut d, &mut e)?;
        return Ok(d);
    };
    let mut eigen = divide::decompose(d, e, par)?;
    reduced.apply_q(&mut eigen.q, order, par);
    copy_vectors(&eigen, reduced.ld, slot);
    Ok(eigen.ranking.iter().map(|k| eigen.d[*k]).collect())
}

/// The lower triangle times `scale`, column-major and padded.
fn lower<T: Element>(order: usize, matrix: &[T], scale: PowerOfTwo) -> Vec<f64> {
    let ld = kernels::padded(order);
    let (first, second) = scale.factors();
    let mut a = vec![0.0; ld * ld];
    for row_tile in (0..order).step_by(TILE) {
        for col_tile in (0..=row_tile).step_by(TILE) {
            for row in row_tile..order.min(row_tile + TILE) {
                let line = &matrix[row * order..][..order];
                for col in col_tile..(row + 1).min(col_tile + TILE) {
                    a[col * ld + row] = line[col].real_part() * first * second;
                }
            }
        }
    }
    a
}

fn copy_vectors<T: Element>(eigen: &divide::Eigen, ld: usize, slot: &mut [T]) {
    let order = eigen.ranking.len();
    for row_tile in (0..order).step_by(TILE) {
        let rows = row_tile..order.min(row_tile + TILE);
        for col_tile in (0..order).step_by(TILE) {
            let cols = &eigen.ranking[col_tile..order.min(col_tile + TILE)];
            for row in rows.clone() {
                let line = &mut slot[row * order + col_tile..][..cols.len()];
                for (element, k) in line.iter_mut().zip(cols) {
                    *element = T::from_real(eigen.q[k * ld + row]);
                }
            }
        }
    }
}
