//! Section 5 and the four-state part of section 7.
use crate::isolated_edge::{others, topological};
use edgestate::quadrature::gauss_legendre;
use edgestate::ribbon::four_state::{FourState, FourStatePoint};
use edgestate::ribbon::isolated_edge::IsolatedEdge;
use edgestate::ribbon::{Model, Preset, RibbonError};
use num_complex::Complex64;
use proptest::prelude::*;

fn hgte(rashba: f64, width: f64) -> FourState {
    FourState::new(&Preset::HgTe7nm.model(rashba), width).unwrap()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found:.12}, expected {expected:.12}");
}

/// Section 5, acceptance: couplings and energies, 1e-8 meV.
#[test]
fn acceptance_energies() {
    let point = hgte(156.0, 200.0).at(0.001).unwrap();
    near(point.upper_coupling_mev, 0.0771257782, 1e-8);
    near(point.lower_coupling_mev, -0.0563569644, 1e-8);
    near(point.mixing_mev.abs(), 0.0540899883, 1e-8);
    let expected = [7.093679057, 7.204610259, 7.750327411, 7.902796240];
    for (band, energy) in point.bands.iter().zip(expected) {
        near(band.energy_mev, energy, 1e-8);
    }
    let point = hgte(78.0, 150.0).at(0.005).unwrap();
    let expected = [6.135571727, 6.247077133, 8.849816020, 9.122404940];
    for (band, energy) in point.bands.iter().zip(expected) {
        near(band.energy_mev, energy, 1e-8);
    }
    // At k -> 0 B stays finite, D+- vanish.
    for (width, mixing) in [(200.0, 0.0852), (300.0, 0.0183)] {
        let point = hgte(156.0, width).at(0.0).unwrap();
        near(point.mixing_mev.abs(), mixing, 5e-5);
        assert_eq!((point.upper_coupling_mev, point.lower_coupling_mev), (0.0, 0.0));
    }
}

/// Section 5: for hv |k| >> E^+ - E^-(k = 0) B -> alpha_k |k|, and D+- -> 0.
#[test]
fn wide_ribbons_mix_as_the_isolated_edge() {
    let model = Preset::HgTe7nm.model(156.0);
    let alpha = IsolatedEdge::new(&model).unwrap().at(0.01).unwrap().rashba_mev_nm;
    let point = hgte(156.0, 2000.0).at(0.01).unwrap();
    near(point.mixing_mev.abs(), alpha * 0.01, 1e-6);
    near(point.upper_coupling_mev, 0.0, 1e-6);
    near(point.lower_coupling_mev, 0.0, 1e-6);
}

/// Section 5, acceptance: gaps and their positions, R0 = 156.
#[test]
fn acceptance_gaps() {
    for (width, k, gap) in [
        (150.0, 7.9594e-4, 1.20185642),
        (200.0, 3.6780e-4, 0.44933042),
        (300.0, 7.8062e-5, 0.0679688357),
    ] {
        let found = hgte(156.0, width).gap().unwrap();
        near(found.k_per_nm, k, 1e-3 * k);
        near(found.gap_mev, gap, 1e-6 * gap);
        assert!(found.inside);
    }
}

/// The gap closes as exp(-W/penetration length) (section 5 with section 2), its position with it, below
/// 1e-4 k_c too; where rounding would decide, it is said.
#[test]
fn gaps_of_wide_ribbons_close_exponentially() {
    let edge = IsolatedEdge::new(&Preset::HgTe7nm.model(156.0)).unwrap();
    let decay = 1.0 / edge.profile(0.0, 1.0).unwrap().penetration_nm();
    let [near_gap, far] = [800.0, 1000.0].map(|width| hgte(156.0, width).gap().unwrap());
    near((near_gap.gap_mev / far.gap_mev).ln() / 200.0, decay, 0.01 * decay);
    assert!(far.inside && far.k_per_nm < 1e-4 * edge.critical_per_nm);
    assert!(matches!(hgte(156.0, 2000.0).gap(), Err(RibbonError::BelowResolution { .. })));
}

