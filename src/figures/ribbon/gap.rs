//! The gap of the edge bands, its position, and where it vanishes.
use super::{PER_NM, WIDTH, device, hgte};
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, check};
use crate::plot::{Axis, Color, Figure, Panel, Series};
use crate::ribbon::four_state::FourState;
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::ribbon::{Gap, Ribbon, RibbonError, edge_gap};
use crate::stop::Stop;

const COUPLINGS: [f64; 4] = [15.6, 78.0, 156.0, 390.0];

/// One coupling: widths, gaps and positions of the four-state model and of the full solution.
struct Curves {
    coupling: f64,
    widths: Vec<f64>,
    theory: [Vec<f64>; 2],
    marked: Vec<f64>,
    full: [Vec<f64>; 2],
    ratio: Vec<f64>,
}

/// Fig. 6: sections 5 and 6, and the destructive interference.
pub(super) fn width(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "HgTe quantum well of 7 nm. Lines: four-state model; points: full solution in \
                   the continuum. (a) Gap between the edge bands, (b) its position (there is \
                   another at -k), against the width. (c) Gap of the full solution over the \
                   splitting at k = 0, continued with its sign through the zeros: widths of \
                   destructive interference, which the four-state model does not have. Points closer to \
                   k = 0 than 1.2e-4 k_c are left out. Vertical: \
                   the first zero for R0 = 390 meV nm, interpolated.";
    let curves: Vec<Curves> = COUPLINGS
        .into_iter()
        .map(|coupling| computed(coupling, settings, stop))
        .collect::<Result<_, _>>()?;
    let size = Axis::log("*Δ*", "meV");
    let position = Axis::log("*k*_{*Δ*}", PER_NM);
    Ok(captioned(caption)
        .columns(2)
        .parameter("material", super::HGTE)
        .with(panel("gap", size, &curves, 0))
        .with(panel("its position", position, &curves, 1))
        .with(interference(&curves)))
}

fn computed(coupling: f64, settings: &Settings, stop: &dyn Stop) -> Result<Curves, FigureError> {
    let model = hgte(coupling);
    let strong = 300.0 < coupling;
    let widths = with(linear(100.0, 500.0, settings.pick(17, 81)), &[150.0, 200.0, 300.0]);
    let mut theory: [Vec<f64>; 2] = Default::default();
    for width in &widths {
        check(stop)?;
        let found = resolved(FourState::new(&model, *width)?.gap())?;
        theory[0].push(found.map_or(f64::NAN, |gap| gap.gap_mev));
        theory[1].push(found.map_or(f64::NAN, |gap| gap.k_per_nm));
    }
    let marked = match (settings.quick, strong) {
        (true, false) if coupling == 156.0 => vec![150.0, 300.0],
        (true, false) => vec![200.0],
        (true, true) => vec![336.0, 346.0, 360.0, 370.0],
        (false, _) => with(linear(100.0, 500.0, 21), &[150.0, 200.0, 300.0, 346.0, 354.0]),
    };
    let end = IsolatedEdge::new(&model)?.critical_per_nm;
    let mut full: [Vec<f64>; 2] = Default::default();
    let mut ratio = Vec::new();
    for width in &marked {
        let ribbon = Ribbon::continuum(model, *width, None)?;
        let found = resolved(edge_gap(&ribbon, &device()?, stop))?;
        // At the end of the search: the gap is closer to k = 0 than is looked.
        let found = found.filter(|gap| 1.2e-4 * end < gap.k_per_nm);
        full[0].push(found.map_or(f64::NAN, |gap| gap.gap_mev));
        full[1].push(found.map_or(f64::NAN, |gap| gap.k_per_nm));
        ratio.push(found.as_ref().map_or(f64::NAN, Gap::ratio));
    }
    let ratio = signed(&marked, &ratio);
    Ok(Curves { coupling, widths, theory, marked, full, ratio })
}

/// None below the resolution of double precision.
fn resolved<T>(found: Result<T, RibbonError>) -> Result<Option<T>, FigureError> {
    match found {
        Ok(gap) => Ok(Some(gap)),
        Err(RibbonError::BelowResolution { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn panel(title: &str, y: Axis, curves: &[Curves], part: usize) -> Panel {
    let mut panel =
        Panel::new(Axis::linear(WIDTH, "nm"), y).title(title).legend_title("*R*_{0} (meV nm)");
    for (index, curve) in curves.iter().enumerate() {
        let (color, name) = (Color::Palette(index), format!("{}", curve.coupling));
        let points =
            Series::points(&format!("{name}, continuum"), &curve.marked, &curve.full[part]);
        panel = panel
            .with(Series::line(&name, &curve.widths, &curve.theory[part]).color(color))
            .with(points.color(color).unlisted());
    }
    panel
}

fn interference(curves: &[Curves]) -> Panel {
    let y = Axis::linear("*Δ*/[*E*_{3} \u{2212} *E*_{2}](*k* = 0)", "");
    let mut panel = Panel::new(Axis::linear(WIDTH, "nm"), y)
        .title("with its sign")
        .legend_title("*R*_{0} (meV nm)")
        .horizontal(0.0, "");
    for (index, curve) in curves.iter().enumerate() {
        let name = format!("{}", curve.coupling);
        let series = Series::line_points(&name, &curve.marked, &curve.ratio);
        panel = panel.with(series.color(Color::Palette(index)));
        if let Some(width) = zero(&curve.marked, &curve.ratio) {
            panel = panel
                .vertical(width, "first zero")
                .with(Series::points(&format!("{name}, first zero"), &[width], &[0.0]).unlisted());
        }
    }
    panel
}

/// With the sign that continues the two values before: the ratio goes through zero smoothly, its
/// modulus turns there.
fn signed(x: &[f64], modulus: &[f64]) -> Vec<f64> {
    let mut found: Vec<f64> = Vec::with_capacity(modulus.len());
    for i in 0..modulus.len() {
        let expected = match i {
            0 => 1.0,
            1 => found[0],
            _ => {
                let slope = (found[i - 1] - found[i - 2]) / (x[i - 1] - x[i - 2]);
                found[i - 1] + slope * (x[i] - x[i - 1])
            }
        };
        found.push(modulus[i].copysign(expected));
    }
    found
}

/// The first zero, by the polynomial through the two points on each side of it.
fn zero(x: &[f64], y: &[f64]) -> Option<f64> {
    let after = (1..y.len()).find(|i| y[i - 1] * y[*i] < 0.0)?;
    let first = after.saturating_sub(2);
    let near = first..(after + 2).min(y.len());
    let (x, y) = (&x[near.clone()], &y[near]);
    // Inverse interpolation: x as a function of y, at 0.
    let mut sum = 0.0;
    for i in 0..y.len() {
        let mut term = x[i];
        for j in 0..y.len() {
            if i != j {
                term *= y[j] / (y[j] - y[i]);
            }
        }
        sum += term;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modulus of a cosine gets its sign back, and its zero at 1.5 / q.
    #[test]
    fn a_cosine_goes_through_its_zero() {
        let x = linear(0.0, 2.0, 21);
        let modulus: Vec<f64> = x.iter().map(|x| (1.2 * x).cos().abs()).collect();
        let found = signed(&x, &modulus);
        for (x, y) in x.iter().zip(&found) {
            assert!((y - (1.2 * x).cos()).abs() < 1e-15, "{x}: {y}");
        }
        let expected = std::f64::consts::FRAC_PI_2 / 1.2;
        assert!((zero(&x, &found).unwrap() - expected).abs() < 1e-5);
        assert_eq!(zero(&x, &[1.0; 21]), None);
    }
}
