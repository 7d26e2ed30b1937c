//! Legends: inside the panel where nothing is covered, beside it otherwise.
use super::color::{BLACK, Rgb};
use super::figure::{Draw, Panel};
use super::marks::{Placed, sample};
use super::svg::{Anchor, Area, Canvas, Set};

const SIZE: f64 = 11.0;
const ROW: f64 = 15.0;
const SAMPLE: f64 = 24.0;
const PAD: f64 = 5.0;
/// Distance from the frame, and what stays free around the legend.
const INSET: f64 = 7.0;
const CLEAR: f64 = 3.0;
/// Distance of the points at which lines are looked at.
const STRIDE: f64 = 3.0;

/// Where a legend stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// Upper left corner inside the panel, px.
    Inside(f64, f64),
    Beside,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Legend {
    pub width: f64,
    pub height: f64,
    pub place: Place,
}

/// None without labels.
pub(super) fn plan(
    canvas: &Canvas<'_>,
    panel: &Panel,
    obstacles: &[(f64, f64)],
    area: &Area,
) -> Option<Legend> {
    let labels: Vec<&str> = labels(panel).collect();
    if labels.is_empty() {
        return None;
    }
    let widest = labels.iter().map(|label| canvas.width(label, SIZE)).fold(0.0, f64::max);
    let title = canvas.width(&panel.legend_title, SIZE) + 2.0 * PAD;
    let width = (SAMPLE + widest + 3.0 * PAD).max(title);
    let rows = labels.len() + usize::from(!panel.legend_title.is_empty());
    let height = ROW * rows as f64 + PAD;
    // A map fills its panel.
    let place = match panel.map {
        Some(_) => Place::Beside,
        None => free_place(width, height, obstacles, area),
    };
    Some(Legend { width, height, place })
}

fn labels(panel: &Panel) -> impl Iterator<Item = &str> {
    panel.series.iter().filter(|series| series.has_entry()).map(|series| series.label.as_str())
}

/// Corners first, then along the upper and lower edge, the sides, and the middle.
fn free_place(width: f64, height: f64, obstacles: &[(f64, f64)], area: &Area) -> Place {
    let (room_x, room_y) = (area.width - width - 2.0 * INSET, area.height - height - 2.0 * INSET);
    if room_x < 0.0 || room_y < 0.0 {
        return Place::Beside;
    }
    let shares = [1.0, 0.0, 0.875, 0.125, 0.75, 0.25, 0.625, 0.375, 0.5];
    let mut candidates: Vec<(f64, f64)> = vec![(1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    candidates.extend(shares.map(|x| (x, 0.0)));
    candidates.extend(shares.map(|x| (x, 1.0)));
    candidates.extend(shares.into_iter().flat_map(|y| [(1.0, y), (0.0, y)]));
    candidates.extend(shares.into_iter().flat_map(|y| shares.map(|x| (x, y))));
    for (x, y) in candidates {
        let left = area.left + INSET + x * room_x;
        let top = area.top + INSET + y * room_y;
        let box_area = Area { left, top, width, height }.grown(CLEAR);
        if !obstacles.iter().any(|(x, y)| box_area.holds(*x, *y)) {
            return Place::Inside(left, top);
        }
    }
    Place::Beside
}

/// Points on everything that is drawn; see also [`cover`].
pub(super) fn obstacles(placed: &[Placed<'_>]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for one in placed {
        points.extend_from_slice(&one.points);
        for piece in &one.pieces {
            for pair in piece.windows(2) {
                along(pair[0], pair[1], &mut points);
            }
        }
        if one.series.draw == Draw::Band {
            // From edge to edge: the k-th vertex of a piece lies across from the k-th last.
            for piece in &one.pieces {
                for k in 0..piece.len() / 2 {
                    along(piece[k], piece[piece.len() - 1 - k], &mut points);
                }
            }
        }
    }
    points
}

/// Points all over an area that is taken.
pub(super) fn cover(area: &Area, points: &mut Vec<(f64, f64)>) {
    for share in [0.0, 0.5, 1.0] {
        let y = area.top + share * area.height;
        along((area.left, y), (area.right(), y), points);
    }
}

fn along(a: (f64, f64), b: (f64, f64), points: &mut Vec<(f64, f64)>) {
    let length = (b.0 - a.0).hypot(b.1 - a.1);
    // Lines are cut at the panel; bands may reach far beyond it.
    let count = (length / STRIDE).ceil().clamp(1.0, 1000.0) as usize;
    points.extend((0..=count).map(|i| {
        let share = i as f64 / count as f64;
        (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
    }));
}

/// Draws the legend with its upper left corner at (left, top).
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    panel: &Panel,
    colors: &[Rgb],
    legend: &Legend,
    (left, top): (f64, f64),
) {
    let how = Set { size: SIZE, anchor: Anchor::Start, upwards: false, color: BLACK };
    if let Place::Inside(..) = legend.place {
        let area = Area { left, top, width: legend.width, height: legend.height };
        canvas.rectangle(area, [255; 3], 0.9);
    }
    let mut y = top + 0.5 * PAD;
    if !panel.legend_title.is_empty() {
        canvas.text(left + PAD, y + 11.0, &panel.legend_title, how);
        y += ROW;
    }
    for (series, color) in panel.series.iter().zip(colors) {
        if !series.has_entry() {
            continue;
        }
        let area = Area { left: left + PAD, top: y, width: SAMPLE, height: ROW };
        sample(canvas, series, *color, &area);
        canvas.text(area.right() + PAD, y + 11.5, &series.label, how);
        y += ROW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legends_stand_where_nothing_is() {
        let area = Area { left: 0.0, top: 0.0, width: 200.0, height: 100.0 };
        let place = |obstacles: &[(f64, f64)]| free_place(50.0, 30.0, obstacles, &area);
        assert_eq!(place(&[]), Place::Inside(143.0, INSET));
        assert_eq!(place(&[(170.0, 20.0)]), Place::Inside(INSET, INSET));
        let mut line = Vec::new();
        along((0.0, 100.0), (200.0, 0.0), &mut line);
        assert_eq!(place(&line), Place::Inside(INSET, INSET));
        let all: Vec<(f64, f64)> =
            (0..2000).map(|i| (f64::from(i % 50) * 4.0, f64::from(i / 50) * 2.5)).collect();
        assert_eq!(place(&all), Place::Beside);
    }
}
