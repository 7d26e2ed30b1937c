//! What spectra know about their own accuracy (specification, section 11).
use super::discrete::DynamicsError;
use super::lockstep::{SpectraOutcome, two_impurity_spectra_in_lockstep};
use super::two::{Pair, TwoImpuritySpectra};
use crate::engine::Monitor;
use crate::linalg::Device;
use crate::nrg::RunSpec;
use crate::spectra::{SpectraError, static_susceptibility_from_spectrum, sum_rule};
use crate::stop::Stop;

/// A sum rule missed by more than this is a warning; exact arithmetic gives zero.
const SUM_RULE_BOUND: f64 = 1e-10;

/// Share of the susceptibility (and of the weight) that broadening and the grid may change.
const BROADENING_BOUND: f64 = 0.05;

/// A peak less than this much wider than the kernel is as wide as the kernel makes it.
const LIMITED_BELOW: f64 = 1.3;

/// The largest |A(w)| at positive frequencies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectrumPeak {
    /// Units of D.
    pub frequency: f64,
    /// Full width at half maximum in ln w; none where the spectrum does not fall to one half.
    pub log_width: Option<f64>,
}

/// A broadened spectrum beside the discrete data it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectrumCertificate {
    /// Static susceptibility from the discrete data and from the spectrum, 1/D.
    pub susceptibility: f64,
    pub susceptibility_of_spectrum: f64,
    /// Weight of the discrete data and of the spectrum.
    pub sum: f64,
    pub sum_of_spectrum: f64,
    /// Largest miss of a sum rule by the discrete data, and of Tr R = 1.
    pub sum_rule_error: f64,
    pub trace_error: f64,
    pub peak: Option<SpectrumPeak>,
    /// Whether the peak is as narrow as the kernel allows: its width and height say nothing then.
    pub limited_by_broadening: bool,
    /// Bounds not met, in words.
    pub warnings: Vec<String>,
}

/// What happens to a result when E_trunc is lowered by 20 %: its error bar. In the order of
/// [`Pair::ALL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TruncationError {
    /// |change of chi| / |chi|, as well the relative error of T_S (34).
    pub susceptibility: [f64; 4],
    /// |change| of the spectral weight.
    pub sum: [f64; 4],
}

impl TwoImpuritySpectra {
    /// Compares a log-Gauss broadened spectrum (`values` at ascending `frequencies`, both signs) with
    /// the discrete data.
    /// Errors: a grid that does not ascend, values that are not finite.
    pub fn certify(
        &self,
        pair: Pair,
        (frequencies, values): (&[f64], &[f64]),
        sigma: f64,
    ) -> Result<SpectrumCertificate, SpectraError> {
        let peak = largest_peak(frequencies, values);
        let kernel = 2.0 * std::f64::consts::LN_2.sqrt() * sigma;
        let width = peak.and_then(|peak| peak.log_width);
        let mut certificate = SpectrumCertificate {
            susceptibility: self.susceptibility(pair),
            susceptibility_of_spectrum: static_susceptibility_from_spectrum(
                frequencies,
                values,
                self.temperature,
            )?,
            sum: self.sum(pair),
            sum_of_spectrum: sum_rule(frequencies, values)?,
            sum_rule_error: self.sum_rule_error(),
            trace_error: self.trace_error,
            peak,
            limited_by_broadening: width.is_some_and(|width| width < LIMITED_BELOW * kernel),
            warnings: Vec::new(),
        };
        certificate.warnings = certificate.found();
        Ok(certificate)
    }

    /// Relative to `self`, the run with the larger E_trunc.
    pub fn truncation_error(&self, lowered: &Self) -> TruncationError {
        let change = |pair: Pair| {
            let chi = self.susceptibility(pair);
            ((lowered.susceptibility(pair) - chi) / chi).abs()
        };
        TruncationError {
            susceptibility: Pair::ALL.map(change),
            sum: Pair::ALL.map(|pair| (lowered.exact_sum(pair) - self.exact_sum(pair)).abs()),
        }
    }
}

