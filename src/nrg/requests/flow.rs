//! `flow`: levels and sector weights of two impurities, shell by shell (Fig. 3, second column), and
//! the static results of the same runs.
use super::cost::{self, Work};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::write::Output;
use super::{Failure, Means, Question, Understood, parts};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{
    Model, PointSummary, RunSpec, SHELL_COLUMNS, Statistic, UNIT_COLUMNS, UnitResult, run,
};

struct Flow {
    setting: Setting,
    model: Model,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let setting = fields::setting(reader, fields::HELICAL_KONDO)?;
    let Impurity::HelicalKondo(model) = setting.impurity else { return None };
    Some(error_bars::question(setting, |setting| Flow { setting, model }))
}

impl Question for Flow {
    fn cost(&self, memory_bytes: u64) -> Cost {
        let specs = self.setting.kondo_specs(self.model, &self.setting.run.temperature);
        let Work { core_seconds, memory_bytes } = cost::statics(&specs, memory_bytes);
        let result_bytes = result_bytes(&specs);
        Cost { core_seconds, memory_bytes, result_bytes, decided_by: "truncation.max_states" }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        out.coordinate("z", "1", "shift of the discretization", self.setting.z());
        let specs = self.setting.kondo_specs(self.model, &self.setting.run.temperature);
        write(&mut out, self.model, &specs, means)?;
        Ok(out.answer())
    }
}

pub(super) fn result_bytes(specs: &[RunSpec]) -> u64 {
    let temperatures = specs.first().map_or(0, |spec| spec.temperatures.len());
    let shells = specs.iter().map(|spec| spec.shells as usize).max().unwrap_or(0);
    let units = (UNIT_COLUMNS.len() + 4) * temperatures * (2 + specs.len());
    8 * (units + specs.len() * shells * SHELL_COLUMNS.len()) as u64
}

/// Runs all z in lockstep and writes statics over `temperature` and the flow over (`z`, `shell`).
pub(super) fn write(
    out: &mut Output,
    model: Model,
    specs: &[RunSpec],
    means: Means<'_>,
) -> Result<(), Failure> {
    let parts = cost::allot_statics(specs, means.device.memory_bytes());
    let outcomes = parts::each(&parts, means, |part, progress| {
        Ok(run(&specs[part.runs.clone()], means.device, progress, means.stop)?)
    })?;
    let units: Vec<Vec<UnitResult>> = outcomes.into_iter().collect::<Result<_, _>>()?;
    write_units(out, model, specs, &units);
    Ok(())
}

/// `units[z][temperature]`
pub(super) fn write_units(
    out: &mut Output,
    model: Model,
    specs: &[RunSpec],
    units: &[Vec<UnitResult>],
) {
    let temperatures = specs.first().map_or(&[][..], |spec| &spec.temperatures);
    out.coordinate("temperature", "D", "temperature", temperatures);
    let summaries: Vec<PointSummary> = (0..temperatures.len())
        .map(|t| PointSummary::new(&model, &units.iter().map(|z| &z[t]).collect::<Vec<_>>()))
        .collect();
    write_statics(out, &summaries, specs.len());
    write_shells(out, units);
    let energy = summaries.first().map_or(f64::NAN, |summary| summary.rkky_energy);
    out.scalar("rkky_energy", "D", "E_R = J^2/(4 x) (20b)", energy);
    summaries.iter().flat_map(|summary| &summary.warnings).for_each(|text| out.warn(text));
}

/// Columns that say how good a run is, or how large it was.
const QUALITY: [&str; 3] = ["sum_rule_error", "ladder_orthogonality", "discarded_weight"];

fn write_statics(out: &mut Output, summaries: &[PointSummary], z: usize) {
    let Some(first) = summaries.first() else { return };
    let leading = [("temperature", summaries.len())];
    for (index, (column, _)) in first.statistics.iter().enumerate() {
        let of = |summary: &PointSummary| -> Option<Statistic> {
            summary.statistics.get(index).map(|(_, statistic)| statistic.clone())
        };
        let values: Vec<Vec<f64>> =
            summaries.iter().map(|s| of(s).map_or_else(Vec::new, |found| found.per_z)).collect();
        let worst = values.iter().flatten().copied().fold(0.0, f64::max);
        match column.name {
            "eigen_residual" => out.ratios(worst, 0.0),
            "eigen_orthogonality" => out.ratios(0.0, worst),
            "matrices" => {
                let first = values.first().map_or(0.0, |per_z| per_z.iter().sum::<f64>());
                out.matrices(first as u64);
            }
            name if QUALITY.contains(&name) => out.measure(name, worst),
            name => out.statistics((name, column.unit, column.long_name), &leading, z, values),
        }
    }
}

/// Levels as one array; shells that a z does not have are NaN.
fn write_shells(out: &mut Output, units: &[Vec<UnitResult>]) {
    // The flow of every temperature is the same.
    let records: Vec<&[Vec<f64>]> =
        units.iter().filter_map(|z| z.first()).map(|unit| unit.shells.as_slice()).collect();
    let shells = records.iter().map(|shells| shells.len()).max().unwrap_or(0);
    let numbers: Vec<f64> = (0..shells).map(|n| n as f64).collect();
    out.coordinate("shell", "1", "shell n", &numbers);
    let dimensions = [("z", records.len()), ("shell", shells)];
    let at = |z: usize, n: usize, c: usize| -> f64 {
        records[z].get(n).and_then(|row| row.get(c)).copied().unwrap_or(f64::NAN)
    };
    let all = |c: usize| -> Vec<f64> {
        (0..records.len())
            .flat_map(|z| (0..shells).map(move |n| (z, n)))
            .map(|(z, n)| at(z, n, c))
            .collect()
    };
    for (c, column) in SHELL_COLUMNS.iter().enumerate() {
        if !column.name.starts_with("level_") {
            let name = format!("shell_{}", column.name);
            out.real((&name, column.unit, column.long_name), &dimensions, all(c));
        }
    }
    let first = SHELL_COLUMNS.iter().position(|column| column.name == "level_0").unwrap_or(0);
    let levels = SHELL_COLUMNS.len() - first;
    let mut values = Vec::with_capacity(records.len() * shells * levels);
    for z in 0..records.len() {
        for n in 0..shells {
            values.extend((0..levels).map(|level| at(z, n, first + level)));
        }
    }
    let dimensions = [dimensions[0], dimensions[1], ("level", levels)];
    out.real(("shell_levels", "1", "lowest levels, rescaled"), &dimensions, values);
}
