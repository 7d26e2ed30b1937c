//! Electrons scattering one after another off quantum spins: protection in spite of backscattering.
use crate::close;
use edgestate::stop::Never;
use edgestate::transport::TransportError;
use edgestate::transport::conductance::{ExchangeField, Parameters, respond};
use edgestate::transport::protection::{Impurity, repeated_scattering};
use nalgebra::Matrix3;
use proptest::prelude::*;

fn impurity(position: f64, coupling: [f64; 3], theta: f64, phi: f64) -> Impurity {
    Impurity { position, theta, phi, coupling: Matrix3::from_diagonal(&coupling.into()) }
}

fn back(impurities: &[Impurity], wavenumber: f64) -> f64 {
    repeated_scattering(impurities, wavenumber, 0.5, &Never).unwrap().backscattering
}

/// Acceptance numbers, 1e-10.
#[test]
fn acceptance_numbers() {
    let isotropic =
        repeated_scattering(&[impurity(0.0, [0.5; 3], 0.6, 0.2)], 0.0, 0.5, &Never).unwrap();
    close(isotropic.backscattering, 0.0, 1e-12);
    close(isotropic.first_electron, 0.105_061_812_30, 1e-10);
    assert!(isotropic.unitarity_defect < 1e-14);
    let xxz = [0.5, 0.5, 0.2];
    close(back(&[impurity(0.0, xxz, 0.6, 0.2)], 0.0), 0.033_854_875_31, 1e-10);
    close(back(&[impurity(0.0, xxz, 0.0, 0.0)], 0.0), 0.0, 1e-12);
    let two = [impurity(0.0, [0.4, 0.4, 0.9], 0.5, 0.1), impurity(1.3, [0.6, 0.6, 0.2], 0.9, 1.1)];
    close(back(&two, 0.6), 0.065_595_185_3, 1e-10);
    assert!(1e-4 < (back(&two, 0.9) - back(&two, 0.6)).abs());
    let three = [
        impurity(0.0, [0.5; 3], 0.6, 0.2),
        impurity(1.0, [0.3; 3], 1.1, 2.0),
        impurity(2.7, [0.7; 3], 0.3, 4.0),
    ];
    let found = repeated_scattering(&three, 0.8, 0.5, &Never).unwrap();
    close(found.backscattering, 0.0, 1e-12);
    assert!(1e-2 < found.first_electron);
}

/// Weak coupling, no texture: the master equation at eV >> T with the exchange field, landauer.
/// Section 6 of the conductance: 0.0402 s^2 with the field, 0.0026 s^2 without.
#[test]
fn weak_coupling_is_the_master_equation() {
    let s = 0.01;
    let spin = impurity(0.0, [0.5 * s, 0.5 * s, 0.2 * s], 0.6, 0.0);
    let reflected = back(&[spin], 0.0) / (s * s);
    let frame = edgestate::transport::protection::axis_rotation(0.6, 0.0);
    let coupling = spin.coupling * frame;
    let point = Parameters { coupling, ..Parameters::diagonal([0.0; 3], 0.0, 3000.0) };
    let with = respond(&point, ExchangeField::Included).unwrap().delta_g.landauer / (s * s);
    let without = respond(&point, ExchangeField::LeftOut).unwrap().delta_g.landauer / (s * s);
    close(reflected, 0.0402, 5e-5);
    close(-with, reflected, 2e-4);
    close(-without, 0.0026, 5e-5);
}

/// The superoperator (dimension 16) and iteration (dimension 32) see the same physics: a fifth spin
/// that is not coupled changes nothing.
#[test]
fn iteration_agrees_with_the_projector() {
    let mut spins: Vec<_> = (0..4)
        .map(|j| impurity(0.7 * f64::from(j), [0.6, 0.5, 0.8], 0.3 * f64::from(j), 0.5))
        .collect();
    let projected = repeated_scattering(&spins, 0.4, 0.5, &Never).unwrap();
    spins.push(impurity(5.0, [0.0; 3], 0.0, 0.0));
    let iterated = repeated_scattering(&spins, 0.4, 0.5, &Never).unwrap();
    assert_eq!((projected.state.nrows(), iterated.state.nrows()), (16, 32));
    close(iterated.backscattering, projected.backscattering, 1e-10);
    close(iterated.first_electron, projected.first_electron, 1e-13);
}

/// Two spins with only Jx: nothing mixes, and the average keeps what the mixed state has of each.
#[test]
fn conserved_spins() {
    let two = [impurity(0.0, [0.5, 0.0, 0.0], 0.0, 0.0), impurity(1.0, [0.4, 0.0, 0.0], 0.0, 0.0)];
    let found = repeated_scattering(&two, 0.3, 0.5, &Never).unwrap();
    close(found.backscattering, found.first_electron, 1e-12);
    let one = repeated_scattering(&two[..1], 0.3, 0.5, &Never).unwrap();
    // A static scatterer: transmission 1/cosh^2(Jx/2).
    close(one.backscattering, 0.25_f64.tanh().powi(2), 1e-14);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Isotropic spins never suppress the current, whatever their axes, strengths, spin and
    /// distances; the map is unitary and the state physical for any couplings.
    #[test]
    fn protected_in_spite_of_backscattering(
        j in prop::array::uniform2(0.2..0.9_f64), axes in prop::array::uniform4(0.0..3.0_f64),
        k in -2.0..2.0_f64, general in prop::array::uniform9(-0.8..0.8_f64),
        spin in prop::sample::select(vec![0.5, 1.0]),
    ) {
        let pair = [
            impurity(0.0, [j[0]; 3], axes[0], axes[1]),
            impurity(1.1, [j[1]; 3], axes[2], axes[3]),
        ];
        let found = repeated_scattering(&pair, k, spin, &Never).unwrap();
        close(found.backscattering, 0.0, 1e-10);
        prop_assert!(1e-4 < found.first_electron);
        let mut any = pair;
        any[0].coupling = Matrix3::from_row_slice(&general);
        let found = repeated_scattering(&any, k, spin, &Never).unwrap();
        prop_assert!(found.unitarity_defect < 1e-12);
        prop_assert!(-1e-12 < found.backscattering && found.backscattering < 1.0);
        close(found.state.trace().re, 1.0, 1e-10);
        prop_assert!(-1e-9 < found.state.symmetric_eigenvalues().min());
    }
}

#[test]
fn bad_values_are_refused() {
    let good = impurity(0.0, [0.5; 3], 0.0, 0.0);
    let field = |impurities: &[Impurity], k: f64, spin: f64| match repeated_scattering(
        impurities, k, spin, &Never,
    ) {
        Err(TransportError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(&[], 0.1, 0.5), "impurities");
    assert_eq!(field(&[good, good], 0.1, 0.5), "impurities[1].position");
    assert_eq!(field(&[good], f64::NAN, 0.5), "wavenumber");
    for spin in [0.0, 0.7, -0.5, f64::NAN, 1e9] {
        assert_eq!(field(&[good], 0.1, spin), "spin");
    }
    let many: Vec<_> = (0..9).map(|j| Impurity { position: f64::from(j), ..good }).collect();
    let refused = repeated_scattering(&many, 0.1, 0.5, &Never);
    assert!(matches!(refused, Err(TransportError::TooLarge { needed: 512, limit: 256, .. })));
}
