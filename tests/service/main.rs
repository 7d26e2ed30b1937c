//! The built server, driven from outside through gRPC, signals and kill -9.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod crash;
mod crash_points;
mod disk;
mod eigen;
mod hang;
mod jobs;
mod kills;
mod lifecycle;
mod refusals;
mod ribbon;
mod scale;
mod spectra;
mod support;
mod transport;
