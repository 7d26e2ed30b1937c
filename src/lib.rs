//! Edgestate: numerical backend for the physics of helical edges. See ARCHITECTURE.md for the map.
pub mod cli;
pub mod invalid;
pub mod jobs;
pub mod linalg;
pub mod nrg;
pub mod service;
pub mod spectra;
pub mod stop;
pub mod transport;
