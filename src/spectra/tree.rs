//! Lorentzians: their tails reach everywhere, so that far cells are taken together.
//!
//! Pairs of cells are merged level by level; a polynomial on the pair is one on each half, so that
//! merging adds no error of its own. Each frequency takes every part of the axis from the coarsest
//! level that is far enough away for the tolerance (`bound::lorentzian`).
use std::ops::Range;

use rayon::prelude::*;

use super::SpectraError;
use super::bound;
use super::broaden::Peaks;
use super::kernel::Kernel;
use super::local::Sums;
use super::maps::Even;
use super::moments::{Line, Map, NODES, Nodes, collect};
use super::weight::Weight;
use crate::stop::Stop;

/// Cells on a linear axis, and how far away a cell of each level has to be.
#[derive(Debug)]
pub(super) struct Tree {
    leaves: Even,
    /// Smallest |w - centre| of a cell of this level, in half-widths of the Lorentzian.
    distances: Vec<f64>,
    tolerance: f64,
    half_width: f64,
}

/// Weights on the nodes of all cells of one level.
type Level = Vec<[f64; NODES]>;

impl Tree {
    /// For positions within `range`. None: too many cells.
    pub fn new(range: [f64; 2], half_width: f64, tolerance: f64) -> Option<Self> {
        let mut leaf = 0.2;
        while tolerance < bound::lorentzian(leaf, 0.0) {
            leaf *= 0.97;
        }
        let leaves = Even::aligned(range, half_width, leaf)?;
        let levels = leaves.cells().next_power_of_two().trailing_zeros() as usize + 1;
        let size = |level: usize| leaves.half_width() * (1u64 << level) as f64;
        let distances = (0..levels).map(|level| far(size(level), tolerance)).collect();
        Some(Self { leaves, distances, tolerance, half_width })
    }

    pub fn cells(&self) -> usize {
        self.leaves.cells()
    }

    pub fn sums<W: Weight>(
        &self,
        peaks: &Peaks<W>,
        part: usize,
        frequencies: &[f64],
        stop: &dyn Stop,
    ) -> Result<Sums, SpectraError> {
        let moments = collect(&self.leaves, peaks.positions, peaks.weights, part, stop)?;
        let absolute: f64 = moments.lines.iter().map(|line| line.0[NODES]).sum();
        let rounding = moments.rounding() + 1e-14 * (2.0 + self.distances.len() as f64);
        let bound = absolute * (self.tolerance + rounding);
        let levels = self.levels(&moments.lines);
        let one = |frequency: &f64| {
            if stop.stopped() {
                return Err(SpectraError::Stopped);
            }
            Ok([self.sum(&levels, *frequency), bound])
        };
        let found: Result<Vec<_>, _> = frequencies.par_iter().map(one).collect();
        let height = Kernel::Lorentzian { half_width: self.half_width }.height(0.0);
        let mut sums = Sums::zeros(frequencies.len());
        sums.add(&found?, |_| height);
        Ok(sums)
    }

    fn levels(&self, lines: &[Line]) -> Vec<Level> {
        let nodes = Nodes::new();
        // l_j of the pair at node i of its lower and of its upper half.
        let halves = [-0.5, 0.5].map(|shift| nodes.t.map(|t| nodes.cardinals(shift + 0.5 * t)));
        let mut levels: Vec<Level> = vec![lines.iter().map(|line| nodes.weights(line)).collect()];
        for level in 1..self.distances.len() {
            let pairs = levels[level - 1].chunks(2);
            let merged = pairs.map(|pair| merge(pair, &halves)).collect();
            levels.push(merged);
        }
        levels
    }

    fn sum(&self, levels: &[Level], frequency: f64) -> f64 {
        let mut value = 0.0;
        let top = levels.len() - 1;
        let mut range = 0..levels[top].len();
        for level in (0..=top).rev() {
            let near = self.near(frequency, level, &range);
            for cell in (range.start..near.start).chain(near.end..range.end) {
                value += self.cell(&levels[level][cell], frequency, level, cell);
            }
            if 0 < level {
                range = 2 * near.start..(2 * near.end).min(levels[level - 1].len());
            }
        }
        value
    }

    /// Cells of the range that are not far enough away.
    fn near(&self, frequency: f64, level: usize, range: &Range<usize>) -> Range<usize> {
        let is_near = |cell: &usize| {
            let distance = self.leaves.coarse_centre(frequency, level, *cell).abs();
            distance < self.distances[level]
        };
        let start = range.clone().find(is_near).unwrap_or(range.end);
        let end = (start..range.end).find(|cell| !is_near(cell)).unwrap_or(range.end);
        start..end
    }

    fn cell(&self, weights: &[f64; NODES], frequency: f64, level: usize, cell: usize) -> f64 {
        let centre = self.leaves.coarse_centre(frequency, level, cell);
        let offsets = super::maps::Local::offsets(&self.leaves, 0);
        let scale = (1u64 << level) as f64;
        let mut value = 0.0;
        for j in 0..NODES {
            let y = centre - scale * offsets[j];
            value += weights[j] / (1.0 + y * y);
        }
        value
    }
}

/// Distance from which on a cell of this half-width is good enough.
fn far(half_width: f64, tolerance: f64) -> f64 {
    let mut distance = 0.0;
    while tolerance < bound::lorentzian(half_width, distance) {
        distance = if distance == 0.0 { half_width } else { 1.1 * distance };
    }
    distance
}

fn merge(pair: &[[f64; NODES]], halves: &[[[f64; NODES]; NODES]; 2]) -> [f64; NODES] {
    let mut weights = [0.0; NODES];
    for (child, cardinals) in pair.iter().zip(halves) {
        for i in 0..NODES {
            for j in 0..NODES {
                weights[j] += child[i] * cardinals[i][j];
            }
        }
    }
    weights
}
