//! Answers of all points as arrays over the sweep.
//!
//! An array `E[k, band]` of every point becomes `E[axes..., k, band]`; where points differ in the
//! length of a dimension, the shorter ones are filled up (NaN, -1). The values of a dimension are a
//! coordinate where all points agree on them, else an array over the axes called `<name>_values`.
use super::tensors::{Layout, Tensor, coordinate};
use super::{Point, Results};
use crate::engine::{Answer, Array, Values};

pub(super) fn tensors(results: &Results) -> Vec<Tensor> {
    let layout = Layout::new(results);
    let answers: Vec<Option<&Answer>> = results.points.iter().map(answer).collect();
    let mut tensors = vec![layout.status(results)];
    for kind in kinds(&answers) {
        let found: Vec<Option<&Array>> =
            answers.iter().map(|answer| answer.and_then(|answer| answer.get(&kind.name))).collect();
        tensors.push(match shared_coordinate(kind, &found) {
            Some(values) => coordinate(&kind.name, &kind.unit, &kind.long_name, values),
            None => stacked(&layout, kind, &found),
        });
    }
    tensors
}

fn answer(point: &Point) -> Option<&Answer> {
    match point {
        Point::Answered(answer) => Some(answer),
        _ => None,
    }
}

/// The first array of every name.
fn kinds<'a>(answers: &[Option<&'a Answer>]) -> Vec<&'a Array> {
    let mut kinds: Vec<&Array> = Vec::new();
    for array in answers.iter().flatten().flat_map(|answer| &answer.arrays) {
        if !kinds.iter().any(|known| known.name == array.name) {
            kinds.push(array);
        }
    }
    kinds
}

fn shared_coordinate<'a>(kind: &'a Array, found: &[Option<&Array>]) -> Option<&'a [f64]> {
    let Values::F64(values) = &kind.values else { return None };
    let same = |array: &&Array| array.values == kind.values;
    (kind.is_coordinate() && found.iter().flatten().all(same)).then_some(values)
}

fn stacked(layout: &Layout, kind: &Array, found: &[Option<&Array>]) -> Tensor {
    let rank = kind.shape.len();
    let alike = |array: &&&Array| array.shape.len() == rank;
    let longest = |dimension: usize| {
        let lengths = found.iter().flatten().filter(alike).map(|array| array.shape[dimension]);
        lengths.max().unwrap_or(0)
    };
    let shape: Vec<usize> = (0..rank).map(longest).collect();
    let arrays = || found.iter().map(|array| array.filter(|array| array.shape.len() == rank));
    let values = match &kind.values {
        Values::F64(_) => Values::F64(filled(arrays(), &shape, f64::NAN, Values::real)),
        Values::I64(_) => Values::I64(filled(arrays(), &shape, -1, Values::whole)),
        Values::C128(_) => Values::C128(filled(arrays(), &shape, [f64::NAN; 2], Values::complex)),
    };
    // A name of several dimensions cannot be that of one of them.
    let of_dimension = kind.dimensions.contains(&kind.name);
    let name = if of_dimension { format!("{}_values", kind.name) } else { kind.name.clone() };
    let tensor = layout.tensor(&name, &kind.unit, &kind.long_name, values);
    let dimensions = kind.dimensions.iter().zip(shape);
    dimensions.fold(tensor, |tensor, (dimension, len)| tensor.along(dimension, len))
}

/// Every array in the corner of a block of `shape`, one block after another.
fn filled<'a, T: Copy + 'a>(
    arrays: impl Iterator<Item = Option<&'a Array>>,
    shape: &[usize],
    nothing: T,
    of: fn(&Values) -> &[T],
) -> Vec<T> {
    let block: usize = shape.iter().product();
    let mut all = Vec::new();
    for array in arrays {
        let start = all.len();
        all.resize(start + block, nothing);
        let Some(array) = array else { continue };
        for (index, value) in of(&array.values).iter().enumerate() {
            all[start + place(index, &array.shape, shape)] = *value;
        }
    }
    all
}

/// Where element `index` of an array of shape `from` is in one of shape `to`.
fn place(index: usize, from: &[usize], to: &[usize]) -> usize {
    let (mut rest, mut place, mut stride) = (index, 0, 1);
    for (from, to) in from.iter().zip(to).rev() {
        place += rest % from * stride;
        rest /= from;
        stride *= to;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_indices_in_a_larger_block() {
        let (from, to) = ([2, 3], [4, 5]);
        for row in 0..2 {
            for column in 0..3 {
                assert_eq!(place(row * 3 + column, &from, &to), row * 5 + column);
            }
        }
        assert_eq!(place(0, &[], &[]), 0);
    }
}
