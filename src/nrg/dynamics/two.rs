//! Spin spectra of two impurities at a helical edge (A53; specification, sections 4 and 8).
//!
//! With Sum = S_L + S_R and Diff = (S_L - S_R)/i, both real, A_LL = (A_Sum + A_Diff)/4 and
//! A_LR = (A_Sum - A_Diff)/4. The default way is that of `lockstep`; here is also the one that
//! diagonalizes all sectors, in real arithmetic.
use super::discrete::{Discrete, DynamicsError, Statistics};
use super::lockstep::two_impurity_spectra_in_lockstep;
use crate::linalg::Device;
use crate::nrg::RunSpec;
use crate::nrg::complete::chain::Chain;
use crate::nrg::complete::fock::{Small, annihilators, labels};
use crate::nrg::complete::forward::{Means, forward};
use crate::nrg::complete::pairs::backward;
use crate::nrg::complete::start::{Local, Start};
use crate::nrg::complete::thermal::Weights;
use crate::nrg::impurity::{Impurity, kondo_terms};
use crate::nrg::ladder::Ladder;
use crate::nrg::one_impurity::expectation;
use crate::nrg::operators::{Operator, Spin};
use crate::nrg::space::Label;
use crate::spectra::{SpectraError, static_susceptibility_from_spectrum};
use crate::stop::Stop;

/// A pair of spin operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// S_L^z with itself, and with S_R^z.
    LongitudinalIntra,
    LongitudinalInter,
    /// S_L^+/sqrt2 with itself, and with S_R^+/sqrt2 (Eq. 35).
    TransverseIntra,
    TransverseInter,
}

impl Pair {
    pub const ALL: [Self; 4] = [
        Self::LongitudinalIntra,
        Self::LongitudinalInter,
        Self::TransverseIntra,
        Self::TransverseInter,
    ];

    /// Indices of Sum and Diff among the components, and the sign of Diff.
    fn parts(self) -> (usize, usize, f64) {
        match self {
            Self::LongitudinalIntra => (0, 1, 1.0),
            Self::LongitudinalInter => (0, 1, -1.0),
            Self::TransverseIntra => (2, 3, 1.0),
            Self::TransverseInter => (2, 3, -1.0),
        }
    }
}

/// Discrete spin spectra of one run at one temperature.
#[derive(Debug, Clone)]
pub struct TwoImpuritySpectra {
    pub temperature: f64,
    /// Autocorrelations of Sum_z, Diff_z, Sum_+/sqrt2 and Diff_+/sqrt2.
    pub components: [Discrete; 4],
    /// |Tr R - 1| of the reduced density matrix of the impurities.
    pub trace_error: f64,
}

impl TwoImpuritySpectra {
    fn combine(&self, pair: Pair, of: impl Fn(&Discrete) -> f64) -> f64 {
        let (sum, diff, sign) = pair.parts();
        0.25 * (of(&self.components[sum]) + sign * of(&self.components[diff]))
    }

    /// The spectral weight of a pair from the peaks.
    pub fn sum(&self, pair: Pair) -> f64 {
        self.combine(pair, |component| component.sum)
    }

    /// The same as a static correlator of the reduced density matrix (A56).
    pub fn exact_sum(&self, pair: Pair) -> f64 {
        self.combine(pair, |component| component.exact_sum)
    }

    /// Static susceptibility from the discrete data, 1/D; T_S = 1/(4 chi) (34).
    pub fn susceptibility(&self, pair: Pair) -> f64 {
        self.combine(pair, |component| component.susceptibility)
    }

    /// Largest miss of a sum rule.
    pub fn sum_rule_error(&self) -> f64 {
        let errors = Pair::ALL.map(|pair| (self.sum(pair) - self.exact_sum(pair)).abs());
        errors.into_iter().fold(0.0, f64::max)
    }

    /// The broadened spectrum A(w) at `frequencies` (units of D), in 1/D; see [`Discrete::broaden`].
    /// Errors: of the spectra module.
    pub fn broaden(
        &self,
        pair: Pair,
        frequencies: &[f64],
        sigma: f64,
        stop: &dyn Stop,
    ) -> Result<Vec<f64>, SpectraError> {
        let (sum, diff, sign) = pair.parts();
        let of = |index: usize| self.components[index].broaden(frequencies, sigma, stop);
        let (sum, diff) = (of(sum)?.values, of(diff)?.values);
        Ok(sum.iter().zip(&diff).map(|(s, d)| 0.25 * (s + sign * d)).collect())
    }

