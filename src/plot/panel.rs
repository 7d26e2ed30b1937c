//! One panel: which ranges and ticks it has, how much room it needs, and its drawing.
use super::color::{BLACK, GRAY, Rgb};
use super::figure::{Along, Axis, Dash, Draw, Panel};
use super::heat;
use super::legend::{self, Legend, Place};
use super::marks;
use super::notes;
use super::scale::{Mapping, range};
use super::svg::{Anchor, Area, Canvas, Set, Stroke};
use super::ticks::{Ticks, sign, ticks};

const TICK_SIZE: f64 = 11.0;
const LABEL_SIZE: f64 = 13.0;
const FRAME: Stroke = Stroke { color: BLACK, width: 0.9, dash: Dash::Solid };
/// Colour of the labels of reference lines.
const NOTE: Rgb = [80; 3];
const MAJOR: f64 = 5.0;
const MINOR: f64 = 2.8;
/// Between frame and tick labels.
const GAP: f64 = 6.0;
const BAR_GAP: f64 = 14.0;
const BAR_WIDTH: f64 = 12.0;

/// Room around the frame, px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Margins {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// A panel with its ranges, ticks and legend, before it has its place.
pub(super) struct Plan<'a> {
    panel: &'a Panel,
    title: String,
    colors: Vec<Rgb>,
    area: Area,
    x: Mapping,
    y: Mapping,
    x_ticks: Ticks,
    y_ticks: Ticks,
    bar: Option<(Mapping, Ticks)>,
    legend: Option<Legend>,
    pub margins: Margins,
}

/// "label (10^n unit)"
fn axis_label(label: &str, unit: &str, exponent: i32) -> String {
    let factor = format!("10^{{{}}}", sign(exponent));
    match (exponent, unit) {
        (0, "") => label.to_owned(),
        (0, unit) => format!("{label} ({unit})"),
        (_, "") => format!("{label} ({factor})"),
        (_, unit) => format!("{label} ({factor} {unit})"),
    }
}

fn text_style(size: f64, anchor: Anchor) -> Set {
    Set { size, anchor, upwards: false, color: BLACK }
}

fn x_range(panel: &Panel) -> (f64, f64) {
    let values = panel.series.iter().flat_map(|series| series.x.iter().copied());
    let points = |draw| matches!(draw, Draw::Points | Draw::LinePoints);
    let pointed = panel.series.iter().any(|series| points(series.draw));
    let margin = if pointed && panel.map.is_none() { 0.04 } else { 0.0 };
    let cells = panel.map.iter().flat_map(|map| heat::edges(&map.x, panel.x.scale));
    range(&panel.x, values.chain(cells), margin)
}

fn y_range(panel: &Panel) -> (f64, f64) {
    let series = panel.series.iter().flat_map(|series| series.y.iter().chain(&series.upper));
    let horizontal = panel.references.iter().filter(|one| one.along == Along::Horizontal);
    let cells = panel.map.iter().flat_map(|map| heat::edges(&map.y, panel.y.scale));
    let margin = if panel.map.is_none() { 0.06 } else { 0.0 };
    let values = series.copied().chain(horizontal.map(|one| one.value)).chain(cells);
    range(&panel.y, values, margin)
}

fn mapping(axis: &Axis, (low, high): (f64, f64), from: f64, to: f64) -> Mapping {
    Mapping { scale: axis.scale, low, high, from, to }
}

/// As many ticks as their labels leave room for.
fn roomy_ticks(canvas: &Canvas<'_>, mapping: &Mapping, length: f64) -> Ticks {
    let widest = |found: &Ticks| {
        found.major.iter().map(|(_, label)| canvas.width(label, TICK_SIZE)).fold(0.0, f64::max)
    };
    let mut wanted = (length / 45.0).floor().max(2.0) as usize;
    loop {
        let found = ticks(mapping, wanted);
        if wanted <= 2 || (widest(&found) + 14.0) * found.major.len() as f64 <= length {
            return found;
        }
        wanted -= 1;
    }
}

impl<'a> Plan<'a> {
    pub fn new(canvas: &Canvas<'_>, panel: &'a Panel, title: String, size: (f64, f64)) -> Self {
        let area = Area { left: 0.0, top: 0.0, width: size.0, height: size.1 };
        let x = mapping(&panel.x, x_range(panel), 0.0, size.0);
        let y = mapping(&panel.y, y_range(panel), size.1, 0.0);
        let vertical = (size.1 / 38.0).floor().max(2.0) as usize;
        let (x_ticks, y_ticks) = (roomy_ticks(canvas, &x, size.0), ticks(&y, vertical));
        let bar = panel.map.as_ref().map(|map| {
            let scale = heat::color_scale(map);
            (scale, ticks(&scale, vertical))
        });
        let colors = marks::colors(&panel.series);
        let placed: Vec<_> = panel
            .series
            .iter()
            .zip(&colors)
            .map(|(series, color)| marks::place(series, *color, &x, &y, &area))
            .collect();
        let mut obstacles = legend::obstacles(&placed);
        for reference in &panel.references {
            if let Some(note) = notes::place(canvas, reference, (&x, &y), &area, &obstacles) {
                legend::cover(&note.area, &mut obstacles);
            }
        }
        let legend = legend::plan(canvas, panel, &obstacles, &area);
        let margins = Margins { left: 0.0, right: 0.0, top: 0.0, bottom: 0.0 };
        let mut plan =
            Self { panel, title, colors, area, x, y, x_ticks, y_ticks, bar, legend, margins };
        plan.margins = plan.room(canvas);
        plan
    }

