//! Transport of helical edges and Kondo alloys: three papers, one module each.
//!
//! Pure and synchronous: no I/O, no device, no clock. Every answer carries `warnings` in words
//! where its theory is used outside its domain; a value that has no meaning is refused by field
//! name.
pub mod conductance;
mod kernel;
pub mod protection;
pub mod quadrature;
mod random;
mod requests;
pub mod spin_hall;

pub use requests::{ENGINE_VERSION, Transport};

use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use nalgebra::Matrix3;

/// Why a transport question was refused or could not be answered.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    #[error("{what} did not converge: reached {reached:.1e}, wanted {wanted:.1e}")]
    NoConvergence { what: &'static str, reached: f64, wanted: f64 },
    #[error("{what} needs {needed}, the limit is {limit}")]
    TooLarge { what: &'static str, needed: u64, limit: u64 },
}

/// Refuses NaN and infinities, naming the field.
pub(crate) fn finite(field: &str, value: f64) -> Result<f64, Invalid> {
    if value.is_finite() { Ok(value) } else { Err(Invalid::new(field, value, "a finite number")) }
}

/// Refuses what is not a finite number above zero.
pub(crate) fn positive(field: &str, value: f64) -> Result<f64, Invalid> {
    if value.is_finite() && 0.0 < value {
        Ok(value)
    } else {
        Err(Invalid::new(field, value, "a finite number above 0"))
    }
}

/// Refuses a matrix with a value that is not finite; elements are named `field[row][column]`.
pub(crate) fn finite_matrix(field: &str, matrix: &Matrix3<f64>) -> Result<(), Invalid> {
    for row in 0..3 {
        for column in 0..3 {
            finite(&format!("{field}[{row}][{column}]"), matrix[(row, column)])?;
        }
    }
    Ok(())
}
