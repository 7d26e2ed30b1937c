//! `matmul`: sums of products of windows, through faer on one thread each.
//!
//! Work is handed out in panels of destination rows. A panel's height is fixed, so the bits of a
//! product depend on its own shape and place only, not on the batch or on the threads.
use faer::linalg::matmul::matmul_with_conj;
use faer::{Accum, Conj, MatMut, MatRef, Par};

use super::operands::{self, Operands};
use super::pool::{Job, Threads};
use crate::linalg::element::Element;
use crate::linalg::{LinalgError, Op, Product, Ragged, Shape, Source, Window};
use crate::stop::Stop;

/// Large against the width of faer's kernels, small enough to share one matrix of order 2500.
const PANEL_ROWS: usize = 512;

/// Some rows of one destination.
struct Panel<'a, T> {
    dest: usize,
    first_row: usize,
    rows: &'a mut [T],
}

pub(super) fn matmul<T: Element>(
    threads: &Threads,
    shapes: &[Shape],
    sources: &Operands<'_, T>,
    products: &[Product],
    stop: &dyn Stop,
) -> Result<Ragged<T>, LinalgError> {
    operands::check_size::<T>(shapes)?;
    for (index, product) in products.iter().enumerate() {
        check_product(index, product, shapes, sources)?;
    }
    let mut result = Ragged::<T>::zeros(shapes);
    let products = operands::by_dest(shapes.len(), products, |product| product.dest);
    let mut jobs = Vec::new();
    for (dest, elements) in result.split_mut().into_iter().enumerate() {
        let stride = shapes[dest].cols;
        if products[dest].is_empty() || elements.is_empty() {
            continue;
        }
        let flops: u64 = products[dest].iter().map(|product| flops(product)).sum();
        for (panel, rows) in elements.chunks_mut(PANEL_ROWS * stride).enumerate() {
            let share = (rows.len() / stride) as f64 / shapes[dest].rows as f64;
            let cost = (flops as f64 * share) as u64 + 100;
            let work = Panel { dest, first_row: panel * PANEL_ROWS, rows };
            jobs.push(Job { index: jobs.len(), cost, work });
        }
    }
    threads.run(jobs, stop, |_, panel: Panel<'_, T>| {
        let stride = shapes[panel.dest].cols;
        for product in &products[panel.dest] {
            if stop.stopped() {
                return Err(LinalgError::Stopped);
            }
            add_product(panel.rows, panel.first_row, stride, product, sources);
        }
        Ok(())
    })?;
    Ok(result)
}

fn flops(product: &Product) -> u64 {
    2 * product.a_window.rows as u64 * product.a_window.cols as u64 * product.b_window.cols as u64
}

fn check_product<T: Element>(
    index: usize,
    product: &Product,
    shapes: &[Shape],
    sources: &Operands<'_, T>,
) -> Result<(), LinalgError> {
    sources.check_window(index, product.a, product.op_a, &product.a_window)?;
    sources.check_window(index, product.b, product.op_b, &product.b_window)?;
    let dest = operands::dest_shape(index, product.dest, shapes)?;
    let (rows, cols) = (product.a_window.rows, product.b_window.cols);
    if product.a_window.cols != product.b_window.rows {
        return Err(LinalgError::Shape {
            index,
            rows: product.b_window.rows,
            cols,
            expected: format!("a second factor of {} rows", product.a_window.cols),
        });
    }
    let inside = |first: usize, count: usize, limit: usize| {
        first.checked_add(count).is_some_and(|end| end <= limit)
    };
    if inside(product.row, rows, dest.rows) && inside(product.col, cols, dest.cols) {
        return Ok(());
    }
    Err(LinalgError::Shape {
        index,
        rows,
        cols,
        expected: format!(
            "a product that fits at ({}, {}) into {} x {}",
            product.row, product.col, dest.rows, dest.cols
        ),
    })
}

/// Adds the part of a (checked) product that falls into the panel `rows`, which starts at
/// `first_row`.
fn add_product<T: Element>(
    rows: &mut [T],
    first_row: usize,
    stride: usize,
    product: &Product,
    sources: &Operands<'_, T>,
) {
    let panel_end = first_row + rows.len() / stride;
    let begin = product.row.max(first_row);
    let end = (product.row + product.a_window.rows).min(panel_end);
    let (depth, cols) = (product.a_window.cols, product.b_window.cols);
    if end <= begin || depth == 0 || cols == 0 {
        return;
    }
    let a_window = Window {
        row: product.a_window.row + (begin - product.row),
        rows: end - begin,
        ..product.a_window
    };
    let (a, conj_a) = view(sources, product.a, product.op_a, &a_window);
    let (b, conj_b) = view(sources, product.b, product.op_b, &product.b_window);
    let dest = MatMut::from_row_major_slice_mut(rows, panel_end - first_row, stride).submatrix_mut(
        begin - first_row,
        product.col,
        end - begin,
        cols,
    );
    let scale = T::from_real(product.scale);
    matmul_with_conj(dest, Accum::Add, a, conj_a, b, conj_b, scale, Par::Seq);
}

/// A window of `op(source)` without a copy.
fn view<'a, T: Element>(
    sources: &Operands<'a, T>,
    source: Source,
    op: Op,
    window: &Window,
) -> (MatRef<'a, T>, Conj) {
    let shape = sources.shape(source);
    let whole = MatRef::from_row_major_slice(sources.matrix(source), shape.rows, shape.cols);
    let (whole, conj) = match op {
        Op::None => (whole, Conj::No),
        Op::Adjoint => (whole.transpose(), Conj::Yes),
    };
    (whole.submatrix(window.row, window.col, window.rows, window.cols), conj)
}
