//! What the library refuses, at the place of the document where it came from.
use nalgebra::Matrix3;

use crate::engine::{Range, Reader, Section};
use crate::invalid::Invalid;
use crate::transport::TransportError;

/// The value, or a refusal: `places` are (beginning of the library's name, path in the document),
/// the first that fits counts; what fits nowhere is refused at `whole`.
pub(super) fn accept<T, E: Into<TransportError>>(
    reader: &Reader<'_>,
    result: Result<T, E>,
    whole: &str,
    places: &[(&str, &str)],
) -> Option<T> {
    match result.map_err(Into::into) {
        Ok(value) => Some(value),
        Err(TransportError::Invalid(invalid)) => {
            let found = places
                .iter()
                .find_map(|(from, to)| Some(format!("{to}{}", invalid.field.strip_prefix(from)?)));
            let field = found.unwrap_or_else(|| whole.to_owned());
            reader.refuse(Invalid { field, ..invalid });
            None
        }
        Err(TransportError::TooLarge { what, needed, limit }) => {
            reader.refuse(Invalid::new(whole, needed, format!("{what}: at most {limit}")));
            None
        }
        Err(other) => {
            reader.refuse(Invalid::new(whole, other, "values with an answer"));
            None
        }
    }
}

/// A 3 x 3 matrix: 9 numbers row by row, or the 3 of a diagonal one. None after a refusal.
pub(super) fn matrix(section: &Section<'_, '_>, field: &'static str) -> Option<Matrix3<f64>> {
    const EXPECTED: &str = "9 numbers, row by row, or the 3 of a diagonal matrix";
    if !section.has(field) {
        section.missing(field, EXPECTED);
        return None;
    }
    match section.numbers(field, Range::FINITE, 9)?.as_slice() {
        all @ [_, _, _, _, _, _, _, _, _] => Some(Matrix3::from_row_slice(all)),
        [x, y, z] => Some(Matrix3::from_diagonal(&[*x, *y, *z].into())),
        other => {
            section.refuse(field, format!("{} values", other.len()), EXPECTED);
            None
        }
    }
}

/// A list of numbers that has to be there; empty after a refusal.
pub(super) fn list(
    section: &Section<'_, '_>,
    field: &'static str,
    range: Range,
    most: usize,
) -> Vec<f64> {
    if !section.has(field) {
        section.missing(field, format!("1 to {most} values"));
    }
    section.numbers(field, range, most).unwrap_or_default()
}

/// Three numbers; NaN after a refusal.
pub(super) fn vector(section: &Section<'_, '_>, field: &'static str) -> [f64; 3] {
    let values = list(section, field, Range::FINITE, 3);
    <[f64; 3]>::try_from(values.as_slice()).unwrap_or_else(|_| {
        if !values.is_empty() {
            section.refuse(field, format!("{} values", values.len()), "3 numbers");
        }
        [f64::NAN; 3]
    })
}
