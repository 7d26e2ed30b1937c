//! `scan`: one point of Fig. 3 - statics over temperature, flow, and the spectra at one temperature.
use super::cost::{self, Work};
use super::curves::{self, Settings, Sums, Task};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::spectra::{VECTOR_BYTES, by_temperature, spin_curves, two_impurities};
use super::write::Output;
use super::{Failure, Means, Question, Understood, flow};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{Model, RunSpec};

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
    fn cost(&self) -> Cost {
        let (statics, dynamics) =
            (self.statics(), self.setting.kondo_specs(self.model, &self.lowest()));
        let (first, second) = (cost::statics(&statics), cost::dynamics(&dynamics, VECTOR_BYTES));
        let Work { core_seconds, memory_bytes } = Work {
            core_seconds: first.core_seconds + second.core_seconds,
            memory_bytes: first.memory_bytes.max(second.memory_bytes),
        };
        let z = if self.settings.per_z { self.setting.z().len() as u64 } else { 0 };
        let each = 2 + z + if self.settings.retarded { 2 } else { 0 };
        let spectra = 8 * 4 * self.settings.count(self.setting.lowest()) as u64 * each;
        let result_bytes = spectra + flow::result_bytes(&statics);
        Cost { core_seconds, memory_bytes, result_bytes, decided_by: "truncation.max_states" }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        out.coordinate("z", "1", "shift of the discretization", self.setting.z());
        // Statics are a tenth of the work.
        let progress = |share: f64| (means.progress)(0.1 * share);
        flow::write(&mut out, self.model, &self.statics(), Means { progress: &progress, ..means })?;
        let progress = |share: f64| (means.progress)(0.1 + 0.9 * share);
        let lowest = self.lowest();
        let with = Means { progress: &progress, ..means };
        let data = two_impurities(&mut out, &self.setting, self.model, &lowest, with)?;
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
