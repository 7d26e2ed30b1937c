//! `spectra`: dynamical correlation functions of one or two impurities.
use super::cost::{self, Work};
use super::curves::{self, AllZ, Curve, Settings, Sums, Task};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::write::Output;
use super::{Failure, Means, Question, Understood, parts};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{
    Correlation, Discrete, HelicalAnderson, Model, OneImpurity, UnitResult,
    helical_anderson_spectra, one_impurity_spectra, two_impurity_spectra_in_lockstep,
};

struct Spectra {
    setting: Setting,
    settings: Settings,
}

/// Components by z, then by temperature.
type Components = Vec<Vec<Vec<Discrete>>>;

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let setting = fields::setting(reader, fields::ALL);
    let lowest = setting.as_ref().map_or(f64::NAN, Setting::lowest);
    let settings = curves::read(reader, lowest);
    if !reader.clean() {
        return None;
    }
    let settings = settings?;
    Some(error_bars::question(setting?, |setting| Spectra { setting, settings: settings.clone() }))
}

/// Intra- and inter-impurity spin spectra from Sum and Diff (specification, section 4); `first`: the
/// index of Sum_z, `step`: from one pair of components to the next.
pub(super) fn spin_curves(first: usize, step: usize, cross: bool) -> Vec<Curve> {
    let names: [[(&str, &str); 2]; 2] = [
        [
            ("longitudinal_intra", "spectrum of S_L^z"),
            ("longitudinal_inter", "spectrum of S_L^z with S_R^z"),
        ],
        [
            ("transverse_intra", "spectrum of S_L^+/sqrt2"),
            ("transverse_inter", "spectrum of S_L^+/sqrt2 with S_R^+/sqrt2"),
        ],
    ];
    let mut curves = Vec::new();
    for (kind, pair) in names.into_iter().enumerate() {
        let sum = first + kind * step;
        let [(intra, intra_text), (inter, inter_text)] = pair;
        curves.push(Curve::real(intra, intra_text, &[(sum, 0.25), (sum + 1, 0.25)], false));
        let mut curve = Curve::real(inter, inter_text, &[(sum, 0.25), (sum + 1, -0.25)], false);
        if cross {
            curve.terms.push((sum + 2, [0.0, 0.5]));
        }
        curves.push(curve);
    }
    curves
}

fn one_impurity_curves(model: OneImpurity) -> (Vec<Correlation>, Vec<Curve>) {
    let mut correlations =
        vec![Correlation::Longitudinal, Correlation::Transverse, Correlation::TMatrix];
    let mut curves = vec![
        Curve::real("longitudinal", "spectrum of S^z", &[(0, 1.0)], false),
        Curve::real("transverse", "spectrum of S^+/sqrt2", &[(1, 1.0)], false),
        Curve::real("t_matrix", "-Im T/pi of spin up, units of D", &[(2, 1.0)], true),
    ];
    if matches!(model, OneImpurity::OneImpurityAnderson { .. }) {
        correlations.push(Correlation::Level);
        curves.push(Curve::real("level", "spectrum of d_up", &[(3, 1.0)], true));
    }
    (correlations, curves)
}

fn anderson_curves() -> Vec<Curve> {
    let intra = Curve::real("level_intra", "spectrum of d_R,up", &[(0, 0.5), (1, 0.5)], true);
    let terms = vec![(0, [0.5, 0.0]), (1, [-0.5, 0.0]), (2, [0.0, 1.0])];
    let long_name = "spectrum of d_R,up with d_L,up";
    let inter = Curve { name: "level_inter", long_name, terms, fermionic: true };
    [vec![intra, inter], spin_curves(3, 3, true)].concat()
}

impl Spectra {
    fn work(&self, memory_bytes: u64) -> Work {
        let specs = cost::stand_ins(&self.setting);
        match self.setting.impurity {
            Impurity::One(_) => cost::one_impurity(&self.setting),
            Impurity::HelicalKondo(_) => {
                cost::dynamics(&specs, &self.setting.run.temperature, memory_bytes)
            }
            Impurity::HelicalAnderson(_) => cost::anderson(&specs, memory_bytes).0,
        }
    }

    fn curves(&self) -> Vec<Curve> {
        match self.setting.impurity {
            Impurity::One(model) => one_impurity_curves(model).1,
            Impurity::HelicalKondo(_) => spin_curves(0, 2, false),
            Impurity::HelicalAnderson(_) => anderson_curves(),
        }
    }
}

