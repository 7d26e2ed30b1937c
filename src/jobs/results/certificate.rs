//! How good the numbers are: the worst of every measure the engine records.
use std::collections::BTreeSet;

use crate::nrg::{UNIT_COLUMNS, UnitResult};

/// Most warnings kept.
const MAX_WARNINGS: usize = 100;

/// The certificate of a set of units.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    pub device: String,
    pub precision: &'static str,
    pub version: &'static str,
    /// max |A V - V L|_F / (n |A|_F eps); NaN where the engine does not record it.
    pub eigen_residual: f64,
    /// max |V^H V - 1|_F / (n eps)
    pub eigen_orthogonality: f64,
    pub matrices: u64,
    /// Worst of the engine's own measures.
    pub measures: Vec<(&'static str, f64)>,
    pub warnings: BTreeSet<String>,
}

/// Columns that are measures of accuracy and no results.
const MEASURES: &[&str] = &["sum_rule_error", "discarded_weight", "ladder_orthogonality"];

impl Certificate {
    pub fn new(device: &str) -> Self {
        Self {
            device: device.to_owned(),
            precision: "f64",
            version: env!("CARGO_PKG_VERSION"),
            eigen_residual: f64::NAN,
            eigen_orthogonality: f64::NAN,
            matrices: 0,
            measures: Vec::new(),
            warnings: BTreeSet::new(),
        }
    }

    pub(super) fn include(&mut self, unit: &UnitResult) {
        for (column, value) in UNIT_COLUMNS.iter().zip(&unit.values) {
            match column.name {
                "eigen_residual" => self.eigen_residual = self.eigen_residual.max(*value),
                "eigen_orthogonality" => {
                    self.eigen_orthogonality = self.eigen_orthogonality.max(*value);
                }
                name if MEASURES.contains(&name) => self.measure(name, *value),
                _ => {}
            }
        }
        for warning in &unit.warnings {
            if self.warnings.len() < MAX_WARNINGS {
                self.warnings.insert(warning.clone());
            }
        }
    }

    /// The matrices of one run; its temperatures share them.
    pub(super) fn count_matrices(&mut self, unit: &UnitResult) {
        let count = unit.get("matrices").filter(|count| count.is_finite()).unwrap_or(0.0);
        self.matrices += count as u64;
    }

    fn measure(&mut self, name: &'static str, value: f64) {
        match self.measures.iter_mut().find(|(known, _)| *known == name) {
            Some((_, worst)) => *worst = worst.max(value),
            None => self.measures.push((name, value)),
        }
    }
}
