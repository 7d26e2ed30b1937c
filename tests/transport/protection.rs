//! Yevtushenko and Yudson, New J. Phys. 24, 023040 (2022): criterion, violation, chains,
//! corrections.
use crate::close;
use edgestate::stop::Never;
use edgestate::transport::TransportError;
use edgestate::transport::protection::{
    Array, Finding, Impurity, Process, analyse, axis, axis_rotation, criterion, interaction_terms,
    minimize_by_angles, minimize_by_singular_values, minimize_chain,
    single_off_diagonal_correction, sub_ballistic_correction, violation,
};
use nalgebra::{Complex, Matrix2, Matrix3, Rotation3, Vector3};
use proptest::prelude::*;
use std::f64::consts::FRAC_PI_2;

fn impurity(coupling: Matrix3<f64>, theta: f64, phi: f64) -> Impurity {
    Impurity { position: 0.0, theta, phi, coupling }
}

fn diagonal(values: [f64; 3]) -> Matrix3<f64> {
    Matrix3::from_diagonal(&values.into())
}

fn skew() -> Matrix3<f64> {
    Matrix3::new(1.0, 0.2, 0.0, 0.0, 0.8, 0.1, 0.3, 0.0, 0.6)
}

/// Eqs. (15), (B2), (C1): g^+ sigma^a g = R_psi[a,b] sigma^b, g = exp(-i phi sz/2) exp(-i theta
/// sy/2).
#[test]
fn electron_rotation() {
    let i = Complex::<f64>::i();
    let pauli = [
        Matrix2::new(0.0.into(), 1.0.into(), 1.0.into(), 0.0.into()),
        Matrix2::new(0.0.into(), -i, i, 0.0.into()),
        Matrix2::new(1.0.into(), 0.0.into(), 0.0.into(), Complex::from(-1.0)),
    ];
    for (theta, phi) in [(0.3, 1.2), (2.0, -0.7), (FRAC_PI_2, 3.0)] {
        let (s, c) = f64::sin_cos(0.5 * theta);
        let (up, down) = ((-i * 0.5 * phi).exp(), (i * 0.5 * phi).exp());
        let g = Matrix2::new(up * c, -up * s, down * s, down * c);
        let r = axis_rotation(theta, phi);
        for a in 0..3 {
            let turned = g.adjoint() * pauli[a] * g;
            let expected = (0..3).fold(Matrix2::zeros(), |sum: Matrix2<Complex<f64>>, b| {
                sum + pauli[b] * Complex::from(r[(a, b)])
            });
            assert!((turned - expected).iter().all(|v| v.norm() < 1e-15));
        }
        let n = Vector3::new(phi.cos() * theta.sin(), phi.sin() * theta.sin(), theta.cos());
        assert!((axis(theta, phi) - n).norm() < 1e-15);
    }
}

/// Elements 31 and 32 of R_S^T diag(JK, JK, Jz) R_psi as printed in Eqs. (C8), (C10).
#[test]
fn printed_elements() {
    let (jk, jz, theta, phi) = (0.7, 0.4, 0.6, 1.1);
    let (ts, ps, psi) = (0.9, -0.3, 0.5);
    let z = |angle| Rotation3::from_axis_angle(&Vector3::z_axis(), angle);
    let y = |angle| Rotation3::from_axis_angle(&Vector3::y_axis(), angle);
    let frame = (z(ps) * y(ts) * z(psi)).into_inner();
    let k = frame.transpose() * diagonal([jk, jk, jz]) * axis_rotation(theta, phi);
    let d: f64 = phi - ps;
    let c8 = jk * theta.cos() * ts.sin() * d.cos() - jz * theta.sin() * ts.cos();
    close(k[(2, 0)], c8, 1e-15);
    close(k[(2, 1)], jk * ts.sin() * (-d).sin(), 1e-15);
}

#[track_caller]
fn both_routes(impurity: &Impurity, expected: f64) {
    let exact = minimize_by_singular_values(impurity).unwrap();
    let angles = minimize_by_angles(impurity, 20).unwrap();
    close(exact.violation, expected, 1e-9);
    close(angles.violation, expected, 1e-9);
    for found in [&exact, &angles] {
        close(violation(&found.rotated), found.violation, 1e-15);
        close(found.frame.determinant(), 1.0, 1e-12);
        let norm = impurity.coupling.norm_squared();
        close(found.relative * norm, found.violation, 1e-15);
    }
}

