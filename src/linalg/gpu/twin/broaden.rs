//! Twin of `shaders/broaden.wesl`.
use super::elementary::{Logarithm, exponential, logarithm, logarithm_of_ratio};
use crate::linalg::gpu::layout::{PeakRecord, Sum};
use crate::linalg::gpu::shaders::broaden::{BLOCK, GAUSSIAN, LORENTZIAN, SLOTS, THERMAL};

const NOTHING: Logarithm = Logarithm { exponent: 0.0, mantissa: 0.0 };

/// The sums of every slot at every frequency, `[slot][frequency]`, of all peaks at once. `kernel` is
/// one of the shader's numbers.
pub fn broaden(peaks: &[PeakRecord], frequencies: &[f64], kernel: u32, crossover: f64) -> Vec<Sum> {
    let shape = Shape { kernel, crossover, inverse_crossover: 1.0 / crossover };
    let mut sums = vec![Sum::default(); SLOTS as usize * frequencies.len()];
    for (block, peaks) in peaks.chunks(BLOCK as usize).enumerate() {
        let slot = block % SLOTS as usize;
        let known: Vec<(Logarithm, f64)> = peaks.iter().map(|peak| shape.known(peak)).collect();
        for (index, &frequency) in frequencies.iter().enumerate() {
            let of_frequency = logarithm_or_nothing(frequency);
            let (mut re, mut im, mut magnitude) = (0.0, 0.0, 0.0);
            for (peak, known) in peaks.iter().zip(&known) {
                let height = shape.value(frequency, of_frequency, peak, *known);
                re += peak.re * height;
                im += peak.im * height;
                magnitude += (peak.re.abs() + peak.im.abs()) * height;
            }
            let sum = &mut sums[slot * frequencies.len() + index];
            sum.re_carried += lost(sum.re, re);
            sum.re += re;
            sum.im_carried += lost(sum.im, im);
            sum.im += im;
            sum.magnitude += magnitude;
        }
    }
    sums
}

fn logarithm_or_nothing(x: f64) -> Logarithm {
    if x == 0.0 { NOTHING } else { logarithm(x.abs()) }
}

fn lost(total: f64, term: f64) -> f64 {
    let next = total + term;
    if term.abs() <= total.abs() { (total - next) + term } else { (term - next) + total }
}

struct Shape {
    kernel: u32,
    crossover: f64,
    inverse_crossover: f64,
}

impl Shape {
    /// ln|position|, and the share broadened logarithmically.
    fn known(&self, peak: &PeakRecord) -> (Logarithm, f64) {
        let of_peak = logarithm_or_nothing(peak.position);
        if self.kernel != THERMAL || self.crossover <= peak.position.abs() {
            return (of_peak, 1.0);
        }
        if peak.position == 0.0 {
            return (of_peak, 0.0);
        }
        let y = logarithm_of_ratio(of_peak, logarithm(self.crossover)) * peak.inverse_width;
        (of_peak, exponential(-y * y))
    }

    fn value(
        &self,
        frequency: f64,
        of_frequency: Logarithm,
        peak: &PeakRecord,
        (of_peak, share): (Logarithm, f64),
    ) -> f64 {
        if self.kernel == GAUSSIAN {
            return gaussian(frequency, peak.position, peak.inverse_width);
        }
        if self.kernel == LORENTZIAN {
            let detuning = (frequency - peak.position) * peak.inverse_width;
            return 1.0 / (1.0 + detuning * detuning);
        }
        let mut sum = 0.0;
        if 0.0 < share {
            sum = share * log_gauss(frequency, of_frequency, peak, of_peak);
        }
        if share < 1.0 {
            let narrow = (1.0 - share) * (peak.width * self.inverse_crossover);
            sum += narrow * gaussian(frequency, peak.position, self.inverse_crossover);
        }
        sum
    }
}

fn gaussian(frequency: f64, position: f64, inverse_width: f64) -> f64 {
    let y = (frequency - position) * inverse_width;
    exponential(-y * y)
}

fn log_gauss(
    frequency: f64,
    of_frequency: Logarithm,
    peak: &PeakRecord,
    of_peak: Logarithm,
) -> f64 {
    let same_sign = (0.0 < frequency) == (0.0 < peak.position);
    if frequency == 0.0 || peak.position == 0.0 || !same_sign {
        return 0.0;
    }
    let y = logarithm_of_ratio(of_frequency, of_peak) * peak.inverse_width - 0.25 * peak.width;
    exponential(-y * y) / frequency.abs()
}
