//! Stationary states of a Markov generator: the projector on its kernel, and the group inverse.
use super::TransportError;
use crate::linalg::dense::singular;
use nalgebra::DMatrix;

/// Singular values below this share of the largest are zeros.
const KERNEL: f64 = 1e-12;

/// The eigenvalue zero of a generator; always semisimple, because what it generates is bounded.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub dimension: usize,
    /// Spectral projector, along the range.
    pub projector: DMatrix<f64>,
    largest: f64,
}

impl Kernel {
    pub fn new(generator: &DMatrix<f64>) -> Result<Self, TransportError> {
        let order = generator.nrows();
        // nalgebra stores columns: the slice is the transpose, row-major, and U and V change
        // places.
        let found = singular(order, generator.as_slice())?;
        let largest = found.values.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            let projector = DMatrix::identity(order, order);
            return Ok(Self { dimension: order, projector, largest: 1.0 });
        }
        let dimension = found.values.iter().filter(|s| **s <= KERNEL * largest).count().max(1);
        // Singular values descend: the kernels are the last columns.
        let last = |vectors: &[f64]| {
            let all = DMatrix::from_row_slice(order, order, vectors);
            all.columns(order - dimension, dimension).into_owned()
        };
        let (right, left) = (last(&found.u), last(&found.v).transpose());
        let inverse = (&left * &right).try_inverse().ok_or(TransportError::NoConvergence {
            what: "projector on the stationary states",
            reached: f64::NAN,
            wanted: KERNEL,
        })?;
        Ok(Self { dimension, projector: right * inverse * left, largest })
    }

    /// Inverts L on its range and kills its kernel.
    pub fn group_inverse(&self, generator: &DMatrix<f64>) -> Result<DMatrix<f64>, TransportError> {
        let shifted = generator + &self.projector * self.largest;
        let inverse = shifted.try_inverse().ok_or(TransportError::NoConvergence {
            what: "inverse of the generator",
            reached: f64::NAN,
            wanted: f64::EPSILON,
        })?;
        Ok(inverse - &self.projector / self.largest)
    }
}
