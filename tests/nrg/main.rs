//! Physics of the NRG, against exact diagonalization, reference flows, symmetries and the paper.
//! Section numbers are those of the specification that `docs/nrg.md` summarizes; equation numbers are
//! those of Ferrer, Yevtushenko and Weichselbaum (2023).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

mod acceptance;
mod dynamics;
mod error_bars;
mod flow;
mod helical_anderson;
mod ladder;
mod lockstep;
#[cfg(feature = "long-tests")]
mod long;
#[cfg(feature = "long-tests")]
mod long_figures;
mod one_impurity;
mod pair_thermodynamics;
mod requests;
mod short_ladders;
mod symmetry;

use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    Model, ModelKind, Path, Rule, RunSpec, Scheme, Truncation, UnitResult, run_on,
};
use edgestate::stop::Never;

/// The two-impurity model at lambda = 4, gap rule, E_trunc = 8, 3000 states; one temperature.
pub fn spec(coupling: f64, coupling_z: f64, distance: u64, z: f64, shells: u32) -> RunSpec {
    let kind = ModelKind::TwoImpurityHelicalKondo;
    RunSpec {
        model: Model { kind, coupling, coupling_z, distance },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z,
        truncation: Truncation {
            energy: 8.0,
            rule: Rule::Gap,
            gap_window: 0.3,
            max_states: vec![3000],
        },
        shells,
        temperatures: vec![1.8e-11],
    }
}

/// Results of every run at every temperature; a run that fails is a failed test.
pub fn results(path: Path, specs: &[RunSpec]) -> Vec<Vec<UnitResult>> {
    let outcomes = run_on(path, specs, &Cpu::new(None).unwrap(), &(), &Never).unwrap();
    outcomes.into_iter().map(|outcome| outcome.unwrap()).collect()
}

pub fn get(unit: &UnitResult, name: &str) -> f64 {
    unit.get(name).unwrap_or_else(|| panic!("no column {name}"))
}

/// T_S = 1/(4 chi) over E_R = J^2/(4x), Eqs. (34) and (20b).
pub fn t_s(spec: &RunSpec, unit: &UnitResult, kind: &str) -> f64 {
    let rkky = spec.model.coupling.powi(2) / (4.0 * spec.model.distance as f64);
    1.0 / (4.0 * get(unit, &format!("chi_{kind}"))) / rkky
}
