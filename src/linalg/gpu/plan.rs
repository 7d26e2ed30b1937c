//! What goes where and in which dispatch, decided on the host before anything is sent: no wgpu
//! here.
use std::ops::Range;

use super::layout::{Product, Task};
use super::shaders::matmul::{CONJUGATE_A, CONJUGATE_B, DEPTH, TILE};
use crate::linalg::{LinalgError, Shape};

/// Where a matrix lies: a buffer of its batch, and the first element there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slab: usize,
    pub(super) first: u32,
}

/// A batch cut into buffers that a kernel can bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slabs {
    pub(super) places: Vec<Place>,
    /// Elements of each buffer, none of them empty.
    pub(super) lengths: Vec<u32>,
}

impl Slabs {
    /// Matrices in order, as many to a buffer of `max_bytes` as fit. A matrix larger than that is
    /// refused.
    pub(super) fn new(
        shapes: &[Shape],
        element_bytes: u64,
        max_bytes: u64,
    ) -> Result<Self, LinalgError> {
        // Kernels count doubles in 32 bits.
        let max_length = (max_bytes / element_bytes).min(u64::from(u32::MAX / 2));
        let mut places = Vec::with_capacity(shapes.len());
        let mut lengths: Vec<u32> = Vec::new();
        for &shape in shapes {
            let length = shape.rows as u128 * shape.cols as u128;
            if u128::from(max_length) < length {
                let needed = length.saturating_mul(u128::from(element_bytes));
                return Err(over_budget(needed, max_bytes));
            }
            let length = length as u32;
            let last = lengths.last().copied();
            let begins = last.is_none_or(|last| max_length < u64::from(last) + u64::from(length));
            // An empty matrix begins no buffer; where there is none it is nowhere.
            if begins && length != 0 {
                lengths.push(0);
            }
            let slab = lengths.len().saturating_sub(1);
            let first = lengths.last().copied().unwrap_or(0);
            places.push(Place { slab, first });
            if let Some(last) = lengths.last_mut() {
                *last += length;
            }
        }
        Ok(Self { places, lengths })
    }

    pub(super) fn elements(&self) -> u64 {
        self.lengths.iter().map(|length| u64::from(*length)).sum()
    }
}

pub(super) fn over_budget(needed_bytes: u128, budget_bytes: u64) -> LinalgError {
    let needed_bytes = u64::try_from(needed_bytes).unwrap_or(u64::MAX);
    LinalgError::OverBudget { needed_bytes, budget_bytes }
}

/// A factor as a kernel sees it: the first element and the steps along rows and columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) first: u32,
    pub(super) shape: Shape,
    pub(super) row: u32,
    pub(super) col: u32,
    pub(super) conjugate: bool,
}

impl View {
    pub(super) fn new(first: u32, shape: Shape) -> Self {
        Self { first, shape, row: shape.cols as u32, col: 1, conjugate: false }
    }
    /// The conjugate transpose.
    pub(super) fn adjoint(self) -> Self {
        let shape = Shape::new(self.shape.cols, self.shape.rows);
        Self { shape, row: self.col, col: self.row, conjugate: !self.conjugate, ..self }
    }
    /// A rectangle of it (inside, checked by the caller).
    pub(super) fn window(self, row: usize, col: usize, rows: usize, cols: usize) -> Self {
        debug_assert!(row + rows <= self.shape.rows && col + cols <= self.shape.cols);
        let first = self.first + row as u32 * self.row + col as u32 * self.col;
        Self { first, shape: Shape::new(rows, cols), ..self }
    }
}

/// `out += scale a b`; the shapes agree and `out` is row-major (checked by the caller).
pub(super) fn product(a: View, b: View, out: View, scale: f64) -> Product {
    debug_assert_eq!(a.shape.cols, b.shape.rows);
    debug_assert_eq!(out.shape, Shape::new(a.shape.rows, b.shape.cols));
    debug_assert!(out.col == 1 && !out.conjugate);
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    Product {
        rows: a.shape.rows as u32,
        cols: b.shape.cols as u32,
        depth: a.shape.cols as u32,
        a_first: a.first,
        a_row: a.row,
        a_col: a.col,
        b_first: b.first,
        b_row: b.row,
        b_col: b.col,
        out_first: out.first,
        out_row: out.row,
        flags: flag(a.conjugate, CONJUGATE_A) | flag(b.conjugate, CONJUGATE_B),
        scale,
    }
}

