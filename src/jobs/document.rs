//! A request: one engine with its fixed parameters, and the axes of a sweep over them.
use std::fmt::Write as _;

use super::axis::{Axis, AxisValues, RawAxis, Scale};
use super::reader;
use super::tree::{Node, SyntaxError, shortened};
use crate::invalid::Invalid;
use crate::nrg::{RawRequest, Request};

/// Most stored units (points x z x temperatures) of one job.
pub const MAX_UNITS: u64 = 250_000;
/// Most shifts z of one request, and most entries of `truncation.max_states`.
pub const MAX_LIST: usize = 1024;
/// Most refused values named in one answer.
const MAX_ERRORS: usize = 20;

const TEMPERATURE: &str = "run.temperature";

/// As written, from a file or from the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawDocument {
    pub engine: String,
    /// "" and "auto" leave the choice to the server.
    pub device: String,
    pub request: RawRequest,
    /// In their order: the last axis runs fastest.
    pub axes: Vec<RawAxis>,
}

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Invalid>),
}

impl RawDocument {
    pub fn from_toml(text: &str) -> Result<Self, DocumentError> {
        reader::read(&Node::from_toml(text)?).map_err(DocumentError::Invalid)
    }

    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        reader::read(&Node::from_json(text)?).map_err(DocumentError::Invalid)
    }

    /// TOML that [`Self::from_toml`] reads back to the same document, bit for bit.
    pub fn to_toml(&self) -> String {
        let mut text = format!("engine = {:?}\ndevice = {:?}\n", self.engine, self.device);
        let request = &self.request;
        section(&mut text, "model");
        entry(&mut text, "kind", request.model.kind.as_ref().and_then(name));
        entry(&mut text, "coupling", request.model.coupling.map(float));
        entry(&mut text, "coupling_z", request.model.coupling_z.map(float));
        entry(&mut text, "distance", request.model.distance.map(float));
        section(&mut text, "discretization");
        entry(&mut text, "lambda", request.discretization.lambda.map(float));
        entry(&mut text, "z", list(&request.discretization.z));
        entry(&mut text, "scheme", request.discretization.scheme.as_ref().and_then(name));
        section(&mut text, "truncation");
        entry(&mut text, "energy", request.truncation.energy.map(float));
        entry(&mut text, "rule", request.truncation.rule.as_ref().and_then(name));
        entry(&mut text, "gap_window", request.truncation.gap_window.map(float));
        let max_states: Vec<f64> =
            request.truncation.max_states.iter().copied().map(f64::from).collect();
        entry(&mut text, "max_states", list(&max_states));
        section(&mut text, "run");
        entry(&mut text, "temperature", list(&request.run.temperature));
        entry(&mut text, "shells", request.run.shells.map(float));
        section(&mut text, "sweep");
        for axis in &self.axes {
            entry(&mut text, &format!("{:?}", axis.field), Some(axis_text(&axis.values)));
        }
        text
    }

    /// Checks the whole document, every point included, before any work.
    /// Errors: what is refused, each with field, value and what is expected (at most 20).
    pub fn check(self) -> Result<Document, Vec<Invalid>> {
        let mut errors = Vec::new();
        self.check_frame(&mut errors);
        self.check_finite(&mut errors);
        self.check_axes(&mut errors);
        if errors.is_empty() {
            self.check_size(&mut errors);
        }
        if !errors.is_empty() {
            // The other fields too, so that one answer names all that is wrong; a field whose
            // axis was refused is not missing.
            let swept = |field: &str| self.axes.iter().any(|axis| axis.field == field);
            let more = self.request.validate().err().unwrap_or_default();
            let known: Vec<String> = errors.iter().map(|invalid| invalid.field.clone()).collect();
            errors.extend(more.into_iter().filter(|new| {
                // A list's entry `run.temperature[1]` belongs to `run.temperature`.
                let field = new.field.split('[').next().unwrap_or_default();
                !swept(field) && !known.iter().any(|old| old.starts_with(field))
            }));
            errors.truncate(MAX_ERRORS);
            return Err(errors);
        }
        Document::new(self)
    }

    fn check_frame(&self, errors: &mut Vec<Invalid>) {
        if self.engine.is_empty() {
            errors.push(Invalid::missing("engine", "nrg"));
        } else if self.engine != "nrg" {
            errors.push(Invalid::new("engine", format!("{:?}", shortened(&self.engine)), "nrg"));
        }
        if !matches!(self.device.as_str(), "" | "auto" | "cpu") {
            let value = format!("{:?}", shortened(&self.device));
            errors.push(Invalid::new("device", value, "auto or cpu"));
        }
        for (field, len) in [
            ("discretization.z", self.request.discretization.z.len()),
            ("truncation.max_states", self.request.truncation.max_states.len()),
        ] {
            if len > MAX_LIST {
                let expected = format!("at most {MAX_LIST} values");
                errors.push(Invalid::new(field, format!("{len} values"), expected));
            }
        }
    }

    /// The wire can carry NaN and infinities; a text was checked by its reader.
    fn check_finite(&self, errors: &mut Vec<Invalid>) {
        let request = &self.request;
        let numbers = [
            ("model.coupling", request.model.coupling),
            ("model.coupling_z", request.model.coupling_z),
            ("model.distance", request.model.distance),
            ("discretization.lambda", request.discretization.lambda),
            ("truncation.energy", request.truncation.energy),
            ("truncation.gap_window", request.truncation.gap_window),
            ("run.shells", request.run.shells),
        ];
        let lists = [
            ("discretization.z", &request.discretization.z),
            (TEMPERATURE, &request.run.temperature),
        ];
        let listed =
            lists.iter().flat_map(|(field, list)| list.iter().map(move |value| (*field, *value)));
        let given = numbers.iter().filter_map(|(field, value)| value.map(|value| (*field, value)));
        for (field, value) in given.chain(listed).filter(|(_, value)| !value.is_finite()) {
            errors.push(Invalid::new(field, value, "a finite number"));
            if errors.len() >= MAX_ERRORS {
                return;
            }
        }
    }

    fn check_axes(&self, errors: &mut Vec<Invalid>) {
        for (index, axis) in self.axes.iter().enumerate() {
            axis.check(errors);
            let earlier = self.axes.iter().take(index);
            if earlier.into_iter().any(|other| other.field == axis.field) {
                errors.push(Invalid::new(axis.name(), "a second axis", "one axis for each field"));
            }
            if self.is_fixed(&axis.field) {
                let expected = format!("{} to be given once, as a value or as an axis", axis.field);
                errors.push(Invalid::new(axis.name(), "an axis", expected));
            }
            if errors.len() >= MAX_ERRORS {
                return;
            }
        }
    }

    fn is_fixed(&self, field: &str) -> bool {
        let request = &self.request;
        match field {
            "model.coupling" => request.model.coupling.is_some(),
            "model.coupling_z" => request.model.coupling_z.is_some(),
            "model.distance" => request.model.distance.is_some(),
            "discretization.lambda" => request.discretization.lambda.is_some(),
            "truncation.energy" => request.truncation.energy.is_some(),
            "truncation.gap_window" => request.truncation.gap_window.is_some(),
            "run.shells" => request.run.shells.is_some(),
            TEMPERATURE => !request.run.temperature.is_empty(),
            _ => false,
        }
    }

    /// Counts before anything is written out: a sweep of 10^9 points costs nothing.
    fn check_size(&self, errors: &mut Vec<Invalid>) {
        let temperatures = self.request.run.temperature.len().max(1) as u64;
        let points = self
            .axes
            .iter()
            .fold(temperatures, |product, axis| product.saturating_mul(axis.values.count()));
        // Four shifts are the default when none is given.
        let shifts = match self.request.discretization.z.len() {
            0 => 4,
            len => len as u64,
        };
        let units = points.saturating_mul(shifts);
        if units > MAX_UNITS {
            let value = format!("{points} points x {shifts} z");
            let expected = format!("at most {MAX_UNITS} in all");
            errors.push(Invalid::new("sweep", value, expected));
        }
    }
}

