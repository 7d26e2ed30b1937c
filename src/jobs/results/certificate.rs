//! How good the numbers are: the worst of every measure the engine records.
use std::collections::BTreeSet;

use crate::engine::Quality;
use crate::jobs::spec::Unit;
use crate::nrg::{PointSummary, UNIT_COLUMNS, UnitResult};

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
    pub measures: Vec<(String, f64)>,
    /// How it was computed.
    pub notes: BTreeSet<String>,
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
            notes: BTreeSet::new(),
            warnings: BTreeSet::new(),
        }
    }

    /// `first`: the first unit of its run, which counts the matrices that they share.
    pub(super) fn include(&mut self, unit: &Unit, first: bool) {
        match unit {
            Unit::Nrg(unit) => {
                self.include_run(unit);
                if first {
                    self.count_matrices(unit);
                }
            }
            Unit::Answer(answer) => self.include_answer(&answer.quality),
        }
        for warning in unit.warnings() {
            if self.warnings.len() < MAX_WARNINGS {
                self.warnings.insert(warning.clone());
            }
        }
    }

    /// A second run of an error bar: its own warnings are about a cut that nobody asked for.
    pub(super) fn include_lowered(&mut self, unit: &Unit, first: bool) {
        let Unit::Nrg(unit) = unit else { return };
        self.include_run(unit);
        if first {
            self.count_matrices(unit);
        }
    }

    /// The largest error bar of every result, and what is said of those that are too large.
    pub(super) fn include_errors(&mut self, summary: &PointSummary) {
        for (column, bar) in &summary.errors {
            self.measure(&format!("{}_error", column.name), bar.mean);
        }
        for warning in &summary.warnings {
            if self.warnings.len() < MAX_WARNINGS {
                self.warnings.insert(warning.clone());
            }
        }
    }

    fn include_answer(&mut self, quality: &Quality) {
        self.eigen_residual = self.eigen_residual.max(quality.eigen_residual);
        self.eigen_orthogonality = self.eigen_orthogonality.max(quality.eigen_orthogonality);
        self.matrices += quality.matrices;
        for (name, value) in &quality.measures {
            self.measure(name, *value);
        }
        for note in &quality.notes {
            if self.notes.len() < MAX_WARNINGS {
                self.notes.insert(note.clone());
            }
        }
    }

    fn include_run(&mut self, unit: &UnitResult) {
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
    }

    /// The matrices of one run; its temperatures share them.
    fn count_matrices(&mut self, unit: &UnitResult) {
        let count = unit.get("matrices").filter(|count| count.is_finite()).unwrap_or(0.0);
        self.matrices += count as u64;
    }

    fn measure(&mut self, name: &str, value: f64) {
        match self.measures.iter_mut().find(|(known, _)| known == name) {
            Some((_, worst)) => *worst = worst.max(value),
            None => self.measures.push((name.to_owned(), value)),
        }
    }
}
