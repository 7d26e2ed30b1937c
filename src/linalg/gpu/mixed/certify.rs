//! Residual and orthogonality of the mixed precision, measured in fixed-point numbers.
use super::super::eigh::ratios;
use super::super::layout::Launch;
use super::super::recorder::Recorder;
use super::super::shaders::mixed_products::{ADJOINT, DEFECT, HERMITIAN};
use super::super::shaders::{
    MIXED_DEFECTS, MIXED_DEFECTS_COMPLEX, MIXED_PRODUCTS, MIXED_PRODUCTS_COMPLEX,
};
use super::wave::{Group, Wave};
use crate::linalg::{LinalgError, Ratios};

/// What the matrix's conversion to fixed point (2^-56 an element) and the vectors' rounding to
/// doubles may add to a ratio.
const CONVERSIONS: f64 = 0.25;

/// LAPACK's ratios of every matrix, from `v` and `s`; `t` is used up.
pub(super) fn certify(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    norms: &[f64],
) -> Result<Vec<Ratios>, LinalgError> {
    let device = recorder.device;
    let group = Group::new(device, wave, wave.jobs.clone())?;
    let Wave { v, s, t, .. } = wave;
    let products = group.kernel(&MIXED_PRODUCTS, &MIXED_PRODUCTS_COMPLEX);
    let launch = Launch { mode: DEFECT | ADJOINT | HERMITIAN, ..Launch::default() };
    group.launch(recorder, products, &group.lower_tiles(device)?, &[v, v, v, t], launch)?;
    let rows = group.rows(device, 16)?;
    let parts = device.storage("mixed.norms", 8 * rows.tasks.len() as u64)?;
    let kernel = group.kernel(&MIXED_DEFECTS, &MIXED_DEFECTS_COMPLEX);
    group.launch(recorder, kernel, &rows, &[s, t, &parts], Launch::default())?;
    recorder.finish()?;
    let mut found = vec![[f32::NAN; 2]; rows.tasks.len()];
    device.read(&parts, 0, bytemuck::cast_slice_mut(&mut found))?;
    let mut sums = vec![[0.0; 2]; group.jobs.len()];
    for (task, part) in rows.tasks.iter().zip(found) {
        for (sum, part) in sums[task.job as usize].iter_mut().zip(part) {
            *sum += f64::from(part);
        }
    }
    let of = |((job, norm), [residual, orthogonality]): ((&super::layout::Job, &f64), [f64; 2])| {
        let measured = ratios(job.order as usize, residual, norm * norm, orthogonality);
        Ratios {
            residual: measured.residual + CONVERSIONS,
            orthogonality: measured.orthogonality + CONVERSIONS,
        }
    };
    Ok(wave.jobs.iter().zip(norms).zip(sums).map(of).collect())
}