/// Acceptance numbers of V_min, by the exact reduction and by minimization.
#[test]
fn single_impurity_numbers() {
    let xxz = diagonal([1.0, 1.0, 0.5]);
    both_routes(&impurity(xxz, 0.3, 0.0), 0.037_673_630_44);
    both_routes(&impurity(xxz, FRAC_PI_2, 0.0), 0.125);
    both_routes(&impurity(xxz, 0.0, 0.0), 0.0);
    both_routes(&impurity(diagonal([1.0, 1.0, -1.0]), 1.0, 0.0), 0.0);
    both_routes(&impurity(diagonal([0.5, 1.0, 0.5]), FRAC_PI_2, FRAC_PI_2), 0.0);
    let general = impurity(skew(), 0.5, 1.2);
    both_routes(&general, 0.136_303_649_37);
    let found = criterion(&general, 1e-12).unwrap();
    close(found.off_axis, 0.385_353_516, 5e-10);
    close(found.split, 0.226_915_226, 5e-10);
    close(found.trace, 2.14, 1e-14);
    assert!(!found.protected);
}

/// The erratum on "IFF": at theta = pi/2 (C14), (C15) are compatible, and (C5) fails.
#[test]
fn compatible_but_not_conserving() {
    let (jk, jz) = (1.0, 0.5);
    let y = Rotation3::from_axis_angle(&Vector3::y_axis(), FRAC_PI_2).into_inner();
    let k = y.transpose() * diagonal([jk, jk, jz]) * axis_rotation(FRAC_PI_2, 0.0);
    for (row, column) in [(0, 2), (1, 2), (2, 0), (2, 1)] {
        close(k[(row, column)], 0.0, 1e-15);
    }
    close(k[(0, 0)], jz, 1e-15);
    close(k[(1, 1)], jk, 1e-15);
    close(violation(&k), 0.5 * (jk - jz) * (jk - jz), 1e-15);
}

fn chain(axes: &[(f64, f64)]) -> (Vec<Impurity>, Vec<Matrix3<f64>>) {
    let one = Matrix3::identity();
    let impurities = axes
        .iter()
        .enumerate()
        .map(|(j, (theta, phi))| Impurity { position: j as f64, ..impurity(one, *theta, *phi) });
    (impurities.collect(), vec![one; axes.len() - 1])
}

/// Acceptance numbers of V_chain; the sequential choice R_S(j) = R_psi(j) costs more.
#[test]
fn chain_numbers() {
    let (impurities, bonds) = chain(&[(0.0, 0.0), (0.3, 0.0)]);
    let found = minimize_chain(&impurities, &bonds, 60, &Never).unwrap();
    close(found.violation, 0.019_945_901_34, 1e-8);
    assert!(0 < found.reached && found.reached <= found.starts);
    let d = 0.3_f64;
    let sequential = (2.0 * d.sin().powi(2) + 0.5 * (1.0 - d.cos()).powi(2)) / 3.0;
    close(sequential, 0.058_553_933_23, 1e-10);
    let bond = axis_rotation(0.0, 0.0).transpose() * axis_rotation(0.3, 0.0);
    close(violation(&bond) / 3.0, sequential, 1e-15);

    let (impurities, bonds) = chain(&[(0.2, 0.0), (0.5, 0.4), (0.9, 0.8)]);
    let found = minimize_chain(&impurities, &bonds, 60, &Never).unwrap();
    close(found.violation, 0.102_870_907_05, 1e-8);
    // What is reported is what the frames give.
    let singles: f64 = found.rotated.iter().map(|k| violation(k) / 3.0).sum();
    let bonds: f64 = found.rotated_heisenberg.iter().map(|k| violation(k) / 3.0).sum();
    close(singles + bonds, found.violation, 1e-14);

    let (impurities, bonds) = chain(&[(0.8, 1.0); 4]);
    assert!(minimize_chain(&impurities, &bonds, 60, &Never).unwrap().violation < 1e-12);
}

fn array(impurities: Vec<Impurity>, heisenberg: Vec<Matrix3<f64>>) -> Array {
    Array { impurities, heisenberg, delta_v: 0.0, tolerance: 1e-12, starts: 60 }
}

