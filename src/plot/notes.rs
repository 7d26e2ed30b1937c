//! Labels of reference lines: beside their line, where they cover nothing.
use super::figure::{Along, Reference};
use super::scale::Mapping;
use super::svg::{Anchor, Area, Canvas};

const SIZE: f64 = 10.0;
/// From the frame, and from the line.
const INSET: f64 = 8.0;
const ABOVE: f64 = 4.0;

/// Where a label stands, and the area it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Note {
    pub x: f64,
    pub y: f64,
    pub size: f64,
    pub anchor: Anchor,
    pub upwards: bool,
    pub area: Area,
}

/// None where the line is not in the panel, or has no label.
pub(super) fn place(
    canvas: &Canvas<'_>,
    reference: &Reference,
    (x, y): (&Mapping, &Mapping),
    area: &Area,
    obstacles: &[(f64, f64)],
) -> Option<Note> {
    let along = match reference.along {
        Along::Horizontal => y,
        Along::Vertical => x,
    };
    if reference.label.is_empty() || !along.shows(reference.value) {
        return None;
    }
    let at = along.at(reference.value)?;
    let length = canvas.width(&reference.label, SIZE);
    let candidates = match reference.along {
        Along::Horizontal => horizontal(at, length, area),
        Along::Vertical => vertical(at, length, area),
    };
    let covers = |note: &Note| obstacles.iter().any(|(x, y)| note.area.holds(*x, *y));
    let free = candidates.iter().find(|note| !covers(note));
    Some(*free.unwrap_or(&candidates[0]))
}

/// At the right end above and below the line, then at the left end.
fn horizontal(at: f64, length: f64, area: &Area) -> [Note; 4] {
    let (above, below) = (at - ABOVE, at + SIZE + 1.0);
    let note = |x: f64, y: f64, anchor: Anchor| {
        let left = if anchor == Anchor::End { x - length } else { x };
        let taken = Area { left, top: y - SIZE, width: length, height: SIZE + 2.0 };
        Note { x, y, size: SIZE, anchor, upwards: false, area: taken }
    };
    let (right, left) = (area.right() - INSET, area.left + INSET);
    [
        note(right, above, Anchor::End),
        note(right, below, Anchor::End),
        note(left, above, Anchor::Start),
        note(left, below, Anchor::Start),
    ]
}

/// At the upper end left and right of the line, then at the lower end.
fn vertical(at: f64, length: f64, area: &Area) -> [Note; 4] {
    let (before, behind) = (at - ABOVE, at + SIZE + 1.0);
    let note = |x: f64, y: f64, anchor: Anchor| {
        let top = if anchor == Anchor::End { y } else { y - length };
        let taken = Area { left: x - SIZE, top, width: SIZE + 2.0, height: length };
        Note { x, y, size: SIZE, anchor, upwards: true, area: taken }
    };
    let (top, bottom) = (area.top + INSET, area.bottom() - INSET);
    [
        note(before, top, Anchor::End),
        note(behind, top, Anchor::End),
        note(before, bottom, Anchor::Start),
        note(behind, bottom, Anchor::Start),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::figure::Scale;
    use crate::plot::font::Fonts;

    #[test]
    fn labels_make_way_for_data() {
        let fonts = Fonts::new().unwrap();
        let canvas = Canvas::new(&fonts);
        let area = Area { left: 0.0, top: 0.0, width: 100.0, height: 100.0 };
        let axis = |from, to| Mapping { scale: Scale::Linear, low: 0.0, high: 10.0, from, to };
        let (x, y) = (axis(0.0, 100.0), axis(100.0, 0.0));
        let find = |along: Along, obstacles: &[(f64, f64)]| {
            let reference = Reference { along, value: 5.0, label: "note".into() };
            place(&canvas, &reference, (&x, &y), &area, obstacles).unwrap()
        };
        let first = find(Along::Horizontal, &[]);
        assert_eq!((first.x, first.anchor), (92.0, Anchor::End));
        assert!(first.y < 50.0);
        assert!(50.0 < find(Along::Horizontal, &[(85.0, 44.0)]).y);
        let first = find(Along::Vertical, &[]);
        assert!(
            first.upwards && (first.area.top - INSET).abs() < 1e-6 && first.area.right() < 50.0
        );
        assert!(50.0 < find(Along::Vertical, &[(45.0, 15.0)]).area.left);
        let outside = Reference { along: Along::Vertical, value: 11.0, label: "no".into() };
        assert_eq!(place(&canvas, &outside, (&x, &y), &area, &[]), None);
    }
}
