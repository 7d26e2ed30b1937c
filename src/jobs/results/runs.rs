//! Results of the NRG as arrays: dimensions are the axes of the sweep, then `z`, then `shell`.
use super::tensors::{Layout as Axes, Tensor, coordinate};
use super::{Point, Results};
use crate::engine::Values;
use crate::jobs::document::Request;
use crate::nrg::{Column, PointSummary, SHELL_COLUMNS, UNIT_COLUMNS, UnitResult, is_barred};

pub(super) fn tensors(results: &Results) -> Vec<Tensor> {
    let layout = Layout { axes: Axes::new(results), z: results.document.z().len() };
    let z = coordinate("z", "1", "discretization shift", results.document.z());
    let mut tensors = vec![z, layout.axes.status(results)];
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
        if results.document.has_error_bars() && is_barred(column.name) {
            tensors.extend(layout.error(column, results));
        }
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
    let Request::Nrg(first) = results.document.first() else { return Vec::new() };
    let summary = PointSummary::new(&first.model, &[&nothing]);
    let columns = summary.statistics.iter().map(|(column, _)| *column);
    columns.filter(|column| !COUNTS.contains(&column.name)).collect()
}

struct Layout {
    axes: Axes,
    z: usize,
}

impl Layout {
    fn tensor(&self, name: &str, unit: &str, long_name: &str, values: Values) -> Tensor {
        self.axes.tensor(name, unit, long_name, values)
    }

    fn with_z(&self, tensor: Tensor) -> Tensor {
        tensor.along("z", self.z)
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

    /// What a lower cut changes: of the average, and of every z.
    fn error(&self, column: Column, results: &Results) -> [Tensor; 2] {
        let (name, unit) = (column.name, column.unit);
        let text = format!("change with truncation.energy 20 % lower: {}", column.long_name);
        let mean = self.per_point(&format!("{name}_error"), unit, &text, results, |summary| {
            summary.error(name).map_or(f64::NAN, |bar| bar.mean)
        });
        let mut values = Vec::with_capacity(results.points.len() * self.z);
        for point in &results.points {
            let Point::Done(summary) = point else {
                values.resize(values.len() + self.z, f64::NAN);
                continue;
            };
            let bar = summary.error(name);
            let of = |z: usize| bar.and_then(|bar| bar.per_z.get(z)).copied();
            values.extend((0..self.z).map(|z| of(z).unwrap_or(f64::NAN)));
        }
        let text = format!("for every z: {text}");
        let per_z = self.tensor(&format!("{name}_per_z_error"), unit, &text, Values::F64(values));
        [mean, self.with_z(per_z)]
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
            tensors.push(self.with_z(tensor).along("shell", shells));
        }
        tensors
    }
}

/// Unit and meaning of an axis.
pub(super) fn label(field: &str) -> (&'static str, &'static str) {
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
