//! `thermodynamics`: impurity contributions of one or two impurities over temperature.
use super::cost::{self, Work};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::write::Output;
use super::{Failure, Means, Question, Understood, parts};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{
    Column, HelicalPair, LADDER_THERMODYNAMICS_COLUMNS, LadderThermodynamics, ONE_IMPURITY_COLUMNS,
    OneImpurity, SECTOR_WEIGHTS, ladder_thermodynamics, one_impurity,
};

struct Thermodynamics {
    setting: Setting,
}

/// `values[z][temperature][column]`
type Rows = Vec<Vec<Vec<f64>>>;

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let setting = fields::setting(reader, fields::ALL)?;
    Some(error_bars::question(setting, |setting| Thermodynamics { setting }))
}

impl Thermodynamics {
    fn pair(&self) -> Option<HelicalPair> {
        match self.setting.impurity {
            Impurity::One(_) => None,
            Impurity::HelicalKondo(model) => Some(HelicalPair::Kondo(model)),
            Impurity::HelicalAnderson(model) => Some(HelicalPair::Anderson(model)),
        }
    }

    fn columns(&self) -> &'static [Column] {
        if self.pair().is_none() { ONE_IMPURITY_COLUMNS } else { LADDER_THERMODYNAMICS_COLUMNS }
    }

    fn work(&self, memory_bytes: u64) -> Work {
        match self.pair() {
            None => cost::one_impurity(&self.setting),
            Some(pair) => cost::thermodynamics(&self.setting, pair, memory_bytes),
        }
    }

    fn one(&self, out: &mut Output, model: OneImpurity, means: Means<'_>) -> Result<Rows, Failure> {
        let specs = self.setting.one_impurity(model).specs();
        let mut rows = Vec::with_capacity(specs.len());
        for spec in &specs {
            let results = one_impurity(spec, means.device, means.stop)?;
            results.iter().flat_map(|result| &result.warnings).for_each(|text| out.warn(text));
            rows.push(results.into_iter().map(|result| result.values).collect());
            (means.progress)(rows.len() as f64 / specs.len() as f64);
        }
        Ok(rows)
    }

    fn two(&self, out: &mut Output, pair: HelicalPair, means: Means<'_>) -> Result<Rows, Failure> {
        let specs = self.setting.thermodynamics_specs(pair);
        let parts = cost::allot_thermodynamics(&self.setting, means.device.memory_bytes());
        let found = parts::each(&parts, means, |part, progress| {
            let specs = &specs[part.runs.clone()];
            Ok(ladder_thermodynamics(specs, means.device, progress, means.stop)?)
        })?;
        let found: Vec<LadderThermodynamics> = found.into_iter().collect::<Result<_, _>>()?;
        for run in &found {
            run.warnings.iter().for_each(|text| out.warn(text));
            out.matrices(run.matrices);
        }
        write_weights(out, &found);
        Ok(found.into_iter().map(|run| run.values).collect())
    }
}

/// Weights of charges and spins over the shells (Fig. 3, second column, in full).
fn write_weights(out: &mut Output, found: &[LadderThermodynamics]) {
    let numbers: Vec<f64> = SECTOR_WEIGHTS.map(f64::from).collect();
    let shells = found.iter().map(|run| run.charge_weights.len()).max().unwrap_or(0);
    let of_shells: Vec<f64> = (0..shells).map(|n| n as f64).collect();
    out.coordinate("shell", "1", "shell n", &of_shells);
    out.coordinate("charge", "1", "electrons above half filling", &numbers);
    out.coordinate("two_sz", "1", "2 S_z", &numbers);
    let write =
        |out: &mut Output, name, text, last, of: fn(&LadderThermodynamics) -> &[Vec<f64>]| {
            let none = vec![f64::NAN; numbers.len()];
            let rows = found.iter().flat_map(|run| (0..shells).map(move |n| of(run).get(n)));
            let values = rows.flat_map(|row| row.unwrap_or(&none).clone()).collect();
            let dimensions = [("z", found.len()), ("shell", shells), (last, numbers.len())];
            out.real((name, "1", text), &dimensions, values);
        };
    let text = "weight of a charge at temperature omega_n / 4";
    write(out, "shell_charge_weight", text, "charge", |run| &run.charge_weights);
    let text = "weight of a 2 S_z at temperature omega_n / 4";
    write(out, "shell_spin_weight", text, "two_sz", |run| &run.spin_weights);
}

/// Columns that say how good a run is, not what it found.
const QUALITY: [&str; 4] =
    ["sum_rule_error", "ladder_orthogonality", "eigen_residual", "eigen_orthogonality"];

impl Question for Thermodynamics {
    fn cost(&self, memory_bytes: u64) -> Cost {
        let Work { core_seconds, memory_bytes } = self.work(memory_bytes);
        let values = self.columns().len() * self.setting.run.temperature.len();
        Cost {
            core_seconds,
            memory_bytes,
            result_bytes: 8 * (values * (2 + self.setting.z().len())) as u64,
            decided_by: "truncation.max_states",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        let rows = match (self.setting.impurity, self.pair()) {
            (Impurity::One(model), _) => self.one(&mut out, model, means)?,
            (_, Some(pair)) => self.two(&mut out, pair, means)?,
            (_, None) => Vec::new(),
        };
        let temperatures = &self.setting.run.temperature;
        out.coordinate("temperature", "D", "temperature", temperatures);
        out.coordinate("z", "1", "shift of the discretization", self.setting.z());
        let leading = [("temperature", temperatures.len())];
        for (c, &Column { name, unit, long_name }) in self.columns().iter().enumerate() {
            let of = |t: usize| -> Vec<f64> { rows.iter().map(|row| row[t][c]).collect() };
            let values: Vec<Vec<f64>> = (0..temperatures.len()).map(of).collect();
            if QUALITY.contains(&name) {
                let worst = values.iter().flatten().copied().fold(0.0, f64::max);
                quality(&mut out, name, worst);
            } else if values.iter().flatten().any(|value| !value.is_nan()) {
                out.statistics((name, unit, long_name), &leading, rows.len(), values);
            }
        }
        Ok(out.answer())
    }
}

fn quality(out: &mut Output, name: &str, worst: f64) {
    match name {
        "eigen_residual" => out.ratios(worst, 0.0),
        "eigen_orthogonality" => out.ratios(0.0, worst),
        _ => out.measure(name, worst),
    }
}
