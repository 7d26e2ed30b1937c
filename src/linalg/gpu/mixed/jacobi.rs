//! Block Jacobi sweeps in f32 on nearly diagonal matrices whose diagonal is exact: the product of
//! the rotations, less 1, is left in `k`.
use super::super::device::Step;
use super::super::layout::Launch;
use super::super::recorder::Recorder;
use super::super::shaders::mixed_apply::BLOCK;
use super::super::shaders::{MIXED_APPLY, MIXED_APPLY_COMPLEX, MIXED_JACOBI, MIXED_JACOBI_COMPLEX};
use super::wave::Group;
use crate::linalg::LinalgError;

/// Sweeps of all pairs of blocks at most: random matrices take 5 to 9.
const MAX_SWEEPS: usize = 24;
/// As in the shader: what rotations so small leave behind is beyond f32.
const SMALL_TANGENT: f32 = 1.0 / 4096.0;

/// Diagonalizes the matrices of a group in `d` and `b`, as far as f32 reaches.
pub(super) fn jacobi(recorder: &mut Recorder<'_>, group: &Group<'_>) -> Result<(), LinalgError> {
    let mut left = group.jobs.clone();
    for _ in 0..MAX_SWEEPS {
        let part = Group::new(recorder.device, group.wave, left)?;
        let tangents = sweep(recorder, &part)?;
        left = part.jobs;
        let mut tangents = tangents.into_iter();
        left.retain(|job| {
            let small = tangents.next().is_none_or(|tangent| tangent <= SMALL_TANGENT);
            !small && 1 < rounds(job.order)
        });
        if left.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Rounds of the tournament of an even number of blocks; one pair needs no second sweep.
fn rounds(order: u32) -> u32 {
    order.div_ceil(2 * BLOCK) * 2 - 1
}

/// All pairs of blocks once; the largest tangent of each matrix.
fn sweep(recorder: &mut Recorder<'_>, group: &Group<'_>) -> Result<Vec<f32>, LinalgError> {
    let (device, wave) = (recorder.device, group.wave);
    let largest = device.storage("mixed.largest", 4 * group.jobs.len() as u64)?;
    recorder.push(Step::Clear { buffer: largest.clone() }, 0)?;
    let most = group.jobs.first().map_or(0, |job| rounds(job.order));
    let (pairs, applications) = (group.pairs(device)?, group.applications(device)?);
    for round in 0..most {
        let jobs = group.jobs.partition_point(|job| round < rounds(job.order));
        let launch = Launch { column: round, ..Launch::default() };
        let kernel = group.kernel(&MIXED_JACOBI, &MIXED_JACOBI_COMPLEX);
        let buffers = [&wave.d, &wave.b, &wave.tiles, &largest];
        group.launch_first(recorder, kernel, (&pairs, jobs), &buffers, launch)?;
        let kernel = group.kernel(&MIXED_APPLY, &MIXED_APPLY_COMPLEX);
        let buffers = [&wave.tiles, &wave.b, &wave.k];
        group.launch_first(recorder, kernel, (&applications, jobs), &buffers, launch)?;
    }
    recorder.finish()?;
    let mut tangents = vec![f32::NAN; group.jobs.len()];
    device.read(&largest, 0, bytemuck::cast_slice_mut(&mut tangents))?;
    Ok(tangents)
}
