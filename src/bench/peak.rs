//! What a device can do at most, measured: the roofline of the report.
use std::sync::Arc;

use rayon::prelude::*;

use super::BenchError;
use super::clock::{Span, timed};
use super::counters::Peak;
use super::matrices::BatchSpec;
use crate::linalg::{Device, Dtype, LinalgError, Op, Product, Shape, Source, Window};
use crate::stop::Never;

/// Elements of each of the three arrays of the triad, far beyond any cache.
const TRIAD: usize = 8 << 20;
const ROUNDS: usize = 5;
/// Triangles that a core keeps to itself, and that an SM does.
const CPU_CACHE_BYTES: f64 = 2e6;
const GPU_CACHE_BYTES: f64 = 256e3;

/// Of the processor, with the threads of the current rayon pool: a triad a = b + s c (24 bytes an
/// element), and products of matrices through the door. By processor time shared by the threads: what
/// else the machine does is not its fault.
pub fn of_cpu(device: &Arc<dyn Device>, threads: usize) -> Result<Peak, BenchError> {
    let (b, c) = (vec![1.0_f64; TRIAD], vec![2.0_f64; TRIAD]);
    let mut a = vec![0.0_f64; TRIAD];
    let part = TRIAD.div_ceil(threads.max(1));
    let threads = threads.max(1);
    let mut seconds = f64::INFINITY;
    for _ in 0..ROUNDS {
        let ((), span) = timed(|| {
            let pairs = b.par_chunks(part).zip(c.par_chunks(part));
            a.par_chunks_mut(part).zip(pairs).for_each(|(a, (b, c))| {
                for i in 0..a.len() {
                    a[i] = b[i] + 0.4 * c[i];
                }
            });
        });
        seconds = seconds.min(span.cpu_seconds / threads as f64);
    }
    std::hint::black_box(&a);
    let bytes_per_second = 24.0 * TRIAD as f64 / seconds;
    let flops_per_second =
        products(device, 512, threads, "cpu", |span| span.cpu_seconds / threads as f64)?;
    Ok(Peak { flops_per_second, bytes_per_second, cache_bytes: CPU_CACHE_BYTES })
}

/// Of a device: a pass over a resident batch (8 bytes read, 8 written an element), and products.
pub fn of_gpu(device: &Arc<dyn Device>, id: &str, order: usize) -> Result<Peak, BenchError> {
    let failed = |error| BenchError::Linalg { device: id.to_owned(), error };
    let count = 16;
    let spec = BatchSpec { orders: vec![order; count], complex: false, seed: 3 };
    let batch = spec.make().and_then(|host| device.upload(host)).map_err(failed)?;
    let rows = vec![vec![0.0; order]; count];
    let cols = vec![vec![1.0; order]; count];
    let mut seconds = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (moved, span) = timed(|| {
            let moved = device.divide_by_differences(&batch, &rows, &cols)?;
            settle(device, &moved)
        });
        moved.map_err(failed)?;
        seconds = seconds.min(span.wall_seconds);
    }
    let bytes_per_second = 16.0 * (count * order * order) as f64 / seconds;
    let flops_per_second = products(device, order, count, id, |span| span.wall_seconds)?;
    Ok(Peak { flops_per_second, bytes_per_second, cache_bytes: GPU_CACHE_BYTES })
}

/// Waits until a device has done what it was given.
fn settle(device: &Arc<dyn Device>, batch: &crate::linalg::Batch) -> Result<(), LinalgError> {
    // A single column travels back, behind all that was queued before it.
    let shape = Shape::new(1, 1);
    let window = Window { row: 0, col: 0, rows: 1, cols: 1 };
    let placement = crate::linalg::Placement {
        source: Source { batch: 0, matrix: 0 },
        op: Op::None,
        window,
        scale: 1.0,
        dest: 0,
        rows: crate::linalg::Map::Shift(0),
        cols: crate::linalg::Map::Shift(0),
    };
    let corner = device.gather(batch.dtype(), &[shape], &[batch], &[placement], &[])?;
    device.download(&corner).map(|_| ())
}

/// Floating-point operations a second of `count` products of real matrices.
fn products(
    device: &Arc<dyn Device>,
    order: usize,
    count: usize,
    id: &str,
    of: impl Fn(Span) -> f64,
) -> Result<f64, BenchError> {
    let failed = |error| BenchError::Linalg { device: id.to_owned(), error };
    let spec = BatchSpec { orders: vec![order; count], complex: false, seed: 5 };
    let batch = spec.make().and_then(|host| device.upload(host)).map_err(failed)?;
    let whole = Window { row: 0, col: 0, rows: order, cols: order };
    let product = |matrix: usize| Product {
        a: Source { batch: 0, matrix },
        op_a: Op::None,
        a_window: whole,
        b: Source { batch: 0, matrix },
        op_b: Op::None,
        b_window: whole,
        scale: 1.0,
        dest: matrix,
        row: 0,
        col: 0,
    };
    let list: Vec<Product> = (0..count).map(product).collect();
    let shapes = vec![Shape::square(order); count];
    let mut seconds = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (done, span) = timed(|| {
            let done = device.matmul(Dtype::F64, &shapes, &[&batch], &list, &Never)?;
            settle(device, &done)
        });
        done.map_err(failed)?;
        seconds = seconds.min(of(span));
    }
    Ok(2.0 * (order as f64).powi(3) * count as f64 / seconds)
}
