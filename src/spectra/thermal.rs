//! The log-Gaussian and its thermal cross-over, from cells.
//!
//! K = L h(w') + G (1 - h(w')). Octaves are counted from the cross-over, so that its kink lies on an
//! edge of cells. The nodes of a cell below it keep the share h of their weight; the rest goes, as
//! peaks, to even cells for G. Positions so small that h vanishes go there directly.
use super::SpectraError;
use super::bound::{self, Bound};
use super::broaden::Peaks;
use super::kernel::{Kernel, log_height, logarithmic_share};
use super::local::{Cells, MARGIN, Relative, Sums, half_width};
use super::maps::{Even, Octaves};
use super::moments::{Map, Moments, NODES, Nodes, collect};
use super::weight::Weight;
use crate::stop::Stop;

/// Wider ones gain nothing from cells.
const MAX_SIGMA: f64 = 2.0;
const MAX_BITS: u32 = 14;

/// Cells for the kernels in the logarithm of the frequency.
#[derive(Debug)]
pub(super) struct Logarithmic {
    octaves: Octaves,
    sigma: f64,
    /// Relative error of interpolation, of L or, with a cross-over, of h L.
    interpolation: Bound,
    /// Half-width of a cell relative to its centre, at most.
    eta: f64,
    crossover: Option<Crossover>,
}

#[derive(Debug)]
struct Crossover {
    /// Its place, w0.
    at: f64,
    /// Cells of the Gaussian part, on -at..at.
    even: Even,
    /// Positions below `smallest` (in units of `at`) are broadened by the Gaussian alone.
    smallest: f64,
    /// Relative errors of interpolation in `even` and of (1 - h) G in the octaves.
    interpolation: [Bound; 2],
}

/// Octaves and, after them, the even cells.
struct Both<'a> {
    octaves: &'a Octaves,
    crossover: &'a Crossover,
}

impl Map for Both<'_> {
    fn cells(&self) -> usize {
        self.octaves.cells() + self.crossover.even.cells()
    }

    #[inline(always)]
    fn locate(&self, position: f64) -> Option<(usize, f64)> {
        if self.octaves.scaled(position).abs() < self.crossover.smallest {
            let (cell, t) = self.crossover.even.locate(position)?;
            return Some((self.octaves.cells() + cell, t));
        }
        self.octaves.locate(position)
    }
}

impl Logarithmic {
    /// None: cells would be too many or too wide for the tolerance.
    pub fn new(kernel: Kernel, frequencies: &[f64], tolerance: f64) -> Option<Self> {
        let (sigma, crossover) = match kernel {
            Kernel::LogGauss { sigma } => (sigma, None),
            Kernel::Thermal { sigma, crossover } => (sigma, Some(crossover)),
            _ => return None,
        };
        if MAX_SIGMA < sigma {
            return None;
        }
        let powers = if crossover.is_some() { 2.0 } else { 1.0 };
        let bounds = |bits: u32| {
            let eta = Octaves::eta(bits);
            [bound::log_gaussian(eta, sigma, powers), bound::thermal_rest(eta, sigma)]
        };
        // With a cross-over the bound grows by the change of h and 1/w' over the ellipse.
        let fits = |bits: &u32| {
            let [log, rest] = bounds(*bits);
            let growth = (1.0 + Octaves::eta(*bits) * log.along).powi(3);
            match crossover {
                None => log.error <= tolerance,
                Some(_) => log.error * growth <= tolerance && rest.error <= tolerance,
            }
        };
        let bits = (2..=MAX_BITS).find(fits)?;
        let [interpolation, rest] = bounds(bits);
        let scale = crossover.map_or(1.0, |at| 1.0 / at);
        let range = range(frequencies, sigma, crossover)?;
        let octaves = Octaves::new(bits, range, scale, sigma)?;
        let crossover = crossover.map(|at| {
            let cells = (1.0 / half_width(tolerance)).ceil() as usize;
            let cells = cells.next_power_of_two();
            let even = Even::with_count(-at, 2.0 * at / cells as f64, cells, at);
            let interpolation = [bound::gaussian(1.0 / cells as f64), rest];
            Crossover { at, even, smallest: smallest(sigma), interpolation }
        });
        let eta = Octaves::eta(bits);
        Some(Self { octaves, sigma, interpolation, eta, crossover })
    }

    pub fn cells(&self) -> usize {
        self.octaves.cells() + self.crossover.as_ref().map_or(0, |c| c.even.cells())
    }

