//! Spectral functions from the full density matrix (specification, section 8).
use std::f64::consts::PI;
use std::sync::OnceLock;

use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    Correlation, OneImpurity, OneImpurityRequest, OneImpuritySpec, Pair, Path, Rule, RunSpec,
    Scheme, TMatrix, TMatrixRequest, Truncation, TwoImpuritySpectra, one_impurity,
    one_impurity_spectra, tmatrix, two_impurity_spectra,
};
use edgestate::spectra::{Kernel, logarithmic_grid, sum_rule};
use edgestate::stop::Never;

use crate::{get, results, spec};

fn two(spec: &RunSpec, vector_bytes: usize) -> Vec<TwoImpuritySpectra> {
    two_impurity_spectra(spec, vector_bytes, &Cpu::new(None).unwrap(), &Never).unwrap()
}

fn close(found: f64, expected: f64, bound: f64, what: &str) {
    assert!((found - expected).abs() <= bound, "{what}: {found:e}, expected {expected:e}");
}

fn small_ladder() -> RunSpec {
    let mut spec = spec(0.2, 0.05, 10, 0.25, 11);
    spec.truncation.energy = 5.0;
    spec.truncation.max_states = vec![250];
    spec.temperatures = vec![4e-4, 5e-3, 0.4];
    spec
}

/// Spectra of [`small_ladder`], computed once.
fn small_spectra() -> &'static [TwoImpuritySpectra] {
    static SPECTRA: OnceLock<Vec<TwoImpuritySpectra>> = OnceLock::new();
    SPECTRA.get_or_init(|| two(&small_ladder(), usize::MAX))
}

/// Backward pass with the full density matrix, all sectors, against the forward pass with
/// symmetries: static correlators and susceptibilities at a low, a middle and a high temperature.
#[test]
fn full_density_matrix_equals_the_forward_engine() {
    let spec = small_ladder();
    let units = &results(Path::Symmetric, std::slice::from_ref(&spec))[0];
    for (unit, found) in units.iter().zip(small_spectra()) {
        for (pair, name) in [
            (Pair::LongitudinalIntra, "longitudinal_intra"),
            (Pair::LongitudinalInter, "longitudinal_inter"),
            (Pair::TransverseIntra, "transverse_intra"),
            (Pair::TransverseInter, "transverse_inter"),
        ] {
            let chi = get(unit, &format!("chi_{name}"));
            let intra = get(unit, "chi_longitudinal_intra");
            close(found.susceptibility(pair), chi, 1e-9 * intra, &format!("chi {name}"));
            let sum = get(unit, &format!("sum_{name}"));
            close(found.sum(pair), sum, 1e-10, &format!("sum {name}"));
            close(found.exact_sum(pair), sum, 1e-10, &format!("correlator {name}"));
        }
        assert!(found.sum_rule_error() < 1e-10);
    }
}

/// Memory may slow a run, never change its numbers.
#[test]
fn vectors_not_stored_change_nothing() {
    let mut spec = small_ladder();
    spec.shells = 6;
    for (stored, again) in two(&spec, usize::MAX).iter().zip(two(&spec, 1 << 20)) {
        for pair in Pair::ALL {
            assert_eq!(stored.susceptibility(pair).to_bits(), again.susceptibility(pair).to_bits());
            assert_eq!(stored.sum(pair).to_bits(), again.sum(pair).to_bits());
        }
    }
}

/// A56 and (34) from the broadened spectra; those of different impurities have weight below zero.
#[test]
fn broadened_spectra_keep_weight_and_susceptibility() {
    let grid = logarithmic_grid(1e-7, 40.0, 60).unwrap();
    let low = &small_spectra()[0];
    for pair in Pair::ALL {
        let values = low.broaden(pair, &grid, 0.3, &Never).unwrap();
        close(sum_rule(&grid, &values).unwrap(), low.sum(pair), 2e-3, &format!("{pair:?} weight"));
        let chi = low.susceptibility(pair);
        let found = low.susceptibility_of_spectrum(&grid, &values).unwrap();
        close(found, chi, 0.03 * chi.abs(), &format!("{pair:?} chi"));
    }
    let inter = low.broaden(Pair::LongitudinalInter, &grid, 0.3, &Never).unwrap();
    assert!(inter.iter().any(|&a| a < 0.0));
}

