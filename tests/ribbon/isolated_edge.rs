//! Sections 2 and 3: the isolated edge in closed form.
use edgestate::quadrature::gauss_legendre;
use edgestate::ribbon::isolated_edge::{EdgeProfile, IsolatedEdge, isolated_edge};
use edgestate::ribbon::{Model, Preset, RibbonError};
use proptest::prelude::*;

fn hgte() -> Model {
    Preset::HgTe7nm.model(156.0)
}

/// B > 0, D of the other sign, D = 0, a complex pair lambda, as much Rashba as band.
pub fn others() -> Vec<Model> {
    let hgte = hgte();
    let model = |a, b, d, m, r| Model {
        a_mev_nm: a,
        b_mev_nm2: b,
        d_mev_nm2: d,
        m_mev: m,
        rashba_mev_nm: r,
        ..hgte
    };
    vec![
        model(365.0, 686.0, 512.0, 10.0, 156.0),
        model(-365.0, 686.0, -512.0, 10.0, 156.0),
        model(365.0, -686.0, 512.0, -10.0, -156.0),
        model(365.0, -686.0, 0.0, -10.0, 156.0),
        model(37.0, -660.0, -580.0, -7.8, 20.0),
        model(100.0, 400.0, 120.0, 30.0, 60.0),
        Model { c_mev: 3.0, ..model(200.0, 900.0, -450.0, 12.0, 300.0) },
    ]
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{found:.15e}, expected {expected:.15e}"
    );
}

/// int_0^inf, to where both profiles have decayed; x = end u^3 resolves the faster decay too.
fn integral(profiles: [&EdgeProfile; 2], integrand: impl Fn(f64) -> f64) -> f64 {
    let end = 45.0 * profiles.iter().map(|one| one.penetration_nm()).fold(0.0, f64::max);
    let (panels, rule) = (400, gauss_legendre(16));
    let half = 0.5 / f64::from(panels);
    (0..panels)
        .flat_map(|panel| rule.iter().map(move |(x, w)| (half * (f64::from(2 * panel + 1) + x), w)))
        .map(|(u, w)| half * w * 3.0 * end * u * u * integrand(end * u * u * u))
        .sum()
}

/// Section 3, acceptance: HgTe, R0 = 156 meV nm.
#[test]
fn acceptance_numbers() {
    let answer = isolated_edge(&hgte(), &[0.005]).unwrap();
    let (edge, point) = (answer.edge, answer.points[0]);
    close(edge.energy_mev, 7.463556851312, 1e-9);
    close(edge.velocity_mev_nm, 242.9247597658, 1e-9);
    close(edge.rashba_mev_nm, 5.018164200290695, 1e-9);
    close(edge.rashba_decrease_nm2, 875.9154815794, 1e-9);
    close(edge.k0_per_nm, 0.33253701621, 1e-9);
    close(edge.critical_per_nm, 0.023504997665843, 1e-9);
    close(edge.velocity_with_rashba_mev_nm, 242.976585043, 1e-9);
    close(point.rashba_mev_nm, 4.906881910769, 1e-9);
    close(point.overlap, 0.97782410358, 1e-9);
    close(point.slope_overlap_per_nm, -0.0036490228938, 1e-9);
    close(point.energies_mev[0], 8.678428412397, 1e-9);
    close(point.energies_mev[1], 6.248685290227, 1e-9);
    close(point.minority_weight, 1.019705556879e-4, 1e-9);
    close(point.rotation_rad, 2.28951276017e-4, 1e-9);
    let weak = IsolatedEdge::new(&Preset::HgTe7nm.model(15.6)).unwrap();
    close(weak.k0_per_nm, 1.05135232694, 1e-9);
    close(edge.profile(0.0, 1.0).unwrap().penetration_nm(), 53.56130838, 1e-9);
    close(edge.profile(0.01, 1.0).unwrap().penetration_nm(), 92.66816957, 1e-9);
    close(edge.profile(0.01, -1.0).unwrap().penetration_nm(), 37.81062704, 1e-9);
    assert!(answer.warnings.is_empty());
}

/// Section 2: `psi = g(x) (phi_E, phi_H)` obeys the Schroedinger equation of its spin block at every x,
/// vanishes at the edge and is normalised. Spin up has the slope -sgn(B).
#[test]
fn profiles_solve_the_differential_equation() {
    for model in others().into_iter().chain([hgte()]) {
        let edge = IsolatedEdge::new(&model).unwrap();
        for (part, sigma) in [(-0.7, 1.0), (0.0, 1.0), (0.4, 1.0), (0.4, -1.0), (0.95, 1.0)] {
            let k = part * edge.critical_per_nm;
            let profile = edge.profile(k, sigma).unwrap();
            assert_eq!(profile.value(0.0), 0.0);
            close(integral([&profile, &profile], |x| profile.value(x).powi(2)), 1.0, 1e-10);
            for x in [0.1, 1.0, 3.7].map(|scale| scale / profile.decay_per_nm()[0].norm()) {
                let residual = residual(&model, &edge, &profile, k, sigma, x);
                assert!(residual < 1e-9, "{model:?} {k} {sigma}: {residual}");
            }
        }
    }
}

