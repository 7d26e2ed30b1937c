//! Lattice and continuum ribbons (sections 1, 4, 6).
use edgestate::ribbon::{Method, Model, Preset, Query, Ribbon, Want};

use crate::support::{close, edge, hgte, one};

/// Section 6: the continuum limit.
#[test]
fn the_continuum_has_the_reference_energies() {
    let ribbon = Ribbon::continuum(hgte(156.0), 200.0, None).unwrap();
    let expected = [7.10135773, 7.21358245, 7.74111697, 7.89521649];
    close(&edge(&ribbon, 0.001), &expected, 1e-7);
}

/// Section 4: the ribbon without Rashba coupling, twofold degenerate, both materials.
#[test]
fn the_continuum_without_rashba_coupling_has_the_analytic_energies() {
    let in_as = Preset::InAsGaSb10nm10nm.model(0.0);
    for (model, width, k, [upper, lower]) in [
        (hgte(0.0), 200.0, 0.0, [7.71430752, 7.26103425]),
        (hgte(0.0), 200.0, 0.001, [7.82203821, 7.15366828]),
        (hgte(0.0), 200.0, 0.005, [8.74208744, 6.24267843]),
        (hgte(0.0), 100.0, 0.003, [9.98991469, 6.06649377]),
        (in_as, 50.0, 0.01, [7.11531454, 6.55189386]),
        (in_as, 90.0, 0.03, [7.38429656, 6.32482269]),
    ] {
        let ribbon = Ribbon::continuum(model, width, None).unwrap();
        close(&edge(&ribbon, k), &[lower, lower, upper, upper], 2e-8);
    }
}

/// Section 6: tight binding with 199 sites.
#[test]
fn the_lattice_has_the_reference_energies() {
    let ribbon = Ribbon::lattice(hgte(156.0), 200.0, 199).unwrap();
    let expected = [7.1018945978, 7.2138814089, 7.7405677894, 7.8943276874];
    close(&edge(&ribbon, 0.001), &expected, 1e-8);
    let all = one(&ribbon, 0.001, &Query::All, Want::Energies).energies_mev;
    close(&all[396..400], &expected, 1e-8);
    assert_eq!(ribbon.warnings(0.001).len(), 1, "1 nm is above 0.64 nm");
}

/// Windows, indices and edge states are those of the complete diagonalization, to 1e-9 meV.
#[test]
fn a_part_of_the_spectrum_equals_the_whole() {
    let mut inverted = 0;
    for (model, width, sites, k) in variants() {
        let ribbon = Ribbon::lattice(model, width, sites).unwrap();
        let all = one(&ribbon, k, &Query::All, Want::States);
        let n = sites;
        let part = one(&ribbon, k, &Query::EdgeStates, Want::States);
        inverted += usize::from(part.certificate.method == Method::ShiftInvert);
        assert_eq!(part.first, 2 * n - 2);
        close(&part.energies_mev, &all.energies_mev[2 * n - 2..2 * n + 2], 1e-9);
        let part = one(&ribbon, k, &Query::Indices(3..20), Want::States);
        close(&part.energies_mev, &all.energies_mev[3..20], 1e-8);
        let (low, high) = (all.energies_mev[2 * n - 9] + 1e-3, all.energies_mev[2 * n + 7] + 1e-3);
        let query = Query::Window { low_mev: low, high_mev: high };
        let part = one(&ribbon, k, &query, Want::States);
        let inside: Vec<f64> =
            all.energies_mev.iter().copied().filter(|e| low <= *e && *e < high).collect();
        close(&part.energies_mev, &inside, 1e-9);
        assert!(part.certificate.residual_mev.unwrap() < 1e-7, "{:?}", part.certificate);
        assert!(all.certificate.residual_mev.unwrap() < 1e-7, "{:?}", all.certificate);
    }
    // Where the blocks are small a complete diagonalization is cheaper: not what is tested here.
    assert!(9 <= inverted, "{inverted} of {}", variants().len());
}

