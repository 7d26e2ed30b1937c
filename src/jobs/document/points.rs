//! The points of a checked document, and which of them one run answers.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{MAX_ERRORS, Parameters, RawDocument, TEMPERATURE};
use crate::engine::Node;
use crate::invalid::Invalid;
use crate::jobs::axis::{Axis, dimensions};
use crate::jobs::spec::{Spec, Tables, engine};
use crate::nrg::{self, RunSpec};

/// A checked document: every point of it can be computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    raw: RawDocument,
    /// With a list of temperatures as the last axis.
    axes: Vec<Axis>,
    /// The first point; of the NRG with the temperatures of all points.
    first: Request,
}

/// One point, defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Nrg(nrg::Request),
    Tables(Tables),
}

/// One parameter set of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub request: Request,
    /// Of the NRG one run for each z, and behind them, where error bars are asked for, a second one
    /// for each z; else a single one.
    pub runs: Vec<Arc<Spec>>,
    /// The point of each unit of a run.
    pub points: Vec<usize>,
}

impl Group {
    /// How many of its runs are results; those behind them are for error bars.
    pub fn results(&self) -> usize {
        match &self.request {
            Request::Nrg(request) if request.run.error_bars => self.runs.len() / 2,
            _ => self.runs.len(),
        }
    }
}

impl Document {
    pub(super) fn new(raw: RawDocument) -> Result<Self, Vec<Invalid>> {
        let engine = raw.engine.clone();
        let (base, axes) = Self::base(&raw)?;
        let checked = Self::unchecked(raw).and_then(|document| {
            document.check_each_group()?;
            Ok(document)
        });
        // One pass for a document that is right; one that is not has all its bad values named.
        checked.map_err(|errors| check_each_value(&engine, &base, &axes).err().unwrap_or(errors))
    }

    /// Of a document that was checked before.
    pub(super) fn unchecked(raw: RawDocument) -> Result<Self, Vec<Invalid>> {
        let (base, axes) = Self::base(&raw)?;
        let first = validate(&raw.engine, &base)?;
        Ok(Self { raw, axes, first })
    }

    /// Parameters of the first point, and the axes.
    fn base(raw: &RawDocument) -> Result<(Parameters, Vec<Axis>), Vec<Invalid>> {
        let mut axes = dimensions(&raw.axes);
        if let Parameters::Nrg(request) = &raw.parameters
            && request.run.temperature.len() > 1
        {
            let values = request.run.temperature.clone();
            axes.push(Axis { field: TEMPERATURE.into(), values, others: Vec::new() });
        }
        Ok((first_point(&raw.parameters, &axes)?, axes))
    }

    pub fn raw(&self) -> &RawDocument {
        &self.raw
    }
    pub fn engine(&self) -> &str {
        &self.raw.engine
    }
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }
    /// The first point; its temperatures (NRG) are those of all points.
    pub fn first(&self) -> &Request {
        &self.first
    }
    /// Discretization shifts; empty for every engine but the NRG.
    pub fn z(&self) -> &[f64] {
        match &self.first {
            Request::Nrg(request) => &request.discretization.z,
            Request::Tables(_) => &[],
        }
    }
    /// Points of the sweep, temperatures included.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }
    /// The values of all axes at a point, by field. Row-major: the last axis runs fastest.
    pub fn coordinates(&self, point: usize) -> BTreeMap<&str, f64> {
        let mut rest = point;
        let mut found = BTreeMap::new();
        for axis in self.axes.iter().rev() {
            let index = rest % axis.values.len().max(1);
            rest /= axis.values.len().max(1);
            found.extend(axis.at(index));
        }
        found
    }
    /// What is stored: points x z (twice with error bars), or points.
    pub fn units(&self) -> usize {
        let runs = if self.has_error_bars() { 2 } else { 1 };
        runs * self.points() * self.z().len().max(1)
    }
    /// Whether each run of the NRG has a second one that says how far to trust it.
    pub fn has_error_bars(&self) -> bool {
        matches!(&self.first, Request::Nrg(request) if request.run.error_bars)
    }
    /// Fixes the number of shells of every NRG run that leaves it open; infinity for other engines.
    pub fn lowest_temperature(&self) -> f64 {
        let Request::Nrg(first) = &self.first else { return f64::INFINITY };
        let zipped = self.axes.iter().flat_map(|axis| &axis.others);
        let zipped = zipped.filter(|(field, _)| field == TEMPERATURE).flat_map(|(_, all)| all);
        let swept = self.axes.iter().filter(|axis| axis.field == TEMPERATURE);
        let swept = swept.flat_map(|axis| &axis.values);
        let all = first.run.temperature.iter().chain(zipped).chain(swept);
        all.copied().fold(f64::INFINITY, f64::min)
    }

    /// The axis whose points one run answers.
    fn shared_axis(&self) -> Option<usize> {
        match self.first {
            Request::Nrg(_) => self.axes.iter().position(is_shared),
            Request::Tables(_) => None,
        }
    }

    /// Number of parameter sets: points without the temperature axis of the NRG.
    pub fn groups(&self) -> usize {
        let shared = self.shared_axis().map_or(1, |axis| self.axes[axis].values.len());
        self.points() / shared
    }

    /// Parameter set `group`: what is computed for it, and which points that answers.
    pub fn group(&self, group: usize) -> Result<Group, Vec<Invalid>> {
        let shared = self.shared_axis();
        let mut parameters = first_point(&self.raw.parameters, &self.axes)?;
        let mut rest = group;
        // Strides of the point index, found from the fastest axis on.
        let (mut stride, mut first, mut shared_stride) = (1, 0, 0);
        for (number, axis) in self.axes.iter().enumerate().rev() {
            let len = axis.values.len();
            if shared == Some(number) {
                shared_stride = stride;
            } else {
                let index = rest % len;
                rest /= len;
                first += index * stride;
                set_all(&mut parameters, axis, index)?;
            }
            stride *= len;
        }
        let request = validate(&self.raw.engine, &parameters)?;
        let runs = runs_of(&request, self.lowest_temperature());
        let units = runs.first().map_or(1, |run| run.units());
        let points = (0..units).map(|index| first + index * shared_stride).collect();
        Ok(Group { request, runs, points })
    }

    fn check_each_group(&self) -> Result<(), Vec<Invalid>> {
        for group in 0..self.groups() {
            self.group(group)?;
        }
        Ok(())
    }
}

