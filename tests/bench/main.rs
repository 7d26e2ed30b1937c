//! The benchmark: what it counts, what it compares on, and the command from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test")]

mod command;
mod counting;
mod distribution;
