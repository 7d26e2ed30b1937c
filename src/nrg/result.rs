//! What one run yields: scalars by name for every temperature, and a record per shell.
use serde::{Deserialize, Serialize};

/// Name, unit and meaning of a stored number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    /// "D", "1/D", "1"
    pub unit: &'static str,
    pub long_name: &'static str,
}

/// The scalars of one stored unit (parameters, one z, one temperature), in the order of their values.
pub const UNIT_COLUMNS: &[Column] = &[];

/// The numbers of one shell, in the order of their values.
pub const SHELL_COLUMNS: &[Column] = &[];

/// One stored unit: (parameters, one z, shells, temperature).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitResult {
    /// By [`UNIT_COLUMNS`]; NaN where a number does not exist.
    pub values: Vec<f64>,
    /// [shell][`SHELL_COLUMNS`]
    pub shells: Vec<Vec<f64>>,
    /// Bounds not met, in words.
    pub warnings: Vec<String>,
}

impl UnitResult {
    /// The scalar called `name` in [`UNIT_COLUMNS`].
    pub fn get(&self, name: &str) -> Option<f64> {
        let index = UNIT_COLUMNS.iter().position(|column| column.name == name)?;
        self.values.get(index).copied()
    }
}

/// A number for every z, its mean and its population standard deviation over z.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistic {
    pub mean: f64,
    pub std: f64,
    pub per_z: Vec<f64>,
}

/// The z-averaged results of one point at one temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct PointSummary {
    /// E_R = J^2 / (4 x), Eq. (20b).
    pub rkky_energy: f64,
    /// Name, unit, meaning and values: `t_s_transverse_intra`, ..., `sz_sz`, `sx_sx`, `entropy`, ...
    pub statistics: Vec<(Column, Statistic)>,
    /// Number of shells of each z.
    pub shells: Vec<u32>,
    /// Most kept states of any shell and z.
    pub kept_max: u64,
    /// Order of the largest block diagonalized.
    pub sector_max: u64,
    pub warnings: Vec<String>,
}

impl PointSummary {
    /// From the units of all z of one point (in the order of z).
    pub fn new(model: &super::Model, units: &[&UnitResult]) -> Self {
        let _ = (model, units);
        unimplemented!()
    }

    /// The object of `edgestate run --json`: `rkky_energy`, nested `t_s` and `static`, `shells`, ...
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}
