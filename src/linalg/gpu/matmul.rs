//! Launches `shaders/matmul.wesl`.
use super::batch::GpuBatch;
use super::device::{OpenDevice, Pipeline};
use super::layout::{Params, Product};
use super::plan::{self, View};
use crate::linalg::{LinalgError, Shape};
use crate::stop::Stop;

/// `out_i = left_i right_i` for every matrix of the batches, after `orient` has turned the factors;
/// the shapes agree (checked by the caller).
pub(super) fn matmul(
    device: &OpenDevice,
    pipeline: &Pipeline,
    (left, right): (&GpuBatch, &GpuBatch),
    shapes: Vec<Shape>,
    orient: impl Fn(View, View) -> (View, View),
    stop: &dyn Stop,
) -> Result<GpuBatch, LinalgError> {
    debug_assert_eq!(left.shapes().len(), shapes.len());
    debug_assert_eq!(right.shapes().len(), shapes.len());
    let out = GpuBatch::new(device, "matmul.out", shapes)?;
    let mut products = Vec::new();
    let mut slabs = None;
    for index in 0..out.shapes().len() {
        if out.shapes()[index].is_empty() {
            continue;
        }
        let (a_place, b_place) = (left.slabs.places[index], right.slabs.places[index]);
        let out_place = out.slabs.places[index];
        let here = [a_place.slab, b_place.slab, out_place.slab];
        // Matrices are in order in every batch, so equal buffers come one after another.
        if slabs.is_some_and(|slabs| slabs != here) {
            launch(device, pipeline, (left, right, &out), slabs, &products, stop)?;
            products.clear();
        }
        slabs = Some(here);
        let a = View::new(a_place.first, left.shapes()[index]);
        let b = View::new(b_place.first, right.shapes()[index]);
        let (a, b) = orient(a, b);
        products.push(plan::product(a, b, out_place.first));
    }
    launch(device, pipeline, (left, right, &out), slabs, &products, stop)?;
    Ok(out)
}

/// All products between three buffers, in dispatches of bounded work; at most two are under way, so
/// that a stop is heard soon.
fn launch(
    device: &OpenDevice,
    pipeline: &Pipeline,
    (left, right, out): (&GpuBatch, &GpuBatch, &GpuBatch),
    slabs: Option<[usize; 3]>,
    products: &[Product],
    stop: &dyn Stop,
) -> Result<(), LinalgError> {
    let Some([a_slab, b_slab, out_slab]) = slabs else { return Ok(()) };
    let tasks = plan::tasks(products);
    let task_buffer = device.records("matmul.tasks", &tasks)?;
    let product_buffer = device.records("matmul.products", products)?;
    // A factor without elements may have no buffer; whatever is bound instead is not read.
    let a = left.buffers.get(a_slab).unwrap_or(&product_buffer);
    let b = right.buffers.get(b_slab).unwrap_or(&product_buffer);
    let side = device.max_groups_per_dimension();
    let mut under_way = None;
    for range in plan::dispatches(&tasks, products, device.max_work, side.saturating_mul(side)) {
        if stop.stopped() {
            return Err(LinalgError::Stopped);
        }
        let count = range.end - range.start;
        let groups_x = count.min(side);
        let params = Params { first_task: range.start, end_task: range.end, groups_x };
        let params = device.records("matmul.params", &[params])?;
        let buffers = [&params, &task_buffer, &product_buffer, a, b, &out.buffers[out_slab]];
        let submission =
            device.dispatch(pipeline, &buffers, [groups_x, count.div_ceil(groups_x)])?;
        if let Some(before) = under_way.replace(submission) {
            device.wait(before)?;
        }
    }
    under_way.map_or(Ok(()), |last| device.wait(last))
}
