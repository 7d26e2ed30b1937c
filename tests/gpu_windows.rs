//! gather and matmul on a device, all forms of windows, maps and adjoints: what the CPU says, number
//! for number, because sums of small integers are exact; and buffers that are used again. Without an
//! adapter nothing is compared, unless EDGESTATE_REQUIRE_VULKAN=1.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::gpu::{Gpu, GpuOptions, adapters};
use edgestate::linalg::{Batch, Device, EighOptions, HostBatch, Ragged, Shape};
use edgestate::stop::Never;
use linalg_families::windows::{Gather, Matmul};
use linalg_families::{Sample, matrix};
use num_complex::Complex64;

/// The device under test: a software adapter if there is one, else the first that opens.
fn open() -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let options = GpuOptions::default();
    let gpu = found.iter().find_map(|adapter| Gpu::open(adapter.index, options).ok());
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(gpu.is_some() || !required, "no fit adapter among {found:?}");
    gpu
}

fn gathered<T: Sample>(device: &dyn Device, case: &Gather<T>) -> Ragged<T> {
    let upload = |ragged: &Ragged<T>| device.upload(T::wrap(ragged.clone())).unwrap();
    let batches: Vec<Batch> = case.sources.iter().map(upload).collect();
    let handles: Vec<&Batch> = batches.iter().collect();
    let Gather { dests, placements, diagonals, .. } = case;
    let got = device.gather(T::DTYPE, dests, &handles, placements, diagonals).unwrap();
    T::of(&device.download(&got).unwrap()).unwrap().clone()
}

fn multiplied<T: Sample>(device: &dyn Device, case: &Matmul<T>) -> Ragged<T> {
    let source = device.upload(T::wrap(case.source.clone())).unwrap();
    let got = device.matmul(T::DTYPE, &case.dests, &[&source], &case.products, &Never).unwrap();
    T::of(&device.download(&got).unwrap()).unwrap().clone()
}

fn windows_are_those_of_the_cpu<T: Sample>() {
    let Some(gpu) = open() else { return println!("no adapter: nothing to compare") };
    let cpu = Cpu::new(Some(1)).unwrap();
    for (seed, limit) in (0..40).map(|seed| (seed, [1, 5, 20, 45, 80][seed as usize % 5])) {
        let case = Gather::<T>::any(seed, limit);
        assert_eq!(gathered(&gpu, &case), gathered(&cpu, &case), "gather, seed {seed}");
        let case = Matmul::<T>::any(seed, limit);
        assert_eq!(multiplied(&gpu, &case), multiplied(&cpu, &case), "matmul, seed {seed}");
    }
    assert_eq!(gpu.memory().0, 0, "all bytes are given back");
}

#[test]
fn real_windows_are_those_of_the_cpu() {
    windows_are_those_of_the_cpu::<f64>();
}

#[test]
fn complex_windows_are_those_of_the_cpu() {
    windows_are_those_of_the_cpu::<Complex64>();
}

/// The second batch of a kind needs no new buffer, and sees nothing of the first.
#[test]
fn buffers_are_used_again_and_hold_nothing_of_before() {
    let Some(gpu) = open() else { return println!("no adapter: nothing to test") };
    let batch = |order: usize, seed: u64| {
        let data: Vec<f64> =
            (0..3).flat_map(|index| matrix("random", order, seed + index)).collect();
        HostBatch::F64(Ragged::new(vec![Shape::square(order); 3], data).unwrap())
    };
    let solve = |host: HostBatch| {
        let resident = gpu.upload(host).unwrap();
        let options = EighOptions { vectors: true, certify: Certify::Full };
        let solved = gpu.eigh(&resident, options, &Never).unwrap();
        let vectors = gpu.download(&solved.vectors.unwrap()).unwrap();
        (solved.values, vectors)
    };
    let fresh = solve(batch(50, 7));
    let first = gpu.pool();
    assert!(0 < first.made && 0 < first.idle_bytes, "{first:?}");
    // Something else lies in the buffers, of the same classes or not.
    solve(batch(50, 100));
    solve(batch(47, 200));
    let again = solve(batch(50, 7));
    assert_eq!(fresh, again, "the contents of a buffer have no influence");
    let last = gpu.pool();
    assert!(first.reused < last.reused, "{first:?} {last:?}");
    let before = gpu.pool().made;
    solve(batch(50, 300));
    assert_eq!(gpu.pool().made, before, "nothing new is made for what fits");
    // Zeros where zeros are promised.
    let shapes = [Shape::square(50), Shape::square(50), Shape::square(50)];
    let nothing = gpu.gather(edgestate::linalg::Dtype::F64, &shapes, &[], &[], &[]).unwrap();
    let nothing = gpu.download(&nothing).unwrap();
    assert_eq!(*nothing, HostBatch::F64(Ragged::zeros(&shapes)));
}

/// What lies idle gives way to what is wanted, within the budget.
#[test]
fn idle_buffers_stay_within_the_budget() {
    let Some(gpu) = open() else { return println!("no adapter: nothing to test") };
    let budget = 3_000_000;
    let options = GpuOptions { memory_bytes: Some(budget), ..GpuOptions::default() };
    let gpu = Gpu::open(gpu.description().index, options).unwrap();
    for order in [60, 200, 300, 450, 600, 100, 550] {
        let host = HostBatch::F64(Ragged::zeros(&[Shape::square(order)]));
        let batch = gpu.upload(host).unwrap();
        let (taken, idle) = (gpu.memory().0, gpu.pool().idle_bytes);
        assert!(taken + idle <= budget, "{taken} + {idle}");
        drop(batch);
    }
    assert!(0 < gpu.pool().idle_bytes);
}
