//! Section 8: the exact half plane.
use crate::isolated_edge::{others, topological};
use edgestate::quadrature::gauss_legendre;
use edgestate::ribbon::half_plane::{Branch, HalfPlane, HalfPlaneState};
use edgestate::ribbon::isolated_edge::IsolatedEdge;
use edgestate::ribbon::{Model, Preset, RibbonError};
use num_complex::Complex64;
use proptest::prelude::*;

fn hgte(rashba: f64) -> HalfPlane {
    HalfPlane::new(&Preset::HgTe7nm.model(rashba)).unwrap()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found:.12}, expected {expected:.12}");
}

/// Section 8, acceptance: energies 1e-6 meV, minority-spin weights 1e-4, both branches.
#[test]
fn acceptance_energies_and_weights() {
    let edge = hgte(156.0);
    for (branch, energy, weight) in
        [(Branch::Rising, 8.6828992, 5.7017e-3), (Branch::Falling, 6.2394004, 1.76043e-3)]
    {
        let state = edge.state(branch, 0.005).unwrap();
        near(state.energy_mev, energy, 1e-6);
        near(state.minority_weight(), weight, 1e-4 * weight);
    }
    near(edge.energies(0.005).unwrap().two_state_mev[0], 8.678428412397, 1e-8);
}

/// Section 8, finding: the exact weight exceeds that of the two-state model by 30, 56, 283 on the
/// rising and by 20, 17, 17 on the falling branch at k = 0.002, 0.005, 0.01.
#[test]
fn exact_weights_exceed_the_two_state_model() {
    let two_state = IsolatedEdge::new(&Preset::HgTe7nm.model(156.0)).unwrap();
    for (k, rising, falling) in [(0.002, 30.0, 20.0), (0.005, 56.0, 17.0), (0.01, 283.0, 17.0)] {
        let small = two_state.at(k).unwrap().minority_weight;
        for (branch, ratio) in [(Branch::Rising, rising), (Branch::Falling, falling)] {
            let exact = hgte(156.0).state(branch, k).unwrap().minority_weight();
            near(exact / small, ratio, 0.5 + 0.002 * ratio);
        }
    }
}

/// Section 8: overlaps; f(k, -k) = 0; k0 as k -> 0.
#[test]
fn acceptance_overlaps() {
    let edge = hgte(156.0);
    near(edge.overlap(0.004, 0.002).unwrap(), 6.1485e-4, 1e-4 * 6.1485e-4);
    near(edge.overlap(0.002, 0.004).unwrap(), 4.7062e-4, 1e-4 * 4.7062e-4);
    for k in [-0.01, 0.001, 0.005] {
        near(edge.overlap(k, -k).unwrap(), 0.0, 1e-10);
    }
    for (rashba, k0, tolerance) in [(15.6, 0.479, 0.005), (156.0, 0.150, 0.002)] {
        let found = hgte(rashba).effective_rotation().unwrap();
        near(found.k0_per_nm, k0, tolerance);
        assert!(found.uncertainty_nm2 < 1e-3 * found.inverse_k0_squared_nm2, "{found:?}");
    }
}

/// (H - E) psi at x from the matrix of section 1, k_x = -i d/dx by derivatives of the waves; the
/// residual against the largest term.
fn residual(model: &Model, state: &HalfPlaneState, x: f64) -> f64 {
    let (k, i) = (state.k_per_nm, Complex64::I);
    let (mut sum, mut largest) = ([Complex64::ZERO; 4], 0.0_f64);
    for (v, kappa) in state.spinors.iter().zip(state.decay_per_nm) {
        let decayed = (-kappa * x).exp();
        let kx = i * kappa;
        let (plus, minus) = (kx + i * k, kx - i * k);
        let square = kx * kx + k * k;
        let mass = model.m_mev - model.b_mev_nm2 * square;
        let rest = model.c_mev - model.d_mev_nm2 * square - state.energy_mev;
        let (a, r) = (model.a_mev_nm, i * model.rashba_mev_nm);
        let rows = [
            (rest + mass) * v[0] + a * plus * v[1] - r * minus * v[2],
            (rest - mass) * v[1] + a * minus * v[0],
            (rest + mass) * v[2] - a * minus * v[3] + r * plus * v[0],
            (rest - mass) * v[3] - a * plus * v[2],
        ];
        for (total, row) in sum.iter_mut().zip(rows) {
            *total += row * decayed;
        }
        let size = v.iter().map(|one| one.norm()).fold(0.0, f64::max);
        largest = largest.max(size * decayed.norm() * (rest.norm() + mass.norm()));
    }
    sum.iter().map(|one| one.norm()).fold(0.0, f64::max) / largest
}

