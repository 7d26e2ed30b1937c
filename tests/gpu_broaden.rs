//! Broadening on a device against its CPU twin (bit by bit where the device fuses nothing), and
//! against `spectra` on the CPU within the bounds; exp and ln in units in the last place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod linalg_families;

use edgestate::linalg::gpu::twin::elementary::{exponential, logarithm, logarithm_of_ratio};
use edgestate::linalg::gpu::{Gpu, GpuOptions, adapters, twin};
use edgestate::linalg::{LinalgError, Peak, PeakShape, PeakSums};
use edgestate::spectra::{Kernel, Method, Options, Peaks, broaden, broaden_on};
use edgestate::stop::Never;
use linalg_families::Random;
use num_complex::Complex64;

fn open(options: GpuOptions) -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let opened = found.iter().find_map(|adapter| Gpu::open(adapter.index, options).ok());
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(opened.is_some() || !required, "no fit adapter: run scripts/fetch-vulkan.sh");
    opened
}

const SHAPES: [PeakShape; 4] = [
    PeakShape::Gaussian,
    PeakShape::Lorentzian,
    PeakShape::LogGauss,
    PeakShape::Thermal { crossover: 1e-3 },
];

/// Positions over eight decades and both signs, widths between 0.05 and 1, complex weights.
fn peaks(count: usize, seed: u64) -> Vec<Peak> {
    let mut random = Random(seed);
    (0..count)
        .map(|index| {
            let size = 10f64.powf(4.0 * random.uniform() - 4.0);
            let position = if index % 2 == 0 { size } else { -size };
            let width = 0.525 + 0.475 * random.uniform();
            Peak { position, width, re: random.uniform(), im: random.uniform() }
        })
        .collect()
}

fn frequencies(count: usize) -> Vec<f64> {
    let mut found = vec![0.0];
    found.extend((1..count).map(|i| {
        let size = 10f64.powf(-8.0 + 8.0 * i as f64 / count as f64);
        if i % 3 == 0 { -size } else { size }
    }));
    found
}

/// Blocks, slots and tails of every size; the bits do not know how work was cut.
#[test]
fn device_has_the_bits_of_its_twin() {
    let Some(gpu) = open(GpuOptions::default()) else { return println!("no adapter") };
    let small = open(GpuOptions { dispatch_work: Some(3_000_000), ..GpuOptions::default() });
    let exact = gpu.self_test().exact_quotient && !gpu.self_test().fuses;
    for (count, grid) in [(0, 3), (1, 1), (127, 65), (129, 64), (8192 + 300, 33)] {
        let (peaks, frequencies) = (peaks(count, count as u64 + 7), frequencies(grid));
        for shape in SHAPES {
            let wanted = twin::peak_sums(&peaks, &frequencies, shape);
            let got = gpu.peak_sums(&peaks, &frequencies, shape, &Never).unwrap();
            let cut = small.as_ref().unwrap().peak_sums(&peaks, &frequencies, shape, &Never);
            assert_eq!(got, cut.unwrap(), "{shape:?} {count} {grid}");
            for (index, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
                let near = (got.re - wanted.re).abs() <= 1e-12 * wanted.magnitude;
                assert!(near && (!exact || got == wanted), "{shape:?} {count} {index}: {got:?}");
            }
        }
    }
}

/// The same spectrum as on the CPU, within both error bounds; real and complex weights, widths of
/// the peaks' own.
#[test]
fn spectra_agree_with_the_cpu_within_the_bounds() {
    let Some(gpu) = open(GpuOptions::default()) else { return println!("no adapter") };
    let peaks = peaks(3000, 5);
    let positions: Vec<f64> = peaks.iter().map(|peak| peak.position).collect();
    let complex: Vec<Complex64> = peaks.iter().map(|p| Complex64::new(p.re, p.im)).collect();
    let widths: Vec<f64> = peaks.iter().map(|peak| peak.width).collect();
    let frequencies = frequencies(50);
    let kernels = [
        Kernel::Gaussian { width: 0.01 },
        Kernel::Lorentzian { half_width: 0.003 },
        Kernel::LogGauss { sigma: 0.05 },
        Kernel::Thermal { sigma: 0.3, crossover: 1e-4 },
    ];
    let options = Options { method: Method::Direct, tolerance: 1e-8 };
    for kernel in kernels {
        for widths in [None, Some(widths.as_slice())] {
            let peaks = Peaks { positions: &positions, weights: &complex, widths };
            let cpu = broaden(&peaks, &frequencies, kernel, options, &Never).unwrap();
            let device = broaden_on(&gpu, &peaks, &frequencies, kernel, 1e-8, &Never).unwrap();
            let mut largest = 0.0f64;
            for i in 0..frequencies.len() {
                let off = (cpu.values[i] - device.values[i]).norm();
                let allowed = cpu.error_bounds[i] + device.error_bounds[i];
                assert!(off <= allowed, "{kernel:?} {i}: {off:e} of {allowed:e}");
                largest = largest.max(off / cpu.values[i].norm().max(1e-300));
            }
            assert!(largest < 1e-9, "{kernel:?}: {largest:e}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let Some(gpu) = open(GpuOptions { memory_bytes: Some(10_000), ..GpuOptions::default() }) else {
        return println!("no adapter");
    };
    let error = gpu.peak_sums(&peaks(9, 1), &frequencies(9), PeakShape::Gaussian, &Never);
    assert!(matches!(error, Err(LinalgError::OverBudget { .. })), "{error:?}");
    assert_eq!(gpu.memory().0, 0);
}

/// exp within 1.5, ln (where it is not small itself) within 3 units in the last place.
#[test]
fn elementary_functions_in_units_in_the_last_place() {
    let mut random = Random(11);
    let mut worst = [0.0f64; 2];
    let units =
        |got: f64, wanted: f64| (got - wanted).abs() / (wanted.abs().next_up() - wanted.abs());
    for _ in 0..200_000 {
        let x = -350.0 + 350.0 * random.uniform();
        worst[0] = worst[0].max(units(exponential(x), x.exp()));
        let (a, b) = (10f64.powf(280.0 * random.uniform()), 10f64.powf(280.0 * random.uniform()));
        let ratio = logarithm_of_ratio(logarithm(a), logarithm(b));
        worst[1] = worst[1].max((ratio - (a.ln() - b.ln())).abs() / a.ln().abs().max(b.ln().abs()));
        let ratio = logarithm_of_ratio(logarithm(a), logarithm(1.0));
        worst[1] = worst[1].max((ratio - a.ln()).abs() / a.ln().abs().max(1.0));
    }
    println!("exp {:.2} units, ln {:.2} epsilon", worst[0], worst[1] / f64::EPSILON);
    assert!(worst[0] < 1.5 && worst[1] < 2.0 * f64::EPSILON, "{worst:?}");
    assert_eq!([exponential(0.0), exponential(-709.0)], [1.0, 0.0]);
}
