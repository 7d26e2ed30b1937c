//! What a figure is: panels with axes, series, maps and reference lines. Plain data.
use serde::Serialize;

use super::PlotError;
use crate::invalid::Invalid;

/// Points of all series and cells of all maps together.
const MAX_VALUES: usize = 2_000_000;
const MAX_PANELS: usize = 64;
/// A longer text is no label.
const MAX_LABEL: usize = 400;

/// One figure. Texts may hold `^{up}`, `_{down}` and `*slanted*`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Stem of the file names.
    pub name: String,
    pub title: String,
    pub caption: String,
    /// Paper and figure, or specification.
    pub source: String,
    /// Name and value of what was held fixed.
    pub parameters: Vec<(String, String)>,
    /// Panels a row; 0 counts as 1.
    pub columns: usize,
    pub panels: Vec<Panel>,
}

/// One pair of axes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Panel {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    /// Drawn first, below everything else.
    pub map: Option<Map>,
    pub references: Vec<Reference>,
    pub series: Vec<Series>,
    pub legend_title: String,
}

/// What an axis shows, and where it begins and ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Axis {
    pub label: String,
    /// Empty for a dimensionless quantity.
    pub unit: String,
    pub scale: Scale,
    /// From the data where there are none.
    pub limits: Option<[f64; 2]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    Linear,
    /// To base ten; values that are not positive are gaps.
    Log,
}

/// Values over x. NaN and infinities are gaps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Name in the legend and in the table; no legend entry where empty.
    pub label: String,
    /// Whether the legend has it; the table always does.
    pub listed: bool,
    pub draw: Draw,
    pub color: Color,
    pub dash: Dash,
    pub marker: Marker,
    pub x: Vec<f64>,
    /// Lower edge of a band.
    pub y: Vec<f64>,
    /// Upper edge of a band, empty otherwise.
    pub upper: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    Line,
    Points,
    LinePoints,
    /// The value at `x[i]` holds until `x[i + 1]`.
    Steps,
    Band,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// The next of the palette.
    Auto,
    Palette(usize),
    Black,
    Gray,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dash {
    Solid,
    Dashed,
    Dotted,
    DashDot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
}

/// A function of two variables as colours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Map {
    /// Of the colour bar.
    pub label: String,
    pub unit: String,
    pub scale: Scale,
    /// Of the colours; from the data where there are none.
    pub limits: Option<[f64; 2]>,
    pub colors: Colors,
    /// Cell centres, increasing.
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Row-major with x slowest: `values[i * y.len() + j]`. NaN is drawn grey.
    pub values: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Colors {
    /// Dark to light (viridis).
    Sequential,
    /// Blue over white at zero to red; limits become symmetric.
    Diverging,
}

/// A thin line across the panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reference {
    pub along: Along,
    pub value: f64,
    pub label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Along {
    /// At a y.
    Horizontal,
    /// At an x.
    Vertical,
}

impl Axis {
    pub fn linear(label: &str, unit: &str) -> Self {
        Self { label: label.into(), unit: unit.into(), scale: Scale::Linear, limits: None }
    }

    pub fn log(label: &str, unit: &str) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label, unit) }
    }

    #[must_use]
    pub fn limits(mut self, low: f64, high: f64) -> Self {
        self.limits = Some([low, high]);
        self
    }
}

impl Series {
    fn new(draw: Draw, label: &str, x: &[f64], y: &[f64]) -> Self {
        Self {
            label: label.into(),
            listed: true,
            draw,
            color: Color::Auto,
            dash: Dash::Solid,
            marker: Marker::Circle,
            x: x.to_vec(),
            y: y.to_vec(),
            upper: Vec::new(),
        }
    }

    pub fn line(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(Draw::Line, label, x, y)
    }

    pub fn points(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(Draw::Points, label, x, y)
    }

    pub fn line_points(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(Draw::LinePoints, label, x, y)
    }

    pub fn steps(label: &str, x: &[f64], y: &[f64]) -> Self {
        Self::new(Draw::Steps, label, x, y)
    }

    pub fn band(label: &str, x: &[f64], lower: &[f64], upper: &[f64]) -> Self {
        Self { upper: upper.to_vec(), ..Self::new(Draw::Band, label, x, lower) }
    }

    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.color = color;
        self
    }

    #[must_use]
    pub fn dash(mut self, dash: Dash) -> Self {
        self.dash = dash;
        self
    }

    /// In the table under its name, in the legend not at all.
    #[must_use]
    pub fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }

    pub(super) fn has_entry(&self) -> bool {
        self.listed && !self.label.is_empty()
    }

    #[must_use]
    pub fn marker(mut self, marker: Marker) -> Self {
        self.marker = marker;
        self
    }

    fn check(&self, field: &str) -> Result<(), Invalid> {
        check_label(&format!("{field}.label"), &self.label)?;
        let upper = if self.draw == Draw::Band { self.x.len() } else { 0 };
        for (part, found, expected) in
            [("y", self.y.len(), self.x.len()), ("upper", self.upper.len(), upper)]
        {
            if found != expected {
                return Err(Invalid::new(
                    format!("{field}.{part}"),
                    format!("{found} values"),
                    format!("{expected}, as many as x"),
                ));
            }
        }
        Ok(())
    }
}

