//! What the states of a ribbon look like: densities across, spin along the bands.
use super::bands::subbands;
use super::{energy_axis, hgte, k_axis, named, solved};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, check};
use crate::plot::{Axis, Color, Figure, Panel, Series};
use crate::ribbon::four_state::FourState;
use crate::ribbon::{Density, Edge, Query, Ribbon, Want, bulk_edges, density};
use crate::stop::Stop;

const COUPLING: f64 = 156.0;
const WIDE_NM: f64 = 200.0;
/// What counts as near an edge.
const DEPTH_NM: f64 = 60.0;
const EDGES: [Edge; 2] = [Edge::Lower, Edge::Upper];
/// Position of the gap of the full solution (section 6), 1/nm.
const AT_GAP: f64 = 3.5669e-4;

/// Sections 5 and 6 in real space.
pub(super) fn densities(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm, W = 200 nm, R0 = 156 meV nm. Density of spin up and \
                   of spin down across the ribbon in edge bands 2 and 3 (counted from below), at \
                   the avoided crossing and beyond it. Lines: four-state model; points: full \
                   solution in the continuum, where the spin also turns with the distance from \
                   the edge.";
    let mut figure = captioned(caption).columns(2).parameter("material", super::HGTE);
    for k in [AT_GAP, 0.002] {
        for band in [1, 2] {
            figure = figure.with(across(k, band, settings, stop)?);
        }
    }
    Ok(figure)
}

fn across(k: f64, band: usize, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    check(stop)?;
    let model = hgte(COUPLING);
    let half = 0.5 * WIDE_NM;
    let grid = with(linear(-half, half, settings.pick(101, 401)), &[0.0]);
    let point = FourState::new(&model, WIDE_NM)?.at(k)?;
    let mut theory: [Vec<f64>; 2] = Default::default();
    for y in &grid {
        let wave = point.wave_function(band, *y)?;
        theory[0].push(wave[0].norm_sqr() + wave[1].norm_sqr());
        theory[1].push(wave[2].norm_sqr() + wave[3].norm_sqr());
    }
    let ribbon = Ribbon::continuum(model, WIDE_NM, None)?;
    let spectra = solved(&ribbon, &[k], &Query::EdgeStates, Want::States, stop)?;
    let found = density(&ribbon, &spectra[0], band)?;
    let places = apart(&found.positions_nm, 0.02 * WIDE_NM);
    let y: Vec<f64> = places.iter().map(|place| found.positions_nm[*place]).collect();
    let spin = |first: usize| -> Vec<f64> {
        let rows = places.iter().map(|place| &found.values[*place]);
        rows.map(|row| row[first] + row[first + 1]).collect()
    };
    let title = format!("band {}, *k* = {:.3} \u{b7} 10^{{\u{2212}3}}/nm", band + 1, 1e3 * k);
    let mut panel =
        Panel::new(Axis::linear("*y*", "nm").limits(-half, half), Axis::linear("density", "1/nm"))
            .title(&title);
    for (index, name) in ["spin up", "spin down"].into_iter().enumerate() {
        let color = Color::Palette(index);
        let full = format!("{name}, continuum");
        panel = panel
            .with(Series::line(name, &grid, &theory[index]).color(color))
            .with(Series::points(&full, &y, &spin(2 * index)).color(color).unlisted());
    }
    Ok(panel)
}

/// Which of the ascending positions to draw, no two closer than `distance`.
fn apart(positions: &[f64], distance: f64) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for (place, position) in positions.iter().enumerate() {
        let far = |last: &usize| distance <= position - positions[*last];
        if chosen.last().is_none_or(far) {
            chosen.push(place);
        }
    }
    chosen
}

