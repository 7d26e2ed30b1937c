//! Launches `shaders/gather.wesl` and `shaders/diagonal.wesl`.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::batch::GpuBatch;
use super::device::OpenDevice;
use super::injective::injective;
use super::layout::{DiagonalEntry, GatherPlacement, GatherTarget, GatherTask, Launch};
use super::recorder::Recorder;
use super::shaders::gather::{SHIFT, TILE};
use super::shaders::{
    DIAGONAL, DIAGONAL_COMPLEX, GATHER, GATHER_COMPLEX, MIXED_DIAGONAL, MIXED_DIAGONAL_COMPLEX,
    MIXED_GATHER, MIXED_GATHER_COMPLEX, diagonal,
};
use super::{operands, view};
use crate::linalg::{Diagonal, Dtype, LinalgError, Map, Op, Placement, Shape};
use crate::stop::Never;

pub(super) fn gather(
    device: &OpenDevice,
    dtype: Dtype,
    shapes: &[Shape],
    sources: &[&GpuBatch],
    placements: &[Placement],
    diagonals: &[Diagonal],
) -> Result<GpuBatch, LinalgError> {
    for (index, placement) in placements.iter().enumerate() {
        check_placement(index, placement, shapes, sources)?;
    }
    for (index, diagonal) in diagonals.iter().enumerate() {
        check_diagonal(index, diagonal, shapes)?;
    }
    let dest = GpuBatch::new(device, "gather", dtype, shapes.to_vec())?;
    let mut recorder = Recorder::new(device, &Never);
    add_diagonals(&mut recorder, &dest, diagonals)?;
    add_placements(&mut recorder, &dest, sources, placements)?;
    recorder.finish()?;
    Ok(dest)
}

fn check_placement(
    index: usize,
    placement: &Placement,
    shapes: &[Shape],
    sources: &[&GpuBatch],
) -> Result<(), LinalgError> {
    let window = &placement.window;
    operands::check_window(sources, index, placement.source, placement.op, window)?;
    let dest = operands::dest_shape(index, placement.dest, shapes)?;
    if operands::map_fits(&placement.rows, window.rows, dest.rows)
        && operands::map_fits(&placement.cols, window.cols, dest.cols)
    {
        return Ok(());
    }
    Err(LinalgError::Shape {
        index,
        rows: window.rows,
        cols: window.cols,
        expected: format!("a placement inside a destination of {} x {}", dest.rows, dest.cols),
    })
}

fn check_diagonal(index: usize, diagonal: &Diagonal, shapes: &[Shape]) -> Result<(), LinalgError> {
    let dest = operands::dest_shape(index, diagonal.dest, shapes)?;
    let limit = dest.rows.min(dest.cols);
    match diagonal.entries.iter().find(|(i, _)| limit <= *i as usize) {
        None => Ok(()),
        Some((i, _)) => Err(LinalgError::Shape {
            index,
            rows: dest.rows,
            cols: dest.cols,
            expected: format!("a diagonal element {i}"),
        }),
    }
}

/// Entries for the same element are added up first: the kernel meets each element once.
fn add_diagonals(
    recorder: &mut Recorder<'_>,
    dest: &GpuBatch,
    diagonals: &[Diagonal],
) -> Result<(), LinalgError> {
    let mut sums: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); dest.buffers.len()];
    for diagonal in diagonals {
        let (slab, place) = view(dest, diagonal.dest);
        for &(i, value) in &diagonal.entries {
            *sums[slab].entry(place.first + i * (place.row + 1)).or_insert(0.0) += value;
        }
    }
    let kernel = match (dest.dtype(), recorder.device.mixed) {
        (Dtype::F64, false) => &DIAGONAL,
        (Dtype::C128, false) => &DIAGONAL_COMPLEX,
        (Dtype::F64, true) => &MIXED_DIAGONAL,
        (Dtype::C128, true) => &MIXED_DIAGONAL_COMPLEX,
    };
    for (buffer, sums) in dest.buffers.iter().zip(sums) {
        let entries: Vec<DiagonalEntry> =
            sums.into_iter().map(|(at, value)| DiagonalEntry { at, unused: 0, value }).collect();
        if entries.is_empty() {
            continue;
        }
        let entry_buffer = recorder.device.records("diagonal.entries", &entries)?;
        let bound = recorder.device.bind(kernel, &[&entry_buffer, buffer])?;
        let groups = entries.len().div_ceil(diagonal::WIDTH as usize);
        recorder.dispatch(&bound, Launch::all(groups), entries.len() as u64)?;
    }
    Ok(())
}