    fn room(&self, canvas: &Canvas<'_>) -> Margins {
        let label = |label: &str| if label.is_empty() { 0.0 } else { LABEL_SIZE + 7.0 };
        let last = self.x_ticks.major.last().map_or("", |(_, label)| label);
        let overhang = 0.5 * canvas.width(last, TICK_SIZE) + 4.0;
        let bar = match &self.bar {
            Some((_, bar_ticks)) => {
                BAR_GAP + BAR_WIDTH + GAP + widest(canvas, bar_ticks) + LABEL_SIZE + 8.0
            }
            None => 0.0,
        };
        let beside = match self.legend {
            Some(Legend { place: Place::Beside, width, .. }) => 8.0 + width,
            _ => 0.0,
        };
        Margins {
            left: GAP + widest(canvas, &self.y_ticks) + label(&self.panel.y.label) + 4.0,
            right: overhang.max(bar + beside + 6.0),
            top: if self.title.is_empty() { 10.0 } else { 26.0 },
            bottom: GAP + TICK_SIZE + label(&self.panel.x.label) + 6.0,
        }
    }

    /// Puts the frame's upper left corner there.
    pub fn draw(mut self, canvas: &mut Canvas<'_>, left: f64, top: f64) {
        self.area = Area { left, top, ..self.area };
        self.x = Mapping { from: left, to: self.area.right(), ..self.x };
        self.y = Mapping { from: self.area.bottom(), to: top, ..self.y };
        let placed: Vec<_> = (self.panel.series.iter().zip(&self.colors))
            .map(|(series, color)| marks::place(series, *color, &self.x, &self.y, &self.area))
            .collect();

        canvas.open_clip(self.area);
        if let Some(map) = &self.panel.map {
            heat::draw(canvas, map, &self.x, &self.y);
        }
        self.draw_references(canvas);
        let bands = |one: &&marks::Placed<'_>| one.series.draw == Draw::Band;
        placed.iter().filter(bands).for_each(|one| marks::draw(canvas, one));
        placed.iter().filter(|one| !bands(one)).for_each(|one| marks::draw(canvas, one));
        canvas.close();
        self.draw_frame(canvas);
        self.draw_notes(canvas, &placed);
        placed.iter().for_each(|one| marks::draw_points(canvas, one));
        self.draw_labels(canvas);
        self.draw_bar(canvas);
        self.draw_legend(canvas);
    }

    fn draw_references(&self, canvas: &mut Canvas<'_>) {
        let stroke = Stroke { color: GRAY, width: 0.9, dash: Dash::Dashed };
        let area = &self.area;
        for reference in &self.panel.references {
            let line = match reference.along {
                Along::Horizontal => {
                    self.y.at(reference.value).map(|y| [(area.left, y), (area.right(), y)])
                }
                Along::Vertical => {
                    self.x.at(reference.value).map(|x| [(x, area.top), (x, area.bottom())])
                }
            };
            if let Some(line) = line {
                canvas.lines(&[&line], stroke);
            }
        }
    }

