//! What the runs behind a request cost: the estimate of static runs times rough factors, good to plan
//! by.
use super::fields::{Impurity, Setting};
use crate::nrg::cost::estimate_spectra;
use crate::nrg::{HelicalAndersonSpec, HelicalPair, LadderThermodynamicsSpec, RunSpec, estimate};

/// Levels and hops alone, with impurities and without, against a static run; the same with all sectors
/// and no images (`cargo bench --bench nrg_estimate`).
const THERMODYNAMICS: f64 = 0.9;
const ALL_SECTORS: f64 = 3.8;

/// Core seconds and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Work {
    pub core_seconds: f64,
    pub memory_bytes: u64,
}

/// Static runs of all z, in lockstep.
pub(super) fn statics(specs: &[RunSpec]) -> Work {
    let costs: Vec<_> = specs.iter().map(estimate).collect();
    Work {
        core_seconds: costs.iter().map(|cost| cost.core_seconds).sum(),
        memory_bytes: costs.iter().map(|cost| cost.memory_bytes).sum(),
    }
}

/// Spectra of all z in lockstep; matrix elements are held up to `vector_bytes`.
pub(super) fn dynamics(specs: &[RunSpec], vector_bytes: usize) -> Work {
    let each = (vector_bytes / specs.len().max(1)) as u64;
    let costs: Vec<_> = specs.iter().map(|spec| estimate_spectra(spec, each)).collect();
    Work {
        core_seconds: costs.iter().map(|cost| cost.core_seconds).sum(),
        memory_bytes: costs.iter().map(|cost| cost.memory_bytes).sum(),
    }
}

/// Thermodynamics with symmetries, all z in lockstep beside their bare ladders.
pub(super) fn thermodynamics(setting: &Setting, pair: HelicalPair) -> Work {
    let mut specs = stand_ins(setting);
    if !pair.is_particle_hole_symmetric() {
        return all_sectors(setting, &specs);
    }
    // No pairs of states are formed at any temperature.
    specs.iter_mut().for_each(|spec| spec.temperatures.clear());
    let Work { core_seconds, memory_bytes } = statics(&specs);
    Work { core_seconds: THERMODYNAMICS * core_seconds, memory_bytes: 2 * memory_bytes }
}

/// A ladder's run stands for any two impurities.
pub(super) fn all_sectors(setting: &Setting, specs: &[RunSpec]) -> Work {
    let work = statics(specs);
    let memory_bytes = 2 * work.memory_bytes / specs.len().max(1) as u64;
    let states = if matches!(setting.impurity, Impurity::HelicalAnderson(_)) { 2.0 } else { 1.0 };
    Work { core_seconds: states * ALL_SECTORS * work.core_seconds, memory_bytes }
}

/// Chains of one impurity: shells times the third power of the states.
pub(super) fn one_impurity(setting: &Setting) -> Work {
    let Impurity::One(model) = setting.impurity else { return Work::default() };
    let request = setting.one_impurity(model);
    let most = setting.truncation.max_states.last().copied().unwrap_or(1500);
    let states = (12.0 * (0.32 * setting.truncation.energy).exp()).min(f64::from(most));
    let specs = request.specs();
    let shells: f64 =
        specs.iter().filter_map(|spec| spec.last_shells.last()).map(|&n| f64::from(n)).sum();
    let temperatures = setting.run.temperature.len() as f64;
    Work {
        core_seconds: shells * (2e-3 + 8e-10 * states.powi(3)) * (1.0 + 0.05 * temperatures),
        memory_bytes: (1 << 26) + (64.0 * 8.0 * states * states).min(2.0e9) as u64,
    }
}

/// A Kondo run of the same size as one of Anderson impurities.
pub(super) fn stand_ins(setting: &Setting) -> Vec<RunSpec> {
    use crate::nrg::{Model, ModelKind};
    let kind = ModelKind::TwoImpurityHelicalKondo;
    let distance = match setting.impurity {
        Impurity::HelicalKondo(model) => model.distance,
        Impurity::HelicalAnderson(model) => model.distance,
        Impurity::One(_) => 1,
    };
    let model = Model { kind, coupling: 0.1, coupling_z: 0.0, distance };
    setting.kondo_specs(model, &setting.run.temperature)
}

impl Setting {
    pub fn anderson_specs(&self, model: crate::nrg::HelicalAnderson) -> Vec<HelicalAndersonSpec> {
        let specs = stand_ins(self).into_iter().map(|spec| HelicalAndersonSpec {
            model,
            lambda: spec.lambda,
            scheme: spec.scheme,
            z: spec.z,
            truncation: spec.truncation,
            shells: spec.shells,
            temperatures: spec.temperatures,
        });
        specs.collect()
    }

    pub fn thermodynamics_specs(&self, pair: HelicalPair) -> Vec<LadderThermodynamicsSpec> {
        let specs = stand_ins(self).into_iter().map(|spec| LadderThermodynamicsSpec {
            pair,
            lambda: spec.lambda,
            scheme: spec.scheme,
            z: spec.z,
            truncation: spec.truncation,
            shells: spec.shells,
            temperatures: spec.temperatures,
        });
        specs.collect()
    }
}
