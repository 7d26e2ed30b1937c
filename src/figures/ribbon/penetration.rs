//! How far the states of a single edge reach into the bulk.
use super::{hgte, k_axis};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Figure, Panel, Series};
use crate::ribbon::half_plane::{Branch, HalfPlane};
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::ribbon::{RibbonError, bulk_edges};
use crate::stop::Stop;

const LENGTH: &str = "penetration length";

/// One branch without Rashba coupling, also where the other one has ended (section 2):
/// `lambda = half +- sqrt(half^2 - z)`, `z = z0 + slope k - k^2`.
struct Tail {
    half: f64,
    z0: f64,
    slope: f64,
}

impl Tail {
    fn of(edge: &IsolatedEdge, sigma: f64) -> Result<Self, RibbonError> {
        let middle = edge.profile(0.0, sigma)?;
        let half = 0.5 * middle.decay_per_nm().iter().map(|lambda| lambda.re).sum::<f64>();
        let z0 = middle.product_per_nm2();
        let k = 0.5 * edge.critical_per_nm;
        let slope = (edge.profile(k, sigma)?.product_per_nm2() - z0) / k + k;
        Ok(Self { half, z0, slope })
    }

    /// Where z = 0.
    fn ends(&self) -> [f64; 2] {
        let root = (0.25 * self.slope * self.slope + self.z0).sqrt();
        [0.5 * self.slope - root, 0.5 * self.slope + root]
    }

    fn length(&self, k: f64) -> f64 {
        let z = self.z0 + k * (self.slope - k);
        if z <= 0.0 {
            return f64::NAN;
        }
        let root = (self.half * self.half - z).max(0.0).sqrt();
        (self.half + root) / z.min(self.half * (self.half + root))
    }

    fn lengths(&self, k: &[f64]) -> Vec<f64> {
        k.iter().map(|k| self.length(*k)).collect()
    }
}

/// Fig. 10: section 2.
pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm. (a) Penetration length of both branches of a single \
                   edge without Rashba coupling; each diverges where it merges with the bulk \
                   (vertical lines). Points: the exact half plane with R0 = 156 meV nm. (b) Where \
                   a branch passes the upper edge E_c of the bulk gap: up to the divergence at \
                   k_c edge states and bulk states coexist.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(both(settings, stop)?)
        .with(near_bulk(settings)?))
}

fn both(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let edge = IsolatedEdge::new(&hgte(0.0))?;
    let y = Axis::log(LENGTH, "nm").limits(1.0, 1e4);
    let mut panel = Panel::new(k_axis(), y).title("both branches");
    for (sigma, name) in [(1.0, "rising"), (-1.0, "falling")] {
        let tail = Tail::of(&edge, sigma)?;
        let [from, to] = tail.ends();
        let inside = 1e-5 * (to - from);
        let grid = linear(from + inside, to - inside, settings.pick(241, 481));
        let grid = with(grid, &[0.0, 0.01]);
        panel = panel
            .with(Series::line(name, &grid, &tail.lengths(&grid)))
            .vertical(from, "")
            .vertical(to, "");
    }
    let half_plane = HalfPlane::new(&hgte(156.0))?;
    let marked = linear(-0.022, 0.022, settings.pick(9, 23));
    for (index, branch) in Branch::BOTH.into_iter().enumerate() {
        let points = values(stop, &marked, |k| reach(&half_plane, branch, k))?;
        let name = ["half plane, rising", "half plane, falling"][index];
        panel = panel.with(Series::points(name, &marked, &points).color(Color::Palette(index)));
    }
    Ok(panel)
}

/// A gap in the curve where the branch has merged with the bulk.
fn reach(half_plane: &HalfPlane, branch: Branch, k: f64) -> Result<f64, RibbonError> {
    match half_plane.state(branch, k) {
        Ok(state) => Ok(state.penetration_nm()),
        Err(RibbonError::Missing { .. } | RibbonError::NoConvergence { .. }) => Ok(f64::NAN),
        Err(other) => Err(other),
    }
}

/// The branch that ends at k_c > 0 where it has passed the bulk edge; the other one ends at -k_c.
fn near_bulk(settings: &Settings) -> Result<Panel, FigureError> {
    let model = hgte(0.0);
    let edge = IsolatedEdge::new(&model)?;
    let mut panel =
        Panel::new(k_axis().limits(0.008, 0.025), Axis::linear(LENGTH, "nm").limits(0.0, 2000.0))
            .title("coexistence with the bulk");
    for (sigma, name) in [(1.0, "rising"), (-1.0, "falling")] {
        let tail = Tail::of(&edge, sigma)?;
        let end = tail.ends()[1];
        let energy = edge.energy_mev + sigma * edge.velocity_mev_nm * end;
        let bulk = bulk_edges(&model)?.conduction_mev;
        if energy < bulk {
            continue;
        }
        let enters = sigma * (bulk - edge.energy_mev) / edge.velocity_mev_nm;
        let last = end - 1e-4 * (end - enters);
        let grid = linear(0.8 * enters, last, settings.pick(121, 481));
        panel = panel
            .with(Series::line(name, &grid, &tail.lengths(&grid)))
            .vertical(enters, "*E*_{c}")
            .vertical(end, "*k*_{c}");
    }
    Ok(panel)
}
