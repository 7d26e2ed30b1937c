//! Ribbons by one's own blocks: Haldane, Kane-Mele, BHZ.
use std::f64::consts::PI;

use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{
    Blocks, Model, Point, Query, Ribbon, SquareMatrix, Strip, Want, density, solve,
};
use edgestate::stop::Never;
use num_complex::Complex64;

use crate::support::{close, hgte, one};

const I: Complex64 = Complex64::new(0.0, 1.0);

fn real(value: f64) -> Complex64 {
    Complex64::new(value, 0.0)
}

fn matrix(order: usize, elements: &[(usize, usize, Complex64)]) -> SquareMatrix {
    let mut matrix = SquareMatrix::zero(order);
    for (row, col, value) in elements {
        matrix.elements[row * order + col] += value;
    }
    matrix
}

/// BHZ with R0 on the lattice by the rules of section 6, written out by hand: 2 D lattice, k = kx a.
fn bhz_blocks(model: &Model, a: f64) -> Blocks {
    let (linear, square) = (model.a_mev_nm / a, 1.0 / (a * a));
    let e = (-model.d_mev_nm2 - model.b_mev_nm2) * square;
    let h = (-model.d_mev_nm2 + model.b_mev_nm2) * square;
    let r = model.rashba_mev_nm / a;
    let mut onsite = Vec::new();
    let mut hop = Vec::new();
    for orbital in 0..4 {
        let sign = if orbital % 2 == 0 { 1.0 } else { -1.0 };
        let second = if orbital % 2 == 0 { e } else { h };
        onsite.push((orbital, orbital, real(model.c_mev + sign * model.m_mev + 4.0 * second)));
        hop.push((orbital, orbital, real(-second)));
    }
    // sin(ka)/a has the coefficient 1/(2 i a) with e^(ika); k_+- = kx +- i ky.
    let half = real(0.5) / I;
    let pair = |row: usize, col: usize, value: Complex64, adjoint: Complex64| {
        [(row, col, value * half), (col, row, adjoint * half)]
    };
    let mut along = hop.clone();
    along.extend(pair(0, 1, real(linear), real(linear)));
    along.extend(pair(2, 3, real(-linear), real(-linear)));
    along.extend(pair(0, 2, -I * r, I * r));
    let mut across = hop;
    across.extend(pair(0, 1, I * linear, -I * linear));
    across.extend(pair(2, 3, I * linear, -I * linear));
    across.extend(pair(0, 2, real(-r), real(-r)));
    Blocks {
        onsite: matrix(4, &onsite),
        across: matrix(4, &across),
        along: matrix(4, &along),
        along_across_up: SquareMatrix::zero(4),
        along_across_down: SquareMatrix::zero(4),
    }
}

/// BHZ given as blocks is BHZ built in; the given one is found real, and without Rashba coupling
/// decoupled.
#[test]
fn bhz_as_blocks_is_bhz() {
    for (r0, blocks) in [(156.0, vec![(120, true)]), (0.0, vec![(60, true); 2])] {
        let (width, sites) = (62.0, 30);
        let a = width / 31.0;
        let given = Ribbon::from_blocks(bhz_blocks(&hgte(r0), a), sites).unwrap();
        let built_in = Ribbon::lattice(hgte(r0), width, sites).unwrap();
        for k in [0.0, 0.03, -0.2] {
            let found = one(&given, k * a, &Query::All, Want::Energies);
            let expected = one(&built_in, k, &Query::All, Want::Energies);
            let scale = 1500.0;
            close(&found.energies_mev, &expected.energies_mev, 1e-12 * scale);
            assert_eq!(found.certificate.blocks, blocks);
        }
    }
}

