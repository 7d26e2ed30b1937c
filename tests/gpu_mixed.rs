//! Devices without f64 (or opened as if they had none): eigendecompositions at f64's certificates,
//! and all other operations with the bits of f64. Without an adapter nothing is tested, unless
//! EDGESTATE_REQUIRE_VULKAN=1.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use edgestate::linalg::check::{THRESHOLD, eigen_ratios, value_ratio};
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::gpu::{Gpu, GpuOptions, Precision, adapters, shaders, twin};
use edgestate::linalg::{
    Batch, Certify, Device, Diagonal, EighOptions, Element, HostBatch, LinalgError, Map, Op, Peak,
    PeakShape, PeakSums, Placement, Ragged, Shape, Source, Window,
};
use edgestate::stop::Never;
use linalg_families::{FAMILIES, Random, Sample, lapack, matrix, scaled};
use num_complex::Complex64;

const ALL: EighOptions = EighOptions { vectors: true, certify: Certify::Full };

/// The device under test: a software adapter if there is one, else the first that opens.
fn open(precision: Precision, options: GpuOptions) -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let options = GpuOptions { precision, ..options };
    let gpu = found.iter().find_map(|adapter| Gpu::open(adapter.index, options).ok());
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(gpu.is_some() || !required, "no fit adapter among {found:?}");
    gpu
}

fn mixed() -> Option<Gpu> {
    open(Precision::Mixed, GpuOptions::default())
}

fn ragged<T: Sample>(matrices: &[(usize, Vec<T>)]) -> Ragged<T> {
    let shapes = matrices.iter().map(|(order, _)| Shape::square(*order)).collect();
    Ragged::new(shapes, matrices.iter().flat_map(|(_, data)| data.clone()).collect()).unwrap()
}

struct Solved<T> {
    values: Vec<Vec<f64>>,
    vectors: Ragged<T>,
    recomputed: Vec<usize>,
}

fn solve<T: Sample>(device: &dyn Device, batch: &Ragged<T>) -> Solved<T> {
    let resident = device.upload(T::wrap(batch.clone())).unwrap();
    let solved = device.eigh(&resident, ALL, &Never).unwrap();
    let vectors = device.download(&solved.vectors.unwrap()).unwrap();
    let vectors = T::of(&vectors).unwrap().clone();
    Solved { values: solved.values, vectors, recomputed: solved.recomputed }
}

/// Ratios of every matrix, measured on the host in f64; the worst.
fn assert_good<T: Sample>(batch: &Ragged<T>, solved: &Solved<T>, what: &str) -> f64 {
    let mut worst = 0.0_f64;
    for index in 0..batch.count() {
        let order = batch.shape(index).rows;
        let values = &solved.values[index];
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{what}: not ascending");
        let ratios = eigen_ratios(order, batch.matrix(index), values, solved.vectors.matrix(index));
        let largest = ratios.residual.max(ratios.orthogonality);
        assert!(largest <= THRESHOLD, "{what}, order {order}, matrix {index}: {ratios:?}");
        worst = worst.max(largest);
    }
    worst
}

/// All matrices of some kinds and orders in one batch; prints the worst ratio and how many were
/// left to the CPU: none of these may be.
fn certified<T: Sample>(name: &str, matrices: &[(usize, Vec<T>)]) {
    let Some(gpu) = mixed() else { return };
    let start = std::time::Instant::now();
    let batch = ragged(matrices);
    let solved = solve(&gpu, &batch);
    let worst = assert_good(&batch, &solved, name);
    let (recomputed, time) = (&solved.recomputed, start.elapsed());
    println!(
        "{name}: {} matrices, worst ratio {worst:.2}, {} recomputed, {time:.1?}",
        batch.count(),
        recomputed.len()
    );
    assert!(recomputed.is_empty(), "{name}: recomputed {recomputed:?}");
    let (largest, allowed) = gpu.work();
    assert!(largest <= allowed, "a dispatch of {largest} operations, {allowed} allowed");
    assert_eq!(gpu.memory().0, 0, "all bytes are given back");
}

