//! What a sweep has come to, as one JSON object.
use serde_json::{Map, Value, json};

use crate::jobs::results::{Point, Results, certificate_json, hash_points};
use crate::jobs::view::JobView;

/// A sweep and its points.
#[derive(Debug)]
pub struct Report {
    pub view: JobView,
    pub results: Results,
    /// Of this command.
    pub seconds: f64,
    /// By this command.
    pub units_computed: u64,
}

impl Report {
    /// Points that are done, failed, and pending.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Point) -> bool| {
            self.results.points.iter().filter(|point| wanted(point)).count()
        };
        let failed = count(|point| matches!(point, Point::Failed { .. }));
        let pending = count(|point| matches!(point, Point::Pending));
        (self.results.points.len() - failed - pending, failed, pending)
    }
}

/// `results` is the same however often the sweep was interrupted, and in whatever chunks it was
/// computed; what depends on the moment stands beside it.
pub fn to_json(report: &Report) -> Value {
    let Report { view, results, .. } = report;
    let (done, failed, pending) = report.counts();
    json!({
        "job": view.id.as_ref(),
        "engine": view.engine.as_ref(),
        "state": view.state.name(),
        "device": results.certificate.device,
        "precision": results.certificate.precision,
        "points": { "total": results.points.len(), "done": done, "failed": failed,
                    "pending": pending },
        "units": { "total": view.units_total, "computed": report.units_computed },
        "seconds": report.seconds,
        "results": of_points(results),
        "certificate": certificate_json(&results.certificate),
    })
}

fn of_points(results: &Results) -> Value {
    let hashes = hash_points(results);
    let point = |(index, (point, hash)): (usize, (&Point, &Option<String>))| {
        let mut fields = Map::new();
        fields.insert("coordinates".into(), json!(results.document.coordinates(index)));
        match (point, hash) {
            (Point::Failed { reason }, _) => {
                fields.insert("status".into(), json!("failed"));
                fields.insert("reason".into(), json!(reason));
            }
            (_, Some(hash)) => {
                fields.insert("status".into(), json!("done"));
                fields.insert("hash".into(), json!(hash));
            }
            _ => {
                fields.insert("status".into(), json!("pending"));
            }
        }
        Value::Object(fields)
    };
    let points: Vec<Value> =
        results.points.iter().zip(&hashes.points).enumerate().map(point).collect();
    json!({ "hash": hashes.total, "points": points })
}
