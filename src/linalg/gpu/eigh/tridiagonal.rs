//! Launches `shaders/reflect.wesl` and `shaders/update.wesl`: A = Q T Q^H with Q a product of
//! reflectors, in panels of 32 columns (LAPACK's sytrd with latrd; Dongarra, Hammarling, Sorensen
//! 1989). Two dispatches per column for all matrices of the wave, and a product per panel.
use super::super::layout::{Launch, Product};
use super::super::matmul::matmul;
use super::super::plan::{self, View};
use super::super::recorder::Recorder;
use super::super::shaders::compact_wy::PANEL;
use super::super::shaders::update::{MAKES_COLUMN, MAKES_W};
use super::super::shaders::{REFLECT, REFLECT_COMPLEX, UPDATE, UPDATE_COMPLEX};
use super::wave::Wave;
use crate::linalg::{LinalgError, Shape};

/// Leaves reflectors in `v` and `columns` (tau), T in `reals`; `a` is used up.
pub(super) fn reduce(recorder: &mut Recorder<'_>, wave: &Wave) -> Result<(), LinalgError> {
    let buffers = [
        &wave.job_buffer,
        &wave.task_buffer,
        &wave.a,
        &wave.v,
        &wave.w,
        &wave.columns,
        &wave.reals,
        &wave.parts,
    ];
    let reflect = recorder.device.bind(wave.kernel(&REFLECT, &REFLECT_COMPLEX), &buffers)?;
    let update = recorder.device.bind(wave.kernel(&UPDATE, &UPDATE_COMPLEX), &buffers)?;
    let reflect_works = wave.works(2);
    // Eight operations for each of a panel's columns and each row, twice.
    let update_works = vec![16 * wave.factor() * u64::from(PANEL * PANEL); wave.tasks.len()];
    let largest = wave.items.first().map_or(0, |item| item.order);
    for first in (0..largest).step_by(PANEL as usize) {
        let end = largest.min(first + PANEL as usize);
        for column in first..end {
            let mode = if first < column { MAKES_COLUMN | MAKES_W } else { MAKES_COLUMN };
            let launch =
                Launch { column: column as u32, panel: first as u32, mode, ..Launch::default() };
            recorder.tasks(&update, &update_works[..wave.tasks_above(column)], launch)?;
            recorder.tasks(&reflect, &reflect_works[..wave.tasks_above(column + 1)], launch)?;
        }
        if end < largest {
            let (column, panel) = (end as u32, first as u32);
            let launch = Launch { column, panel, mode: MAKES_W, ..Launch::default() };
            recorder.tasks(&update, &update_works[..wave.tasks_above(end)], launch)?;
            let (v_w, w_v) = rank_updates(wave, first, end);
            matmul(recorder, wave.dtype, (&wave.v, &wave.w, &wave.a), &v_w)?;
            matmul(recorder, wave.dtype, (&wave.w, &wave.v, &wave.a), &w_v)?;
        }
    }
    Ok(())
}

/// A -= V W^H and A -= W V^H, on what is right of and below the panel.
fn rank_updates(wave: &Wave, first: usize, end: usize) -> (Vec<Product>, Vec<Product>) {
    let (mut v_w, mut w_v) = (Vec::new(), Vec::new());
    let width = end - first;
    for job in wave.jobs.iter().filter(|job| end < job.order as usize) {
        let n = job.order as usize;
        let rest = n - end;
        // Both are stored as rows: as columns they are transposed, not conjugated.
        let rows = |first: u32| View::new(first, Shape::new(width, n)).window(0, end, width, rest);
        let v = rows(job.first + (first * n) as u32);
        let w = rows(job.panel_first);
        let out = View::new(job.first, Shape::square(n)).window(end, end, rest, rest);
        let as_columns = |view: View| View { conjugate: false, ..view.adjoint() };
        let conjugated = |view: View| View { conjugate: true, ..view };
        v_w.push(plan::product(as_columns(v), conjugated(w), out, -1.0));
        w_v.push(plan::product(as_columns(w), conjugated(v), out, -1.0));
    }
    (v_w, w_v)
}