fn finding(array: &Array, name: &str) -> Finding {
    let answer = analyse(array, &Never).unwrap();
    answer.mechanisms.iter().find(|m| m.name.contains(name)).unwrap().finding
}

/// The verdict and the mechanisms that remain (Secs. III-IV).
#[test]
fn verdicts() {
    let (tilted, bonds) = chain(&[(0.1, 0.0), (0.7, 0.5)]);
    let alone = array(tilted.clone(), vec![]);
    assert!(analyse(&alone, &Never).unwrap().protected);
    assert_eq!(finding(&alone, "magnetic impurities"), Finding::Harmless);
    assert_eq!(finding(&alone, "between impurities"), Finding::Absent);
    assert_eq!(finding(&alone, "contacts"), Finding::NotDecided);
    let bound = array(tilted.clone(), bonds);
    assert!(!analyse(&bound, &Never).unwrap().protected);
    assert_eq!(finding(&bound, "between impurities"), Finding::Acts);
    assert!(!analyse(&bound, &Never).unwrap().warnings.is_empty());
    let interacting = Array { delta_v: 0.2, ..alone };
    assert!(!analyse(&interacting, &Never).unwrap().protected);
    assert_eq!(finding(&interacting, "density"), Finding::Acts);

    let broken = array(vec![impurity(skew(), 0.5, 1.2)], vec![]);
    let answer = analyse(&broken, &Never).unwrap();
    assert!(!answer.protected && answer.chain.is_none());
    let elements = &answer.impurities[0].violating;
    assert!(!elements.is_empty());
    for element in elements {
        let process = match element.name {
            "13" | "23" => Process::FlipForward,
            "31" | "32" => Process::ReflectWithoutFlip,
            _ => Process::DoubleFlip,
        };
        assert_eq!(element.process, process);
    }
    // A spin without electrons of its own is free to rotate.
    let mut free = tilted;
    free[1].coupling = Matrix3::zeros();
    let hanging = array(free, vec![Matrix3::identity()]);
    assert!(analyse(&hanging, &Never).unwrap().protected);
}

/// Sec. IV C: one off-diagonal element, and the same formula from the master equation.
#[test]
fn sub_ballistic() {
    let closed = single_off_diagonal_correction(0.3, 0.2, 0.1).unwrap();
    close(closed.paper, -0.003_333_333_333_33, 1e-12);
    let k = Matrix3::new(0.3, 0.0, 0.1, 0.0, 0.3, 0.0, 0.0, 0.0, 0.2);
    let found = sub_ballistic_correction(&impurity(k, 0.0, 0.0), 0.5).unwrap();
    close(found.paper, closed.paper, 1e-15);
    let (a, b, c) = (0.09, 0.04, 0.01);
    let k = Matrix3::new(0.3, 0.0, 0.0, 0.0, 0.3, 0.0, 0.1, 0.0, 0.2);
    let found = sub_ballistic_correction(&impurity(k, 0.0, 0.0), 0.5).unwrap();
    close(found.paper, -0.5 * c * (2.0 * b + c) / (2.0 * a + 2.0 * b + c), 1e-15);
}

/// Eqs. (21)-(25).
#[test]
fn interaction() {
    let found = interaction_terms(0.5, 0.2).unwrap();
    close(found.forward, 0.077_015_115_3, 1e-10);
    close(found.umklapp, 0.022_984_884_7, 1e-10);
    close(found.single_flip, -0.084_147_098_5, 1e-10);
    let straight = interaction_terms(0.0, 0.2).unwrap();
    assert_eq!((straight.umklapp, straight.single_flip), (0.0, 0.0));
    assert!(interaction_terms(f64::NAN, 0.2).is_err());
}

fn angles() -> impl Strategy<Value = (f64, f64)> {
    (0.0..3.1_f64, -3.0..3.0_f64)
}

fn matrix() -> impl Strategy<Value = Matrix3<f64>> {
    prop::array::uniform9(-1.0..1.0_f64).prop_map(|values| Matrix3::from_row_slice(&values))
}

