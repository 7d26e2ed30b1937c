//! Ribbons. Equations and numbers: the specification's section named at each test.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod four_state;
mod half_plane;
mod isolated_edge;
mod lattice;
mod quantized;
mod support;
