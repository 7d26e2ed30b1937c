//! Static susceptibilities and spectral weights from pairs of states (specification, section 8).
//!
//! Within a shell the pairs are kept-discarded and discarded-discarded. With rho the density matrix,
//! chi = sum over pairs (rho_a - rho_b)/(E_b - E_a) |B_ab|^2 and the weight is
//! sum (rho_a + rho_b)/2 |B_ab|^2. The part with rho on a kept state is an operator on the kept states,
//! M_kk' = sum_d B_dk B_dk' / (E_d - E_k) (and the same without the denominator), which later shells
//! average with the full density matrix; the part with rho on a discarded state is summed here.
use rayon::prelude::*;

use super::elements::{Selection, col_sector, elements, row_sector};
use super::ledger::{Ledger, Sums};
use super::operators::{BlockTable, Operator, Spin, computed_blocks};
use super::rotate::{Frame, Turn};
use super::shell::Sector;
use super::space::Label;
use crate::linalg::{Batch, HostBatch, LinalgError, Map, Op, Placement, Shape, Source, Window};

/// How often a pair of one direction counts.
#[derive(Debug, Clone, Copy)]
struct Count {
    /// Pairs of a kept and a discarded state (the part with rho on the discarded one).
    kept_discarded: f64,
    /// Pairs of two discarded states that carry weight, and with only the column doing so.
    both: f64,
    one: f64,
    /// Number of symmetry images of the direction.
    images: f64,
    /// The factor of M on the column's sector.
    operator: f64,
}

/// <row| O |col> of one run for all states of `row` and the active ones of `col`.
#[derive(Debug, Clone)]
pub(super) struct Direction {
    pub turn: usize,
    pub row: Label,
    pub col: Label,
    /// The transposed operator: row and column of its blocks are exchanged.
    pub adjoint: bool,
    count: Count,
    /// M is projected on equal F parities: the other direction is the image of this one.
    project: bool,
    /// First matrix in the batch; one for each block of the row's sector.
    pub first: usize,
}

/// Computed blocks of one run: (operator, row label, column label).
pub(super) type BlockList = Vec<(Spin, Label, Label)>;

/// What one spin operator contributes at one shell.
pub(super) struct SpinPairs {
    /// Blocks between kept states, in the order of `lists`.
    pub kept: Batch,
    pub lists: Vec<BlockList>,
    /// <d| O |k> and the same divided by E_k - E_d (in D).
    pub discarded_kept: Batch,
    pub resolvent: Batch,
    /// Contributions M to operators on the kept states.
    pub parts: Vec<Part>,
}

/// `factor` times (X^T Y + Y^T X)/2 on the given ranges of kept states of `target`.
pub(super) struct Part {
    pub turn: usize,
    /// Label under which the sector is stored.
    pub target: Label,
    /// X in [`SpinPairs::discarded_kept`], Y in [`SpinPairs::resolvent`].
    pub matrix: usize,
    pub rows: usize,
    /// (first, length)
    pub ranges: Vec<(usize, usize)>,
    pub factor: f64,
}

pub(super) fn directions(spin: Spin, turns: &[Turn]) -> Vec<Direction> {
    let mut list = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let symmetric = turn.old.symmetric;
        let stored = turn.shell.sectors.keys();
        let labels = stored.chain(turn.shell.images.keys()).copied();
        for col in labels.filter(|&col| !symmetric || spin.is_computed(col)) {
            let row = col.shifted(spin.change());
            if !turn.shell.sectors.contains_key(&row) {
                continue;
            }
            let self_image = symmetric && col.two_sz < 0;
            let project = symmetric && spin.is_plus() && col.two_sz == 0;
            let mut images = col.multiplicity(symmetric) as f64;
            if self_image {
                images *= 0.5;
            } else if project {
                images *= 2.0;
            }
            let twice = if self_image || !spin.is_plus() { 2.0 } else { 1.0 };
            let operator = if project || !spin.is_plus() { 2.0 } else { 1.0 };
            let count = Count { kept_discarded: twice, both: 1.0, one: twice, images, operator };
            let direction =
                Direction { turn: index, row, col, adjoint: false, count, project, first: 0 };
            if spin.is_plus() && !self_image {
                let count = Count { both: 0.0, operator: 1.0, ..count };
                let other = Direction {
                    row: col,
                    col: row,
                    adjoint: true,
                    count,
                    project: false,
                    ..direction.clone()
                };
                // With 2 S_z = 0 -> 2 the image of this direction is <0| O^T |2>: M on S_z = 1 needs it.
                list.push(other);
            }
            list.push(direction);
        }
    }
    list
}