/// |H psi - E psi| at x over the size of its kinetic term. Spin up (sigma = -sgn B): rows E, H with <E|H> = A (k_x + i k), the other
/// spin its complex conjugate at -k. k_x = -i d/dx.
fn residual(
    model: &Model,
    edge: &IsolatedEdge,
    profile: &EdgeProfile,
    k: f64,
    sigma: f64,
    x: f64,
) -> f64 {
    let (b, d) = (model.b_mev_nm2, model.d_mev_nm2);
    let k_block = if sigma == -b.signum() { k } else { -k };
    // The spin-up spinor: phi_H = -+ i sqrt(w_H/w_E) phi_E; chi = -sgn(A) q (see the derivation of
    // section 2): phi_H = i s phi_E with the real s below.
    let [we, wh] = edge.orbital_weights;
    let s = (b + d).signum() * model.a_mev_nm.signum() * (wh / we).sqrt();
    let (g, slope) = (profile.value(x), profile.slope(x));
    let step = 1e-5 / profile.decay_per_nm()[0].norm();
    let curvature = (profile.slope(x + step) - profile.slope(x - step)) / (2.0 * step);
    let energy = edge.energy_mev + sigma * edge.velocity_mev_nm * k;
    // <E|: (C - D k2 + M - B k2) g + A (-i d/dx + i k) (i s) g, k2 = k^2 - d2/dx2; |phi_E| = 1.
    let kinetic = k * k * g - curvature;
    let upper = (model.c_mev + model.m_mev - energy) * g - (d + b) * kinetic
        + model.a_mev_nm * s * (slope - k_block * g);
    // <H| / i: A (-i d/dx - i k) g / i + (C - D k2 - M + B k2) s g
    let lower = -model.a_mev_nm * (slope + k_block * g)
        + s * ((model.c_mev - model.m_mev - energy) * g - (d - b) * kinetic);
    let largest = (d.abs() + b.abs()) * profile.decay_per_nm()[0].norm() * profile.slope(0.0);
    upper.abs().max(lower.abs()) / largest
}

/// Section 3: xi_k = int g_k g_{-k}, nu_k = int g_k g'_{-k}, and alpha_k from its definition
/// R0 (B-D)/(2 B k) (nu_k + k xi_k).
#[test]
fn overlaps_are_their_integrals() {
    for model in others().into_iter().chain([hgte()]) {
        let edge = IsolatedEdge::new(&model).unwrap();
        for part in [-0.9, -0.3, 0.05, 0.5, 0.97] {
            let k = part * edge.critical_per_nm;
            let point = edge.at(k).unwrap();
            let [g, h] = [1.0, -1.0].map(|sigma| edge.profile(k, sigma).unwrap());
            assert_eq!(h, edge.profile(-k, 1.0).unwrap(), "g_{{-k}} is the other branch's");
            // g_k belongs to spin up.
            let (g, h) = if model.b_mev_nm2 < 0.0 { (g, h) } else { (h, g) };
            let xi = integral([&g, &h], |x| g.value(x) * h.value(x));
            let nu = integral([&g, &h], |x| g.value(x) * h.slope(x));
            assert!((xi - point.overlap).abs() < 1e-10, "{xi} {}", point.overlap);
            let scale = g.decay_per_nm()[0].norm();
            assert!(
                (nu - point.slope_overlap_per_nm).abs() < 1e-10 * scale,
                "{model:?} {nu} {}",
                point.slope_overlap_per_nm
            );
            let factor = model.rashba_mev_nm * (1.0 - model.d_mev_nm2 / model.b_mev_nm2) / 2.0;
            let alpha = factor * (nu / k + xi);
            assert!(
                (alpha - point.rashba_mev_nm).abs()
                    < 1e-9 * model.rashba_mev_nm.abs() * (scale / k).abs()
            );
        }
    }
}

/// Section 3: the expansion of alpha_k, velocities as derivatives, delta_k and P_k from their
/// definitions, k0 from delta_k -> k^2/k0^2.
#[test]
fn derived_quantities_obey_their_definitions() {
    for model in others().into_iter().chain([hgte()]) {
        let edge = IsolatedEdge::new(&model).unwrap();
        let h = 1e-4 * edge.critical_per_nm;
        let small = edge.at(h).unwrap();
        let defect = small.rashba_mev_nm - small.rashba_expanded_mev_nm;
        assert!(defect.abs() < 1e-9 * edge.rashba_mev_nm.abs(), "{defect}");
        let lost = 1.0 - small.rashba_mev_nm / edge.rashba_mev_nm;
        assert!((lost - edge.rashba_decrease_nm2 * h * h).abs() < 1e-5 * lost.abs() + 1e-15);
        let turned = edge.inverse_k0_squared_nm2 * h * h;
        assert!((small.rotation_rad - turned).abs() <= 1e-5 * turned, "{turned}");

        let k = 0.6 * edge.critical_per_nm;
        let at = |k: f64| edge.at(k).unwrap();
        let point = at(k);
        for branch in 0..2 {
            let slope =
                (at(k + h).energies_mev[branch] - at(k - h).energies_mev[branch]) / (2.0 * h);
            close(point.velocities_mev_nm[branch], slope, 1e-5);
        }
        let v = edge.velocity_mev_nm;
        let alpha = point.rashba_mev_nm.abs();
        let delta = 0.5 * ((edge.rashba_mev_nm.abs() / v).atan() - (alpha / v).atan());
        assert!((point.rotation_rad - delta).abs() < 1e-15);
        let minority = 0.5 * (1.0 - (1.0 + (alpha / v).powi(2)).sqrt().recip());
        assert!((point.minority_weight - minority).abs() < 1e-15);
        let [[c, minus_s], [s, _]] = point.rotation_matrix();
        assert!((c * c + s * s - 1.0).abs() < 1e-15 && minus_s == -s);
    }
}

