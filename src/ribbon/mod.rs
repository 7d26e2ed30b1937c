//! Helical edge states of ribbons: BHZ with Rashba coupling, or a model of one's own.
//!
//! Energies in meV, lengths in nm, wave numbers in 1/nm. Source: Phys. Rev. B 93, 205431 (2016),
//! its formulas re-derived; "section n" below names the section of that specification.
mod bhz;
mod blocks;
mod bulk;
mod bulk_gap;
mod convergence;
mod dense;
mod density_of_states;
mod error;
pub mod four_state;
mod gap;
pub mod half_plane;
pub mod isolated_edge;
mod lattice;
mod model;
mod observables;
mod partial;
pub mod quantized;
mod reduce;
pub mod requests;
mod roots;
mod rotation;
mod sector;
mod solve;
mod terms;
mod tracking;
mod transverse;

pub use blocks::{Blocks, SquareMatrix, Strip};
pub use bulk::{BulkEdges, bulk_bands, bulk_edges};
pub use convergence::{Convergence, convergence};
pub use density_of_states::{Broadening, density_of_states};
pub use error::RibbonError;
pub use gap::{Gap, RESOLUTION_MEV, edge_gap, vanishing_width};
pub use lattice::{FEWEST_SITES, MOST_SITES, Ribbon, functions_needed};
pub use model::{Model, Preset, RashbaOrders};
pub use observables::{Density, Edge, EdgeSpin, density};
pub use requests::Ribbons;
pub use rotation::{Projection, Rotation};
pub use solve::{Certificate, Method, Point, Query, Spectrum, Want, solve};
pub use tracking::{Bands, track};
