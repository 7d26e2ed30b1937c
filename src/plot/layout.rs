//! Panels on the page: frames of equal size in a grid, with as much room between as labels need.
use super::PlotError;
use super::figure::Figure;
use super::font::Fonts;
use super::panel::Plan;
use super::svg::Canvas;

/// Of the frame, px: alone on the page, and among others.
const ALONE: (f64, f64) = (420.0, 300.0);
const AMONG: (f64, f64) = (320.0, 230.0);
const BORDER: f64 = 8.0;
const BETWEEN: f64 = 10.0;

pub(super) fn draw(figure: &Figure) -> Result<String, PlotError> {
    let fonts = Fonts::new()?;
    let mut canvas = Canvas::new(&fonts);
    let count = figure.panels.len();
    let size = if count <= 1 { ALONE } else { AMONG };
    let columns = figure.columns.clamp(1, count.max(1));
    let plans: Vec<Plan<'_>> = (figure.panels.iter().enumerate())
        .map(|(index, panel)| Plan::new(&canvas, panel, heading(index, count, &panel.title), size))
        .collect();

    let largest = |of: &dyn Fn(usize) -> bool, margin: &dyn Fn(&Plan<'_>) -> f64| {
        let chosen = plans.iter().enumerate().filter(|(index, _)| of(*index));
        chosen.map(|(_, plan)| margin(plan)).fold(0.0, f64::max)
    };
    let (lefts, width) = offsets(columns, size.0, |column| {
        let here = |index: usize| index % columns == column;
        (largest(&here, &|plan| plan.margins.left), largest(&here, &|plan| plan.margins.right))
    });
    let (tops, height) = offsets(count.div_ceil(columns), size.1, |row| {
        let here = |index: usize| index / columns == row;
        (largest(&here, &|plan| plan.margins.top), largest(&here, &|plan| plan.margins.bottom))
    });
    for (index, plan) in plans.into_iter().enumerate() {
        plan.draw(&mut canvas, lefts[index % columns], tops[index / columns]);
    }
    // An empty figure is a small white page.
    let page = |length: f64| length.max(40.0);
    Ok(canvas.finish(page(width), page(height), &figure.title, &figure.caption))
}

/// Where frames begin along one direction, and the length of the page.
fn offsets(count: usize, length: f64, margins: impl Fn(usize) -> (f64, f64)) -> (Vec<f64>, f64) {
    let mut at = BORDER;
    let mut starts = Vec::with_capacity(count);
    for index in 0..count {
        let (before, after) = margins(index);
        starts.push(at + before);
        at += before + length + after + BETWEEN;
    }
    (starts, at - BETWEEN + BORDER)
}

/// "(a) title" where there are several panels.
fn heading(index: usize, count: usize, title: &str) -> String {
    if count <= 1 {
        return title.to_owned();
    }
    let letter = |place: usize| char::from(b'a' + (place % 26) as u8);
    let name = match index.checked_sub(26) {
        None => letter(index).to_string(),
        Some(over) => format!("{}{}", letter(over / 26), letter(over)),
    };
    format!("({name}) {title}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_have_letters() {
        assert_eq!(heading(0, 1, "T"), "T");
        assert_eq!(heading(1, 2, "T"), "(b) T");
        assert_eq!(heading(27, 40, "T"), "(ab) T");
    }

    #[test]
    fn frames_do_not_overlap() {
        let (starts, end) = offsets(3, 100.0, |index| (10.0 * index as f64, 5.0));
        assert_eq!(starts, [8.0, 133.0, 268.0]);
        assert_eq!(end, 381.0);
    }
}
