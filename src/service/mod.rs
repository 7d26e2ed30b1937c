//! The wire: decode, limits, stream out, status mapping. No numerics, no planning.
mod arrays;
mod calls;
mod decode;
mod devices;
mod eigen;
mod encode;
mod jobs;
pub mod limits;
pub mod listen;
pub mod proto;
pub mod server;
mod spectra;
mod status;
mod transport;