impl Question for Spectra {
    fn cost(&self, memory_bytes: u64) -> Cost {
        let work = self.work(memory_bytes);
        let temperatures = self.setting.run.temperature.len() as u64;
        let z = if self.settings.per_z { self.setting.z().len() as u64 } else { 0 };
        let points = self.settings.count(self.setting.lowest()) as u64 * temperatures;
        let each = 2 + 2 * z + if self.settings.retarded { 2 } else { 0 };
        Cost {
            core_seconds: work.core_seconds
                + self
                    .settings
                    .seconds(self.setting.lowest(), self.setting.z().len() * temperatures as usize),
            memory_bytes: work.memory_bytes,
            result_bytes: 8 * self.curves().len() as u64 * points * each,
            decided_by: "truncation.max_states",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        let data = match self.setting.impurity {
            Impurity::One(model) => one_impurity(&self.setting, model, means)?,
            Impurity::HelicalKondo(model) => {
                let temperatures = &self.setting.run.temperature;
                two_impurities(&mut out, &self.setting, model, temperatures, means)?
            }
            Impurity::HelicalAnderson(model) => self.anderson(&mut out, model, means)?,
        };
        out.coordinate("z", "1", "shift of the discretization", self.setting.z());
        let temperatures = &self.setting.run.temperature;
        let data = by_temperature(&data, temperatures.len());
        let task = Task {
            settings: &self.settings,
            curves: &self.curves(),
            axis: "temperature",
            temperatures,
            data: &data,
            sums: Sums::Write,
        };
        curves::write(&mut out, &task, means)?;
        Ok(out.answer())
    }
}

/// `data[z][t]` as `[t][z]`.
pub(super) fn by_temperature(data: &Components, temperatures: usize) -> Vec<AllZ<'_>> {
    (0..temperatures)
        .map(|t| data.iter().filter_map(|z| z.get(t)).map(Vec::as_slice).collect())
        .collect()
}

fn one_impurity(
    setting: &Setting,
    model: OneImpurity,
    means: Means<'_>,
) -> Result<Components, Failure> {
    let (correlations, _) = one_impurity_curves(model);
    let specs = setting.one_impurity(model).specs();
    let mut data = Vec::with_capacity(specs.len());
    for spec in &specs {
        let mut lists: Vec<_> =
            one_impurity_spectra(spec, &correlations, means.device, means.stop)?
                .into_iter()
                .map(Vec::into_iter)
                .collect();
        let temperatures = 0..spec.temperatures.len();
        data.push(
            temperatures.map(|_| lists.iter_mut().filter_map(Iterator::next).collect()).collect(),
        );
        (means.progress)(data.len() as f64 / specs.len() as f64);
    }
    Ok(data)
}

/// Two Kondo impurities: Sum_z, Diff_z, Sum_+, Diff_+ of every z and temperature; all z in lockstep as
/// far as memory goes.
pub(super) fn two_impurities(
    out: &mut Output,
    setting: &Setting,
    model: Model,
    temperatures: &[f64],
    means: Means<'_>,
) -> Result<Components, Failure> {
    let specs = setting.kondo_specs(model, temperatures);
    let parts = cost::allot_spectra(&specs, temperatures, means.device.memory_bytes());
    let runs = parts::each(&parts, means, |part, progress| {
        let (specs, stored) = (&specs[part.runs.clone()], part.stored_bytes);
        Ok(two_impurity_spectra_in_lockstep(specs, stored, means.device, progress, means.stop)?)
    })?;
    let mut data = Vec::with_capacity(runs.len());
    for run in runs {
        let run = run?;
        certify(out, &run.units);
        let spectra = run.spectra.into_iter();
        data.push(spectra.map(|spectra| spectra.components.to_vec()).collect());
    }
    Ok(data)
}

/// How good the run behind spectra is; its temperatures share it.
fn certify(out: &mut Output, units: &[UnitResult]) {
    units.iter().flat_map(|unit| &unit.warnings).for_each(|text| out.warn(text));
    let Some(unit) = units.first() else { return };
    let of = |name: &str| unit.get(name).unwrap_or(f64::NAN);
    out.ratios(of("eigen_residual"), of("eigen_orthogonality"));
    out.matrices(of("matrices") as u64);
    out.measure("ladder_orthogonality", of("ladder_orthogonality"));
}

impl Spectra {
    fn anderson(
        &self,
        out: &mut Output,
        model: HelicalAnderson,
        means: Means<'_>,
    ) -> Result<Components, Failure> {
        let specs = self.setting.anderson_specs(model);
        let mut data = Vec::with_capacity(specs.len());
        let temperatures = self.setting.run.temperature.len();
        let (mut electrons, mut double) =
            (vec![Vec::new(); temperatures], vec![Vec::new(); temperatures]);
        let allowed = means.device.memory_bytes();
        let (_, stored) = cost::anderson(&cost::stand_ins(&self.setting), allowed);
        for spec in &specs {
            let found = helical_anderson_spectra(spec, stored, means.device, means.stop)?;
            let mut components = Vec::with_capacity(temperatures);
            for (t, spectra) in found.into_iter().enumerate() {
                electrons[t].push(spectra.electrons);
                double[t].push(spectra.double_occupancy);
                spectra.warnings.iter().for_each(|text| out.warn(text));
                components.push(spectra.components);
            }
            data.push(components);
            (means.progress)(data.len() as f64 / specs.len() as f64);
        }
        let leading = [("temperature", temperatures)];
        let (z, text) = (specs.len(), "<n> of one impurity, both spins");
        out.statistics(("level_electrons", "1", text), &leading, z, electrons);
        let text = "<n_up n_dn> of one impurity";
        out.statistics(("level_double", "1", text), &leading, z, double);
        Ok(data)
    }
}