/// LAPACK's 21 types.
fn types<T: Sample>(orders: &[usize]) -> Vec<(usize, Vec<T>)> {
    let all = (1..=21).flat_map(|kind| orders.iter().map(move |&order| (kind, order)));
    all.map(|(kind, order)| (order, lapack(kind, order, 1))).collect()
}

#[test]
fn every_real_type_of_lapack_is_certified() {
    certified::<f64>("real types", &types(&[1, 2, 3, 5, 20, 31, 32, 33, 65]));
}

#[test]
fn every_complex_type_of_lapack_is_certified() {
    certified::<Complex64>("complex types", &types(&[1, 2, 3, 5, 20, 32, 33]));
}

#[test]
fn larger_orders_are_certified() {
    let long = cfg!(feature = "long-tests");
    let orders: &[usize] = if long { &[63, 64, 127, 128, 129] } else { &[64, 129] };
    certified::<f64>("real types, to order 129", &types(orders));
    certified::<Complex64>("complex types, order 65", &types(&[65]));
    let complex = [(128, lapack(9, 128, 2)), (129, lapack(13, 129, 2))];
    certified::<Complex64>("complex, to order 129", &complex);
}

/// Clusters, exact multiplets, graded matrices.
fn families<T: Sample>(name: &str, orders: &[usize]) {
    let all = FAMILIES.iter().flat_map(|family| orders.iter().map(move |&order| (*family, order)));
    let matrices: Vec<_> = all.map(|(family, order)| (order, matrix(family, order, 3))).collect();
    certified::<T>(name, &matrices);
}

#[test]
fn every_real_family_is_certified() {
    families::<f64>("real families", &[4, 17, 33, 50]);
}

#[test]
fn every_complex_family_is_certified() {
    families::<Complex64>("complex families", &[3, 33]);
}

/// From 1e-300 to 1e300; subnormal matrices go to the CPU, and this is said.
#[test]
fn scales_do_not_matter() {
    let Some(gpu) = mixed() else { return };
    let normal: Vec<f64> = matrix("random", 12, 11);
    let scales = [1e-300, 1e-150, 1.0, 1e150, 1e300, 1e-310];
    let all: Vec<_> = scales.iter().map(|&scale| (12, scaled(&normal, scale))).collect();
    let batch = ragged(&all);
    let solved = solve(&gpu, &batch);
    assert_good(&batch, &solved, "scaled");
    assert_eq!(solved.recomputed, [5]);
}

/// A matrix has the same bits alone and in company, whatever is cut.
#[test]
fn company_changes_no_bit() {
    let Some(gpu) = mixed() else { return };
    let all: Vec<(usize, Vec<Complex64>)> =
        [3, 50, 33, 12].iter().map(|&order| (order, matrix("random", order, 5))).collect();
    let together = solve(&gpu, &ragged(&all));
    let options = GpuOptions {
        buffer_bytes: Some(60_000),
        dispatch_work: Some(1_000_000),
        ..GpuOptions::default()
    };
    let cut = solve(&open(Precision::Mixed, options).unwrap(), &ragged(&all));
    for (index, one) in all.iter().enumerate() {
        let alone = solve(&gpu, &ragged(std::slice::from_ref(one)));
        for other in [&together, &cut] {
            assert_eq!(alone.values[0], other.values[index]);
            assert_eq!(alone.vectors.matrix(0), other.vectors.matrix(index));
        }
    }
}

/// 200 random matrices: both within their bounds of each other.
#[test]
fn device_and_cpu_agree() {
    let Some(gpu) = mixed() else { return };
    let cpu = Cpu::new(Some(2)).unwrap();
    let matrices: Vec<(usize, Vec<f64>)> = (0..200)
        .map(|index| (1 + index * 37 % 41, matrix("random", 1 + index * 37 % 41, index as u64)))
        .collect();
    let batch = ragged(&matrices);
    let (on_gpu, on_cpu) = (solve(&gpu, &batch), solve(&cpu, &batch));
    let worst = assert_good(&batch, &on_gpu, "random");
    println!("200 random matrices: worst ratio {worst:.2}, recomputed {:?}", on_gpu.recomputed);
    for (a, b) in on_gpu.values.iter().zip(&on_cpu.values) {
        assert!(value_ratio(a, b) <= THRESHOLD);
    }
}