impl SpectrumCertificate {
    fn found(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let exact = [self.sum_rule_error, self.trace_error];
        if exact.iter().any(|error| error.is_nan() || SUM_RULE_BOUND < *error) {
            warnings.push(format!("a sum rule is missed by {:.1e}", exact[0].max(exact[1])));
        }
        let miss = (self.susceptibility_of_spectrum / self.susceptibility - 1.0).abs();
        if miss.is_nan() || BROADENING_BOUND < miss {
            warnings.push(format!(
                "the static susceptibility of the broadened spectrum is {:.0} % off that of the \
                 discrete data",
                100.0 * miss
            ));
        }
        let lost = (self.sum_of_spectrum - self.sum).abs();
        if lost.is_nan() || BROADENING_BOUND * 0.25 < lost {
            warnings.push(format!("the grid misses {lost:.1e} of the spectral weight"));
        }
        if self.limited_by_broadening {
            warnings.push("the width of the peak is that of the broadening".into());
        }
        warnings
    }
}

/// The largest |A| at positive frequencies, and where it falls to one half on both sides.
fn largest_peak(frequencies: &[f64], values: &[f64]) -> Option<SpectrumPeak> {
    let positive: Vec<(f64, f64)> = frequencies
        .iter()
        .zip(values)
        .filter(|(w, _)| 0.0 < **w)
        .map(|(w, a)| (w.ln(), a.abs()))
        .collect();
    let top = (0..positive.len()).max_by(|&i, &j| positive[i].1.total_cmp(&positive[j].1))?;
    let half = 0.5 * positive[top].1;
    let crossing = |inner: (f64, f64), outer: (f64, f64)| {
        inner.0 + (outer.0 - inner.0) * (inner.1 - half) / (inner.1 - outer.1)
    };
    let above = (top + 1..positive.len()).find(|&i| positive[i].1 < half);
    let below = (0..top).rev().find(|&i| positive[i].1 < half);
    let log_width = above.zip(below).map(|(above, below)| {
        crossing(positive[above - 1], positive[above])
            - crossing(positive[below + 1], positive[below])
    });
    Some(SpectrumPeak { frequency: positive[top].0.exp(), log_width })
}

/// A run's outcome, and the error bars of each temperature where both runs succeeded.
pub type BarredOutcome = (SpectraOutcome, Vec<TruncationError>);

/// [`two_impurity_spectra_in_lockstep`] with a second run of each spec ([`RunSpec::lowered`]), in the same
/// lockstep: the changes are the error bars of the truncation.
/// Errors: as there.
pub fn two_impurity_spectra_with_error_bars(
    specs: &[RunSpec],
    memory_bytes: u64,
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<BarredOutcome>, DynamicsError> {
    let both: Vec<RunSpec> =
        specs.iter().cloned().chain(specs.iter().map(RunSpec::lowered)).collect();
    let mut found = two_impurity_spectra_in_lockstep(&both, memory_bytes, device, monitor, stop)?;
    let second = found.split_off(specs.len());
    let bars = |(outcome, lowered): (SpectraOutcome, SpectraOutcome)| {
        let errors = match (&outcome, &lowered) {
            (Ok(run), Ok(lowered)) => {
                let pairs = run.spectra.iter().zip(&lowered.spectra);
                pairs.map(|(run, lowered)| run.truncation_error(lowered)).collect()
            }
            _ => Vec::new(),
        };
        (outcome, errors)
    };
    Ok(found.into_iter().zip(second).map(bars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log-Gauss curve of a known width is found to have it; a flat one has none.
    #[test]
    fn width_of_a_peak_is_found() {
        let grid: Vec<f64> = (0..2000).map(|i| 1e-6 * (f64::from(i) * 0.01).exp()).collect();
        let curve = |w: &f64| -2.0 * (-((w / 1e-3).ln() / 0.3).powi(2)).exp();
        let peak = largest_peak(&grid, &grid.iter().map(curve).collect::<Vec<_>>());
        let SpectrumPeak { frequency, log_width } = peak.expect("a peak");
        let width = log_width.expect("a width");
        assert!((frequency / 1e-3).ln().abs() < 0.01, "{frequency}");
        assert!((width - 0.6 * std::f64::consts::LN_2.sqrt()).abs() < 1e-4, "{width}");
        let flat = largest_peak(&grid, &vec![1.0; grid.len()]);
        assert!(flat.is_some_and(|peak| peak.log_width.is_none()));
    }
}
