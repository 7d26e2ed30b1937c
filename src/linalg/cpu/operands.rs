//! What operations on several batches share: finding the operands, checking that they fit.
use crate::linalg::element::Element;
use crate::linalg::{Batch, LinalgError, Op, Ragged, Shape, Source, Window};

/// The source batches of one operation, all of one element type.
pub(super) struct Operands<'a, T> {
    batches: Vec<&'a Ragged<T>>,
}

impl<'a, T: Element> Operands<'a, T> {
    pub(super) fn new(sources: &[&'a Batch]) -> Result<Self, LinalgError> {
        let mut batches = Vec::with_capacity(sources.len());
        for source in sources {
            batches.push(T::of(source.host()?).ok_or(LinalgError::MixedTypes)?);
        }
        Ok(Self { batches })
    }

    /// Of a source that has been checked.
    pub(super) fn shape(&self, source: Source) -> Shape {
        self.batches[source.batch].shape(source.matrix)
    }

    /// Of a source that has been checked.
    pub(super) fn matrix(&self, source: Source) -> &'a [T] {
        self.batches[source.batch].matrix(source.matrix)
    }

    /// The source exists and the window lies inside it, after `op`; `index` is the operation's.
    pub(super) fn check_window(
        &self,
        index: usize,
        source: Source,
        op: Op,
        window: &Window,
    ) -> Result<(), LinalgError> {
        let shape = self
            .batches
            .get(source.batch)
            .and_then(|batch| batch.shapes().get(source.matrix))
            .ok_or_else(|| LinalgError::Shape {
                index,
                rows: window.rows,
                cols: window.cols,
                expected: format!(
                    "a source that exists, not matrix {} of batch {}",
                    source.matrix, source.batch
                ),
            })?;
        let (rows, cols) = match op {
            Op::None => (shape.rows, shape.cols),
            Op::Adjoint => (shape.cols, shape.rows),
        };
        let inside = |first: usize, count: usize, limit: usize| {
            first.checked_add(count).is_some_and(|end| end <= limit)
        };
        if inside(window.row, window.rows, rows) && inside(window.col, window.cols, cols) {
            return Ok(());
        }
        Err(LinalgError::Shape {
            index,
            rows: window.rows,
            cols: window.cols,
            expected: format!(
                "a window from ({}, {}) inside a source of {rows} x {cols}",
                window.row, window.col
            ),
        })
    }
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

/// Refuses sizes that no address space holds, before anything is allocated.
pub(super) fn check_size<T>(shapes: &[Shape]) -> Result<(), LinalgError> {
    let mut bytes = 0_u128;
    for shape in shapes {
        let elements = shape.rows as u128 * shape.cols as u128;
        bytes = bytes.saturating_add(elements.saturating_mul(size_of::<T>() as u128));
    }
    let budget = isize::MAX as u128;
    if bytes <= budget {
        return Ok(());
    }
    Err(LinalgError::OverBudget {
        needed_bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        budget_bytes: isize::MAX as u64,
    })
}

/// The operations of each destination, in their order; all destinations are below `count`.
pub(super) fn by_dest<O>(
    count: usize,
    operations: &[O],
    dest: impl Fn(&O) -> usize,
) -> Vec<Vec<&O>> {
    let mut lists = vec![Vec::new(); count];
    for operation in operations {
        lists[dest(operation)].push(operation);
    }
    lists
}
