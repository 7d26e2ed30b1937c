//! Symmetries and limits of the lattice (sections 1, 6).
use std::f64::consts::PI;

use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{
    Model, Point, Preset, Query, RashbaOrders, Ribbon, Want, convergence, solve,
};
use edgestate::stop::Never;

use crate::support::{close, edge, hgte, one};

fn all(model: Model, k: f64) -> Vec<f64> {
    let ribbon = Ribbon::lattice(model, 100.0, 49).unwrap();
    one(&ribbon, k, &Query::All, Want::Energies).energies_mev
}

fn everything() -> Model {
    let field = Preset::HgTe7nm.in_field(-8.0, RashbaOrders::All).unwrap();
    Model { bia_mev: 1.6, c_mev: 3.0, ..field }
}

/// Time reversal: E(k) = E(-k), and pairs at k = 0 and at the zone boundary (1e-10 of the scale).
#[test]
fn kramers_pairs() {
    for model in [hgte(0.0), hgte(156.0), everything()] {
        for k in [0.0, PI / 2.0] {
            let energies = all(model, k);
            for pair in energies.chunks_exact(2) {
                assert!((pair[1] - pair[0]).abs() < 1e-10 * 700.0, "{pair:?}");
            }
        }
        close(&all(model, 0.013), &all(model, -0.013), 1e-9);
    }
}

/// The lattice is periodic in k with 2 pi/a.
#[test]
fn bloch_periodicity() {
    for model in [hgte(156.0), everything()] {
        close(&all(model, 0.021), &all(model, 0.021 + PI), 1e-9);
    }
}

/// Without Rashba coupling every band is twofold at every k; the signs of R0 and A are immaterial.
#[test]
fn spin_degeneracy_and_signs() {
    for pair in all(hgte(0.0), 0.02).chunks_exact(2) {
        assert_eq!(pair[0], pair[1]);
    }
    let model = everything();
    let turned = Model { rashba_mev_nm: -156.0, a_mev_nm: -365.0, ..hgte(0.0) };
    close(&all(turned, 0.02), &all(hgte(156.0), 0.02), 1e-9);
    let shifted = all(Model { c_mev: 5.0, ..model }, 0.02);
    let base: Vec<f64> = all(model, 0.02).iter().map(|e| e + 2.0).collect();
    close(&shifted, &base, 1e-9);
}

/// B, D, M all of the other sign: particle-hole conjugation turns the spectrum over.
#[test]
fn positive_b_is_the_conjugate() {
    let turned = Model { b_mev_nm2: 686.0, d_mev_nm2: 512.0, m_mev: 10.0, ..hgte(0.0) };
    let mirrored: Vec<f64> = all(turned, 0.02).iter().rev().map(|e| -e).collect();
    close(&mirrored, &all(hgte(0.0), 0.02), 1e-9);
}

/// The real blocks hold the same spectrum as complex arithmetic: a Delta0 of rounding size takes
/// the complex way.
#[test]
fn real_blocks_equal_complex_ones() {
    for model in [
        hgte(0.0),
        hgte(156.0),
        Model { rashba3_mev_nm3: 89.1, ..hgte(156.0) },
        Model { rashba3_mev_nm3: 89.1, ..hgte(0.0) },
    ] {
        for k in [0.0, 0.017] {
            let complex = all(Model { bia_mev: 1e-14, ..model }, k);
            close(&all(model, k), &complex, 1e-9);
        }
    }
    let model = hgte(156.0);
    let continuum = |model: Model| edge(&Ribbon::continuum(model, 150.0, None).unwrap(), 0.004);
    close(&continuum(model), &continuum(Model { bia_mev: 1e-14, ..model }), 1e-8);
}

/// Section 6: errors fall as a^2, the extrapolated energies are those of the continuum, and the
/// estimate is of the size of the error.
#[test]
fn second_order_convergence() {
    let device = Cpu::new(None).unwrap();
    let (model, width, k) = (hgte(156.0), 200.0, 0.003);
    let exact = edge(&Ribbon::continuum(model, width, None).unwrap(), k);
    let errors = |sites: usize| -> Vec<f64> {
        let lattice = edge(&Ribbon::lattice(model, width, sites).unwrap(), k);
        lattice.iter().zip(&exact).map(|(a, b)| a - b).collect()
    };
    let (coarse, fine) = (errors(399), errors(799));
    for (c, f) in coarse.iter().zip(&fine) {
        let order = (c / f).log2();
        assert!((order - 2.0).abs() < 0.02, "order {order}");
    }
    let found = convergence(model, width, 399, k, &device, &Never).unwrap();
    assert_eq!(found.sites, [399, 799]);
    for band in 0..4 {
        let error = (found.energies_mev[1][band] - exact[band]).abs();
        assert!((found.error_mev[band] / error - 1.0).abs() < 0.02);
        assert!((found.extrapolated_mev[band] - exact[band]).abs() < 0.01 * error);
    }
}

/// D = 0: the spins do not rotate (section 3); here, the rising band keeps its velocity
/// sqrt(hv^2 + (R0/2)^2) in a wide ribbon and E0 = C.
#[test]
fn without_d_the_edge_velocity_is_exact() {
    let model = Model { d_mev_nm2: 0.0, ..hgte(100.0) };
    let ribbon = Ribbon::continuum(model, 600.0, None).unwrap();
    for k in [0.002, 0.004] {
        let e = k * 365.0_f64.hypot(50.0);
        close(&edge(&ribbon, k), &[-e, -e, e, e], 0.05 * e);
    }
}

/// A point's answer is bitwise the same in any company.
#[test]
fn company_changes_nothing() {
    let device = Cpu::new(None).unwrap();
    let ribbons = [
        Ribbon::lattice(hgte(156.0), 200.0, 100).unwrap(),
        Ribbon::lattice(everything(), 100.0, 70).unwrap(),
        Ribbon::lattice(hgte(0.0), 150.0, 80).unwrap(),
    ];
    let points: Vec<Point<'_>> =
        ribbons.iter().flat_map(|ribbon| [0.0, 0.003].map(|k| Point { ribbon, k })).collect();
    for query in [Query::All, Query::EdgeStates] {
        let together = solve(&points, &query, Want::States, &device, &Never).unwrap();
        for (point, found) in points.iter().zip(&together) {
            let alone = solve(&[*point], &query, Want::States, &device, &Never).unwrap();
            assert_eq!(alone[0].energies_mev, found.energies_mev);
            assert_eq!(alone[0].state(1), found.state(1));
        }
    }
}
