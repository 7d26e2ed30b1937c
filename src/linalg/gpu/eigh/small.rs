//! Launches `shaders/eigh_small.wesl`: orders up to 32, one workgroup per matrix.
use super::super::device::OpenDevice;
use super::super::layout::{Launch, SmallJob, SmallOutcome};
use super::super::recorder::Recorder;
use super::super::shaders::{EIGH_SMALL, EIGH_SMALL_COMPLEX};
use super::{Item, Solution, certified, ratios};
use crate::linalg::{Dtype, LinalgError};
use crate::stop::Stop;

/// Floating-point operations of a real matrix: some 8 sweeps of 8 n^3, and the certificate.
fn work(order: usize, dtype: Dtype) -> u64 {
    let factor = if dtype == Dtype::F64 { 1 } else { 4 };
    factor * (70 * (order as u64).pow(3) + 1000)
}

/// Solves `items` of the source buffer; their vectors go to the same places of the other.
pub(super) fn solve(
    device: &OpenDevice,
    dtype: Dtype,
    items: &[Item],
    (source, vectors): (&wgpu::Buffer, &wgpu::Buffer),
    solutions: &mut [Solution],
    stop: &dyn Stop,
) -> Result<(), LinalgError> {
    if items.is_empty() {
        return Ok(());
    }
    let (mut jobs, mut works, mut n_values) = (Vec::new(), Vec::new(), 0);
    for item in items {
        let (factor_a, factor_b) = item.scale.factors();
        let order = item.order as u32;
        jobs.push(SmallJob {
            first: item.first,
            order,
            first_value: n_values,
            unused: 0,
            factor_a,
            factor_b,
        });
        works.push(work(item.order, dtype));
        n_values += order;
    }
    let kernel = if dtype == Dtype::F64 { &EIGH_SMALL } else { &EIGH_SMALL_COMPLEX };
    let job_buffer = device.records("eigh_small.jobs", &jobs)?;
    let mut outcomes = vec![SmallOutcome::default(); items.len()];
    let values_buffer = device.storage("eigh_small.values", 8 * u64::from(n_values))?;
    let outcome_buffer = device.records("eigh_small.outcomes", &outcomes)?;
    let buffers = [&job_buffer, source, &values_buffer, vectors, &outcome_buffer];
    let bound = device.bind(kernel, &buffers)?;
    let mut recorder = Recorder::new(device, stop);
    recorder.tasks(&bound, &works, Launch::default())?;
    recorder.finish()?;
    let mut values = vec![f64::NAN; n_values as usize];
    device.read(&values_buffer, 0, bytemuck::cast_slice_mut(&mut values))?;
    device.read(&outcome_buffer, 0, bytemuck::cast_slice_mut(&mut outcomes))?;
    for ((item, job), outcome) in items.iter().zip(&jobs).zip(&outcomes) {
        let ratios = ratios(item.order, outcome.residual, outcome.norm, outcome.orthogonality);
        let first = job.first_value as usize;
        solutions[item.index] = Solution {
            values: values[first..first + item.order].to_vec(),
            ratios,
            certified: outcome.converged == 1 && certified(&ratios),
        };
    }
    Ok(())
}
