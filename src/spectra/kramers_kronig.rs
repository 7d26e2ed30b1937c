//! Real part of a retarded function from its spectral weight, G(w) = int A(w')/(w+ - w') dw' (A55).
//!
//! A is interpolated between the points of any ascending grid and integrated exactly: next to the
//! pole in closed form, p(w) ln|(w - a)/(w - b)| minus the polynomial that remains; far from it, where
//! that form cancels, by a Gauss rule that is exact to rounding there.
use rayon::prelude::*;

use super::grid::{ascending, finite_weights};
use super::weight::Weight;
use super::{SpectraError, finite_slice, same_length};
use crate::invalid::Invalid;
use crate::stop::Stop;

/// A between the points of its grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// Straight lines.
    Linear,
    /// Cubic Hermite pieces; the slope at a point is that of the parabola through it and its
    /// neighbours.
    Cubic,
}

/// A beyond the ends of its grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Zero.
    None,
    /// A(end) (end/w)^2, as of a Lorentzian; the grid has to reach to both sides of 0.
    InverseSquare,
}

/// A polynomial of degree 3 in s = w - middle on one interval; real or imaginary part.
#[derive(Debug, Clone, Copy)]
struct Piece {
    edges: [f64; 2],
    middle: f64,
    half: f64,
    coefficients: [f64; 4],
}

/// Nodes and weights of the ten-point Gauss rule on -1..1, the positive half.
pub(super) const GAUSS: [[f64; 2]; 5] = [
    [0.148_874_338_981_631_22, 0.295_524_224_714_752_87],
    [0.433_395_394_129_247_2, 0.269_266_719_309_996_35],
    [0.679_409_568_299_024_4, 0.219_086_362_515_982_04],
    [0.865_063_366_688_984_5, 0.149_451_349_150_580_6],
    [0.973_906_528_517_171_7, 0.066_671_344_308_688_14],
];
/// From this many half-widths on, the rule's error is below (d + sqrt(d^2 - 1))^-20 = 1e-18.
const FAR: f64 = 4.1;

impl Piece {
    fn value(&self, s: f64) -> f64 {
        let [a, b, c, d] = self.coefficients;
        a + s * (b + s * (c + s * d))
    }

    /// Integral of f(w) times the polynomial.
    fn integral(&self, f: impl Fn(f64) -> f64) -> f64 {
        let mut sum = 0.0;
        for [node, weight] in GAUSS {
            let s = self.half * node;
            sum += weight * (f(self.middle + s) * self.value(s));
            sum += weight * (f(self.middle - s) * self.value(-s));
        }
        sum * self.half
    }

    /// Principal value of the integral of p(w')/(w - w'), without the logarithm of a distance that
    /// is 0: at a point of the grid those of its two sides cancel.
    fn principal(&self, w: f64) -> f64 {
        let s = w - self.middle;
        if FAR * self.half <= s.abs() {
            return self.integral(|other| 1.0 / (w - other));
        }
        // p(s') = p(s) + (s' - s) r(s'): the integral of r over the interval, r = e + f s' + g s'^2.
        let [_, b, c, d] = self.coefficients;
        let (e, g) = (b + s * (c + s * d), d);
        let rest = 2.0 * self.half * (e + g * self.half * self.half / 3.0);
        let [left, right] = self.edges.map(|edge| w - edge);
        self.value(s) * (logarithm(left) - logarithm(right)) - rest
    }
}

fn logarithm(distance: f64) -> f64 {
    if distance == 0.0 { 0.0 } else { distance.abs().ln() }
}

/// Principal value of the integral of A(w')/(w - w') at each of `at`: the real part of the retarded
/// function if A is real, and what multiplies like it if A is complex; the other part is -i pi A.
///
/// `frequencies` (ascending) and `values` are A; `at` may be any frequencies. In weight per unit of
/// energy.
///
/// # Errors
/// Lengths that differ, a grid that does not ascend, values that are not finite; an end of the grid
/// among `at` where A jumps there; [`Tail::InverseSquare`] on a grid on one side of 0;
/// [`SpectraError::Stopped`].
pub fn kramers_kronig<W: Weight>(
    frequencies: &[f64],
    values: &[W],
    at: &[f64],
    interpolation: Interpolation,
    tail: Tail,
    stop: &dyn Stop,
) -> Result<Vec<W>, SpectraError> {
    check(frequencies, values, at, tail)?;
    let mut parts = Vec::new();
    for part in 0..W::PARTS {
        let points: Vec<f64> = values.iter().map(|value| value.part(part)).collect();
        let pieces = pieces(frequencies, &points, interpolation);
        let ends = [0, frequencies.len() - 1].map(|i| [frequencies[i], points[i]]);
        let one = |w: &f64| {
            if stop.stopped() {
                return Err(SpectraError::Stopped);
            }
            let sum: f64 = pieces.iter().map(|piece| piece.principal(*w)).sum();
            Ok(if tail == Tail::None { sum } else { sum + tails(*w, ends) })
        };
        let found: Result<Vec<f64>, _> = at.par_iter().map(one).collect();
        parts.push(found?);
    }
    let part = |index: usize, i: usize| parts.get(index).map_or(0.0, |values: &Vec<f64>| values[i]);
    Ok((0..at.len()).map(|i| W::from_parts(part(0, i), part(1, i))).collect())
}

