//! States: densities, spins at the edges, tracking, densities of states (sections 6, 7).
use std::f64::consts::PI;

use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{
    Broadening, Edge, Model, Point, Query, Ribbon, Want, density, density_of_states, solve, track,
};
use edgestate::stop::Never;

use crate::support::{close, hgte, one};

/// Lattice and continuum give normalized densities of the same shape; the state lives at the edges.
#[test]
fn densities_are_normalized_and_at_the_edges() {
    for model in [hgte(0.0), hgte(156.0), Model { bia_mev: 1.6, ..hgte(156.0) }] {
        let lattice = Ribbon::lattice(model, 300.0, 599).unwrap();
        let continuum = Ribbon::continuum(model, 300.0, None).unwrap();
        let mut weights = Vec::new();
        for ribbon in [&lattice, &continuum] {
            let spectrum = one(ribbon, 0.006, &Query::EdgeStates, Want::States);
            for state in 0..4 {
                let found = density(ribbon, &spectrum, state).unwrap();
                let rows = found.values.iter().zip(&found.weights_nm);
                let total: f64 = rows.map(|(row, w)| w * row.iter().sum::<f64>()).sum();
                assert!((total - 1.0).abs() < 1e-9, "{total}");
                let both = [Edge::Lower, Edge::Upper].map(|e| found.edge_spin(e));
                assert!((both[0].weight() + both[1].weight() - 1.0).abs() < 1e-9);
                // Helical: opposite spins at opposite edges, each state at both by the mirror; one
                // spin alone lives at one edge.
                if model.rashba_mev_nm == 0.0 {
                    assert!(0.98 < both[0].weight().max(both[1].weight()), "{both:?}");
                } else {
                    assert!(both[0].projection() * both[1].projection() < 0.0, "{both:?}");
                    assert!(both[0].minority() < 0.1 && both[1].minority() < 0.1, "{both:?}");
                }
                weights.push(both[0].up + both[1].down);
                let near = found.edge_weight(Edge::Lower, 300.0, 150.0)
                    + found.edge_weight(Edge::Upper, 300.0, 149.9);
                assert!((near - 1.0).abs() < 0.01, "{near}");
            }
            assert!(density(ribbon, &spectrum, 4).is_err());
        }
        if model.bia_mev == 0.0 {
            continue;
        }
        close(&weights[..4], &weights[4..], 1e-3);
    }
}

/// Where edge bands cross (other mirror) or avoid each other, every band is continuous, and the same
/// for any spacing of k.
#[test]
fn tracking_does_not_depend_on_the_spacing() {
    let device = Cpu::new(None).unwrap();
    for model in [hgte(156.0), Model { bia_mev: 1.6, ..hgte(156.0) }] {
        let ribbon = Ribbon::continuum(model, 200.0, None).unwrap();
        let follow = |count: usize| {
            let at = |i: usize| -0.00421 + 0.009 * i as f64 / (count - 1) as f64;
            let k: Vec<f64> = (0..count).map(at).collect();
            track(&ribbon, &k, &Query::EdgeStates, 1e-9, &device, &Never).unwrap()
        };
        let (coarse, fine) = (follow(3), follow(61));
        for band in 0..4 {
            let picked: Vec<f64> = [0, 30, 60].map(|i| fine.energies_mev[band][i]).to_vec();
            close(&coarse.energies_mev[band], &picked, 1e-8);
        }
        assert!(0 < coarse.refinements);
    }
}

/// The integral over all energies counts the bands: 4 sites times the range of k over 2 pi.
#[test]
fn the_density_of_states_counts_the_bands() {
    let device = Cpu::new(None).unwrap();
    let ribbon = Ribbon::lattice(hgte(156.0), 100.0, 24).unwrap();
    let k: Vec<f64> = (0..7).map(|i| f64::from(i) * 0.01).collect();
    let points: Vec<Point<'_>> = k.iter().map(|k| Point { ribbon: &ribbon, k: *k }).collect();
    let bands = solve(&points, &Query::All, Want::Energies, &device, &Never).unwrap();
    let energies: Vec<f64> = (-4000..4000).map(|i| f64::from(i) * 0.5).collect();
    let expected = 96.0 * 0.06 / (2.0 * PI);
    for (broadening, tolerance) in [
        (Broadening::Gaussian { half_width_mev: 2.0 }, 1e-9),
        // Two tails of h/(pi cutoff), the bands being within 700 meV.
        (Broadening::Lorentzian { half_width_mev: 2.0 }, 2.0 * 2.0 / (PI * 1300.0)),
    ] {
        let found = density_of_states(&k, &bands, &energies, broadening).unwrap();
        let sum: f64 = found.iter().sum::<f64>() * 0.5;
        assert!((sum / expected - 1.0).abs() < tolerance, "{sum} {expected}");
    }
    let narrow = Broadening::Gaussian { half_width_mev: 0.0 };
    assert!(density_of_states(&k, &bands, &energies, narrow).is_err());
    assert!(density_of_states(&k[..3], &bands, &energies, narrow).is_err());
}
