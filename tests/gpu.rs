//! The GPU device: the rotation U^T A U against its CPU twin, bit by bit where the device fuses
//! nothing, and against the CPU path; budgets, cuts and refusals. Without an adapter the twin alone is tested, and said
//! so, unless EDGESTATE_REQUIRE_VULKAN=1.
#![allow(clippy::panic)] // a test ends so
mod linalg_families;

use std::sync::atomic::AtomicBool;

use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::gpu::{Gpu, GpuOptions, Precision, adapters, twin};
use edgestate::linalg::{
    Batch, Device, Dtype, Element, HostBatch, LinalgError, Op, Product, Ragged, Shape, Source,
    Window, describe_devices,
};
use edgestate::stop::Never;
use linalg_families::Random;

const DEFAULT: GpuOptions = GpuOptions {
    memory_bytes: None,
    buffer_bytes: None,
    dispatch_work: None,
    precision: Precision::Auto,
};

fn required() -> bool {
    std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1")
}

/// The device under test: a software adapter if there is one (CI), else the first that opens.
fn open(options: GpuOptions) -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    for adapter in &found {
        match Gpu::open(adapter.index, options) {
            Ok(gpu) => return Some(gpu),
            Err(error) => println!("gpu:{}: {error}", adapter.index),
        }
    }
    assert!(!required(), "no fit adapter among {found:?}: run scripts/fetch-vulkan.sh");
    println!("no adapter that is fit for use: only the CPU twin is tested");
    None
}

fn up(gpu: &Gpu, host: &Ragged<f64>) -> Result<Batch, LinalgError> {
    gpu.upload(HostBatch::F64(host.clone()))
}

fn down(gpu: &Gpu, batch: &Batch) -> Ragged<f64> {
    f64::of(&gpu.download(batch).expect("download")).expect("real").clone()
}

fn random(seed: u64, shapes: &[Shape]) -> Ragged<f64> {
    let mut random = Random(seed);
    let len = shapes.iter().map(|shape| shape.len()).sum();
    Ragged::new(shapes.to_vec(), (0..len).map(|_| random.uniform()).collect()).expect("fits")
}

/// Operators and rotations of these (rows, columns) of U.
fn case(seed: u64, sizes: &[(usize, usize)]) -> (Ragged<f64>, Ragged<f64>) {
    let u: Vec<Shape> = sizes.iter().map(|&(rows, cols)| Shape::new(rows, cols)).collect();
    let a: Vec<Shape> = sizes.iter().map(|&(rows, _)| Shape::square(rows)).collect();
    (random(seed, &u), random(seed + 1, &a))
}

/// Orders around the edges of tiles and of their depth, alone and mixed, odd shapes, nothing at
/// all.
fn cases() -> Vec<Vec<(usize, usize)>> {
    let square = |orders: &[usize]| orders.iter().map(|&order| (order, order)).collect::<Vec<_>>();
    let edges = [1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 129];
    let mut cases: Vec<Vec<(usize, usize)>> = edges.iter().map(|&n| square(&[n])).collect();
    cases.push(square(&edges));
    cases.push(vec![(100, 3), (3, 100), (64, 1), (1, 64), (17, 130), (130, 17), (65, 64)]);
    cases.push(vec![(0, 0), (5, 5), (0, 4), (6, 0), (3, 2)]);
    cases.push(vec![(0, 7)]);
    cases.push(vec![]);
    cases.push(vec![(2, 3); 300]);
    cases
}

/// sum_kl |U_ki| |A_kl| |U_lj|: what rounding errors of a rotation are measured against.
fn magnitude(u: &Ragged<f64>, a: &Ragged<f64>) -> Ragged<f64> {
    let absolute = |ragged: &Ragged<f64>| {
        let data = ragged.data().iter().map(|x| x.abs()).collect();
        Ragged::new(ragged.shapes().to_vec(), data).expect("fits")
    };
    twin::rotate(&absolute(u), &absolute(a)).expect("shapes agree")
}

/// Two products of depth n with any order of additions and any fusing differ by 2 * 2 n eps.
fn assert_close(got: &Ragged<f64>, expected: &Ragged<f64>, u: &Ragged<f64>, a: &Ragged<f64>) {
    assert_eq!(got.shapes(), expected.shapes());
    let scale = magnitude(u, a);
    for (index, shape) in u.shapes().iter().enumerate() {
        let bound = 4.0 * shape.rows.max(1) as f64 * f64::EPSILON;
        let all = got.matrix(index).iter().zip(expected.matrix(index)).zip(scale.matrix(index));
        for ((got, expected), scale) in all {
            let difference = (got - expected).abs();
            // Not-a-number is no small difference.
            assert!(difference <= bound * scale, "matrix {index} {shape:?}: {got} for {expected}");
        }
    }
}

