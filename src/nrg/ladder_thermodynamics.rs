//! Thermodynamics of two impurities at a helical edge; impurity contributions are differences to the
//! same ladder without impurities, averaged over an even and an odd last shell (specification,
//! section 7).
use super::complete::chain::Chain;
use super::complete::forward::{Means, Tree, forward};
use super::complete::start::Start;
use super::complete::thermal::{Totals, Weights};
use super::dynamics::two_impurity_start;
use super::helical_anderson::{HelicalAnderson, bath, start};
use super::ladder::Ladder;
use super::result::{Column, column};
use super::{Model, NrgError, RunSpec, Scheme, Truncation};
use crate::linalg::Device;
use crate::stop::Stop;

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

/// By [`LADDER_THERMODYNAMICS_COLUMNS`], for every temperature.
/// Errors: the ladder cannot be built, or what the linear algebra refuses.
pub fn ladder_thermodynamics(
    spec: &LadderThermodynamicsSpec,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<Vec<f64>>, NrgError> {
    // No way back: no eigenvectors are held.
    let means = Means { device, stop, vector_bytes: 0 };
    let shells = spec.shells + 1;
    let distance = match spec.pair {
        HelicalPair::Kondo(model) => model.distance,
        HelicalPair::Anderson(model) => model.distance,
    };
    let ladder = Ladder::new(spec.lambda, spec.z, spec.scheme, distance, shells)?;
    let chain = Chain::of_ladder(&ladder);
    let mut head = spec.start(&ladder, shells);
    // Correlations are not asked for.
    head.operators.clear();
    let impurity = forward(head, chain.clone(), &spec.truncation, means)?;
    let bath = forward(bath(&ladder), chain, &spec.truncation, means)?;
    let last = shells as usize - 1;
    let lasts = [last.saturating_sub(1), last];
    let means: Vec<Vec<f64>> = (0..spec.temperatures.len())
        .map(|t| mean(&lasts.map(|last| spec.values(&impurity, &bath, last, t))))
        .collect();
    Ok(means)
}

impl LadderThermodynamicsSpec {
    fn start(&self, ladder: &Ladder, shells: u32) -> Start {
        match self.pair {
            HelicalPair::Anderson(model) => start(&model, ladder),
            HelicalPair::Kondo(model) => {
                let spec = RunSpec {
                    model,
                    lambda: self.lambda,
                    scheme: self.scheme,
                    z: self.z,
                    truncation: self.truncation.clone(),
                    shells,
                    temperatures: Vec::new(),
                };
                two_impurity_start(&spec, ladder)
            }
        }
    }

    fn values(&self, impurity: &Tree, bath: &Tree, last: usize, t: usize) -> Vec<f64> {
        let totals = |tree: &Tree| -> Totals {
            Weights::new(tree, last, &self.temperatures[t..=t]).totals(tree, 0)
        };
        let (with, without) = (totals(impurity), totals(bath));
        vec![
            with.entropy - without.entropy,
            with.specific_heat - without.specific_heat,
            with.spin_variance - without.spin_variance,
            with.electrons - without.electrons,
            with.entropy,
            with.specific_heat,
            with.energy,
            with.discarded_weight,
            impurity.chain.orthogonality,
            impurity.ratios.residual.max(bath.ratios.residual),
            impurity.ratios.orthogonality.max(bath.ratios.orthogonality),
        ]
    }
}

fn mean(rows: &[Vec<f64>; 2]) -> Vec<f64> {
    rows[0].iter().zip(&rows[1]).map(|(a, b)| 0.5 * (a + b)).collect()
}
