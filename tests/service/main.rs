//! The built server, driven from outside through gRPC, signals and kill -9.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod cancel;
mod cli;
mod crash;
mod eigen;
mod hostile;
mod jobs;
mod lifecycle;
mod raw;
mod refusals;
mod ribbon;
mod sharing;
mod spectra;
mod support;
mod transport;