    pub fn sums<W: Weight>(
        &self,
        peaks: &Peaks<W>,
        part: usize,
        frequencies: &[f64],
        stop: &dyn Stop,
    ) -> Result<Sums, SpectraError> {
        let (x, w) = (peaks.positions, peaks.weights);
        let Some(crossover) = &self.crossover else {
            let moments = collect(&self.octaves, x, w, part, stop)?;
            let mut sums = Sums::zeros(frequencies.len());
            self.add_logarithmic(&mut sums, &moments, &Cells::new(&moments), frequencies, stop)?;
            return Ok(sums);
        };
        let both = Both { octaves: &self.octaves, crossover };
        let mut moments = collect(&both, x, w, part, stop)?;
        let central = moments.lines.split_off(self.octaves.cells());
        let mut even = Moments { lines: central, ..moments.clone() };
        even.outside = 0.0;
        let centre: f64 = even.lines.iter().map(|line| line.0[NODES]).sum();
        let mut cells = Cells::new(&moments);
        let below = self.share(crossover, &mut cells, &mut even);
        let mut sums = Sums::zeros(frequencies.len());
        self.add_logarithmic(&mut sums, &moments, &cells, frequencies, stop)?;
        let relative = crossover.even.relative(crossover.interpolation[0], even.rounding());
        let gaussian = Cells::new(&even).sums(&crossover.even, frequencies, relative, stop)?;
        let height = Kernel::Gaussian { width: crossover.at }.height(0.0);
        sums.add(&gaussian, |_| height);
        // (1 - h) G interpolated below the cross-over, rounding of those cells included; h L and
        // h G left out in the centre, h L <= exp(s - (s/sigma)^2)/(sqrt(pi) sigma w0).
        let (s, sigma) = (-crossover.smallest.ln(), self.sigma);
        let share = (-(s / sigma).powi(2)).exp();
        let dropped = centre * share * height * (1.0 + s.exp() / sigma);
        let bound = crossover.interpolation[1];
        let rest = below * height * (bound.error + self.rounding(&moments));
        for (bound_here, w) in sums.bounds.iter_mut().zip(frequencies) {
            let y = (w.abs() / crossover.at - (1.0 + self.eta * bound.along)).max(0.0);
            *bound_here += rest * (-y * y).exp() + dropped;
        }
        Ok(sums)
    }

    /// Moves the share 1 - h of the nodes below the cross-over to the even cells; sum |w| there.
    fn share(&self, crossover: &Crossover, cells: &mut Cells, even: &mut Moments) -> f64 {
        let nodes = Nodes::new();
        let mut below = 0.0;
        for (cell, weights) in cells.weights.iter_mut().enumerate() {
            if weights[NODES] == 0.0 || 1.0 <= self.octaves.edge(cell) {
                continue;
            }
            below += weights[NODES];
            let [middle, half] = self.octaves.middle(cell);
            let sign = if self.octaves.is_negative(cell) { -1.0 } else { 1.0 };
            for j in 0..NODES {
                let position = sign * crossover.at * (middle + half * nodes.t[j]);
                let share = logarithmic_share(position, self.sigma, crossover.at);
                if let Some((target, t)) = crossover.even.locate(position) {
                    even.lines[target].add(weights[j] * (1.0 - share), t);
                }
                weights[j] *= share;
            }
            // The largest |h| on the ellipse of the cell, but for the factor that `bound` counts.
            let reach = (middle + half * self.interpolation.along) * crossover.at;
            weights[NODES] *= logarithmic_share(reach, self.sigma, crossover.at);
        }
        even.additions += NODES * cells.weights.len();
        below
    }

    /// Of the moments, and of y = ln(w/w')/sigma.
    fn rounding(&self, moments: &Moments) -> f64 {
        moments.rounding() + 1e-14 + 1e-15 / self.sigma
    }

    fn add_logarithmic(
        &self,
        sums: &mut Sums,
        moments: &Moments,
        cells: &Cells,
        frequencies: &[f64],
        stop: &dyn Stop,
    ) -> Result<(), SpectraError> {
        let across = self.eta * self.interpolation.along;
        let relative = Relative {
            interpolation: self.interpolation.error,
            rounding: self.rounding(moments),
            spread: -(-across).ln_1p() / self.sigma,
        };
        let found = cells.sums(&self.octaves, frequencies, relative, stop)?;
        sums.add(&found, |i| log_height(frequencies[i], self.sigma));
        Ok(())
    }
}

/// Below this (in units of the cross-over) h is less than exp(-64); a power of two.
fn smallest(sigma: f64) -> f64 {
    (-(MARGIN * sigma / std::f64::consts::LN_2).ceil()).exp2()
}

/// Magnitudes of the positions that the frequencies can see, in units of the cross-over if there is
/// one. None: out of range.
fn range(frequencies: &[f64], sigma: f64, crossover: Option<f64>) -> Option<[f64; 2]> {
    let magnitudes = || frequencies.iter().map(|w| w.abs()).filter(|w| 0.0 < *w);
    let low = magnitudes().fold(f64::INFINITY, f64::min);
    let high = magnitudes().fold(0.0, f64::max);
    let reach = (MARGIN * sigma).exp();
    let shift = (-0.25 * sigma * sigma).exp();
    let [low, high] = match crossover {
        None if high == 0.0 => [1.0, 1.0],
        None => [low * shift / reach, high * shift * reach],
        Some(at) => [smallest(sigma), (high * shift * reach / at).max(1.0)],
    };
    (1e-300 < low && high < 1e300).then_some([low, high])
}
