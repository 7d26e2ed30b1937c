//! Matrix elements of the spin operators between eigenstates of a shell, all runs of a lockstep.
use super::operators::{BlockTable, Operator, Spin};
use super::pairs::Direction;
use super::parity::ParityBlock;
use super::rotate::{Apply, Frame, Turn};
use super::shell::{Columns, Sector};
use super::space::Label;
use crate::linalg::{Batch, LinalgError, Map, Op, Placement, Product, Shape, Source, Window};

/// Which states of a sector are meant: as columns of elements, rows are all states of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    /// All active ones. Elements that parity forbids come out as rounding errors.
    Active,
    /// The kept ones, and the discarded ones that are active: only elements that parity allows are
    /// computed, the rest is exactly zero.
    Kept,
    Discarded,
}

impl Selection {
    /// Number of states, the first one's place among the active ones of the sector.
    pub(super) fn of(self, sector: &Sector) -> (usize, usize) {
        let (kept, active) = (sector.kept(), sector.active());
        match self {
            Self::Active => (active, 0),
            Self::Kept => (kept, 0),
            Self::Discarded => (active - kept, kept),
        }
    }

    /// Columns of the sector's states that are selected, the first one at 0.
    pub(super) fn columns(self, sector: &Sector) -> Vec<Columns> {
        let (count, first) = self.of(sector);
        let inside = |c: &Columns| (first..first + count).contains(&c.dest);
        let columns = sector.columns().into_iter().filter(inside);
        columns.map(|c| Columns { dest: c.dest - first, ..c }).collect()
    }

    fn allows(self, spin: Spin, row: &ParityBlock, col: &ParityBlock) -> bool {
        self == Self::Active || spin.connects(row, col)
    }
}

pub(super) fn row_sector<'a>(turns: &'a [Turn], direction: &Direction) -> Option<&'a Sector> {
    turns[direction.turn].shell.sectors.get(&direction.row)
}

/// The sector of the column's states; an image has the energies and order of its original.
pub(super) fn col_sector<'a>(turns: &'a [Turn], direction: &Direction) -> Option<&'a Sector> {
    let turn = &turns[direction.turn];
    turn.shell.sectors.get(&turn.old.stored(direction.col))
}

/// Number of columns of a direction.
fn width(turns: &[Turn], direction: &Direction, selection: Selection) -> usize {
    col_sector(turns, direction).map_or(0, |sector| selection.of(sector).0)
}

/// V^T (O x 1) U for every direction; the frame's states are those of the selection.
pub(super) fn elements(
    frame: &Frame,
    spin: Spin,
    (old, tables): (&Batch, &[&BlockTable<Spin>]),
    list: &mut [Direction],
    selection: Selection,
) -> Result<Batch, LinalgError> {
    let applied = apply(frame, spin, (old, tables), list, selection)?;
    let folded = fold(frame, &applied, list, selection)?;
    let Frame { device, dtype, vectors, turns, stop, .. } = *frame;
    let (mut shapes, mut products) = (Vec::new(), Vec::new());
    for (direction, sources) in list.iter_mut().zip(&folded.sources) {
        direction.first = shapes.len();
        let Some(sector) = row_sector(turns, direction) else { continue };
        for (block, &b) in sector.blocks.iter().zip(sources) {
            let order = block.parity.order;
            for (first, len) in allowed_columns(turns, direction, &block.parity, (spin, selection))
            {
                products.push(Product {
                    a: Source { batch: 0, matrix: block.matrix },
                    op_a: Op::Adjoint,
                    a_window: Window { row: 0, col: 0, rows: order, cols: order },
                    b,
                    op_b: Op::None,
                    b_window: Window { row: 0, col: first, rows: order, cols: len },
                    scale: 1.0,
                    dest: shapes.len(),
                    row: 0,
                    col: first,
                });
            }
            shapes.push(Shape::new(order, width(turns, direction, selection)));
        }
    }
    device.matmul(dtype, &shapes, &[vectors, &applied, &folded.batch], &products, stop)
}

