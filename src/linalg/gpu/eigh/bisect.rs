//! Launches `shaders/bisect.wesl`: eigenvalues of the tridiagonal matrices without vectors.
use super::super::layout::{Launch, RowTask};
use super::super::recorder::Recorder;
use super::super::shaders::BISECT;
use super::super::shaders::bisect::{TRIPS, WIDTH};
use super::wave::Wave;
use crate::linalg::LinalgError;

/// Of a step of a Sturm count, the division included.
const STEP_WORK: u64 = 8;

/// Ascending, matrix by matrix.
pub(super) fn values(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
) -> Result<Vec<Vec<f64>>, LinalgError> {
    let (mut tasks, mut works) = (Vec::new(), Vec::new());
    for (job, record) in wave.jobs.iter().enumerate() {
        for row in (0..record.order).step_by(WIDTH as usize) {
            tasks.push(RowTask { job: job as u32, row });
            works.push(STEP_WORK * u64::from(TRIPS * WIDTH) * u64::from(record.order));
        }
    }
    let device = recorder.device;
    let tasks = device.records("bisect.tasks", &tasks)?;
    let out = device.storage("bisect.values", 8 * wave.rows as u64)?;
    let bound = device.bind(&BISECT, &[&wave.job_buffer, &tasks, &wave.reals, &out])?;
    recorder.tasks(&bound, &works, Launch::default())?;
    recorder.finish()?;
    let mut flat = vec![f64::NAN; wave.rows];
    device.read(&out, 0, bytemuck::cast_slice_mut(&mut flat))?;
    let mut rest = flat.as_slice();
    let mut values = Vec::with_capacity(wave.items.len());
    for item in &wave.items {
        let (mine, after) = rest.split_at(item.order);
        rest = after;
        let mut mine = mine.to_vec();
        // Neighbours may cross by a rounding: each was found by itself.
        mine.sort_by(f64::total_cmp);
        values.push(mine);
    }
    Ok(values)
}
