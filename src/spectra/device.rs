//! The plain sum on a device that offers it.
use super::SpectraError;
use super::broaden::{Broadened, Method, Options, Peaks, certified, check};
use super::kernel::Kernel;
use super::local::Sums;
use super::survey::survey;
use super::weight::Weight;
use crate::linalg::{Peak, PeakShape, PeakSum, PeakSums};
use crate::stop::Stop;

/// As [`super::broaden`] with [`Method::Direct`], on a device: every peak at every frequency.
/// `tolerance` as in [`Options`].
///
/// # Errors
/// Those of [`super::broaden`], and [`SpectraError::Device`].
pub fn broaden_on<W: Weight>(
    device: &dyn PeakSums,
    peaks: &Peaks<W>,
    frequencies: &[f64],
    kernel: Kernel,
    tolerance: f64,
    stop: &dyn Stop,
) -> Result<Broadened<W>, SpectraError> {
    let options = Options { method: Method::Direct, tolerance };
    check(peaks, frequencies, kernel, options)?;
    let survey = survey(peaks, kernel)?;
    let (shape, width) = shape(kernel);
    let records: Vec<Peak> = (0..peaks.positions.len())
        .map(|i| Peak {
            position: normal(peaks.positions[i]),
            width: peaks.widths.map_or(width, |widths| widths[i]),
            re: peaks.weights[i].part(0),
            im: peaks.weights[i].part(1),
        })
        .collect();
    let sigma = match kernel.logarithmic_width() {
        sigma if sigma.is_finite() => records.iter().map(|p| p.width).fold(sigma, f64::min),
        none => none,
    };
    let found = device.peak_sums(&records, frequencies, shape, stop)?;
    let parts: Vec<Sums> =
        (0..W::PARTS).map(|part| sums(&found, part, records.len(), sigma)).collect();
    Ok(certified(&parts, None, peaks, frequencies, kernel, options, survey))
}

/// Devices may take subnormal numbers for 0; so do we.
fn normal(position: f64) -> f64 {
    if position.abs() < f64::MIN_POSITIVE { 0.0 } else { position }
}

fn shape(kernel: Kernel) -> (PeakShape, f64) {
    match kernel {
        Kernel::Gaussian { width } => (PeakShape::Gaussian, width),
        Kernel::Lorentzian { half_width } => (PeakShape::Lorentzian, half_width),
        Kernel::LogGauss { sigma } => (PeakShape::LogGauss, sigma),
        Kernel::Thermal { sigma, crossover } => (PeakShape::Thermal { crossover }, sigma),
    }
}

/// Values of one part, and bounds: the roundings of the plain sum (a factor exp(-y^2) that is not 0
/// has y^2 < 710, four of them each, and those of a logarithm divided by sigma), of a block of 128
/// terms, and of the magnitudes, which no slot adds up more often than there are blocks.
fn sums(found: &[PeakSum], part: usize, peaks: usize, sigma: f64) -> Sums {
    let blocks = (peaks / (128 * 64)) as f64;
    let roundings = 3400.0 + 128.0 + 120.0 / sigma;
    let relative = f64::EPSILON * roundings * (1.0 + f64::EPSILON * (128.0 + blocks));
    let pairs: Vec<[f64; 2]> = found
        .iter()
        .map(|sum| [if part == 0 { sum.re } else { sum.im }, relative * sum.magnitude])
        .collect();
    let mut sums = Sums::zeros(found.len());
    sums.add(&pairs, |_| 1.0);
    sums
}
