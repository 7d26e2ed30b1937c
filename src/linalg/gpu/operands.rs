//! What operations on several batches share: the operands are this device's, and fit.
use std::sync::Arc;

use super::batch::GpuBatch;
use super::device::State;
use crate::linalg::batch::Storage;
use crate::linalg::{Batch, Dtype, LinalgError, Map, Op, Shape, Source, Window};

/// The batch itself, if it lives on this device.
pub(super) fn resident<'a>(
    batch: &'a Batch,
    state: &Arc<State>,
) -> Result<&'a GpuBatch, LinalgError> {
    match &batch.storage {
        Storage::Gpu(found) => found.check_owner(state).map(|()| &**found),
        Storage::Cpu(_) => Err(LinalgError::ForeignBatch),
    }
}

/// All sources, of one element type.
pub(super) fn sources<'a>(
    batches: &[&'a Batch],
    dtype: Dtype,
    state: &Arc<State>,
) -> Result<Vec<&'a GpuBatch>, LinalgError> {
    let mut found = Vec::with_capacity(batches.len());
    for batch in batches {
        let batch = resident(batch, state)?;
        if batch.dtype() != dtype {
            return Err(LinalgError::MixedTypes);
        }
        found.push(batch);
    }
    Ok(found)
}

/// The source exists and the window lies inside it, after `op`; `index` is the operation's.
pub(super) fn check_window(
    sources: &[&GpuBatch],
    index: usize,
    source: Source,
    op: Op,
    window: &Window,
) -> Result<(), LinalgError> {
    let shape = sources.get(source.batch).and_then(|batch| batch.shapes().get(source.matrix));
    let wrong = |expected: String| LinalgError::Shape {
        index,
        rows: window.rows,
        cols: window.cols,
        expected,
    };
    let Some(shape) = shape else {
        let (matrix, batch) = (source.matrix, source.batch);
        return Err(wrong(format!("a source that exists, not matrix {matrix} of batch {batch}")));
    };
    let (rows, cols) = match op {
        Op::None => (shape.rows, shape.cols),
        Op::Adjoint => (shape.cols, shape.rows),
    };
    if inside(window.row, window.rows, rows) && inside(window.col, window.cols, cols) {
        return Ok(());
    }
    let (row, col) = (window.row, window.col);
    Err(wrong(format!("a window from ({row}, {col}) inside a source of {rows} x {cols}")))
}

pub(super) fn inside(first: usize, count: usize, limit: usize) -> bool {
    first.checked_add(count).is_some_and(|end| end <= limit)
}

pub(super) fn dest_shape(
    index: usize,
    dest: usize,
    shapes: &[Shape],
) -> Result<Shape, LinalgError> {
    shapes.get(dest).copied().ok_or_else(|| LinalgError::Shape {
        index,
        rows: 0,
        cols: 0,
        expected: format!("a destination below {}, not {dest}", shapes.len()),
    })
}

pub(super) fn map_fits(map: &Map, count: usize, limit: usize) -> bool {
    match map {
        Map::Shift(first) => inside(*first, count, limit),
        Map::Table { table, start } => {
            let Some(end) = start.checked_add(count) else { return false };
            let Some(entries) = table.get(*start..end) else { return false };
            entries.iter().all(|&(to, _)| to == Map::NOWHERE || (to as usize) < limit)
        }
    }
}

/// Operations that write to the same destination come one after another, in their order: the
/// round of each.
pub(super) fn rounds(dests: impl Iterator<Item = usize>, count: usize) -> Vec<usize> {
    let mut seen = vec![0; count];
    dests
        .map(|dest| {
            seen[dest] += 1;
            seen[dest] - 1
        })
        .collect()
}
