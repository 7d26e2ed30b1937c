//! The built server, driven from outside through gRPC, signals and kill -9.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod crash;
mod eigen;
mod jobs;
mod lifecycle;
mod refusals;
mod ribbon;
mod spectra;
mod support;
mod transport;
