//! `scan`: one point of Fig. 3 - correlators over temperature, flow, and the spectra at one temperature,
//! all from one run.
use super::cost;
use super::curves::{self, Settings, Sums, Task};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::spectra::{VECTOR_BYTES, Whole, by_temperature, spin_curves};
use super::write::Output;
use super::{Failure, Means, Question, Understood, flow};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{Model, RunSpec, two_impurity_scan_in_lockstep};

/// Time and memory with correlators at 22 temperatures against those of the spectra alone: two points of
/// `examples/figures/fig3_scan.toml`.
const CORRELATORS: f64 = 1.4;

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
        let statics = self.statics();
        let work =
            cost::dynamics(&self.setting.kondo_specs(self.model, &self.lowest()), VECTOR_BYTES);
        let factor =
            if statics.iter().any(|run| 1 < run.temperatures.len()) { CORRELATORS } else { 1.0 };
        let core_seconds = factor * work.core_seconds;
        let memory_bytes = (factor * work.memory_bytes as f64) as u64;
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
        let (bytes, whole) = (VECTOR_BYTES as u64, Whole(means.progress));
        let runs = two_impurity_scan_in_lockstep(&specs, bytes, means.device, &whole, means.stop)?;
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