/// Placements between two buffers, in rounds that write to no destination twice.
fn add_placements(
    recorder: &mut Recorder<'_>,
    dest: &GpuBatch,
    sources: &[&GpuBatch],
    placements: &[Placement],
) -> Result<(), LinalgError> {
    let placements = &injective(placements);
    let mut maps = Maps::default();
    let rounds =
        operands::rounds(placements.iter().map(|placement| placement.dest), dest.shapes().len());
    let mut launches: BTreeMap<(usize, usize, usize, usize), Vec<GatherPlacement>> =
        BTreeMap::new();
    for (placement, round) in placements.iter().zip(rounds) {
        if placement.window.rows == 0 || placement.window.cols == 0 {
            continue;
        }
        let batch = placement.source.batch;
        let (source_slab, whole) = view(sources[batch], placement.source.matrix);
        let (dest_slab, to) = view(dest, placement.dest);
        let turned = if placement.op == Op::None { whole } else { whole.adjoint() };
        let w = &placement.window;
        let from = turned.window(w.row, w.col, w.rows, w.cols);
        let (row_map, row_shift) = maps.place(&placement.rows);
        let (col_map, col_shift) = maps.place(&placement.cols);
        launches.entry((round, batch, source_slab, dest_slab)).or_default().push(GatherPlacement {
            rows: w.rows as u32,
            cols: w.cols as u32,
            source_first: from.first,
            source_row: from.row,
            source_col: from.col,
            conjugate: u32::from(from.conjugate),
            dest_first: to.first,
            dest_row: to.row,
            row_map,
            row_shift,
            col_map,
            col_shift,
            scale: placement.scale,
        });
    }
    if maps.targets.is_empty() {
        maps.targets.push(GatherTarget { to: 0, unused: 0, factor: 0.0 });
    }
    let map_buffer = recorder.device.records("gather.maps", &maps.targets)?;
    for ((_, batch, source_slab, dest_slab), placements) in launches {
        let from = &sources[batch].buffers[source_slab];
        launch(recorder, dest.dtype(), (&map_buffer, from, &dest.buffers[dest_slab]), &placements)?;
    }
    Ok(())
}

/// Placements between two buffers that do not overlap.
pub(super) fn launch(
    recorder: &mut Recorder<'_>,
    dtype: Dtype,
    (maps, source, dest): (&wgpu::Buffer, &wgpu::Buffer, &wgpu::Buffer),
    placements: &[GatherPlacement],
) -> Result<(), LinalgError> {
    let mut tasks = Vec::new();
    for (index, placement) in placements.iter().enumerate() {
        for row in (0..placement.rows).step_by(TILE as usize) {
            for col in (0..placement.cols).step_by(TILE as usize) {
                tasks.push(GatherTask { placement: index as u32, row, col });
            }
        }
    }
    if tasks.is_empty() {
        return Ok(());
    }
    let works = vec![u64::from(4 * TILE * TILE); tasks.len()];
    let device = recorder.device;
    let kernel = match (dtype, device.mixed) {
        (Dtype::F64, false) => &GATHER,
        (Dtype::C128, false) => &GATHER_COMPLEX,
        (Dtype::F64, true) => &MIXED_GATHER,
        (Dtype::C128, true) => &MIXED_GATHER_COMPLEX,
    };
    let task_buffer = device.records("gather.tasks", &tasks)?;
    let placement_buffer = device.records("gather.placements", placements)?;
    let bound = device.bind(kernel, &[&task_buffer, &placement_buffer, maps, source, dest])?;
    recorder.tasks(&bound, &works, Launch::default())
}

/// Tables of all maps, each sent once.
#[derive(Default)]
struct Maps {
    targets: Vec<GatherTarget>,
    known: HashMap<*const (u32, f64), u32>,
}

impl Maps {
    /// Where a map begins among the targets, and its shift.
    fn place(&mut self, map: &Map) -> (u32, u32) {
        match map {
            Map::Shift(first) => (SHIFT, *first as u32),
            Map::Table { table, start } => {
                let targets = &mut self.targets;
                let first = *self.known.entry(Arc::as_ptr(table).cast()).or_insert_with(|| {
                    let first = targets.len() as u32;
                    let of = |&(to, factor): &(u32, f64)| GatherTarget { to, unused: 0, factor };
                    targets.extend(table.iter().map(of));
                    first
                });
                (first + *start as u32, 0)
            }
        }
    }
}
