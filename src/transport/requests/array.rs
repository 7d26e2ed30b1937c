//! Impurities along the edge: `[[array.impurities]]`.
use nalgebra::Matrix3;

use super::place::{accept, matrix};
use crate::engine::{Range, Reader, Section};
use crate::invalid::Invalid;
use crate::transport::TransportError;
use crate::transport::protection::Impurity;

pub(super) const MAX_IMPURITIES: usize = 200;

/// Where the library's names are in the document.
const PLACES: &[(&str, &str)] = &[
    ("impurities", "array.impurities"),
    ("heisenberg", "array.bonds"),
    ("delta_v", "array.delta_v_mev_nm"),
    ("starts", "calculation.starts"),
    ("tolerance", "calculation.tolerance"),
    ("wavenumber", "edge.wavenumber_per_nm"),
    ("spin", "array.spin"),
];

/// What the library says of an array of impurities; refusals get the names of the document.
pub(super) fn accept_array<T>(reader: &Reader<'_>, result: Result<T, TransportError>) -> Option<T> {
    let named = result.map_err(|error| match error {
        TransportError::Invalid(Invalid { field, value, expected })
            if field.ends_with(".position") =>
        {
            Invalid::new(format!("{field}_nm"), value, expected).into()
        }
        other => other,
    });
    accept(reader, named, "array.impurities", PLACES)
}

/// Position, axis n and coupling J/(hbar vF) of each impurity. Refused couplings are zero.
pub(super) fn impurities(array: &Section<'_, '_>) -> Vec<Impurity> {
    if !array.has("impurities") {
        array.missing("impurities", "a list of tables, one for each impurity");
    }
    array.tables("impurities", MAX_IMPURITIES, |impurity| Impurity {
        position: impurity.number_or("position_nm", 0.0, Range::FINITE),
        theta: impurity.number_or("theta_rad", 0.0, Range::FINITE),
        phi: impurity.number_or("phi_rad", 0.0, Range::FINITE),
        coupling: matrix(impurity, "coupling").unwrap_or_else(Matrix3::zeros),
    })
}
