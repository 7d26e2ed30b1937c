//! Kernels that fall off like a Gaussian in some coordinate y: only the cells near a frequency count.
use rayon::prelude::*;

use super::maps::Local;
use super::moments::{Moments, NODES, Nodes};
use super::{SpectraError, bound};
use crate::stop::Stop;

/// Cells with |y| beyond this are left out; exp(-42.25) = 4.5e-19 of the height bounds each weight.
pub(super) const REACH: f64 = 6.5;
/// Within this the left-out weight is bounded by the nearest it could be, beyond by exp(-400).
const RING: f64 = 20.0;
/// Maps cover the frequencies and this much in y around them; exp(-64) = 1.6e-28.
pub(super) const MARGIN: f64 = 8.0;
/// Cells of a group; a map's cells of one sign are whole groups.
pub(super) const GROUP: usize = 16;

/// Sums over peaks at all frequencies, with a bound on the error of each.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub values: Vec<f64>,
    pub bounds: Vec<f64>,
}

impl Sums {
    pub fn zeros(length: usize) -> Self {
        Self { values: vec![0.0; length], bounds: vec![0.0; length] }
    }

    /// Adds sums relative to a height at each frequency.
    pub fn add(&mut self, sums: &[[f64; 2]], height: impl Fn(usize) -> f64) {
        for (i, [value, bound]) in sums.iter().enumerate() {
            self.values[i] += height(i) * value;
            self.bounds[i] += height(i) * bound;
        }
    }
}

/// Half-width of a cell, in widths of a Gaussian, for this relative error.
pub(super) fn half_width(tolerance: f64) -> f64 {
    let mut half_width = 0.3;
    while tolerance < bound::gaussian(half_width).error {
        half_width *= 0.97;
    }
    half_width
}

/// Error on a cell, relative to the kernel at the point of its ellipse that is nearest in y.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relative {
    pub interpolation: f64,
    pub rounding: f64,
    /// How far the ellipse reaches from the centre of the cell, in y.
    pub spread: f64,
}

/// Cells as weights on their nodes.
#[derive(Debug)]
pub(super) struct Cells {
    /// Seven weights, then sum |w|.
    pub weights: Vec<[f64; NODES + 1]>,
    groups: Vec<f64>,
    total: f64,
    outside: f64,
}

impl Cells {
    pub fn new(moments: &Moments) -> Self {
        let nodes = Nodes::new();
        let weights: Vec<_> = moments
            .lines
            .iter()
            .map(|line| {
                let mut all = [0.0; NODES + 1];
                all[..NODES].copy_from_slice(&nodes.weights(line));
                all[NODES] = line.0[NODES];
                all
            })
            .collect();
        let absolute = |cells: &[[f64; NODES + 1]]| cells.iter().map(|cell| cell[NODES]).sum();
        let groups: Vec<f64> = weights.chunks(GROUP).map(absolute).collect();
        let total = groups.iter().sum();
        Self { weights, groups, total, outside: moments.outside }
    }

    /// Sum over the nodes of weight exp(-y^2), and the error of having left out the far ones and
    /// of `relative` on the near ones.
    fn sum<M: Local>(&self, map: &M, frequency: f64, relative: Relative) -> [f64; 2] {
        let (mut value, mut near) = (0.0, 0.0);
        for cell in map.window(frequency, REACH) {
            let weights = &self.weights[cell];
            if weights[NODES] == 0.0 {
                continue;
            }
            let centre = map.centre(frequency, cell);
            let nearest = (centre.abs() - relative.spread).max(0.0);
            near += weights[NODES] * (-nearest * nearest).exp();
            let offsets = map.offsets(cell);
            for j in 0..NODES {
                let y = centre - offsets[j];
                value += weights[j] * (-y * y).exp();
            }
        }
        let ring = map.window(frequency, RING);
        let groups = ring.start / GROUP..ring.end.div_ceil(GROUP);
        let ring: f64 = self.groups[groups].iter().sum();
        let tail = ring * (-REACH * REACH).exp()
            + self.total * (-RING * RING).exp()
            + self.outside * (-MARGIN * MARGIN).exp();
        [value, near * (relative.interpolation + relative.rounding) + tail]
    }

    /// [`Self::sum`] at all frequencies.
    ///
    /// # Errors
    /// [`SpectraError::Stopped`].
    pub fn sums<M: Local>(
        &self,
        map: &M,
        frequencies: &[f64],
        relative: Relative,
        stop: &dyn Stop,
    ) -> Result<Vec<[f64; 2]>, SpectraError> {
        let one = |frequency: &f64| {
            if stop.stopped() {
                return Err(SpectraError::Stopped);
            }
            Ok(self.sum(map, *frequency, relative))
        };
        frequencies.par_iter().map(one).collect()
    }
}
