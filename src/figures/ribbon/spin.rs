//! The spin of a single edge: two-state model beside the exact half plane.
use super::edge::{COUPLINGS, MARKED};
use super::{K, PER_NM, hgte, k_axis};
use crate::figures::grid::{linear, logarithmic, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::ribbon::RibbonError;
use crate::ribbon::half_plane::{Branch, HalfPlane};
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::stop::Stop;

/// Fig. 4 beside section 8.
pub(super) fn projection(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Single edge of an HgTe quantum well of 7 nm. (a) Weight of the minority spin \
                   in the two-state model. (b) The same of the exact states of the half plane \
                   (lines: rising branch, dashed: falling) beside the two-state model (dotted): \
                   exact weights are larger by one to two orders of magnitude, as they contain \
                   the precession of the spin across the edge. (c) Overlap of the rising state at \
                   k with the falling one at k/2: points, exact; lines, |k^2 - k'^2|/k0^2 with k0 \
                   of the two-state model; dashed, with the exact k0. (d) k0 in both.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(two_state(settings, stop)?)
        .with(minorities(settings, stop)?)
        .with(overlaps(settings, stop)?)
        .with(rotations(settings, stop)?))
}

const MINORITY: &str = "minority-spin weight";

fn two_state(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let mut panel = Panel::new(k_axis(), Axis::linear("*P*_{*k*}", ""))
        .title("two-state model")
        .legend_title("*R*_{0} (meV nm)");
    for coupling in COUPLINGS {
        let edge = IsolatedEdge::new(&hgte(coupling))?;
        let end = 0.9999 * edge.critical_per_nm;
        let grid = with(linear(-end, end, settings.pick(49, 193)), &[0.005]);
        let line = values(stop, &grid, |k| edge.at(k).map(|point| point.minority_weight))?;
        panel = panel.with(Series::line(&format!("{coupling}"), &grid, &line));
    }
    Ok(panel)
}

/// A gap in the curve where the branch has merged with the bulk.
fn minority(half_plane: &HalfPlane, branch: Branch, k: f64) -> Result<f64, RibbonError> {
    match half_plane.state(branch, k) {
        Ok(state) => Ok(state.minority_weight()),
        Err(RibbonError::Missing { .. } | RibbonError::NoConvergence { .. }) => Ok(f64::NAN),
        Err(other) => Err(other),
    }
}

fn minorities(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let y = Axis::log(MINORITY, "").limits(1e-7, 1.0);
    let mut panel = Panel::new(k_axis().limits(0.0, 0.0235), y)
        .title("exact half plane")
        .legend_title("*R*_{0} (meV nm)");
    let grid = with(linear(0.0, 0.0235, settings.pick(24, 95)), &MARKED);
    for (index, coupling) in COUPLINGS.into_iter().enumerate() {
        let (edge, half_plane) =
            (IsolatedEdge::new(&hgte(coupling))?, HalfPlane::new(&hgte(coupling))?);
        let color = Color::Palette(index);
        for (branch, name, dash) in [
            (Branch::Rising, format!("{coupling}"), Dash::Solid),
            (Branch::Falling, format!("{coupling}, falling"), Dash::Dashed),
        ] {
            let line = values(stop, &grid, |k| minority(&half_plane, branch, k))?;
            let series = Series::line(&name, &grid, &line).color(color).dash(dash);
            let listed = if branch == Branch::Rising { series } else { series.unlisted() };
            panel = panel.with(listed);
        }
        let line = values(stop, &grid, |k| edge.at(k).map(|point| point.minority_weight))?;
        let name = format!("{coupling}, two-state model");
        let series = Series::line(&name, &grid, &line).color(color).dash(Dash::Dotted);
        panel = panel.with(series.unlisted());
    }
    Ok(panel)
}

fn overlaps(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let label = "*f*(*k*, *k*/2)";
    let mut panel = Panel::new(Axis::log(K, PER_NM), Axis::log(label, ""))
        .title("overlap of opposite branches")
        .legend_title("*R*_{0} (meV nm)");
    let grid = logarithmic(5e-4, 0.01, settings.pick(5, 9));
    for (index, coupling) in COUPLINGS.into_iter().enumerate() {
        let half_plane = HalfPlane::new(&hgte(coupling))?;
        let marked = with(grid.clone(), &[0.004]);
        let points = values(stop, &marked, |k| half_plane.overlap(k, 0.5 * k))?;
        let expected =
            |inverse: f64| -> Vec<f64> { marked.iter().map(|k| 0.75 * k * k * inverse).collect() };
        let plain = expected(IsolatedEdge::new(&hgte(coupling))?.inverse_k0_squared_nm2);
        let exact = expected(half_plane.effective_rotation()?.inverse_k0_squared_nm2);
        let (color, name) = (Color::Palette(index), format!("{coupling}"));
        let dashed = Series::line(&format!("{name}, exact k0"), &marked, &exact);
        panel = panel
            .with(Series::line(&name, &marked, &plain).color(color))
            .with(dashed.color(color).dash(Dash::Dashed).unlisted())
            .with(
                Series::points(&format!("{name}, half plane"), &marked, &points)
                    .color(color)
                    .unlisted(),
            );
    }
    Ok(panel)
}

fn rotations(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(logarithmic(5.0, 400.0, settings.pick(9, 25)), &[15.6, 156.0]);
    let plain =
        values(stop, &grid, |coupling| IsolatedEdge::new(&hgte(coupling)).map(|e| e.k0_per_nm))?;
    let exact = values(stop, &grid, |coupling| {
        HalfPlane::new(&hgte(coupling))?.effective_rotation().map(|found| found.k0_per_nm)
    })?;
    let x = Axis::log("*R*_{0}", "meV nm");
    Ok(Panel::new(x, Axis::log("*k*_{0}", PER_NM))
        .title("scale of the spin rotation")
        .with(Series::line("two-state model", &grid, &plain))
        .with(Series::line_points("half plane", &grid, &exact)))
}
