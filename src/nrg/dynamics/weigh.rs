//! Pairs of states of a shell, weighted with the full density matrix (A53; specification, section 8),
//! all runs of a lockstep.
//!
//! Every element <b| O |a> of the directions is taken once, with the density matrix on its column a:
//! kept columns give (X R)_ba X_ba, discarded ones w_a X_ba^2, both at E_b - E_a. Where the roles of
//! a and b are exchanged, the element is the image under F of another direction's (or, for the z
//! components, its mirror image in the same block).
use rayon::prelude::*;

use super::discrete::Discrete;
use super::record::{Elements, Shell};
use super::reduced::{Boltzmann, Reduced};
use crate::linalg::{Device, Dtype, LinalgError, Op, Product, Ragged, Shape, Source, Window};
use crate::nrg::complete::blocks::on_host;
use crate::nrg::operators::Spin;
use crate::nrg::pairs::{Direction, difference_quotient};
use crate::nrg::shell::Sector;
use crate::nrg::space::Label;
use crate::stop::Stop;

/// Weights that cannot show: there are fewer than 1e10 pairs, and they add up to 1/4.
const NEGLIGIBLE: f64 = 1e-30;

/// Energy differences below this, in units of omega_n, are zero.
const ROUNDING: f64 = 1e-13;

/// Adds the pairs of one shell at one temperature; `sinks[member]` follow [`Spin::ALL`].
pub(super) fn weigh(
    (device, stop): (&dyn Device, &dyn Stop),
    shell: &Shell,
    elements: &Elements,
    weights: &[Option<Boltzmann>],
    reduced: &Reduced,
    sinks: Vec<(usize, &mut [Discrete; 4])>,
) -> Result<(), LinalgError> {
    let dressed = dress((device, stop), shell, elements, reduced)?;
    let hosts: Vec<Ragged<f64>> =
        elements.spins.iter().map(|batch| on_host(device, batch)).collect::<Result<_, _>>()?;
    let tasks: Vec<_> = sinks
        .into_iter()
        .flat_map(|(member, sinks)| {
            sinks.iter_mut().enumerate().map(move |(spin, sink)| (member, spin, sink))
        })
        .collect();
    tasks.into_par_iter().for_each(|(member, spin, sink)| {
        let Some(weights) = weights[member] else { return };
        let mine = elements.directions[spin].iter().enumerate();
        for (number, direction) in mine.filter(|(_, direction)| direction.turn == member) {
            let ends = ends(shell, direction);
            let Some((row, col)) = ends else { continue };
            let norm = if Spin::ALL[spin].is_plus() { 0.5 } else { 1.0 };
            let side = Side::new(col, &weights, norm * images(Spin::ALL[spin], direction.col));
            for (offset, block) in row.blocks.iter().enumerate() {
                let pairs = Pairs {
                    weights: &weights,
                    side: &side,
                    energies: &block.energies,
                    kept: block.kept,
                    active: block.active,
                    elements: hosts[spin].matrix(direction.first + offset),
                    dressed: dressed.get(spin, number, offset),
                };
                pairs.add_to(sink);
            }
        }
    });
    Ok(())
}

/// How many sectors an element's column stands for: F is used up by the directions of the raising
/// operators.
fn images(spin: Spin, col: Label) -> f64 {
    if spin.is_plus() {
        Label::new(col.charge, 0).multiplicity(true) as f64
    } else {
        col.multiplicity(true) as f64
    }
}

/// Sectors of rows and columns; an image has the energies and order of its original.
fn ends<'a>(shell: &'a Shell, direction: &Direction) -> Option<(&'a Sector, &'a Sector)> {
    let sectors = &shell.shells[direction.turn].sectors;
    Some((sectors.get(&direction.row)?, sectors.get(&direction.col.canonical())?))
}

/// X R of every block whose columns carry R.
struct Dressed {
    blocks: Ragged<f64>,
    /// [spin][direction]: the matrix of its first block.
    first: Vec<Vec<Option<usize>>>,
}

impl Dressed {
    fn get(&self, spin: usize, direction: usize, offset: usize) -> Option<&[f64]> {
        self.first[spin][direction].map(|first| self.blocks.matrix(first + offset))
    }
}

