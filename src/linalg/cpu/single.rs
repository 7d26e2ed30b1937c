//! One matrix of middle or large order: reduction to tridiagonal form, divide and conquer, and the
//! eigenvectors turned back.
use std::ops::Range;

use super::divide::{self, NotConverged};
use super::{hermitian, kernels, tridiagonal};
use crate::linalg::element::Element;
use crate::linalg::scale::PowerOfTwo;

/// Side of the square tiles in which a matrix is transposed.
const TILE: usize = 16;

/// Eigenvalues `wanted` of the scaled matrix, ascending; their vectors row-major into `slot`.
pub(super) fn decompose<T: Element>(
    order: usize,
    matrix: &[T],
    scale: PowerOfTwo,
    wanted: Range<usize>,
    slot: Option<&mut [T]>,
) -> Result<Vec<f64>, NotConverged> {
    let a = lower(order, matrix, scale);
    let values = if T::PARTS == 1 {
        let t = tridiagonal::reduce(order, a);
        solve(t.d.clone(), t.e.clone(), &wanted, slot, |eigen, slot| {
            let (mut z, places) = real_columns(eigen, t.ld, &wanted);
            t.apply_q(&mut z, places.len());
            copy_vectors(order, &z, t.ld, &places, slot);
        })
    } else {
        let t = hermitian::reduce(order, a);
        solve(t.d.clone(), t.e.clone(), &wanted, slot, |eigen, slot| {
            let mut z = complex_columns(&eigen, t.ld, &wanted);
            drop(eigen);
            t.apply_q(&mut z);
            let places: Vec<usize> = (0..wanted.len()).collect();
            copy_vectors(order, &z, t.ld, &places, slot);
        })
    };
    values.map(|values| values[wanted.clone()].to_vec())
}

/// All values of T; `turn_back` takes the vectors to their slot.
fn solve<T>(
    d: Vec<f64>,
    e: Vec<f64>,
    wanted: &Range<usize>,
    slot: Option<&mut [T]>,
    turn_back: impl FnOnce(divide::Eigen, &mut [T]),
) -> Result<Vec<f64>, NotConverged> {
    let Some(slot) = slot else { return divide::values(d, e) };
    let eigen = divide::decompose(d, e, wanted.clone())?;
    let values = eigen.ascending();
    turn_back(eigen, slot);
    Ok(values)
}

/// The lower triangle times `scale`, column-major and padded; the imaginary parts of a column
/// follow its real ones.
pub(super) fn lower<T: Element>(order: usize, matrix: &[T], scale: PowerOfTwo) -> Vec<f64> {
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

/// The wanted vectors, and where each of them lies. All of them stay where they are.
fn real_columns(eigen: divide::Eigen, ld: usize, wanted: &Range<usize>) -> (Vec<f64>, Vec<usize>) {
    if wanted.len() == eigen.ranking.len() {
        return (eigen.q, eigen.ranking);
    }
    let mut z = Vec::with_capacity(ld * wanted.len());
    for k in &eigen.ranking[wanted.clone()] {
        z.extend_from_slice(&eigen.q[k * ld..][..ld]);
    }
    (z, (0..wanted.len()).collect())
}

/// The wanted real vectors, ascending, as complex columns.
fn complex_columns(eigen: &divide::Eigen, ld: usize, wanted: &Range<usize>) -> Vec<f64> {
    let mut z = vec![0.0; 2 * ld * wanted.len()];
    for (column, k) in z.chunks_exact_mut(2 * ld).zip(&eigen.ranking[wanted.clone()]) {
        column[..ld].copy_from_slice(&eigen.q[k * ld..][..ld]);
    }
    z
}

/// Column `places[k]` of `q` becomes column k of the row-major `slot`.
fn copy_vectors<T: Element>(order: usize, q: &[f64], ld: usize, places: &[usize], slot: &mut [T]) {
    let count = places.len();
    for row_tile in (0..order).step_by(TILE) {
        for col_tile in (0..count).step_by(TILE) {
            let cols = &places[col_tile..count.min(col_tile + TILE)];
            for row in row_tile..order.min(row_tile + TILE) {
                let line = &mut slot[row * count + col_tile..][..cols.len()];
                for (element, k) in line.iter_mut().zip(cols) {
                    let imaginary = if T::PARTS == 2 { q[(2 * k + 1) * ld + row] } else { 0.0 };
                    *element = T::from_parts([q[T::PARTS * k * ld + row], imaginary]);
                }
            }
        }
    }
}
