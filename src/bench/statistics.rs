//! What is said of repeated measurements.
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    pub median: f64,
    pub least: f64,
    pub largest: f64,
}

impl Summary {
    /// All NaN for no values.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
        Self {
            median: 0.5 * (at(low) + at(high)),
            least: at(0),
            largest: at(values.len().wrapping_sub(1)),
        }
    }

    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            median: self.median * factor,
            least: self.least * factor,
            largest: self.largest * factor,
        }
    }
}
