//! Spin rotation of ribbons: P(k), and K_tot.
use super::{WIDTH, device, hgte, k_axis};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, check, values};
use crate::plot::{Axis, Color, Figure, Panel, Series};
use crate::ribbon::four_state::FourState;
use crate::ribbon::{Projection, RibbonError, bulk_edges};
use crate::stop::Stop;

const WIDTHS: [f64; 4] = [150.0, 200.0, 250.0, 300.0];

/// Fig. 7: section 7.
pub(super) fn ribbon(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm. Weight of the opposite spin in the lower band of \
                   the upper pair. Lines: four-state model; points: full solution in the \
                   continuum, projected on the lower edge band without Rashba coupling. The peak \
                   grows with the width while its range shrinks.";
    let mut figure = captioned(caption).columns(2).parameter("material", super::HGTE);
    for coupling in [156.0, 15.6] {
        figure = figure.with(peaks(coupling, settings, stop)?);
    }
    Ok(figure)
}

fn peaks(coupling: f64, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let end = 0.003;
    let model = hgte(coupling);
    let near_zero = |points: Vec<f64>| -> Vec<f64> {
        // Evenly in the square root: the peaks crowd at small k.
        points.into_iter().map(|t| end * t * t).collect()
    };
    let mut panel = Panel::new(k_axis().limits(0.0, end), Axis::linear("*P*(*k*)", ""))
        .title(&format!("*R*_{{0}} = {coupling} meV nm"))
        .legend_title("*W* (nm)");
    for (index, width) in WIDTHS.into_iter().enumerate() {
        let theory = FourState::new(&model, width)?;
        let grid = near_zero(linear(0.02, 1.0, settings.pick(121, 481)));
        let grid = with(grid, &[0.001]);
        let line = values(stop, &grid, |k| theory.at(k).map(|point| point.projection()))?;
        let full = Projection::new(model, width)?;
        let few = with(near_zero(linear(0.1, 1.0, settings.pick(6, 31))), &[0.001]);
        let device = device()?;
        let points = values(stop, &few, |k| full.at(k, &device, stop))?;
        let (color, name) = (Color::Palette(index), format!("{width}"));
        let series = Series::points(&format!("{name}, continuum"), &few, &points);
        panel = panel
            .with(Series::line(&name, &grid, &line).color(color))
            .with(series.color(color).unlisted());
    }
    Ok(panel)
}

/// Fig. 8: section 7.
pub(super) fn total(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm. K_tot: the integral over |P(k) - P(k_r)| from k = 0 \
                   to k_r, where the upper edge band without Rashba coupling reaches the upper \
                   edge of the bulk gap; over R0^2. (a) Four-state model. (b) Beside it (lines) the \
                   full solution in the continuum (points; not with --quick). (c) k_r, which does not depend on R0 \
                   as long as the upper edge of the gap does not.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(scaled(settings, stop)?)
        .with(compared(settings, stop)?)
        .with(ends(settings, stop)?))
}

const SCALED: &str = "*K*_{tot}/*R*_{0}^{2}";
const SCALED_UNIT: &str = "1/(meV^{2} nm^{3})";

/// Section 7's checks are at W = 150, 200, 300; a gap in the curve where k_r does not exist.
fn four_state(
    coupling: f64,
    widths: &[f64],
    stop: &dyn Stop,
) -> Result<[Vec<f64>; 2], FigureError> {
    let model = hgte(coupling);
    let edge = bulk_edges(&model)?.conduction_mev;
    let mut rows: [Vec<f64>; 2] = Default::default();
    for width in widths {
        check(stop)?;
        let (total, end) = match FourState::new(&model, *width)?.total_rotation(edge) {
            Ok(found) => (found.total_per_nm / (coupling * coupling), found.k_bulk_per_nm),
            Err(RibbonError::Missing { .. } | RibbonError::Invalid(_)) => (f64::NAN, f64::NAN),
            Err(other) => return Err(other.into()),
        };
        rows[0].push(total);
        rows[1].push(end);
    }
    Ok(rows)
}

fn widths(settings: &Settings) -> Vec<f64> {
    with(linear(130.0, 400.0, settings.pick(7, 28)), &[150.0, 200.0, 300.0])
}

fn scaled(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let widths = widths(settings);
    let mut panel = Panel::new(Axis::linear(WIDTH, "nm"), Axis::linear(SCALED, SCALED_UNIT))
        .title("four-state model")
        .legend_title("*R*_{0} (meV nm)");
    for coupling in [15.6, 78.0, 156.0, 390.0] {
        let [line, _] = four_state(coupling, &widths, stop)?;
        panel = panel.with(Series::line(&format!("{coupling}"), &widths, &line));
    }
    Ok(panel)
}

fn compared(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let widths = widths(settings);
    let mut panel = Panel::new(Axis::linear(WIDTH, "nm"), Axis::log(SCALED, SCALED_UNIT))
        .title("full solution")
        .legend_title("*R*_{0} (meV nm)");
    // A point of the full solution takes hundreds of spectra.
    let few: &[f64] = if settings.quick { &[] } else { &[150.0, 200.0, 250.0, 300.0] };
    let device = device()?;
    for (index, coupling) in [15.6, 156.0].into_iter().enumerate() {
        let [line, _] = four_state(coupling, &widths, stop)?;
        let points = values(stop, few, |width| {
            let found = Projection::new(hgte(coupling), width)?.total(None, &device, stop)?;
            Ok::<_, FigureError>(found.total_per_nm / (coupling * coupling))
        })?;
        let (color, name) = (Color::Palette(2 * index), format!("{coupling}"));
        let series = Series::points(&format!("{name}, continuum"), few, &points);
        panel = panel
            .with(Series::line(&name, &widths, &line).color(color))
            .with(series.color(color).unlisted());
    }
    Ok(panel)
}

fn ends(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let widths = widths(settings);
    let [_, line] = four_state(156.0, &widths, stop)?;
    Ok(Panel::new(Axis::linear(WIDTH, "nm"), Axis::linear("*k*_{r}", "1/nm"))
        .title("where the edge band meets the bulk")
        .with(Series::line("*k*_{r}", &widths, &line)))
}