fn rotation() -> impl Strategy<Value = Matrix3<f64>> {
    prop::array::uniform3(-3.0..3.0_f64).prop_map(|axis| Rotation3::new(axis.into()).into_inner())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Both routes agree to 1e-9, and the measure does not depend on the impurity's frame.
    #[test]
    fn routes_agree(j in matrix(), (theta, phi) in angles(), turn in rotation()) {
        let exact = minimize_by_singular_values(&impurity(j, theta, phi)).unwrap();
        let angles = minimize_by_angles(&impurity(j, theta, phi), 24).unwrap();
        close(exact.violation, angles.violation, 1e-9);
        let turned = minimize_by_singular_values(&impurity(turn * j, theta, phi)).unwrap();
        close(turned.violation, exact.violation, 1e-12);
        prop_assert!(exact.violation <= violation(&(j * axis_rotation(theta, phi))) + 1e-14);
    }

    /// Criterion, minimum and correction vanish together: a uniaxial coupling along the local axis,
    /// in any frame of the impurity, reflected or not; and none of them for a general coupling.
    #[test]
    fn protected_iff(
        p in 0.1..0.9_f64, q in -0.9..0.9_f64, (theta, phi) in angles(), turn in rotation(),
        other in matrix(),
    ) {
        let r = axis_rotation(theta, phi);
        let good = impurity(turn * diagonal([p, p, q]) * r.transpose(), theta, phi);
        prop_assert!(criterion(&good, 1e-12).unwrap().protected);
        close(minimize_by_singular_values(&good).unwrap().violation, 0.0, 1e-15);
        close(sub_ballistic_correction(&good, 0.5).unwrap().paper, 0.0, 1e-14);
        let bad = impurity(other * 0.5, theta, phi);
        prop_assert!(!criterion(&bad, 1e-12).unwrap().protected);
        prop_assert!(1e-12 < minimize_by_singular_values(&bad).unwrap().violation);
        prop_assert!(sub_ballistic_correction(&bad, 0.5).unwrap().paper < 0.0);
    }

    /// Isotropic couplings, rotated or reflected, are protected for every axis.
    #[test]
    fn isotropic_is_protected(
        j in 0.1..2.0_f64, (theta, phi) in angles(), turn in rotation(), flip in any::<bool>(),
    ) {
        let sign = if flip { -1.0 } else { 1.0 };
        let found = impurity(turn * j * sign, theta, phi);
        prop_assert!(criterion(&found, 1e-12).unwrap().protected);
        close(minimize_by_singular_values(&found).unwrap().relative, 0.0, 1e-15);
    }
}

#[test]
fn bad_values_are_refused_by_name() {
    let field = |array: &Array| match analyse(array, &Never) {
        Err(TransportError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    let (impurities, bonds) = chain(&[(0.1, 0.0), (0.7, 0.5)]);
    let good = array(impurities.clone(), bonds);
    assert_eq!(field(&array(vec![], vec![])), "impurities");
    let mut still = good.clone();
    still.impurities[1].position = 0.0;
    assert_eq!(field(&still), "impurities[1].position");
    let mut nan = good.clone();
    nan.impurities[1].theta = f64::NAN;
    assert_eq!(field(&nan), "impurities[1].theta");
    nan = good.clone();
    nan.impurities[0].coupling[(1, 2)] = f64::INFINITY;
    assert_eq!(field(&nan), "impurities[0].coupling[1][2]");
    nan = good.clone();
    nan.heisenberg[0][(0, 0)] = f64::NAN;
    assert_eq!(field(&nan), "heisenberg[0][0][0]");
    let too_many = Array { heisenberg: vec![Matrix3::identity(); 2], ..good.clone() };
    assert_eq!(field(&too_many), "heisenberg");
    assert_eq!(field(&Array { starts: 59, ..good.clone() }), "starts");
    assert_eq!(field(&Array { delta_v: f64::NAN, ..good.clone() }), "delta_v");
    assert_eq!(field(&Array { tolerance: -1.0, ..good }), "tolerance");
    let uncoupled: Vec<_> =
        impurities.iter().map(|i| Impurity { coupling: Matrix3::zeros(), ..*i }).collect();
    assert_eq!(field(&array(uncoupled, vec![Matrix3::zeros()])), "impurities");
    let many: Vec<_> =
        (0..201).map(|j| Impurity { position: f64::from(j), ..impurities[0] }).collect();
    assert!(matches!(analyse(&array(many, vec![]), &Never), Err(TransportError::TooLarge { .. })));
    assert!(minimize_by_angles(&impurities[0], 19).is_err());
}