/// Section 7, acceptance: K_tot with E_c = 10 meV, and the maxima of P.
#[test]
fn acceptance_total_rotation() {
    let total = |rashba, width| hgte(rashba, width).total_rotation(10.0).unwrap();
    let weak = total(15.6, 200.0);
    near(weak.k_bulk_per_nm, 0.0100659251, 1e-10);
    near(weak.total_per_nm, 1.21576e-7, 3e-4 * 1.21576e-7);
    near(total(156.0, 200.0).total_per_nm, 1.45484e-5, 3e-4 * 1.45484e-5);
    near(total(15.6, 300.0).total_per_nm, 3.86740e-8, 3e-4 * 3.86740e-8);
    for (width, largest, rise, strong) in
        [(150.0, 0.011, 7.9, 17.10), (200.0, 0.017, 9.3, 19.66), (300.0, 0.033, 12.3, 24.41)]
    {
        near(total(156.0, width).largest_projection, largest, 5e-4);
        let per_square = |rashba: f64| total(rashba, width).total_per_nm / (rashba * rashba);
        near(100.0 * (per_square(78.0) / per_square(15.6) - 1.0), rise, 0.06);
        let most = 100.0 * (per_square(156.0) / per_square(15.6) - 1.0);
        near(most, strong, 0.06);
    }
    assert!(matches!(
        hgte(156.0, 200.0).total_rotation(100.0),
        Err(RibbonError::Invalid(invalid)) if invalid.field == "conduction_mev"
    ));
}

/// Section 7: K_tot from its definition, by the midpoint rule, where P is far from quadratic in R0.
#[test]
fn total_rotation_is_its_integral() {
    let (four, samples) = (hgte(156.0, 150.0), 4000);
    let found = four.total_rotation(10.0).unwrap();
    let step = found.k_bulk_per_nm / f64::from(samples);
    let at = |k: f64| (four.at(k).unwrap().projection() - found.projection_at_bulk).abs();
    let sum: f64 = (0..samples).map(|i| step * at(step * (f64::from(i) + 0.5))).sum();
    near(found.total_per_nm, sum, 1e-5 * sum);
}

/// int over the ribbon, dense at the edges.
fn across(width: f64, integrand: impl Fn(f64) -> f64) -> f64 {
    let (panels, rule) = (120, gauss_legendre(16));
    let half = 1.0 / f64::from(panels);
    let mut sum = 0.0;
    for panel in 0..panels {
        for (x, weight) in &rule {
            let u = half * (f64::from(2 * panel + 1) + x) - 1.0;
            let y = 0.25 * width * u * (3.0 - u * u); // dy/du vanishes at u = +-1
            sum += half * weight * 0.75 * width * (1.0 - u * u) * integrand(y);
        }
    }
    sum
}

/// d/dy of the basis by central differences of fourth order.
fn slopes(point: &FourStatePoint, y: f64, h: f64) -> [[f64; 2]; 4] {
    let at = |shift: f64| point.basis_at(y + shift * h);
    let [a, b, c, d] = [at(-2.0), at(-1.0), at(1.0), at(2.0)];
    std::array::from_fn(|s| {
        std::array::from_fn(|o| (8.0 * (c[s][o] - b[s][o]) - (d[s][o] - a[s][o])) / (12.0 * h))
    })
}

/// A few points in every regime: real, complex, imaginary lambdas; B > 0; D of the other sign.
fn points() -> Vec<(Model, FourStatePoint)> {
    let mut points = Vec::new();
    for model in others().into_iter().chain([Preset::HgTe7nm.model(156.0)]) {
        for width in [20.0, 70.0, 160.0] {
            let four = FourState::new(&model, width).unwrap();
            for part in [-0.6, 0.15, 0.9] {
                points.push((model, four.at(part * four.critical_per_nm).unwrap()));
            }
        }
    }
    points
}