fn on_cpu(u: &Ragged<f64>, a: &Ragged<f64>) -> Ragged<f64> {
    let cpu = Cpu::new(Some(2)).expect("threads");
    let (u_batch, a_batch) = (
        cpu.upload(HostBatch::F64(u.clone())).expect("upload"),
        cpu.upload(HostBatch::F64(a.clone())).expect("upload"),
    );
    let whole = |shape: Shape| Window { row: 0, col: 0, rows: shape.rows, cols: shape.cols };
    let product = |index: usize, op_a: Op, a: Shape, b: Shape| Product {
        a: Source { batch: 0, matrix: index },
        op_a,
        a_window: whole(a),
        b: Source { batch: 1, matrix: index },
        op_b: Op::None,
        b_window: whole(b),
        scale: 1.0,
        dest: index,
        row: 0,
        col: 0,
    };
    let count = u.count();
    let first: Vec<Product> =
        (0..count).map(|i| product(i, Op::None, a.shape(i), u.shape(i))).collect();
    let a_u = cpu.matmul(Dtype::F64, u.shapes(), &[&a_batch, &u_batch], &first, &Never);
    let a_u = a_u.expect("A U");
    let second: Vec<Product> = (0..count)
        .map(|i| {
            let turned = Shape::new(u.shape(i).cols, u.shape(i).rows);
            product(i, Op::Adjoint, turned, u.shape(i))
        })
        .collect();
    let shapes: Vec<Shape> = u.shapes().iter().map(|shape| Shape::square(shape.cols)).collect();
    let result = cpu.matmul(Dtype::F64, &shapes, &[&u_batch, &a_u], &second, &Never);
    f64::of(&cpu.download(&result.expect("U^T A U")).expect("download")).expect("real").clone()
}

#[test]
fn rotation_has_the_bits_of_its_twin() {
    let gpu = open(DEFAULT);
    if let Some(gpu) = &gpu {
        println!("{}: self-test {}", gpu.name(), gpu.self_test());
    }
    for (seed, sizes) in cases().iter().enumerate() {
        let (u, a) = case(seed as u64, sizes);
        let expected = twin::rotate(&u, &a).expect("shapes agree");
        assert_close(&expected, &on_cpu(&u, &a), &u, &a);
        let Some(gpu) = &gpu else { continue };
        let (u_batch, a_batch) = (up(gpu, &u).expect("upload"), up(gpu, &a).expect("upload"));
        let rotated = gpu.rotate(&u_batch, &a_batch, &Never).expect("rotate");
        let got = down(gpu, &rotated);
        if gpu.self_test().fuses {
            assert_close(&got, &expected, &u, &a);
        } else {
            assert_eq!(got.shapes(), expected.shapes());
            let same =
                got.data().iter().zip(expected.data()).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(same, "{sizes:?}");
        }
        // What was uploaded is still there.
        assert_eq!(down(gpu, &u_batch), u);
    }
    if let Some(gpu) = &gpu {
        assert_eq!(gpu.memory().0, 0, "all bytes are given back");
    }
}

/// U = 1 leaves A as it is, exactly; a rotation by a permutation permutes.
#[test]
fn identity_and_permutation_are_exact() {
    let Some(gpu) = open(DEFAULT) else { return };
    let n = 70;
    let a = random(3, &[Shape::square(n), Shape::square(n)]);
    let mut u = Ragged::<f64>::zeros(&[Shape::square(n), Shape::square(n)]);
    let swapped = |i: usize| (i * 11 + 5) % n;
    for i in 0..n {
        u.matrix_mut(0)[i * n + i] = 1.0;
        u.matrix_mut(1)[swapped(i) * n + i] = 1.0;
    }
    let rotated = gpu
        .rotate(&up(&gpu, &u).expect("upload"), &up(&gpu, &a).expect("upload"), &Never)
        .expect("rotate");
    let got = down(&gpu, &rotated);
    assert_eq!(got.matrix(0), a.matrix(0));
    for i in 0..n {
        for j in 0..n {
            assert_eq!(got.matrix(1)[i * n + j], a.matrix(1)[swapped(i) * n + swapped(j)]);
        }
    }
}

/// More than one buffer's worth: batches are cut, matrices larger than a binding are refused.
#[test]
fn batches_larger_than_a_binding_are_cut_or_refused() {
    let Some(gpu) = open(DEFAULT) else { return };
    let limit = gpu.description().max_binding_bytes;
    if 1 << 30 < limit {
        println!("a binding of this device is too large to fill in a test: {limit} bytes");
        return;
    }
    let side = (limit as f64 / 8.0).sqrt() as usize + 1;
    let wide = Ragged::new(vec![Shape::new(1, side * side)], vec![1.0; side * side]).expect("fits");
    let error = up(&gpu, &wide).expect_err("larger than a binding");
    assert!(matches!(error, LinalgError::OverBudget { .. }), "{error}");

    // A little less than half a binding each: two to a buffer.
    let m = (limit / 8 / 2) as usize - 3;
    let shapes = [Shape::new(1, 5), Shape::new(1, m), Shape::new(1, m), Shape::new(1, m)];
    let ragged = random(9, &shapes);
    let batch = up(&gpu, &ragged).expect("upload");
    assert_eq!(down(&gpu, &batch), ragged);
}

