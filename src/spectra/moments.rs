//! Peaks in cells: each cell keeps the moments of its weights, one cache line per cell.
//!
//! The sum of weight_i f(x_i) over the peaks of a cell is, for a polynomial f of degree 6, a
//! combination of the moments sum weight_i t_i^k, k = 0..6, with t in -1..1 across the cell; hence a
//! cell acts like seven peaks at its Chebyshev nodes (`bound` says how well). Cells are added in an
//! order fixed by the peaks' number alone, so that the threads do not show in the bits.
use rayon::prelude::*;

use super::SpectraError;
use super::weight::Weight;
use crate::stop::Stop;

pub(super) const NODES: usize = 7;

/// sum w t^k for k = 0..6, then sum |w|.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Line(pub [f64; NODES + 1]);

impl Line {
    #[inline(always)]
    pub fn add(&mut self, weight: f64, t: f64) {
        let (t2, t4) = (t * t, t * t * (t * t));
        let powers = [1.0, t, t2, t2 * t, t4, t4 * t, t4 * t2];
        for k in 0..NODES {
            self.0[k] += weight * powers[k];
        }
        self.0[NODES] += weight.abs();
    }

    pub fn merge(&mut self, other: &Self) {
        for k in 0..=NODES {
            self.0[k] += other.0[k];
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0[NODES] == 0.0
    }
}

/// Where a position lies: which cell, and where between -1 and 1 in it.
pub(super) trait Map: Sync {
    fn cells(&self) -> usize;
    /// None: outside of all cells.
    fn locate(&self, position: f64) -> Option<(usize, f64)>;
}

/// The moments of all cells.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub lines: Vec<Line>,
    /// sum |w| of the peaks outside of all cells.
    pub outside: f64,
    /// Additions that one moment went through, at most.
    pub additions: usize,
}

impl Moments {
    pub fn zeros(cells: usize) -> Self {
        Self { lines: vec![Line::default(); cells], outside: 0.0, additions: 0 }
    }

    pub fn merge(&mut self, other: &Self) {
        for (line, more) in self.lines.iter_mut().zip(&other.lines) {
            line.merge(more);
        }
        self.outside += other.outside;
        self.additions = self.additions.max(other.additions) + 1;
    }

    fn clear(&mut self) {
        self.lines.fill(Line::default());
        self.outside = 0.0;
        self.additions = 0;
    }

    /// Rounding of the sums, relative to sum |w| times the largest value of the kernel: each
    /// addition costs half a unit in the last place, and the monomial coefficients of a kernel
    /// within `bound` of its interpolant add up to less than 8 times its maximum.
    pub fn rounding(&self) -> f64 {
        rounding(self.additions)
    }
}

/// See [`Moments::rounding`].
pub(super) fn rounding(additions: usize) -> f64 {
    8.0 * f64::EPSILON * (0.5 * additions as f64 + 200.0)
}

/// Peaks added to one set of cells before it is added to the next level.
const BLOCK: usize = 2048;
/// Lines that the tasks may keep at a time, and most tasks.
const TASK_LINES: usize = 1 << 21;
const MAX_TASKS: usize = 32;

/// Sums one part (real, imaginary) of the weights into the cells of `map`; all are finite.
///
/// # Errors
/// [`SpectraError::Stopped`].
pub(super) fn collect<W: Weight, M: Map>(
    map: &M,
    positions: &[f64],
    weights: &[W],
    part: usize,
    stop: &dyn Stop,
) -> Result<Moments, SpectraError> {
    let block = BLOCK.max(2 * map.cells());
    let blocks = positions.len().div_ceil(block).max(1);
    let tasks = (TASK_LINES / map.cells().max(1)).clamp(2, MAX_TASKS);
    let per_task = blocks.div_ceil(tasks) * block;
    let tasks: Vec<_> = positions
        .par_chunks(per_task)
        .zip(weights.par_chunks(per_task))
        .map(|(x, w)| collect_task(map, (x, w), block, part, stop))
        .collect();
    let mut total = Moments::zeros(map.cells());
    for task in tasks {
        total.merge(&task?);
    }
    Ok(total)
}

fn collect_task<W: Weight, M: Map>(
    map: &M,
    (positions, weights): (&[f64], &[W]),
    block: usize,
    part: usize,
    stop: &dyn Stop,
) -> Result<Moments, SpectraError> {
    let mut total = Moments::zeros(map.cells());
    let mut small = Moments::zeros(map.cells());
    for (x, w) in positions.chunks(block).zip(weights.chunks(block)) {
        if stop.stopped() {
            return Err(SpectraError::Stopped);
        }
        small.clear();
        collect_block(map, x, w, part, &mut small);
        total.merge(&small);
    }
    Ok(total)
}

fn collect_block<W: Weight, M: Map>(
    map: &M,
    positions: &[f64],
    weights: &[W],
    part: usize,
    moments: &mut Moments,
) {
    for (position, weight) in positions.iter().zip(weights) {
        let weight = weight.part(part);
        match map.locate(*position) {
            Some((cell, t)) => moments.lines[cell].add(weight, t),
            None => moments.outside += weight.abs(),
        }
    }
    moments.additions = positions.len();
}

/// The Chebyshev nodes of a cell, and how moments become weights on them.
#[derive(Debug)]
pub(super) struct Nodes {
    pub t: [f64; NODES],
    /// l_j(t) = sum over k of `lagrange[j][k]` t^k.
    lagrange: [[f64; NODES]; NODES],
}

impl Nodes {
    pub fn new() -> Self {
        let angle = |j: usize| (2 * j + 1) as f64 * std::f64::consts::PI / (2 * NODES) as f64;
        let mut t = [0.0; NODES];
        for j in 0..NODES {
            t[j] = if 2 * j + 1 == NODES { 0.0 } else { angle(j).cos() };
        }
        let mut lagrange = [[0.0; NODES]; NODES];
        for j in 0..NODES {
            lagrange[j] = cardinal(&t, j);
        }
        Self { t, lagrange }
    }

    /// Weights of the peaks at the nodes that act like the cell.
    pub fn weights(&self, line: &Line) -> [f64; NODES] {
        let mut weights = [0.0; NODES];
        for j in 0..NODES {
            for k in 0..NODES {
                weights[j] += self.lagrange[j][k] * line.0[k];
            }
        }
        weights
    }

    /// l_j(t) for all j.
    pub fn cardinals(&self, t: f64) -> [f64; NODES] {
        let mut line = Line::default();
        line.add(1.0, t);
        self.weights(&line)
    }
}

/// Coefficients of the polynomial that is 1 at node j and 0 at the others.
fn cardinal(t: &[f64; NODES], j: usize) -> [f64; NODES] {
    let mut coefficients = [0.0; NODES];
    coefficients[0] = 1.0;
    for (i, node) in t.iter().enumerate().filter(|(i, _)| *i != j) {
        let scale = 1.0 / (t[j] - node);
        for k in (0..NODES).rev() {
            let below = if k == 0 { 0.0 } else { coefficients[k - 1] };
            coefficients[k] = (below - node * coefficients[k]) * scale;
        }
        debug_assert!(i < NODES);
    }
    coefficients
}
