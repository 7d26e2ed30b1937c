//! Pairs of states of a shell, weighted with the full density matrix (A53; specification, section 8),
//! all runs of a lockstep.
//!
//! Every element <b| O |a> counts with the density matrix on its column a: kept columns give
//! (X R)_ba X_ba on the way up, when R is known; discarded ones w_a X_ba^2 on the way down, relative to
//! the shell's ground state; both at E_b - E_a. Where the roles of a and b are exchanged, the element is
//! the image under F of another direction's (or, for the z components, its mirror image in the same
//! block).
use rayon::prelude::*;

use super::corner::{Corner, Piece};
use super::discrete::Discrete;
use super::record::{Elements, Shell};
use super::reduced::{Boltzmann, Reduced, real};
use crate::invalid::Invalid;
use crate::linalg::{Batch, Device, Dtype, LinalgError, Op, Product, Shape, Source, Window};
use crate::nrg::operators::Spin;
use crate::nrg::pairs::{Direction, difference_quotient};
use crate::nrg::shell::{RunShell, Sector};
use crate::nrg::space::Label;
use crate::stop::Stop;

/// Weights that cannot show: there are fewer than 1e10 pairs, and they add up to 1/4.
pub(super) const NEGLIGIBLE: f64 = 1e-30;

/// Energy differences below this, in units of omega_n, are zero.
const ROUNDING: f64 = 1e-13;

/// Shares of a shell's pairs that are summed one beside another, then in their order.
const SHARES: usize = 4;

/// How many sectors an element's column stands for, times the norm of the operator. F is used up by
/// the directions of the raising operators.
fn factor(spin: Spin, col: Label) -> f64 {
    if spin.is_plus() {
        0.5 * Label::new(col.charge, 0).multiplicity(true) as f64
    } else {
        col.multiplicity(true) as f64
    }
}

/// Sectors of rows and columns; an image has the energies and order of its original.
fn ends<'a>(shell: &'a RunShell, direction: &Direction) -> Option<(&'a Sector, &'a Sector)> {
    let sectors = &shell.sectors;
    Some((sectors.get(&direction.row)?, sectors.get(&direction.col.canonical())?))
}

/// The elements of one spin operator at one shell.
pub(super) struct Pairs<'a> {
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
pub(super) fn weigh_discarded(
    device: &dyn Device,
    pairs: &Pairs,
    runs: Vec<(usize, Boltzmann, &mut Discrete)>,
) -> Result<(), LinalgError> {
    let (kept, corner) = (device.download(pairs.kept)?, device.download(&pairs.corner.batch)?);
    let (kept, corner) = (real(&kept)?, real(&corner)?);
    runs.into_par_iter().try_for_each(|(turn, weights, sink)| {
        let share = |share: usize| -> Result<Discrete, Invalid> {
            let mut sink = sink.like()?;
            let mine = pairs.directions.iter().filter(|direction| direction.turn == turn);
            for (number, direction) in mine.enumerate() {
                let Some((row, col)) = ends(pairs.shells[turn], direction) else { continue };
                let factor = factor(pairs.spin, direction.col);
                let cold = Columns::kept(col, &weights);
                for (offset, block) in row.blocks.iter().enumerate() {
                    if (number + offset) % SHARES == share {
                        let rows = Rows::new(&block.energies[block.kept..], &weights);
                        let cols = cold.energies.len();
                        let elements = kept.matrix(direction.first + offset);
                        let elements = &elements[block.kept * cols..];
                        rows.with_kept(&cold, (elements, factor), &mut sink);
                    }
                }
            }
            let pieces = pairs.corner.pieces.iter().enumerate();
            let mine = pieces.filter(|(_, piece)| pairs.directions[piece.direction].turn == turn);
            for (number, (matrix, piece)) in mine.enumerate() {
                if number % SHARES != share {
                    continue;
                }
                let direction = &pairs.directions[piece.direction];
                let Some((row, col)) = ends(pairs.shells[turn], direction) else { continue };
                let factor = factor(pairs.spin, direction.col);
                let (rows, cols) = sides(piece, (row, col), &weights);
                rows.with_discarded(&cols, (corner.matrix(matrix), factor), piece.both, &mut sink);
            }
            Ok(sink)
        };
        let shares: Result<Vec<Discrete>, Invalid> =
            (0..SHARES).into_par_iter().map(share).collect();
        // `like` makes a sink that was made before, with the same arguments.
        shares.unwrap_or_default().into_iter().for_each(|share| sink.absorb(share));
        Ok(())
    })
}

fn sides<'a>(
    piece: &Piece,
    (row, col): (&'a Sector, &'a Sector),
    weights: &'a Boltzmann,
) -> (Rows<'a>, Rows<'a>) {
    let of = |energies: &'a [f64], (first, len): (usize, usize)| {
        Rows::new(&energies[first..][..len], weights)
    };
    let row = of(&row.blocks[piece.row_block].energies, piece.rows);
    (row, of(&col.blocks[piece.col_block].energies, piece.cols))
}

