//! Pairs of states that an operator connects, weighted with the full density matrix (Eq. A53;
//! specification, section 8).
//!
//! For A_BC(w) = sum_ab rho_a B_ab C_ab delta(w - (E_b - E_a)) the pairs of a shell are kept-discarded,
//! discarded-kept and discarded-discarded. `greater` is the part with rho on the row state a, `lesser`
//! the part with rho on the column state b: a commutator is their difference, an anticommutator their
//! sum.
use rayon::prelude::*;

use super::blocks::{Basis, Blocks, Sector, on_host};
use super::density::{self, Density, active};
use super::forward::{Means, Shell, Tree};
use super::thermal::Weights;
use crate::linalg::{Dtype, HostBatch, LinalgError, Op, Product, Ragged, Shape, Source, Window};
use crate::nrg::pairs::difference_quotient;
use crate::nrg::space::Label;

/// One pair of states, or the sum over a degenerate group: energy E_b - E_a in D.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::nrg) struct Peak {
    pub energy: f64,
    pub greater: f64,
    pub lesser: f64,
    /// (rho_a - rho_b)/(E_b - E_a) B_ab C_ab: the share in the static susceptibility, 1/D.
    pub susceptibility: f64,
}

/// Collects the peaks of one correlation function at one temperature.
pub(in crate::nrg) trait Sink: Send {
    fn add(&mut self, peak: Peak);
}

/// Goes from the last shell to the first. `pairs`: (B, C) by their index among the start's
/// operators, with equal change of quantum numbers. `sinks[pair][temperature]` collect.
/// Returns the reduced density matrix on the start's product states.
pub(in crate::nrg) fn backward<S: Sink>(
    tree: &Tree,
    weights: &Weights,
    pairs: &[(usize, usize)],
    sinks: &mut [Vec<S>],
    means: Means,
) -> Result<Density, LinalgError> {
    let mut density = Density::none(weights.temperatures.len());
    for n in (0..=weights.last).rev() {
        let shell = &tree.shells[n];
        if is_empty(weights, n, shell, &density) {
            continue;
        }
        let vectors = tree.vectors(n, means)?;
        let Means { device, stop, .. } = means;
        let basis = Basis { device, stop, sectors: &shell.sectors, vectors: &vectors };
        for labels in groups(shell, pairs) {
            let elements = all_elements(&basis, weights, n, &labels, shell, pairs)?;
            for (&(b, c), sinks) in pairs.iter().zip(sinks.iter_mut()) {
                let (Some(b), Some(c)) = (&elements[b], &elements[c]) else { continue };
                collect(&basis, weights, n, (b, c), &density, sinks)?;
            }
        }
        density = density::step(device, stop, (n, shell, &vectors), weights, &density)?;
    }
    Ok(density)
}

/// No state of this shell or a later one carries weight at any temperature.
fn is_empty(weights: &Weights, n: usize, shell: &Shell, density: &Density) -> bool {
    (0..weights.temperatures.len()).all(|t| {
        density.trace(t) == 0.0
            && shell.sectors.values().all(|s| active(weights, n, t, s) == weights.kept(n, s))
    })
}

/// Bytes of matrix elements held at once.
const ELEMENT_BYTES: usize = 256 << 20;