fn chain(model: OneImpurity, last: u32, temperature: f64) -> OneImpuritySpec {
    OneImpuritySpec {
        model,
        lambda: 2.5,
        scheme: Scheme::ZitkoPruschke,
        z: 0.0,
        truncation: plain_cut(12.0),
        last_shells: vec![last],
        temperatures: vec![temperature],
    }
}

fn plain_cut(energy: f64) -> Truncation {
    Truncation { energy, rule: Rule::Plain, gap_window: 0.3, max_states: vec![1500] }
}

/// U = 0: A_d(w) = (Gamma/pi)/(w^2 + Gamma^2) for Gamma << D (A7), within the broadening; weight 1.
#[test]
fn resonant_level_spectrum() {
    let gamma = 0.01;
    let model = OneImpurity::OneImpurityAnderson {
        interaction: 0.0,
        level_energy: 0.0,
        hybridization: gamma,
    };
    let frequencies = [-3.0 * gamma, 0.3 * gamma, gamma];
    let mut mean = [0.0; 3];
    for z in QUARTERS {
        let mut spec = chain(model, 22, 1e-4);
        spec.z = z;
        let found =
            one_impurity_spectra(&spec, &[Correlation::Level], &Cpu::new(None).unwrap(), &Never);
        let level = &found.unwrap()[0][0];
        close(level.sum, 1.0, 1e-10, "{d, d+}");
        assert!(level.sum_rule_error() < 1e-10);
        // Off-diagonal elements of the reduced density matrix.
        assert!(-0.01 < level.negative_weight, "{}", level.negative_weight);
        let values = level.broaden(&frequencies, 0.3, &Never).unwrap().values;
        mean.iter_mut().zip(values).for_each(|(sum, value)| *sum += value / 4.0);
    }
    for (w, found) in frequencies.iter().zip(mean) {
        let exact = |w: f64| gamma / PI / (w * w + gamma * gamma);
        let kernel = Kernel::LogGauss { sigma: 0.3 };
        // int K(w, w') A(w') dw' in ln w'.
        let expected: f64 = (-2000..=2000)
            .map(|i| w * (f64::from(i) * 1e-3).exp())
            .map(|other| kernel.value(*w, other) * exact(other) * other.abs() * 1e-3)
            .sum();
        // The star itself is 1 % high, the rest is truncation: 10 % at E_trunc = 8.
        close(found, expected, 0.05 * expected, &format!("A({w})"));
    }
}

#[test]
fn a_kondo_model_has_no_level() {
    let model = OneImpurity::OneImpurityKondo { coupling: 0.1, coupling_z: 0.1 };
    let cpu = Cpu::new(None).unwrap();
    assert!(
        one_impurity_spectra(&chain(model, 6, 0.1), &[Correlation::Level], &cpu, &Never).is_err()
    );
}

fn kondo_t_matrix(coupling: f64, z: &[f64], temperatures: Vec<f64>) -> TMatrix {
    let run = OneImpurityRequest {
        model: OneImpurity::OneImpurityKondo { coupling, coupling_z: coupling },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z: z.to_vec(),
        truncation: plain_cut(10.0),
        temperatures,
        shells: 0,
    };
    let request = TMatrixRequest { run, sigma: 0.4, per_decade: 20 };
    tmatrix(&request, &Cpu::new(None).unwrap(), &Never).unwrap()
}

const QUARTERS: [f64; 4] = [0.0, 0.25, 0.5, 0.75];

