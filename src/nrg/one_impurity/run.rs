//! One-impurity runs: impurity contributions to thermodynamics, local susceptibilities, T-matrix
//! weights.
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{LEVEL, S_PLUS, S_Z, T_MATRIX};
use super::{OneImpurity, OneImpuritySpec};
use crate::linalg::{Device, LinalgError};
use crate::nrg::NrgError;
use crate::nrg::complete::chain::Chain;
use crate::nrg::complete::density::Density;
use crate::nrg::complete::forward::{Means, Tree, forward};
use crate::nrg::complete::pairs::{Peak, Sink, backward};
use crate::nrg::complete::start::Start;
use crate::nrg::complete::thermal::{Totals, Weights};
use crate::nrg::dynamics::fermi_window;
use crate::nrg::result::{Column, column};
use crate::stop::Stop;

/// Eigenvectors kept for the way back: half of what the device allows, 1 GiB at most.
pub(in crate::nrg) fn vector_bytes(device: &dyn Device) -> usize {
    (device.memory_bytes() / 2).min(1 << 30) as usize
}

/// A sum rule missed by more than this is a warning; exact arithmetic gives zero.
const SUM_RULE_BOUND: f64 = 1e-10;

/// The scalars of one unit (model, one z, one temperature), in the order of their values. Impurity
/// contributions are differences to the same chain without impurity.
pub const ONE_IMPURITY_COLUMNS: &[Column] = &[
    column("entropy_impurity", "1", "impurity contribution to the entropy, units of k_B"),
    column("specific_heat_impurity", "1", "impurity contribution to the specific heat"),
    column("t_chi_impurity", "1", "impurity contribution to T chi = <S_z^2> - <S_z>^2"),
    column("charge_impurity", "1", "electrons bound by the impurity"),
    column("chi_longitudinal", "1/D", "static susceptibility of S^z of the impurity"),
    column("chi_transverse", "1/D", "static susceptibility of S^+/sqrt2 of the impurity"),
    column("t_k_longitudinal", "D", "1/(4 chi_longitudinal), T_K where T is far below it"),
    column("t_k_transverse", "D", "1/(4 chi_transverse), T_K where T is far below it"),
    column("sum_longitudinal", "1", "spectral weight of S^z, <S_z^2> exactly"),
    column("sum_transverse", "1", "spectral weight of S^+/sqrt2, <S^+ S^->/2 exactly"),
    column("level_electrons", "1", "<n> of the level, Anderson model only"),
    column("level_double", "1", "<n_up n_dn> of the level, Anderson model only"),
    column("t_matrix_sum", "1", "<{O, O+}> from the spectrum of the T-matrix, units of D^2"),
    column("transmission", "1", "g = -pi rho0 int (-f') Im T dw, 1 for unitary scattering"),
    column("entropy", "1", "entropy of the whole chain, units of k_B"),
    column("energy_above_ground", "D", "<H> above the ground state"),
    column("discarded_weight", "1", "thermal weight of states discarded before the last shell"),
    column(
        "sum_rule_error",
        "1",
        "largest deviation of a spectral weight, or of Tr rho, from its exact value",
    ),
    column("ladder_orthogonality", "1", "largest overlap of two Lanczos vectors"),
    column("eigen_residual", "1", "largest |A V - V L| / (n |A| eps)"),
    column("eigen_orthogonality", "1", "largest |V^T V - 1| / (n eps)"),
];

/// One unit: (model, one z, one temperature).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneImpurityResult {
    pub temperature: f64,
    /// By [`ONE_IMPURITY_COLUMNS`]; NaN where a number does not exist.
    pub values: Vec<f64>,
    /// Bounds not met, in words.
    pub warnings: Vec<String>,
}

impl OneImpurityResult {
    /// The scalar called `name` in [`ONE_IMPURITY_COLUMNS`].
    pub fn get(&self, name: &str) -> Option<f64> {
        let index = ONE_IMPURITY_COLUMNS.iter().position(|column| column.name == name)?;
        self.values.get(index).copied()
    }
}

/// Runs one spec: a result for every temperature. Errors: the chain cannot be built, or what the
/// linear algebra refuses.
pub fn one_impurity(
    spec: &OneImpuritySpec,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<OneImpurityResult>, NrgError> {
    let means = Means { device, stop, vector_bytes: vector_bytes(device) };
    let impurity = tree(spec, spec.model.start(), means)?;
    let bath = tree(spec, OneImpurity::bath(), Means { vector_bytes: 0, ..means })?;
    let mut sums = vec![vec![0.0; ONE_IMPURITY_COLUMNS.len()]; spec.temperatures.len()];
    for &last in &spec.last_shells {
        for (sum, values) in sums.iter_mut().zip(at_last(spec, &impurity, &bath, last, means)?) {
            for (total, value) in sum.iter_mut().zip(values) {
                *total += value / spec.last_shells.len() as f64;
            }
        }
    }
    let results = spec.temperatures.iter().zip(sums);
    Ok(results.map(|(&temperature, values)| OneImpurityResult::new(temperature, values)).collect())
}

impl OneImpurityResult {
    fn new(temperature: f64, values: Vec<f64>) -> Self {
        let mut result = Self { temperature, values, warnings: Vec::new() };
        let error = result.get("sum_rule_error").unwrap_or(f64::NAN);
        if error.is_nan() || SUM_RULE_BOUND < error {
            result.warnings.push(format!("a sum rule is missed by {error:.1e}"));
        }
        result
    }
}

/// All shells of the chain behind `start`.
pub(in crate::nrg) fn tree(
    spec: &OneImpuritySpec,
    start: Start,
    means: Means,
) -> Result<Tree, NrgError> {
    let shells = 1 + spec.last_shells.iter().copied().max().unwrap_or(0);
    let chain = Chain::single(spec.lambda, spec.z, spec.scheme, shells)?;
    Ok(forward(start, chain, &spec.truncation, means)?)
}

/// The correlation functions of a run, and what is summed of each.
const PAIRS: [(usize, usize); 3] = [(S_Z, S_Z), (S_PLUS, S_PLUS), (T_MATRIX, T_MATRIX)];

/// Sums over the peaks of one correlation function.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    temperature: f64,
    greater: f64,
    lesser: f64,
    susceptibility: f64,
    /// int (-f'(w)) A(w) dw of the anticommutator, 1/D.
    window: f64,
}