fn elements<T: Sample>(shapes: &[Shape]) -> Ragged<T> {
    let mut random = Random(17);
    let len = shapes.iter().map(|shape| shape.len()).sum();
    let element = |_| {
        let re = random.uniform();
        // Over a wide range.
        T::sample(Complex64::new(re, random.uniform()) * 10f64.powf(20.0 * random.uniform()))
    };
    Ragged::new(shapes.to_vec(), (0..len).map(element).collect()).unwrap()
}

/// Products by integers have the bits of the twin of the f64 kernel.
fn rotation_has_the_bits_of_f64<T: Sample + twin::Number>() {
    let Some(gpu) = mixed() else { return };
    let orders = [(5, 3), (17, 17), (0, 4), (65, 33), (1, 1)];
    let u: Vec<Shape> = orders.iter().map(|&(rows, cols)| Shape::new(rows, cols)).collect();
    let a: Vec<Shape> = orders.iter().map(|&(rows, _)| Shape::square(rows)).collect();
    let (u, a) = (elements::<T>(&u), elements::<T>(&a));
    let up = |host: &Ragged<T>| gpu.upload(T::wrap(host.clone())).unwrap();
    let rotated = gpu.rotate(&up(&u), &up(&a), &Never).unwrap();
    let got = gpu.download(&rotated).unwrap();
    let expected = twin::rotate(&u, &a).unwrap();
    let same =
        |x: &T, y: &T| x.parts().iter().zip(y.parts()).all(|(x, y)| x.to_bits() == y.to_bits());
    assert!(T::of(&got).unwrap().data().iter().zip(expected.data()).all(|(x, y)| same(x, y)));
}

#[test]
fn real_rotation_has_the_bits_of_f64() {
    rotation_has_the_bits_of_f64::<f64>();
}

#[test]
fn complex_rotation_has_the_bits_of_f64() {
    rotation_has_the_bits_of_f64::<Complex64>();
}

/// Gathering, quotients and dots: what the f64 kernels say on the same adapter, if it has f64.
fn the_door_has_the_bits_of_f64<T: Sample>() {
    let (Some(gpu), Some(f64s)) = (mixed(), open(Precision::F64, GpuOptions::default())) else {
        return println!("no adapter with f64 to compare with");
    };
    let fused = f64s.self_test().fuses || !f64s.self_test().exact_quotient;
    if fused {
        return println!("the f64 of this adapter is not that of the host");
    }
    let shapes = [Shape::new(7, 40), Shape::new(3, 2)];
    let host = elements::<T>(&shapes);
    let run = |device: &dyn Device| -> (HostBatch, HostBatch, Vec<Vec<f64>>) {
        let source: Batch = device.upload(T::wrap(host.clone())).unwrap();
        let placement = |matrix: usize, op: Op, rows: usize, cols: usize, scale: f64| Placement {
            source: Source { batch: 0, matrix },
            op,
            window: Window { row: 0, col: 0, rows, cols },
            scale,
            dest: 0,
            rows: Map::Table { table: vec![(5, 1.5), (0, -0.3), (9, 2.0)].into(), start: 0 },
            cols: Map::Shift(1),
        };
        let diagonals = [Diagonal { dest: 0, entries: vec![(2, 0.1), (2, 1e-3), (5, -7.0)] }];
        let placements =
            [placement(0, Op::None, 3, 30, 0.7), placement(1, Op::Adjoint, 2, 3, -1.0 / 3.0)];
        let dest = [Shape::new(10, 33)];
        let gathered = device.gather(T::DTYPE, &dest, &[&source], &placements, &diagonals).unwrap();
        let energies =
            |count: usize| (0..count).map(|i| (i * i) as f64 / 7.0).collect::<Vec<f64>>();
        let rows: Vec<_> = shapes.iter().map(|shape| energies(shape.rows)).collect();
        let cols: Vec<_> = shapes.iter().map(|shape| energies(shape.cols)).collect();
        let divided = device.divide_by_differences(&source, &rows, &cols).unwrap();
        let dots = device.column_dots(&source, &source).unwrap();
        let down = |batch: &Batch| (*device.download(batch).unwrap()).clone();
        (down(&gathered), down(&divided), dots)
    };
    let (got, expected) = (run(&gpu), run(&f64s));
    assert_eq!(bits(&got.0), bits(&expected.0), "gather");
    assert_eq!(bits(&got.1), bits(&expected.1), "divide_by_differences");
    let dots: Vec<Vec<f64>> = (0..host.count())
        .map(|index| {
            let (shape, elements) = (host.shape(index), host.matrix(index));
            let dot = |col: usize| {
                let column = (0..shape.rows).map(|row| elements[row * shape.cols + col]);
                column.fold(0.0, |sum, x| sum + x.dot(x))
            };
            (0..shape.cols).map(dot).collect()
        })
        .collect();
    assert_eq!(got.2, dots, "column_dots");
}