/// Section 6: all bands about the gap, and where and how polarized the edge bands are.
pub(super) fn all(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm, W = 200 nm, R0 = 156 meV nm, full solution in the \
                   continuum. (a) Subbands of the bulk and the edge bands; coloured: states with \
                   more than 90 % of their weight within 60 nm of the edges. By the mirror symmetry \
                   of the ribbon every state is on both edges alike. (b) That weight along the four \
                   edge bands (dashed: of an even density). (c), (d) Spin of each at the lower and \
                   at the upper edge.";
    let ribbon = Ribbon::continuum(hgte(COUPLING), WIDE_NM, None)?;
    let figure = captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(spectrum(&ribbon, settings, stop)?);
    let end = 0.012;
    let grid = with(linear(-end, end, settings.pick(24, 120)), &[-0.005, 0.005]);
    let grid: Vec<f64> = grid.into_iter().filter(|k| 1e-12 < k.abs()).collect();
    let spins = looks(&ribbon, &grid, stop)?;
    let mut weight =
        Panel::new(k_axis(), Axis::linear("weight", "").limits(0.0, 1.0)).title("near the edges");
    for band in 0..4 {
        let row: Vec<f64> = spins.iter().map(|at| at[band].weight).collect();
        weight = weight.with(Series::line(&format!("band {}", band + 1), &grid, &row));
    }
    let mut figure = figure.with(weight.horizontal(2.0 * DEPTH_NM / WIDE_NM, ""));
    for (edge, title) in ["spin at the lower edge", "spin at the upper edge"].iter().enumerate() {
        let y = Axis::linear("<*σ*_{z}>", "").limits(-1.05, 1.05);
        let mut panel = Panel::new(k_axis(), y).title(title);
        for band in 0..4 {
            let row: Vec<f64> = spins.iter().map(|at| at[band].spin[edge]).collect();
            panel = panel.with(Series::line(&format!("band {}", band + 1), &grid, &row));
        }
        figure = figure.with(panel);
    }
    Ok(figure)
}

/// One edge band at one k.
#[derive(Clone, Copy, Default)]
struct Look {
    /// Within [`DEPTH_NM`] of the edges.
    weight: f64,
    /// At the lower and at the upper edge.
    spin: [f64; 2],
}

fn looks(ribbon: &Ribbon, k: &[f64], stop: &dyn Stop) -> Result<Vec<[Look; 4]>, FigureError> {
    let spectra = solved(ribbon, k, &Query::EdgeStates, Want::States, stop)?;
    let mut all = Vec::with_capacity(k.len());
    for spectrum in &spectra {
        let mut here = [Look::default(); 4];
        for (band, look) in here.iter_mut().enumerate() {
            let found = density(ribbon, spectrum, band)?;
            look.weight = near_edges(&found);
            look.spin = EDGES.map(|edge| found.edge_spin(edge).projection());
        }
        all.push(here);
    }
    Ok(all)
}

fn near_edges(density: &Density) -> f64 {
    EDGES.into_iter().map(|edge| density.edge_weight(edge, WIDE_NM, DEPTH_NM)).sum()
}

fn spectrum(ribbon: &Ribbon, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = hgte(COUPLING);
    let grid = linear(-0.08, 0.08, settings.pick(21, 101));
    let window = Query::Window { low_mev: -35.0, high_mev: 45.0 };
    let spectra = solved(ribbon, &grid, &window, Want::States, stop)?;
    let mut panel = Panel::new(k_axis().limits(-0.08, 0.08), energy_axis().limits(-30.0, 40.0))
        .title(&named(WIDE_NM, COUPLING));
    for (index, row) in subbands(&spectra).into_iter().enumerate() {
        let name = if index == 0 { "all bands".into() } else { format!("band {index}") };
        let series = Series::line(&name, &grid, &row).color(Color::Gray);
        panel = panel.with(if index == 0 { series } else { series.unlisted() });
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (k, found) in grid.iter().zip(&spectra) {
        for (state, energy) in found.energies_mev.iter().enumerate() {
            if 0.9 < near_edges(&density(ribbon, found, state)?) {
                x.push(*k);
                y.push(*energy);
            }
        }
    }
    panel = panel.with(Series::points("at the edges", &x, &y).color(Color::Palette(0)));
    let edges = bulk_edges(&model)?;
    Ok(panel.horizontal(edges.conduction_mev, "").horizontal(edges.valence_mev, ""))
}
