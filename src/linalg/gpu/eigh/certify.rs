//! Residual and orthogonality of the blocked path, measured on the device.
use super::super::device::Step;
use super::super::layout::{LargeJob, Launch, Product};
use super::super::matmul::matmul;
use super::super::plan::{self, View};
use super::super::recorder::Recorder;
use super::super::shaders::defects::{GRAM, RESIDUAL};
use super::super::shaders::{DEFECTS, DEFECTS_COMPLEX};
use super::wave::Wave;
use crate::linalg::check::Ratios;
use crate::linalg::{LinalgError, Shape};

/// Mode of `shaders/defects.wesl` that subtracts nothing.
const NORM: u32 = 0;

/// LAPACK's ratios of every matrix, of its wanted vectors; `a` and `v` are used up, `z` holds the
/// vectors.
pub(super) fn certify(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    source: &wgpu::Buffer,
    values: &[Vec<f64>],
) -> Result<Vec<Ratios>, LinalgError> {
    let flat: Vec<f64> = values.iter().flatten().copied().collect();
    let values = recorder.device.records("certify.values", &flat)?;
    wave.prepare(recorder, source)?;
    let norm = sums(recorder, wave, &values, &wave.a, NORM)?;
    // v := A Z
    recorder.push(Step::Clear { buffer: wave.v.clone() }, 0)?;
    let plain = products(wave, |whole, [column, columns]| {
        let z = whole.window(0, column, whole.shape.rows, columns);
        plan::product(whole, z, z, 1.0)
    });
    matmul(recorder, wave.dtype, (&wave.a, &wave.z, &wave.v), &plain)?;
    let residual = sums(recorder, wave, &values, &wave.v, RESIDUAL)?;
    // v := Z^H Z
    recorder.push(Step::Clear { buffer: wave.v.clone() }, 0)?;
    let gram = products(wave, |whole, [column, columns]| {
        let z = whole.window(0, column, whole.shape.rows, columns);
        plan::product(z.adjoint(), z, whole.window(column, column, columns, columns), 1.0)
    });
    matmul(recorder, wave.dtype, (&wave.z, &wave.z, &wave.v), &gram)?;
    let orthogonality = sums(recorder, wave, &values, &wave.v, GRAM)?;
    recorder.finish()?;
    let (norm, residual, orthogonality) = (
        by_job(recorder, wave, &norm)?,
        by_job(recorder, wave, &residual)?,
        by_job(recorder, wave, &orthogonality)?,
    );
    let ratios = (0..wave.items.len())
        .map(|k| super::ratios(wave.items[k].order, residual[k], norm[k], orthogonality[k]));
    Ok(ratios.collect())
}

/// Squared Frobenius norm of every scaled matrix; `a` is filled anew.
pub(super) fn norms(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    source: &wgpu::Buffer,
) -> Result<Vec<f64>, LinalgError> {
    wave.prepare(recorder, source)?;
    let values = recorder.device.records("certify.values", &[0.0_f64])?;
    let norms = sums(recorder, wave, &values, &wave.a, NORM)?;
    recorder.finish()?;
    by_job(recorder, wave, &norms)
}

/// For every matrix of which vectors are wanted: `product` of the whole view and of the first and the
/// number of its wanted columns.
fn products(wave: &Wave, product: impl Fn(View, [usize; 2]) -> Product) -> Vec<Product> {
    let one = |job: &LargeJob| {
        let wanted = wave.wanted(job);
        let whole = View::new(job.first, Shape::square(job.order as usize));
        (!wanted.is_empty()).then(|| product(whole, [wanted.start, wanted.len()]))
    };
    wave.jobs.iter().filter_map(one).collect()
}

/// One sum for each task.
fn sums(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    values: &wgpu::Buffer,
    x: &wgpu::Buffer,
    mode: u32,
) -> Result<wgpu::Buffer, LinalgError> {
    let device = recorder.device;
    let norms = device.storage("certify.norms", 8 * wave.tasks.len() as u64)?;
    let buffers = [&wave.job_buffer, &wave.task_buffer, values, x, &wave.z, &norms];
    let bound = device.bind(wave.kernel(&DEFECTS, &DEFECTS_COMPLEX), &buffers)?;
    let [column, end_column] = if mode == NORM { [0, u32::MAX] } else { wave.wanted_columns() };
    let launch = Launch { column, end_column, mode, ..Launch::default() };
    recorder.tasks(&bound, &wave.works(4), launch)?;
    Ok(norms)
}

fn by_job(
    recorder: &Recorder<'_>,
    wave: &Wave,
    norms: &wgpu::Buffer,
) -> Result<Vec<f64>, LinalgError> {
    let mut parts = vec![f64::NAN; wave.tasks.len()];
    recorder.device.read(norms, 0, bytemuck::cast_slice_mut(&mut parts))?;
    let mut sums = vec![0.0; wave.jobs.len()];
    for (task, part) in wave.tasks.iter().zip(parts) {
        sums[task.job as usize] += part;
    }
    Ok(sums)
}
