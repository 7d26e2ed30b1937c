//! Ribbons. Equations and numbers: the specification's section named at each test.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod agreement;
mod bulk;
mod four_state;
mod gaps;
mod half_plane;
mod isolated_edge;
mod lattice;
mod models;
mod observables;
mod properties;
mod quantized;
mod refusals;
mod support;
