//! Orders above 32: tridiagonalization, divide and conquer, back-transformation, certificate.
use std::ops::Range;

use super::super::batch::bytes_of;
use super::super::device::{OpenDevice, Step};
use super::super::recorder::Recorder;
use super::wave::{self, Wave};
use super::{Item, Solution, back, bisect, certified, certify, conquer, sturm, tridiagonal};
use crate::linalg::check::Ratios;
use crate::linalg::{Dtype, LinalgError};
use crate::stop::Stop;

/// Solves `items` of the source buffer; their vectors, if there is a buffer for them, go to the same
/// places there. Columns that are not `wanted` hold nothing, and no ratio counts them.
pub(super) fn solve(
    device: &OpenDevice,
    dtype: Dtype,
    mut items: Vec<Item>,
    wanted: &Range<usize>,
    (source, vectors): (&wgpu::Buffer, Option<&wgpu::Buffer>),
    solutions: &mut [Solution],
    stop: &dyn Stop,
) -> Result<(), LinalgError> {
    items.sort_by_key(|item| std::cmp::Reverse(item.order));
    for items in wave::cut(device, dtype, &items) {
        let mut wave = Wave::new(device, dtype, items, wanted.clone())?;
        let mut recorder = Recorder::new(device, stop);
        wave.prepare(&mut recorder, source)?;
        tridiagonal::reduce(&mut recorder, &wave)?;
        let Some(vectors) = vectors else {
            let values = bisect::values(&mut recorder, &wave)?;
            let passed = sturm::check(&mut recorder, &wave, source, &values)?;
            for ((item, values), certified) in wave.items.iter().zip(values).zip(passed) {
                let ratios = Ratios::default();
                solutions[item.index] = Solution { values, ratios, certified };
            }
            continue;
        };
        let values = conquer::conquer(&mut recorder, &mut wave, stop)?;
        back::back(&mut recorder, &wave)?;
        copy_vectors(&mut recorder, &wave, vectors)?;
        let ratios = certify::certify(&mut recorder, &wave, source, &values)?;
        for ((item, values), ratios) in wave.items.iter().zip(values).zip(ratios) {
            solutions[item.index] = Solution { values, certified: certified(&ratios), ratios };
        }
    }
    Ok(())
}

fn copy_vectors(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    vectors: &wgpu::Buffer,
) -> Result<(), LinalgError> {
    let bytes = bytes_of(wave.dtype);
    for (item, job) in wave.items.iter().zip(&wave.jobs) {
        let step = Step::Copy {
            from: wave.z.clone(),
            from_bytes: u64::from(job.first) * bytes,
            to: vectors.clone(),
            to_bytes: u64::from(item.first) * bytes,
            bytes: (item.order as u64).pow(2) * bytes,
        };
        recorder.push(step, 0)?;
    }
    Ok(())
}
