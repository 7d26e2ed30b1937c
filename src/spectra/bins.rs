//! An accumulator of peaks that forgets nothing a spectrum needs: cells with moments on an axis of
//! fixed octaves, filled in any number of pieces and broadened afterwards at any width.
use super::broaden::{Broadened, Options, Peaks, broaden};
use super::kernel::Kernel;
use super::maps::Octaves;
use super::moments::{Line, Map, NODES, Nodes, rounding};
use super::{SpectraError, bound, finite_slice, same_length};
use crate::invalid::Invalid;
use crate::stop::Stop;

/// Octaves from 2^-300 to 2^100 (in units of `unit`); all that lies below is one cell.
const OCTAVES: [i32; 2] = [-300, 100];

/// Peaks on a logarithmic axis of each sign, 2^bits cells an octave with seven moments each. Two of
/// the same unit and bits can be merged, in any grouping.
#[derive(Debug, Clone)]
pub struct Bins {
    unit: f64,
    bits: u32,
    octaves: Octaves,
    /// Cells that were touched: a block of one octave and sign each.
    blocks: Vec<Option<Vec<Line>>>,
    /// Weight at magnitudes below the lowest octave: sum of w, sum of |w|.
    centre: [f64; 2],
    additions: usize,
}

impl Bins {
    /// `unit`: an energy whose power-of-two multiples are edges of octaves; D is a good one.
    /// `bits`: 3..=8, the logarithm of the number of cells an octave; 6 (213 cells a decade) serves
    /// widths from sigma = 0.05 up to a relative error of 1e-9.
    ///
    /// # Errors
    /// Out of range.
    pub fn new(unit: f64, bits: u32) -> Result<Self, Invalid> {
        if !(1e-100..=1e100).contains(&unit) {
            return Err(Invalid::new("unit", unit, "a number from 1e-100 to 1e100"));
        }
        if !(3..=8).contains(&bits) {
            return Err(Invalid::new("bits", bits, "a number from 3 to 8"));
        }
        // The last cell is the last one of its octave: blocks are whole octaves.
        let range = [f64::from(OCTAVES[0]).exp2(), f64::from(OCTAVES[1]).exp2() * (1.0 - 1e-6)];
        let octaves = Octaves::new(bits, range, 1.0 / unit, 1.0)
            .ok_or_else(|| Invalid::new("bits", bits, "fewer"))?;
        let blocks = vec![None; octaves.cells() >> bits];
        Ok(Self { unit, bits, octaves, blocks, centre: [0.0; 2], additions: 0 })
    }

    /// An empty one of the same unit and bits.
    #[must_use]
    pub fn like(&self) -> Self {
        let blocks = vec![None; self.blocks.len()];
        Self { octaves: self.octaves.clone(), blocks, centre: [0.0; 2], additions: 0, ..*self }
    }

    /// Adds peaks, in the unit of `unit`.
    ///
    /// # Errors
    /// Values that are not finite, by index; positions at 2^100 units or more. Nothing is added then.
    pub fn add(&mut self, positions: &[f64], weights: &[f64]) -> Result<(), SpectraError> {
        same_length("weights", weights.len(), positions.len())?;
        finite_slice("positions", positions)?;
        finite_slice("weights", weights)?;
        let limit = f64::from(OCTAVES[1]).exp2();
        if let Some(i) = positions.iter().position(|x| limit <= self.octaves.scaled(*x).abs()) {
            let expected = format!("a magnitude below {:e}", limit * self.unit);
            return Err(Invalid::new(format!("positions[{i}]"), positions[i], expected).into());
        }
        for (position, weight) in positions.iter().zip(weights) {
            self.add_one(*position, *weight);
        }
        self.additions += positions.len();
        Ok(())
    }

    fn add_one(&mut self, position: f64, weight: f64) {
        match self.octaves.locate(position) {
            Some((cell, t)) => {
                let size = 1usize << self.bits;
                let empty = || vec![Line::default(); size];
                let block = self.blocks[cell >> self.bits].get_or_insert_with(empty);
                block[cell & (size - 1)].add(weight, t);
            }
            None => {
                self.centre[0] += weight;
                self.centre[1] += weight.abs();
            }
        }
    }