/// A checked document: every point of it can be computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    raw: RawDocument,
    /// With a list of temperatures as the last axis.
    axes: Vec<Axis>,
    /// The first point; `run.temperature` holds all temperatures.
    first: Request,
}

impl Document {
    fn new(raw: RawDocument) -> Result<Self, Vec<Invalid>> {
        let mut axes: Vec<Axis> = raw
            .axes
            .iter()
            .map(|axis| Axis { field: axis.field.clone(), values: axis.values.expand() })
            .collect();
        if raw.request.run.temperature.len() > 1 {
            let values = raw.request.run.temperature.clone();
            axes.push(Axis { field: TEMPERATURE.into(), values });
        }
        let base = first_point(&raw.request, &axes)?;
        check_each_value(&base, &axes)?;
        let first = base.validate()?;
        let document = Self { raw, axes, first };
        document.check_each_group()?;
        Ok(document)
    }

    pub fn raw(&self) -> &RawDocument {
        &self.raw
    }
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }
    /// The first point, defaults filled in; its temperatures are those of all points.
    pub fn first(&self) -> &Request {
        &self.first
    }
    pub fn z(&self) -> &[f64] {
        &self.first.discretization.z
    }
    /// Points of the sweep, temperatures included.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }
    /// Points x z.
    pub fn units(&self) -> usize {
        self.points() * self.z().len()
    }
    /// Fixes the number of shells of every run that leaves it open.
    pub fn lowest_temperature(&self) -> f64 {
        self.first.run.temperature.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn temperature_axis(&self) -> Option<usize> {
        self.axes.iter().position(|axis| axis.field == TEMPERATURE)
    }

    /// Number of parameter sets: points without the temperature axis.
    pub fn groups(&self) -> usize {
        let temperatures = self.temperature_axis().map_or(1, |axis| self.axes[axis].values.len());
        self.points() / temperatures
    }

    /// Parameter set `group` with all its temperatures: what one run per z computes.
    pub fn group(&self, group: usize) -> Result<Group, Vec<Invalid>> {
        let mut request = first_point(&self.raw.request, &self.axes)?;
        let mut rest = group;
        // Strides of the point index, found from the fastest axis on.
        let (mut stride, mut first_point, mut temperature_stride) = (1, 0, 0);
        for axis in self.axes.iter().rev() {
            let len = axis.values.len();
            if axis.field == TEMPERATURE {
                temperature_stride = stride;
            } else {
                let index = rest % len;
                rest /= len;
                first_point += index * stride;
                request.set(&axis.field, axis.values[index]).map_err(|invalid| vec![invalid])?;
            }
            stride *= len;
        }
        let request = request.validate()?;
        let points = (0..request.run.temperature.len())
            .map(|index| first_point + index * temperature_stride)
            .collect();
        Ok(Group { request, points })
    }

    fn check_each_group(&self) -> Result<(), Vec<Invalid>> {
        for group in 0..self.groups() {
            self.group(group)?;
        }
        Ok(())
    }
}

