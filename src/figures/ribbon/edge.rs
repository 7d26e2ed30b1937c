//! A single edge: dispersion in the two-state model beside the exact half plane.
use super::{curves, edge_bands, energy_axis, hgte, k_axis};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Figure, Marker, Panel, Series};
use crate::ribbon::half_plane::HalfPlane;
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::ribbon::{Ribbon, RibbonError, bulk_bands, bulk_edges};
use crate::stop::Stop;

pub(super) const COUPLINGS: [f64; 3] = [15.6, 78.0, 156.0];
/// Where the acceptance numbers are given.
pub(super) const MARKED: [f64; 3] = [0.002, 0.005, 0.01];

/// Fig. 2, top: sections 1, 3, 6, 8.
pub(super) fn dispersion(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "(a) HgTe quantum well of 7 nm, R0 = 156 meV nm: lines, the two-state model of \
                   a single edge; circles, the exact bound states of the half plane; crosses, a \
                   lattice ribbon so wide that its edges hardly meet (W = 500 nm, a = 1 nm); grey, \
                   bulk bands along the edge; dashed, the bulk gap. The two-state model ends where \
                   one of the states without Rashba coupling does. (b) What the Rashba coupling \
                   does to the rising branch, in both theories (points: exact).";
    Ok(captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(gapless(settings, stop)?)
        .with(shifts(settings, stop)?))
}

fn gapless(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = hgte(156.0);
    let wide = linear(-0.06, 0.06, settings.pick(61, 241));
    let mut bulk: [Vec<f64>; 4] = Default::default();
    for k in &wide {
        let found = bulk_bands(&model, 0.0, *k)?;
        (0..4).for_each(|band| bulk[band].push(found[band]));
    }
    let mut panel = Panel::new(k_axis().limits(-0.06, 0.06), energy_axis().limits(-20.0, 30.0))
        .title("*R*_{0} = 156 meV nm");
    for series in curves("bulk", Series::line, &wide, &bulk, Color::Gray) {
        panel = panel.with(series);
    }
    let edges = bulk_edges(&model)?;
    panel = panel.horizontal(edges.conduction_mev, "").horizontal(edges.valence_mev, "");
    let edge = IsolatedEdge::new(&model)?;
    let end = 0.999 * edge.critical_per_nm;
    let grid = with(linear(-end, end, settings.pick(31, 121)), &[0.005]);
    let lines = [0, 1].map(|branch| values(stop, &grid, |k| energy(&edge, k, branch)));
    let half_plane = HalfPlane::new(&model)?;
    let marked = with(linear(-0.024, 0.024, settings.pick(13, 25)), &[0.005]);
    let points = [0, 1].map(|branch| exact(&half_plane, &marked, branch, stop));
    let names = ["rising", "falling"];
    for (branch, line) in lines.into_iter().enumerate() {
        let name = format!("two-state model, {}", names[branch]);
        panel = panel.with(Series::line(&name, &grid, &line?).color(Color::Palette(branch)));
    }
    for (branch, line) in points.into_iter().enumerate() {
        let name = format!("half plane, {}", names[branch]);
        panel = panel.with(Series::points(&name, &marked, &line?).color(Color::Palette(branch)));
    }
    let lattice = Ribbon::lattice(model, 500.0, 499)?;
    let few = [-0.015, -0.0075, 0.005, 0.0125];
    let found = edge_bands(&lattice, &few, stop)?;
    for series in curves("lattice", Series::points, &few, &found, Color::Black) {
        panel = panel.with(series.marker(Marker::Cross));
    }
    Ok(panel)
}

fn energy(edge: &IsolatedEdge, k: f64, branch: usize) -> Result<f64, RibbonError> {
    edge.at(k).map(|point| point.energies_mev[branch])
}

/// A gap in the curve where the branch has merged with the bulk.
fn exact(
    half_plane: &HalfPlane,
    k: &[f64],
    branch: usize,
    stop: &dyn Stop,
) -> Result<Vec<f64>, FigureError> {
    values(stop, k, |k| match half_plane.energies(k) {
        Ok(found) => Ok(found.energies_mev[branch].unwrap_or(f64::NAN)),
        Err(RibbonError::Missing { .. }) => Ok(f64::NAN),
        Err(other) => Err(other),
    })
}

fn shifts(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let label = "*E*(*k*) \u{2212} *E*_{0} \u{2212} *v* *k*";
    let mut panel =
        Panel::new(k_axis().limits(0.0, 0.024), Axis::linear(label, "meV").limits(-0.015, 0.006))
            .title("rising branch")
            .legend_title("*R*_{0} (meV nm)");
    for (index, coupling) in COUPLINGS.into_iter().enumerate() {
        let edge = IsolatedEdge::new(&hgte(coupling))?;
        let straight = |k: f64| edge.energy_mev + edge.velocity_mev_nm * k;
        let end = 0.999 * edge.critical_per_nm;
        let grid = with(linear(0.0, end, settings.pick(25, 97)), &MARKED);
        let line = values(stop, &grid, |k| energy(&edge, k, 0).map(|e| e - straight(k)))?;
        let marked = with(linear(0.001, 0.013, settings.pick(7, 13)), &MARKED);
        let found = exact(&HalfPlane::new(&hgte(coupling))?, &marked, 0, stop)?;
        let points: Vec<f64> = marked.iter().zip(found).map(|(k, e)| e - straight(*k)).collect();
        let color = Color::Palette(index);
        let name = format!("{coupling}, half plane");
        panel = panel
            .with(Series::line(&format!("{coupling}"), &grid, &line).color(color))
            .with(Series::points(&name, &marked, &points).color(color).unlisted());
    }
    Ok(panel)
}