/// The basis is orthonormal, and D+, D-, B are the integrals of `-i R0 (k - d/dy)` between its E
/// components, with slopes by differences; the closed forms themselves: `level.rs`, 1e-10.
#[test]
fn couplings_are_their_integrals() {
    for (model, point) in points() {
        let (k, w) = (point.k_per_nm, point.width_nm);
        let gram = |i: usize, j: usize| {
            across(w, |y| {
                let basis = point.basis_at(y);
                basis[i][0] * basis[j][0] + basis[i][1] * basis[j][1]
            })
        };
        for (i, j, expected) in [(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0), (3, 3, 1.0), (0, 2, 0.0)] {
            near(gram(i, j), expected, 1e-9);
        }
        // int f (k - d/dy) g; f vanishes where the differences would leave the ribbon.
        let h = 1e-4 * w.min(10.0);
        let rashba = |i: usize, j: usize| {
            model.rashba_mev_nm
                * across(w, |y| {
                    let inner = y.clamp(-0.5 * w + 2.0 * h, 0.5 * w - 2.0 * h);
                    let (basis, slope) = (point.basis_at(y), slopes(&point, inner, h));
                    basis[i][0] * (k * basis[j][0] - slope[j][0])
                })
        };
        let scale = model.rashba_mev_nm.abs() * (k.abs() + 1.0 / w);
        near(rashba(0, 1), point.upper_coupling_mev, 1e-7 * scale);
        near(rashba(2, 3), -point.lower_coupling_mev, 1e-7 * scale);
        near(rashba(0, 3), point.mixing_mev, 1e-7 * scale);
        near(rashba(2, 1), -point.mixing_mev, 1e-7 * scale);
    }
}

/// Section 5: each basis state obeys `H psi = E psi` without Rashba coupling at every y and vanishes at
/// both edges.
#[test]
fn basis_states_solve_the_differential_equation() {
    for (model, point) in points() {
        let w = point.width_nm;
        let largest = (0..50)
            .flat_map(|i| point.basis_at(w * (f64::from(i) / 50.0 - 0.5)))
            .fold(0.0_f64, |most, one| most.max(one[0].abs()).max(one[1].abs()));
        for y in [-0.5 * w, 0.5 * w] {
            for state in point.basis_at(y) {
                assert!(state[0].abs().max(state[1].abs()) < 1e-8 * largest, "{model:?} {state:?}");
            }
        }
        for y in [-0.41 * w, -0.2 * w, 0.013 * w, 0.33 * w] {
            for (state, residual) in residuals(&model, &point, y).into_iter().enumerate() {
                let scale = largest * (model.a_mev_nm.abs() / w + model.m_mev.abs());
                assert!(residual < 1e-5 * scale, "{model:?} state {state}: {residual} of {scale}");
            }
        }
    }
}

/// |H psi - E psi| of the four basis states at y. Spin up: <E|H> = A (k + d/dy), since
/// `k_+ = k + i k_y` and `k_y = -i d/dy`; spin down: -A (k - d/dy).
fn residuals(model: &Model, point: &FourStatePoint, y: f64) -> [f64; 4] {
    let h = 2e-3 * point.width_nm.min(20.0);
    let (k, a) = (point.k_per_nm, model.a_mev_nm);
    let at = |shift: f64| point.basis_at(y + shift * h);
    let [m2, m1, here, p1, p2] = [at(-2.0), at(-1.0), at(0.0), at(1.0), at(2.0)];
    let slope = slopes(point, y, h);
    std::array::from_fn(|s| {
        let energy = if s < 2 { point.upper_mev } else { point.lower_mev };
        let [e, c] = [0, 1].map(|o| {
            let ends = m2[s][o] + p2[s][o];
            (here[s][o], (16.0 * (m1[s][o] + p1[s][o]) - ends - 30.0 * here[s][o]) / (12.0 * h * h))
        });
        let kinetic = [e, c].map(|(value, second)| k * k * value - second);
        let spin = if s % 2 == 0 { 1.0 } else { -1.0 };
        let (up, down) = (spin * a, spin * a);
        let top = (model.c_mev + model.m_mev - energy) * e.0
            - (model.d_mev_nm2 + model.b_mev_nm2) * kinetic[0]
            + up * (k * c.0 + spin * slope[s][1]);
        let bottom = (model.c_mev - model.m_mev - energy) * c.0
            - (model.d_mev_nm2 - model.b_mev_nm2) * kinetic[1]
            + down * (k * e.0 - spin * slope[s][0]);
        top.abs().max(bottom.abs())
    })
}