/// Discarded states of one block.
struct Rows<'a> {
    thermal: &'a Boltzmann,
    /// In units of D.
    energies: Vec<f64>,
    weights: Vec<f64>,
}

/// Kept states of one sector.
struct Columns {
    /// In units of D.
    energies: Vec<f64>,
}

impl Columns {
    fn kept(sector: &Sector, weights: &Boltzmann) -> Self {
        let kept = sector.active_energies().into_iter().take(sector.kept());
        Self { energies: kept.map(|e| e * weights.omega).collect() }
    }
}

impl<'a> Rows<'a> {
    fn new(rescaled: &[f64], thermal: &'a Boltzmann) -> Self {
        Self {
            thermal,
            energies: rescaled.iter().map(|e| e * thermal.omega).collect(),
            weights: rescaled.iter().map(|&e| thermal.weight(e)).collect(),
        }
    }

    /// Weight on the row, a kept state on the other side.
    fn with_kept(&self, kept: &Columns, (elements, factor): (&[f64], f64), sink: &mut Discrete) {
        let cols = kept.energies.len();
        if cols == 0 {
            return;
        }
        let lines = elements.chunks_exact(cols);
        for ((below, weight), line) in self.energies.iter().zip(&self.weights).zip(lines) {
            if *weight <= self.thermal.negligible {
                continue;
            }
            for (x, energy) in line.iter().zip(&kept.energies) {
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

/// Adds the pairs of one shell at one temperature in which a kept state carries weight; `sinks` (member,
/// sinks) follow [`Spin::ALL`].
pub(super) fn weigh_kept(
    (device, stop): (&dyn Device, &dyn Stop),
    shell: &Shell,
    elements: &Elements,
    reduced: &Reduced,
    sinks: Vec<(usize, &mut [Discrete; 4])>,
) -> Result<(), LinalgError> {
    let dressed = dress((device, stop), shell, elements, reduced)?;
    let host = device.download(&dressed.batch)?;
    let blocks = real(&host)?;
    let mut hosts = Vec::new();
    for batch in &elements.spins {
        hosts.push(device.download(batch)?);
    }
    let hosts = hosts.iter().map(|host| real(host)).collect::<Result<Vec<_>, _>>()?;
    let tasks: Vec<_> = sinks
        .into_iter()
        .flat_map(|(member, sinks)| {
            sinks.iter_mut().enumerate().map(move |(spin, sink)| (member, spin, sink))
        })
        .collect();
    tasks.into_par_iter().for_each(|(member, spin, sink)| {
        let omega = shell.omegas[member];
        let mine = elements.directions[spin].iter().enumerate();
        for (number, direction) in mine.filter(|(_, direction)| direction.turn == member) {
            let Some((row, col)) = ends(&shell.shells[member], direction) else { continue };
            let Some(first) = dressed.first[spin][number] else { continue };
            let factor = factor(Spin::ALL[spin], direction.col);
            let columns: Vec<f64> =
                col.active_energies()[..col.kept()].iter().map(|e| e * omega).collect();
            for (offset, block) in row.blocks.iter().enumerate() {
                let elements = hosts[spin].matrix(direction.first + offset);
                let elements = &elements[block.kept * columns.len()..];
                let energies = block.energies[block.kept..].iter().map(|e| e * omega);
                let pairs = Dressing { columns: &columns, factor, elements };
                pairs.add_to(energies, blocks.matrix(first + offset), sink);
            }
        }
    });
    Ok(())
}

/// Elements of discarded rows and kept columns.
struct Dressing<'a> {
    /// In units of D.
    columns: &'a [f64],
    factor: f64,
    elements: &'a [f64],
}

impl Dressing<'_> {
    fn add_to(&self, rows: impl Iterator<Item = f64>, dressed: &[f64], sink: &mut Discrete) {
        let cols = self.columns.len().max(1);
        let lines = self.elements.chunks_exact(cols).zip(dressed.chunks_exact(cols));
        for (energy, (line, dressed)) in rows.zip(lines) {
            for ((x, xr), below) in line.iter().zip(dressed).zip(self.columns) {
                let weight = self.factor * x * xr;
                if NEGLIGIBLE < weight.abs() {
                    let gap = energy - below;
                    sink.record(gap, weight, 2.0 * weight / gap);
                }
            }
        }
    }
}

/// X R of every block whose columns carry R.
struct Dressed {
    batch: Batch,
    /// [spin][direction]: the matrix of its first block.
    first: Vec<Vec<Option<usize>>>,
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
            let ends = ends(&shell.shells[direction.turn], direction);
            let (Some(&r), Some((row, col))) = (found, ends) else {
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
    Ok(Dressed { batch, first })
}
