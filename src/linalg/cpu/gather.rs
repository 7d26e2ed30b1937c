//! `gather`: matrices put together from windows of others. Bound by memory, hence plain loops over
//! rows that the compiler turns into vector code.
use super::operands::{self, Operands};
use super::pool::{Job, Threads};
use crate::linalg::element::Element;
use crate::linalg::{Diagonal, LinalgError, Map, Op, Placement, Ragged, Shape, Window};
use crate::stop::Never;

pub(super) fn gather<T: Element>(
    threads: &Threads,
    shapes: &[Shape],
    sources: &Operands<'_, T>,
    placements: &[Placement],
    diagonals: &[Diagonal],
) -> Result<Ragged<T>, LinalgError> {
    operands::check_size::<T>(shapes)?;
    for (index, placement) in placements.iter().enumerate() {
        check_placement(index, placement, shapes, sources)?;
    }
    for (index, diagonal) in diagonals.iter().enumerate() {
        check_diagonal(index, diagonal, shapes)?;
    }
    let mut dest = Ragged::<T>::zeros(shapes);
    let placements = operands::by_dest(shapes.len(), placements, |placement| placement.dest);
    let diagonals = operands::by_dest(shapes.len(), diagonals, |diagonal| diagonal.dest);
    let mut jobs = Vec::with_capacity(shapes.len());
    for (index, elements) in dest.split_mut().into_iter().enumerate() {
        let placed: usize = placements[index].iter().map(|one| area(&one.window)).sum();
        let cost = 4 * placed as u64 + elements.len() as u64;
        if !placements[index].is_empty() || !diagonals[index].is_empty() {
            jobs.push(Job { index, cost, work: elements });
        }
    }
    threads.run(jobs, &Never, |index, elements: &mut [T]| {
        let cols = shapes[index].cols;
        for diagonal in &diagonals[index] {
            for &(i, value) in &diagonal.entries {
                elements[i as usize * (cols + 1)] += T::from_real(value);
            }
        }
        for placement in &placements[index] {
            place(elements, cols, placement, sources);
        }
        Ok(())
    })?;
    Ok(dest)
}

fn area(window: &Window) -> usize {
    window.rows * window.cols
}

fn check_placement<T: Element>(
    index: usize,
    placement: &Placement,
    shapes: &[Shape],
    sources: &Operands<'_, T>,
) -> Result<(), LinalgError> {
    sources.check_window(index, placement.source, placement.op, &placement.window)?;
    let dest = operands::dest_shape(index, placement.dest, shapes)?;
    let fits = map_fits(&placement.rows, placement.window.rows, dest.rows)
        && map_fits(&placement.cols, placement.window.cols, dest.cols);
    if fits {
        return Ok(());
    }
    Err(LinalgError::Shape {
        index,
        rows: placement.window.rows,
        cols: placement.window.cols,
        expected: format!("a placement inside a destination of {} x {}", dest.rows, dest.cols),
    })
}

fn map_fits(map: &Map, count: usize, limit: usize) -> bool {
    match map {
        Map::Shift(first) => first.checked_add(count).is_some_and(|end| end <= limit),
        Map::Table { table, start } => {
            let Some(end) = start.checked_add(count) else { return false };
            let Some(entries) = table.get(*start..end) else { return false };
            entries.iter().all(|&(to, _)| to == Map::NOWHERE || (to as usize) < limit)
        }
    }
}

fn check_diagonal(index: usize, diagonal: &Diagonal, shapes: &[Shape]) -> Result<(), LinalgError> {
    let dest = operands::dest_shape(index, diagonal.dest, shapes)?;
    let limit = dest.rows.min(dest.cols);
    for &(i, _) in &diagonal.entries {
        if limit <= i as usize {
            return Err(LinalgError::Shape {
                index,
                rows: dest.rows,
                cols: dest.cols,
                expected: format!("a diagonal element {i}"),
            });
        }
    }
    Ok(())
}

/// Where the columns of a window go.
#[derive(Clone, Copy)]
enum Cols<'a> {
    Shift(usize),
    Table(&'a [(u32, f64)]),
}

/// Adds one window (checked before).
fn place<T: Element>(
    dest: &mut [T],
    dest_cols: usize,
    placement: &Placement,
    sources: &Operands<'_, T>,
) {
    let window = &placement.window;
    let source = sources.matrix(placement.source);
    let source_cols = sources.shape(placement.source).cols;
    let cols = match &placement.cols {
        Map::Shift(first) => Cols::Shift(*first),
        Map::Table { table, start } => Cols::Table(&table[*start..start + window.cols]),
    };
    if placement.op == Op::Adjoint {
        return place_adjoint(dest, dest_cols, placement, cols, source, source_cols);
    }
    for i in 0..window.rows {
        let Some((row, factor)) = target(&placement.rows, i) else { continue };
        let line = &source[(window.row + i) * source_cols + window.col..][..window.cols];
        let to = &mut dest[row * dest_cols..][..dest_cols];
        add_line(to, cols, 0, placement.scale * factor, line);
    }
}

/// Row and factor for row `i` of a window, unless it is dropped.
fn target(map: &Map, i: usize) -> Option<(usize, f64)> {
    match map {
        Map::Shift(first) => Some((first + i, 1.0)),
        Map::Table { table, start } => {
            let (to, factor) = table[start + i];
            (to != Map::NOWHERE).then_some((to as usize, factor))
        }
    }
}

/// The window of the conjugate transpose, in tiles: a tile is read along the source's rows and
/// written along the destination's, so both stay in cache.
fn place_adjoint<T: Element>(
    dest: &mut [T],
    dest_cols: usize,
    placement: &Placement,
    cols: Cols<'_>,
    source: &[T],
    source_cols: usize,
) {
    const TILE: usize = 32;
    let window = &placement.window;
    let mut tile = [[T::default(); TILE]; TILE];
    for first_i in (0..window.rows).step_by(TILE) {
        let n_i = TILE.min(window.rows - first_i);
        for first_j in (0..window.cols).step_by(TILE) {
            let n_j = TILE.min(window.cols - first_j);
            for j in 0..n_j {
                let start = (window.col + first_j + j) * source_cols + window.row + first_i;
                for (i, element) in source[start..start + n_i].iter().enumerate() {
                    tile[i][j] = element.conjugate();
                }
            }
            for (i, line) in tile[..n_i].iter().enumerate() {
                let Some((row, factor)) = target(&placement.rows, first_i + i) else { continue };
                let to = &mut dest[row * dest_cols..][..dest_cols];
                add_line(to, cols, first_j, placement.scale * factor, &line[..n_j]);
            }
        }
    }
}

/// Adds `factor * line` to columns `first..` of a window, in a destination row.
fn add_line<T: Element>(to: &mut [T], cols: Cols<'_>, first: usize, factor: f64, line: &[T]) {
    match cols {
        Cols::Shift(shift) => {
            let to = &mut to[shift + first..][..line.len()];
            for (to, &element) in to.iter_mut().zip(line) {
                *to += element * factor;
            }
        }
        Cols::Table(table) => {
            for (&(col, col_factor), &element) in table[first..].iter().zip(line) {
                if col != Map::NOWHERE {
                    to[col as usize] += element * (factor * col_factor);
                }
            }
        }
    }
}
