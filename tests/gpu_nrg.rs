//! The NRG on a GPU: a short run, shell by shell on the device, equals the CPU's. Without an
//! adapter nothing is compared, unless EDGESTATE_REQUIRE_VULKAN=1.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

use edgestate::linalg::Device;
use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::gpu::{Gpu, GpuOptions, adapters};
use edgestate::nrg::{
    Model, ModelKind, Path, Rule, RunSpec, Scheme, Truncation, UnitResult, run_on,
};
use edgestate::stop::Never;

fn open() -> Option<Gpu> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let gpu = found.iter().find_map(|adapter| Gpu::open(adapter.index, GpuOptions::default()).ok());
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(gpu.is_some() || !required, "no fit adapter among {found:?}");
    gpu
}

/// Two impurities at two distances, few states, so that sectors are on both sides of order 32.
fn specs() -> Vec<RunSpec> {
    let spec = |distance| RunSpec {
        model: Model {
            kind: ModelKind::TwoImpurityHelicalKondo,
            coupling: 0.2,
            coupling_z: 0.1,
            distance,
        },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z: 0.5,
        truncation: Truncation {
            energy: 6.0,
            rule: Rule::Gap,
            gap_window: 0.3,
            max_states: vec![300],
        },
        shells: 4,
        temperatures: vec![1e-3, 1e30],
    };
    vec![spec(10), spec(1000)]
}

fn solve(path: Path, device: &dyn Device) -> Vec<Vec<UnitResult>> {
    let outcomes = run_on(path, &specs(), device, &(), &Never).unwrap();
    outcomes.into_iter().map(|outcome| outcome.unwrap()).collect()
}

/// Real arithmetic with symmetries, and complex without.
#[test]
fn a_run_on_the_device_equals_the_cpus() {
    let Some(gpu) = open() else { return println!("no adapter: nothing to compare") };
    let names = [
        "ground_energy",
        "energy_above_ground",
        "entropy",
        "chi_longitudinal_intra",
        "chi_longitudinal_inter",
        "chi_transverse_intra",
        "chi_transverse_inter",
    ];
    for path in [Path::Symmetric, Path::Plain] {
        let (on_gpu, on_cpu) = (solve(path, &gpu), solve(path, &Cpu::new(None).unwrap()));
        for (a, b) in on_gpu.iter().flatten().zip(on_cpu.iter().flatten()) {
            // Correlations between the impurities are differences of those of one impurity.
            let scale = names.iter().map(|name| b.get(name).unwrap().abs()).fold(1.0, f64::max);
            for name in names {
                let (a, b) = (a.get(name).unwrap(), b.get(name).unwrap());
                assert!((a - b).abs() <= 1e-10 * scale, "{name}: {a:e} {b:e}, scale {scale}");
            }
        }
        assert_eq!((on_gpu.len(), on_gpu[0].len()), (2, 2));
    }
}
