//! The messages, clients and servers generated from `proto/edgestate/v1`.
#![allow(missing_docs, missing_debug_implementations, unused_qualifications)]
#![allow(rustdoc::all)]
#![allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::panic)]

tonic::include_proto!("edgestate.v1");

/// The compiled descriptor set, for reflection.
pub const DESCRIPTORS: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/edgestate.v1.descriptors.bin"));
