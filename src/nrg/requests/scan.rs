//! `scan`: one point of Fig. 3 - correlators over temperature, flow, and the spectra at one temperature,
//! all from one run.
use super::cost::{self, Work};
use super::curves::{self, Settings, Sums, Task};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::spectra::{by_temperature, spin_curves};
use super::write::Output;
use super::{Failure, Means, Question, Understood, flow, parts};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{Model, RunSpec, two_impurity_scan_in_lockstep};

struct Scan {
    setting: Setting,
    model: Model,
    settings: Settings,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let setting = fields::setting(reader, fields::HELICAL_KONDO);
    let lowest = setting.as_ref().map_or(f64::NAN, Setting::lowest);
    let settings = curves::read(reader, lowest);
    if !reader.clean() {
        return None;
    }
    let setting = setting?;
    let (Impurity::HelicalKondo(model), settings) = (setting.impurity, settings?) else {
        return None;
    };
    let scan = |setting| Scan { setting, model, settings: settings.clone() };
    Some(error_bars::question(setting, scan))
}

impl Scan {
    fn statics(&self) -> Vec<RunSpec> {
        self.setting.kondo_specs(self.model, &self.setting.run.temperature)
    }

    /// Spectra are those of the lowest temperature.
    fn lowest(&self) -> [f64; 1] {
        [self.setting.lowest()]
    }
}

impl Question for Scan {
    fn cost(&self, memory_bytes: u64) -> Cost {
        let statics = self.statics();
        let Work { core_seconds, memory_bytes } =
            cost::dynamics(&statics, &self.lowest(), memory_bytes);
        let core_seconds =
            core_seconds + self.settings.seconds(self.setting.lowest(), self.setting.z().len());
        let z = if self.settings.per_z { self.setting.z().len() as u64 } else { 0 };
        let each = 2 + z + if self.settings.retarded { 2 } else { 0 };
        let spectra = 8 * 4 * self.settings.count(self.setting.lowest()) as u64 * each;
        let result_bytes = spectra + flow::result_bytes(&statics);
        Cost { core_seconds, memory_bytes, result_bytes, decided_by: "truncation.max_states" }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        out.coordinate("z", "1", "shift of the discretization", self.setting.z());
        let specs = self.statics();
        let allowed = means.device.memory_bytes();
        let parts = cost::allot_spectra(&specs, &self.lowest(), allowed);
        let runs = parts::each(&parts, means, |part, progress| {
            let (specs, stored) = (&specs[part.runs.clone()], part.stored_bytes);
            Ok(two_impurity_scan_in_lockstep(specs, stored, means.device, progress, means.stop)?)
        })?;
        let (mut units, mut data) = (Vec::new(), Vec::new());
        for run in runs {
            let run = run?;
            units.push(run.units);
            let spectra = run.spectra.into_iter();
            data.push(spectra.map(|spectra| spectra.components.to_vec()).collect());
        }
        flow::write_units(&mut out, self.model, &specs, &units);
        let lowest = self.lowest();
        let data = by_temperature(&data, 1);
        let curves = spin_curves(0, 2, false);
        let task = Task {
            settings: &self.settings,
            curves: &curves,
            axis: "spectral_temperature",
            temperatures: &lowest,
            data: &data,
            sums: Sums::Known,
        };
        curves::write(&mut out, &task, means)?;
        Ok(out.answer())
    }
}
