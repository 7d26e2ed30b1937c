//! Eigendecompositions on a device: bits of the CPU twin for small orders, LAPACK's ratios for all
//! families, agreement with the CPU, refusals, bounded dispatches. Without an adapter only the
//! twin is tested, unless EDGESTATE_REQUIRE_VULKAN=1.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use edgestate::linalg::check::{THRESHOLD, eigen_ratios, value_ratio};
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::gpu::twin::{self, Number};
use edgestate::linalg::gpu::{Gpu, GpuOptions, adapters};
use edgestate::linalg::{Certify, Device, EighOptions, Element, LinalgError, Ragged, Shape};
use edgestate::stop::Never;
use linalg_families::{FAMILIES, Sample, matrix, scaled};
use num_complex::Complex64;

const ALL: EighOptions = EighOptions { vectors: true, certify: Certify::Full };

/// The device under test: a software adapter if there is one, else the first that opens.
fn open(options: GpuOptions) -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let gpu = found.iter().find_map(|adapter| Gpu::open(adapter.index, options).ok());
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(gpu.is_some() || !required, "no fit adapter among {found:?}");
    gpu
}

struct Solved<T> {
    values: Vec<Vec<f64>>,
    vectors: Ragged<T>,
}

fn ragged<T: Sample>(matrices: &[(usize, Vec<T>)]) -> Ragged<T> {
    let shapes = matrices.iter().map(|(order, _)| Shape::square(*order)).collect();
    Ragged::new(shapes, matrices.iter().flat_map(|(_, data)| data.clone()).collect()).unwrap()
}

/// Solves on a device; nothing may have been left to the CPU.
fn solve<T: Sample>(device: &dyn Device, batch: &Ragged<T>) -> Solved<T> {
    let resident = device.upload(T::wrap(batch.clone())).unwrap();
    let solved = device.eigh(&resident, ALL, &Never).unwrap();
    assert_eq!(solved.recomputed, Vec::<usize>::new());
    let vectors = device.download(&solved.vectors.unwrap()).unwrap();
    Solved { values: solved.values, vectors: T::of(&vectors).unwrap().clone() }
}

/// Residual and orthogonality of every matrix, measured on the host.
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

fn small_orders_have_the_bits_of_the_twin<T: Sample + Number>() {
    let gpu = open(GpuOptions::default());
    let orders: Vec<usize> = (1..=32).collect();
    for family in ["random", "graded 1e-12", "twofold spectrum", "zero", "equal blocks"] {
        let matrices: Vec<(usize, Vec<T>)> =
            orders.iter().map(|&order| (order, matrix(family, order, 7))).collect();
        let batch = ragged(&matrices);
        let on_gpu = gpu.as_ref().map(|gpu| solve(gpu, &batch));
        for (index, (order, data)) in matrices.iter().enumerate() {
            let largest = data.iter().map(|x| x.largest_part()).fold(0.0, f64::max);
            let exponent = if largest == 0.0 { 0 } else { -(largest.log2().floor() as i32) };
            let normal = scaled(data, 2.0_f64.powi(exponent));
            let expected = twin::eigh_small::eigh_small(*order, &normal);
            assert!(expected.converged, "{family} {order}: {} sweeps", expected.sweeps);
            let ratios = eigen_ratios(*order, &normal, &expected.values, &expected.vectors);
            assert!(ratios.residual <= THRESHOLD && ratios.orthogonality <= THRESHOLD);
            let Some(solved) = &on_gpu else { continue };
            if gpu.as_ref().is_some_and(|gpu| gpu.self_test().fuses) {
                continue;
            }
            let values: Vec<f64> =
                expected.values.iter().map(|x| x * 2.0_f64.powi(-exponent)).collect();
            assert_eq!(solved.values[index], values, "{family}, order {order}");
            let same = solved.vectors.matrix(index) == expected.vectors;
            assert!(same, "{family}, order {order}: vectors differ");
        }
        if let Some(solved) = &on_gpu {
            println!("{family}: worst ratio {:.2}", assert_good(&batch, solved, family));
        }
    }
}

#[test]
fn small_real_orders_have_the_bits_of_the_twin() {
    small_orders_have_the_bits_of_the_twin::<f64>();
}

#[test]
fn small_complex_orders_have_the_bits_of_the_twin() {
    small_orders_have_the_bits_of_the_twin::<Complex64>();
}

/// Below and above the order where the blocked path begins, and around its tiles and panels.
const ORDERS: [usize; 14] = [1, 2, 3, 5, 20, 31, 32, 33, 63, 64, 65, 127, 128, 129];