    /// Adds the peaks of another accumulator of the same unit and bits.
    ///
    /// # Errors
    /// Another unit or number of cells.
    pub fn merge(&mut self, other: &Self) -> Result<(), Invalid> {
        if self.unit.to_bits() != other.unit.to_bits() {
            return Err(Invalid::new("other.unit", other.unit, self.unit.to_string()));
        }
        if self.bits != other.bits {
            return Err(Invalid::new("other.bits", other.bits, self.bits.to_string()));
        }
        for (mine, theirs) in self.blocks.iter_mut().zip(&other.blocks) {
            let Some(theirs) = theirs else { continue };
            match mine {
                Some(mine) => mine.iter_mut().zip(theirs).for_each(|(a, b)| a.merge(b)),
                None => *mine = Some(theirs.clone()),
            }
        }
        self.centre = [self.centre[0] + other.centre[0], self.centre[1] + other.centre[1]];
        self.additions += other.additions + 1;
        Ok(())
    }

    /// Multiplies all weights; `factor` is not negative. Zero empties it.
    pub fn scale(&mut self, factor: f64) {
        for block in &mut self.blocks {
            if factor == 0.0 {
                *block = None;
            }
            let lines = block.iter_mut().flatten();
            lines.for_each(|line| line.0.iter_mut().for_each(|moment| *moment *= factor));
        }
        self.centre = self.centre.map(|weight| weight * factor);
        self.additions += 1;
    }

    /// Sum of all weights: the sum rule (A56).
    #[must_use]
    pub fn total_weight(&self) -> f64 {
        self.centre[0] + self.lines().map(|(_, line)| line.0[0]).sum::<f64>()
    }

    /// Sum of |weight|.
    #[must_use]
    pub fn absolute_weight(&self) -> f64 {
        self.centre[1] + self.lines().map(|(_, line)| line.0[NODES]).sum::<f64>()
    }

    /// The edge of a cell nearest to this energy on a logarithmic scale.
    #[must_use]
    pub fn nearest_edge(&self, energy: f64) -> f64 {
        let Some((cell, t)) = self.octaves.locate(energy.abs()) else { return energy };
        let [middle, half] = self.octaves.middle(cell);
        self.unit * if t < 0.0 { middle - half } else { middle + half }
    }

