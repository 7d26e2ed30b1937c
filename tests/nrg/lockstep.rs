//! Spin spectra with symmetries and in lockstep, against the way that diagonalizes all sectors.
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    Pair, RunSpec, SpectraRun, TwoImpuritySpectra, two_impurity_scan_in_lockstep,
    two_impurity_spectra_in_lockstep, two_impurity_spectra_of_all_sectors,
    two_impurity_spectra_with_error_bars,
};
use edgestate::spectra::logarithmic_grid;
use edgestate::stop::Never;

use crate::{get, results, spec};

/// A truncated run with temperatures from cold to hot: discarded states of all shells carry weight.
fn small(coupling: f64, coupling_z: f64, distance: u64, z: f64, shells: u32) -> RunSpec {
    let mut spec = spec(coupling, coupling_z, distance, z, shells);
    spec.lambda = 6.0;
    spec.truncation.energy = 5.0;
    spec.truncation.max_states = vec![50];
    spec.temperatures = vec![2e-4, 5e-3, 0.1, 2.0];
    spec
}

fn lockstep(specs: &[RunSpec], memory_bytes: u64) -> Vec<SpectraRun> {
    let cpu = Cpu::new(None).unwrap();
    let found = two_impurity_spectra_in_lockstep(specs, memory_bytes, &cpu, &(), &Never).unwrap();
    found.into_iter().map(|outcome| outcome.unwrap()).collect()
}

/// All numbers of a set of spectra, those of the cells included, as bits.
fn bits(spectra: &TwoImpuritySpectra) -> Vec<u64> {
    let mut list = Vec::new();
    for component in &spectra.components {
        let (positions, weights) = component.bins.nodes();
        list.extend(positions.iter().chain(&weights).map(|x| x.to_bits()));
        let sums = [component.sum, component.exact_sum, component.susceptibility, component.window];
        list.extend(sums.map(f64::to_bits));
    }
    list
}

/// Section 5: only Q >= 0 and S_z >= 0, parities and images give the spectra of all sectors, at every
/// temperature: weights, susceptibilities, and the spectra themselves in every cell.
#[test]
fn symmetries_give_the_spectra_of_all_sectors() {
    for spec in [small(0.3, 0.15, 3, 0.25, 6), small(0.2, -0.1, 10, 0.0, 5)] {
        let cpu = Cpu::new(None).unwrap();
        let all = two_impurity_spectra_of_all_sectors(&spec, usize::MAX, &cpu, &Never).unwrap();
        let found = lockstep(std::slice::from_ref(&spec), u64::MAX).remove(0).spectra;
        for (all, found) in all.iter().zip(&found) {
            assert!(found.sum_rule_error() < 1e-10, "{:e}", found.sum_rule_error());
            let positive: Vec<f64> = (0..90).map(|i| 1e-6 * 1.2_f64.powi(i)).collect();
            let negative = positive.iter().rev().map(|w| -w);
            let grid: Vec<f64> = negative.chain(positive.iter().copied()).collect();
            for (a, b) in all.components.iter().zip(&found.components) {
                let scale = all.components[0].susceptibility.abs();
                let close = |x: f64, y: f64, bound: f64, what: &str| {
                    assert!((x - y).abs() <= bound, "{what} at T = {}: {x:e} {y:e}", a.temperature);
                };
                close(a.sum, b.sum, 1e-11, "weight");
                close(a.exact_sum, b.exact_sum, 1e-11, "correlator");
                close(a.susceptibility, b.susceptibility, 1e-9 * scale, "susceptibility");
                let [x, y] = [a, b].map(|d| d.broaden(&grid, 0.2, &Never).unwrap().values);
                for ((w, x), y) in grid.iter().zip(&x).zip(&y) {
                    close(*x, *y, 1e-8 / w.abs(), &format!("A({w:e})"));
                }
            }
        }
    }
}

/// The static results that come with the spectra are those of the static engine.
#[test]
fn static_results_come_with_the_spectra() {
    let spec = small(0.2, 0.05, 10, 0.25, 6);
    let statics = &results(edgestate::nrg::Path::Symmetric, std::slice::from_ref(&spec))[0];
    let found = lockstep(std::slice::from_ref(&spec), u64::MAX).remove(0);
    for (a, b) in statics.iter().zip(&found.units) {
        let scale = get(a, "chi_longitudinal_intra").abs();
        for column in edgestate::nrg::UNIT_COLUMNS {
            let (x, y) = (get(a, column.name), get(b, column.name));
            let bound = if column.name.starts_with("chi") { 1e-9 * scale } else { 1e-10 };
            assert!((x - y).abs() <= bound, "{}: {x:e} {y:e}", column.name);
        }
        assert_eq!(a.warnings, b.warnings);
        assert_eq!(format!("{:?}", a.shells), format!("{:?}", b.shells));
    }
    for (unit, spectra) in found.units.iter().zip(&found.spectra) {
        assert_eq!(get(unit, "sz_sz"), spectra.exact_sum(Pair::LongitudinalInter));
    }
}

/// A run gives bitwise the same spectra alone and in any company, shorter runs included.
#[test]
fn spectra_do_not_depend_on_their_company() {
    let mut other = small(0.2, 0.0, 10, 0.5, 4);
    other.temperatures = vec![1e-3];
    let specs = [small(0.3, 0.15, 3, 0.25, 6), other, small(0.2, -0.1, 10, 0.0, 5)];
    let together = lockstep(&specs, u64::MAX);
    for (spec, company) in specs.iter().zip(&together) {
        let alone = &lockstep(std::slice::from_ref(spec), u64::MAX)[0];
        assert_eq!(alone.spectra.len(), spec.temperatures.len());
        for (a, b) in alone.spectra.iter().zip(&company.spectra) {
            assert_eq!(bits(a), bits(b));
        }
        for (a, b) in alone.units.iter().zip(&company.units) {
            assert!(a.values.iter().zip(&b.values).all(|(x, y)| x.to_bits() == y.to_bits()));
        }
    }
}

