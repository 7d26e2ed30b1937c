//! The one JSON object of `edgestate run --json`.
use serde_json::{Map, Value, json};

use super::{Certificate, Point, Results};

/// NaN becomes null.
pub fn to_json(results: &Results, seconds: f64) -> Value {
    let axes: Vec<Value> = results
        .document
        .axes()
        .iter()
        .map(|axis| json!({ "field": axis.field, "values": axis.values }))
        .collect();
    let points: Vec<Value> = results.points.iter().map(point).collect();
    json!({
        "engine": "nrg",
        "device": results.certificate.device,
        "precision": results.certificate.precision,
        "seconds": seconds,
        "axes": axes,
        "results": points,
        "certificate": certificate(&results.certificate),
    })
}

fn point(point: &Point) -> Value {
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
    };
    fields.insert("status".into(), json!(status));
    Value::Object(fields)
}

fn certificate(certificate: &Certificate) -> Value {
    let measures: Map<String, Value> = certificate
        .measures
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    json!({
        "device": certificate.device,
        "precision": certificate.precision,
        "version": certificate.version,
        "eigen_residual": certificate.eigen_residual,
        "eigen_orthogonality": certificate.eigen_orthogonality,
        "matrices": certificate.matrices,
        "measures": measures,
        "warnings": certificate.warnings,
    })
}
