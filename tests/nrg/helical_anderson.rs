//! Two Anderson impurities at a helical edge (specification, section 9).
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    HelicalAnderson, HelicalAndersonSpec, HelicalAndersonSpectra, Ladder, Rule, Scheme, Truncation,
    helical_anderson_spectra,
};
use edgestate::spectra::{Bins, Kernel, Method, Options};
use edgestate::stop::Never;
use nalgebra::{DMatrix, SymmetricEigen};

const SIGMA: f64 = 0.2;
const TEMPERATURE: f64 = 0.02;

fn spec(interaction: f64, level_energy: f64, states: u32) -> HelicalAndersonSpec {
    HelicalAndersonSpec {
        model: HelicalAnderson { interaction, level_energy, hybridization: 0.05, distance: 3 },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z: 0.25,
        truncation: Truncation {
            energy: 1e9,
            rule: Rule::Plain,
            gap_window: 0.3,
            max_states: vec![states],
        },
        shells: 2,
        temperatures: vec![TEMPERATURE],
    }
}

fn spectra(spec: &HelicalAndersonSpec) -> HelicalAndersonSpectra {
    helical_anderson_spectra(spec, usize::MAX, &Cpu::new(None).unwrap(), &Never).unwrap().remove(0)
}

/// Levels and eigenvectors of one spin: d+, d-, then f_n+, f_n-.
fn single_particle(spec: &HelicalAndersonSpec) -> SymmetricEigen<f64, nalgebra::Dyn> {
    let HelicalAnderson { level_energy, hybridization, distance, .. } = spec.model;
    let ladder = Ladder::new(spec.lambda, spec.z, spec.scheme, distance, spec.shells).unwrap();
    let order = 2 * (1 + spec.shells as usize);
    let v = (2.0 * hybridization / std::f64::consts::PI).sqrt();
    let mut h = DMatrix::zeros(order, order);
    let mut couple = |i: usize, j: usize, value: f64| {
        h[(i, j)] = value;
        h[(j, i)] = value;
    };
    for eta in 0..2 {
        couple(eta, eta, level_energy);
        couple(eta, 2 + eta, v * ladder.b[eta][0]);
    }
    for n in 0..spec.shells as usize {
        couple(2 + 2 * n, 3 + 2 * n, ladder.a[n]);
        for eta in (0..2).filter(|_| 0 < n) {
            couple(2 * n + eta, 2 + 2 * n + eta, ladder.b[eta][n]);
        }
    }
    SymmetricEigen::new(h)
}

/// U = 0, no truncation: the many-body spectra of the levels are those of single particles, off the
/// symmetric point, off-diagonal ones included: A_BC = sum_p u_p(B) u_p(C) delta(w - e_p).
#[test]
fn without_interaction_the_levels_are_free() {
    let spec = spec(0.0, 0.03, 20_000);
    let found = spectra(&spec);
    let eigen = single_particle(&spec);
    let frequencies = [-0.7, -0.2, -0.05, 0.01, 0.04, 0.3, 0.9];
    for (component, [b, c]) in [[0, 0], [1, 1], [0, 1]].into_iter().enumerate() {
        let u = |p: usize| eigen.eigenvectors[(b, p)] * eigen.eigenvectors[(c, p)];
        let weights: Vec<f64> = (0..eigen.eigenvalues.len()).map(u).collect();
        // The same bins: their kernel crosses over at an edge of theirs.
        let mut bins = Bins::new(1.0, 6).unwrap();
        bins.add(eigen.eigenvalues.as_slice(), &weights).unwrap();
        let kernel = Kernel::Thermal { sigma: SIGMA, crossover: 0.5 * TEMPERATURE };
        let options = Options { method: Method::Auto, tolerance: 1e-8 };
        let exact = bins.broaden(&frequencies, kernel, options, &Never).unwrap().0.values;
        let discrete = &found.components[component];
        let values = discrete.broaden(&frequencies, SIGMA, &Never).unwrap().values;
        for (value, exact) in values.iter().zip(&exact) {
            assert!((value - exact).abs() < 1e-6, "{b}{c}: {value} {exact}");
        }
        assert!(discrete.sum_rule_error() < 1e-10);
        let expected = if b == c { 1.0 } else { 0.0 };
        assert!((discrete.sum - expected).abs() < 1e-10, "{}", discrete.sum);
    }
    let fermi = |e: f64| 1.0 / (1.0 + (e / TEMPERATURE).exp());
    let occupied: f64 = (0..eigen.eigenvalues.len())
        .map(|p| {
            let u = &eigen.eigenvectors;
            (u[(0, p)].powi(2) + u[(1, p)].powi(2)) * fermi(eigen.eigenvalues[p])
        })
        .sum();
    // <n> of one impurity, both spins: half of the two levels of two spins.
    assert!((found.electrons - occupied).abs() < 1e-10, "{} {occupied}", found.electrons);
}

/// Half filling: one electron each, less double occupancy than free electrons have, and no mixed
/// correlators of Sum and Diff; away from it they are there (specification, section 4).
#[test]
fn half_filling_is_symmetric() {
    let half = spectra(&spec(0.6, -0.3, 400));
    assert!((half.electrons - 1.0).abs() < 1e-9, "{}", half.electrons);
    assert!(0.0 < half.double_occupancy && half.double_occupancy < 0.25);
    for discrete in &half.components {
        assert!(discrete.sum_rule_error() < 1e-10);
    }
    let mixed = |spectra: &HelicalAndersonSpectra| -> f64 {
        [5, 8].map(|index: usize| spectra.components[index].sum.abs()).into_iter().sum()
    };
    assert!(mixed(&half) < 1e-10, "{}", mixed(&half));
    let filled = spectra(&spec(0.6, -0.1, 400));
    assert!(1e-6 < mixed(&filled), "{}", mixed(&filled));
    assert!(filled.electrons < 1.0);
}
