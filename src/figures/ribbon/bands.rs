//! Dispersions of ribbons: closed forms and the full solution.
use super::{K, PER_NM, curves, edge_bands, energy_axis, hgte, k_axis, named, solved};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, check};
use crate::plot::{Axis, Color, Dash, Figure, Marker, Panel, Series};
use crate::ribbon::four_state::FourState;
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::ribbon::quantized::QuantizedRibbon;
use crate::ribbon::{Model, Query, Ribbon, Want, bulk_edges};
use crate::stop::Stop;

/// Energies of the four-state model, a row a band.
pub(super) fn four_state(
    model: &Model,
    width_nm: f64,
    k: &[f64],
    stop: &dyn Stop,
) -> Result<[Vec<f64>; 4], FigureError> {
    let theory = FourState::new(model, width_nm)?;
    let mut rows: [Vec<f64>; 4] = Default::default();
    for k in k {
        check(stop)?;
        let found = theory.at(*k)?;
        (0..4).for_each(|band| rows[band].push(found.bands[band].energy_mev));
    }
    Ok(rows)
}

/// E^+ and E^- of section 4.
pub(super) fn quantized(
    model: &Model,
    width_nm: f64,
    k: &[f64],
    stop: &dyn Stop,
) -> Result<[Vec<f64>; 2], FigureError> {
    let ribbon = QuantizedRibbon::new(model, width_nm)?;
    let mut rows: [Vec<f64>; 2] = Default::default();
    for k in k {
        check(stop)?;
        let found = ribbon.at(*k)?;
        rows[0].push(found.upper_mev);
        rows[1].push(found.lower_mev);
    }
    Ok(rows)
}

/// Figs. 2 (bottom) and 5: sections 5 and 6.
pub(super) fn ribbon(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm. Lines: four-state model, for |k| < k_c; circles: \
                   full solution in the continuum; crosses: on a lattice with a = 1 nm. (a) With \
                   the subbands of the ribbon (grey) and the bulk gap (horizontal lines). (b) to \
                   (f) Around the avoided crossings, for several couplings and widths.";
    let mut figure = captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(whole(settings, stop)?);
    for (width, coupling, end) in [
        (200.0, 156.0, 0.002),
        (200.0, 15.6, 0.002),
        (150.0, 78.0, 0.006),
        (150.0, 156.0, 0.003),
        (300.0, 156.0, 0.0005),
    ] {
        figure = figure.with(crossing(width, coupling, end, settings, stop)?);
    }
    Ok(figure)
}

fn whole(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let (width, coupling) = (200.0, 156.0);
    let model = hgte(coupling);
    let continuum = Ribbon::continuum(model, width, None)?;
    let mut panel = Panel::new(k_axis().limits(-0.06, 0.06), energy_axis().limits(-20.0, 30.0))
        .title(&named(width, coupling));
    let wide = linear(-0.06, 0.06, settings.pick(21, 81));
    let window = Query::Window { low_mev: -25.0, high_mev: 35.0 };
    let spectra = solved(&continuum, &wide, &window, Want::Energies, stop)?;
    for (index, row) in subbands(&spectra).into_iter().enumerate() {
        let name = if index == 0 { "full solution".into() } else { format!("band {index}") };
        let series = Series::line(&name, &wide, &row).color(Color::Gray);
        panel = panel.with(if index == 0 { series } else { series.unlisted() });
    }
    let end = 0.995 * IsolatedEdge::new(&model)?.critical_per_nm;
    let grid = linear(-end, end, settings.pick(31, 121));
    let rows = four_state(&model, width, &grid, stop)?;
    for series in curves("four-state model", Series::line, &grid, &rows, Color::Palette(0)) {
        panel = panel.with(series);
    }
    let edges = bulk_edges(&model)?;
    Ok(panel.horizontal(edges.conduction_mev, "").horizontal(edges.valence_mev, ""))
}

/// Bands by number; NaN where a band leaves the window.
pub(super) fn subbands(spectra: &[crate::ribbon::Spectrum]) -> Vec<Vec<f64>> {
    let first = spectra.iter().map(|found| found.first).min().unwrap_or(0);
    let end = |found: &crate::ribbon::Spectrum| found.first + found.energies_mev.len();
    let last = spectra.iter().map(end).max().unwrap_or(0);
    let energy = |found: &crate::ribbon::Spectrum, band: usize| {
        let place = band.checked_sub(found.first)?;
        found.energies_mev.get(place).copied()
    };
    (first..last)
        .map(|band| spectra.iter().map(|found| energy(found, band).unwrap_or(f64::NAN)).collect())
        .collect()
}

