//! One impurity at an edge: Kondo and Anderson models. With one impurity the helical bath is an
//! ordinary Wilson chain of spinful sites (specification, section 9; App. A6 of Ferrer et al. 2023).
mod model;
mod request;
mod run;

pub use model::OneImpurity;
pub(in crate::nrg) use model::{LEVEL, S_PLUS, S_Z, T_MATRIX};
pub use request::{OneImpurityRequest, OneImpuritySpec, RawOneImpurity};
pub use run::{ONE_IMPURITY_COLUMNS, OneImpurityResult, one_impurity};
pub(in crate::nrg) use run::{expectation, tree, vector_bytes};