/// Memory may slow a run, never change its numbers.
#[test]
fn shells_not_stored_change_nothing() {
    let specs = [small(0.3, 0.15, 3, 0.25, 6), small(0.2, 0.0, 10, 0.5, 5)];
    let stored = lockstep(&specs, u64::MAX);
    for budget in [0, 1 << 20] {
        for (a, b) in stored.iter().zip(&lockstep(&specs, budget)) {
            for (a, b) in a.spectra.iter().zip(&b.spectra) {
                assert_eq!(bits(a), bits(b));
            }
        }
    }
}

/// Section 6: both traps of the truncation are flagged in the results that come with spectra.
#[test]
fn both_traps_are_flagged() {
    let mut spec = small(0.01, 0.0, 10, 0.0, 5);
    spec.truncation.rule = edgestate::nrg::Rule::Plain;
    spec.temperatures = vec![1e-3];
    let flags = |spec: &RunSpec, text: &str| {
        let found = lockstep(std::slice::from_ref(spec), u64::MAX).remove(0);
        found.units[0].warnings.iter().any(|warning| warning.contains(text))
    };
    // A cut through multiplets that J = 0.01 splits; 50 states in the first shells.
    assert!(flags(&spec, "is cut in a gap of"));
    assert!(flags(&spec, "even the sign of the spin correlation can be wrong"));
    // No cut at all: no flag.
    spec.shells = 1;
    assert!(!flags(&spec, "is cut in a gap of"));
    assert!(!flags(&spec, "even the sign"));
}

/// Section 11: chi from the discrete data against chi from the spectrum, sum rules, and whether the
/// peak is as narrow as the broadening.
#[test]
fn certificates_of_spectra_say_what_broadening_does() {
    let spec = small(0.3, 0.15, 3, 0.25, 6);
    let found = &lockstep(std::slice::from_ref(&spec), u64::MAX)[0].spectra[0];
    let grid = logarithmic_grid(1e-7, 60.0, 300).unwrap();
    let certificate = |sigma: f64| {
        let pair = Pair::LongitudinalIntra;
        let values = found.broaden(pair, &grid, sigma, &Never).unwrap();
        found.certify(pair, (&grid, &values), sigma).unwrap()
    };
    let wide = certificate(0.3);
    assert!(wide.trace_error < 1e-12 && wide.sum_rule_error < 1e-10, "{wide:?}");
    assert!((wide.sum_of_spectrum - 0.25).abs() < 5e-3, "{wide:?}");
    // Few discrete peaks, broadened little: each one has the width of the kernel.
    let narrow = certificate(0.05);
    assert!(narrow.limited_by_broadening, "{narrow:?}");
    assert!(narrow.warnings.iter().any(|w| w.contains("width of the peak")), "{narrow:?}");
}

/// E_trunc lowered by 20 %: no change where nothing is cut by energy, a change where it is.
#[test]
fn error_bars_are_the_change_with_a_lower_cut() {
    let cpu = Cpu::new(None).unwrap();
    let mut uncut = small(0.3, 0.15, 3, 0.25, 2);
    uncut.truncation.energy = 100.0;
    uncut.truncation.max_states = vec![20_000];
    let mut cut = small(0.3, 0.15, 3, 0.25, 4);
    cut.truncation.energy = 3.0;
    cut.truncation.max_states = vec![200];
    let specs = [uncut, cut.clone()];
    let found = two_impurity_spectra_with_error_bars(&specs, u64::MAX, &cpu, &(), &Never).unwrap();
    for bars in &found[0].1 {
        assert!(bars.susceptibility.iter().chain(&bars.sum).all(|&x| x == 0.0), "{bars:?}");
    }
    let lowered = &lockstep(&[cut.lowered()], u64::MAX)[0].spectra;
    let run = found[1].0.as_ref().unwrap();
    for ((bars, run), lowered) in found[1].1.iter().zip(&run.spectra).zip(lowered) {
        assert_eq!(*bars, run.truncation_error(lowered));
        assert!(bars.susceptibility.iter().any(|&x| 0.0 < x), "{bars:?}");
    }
}

/// Correlators at all temperatures and spectra at the lowest one, from one run: the numbers of the run
/// with spectra at every temperature; what was not asked for is NaN.
#[test]
fn a_scan_has_spectra_at_the_lowest_temperature_only() {
    let specs = [small(0.3, 0.15, 3, 0.25, 6), small(0.2, -0.1, 10, 0.0, 5)];
    let cpu = Cpu::new(None).unwrap();
    let scan = two_impurity_scan_in_lockstep(&specs, u64::MAX, &cpu, &(), &Never).unwrap();
    for (scan, full) in scan.into_iter().zip(lockstep(&specs, u64::MAX)) {
        let scan = scan.unwrap();
        let [spectra] = scan.spectra.as_slice() else { panic!("one temperature") };
        assert_eq!(bits(spectra), bits(&full.spectra[0]), "the lowest comes first here");
        for (t, (a, b)) in scan.units.iter().zip(&full.units).enumerate() {
            for name in ["sz_sz", "sx_sx", "entropy", "energy_above_ground"] {
                let (x, y) = (get(a, name), get(b, name));
                assert!((x - y).abs() < 1e-13 * (1.0 + y.abs()), "{name}: {x:e} {y:e}");
            }
            assert_eq!(get(a, "chi_longitudinal_intra").is_nan(), t != 0);
            assert!(get(a, "sum_rule_error") < 1e-10);
            assert_eq!(a.warnings, b.warnings);
        }
    }
}