/// Section 5: the four energies of the printed formula are eigenvalues of the 4 x 4 Hamiltonian, with
/// the vectors returned; vectors are orthonormal.
#[test]
fn bands_are_eigenstates_of_the_hamiltonian() {
    for (_, point) in points() {
        let h = point.hamiltonian();
        for band in &point.bands {
            for row in 0..4 {
                let image: Complex64 = (0..4).map(|j| h[row][j] * band.vector[j]).sum();
                let defect = (image - band.energy_mev * band.vector[row]).norm();
                assert!(defect < 1e-12 * (1.0 + band.energy_mev.abs()), "{defect}");
            }
        }
        for i in 0..4 {
            for j in 0..4 {
                let [v, w] = [i, j].map(|n| point.bands[n].vector);
                let product: Complex64 = (0..4).map(|n| v[n].conj() * w[n]).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((product - expected).norm() < 1e-14, "{product}");
            }
        }
        let (p, m, b) = (point.upper_coupling_mev, point.lower_coupling_mev, point.mixing_mev);
        let mut printed: Vec<f64> = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]
            .map(|(s, sign)| {
                let mean = s * (p + m) + point.upper_mev + point.lower_mev;
                let apart = point.upper_mev - point.lower_mev + s * (p - m);
                0.5 * mean + sign * 0.5 * (apart * apart + 4.0 * b * b).sqrt()
            })
            .to_vec();
        printed.sort_by(f64::total_cmp);
        for (band, energy) in point.bands.iter().zip(printed) {
            near(band.energy_mev, energy, 1e-12 * (1.0 + energy.abs()));
        }
    }
}

/// Time reversal: the same energies at -k; Kramers pairs at k = 0; nothing depends on the sign of R0.
#[test]
fn symmetries() {
    for model in others() {
        let four = FourState::new(&model, 90.0).unwrap();
        let turned = FourState::new(&model.with_rashba(-model.rashba_mev_nm), 90.0).unwrap();
        let k = 0.3 * four.critical_per_nm;
        let energies = |four: &FourState, k: f64| four.at(k).unwrap().bands.map(|b| b.energy_mev);
        for ((a, b), c) in
            energies(&four, k).into_iter().zip(energies(&four, -k)).zip(energies(&turned, k))
        {
            near(a, b, 1e-11 * (1.0 + a.abs()));
            near(a, c, 1e-11 * (1.0 + a.abs()));
        }
        let [a, b, c, d] = energies(&four, 0.0);
        near(a, b, 1e-12 * (1.0 + a.abs()));
        near(c, d, 1e-12 * (1.0 + c.abs()));
    }
}

#[test]
fn refusals_name_the_field() {
    let four = hgte(156.0, 200.0);
    for k in [four.critical_per_nm, -1.0, f64::NAN] {
        assert!(matches!(four.at(k), Err(RibbonError::Invalid(one)) if one.field == "k_per_nm"));
    }
    let point = four.at(0.001).unwrap();
    assert!(point.wave_function(4, 0.0).is_err());
    assert!(point.wave_function(0, 100.1).is_err());
    assert!(matches!(
        four.total_rotation(f64::NAN),
        Err(RibbonError::Invalid(one)) if one.field == "conduction_mev"
    ));
}

proptest! {
    /// Finite numbers or a typed error; bands in order; P within [0, 1/2].
    #[test]
    fn any_topological_model(
        model in topological(),
        width in 8.0..600.0_f64,
        part in -0.999..0.999_f64,
    ) {
        let four = FourState::new(&model, width).unwrap();
        match four.at(part * four.critical_per_nm) {
            Ok(point) => {
                prop_assert!(point.bands.iter().all(|band| band.energy_mev.is_finite()));
                prop_assert!(point.bands.is_sorted_by(|a, b| a.energy_mev <= b.energy_mev));
                let projection = point.projection();
                prop_assert!((0.0..=0.5).contains(&projection), "{}", projection);
            }
            Err(RibbonError::NoConvergence { .. }) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
