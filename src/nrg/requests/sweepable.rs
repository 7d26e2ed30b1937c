//! The numbers that an axis of a sweep may vary.
use crate::engine::Sweepable;

const fn field(path: &'static str, unit: &'static str, long_name: &'static str) -> Sweepable {
    Sweepable { path, unit, long_name }
}

pub(super) const SWEEPABLE: &[Sweepable] = &[
    field("model.coupling", "D", "J"),
    field("model.coupling_z", "D", "J_z"),
    field("model.distance", "a", "distance of the impurities"),
    field("model.interaction", "D", "U"),
    field("model.level_energy", "D", "level from the Fermi energy"),
    field("model.level_energy_left", "D", "left level from the Fermi energy"),
    field("model.hybridization", "D", "Gamma, half-width of the level"),
    field("discretization.lambda", "1", "Lambda of the discretization"),
    field("discretization.z", "1", "shift of the discretization"),
    field("truncation.energy", "1", "E_trunc in units of omega_n"),
    field("truncation.gap_window", "1", "relative width of the window of the gap rule"),
    field("truncation.max_states", "1", "most states of a shell"),
    field("run.temperature", "D", "temperature"),
    field("run.shells", "1", "number of shells"),
    field("spectra.broadening", "1", "sigma of the log-Gauss kernel"),
];
