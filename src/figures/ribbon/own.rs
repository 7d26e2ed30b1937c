//! Ribbons of models given by their blocks: Haldane's, and Kane and Mele's, with zigzag edges.
use std::f64::consts::PI;

use num_complex::Complex64;

use super::device;
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned};
use crate::plot::{Axis, Color, Figure, Panel, Series};
use crate::ribbon::{
    Blocks, Edge, Point, Query, Ribbon, Spectrum, SquareMatrix, Want, density, solve,
};
use crate::stop::Stop;

const SITES: usize = 24;
const SECOND_NEIGHBOUR: f64 = 0.1;

/// Complete diagonalization on a lattice; energies over the hopping t.
pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Zigzag ribbons of 24 pairs of sites, energies over the hopping t, t2 = 0.1 t, \
                   complete diagonalization; coloured: states with more than 60 % of their weight \
                   on the four pairs next to an edge. Lines across: bulk gap of Haldane's model \
                   in closed form, |E| = |3 sqrt(3) t2 - |mass||. (a) Haldane's model: one chiral \
                   mode at each edge. (b) With a mass beyond 3 sqrt(3) t2: none crosses the gap. \
                   (c) Kane and Mele's model: a helical pair at each edge, degenerate with that \
                   of the other. (d) With a coupling of the spins of 0.08 t: the pair still \
                   crosses the gap, Kramers pairs at 0 and pi.";
    let second = SECOND_NEIGHBOUR;
    Ok(captioned(caption)
        .columns(2)
        .parameter("t2/t", second)
        .parameter("pairs of sites", SITES)
        .with(bands("Haldane", haldane(second, 0.0), Some(0.0), settings, stop)?)
        .with(bands("Haldane, mass 0.9", haldane(second, 0.9), Some(0.9), settings, stop)?)
        .with(bands("Kane and Mele", kane_mele(0.0), Some(0.0), settings, stop)?)
        .with(bands("Kane and Mele, spins coupled", kane_mele(0.08), None, settings, stop)?))
}

fn bands(
    title: &str,
    blocks: Blocks,
    mass: Option<f64>,
    settings: &Settings,
    stop: &dyn Stop,
) -> Result<Panel, FigureError> {
    let ribbon = Ribbon::from_blocks(blocks, SITES)?;
    let grid = with(linear(0.0, 2.0 * PI, settings.pick(41, 161)), &[0.0, PI]);
    let points: Vec<Point<'_>> = grid.iter().map(|k| Point { ribbon: &ribbon, k: *k }).collect();
    let spectra = solve(&points, &Query::All, Want::States, &device()?, stop)?;
    let x = Axis::linear("*ka*", "rad").limits(0.0, 2.0 * PI);
    let mut panel = Panel::new(x, Axis::linear("*E*/*t*", "").limits(-3.3, 3.3)).title(title);
    for band in 0..ribbon.order() {
        let row: Vec<f64> = spectra.iter().map(|found| found.energies_mev[band]).collect();
        let series = Series::line(&format!("band {}", band + 1), &grid, &row);
        panel = panel.with(series.color(Color::Gray).unlisted());
    }
    // Degenerate states of both edges mix at will where there are two spins.
    let apart: &[(&str, &[Edge])] = match ribbon.orbitals() {
        2 => &[("lower edge", &[Edge::Lower]), ("upper edge", &[Edge::Upper])],
        _ => &[("at the edges", &[Edge::Lower, Edge::Upper])],
    };
    for (index, (name, edges)) in apart.iter().enumerate() {
        let (x, y) = localized(&ribbon, &grid, &spectra, edges)?;
        panel = panel.with(Series::points(name, &x, &y).color(Color::Palette(index)));
    }
    if let Some(mass) = mass {
        let gap = (3.0 * 3.0_f64.sqrt() * SECOND_NEIGHBOUR - mass).abs();
        panel = panel.horizontal(gap, "").horizontal(-gap, "");
    }
    Ok(panel)
}

/// Wave numbers and energies of the states at these edges.
fn localized(
    ribbon: &Ribbon,
    k: &[f64],
    spectra: &[Spectrum],
    edges: &[Edge],
) -> Result<(Vec<f64>, Vec<f64>), FigureError> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (k, found) in k.iter().zip(spectra) {
        for (state, energy) in found.energies_mev.iter().enumerate() {
            let across = density(ribbon, found, state)?;
            // Sites are at distances 0, 1, 2, ... from the first.
            let weight = |edge: &Edge| across.edge_weight(*edge, SITES as f64 - 1.0, 3.5);
            if 0.6 < edges.iter().map(weight).sum::<f64>() {
                x.push(*k);
                y.push(*energy);
            }
        }
    }
    Ok((x, y))
}

fn matrix(order: usize, elements: &[(usize, usize, Complex64)]) -> SquareMatrix {
    let mut matrix = SquareMatrix::zero(order);
    for (row, col, value) in elements {
        matrix.elements[row * order + col] += value;
    }
    matrix
}

/// A site across is a pair (A, B): bonds within it, to the pair above it, and to that above and one
/// cell back; second neighbours with i t2, of opposite sign on A and B.
fn haldane(t2: f64, mass: f64) -> Blocks {
    let real = |value: f64| Complex64::new(value, 0.0);
    let (t, next) = (real(-1.0), Complex64::new(0.0, t2));
    Blocks {
        onsite: matrix(2, &[(0, 0, real(mass)), (1, 1, real(-mass)), (0, 1, t), (1, 0, t)]),
        across: matrix(2, &[(1, 0, t), (0, 0, -next), (1, 1, next)]),
        along: matrix(2, &[(1, 0, t), (0, 0, next), (1, 1, -next)]),
        along_across_up: SquareMatrix::zero(2),
        along_across_down: matrix(2, &[(0, 0, -next), (1, 1, next)]),
    }
}

/// Haldane's model for spin up and its time reverse for spin down, coupled on the bond A-B by
/// `i rashba sigma_x`, which keeps time reversal.
fn kane_mele(rashba: f64) -> Blocks {
    let (up, down) = (haldane(SECOND_NEIGHBOUR, 0.0), haldane(-SECOND_NEIGHBOUR, 0.0));
    let mut onsite = both(&up.onsite, &down.onsite);
    let mixing = Complex64::new(0.0, rashba);
    for (row, col) in [(0, 3), (2, 1)] {
        onsite.elements[row * 4 + col] += mixing;
        onsite.elements[col * 4 + row] += mixing.conj();
    }
    Blocks {
        onsite,
        across: both(&up.across, &down.across),
        along: both(&up.along, &down.along),
        along_across_up: both(&up.along_across_up, &down.along_across_up),
        along_across_down: both(&up.along_across_down, &down.along_across_down),
    }
}

/// Two spins, not coupled.
fn both(up: &SquareMatrix, down: &SquareMatrix) -> SquareMatrix {
    let mut elements = Vec::with_capacity(8);
    for row in 0..2 {
        for col in 0..2 {
            elements.push((row, col, up.elements[row * 2 + col]));
            elements.push((2 + row, 2 + col, down.elements[row * 2 + col]));
        }
    }
    matrix(4, &elements)
}
