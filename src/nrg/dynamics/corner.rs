//! Matrix elements between discarded states of a shell. They are needed where discarded states carry
//! thermal weight, and are forgotten as soon as the shell's pairs are summed.
//!
//! An element carries the weights of both of its states, so one of each two directions that are
//! transposed to each other is computed, and of a symmetric block little more than a triangle.
use crate::linalg::{Batch, LinalgError, Op, Product, Shape, Source, Window};
use crate::nrg::elements::{Selection, apply, col_sector, fold, row_sector};
use crate::nrg::operators::{BlockTable, Spin};
use crate::nrg::pairs::Direction;
use crate::nrg::rotate::Frame;
use crate::nrg::shell::{Block, Sector};

/// A symmetric block is computed in this many strips of columns.
const STRIPS: usize = 4;

/// Elements between some discarded states of two blocks.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Which of the directions.
    pub direction: usize,
    pub row_block: usize,
    pub col_block: usize,
    /// States within their blocks: first and number.
    pub rows: (usize, usize),
    pub cols: (usize, usize),
    /// Whether the transposed element is not listed on its own: the weight of the row counts, too.
    pub both: bool,
}

pub(super) struct Corner {
    /// One matrix for each piece.
    pub batch: Batch,
    pub pieces: Vec<Piece>,
}

/// The elements of the directions of one operator; of a run none or all discarded states are active.
pub(super) fn corner(
    frame: &Frame,
    spin: Spin,
    old: (&Batch, &[&BlockTable<Spin>]),
    list: &[Direction],
) -> Result<Corner, LinalgError> {
    let Frame { device, dtype, vectors, turns, stop, .. } = *frame;
    let selection = Selection::Discarded;
    let hot = |d: &Direction| col_sector(turns, d).is_some_and(|s| s.kept() < s.active());
    let list: Vec<(usize, Direction)> = list
        .iter()
        .enumerate()
        .filter(|(_, direction)| !direction.adjoint && hot(direction))
        .map(|(number, direction)| (number, direction.clone()))
        .collect();
    let directions: Vec<Direction> = list.iter().map(|(_, direction)| direction.clone()).collect();
    let applied = apply(frame, spin, old, &directions, selection)?;
    let folded = fold(frame, &applied, &directions, selection)?;
    let (mut shapes, mut products, mut pieces) = (Vec::new(), Vec::new(), Vec::new());
    for ((number, direction), sources) in list.iter().zip(&folded.sources) {
        let (row, col) = (row_sector(turns, direction), col_sector(turns, direction));
        let (Some(row), Some(col)) = (row, col) else { continue };
        let starts = starts(col);
        for piece in pieces_of(spin, *number, direction, (row, col)) {
            let block = &row.blocks[piece.row_block];
            products.push(Product {
                a: Source { batch: 0, matrix: block.matrix },
                op_a: Op::Adjoint,
                a_window: Window {
                    row: piece.rows.0,
                    col: 0,
                    rows: piece.rows.1,
                    cols: block.parity.order,
                },
                b: sources[piece.row_block],
                op_b: Op::None,
                b_window: Window {
                    row: 0,
                    col: starts[piece.col_block] + piece.cols.0 - col.blocks[piece.col_block].kept,
                    rows: block.parity.order,
                    cols: piece.cols.1,
                },
                scale: 1.0,
                dest: shapes.len(),
                row: 0,
                col: 0,
            });
            shapes.push(Shape::new(piece.rows.1, piece.cols.1));
            pieces.push(piece);
        }
    }
    let sources = [vectors, &applied, &folded.batch];
    let batch = device.matmul(dtype, &shapes, &sources, &products, stop)?;
    Ok(Corner { batch, pieces })
}

/// Where each block's discarded states begin among those of the sector.
fn starts(sector: &Sector) -> Vec<usize> {
    let mut next = 0;
    let start = |block: &Block| {
        let start = next;
        next += block.active - block.kept;
        start
    };
    sector.blocks.iter().map(start).collect()
}

fn pieces_of(
    spin: Spin,
    direction: usize,
    ends: &Direction,
    (row, col): (&Sector, &Sector),
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // The operator maps the sector on itself: element (i, j) is (j, i).
    let symmetric = ends.row == ends.col;
    // Or on its image under F: element (i, j) is that of the images of (j, i), in the same direction.
    let self_image = ends.col.two_sz < 0;
    for (row_block, rows) in row.blocks.iter().enumerate() {
        for (col_block, cols) in col.blocks.iter().enumerate() {
            let mirrored = symmetric && col_block < row_block;
            if mirrored || !spin.connects(&rows.parity, &cols.parity) {
                continue;
            }
            let all = |block: &Block| (block.kept, block.active - block.kept);
            let whole = Piece {
                direction,
                row_block,
                col_block,
                rows: all(rows),
                cols: all(cols),
                both: !self_image,
            };
            if symmetric && row_block == col_block {
                triangle(&whole, &mut pieces);
            } else if 0 < whole.rows.1 * whole.cols.1 {
                pieces.push(whole);
            }
        }
    }
    pieces
}

/// Strips of a symmetric block: the square on the diagonal, in full, and what lies below it.
fn triangle(whole: &Piece, pieces: &mut Vec<Piece>) {
    let (first, count) = whole.cols;
    let strip = count.div_ceil(STRIPS).max(16);
    for start in (0..count).step_by(strip) {
        let len = strip.min(count - start);
        let square = (first + start, len);
        pieces.push(Piece { rows: square, cols: square, both: false, ..whole.clone() });
        let below = (first + start + len, count - start - len);
        if 0 < below.1 {
            pieces.push(Piece { rows: below, cols: square, both: true, ..whole.clone() });
        }
    }
}
