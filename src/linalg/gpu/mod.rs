//! The GPU, so far as it goes: devices are found, opened and tested, and one f64 kernel, the
//! batched ragged product, rotates operators on resident buffers. This is the seam that the GPU
//! eigensolver fills; until it does, [`Gpu`] is no [`super::Device`] and engines run on the CPU.
//!
//! Host side only here; kernels are in `shaders/`, their CPU twins in [`twin`].
mod adapters;
mod batch;
mod broaden;
mod device;
mod layout;
mod matmul;
mod plan;
mod self_test;
pub mod shaders;
pub mod twin;

pub use adapters::{AdapterDescription, adapters};
pub use batch::GpuBatch;
pub use layout::Product;
pub use self_test::SelfTest;

use self::device::{OpenDevice, Pipeline};
use self::shaders::MATMUL;
use super::{LinalgError, Peak, PeakShape, PeakSum, PeakSums, Ragged, Shape};
use crate::stop::Stop;

/// How to open a device; every `None` leaves the choice to what the adapter says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GpuOptions {
    /// Most that may be resident at a time; `None`: 80 % of the adapter's memory, 50 % of a
    /// software adapter's (which is the host's).
    pub memory_bytes: Option<u64>,
    /// Most in one buffer; `None`: the adapter's limit for a binding.
    pub buffer_bytes: Option<u64>,
    /// Most floating-point operations in one dispatch; `None`: what keeps it below 200 ms.
    pub dispatch_work: Option<u64>,
}

/// An open device that has passed its self-test.
#[derive(Debug)]
pub struct Gpu {
    device: OpenDevice,
    matmul: Pipeline,
    self_test: SelfTest,
}

impl Gpu {
    /// Opens `adapters()[index]`. Errors: no such adapter, no f64, arithmetic that is not the
    /// host's.
    pub fn open(index: usize, options: GpuOptions) -> Result<Self, LinalgError> {
        let device = OpenDevice::new(index, options)?;
        let self_test = self_test::self_test(&device)?;
        if !self_test.passed() {
            return Err(LinalgError::Unavailable {
                reason: format!("{}: self-test {self_test}", device.description.name),
            });
        }
        let matmul = device.pipeline(&MATMUL)?;
        Ok(Self { device, matmul, self_test })
    }

    /// `gpu: <adapter>, <driver>`: what certificates and keys name.
    pub fn name(&self) -> String {
        let description = &self.device.description;
        format!("gpu: {}, {}", description.name, description.driver)
    }

    pub fn description(&self) -> &AdapterDescription {
        &self.device.description
    }

    pub fn self_test(&self) -> SelfTest {
        self.self_test
    }

    /// Bytes of resident batches, and the most there may be.
    pub fn memory(&self) -> (u64, u64) {
        (self.device.state.taken_bytes(), self.device.state.budget_bytes)
    }

    /// Copies a batch to the device. Refuses, before anything is sent, what exceeds the budget, and
    /// a matrix that exceeds a binding (128 MiB on software drivers: order 4096).
    pub fn upload(&self, host: &Ragged<f64>) -> Result<GpuBatch, LinalgError> {
        GpuBatch::upload(&self.device, host)
    }

    pub fn download(&self, batch: &GpuBatch) -> Result<Ragged<f64>, LinalgError> {
        batch.check_owner(&self.device.state)?;
        batch.download(&self.device)
    }

    /// `U^T A U` matrix by matrix: A of order n, U of n rows and m columns, the result of order m.
    /// Two products: first `A U` (also resident while it is needed), then `U^T (A U)`.
    pub fn rotate(
        &self,
        u: &GpuBatch,
        a: &GpuBatch,
        stop: &dyn Stop,
    ) -> Result<GpuBatch, LinalgError> {
        u.check_owner(&self.device.state)?;
        a.check_owner(&self.device.state)?;
        let (halfway, rotated) = rotated_shapes(u.shapes(), a.shapes())?;
        let (device, pipeline) = (&self.device, &self.matmul);
        let a_u = matmul::matmul(device, pipeline, (a, u), halfway, |a, u| (a, u), stop)?;
        let orient = |u: plan::View, a_u| (u.transposed(), a_u);
        matmul::matmul(device, pipeline, (u, &a_u), rotated, orient, stop)
    }
}

impl PeakSums for Gpu {
    fn peak_sums(
        &self,
        peaks: &[Peak],
        frequencies: &[f64],
        shape: PeakShape,
        stop: &dyn Stop,
    ) -> Result<Vec<PeakSum>, LinalgError> {
        broaden::broaden(&self.device, peaks, frequencies, shape, stop)
    }
}

/// Shapes of `A U` and of `U^T A U`.
fn rotated_shapes(u: &[Shape], a: &[Shape]) -> Result<(Vec<Shape>, Vec<Shape>), LinalgError> {
    if u.len() != a.len() {
        return Err(LinalgError::Shape {
            index: u.len().min(a.len()),
            rows: 0,
            cols: 0,
            expected: format!("{} matrices in both batches, not {}", a.len(), u.len()),
        });
    }
    let (mut halfway, mut rotated) = (Vec::with_capacity(u.len()), Vec::with_capacity(u.len()));
    for (index, (u, a)) in u.iter().zip(a).enumerate() {
        if a.rows != a.cols || u.rows != a.rows {
            return Err(LinalgError::Shape {
                index,
                rows: a.rows,
                cols: a.cols,
                expected: format!("{0} x {0}, as U has {0} rows", u.rows),
            });
        }
        halfway.push(*u);
        rotated.push(Shape::square(u.cols));
    }
    Ok((halfway, rotated))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::Never;

    fn open() -> Option<Gpu> {
        adapters().iter().find_map(|found| Gpu::open(found.index, GpuOptions::default()).ok())
    }

    /// A lost device answers with an error, also where wgpu itself would stay silent.
    #[test]
    fn a_lost_device_is_an_error_from_then_on() {
        let Some(gpu) = open() else { return println!("no adapter that is fit for use") };
        let ones = Ragged::new(vec![Shape::square(3)], vec![1.0; 9]).expect("fits");
        let batch = gpu.upload(&ones).expect("upload");
        gpu.device.destroy();
        let lost = |error: LinalgError| matches!(error, LinalgError::DeviceLost { .. });
        assert!(lost(gpu.upload(&ones).expect_err("lost")));
        assert!(lost(gpu.download(&batch).expect_err("lost")));
        assert!(lost(gpu.rotate(&batch, &batch, &Never).expect_err("lost")));
        drop(batch);
        assert_eq!(gpu.memory().0, 0);
    }

    /// What the driver refuses is an error too, and the device goes on.
    #[test]
    fn a_refused_call_leaves_the_device_usable() {
        let Some(gpu) = open() else { return println!("no adapter that is fit for use") };
        let too_large = gpu.description().max_buffer_bytes.saturating_add(8);
        let error = gpu.device.storage("too large", too_large).expect_err("over the limit");
        assert!(matches!(error, LinalgError::Driver { .. }), "{error}");
        let ones = Ragged::new(vec![Shape::square(3)], vec![1.0; 9]).expect("fits");
        let batch = gpu.upload(&ones).expect("upload");
        let rotated = gpu.rotate(&batch, &batch, &Never).expect("rotate");
        assert_eq!(gpu.download(&rotated).expect("download").data(), [9.0; 9]);
    }
}
