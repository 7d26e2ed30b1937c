//! Rounds of f32 rotations and exact products until a matrix is diagonal to f64's precision.
//!
//! A round takes B = V^H A V as its exact diagonal and a rest E in f32, diagonalizes it by
//! rotations in f32 (those that are small keep all their digits, and gaps of clusters are exact
//! differences), multiplies V by them, makes V orthonormal (Newton and Schulz), and forms B anew:
//! E becomes smaller by seven digits or so, whatever the spectrum.
use super::super::device::Step;
use super::super::layout::Launch;
use super::super::recorder::Recorder;
use super::super::shaders::mixed_products::{ADJOINT, DEFECT, HERMITIAN, ROOT, SUM};
use super::super::shaders::{
    MIXED_PRODUCTS, MIXED_PRODUCTS_COMPLEX, MIXED_RAISE, MIXED_RAISE_COMPLEX, MIXED_SPLIT,
    MIXED_SPLIT_COMPLEX,
};
use super::jacobi::jacobi;
use super::layout::Job;
use super::wave::{Group, Tasks, Wave};
use crate::linalg::LinalgError;

/// Two suffice after the first, three where the first was poor.
const MAX_ROUNDS: usize = 6;
/// Modes of `shaders/mixed_raise.wesl`.
const AS_IT_IS: u32 = 0;
const WITH_ONE: u32 = 1;

/// One matrix on its way.
#[derive(Debug, Clone, Copy)]
struct Progress {
    /// In the wave.
    index: usize,
    /// Frobenius norms of the matrix, in [1/2, 1), and of its rest.
    norm: f64,
    rest: f64,
}

impl Progress {
    /// Below 1 + sqrt(n)/4 units of n eps |A|: about what the products' own rounding leaves.
    fn done(&self, order: u32) -> bool {
        let n = f64::from(order);
        self.rest <= (1.0 + n.sqrt() / 4.0) * n * f64::EPSILON * self.norm
    }
}

/// Leaves vectors in `v`, V^H A V in `s` and its diagonal in `d`; `norms` as in [`Progress`].
pub(super) fn refine(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    norms: &[f64],
) -> Result<(), LinalgError> {
    let start = |index: usize| Progress { index, norm: norms[index], rest: norms[index] };
    let mut active: Vec<Progress> = (0..wave.jobs.len()).map(start).collect();
    for round in 0..=MAX_ROUNDS {
        let group = group_of(recorder, wave, &active)?;
        let rests = split(recorder, &group, if round == 0 { &wave.a } else { &wave.s })?;
        for (progress, rest) in active.iter_mut().zip(rests) {
            // No better than before: the products' own rounding, or a device that miscomputes.
            let stalled = 1 < round && progress.rest / 2.0 < rest;
            progress.rest = if stalled { 0.0 } else { rest };
        }
        if round != 0 {
            active.retain(|progress| !progress.done(wave.jobs[progress.index].order));
        }
        if active.is_empty() || round == MAX_ROUNDS {
            break;
        }
        let group = group_of(recorder, wave, &active)?;
        recorder.push(Step::Clear { buffer: wave.k.clone() }, 0)?;
        jacobi(recorder, &group)?;
        turn(recorder, &group, round)?;
    }
    Ok(())
}

/// Elements far below the rest's norm are left where they are: the next round has them.
fn group_of<'a>(
    recorder: &Recorder<'_>,
    wave: &'a Wave,
    active: &[Progress],
) -> Result<Group<'a>, LinalgError> {
    const LEAST: f64 = 1.0 / (1_u64 << 60) as f64;
    const SHARE: f64 = 1.0 / (1 << 23) as f64;
    let job = |progress: &Progress| {
        let job = wave.jobs[progress.index];
        let negligible = (SHARE * progress.rest / f64::from(job.order)).max(LEAST);
        Job { negligible: negligible as f32, ..job }
    };
    Group::new(recorder.device, wave, active.iter().map(job).collect())
}

/// `s` to diagonal and rest; Frobenius norms of the rests.
fn split(
    recorder: &mut Recorder<'_>,
    group: &Group<'_>,
    s: &wgpu::Buffer,
) -> Result<Vec<f64>, LinalgError> {
    let (device, wave) = (recorder.device, group.wave);
    let rows = group.rows(device, 8)?;
    let norms = device.storage("mixed.norms", 4 * rows.tasks.len() as u64)?;
    let kernel = group.kernel(&MIXED_SPLIT, &MIXED_SPLIT_COMPLEX);
    let buffers = [s, &wave.d, &wave.b, &norms];
    group.launch(recorder, kernel, &rows, &buffers, Launch::default())?;
    Ok(sums(recorder, &rows, &norms, group.jobs.len())?.into_iter().map(f64::sqrt).collect())
}

/// Sums of one f32 per task, by job.
pub(super) fn sums(
    recorder: &mut Recorder<'_>,
    tasks: &Tasks,
    parts: &wgpu::Buffer,
    jobs: usize,
) -> Result<Vec<f64>, LinalgError> {
    recorder.finish()?;
    let mut found = vec![f32::NAN; tasks.tasks.len()];
    recorder.device.read(parts, 0, bytemuck::cast_slice_mut(&mut found))?;
    let mut sums = vec![0.0; jobs];
    for (task, part) in tasks.tasks.iter().zip(found) {
        sums[task.job as usize] += f64::from(part);
    }
    Ok(sums)
}

/// V := V (1 + K), orthonormal; S := V^H A V.
fn turn(recorder: &mut Recorder<'_>, group: &Group<'_>, round: usize) -> Result<(), LinalgError> {
    let device = recorder.device;
    let Wave { a, v, w, s, t, k, .. } = group.wave;
    let (tiles, lower) = (group.tiles(device)?, group.lower_tiles(device)?);
    let rows = group.rows(device, 4)?;
    let raise = group.kernel(&MIXED_RAISE, &MIXED_RAISE_COMPLEX);
    let products = group.kernel(&MIXED_PRODUCTS, &MIXED_PRODUCTS_COMPLEX);
    let of = |mode: u32| Launch { mode, ..Launch::default() };
    if round == 0 {
        group.launch(recorder, raise, &rows, &[k, w], of(WITH_ONE))?;
    } else {
        group.launch(recorder, raise, &rows, &[k, t], of(AS_IT_IS))?;
        group.launch(recorder, products, &tiles, &[v, t, v, w], of(SUM))?;
    }
    // (1 - E)^(-1/2) = 1 + E/2 + 3 E^2/8 + ..., and E is of the order of 1e-6.
    group.launch(recorder, products, &lower, &[w, w, w, s], of(DEFECT | ADJOINT | HERMITIAN))?;
    group.launch(recorder, products, &lower, &[s, s, s, t], of(ROOT | HERMITIAN))?;
    group.launch(recorder, products, &tiles, &[w, t, w, v], of(SUM))?;
    group.launch(recorder, products, &tiles, &[a, v, v, t], of(0))?;
    group.launch(recorder, products, &lower, &[v, t, t, s], of(ADJOINT | HERMITIAN))
}
