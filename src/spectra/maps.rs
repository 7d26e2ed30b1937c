//! Cells on the axis of positions: logarithmic ones cut out of the floating-point format, and even
//! ones.
use std::ops::Range;

use super::bound::Bound;
use super::local::{GROUP, Relative};
use super::moments::{Map, NODES, Nodes};

/// More cells than this are not worth it; 32 MiB of moments.
pub(super) const MAX_CELLS: usize = 1 << 19;
const MANTISSA: u32 = 52;

/// A map on which the kernel is exp(-y^2) times a height: what `local` needs to know.
pub(super) trait Local: Map {
    /// Cells with |y| <= reach for this frequency, y = 0 where the kernel is largest.
    fn window(&self, frequency: f64, reach: f64) -> Range<usize>;
    /// y of the cell's centre; a node's is this minus its offset.
    fn centre(&self, frequency: f64, cell: usize) -> f64;
    fn offsets(&self, cell: usize) -> &[f64; NODES];
}

/// Octaves cut into 2^bits even cells: the upper bits of |position| are the number of the cell, the
/// lower ones say where in it. No logarithm, and the edges are exact.
#[derive(Debug, Clone)]
pub(super) struct Octaves {
    bits: u32,
    /// Upper bits of the lowest cell.
    first: u64,
    /// Cells per sign; the positive ones come first.
    count: usize,
    /// Positions are multiplied by this first.
    scale: f64,
    sigma: f64,
    /// Offsets in y of the nodes, for each cell of an octave.
    offsets: Vec<[f64; NODES]>,
}

impl Octaves {
    /// Cells from `low` to `high` (magnitudes times `scale`), rounded outwards to whole cells. None:
    /// too many.
    pub fn new(bits: u32, [low, high]: [f64; 2], scale: f64, sigma: f64) -> Option<Self> {
        let shift = MANTISSA - bits;
        let (low, high) = (low.max(f64::MIN_POSITIVE), high.min(f64::MAX));
        let (first, last) = (low.to_bits() >> shift, high.to_bits() >> shift);
        let count = (last.checked_sub(first)? + 1) as usize;
        let count = count.next_multiple_of(GROUP);
        if MAX_CELLS < 2 * count {
            return None;
        }
        let nodes = Nodes::new();
        let offsets = (0..1u64 << bits)
            .map(|cell| {
                let eta = 1.0 / (2.0 * ((1u64 << bits) + cell) as f64 + 1.0);
                nodes.t.map(|t| (eta * t).ln_1p() / sigma)
            })
            .collect();
        Some(Self { bits, first, count, scale, sigma, offsets })
    }

    /// Largest half-width of a cell relative to its centre.
    pub fn eta(bits: u32) -> f64 {
        1.0 / ((2u64 << bits) as f64 + 1.0)
    }

    pub fn scaled(&self, position: f64) -> f64 {
        position * self.scale
    }

    fn shift(&self) -> u32 {
        MANTISSA - self.bits
    }

    /// Lower edge of a cell of either sign, as a magnitude, scaled.
    pub fn edge(&self, cell: usize) -> f64 {
        f64::from_bits((self.first + (cell % self.count) as u64) << self.shift())
    }

    pub fn is_negative(&self, cell: usize) -> bool {
        self.count <= cell
    }

    /// Centre and half-width as magnitudes, scaled.
    pub fn middle(&self, cell: usize) -> [f64; 2] {
        let bits = (self.first + (cell % self.count) as u64) << self.shift();
        let centre = f64::from_bits(bits | (1 << (self.shift() - 1)));
        [centre, centre - f64::from_bits(bits)]
    }

    /// The cell of a magnitude, counted from the first one, may lie outside.
    fn number(&self, magnitude: f64) -> i64 {
        (magnitude.to_bits() >> self.shift()) as i64 - self.first as i64
    }
}

impl Map for Octaves {
    fn cells(&self) -> usize {
        2 * self.count
    }

    #[inline(always)]
    fn locate(&self, position: f64) -> Option<(usize, f64)> {
        let scaled = self.scaled(position);
        let bits = scaled.to_bits() & (u64::MAX >> 1);
        let shift = self.shift();
        let number = (bits >> shift).wrapping_sub(self.first) as usize;
        if self.count <= number {
            return None;
        }
        let low = (bits & ((1 << shift) - 1)) as i64;
        let t = low as f64 * f64::from_bits((1024 - u64::from(shift)) << MANTISSA) - 1.0;
        let sign = if scaled.is_sign_negative() { self.count } else { 0 };
        Some((number + sign, t))
    }
}

