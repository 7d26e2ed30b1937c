//! Spectral functions of two Anderson impurities at a helical edge: levels and spins.
//!
//! A_RR = (A_++ + A_--)/2 and A_RL = (A_++ - A_--)/2 + i A_+- of spin up, with the rotated levels of
//! `helical_anderson`; of the spins A_LL = (A_SS + A_DD)/4, A_LR = (A_SS - A_DD)/4 + i A_SD/2, whose
//! last part vanishes with particle-hole symmetry only (specification, section 4).
use super::discrete::{Discrete, DynamicsError, Statistics};
use crate::linalg::Device;
use crate::nrg::certificate::traps_of_tree;
use crate::nrg::complete::chain::Chain;
use crate::nrg::complete::forward::{Means, forward};
use crate::nrg::complete::pairs::backward;
use crate::nrg::complete::thermal::Weights;
use crate::nrg::helical_anderson::{
    DIFF_PLUS, DIFF_Z, HelicalAndersonSpec, MINUS, PLUS, SUM_PLUS, SUM_Z, start,
};
use crate::nrg::ladder::Ladder;
use crate::nrg::one_impurity::expectation;
use crate::stop::Stop;

/// Operators of the components of [`HelicalAndersonSpectra`], in their order.
const PAIRS: [(usize, usize); 9] = [
    (PLUS, PLUS),
    (MINUS, MINUS),
    (PLUS, MINUS),
    (SUM_Z, SUM_Z),
    (DIFF_Z, DIFF_Z),
    (SUM_Z, DIFF_Z),
    (SUM_PLUS, SUM_PLUS),
    (DIFF_PLUS, DIFF_PLUS),
    (SUM_PLUS, DIFF_PLUS),
];

/// Discrete spectra of one run at one temperature.
#[derive(Debug, Clone)]
pub struct HelicalAndersonSpectra {
    pub temperature: f64,
    /// Levels of spin up: ++, --, +-; then S_z and S_+/sqrt2: Sum Sum, Diff Diff, Sum Diff each.
    pub components: Vec<Discrete>,
    /// `<n>` of one impurity, both spins.
    pub electrons: f64,
    /// `<n_up n_dn>` of one impurity.
    pub double_occupancy: f64,
    /// The traps of section 6, where the cuts fell into them.
    pub warnings: Vec<String>,
}

/// Spectra of one run, a set for each temperature.
/// Errors: the ladder cannot be built, or what the linear algebra refuses.
pub fn helical_anderson_spectra(
    spec: &HelicalAndersonSpec,
    vector_bytes: usize,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<HelicalAndersonSpectra>, DynamicsError> {
    let means = Means { device, stop, vector_bytes };
    let ladder = Ladder::new(spec.lambda, spec.z, spec.scheme, spec.model.distance, spec.shells)?;
    let chain = Chain::of_ladder(&ladder);
    let last = chain.shells() - 1;
    let tree = forward(start(&spec.model, &ladder), chain, &spec.truncation, means)?;
    let weights = Weights::new(&tree, last, &spec.temperatures);
    let warnings = traps_of_tree(&tree, &spec.truncation, spec.z);
    let fresh = |&(b, _): &(usize, usize)| {
        let statistics = if b <= MINUS { Statistics::Fermionic } else { Statistics::Bosonic };
        spec.temperatures.iter().map(|&t| Discrete::new(t, statistics)).collect::<Result<_, _>>()
    };
    let mut sinks: Vec<Vec<Discrete>> = PAIRS.iter().map(fresh).collect::<Result<_, _>>()?;
    let density = backward(&tree, &weights, &PAIRS, &mut sinks, means)?;
    let operator = |index: usize| &tree.start.operators[index].matrix;
    let mut lists: Vec<_> = sinks.into_iter().map(Vec::into_iter).collect();
    let mut found = Vec::with_capacity(spec.temperatures.len());
    for (t, &temperature) in spec.temperatures.iter().enumerate() {
        let mean = |matrix: &_| expectation(&tree.start, &density, t, matrix);
        let mut components = Vec::with_capacity(PAIRS.len());
        for (list, (b, c)) in lists.iter_mut().zip(PAIRS) {
            let mut product = operator(b).times(&operator(c).transpose());
            if b <= MINUS {
                product = product.plus(1.0, &operator(c).transpose().times(operator(b)));
            }
            if let Some(discrete) = list.next() {
                components.push(discrete.finish(mean(&product))?);
            }
        }
        let number = |index: usize| mean(&operator(index).transpose().times(operator(index)));
        // Both spins of both impurities; those of one level by symmetry.
        let electrons = number(PLUS) + number(MINUS);
        let square = |index: usize| mean(&operator(index).times(operator(index)));
        // sum_eta (S^z_eta)^2 = (Sum^2 - Diff^2)/2 = (N - 2 D)/4 of both impurities.
        let spin = 0.5 * (square(SUM_Z) - square(DIFF_Z));
        let double_occupancy = 0.5 * (electrons - 2.0 * spin);
        let warnings = warnings.clone();
        found.push(HelicalAndersonSpectra {
            temperature,
            components,
            electrons,
            double_occupancy,
            warnings,
        });
    }
    Ok(found)
}
