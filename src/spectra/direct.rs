//! The sum as it stands: every peak at every frequency.
use rayon::prelude::*;

use super::SpectraError;
use super::broaden::Peaks;
use super::kernel::Kernel;
use super::local::Sums;
use super::weight::Weight;
use crate::stop::Stop;

const BLOCK: usize = 128;
/// Blocks between two looks at the stop token.
const LOOK: usize = 256;

/// Sums one part of the weights; peaks may have widths of their own.
///
/// # Errors
/// [`SpectraError::Stopped`].
pub(super) fn sums<W: Weight>(
    peaks: &Peaks<W>,
    part: usize,
    frequencies: &[f64],
    kernel: Kernel,
    stop: &dyn Stop,
) -> Result<Sums, SpectraError> {
    let found: Result<Vec<[f64; 2]>, _> =
        frequencies.par_iter().map(|w| one(peaks, part, *w, kernel, stop)).collect();
    let mut sums = Sums::zeros(frequencies.len());
    sums.add(&found?, |_| 1.0);
    Ok(sums)
}

/// Value and rounding bound at one frequency: blocks are added plainly, their sums with the rounding
/// carried along (Neumaier).
fn one<W: Weight>(
    peaks: &Peaks<W>,
    part: usize,
    frequency: f64,
    kernel: Kernel,
    stop: &dyn Stop,
) -> Result<[f64; 2], SpectraError> {
    let (mut total, mut carried, mut absolute) = (0.0f64, 0.0, 0.0);
    let mut sigma = f64::INFINITY;
    for block in 0..peaks.positions.len().div_ceil(BLOCK) {
        if block % LOOK == 0 && stop.stopped() {
            return Err(SpectraError::Stopped);
        }
        let start = block * BLOCK;
        let (mut sum, mut magnitude) = (0.0, 0.0);
        for i in start..(start + BLOCK).min(peaks.positions.len()) {
            let shape = peaks.widths.map_or(kernel, |widths| kernel.with_width(widths[i]));
            sigma = sigma.min(shape.logarithmic_width());
            let term = peaks.weights[i].part(part) * shape.value(frequency, peaks.positions[i]);
            sum += term;
            magnitude += term.abs();
        }
        let next = total + sum;
        carried += if sum.abs() <= total.abs() { total - next + sum } else { sum - next + total };
        total = next;
        absolute += magnitude;
    }
    // A factor exp(-y^2) that is not zero has y^2 < 745, hence 4 y^2 roundings; y itself has those
    // of a logarithm divided by sigma.
    let roundings = 3200.0 + BLOCK as f64 + 120.0 / sigma;
    Ok([total + carried, f64::EPSILON * roundings * absolute])
}