/// W = (O x 1) U in the product basis of the rows.
pub(super) fn apply(
    frame: &Frame,
    spin: Spin,
    (old, tables): (&Batch, &[&BlockTable<Spin>]),
    list: &[Direction],
    selection: Selection,
) -> Result<Batch, LinalgError> {
    let Frame { device, dtype, states, turns, stop, .. } = *frame;
    let (mut shapes, mut products) = (Vec::new(), Vec::new());
    for (dest, direction) in list.iter().enumerate() {
        let turn = &turns[direction.turn];
        let columns = width(turns, direction, selection);
        let (row, col) = (turn.product(direction.row), turn.product(direction.col));
        shapes.push(Shape::new(row.map_or(0, |p| p.order), columns));
        let (Some(row), Some(col)) = (row, col) else { continue };
        let op = if direction.adjoint { Op::Adjoint } else { Op::None };
        let source = turn.sources[&direction.col];
        let table = tables[direction.turn];
        let find = |old_row: Label, old_col: Label| {
            let (from, to) =
                if direction.adjoint { (old_row, old_col) } else { (old_col, old_row) };
            let fits = from.shifted(spin.change()) == to;
            table.get(&(spin, from)).filter(|_| fits).copied()
        };
        Apply { row, col, states: source, columns, op, dest }.push(find, &mut products);
    }
    let sources = [&states.batches[0], &states.batches[1], old];
    device.matmul(dtype, &shapes, &sources, &products, stop)
}

/// W with its rows on the parity vectors of each block.
pub(super) struct Folded {
    /// Source batch 2; batch 1 is W itself, where a sector has one block.
    pub batch: Batch,
    /// Of each direction, for each block of its row's sector.
    pub sources: Vec<Vec<Source>>,
}

pub(super) fn fold(
    frame: &Frame,
    applied: &Batch,
    list: &[Direction],
    selection: Selection,
) -> Result<Folded, LinalgError> {
    let Frame { device, dtype, turns, .. } = *frame;
    let (mut shapes, mut placements, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for (matrix, direction) in list.iter().enumerate() {
        let mut of_blocks = Vec::new();
        let cols = width(turns, direction, selection);
        for (sector, block) in row_sector(turns, direction)
            .into_iter()
            .flat_map(|sector| sector.blocks.iter().map(move |block| (sector, block)))
        {
            let Some(folding) = &block.parity.folding else {
                of_blocks.push(Source { batch: 1, matrix });
                continue;
            };
            placements.push(Placement {
                source: Source { batch: 0, matrix },
                op: Op::None,
                window: Window { row: 0, col: 0, rows: sector.product.order, cols },
                scale: 1.0,
                dest: shapes.len(),
                rows: Map::Table { table: folding.fold.clone(), start: 0 },
                cols: Map::Shift(0),
            });
            of_blocks.push(Source { batch: 2, matrix: shapes.len() });
            shapes.push(Shape::new(block.parity.order, cols));
        }
        sources.push(of_blocks);
    }
    let batch = device.gather(dtype, &shapes, &[applied], &placements, &[])?;
    Ok(Folded { batch, sources })
}

/// The columns of a direction that a row block connects to: (first, length), all at once if all are.
fn allowed_columns(
    turns: &[Turn],
    direction: &Direction,
    row: &ParityBlock,
    (spin, selection): (Spin, Selection),
) -> Vec<(usize, usize)> {
    let Some(sector) = col_sector(turns, direction) else { return Vec::new() };
    if sector.blocks.iter().all(|col| selection.allows(spin, row, &col.parity)) {
        return vec![(0, selection.of(sector).0)];
    }
    let block = |columns: &Columns| &sector.blocks[columns.block].parity;
    let columns = selection.columns(sector).into_iter();
    columns.filter(|c| selection.allows(spin, row, block(c))).map(|c| (c.dest, c.len)).collect()
}
