//! Numerical renormalization group for impurities at a helical edge
//! (Ferrer, Yevtushenko and Weichselbaum 2023; units D = a = hbar = k_B = 1).
//!
//! Read in this order: `request` (what is asked), `grid` and `ladder` (the bath), `impurity` and `rung`
//! (the model), `space`, `parity` and `operators` (quantum numbers and symmetries), `shell`,
//! `truncation`, `rotate`, `pairs` and `scalars` (one shell of all runs), `ledger` (thermal sums),
//! `run` (all of it in lockstep), `result`. `complete` and `dynamics` are the full density matrix and
//! spectra; `requests` the documents of the engine "impurity".
mod allotment;
mod certificate;
mod channels;
mod complete;
mod cost;
mod double;
mod dynamics;
pub mod edge;
mod elements;
mod error_bars;
mod grid;
mod helical_anderson;
mod impurity;
mod integrals;
mod ladder;
mod ladder_thermodynamics;
mod ledger;
mod one_impurity;
mod operators;
mod pairs;
mod parity;
mod regime;
mod request;
mod requests;
mod result;
mod rotate;
mod run;
mod rung;
mod scalars;
pub mod scaling;
mod second_order;
mod shell;
mod space;
mod truncation;

pub use channels::{Channels, channels};
pub use cost::{Cost, blocks, estimate, estimate_together};
pub use dynamics::{
    BarredOutcome, Correlation, Discrete, DynamicsError, HelicalAndersonSpectra, Pair,
    SpectraOutcome, SpectraRun, SpectrumCertificate, SpectrumPeak, TMatrix, TMatrixPoint,
    TMatrixRequest, TruncationError, TwoImpuritySpectra, helical_anderson_spectra,
    one_impurity_spectra, tmatrix, two_impurity_scan_in_lockstep, two_impurity_spectra,
    two_impurity_spectra_in_lockstep, two_impurity_spectra_of_all_sectors,
    two_impurity_spectra_with_error_bars,
};
pub use error_bars::{ErrorBar, is_barred};
pub use helical_anderson::{HelicalAnderson, HelicalAndersonSpec};
pub use ladder::Ladder;
pub use ladder_thermodynamics::{
    HelicalPair, LADDER_THERMODYNAMICS_COLUMNS, LadderThermodynamics, LadderThermodynamicsSpec,
    SECTOR_WEIGHTS, ladder_thermodynamics, ladder_thermodynamics_of_all_sectors,
};
pub use one_impurity::{
    ONE_IMPURITY_COLUMNS, OneImpurity, OneImpurityRequest, OneImpurityResult, OneImpuritySpec,
    RawOneImpurity, one_impurity,
};
pub use regime::{PairRegime, Regime, pair_regime};
pub use request::{
    Discretization, Model, ModelKind, RawDiscretization, RawModel, RawRequest, RawRun,
    RawTruncation, Request, Rule, Run, SWEEPABLE, Scheme, Truncation,
};
pub use requests::{IMPURITY_VERSION, Impurities};
pub use result::{Column, PointSummary, SHELL_COLUMNS, Statistic, UNIT_COLUMNS, UnitResult};
pub use run::{NrgError, Outcome, Path, RunSpec, run, run_on};
pub use second_order::second_order_exchange_on_ladder;

/// Raised by hand whenever a change moves numbers; part of every result's key.
pub const ENGINE_VERSION: u32 = 3;