/// Every state solves the four-band equation at every x, vanishes at the edge, and its closed-form norm
/// and spin weights are the integrals.
#[test]
fn states_solve_the_differential_equation() {
    let inas = Preset::InAsGaSb10nm10nm.model(15.0);
    for model in others().into_iter().chain([Preset::HgTe7nm.model(156.0), inas]) {
        let edge = HalfPlane::new(&model).unwrap();
        let kc = IsolatedEdge::new(&model).unwrap().critical_per_nm;
        let mut seen = 0;
        for (branch, part) in
            [(Branch::Rising, 0.2), (Branch::Falling, 0.2), (Branch::Rising, -0.4)]
        {
            let Some(state) = present(&edge, branch, part * kc) else { continue };
            assert!(state.edge_residual < 1e-9, "{model:?}: {state:?}");
            for x in [0.0, 1.0, 10.0, 50.0] {
                let found = residual(&model, &state, x);
                assert!(found < 1e-10, "{model:?} {branch:?} {part}: {found}");
            }
            for (spin, weight) in state.spin_weights.into_iter().enumerate() {
                near(integral(&state, spin), weight, 1e-9);
            }
            near(state.spin_weights[0] + state.spin_weights[1], 1.0, 1e-14);
            seen += 1;
        }
        // Of these models only the last of `others` has no gap (R0 = 300).
        assert!(2 <= seen || model.rashba_mev_nm == 300.0, "{model:?}: {seen}");
    }
}

/// The state, or none where the two-state model, too, is outside the gap of the bulk or there is none.
fn present(edge: &HalfPlane, branch: Branch, k: f64) -> Option<HalfPlaneState> {
    match edge.state(branch, k) {
        Ok(state) => return Some(state),
        Err(RibbonError::Missing { why, .. }) if why.contains("no gap") => {}
        Err(RibbonError::Missing { .. }) => {
            let energies = edge.energies(k).unwrap();
            let guess = energies.two_state_mev[usize::from(branch == Branch::Falling)];
            let [bottom, top] = energies.gap_mev;
            assert!(guess < bottom || top < guess, "{branch:?}: {energies:?}");
        }
        Err(other) => panic!("{other:?}"),
    }
    None
}

fn integral(state: &HalfPlaneState, spin: usize) -> f64 {
    let (panels, rule) = (300, gauss_legendre(16));
    let (half, end) = (0.5 / f64::from(panels), 20.0 * state.penetration_nm());
    let mut sum = 0.0;
    for panel in 0..panels {
        for (x, weight) in &rule {
            let u = half * (f64::from(2 * panel + 1) + x);
            sum += half * weight * 3.0 * end * u * u * state.spin_densities(end * u * u * u)[spin];
        }
    }
    sum
}