/// One parameter set of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub request: Request,
    /// Index of the point of each of `request.run.temperature`.
    pub points: Vec<usize>,
}

fn first_point(request: &RawRequest, axes: &[Axis]) -> Result<RawRequest, Vec<Invalid>> {
    let mut first = request.clone();
    for axis in axes {
        if axis.field == TEMPERATURE {
            first.run.temperature.clone_from(&axis.values);
        } else if let Some(value) = axis.values.first() {
            first.set(&axis.field, *value).map_err(|invalid| vec![invalid])?;
        }
    }
    Ok(first)
}

/// Every value of every axis once, so that all bad ones are named and not only the first point's.
fn check_each_value(base: &RawRequest, axes: &[Axis]) -> Result<(), Vec<Invalid>> {
    let mut errors = base.validate().err().unwrap_or_default();
    for axis in axes.iter().filter(|axis| axis.field != TEMPERATURE) {
        for value in &axis.values {
            let mut point = base.clone();
            point.set(&axis.field, *value).map_err(|invalid| vec![invalid])?;
            for invalid in point.validate().err().unwrap_or_default() {
                if !errors.contains(&invalid) {
                    errors.push(invalid);
                }
            }
            if errors.len() >= MAX_ERRORS {
                break;
            }
        }
    }
    errors.truncate(MAX_ERRORS);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn section(text: &mut String, name: &str) {
    text.push_str(&format!("[{name}]\n"));
}

fn entry(text: &mut String, name: &str, value: Option<String>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{name} = {value}");
    }
}

fn float(value: f64) -> String {
    format!("{value:?}")
}

fn list(values: &[f64]) -> Option<String> {
    let items: Vec<String> = values.iter().copied().map(float).collect();
    (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
}

/// The kebab-case name of a choice, quoted.
fn name<T: serde::Serialize>(choice: &T) -> Option<String> {
    serde_json::to_string(choice).ok()
}

fn axis_text(values: &AxisValues) -> String {
    match values {
        AxisValues::List(values) => list(values).unwrap_or_else(|| "[]".into()),
        AxisValues::Grid { from, to, count, scale } => {
            let scale = match scale {
                Scale::Linear => "linear",
                Scale::Log => "log",
            };
            format!("{{ from = {from:?}, to = {to:?}, count = {count}, scale = \"{scale}\" }}")
        }
    }
}
