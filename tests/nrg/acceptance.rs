//! Acceptance numbers of the specification (section 11), gap rule, E_trunc = 8, 3000 states.
use edgestate::nrg::{Path, RunSpec};

use crate::{get, results, spec, t_s};

fn within(found: f64, expected: f64, relative: f64, what: &str) {
    let error = (found / expected - 1.0).abs();
    assert!(error <= relative, "{what}: {found}, expected {expected}, off by {error:.3}");
}

fn near(found: f64, expected: f64, bound: f64, what: &str) {
    assert!((found - expected).abs() <= bound, "{what}: {found}, expected {expected}");
}

/// x = 10, J = 0.1, J_z = 0 at z = 0 and 1/2: T_S of Eq. (34) to 5 %, correlators to 5e-4.
#[test]
fn flagship_point() {
    let specs = [spec(0.1, 0.0, 10, 0.0, 36), spec(0.1, 0.0, 10, 0.5, 36)];
    let expected =
        [[0.649, 1.437, -1.499, -0.21397, 0.4611], [0.603, 1.225, -1.275, -0.21485, 0.4621]];
    for ((spec, units), expected) in
        specs.iter().zip(results(Path::Symmetric, &specs)).zip(expected)
    {
        let unit = &units[0];
        within(t_s(spec, unit, "transverse_intra"), expected[0], 0.05, "T_S transverse");
        within(t_s(spec, unit, "longitudinal_intra"), expected[1], 0.05, "T_S longitudinal");
        within(t_s(spec, unit, "longitudinal_inter"), expected[2], 0.05, "T_S inter");
        near(get(unit, "sz_sz"), expected[3], 5e-4, "<SzSz>");
        near(2.0 * get(unit, "sx_sx"), expected[4], 5e-4, "Re<S+S->");
        assert!(get(unit, "sum_rule_error") < 1e-10);
    }
}

/// Section 11, temperature: x = 10, z = 0, 29 shells, all temperatures from one run.
#[test]
fn temperature_axis_from_one_run() {
    let table = [
        (7.351665e-6, -0.213952, 0.461113, 50.8283),
        (3.237631e-5, -0.213607, 0.460761, 59.3563),
        (1.425834e-4, -0.143600, 0.384290, 68.8149),
        (6.279291e-4, -0.011151, 0.126472, 78.3473),
        (2.765364e-3, 0.000043, 0.028327, 87.0513),
        (1.040205, 0.0, 0.0, 117.6091),
    ];
    let mut run = spec(0.1, 0.0, 10, 0.0, 29);
    run.temperatures = table.iter().map(|row| row.0).collect();
    let units = &results(Path::Symmetric, &[run])[0];
    for (unit, (t, sz_sz, sp_sm, entropy)) in units.iter().zip(table) {
        near(get(unit, "sz_sz"), sz_sz, 5e-4, &format!("<SzSz> at {t}"));
        near(2.0 * get(unit, "sx_sx"), sp_sm, 5e-4, &format!("Re<S+S-> at {t}"));
        let found = get(unit, "entropy") / std::f64::consts::LN_2;
        near(found, entropy, 5e-3, &format!("S/ln2 at {t}"));
        assert!(get(unit, "sum_rule_error") < 1e-10);
    }
}

/// J-dependence at x = 10, z = 0 (Fig. 11): 1/4 + <SzSz> ~ J^2 log; T_S -> E_R2/2.
#[test]
fn small_couplings() {
    let table = [(0.05, -0.24015, 0.607), (0.01, -0.24948, 0.5765)];
    let specs: Vec<RunSpec> = table.iter().map(|row| spec(row.0, 0.0, 10, 0.0, 36)).collect();
    for ((run, units), (j, sz_sz, ratio)) in
        specs.iter().zip(results(Path::Symmetric, &specs)).zip(table)
    {
        near(get(&units[0], "sz_sz"), sz_sz, 5e-4, &format!("<SzSz> at J = {j}"));
        within(t_s(run, &units[0], "transverse_intra"), ratio, 0.05, &format!("T_S at J = {j}"));
    }
}

/// Trap 1 (section 6): a small budget in the first shells gives the wrong sign, and is flagged.
#[test]
fn small_budget_gives_the_wrong_sign_and_a_warning() {
    let mut run = spec(0.1, 0.0, 10, 0.5, 30);
    run.truncation.max_states = vec![300];
    run.truncation.rule = edgestate::nrg::Rule::Plain;
    run.temperatures = vec![1e-8];
    let unit = &results(Path::Symmetric, &[run])[0][0];
    assert!(0.0 < get(unit, "sz_sz"), "{}", get(unit, "sz_sz"));
    let named = |w: &String| w.starts_with("z = 0.5: ") && w.contains("max_states");
    assert!(unit.warnings.iter().any(named), "{:?}", unit.warnings);
}
