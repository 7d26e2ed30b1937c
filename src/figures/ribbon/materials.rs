//! Another material, and the Rashba coupling of third order.
use super::bands::{four_state, quantized};
use super::{curves, edge_bands, energy_axis, hgte, k_axis, named};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::ribbon::half_plane::HalfPlane;
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::ribbon::{Model, Preset, Ribbon, RibbonError, bulk_bands, bulk_edges};
use crate::stop::Stop;

/// R0 of the InAs/GaSb panels, meV nm: not known, chosen as for HgTe in 1 meV/nm.
const ASSUMED: f64 = 15.6;

fn inas(rashba_mev_nm: f64) -> Model {
    Preset::InAsGaSb10nm10nm.model(rashba_mev_nm)
}

/// Fig. 3 with literature parameters: sections 1 to 6, 8.
pub(super) fn inas_gasb(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "InAs/GaSb double well of 10 nm each, literature parameters, not those of the \
                   paper; R0 is an assumption. (a) Single edge: lines, two-state model; circles, \
                   exact half plane; grey, bulk bands along the edge. (b), (c) Ribbons without \
                   Rashba coupling: lines, secular equation; circles, full solution in the \
                   continuum. (d) With Rashba coupling: lines, four-state model. Decay is \
                   oscillating here: lambda_1, lambda_2 are a complex pair.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("material", "InAs/GaSb 10/10 nm (literature, not from the paper)")
        .parameter("A, B, C, D, M", "37, -660, 0, -580, -7.8 (meV, nm)")
        .parameter("R0 (meV nm)", format!("{ASSUMED} (assumed)"))
        .with(single(settings, stop)?)
        .with(plain(50.0, settings, stop)?)
        .with(plain(90.0, settings, stop)?)
        .with(coupled(90.0, settings, stop)?))
}

fn single(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = inas(ASSUMED);
    let wide = linear(-0.18, 0.18, settings.pick(61, 241));
    let mut bulk: [Vec<f64>; 4] = Default::default();
    for k in &wide {
        let found = bulk_bands(&model, 0.0, *k)?;
        (0..4).for_each(|band| bulk[band].push(found[band]));
    }
    let title = format!("single edge, *R*_{{0}} = {ASSUMED} meV nm");
    let mut panel =
        Panel::new(k_axis().limits(-0.18, 0.18), energy_axis().limits(0.0, 14.0)).title(&title);
    for series in curves("bulk", Series::line, &wide, &bulk, Color::Gray) {
        panel = panel.with(series);
    }
    let edge = IsolatedEdge::new(&model)?;
    let end = 0.999 * edge.critical_per_nm;
    let grid = linear(-end, end, settings.pick(31, 121));
    let marked = linear(-0.06, 0.06, settings.pick(9, 21));
    let half_plane = HalfPlane::new(&model)?;
    for (branch, name) in ["rising", "falling"].into_iter().enumerate() {
        let color = Color::Palette(branch);
        let line = values(stop, &grid, |k| edge.at(k).map(|p| p.energies_mev[branch]))?;
        let points = values(stop, &marked, |k| match half_plane.energies(k) {
            Ok(found) => Ok(found.energies_mev[branch].unwrap_or(f64::NAN)),
            Err(RibbonError::Missing { .. }) => Ok(f64::NAN),
            Err(other) => Err(other),
        })?;
        let exact = format!("half plane, {name}");
        panel = panel
            .with(Series::line(name, &grid, &line).color(color))
            .with(Series::points(&exact, &marked, &points).color(color));
    }
    let gap = bulk_edges(&model)?;
    Ok(panel.horizontal(gap.conduction_mev, "").horizontal(gap.valence_mev, ""))
}