impl Map {
    /// Linear scale, sequential colours, limits from the data.
    pub fn new(label: &str, unit: &str, x: &[f64], y: &[f64], values: Vec<f64>) -> Self {
        Self {
            label: label.into(),
            unit: unit.into(),
            scale: Scale::Linear,
            limits: None,
            colors: Colors::Sequential,
            x: x.to_vec(),
            y: y.to_vec(),
            values,
        }
    }

    #[must_use]
    pub fn diverging(mut self) -> Self {
        self.colors = Colors::Diverging;
        self
    }

    #[must_use]
    pub fn log(mut self) -> Self {
        self.scale = Scale::Log;
        self
    }

    #[must_use]
    pub fn limits(mut self, low: f64, high: f64) -> Self {
        self.limits = Some([low, high]);
        self
    }

    fn check(&self, field: &str) -> Result<(), Invalid> {
        check_label(&format!("{field}.label"), &self.label)?;
        for (part, centres) in [("x", &self.x), ("y", &self.y)] {
            let increasing = centres.windows(2).all(|pair| pair[0] < pair[1]);
            if !increasing || !centres.iter().all(|value| value.is_finite()) {
                let expected = "finite cell centres that increase";
                return Err(Invalid::new(format!("{field}.{part}"), "(other)", expected));
            }
        }
        let cells = self.x.len().saturating_mul(self.y.len());
        if self.values.len() != cells {
            let found = format!("{} values", self.values.len());
            return Err(Invalid::new(format!("{field}.values"), found, format!("{cells}")));
        }
        check_limits(field, self.limits, self.scale)
    }
}

impl Panel {
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            title: String::new(),
            x,
            y,
            map: None,
            references: Vec::new(),
            series: Vec::new(),
            legend_title: String::new(),
        }
    }

    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.into();
        self
    }

    #[must_use]
    pub fn legend_title(mut self, title: &str) -> Self {
        self.legend_title = title.into();
        self
    }

    #[must_use]
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    #[must_use]
    pub fn map(mut self, map: Map) -> Self {
        self.map = Some(map);
        self
    }

    #[must_use]
    pub fn horizontal(mut self, value: f64, label: &str) -> Self {
        self.references.push(Reference { along: Along::Horizontal, value, label: label.into() });
        self
    }

    #[must_use]
    pub fn vertical(mut self, value: f64, label: &str) -> Self {
        self.references.push(Reference { along: Along::Vertical, value, label: label.into() });
        self
    }

    fn check(&self, field: &str) -> Result<(), Invalid> {
        check_label(&format!("{field}.title"), &self.title)?;
        check_label(&format!("{field}.legend_title"), &self.legend_title)?;
        for (part, axis) in [("x", &self.x), ("y", &self.y)] {
            let name = format!("{field}.{part}");
            check_label(&name, &axis.label)?;
            check_label(&name, &axis.unit)?;
            check_limits(&name, axis.limits, axis.scale)?;
        }
        for (index, reference) in self.references.iter().enumerate() {
            check_label(&format!("{field}.references[{index}].label"), &reference.label)?;
        }
        for (index, series) in self.series.iter().enumerate() {
            series.check(&format!("{field}.series[{index}]"))?;
        }
        self.map.as_ref().map_or(Ok(()), |map| map.check(&format!("{field}.map")))
    }

    fn count(&self) -> usize {
        let series: usize = self.series.iter().map(|series| series.x.len()).sum();
        series + self.map.as_ref().map_or(0, |map| map.values.len())
    }
}

impl Figure {
    /// Without panels yet.
    pub fn new(name: &str, title: &str, caption: &str) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            caption: caption.into(),
            source: String::new(),
            parameters: Vec::new(),
            columns: 1,
            panels: Vec::new(),
        }
    }

    #[must_use]
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    #[must_use]
    pub fn parameter(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    #[must_use]
    pub fn with(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// # Errors
    /// `Invalid`: series of unequal lengths, maps of the wrong shape or with centres that do not
    /// increase, limits that are not finite and increasing (and positive on a log axis), labels
    /// over 400 bytes; `TooLarge` above 64 panels or two million values.
    pub fn check(&self) -> Result<(), PlotError> {
        if MAX_PANELS < self.panels.len() {
            let needed = self.panels.len();
            return Err(PlotError::TooLarge { what: "panels", needed, limit: MAX_PANELS });
        }
        let needed = self.panels.iter().map(Panel::count).sum();
        if MAX_VALUES < needed {
            return Err(PlotError::TooLarge { what: "values", needed, limit: MAX_VALUES });
        }
        for (index, panel) in self.panels.iter().enumerate() {
            panel.check(&format!("panels[{index}]"))?;
        }
        Ok(())
    }
}

fn check_label(field: &str, text: &str) -> Result<(), Invalid> {
    if MAX_LABEL < text.len() {
        return Err(Invalid::new(field, format!("{} bytes", text.len()), "at most 400 bytes"));
    }
    Ok(())
}

fn check_limits(field: &str, limits: Option<[f64; 2]>, scale: Scale) -> Result<(), Invalid> {
    let Some([low, high]) = limits else { return Ok(()) };
    let positive = scale == Scale::Linear || 0.0 < low;
    if low.is_finite() && high.is_finite() && low < high && positive {
        return Ok(());
    }
    let expected = "finite limits that increase, above 0 on a log axis";
    Err(Invalid::new(format!("{field}.limits"), format!("[{low}, {high}]"), expected))
}
