//! All sectors diagonalized, no images: without particle-hole symmetry, and the oracle of the tests.
use super::sums::Totals;
use super::{HelicalPair, LadderThermodynamics, LadderThermodynamicsSpec, SECTOR_WEIGHTS, row};
use crate::linalg::Device;
use crate::nrg::certificate::traps_of_tree;
use crate::nrg::complete::chain::Chain;
use crate::nrg::complete::forward::{Means, Tree, forward};
use crate::nrg::complete::start::Start;
use crate::nrg::complete::thermal::Weights;
use crate::nrg::dynamics::two_impurity_start;
use crate::nrg::helical_anderson::{bath, start};
use crate::nrg::ladder::Ladder;
use crate::nrg::{NrgError, RunSpec};
use crate::stop::Stop;

/// One run and its bare ladder.
/// Errors: the ladder cannot be built, or what the linear algebra refuses.
pub fn ladder_thermodynamics_of_all_sectors(
    spec: &LadderThermodynamicsSpec,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<LadderThermodynamics, NrgError> {
    // No way back: no eigenvectors are held.
    let means = Means { device, stop, vector_bytes: 0 };
    let ladder = spec.ladder()?;
    let chain = Chain::of_ladder(&ladder);
    let mut head = spec.start(&ladder);
    // Correlations are not asked for.
    head.operators.clear();
    let with = forward(head, chain.clone(), &spec.truncation, means)?;
    let without = forward(bath(&ladder), chain, &spec.truncation, means)?;
    let residual = with.ratios.residual.max(without.ratios.residual);
    let ratios = [residual, with.ratios.orthogonality.max(without.ratios.orthogonality)];
    let last = spec.shells as usize;
    let lasts = [last.saturating_sub(1), last];
    let value = |t: usize| {
        let totals = |tree: &Tree| lasts.map(|last| totals(tree, last, spec.temperatures[t]));
        row(totals(&with), totals(&without), ladder.orthogonality, ratios)
    };
    let levels = match spec.pair {
        HelicalPair::Kondo(_) => 0,
        HelicalPair::Anderson(_) => 2,
    };
    let charge = |n: usize, label_charge: i32| label_charge - 2 * (n as i32 + 1) - levels;
    let matrices = |tree: &Tree| tree.shells.iter().map(|s| s.sectors.len() as u64).sum::<u64>();
    Ok(LadderThermodynamics {
        values: (0..spec.temperatures.len()).map(value).collect(),
        charge_weights: weights(&with, |n, charge_of, _| charge(n, charge_of)),
        spin_weights: weights(&with, |_, _, two_sz| two_sz),
        warnings: traps_of_tree(&with, &spec.truncation, spec.z),
        matrices: matrices(&with) + matrices(&without),
    })
}

fn totals(tree: &Tree, last: usize, temperature: f64) -> Totals {
    let found = Weights::new(tree, last, &[temperature]).totals(tree, 0);
    Totals {
        energy: found.energy,
        entropy: found.entropy,
        specific_heat: found.specific_heat,
        spin_variance: found.spin_variance,
        electrons: found.electrons,
        discarded_weight: found.discarded_weight,
    }
}

/// At temperature omega_n/4; `number`: of (shell, electrons, 2 S_z).
fn weights(tree: &Tree, number: impl Fn(usize, i32, i32) -> i32) -> Vec<Vec<f64>> {
    let of_shell = |n: usize| {
        let shell = &tree.shells[n];
        let boltzmann = |energies: &[f64]| energies.iter().map(|e| (-4.0 * e).exp()).sum::<f64>();
        let partition: f64 = shell.sectors.values().map(|s| boltzmann(&s.energies)).sum();
        let share = |m: i32| {
            let sectors = shell.sectors.iter();
            let with = sectors.filter(|(label, _)| number(n, label.charge, label.two_sz) == m);
            with.map(|(_, sector)| boltzmann(&sector.energies)).sum::<f64>() / partition
        };
        SECTOR_WEIGHTS.map(share).collect()
    };
    (0..tree.shells.len()).map(of_shell).collect()
}

impl LadderThermodynamicsSpec {
    fn start(&self, ladder: &Ladder) -> Start {
        match self.pair {
            HelicalPair::Anderson(model) => start(&model, ladder),
            HelicalPair::Kondo(model) => {
                let spec = RunSpec {
                    model,
                    lambda: self.lambda,
                    scheme: self.scheme,
                    z: self.z,
                    truncation: self.truncation.clone(),
                    shells: self.shells + 1,
                    temperatures: Vec::new(),
                };
                two_impurity_start(&spec, ladder)
            }
        }
    }
}