/// A strip given as one cell matrix is the same ribbon as its sites.
#[test]
fn a_strip_is_its_sites() {
    let blocks = bhz_blocks(&hgte(100.0), 2.0);
    let sites = 12;
    let order = 4 * sites;
    let (mut cell, mut hop) = (SquareMatrix::zero(order), SquareMatrix::zero(order));
    for n in 0..sites {
        for row in 0..4 {
            for col in 0..4 {
                let (i, j) = (4 * n + row, 4 * n + col);
                cell.elements[i * order + j] = blocks.onsite.elements[row * 4 + col];
                hop.elements[i * order + j] = blocks.along.elements[row * 4 + col];
                if n + 1 < sites {
                    let value = blocks.across.elements[row * 4 + col];
                    cell.elements[i * order + j + 4] = value;
                    cell.elements[(j + 4) * order + i] = value.conj();
                }
            }
        }
    }
    let strip = Ribbon::from_strip(Strip { cell, hops: vec![(1, hop)] }).unwrap();
    let ribbon = Ribbon::from_blocks(blocks, sites).unwrap();
    for k in [0.0, 0.1, 2.0] {
        let [a, b] = [&strip, &ribbon].map(|r| one(r, k, &Query::All, Want::Energies));
        close(&a.energies_mev, &b.energies_mev, 1e-9);
        let [low_mev, high_mev] = [-20.0, 30.5];
        let window = one(&strip, k, &Query::Window { low_mev, high_mev }, Want::Energies);
        let inside = |e: &f64| low_mev <= *e && *e < high_mev;
        let expected: Vec<f64> = b.energies_mev.iter().copied().filter(inside).collect();
        close(&window.energies_mev, &expected, 1e-9);
        assert_eq!(window.first, b.energies_mev.partition_point(|e| *e < low_mev));
    }
}

/// Haldane's model on a zigzag ribbon; a site across is a pair (A, B). The lattice vector along is
/// a1, the one across a2 - the bonds of A to B are within the pair, to the pair above it and to the
/// one above and back. Next neighbours: a1, a2, a1 - a2 with i t2 and signs opposite for A and B.
fn haldane(t2: f64, mass: f64) -> Blocks {
    let (t, next) = (real(-1.0), I * t2);
    Blocks {
        onsite: matrix(2, &[(0, 0, real(mass)), (1, 1, real(-mass)), (0, 1, t), (1, 0, t)]),
        // <n|H|n + 1>: B here to A above; next neighbour along a2 with the sign -.
        across: matrix(2, &[(1, 0, t), (0, 0, -next), (1, 1, next)]),
        along: matrix(2, &[(1, 0, t), (0, 0, next), (1, 1, -next)]),
        along_across_up: SquareMatrix::zero(2),
        // <cell, n + 1|H|cell + 1, n>: along a1 - a2, the third of the loop, orientation -.
        along_across_down: matrix(2, &[(0, 0, -next), (1, 1, next)]),
    }
}

/// Signed number of edge crossings of mid-gap energy as k goes round the zone, for states at the
/// lower half of the ribbon.
fn chiral_crossings(ribbon: &Ribbon, energy: f64, first_orbital_half: Option<bool>) -> i32 {
    let device = Cpu::new(None).unwrap();
    let steps = 240;
    let mut crossings = 0;
    for step in 0..steps {
        let k = |offset: f64| 2.0 * PI * (f64::from(step) + 0.37 + offset) / f64::from(steps);
        let points = [0.0, 1.0].map(|offset| Point { ribbon, k: k(offset) });
        let spectra = solve(&points, &Query::All, Want::States, &device, &Never).unwrap();
        let below = |s: usize| {
            let energies = &spectra[s].energies_mev;
            // Only states of the lower half.
            let mut count = 0;
            for (index, e) in energies.iter().enumerate() {
                if (e - energy).abs() < 0.25 && *e < energy {
                    let found = density(ribbon, &spectra[s], index).unwrap();
                    let half = found.values.len() / 2;
                    let weigh = |row: &Vec<f64>| match first_orbital_half {
                        None => row.iter().sum::<f64>(),
                        Some(true) => row[..row.len() / 2].iter().sum(),
                        Some(false) => row[row.len() / 2..].iter().sum(),
                    };
                    count += i32::from(0.5 < found.values[..half].iter().map(weigh).sum::<f64>());
                }
            }
            count
        };
        // A state leaves the window at its far side too, but only through `energy` here: bands are
        // steep, steps are small against the window.
        let (before, after) = (below(0), below(1));
        let through = crossing(&spectra[0].energies_mev, &spectra[1].energies_mev, energy);
        if through {
            crossings += after - before;
        }
    }
    crossings
}

/// Whether the number of all states below the energy or the states next to it changed sides.
fn crossing(before: &[f64], after: &[f64], energy: f64) -> bool {
    let near = |list: &[f64]| list.iter().any(|e| (e - energy).abs() < 0.12);
    near(before) && near(after)
}

