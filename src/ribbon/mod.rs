//! Helical edge states of ribbons: BHZ with Rashba coupling, or a model of one's own.
//!
//! Energies in meV, lengths in nm, wave numbers in 1/nm. Source: Phys. Rev. B 93, 205431 (2016),
//! its formulas re-derived; "section n" below names the section of that specification.
mod continuum;
mod error;
pub mod four_state;
pub mod half_plane;
pub mod isolated_edge;
mod model;
pub mod quantized;
mod roots;

pub use error::RibbonError;
pub use model::{Model, Preset, RashbaOrders};