/// The transmission through the crossover (section 8, J = J_z = 0.15) and Friedel's unitary limit.
#[test]
fn transmission_through_the_crossover() {
    let ratios = [0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0];
    let expected = [0.996, 0.961, 0.825, 0.548, 0.330, 0.189, 0.077];
    let t_k = 8.55e-4;
    let found = kondo_t_matrix(0.15, &QUARTERS, ratios.iter().map(|r| r * t_k).collect());
    close(found.kondo_temperature, t_k, 0.01 * t_k, "T_K");
    for (point, (ratio, expected)) in found.points.iter().zip(ratios.iter().zip(expected)) {
        close(point.transmission, expected, 0.016, &format!("g at T/T_K = {ratio}"));
        assert!(point.sum_rule_error < 1e-10);
        // Particle-hole symmetry: no real part at the Fermi level.
        let zero = point.frequencies.len() / 2;
        close(point.frequencies[zero], 0.0, 0.0, "middle of the grid");
        close(point.dispersion[zero], 0.0, 1e-6, "Re T(0)");
        let mirror = point.frequencies.iter().zip(point.absorption.iter().rev());
        for ((w, mirrored), a) in mirror.zip(&point.absorption) {
            close(*a, *mirrored, 1e-6, &format!("A(w) = A(-w) at {w}"));
        }
    }
    let (low, high) = (&found.points[0], found.points.last().unwrap());
    close(low.phase_shift, 0.5 * PI, 1e-6, "phase shift of the singlet");
    close(low.inelastic, 0.0, 0.06, "the singlet scatters elastically");
    close(high.phase_shift, 0.0, 1e-6, "phase shift of the free moment");
    // A free moment flips in most of its rare scattering events: 1 - |S|^2 = 4 a - 4 a^2.
    let a = high.absorption[high.frequencies.len() / 2];
    close(high.inelastic, 4.0 * a * (1.0 - a), 1e-9, "unitarity");
}

/// Another coupling gives the same function of T/T_K: the half-width in units of T_K.
#[test]
fn half_transmission_is_universal() {
    let width = |coupling: f64, t_k: f64| {
        let temperatures = [0.05, 0.5, 1.0, 1.5, 2.0].map(|ratio| ratio * t_k).to_vec();
        let found = kondo_t_matrix(coupling, &[0.0, 0.5], temperatures);
        found.half_transmission().unwrap() / found.kondo_temperature
    };
    let (strong, weak) = (width(0.15, 8.6e-4), width(0.1, 2.4e-5));
    close(weak, 1.2, 0.1, "T(g = 1/2)/T_K");
    close(strong, weak, 0.08 * weak, "universality");
}

/// Friedel away from particle-hole symmetry: phase shift = pi n/2 per spin, elastic at T = 0.
#[test]
fn anderson_phase_shift_obeys_friedel() {
    let model = OneImpurity::OneImpurityAnderson {
        interaction: 0.1,
        level_energy: -0.01,
        hybridization: 0.01,
    };
    let run = OneImpurityRequest {
        model,
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z: QUARTERS.to_vec(),
        truncation: plain_cut(9.0),
        temperatures: vec![1e-5],
        shells: 0,
    };
    let bound: f64 = run
        .specs()
        .iter()
        .map(|spec| one_impurity(spec, &Cpu::new(None).unwrap(), &Never).unwrap())
        .map(|results| results[0].get("charge_impurity").unwrap() / 4.0)
        .sum();
    let request = TMatrixRequest { run, sigma: 0.4, per_decade: 30 };
    let found = tmatrix(&request, &Cpu::new(None).unwrap(), &Never).unwrap();
    close(found.points[0].phase_shift, 0.5 * PI * bound, 0.05, "phase shift");
    // The broadened Im T is right to 5 % at lambda = 4.
    close(found.points[0].inelastic, 0.0, 0.15, "elastic at T = 0");
}