impl Local for Octaves {
    fn window(&self, frequency: f64, reach: f64) -> Range<usize> {
        let middle = frequency.abs() * self.scale;
        if middle == 0.0 {
            return 0..0;
        }
        let at = |y: f64| {
            let edge = middle * (-self.sigma * (y + 0.25 * self.sigma)).exp();
            self.number(edge.clamp(f64::MIN_POSITIVE, f64::MAX))
        };
        let count = self.count as i64;
        let (low, high) = (at(reach).clamp(0, count), (at(-reach) + 1).clamp(0, count));
        let sign = if frequency < 0.0 { self.count } else { 0 };
        low as usize + sign..high as usize + sign
    }

    fn centre(&self, frequency: f64, cell: usize) -> f64 {
        let [centre, _] = self.middle(cell);
        (frequency.abs() * self.scale / centre).ln() / self.sigma - 0.25 * self.sigma
    }

    fn offsets(&self, cell: usize) -> &[f64; NODES] {
        let number = self.first + (cell % self.count) as u64;
        &self.offsets[(number & ((1 << self.bits) - 1)) as usize]
    }
}

/// Cells of equal width for kernels of one width on a linear axis.
#[derive(Debug, Clone)]
pub(super) struct Even {
    low: f64,
    /// Width of a cell and its inverse.
    step: f64,
    inverse: f64,
    count: usize,
    /// Width of the kernel.
    width: f64,
    offsets: [f64; NODES],
}

impl Even {
    /// Cells from `low` to `high`, of half-width `half_width` times the kernel's width. None: too
    /// many, or the positions are too coarse for them in double precision.
    pub fn new([low, high]: [f64; 2], width: f64, half_width: f64) -> Option<Self> {
        let step = 2.0 * half_width * width;
        let count = ((high - low) / step).floor() + 1.0;
        if MAX_CELLS as f64 <= count || step < 1e-9 * low.abs().max(high.abs()) {
            return None;
        }
        let offsets = Nodes::new().t.map(|t| half_width * t);
        Some(Self { low, step, inverse: 1.0 / step, count: count as usize, width, offsets })
    }

    /// Cells of at most this half-width on edges that are exact at every coarser level too: the step
    /// is a power of two and the lowest edge a multiple of it. None: as [`Self::new`].
    pub fn aligned([low, high]: [f64; 2], width: f64, half_width: f64) -> Option<Self> {
        let step = (2.0 * half_width * width).log2().floor().exp2();
        let low = (low / step).floor() * step;
        let count = ((high - low) / step).floor() + 1.0;
        let exact = low.abs().max(high.abs()) < 1e12 * step;
        let fits = exact && count < MAX_CELLS as f64;
        if !fits {
            return None;
        }
        Some(Self::with_count(low, step, count as usize, width))
    }

    /// Half-width of a cell in widths of the kernel.
    pub fn half_width(&self) -> f64 {
        0.5 * self.step / self.width
    }

    pub fn relative(&self, bound: Bound, rounding: f64) -> Relative {
        let spread = self.half_width() * bound.along;
        Relative { interpolation: bound.error, rounding: rounding + 1e-14, spread }
    }

    /// y of the centre of a cell that is 2^level of these.
    pub fn coarse_centre(&self, frequency: f64, level: usize, cell: usize) -> f64 {
        let step = self.step * (1u64 << level) as f64;
        (frequency - (self.low + (cell as f64 + 0.5) * step)) / self.width
    }

    /// This many cells of this width.
    pub fn with_count(low: f64, step: f64, count: usize, width: f64) -> Self {
        let offsets = Nodes::new().t.map(|t| 0.5 * step * t / width);
        Self { low, step, inverse: 1.0 / step, count, width, offsets }
    }

    pub fn middle(&self, cell: usize) -> f64 {
        self.low + (cell as f64 + 0.5) * self.step
    }

    fn number(&self, position: f64) -> f64 {
        (position - self.low) * self.inverse
    }
}

impl Map for Even {
    fn cells(&self) -> usize {
        self.count
    }

    #[inline(always)]
    fn locate(&self, position: f64) -> Option<(usize, f64)> {
        let number = (position - self.low) * self.inverse;
        if !(0.0 <= number && number < self.count as f64) {
            return None;
        }
        let cell = number as usize;
        Some((cell, 2.0 * (position - self.middle(cell)) * self.inverse))
    }
}

impl Local for Even {
    fn window(&self, frequency: f64, reach: f64) -> Range<usize> {
        let count = self.count as f64;
        let low = self.number(frequency - reach * self.width).floor().clamp(0.0, count);
        let high = self.number(frequency + reach * self.width).floor() + 1.0;
        low as usize..high.clamp(low, count) as usize
    }

    fn centre(&self, frequency: f64, cell: usize) -> f64 {
        (frequency - self.middle(cell)) / self.width
    }

    fn offsets(&self, _: usize) -> &[f64; NODES] {
        &self.offsets
    }
}