/// Haldane: one chiral mode per edge where |mass| < 3 sqrt(3) t2 (Chern number +-1), none beyond;
/// the sign follows that of t2.
#[test]
fn haldane_edge_modes_count_the_chern_number() {
    for (t2, mass, chern) in [(0.15, 0.0, 1), (-0.15, 0.0, 1), (0.15, 1.2, 0)] {
        let ribbon = Ribbon::from_blocks(haldane(t2, mass), 24).unwrap();
        let mut lowest: f64 = f64::INFINITY;
        for step in 0..200 {
            let k = 2.0 * PI * f64::from(step) / 200.0;
            let all = one(&ribbon, k, &Query::All, Want::Energies).energies_mev;
            lowest = lowest.min(all[24] - all[23]);
        }
        let crosses = lowest < 0.05;
        assert_eq!(crosses, chern == 1, "t2 = {t2}, mass = {mass}: least splitting {lowest}");
        let crossings = chiral_crossings(&ribbon, 0.02, None);
        assert_eq!(crossings.abs(), chern, "t2 = {t2}, mass = {mass}: {crossings}");
        if chern == 1 {
            let other = Ribbon::from_blocks(haldane(-t2, mass), 24).unwrap();
            assert_eq!(chiral_crossings(&other, 0.02, None), -crossings);
        }
    }
}

/// Kane-Mele: two Haldane copies of opposite sign, coupled by a spin-mixing bond that keeps time
/// reversal.
fn kane_mele(t2: f64, rashba: f64) -> Blocks {
    let double = |up: &SquareMatrix, down: &SquareMatrix| {
        let mut elements = Vec::new();
        for row in 0..2 {
            for col in 0..2 {
                elements.push((row, col, up.elements[row * 2 + col]));
                elements.push((2 + row, 2 + col, down.elements[row * 2 + col]));
            }
        }
        matrix(4, &elements)
    };
    let (up, down) = (haldane(t2, 0.0), haldane(-t2, 0.0));
    let mut onsite = double(&up.onsite, &down.onsite);
    // i r (s x d)_z with d along y of the bond A-B: i r s_x; T: sigma_y K keeps it.
    for (row, col, value) in [(0, 3, I * rashba), (2, 1, I * rashba)] {
        onsite.elements[row * 4 + col] += value;
        onsite.elements[col * 4 + row] += value.conj();
    }
    Blocks {
        onsite,
        across: double(&up.across, &down.across),
        along: double(&up.along, &down.along),
        along_across_up: double(&up.along_across_up, &down.along_across_up),
        along_across_down: double(&up.along_across_down, &down.along_across_down),
    }
}

/// Kramers pairs at the invariant momenta, a helical pair through the gap: each spin one chiral
/// mode at an edge, of opposite direction.
#[test]
fn kane_mele_is_helical() {
    for rashba in [0.0, 0.08] {
        let ribbon = Ribbon::from_blocks(kane_mele(0.15, rashba), 16).unwrap();
        for k in [0.0, PI] {
            let all = one(&ribbon, k, &Query::All, Want::Energies).energies_mev;
            for pair in all.chunks_exact(2) {
                assert!((pair[1] - pair[0]).abs() < 1e-10, "k = {k}: {pair:?}");
            }
        }
    }
    let ribbon = Ribbon::from_blocks(kane_mele(0.15, 0.0), 16).unwrap();
    let up = chiral_crossings(&ribbon, 0.02, Some(true));
    let down = chiral_crossings(&ribbon, 0.02, Some(false));
    assert_eq!((up.abs(), up + down), (1, 0), "{up} {down}");
}

/// A part of the spectrum of a complex model that no phases make real.
#[test]
fn windows_of_complex_blocks() {
    let mut blocks = kane_mele(0.15, 0.08);
    blocks.onsite.elements[2] += Complex64::new(0.03, 0.05);
    blocks.onsite.elements[8] += Complex64::new(0.03, -0.05);
    let ribbon = Ribbon::from_blocks(blocks, 80).unwrap();
    let all = one(&ribbon, 1.1, &Query::All, Want::Energies);
    assert_eq!(all.certificate.blocks, vec![(320, false)]);
    let part = one(&ribbon, 1.1, &Query::EdgeStates, Want::States);
    close(&part.energies_mev, &all.energies_mev[158..162], 1e-12);
}
