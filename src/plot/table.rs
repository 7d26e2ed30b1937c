//! The data beside a figure: CSV and JSON.
use std::fmt::Write;

use serde_json::json;

use super::PlotError;
use super::figure::{Along, Axis, Draw, Figure, Panel, Scale};
use super::text::unmarked;

/// Columns: of a band `y` is the lower and `upper` the upper edge; `value` is a map's.
const COLUMNS: &str = "panel,series,x,y,upper,value\n";

pub(super) fn csv(figure: &Figure, version: &str) -> String {
    let mut text = String::new();
    comment(&mut text, "title", &figure.title);
    comment(&mut text, "caption", &figure.caption);
    comment(&mut text, "source", &figure.source);
    comment(&mut text, "version", version);
    for (name, value) in &figure.parameters {
        comment(&mut text, "parameter", &format!("{name} = {value}"));
    }
    for (index, panel) in figure.panels.iter().enumerate() {
        describe(&mut text, index, panel);
    }
    text.push_str(COLUMNS);
    for (index, panel) in figure.panels.iter().enumerate() {
        rows(&mut text, index, panel);
    }
    text
}

/// One line, whatever the text holds.
fn comment(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# {name}: {}", unmarked(value));
    }
}

fn describe(text: &mut String, index: usize, panel: &Panel) {
    comment(text, &format!("panel {index}"), &panel.title);
    comment(text, &format!("panel {index} x"), &axis(&panel.x));
    comment(text, &format!("panel {index} y"), &axis(&panel.y));
    comment(text, &format!("panel {index} series"), &panel.legend_title);
    if let Some(map) = &panel.map {
        comment(text, &format!("panel {index} value"), &quantity(&map.label, &map.unit));
    }
    for reference in &panel.references {
        let along = match reference.along {
            Along::Horizontal => "y",
            Along::Vertical => "x",
        };
        let line = format!("{along} = {} {}", number(reference.value), reference.label);
        comment(text, &format!("panel {index} reference"), line.trim_end());
    }
}

fn quantity(label: &str, unit: &str) -> String {
    if unit.is_empty() { label.to_owned() } else { format!("{label} [{unit}]") }
}

fn axis(axis: &Axis) -> String {
    let scale = match axis.scale {
        Scale::Linear => "",
        Scale::Log => ", logarithmic",
    };
    format!("{}{scale}", quantity(&axis.label, &axis.unit))
}

fn rows(text: &mut String, index: usize, panel: &Panel) {
    if let Some(map) = &panel.map {
        let name = quoted(&map.label);
        for (i, x) in map.x.iter().enumerate() {
            for (j, y) in map.y.iter().enumerate() {
                let [x, y, value] = [*x, *y, map.values[i * map.y.len() + j]].map(number);
                let _ = writeln!(text, "{index},{name},{x},{y},,{value}");
            }
        }
    }
    for (place, series) in panel.series.iter().enumerate() {
        let name = match series.label.as_str() {
            "" => format!("series {place}"),
            label => quoted(label),
        };
        for i in 0..series.x.len() {
            let (x, y) = (number(series.x[i]), number(series.y[i]));
            let upper = match series.draw {
                Draw::Band => number(series.upper[i]),
                _ => String::new(),
            };
            let _ = writeln!(text, "{index},{name},{x},{y},{upper},");
        }
    }
}

/// In quotes where a comma, a quote or a comment sign would be misread.
fn quoted(label: &str) -> String {
    let text = unmarked(label);
    if text.contains([',', '"', '#']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The shortest text that reads back as the same number; `nan`, `inf`, `-inf` as such.
fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "nan".to_owned()
    } else if size == 0.0 || size.is_infinite() || (1e-5..1e15).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

pub(super) fn json(figure: &Figure, version: &str) -> Result<String, PlotError> {
    let broken = |error: serde_json::Error| PlotError::Draw(error.to_string());
    let object = json!({
        "version": version,
        "figure": serde_json::to_value(figure).map_err(broken)?,
    });
    serde_json::to_string_pretty(&object).map(|text| text + "\n").map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Map, Series};

    #[test]
    fn numbers_read_back() {
        for value in [0.0, -0.1, 1e-300, 1.0 / 3.0, -2.5e20, 1e-5, f64::MAX, f64::INFINITY] {
            assert_eq!(number(value).parse::<f64>(), Ok(value));
        }
        assert_eq!(number(f64::NAN), "nan");
    }

    #[test]
    fn every_value_has_its_row() {
        let panel = Panel::new(Axis::linear("*x*", "m"), Axis::log("*y*", ""))
            .with(Series::line("a, \"b\"", &[1.0, 2.0], &[3.0, f64::NAN]))
            .with(Series::band("", &[1.0], &[2.0], &[3.0]))
            .map(Map::new("m", "S", &[0.0], &[5.0], vec![7.0]))
            .horizontal(4.0, "limit");
        let figure = Figure::new("f", "T", "two\nlines").parameter("J", 0.25).with(panel);
        let expected = "# title: T\n# caption: two lines\n# version: 1\n# parameter: J = 0.25\n\
            # panel 0 x: x [m]\n# panel 0 y: y, logarithmic\n# panel 0 value: m [S]\n\
            # panel 0 reference: y = 4 limit\n\
            panel,series,x,y,upper,value\n0,m,0,5,,7\n\
            0,\"a, \"\"b\"\"\",1,3,,\n0,\"a, \"\"b\"\"\",2,nan,,\n0,series 1,1,2,3,\n";
        assert_eq!(csv(&figure, "1"), expected);
        let json: serde_json::Value = serde_json::from_str(&json(&figure, "1").unwrap()).unwrap();
        assert!(json["figure"]["panels"][0]["series"][0]["y"][1].is_null());
        assert_eq!(json["figure"]["panels"][0]["map"]["values"][0], 7.0);
    }
}
