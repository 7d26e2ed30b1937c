//! Compiles `proto/` in pure Rust (no protoc): messages, clients and servers, and the descriptor set
//! that reflection hands out.
use std::path::PathBuf;

use prost::Message;

const FILES: &[&str] = &[
    "edgestate/v1/common.proto",
    "edgestate/v1/crossover.proto",
    "edgestate/v1/devices.proto",
    "edgestate/v1/eigen.proto",
    "edgestate/v1/impurity.proto",
    "edgestate/v1/jobs.proto",
    "edgestate/v1/nrg.proto",
    "edgestate/v1/spectra.proto",
    "edgestate/v1/ribbon.proto",
    "edgestate/v1/transport.proto",
];

pub fn build() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(out.join("edgestate.v1.descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .bytes(".edgestate.v1.Chunk.data")
        .bytes(".edgestate.v1.ComputeReply.data")
        .compile_fds(descriptors)?;
    Ok(())
}
