//! Series as shapes: lines with gaps, points, steps, bands.
use super::color::{self, Rgb};
use super::figure::{Color, Dash, Draw, Marker, Series};
use super::scale::Mapping;
use super::svg::{Area, Canvas, Stroke};

const LINE_WIDTH: f64 = 1.6;
const MARKER_RADIUS: f64 = 3.0;
const BAND_OPACITY: f64 = 0.22;

type Point = (f64, f64);
type Piece = Vec<Point>;

/// A series where it is drawn.
pub(super) struct Placed<'a> {
    pub series: &'a Series,
    pub color: Rgb,
    /// Connected pieces of the line (of a band: closed), cut at the panel's edge.
    pub pieces: Vec<Piece>,
    /// Where points are drawn; also a value without neighbours in a line.
    pub points: Vec<Point>,
}

/// Colours in the order of the series: those that leave the choice open take the next one.
pub(super) fn colors(series: &[Series]) -> Vec<Rgb> {
    let mut auto = 0;
    let mut next = |one: &Series| {
        let color = color::of(one.color, auto);
        auto += usize::from(one.color == Color::Auto);
        color
    };
    series.iter().map(&mut next).collect()
}

pub(super) fn place<'a>(
    series: &'a Series,
    color: Rgb,
    x: &Mapping,
    y: &Mapping,
    area: &Area,
) -> Placed<'a> {
    let (mut pieces, mut points) = (Vec::new(), Vec::new());
    match series.draw {
        Draw::Band => pieces = bands(series, x, y),
        Draw::Points => points = shown(series, x, y),
        draw => {
            let runs = match draw {
                Draw::Steps => stairs(runs(series, x, y)),
                _ => runs(series, x, y),
            };
            let alone = runs.iter().filter(|run| run.len() == 1);
            points = alone.map(|run| run[0]).filter(|point| area.holds(point.0, point.1)).collect();
            if draw == Draw::LinePoints {
                points = shown(series, x, y);
            }
            // Half a line's width outside the frame nothing is seen.
            let visible = area.grown(LINE_WIDTH);
            pieces = runs.iter().flat_map(|run| cut(run, &visible)).collect();
        }
    }
    Placed { series, color, pieces, points }
}

/// Points that have a place and lie in the panel.
fn shown(series: &Series, x: &Mapping, y: &Mapping) -> Vec<Point> {
    let pairs = series.x.iter().zip(&series.y);
    pairs
        .filter(|(a, b)| x.shows(**a) && y.shows(**b))
        .filter_map(|(a, b)| Some((x.at(*a)?, y.at(*b)?)))
        .collect()
}

/// Runs without gaps.
fn runs(series: &Series, x: &Mapping, y: &Mapping) -> Vec<Piece> {
    let mut runs = vec![Piece::new()];
    for (a, b) in series.x.iter().zip(&series.y) {
        match (x.at(*a), y.at(*b), runs.last_mut()) {
            (Some(a), Some(b), Some(run)) => run.push((a, b)),
            _ => runs.push(Piece::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn stairs(runs: Vec<Piece>) -> Vec<Piece> {
    let stair = |run: Piece| {
        let mut stairs = Piece::with_capacity(2 * run.len());
        for (index, point) in run.iter().enumerate() {
            if 0 < index {
                stairs.push((point.0, run[index - 1].1));
            }
            stairs.push(*point);
        }
        stairs
    };
    runs.into_iter().map(stair).collect()
}

/// There along the lower edge, back along the upper one.
fn bands(series: &Series, x: &Mapping, y: &Mapping) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut lower, mut upper) = (Piece::new(), Piece::new());
    let mut close = |lower: &mut Piece, upper: &mut Piece| {
        lower.extend(upper.drain(..).rev());
        if !lower.is_empty() {
            pieces.push(std::mem::take(lower));
        }
    };
    for ((a, low), high) in series.x.iter().zip(&series.y).zip(&series.upper) {
        match (x.at(*a), y.at(*low), y.at(*high)) {
            (Some(a), Some(low), Some(high)) => {
                lower.push((a, low));
                upper.push((a, high));
            }
            _ => close(&mut lower, &mut upper),
        }
    }
    close(&mut lower, &mut upper);
    pieces
}

/// The parts of a polyline inside the rectangle.
fn cut(run: &[Point], area: &Area) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for pair in run.windows(2) {
        let Some((from, to)) = cut_segment(pair[0], pair[1], area) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// Liang and Barsky: the shares of the segment where each edge is crossed.
fn cut_segment(a: Point, b: Point, area: &Area) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut first, mut last) = (0.0_f64, 1.0_f64);
    for (slope, distance) in [
        (-dx, a.0 - area.left),
        (dx, area.right() - a.0),
        (-dy, a.1 - area.top),
        (dy, area.bottom() - a.1),
    ] {
        if slope == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else if slope < 0.0 {
            first = first.max(distance / slope);
        } else {
            last = last.min(distance / slope);
        }
    }
    let at = |share: f64| (a.0 + share * dx, a.1 + share * dy);
    // The ends themselves, not a rounded copy: pieces are joined by comparing them.
    let from = if first == 0.0 { a } else { at(first) };
    let to = if last == 1.0 { b } else { at(last) };
    (first <= last).then_some((from, to))
}

/// Lines and bands; points are drawn by [`draw_points`], after the frame.
pub(super) fn draw(canvas: &mut Canvas<'_>, placed: &Placed<'_>) {
    let pieces: Vec<&[Point]> = placed.pieces.iter().map(Vec::as_slice).collect();
    if placed.series.draw == Draw::Band {
        canvas.polygons(&pieces, placed.color, BAND_OPACITY);
    } else {
        canvas.lines(&pieces, stroke(placed.color, placed.series.dash));
    }
}

pub(super) fn draw_points(canvas: &mut Canvas<'_>, placed: &Placed<'_>) {
    let radius = match placed.series.draw {
        Draw::Points | Draw::LinePoints => MARKER_RADIUS,
        _ => LINE_WIDTH,
    };
    for (x, y) in &placed.points {
        marker(canvas, placed.series.marker, *x, *y, radius, placed.color);
    }
}

fn stroke(color: Rgb, dash: Dash) -> Stroke {
    Stroke { color, width: LINE_WIDTH, dash }
}

fn marker(canvas: &mut Canvas<'_>, kind: Marker, x: f64, y: f64, r: f64, color: Rgb) {
    let polygon = |corners: &[Point]| -> Piece {
        corners.iter().map(|(dx, dy)| (x + r * dx, y + r * dy)).collect()
    };
    match kind {
        Marker::Circle => canvas.disc(x, y, r, color),
        Marker::Square => {
            let s = 0.88;
            canvas.polygons(&[&polygon(&[(-s, -s), (s, -s), (s, s), (-s, s)])], color, 1.0);
        }
        Marker::Triangle => {
            canvas.polygons(&[&polygon(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)])], color, 1.0);
        }
        Marker::Diamond => {
            let s = 1.3;
            canvas.polygons(&[&polygon(&[(0.0, -s), (s, 0.0), (0.0, s), (-s, 0.0)])], color, 1.0);
        }
        Marker::Cross => {
            let (rising, falling) =
                (polygon(&[(-1.0, 1.0), (1.0, -1.0)]), polygon(&[(-1.0, -1.0), (1.0, 1.0)]));
            canvas.lines(&[&rising, &falling], stroke(color, Dash::Solid));
        }
    }
}

