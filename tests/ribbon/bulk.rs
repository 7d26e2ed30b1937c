//! Bulk bands and edges (section 1).
use edgestate::ribbon::{Model, Preset, RashbaOrders, RibbonError, bulk_bands, bulk_edges};

use crate::support::{close, hgte};

/// Section 1: the gap edges of both materials.
#[test]
fn gap_edges_are_those_of_the_reference() {
    for (model, conduction, valence) in [
        (hgte(0.0), 10.0, -10.0),
        (hgte(156.0), 10.0, -8.958351951),
        (Preset::InAsGaSb10nm10nm.model(0.0), 7.8, 4.088535815),
    ] {
        let edges = bulk_edges(&model).unwrap();
        close(&[edges.conduction_mev, edges.valence_mev], &[conduction, valence], 1e-8);
        assert!(edges.has_gap());
    }
}

/// With the smallest Delta0, which takes the numerical way, the closed form is met again.
#[test]
fn both_ways_to_the_bands_agree() {
    for (kx, ky) in [(0.0, 0.0), (0.1, -0.05), (-0.02, 0.3)] {
        let closed = bulk_bands(&hgte(156.0), kx, ky).unwrap();
        let numerical = Model { bia_mev: 1e-13, ..hgte(156.0) };
        close(&bulk_bands(&numerical, kx, ky).unwrap(), &closed, 1e-11);
    }
    let closed = bulk_edges(&hgte(156.0)).unwrap();
    let numerical = bulk_edges(&Model { bia_mev: 1e-13, ..hgte(156.0) }).unwrap();
    close(&[numerical.conduction_mev, numerical.valence_mev], &[10.0, closed.valence_mev], 1e-9);
}

/// At k = 0 Delta0 couples E+ with H- and H+ with E-: +- sqrt(M^2 + Delta0^2).
#[test]
fn inversion_asymmetry_splits_at_zero() {
    let model = Model { bia_mev: 1.6, ..hgte(0.0) };
    let e = (100.0_f64 + 1.6 * 1.6).sqrt();
    close(&bulk_bands(&model, 0.0, 0.0).unwrap(), &[-e, -e, e, e], 1e-12);
}

/// Strong Rashba coupling closes the gap: said, not refused; |D| >= |B| leaves no edge at all.
#[test]
fn no_bulk_gap_is_said() {
    assert!(!bulk_edges(&hgte(3000.0)).unwrap().has_gap());
    let unbounded = bulk_edges(&Model { d_mev_nm2: -700.0, ..hgte(0.0) });
    assert!(matches!(unbounded, Err(RibbonError::Missing { .. })), "{unbounded:?}");
}

/// Section 1: R0 = -15.6 nm^2 eE_z, S0 = -2.10 nm^3 eE_z, T0 = -8.91 nm^4 eE_z.
#[test]
fn a_field_sets_the_rashba_orders() {
    let model = Preset::HgTe7nm.in_field(-10.0, RashbaOrders::All).unwrap();
    assert_eq!(
        [model.rashba_mev_nm, model.rashba2_mev_nm2, model.rashba3_mev_nm3],
        [156.0, 21.0, 89.1]
    );
    assert_eq!(Preset::HgTe7nm.in_field(-10.0, RashbaOrders::Linear).unwrap(), hgte(156.0));
    assert!(Preset::InAsGaSb10nm10nm.in_field(1.0, RashbaOrders::Linear).is_err());
}
