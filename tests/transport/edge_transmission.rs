//! Landauer transmission of the Dirac edge with n(x), U(x) and frozen spins m(x).
use crate::close;
use edgestate::stop::Never;
use edgestate::transport::TransportError;
use edgestate::transport::protection::{
    Edge, FrozenSpins, Magnetization, Potential, Texture, axis, frozen_spin_statistics, transmit,
};
use nalgebra::{Matrix2, Vector3};
use num_complex::Complex64;
use proptest::prelude::*;
use std::f64::consts::PI;

fn edge() -> Edge {
    Edge {
        length: 5.0,
        velocity: 1.0,
        energy: 0.7,
        texture: Texture::Bump { theta0: 1.3, pitch: 0.9 },
        magnetization: Magnetization::None,
        potential: Potential::Constant(0.0),
    }
}

/// A clean edge transmits fully whatever its texture; spins along n do not reflect; others do.
#[test]
fn acceptance_numbers() {
    let clean = transmit(&edge(), 1e-12).unwrap();
    close(clean.transmission, 1.0, 1e-12);
    let frozen = Edge { magnetization: Magnetization::Bump { m: [0.3, 0.1, -0.2] }, ..edge() };
    let found = transmit(&frozen, 1e-12).unwrap();
    close(found.transmission, 0.828_223_858, 2e-9);
    close(found.transmission + found.reflection, 1.0, 1e-12);
    close(found.ln_transmission, found.transmission.ln(), 1e-13);
    let along = Edge { magnetization: Magnetization::AlongAxis { m: 0.8 }, ..edge() };
    close(transmit(&along, 1e-12).unwrap().transmission, 1.0, 1e-12);
}

/// n = e_z, constant m across: 1/(1 + (m/kappa)^2 sinh^2(kappa L)), continued beyond the gap.
#[test]
fn constant_field_in_closed_form() {
    let case = |energy: f64, length: f64, velocity: f64| {
        let edge = Edge {
            length,
            velocity,
            energy,
            texture: Texture::Axial,
            magnetization: Magnetization::Constant { m: [0.4, 0.0, 0.0] },
            potential: Potential::Constant(0.0),
        };
        let (m, e) = (0.4 / velocity, energy / velocity);
        let kappa = Complex64::from(m * m - e * e).sqrt();
        let share = m / kappa * (kappa * length).sinh();
        (transmit(&edge, 1e-12).unwrap(), 1.0 / (1.0 + share.norm_sqr()))
    };
    let (found, exact) = case(0.1, 3.0, 1.0);
    close(found.transmission, 0.310_888_169_247, 1e-11);
    close(exact, 0.310_888_169_247, 1e-11);
    for (energy, length, velocity) in
        [(0.0, 1.0, 0.5), (-0.3, 7.0, 2.0), (0.9, 4.0, 1.0), (0.41, 9.0, 1.0)]
    {
        let (found, exact) = case(energy, length, velocity);
        close(found.transmission, exact, 1e-11);
    }
    // Deep in the gap: T underflows, its logarithm does not.
    let (found, _) = case(0.0, 2000.0, 1.0);
    close(found.transmission, 0.0, 0.0);
    close(found.ln_transmission, -2.0 * 0.4 * 2000.0 + 4.0_f64.ln(), 1e-6);
    close(found.reflection, 1.0, 1e-9);
}

/// The laboratory frame, dpsi/dx = [N (i (E-U)/vF - i m.sigma/vF) - N N'/2] psi, by Runge-Kutta.
#[test]
fn rotated_frame_is_the_laboratory_frame() {
    let (theta0, pitch, length) = (1.1, -0.6, 4.0);
    let (m, u, energy) = (Vector3::new(0.5, -0.2, 0.3), 0.35, -0.4);
    let sigma = |v: Vector3<f64>| {
        Matrix2::new(
            Complex64::from(v.z),
            Complex64::new(v.x, -v.y),
            Complex64::new(v.x, v.y),
            Complex64::from(-v.z),
        )
    };
    let n = |x: f64| axis(theta0 * (PI * x / length).sin().powi(2), pitch * x);
    let slope = |x: f64| {
        let h = 1e-4;
        (8.0 * (n(x + h) - n(x - h)) - (n(x + 2.0 * h) - n(x - 2.0 * h))) / (12.0 * h)
    };
    let i = Complex64::i();
    let generator = |x: f64| {
        let big = sigma(n(x));
        let field = m * (PI * x / length).sin().powi(2);
        let local = Matrix2::identity() * Complex64::from(energy - u) - sigma(field);
        big * local * i - big * sigma(slope(x)) * Complex64::from(0.5)
    };
    let steps = 4000;
    let h = length / f64::from(steps);
    let mut psi = Matrix2::<Complex64>::identity();
    for step in 0..steps {
        let x = h * f64::from(step);
        let half = Complex64::from(0.5 * h);
        let k1 = generator(x) * psi;
        let k2 = generator(x + 0.5 * h) * (psi + k1 * half);
        let k3 = generator(x + 0.5 * h) * (psi + k2 * half);
        let k4 = generator(x + h) * (psi + k3 * Complex64::from(h));
        psi += (k1 + (k2 + k3) * Complex64::from(2.0) + k4) * Complex64::from(h / 6.0);
    }
    let expected = 1.0 / psi[(1, 1)].norm_sqr();
    let edge = Edge {
        length,
        velocity: 1.0,
        energy,
        texture: Texture::Bump { theta0, pitch },
        magnetization: Magnetization::Bump { m: m.into() },
        potential: Potential::Constant(u),
    };
    close(transmit(&edge, 1e-12).unwrap().transmission, expected, 1e-9);
}

