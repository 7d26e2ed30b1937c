//! Operators that conserve all quantum numbers and commute with the symmetries: the static ones, and
//! those that carry susceptibilities and spectral weights (`pairs`). One block per stored sector; all
//! images of a sector have the same block.
use std::collections::BTreeMap;

use super::ledger::Ledger;
use super::pairs::SpinPairs;
use super::rotate::{Apply, Frame, Turn};
use super::shell::Sector;
use super::space::Label;
use crate::linalg::{Batch, LinalgError, Op, Product, Shape, Source, Window};

/// The blocks of one scalar operator, all runs; no entry: zero.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub batch: Batch,
    pub tables: Vec<BTreeMap<Label, usize>>,
}

/// Which part of a spin operator's pairs a scalar operator collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collects {
    Susceptibility,
    Weight,
}

/// Rotates a scalar operator to the new kept states, adds what `pairs` contribute, and sums its
/// diagonal over the discarded states that carry weight (to observable `index` of the ledgers).
pub(super) fn advance(
    frame: &Frame,
    index: usize,
    old: Option<&Scalar>,
    pairs: Option<(&SpinPairs, Collects)>,
    ledgers: &mut [&mut Ledger],
) -> Result<Option<Scalar>, LinalgError> {
    let Frame { device, dtype, states, turns, stop, .. } = *frame;
    let applied = match old {
        Some(old) => Some(apply(frame, old)?),
        None => None,
    };
    if let Some(applied) = &applied {
        add_diagonal(frame, index, applied, ledgers)?;
    }
    if applied.is_none() && pairs.is_none_or(|(pairs, _)| pairs.parts.is_empty()) {
        return Ok(None);
    }
    let mut rotation = Rotation { shapes: vec![], products: vec![], tables: vec![] };
    rotation.place(turns, applied.is_some());
    let empty = device.gather(dtype, &[], &[], &[], &[])?;
    let (x, y) = match pairs {
        Some((pairs, collects)) => {
            rotation.collect(pairs, collects);
            (&pairs.discarded_kept, &pairs.resolvent)
        }
        None => (&empty, &empty),
    };
    let sources = [&states.batches[0], applied.as_ref().unwrap_or(&empty), x, y];
    let batch = device.matmul(dtype, &rotation.shapes, &sources, &rotation.products, stop)?;
    Ok(Some(Scalar { batch, tables: rotation.tables }))
}

/// The stored sectors of all runs: (index of the run, run, label, sector).
fn sectors<'a>(
    turns: &'a [Turn<'a>],
) -> impl Iterator<Item = (usize, &'a Turn<'a>, Label, &'a Sector)> {
    turns.iter().enumerate().flat_map(|(t, turn)| {
        turn.shell.sectors.iter().map(move |(&label, sector)| (t, turn, label, sector))
    })
}

/// W = (O x 1) U of every sector, columns the active states.
fn apply(frame: &Frame, old: &Scalar) -> Result<Batch, LinalgError> {
    let Frame { device, dtype, states, turns, stop, .. } = *frame;
    let (mut shapes, mut products) = (Vec::new(), Vec::new());
    for (t, turn, label, sector) in sectors(turns) {
        let (product, columns, dest) = (&sector.product, sector.active(), shapes.len());
        shapes.push(Shape::new(product.order, columns));
        let find = |row: Label, col: Label| {
            old.tables[t].get(&turn.old.stored(col)).filter(|_| row == col).copied()
        };
        let states = turn.sources[&label];
        let apply = Apply { row: product, col: product, states, columns, op: Op::None, dest };
        apply.push(find, &mut products);
    }
    let sources = [&states.batches[0], &states.batches[1], &old.batch];
    device.matmul(dtype, &shapes, &sources, &products, stop)
}

fn add_diagonal(
    frame: &Frame,
    index: usize,
    applied: &Batch,
    ledgers: &mut [&mut Ledger],
) -> Result<(), LinalgError> {
    let Frame { device, states, turns, .. } = *frame;
    let hot = |turn: &Turn| turn.shell.sectors.values().any(|s| s.kept() < s.active());
    if !turns.iter().any(hot) {
        return Ok(());
    }
    let diagonals = device.column_dots(&states.batches[0], applied)?;
    for ((t, turn, label, sector), diagonal) in sectors(turns).zip(&diagonals) {
        let energies = sector.active_energies();
        let images = label.multiplicity(turn.old.symmetric) as f64;
        for (temperature, sums) in ledgers[t].present() {
            for (energy, value) in energies.iter().zip(diagonal).skip(sector.kept()) {
                let weight = images * (-energy * turn.omega / temperature).exp();
                sums.observables[index] += weight * value;
            }
        }
    }
    Ok(())
}

struct Rotation {
    shapes: Vec<Shape>,
    products: Vec<Product>,
    tables: Vec<BTreeMap<Label, usize>>,
}

impl Rotation {
    /// U^T W between kept states, one block for each stored sector of the new kept space.
    fn place(&mut self, turns: &[Turn], applied: bool) {
        let mut matrix = 0; // in the order of the sectors of all runs
        for turn in turns {
            let mut table = BTreeMap::new();
            for (&label, sector) in &turn.shell.sectors {
                let (kept, order) = (sector.kept(), sector.product.order);
                if kept != 0 {
                    table.insert(label, self.shapes.len());
                    self.shapes.push(Shape::square(kept));
                    if applied {
                        self.products.push(Product {
                            a: turn.sources[&label],
                            op_a: Op::Adjoint,
                            a_window: Window { row: 0, col: 0, rows: kept, cols: order },
                            b: Source { batch: 1, matrix },
                            op_b: Op::None,
                            b_window: Window { row: 0, col: 0, rows: order, cols: kept },
                            scale: 1.0,
                            dest: self.shapes.len() - 1,
                            row: 0,
                            col: 0,
                        });
                    }
                }
                matrix += 1;
            }
            self.tables.push(table);
        }
    }

    /// Adds M of every part: for chi the symmetrized X^T Y (Y divided by E_k - E_d, hence the sign),
    /// for the weight X^T X / 2.
    fn collect(&mut self, pairs: &SpinPairs, collects: Collects) {
        for part in &pairs.parts {
            let Some(&dest) = self.tables[part.turn].get(&part.target) else { continue };
            let halves: &[(usize, usize, f64)] = match collects {
                Collects::Susceptibility => &[(2, 3, -0.5), (3, 2, -0.5)],
                Collects::Weight => &[(2, 2, 0.5)],
            };
            for &(first, len) in &part.ranges {
                for &(a, b, scale) in halves {
                    self.products.push(Product {
                        a: Source { batch: a, matrix: part.matrix },
                        op_a: Op::Adjoint,
                        a_window: Window { row: first, col: 0, rows: len, cols: part.rows },
                        b: Source { batch: b, matrix: part.matrix },
                        op_b: Op::None,
                        b_window: Window { row: 0, col: first, rows: part.rows, cols: len },
                        scale: scale * part.factor,
                        dest,
                        row: first,
                        col: first,
                    });
                }
            }
        }
    }
}
