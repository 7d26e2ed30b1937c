//! One-impurity models (specification, section 9).
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    OneImpurity, OneImpurityResult, OneImpuritySpec, Rule, Scheme, Truncation, one_impurity,
};
use edgestate::stop::Never;

/// lambda = 4, plain cut at E_trunc = 12; last shells n and n + 1.
fn spec(model: OneImpurity, z: f64, n: u32, temperatures: &[f64]) -> OneImpuritySpec {
    OneImpuritySpec {
        model,
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z,
        truncation: Truncation {
            energy: 12.0,
            rule: Rule::Plain,
            gap_window: 0.3,
            max_states: vec![3000],
        },
        last_shells: vec![n, n + 1],
        temperatures: temperatures.to_vec(),
    }
}

/// Means over the given z, one function per temperature.
fn averages(
    model: OneImpurity,
    zs: &[f64],
    n: u32,
    temperatures: &[f64],
) -> Vec<impl Fn(&str) -> f64> {
    let cpu = Cpu::new(None).unwrap();
    let runs: Vec<Vec<OneImpurityResult>> = zs
        .iter()
        .map(|&z| one_impurity(&spec(model, z, n, temperatures), &cpu, &Never).unwrap())
        .collect();
    for result in runs.iter().flatten() {
        assert!(result.warnings.is_empty(), "{:?}", result.warnings);
    }
    let count = zs.len() as f64;
    (0..temperatures.len())
        .map(|t| {
            let results: Vec<OneImpurityResult> = runs.iter().map(|run| run[t].clone()).collect();
            move |name: &str| results.iter().map(|r| r.get(name).unwrap()).sum::<f64>() / count
        })
        .collect()
}

fn close(found: f64, expected: f64, bound: f64, what: &str) {
    assert!((found - expected).abs() <= bound, "{what}: {found:e}, expected {expected:e}");
}

const EIGHTS: [f64; 4] = [0.0, 0.25, 0.5, 0.75];

/// Section 9: T_K, the crossover of entropy and T chi, Wilson ratio, unitary scattering.
#[test]
fn isotropic_kondo_crossover() {
    let t_k = 2.357e-5;
    let ratios = [0.01, 0.1, 1.0, 3.0, 10.0, 100.0];
    let temperatures: Vec<f64> = ratios.iter().map(|r| r * t_k).collect();
    let model = OneImpurity::OneImpurityKondo { coupling: 0.1, coupling_z: 0.1 };
    let points = averages(model, &EIGHTS, 25, &temperatures);
    close(points[0]("t_k_longitudinal"), 2.41e-5, 0.02 * 2.41e-5, "T_K");
    let transverse = points[0]("t_k_transverse");
    close(points[0]("t_k_longitudinal"), transverse, 1e-9 * transverse, "isotropy");
    let entropy = [0.020, 0.193, 0.715, 0.861, 0.933, 0.982];
    let t_chi = [0.0086, 0.084, 0.401, 0.558, 0.673, 0.794];
    let transmission = [0.996, 0.961, 0.54, 0.325, 0.186, 0.0765];
    for (i, point) in points.iter().enumerate() {
        let at = |name: &str| format!("{name} at T/T_K = {}", ratios[i]);
        close(point("entropy_impurity") / 2.0_f64.ln(), entropy[i], 0.012, &at("entropy/ln2"));
        let bound = if i == 0 { 0.08 } else { 0.02 } * t_chi[i];
        close(4.0 * point("t_chi_impurity"), t_chi[i], bound, &at("4 T chi"));
        close(point("transmission"), transmission[i], 0.012, &at("transmission"));
        close(point("sum_longitudinal"), 0.25, 1e-10, &at("<S_z^2>"));
        close(point("sum_transverse"), 0.25, 1e-10, &at("<S^+ S^->/2"));
        assert!(point("sum_rule_error") < 1e-10);
    }
    // R = (4 pi^2 / 3) (chi / gamma), exactly 2 for T -> 0.
    let factor = 4.0 * std::f64::consts::PI.powi(2) / 3.0;
    let wilson = factor * points[0]("t_chi_impurity") / points[0]("specific_heat_impurity");
    close(wilson, 2.0, 0.1, "Wilson ratio");
}