fn runs_of(request: &Request, lowest_temperature: f64) -> Vec<Arc<Spec>> {
    match request {
        Request::Nrg(request) => {
            let mut specs = RunSpec::of(request, &request.run.temperature, lowest_temperature);
            if request.run.error_bars {
                specs.extend(specs.iter().map(RunSpec::lowered).collect::<Vec<_>>());
            }
            specs.into_iter().map(|spec| Arc::new(Spec::Nrg(spec))).collect()
        }
        Request::Tables(tables) => vec![Arc::new(Spec::Tables(tables.clone()))],
    }
}

fn validate(engine_name: &str, parameters: &Parameters) -> Result<Request, Vec<Invalid>> {
    match parameters {
        Parameters::Nrg(request) => request.validate().map(Request::Nrg),
        Parameters::Tables(tables) => {
            let engine = engine(engine_name)
                .ok_or_else(|| vec![Invalid::new("engine", engine_name, "a known engine")])?;
            let request = engine.resolve(tables)?;
            Ok(Request::Tables(Tables { engine: engine.name(), request }))
        }
    }
}

fn set(parameters: &mut Parameters, field: &str, value: f64) -> Result<(), Vec<Invalid>> {
    match parameters {
        Parameters::Nrg(request) => request.set(field, value).map_err(|invalid| vec![invalid]),
        Parameters::Tables(tables) => {
            tables.set(field, Node::Number(value));
            Ok(())
        }
    }
}

/// One run answers every point along it: temperatures, unless something else varies with them.
fn is_shared(axis: &Axis) -> bool {
    axis.field == TEMPERATURE && axis.others.is_empty()
}

/// All fields of an axis at one of its points.
fn set_all(parameters: &mut Parameters, axis: &Axis, index: usize) -> Result<(), Vec<Invalid>> {
    axis.at(index).try_for_each(|(field, value)| set(parameters, field, value))
}

fn first_point(parameters: &Parameters, axes: &[Axis]) -> Result<Parameters, Vec<Invalid>> {
    let mut first = parameters.clone();
    for axis in axes {
        if let Parameters::Nrg(request) = &mut first
            && is_shared(axis)
        {
            request.run.temperature.clone_from(&axis.values);
        } else {
            set_all(&mut first, axis, 0)?;
        }
    }
    Ok(first)
}

/// Every value of every axis once, so that all bad ones are named and not only the first point's.
fn check_each_value(engine: &str, base: &Parameters, axes: &[Axis]) -> Result<(), Vec<Invalid>> {
    let mut errors = validate(engine, base).err().unwrap_or_default();
    // A list of a million bad temperatures is a million errors: compared with each other, hours.
    errors.truncate(MAX_ERRORS);
    let shared = |axis: &&Axis| matches!(base, Parameters::Nrg(_)) && is_shared(axis);
    for axis in axes.iter().filter(|axis| !shared(axis)) {
        for index in 0..axis.values.len() {
            let mut point = base.clone();
            set_all(&mut point, axis, index)?;
            for invalid in validate(engine, &point).err().unwrap_or_default() {
                if errors.len() >= MAX_ERRORS {
                    return Err(errors);
                }
                if !errors.contains(&invalid) {
                    errors.push(invalid);
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
