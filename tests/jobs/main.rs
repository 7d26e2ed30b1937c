//! Documents, keys, plans, the state machine and the store, without processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod devices;
mod disk;
mod document;
mod engines;
mod error_bars;
mod frames;
mod key;
mod memory;
mod planner;
mod progress;
mod share;
mod simulation;
mod store;
mod watch;

use std::sync::Arc;

use edgestate::engine::Cost;
use edgestate::jobs::key::Key;
use edgestate::jobs::planner::Run;
use edgestate::jobs::spec::{Spec, Unit};
use edgestate::nrg::{
    Model, ModelKind, Rule, RunSpec, SHELL_COLUMNS, Scheme, Truncation, UNIT_COLUMNS, UnitResult,
};

/// A run that nobody computes: only its identity matters.
pub fn spec(coupling: f64, z: f64, temperatures: &[f64]) -> RunSpec {
    let kind = ModelKind::TwoImpurityHelicalKondo;
    RunSpec {
        model: Model { kind, coupling, coupling_z: 0.0, distance: 10 },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z,
        truncation: Truncation {
            energy: 8.0,
            rule: Rule::Gap,
            gap_window: 0.3,
            max_states: vec![3000],
        },
        shells: 20,
        temperatures: temperatures.to_vec(),
    }
}

/// The NRG run of a spec.
pub fn nrg(spec: &Spec) -> &RunSpec {
    match spec {
        Spec::Nrg(run) => run,
        Spec::Tables(_) => panic!("{spec:?}"),
    }
}

pub fn keys_of(spec: &RunSpec, device: &str) -> Vec<Key> {
    edgestate::jobs::key::keys_of(&Spec::Nrg(spec.clone()), device)
}

pub fn run(group: usize, spec: RunSpec, core_seconds: f64, memory_bytes: u64) -> Run {
    let keys: Vec<Key> = keys_of(&spec, "test");
    let decided_by = "truncation.max_states";
    let cost = Cost { core_seconds, memory_bytes, result_bytes: 0, decided_by };
    Run { spec: Arc::new(Spec::Nrg(spec)), keys, cost, group }
}

/// Numbers that tell which unit they belong to.
pub fn unit(seed: f64, shells: usize) -> Unit {
    Unit::Nrg(UnitResult {
        values: (0..UNIT_COLUMNS.len()).map(|column| seed + column as f64 / 64.0).collect(),
        shells: (0..shells)
            .map(|shell| {
                (0..SHELL_COLUMNS.len())
                    .map(|column| seed * 1000.0 + (shell * 64 + column) as f64)
                    .collect()
            })
            .collect(),
        warnings: if seed > 1.0 { vec![format!("a warning of {seed}")] } else { Vec::new() },
    })
}
