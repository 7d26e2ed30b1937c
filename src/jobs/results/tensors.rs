//! Results as labelled arrays: coordinates, the state of every point, then what the engine found.
use std::collections::{BTreeSet, HashMap};

use super::{Point, Results, answers, runs};
use crate::engine::Values;
use crate::jobs::axis::Axis;
use crate::jobs::document::Request;
use crate::jobs::spec::engine;

/// One array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    /// One per entry of `shape`; a coordinate has its own name here.
    pub dimensions: Vec<String>,
    pub shape: Vec<u64>,
    pub unit: String,
    pub long_name: String,
    pub values: Values,
}

/// All arrays of a job: coordinates first. Points without a result hold NaN (-1 in integers).
pub fn tensors(results: &Results) -> Vec<Tensor> {
    let axes = results.document.axes();
    let mut tensors: Vec<Tensor> = axes.iter().flat_map(|axis| of_axis(results, axis)).collect();
    match results.document.first() {
        Request::Nrg(_) => tensors.extend(runs::tensors(results)),
        Request::Tables(_) => tensors.extend(answers::tensors(results)),
    }
    tensors
}

/// Names for people: a path (`model.coupling_z`) becomes its last part, unless that is taken.
pub fn short_names(tensors: &[Tensor]) -> HashMap<String, String> {
    let of = |tensor: &Tensor| -> Vec<String> {
        std::iter::once(&tensor.name).chain(&tensor.dimensions).cloned().collect()
    };
    let paths: BTreeSet<String> = tensors.iter().flat_map(of).collect();
    let leaf = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let mut taken: HashMap<String, usize> = HashMap::new();
    for path in &paths {
        *taken.entry(leaf(path)).or_insert(0) += 1;
    }
    let name = |path: &String| match taken.get(&leaf(path)) {
        Some(1) => leaf(path),
        _ => path.clone(),
    };
    paths.iter().map(|path| (path.clone(), name(path))).collect()
}

/// The coordinate of an axis, and those of the fields that vary with it.
fn of_axis(results: &Results, axis: &Axis) -> Vec<Tensor> {
    let along = |field: &str, values: &[f64]| {
        let (unit, long_name) = label(results.document.engine(), field);
        let mut tensor = coordinate(field, unit, long_name, values);
        tensor.dimensions = vec![axis.field.clone()];
        tensor
    };
    let others = axis.others.iter().map(|(field, values)| along(field, values));
    std::iter::once(along(&axis.field, &axis.values)).chain(others).collect()
}

/// Unit and meaning of a field that an axis varies.
fn label(engine_name: &str, field: &str) -> (&'static str, &'static str) {
    let engine = engine(engine_name);
    let known = engine.and_then(|engine| engine.sweepable().iter().find(|one| one.path == field));
    known.map_or_else(|| runs::label(field), |known| (known.unit, known.long_name))
}

/// Dimensions of an array over the points of a sweep.
pub(super) struct Layout {
    dimensions: Vec<String>,
    shape: Vec<u64>,
}

impl Layout {
    pub(super) fn new(results: &Results) -> Self {
        let axes = results.document.axes();
        Self {
            dimensions: axes.iter().map(|axis| axis.field.clone()).collect(),
            shape: axes.iter().map(|axis| axis.values.len() as u64).collect(),
        }
    }

    pub(super) fn tensor(&self, name: &str, unit: &str, long_name: &str, values: Values) -> Tensor {
        Tensor {
            name: name.to_owned(),
            dimensions: self.dimensions.clone(),
            shape: self.shape.clone(),
            unit: unit.to_owned(),
            long_name: long_name.to_owned(),
            values,
        }
    }

    pub(super) fn status(&self, results: &Results) -> Tensor {
        let code = |point: &Point| match point {
            Point::Pending => 0,
            Point::Done(_) | Point::Answered(_) => 1,
            Point::Failed { .. } => 2,
        };
        let values = results.points.iter().map(code).collect();
        self.tensor("status", "1", "0 pending, 1 done, 2 failed", Values::I64(values))
    }
}

impl Tensor {
    /// With one more dimension behind the others.
    pub(super) fn along(mut self, dimension: &str, len: usize) -> Self {
        self.dimensions.push(dimension.to_owned());
        self.shape.push(len as u64);
        self
    }
}

pub(super) fn coordinate(name: &str, unit: &str, long_name: &str, values: &[f64]) -> Tensor {
    Tensor {
        name: name.to_owned(),
        dimensions: vec![name.to_owned()],
        shape: vec![values.len() as u64],
        unit: unit.to_owned(),
        long_name: long_name.to_owned(),
        values: Values::F64(values.to_vec()),
    }
}