/// All NaN are the same.
fn bits(host: &HostBatch) -> Vec<u64> {
    let numbers: &[f64] = match host {
        HostBatch::F64(ragged) => ragged.data(),
        HostBatch::C128(ragged) => bytemuck::cast_slice(ragged.data()),
    };
    numbers.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
}

#[test]
fn the_real_door_has_the_bits_of_f64() {
    the_door_has_the_bits_of_f64::<f64>();
}

#[test]
fn the_complex_door_has_the_bits_of_f64() {
    the_door_has_the_bits_of_f64::<Complex64>();
}

#[test]
fn precision_is_said_and_kept() {
    let Some(gpu) = mixed() else { return };
    println!("{}: {}", gpu.name(), gpu.self_test());
    assert!(gpu.name().ends_with(", mixed precision"), "{}", gpu.name());
    assert!(gpu.self_test().passed());
    assert_eq!(gpu.precision(), Precision::Mixed);
    for adapter in adapters() {
        let of =
            |precision| Gpu::open(adapter.index, GpuOptions { precision, ..GpuOptions::default() });
        if let Ok(gpu) = of(Precision::Auto) {
            assert_eq!(gpu.name().ends_with("mixed precision"), !adapter.shader_f64);
        }
        assert!(adapter.shader_f64 || of(Precision::F64).is_err());
    }
}

/// No kernel of the mixed precision needs what an adapter may not have.
#[test]
fn kernels_have_no_f64() {
    let mut count = 0;
    for kernel in shaders::ALL.iter().filter(|kernel| kernel.name.starts_with("mixed_")) {
        for wide in ["f64", "u64", "i64", "f16"] {
            assert!(!kernel.source.contains(wide), "{}: {wide}", kernel.name);
        }
        count += 1;
    }
    assert!(20 < count, "{count} kernels");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let Some(gpu) = mixed() else { return };
    let mut bad: Vec<f64> = matrix("random", 5, 1);
    bad[5 * 5 - 2] = f64::NAN;
    let batch = gpu.upload(f64::wrap(ragged(&[(5, matrix("random", 5, 1)), (5, bad)]))).unwrap();
    let error = gpu.eigh(&batch, ALL, &Never).unwrap_err();
    assert!(matches!(error, LinalgError::NotFinite { index: 1 }), "{error}");

    let batch = gpu.upload(f64::wrap(ragged(&[(40, matrix::<f64>("random", 40, 1))]))).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(true);
    assert!(matches!(gpu.eigh(&batch, ALL, &stop), Err(LinalgError::Stopped)));

    let peak = Peak { position: 0.0, width: 1.0, re: 1.0, im: 0.0 };
    let error = gpu.peak_sums(&[peak], &[0.0], PeakShape::Gaussian, &Never).unwrap_err();
    assert!(matches!(error, LinalgError::Unavailable { .. }), "{error}");

    let options = GpuOptions { memory_bytes: Some(60_000), ..GpuOptions::default() };
    let gpu = open(Precision::Mixed, options).unwrap();
    let batch = gpu.upload(f64::wrap(ragged(&[(40, matrix::<f64>("random", 40, 1))]))).unwrap();
    let error = gpu.eigh(&batch, ALL, &Never).unwrap_err();
    assert!(matches!(error, LinalgError::OverBudget { .. }), "{error}");
    drop(batch);
    assert_eq!(gpu.memory().0, 0);
}
