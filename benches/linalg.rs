//! The parts of the door on the CPU, one thread: stages of one matrix, packs of small ones, products,
//! windows.
//!
//! `cargo bench --bench linalg [-- FILTER]` (criterion: medians with confidence intervals, compared with the
//! last run). Comparisons with other libraries: `edgestate bench`.
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use edgestate::bench::counters::flops;
use edgestate::bench::matrices::BatchSpec;
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::cpu::parts::Lower;
use edgestate::linalg::{
    Batch, Certify, Device, Dtype, EighOptions, HostBatch, Map, Op, Placement, Product, Shape,
    Source, Window,
};
use edgestate::stop::Never;

fn cpu() -> Cpu {
    Cpu::new(Some(1)).expect("a thread")
}

fn batch(cpu: &Cpu, orders: Vec<usize>, complex: bool) -> Batch {
    let made = BatchSpec { orders, complex, seed: 11 }.make().expect("fits");
    cpu.upload(made).expect("on the host")
}

/// Tridiagonalization, divide and conquer, back-transformation.
fn stages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stages");
    for order in [32, 64, 128, 256, 512, 1024] {
        let made = BatchSpec { orders: vec![order], complex: false, seed: 11 }.make();
        let Ok(HostBatch::F64(matrix)) = made else { unreachable!("a real batch") };
        let lower = Lower::new(order, matrix.matrix(0));
        let id = |what: &str| BenchmarkId::new(what, order);
        group.bench_function(id("tridiagonalization"), |bencher| {
            bencher.iter_batched(|| lower.clone(), Lower::tridiagonalize, BatchSize::LargeInput);
        });
        let reduced = lower.clone().tridiagonalize();
        group.bench_function(id("divide and conquer"), |bencher| {
            bencher.iter(|| reduced.divide().expect("converges"));
        });
        group.bench_function(id("back-transformation"), |bencher| {
            let divided = || reduced.divide().expect("converges");
            let back = |vectors: &mut _| reduced.turn_back(vectors);
            bencher.iter_batched_ref(divided, back, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// One matrix after another, through the door, with the certificate and without.
fn eigh(criterion: &mut Criterion) {
    let cpu = cpu();
    let mut group = criterion.benchmark_group("eigh");
    for (complex, name) in [(false, "real"), (true, "complex")] {
        for order in [64, 256, 512] {
            let one = batch(&cpu, vec![order], complex);
            group.throughput(Throughput::Elements(flops(order, complex) as u64));
            for (certify, what) in [(Certify::No, "plain"), (Certify::Full, "certified")] {
                let options = EighOptions { vectors: true, certify };
                group.bench_function(
                    BenchmarkId::new(format!("{name} {what}"), order),
                    |bencher| {
                        bencher.iter(|| cpu.eigh(&one, options, &Never).expect("solves"));
                    },
                );
            }
        }
    }
    group.finish();
}

/// A thousand matrices of one small order.
fn packs(criterion: &mut Criterion) {
    let cpu = cpu();
    let mut group = criterion.benchmark_group("packs of 1024");
    for (complex, name) in [(false, "real"), (true, "complex")] {
        for order in [4, 8, 12, 16] {
            let many = batch(&cpu, vec![order; 1024], complex);
            group.throughput(Throughput::Elements(1024));
            let options = EighOptions { vectors: true, certify: Certify::No };
            group.bench_function(BenchmarkId::new(name, order), |bencher| {
                bencher.iter(|| cpu.eigh(&many, options, &Never).expect("solves"));
            });
        }
    }
    group.finish();
}

/// U^T A as whole matrices.
fn matmul(criterion: &mut Criterion) {
    let cpu = cpu();
    let mut group = criterion.benchmark_group("matmul");
    for (complex, dtype, name) in [(false, Dtype::F64, "real"), (true, Dtype::C128, "complex")] {
        for order in [64, 256, 512] {
            let pair = batch(&cpu, vec![order, order], complex);
            let whole = Window { row: 0, col: 0, rows: order, cols: order };
            let product = Product {
                a: Source { batch: 0, matrix: 0 },
                op_a: Op::Adjoint,
                a_window: whole,
                b: Source { batch: 0, matrix: 1 },
                op_b: Op::None,
                b_window: whole,
                scale: 1.0,
                dest: 0,
                row: 0,
                col: 0,
            };
            let operations = if complex { 8 } else { 2 } * order.pow(3) as u64;
            group.throughput(Throughput::Elements(operations));
            group.bench_function(BenchmarkId::new(name, order), |bencher| {
                let shapes = [Shape::square(order)];
                let list = [product.clone()];
                bencher.iter(|| cpu.matmul(dtype, &shapes, &[&pair], &list, &Never).expect("fits"));
            });
        }
    }
    group.finish();
}

/// A large matrix put together from sixteen blocks, as a shell's Hamiltonian is.
fn gather(criterion: &mut Criterion) {
    let cpu = cpu();
    let mut group = criterion.benchmark_group("gather of 16 blocks");
    for side in [16, 64, 256] {
        let blocks = batch(&cpu, vec![side; 16], false);
        let placement = |matrix: usize| Placement {
            source: Source { batch: 0, matrix },
            op: if matrix.is_multiple_of(2) { Op::None } else { Op::Adjoint },
            window: Window { row: 0, col: 0, rows: side, cols: side },
            scale: 0.5,
            dest: 0,
            rows: Map::Shift(matrix / 4 * side),
            cols: Map::Shift(matrix % 4 * side),
        };
        let list: Vec<Placement> = (0..16).map(placement).collect();
        group.throughput(Throughput::Bytes(16 * 8 * (side * side) as u64));
        group.bench_function(BenchmarkId::new("real", 4 * side), |bencher| {
            let shapes = [Shape::square(4 * side)];
            bencher.iter(|| cpu.gather(Dtype::F64, &shapes, &[&blocks], &list, &[]).expect("fits"));
        });
    }
    group.finish();
}

criterion_group! {
    name = parts;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = stages, eigh, packs, matmul, gather
}
criterion_main!(parts);