fn check<W: Weight>(
    frequencies: &[f64],
    values: &[W],
    at: &[f64],
    tail: Tail,
) -> Result<(), Invalid> {
    if frequencies.len() < 2 {
        return Err(Invalid::new(
            "frequencies",
            format!("{} values", frequencies.len()),
            "2 or more",
        ));
    }
    ascending("frequencies", frequencies)?;
    same_length("values", values.len(), frequencies.len())?;
    finite_weights("values", values)?;
    finite_slice("at", at)?;
    let ends = [0, frequencies.len() - 1];
    if tail == Tail::InverseSquare {
        if 0.0 <= frequencies[0] || frequencies[ends[1]] <= 0.0 {
            let expected = "a grid on both sides of 0, for tails like 1/w^2";
            return Err(Invalid::new("frequencies", "a grid on one side of 0", expected));
        }
        return Ok(());
    }
    for end in ends {
        let jumps = (0..W::PARTS).any(|part| values[end].part(part) != 0.0);
        if let (true, Some(i)) = (jumps, at.iter().position(|w| *w == frequencies[end])) {
            let expected = "not an end of the grid, unless A is 0 there: the integral diverges";
            return Err(Invalid::new(format!("at[{i}]"), at[i], expected));
        }
    }
    Ok(())
}

fn pieces(x: &[f64], y: &[f64], interpolation: Interpolation) -> Vec<Piece> {
    let slope = |i: usize| (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
    let at_point = |i: usize| parabola_slope(x, y, i);
    let piece = |i: usize| {
        let step = x[i + 1] - x[i];
        let straight = slope(i);
        let [left, right] = match interpolation {
            Interpolation::Linear => [straight; 2],
            Interpolation::Cubic => [at_point(i), at_point(i + 1)],
        };
        // Hermite form about the middle: deviations of the end slopes from the straight line.
        let (sum, difference) = (left + right - 2.0 * straight, right - left);
        let coefficients = [
            0.5 * (y[i] + y[i + 1]) - 0.125 * step * difference,
            straight - 0.25 * sum,
            0.5 * difference / step,
            sum / (step * step),
        ];
        let edges = [x[i], x[i + 1]];
        Piece { edges, middle: x[i] + 0.5 * step, half: 0.5 * step, coefficients }
    };
    (0..x.len() - 1).map(piece).collect()
}

/// Slope at point i of the parabola through it and its neighbours (the nearest three at the ends).
fn parabola_slope(x: &[f64], y: &[f64], i: usize) -> f64 {
    let last = x.len() - 1;
    if last < 2 {
        return (y[1] - y[0]) / (x[1] - x[0]);
    }
    let m = i.clamp(1, last - 1);
    let (before, after) = (x[m] - x[m - 1], x[m + 1] - x[m]);
    let (left, right) = ((y[m] - y[m - 1]) / before, (y[m + 1] - y[m]) / after);
    let bend = (right - left) / (before + after);
    left + bend * ((x[i] - x[m - 1]) + (x[i] - x[m]))
}

/// Both tails: A E^2/w'^2 beyond an end E gives A (x + ln|1 - x|)/x^2 with x = w/E (right; mirrored at
/// the left end), without the logarithm of 0.
fn tails(w: f64, [low, high]: [[f64; 2]; 2]) -> f64 {
    high[1] * tail_factor(w / high[0]) - low[1] * tail_factor(w / low[0])
        + end_logarithm(w, high[0], high[1])
        - end_logarithm(w, low[0], low[1])
}

/// At an end of the grid the last piece leaves out ln 0 and the tail ln|1 - x| = ln 0: together they
/// are ln|w - E| - ln|w - E| + ln(1/|E|).
fn end_logarithm(w: f64, end: f64, value: f64) -> f64 {
    if w == end { -value * end.abs().ln() } else { 0.0 }
}

/// (x + ln|1 - x|)/x^2; at x = 1 without the logarithm.
fn tail_factor(x: f64) -> f64 {
    if x == 1.0 {
        return 1.0;
    }
    if x.abs() < 0.03 {
        let term = |k: i32| x.powi(k) / f64::from(k + 2);
        return -(0..10).map(term).sum::<f64>();
    }
    let log = if x < 0.5 { (-x).ln_1p() } else { (x - 1.0).abs().ln() };
    (x + log) / (x * x)
}
