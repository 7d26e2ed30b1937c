//! Ladders of two and three rungs without truncation equal exact diagonalization, done in another
//! basis (complex L/R, star geometry): `nrg_short_ladders.json`.
use edgestate::nrg::{Path, RunSpec, SHELL_COLUMNS, Scheme, UnitResult};
use serde_json::Value;

use crate::{get, results, spec};

struct Case {
    spec: RunSpec,
    reference: Value,
}

fn cases() -> Vec<Case> {
    let data: Value = serde_json::from_str(include_str!("../data/nrg_short_ladders.json")).unwrap();
    data.as_array()
        .unwrap()
        .iter()
        .map(|case| {
            let p = &case["parameters"];
            let number = |name: &str| p[name].as_f64().unwrap();
            let distance = p["distance"].as_u64().unwrap();
            let shells = p["shells"].as_u64().unwrap() as u32;
            let (j, j_z) = (number("coupling"), number("coupling_z"));
            let mut spec = spec(j, j_z, distance, number("z"), shells);
            spec.lambda = number("lambda");
            spec.scheme = match p["scheme"].as_str().unwrap() {
                "plain" => Scheme::Plain,
                "campo-oliveira" => Scheme::CampoOliveira,
                _ => Scheme::ZitkoPruschke,
            };
            // Everything is kept.
            spec.truncation.energy = 1e6;
            spec.truncation.max_states = vec![1_000_000];
            let reference = case["result"].clone();
            let temperatures = reference["per_temperature"].as_object().unwrap();
            spec.temperatures = temperatures.keys().map(|t| t.parse().unwrap()).collect();
            // At infinite temperature <H> - E_0 is the mean of all excitations.
            spec.temperatures.push(1e30);
            Case { spec, reference }
        })
        .collect()
}

fn close(found: f64, reference: &Value, bound: f64, what: &str) {
    let reference = reference.as_f64().unwrap();
    assert!((found - reference).abs() <= bound, "{what}: {found:e}, reference {reference:e}");
}

fn check(path: Path, case: &Case) {
    let units = &results(path, std::slice::from_ref(&case.spec))[0];
    let reference = &case.reference;
    let any = &units[0];
    close(get(any, "ground_energy"), &reference["ground_energy"], 1e-11, "ground energy");
    check_levels(any, reference);
    let count = reference["states"].as_f64().unwrap();
    let sum = reference["excitation_sum"].as_f64().unwrap();
    let infinite = units.last().unwrap();
    close(count * get(infinite, "energy_above_ground"), &sum.into(), 1e-11 * sum, "excitation sum");
    assert!((get(infinite, "entropy") - count.ln()).abs() < 1e-11);
    for (t, unit) in case.spec.temperatures.iter().zip(units).take(units.len() - 1) {
        let expected = reference["per_temperature"]
            .as_object()
            .unwrap()
            .iter()
            .find(|(text, _)| text.parse::<f64>().unwrap() == *t)
            .unwrap()
            .1;
        check_averages(unit, expected);
    }
}

fn check_levels(unit: &UnitResult, reference: &Value) {
    let column = |name: &str| SHELL_COLUMNS.iter().position(|c| c.name == name).unwrap();
    let last = unit.shells.last().unwrap();
    let (omega, first) = (last[column("omega")], column("level_0"));
    for (i, expected) in reference["excitations"].as_array().unwrap().iter().take(12).enumerate() {
        close(omega * last[first + i], expected, 1e-11, &format!("level {i}"));
    }
}

fn check_averages(unit: &UnitResult, expected: &Value) {
    let chi_intra = expected["chi_longitudinal_intra"].as_f64().unwrap();
    for (name, bound) in [
        ("sz_sz", 1e-11),
        ("entropy", 1e-11),
        ("energy_above_ground", 1e-11),
        ("sum_transverse_inter", 1e-11),
        ("chi_longitudinal_intra", 1e-11 * chi_intra),
        ("chi_longitudinal_inter", 1e-11 * chi_intra),
        ("chi_transverse_intra", 1e-11 * chi_intra),
        ("chi_transverse_inter", 1e-11 * chi_intra),
    ] {
        close(get(unit, name), &expected[name], bound, name);
    }
    close(2.0 * get(unit, "sx_sx"), &expected["re_sp_sm"], 1e-11, "Re <S_L^+ S_R^->");
    assert!(get(unit, "sum_rule_error") < 1e-11);
    assert!((get(unit, "sum_transverse_intra") - 0.25).abs() < 1e-11);
}

#[test]
fn real_path_with_symmetries_equals_exact_diagonalization() {
    for case in cases() {
        check(Path::Symmetric, &case);
    }
}

/// Two rungs suffice here: 1024 states in complex arithmetic.
#[test]
fn complex_path_equals_exact_diagonalization() {
    for case in cases().iter().filter(|case| case.spec.shells == 2) {
        check(Path::Plain, case);
    }
}