/// Tables are their functions; a field that jumps inside the region is cut there.
#[test]
fn tabulated_profiles() {
    let positions: Vec<f64> = (0..=200).map(|i| 5.0 * f64::from(i) / 200.0).collect();
    let bump = |x: &f64| (PI * x / 5.0).sin().powi(2);
    let table = Edge {
        texture: Texture::Table {
            positions: positions.clone(),
            theta: positions.iter().map(|x| 1.3 * bump(x)).collect(),
            phi: positions.iter().map(|x| 0.9 * x).collect(),
        },
        magnetization: Magnetization::Table {
            positions: positions.clone(),
            m: positions.iter().map(|x| [0.3, 0.1, -0.2].map(|m| m * bump(x))).collect(),
        },
        potential: Potential::Table { positions: positions.clone(), values: vec![0.0; 201] },
        ..edge()
    };
    close(transmit(&table, 1e-11).unwrap().transmission, 0.828_223_858, 1e-6);
    // A wall of constant m from 1 to 4 in an axial edge of length 5: the closed form of length 3.
    let wall = Edge {
        energy: 0.1,
        texture: Texture::Axial,
        magnetization: Magnetization::Table {
            positions: vec![1.0, 4.0],
            m: vec![[0.4, 0.0, 0.0]; 2],
        },
        ..edge()
    };
    close(transmit(&wall, 1e-12).unwrap().transmission, 0.310_888_169_247, 1e-11);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// T = 1 for every texture, potential and energy; T + R = 1 and T <= 1 with frozen spins.
    #[test]
    fn only_spins_reflect(
        theta0 in -3.0..3.0_f64, pitch in -3.0..3.0_f64, energy in -2.0..2.0_f64, u in -2.0..2.0_f64,
        m in prop::array::uniform3(-1.0..1.0_f64), velocity in 0.3..3.0_f64,
    ) {
        let clean = Edge {
            velocity,
            energy,
            texture: Texture::Bump { theta0, pitch },
            potential: Potential::Constant(u),
            ..edge()
        };
        close(transmit(&clean, 1e-11).unwrap().transmission, 1.0, 1e-11);
        let frozen = Edge { magnetization: Magnetization::Constant { m }, ..clean };
        let found = transmit(&frozen, 1e-10).unwrap();
        close(found.transmission + found.reflection, 1.0, 1e-10);
        prop_assert!(found.unitarity_defect < 1e-10);
        prop_assert!(found.transmission <= 1.0 + 1e-10);
    }
}

/// Weak contacts: <ln T> = -(2/3) |b|^2 a spin at first order (random direction, Born), length by
/// length.
#[test]
fn localization_by_frozen_spins() {
    let spins =
        FrozenSpins { spins: 400, length: 4000.0, wavenumber: 3.3, strength: 0.1, theta_max: 0.0 };
    let found = frozen_spin_statistics(&spins, 400, 7, &Never).unwrap();
    // sinh^2 |b_perp| reflected by one spin: -ln T = (2/3) b^2 (1 + O(b^2)).
    let expected = 2.0 * 4000.0 / (400.0 * 2.0 / 3.0 * 0.01);
    let allowed = 4.0 * found.localization_length_error + 0.01 * expected;
    close(found.localization_length, expected, allowed);
    assert!(found.localization_length_error < 0.05 * expected);
    assert!(found.unitarity_defect < 1e-10);
    assert!(found.warnings.iter().any(|warning| warning.contains("frozen")));
    // The mean of ln T does not see the axes: directions are uniform anyway.
    let tilted =
        frozen_spin_statistics(&FrozenSpins { theta_max: 1.5, ..spins }, 400, 8, &Never).unwrap();
    close(tilted.localization_length, found.localization_length, 0.2 * expected);
    assert_eq!(frozen_spin_statistics(&spins, 400, 7, &Never).unwrap(), found);
    let clean =
        frozen_spin_statistics(&FrozenSpins { strength: 0.0, ..spins }, 10, 1, &Never).unwrap();
    close(clean.mean, 1.0, 1e-10);
}

#[test]
fn bad_values_are_refused_by_name() {
    let field = |edge: &Edge| match transmit(edge, 1e-9) {
        Err(TransportError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(&Edge { length: -1.0, ..edge() }), "length");
    assert_eq!(field(&Edge { velocity: 0.0, ..edge() }), "velocity");
    assert_eq!(field(&Edge { energy: f64::NAN, ..edge() }), "energy");
    let m = [0.0, f64::NAN, 0.0];
    let broken = Edge { magnetization: Magnetization::Constant { m }, ..edge() };
    assert_eq!(field(&broken), "magnetization.m");
    let table = |positions: Vec<f64>, theta: Vec<f64>| Edge {
        texture: Texture::Table { phi: vec![0.0; positions.len()], positions, theta },
        ..edge()
    };
    assert_eq!(field(&table(vec![0.0, 2.0, 5.0], vec![0.0, 1.0, 0.1])), "texture.theta");
    assert_eq!(field(&table(vec![0.0, 2.0, 4.0], vec![0.0, 1.0, 0.0])), "texture.positions");
    assert_eq!(field(&table(vec![0.0, 2.0, 5.0], vec![0.0, 0.0])), "texture.theta");
    assert!(transmit(&edge(), 0.0).is_err());
    let spins =
        FrozenSpins { spins: 0, length: 1.0, wavenumber: 1.0, strength: 0.1, theta_max: 0.0 };
    assert!(frozen_spin_statistics(&spins, 10, 1, &Never).is_err());
    let many = FrozenSpins { spins: 1 << 20, ..spins };
    assert!(matches!(
        frozen_spin_statistics(&many, 1 << 20, 1, &Never),
        Err(TransportError::TooLarge { .. })
    ));
}