/// Section 9: easy-plane coupling, J_z = 0 (lambda = 4, two z).
#[test]
fn easy_plane_kondo_temperature() {
    let model = OneImpurity::OneImpurityKondo { coupling: 0.1, coupling_z: 0.0 };
    let points = averages(model, &[0.0, 0.5], 32, &[2e-10]);
    close(points[0]("t_k_longitudinal"), 6.44e-8, 0.02 * 6.44e-8, "longitudinal T_K");
    close(points[0]("t_k_transverse"), 5.96e-8, 0.02 * 5.96e-8, "transverse T_K");
}

/// Symmetric Anderson model, U >> Gamma: free orbital -> local moment -> singlet; unitary at T = 0.
#[test]
fn symmetric_anderson_model_flows_to_strong_coupling() {
    let (u, gamma) = (0.1, 0.01);
    let model = OneImpurity::OneImpurityAnderson {
        interaction: u,
        level_energy: -0.5 * u,
        hybridization: gamma,
    };
    let points = averages(model, &EIGHTS, 24, &[1e-6, 2.5e-3, 20.0]);
    let entropy = |i: usize| points[i]("entropy_impurity") / 2.0_f64.ln();
    close(points[0]("transmission"), 1.0, 0.01, "Friedel");
    close(entropy(0), 0.0, 0.02, "singlet");
    close(entropy(1), 1.0, 0.25, "local moment");
    close(entropy(2), 2.0, 0.01, "free orbital");
    for point in &points {
        close(point("level_electrons"), 1.0, 1e-9, "half filling");
        assert!(point("level_double") < 0.2501);
    }
    // At T >> U all four states are equally likely.
    close(points[2]("level_double"), 0.25, 2e-3, "free double occupancy");
}

/// Friedel: -pi rho0 Im T(0) = sin^2(pi n/2), n the electrons that the impurity binds.
#[test]
fn asymmetric_anderson_model_obeys_friedel() {
    let model = OneImpurity::OneImpurityAnderson {
        interaction: 0.1,
        level_energy: -0.01,
        hybridization: 0.01,
    };
    let points = averages(model, &EIGHTS, 24, &[1e-6]);
    let bound = points[0]("charge_impurity");
    let expected = (0.5 * std::f64::consts::PI * bound).sin().powi(2);
    assert!(0.3 < bound && bound < 0.8, "{bound}");
    close(points[0]("transmission"), expected, 0.02, "Friedel");
    close(points[0]("level_electrons"), bound, 0.02, "bound charge sits in the level");
}

/// U = 0, Gamma << D: g(T) = int (-f') Gamma^2 / (w^2 + Gamma^2) dw (A7 with one impurity).
#[test]
fn resonant_level_transmission() {
    let gamma = 1e-3;
    let model = OneImpurity::OneImpurityAnderson {
        interaction: 0.0,
        level_energy: 0.0,
        hybridization: gamma,
    };
    let temperatures = [0.02 * gamma, 0.3 * gamma, gamma, 5.0 * gamma];
    let points = averages(model, &EIGHTS, 20, &temperatures);
    for (point, t) in points.iter().zip(temperatures) {
        let steps = 40_000;
        let window = |x: f64| 0.25 / (0.5 * x).cosh().powi(2);
        let expected: f64 = (0..=steps)
            .map(|i| -40.0 + 80.0 * f64::from(i) / f64::from(steps))
            .map(|x| window(x) * gamma.powi(2) / ((x * t).powi(2) + gamma.powi(2)))
            .sum::<f64>()
            * 80.0
            / f64::from(steps);
        close(point("transmission"), expected, 0.02, &format!("T = {t}"));
    }
}