impl Sink for Moments {
    fn add(&mut self, peak: Peak) {
        self.greater += peak.greater;
        self.lesser += peak.lesser;
        self.susceptibility += peak.susceptibility;
        let weight = peak.greater + peak.lesser;
        self.window += weight * fermi_window(peak.energy, self.temperature);
    }
}

fn at_last(
    spec: &OneImpuritySpec,
    impurity: &Tree,
    bath: &Tree,
    last: u32,
    means: Means,
) -> Result<Vec<Vec<f64>>, LinalgError> {
    let last = last as usize;
    let weights = Weights::new(impurity, last, &spec.temperatures);
    let bath_weights = Weights::new(bath, last, &spec.temperatures);
    let fresh = |&temperature: &f64| Moments { temperature, ..Moments::default() };
    let mut sinks: Vec<Vec<Moments>> =
        PAIRS.iter().map(|_| spec.temperatures.iter().map(fresh).collect()).collect();
    let density = backward(impurity, &weights, &PAIRS, &mut sinks, means)?;
    let values = (0..spec.temperatures.len()).into_par_iter().map(|t| {
        let moments = [sinks[0][t], sinks[1][t], sinks[2][t]];
        let totals = [weights.totals(impurity, t), bath_weights.totals(bath, t)];
        let local = |matrix: &_| expectation(&impurity.start, &density, t, matrix);
        values(spec, impurity, (totals, moments), density.trace(t), &local)
    });
    Ok(values.collect())
}

/// Tr R O for an operator of the start that conserves the quantum numbers.
pub(in crate::nrg) fn expectation(
    start: &Start,
    density: &Density,
    t: usize,
    matrix: &crate::nrg::complete::fock::Small,
) -> f64 {
    let members = crate::nrg::complete::blocks::members(&start.labels);
    let mut sum = 0.0;
    for (&label, states) in &members {
        let Some(block) = density.get(t, label) else { continue };
        for (i, &row) in states.iter().enumerate() {
            for (j, &col) in states.iter().enumerate() {
                sum += block[i * states.len() + j] * matrix.get(col, row);
            }
        }
    }
    sum
}

fn values(
    spec: &OneImpuritySpec,
    tree: &Tree,
    ([totals, bath], [z, plus, o]): ([Totals; 2], [Moments; 3]),
    trace: f64,
    local: &dyn Fn(&crate::nrg::complete::fock::Small) -> f64,
) -> Vec<f64> {
    let operator = |index: usize| &tree.start.operators[index].matrix;
    // <B B+> from the reduced density matrix of the start: greater = <B B+>, lesser = <B+ B>.
    let exact = |index: usize| {
        let matrix = operator(index);
        let adjoint = matrix.transpose();
        (local(&matrix.times(&adjoint)), local(&adjoint.times(matrix)))
    };
    let mut error = (trace - 1.0).abs();
    for (index, moments) in [(S_Z, z), (S_PLUS, plus), (T_MATRIX, o)] {
        let (greater, lesser) = exact(index);
        error = error.max((moments.greater - greater).abs()).max((moments.lesser - lesser).abs());
    }
    let level = tree.start.operators.get(LEVEL).map(|local| &local.matrix);
    let electrons = level.map_or(f64::NAN, |d| 2.0 * local(&d.transpose().times(d)));
    let double = match spec.model {
        OneImpurity::OneImpurityKondo { .. } => f64::NAN,
        // S_z^2 = (n - 2 n_up n_dn)/4
        OneImpurity::OneImpurityAnderson { .. } => 0.5 * electrons - 2.0 * exact(S_Z).0,
    };
    vec![
        totals.entropy - bath.entropy,
        totals.specific_heat - bath.specific_heat,
        totals.spin_variance - bath.spin_variance,
        totals.electrons - bath.electrons,
        z.susceptibility,
        plus.susceptibility,
        0.25 / z.susceptibility,
        0.25 / plus.susceptibility,
        z.greater,
        plus.greater,
        electrons,
        double,
        o.greater + o.lesser,
        0.5 * std::f64::consts::PI.powi(2) * o.window,
        totals.entropy,
        totals.energy,
        totals.discarded_weight,
        error,
        tree.chain.orthogonality,
        tree.ratios.residual,
        tree.ratios.orthogonality,
    ]
}