    /// Static susceptibility from a broadened spectrum on an ascending grid: agrees with
    /// [`Self::susceptibility`] as far as the broadening is harmless.
    /// Errors: of the spectra module.
    pub fn susceptibility_of_spectrum(
        &self,
        frequencies: &[f64],
        values: &[f64],
    ) -> Result<f64, SpectraError> {
        static_susceptibility_from_spectrum(frequencies, values, self.temperature)
    }
}

/// Spin spectra of one run, a set for each temperature. `vector_bytes` bounds what is stored for the
/// way back: beyond it shells are diagonalized twice, with the same numbers.
/// Errors: the ladder cannot be built, or what the linear algebra refuses.
pub fn two_impurity_spectra(
    spec: &RunSpec,
    vector_bytes: usize,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<TwoImpuritySpectra>, DynamicsError> {
    let specs = std::slice::from_ref(spec);
    let found = two_impurity_spectra_in_lockstep(specs, vector_bytes as u64, device, &(), stop)?;
    match found.into_iter().next() {
        Some(outcome) => Ok(outcome?.spectra),
        None => Ok(Vec::new()),
    }
}

/// The same without symmetries, all sectors diagonalized: the oracle of the tests.
/// Errors: as [`two_impurity_spectra`].
pub fn two_impurity_spectra_of_all_sectors(
    spec: &RunSpec,
    vector_bytes: usize,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Vec<TwoImpuritySpectra>, DynamicsError> {
    let means = Means { device, stop, vector_bytes };
    let ladder = Ladder::new(spec.lambda, spec.z, spec.scheme, spec.model.distance, spec.shells)?;
    let chain = Chain::of_ladder(&ladder);
    let last = chain.shells() - 1;
    let tree = forward(two_impurity_start(spec, &ladder), chain, &spec.truncation, means)?;
    let weights = Weights::new(&tree, last, &spec.temperatures);
    let fresh = || {
        let discrete = |&t: &f64| Discrete::new(t, Statistics::Bosonic);
        spec.temperatures.iter().map(discrete).collect::<Result<Vec<_>, _>>()
    };
    let mut sinks = (0..4).map(|_| fresh()).collect::<Result<Vec<_>, _>>()?;
    let pairs = [(0, 0), (1, 1), (2, 2), (3, 3)];
    let density = backward(&tree, &weights, &pairs, &mut sinks, means)?;
    let mut lists: Vec<_> = sinks.into_iter().map(Vec::into_iter).collect();
    let mut spectra = Vec::new();
    for (t, &temperature) in spec.temperatures.iter().enumerate() {
        let mut components = Vec::new();
        for (list, local) in lists.iter_mut().zip(&tree.start.operators) {
            let product = local.matrix.times(&local.matrix.transpose());
            let exact = expectation(&tree.start, &density, t, &product);
            components.extend(list.next().map(|discrete| discrete.finish(exact)));
        }
        let components: Vec<Discrete> = components.into_iter().collect::<Result<_, _>>()?;
        if let Ok(components) = components.try_into() {
            let trace_error = (density.trace(t) - 1.0).abs();
            spectra.push(TwoImpuritySpectra { temperature, components, trace_error });
        }
    }
    Ok(spectra)
}

/// Impurities and rung 0 in the real basis of the specification's section 4.
pub(in crate::nrg) fn two_impurity_start(spec: &RunSpec, ladder: &Ladder) -> Start {
    let impurity = Impurity::real();
    let spin = |spin: Spin| {
        let matrix = impurity.real_matrix(spin);
        let mut small = Small::zeros(4);
        for (row, values) in matrix.iter().enumerate() {
            for (col, &value) in values.iter().enumerate() {
                small.set(row, col, value);
            }
        }
        small
    };
    let mut hamiltonian = Small::identity(4).kron(&Chain::of_ladder(ladder).rungs[0]);
    for (operator, rung) in kondo_terms(&spec.model, ladder) {
        let mut small = Small::zeros(16);
        for (row, values) in rung.iter().enumerate() {
            for (col, &value) in values.iter().enumerate() {
                small.set(row, col, value);
            }
        }
        let term = spin(operator).kron(&small);
        hamiltonian = hamiltonian.plus(1.0, &term).plus(1.0, &term.transpose());
    }
    let fock = labels(4);
    let of_impurity = impurity.two_sz.iter();
    let all = of_impurity.flat_map(|&sz| fock.iter().map(move |l| l.shifted(Label::new(0, sz))));
    let operator = |kind: Spin| {
        let norm = if kind.is_plus() { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let matrix = spin(kind).kron(&Small::identity(16)).scaled(norm);
        Local { change: kind.change(), matrix }
    };
    Start {
        labels: all.collect(),
        hamiltonian,
        hops: annihilators(4).iter().map(|f| Small::identity(4).kron(f)).collect(),
        operators: Spin::ALL.into_iter().map(operator).collect(),
    }
}
