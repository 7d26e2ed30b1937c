//! Some columns of a whole decomposition: what a device does that cannot leave work undone.
use std::ops::Range;

use super::{Batch, Device, Eigh, LinalgError, Map, Op, Placement, Shape, Source, Window};

/// What there is of `range` in a matrix of this order.
pub(super) fn cut(range: &Range<usize>, order: usize) -> Range<usize> {
    let end = range.end.min(order);
    range.start.min(end)..end
}

/// Values and vectors `range` of each matrix; the ratios stay.
pub(super) fn columns<D: Device + ?Sized>(
    device: &D,
    whole: Eigh,
    range: &Range<usize>,
) -> Result<Eigh, LinalgError> {
    let Eigh { mut values, vectors, ratios, recomputed } = whole;
    let vectors = vectors.map(|vectors| take_columns(device, &vectors, range)).transpose()?;
    for values in &mut values {
        let wanted = cut(range, values.len());
        *values = values[wanted].to_vec();
    }
    Ok(Eigh { values, vectors, ratios, recomputed })
}

fn take_columns<D: Device + ?Sized>(
    device: &D,
    vectors: &Batch,
    range: &Range<usize>,
) -> Result<Batch, LinalgError> {
    let (mut shapes, mut placements) = (Vec::new(), Vec::new());
    for (index, shape) in vectors.shapes().iter().enumerate() {
        let wanted = cut(range, shape.cols);
        shapes.push(Shape::new(shape.rows, wanted.len()));
        placements.push(Placement {
            source: Source { batch: 0, matrix: index },
            op: Op::None,
            window: Window { row: 0, col: wanted.start, rows: shape.rows, cols: wanted.len() },
            scale: 1.0,
            dest: index,
            rows: Map::Shift(0),
            cols: Map::Shift(0),
        });
    }
    device.gather(vectors.dtype(), &shapes, &[vectors], &placements, &[])
}