    /// In the same order as in the plan, so that the same places are found.
    fn draw_notes(&self, canvas: &mut Canvas<'_>, placed: &[marks::Placed<'_>]) {
        let mut obstacles = legend::obstacles(placed);
        for reference in &self.panel.references {
            let axes = (&self.x, &self.y);
            let found = notes::place(canvas, reference, axes, &self.area, &obstacles);
            let Some(note) = found else { continue };
            let (size, anchor, upwards) = (note.size, note.anchor, note.upwards);
            let how = Set { size, anchor, upwards, color: NOTE };
            canvas.text(note.x, note.y, &reference.label, how);
            legend::cover(&note.area, &mut obstacles);
        }
    }

    /// Ticks on all four sides, inwards; outwards and on two sides around a map.
    fn draw_frame(&self, canvas: &mut Canvas<'_>) {
        let area = &self.area;
        let inwards = if self.panel.map.is_some() { -1.0 } else { 1.0 };
        let mut marks: Vec<[(f64, f64); 2]> = Vec::new();
        for (value, length) in lengths(&self.x_ticks) {
            let Some(x) = self.x.at(value) else { continue };
            let length = inwards * length;
            marks.push([(x, area.bottom()), (x, area.bottom() - length)]);
            if 0.0 < inwards {
                marks.push([(x, area.top), (x, area.top + length)]);
            }
        }
        for (value, length) in lengths(&self.y_ticks) {
            let Some(y) = self.y.at(value) else { continue };
            let length = inwards * length;
            marks.push([(area.left, y), (area.left + length, y)]);
            if 0.0 < inwards {
                marks.push([(area.right(), y), (area.right() - length, y)]);
            }
        }
        let pieces: Vec<&[(f64, f64)]> = marks.iter().map(|mark| mark.as_slice()).collect();
        canvas.lines(&pieces, Stroke { width: 0.8, ..FRAME });
        canvas.outline(*area, FRAME);
    }

    fn draw_labels(&self, canvas: &mut Canvas<'_>) {
        let area = &self.area;
        let middle = text_style(TICK_SIZE, Anchor::Middle);
        let below = area.bottom() + GAP + TICK_SIZE - 1.0;
        for (value, label) in &self.x_ticks.major {
            if let Some(x) = self.x.at(*value) {
                canvas.text(x, below, label, middle);
            }
        }
        for (value, label) in &self.y_ticks.major {
            if let Some(y) = self.y.at(*value) {
                let how = text_style(TICK_SIZE, Anchor::End);
                canvas.text(area.left - GAP, y + 0.36 * TICK_SIZE, label, how);
            }
        }
        let how = text_style(LABEL_SIZE, Anchor::Middle);
        let x_label = axis_label(&self.panel.x.label, &self.panel.x.unit, self.x_ticks.exponent);
        canvas.text(area.left + 0.5 * area.width, below + LABEL_SIZE + 6.0, &x_label, how);
        let y_label = axis_label(&self.panel.y.label, &self.panel.y.unit, self.y_ticks.exponent);
        let beside = area.left - GAP - widest(canvas, &self.y_ticks) - 9.0;
        let centre = area.top + 0.5 * area.height;
        canvas.text(beside, centre, &y_label, Set { upwards: true, ..how });
        canvas.text(area.left, area.top - 9.0, &self.title, text_style(12.5, Anchor::Start));
    }

    fn draw_bar(&self, canvas: &mut Canvas<'_>) {
        let (Some(map), Some((scale, bar_ticks))) = (&self.panel.map, &self.bar) else { return };
        let area = Area { left: self.area.right() + BAR_GAP, width: BAR_WIDTH, ..self.area };
        heat::draw_bar(canvas, map, &area);
        let place = Mapping { from: area.bottom(), to: area.top, ..*scale };
        for (value, length) in lengths(bar_ticks) {
            if let Some(y) = place.at(value) {
                let mark = [(area.right(), y), (area.right() + 0.7 * length, y)];
                canvas.lines(&[&mark], Stroke { width: 0.8, ..FRAME });
            }
        }
        canvas.outline(area, FRAME);
        for (value, label) in &bar_ticks.major {
            if let Some(y) = place.at(*value) {
                let how = text_style(TICK_SIZE, Anchor::Start);
                canvas.text(area.right() + GAP, y + 0.36 * TICK_SIZE, label, how);
            }
        }
        let beside = area.right() + GAP + widest(canvas, bar_ticks) + LABEL_SIZE + 4.0;
        let label = axis_label(&map.label, &map.unit, bar_ticks.exponent);
        let how = Set { upwards: true, ..text_style(LABEL_SIZE, Anchor::Middle) };
        canvas.text(beside, area.top + 0.5 * area.height, &label, how);
    }

    fn draw_legend(&self, canvas: &mut Canvas<'_>) {
        let Some(found) = &self.legend else { return };
        let area = &self.area;
        let corner = match found.place {
            Place::Inside(x, y) => (area.left + x, area.top + y),
            Place::Beside => (area.right() + self.margins.right - found.width - 6.0, area.top),
        };
        legend::draw(canvas, self.panel, &self.colors, found, corner);
    }
}

fn lengths(found: &Ticks) -> impl Iterator<Item = (f64, f64)> {
    let major = found.major.iter().map(|(value, _)| (*value, MAJOR));
    major.chain(found.minor.iter().map(|value| (*value, MINOR)))
}

fn widest(canvas: &Canvas<'_>, found: &Ticks) -> f64 {
    found.major.iter().map(|(_, label)| canvas.width(label, TICK_SIZE)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::axis_label;

    #[test]
    fn labels_carry_units_and_powers() {
        for (unit, exponent, expected) in [
            ("", 0, "*G*"),
            ("S", 0, "*G* (S)"),
            ("", -3, "*G* (10^{\u{2212}3})"),
            ("S", 6, "*G* (10^{6} S)"),
        ] {
            assert_eq!(axis_label("*G*", unit, exponent), expected);
        }
    }
}
