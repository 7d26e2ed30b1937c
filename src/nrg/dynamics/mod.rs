//! Spectral functions from the full density matrix: discrete data, and what is made of them.
mod anderson;
mod certificate;
mod corner;
mod discrete;
mod lockstep;
mod one;
mod record;
mod reduced;
mod sinks;
mod smooth;
mod tmatrix;
mod two;
mod weigh;

pub use certificate::{
    BarredOutcome, SpectrumCertificate, SpectrumPeak, TruncationError,
    two_impurity_spectra_with_error_bars,
};
pub(in crate::nrg) use discrete::fermi_window;
pub(in crate::nrg) use two::two_impurity_start;

pub use anderson::{HelicalAndersonSpectra, helical_anderson_spectra};
pub use discrete::{Discrete, DynamicsError};
pub use lockstep::{
    SpectraOutcome, SpectraRun, two_impurity_scan_in_lockstep, two_impurity_spectra_in_lockstep,
};
pub use one::{Correlation, one_impurity_spectra};
pub use tmatrix::{TMatrix, TMatrixPoint, TMatrixRequest, tmatrix};
pub use two::{
    Pair, TwoImpuritySpectra, two_impurity_spectra, two_impurity_spectra_of_all_sectors,
};
