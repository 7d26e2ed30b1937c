//! The one JSON object of `edgestate run --json`.
use serde_json::{Map, Value, json};

use super::{Certificate, Point, Results};
use crate::engine::{Answer, Array, Values};
use crate::jobs::axis::Axis;

/// NaN becomes null.
pub fn to_json(results: &Results, seconds: f64) -> Value {
    let axes: Vec<Value> = results.document.axes().iter().map(axis_json).collect();
    let points: Vec<Value> = results.points.iter().map(point_json).collect();
    json!({
        "engine": results.document.engine(),
        "device": results.certificate.device,
        "precision": results.certificate.precision,
        "seconds": seconds,
        "axes": axes,
        "results": points,
        "certificate": certificate_json(&results.certificate),
    })
}

fn axis_json(axis: &Axis) -> Value {
    let mut object = json!({ "field": axis.field, "values": axis.values });
    if !axis.others.is_empty() {
        let other =
            |(field, values): &(String, Vec<f64>)| json!({ "field": field, "values": values });
        object["others"] = axis.others.iter().map(other).collect();
    }
    object
}

pub(super) fn point_json(point: &Point) -> Value {
    let (status, mut fields) = match point {
        Point::Pending => ("pending", Map::new()),
        Point::Failed { reason } => {
            let mut fields = Map::new();
            fields.insert("reason".into(), json!(reason));
            ("failed", fields)
        }
        Point::Done(summary) => match summary.to_json() {
            Value::Object(fields) => ("done", fields),
            _ => ("done", Map::new()),
        },
        Point::Answered(answer) => ("done", arrays(answer)),
    };
    fields.insert("status".into(), json!(status));
    Value::Object(fields)
}

/// By name: values (nested by dimension; complex numbers as [re, im]), dimensions and unit.
fn arrays(answer: &Answer) -> Map<String, Value> {
    let object = |array: &Array| {
        let values = match &array.values {
            Values::F64(values) => nested(&array.shape, values),
            Values::I64(values) => nested(&array.shape, values),
            Values::C128(values) => nested(&array.shape, values),
        };
        let (unit, dimensions) = (&array.unit, &array.dimensions);
        json!({ "values": values, "dimensions": dimensions, "unit": unit })
    };
    answer.arrays.iter().map(|array| (array.name.clone(), object(array))).collect()
}

fn nested<T: serde::Serialize>(shape: &[usize], values: &[T]) -> Value {
    match shape {
        [] => json!(values.first()),
        [_] => json!(values),
        [_, rest @ ..] => {
            let len = rest.iter().product::<usize>().max(1);
            values.chunks(len).map(|row| nested(rest, row)).collect()
        }
    }
}

/// NaN becomes null.
pub fn certificate_json(certificate: &Certificate) -> Value {
    let measures: Map<String, Value> =
        certificate.measures.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "device": certificate.device,
        "precision": certificate.precision,
        "version": certificate.version,
        "eigen_residual": certificate.eigen_residual,
        "eigen_orthogonality": certificate.eigen_orthogonality,
        "matrices": certificate.matrices,
        "measures": measures,
        "notes": certificate.notes,
        "warnings": certificate.warnings,
    })
}
