//! Element-wise division by energy differences, and dots of columns: one pass over memory each.
use super::pool::{Job, Threads};
use crate::linalg::batch::check_energies;
use crate::linalg::element::Element;
use crate::linalg::{LinalgError, Ragged};
use crate::stop::Never;

pub(super) fn divide_by_differences<T: Element>(
    threads: &Threads,
    batch: &Ragged<T>,
    rows: &[Vec<f64>],
    cols: &[Vec<f64>],
) -> Result<Ragged<T>, LinalgError> {
    check_energies(batch.shapes(), rows, cols)?;
    let mut quotients = Ragged::<T>::zeros(batch.shapes());
    let mut jobs = Vec::with_capacity(batch.count());
    for (index, work) in quotients.split_mut().into_iter().enumerate() {
        // A division is worth about four flops.
        jobs.push(Job { index, cost: 4 * work.len() as u64 + 1, work });
    }
    threads.run(jobs, &Never, |index, out: &mut [T]| {
        let n_cols = batch.shape(index).cols.max(1);
        let lines = batch.matrix(index).chunks_exact(n_cols).zip(out.chunks_exact_mut(n_cols));
        for (row_energy, (line, out)) in rows[index].iter().zip(lines) {
            for ((out, &element), col_energy) in out.iter_mut().zip(line).zip(&cols[index]) {
                *out = element / (col_energy - row_energy);
            }
        }
        Ok(())
    })?;
    Ok(quotients)
}

pub(super) fn column_dots<T: Element>(
    threads: &Threads,
    a: &Ragged<T>,
    b: &Ragged<T>,
) -> Result<Vec<Vec<f64>>, LinalgError> {
    if a.count() != b.count() {
        return Err(LinalgError::Shape {
            index: a.count().min(b.count()),
            rows: 0,
            cols: 0,
            expected: format!("{} matrices in both batches, not {}", a.count(), b.count()),
        });
    }
    let mut jobs = Vec::with_capacity(a.count());
    for (index, (shape, other)) in a.shapes().iter().zip(b.shapes()).enumerate() {
        if shape != other {
            return Err(LinalgError::Shape {
                index,
                rows: other.rows,
                cols: other.cols,
                expected: format!("{} x {}", shape.rows, shape.cols),
            });
        }
        jobs.push(Job { index, cost: 2 * shape.len() as u64 + 1, work: () });
    }
    threads.run(jobs, &Never, |index, ()| {
        let n_cols = a.shape(index).cols;
        let mut dots = vec![0.0; n_cols];
        let lines = a.matrix(index).chunks_exact(n_cols.max(1));
        for (a_line, b_line) in lines.zip(b.matrix(index).chunks_exact(n_cols.max(1))) {
            for ((dot, &a), &b) in dots.iter_mut().zip(a_line).zip(b_line) {
                *dot += a.dot(b);
            }
        }
        Ok(dots)
    })
}
