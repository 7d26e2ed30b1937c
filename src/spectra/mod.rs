//! From discrete peaks to spectra: broadening, Kramers-Kronig transform, averages over z.
//!
//! A spectrum is a list of peaks, A(w) = sum of `weight_i delta(w - position_i)` (Lehmann
//! representation), in any unit of energy. Read in this order: `kernel` (shapes), `broaden` (the
//! door), `direct` (plain sums; `device`: on a device), `moments`, `maps` and `local` (peaks in cells with moments: fast,
//! with a bound on the error), `tree` (the same for the long tails of a Lorentzian), `bins`
//! (a mergeable accumulator), `kramers_kronig` and `response`, `average`.
mod average;
mod bins;
mod bound;
mod broaden;
mod device;
mod direct;
mod grid;
mod kernel;
mod kramers_kronig;
mod local;
mod maps;
mod moments;
mod response;
mod survey;
mod thermal;
mod tree;
mod weight;

pub use average::{Average, plain_average, rescale_factors, rescaled_average};
pub use bins::Bins;
pub use broaden::{Broadened, Certificate, Method, Options, Peaks, broaden};
pub use device::broaden_on;
pub use grid::{logarithmic_grid, sum_rule};
pub use kernel::Kernel;
pub use kramers_kronig::{Interpolation, Tail, kramers_kronig};
pub use response::{retarded, static_susceptibility, static_susceptibility_from_spectrum};
pub use weight::Weight;

use crate::invalid::Invalid;
use crate::linalg::LinalgError;

/// Why a spectrum was refused or could not be finished.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SpectraError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("stopped")]
    Stopped,
    /// A device other than the CPU failed.
    #[error(transparent)]
    Device(LinalgError),
}

impl From<LinalgError> for SpectraError {
    fn from(error: LinalgError) -> Self {
        match error {
            LinalgError::Stopped => Self::Stopped,
            error => Self::Device(error),
        }
    }
}

/// Refuses NaN and infinities, naming the element.
fn finite_slice(field: &str, values: &[f64]) -> Result<(), Invalid> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => {
            Err(Invalid::new(format!("{field}[{index}]"), values[index], "a finite number"))
        }
        None => Ok(()),
    }
}

fn same_length(field: &str, length: usize, expected: usize) -> Result<(), Invalid> {
    if length == expected {
        return Ok(());
    }
    Err(Invalid::new(field, format!("{length} values"), format!("{expected} values")))
}