/// What stands before the name in a legend.
pub(super) fn sample(canvas: &mut Canvas<'_>, series: &Series, color: Rgb, area: &Area) {
    let (left, middle, right) = (area.left, area.left + 0.5 * area.width, area.right());
    let y = area.top + 0.5 * area.height;
    match series.draw {
        Draw::Band => {
            let patch = Area { top: y - 4.0, height: 8.0, ..*area };
            canvas.rectangle(patch, color, BAND_OPACITY);
        }
        Draw::Points => marker(canvas, series.marker, middle, y, MARKER_RADIUS, color),
        draw => {
            canvas.lines(&[&[(left, y), (right, y)]], stroke(color, series.dash));
            if draw == Draw::LinePoints {
                marker(canvas, series.marker, middle, y, MARKER_RADIUS, color);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::figure::Scale;

    fn axes() -> (Mapping, Mapping, Area) {
        let axis = |from, to| Mapping { scale: Scale::Linear, low: 0.0, high: 10.0, from, to };
        let area = Area { left: 0.0, top: 0.0, width: 100.0, height: 100.0 };
        (axis(0.0, 100.0), axis(100.0, 0.0), area)
    }

    fn placed(series: &Series) -> (Vec<Piece>, Vec<Point>) {
        let (x, y, area) = axes();
        let found = place(series, [0; 3], &x, &y, &area);
        (found.pieces, found.points)
    }

    #[test]
    fn a_gap_splits_a_line_and_a_lonely_value_is_a_point() {
        let x: Vec<f64> = (0..6).map(f64::from).collect();
        let nan = f64::NAN;
        let (pieces, points) = placed(&Series::line("", &x, &[1.0, 2.0, nan, 3.0, nan, 4.0]));
        assert_eq!(pieces, [vec![(0.0, 90.0), (10.0, 80.0)]]);
        assert_eq!(points, [(30.0, 70.0), (50.0, 60.0)]);
    }

    #[test]
    fn lines_end_at_the_edge_with_their_slope() {
        let (pieces, _) = placed(&Series::line("", &[0.0, 20.0], &[0.0, 20.0]));
        let (x, y) = pieces[0][1];
        assert!((x - (100.0 + LINE_WIDTH)).abs() < 1e-9 && (x + y - 100.0).abs() < 1e-9);
        let far = f64::MAX;
        let (pieces, _) = placed(&Series::line("", &[5.0, 5.0], &[-far, far]));
        assert_eq!(pieces[0].len(), 2, "{pieces:?}");
    }

    #[test]
    fn steps_hold_their_value() {
        let (pieces, _) = placed(&Series::steps("", &[0.0, 1.0], &[1.0, 2.0]));
        assert_eq!(pieces, [vec![(0.0, 90.0), (10.0, 90.0), (10.0, 80.0)]]);
    }

    #[test]
    fn a_band_goes_there_and_back() {
        let band = Series::band("", &[0.0, 1.0], &[1.0, 1.0], &[2.0, 3.0]);
        let (pieces, _) = placed(&band);
        assert_eq!(pieces, [vec![(0.0, 90.0), (10.0, 90.0), (10.0, 70.0), (0.0, 80.0)]]);
    }
}
