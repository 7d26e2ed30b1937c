//! Operators that conserve all quantum numbers and commute with the symmetries: the static ones, and
//! those that carry susceptibilities and spectral weights (`pairs`). One block per stored sector; all
//! images of a sector have the same block.
use std::collections::BTreeMap;

use super::ledger::Ledger;
use super::pairs::SpinPairs;
use super::rotate::{Apply, Turn};
use super::shell::States;
use super::space::Label;
use crate::linalg::{Batch, Device, Dtype, LinalgError, Op, Product, Shape, Source, Window};
use crate::stop::Stop;

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
    device: &dyn Device,
    dtype: Dtype,
    index: usize,
    old: Option<&Scalar>,
    pairs: Option<(&SpinPairs, Collects)>,
    states: &States,
    turns: &[Turn],
    omegas: &[f64],
    ledgers: &mut [&mut Ledger],
    stop: &dyn Stop,
) -> Result<Option<Scalar>, LinalgError> {
    let list: Vec<(usize, Label)> = turns
        .iter()
        .enumerate()
        .flat_map(|(t, turn)| turn.shell.sectors.keys().map(move |&label| (t, label)))
        .collect();
    let applied = match old {
        Some(old) => Some(apply(device, dtype, old, states, turns, &list, stop)?),
        None => None,
    };
    if let Some(applied) = &applied {
        add_diagonal(device, index, applied, states, turns, &list, omegas, ledgers)?;
    }
    if applied.is_none() && pairs.is_none_or(|(pairs, _)| pairs.parts.is_empty()) {
        return Ok(None);
    }
    let mut rotation = Rotation { shapes: vec![], products: vec![], tables: vec![] };
    rotation.place(turns, applied.is_some(), states);
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

/// W = (O x 1) U of every sector, columns the active states.
fn apply(
    device: &dyn Device,
    dtype: Dtype,
    old: &Scalar,
    states: &States,
    turns: &[Turn],
    list: &[(usize, Label)],
    stop: &dyn Stop,
) -> Result<Batch, LinalgError> {
    let (mut shapes, mut products) = (Vec::new(), Vec::new());
    for (dest, &(t, label)) in list.iter().enumerate() {
        let turn = &turns[t];
        let (product, columns) = (&turn.shell.sectors[&label].product, turn.active(label));
        shapes.push(Shape::new(product.order, columns));
        let find = |row: Label, col: Label| {
            old.tables[t].get(&turn.old.stored(col)).filter(|_| row == col).copied()
        };
        let states = states.sources[turn.run][&label];
        let apply = Apply { row: product, col: product, states, columns, op: Op::None, dest };
        apply.push(find, &mut products);
    }
    let sources = [&states.batches[0], &states.batches[1], &old.batch];
    device.matmul(dtype, &shapes, &sources, &products, stop)
}

fn add_diagonal(
    device: &dyn Device,
    index: usize,
    applied: &Batch,
    states: &States,
    turns: &[Turn],
    list: &[(usize, Label)],
    omegas: &[f64],
    ledgers: &mut [&mut Ledger],
) -> Result<(), LinalgError> {
    let hot = |turn: &Turn| turn.shell.sectors.values().any(|s| s.kept() < s.active());
    if !turns.iter().any(hot) {
        return Ok(());
    }
    let diagonals = device.column_dots(&states.batches[0], applied)?;
    for (&(t, label), diagonal) in list.iter().zip(&diagonals) {
        let turn = &turns[t];
        let sector = &turn.shell.sectors[&label];
        let energies = sector.active_energies();
        let images = label.multiplicity(turn.old.symmetric) as f64;
        for (temperature, sums) in ledgers[t].present() {
            for (energy, value) in energies.iter().zip(diagonal).skip(sector.kept()) {
                let weight = images * (-energy * omegas[t] / temperature).exp();
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
    fn place(&mut self, turns: &[Turn], applied: bool, states: &States) {
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
                            a: states.sources[turn.run][&label],
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