fn plain(width: f64, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = inas(0.0);
    let grid = with(linear(-0.08, 0.08, settings.pick(41, 161)), &[0.01, 0.03]);
    let [upper, lower] = quantized(&model, width, &grid, stop)?;
    let few = with(linear(-0.08, 0.08, settings.pick(9, 25)), &[0.01, 0.03]);
    let [_, below, above, _] = edge_bands(&Ribbon::continuum(model, width, None)?, &few, stop)?;
    let gap = bulk_edges(&model)?;
    Ok(Panel::new(k_axis().limits(-0.08, 0.08), energy_axis())
        .title(&format!("*W* = {width} nm, no Rashba coupling"))
        .with(Series::line("*E*^{+}", &grid, &upper).color(Color::Palette(1)))
        .with(Series::line("*E*^{\u{2212}}", &grid, &lower).color(Color::Palette(0)))
        .with(Series::points("continuum", &few, &above).color(Color::Black))
        .with(Series::points("continuum, lower", &few, &below).color(Color::Black).unlisted())
        .horizontal(gap.conduction_mev, "")
        .horizontal(gap.valence_mev, ""))
}

fn coupled(width: f64, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = inas(ASSUMED);
    let end = 0.05;
    let grid = linear(-end, end, settings.pick(61, 241));
    let rows = four_state(&model, width, &grid, stop)?;
    let few = linear(-end, end, settings.pick(11, 41));
    let full = edge_bands(&Ribbon::continuum(model, width, None)?, &few, stop)?;
    let mut panel =
        Panel::new(k_axis().limits(-end, end), energy_axis()).title(&named(width, ASSUMED));
    for series in curves("four-state model", Series::line, &grid, &rows, Color::Palette(0)) {
        panel = panel.with(series);
    }
    for series in curves("continuum", Series::points, &few, &full, Color::Palette(1)) {
        panel = panel.with(series);
    }
    Ok(panel)
}

/// Fig. 11: only a lattice defines the third order at hard walls (section 6).
pub(super) fn third_order(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm on a lattice with a = 1 nm, W = 200 nm, in a field \
                   of 10 meV/nm: Rashba couplings R0 = 156 meV nm alone (lines) and together with \
                   that of third order, T0 = 89.1 meV nm^3 (dashed). (a) Edge bands. (b) Shift \
                   of the bands by the third order. (c) Around the avoided crossings: no gap but \
                   that of the finite width.";
    let (width, sites) = (200.0, 199);
    let first = Ribbon::lattice(hgte(156.0), width, sites)?;
    let both = Model { rashba3_mev_nm3: 89.1, ..hgte(156.0) };
    let third = Ribbon::lattice(both, width, sites)?;
    let mut figure = captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .parameter("W (nm), sites", format!("{width}, {sites}"));
    for (end, title) in [(0.02, "edge bands"), (0.002, "avoided crossings")] {
        let grid = with(linear(-end, end, settings.pick(17, 61)), &[0.001]);
        let plain = edge_bands(&first, &grid, stop)?;
        let full = edge_bands(&third, &grid, stop)?;
        let mut panel = Panel::new(k_axis().limits(-end, end), energy_axis()).title(title);
        for series in curves("*R*_{0}", Series::line, &grid, &plain, Color::Palette(0)) {
            panel = panel.with(series);
        }
        for series in curves("*R*_{0} and *T*_{0}", Series::line, &grid, &full, Color::Palette(1)) {
            panel = panel.with(series.dash(Dash::Dashed));
        }
        figure = figure.with(panel);
        if end == 0.02 {
            figure = figure.with(shifts(&grid, &plain, &full));
        }
    }
    Ok(figure)
}

fn shifts(k: &[f64], plain: &[Vec<f64>; 4], full: &[Vec<f64>; 4]) -> Panel {
    let y = Axis::linear("*E*(*R*_{0}, *T*_{0}) \u{2212} *E*(*R*_{0})", "meV");
    let mut panel = Panel::new(k_axis(), y).title("shift by the third order").legend_title("band");
    for band in 0..4 {
        let shift: Vec<f64> =
            full[band].iter().zip(&plain[band]).map(|(with, without)| with - without).collect();
        panel = panel.with(Series::line(&format!("{}", band + 1), k, &shift));
    }
    panel
}
