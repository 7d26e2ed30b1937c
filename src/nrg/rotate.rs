//! Operators of the next shell: blocks between kept states, U^T O U.
use std::collections::BTreeMap;

use super::operators::{BlockTable, Hop, Operator, complete, computed_blocks};
use super::rung::{self, annihilator};
use super::shell::{RunShell, States};
use super::space::{KeptSpace, Label, ProductSector};
use crate::linalg::{Batch, Device, Dtype, LinalgError, Op, Product, Shape, Source, Window};
use crate::stop::Stop;

/// One shell of all runs, diagonalized and cut: what every rotation needs.
pub(super) struct Frame<'a> {
    pub device: &'a dyn Device,
    pub stop: &'a dyn Stop,
    pub dtype: Dtype,
    pub n: u32,
    /// Eigenvectors per block, in the basis of its parity vectors.
    pub vectors: &'a Batch,
    /// Eigenvectors per sector, in the product basis.
    pub states: &'a States,
    pub turns: &'a [Turn<'a>],
}

/// One run's part in a [`Frame`].
pub(super) struct Turn<'a> {
    pub shell: &'a RunShell,
    /// Kept states before and after.
    pub old: &'a KeptSpace,
    pub new: &'a KeptSpace,
    /// omega_n, in units of D.
    pub omega: f64,
    /// Where its states stand in [`States`].
    pub sources: &'a BTreeMap<Label, Source>,
}

impl Turn<'_> {
    /// The product basis of a sector that is stored, or the image needed by the raising operators.
    pub(super) fn product(&self, label: Label) -> Option<&ProductSector> {
        let stored = self.shell.sectors.get(&label).map(|sector| &sector.product);
        stored.or_else(|| self.shell.images.get(&label))
    }
}

/// Blocks of one kind of operator for all runs: the batch, and where each run's blocks stand.
pub(super) struct Blocks<K> {
    pub batch: Batch,
    pub tables: Vec<BlockTable<K>>,
}

/// Turns computed blocks (in the order of `lists`) into all blocks.
pub(super) fn complete_blocks<K: Operator>(
    frame: &Frame,
    computed: &Batch,
    lists: &[Vec<(K, Label, Label)>],
) -> Result<Blocks<K>, LinalgError> {
    let (mut shapes, mut placements, mut first) = (Vec::new(), Vec::new(), 0);
    let mut tables = Vec::with_capacity(lists.len());
    for (list, turn) in lists.iter().zip(frame.turns) {
        tables.push(complete(list, turn.new, frame.n, first, &mut shapes, &mut placements));
        first += list.len();
    }
    let batch = frame.device.gather(frame.dtype, &shapes, &[computed], &placements, &[])?;
    Ok(Blocks { batch, tables })
}

/// f_{n, eta, s} between kept states: the rung operator acts on the rung alone, so each block is a sum
/// of U_row[(o, r)]^T U_col[(o, r')] over old sectors o, with the sign (-1)^N of o.
pub(super) fn hops(frame: &Frame) -> Result<Blocks<Hop>, LinalgError> {
    let Frame { device, dtype, states, turns, stop, .. } = *frame;
    let operators: Vec<Hop> = (0..rung::MODES).map(Hop).collect();
    let matrices: Vec<_> = (0..rung::MODES).map(annihilator).collect();
    let (mut shapes, mut products) = (Vec::new(), Vec::new());
    let lists: Vec<_> = turns.iter().map(|turn| computed_blocks(&operators, turn.new)).collect();
    for (turn, list) in turns.iter().zip(&lists) {
        for &(hop, row, col) in list {
            let dest = shapes.len();
            let (rows, cols) = (turn.new.size(row), turn.new.size(col));
            shapes.push(Shape::new(rows, cols));
            let (Some(a), Some(b)) = (turn.product(row), turn.product(col)) else { continue };
            for right in &b.segments {
                for left in a.segments.iter().filter(|left| left.old == right.old) {
                    let value = matrices[hop.0][left.rung][right.rung];
                    if value == 0.0 {
                        continue;
                    }
                    products.push(Product {
                        a: turn.sources[&row],
                        op_a: Op::Adjoint,
                        a_window: Window { row: 0, col: left.start, rows, cols: left.len },
                        b: turn.sources[&col],
                        op_b: Op::None,
                        b_window: Window { row: right.start, col: 0, rows: right.len, cols },
                        scale: value * right.old.fermion_sign(),
                        dest,
                        row: 0,
                        col: 0,
                    });
                }
            }
        }
    }
    let sources = [&states.batches[0], &states.batches[1]];
    let computed = device.matmul(dtype, &shapes, &sources, &products, stop)?;
    complete_blocks(frame, &computed, &lists)
}

/// Products that apply an old operator to the states of a sector: W = (O x 1) U.
///
/// `row` and `col` are the product bases of W's rows and U's columns; `find` gives the old block
/// for (old row label, old column label), already as it is to be applied (`op`).
pub(super) struct Apply<'a> {
    pub row: &'a ProductSector,
    pub col: &'a ProductSector,
    pub states: Source,
    pub columns: usize,
    pub op: Op,
    pub dest: usize,
}

impl Apply<'_> {
    /// Source batches: 0 and 1 are the states, 2 the old blocks.
    pub(super) fn push(
        &self,
        find: impl Fn(Label, Label) -> Option<usize>,
        products: &mut Vec<Product>,
    ) {
        for right in &self.col.segments {
            for left in self.row.segments.iter().filter(|left| left.rung == right.rung) {
                let Some(matrix) = find(left.old, right.old) else { continue };
                products.push(Product {
                    a: Source { batch: 2, matrix },
                    op_a: self.op,
                    a_window: Window { row: 0, col: 0, rows: left.len, cols: right.len },
                    b: self.states,
                    op_b: Op::None,
                    b_window: Window {
                        row: right.start,
                        col: 0,
                        rows: right.len,
                        cols: self.columns,
                    },
                    scale: 1.0,
                    dest: self.dest,
                    row: left.start,
                    col: 0,
                });
            }
        }
    }
}