fn every_matrix_of_every_family_is_certified<T: Sample>() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    let mut worst = 0.0_f64;
    for family in FAMILIES {
        let matrices: Vec<(usize, Vec<T>)> =
            ORDERS.iter().map(|&order| (order, matrix(family, order, 3))).collect();
        let batch = ragged(&matrices);
        worst = worst.max(assert_good(&batch, &solve(&gpu, &batch), family));
    }
    println!("worst ratio of all families {worst:.2}");
    let (largest, allowed) = gpu.work();
    assert!(largest <= allowed, "a dispatch of {largest} operations, {allowed} allowed");
    assert_eq!(gpu.memory().0, 0, "all bytes are given back");
}

/// A range is as good as the whole, with its values, and takes less work.
fn ranges<T: Sample>() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    let orders = [1, 20, 33, 60, 100, 129];
    let matrices: Vec<(usize, Vec<T>)> =
        orders.iter().map(|&order| (order, matrix("random", order, 5))).collect();
    let batch = ragged(&matrices);
    let resident = gpu.upload(T::wrap(batch.clone())).unwrap();
    let before = gpu.total_work();
    let whole = gpu.eigh(&resident, ALL, &Never).unwrap().values;
    let all = gpu.total_work() - before;
    for range in [0..7, 30..50, 90..usize::MAX, 500..600] {
        let before = gpu.total_work();
        let some = gpu.eigh_range(&resident, range.clone(), ALL, &Never).unwrap();
        let work = gpu.total_work() - before;
        assert!(10 * work < 8 * all, "{range:?}: {work} of {all}");
        assert_eq!(some.recomputed, Vec::<usize>::new());
        let vectors = gpu.download(&some.vectors.unwrap()).unwrap();
        let vectors = T::of(&vectors).unwrap();
        for (index, &order) in orders.iter().enumerate() {
            let end = range.end.min(order);
            let wanted = range.start.min(end)..end;
            let values = &some.values[index];
            assert_eq!(values, &whole[index][wanted], "order {order}, {range:?}");
            let (a, v) = (batch.matrix(index), vectors.matrix(index));
            let ratios = eigen_ratios(order, a, values, v);
            assert!(ratios.residual.max(ratios.orthogonality) <= THRESHOLD, "{ratios:?}");
            let told = some.ratios[index];
            assert!(told.residual.max(told.orthogonality) <= THRESHOLD, "{told:?}");
        }
    }
}

#[test]
fn ranges_of_real_matrices_take_less() {
    ranges::<f64>();
}

#[test]
fn ranges_of_complex_matrices_take_less() {
    ranges::<Complex64>();
}

#[test]
fn every_real_matrix_of_every_family_is_certified() {
    every_matrix_of_every_family_is_certified::<f64>();
}

#[test]
fn every_complex_matrix_of_every_family_is_certified() {
    every_matrix_of_every_family_is_certified::<Complex64>();
}

/// Three to a batch, at scales from 1e-300 to 1e300; subnormal matrices go to the CPU, and this is
/// said.
#[test]
fn scales_do_not_matter() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    for order in [7, 40] {
        let normal: Vec<f64> = matrix("random", order, 11);
        for scale in [1e-300, 1e-150, 1e8, 1e150, 1e300] {
            let same = vec![(order, scaled(&normal, scale)); 3];
            let batch = ragged(&same);
            let solved = solve(&gpu, &batch);
            assert_good(&batch, &solved, "scaled");
            assert_eq!(solved.values[0], solved.values[2]);
            assert_eq!(solved.vectors.matrix(0), solved.vectors.matrix(2));
        }
        let subnormal = ragged(&[(order, normal.clone()), (order, scaled(&normal, 1e-310))]);
        let resident = gpu.upload(f64::wrap(subnormal.clone())).unwrap();
        let solved = gpu.eigh(&resident, ALL, &Never).unwrap();
        assert_eq!(solved.recomputed, [1]);
        let vectors = gpu.download(&solved.vectors.unwrap()).unwrap();
        let vectors = f64::of(&vectors).unwrap().clone();
        assert_good(&subnormal, &Solved { values: solved.values, vectors }, "subnormal");
    }
}

/// A matrix has the same bits alone and in company, whatever is cut.
#[test]
fn company_changes_no_bit() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    let all: Vec<(usize, Vec<Complex64>)> =
        [3, 50, 33, 12, 70].iter().map(|&order| (order, matrix("random", order, 5))).collect();
    let together = solve(&gpu, &ragged(&all));
    let options = GpuOptions {
        buffer_bytes: Some(120_000),
        dispatch_work: Some(1_000_000),
        ..GpuOptions::default()
    };
    let cut = solve(&open(options).unwrap(), &ragged(&all));
    for (index, one) in all.iter().enumerate() {
        let alone = solve(&gpu, &ragged(std::slice::from_ref(one)));
        for other in [&together, &cut] {
            assert_eq!(alone.values[0], other.values[index]);
            assert_eq!(alone.vectors.matrix(0), other.vectors.matrix(index));
        }
    }
}

