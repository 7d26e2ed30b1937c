//! Numerical renormalization group for impurities at a helical edge
//! (Ferrer, Yevtushenko and Weichselbaum 2023; units D = a = hbar = k_B = 1).
mod cost;
mod request;
mod result;
mod run;

pub use cost::{Cost, estimate};
pub use request::{
    Discretization, Model, ModelKind, RawRequest, Request, Rule, Run, SWEEPABLE, Scheme, Truncation,
};
pub use result::{Column, PointSummary, SHELL_COLUMNS, Statistic, UNIT_COLUMNS, UnitResult};
pub use run::{Monitor, NrgError, RunSpec, run};

/// Raised by hand whenever a change moves numbers; part of every result's key.
pub const ENGINE_VERSION: u32 = 1;