fn dress(
    (device, stop): (&dyn Device, &dyn Stop),
    shell: &Shell,
    elements: &Elements,
    reduced: &Reduced,
) -> Result<Dressed, LinalgError> {
    let (mut shapes, mut products, mut first) = (Vec::new(), Vec::new(), vec![vec![]; 4]);
    for (spin, directions) in elements.directions.iter().enumerate() {
        for direction in directions {
            let label = direction.col.canonical();
            let found = reduced.table.get(&(shell.members[direction.turn], label));
            let (Some(&r), Some((row, col))) = (found, ends(shell, direction)) else {
                first[spin].push(None);
                continue;
            };
            first[spin].push(Some(shapes.len()));
            let kept = col.kept();
            for (offset, block) in row.blocks.iter().enumerate() {
                let rows = block.energies.len() - block.kept;
                products.push(Product {
                    a: Source { batch: spin, matrix: direction.first + offset },
                    op_a: Op::None,
                    a_window: Window { row: block.kept, col: 0, rows, cols: kept },
                    b: Source { batch: 4, matrix: r },
                    op_b: Op::None,
                    b_window: Window { row: 0, col: 0, rows: kept, cols: kept },
                    scale: 1.0,
                    dest: shapes.len(),
                    row: 0,
                    col: 0,
                });
                shapes.push(Shape::new(rows, kept));
            }
        }
    }
    let [a, b, c, d] = &elements.spins;
    let sources = [a, b, c, d, &reduced.batch];
    let batch = device.matmul(Dtype::F64, &shapes, &sources, &products, stop)?;
    Ok(Dressed { blocks: on_host(device, &batch)?, first })
}

/// The column states of a direction.
struct Side {
    /// Kept states first, in units of D.
    energies: Vec<f64>,
    kept: usize,
    /// Weights of the discarded active ones.
    weights: Vec<f64>,
    /// Images of the column, and the norm of the operator.
    factor: f64,
}

impl Side {
    fn new(sector: &Sector, weights: &Boltzmann, factor: f64) -> Self {
        let (kept, energies) = (sector.kept(), sector.active_energies());
        Self {
            weights: energies[kept..].iter().map(|&e| weights.weight(e)).collect(),
            energies: energies.into_iter().map(|e| e * weights.omega).collect(),
            kept,
            factor,
        }
    }
}

/// All states of a row block with the active states of a column sector.
struct Pairs<'a> {
    weights: &'a Boltzmann,
    side: &'a Side,
    /// Of the rows, rescaled.
    energies: &'a [f64],
    kept: usize,
    active: usize,
    elements: &'a [f64],
    /// X R, rows from `kept` on.
    dressed: Option<&'a [f64]>,
}

impl Pairs<'_> {
    fn add_to(&self, sink: &mut Discrete) {
        let cols = self.side.energies.len();
        for (row, &rescaled) in self.energies.iter().enumerate() {
            let line = &self.elements[row * cols..][..cols];
            let energy = rescaled * self.weights.omega;
            if let (Some(dressed), true) = (self.dressed, self.kept <= row) {
                let dressed = &dressed[(row - self.kept) * self.side.kept..][..self.side.kept];
                self.kept_columns(energy, line, dressed, sink);
            }
            if self.side.kept < cols {
                self.discarded_columns((row, rescaled), line, sink);
            }
        }
    }

    fn kept_columns(&self, energy: f64, line: &[f64], dressed: &[f64], sink: &mut Discrete) {
        for ((x, xr), below) in line.iter().zip(dressed).zip(&self.side.energies) {
            let weight = self.side.factor * x * xr;
            if NEGLIGIBLE < weight.abs() {
                let gap = energy - below;
                sink.record(gap, weight, 2.0 * weight / gap);
            }
        }
    }

    fn discarded_columns(&self, (row, rescaled): (usize, f64), line: &[f64], sink: &mut Discrete) {
        let (kept, temperature) = (self.side.kept, self.weights.temperature);
        let energy = rescaled * self.weights.omega;
        let row_is_kept = row < self.kept;
        let row_weight = if row_is_kept { 0.0 } else { self.weights.weight(rescaled) };
        let count = if row < self.active { 1.0 } else { 2.0 };
        let columns = line[kept..].iter().zip(&self.side.weights).zip(&self.side.energies[kept..]);
        for ((x, w), below) in columns {
            let element = self.side.factor * x * x;
            if element <= NEGLIGIBLE {
                continue;
            }
            let mut gap = energy - below;
            if gap.abs() < ROUNDING * self.weights.omega {
                gap = 0.0; // equal levels, apart by rounding
            }
            let quotient = if row_is_kept {
                2.0 * w / gap
            } else {
                count * difference_quotient(*w, row_weight, gap, temperature)
            };
            sink.record(gap, element * w, element * quotient);
        }
    }
}
