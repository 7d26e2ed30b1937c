//! Edgestate: numerical backend for the physics of helical edges. See ARCHITECTURE.md for the map.
pub mod bench;
pub mod cli;
pub mod crossover;
pub mod engine;
pub mod figures;
pub mod invalid;
pub mod jobs;
pub mod linalg;
pub mod nrg;
pub mod plot;
pub mod quadrature;
pub mod ribbon;
pub mod service;
pub mod spectra;
pub mod stop;
pub mod transport;
