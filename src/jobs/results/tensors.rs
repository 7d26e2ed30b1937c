//! Results as labelled arrays: coordinates, the state of every point, then what the engine found.
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
    let mut tensors: Vec<Tensor> = axes.iter().map(|axis| of_axis(results, axis)).collect();
    match results.document.first() {
        Request::Nrg(_) => tensors.extend(runs::tensors(results)),
        Request::Tables(_) => tensors.extend(answers::tensors(results)),
    }
    tensors
}

fn of_axis(results: &Results, axis: &Axis) -> Tensor {
    let engine = engine(results.document.engine());
    let known = engine.and_then(|engine| {
        engine.sweepable().iter().find(|field| field.path == axis.field).copied()
    });
    let (unit, long_name) = match known {
        Some(field) => (field.unit, field.long_name),
        None => runs::label(&axis.field),
    };
    coordinate(&axis.field, unit, long_name, &axis.values)
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