/// Evaluates one spin operator on one shell of all runs; sums over discarded states go to `ledgers`.
/// `old`: the operator's blocks between the kept states of the shell before.
pub(super) fn spin_pairs(
    frame: &Frame,
    spin: Spin,
    old: (&Batch, &[&BlockTable<Spin>]),
    ledgers: &mut [&mut Ledger],
) -> Result<SpinPairs, LinalgError> {
    let mut list = directions(spin, frame.turns);
    let blocks = elements(frame, spin, old, &mut list, Selection::Active)?;
    add_discarded(frame, spin, &blocks, &list, ledgers)?;
    let (kept, lists) = kept_blocks(frame, spin, &blocks, &list)?;
    let (discarded_kept, resolvent, parts) = cut_out(frame, spin, &blocks, &list)?;
    Ok(SpinPairs { kept, lists, discarded_kept, resolvent, parts })
}

/// Blocks between kept states, in the order of the computed blocks of the new kept space.
pub(super) fn kept_blocks(
    frame: &Frame,
    spin: Spin,
    elements: &Batch,
    list: &[Direction],
) -> Result<(Batch, Vec<BlockList>), LinalgError> {
    let Frame { device, dtype, turns, .. } = *frame;
    let (mut shapes, mut placements, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for (index, turn) in turns.iter().enumerate() {
        let computed = computed_blocks(&[spin], turn.new);
        for &(_, row, col) in &computed {
            let dest = shapes.len();
            shapes.push(Shape::new(turn.new.size(row), turn.new.size(col)));
            let wanted = |d: &&Direction| !d.adjoint && d.turn == index && d.col == col;
            let Some(direction) = list.iter().find(wanted) else { continue };
            let Some(sector) = row_sector(turns, direction) else { continue };
            let mut first = 0;
            for (offset, block) in sector.blocks.iter().enumerate() {
                placements.push(Placement {
                    source: Source { batch: 0, matrix: direction.first + offset },
                    op: Op::None,
                    window: Window { row: 0, col: 0, rows: block.kept, cols: turn.new.size(col) },
                    scale: 1.0,
                    dest,
                    rows: Map::Shift(first),
                    cols: Map::Shift(0),
                });
                first += block.kept;
            }
        }
        lists.push(computed);
    }
    Ok((device.gather(dtype, &shapes, &[elements], &placements, &[])?, lists))
}

/// <d| O |k> by itself and divided by energy differences; what they contribute, and where.
fn cut_out(
    frame: &Frame,
    spin: Spin,
    elements: &Batch,
    list: &[Direction],
) -> Result<(Batch, Batch, Vec<Part>), LinalgError> {
    let Frame { device, dtype, turns, .. } = *frame;
    let norm = if spin.is_plus() { 0.5 } else { 1.0 };
    let (mut shapes, mut placements, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut row_energies, mut col_energies) = (Vec::new(), Vec::new());
    for direction in list {
        let (Some(row), Some(col)) = (row_sector(turns, direction), col_sector(turns, direction))
        else {
            continue;
        };
        let omega = turns[direction.turn].omega;
        let scaled = |energies: &[f64]| energies.iter().map(|e| e * omega).collect::<Vec<_>>();
        let columns = col.kept();
        for (offset, block) in row.blocks.iter().enumerate() {
            let rows = block.energies.len() - block.kept;
            if rows == 0 || columns == 0 {
                continue;
            }
            let ranges = if direction.project { parity_ranges(col) } else { vec![(0, columns)] };
            parts.push(Part {
                turn: direction.turn,
                target: turns[direction.turn].old.stored(direction.col),
                matrix: shapes.len(),
                rows,
                ranges,
                factor: norm * direction.count.operator,
            });
            placements.push(Placement {
                source: Source { batch: 0, matrix: direction.first + offset },
                op: Op::None,
                window: Window { row: block.kept, col: 0, rows, cols: columns },
                scale: 1.0,
                dest: shapes.len(),
                rows: Map::Shift(0),
                cols: Map::Shift(0),
            });
            shapes.push(Shape::new(rows, columns));
            row_energies.push(scaled(&block.energies[block.kept..]));
            col_energies.push(scaled(&col.active_energies()[..columns]));
        }
    }
    let elements = device.gather(dtype, &shapes, &[elements], &placements, &[])?;
    let resolvent = device.divide_by_differences(&elements, &row_energies, &col_energies)?;
    Ok((elements, resolvent, parts))
}

/// Ranges of kept states of equal parity under F; the blocks of a sector stand in that order.
fn parity_ranges(sector: &Sector) -> Vec<(usize, usize)> {
    let (mut ranges, mut first) = (Vec::new(), 0);
    for group in sector.blocks.chunk_by(|a, b| a.parity.flip == b.parity.flip) {
        let len = group.iter().map(|b| b.kept).sum();
        ranges.push((first, len));
        first += len;
    }
    ranges
}

/// Adds the pairs with weight on discarded states to the ledgers.
fn add_discarded(
    frame: &Frame,
    spin: Spin,
    elements: &Batch,
    list: &[Direction],
    ledgers: &mut [&mut Ledger],
) -> Result<(), LinalgError> {
    let Frame { device, turns, .. } = *frame;
    let hot = |sector: &Sector| sector.kept() < sector.active();
    let mut jobs = Vec::new();
    for direction in list {
        let (Some(row), Some(col)) = (row_sector(turns, direction), col_sector(turns, direction))
        else {
            continue;
        };
        if hot(row) || hot(col) {
            jobs.extend((0..row.blocks.len()).map(|offset| (direction, row, col, offset)));
        }
    }
    if jobs.is_empty() {
        return Ok(());
    }
    let host = device.download(elements)?;
    let norm = if spin.is_plus() { 0.5 } else { 1.0 };
    let results: Vec<Vec<[f64; 2]>> = jobs
        .par_iter()
        .map(|&(direction, row, col, offset)| {
            let omega = turns[direction.turn].omega;
            let block = PairBlock {
                rows: row.blocks[offset].energies.iter().map(|e| e * omega).collect(),
                rows_kept: row.blocks[offset].kept,
                rows_active: row.blocks[offset].active,
                cols: col.active_energies().iter().map(|e| e * omega).collect(),
                cols_kept: col.kept(),
                count: direction.count,
                factor: norm * direction.count.images,
            };
            let temperatures = &ledgers[direction.turn].temperatures;
            let matrix = direction.first + offset;
            match host.as_ref() {
                HostBatch::F64(ragged) => {
                    let data = ragged.matrix(matrix);
                    temperatures.iter().map(|&t| block.sums(t, |i| data[i] * data[i])).collect()
                }
                HostBatch::C128(ragged) => {
                    let data = ragged.matrix(matrix);
                    temperatures.iter().map(|&t| block.sums(t, |i| data[i].norm_sqr())).collect()
                }
            }
        })
        .collect();
    let index = Spin::ALL.iter().position(|&s| s == spin).unwrap_or(0);
    for ((direction, ..), sums) in jobs.iter().zip(results) {
        for ((_, total), [chi, weight]) in ledgers[direction.turn].present().zip(sums) {
            add(total, index, chi, weight);
        }
    }
    Ok(())
}

fn add(total: &mut Sums, index: usize, chi: f64, weight: f64) {
    total.observables[index] += chi;
    total.observables[Spin::ALL.len() + index] += weight;
}

/// Matrix elements between all states of a row block and the active states of a column sector.
struct PairBlock {
    rows: Vec<f64>,
    rows_kept: usize,
    rows_active: usize,
    cols: Vec<f64>,
    cols_kept: usize,
    count: Count,
    factor: f64,
}

impl PairBlock {
    /// (chi, weight) of the parts with rho on a discarded state, at one temperature, relative to the
    /// shell's ground state. `square(i)` is |O|^2 of the row-major element i.
    fn sums(&self, temperature: f64, square: impl Fn(usize) -> f64) -> [f64; 2] {
        let boltzmann = |energies: &[f64]| {
            energies.iter().map(|e| (-e / temperature).exp()).collect::<Vec<_>>()
        };
        let (row_weights, col_weights) = (boltzmann(&self.rows), boltzmann(&self.cols));
        let (mut chi, mut weight) = (0.0, 0.0);
        for row in self.rows_kept..self.rows.len() {
            let (e_row, w_row) = (self.rows[row], row_weights[row]);
            let start = row * self.cols.len();
            let row_is_active = row < self.rows_active;
            if row_is_active {
                for col in 0..self.cols_kept {
                    let element = self.count.kept_discarded * square(start + col);
                    chi -= element * w_row / (e_row - self.cols[col]);
                    weight += 0.5 * element * w_row;
                }
            }
            let count = if row_is_active { self.count.both } else { self.count.one };
            for col in self.cols_kept..self.cols.len() {
                let element = count * square(start + col);
                let w_col = col_weights[col];
                chi += element
                    * difference_quotient(w_row, w_col, self.cols[col] - e_row, temperature);
                weight += 0.5 * element * (w_row + w_col);
            }
        }
        [self.factor * chi, self.factor * weight]
    }
}

/// (w_a - w_b)/(E_b - E_a) for Boltzmann weights, `gap` = E_b - E_a; beta w where the gap vanishes.
pub(super) fn difference_quotient(w_a: f64, w_b: f64, gap: f64, temperature: f64) -> f64 {
    let u = (gap / temperature).abs();
    if 0.05 < u {
        return (w_a - w_b) / gap;
    }
    let largest = w_a.max(w_b);
    let factor = if u == 0.0 { 1.0 } else { -(-u).exp_m1() / u };
    largest * factor / temperature
}
