//! Results as labelled arrays: dimensions are the axes of the sweep, then `z`, then `shell`.
use super::{Point, Results};
use crate::nrg::{Column, PointSummary, SHELL_COLUMNS, UNIT_COLUMNS, UnitResult};

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

#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    F64(Vec<f64>),
    I64(Vec<i64>),
}

/// All arrays of a job: coordinates first. Points without a result hold NaN (-1 in `shells`,
/// `kept_max`, `sector_max`).
pub fn tensors(results: &Results) -> Vec<Tensor> {
    let layout = Layout::new(results);
    let mut tensors = layout.coordinates(results);
    tensors.push(layout.status(results));
    tensors.push(layout.per_point(
        "rkky_energy",
        "D",
        "RKKY energy J^2 / (4 x)",
        results,
        |done| done.rkky_energy,
    ));
    tensors.push(layout.shells(results));
    let whole = "most kept states of any shell and z";
    tensors.push(layout.counts("kept_max", whole, results, |done| done.kept_max));
    let whole = "order of the largest block diagonalized";
    tensors.push(layout.counts("sector_max", whole, results, |done| done.sector_max));
    for column in statistics(results) {
        tensors.extend(layout.statistic(column, results));
    }
    if !results.flow.is_empty() {
        tensors.extend(layout.flow(results));
    }
    tensors
}

/// Integers with an array of their own.
const COUNTS: &[&str] = &["shells", "kept_max", "sector_max"];

/// The columns of a point, also while no point is finished.
fn statistics(results: &Results) -> Vec<Column> {
    let values = vec![f64::NAN; UNIT_COLUMNS.len()];
    let nothing = UnitResult { values, shells: Vec::new(), warnings: Vec::new() };
    let summary = PointSummary::new(&results.document.first().model, &[&nothing]);
    let columns = summary.statistics.iter().map(|(column, _)| *column);
    columns.filter(|column| !COUNTS.contains(&column.name)).collect()
}

struct Layout {
    dimensions: Vec<String>,
    shape: Vec<u64>,
    z: usize,
}

impl Layout {
    fn new(results: &Results) -> Self {
        let axes = results.document.axes();
        Self {
            dimensions: axes.iter().map(|axis| axis.field.clone()).collect(),
            shape: axes.iter().map(|axis| axis.values.len() as u64).collect(),
            z: results.document.z().len(),
        }
    }

    fn tensor(&self, name: &str, unit: &str, long_name: &str, values: Values) -> Tensor {
        Tensor {
            name: name.to_owned(),
            dimensions: self.dimensions.clone(),
            shape: self.shape.clone(),
            unit: unit.to_owned(),
            long_name: long_name.to_owned(),
            values,
        }
    }

    fn with_z(&self, tensor: Tensor) -> Tensor {
        Self::extended(tensor, "z", self.z)
    }

    fn extended(mut tensor: Tensor, dimension: &str, len: usize) -> Tensor {
        tensor.dimensions.push(dimension.to_owned());
        tensor.shape.push(len as u64);
        tensor
    }

    fn coordinates(&self, results: &Results) -> Vec<Tensor> {
        let mut coordinates = Vec::new();
        for axis in results.document.axes() {
            let (unit, long_name) = label(&axis.field);
            coordinates.push(coordinate(&axis.field, unit, long_name, &axis.values));
        }
        let z = results.document.z();
        coordinates.push(coordinate("z", "1", "discretization shift", z));
        coordinates
    }

    fn status(&self, results: &Results) -> Tensor {
        let code = |point: &Point| match point {
            Point::Pending => 0,
            Point::Done(_) => 1,
            Point::Failed { .. } => 2,
        };
        let values = results.points.iter().map(code).collect();
        self.tensor("status", "1", "0 pending, 1 done, 2 failed", Values::I64(values))
    }

    fn per_point(
        &self,
        name: &str,
        unit: &str,
        long_name: &str,
        results: &Results,
        value: impl Fn(&PointSummary) -> f64,
    ) -> Tensor {
        let values = results
            .points
            .iter()
            .map(|point| match point {
                Point::Done(summary) => value(summary),
                _ => f64::NAN,
            })
            .collect();
        self.tensor(name, unit, long_name, Values::F64(values))
    }

