//! Pairs in which a discarded state carries weight, on the way down.
use rayon::prelude::*;

use super::{ends, factor};
use crate::linalg::{Batch, Device, LinalgError, Ragged};
use crate::nrg::dynamics::corner::Corner;
use crate::nrg::dynamics::discrete::Discrete;
use crate::nrg::dynamics::reduced::{Boltzmann, real};
use crate::nrg::operators::Spin;
use crate::nrg::pairs::{Direction, difference_quotient};
use crate::nrg::shell::RunShell;

/// Energy differences below this, in units of omega_n, are zero.
const ROUNDING: f64 = 1e-13;

/// Shares of a run's pairs that are summed one beside another, then in their order.
const SHARES: usize = 4;

/// The elements of one spin operator at one shell.
pub(in crate::nrg::dynamics) struct Pairs<'a> {
    pub spin: Spin,
    pub shells: &'a [&'a RunShell],
    pub directions: &'a [Direction],
    /// All states of a row block with the kept states of a column sector.
    pub kept: &'a Batch,
    pub corner: &'a Corner,
}

/// Adds the pairs in which a discarded state carries weight, of every run ([`Direction::turn`]) with its
/// sink; `weights` are relative to the shell's ground state.
/// Errors: of the device.
pub(in crate::nrg::dynamics) fn weigh_discarded(
    device: &dyn Device,
    pairs: &Pairs,
    runs: Vec<(usize, Boltzmann, &mut Discrete)>,
) -> Result<(), LinalgError> {
    let (kept, corner) = (device.download(pairs.kept)?, device.download(&pairs.corner.batch)?);
    let (kept, corner) = (real(&kept)?, real(&corner)?);
    runs.into_par_iter().for_each(|(turn, weights, sink)| {
        let share = |share: usize| {
            let mut sink = sink.like();
            let mine = Share { pairs, turn, weights: &weights, share };
            mine.with_kept(kept, &mut sink);
            mine.with_discarded(corner, &mut sink);
            sink
        };
        let shares: Vec<Discrete> = (0..SHARES).into_par_iter().map(share).collect();
        shares.into_iter().for_each(|share| sink.absorb(share));
    });
    Ok(())
}

/// Some of the pairs of one run.
struct Share<'a> {
    pairs: &'a Pairs<'a>,
    turn: usize,
    weights: &'a Boltzmann,
    share: usize,
}

impl Share<'_> {
    fn takes(&self, number: usize) -> bool {
        number % SHARES == self.share
    }

    /// A kept state on the other side.
    fn with_kept(&self, elements: &Ragged<f64>, sink: &mut Discrete) {
        let Self { pairs, turn, weights, .. } = *self;
        let mine = pairs.directions.iter().filter(|direction| direction.turn == turn);
        for (number, direction) in mine.enumerate() {
            let Some((row, col)) = ends(pairs.shells[turn], direction) else { continue };
            let factor = factor(pairs.spin, direction.col);
            let kept = col.active_energies().into_iter().take(col.kept());
            let kept: Vec<f64> = kept.map(|energy| energy * weights.omega).collect();
            for (offset, block) in row.blocks.iter().enumerate() {
                if self.takes(number + offset) {
                    let rows = Discards::new(&block.energies[block.kept..], weights);
                    let elements = elements.matrix(direction.first + offset);
                    let elements = &elements[block.kept * kept.len()..];
                    rows.with_kept(&kept, (elements, factor), sink);
                }
            }
        }
    }

    /// A discarded state on the other side, too.
    fn with_discarded(&self, elements: &Ragged<f64>, sink: &mut Discrete) {
        let Self { pairs, turn, weights, .. } = *self;
        let pieces = pairs.corner.pieces.iter().enumerate();
        let mine = pieces.filter(|(_, piece)| pairs.directions[piece.direction].turn == turn);
        for (number, (matrix, piece)) in mine.enumerate() {
            let direction = &pairs.directions[piece.direction];
            let Some((row, col)) = ends(pairs.shells[turn], direction) else { continue };
            if self.takes(number) {
                let of = |energies: &[f64], (first, len): (usize, usize)| {
                    Discards::new(&energies[first..][..len], weights)
                };
                let rows = of(&row.blocks[piece.row_block].energies, piece.rows);
                let cols = of(&col.blocks[piece.col_block].energies, piece.cols);
                let factor = factor(pairs.spin, direction.col);
                rows.with_discarded(&cols, (elements.matrix(matrix), factor), piece.both, sink);
            }
        }
    }
}

/// Discarded states of one block.
struct Discards<'a> {
    thermal: &'a Boltzmann,
    /// In units of D.
    energies: Vec<f64>,
    weights: Vec<f64>,
}

impl<'a> Discards<'a> {
    fn new(rescaled: &[f64], thermal: &'a Boltzmann) -> Self {
        Self {
            thermal,
            energies: rescaled.iter().map(|e| e * thermal.omega).collect(),
            weights: rescaled.iter().map(|&e| thermal.weight(e)).collect(),
        }
    }

    /// Weight on the row, a kept state on the other side.
    fn with_kept(&self, kept: &[f64], (elements, factor): (&[f64], f64), sink: &mut Discrete) {
        let cols = kept.len();
        if cols == 0 {
            return;
        }
        let lines = elements.chunks_exact(cols);
        for ((below, weight), line) in self.energies.iter().zip(&self.weights).zip(lines) {
            if *weight <= self.thermal.negligible {
                continue;
            }
            for (x, energy) in line.iter().zip(kept) {
                let weight = factor * x * x * weight;
                if self.thermal.negligible < weight {
                    let gap = energy - below;
                    sink.record(gap, weight, 2.0 * weight / gap);
                }
            }
        }
    }

    /// Weight on the columns, and on the rows where `both`.
    fn with_discarded(
        &self,
        cols: &Self,
        (elements, factor): (&[f64], f64),
        both: bool,
        sink: &mut Discrete,
    ) {
        let Boltzmann { temperature, omega, negligible } = *self.thermal;
        // Energies ascend: the first weights are the largest.
        let largest = |weights: &[f64]| weights.first().copied().unwrap_or(0.0);
        if factor * largest(&self.weights).max(largest(&cols.weights)) <= negligible {
            return;
        }
        let lines = elements.chunks_exact(cols.energies.len().max(1));
        for ((energy, w_row), line) in self.energies.iter().zip(&self.weights).zip(lines) {
            for ((x, below), w_col) in line.iter().zip(&cols.energies).zip(&cols.weights) {
                let element = factor * x * x;
                if element * w_col.max(*w_row) <= negligible {
                    continue;
                }
                let mut gap = energy - below;
                if gap.abs() < ROUNDING * omega {
                    gap = 0.0; // equal levels, apart by rounding
                }
                let quotient = element * difference_quotient(*w_col, *w_row, gap, temperature);
                sink.record(gap, element * w_col, quotient);
                if both {
                    sink.record(-gap, element * w_row, quotient);
                }
            }
        }
    }
}