/// R0 = 0: the closed forms of section 2, with a pure spin (-sgn(B) times the slope); complex lambda, D of
/// the other sign, B > 0 and D = 0 included.
#[test]
fn without_rashba_the_closed_forms_return() {
    for model in others().into_iter().chain([Preset::HgTe7nm.model(0.0)]) {
        let model = model.with_rashba(0.0);
        let (exact, closed) = (HalfPlane::new(&model).unwrap(), IsolatedEdge::new(&model).unwrap());
        for part in [-0.5, 1e-3, 0.3, 0.8] {
            let k = part * closed.critical_per_nm;
            let energies = exact.energies(k).unwrap();
            for (index, branch) in Branch::BOTH.into_iter().enumerate() {
                let sigma = if index == 0 { 1.0 } else { -1.0 };
                let expected = closed.energy_mev + sigma * closed.velocity_mev_nm * k;
                near(energies.energies_mev[index].unwrap(), expected, 1e-9);
                let state = exact.state(branch, k).unwrap();
                assert!(state.minority_weight() < 1e-12, "{}", state.minority_weight());
                let up = state.spin_weights[1] < state.spin_weights[0];
                assert_eq!(up, sigma == -model.b_mev_nm2.signum());
                let profile = closed.profile(k, sigma).unwrap();
                for x in [1.0, 8.0, 40.0] {
                    let density: f64 = state.spin_densities(x).iter().sum();
                    near(density, profile.value(x).powi(2), 1e-9);
                }
            }
        }
        assert_eq!(exact.effective_rotation().unwrap().k0_per_nm, f64::INFINITY);
    }
}

/// Time reversal: E_rising(k) = E_falling(-k), equal minority weights; degenerate at k = 0, where both meet
/// as their mean does for k -> 0. Nothing depends on the sign of R0.
#[test]
fn symmetries() {
    for model in others().into_iter().chain([Preset::HgTe7nm.model(156.0)]) {
        let edge = HalfPlane::new(&model).unwrap();
        let turned = HalfPlane::new(&model.with_rashba(-model.rashba_mev_nm)).unwrap();
        let kc = IsolatedEdge::new(&model).unwrap().critical_per_nm;
        let k = 0.2 * kc;
        let Some(rising) = present(&edge, Branch::Rising, k) else { continue };
        let falling = edge.state(Branch::Falling, -k).unwrap();
        near(rising.energy_mev, falling.energy_mev, 1e-10);
        near(rising.minority_weight(), falling.minority_weight(), 1e-10);
        let other = turned.state(Branch::Rising, k).unwrap();
        near(rising.energy_mev, other.energy_mev, 1e-10);
        near(rising.minority_weight(), other.minority_weight(), 1e-9);

        let [first, second] = edge.energies(0.0).unwrap().energies_mev.map(Option::unwrap);
        near(first, second, 1e-9);
        let [up, down] = edge.energies(1e-3 * kc).unwrap().energies_mev.map(Option::unwrap);
        near(first, 0.5 * (up + down), 1e-5 * model.m_mev.abs());
        assert!(down < up);
    }
}

/// Section 8: at E = C - M (10 meV, k about 0.0105) K = 0 is a double zero for every k. The branch passes
/// through without a step: second differences stay those of a smooth curve.
#[test]
fn branches_pass_the_defective_energy() {
    let edge = hgte(156.0);
    let (start, step) = (0.0102, 2e-6);
    let energies: Vec<f64> = (0..300)
        .map(|i| edge.energies(start + step * f64::from(i)).unwrap().energies_mev[0].unwrap())
        .collect();
    assert!(energies[0] < 10.0 && 10.0 < energies[299], "{} {}", energies[0], energies[299]);
    for three in energies.windows(3) {
        let bend = three[2] - 2.0 * three[1] + three[0];
        assert!(bend.abs() < 3e-7, "{bend:e} at {} meV", three[1]);
        assert!(three[0] < three[1]);
    }
}

