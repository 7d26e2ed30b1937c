//! The steps of one real matrix, one by one: for `benches/linalg.rs`, which times what `eigh` joins.
use super::tridiagonal::{self, Tridiagonal};
use super::{divide, kernels};
use crate::linalg::LinalgError;

/// The lower triangle as the reduction wants it.
#[derive(Debug, Clone)]
pub struct Lower {
    order: usize,
    elements: Vec<f64>,
}

/// T of `A = Q T Q^T`, and Q as reflectors.
#[derive(Debug)]
pub struct Reduced(Tridiagonal);

/// Eigenvectors of T, which [`Reduced::turn_back`] makes those of A.
#[derive(Debug)]
pub struct Divided(divide::Eigen);

impl Lower {
    /// Of a row-major matrix whose elements are of order one (nothing is scaled here).
    pub fn new(order: usize, matrix: &[f64]) -> Self {
        let ld = kernels::padded(order);
        let mut elements = vec![0.0; ld * ld];
        for row in 0..order {
            for col in 0..=row {
                elements[col * ld + row] = matrix[row * order + col];
            }
        }
        Self { order, elements }
    }

    /// Blocked Householder tridiagonalization, on this thread.
    pub fn tridiagonalize(self) -> Reduced {
        Reduced(tridiagonal::reduce(self.order, self.elements))
    }
}

impl Reduced {
    /// Divide and conquer of T, on this thread.
    ///
    /// # Errors
    /// [`LinalgError::NoConvergence`]
    pub fn divide(&self) -> Result<Divided, LinalgError> {
        let (d, e) = (self.0.d.clone(), self.0.e.clone());
        let failed = LinalgError::NoConvergence { index: 0, order: self.0.order };
        divide::decompose(d, e, 0..self.0.order).map(Divided).map_err(|_| failed)
    }

    /// Q times the eigenvectors of T, on this thread.
    pub fn turn_back(&self, vectors: &mut Divided) {
        self.0.apply_q(&mut vectors.0.q, self.0.order);
    }
}