/// The column labels, in groups whose matrix elements fit into [`ELEMENT_BYTES`] (or of one label).
fn groups(shell: &Shell, pairs: &[(usize, usize)]) -> Vec<Vec<Label>> {
    let (mut groups, mut bytes) = (Vec::new(), ELEMENT_BYTES);
    if pairs.is_empty() {
        return groups;
    }
    for (&label, sector) in &shell.sectors {
        // Sectors that an operator connects are of similar order.
        let size = 8 * shell.operators.len() * sector.order * sector.order;
        if ELEMENT_BYTES < bytes + size {
            groups.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(group) = groups.last_mut() {
            group.push(label);
        }
    }
    groups
}

type Elements = (Blocks, Ragged<f64>);

/// <a|O|b> of every operator that occurs, where a or b is kept or carries weight.
fn all_elements(
    basis: &Basis,
    weights: &Weights,
    n: usize,
    labels: &[Label],
    shell: &Shell,
    pairs: &[(usize, usize)],
) -> Result<Vec<Option<Elements>>, LinalgError> {
    let most = |sector: &Sector| {
        let temperatures = 0..weights.temperatures.len();
        temperatures.map(|t| active(weights, n, t, sector)).max().unwrap_or(0)
    };
    let wanted = |row: &Sector, col: &Sector| {
        let (rows, cols) = (most(row), most(col));
        vec![
            Window { row: 0, col: 0, rows, cols: col.order },
            Window { row: rows, col: 0, rows: row.order - rows, cols },
        ]
    };
    let occurs = |index: usize| pairs.iter().any(|&(b, c)| b == index || c == index);
    let size = |row: &Sector, col: &Sector| Shape::new(row.order, col.order);
    let operators = shell.operators.iter().enumerate();
    operators
        .map(|(index, old)| {
            if !occurs(index) {
                return Ok(None);
            }
            let blocks = basis.rotate(old, labels.iter().copied(), size, wanted)?;
            let elements = on_host(basis.device, &blocks.batch)?;
            Ok(Some((blocks, elements)))
        })
        .collect()
}

fn collect<S: Sink>(
    basis: &Basis,
    weights: &Weights,
    n: usize,
    (b, c): (&Elements, &Elements),
    density: &Density,
    sinks: &mut [S],
) -> Result<(), LinalgError> {
    let dressed = dress(basis, weights, n, b, density)?;
    sinks.par_iter_mut().enumerate().for_each(|(t, sink)| {
        for (&col_label, &matrix) in &b.0.table {
            let row_label = col_label.shifted(b.0.change);
            let Some(&other) = c.0.table.get(&col_label) else { continue };
            let side = |label: Label| Side::new(weights, n, t, &basis.sectors[&label]);
            let block = PairBlock {
                row: side(row_label),
                col: side(col_label),
                b: b.1.matrix(matrix),
                c: c.1.matrix(other),
                row_dressed: dressed.get(0, t, matrix),
                col_dressed: dressed.get(1, t, matrix),
                temperature: weights.temperatures[t],
                scale: weights.scaled(n, 1.0),
            };
            block.collect(sink);
        }
    });
    Ok(())
}

/// R B between kept rows and discarded columns, and B R between discarded rows and kept columns.
struct Dressed {
    blocks: Ragged<f64>,
    /// [side][temperature * matrices + matrix]
    index: [Vec<Option<usize>>; 2],
    matrices: usize,
}

impl Dressed {
    fn get(&self, side: usize, t: usize, matrix: usize) -> Option<&[f64]> {
        self.index[side][t * self.matrices + matrix].map(|index| self.blocks.matrix(index))
    }
}

fn dress(
    basis: &Basis,
    weights: &Weights,
    n: usize,
    (blocks, elements): &Elements,
    density: &Density,
) -> Result<Dressed, LinalgError> {
    let matrices = blocks.table.len();
    let mut index = [vec![], vec![]];
    let (mut shapes, mut products) = (Vec::new(), Vec::new());
    for t in 0..weights.temperatures.len() {
        for (&col_label, &matrix) in &blocks.table {
            let row_label = col_label.shifted(blocks.change);
            let (row, col) = (&basis.sectors[&row_label], &basis.sectors[&col_label]);
            let (row_kept, col_kept) = (weights.kept(n, row), weights.kept(n, col));
            let (row_rest, col_rest) = (row.order - row_kept, col.order - col_kept);
            let sides = [
                (row_label, row_kept, row_kept, col_rest),
                (col_label, col_kept, row_rest, col_kept),
            ];
            for (side, (label, inner, rows, cols)) in sides.into_iter().enumerate() {
                let found = density.tables[t].get(&label).filter(|_| rows * cols * inner != 0);
                let Some(&r) = found else {
                    index[side].push(None);
                    continue;
                };
                let operator = Source { batch: 1, matrix };
                let state = Source { batch: 0, matrix: r };
                let square = Window { row: 0, col: 0, rows: inner, cols: inner };
                let (a, a_window, b, b_window) = if side == 0 {
                    let window = Window { row: 0, col: col_kept, rows: inner, cols };
                    (state, square, operator, window)
                } else {
                    let window = Window { row: row_kept, col: 0, rows, cols: inner };
                    (operator, window, state, square)
                };
                index[side].push(Some(shapes.len()));
                products.push(Product {
                    a,
                    op_a: Op::None,
                    a_window,
                    b,
                    op_b: Op::None,
                    b_window,
                    scale: 1.0,
                    dest: shapes.len(),
                    row: 0,
                    col: 0,
                });
                shapes.push(Shape::new(rows, cols));
            }
        }
    }
    let device = basis.device;
    let states = device.upload(HostBatch::F64(density.blocks.clone()))?;
    let operators = device.upload(HostBatch::F64(elements.clone()))?;
    let batch =
        device.matmul(Dtype::F64, &shapes, &[&states, &operators], &products, basis.stop)?;
    Ok(Dressed { blocks: on_host(device, &batch)?, index, matrices })
}

/// The states of one sector: energies in D and weights of the discarded ones.
struct Side {
    kept: usize,
    active: usize,
    energies: Vec<f64>,
    weights: Vec<f64>,
}

impl Side {
    fn new(weights: &Weights, n: usize, t: usize, sector: &Sector) -> Self {
        let kept = weights.kept(n, sector);
        let energies = sector.energies.iter().map(|&e| weights.scaled(n, e)).collect();
        // Kept states carry the density matrix instead.
        let weight = |(i, &e): (usize, &f64)| if i < kept { 0.0 } else { weights.weight(n, t, e) };
        let weights_of = sector.energies.iter().enumerate().map(weight).collect();
        Self { kept, active: active(weights, n, t, sector), energies, weights: weights_of }
    }
}

struct PairBlock<'a> {
    row: Side,
    col: Side,
    b: &'a [f64],
    c: &'a [f64],
    /// [R B] (kept rows x discarded columns) and [B R] (discarded rows x kept columns).
    row_dressed: Option<&'a [f64]>,
    col_dressed: Option<&'a [f64]>,
    temperature: f64,
    /// omega_n
    scale: f64,
}

