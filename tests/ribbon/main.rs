#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod isolated_edge;
mod quantized;
