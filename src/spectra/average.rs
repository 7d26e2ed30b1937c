//! Averages over the shifts z of the logarithmic discretization.
use super::{SpectraError, finite_slice, same_length};
use crate::invalid::Invalid;

/// Mean of several spectra on one grid, and how far they scatter.
#[derive(Debug, Clone, PartialEq)]
pub struct Average {
    pub mean: Vec<f64>,
    /// Population standard deviation over z.
    pub spread: Vec<f64>,
}

/// Mean and spread at each point.
///
/// # Errors
/// No spectrum, lengths that differ, values that are not finite.
pub fn plain_average(spectra: &[Vec<f64>]) -> Result<Average, Invalid> {
    let Some(first) = spectra.first() else {
        return Err(Invalid::new("spectra", "0 spectra", "one or more"));
    };
    for (z, spectrum) in spectra.iter().enumerate() {
        same_length(&format!("spectra[{z}]"), spectrum.len(), first.len())?;
        finite_slice(&format!("spectra[{z}]"), spectrum)?;
    }
    let count = spectra.len() as f64;
    let mut average = Average { mean: Vec::new(), spread: Vec::new() };
    for i in 0..first.len() {
        let mean = spectra.iter().map(|s| s[i]).sum::<f64>() / count;
        let square = spectra.iter().map(|s| (s[i] - mean).powi(2)).sum::<f64>() / count;
        average.mean.push(mean);
        average.spread.push(square.sqrt());
    }
    Ok(average)
}

/// <T_S>/T_S(z): what each z's frequencies are multiplied by (specification of the NRG, section 8).
/// All scales have one sign (a longitudinal inter-impurity T_S is negative).
///
/// # Errors
/// No scale, one that is 0 or not finite, signs that differ.
pub fn rescale_factors(scales: &[f64]) -> Result<Vec<f64>, Invalid> {
    let Some(first) = scales.first() else {
        return Err(Invalid::new("scales", "0 values", "one or more"));
    };
    finite_slice("scales", scales)?;
    if let Some(z) = scales.iter().position(|scale| scale * first <= 0.0) {
        let expected = "not 0, and of the sign of scales[0]";
        return Err(Invalid::new(format!("scales[{z}]"), scales[z], expected));
    }
    let mean = scales.iter().sum::<f64>() / scales.len() as f64;
    Ok(scales.iter().map(|scale| mean / scale).collect())
}

/// Average of the spectra with each one's frequencies multiplied by s(z) = <T_S>/T_S(z), weights kept:
/// A(w) = mean over z of A_z(w/s)/s. `spectrum(z, frequencies)` gives A_z at the frequencies it is
/// asked for.
///
/// # Errors
/// Of [`rescale_factors`], of `spectrum`, lengths that differ.
pub fn rescaled_average(
    frequencies: &[f64],
    scales: &[f64],
    mut spectrum: impl FnMut(usize, &[f64]) -> Result<Vec<f64>, SpectraError>,
) -> Result<Average, SpectraError> {
    finite_slice("frequencies", frequencies)?;
    let mut spectra = Vec::new();
    for (z, factor) in rescale_factors(scales)?.into_iter().enumerate() {
        let asked: Vec<f64> = frequencies.iter().map(|w| w / factor).collect();
        let mut values = spectrum(z, &asked)?;
        same_length(&format!("spectra[{z}]"), values.len(), frequencies.len())?;
        values.iter_mut().for_each(|value| *value /= factor);
        spectra.push(values);
    }
    Ok(plain_average(&spectra)?)
}
