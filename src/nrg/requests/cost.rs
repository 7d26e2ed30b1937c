//! What the runs behind a request cost: the estimates of their shells, and which of
//! them go together within a device's memory.
use super::fields::{Impurity, Setting};
use crate::nrg::allotment::{Allotment, ShellCost, allot};
use crate::nrg::cost;
use crate::nrg::{HelicalAndersonSpec, HelicalPair, LadderThermodynamicsSpec, RunSpec, estimate};

/// Levels and hops alone, with impurities and without, against a static run; the same with all sectors
/// and no images (`cargo bench --bench nrg_estimate`).
const THERMODYNAMICS: f64 = 1.2;
const ALL_SECTORS: f64 = 3.8;

/// Core seconds and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Work {
    pub core_seconds: f64,
    pub memory_bytes: u64,
}

/// Static runs of all z, in lockstep as far as memory goes.
pub(super) fn statics(specs: &[RunSpec], memory_bytes: u64) -> Work {
    work(&allot_statics(specs, memory_bytes))
}

/// Spectra of all z; elements wait as far as memory goes.
pub(super) fn dynamics(specs: &[RunSpec], pairs_at: &[f64], memory_bytes: u64) -> Work {
    work(&allot_spectra(specs, pairs_at, memory_bytes))
}

pub(super) fn allot_statics(specs: &[RunSpec], memory_bytes: u64) -> Vec<Allotment> {
    let shells: Vec<_> = specs.iter().map(cost::statics).collect();
    allot(&shells, memory_bytes)
}

/// `pairs_at`: the temperatures of the spectra.
pub(super) fn allot_spectra(
    specs: &[RunSpec],
    pairs_at: &[f64],
    memory_bytes: u64,
) -> Vec<Allotment> {
    let shells: Vec<_> = specs.iter().map(|spec| cost::spectra(spec, pairs_at)).collect();
    allot(&shells, memory_bytes)
}

/// One part after another.
fn work(parts: &[Allotment]) -> Work {
    Work {
        core_seconds: parts.iter().map(|part| part.core_seconds).sum(),
        memory_bytes: parts.iter().map(|part| part.memory_bytes).fold(0.0, f64::max) as u64,
    }
}

/// Thermodynamics with symmetries, all z in lockstep beside their bare ladders.
pub(super) fn thermodynamics(setting: &Setting, pair: HelicalPair, memory_bytes: u64) -> Work {
    if !pair.is_particle_hole_symmetric() {
        return all_sectors(setting, &stand_ins(setting));
    }
    work(&allot_thermodynamics(setting, memory_bytes))
}

/// Each z with its bare ladder; levels and hops alone.
pub(super) fn allot_thermodynamics(setting: &Setting, memory_bytes: u64) -> Vec<Allotment> {
    let mut specs = stand_ins(setting);
    // No pairs of states are formed at any temperature.
    specs.iter_mut().for_each(|spec| spec.temperatures.clear());
    let both = |shell: ShellCost| ShellCost {
        seconds: THERMODYNAMICS * shell.seconds,
        blocks_bytes: 2.0 * shell.blocks_bytes,
        elements_work_bytes: 2.0 * shell.elements_work_bytes,
        ..shell
    };
    let shells: Vec<Vec<ShellCost>> =
        specs.iter().map(|spec| cost::statics(spec).into_iter().map(both).collect()).collect();
    allot(&shells, memory_bytes)
}

/// A ladder's run stands for any two impurities; one z after another.
pub(super) fn all_sectors(setting: &Setting, specs: &[RunSpec]) -> Work {
    let costs: Vec<_> = specs.iter().map(estimate).collect();
    let states = if matches!(setting.impurity, Impurity::HelicalAnderson(_)) { 2.0 } else { 1.0 };
    let seconds: f64 = costs.iter().map(|cost| cost.core_seconds).sum();
    Work {
        core_seconds: states * ALL_SECTORS * seconds,
        memory_bytes: 2 * costs.iter().map(|cost| cost.memory_bytes).max().unwrap_or(0),
    }
}

/// The sixteen states of two levels, all sectors: what is held beside the vectors; and the vectors
/// of all shells, one z after another.
pub(super) fn anderson(specs: &[RunSpec], memory_bytes: u64) -> (Work, usize) {
    let costs: Vec<_> = specs.iter().map(estimate).collect();
    let beside = 2 * costs.iter().map(|cost| cost.memory_bytes).max().unwrap_or(0);
    let vectors = specs.iter().map(cost::all_vectors).fold(0.0, f64::max) as u64;
    let stored = vectors.min(memory_bytes.saturating_sub(beside));
    let seconds: f64 = costs.iter().map(|cost| cost.core_seconds).sum();
    // Nine correlation functions, sixteen states of the levels for four; not measured.
    let work = Work { core_seconds: 9.0 * seconds, memory_bytes: beside + stored };
    (work, stored as usize)
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
        memory_bytes: (64.0 * 8.0 * states * states).min(2.0e9) as u64,
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
