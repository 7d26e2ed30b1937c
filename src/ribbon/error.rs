//! Why a ribbon calculation was refused or could not be finished.
use crate::invalid::Invalid;
use crate::linalg::LinalgError;

#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RibbonError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    /// A root, a minimum or an eigenvalue search came to its limit.
    #[error("{what} did not converge: {reached:.1e} reached, {wanted:.1e} wanted")]
    NoConvergence { what: String, reached: f64, wanted: f64 },
    /// The quantity does not exist for these parameters.
    #[error("{what} does not exist: {why}")]
    Missing { what: String, why: String },
    /// Double precision gives noise here.
    #[error("{what} is below resolution: {value:.1e}, resolved from {resolution:.1e}")]
    BelowResolution { what: String, value: f64, resolution: f64 },
}