/// Energy differences below this, in units of omega_n, are zero.
const ROUNDING: f64 = 1e-13;

impl PairBlock<'_> {
    fn collect<S: Sink>(&self, sink: &mut S) {
        let (row_count, col_count) = (self.row.energies.len(), self.col.energies.len());
        for i in 0..row_count {
            let columns = if i < self.row.active { col_count } else { self.col.active };
            let first = if i < self.row.kept { self.col.kept } else { 0 };
            for j in first..columns {
                let element = self.c[i * col_count + j];
                if element != 0.0 {
                    sink.add(self.peak(i, j, self.b[i * col_count + j], element));
                }
            }
        }
    }

    fn peak(&self, i: usize, j: usize, b: f64, c: f64) -> Peak {
        let mut energy = self.col.energies[j] - self.row.energies[i];
        if energy.abs() < ROUNDING * self.scale {
            energy = 0.0; // equal levels, apart by rounding
        }
        let (row_kept, col_kept) = (self.row.kept, self.col.kept);
        let greater = if i < row_kept {
            let stride = self.col.energies.len() - col_kept;
            self.row_dressed.map_or(0.0, |rb| rb[i * stride + j - col_kept]) * c
        } else {
            self.row.weights[i] * b * c
        };
        let lesser = if j < col_kept {
            self.col_dressed.map_or(0.0, |br| br[(i - row_kept) * col_kept + j]) * c
        } else {
            self.col.weights[j] * b * c
        };
        let susceptibility = if row_kept <= i && col_kept <= j {
            let (w_a, w_b) = (self.row.weights[i], self.col.weights[j]);
            difference_quotient(w_a, w_b, energy, self.temperature) * b * c
        } else {
            (greater - lesser) / energy
        };
        Peak { energy, greater, lesser, susceptibility }
    }
}