/// The tiles of all products, in order.
pub(super) fn tasks(products: &[Product]) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (index, product) in products.iter().enumerate() {
        if product.depth == 0 {
            continue;
        }
        for row in (0..product.rows).step_by(TILE as usize) {
            for col in (0..product.cols).step_by(TILE as usize) {
                tasks.push(Task { product: index as u32, row, col });
            }
        }
    }
    tasks
}

/// Floating-point operations that a workgroup does for a task, with the padding of its tile.
pub(super) fn work(product: &Product) -> u64 {
    let depth = u64::from(product.depth.next_multiple_of(DEPTH).max(DEPTH));
    2 * u64::from(TILE) * u64::from(TILE) * depth
}

/// Cuts tasks of these works into dispatches of at most `max_work`, but at least one task.
pub(super) fn dispatches(works: &[u64], max_work: u64, max_groups: u32) -> Vec<Range<u32>> {
    let mut ranges = Vec::new();
    let (mut first, mut sum) = (0_u32, 0_u64);
    for (index, &work) in works.iter().enumerate() {
        let index = index as u32;
        let full = max_work < sum.saturating_add(work) || max_groups <= index - first;
        if first < index && full {
            ranges.push(first..index);
            (first, sum) = (index, 0);
        }
        sum = sum.saturating_add(work);
    }
    if !works.is_empty() {
        ranges.push(first..works.len() as u32);
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any_product(rows: u32, cols: u32, depth: u32) -> Product {
        let shape = |rows: u32, cols: u32| Shape::new(rows as usize, cols as usize);
        let (a, b) = (View::new(0, shape(rows, depth)), View::new(0, shape(depth, cols)));
        product(a, b, View::new(0, shape(rows, cols)), 1.0)
    }

    #[test]
    fn slabs_respect_the_limit_and_lose_nothing() {
        let shapes: Vec<Shape> = [(3, 4), (0, 5), (2, 2), (4, 4), (1, 1), (5, 3), (0, 0)]
            .iter()
            .map(|&(rows, cols)| Shape::new(rows, cols))
            .collect();
        let slabs = Slabs::new(&shapes, 8, 16 * 8).expect("fits");
        assert_eq!(slabs.lengths, [16, 16, 16]);
        let mut used = vec![0; 3];
        for (place, shape) in slabs.places.iter().zip(&shapes) {
            if !shape.is_empty() {
                assert_eq!(place.first, used[place.slab]);
                used[place.slab] += shape.len() as u32;
            }
        }
        assert_eq!(used, slabs.lengths);
        assert_eq!(slabs.elements(), 48);

        let error = Slabs::new(&shapes, 8, 15 * 8 + 7).expect_err("4 x 4 does not fit");
        let LinalgError::OverBudget { needed_bytes, budget_bytes } = error else {
            unreachable!("{error}")
        };
        assert_eq!((needed_bytes, budget_bytes), (128, 127));
        assert!(Slabs::new(&[Shape::square(usize::MAX)], 8, u64::MAX).is_err());
    }

    /// The bound is on work, not on time: no dispatch is longer than it may be.
    #[test]
    fn dispatches_stay_within_their_work() {
        let products: Vec<Product> =
            (0..200).map(|n| any_product(n * 7 % 301, n * 13 % 190, n * 29 % 2500)).collect();
        let tasks = tasks(&products);
        let works: Vec<u64> = tasks.iter().map(|t| work(&products[t.product as usize])).collect();
        for (max_work, max_groups) in
            [(1, 1000), (30_000_000, 1000), (100_000_000, 1000), (u64::MAX, 7)]
        {
            let ranges = dispatches(&works, max_work, max_groups);
            let mut next = 0;
            for range in &ranges {
                assert_eq!(range.start, next);
                assert!(!range.is_empty() && range.len() <= max_groups as usize);
                let sum: u64 = works[range.start as usize..range.end as usize].iter().sum();
                assert!(range.len() == 1 || sum <= max_work, "{sum} of {max_work}");
                next = range.end;
            }
            assert_eq!(next as usize, tasks.len());
        }
        assert!(dispatches(&[], 1, 1).is_empty());
    }

    #[test]
    fn tasks_cover_each_element_once() {
        let products = [any_product(130, 65, 3), any_product(0, 9, 9), any_product(64, 64, 0)];
        let mut seen = vec![0; 130 * 65];
        for task in tasks(&products).iter().filter(|task| task.product == 0) {
            for row in task.row..130.min(task.row + TILE) {
                for col in task.col..65.min(task.col + TILE) {
                    seen[(row * 65 + col) as usize] += 1;
                }
            }
        }
        assert!(seen.iter().all(|count| *count == 1));
        assert_eq!(tasks(&products).iter().filter(|task| task.product == 2).count(), 0);
    }
}