/// The acceptance numbers of sections 5 and 6 are at 0.001 and 0.005.
fn crossing(
    width: f64,
    coupling: f64,
    end: f64,
    settings: &Settings,
    stop: &dyn Stop,
) -> Result<Panel, FigureError> {
    let model = hgte(coupling);
    let marks: Vec<f64> = [0.001, 0.005].into_iter().filter(|k| *k < end).collect();
    let grid = with(linear(-end, end, settings.pick(61, 241)), &marks);
    let rows = four_state(&model, width, &grid, stop)?;
    let few = with(linear(-end, end, settings.pick(13, 41)), &marks);
    let continuum = edge_bands(&Ribbon::continuum(model, width, None)?, &few, stop)?;
    let sites = width as usize - 1;
    let at = if marks.is_empty() { vec![0.5 * end] } else { marks };
    let lattice = edge_bands(&Ribbon::lattice(model, width, sites)?, &at, stop)?;
    let axis = Axis::linear(K, PER_NM).limits(-end, end);
    let mut panel = Panel::new(axis, energy_axis()).title(&named(width, coupling));
    let points = |label: &str, x: &[f64], y: &[f64]| Series::points(label, x, y);
    for series in curves("four-state model", Series::line, &grid, &rows, Color::Palette(0)) {
        panel = panel.with(series);
    }
    for series in curves("continuum", points, &few, &continuum, Color::Palette(1)) {
        panel = panel.with(series);
    }
    for series in curves("lattice", points, &at, &lattice, Color::Black) {
        panel = panel.with(series.marker(Marker::Cross));
    }
    Ok(panel)
}

/// Fig. 9: sections 2 and 4.
pub(super) fn without_rashba(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm without Rashba coupling. Lines: E^+ and E^- from the \
                   secular equation, every band with two spins; dashed: the crossing branches of \
                   a single edge; circles: full solution in the continuum; E_c: upper edge of the bulk gap. (c) Splitting \
                   at k = 0 against the width.";
    let mut figure = captioned(caption).columns(2).parameter("material", super::HGTE);
    for width in [100.0, 200.0] {
        figure = figure.with(hybridized(width, settings, stop)?);
    }
    Ok(figure.with(splitting(settings, stop)?))
}

fn hybridized(width: f64, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = hgte(0.0);
    let edge = IsolatedEdge::new(&model)?;
    let grid = with(linear(-0.02, 0.02, settings.pick(41, 161)), &[0.001, 0.003, 0.005]);
    let rows = quantized(&model, width, &grid, stop)?;
    let few = with(linear(-0.02, 0.02, settings.pick(9, 21)), &[0.003, 0.005]);
    let [_, lower, upper, _] = edge_bands(&Ribbon::continuum(model, width, None)?, &few, stop)?;
    let mut panel =
        Panel::new(k_axis().limits(-0.02, 0.02), energy_axis()).title(&format!("*W* = {width} nm"));
    for sign in [1.0, -1.0] {
        let line: Vec<f64> =
            grid.iter().map(|k| edge.energy_mev + sign * edge.velocity_mev_nm * k).collect();
        let name = if 0.0 < sign { "single edge" } else { "single edge, falling" };
        let series = Series::line(name, &grid, &line).color(Color::Black).dash(Dash::Dashed);
        panel = panel.with(if 0.0 < sign { series } else { series.unlisted() });
    }
    let gap = bulk_edges(&model)?;
    let ([plus, minus], red, blue) = (rows, Color::Palette(1), Color::Palette(0));
    Ok(panel
        .with(Series::line("*E*^{+}", &grid, &plus).color(red))
        .with(Series::line("*E*^{\u{2212}}", &grid, &minus).color(blue))
        .with(Series::points("continuum", &few, &upper).color(Color::Black))
        .with(Series::points("continuum, lower", &few, &lower).color(Color::Black).unlisted())
        .horizontal(gap.conduction_mev, "*E*_{c}"))
}

/// `E^+ - E^-` at k = 0 falls as exp(-W Re lambda_2).
fn splitting(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let model = hgte(0.0);
    let widths = with(linear(50.0, 600.0, settings.pick(23, 111)), &[200.0]);
    let theory = crate::figures::values(stop, &widths, |width| {
        let point = QuantizedRibbon::new(&model, width)?.at(0.0)?;
        Ok::<_, FigureError>(point.upper_mev - point.lower_mev)
    })?;
    let few = with(linear(100.0, 600.0, settings.pick(6, 11)), &[200.0]);
    let full = crate::figures::values(stop, &few, |width| {
        let [_, lower, upper, _] =
            edge_bands(&Ribbon::continuum(model, width, None)?, &[0.0], stop)?;
        Ok::<_, FigureError>(upper[0] - lower[0])
    })?;
    let length = IsolatedEdge::new(&model)?.profile(0.0, 1.0)?.penetration_nm();
    let last = theory[theory.len() - 1];
    let decay: Vec<f64> = widths.iter().map(|w| last * ((600.0 - w) / length).exp()).collect();
    let y = Axis::log("*E*^{+} \u{2212} *E*^{\u{2212}} at *k* = 0", "meV");
    Ok(Panel::new(Axis::linear("*W*", "nm"), y)
        .title("splitting by overlap of the edges")
        .with(Series::line("secular equation", &widths, &theory))
        .with(Series::points("continuum", &few, &full).color(Color::Black))
        .with(
            Series::line("exp(\u{2212}*W* Re *λ*_{2})", &widths, &decay)
                .color(Color::Gray)
                .dash(Dash::Dashed),
        ))
}
