//! Eigenvalues without eigenvectors, certified at a third of the price of vectors.
//!
//! A = Q T Q^H is tested on random vectors ([`check::similarity_ratios`]), that the values are those
//! of T by Sturm counts (`sturm.rs`), each by its number. By Weyl's theorem the distance of value k
//! from eigenvalue k of A is at most the sum of both. What is not confirmed is solved with vectors.
use std::ops::Range;

use faer::{Mat, MatRef, Par};

use super::eigh::{self, Decomposition};
use super::pool::{Job, Threads};
use super::{divide, hermitian, single, small, sturm, tridiagonal};
use crate::linalg::check::{self, Ratios, THRESHOLD, TRIALS};
use crate::linalg::element::Element;
use crate::linalg::part::cut;
use crate::linalg::scale::PowerOfTwo;
use crate::linalg::{Certify, EighOptions, LinalgError, Ragged, Shape};
use crate::stop::Stop;

/// From here on `eigh.rs` works on a matrix with several threads.
const END_ORDER: usize = 3072;

/// Of every matrix the eigenvalues `range`, cut at its order, with ratios.
pub(super) fn eigh<T: Element>(
    threads: &Threads,
    batch: &Ragged<T>,
    range: Range<usize>,
    certify: Certify,
    stop: &dyn Stop,
) -> Result<Decomposition<T>, LinalgError> {
    let scales = eigh::scales(batch)?;
    let smallest = 1 + if T::PARTS == 1 { small::LARGEST_REAL } else { small::LARGEST_COMPLEX };
    let mut jobs = Vec::new();
    let mut others = Vec::new();
    for (index, shape) in batch.shapes().iter().enumerate() {
        let order = shape.rows;
        if (smallest..END_ORDER).contains(&order) && !cut(&range, order).is_empty() {
            jobs.push(Job { index, cost: 3 * (order as u64).pow(3), work: () });
        } else {
            others.push(index);
        }
    }
    let own: Vec<usize> = jobs.iter().map(|job| job.index).collect();
    let solved = threads.run(jobs, stop, |index, ()| {
        let order = batch.shape(index).rows;
        let matrix = Matrix { order, elements: batch.matrix(index), scale: scales[index] };
        let (mut values, ratios) = matrix
            .solve(cut(&range, order))
            .map_err(|_| LinalgError::NoConvergence { index, order })?;
        eigh::unscale(index, &mut values, scales[index])?;
        Ok((values, ratios))
    })?;
    let mut values = vec![Vec::new(); batch.count()];
    let mut ratios = vec![Ratios::default(); batch.count()];
    for (index, solved) in own.into_iter().zip(solved) {
        (values[index], ratios[index]) = solved;
    }
    if !others.is_empty() {
        // Packs of small matrices cost little more with vectors.
        let options = EighOptions { vectors: false, certify };
        let rest = eigh::eigh(threads, &selected(batch, &others)?, range, options, stop).map_err(
            |error| error.renumbered(|index| others.get(index).copied().unwrap_or(index)),
        )?;
        for ((index, one), ratio) in others.into_iter().zip(rest.values).zip(rest.ratios) {
            (values[index], ratios[index]) = (one, ratio);
        }
    }
    Ok(Decomposition { values, vectors: None, ratios })
}

fn selected<T: Element>(batch: &Ragged<T>, indices: &[usize]) -> Result<Ragged<T>, LinalgError> {
    let shapes: Vec<Shape> = indices.iter().map(|index| batch.shape(*index)).collect();
    let mut data = Vec::with_capacity(shapes.iter().map(|shape| shape.rows * shape.cols).sum());
    for index in indices {
        data.extend_from_slice(batch.matrix(*index));
    }
    Ragged::new(shapes, data)
}

struct Matrix<'a, T> {
    order: usize,
    elements: &'a [T],
    scale: PowerOfTwo,
}

