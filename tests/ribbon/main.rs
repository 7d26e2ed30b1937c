//! Ribbons. Equations and numbers: the specification's section named at each test.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod bulk;
mod gaps;
mod lattice;
mod models;
mod observables;
mod properties;
mod refusals;
mod support;
