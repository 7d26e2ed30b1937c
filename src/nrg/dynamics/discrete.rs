//! One correlation function as discrete data: bins for the spectrum, exact sums beside them.
use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::nrg::NrgError;
use crate::nrg::complete::pairs::{Peak, Sink};
use crate::spectra::{Bins, Broadened, Kernel, Method, Options, SpectraError};
use crate::stop::Stop;

/// Why spectra were refused or could not be finished.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DynamicsError {
    #[error(transparent)]
    Nrg(#[from] NrgError),
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    #[error(transparent)]
    Spectra(#[from] SpectraError),
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Whether the spectrum is that of B C+ (A53) or of the anticommutator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistics {
    Bosonic,
    Fermionic,
}

/// Cells an octave: 213 a decade, each with moments.
const BITS: u32 = 6;

/// Peaks handed to the bins at once.
const BUFFER: usize = 4096;

/// A spectral function at one temperature, energies in units of D.
#[derive(Debug, Clone)]
pub struct Discrete {
    pub temperature: f64,
    /// Weights of the spectrum: A_BC (A53) for spins, the anticommutator's for electrons.
    pub bins: Bins,
    /// Sum of the weights, and the same from the reduced density matrix of the impurity (A56).
    pub sum: f64,
    pub exact_sum: f64,
    /// Static susceptibility from the discrete data, both terms of the commutator, 1/D.
    pub susceptibility: f64,
    /// int (-f'(w)) A(w) dw, 1/D, f the Fermi function: no broadening enters. Of electrons only.
    pub window: f64,
    /// Sum of the weights below zero: off-diagonal elements of the reduced density matrix, which the
    /// broadening averages out.
    pub negative_weight: f64,
    statistics: Statistics,
    positions: Vec<f64>,
    weights: Vec<f64>,
    failed: Option<SpectraError>,
}

impl Discrete {
    pub(super) fn new(temperature: f64, statistics: Statistics) -> Result<Self, Invalid> {
        Ok(Self::empty(Bins::new(1.0, BITS)?, temperature, statistics))
    }

    fn empty(bins: Bins, temperature: f64, statistics: Statistics) -> Self {
        Self {
            temperature,
            bins,
            sum: 0.0,
            exact_sum: f64::NAN,
            susceptibility: 0.0,
            window: 0.0,
            negative_weight: 0.0,
            statistics,
            positions: Vec::new(),
            weights: Vec::new(),
            failed: None,
        }
    }

    /// Hands over what is buffered. Errors: of the bins, at any time so far.
    pub(super) fn finish(mut self, exact_sum: f64) -> Result<Self, SpectraError> {
        self.flush();
        self.exact_sum = exact_sum;
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// An empty one for the same function.
    pub(super) fn like(&self) -> Self {
        Self::empty(self.bins.like(), self.temperature, self.statistics)
    }

    /// Multiplies all that is in it.
    pub(super) fn scale(&mut self, factor: f64) {
        self.flush();
        self.bins.scale(factor);
        self.sum *= factor;
        self.susceptibility *= factor;
        self.window *= factor;
        self.negative_weight *= factor;
    }

    /// Adds what another one of the same function holds.
    pub(super) fn absorb(&mut self, mut other: Self) {
        self.flush();
        other.flush();
        let merged = self.bins.merge(&other.bins).err().map(SpectraError::from);
        self.failed = self.failed.take().or(other.failed).or(merged);
        self.sum += other.sum;
        self.susceptibility += other.susceptibility;
        self.window += other.window;
        self.negative_weight += other.negative_weight;
    }

    /// Adds one peak: energy in D, weight, share in the static susceptibility.
    pub(super) fn record(&mut self, energy: f64, weight: f64, susceptibility: f64) {
        self.sum += weight;
        self.susceptibility += susceptibility;
        if self.statistics == Statistics::Fermionic {
            self.window += weight * fermi_window(energy, self.temperature);
        }
        self.negative_weight += weight.min(0.0);
        if weight != 0.0 {
            self.positions.push(energy);
            self.weights.push(weight);
        }
        if self.positions.len() == BUFFER {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let found = self.bins.add(&self.positions, &self.weights);
        self.failed = self.failed.take().or(found.err());
        self.positions.clear();
        self.weights.clear();
    }

    /// |sum - exact_sum|: a sum rule, 1e-10 at most when all is well.
    pub fn sum_rule_error(&self) -> f64 {
        (self.sum - self.exact_sum).abs()
    }

    /// The broadened spectrum at `frequencies` (units of D), log-Gauss of width `sigma` with thermal
    /// cross-over at T/2 (specification, section 8), in 1/D.
    /// Errors: of the spectra module.
    pub fn broaden(
        &self,
        frequencies: &[f64],
        sigma: f64,
        stop: &dyn Stop,
    ) -> Result<Broadened<f64>, SpectraError> {
        let kernel = Kernel::Thermal { sigma, crossover: 0.5 * self.temperature };
        let options = Options { method: Method::Auto, tolerance: 1e-8 };
        Ok(self.bins.broaden(frequencies, kernel, options, stop)?.0)
    }
}

impl Sink for Discrete {
    fn add(&mut self, peak: Peak) {
        let weight = match self.statistics {
            Statistics::Bosonic => peak.greater,
            Statistics::Fermionic => peak.greater + peak.lesser,
        };
        self.record(peak.energy, weight, peak.susceptibility);
    }
}

/// -df/dw of the Fermi function, units of 1/D.
pub(in crate::nrg) fn fermi_window(energy: f64, temperature: f64) -> f64 {
    if 100.0 * temperature < energy.abs() {
        return 0.0; // below 1e-43/T
    }
    let cosh = (0.5 * energy / temperature).cosh();
    0.25 / (temperature * cosh * cosh)
}