/// 200 random matrices: both paths within their bounds of each other.
#[test]
fn device_and_cpu_agree() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    let cpu = Cpu::new(Some(2)).unwrap();
    let matrices: Vec<(usize, Vec<f64>)> = (0..200)
        .map(|index| (1 + index * 37 % 61, matrix("random", 1 + index * 37 % 61, index as u64)))
        .collect();
    let batch = ragged(&matrices);
    let (on_gpu, on_cpu) = (solve(&gpu, &batch), solve(&cpu, &batch));
    assert_good(&batch, &on_gpu, "random");
    for (a, b) in on_gpu.values.iter().zip(&on_cpu.values) {
        assert!(value_ratio(a, b) <= THRESHOLD);
    }
}

/// Values alone take another way (bisection) and agree.
#[test]
fn values_alone_are_the_same() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    for family in FAMILIES {
        let matrices: Vec<(usize, Vec<f64>)> =
            [9, 33, 65].iter().map(|&order| (order, matrix(family, order, 4))).collect();
        let batch = ragged(&matrices);
        let with_vectors = solve(&gpu, &batch).values;
        let resident = gpu.upload(f64::wrap(batch)).unwrap();
        let options = EighOptions { vectors: false, certify: Certify::No };
        let alone = gpu.eigh(&resident, options, &Never).unwrap();
        assert!(alone.vectors.is_none() && alone.ratios.is_empty());
        assert_eq!(alone.recomputed, Vec::<usize>::new(), "{family}: no value is doubted");
        for (a, b) in alone.values.iter().zip(&with_vectors) {
            assert!(value_ratio(a, b) <= THRESHOLD, "{family}: {a:?} {b:?}");
        }
    }
}

/// Only the lower triangle is read, and of the diagonal only the real part.
#[test]
fn the_upper_triangle_is_not_read() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    for order in [6, 45] {
        let clean: Vec<Complex64> = matrix("random", order, 2);
        let mut spoilt = clean.clone();
        for row in 0..order {
            spoilt[row * order + row].im = f64::NAN;
            for col in row + 1..order {
                spoilt[row * order + col] = Complex64::new(f64::NAN, f64::INFINITY);
            }
        }
        let (clean, spoilt) = (ragged(&[(order, clean)]), ragged(&[(order, spoilt)]));
        assert_eq!(solve(&gpu, &clean).values, solve(&gpu, &spoilt).values);
    }
}

#[test]
fn what_cannot_be_solved_is_refused() {
    let Some(gpu) = open(GpuOptions::default()) else { return };
    for order in [5, 40] {
        let mut bad: Vec<f64> = matrix("random", order, 1);
        bad[order * order - 2] = f64::NAN;
        let batch = ragged(&[(order, matrix("random", order, 1)), (order, bad)]);
        let resident = gpu.upload(f64::wrap(batch)).unwrap();
        let error = gpu.eigh(&resident, ALL, &Never).unwrap_err();
        assert!(matches!(error, LinalgError::NotFinite { index: 1 }), "{error}");
    }
    let wide = Ragged::<f64>::zeros(&[Shape::new(2, 3)]);
    let resident = gpu.upload(f64::wrap(wide)).unwrap();
    let error = gpu.eigh(&resident, ALL, &Never).unwrap_err();
    assert!(matches!(error, LinalgError::Shape { index: 0, .. }), "{error}");

    let batch = ragged(&[(40, matrix::<f64>("random", 40, 1))]);
    let resident = gpu.upload(f64::wrap(batch.clone())).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(true);
    assert!(matches!(gpu.eigh(&resident, ALL, &stop), Err(LinalgError::Stopped)));

    let on_cpu = Cpu::new(Some(1)).unwrap().upload(f64::wrap(batch.clone())).unwrap();
    assert!(matches!(gpu.eigh(&on_cpu, ALL, &Never), Err(LinalgError::ForeignBatch)));
    assert!(matches!(
        Cpu::new(Some(1)).unwrap().eigh(&resident, ALL, &Never),
        Err(LinalgError::ForeignBatch)
    ));

    let small = GpuOptions { memory_bytes: Some(60_000), ..GpuOptions::default() };
    let gpu = open(small).unwrap();
    let resident = gpu.upload(f64::wrap(batch)).unwrap();
    let error = gpu.eigh(&resident, ALL, &Never).unwrap_err();
    assert!(matches!(error, LinalgError::OverBudget { .. }), "{error}");
    drop(resident);
    assert_eq!(gpu.memory().0, 0);
}
