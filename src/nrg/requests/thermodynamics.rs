//! `thermodynamics`: impurity contributions of one or two impurities over temperature.
use super::cost::{self, Work};
use super::fields::{self, Impurity, Setting};
use super::write::Output;
use super::{Failure, Means, Question, Understood};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{
    Column, HelicalPair, LADDER_THERMODYNAMICS_COLUMNS, ONE_IMPURITY_COLUMNS, OneImpurity,
    ladder_thermodynamics, one_impurity,
};

struct Thermodynamics {
    setting: Setting,
}

/// `values[z][temperature][column]`
type Rows = Vec<Vec<Vec<f64>>>;

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let setting = fields::setting(reader, fields::ALL)?;
    Some(Box::new(Thermodynamics { setting }))
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

    fn work(&self) -> Work {
        match self.setting.impurity {
            Impurity::One(_) => cost::one_impurity(&self.setting),
            _ => cost::all_sectors(&self.setting, &cost::stand_ins(&self.setting)),
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

    fn two(&self, pair: HelicalPair, means: Means<'_>) -> Result<Rows, Failure> {
        let specs = self.setting.thermodynamics_specs(pair);
        let mut rows = Vec::with_capacity(specs.len());
        for spec in &specs {
            rows.push(ladder_thermodynamics(spec, means.device, means.stop)?);
            (means.progress)(rows.len() as f64 / specs.len() as f64);
        }
        Ok(rows)
    }
}

/// Columns that say how good a run is, not what it found.
const QUALITY: [&str; 4] =
    ["sum_rule_error", "ladder_orthogonality", "eigen_residual", "eigen_orthogonality"];

impl Question for Thermodynamics {
    fn cost(&self) -> Cost {
        let Work { core_seconds, memory_bytes } = self.work();
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
            (_, Some(pair)) => self.two(pair, means)?,
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
