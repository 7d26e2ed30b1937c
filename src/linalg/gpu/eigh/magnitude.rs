//! Launches `shaders/magnitude.wesl`: the power of two by which each matrix is scaled.
use super::super::batch::{GpuBatch, bytes_of};
use super::super::device::{OpenDevice, Step};
use super::super::layout::{Launch, MagnitudeJob, RowTask};
use super::super::recorder::Recorder;
use super::super::shaders::MAGNITUDE;
use super::super::shaders::magnitude::ROWS;
use crate::linalg::LinalgError;
use crate::linalg::scale::PowerOfTwo;
use crate::stop::Stop;

/// Upper half of the smallest normal double.
const NORMAL: u32 = 0x0010_0000;
/// Upper half of infinity.
const INFINITE: u32 = 0x7ff0_0000;

/// `None` for a matrix whose largest element is subnormal (zero is not). Errors: an infinity or NaN, named by the first matrix that has one.
pub(super) fn scales(
    device: &OpenDevice,
    batch: &GpuBatch,
    stop: &dyn Stop,
) -> Result<Vec<Option<PowerOfTwo>>, LinalgError> {
    let mut largest = vec![0_u32; batch.shapes().len()];
    for slab in 0..batch.buffers.len() {
        let of_slab = |index: &usize| {
            batch.slabs.places[*index].slab == slab && !batch.shapes()[*index].is_empty()
        };
        let indices: Vec<usize> = (0..batch.shapes().len()).filter(of_slab).collect();
        let found = largest_of(device, batch, slab, &indices, stop)?;
        for (index, found) in indices.into_iter().zip(found) {
            largest[index] = found;
        }
    }
    let mut scales = Vec::with_capacity(largest.len());
    for (index, &upper) in largest.iter().enumerate() {
        if INFINITE <= upper {
            return Err(LinalgError::NotFinite { index });
        }
        let value = f64::from_bits(u64::from(upper & !1) << 32);
        let fit = NORMAL <= upper || upper == 0;
        scales.push(fit.then(|| PowerOfTwo::normalizing(value)));
    }
    Ok(scales)
}

fn largest_of(
    device: &OpenDevice,
    batch: &GpuBatch,
    slab: usize,
    indices: &[usize],
    stop: &dyn Stop,
) -> Result<Vec<u32>, LinalgError> {
    if indices.is_empty() {
        return Ok(Vec::new());
    }
    let parts = (bytes_of(batch.dtype()) / 8) as u32;
    let (mut jobs, mut tasks, mut works) = (Vec::new(), Vec::new(), Vec::new());
    for &index in indices {
        let order = batch.shapes()[index].rows as u32;
        let job = jobs.len() as u32;
        jobs.push(MagnitudeJob { first: batch.slabs.places[index].first * parts, order, parts });
        for row in (0..order).step_by(ROWS as usize) {
            tasks.push(RowTask { job, row });
            works.push(u64::from(ROWS * order * parts));
        }
    }
    let job_buffer = device.records("magnitude.jobs", &jobs)?;
    let task_buffer = device.records("magnitude.tasks", &tasks)?;
    let largest = device.storage("magnitude.largest", 4 * indices.len() as u64)?;
    let bound =
        device.bind(&MAGNITUDE, &[&job_buffer, &task_buffer, &batch.buffers[slab], &largest])?;
    let mut recorder = Recorder::new(device, stop);
    recorder.push(Step::Clear { buffer: largest.clone() }, 0)?;
    recorder.tasks(&bound, &works, Launch::default())?;
    recorder.finish()?;
    let mut found = vec![0_u32; indices.len()];
    device.read(&largest, 0, bytemuck::cast_slice_mut(&mut found))?;
    Ok(found)
}
