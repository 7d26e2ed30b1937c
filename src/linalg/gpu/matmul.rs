//! Launches `shaders/matmul.wesl`.
use super::layout::{Launch, Product};
use super::plan;
use super::recorder::Recorder;
use super::shaders::{MATMUL, MATMUL_COMPLEX, MIXED_MATMUL, MIXED_MATMUL_COMPLEX};
use crate::linalg::{Dtype, LinalgError};

/// Integer operations that one of a double's takes, about.
const BY_INTEGERS: u64 = 60;

/// Products between three buffers, none of which writes what another reads or writes.
pub(super) fn matmul(
    recorder: &mut Recorder<'_>,
    dtype: Dtype,
    (a, b, out): (&wgpu::Buffer, &wgpu::Buffer, &wgpu::Buffer),
    products: &[Product],
) -> Result<(), LinalgError> {
    let tasks = plan::tasks(products);
    if tasks.is_empty() {
        return Ok(());
    }
    let device = recorder.device;
    // A complex product takes four real ones.
    let (kernel, factor) = match (dtype, device.mixed) {
        (Dtype::F64, false) => (&MATMUL, 1),
        (Dtype::C128, false) => (&MATMUL_COMPLEX, 4),
        (Dtype::F64, true) => (&MIXED_MATMUL, BY_INTEGERS),
        (Dtype::C128, true) => (&MIXED_MATMUL_COMPLEX, 4 * BY_INTEGERS),
    };
    let works: Vec<u64> =
        tasks.iter().map(|task| factor * plan::work(&products[task.product as usize])).collect();
    let task_buffer = device.records("matmul.tasks", &tasks)?;
    let product_buffer = device.records("matmul.products", products)?;
    let bound = device.bind(kernel, &[&task_buffer, &product_buffer, a, b, out])?;
    recorder.tasks(&bound, &works, Launch::default())
}
