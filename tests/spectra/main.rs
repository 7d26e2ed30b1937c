//! Spectra: kernels, error bounds, Kramers-Kronig pairs, accumulators, averages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod averages;
mod bins;
mod bounds;
mod kernels;
mod kramers_kronig;
mod refusals;
mod response;
mod support;