impl<T: Element> Matrix<'_, T> {
    /// Of the scaled matrix.
    fn solve(&self, wanted: Range<usize>) -> Result<(Vec<f64>, Ratios), divide::NotConverged> {
        let reduced =
            Reduced::of::<T>(self.order, single::lower(self.order, self.elements, self.scale));
        let (d, e) = reduced.tridiagonal();
        let values = divide::values(d.to_vec(), e.to_vec())?[wanted.clone()].to_vec();
        let lower = check::scaled_lower(self.order, self.elements, self.scale);
        let ratios = ratios(&lower, &reduced, &values, wanted.start);
        if ratios.residual <= THRESHOLD && ratios.orthogonality <= THRESHOLD {
            return Ok((values, ratios));
        }
        self.solve_with_vectors(lower, wanted)
    }

    fn solve_with_vectors(
        &self,
        lower: Mat<T>,
        wanted: Range<usize>,
    ) -> Result<(Vec<f64>, Ratios), divide::NotConverged> {
        let (order, count) = (self.order, wanted.len());
        let mut vectors = vec![T::from_real(0.0); order * count];
        let (matrix, slot) = (self.elements, Some(&mut vectors[..]));
        let values = single::decompose(order, matrix, self.scale, wanted, slot, Par::Seq)?;
        let vectors = MatRef::from_row_major_slice(&vectors, order, count);
        let ratios = check::scaled_ratios(lower, &values, vectors);
        Ok((values, ratios))
    }
}

enum Reduced {
    Real(tridiagonal::Tridiagonal),
    Complex(hermitian::Tridiagonal),
}

impl Reduced {
    fn of<T: Element>(order: usize, lower: Vec<f64>) -> Self {
        if T::PARTS == 1 {
            Self::Real(tridiagonal::reduce(order, lower, Par::Seq))
        } else {
            Self::Complex(hermitian::reduce(order, lower, Par::Seq))
        }
    }

    /// What is on the diagonal of T and beside it.
    fn tridiagonal(&self) -> (&[f64], &[f64]) {
        match self {
            Self::Real(t) => (&t.d, &t.e),
            Self::Complex(t) => (&t.d, &t.e),
        }
    }

    /// Q X and Q T X for the trials X.
    fn turned<T: Element>(&self) -> [Mat<T>; 2] {
        let (d, e) = self.tridiagonal();
        let order = d.len();
        let ld = match self {
            Self::Real(t) => t.ld,
            Self::Complex(t) => t.ld,
        };
        let mut z = vec![0.0; T::PARTS * ld * 2 * TRIALS];
        for col in 0..TRIALS {
            for row in 0..order {
                let mut product = d[row] * check::trial(row, col);
                if 0 < row {
                    product += e[row - 1] * check::trial(row - 1, col);
                }
                if row + 1 < order {
                    product += e[row] * check::trial(row + 1, col);
                }
                z[T::PARTS * col * ld + row] = check::trial(row, col);
                z[T::PARTS * (TRIALS + col) * ld + row] = product;
            }
        }
        match self {
            Self::Real(t) => t.apply_q(&mut z, 2 * TRIALS, Par::Seq),
            Self::Complex(t) => t.apply_q(&mut z, Par::Seq),
        }
        let part = |row: usize, col: usize| {
            let imaginary = if T::PARTS == 2 { z[(2 * col + 1) * ld + row] } else { 0.0 };
            T::from_parts([z[T::PARTS * col * ld + row], imaginary])
        };
        [0, TRIALS].map(|first| Mat::from_fn(order, TRIALS, |row, col| part(row, first + col)))
    }
}

/// `values` are number `first` and following; `lower` is the triangle of A.
fn ratios<T: Element>(lower: &Mat<T>, reduced: &Reduced, values: &[f64], first: usize) -> Ratios {
    let [images, turned] = reduced.turned::<T>();
    let of_reduction = check::similarity_ratios(lower, images.as_ref(), turned.as_ref());
    let (d, e) = reduced.tridiagonal();
    let unit = d.len() as f64 * f64::EPSILON * check::squared_hermitian(lower).sqrt();
    let distance = sturm::distance(d, e, values, first, unit);
    Ratios { residual: of_reduction.residual + distance, orthogonality: of_reduction.orthogonality }
}