    fn counts(
        &self,
        name: &str,
        long_name: &str,
        results: &Results,
        value: impl Fn(&PointSummary) -> u64,
    ) -> Tensor {
        let values = results
            .points
            .iter()
            .map(|point| match point {
                Point::Done(summary) => i64::try_from(value(summary)).unwrap_or(i64::MAX),
                _ => -1,
            })
            .collect();
        self.tensor(name, "1", long_name, Values::I64(values))
    }

    fn shells(&self, results: &Results) -> Tensor {
        let mut values = Vec::with_capacity(results.points.len() * self.z);
        for point in &results.points {
            for z in 0..self.z {
                values.push(match point {
                    Point::Done(summary) => {
                        summary.shells.get(z).map_or(-1, |count| i64::from(*count))
                    }
                    _ => -1,
                });
            }
        }
        self.with_z(self.tensor("shells", "1", "number of shells", Values::I64(values)))
    }

    /// Mean, spread and the values of every z.
    fn statistic(&self, column: Column, results: &Results) -> [Tensor; 3] {
        let name = column.name;
        let find = |summary: &PointSummary| summary.get(name).cloned();
        let (unit, long_name) = (column.unit, column.long_name);
        let mean = self.per_point(name, unit, long_name, results, |summary| {
            find(summary).map_or(f64::NAN, |statistic| statistic.mean)
        });
        let text = format!("standard deviation over z: {long_name}");
        let std = self.per_point(&format!("{name}_std"), unit, &text, results, |summary| {
            find(summary).map_or(f64::NAN, |statistic| statistic.std)
        });
        let mut values = Vec::with_capacity(results.points.len() * self.z);
        for point in &results.points {
            let statistic = match point {
                Point::Done(summary) => find(summary),
                _ => None,
            };
            for z in 0..self.z {
                let of_z = statistic.as_ref().and_then(|statistic| statistic.per_z.get(z));
                values.push(of_z.copied().unwrap_or(f64::NAN));
            }
        }
        let text = format!("for every z: {long_name}");
        let per_z = self.tensor(&format!("{name}_per_z"), unit, &text, Values::F64(values));
        [mean, std, self.with_z(per_z)]
    }

    fn flow(&self, results: &Results) -> Vec<Tensor> {
        let records = || results.flow.iter().flatten();
        let shells = records().map(Vec::len).max().unwrap_or(0);
        if shells == 0 {
            return Vec::new();
        }
        let mut tensors = Vec::with_capacity(SHELL_COLUMNS.len() + 1);
        let numbers: Vec<f64> = (0..shells).map(|shell| shell as f64).collect();
        tensors.push(coordinate("shell", "1", "shell n", &numbers));
        for (index, column) in SHELL_COLUMNS.iter().enumerate() {
            let mut values = Vec::with_capacity(results.flow.len() * self.z * shells);
            for of_point in &results.flow {
                for z in 0..self.z {
                    for shell in 0..shells {
                        let record = of_point.get(z).and_then(|shells| shells.get(shell));
                        let value = record.and_then(|record| record.get(index));
                        values.push(value.copied().unwrap_or(f64::NAN));
                    }
                }
            }
            let name = format!("flow_{}", column.name);
            let tensor = self.tensor(&name, column.unit, column.long_name, Values::F64(values));
            tensors.push(Self::extended(self.with_z(tensor), "shell", shells));
        }
        tensors
    }
}

fn coordinate(name: &str, unit: &str, long_name: &str, values: &[f64]) -> Tensor {
    Tensor {
        name: name.to_owned(),
        dimensions: vec![name.to_owned()],
        shape: vec![values.len() as u64],
        unit: unit.to_owned(),
        long_name: long_name.to_owned(),
        values: Values::F64(values.to_vec()),
    }
}

/// Unit and meaning of an axis.
fn label(field: &str) -> (&'static str, &'static str) {
    match field {
        "model.coupling" => ("D", "exchange coupling J"),
        "model.coupling_z" => ("D", "exchange coupling J_z"),
        "model.distance" => ("a", "distance of the impurities"),
        "discretization.lambda" => ("1", "discretization parameter"),
        "truncation.energy" => ("omega_n", "truncation energy, rescaled"),
        "truncation.gap_window" => ("omega_n", "window of the gap rule, rescaled"),
        "run.temperature" => ("D", "temperature"),
        _ => ("1", "number of shells"),
    }
}
