//! Random operations on windows of matrices of small integers: every sum is exact, in any order and on
//! any device.
#![allow(clippy::expect_used, reason = "a failed test")]
use std::sync::Arc;

use edgestate::linalg::{
    Diagonal, Element, Map, Op, Placement, Product, Ragged, Shape, Source, Window,
};
use num_complex::Complex64;

use super::{Random, Sample};

pub fn below(random: &mut Random, limit: usize) -> usize {
    (random.bits() % limit.max(1) as u64) as usize
}

pub fn small(random: &mut Random) -> f64 {
    below(random, 9) as f64 - 4.0
}

pub fn integers<T: Sample>(random: &mut Random, shapes: &[Shape]) -> Ragged<T> {
    let len = shapes.iter().map(|shape| shape.len()).sum();
    let data = (0..len).map(|_| T::sample(Complex64::new(small(random), small(random)))).collect();
    Ragged::new(shapes.to_vec(), data).expect("shapes fit")
}

pub fn shapes(random: &mut Random, count: usize, limit: usize) -> Vec<Shape> {
    (0..count).map(|_| Shape::new(below(random, limit), below(random, limit))).collect()
}

pub fn after(op: Op, shape: Shape) -> Shape {
    match op {
        Op::None => shape,
        Op::Adjoint => Shape::new(shape.cols, shape.rows),
    }
}

pub fn any_op(random: &mut Random) -> Op {
    if below(random, 2) == 0 { Op::None } else { Op::Adjoint }
}

pub fn any_source(random: &mut Random, batches: &[Ragged<impl Element>]) -> Source {
    let batch = below(random, batches.len());
    Source { batch, matrix: below(random, batches[batch].count()) }
}

/// A window of at most `rows` x `cols` inside `shape`.
pub fn any_window(random: &mut Random, shape: Shape, rows: usize, cols: usize) -> Window {
    let (row, col) = (below(random, shape.rows + 1), below(random, shape.cols + 1));
    let rows = below(random, rows.min(shape.rows - row) + 1);
    let cols = below(random, cols.min(shape.cols - col) + 1);
    Window { row, col, rows, cols }
}

pub fn any_map(random: &mut Random, count: usize, limit: usize) -> Map {
    if below(random, 2) == 0 {
        return Map::Shift(below(random, limit - count + 1));
    }
    let start = below(random, 3);
    let entry = |random: &mut Random| {
        let nowhere = limit == 0 || below(random, 4) == 0;
        (if nowhere { Map::NOWHERE } else { below(random, limit) as u32 }, small(random))
    };
    let table: Arc<[(u32, f64)]> = (0..start + count + 1).map(|_| entry(random)).collect();
    Map::Table { table, start }
}

/// Operands of a gather.
pub struct Gather<T> {
    pub sources: Vec<Ragged<T>>,
    pub dests: Vec<Shape>,
    pub placements: Vec<Placement>,
    pub diagonals: Vec<Diagonal>,
}

impl<T: Sample> Gather<T> {
    /// Matrices of fewer rows and columns than `limit`.
    pub fn any(seed: u64, limit: usize) -> Self {
        let mut random = Random(seed);
        let sources: Vec<Ragged<T>> = (0..3)
            .map(|_| {
                let shapes = shapes(&mut random, 4, limit);
                integers(&mut random, &shapes)
            })
            .collect();
        let dests = shapes(&mut random, 5, limit);
        let mut placements = Vec::new();
        for _ in 0..12 {
            let source = any_source(&mut random, &sources);
            let op = any_op(&mut random);
            let shape = after(op, sources[source.batch].shape(source.matrix));
            let dest = below(&mut random, dests.len());
            let window = any_window(&mut random, shape, dests[dest].rows, dests[dest].cols);
            let rows = any_map(&mut random, window.rows, dests[dest].rows);
            let cols = any_map(&mut random, window.cols, dests[dest].cols);
            let scale = small(&mut random);
            placements.push(Placement { source, op, window, scale, dest, rows, cols });
        }
        let mut diagonals = Vec::new();
        for (dest, shape) in dests.iter().enumerate() {
            let n = shape.rows.min(shape.cols);
            let entries =
                (0..n).map(|_| (below(&mut random, n) as u32, small(&mut random))).collect();
            diagonals.push(Diagonal { dest, entries });
        }
        Self { sources, dests, placements, diagonals }
    }
}

/// Operands of products of windows.
pub struct Matmul<T> {
    pub source: Ragged<T>,
    pub dests: Vec<Shape>,
    pub products: Vec<Product>,
}

impl<T: Sample> Matmul<T> {
    /// Factors of fewer rows and columns than `limit`.
    pub fn any(seed: u64, limit: usize) -> Self {
        let mut random = Random(seed);
        let shapes = shapes(&mut random, 6, limit);
        let sources = [integers::<T>(&mut random, &shapes)];
        let dests: Vec<Shape> = (0..4)
            .map(|_| {
                Shape::new(limit + below(&mut random, limit), limit + below(&mut random, limit))
            })
            .collect();
        let mut products = Vec::new();
        for _ in 0..10 {
            let (a, op_a) = (any_source(&mut random, &sources), any_op(&mut random));
            let (b, op_b) = (any_source(&mut random, &sources), any_op(&mut random));
            let a_window = any_window(&mut random, after(op_a, shapes[a.matrix]), limit, limit);
            let mut b_window = any_window(&mut random, after(op_b, shapes[b.matrix]), limit, limit);
            let depth = a_window.cols.min(b_window.rows);
            b_window.rows = depth;
            let a_window = Window { cols: depth, ..a_window };
            let dest = below(&mut random, dests.len());
            let row = below(&mut random, dests[dest].rows - a_window.rows + 1);
            let col = below(&mut random, dests[dest].cols - b_window.cols + 1);
            let scale = small(&mut random);
            products.push(Product { a, op_a, a_window, b, op_b, b_window, scale, dest, row, col });
        }
        let [source] = sources;
        Self { source, dests, products }
    }
}
