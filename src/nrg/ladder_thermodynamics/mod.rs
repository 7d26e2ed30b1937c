//! Thermodynamics of two impurities at a helical edge; impurity contributions are differences to the
//! same ladder without impurities, averaged over an even and an odd last shell (specification,
//! section 7).
//!
//! With particle-hole symmetry only Q >= 0, S_z >= 0 are diagonalized (`descend`), all runs and their
//! bare ladders in lockstep; else, and as oracle of the tests, all sectors are (`all_sectors`).
mod all_sectors;
mod descend;
mod model;
mod sums;

use super::helical_anderson::HelicalAnderson;
use super::ladder::Ladder;
use super::result::{Column, column};
use super::{Model, NrgError, Scheme, Truncation};
use crate::engine::Monitor;
use crate::linalg::{Device, LinalgError};
use crate::stop::Stop;
pub use all_sectors::ladder_thermodynamics_of_all_sectors;
use descend::{Descent, descend};
use sums::Totals;

/// Two impurities of either kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HelicalPair {
    Kondo(Model),
    Anderson(HelicalAnderson),
}

/// One run: one z.
#[derive(Debug, Clone, PartialEq)]
pub struct LadderThermodynamicsSpec {
    pub pair: HelicalPair,
    pub lambda: f64,
    pub scheme: Scheme,
    pub z: f64,
    pub truncation: Truncation,
    /// The shorter of the two ladders.
    pub shells: u32,
    pub temperatures: Vec<f64>,
}

/// The scalars of one unit, in the order of their values.
pub const LADDER_THERMODYNAMICS_COLUMNS: &[Column] = &[
    column("entropy_impurity", "1", "impurity contribution to the entropy, units of k_B"),
    column("specific_heat_impurity", "1", "impurity contribution to the specific heat"),
    column("t_chi_impurity", "1", "impurity contribution to T chi = <S_z^2> - <S_z>^2"),
    column("charge_impurity", "1", "electrons bound by the impurities"),
    column("entropy", "1", "entropy of the whole ladder, units of k_B"),
    column("specific_heat", "1", "specific heat of the whole ladder"),
    column("energy_above_ground", "D", "<H> above the ground state"),
    column("discarded_weight", "1", "thermal weight of states discarded before the last shell"),
    column("ladder_orthogonality", "1", "largest overlap of two Lanczos vectors"),
    column("eigen_residual", "1", "largest |A V - V L| / (n |A| eps)"),
    column("eigen_orthogonality", "1", "largest |V^T V - 1| / (n eps)"),
];

/// Charges Q (electrons above half filling) and 2 S_z whose weights are recorded shell by shell.
pub const SECTOR_WEIGHTS: std::ops::RangeInclusive<i32> = -3..=3;

/// What a run with its bare ladder yields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LadderThermodynamics {
    /// By [`LADDER_THERMODYNAMICS_COLUMNS`], for every temperature.
    pub values: Vec<Vec<f64>>,
    /// `[shell]`, all levels before the cut, at temperature omega_n/4 as in Fig. 3: weights of the
    /// charges and of the 2 S_z of [`SECTOR_WEIGHTS`].
    pub charge_weights: Vec<Vec<f64>>,
    pub spin_weights: Vec<Vec<f64>>,
    /// The traps of section 6, where the cuts fell into them.
    pub warnings: Vec<String>,
    /// Matrices diagonalized.
    pub matrices: u64,
}

/// Thermodynamics of all `specs`, or why not; runs with particle-hole symmetry in lockstep.
/// Errors: what the linear algebra refuses, for all of them.
pub fn ladder_thermodynamics(
    specs: &[LadderThermodynamicsSpec],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<Result<LadderThermodynamics, NrgError>>, LinalgError> {
    let ladders: Vec<Result<Ladder, NrgError>> =
        specs.iter().map(LadderThermodynamicsSpec::ladder).collect();
    let symmetric = |index: usize| specs[index].pair.is_particle_hole_symmetric();
    let mut descents = Vec::new();
    for (index, (spec, ladder)) in specs.iter().zip(&ladders).enumerate() {
        let Ok(ladder) = ladder else { continue };
        if symmetric(index) {
            descents.push(Descent::with_impurities(index, spec, ladder));
            descents.push(Descent::of_the_ladder(index, spec, ladder));
        }
    }
    let found = descend(descents, device, monitor, stop)?;
    let mut results = Vec::with_capacity(specs.len());
    for (index, (spec, ladder)) in specs.iter().zip(ladders).enumerate() {
        results.push(match ladder {
            Err(error) => Err(error),
            Ok(ladder) if symmetric(index) => Ok(difference(spec, &ladder, index, &found)),
            Ok(_) => ladder_thermodynamics_of_all_sectors(spec, device, stop),
        });
    }
    Ok(results)
}

/// The run with impurities, and behind it the one without, both last shells.
fn difference(
    spec: &LadderThermodynamicsSpec,
    ladder: &Ladder,
    index: usize,
    found: &[Descent],
) -> LadderThermodynamics {
    let mut pair = found.iter().filter(|descent| descent.index == index);
    let (Some(with), Some(without)) = (pair.next(), pair.next()) else {
        return LadderThermodynamics::default();
    };
    let mut result = LadderThermodynamics::default();
    let residual = with.ratios.residual.max(without.ratios.residual);
    let ratios = [residual, with.ratios.orthogonality.max(without.ratios.orthogonality)];
    for t in 0..spec.temperatures.len() {
        let totals =
            |descent: &Descent| descent.last_shells().map(|last| descent.sums.totals(last, t));
        result.values.push(row(totals(with), totals(without), ladder.orthogonality, ratios));
    }
    result.charge_weights.clone_from(&with.charge_weights);
    result.spin_weights.clone_from(&with.spin_weights);
    result.warnings.clone_from(&with.warnings);
    result.matrices = with.matrices + without.matrices;
    result
}

/// Means over both last shells, in the order of [`LADDER_THERMODYNAMICS_COLUMNS`].
fn row(with: [Totals; 2], without: [Totals; 2], orthogonality: f64, ratios: [f64; 2]) -> Vec<f64> {
    let mean = |totals: &[Totals; 2], of: fn(&Totals) -> f64| {
        totals.iter().map(of).sum::<f64>() / totals.len() as f64
    };
    let gain = |of: fn(&Totals) -> f64| mean(&with, of) - mean(&without, of);
    vec![
        gain(|t| t.entropy),
        gain(|t| t.specific_heat),
        gain(|t| t.spin_variance),
        gain(|t| t.electrons),
        mean(&with, |t| t.entropy),
        mean(&with, |t| t.specific_heat),
        mean(&with, |t| t.energy),
        mean(&with, |t| t.discarded_weight),
        orthogonality,
        ratios[0],
        ratios[1],
    ]
}

impl HelicalPair {
    fn distance(&self) -> u64 {
        match self {
            Self::Kondo(model) => model.distance,
            Self::Anderson(model) => model.distance,
        }
    }

    /// Spins have it always, levels at half filling.
    pub(super) fn is_particle_hole_symmetric(&self) -> bool {
        match self {
            Self::Kondo(_) => true,
            Self::Anderson(model) => model.level_energy == -0.5 * model.interaction,
        }
    }
}

impl LadderThermodynamicsSpec {
    /// Of the longer of the two.
    fn ladder(&self) -> Result<Ladder, NrgError> {
        Ladder::new(self.lambda, self.z, self.scheme, self.pair.distance(), self.shells + 1)
    }
}
