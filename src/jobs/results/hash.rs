//! Content hashes: equal exactly when the numbers are equal.
use sha2::{Digest, Sha256};

use super::json::point_json;
use super::{Point, Results};
use crate::jobs::key::Key;

/// SHA-256, as hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashes {
    /// Over the text `index hash` or `index status` of every point, a line each.
    pub total: String,
    /// Over the compact JSON text of a point as `edgestate run --json` prints it: floats by the
    /// shortest digits that give their bits back. None without a result.
    pub points: Vec<Option<String>>,
}

/// The hashes of all points, in their order.
pub fn hash_points(results: &Results) -> Hashes {
    let points: Vec<Option<String>> = results.points.iter().map(of_point).collect();
    let mut total = Sha256::new();
    for (index, (point, hash)) in results.points.iter().zip(&points).enumerate() {
        let text = match (point, hash) {
            (Point::Failed { reason }, _) => format!("{index} failed {reason}\n"),
            (_, Some(hash)) => format!("{index} {hash}\n"),
            _ => format!("{index} pending\n"),
        };
        total.update(text);
    }
    Hashes { total: Key(total.finalize().into()).hex(), points }
}

fn of_point(point: &Point) -> Option<String> {
    let finished = matches!(point, Point::Done(_) | Point::Answered(_));
    finished.then(|| Key(Sha256::digest(point_json(point).to_string()).into()).hex())
}
