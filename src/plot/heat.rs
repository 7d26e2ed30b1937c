//! Maps: coloured cells, and the bar that says what the colours mean.
use super::color;
use super::figure::{Axis, Colors, Map, Scale};
use super::scale::{Mapping, range};
use super::svg::{Area, Canvas};

/// Boundaries of cells around their centres: half-way, on a log axis half-way in the logarithm.
pub(super) fn edges(centres: &[f64], scale: Scale) -> Vec<f64> {
    let to = |value: f64| if scale == Scale::Log { value.log10() } else { value };
    let from = |value: f64| if scale == Scale::Log { 10_f64.powf(value) } else { value };
    let inner: Vec<f64> = centres.iter().map(|value| to(*value)).collect();
    let (Some(first), Some(last)) = (inner.first(), inner.last()) else { return Vec::new() };
    let half = |pair: &[f64]| 0.5 * pair[1] - 0.5 * pair[0];
    let (before, after) = match inner.len() {
        1 => (0.5, 0.5),
        n => (half(&inner[..2]), half(&inner[n - 2..])),
    };
    let mut edges = vec![first - before];
    edges.extend(inner.windows(2).map(|pair| pair[0] + half(pair)));
    edges.push(last + after);
    edges.into_iter().map(from).collect()
}

/// Which values the two ends of the colour scale stand for.
pub(super) fn color_scale(map: &Map) -> Mapping {
    let axis = Axis { limits: map.limits, scale: map.scale, ..Axis::linear("", "") };
    let (low, high) = range(&axis, map.values.iter().copied(), 0.0);
    let (low, high) = match (map.colors, map.limits, map.scale) {
        (Colors::Diverging, None, Scale::Linear) => {
            let size = low.abs().max(high.abs());
            (-size, size)
        }
        _ => (low, high),
    };
    Mapping { scale: map.scale, low, high, from: 0.0, to: 1.0 }
}

/// Cells of one column that share a colour are drawn as one.
pub(super) fn draw(canvas: &mut Canvas<'_>, map: &Map, x: &Mapping, y: &Mapping) {
    let scale = color_scale(map);
    let places = |centres: &[f64], mapping: &Mapping| -> Vec<Option<f64>> {
        edges(centres, mapping.scale).into_iter().map(|edge| mapping.at(edge)).collect()
    };
    let (columns, rows) = (places(&map.x, x), places(&map.y, y));
    canvas.open_crisp();
    for i in 0..map.x.len() {
        let (Some(left), Some(right)) = (columns[i], columns[i + 1]) else { continue };
        let shade = |j: usize| match scale.share(map.values[i * map.y.len() + j]) {
            Some(share) => color::at(map.colors, share),
            None => color::MISSING,
        };
        let mut first = 0;
        for j in 0..map.y.len() {
            if j + 1 < map.y.len() && shade(j + 1) == shade(first) {
                continue;
            }
            if let (Some(bottom), Some(top)) = (rows[first], rows[j + 1]) {
                let cell = Area { left, top, width: right - left, height: bottom - top };
                canvas.cell(cell, shade(first));
            }
            first = j + 1;
        }
    }
    canvas.close();
}

/// The colours themselves, from bottom to top.
pub(super) fn draw_bar(canvas: &mut Canvas<'_>, map: &Map, area: &Area) {
    let steps = 128;
    canvas.open_crisp();
    for step in 0..steps {
        let height = area.height / f64::from(steps);
        let top = area.bottom() - height * f64::from(step + 1);
        let share = (f64::from(step) + 0.5) / f64::from(steps);
        canvas.cell(Area { top, height: height + 0.3, ..*area }, color::at(map.colors, share));
    }
    canvas.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_half_way() {
        assert_eq!(edges(&[1.0, 2.0, 4.0], Scale::Linear), [0.5, 1.5, 3.0, 5.0]);
        assert_eq!(edges(&[3.0], Scale::Linear), [2.5, 3.5]);
        assert!(edges(&[], Scale::Log).is_empty());
        let log = edges(&[1.0, 100.0], Scale::Log);
        assert!((log[1] - 10.0).abs() < 1e-12 && (log[0] - 0.1).abs() < 1e-12);
    }

    #[test]
    fn diverging_colours_are_symmetric_about_zero() {
        let map = Map::new("", "", &[0.0, 1.0], &[0.0], vec![-1.0, 3.0]).diverging();
        let scale = color_scale(&map);
        assert_eq!((scale.low, scale.high), (-3.0, 3.0));
    }
}
