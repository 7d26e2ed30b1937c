//! Helical edge states of ribbons: BHZ with Rashba coupling, or a model of one's own.
//!
//! Energies in meV, lengths in nm, wave numbers in 1/nm. Source: Phys. Rev. B 93, 205431 (2016),
//! its formulas re-derived; "section n" below names the section of that specification.
mod bhz;
mod blocks;
mod continuum;
mod dense;
mod error;
pub mod four_state;
pub mod half_plane;
pub mod isolated_edge;
mod lattice;
mod model;
mod partial;
pub mod quantized;
mod reduce;
pub mod requests;
mod roots;
mod sector;
mod solve;
mod terms;
mod transverse;

pub use blocks::{Blocks, SquareMatrix, Strip};
pub use error::RibbonError;
pub use lattice::{FEWEST_SITES, MOST_SITES, Ribbon, functions_needed};
pub use model::{Model, Preset, RashbaOrders};
pub use requests::Ribbons;
pub use solve::{Certificate, Method, Point, Query, Spectrum, Want, solve};
