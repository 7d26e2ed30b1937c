//! The built server, driven from outside through gRPC, signals and kill -9.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod cancel;
mod cli;
mod crash;
mod crash_points;
mod devices;
mod disk;
mod eigen;
mod hang;
mod hostile;
mod jobs;
mod kills;
mod lifecycle;
mod pieces;
mod raw;
mod refusals;
mod ribbon;
mod scale;
mod sharing;
mod spectra;
mod support;
mod transport;