    /// Cells that hold something, with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &Line)> {
        let size = 1usize << self.bits;
        let blocks = self.blocks.iter().enumerate();
        let blocks = blocks.filter_map(|(i, block)| block.as_ref().map(|block| (i, block)));
        let lines = blocks.flat_map(move |(i, block)| {
            block.iter().enumerate().map(move |(k, line)| (i * size + k, line))
        });
        lines.filter(|(_, line)| !line.is_empty())
    }

    /// The spectrum. A thermal kernel's cross-over is moved to the nearest edge of a cell
    /// ([`Self::nearest_edge`], by at most half a cell), where the kernel has its kink; the answer
    /// names the kernel used.
    ///
    /// The error bounds hold for any kernel; they are small where cells are small against its width.
    ///
    /// # Errors
    /// As [`broaden`]; weight at 0 for [`Kernel::LogGauss`].
    pub fn broaden(
        &self,
        frequencies: &[f64],
        kernel: Kernel,
        options: Options,
        stop: &dyn Stop,
    ) -> Result<(Broadened<f64>, Kernel), SpectraError> {
        let kernel = self.snapped(kernel.check()?);
        if matches!(kernel, Kernel::LogGauss { .. }) && self.centre[1] != 0.0 {
            let expected = "a thermal kernel: there is weight at frequency 0";
            return Err(Invalid::new("kernel", "log_gauss", expected).into());
        }
        let (positions, weights) = self.nodes();
        let peaks = Peaks { positions: &positions, weights: &weights, widths: None };
        let mut found = broaden(&peaks, frequencies, kernel, options, stop)?;
        self.add_errors(&mut found, frequencies, kernel);
        Ok((found, kernel))
    }

    fn snapped(&self, kernel: Kernel) -> Kernel {
        match kernel {
            Kernel::Thermal { sigma, crossover } => {
                Kernel::Thermal { sigma, crossover: self.nearest_edge(crossover) }
            }
            other => other,
        }
    }

    /// Peaks that act like the cells: (positions, weights).
    #[must_use]
    pub fn nodes(&self) -> (Vec<f64>, Vec<f64>) {
        let nodes = Nodes::new();
        let (mut positions, mut weights) = (Vec::new(), Vec::new());
        if self.centre[1] != 0.0 {
            positions.push(0.0);
            weights.push(self.centre[0]);
        }
        for (cell, line) in self.lines() {
            let [middle, half] = self.octaves.middle(cell);
            let sign = if self.octaves.is_negative(cell) { -self.unit } else { self.unit };
            positions.extend(nodes.t.map(|t| sign * (middle + half * t)));
            weights.extend(nodes.weights(line));
        }
        (positions, weights)
    }

    /// Interpolation and rounding of the cells, on top of the errors of the sum over nodes.
    fn add_errors(&self, found: &mut Broadened<f64>, frequencies: &[f64], kernel: Kernel) {
        let rounding = rounding(self.additions);
        let cells: Vec<[f64; 3]> = self
            .lines()
            .map(|(cell, line)| {
                let [middle, half] = self.octaves.middle(cell).map(|x| x * self.unit);
                let error = (cell_error(kernel, middle, half) + rounding).min(4.0);
                let mut seen = seen_from(kernel, [middle - half, middle + half]);
                if self.octaves.is_negative(cell) {
                    seen = [-seen[1], -seen[0]];
                }
                [seen[0], seen[1], error * line.0[NODES]]
            })
            .collect();
        let absolute = self.absolute_weight();
        found.certificate.error_bound = 0.0;
        for (bound, frequency) in found.error_bounds.iter_mut().zip(frequencies) {
            let height = kernel.height(*frequency);
            let near = cells.iter().filter(|cell| cell[0] <= *frequency && *frequency <= cell[1]);
            let sum: f64 = near.map(|cell| cell[2]).sum();
            *bound += height * (sum + self.centre[1] * rounding + absolute * FAR);
            let relative = *bound / (height * absolute);
            if relative.is_finite() {
                found.certificate.error_bound = found.certificate.error_bound.max(relative);
            }
        }
        found.certificate.absolute_weight = absolute;
    }
}

/// A kernel is below exp(-42) of its height on a cell that is farther away than this in y, and so is
/// its interpolant (times Lebesgue's constant).
const REACH: f64 = 6.5;
const FAR: f64 = 2e-18;

/// Error of interpolation on a cell, and of rounding its nodes, relative to the kernel's height.
fn cell_error(kernel: Kernel, middle: f64, half: f64) -> f64 {
    let eta = half / middle;
    let linear = |width: f64| 4.0 * f64::EPSILON * (middle / width + 1.0);
    match kernel {
        Kernel::Gaussian { width } => bound::gaussian(half / width).error + linear(width),
        Kernel::Lorentzian { half_width } => {
            bound::lorentzian(half / half_width, 0.0) + linear(half_width)
        }
        Kernel::LogGauss { sigma } => bound::log_gaussian(eta, sigma, 1.0).error + linear(sigma),
        Kernel::Thermal { sigma, crossover } if crossover <= middle => {
            bound::log_gaussian(eta, sigma, 1.0).error + linear(sigma)
        }
        Kernel::Thermal { sigma, .. } => {
            let below =
                bound::log_gaussian(eta, sigma, 2.0).error + bound::thermal_rest(eta, sigma).error;
            below + linear(sigma)
        }
    }
}

/// Frequencies from which a cell counts: (lowest, highest), for a cell at positive positions.
fn seen_from(kernel: Kernel, [low, high]: [f64; 2]) -> [f64; 2] {
    let log = |sigma: f64| {
        let shift = 0.25 * sigma * sigma;
        [low * (shift - REACH * sigma).exp(), high * (shift + REACH * sigma).exp()]
    };
    match kernel {
        Kernel::Gaussian { width } => [low - REACH * width, high + REACH * width],
        Kernel::Lorentzian { .. } => [f64::NEG_INFINITY, f64::INFINITY],
        Kernel::LogGauss { sigma } => log(sigma),
        Kernel::Thermal { sigma, crossover } if crossover <= low => log(sigma),
        Kernel::Thermal { sigma, crossover } => {
            let [_, far] = log(sigma);
            let reach = REACH * crossover;
            [low - reach, far.max(high + reach)]
        }
    }
}
