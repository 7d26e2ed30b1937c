//! One look at all peaks before any work: what is wrong, how much weight, how far out.
use rayon::prelude::*;

use super::broaden::Peaks;
use super::kernel::Kernel;
use super::weight::Weight;
use crate::invalid::Invalid;

const BLOCK: usize = 4096;

/// What is known of checked peaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Survey {
    /// Sum of the weights, of their magnitudes; extremes of the positions.
    pub total: [f64; 2],
    pub absolute: f64,
    pub range: [f64; 2],
}

impl Survey {
    const EMPTY: Self =
        Self { total: [0.0; 2], absolute: 0.0, range: [f64::INFINITY, f64::NEG_INFINITY] };

    fn merge(self, other: &Self) -> Self {
        Self {
            total: [self.total[0] + other.total[0], self.total[1] + other.total[1]],
            absolute: self.absolute + other.absolute,
            range: [self.range[0].min(other.range[0]), self.range[1].max(other.range[1])],
        }
    }
}

/// Sums in blocks, added in their order: the threads do not show.
pub(super) fn survey<W: Weight>(peaks: &Peaks<W>, kernel: Kernel) -> Result<Survey, Invalid> {
    let no_zero = matches!(kernel, Kernel::LogGauss { .. });
    let blocks: Vec<Result<Survey, usize>> = peaks
        .positions
        .par_chunks(BLOCK)
        .zip(peaks.weights.par_chunks(BLOCK))
        .map(|(positions, weights)| block(positions, weights, no_zero))
        .collect();
    let mut all = Survey::EMPTY;
    for (index, found) in blocks.iter().enumerate() {
        match found {
            Ok(found) => all = all.merge(found),
            Err(at) => return Err(refusal(peaks, index * BLOCK + at)),
        }
    }
    if 1e300 < all.absolute {
        let expected = "magnitudes that add up to 1e300 at most";
        return Err(Invalid::new("weights", format!("{:e} in all", all.absolute), expected));
    }
    Ok(all)
}

/// Err: the index of the first peak that is refused.
fn block<W: Weight>(positions: &[f64], weights: &[W], no_zero: bool) -> Result<Survey, usize> {
    let mut sums = Survey::EMPTY;
    for (index, (position, weight)) in positions.iter().zip(weights).enumerate() {
        if !(position.is_finite() && weight.is_finite()) || (no_zero && *position == 0.0) {
            return Err(index);
        }
        let [re, im] = [weight.part(0), weight.part(1)];
        let absolute = if W::PARTS == 1 { re.abs() } else { re.hypot(im) };
        let range = [*position; 2];
        sums = sums.merge(&Survey { total: [re, im], absolute, range });
    }
    Ok(sums)
}

fn refusal<W: Weight>(peaks: &Peaks<W>, at: usize) -> Invalid {
    let position = peaks.positions[at];
    if !position.is_finite() {
        return Invalid::new(format!("positions[{at}]"), position, "a finite number");
    }
    let weight = peaks.weights[at];
    if !weight.is_finite() {
        return Invalid::new(format!("weights[{at}]"), format!("{weight:?}"), "a finite number");
    }
    let expected = "not 0: a log-Gaussian has no peak there, a thermal kernel has";
    Invalid::new(format!("positions[{at}]"), position, expected)
}
