//! Peaks from a seed, and short names.
use edgestate::spectra::{Broadened, Kernel, Method, Options, Peaks, Weight, broaden};
use edgestate::stop::Never;

/// Pseudo-random numbers in 0..1 (xorshift); the seed is in the test.
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Peaks of both signs over the given decades below 1, weights like |w| to a power, signs mixed
    /// with the given share of negative ones.
    pub fn peaks(
        &mut self,
        count: usize,
        decades: f64,
        power: f64,
        negative: f64,
    ) -> [Vec<f64>; 2] {
        let (mut positions, mut weights) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let magnitude = 10f64.powf(-decades * self.next());
            let sign = if self.next() < 0.5 { -1.0 } else { 1.0 };
            positions.push(sign * magnitude);
            let sign = if self.next() < negative { -1.0 } else { 1.0 };
            weights.push(sign * self.next() * magnitude.powf(power));
        }
        [positions, weights]
    }
}

pub fn spectrum<W: Weight>(
    positions: &[f64],
    weights: &[W],
    frequencies: &[f64],
    kernel: Kernel,
    method: Method,
    tolerance: f64,
) -> Broadened<W> {
    let peaks = Peaks { positions, weights, widths: None };
    let options = Options { method, tolerance };
    let found = broaden(&peaks, frequencies, kernel, options, &Never);
    found.unwrap_or_else(|refused| panic!("{kernel:?}, {options:?}: {refused}"))
}

/// `count` frequencies, equally spaced, both ends included.
pub fn even(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| low + (high - low) * i as f64 / (count - 1) as f64).collect()
}