/// Section 3: no spin rotation without Rashba coupling or for D = 0, where alpha_k = R0/2.
#[test]
fn no_rotation_without_rashba_or_for_equal_masses() {
    let none = IsolatedEdge::new(&Preset::HgTe7nm.model(0.0)).unwrap();
    assert_eq!(none.k0_per_nm, f64::INFINITY);
    assert_eq!(none.at(0.01).unwrap().minority_weight, 0.0);
    let equal = IsolatedEdge::new(&Model { d_mev_nm2: 0.0, ..hgte() }).unwrap();
    assert_eq!(equal.k0_per_nm, f64::INFINITY);
    for part in [-0.9, 0.2, 0.7] {
        let point = equal.at(part * equal.critical_per_nm).unwrap();
        close(point.rashba_mev_nm, 78.0, 1e-14);
        assert_eq!(point.rotation_rad, 0.0);
    }
}

/// Section 3: nothing but alpha changes sign with R0.
#[test]
fn the_sign_of_the_rashba_coupling_is_immaterial() {
    let (plus, minus) = (hgte(), Preset::HgTe7nm.model(-156.0));
    let k = [-0.02, 0.0, 0.003];
    let [plus, minus] = [plus, minus].map(|model| isolated_edge(&model, &k).unwrap());
    assert_eq!(plus.edge.k0_per_nm, minus.edge.k0_per_nm);
    for (one, other) in plus.points.iter().zip(&minus.points) {
        assert_eq!(one.energies_mev, other.energies_mev);
        assert_eq!(one.minority_weight, other.minority_weight);
        assert_eq!(one.rotation_rad, other.rotation_rad);
        assert_eq!(one.rashba_mev_nm, -other.rashba_mev_nm);
    }
}

#[test]
fn what_has_no_edge_states_is_refused_by_name() {
    let field = |model: &Model, k: f64| match isolated_edge(model, &[k]) {
        Err(RibbonError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    let hgte = hgte();
    assert_eq!(field(&hgte, 0.0236), "k_per_nm");
    assert_eq!(field(&hgte, f64::NAN), "k_per_nm");
    assert_eq!(field(&Model { m_mev: 10.0, ..hgte }, 0.0), "model.m_mev");
    assert_eq!(field(&Model { d_mev_nm2: -690.0, ..hgte }, 0.0), "model.d_mev_nm2");
    assert_eq!(field(&Model { a_mev_nm: 0.0, ..hgte }, 0.0), "model.a_mev_nm");
    let others = Model { rashba2_mev_nm2: 1.0, rashba3_mev_nm3: 1.0, ..hgte };
    assert_eq!(isolated_edge(&others, &[0.0]).unwrap().warnings.len(), 2);
}

/// Random topological models.
pub fn topological() -> impl Strategy<Value = Model> {
    let sign = prop_oneof![Just(-1.0), Just(1.0)];
    (20.0..600.0_f64, 100.0..1500.0_f64, -0.95..0.95_f64, 1.0..60.0_f64, 0.0..300.0_f64, sign)
        .prop_map(|(a, b, ratio, m, rashba, sign)| Model {
            a_mev_nm: a,
            b_mev_nm2: sign * b,
            d_mev_nm2: ratio * b,
            m_mev: sign * m,
            rashba_mev_nm: rashba,
            ..Preset::HgTe7nm.model(0.0)
        })
}

proptest! {
    /// 0 <= P_k < 1/2, 0 < xi_k <= 1, energies ordered with k, everything finite.
    #[test]
    fn points_are_finite_and_bounded(model in topological(), part in -0.999..0.999_f64) {
        let edge = IsolatedEdge::new(&model).unwrap();
        let point = edge.at(part * edge.critical_per_nm).unwrap();
        prop_assert!((0.0..0.5).contains(&point.minority_weight));
        prop_assert!(0.0 < point.overlap && point.overlap <= 1.0 + 1e-14);
        prop_assert!(point.rashba_mev_nm.abs() <= edge.rashba_mev_nm.abs() * (1.0 + 1e-14));
        prop_assert!(0.0 <= point.rotation_rad && point.rotation_rad.is_finite());
        prop_assert!((point.energies_mev[0] < point.energies_mev[1]) == (part < 0.0));
        prop_assert!(point.profiles.iter().all(|one| one.penetration_nm().is_finite()));
    }
}