#[cfg(test)]
mod tests {
    use num_complex::Complex64;

    use super::super::kernels;
    use super::*;

    fn hermitian_matrix<T: Element>(order: usize) -> Vec<T> {
        let mut elements = vec![T::from_real(0.0); order * order];
        for row in 0..order {
            for col in 0..=row {
                let at = (row * 37 + col * 101 + row * col) as f64;
                let imaginary = if row == col { 0.0 } else { (1.3 * at).cos() };
                let element = T::from_parts([at.sin(), imaginary]);
                elements[row * order + col] = element;
                elements[col * order + row] = element.conjugate();
            }
        }
        elements
    }

    /// Of the diagonal, of what is beside it, and of the reflectors.
    type Change<'a> = &'a dyn Fn(&mut [f64], &mut [f64], &mut [f64]);

    fn passes(ratios: &Ratios) -> bool {
        ratios.residual <= THRESHOLD && ratios.orthogonality <= THRESHOLD
    }

    /// What is right passes, with ratios of order one; every single thing that is wrong does not.
    fn wrong_reductions_are_found<T: Element>() {
        for order in [25, 96, 170, 260] {
            let elements = hermitian_matrix::<T>(order);
            let scale = PowerOfTwo::normalizing(check::largest_lower(order, &elements));
            let lower = check::scaled_lower(order, &elements, scale);
            let reduce = || Reduced::of::<T>(order, single::lower(order, &elements, scale));
            let right = reduce();
            let (d, e) = right.tridiagonal();
            let values = divide::values(d.to_vec(), e.to_vec()).expect("converges");
            let found = ratios(&lower, &right, &values, 0);
            assert!(
                passes(&found) && found.residual < 5.0 && found.orthogonality < 5.0,
                "{found:?}"
            );

            let wrong = |change: Change<'_>| {
                let mut reduced = reduce();
                match &mut reduced {
                    Reduced::Real(t) => change(&mut t.d, &mut t.e, &mut t.reflectors),
                    Reduced::Complex(t) => change(&mut t.d, &mut t.e, &mut t.reflectors),
                }
                let (d, e) = reduced.tridiagonal();
                // Values that are right for the wrong T.
                let values = divide::values(d.to_vec(), e.to_vec()).expect("converges");
                ratios(&lower, &reduced, &values, 0)
            };
            for k in [0, 1, order / 2, order - 2] {
                let found = wrong(&|d, _, _| d[k] += 1e-8);
                assert!(!passes(&found), "order {order}: d[{k}], {found:?}");
                let found = wrong(&|_, e, _| e[k] *= 1.0 + 1e-7);
                assert!(!passes(&found), "order {order}: e[{k}], {found:?}");
            }
            // Every matrix of the trace and the norm of this one.
            let found = wrong(&|d, _, _| d.swap(3, 4));
            assert!(!passes(&found), "order {order}: d exchanged, {found:?}");
            // The last row of a reflector in the middle.
            let place = T::PARTS * (order / 2) * kernels::padded(order) + order - 1;
            let found = wrong(&|_, _, v| v[place] += 1e-8);
            assert!(!passes(&found), "order {order}: a reflector, {found:?}");

            // Of another matrix: one element of one triangle.
            let mut other = check::scaled_lower(order, &elements, scale);
            other[(order - 1, 2)] += T::from_real(1e-8);
            let found = ratios(&other, &right, &values, 0);
            assert!(!passes(&found), "order {order}: another matrix, {found:?}");
            let mut shifted = values.clone();
            shifted[order / 3] += 1e-8;
            assert!(!passes(&ratios(&lower, &right, &shifted, 0)), "order {order}: a value");
        }
    }

    #[test]
    fn wrong_reductions_of_real_matrices_are_found() {
        wrong_reductions_are_found::<f64>();
    }

    #[test]
    fn wrong_reductions_of_complex_matrices_are_found() {
        wrong_reductions_are_found::<Complex64>();
    }
}
