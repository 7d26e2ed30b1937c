//! The long tier of the device's eigensolver (`make test-long`): orders to 512, batches to 64, 10^4
//! random matrices against the CPU. On the software driver this takes a long while; on hardware all
//! orders of `LARGE` are solved.
#![cfg(feature = "long-tests")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use edgestate::linalg::check::{THRESHOLD, eigen_ratios, value_ratio};
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::gpu::{Gpu, GpuOptions, adapters};
use edgestate::linalg::{Device, EighOptions, Element, Ragged, Shape};
use edgestate::stop::Never;
use linalg_families::{FAMILIES, Sample, matrix};
use num_complex::Complex64;

/// Four kinds that are hard in four ways.
const FOUR: [&str; 4] = ["random", "cluster 1e-10", "graded 1e-12", "glued wilkinson"];
/// For a device that is hardware; the software driver would take hours for the last three.
const LARGE: [usize; 4] = [512, 1024, 2048, 3072];

fn open() -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let options = GpuOptions::default();
    let gpu = found.iter().find_map(|adapter| Gpu::open(adapter.index, options).ok());
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(gpu.is_some() || !required, "no fit adapter among {found:?}");
    gpu
}

fn ragged<T: Sample>(family: &str, orders: &[usize]) -> Ragged<T> {
    let shapes = orders.iter().map(|order| Shape::square(*order)).collect();
    let seeds = orders.iter().zip(1..);
    let data = seeds.flat_map(|(order, seed)| matrix::<T>(family, *order, seed)).collect();
    Ragged::new(shapes, data).unwrap()
}

/// All matrices certified on the host, none left to the CPU, values alone the same.
fn solved_well<T: Sample>(gpu: &Gpu, family: &str, orders: &[usize]) -> f64 {
    let batch = ragged::<T>(family, orders);
    let resident = gpu.upload(T::wrap(batch.clone())).unwrap();
    let solve = |vectors| {
        let options = EighOptions { vectors, certify: vectors };
        let solved = gpu.eigh(&resident, options, &Never).unwrap();
        assert_eq!(solved.recomputed, Vec::<usize>::new(), "{family} {orders:?}");
        solved
    };
    let (solved, alone) = (solve(true), solve(false));
    let vectors = gpu.download(&solved.vectors.unwrap()).unwrap();
    let vectors = T::of(&vectors).unwrap();
    let mut worst = 0.0_f64;
    for (index, order) in orders.iter().enumerate() {
        let values = &solved.values[index];
        let ratios = eigen_ratios(*order, batch.matrix(index), values, vectors.matrix(index));
        let third = value_ratio(&alone.values[index], values);
        let largest = ratios.residual.max(ratios.orthogonality).max(third);
        assert!(largest <= THRESHOLD, "{family}, order {order}: {ratios:?}, {third}");
        worst = worst.max(largest);
    }
    worst
}

fn every_family_at_every_order<T: Sample>() {
    let Some(gpu) = open() else { return println!("no adapter: nothing is tested") };
    let mut worst = 0.0_f64;
    for family in FAMILIES {
        worst = worst.max(solved_well::<T>(&gpu, family, &[31, 64, 127, 129, 200, 256]));
    }
    for family in FOUR {
        let large: &[usize] = if gpu.description().software { &LARGE[..1] } else { &LARGE };
        for order in large {
            worst = worst.max(solved_well::<T>(&gpu, family, &[*order]));
        }
    }
    println!("worst ratio {worst:.2}");
}

#[test]
fn every_real_family_up_to_order_512() {
    every_family_at_every_order::<f64>();
}

#[test]
fn every_complex_family_up_to_order_512() {
    every_family_at_every_order::<Complex64>();
}

/// 64 at a time, of one order and of many.
#[test]
fn batches_of_64() {
    let Some(gpu) = open() else { return println!("no adapter: nothing is tested") };
    for family in FOUR {
        for orders in [vec![16; 64], vec![33; 64], vec![65; 64], (1..=64).collect()] {
            solved_well::<f64>(&gpu, family, &orders);
            solved_well::<Complex64>(&gpu, family, &orders[..16]);
        }
    }
}

/// 10^4 random matrices: both paths within their bounds of each other.
#[test]
fn ten_thousand_random_matrices_agree() {
    let Some(gpu) = open() else { return println!("no adapter: nothing is tested") };
    let cpu = Cpu::new(None).unwrap();
    for part in 0..20_usize {
        let orders: Vec<usize> = (0..500).map(|index| 1 + (part + index * 37) % 61).collect();
        let batch = ragged::<f64>("random", &orders);
        let solve = |device: &dyn Device| {
            let resident = device.upload(f64::wrap(batch.clone())).unwrap();
            let options = EighOptions { vectors: true, certify: Certify::Full };
            device.eigh(&resident, options, &Never).unwrap()
        };
        let (on_gpu, on_cpu) = (solve(&gpu), solve(&cpu));
        assert_eq!(on_gpu.recomputed, Vec::<usize>::new());
        for (a, b) in on_gpu.values.iter().zip(&on_cpu.values) {
            assert!(value_ratio(a, b) <= THRESHOLD);
        }
        for ratios in &on_gpu.ratios {
            assert!(ratios.residual <= THRESHOLD && ratios.orthogonality <= THRESHOLD);
        }
    }
}
