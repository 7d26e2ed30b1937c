//! The wire: decode, limits, stream out, status mapping. No numerics, no planning.
pub mod proto;