/// States at k = 0 are the limits of both branches: overlaps of modulus 1 with those at a small k from either
/// side, where energies and weights agree too.
#[test]
fn states_at_zero_are_limits() {
    for model in others().into_iter().chain([Preset::HgTe7nm.model(156.0)]) {
        let edge = HalfPlane::new(&model).unwrap();
        let k = 1e-4 * IsolatedEdge::new(&model).unwrap().critical_per_nm;
        for branch in Branch::BOTH {
            let Some(state) = present(&edge, branch, 0.0) else { continue };
            assert!(residual(&model, &state, 3.0) < 1e-10 && state.edge_residual < 1e-10);
            let middle = IsolatedEdge::new(&model).unwrap().energy_mev;
            near(state.energy_mev, middle, 1e-9); // a finding: E0 whatever R0 is
            for k in [k, -k] {
                let close = edge.state(branch, k).unwrap();
                near(close.overlap(&state).norm(), 1.0, 1e-6);
                near(close.minority_weight(), state.minority_weight(), 1e-3);
            }
        }
        if let Some(rising) = present(&edge, Branch::Rising, 0.0) {
            let falling = edge.state(Branch::Falling, 0.0).unwrap();
            near(rising.overlap(&falling).norm(), 0.0, 1e-10);
            near(rising.minority_weight(), falling.minority_weight(), 1e-10);
        }
    }
}

/// Section 8, findings: the minority weight of precession stays as k -> 0; with A < 0 < B and D = -512
/// meV nm^2 the rising branch has merged with the bulk at 0.4 k_c.
#[test]
fn precession_stays_and_branches_end() {
    let weight = hgte(156.0).state(Branch::Rising, 0.0).unwrap().minority_weight();
    near(weight, 2.4887e-3, 1e-7);
    let hgte = Preset::HgTe7nm.model(156.0);
    let model = Model { a_mev_nm: -365.0, b_mev_nm2: 686.0, m_mev: 10.0, ..hgte };
    let k = 0.4 * IsolatedEdge::new(&model).unwrap().critical_per_nm;
    let energies = HalfPlane::new(&model).unwrap().energies(k).unwrap().energies_mev;
    assert!(energies[0].is_none() && energies[1].is_some(), "{energies:?}");
}

/// D = 0: the two-state model has no rotation at all, the exact states have (a finding).
#[test]
fn equal_masses_turn_the_spin_too() {
    let edge = HalfPlane::new(&Model { d_mev_nm2: 0.0, ..Preset::HgTe7nm.model(156.0) }).unwrap();
    near(edge.effective_rotation().unwrap().k0_per_nm, 0.3973, 1e-3);
    // The same from three times smaller k.
    let both = edge.overlap(0.001, 0.0005).unwrap() + edge.overlap(0.0005, 0.001).unwrap();
    near((0.5 * both / 0.75e-6).sqrt().recip(), 0.3973, 2e-3);
}

#[test]
fn what_does_not_exist_is_said() {
    let edge = hgte(156.0);
    let name = |result: Result<HalfPlaneState, RibbonError>| match result {
        Err(RibbonError::Invalid(invalid)) => invalid.field,
        Err(RibbonError::Missing { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(edge.state(Branch::Rising, f64::NAN)), "k_per_nm");
    assert!(name(edge.state(Branch::Rising, 0.08)).contains("edge state"));
    let trivial = Model { m_mev: 10.0, ..Preset::HgTe7nm.model(0.0) };
    assert!(matches!(HalfPlane::new(&trivial), Err(RibbonError::Invalid(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    /// A state with a small residual, or a typed error.
    #[test]
    fn any_topological_model(model in topological(), part in -1.2..1.2_f64) {
        let edge = HalfPlane::new(&model).unwrap();
        let k = part * IsolatedEdge::new(&model).unwrap().critical_per_nm;
        for branch in Branch::BOTH {
            match edge.state(branch, k) {
                Ok(state) => {
                    prop_assert!(state.edge_residual < 1e-6);
                    prop_assert!(residual(&model, &state, 0.0) < 1e-7);
                    let [up, down] = state.spin_weights;
                    prop_assert!((up + down - 1.0).abs() < 1e-12 && 0.0 <= up.min(down) + 1e-12);
                }
                Err(RibbonError::Missing { .. } | RibbonError::NoConvergence { .. }) => {}
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}
