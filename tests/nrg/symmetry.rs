//! The real path with symmetries against the complex path with all sectors; properties of the model.
use edgestate::nrg::{Path, RunSpec, Scheme, UNIT_COLUMNS, UnitResult};

use crate::{get, results, spec};

/// A truncated run that both paths can do quickly; several temperatures from hot to cold.
fn small(coupling: f64, coupling_z: f64, distance: u64, z: f64) -> RunSpec {
    let mut spec = spec(coupling, coupling_z, distance, z, 9);
    spec.lambda = 6.0;
    spec.truncation.energy = 5.0;
    spec.truncation.max_states = vec![300];
    spec.temperatures = vec![2.0, 0.1, 5e-3, 2e-4];
    spec
}

const COMPARED: [&str; 14] = [
    "sz_sz",
    "sx_sx",
    "chi_longitudinal_intra",
    "chi_longitudinal_inter",
    "chi_transverse_intra",
    "chi_transverse_inter",
    "sum_longitudinal_intra",
    "sum_longitudinal_inter",
    "sum_transverse_intra",
    "sum_transverse_inter",
    "entropy",
    "energy_above_ground",
    "ground_energy",
    "discarded_weight",
];

fn equal(a: &UnitResult, b: &UnitResult, bound: f64) {
    assert_eq!(get(a, "kept_max"), get(b, "kept_max"));
    let scale = get(a, "chi_longitudinal_intra").abs();
    for name in COMPARED {
        let scale = if name.starts_with("chi") { scale } else { 1.0 };
        let (x, y) = (get(a, name), get(b, name));
        assert!((x - y).abs() <= bound * scale, "{name}: {x:e} {y:e}");
    }
}

#[test]
fn all_paths_agree() {
    let specs = [small(0.3, 0.15, 3, 0.25), small(0.2, -0.1, 10, 0.0)];
    let (real, complex) = (results(Path::Symmetric, &specs), results(Path::Plain, &specs));
    let all_sectors = results(Path::Real, &specs);
    let others = complex.iter().flatten().zip(all_sectors.iter().flatten());
    for (a, (b, c)) in real.iter().flatten().zip(others) {
        equal(a, b, 1e-10);
        equal(a, c, 1e-10);
        assert!(get(a, "sector_max") < get(b, "sector_max"));
        assert_eq!(get(b, "sector_max"), get(c, "sector_max"));
    }
}

/// Section 8: the spectral weights of the complete basis obey their sum rules to 1e-10, truncated or
/// not, at every temperature.
#[test]
fn sum_rules_hold_with_truncation() {
    let mut plain = small(0.2, 0.05, 5, 0.6);
    plain.scheme = Scheme::Plain;
    for unit in results(Path::Symmetric, &[small(0.3, 0.15, 3, 0.25), plain]).iter().flatten() {
        assert!(get(unit, "sum_rule_error") < 1e-10, "{:e}", get(unit, "sum_rule_error"));
        assert!((get(unit, "sum_longitudinal_intra") - 0.25).abs() < 1e-10);
    }
}

/// Lockstep changes nothing: a run gives bitwise the same numbers alone and in any company.
#[test]
fn a_run_does_not_depend_on_its_company() {
    let specs = [small(0.3, 0.15, 3, 0.25), small(0.2, 0.0, 10, 0.0), {
        let mut short = small(0.2, 0.0, 10, 0.5);
        short.shells = 6;
        short
    }];
    let together = results(Path::Symmetric, &specs);
    for (spec, company) in specs.iter().zip(&together) {
        let alone = &results(Path::Symmetric, std::slice::from_ref(spec))[0];
        for (a, b) in alone.iter().zip(company) {
            for (column, (x, y)) in UNIT_COLUMNS.iter().zip(a.values.iter().zip(&b.values)) {
                assert!(x.to_bits() == y.to_bits(), "{}: {x:e} {y:e}", column.name);
            }
            assert_eq!(format!("{:?}", a.shells), format!("{:?}", b.shells));
        }
    }
}

/// Far above the band the impurities are two free spins: no correlation, Curie's law, all of the entropy.
#[test]
fn high_temperature_is_free_spins() {
    let mut spec = small(0.3, 0.3, 1, 0.0);
    spec.temperatures = vec![1e4];
    let unit = &results(Path::Symmetric, &[spec])[0][0];
    assert!(get(unit, "sz_sz").abs() < 1e-8);
    // Curie: chi = 1/(4 T) of S^z and of S^+/sqrt2.
    for kind in ["chi_longitudinal_intra", "chi_transverse_intra"] {
        assert!((get(unit, kind) * 4e4 - 1.0).abs() < 1e-4, "{kind}");
    }
    // Entropy of 4 * 16^9 states.
    assert!((get(unit, "entropy") - (4.0_f64.ln() + 9.0 * 16.0_f64.ln())).abs() < 1e-6);
}