fn variants() -> Vec<(Model, f64, usize, f64)> {
    let with = |model: Model| model;
    vec![
        (hgte(156.0), 200.0, 120, 0.003),
        (hgte(156.0), 200.0, 121, 0.0),
        (hgte(0.0), 150.0, 221, -0.002),
        (with(Model { rashba3_mev_nm3: -89.1, ..hgte(-156.0) }), 120.0, 115, 0.004),
        (with(Model { rashba3_mev_nm3: -89.1, ..hgte(-156.0) }), 120.0, 116, 0.004),
        (with(Model { bia_mev: 1.6, ..hgte(78.0) }), 150.0, 112, 0.002),
        (with(Model { rashba2_mev_nm2: -21.0, ..hgte(78.0) }), 150.0, 113, -0.002),
        (Preset::InAsGaSb10nm10nm.model(5.0), 60.0, 114, 0.01),
        (with(Model { b_mev_nm2: 686.0, m_mev: 10.0, ..hgte(100.0) }), 150.0, 112, 0.003),
        (with(Model { d_mev_nm2: 512.0, ..hgte(100.0) }), 150.0, 112, 0.003),
        (with(Model { d_mev_nm2: 0.0, ..hgte(100.0) }), 150.0, 112, 0.003),
    ]
}

/// Any parameters, signs and widths: edge states by windows are those of the complete
/// diagonalization, and the residuals are of rounding size.
#[test]
fn random_ribbons() {
    let mut state = 12345_u64;
    let mut random = |low: f64, high: f64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        low + (high - low) * (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for round in 0..60 {
        let sign = if random(-1.0, 1.0) < 0.0 { -1.0 } else { 1.0 };
        let b = sign * random(100.0, 2000.0);
        let model = Model {
            a_mev_nm: random(-500.0, 500.0),
            b_mev_nm2: b,
            c_mev: random(-50.0, 50.0),
            d_mev_nm2: b * random(-0.95, 0.95),
            m_mev: sign * random(0.1, 30.0),
            rashba_mev_nm: if round % 3 == 0 { 0.0 } else { random(-400.0, 400.0) },
            rashba2_mev_nm2: if round % 5 == 0 { random(-30.0, 30.0) } else { 0.0 },
            rashba3_mev_nm3: if round % 4 == 0 { random(-100.0, 100.0) } else { 0.0 },
            bia_mev: if round % 7 == 0 { random(-3.0, 3.0) } else { 0.0 },
        };
        let (width, sites) = (random(5.0, 900.0), random(90.0, 125.0) as usize);
        let k = if round % 6 == 0 { 0.0 } else { random(-0.05, 0.05) };
        let ribbon = Ribbon::lattice(model, width, sites).unwrap();
        let all = one(&ribbon, k, &Query::All, Want::States);
        let n = sites;
        let part = one(&ribbon, k, &Query::EdgeStates, Want::States);
        let scale = all.energies_mev[0].abs().max(all.energies_mev[4 * n - 1].abs()).max(1.0);
        let tolerance = 1e-12 * scale;
        close(&part.energies_mev, &all.energies_mev[2 * n - 2..2 * n + 2], tolerance);
        assert!(part.certificate.residual_mev.unwrap() < 10.0 * tolerance, "{model:?}");
        assert!(all.certificate.residual_mev.unwrap() < 10.0 * tolerance, "{model:?}");
        if model.rashba3_mev_nm3 == 0.0 {
            let ribbon = Ribbon::continuum(model, width, None).unwrap();
            let found = one(&ribbon, k, &Query::EdgeStates, Want::States);
            assert_eq!(found.first, 2 * ribbon.functions() - 2, "{model:?}");
        }
    }
}

/// Edges so far apart that they know nothing of each other: exact degeneracies, any number of them.
#[test]
fn wide_ribbons() {
    for r0 in [0.0, 156.0] {
        let ribbon = Ribbon::lattice(hgte(r0), 3000.0, 1499).unwrap();
        let energies = edge(&ribbon, 0.0);
        close(&energies, &[energies[0]; 4], 1e-9);
        let continuum = Ribbon::continuum(hgte(r0), 3000.0, None).unwrap();
        close(&edge(&continuum, 0.0), &[7.463556851312; 4], 1e-8);
    }
}