/// Buffers of any size and dispatches of any length give the same bits.
#[test]
fn cutting_changes_no_bit() {
    let sizes = [(65, 70), (3, 2), (0, 4), (64, 64), (7, 0), (33, 80), (90, 1), (65, 65), (1, 1)];
    let (u, a) = case(20, &sizes);
    let bits = |options: GpuOptions| {
        let gpu = open(options)?;
        let (u, a) = (up(&gpu, &u).expect("upload"), up(&gpu, &a).expect("upload"));
        let rotated = gpu.rotate(&u, &a, &Never).expect("rotate");
        Some(down(&gpu, &rotated))
    };
    let Some(whole) = bits(DEFAULT) else { return };
    assert!(whole.data().iter().any(|x| *x != 0.0));
    // The largest matrix has 90 x 90 elements.
    for buffer_bytes in [64_800, 70_001, 150_000] {
        for dispatch_work in [1, 1_000_000, 5_000_000] {
            let options = GpuOptions {
                buffer_bytes: Some(buffer_bytes),
                dispatch_work: Some(dispatch_work),
                ..DEFAULT
            };
            assert_eq!(bits(options).as_ref(), Some(&whole), "{options:?}");
        }
    }
}

#[test]
fn memory_is_refused_before_it_is_taken() {
    let Some(gpu) = open(GpuOptions { memory_bytes: Some(100_000), ..DEFAULT }) else { return };
    let (u, a) = case(1, &[(50, 50)]);
    let (u_batch, a_batch) = (up(&gpu, &u).expect("upload"), up(&gpu, &a).expect("upload"));
    assert_eq!(gpu.memory(), (40_000, 100_000));
    let third = up(&gpu, &random(1, &[Shape::square(80)])).expect("51 kB");
    let error = gpu.rotate(&u_batch, &a_batch, &Never).expect_err("no room for A U");
    let LinalgError::OverBudget { needed_bytes, budget_bytes } = error else { panic!("{error}") };
    assert_eq!((needed_bytes, budget_bytes), (91_200 + 20_000, 100_000));
    assert_eq!(gpu.memory().0, 91_200, "a refused rotation keeps nothing");
    drop(third);
    gpu.rotate(&u_batch, &a_batch, &Never).expect("room now");
}

#[test]
fn wrong_operands_and_stops_are_errors() {
    let Some(gpu) = open(DEFAULT) else { return };
    let (u, a) = case(1, &[(5, 3), (4, 4)]);
    let (u_batch, a_batch) = (up(&gpu, &u).expect("upload"), up(&gpu, &a).expect("upload"));
    let (other, _) = case(1, &[(5, 3)]);
    let other = up(&gpu, &other).expect("upload");
    assert!(matches!(gpu.rotate(&other, &a_batch, &Never), Err(LinalgError::Shape { .. })));
    let error = gpu.rotate(&u_batch, &u_batch, &Never).expect_err("A is square");
    assert!(matches!(error, LinalgError::Shape { index: 0, .. }), "{error}");
    assert!(matches!(twin::rotate(&u, &u), Err(LinalgError::Shape { index: 0, .. })));

    let error = gpu.rotate(&u_batch, &a_batch, &AtomicBool::new(true)).expect_err("stops");
    assert!(matches!(error, LinalgError::Stopped));

    let second = open(DEFAULT).expect("opens again");
    let error = second.rotate(&u_batch, &a_batch, &Never).expect_err("another device's batches");
    assert!(matches!(error, LinalgError::ForeignBatch));
    assert!(matches!(second.download(&u_batch), Err(LinalgError::ForeignBatch)));
}

#[test]
fn an_adapter_that_does_not_exist_is_an_error() {
    let error = Gpu::open(1000, DEFAULT).expect_err("no such adapter");
    assert!(matches!(error, LinalgError::Unavailable { .. }), "{error}");
}

#[test]
fn devices_are_described() {
    let devices = describe_devices();
    for device in &devices {
        println!("{device:?}");
    }
    let cpu = &devices[0];
    assert!(cpu.name == "cpu" && cpu.driver.starts_with("faer, cpu (") && 0 < cpu.threads);
    assert_eq!(devices.len(), 1 + adapters().len());
    for (index, device) in devices[1..].iter().enumerate() {
        assert_eq!(device.name, format!("gpu:{index}"));
        assert!(!device.self_test.is_empty());
    }
    let fit = devices[1..].iter().any(|device| device.self_test.starts_with("passed"));
    assert!(fit || !required(), "no adapter passed its self-test");
}
