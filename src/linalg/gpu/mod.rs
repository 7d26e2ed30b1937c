//! The GPU behind the door: adapters are found, opened and tested through wgpu, and batches live
//! and are computed there in f64, or in f32 and integers where there is none.
//!
//! Host side only here; kernels are in `shaders/`, their CPU twins in [`twin`].
mod adapters;
mod batch;
mod broaden;
mod device;
mod door;
mod eigh;
mod gather;
mod injective;
mod layout;
mod matmul;
mod mixed;
mod operands;
mod plan;
mod pool;
mod recorder;
mod self_test;
pub mod shaders;
mod transfer;
pub mod twin;

pub use adapters::{AdapterDescription, adapters};
pub use batch::GpuBatch;
pub use layout::Product;
pub use pool::PoolUse;
pub use self_test::SelfTest;

use std::sync::atomic::Ordering;

use self::device::OpenDevice;
use self::plan::View;
use super::cpu::Cpu;
use super::{LinalgError, Op, Peak, PeakShape, PeakSum, PeakSums, Shape, Source, Window};
use crate::linalg::{Batch, Device};
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
    pub precision: Precision,
}

/// How a device computes; results are doubles at f64's certificates either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// In f64 where the adapter has it, else mixed.
    #[default]
    Auto,
    /// In f64; an adapter without is refused.
    F64,
    /// In f32 and integers, on any adapter.
    Mixed,
}

/// An open device that has passed its self-test.
#[derive(Debug)]
pub struct Gpu {
    device: OpenDevice,
    self_test: SelfTest,
    /// For what the device cannot certify.
    cpu: Cpu,
}

impl Gpu {
    /// Opens `adapters()[index]`. Errors: no such adapter, no f64 where it is asked for, arithmetic
    /// that is not the host's.
    pub fn open(index: usize, options: GpuOptions) -> Result<Self, LinalgError> {
        let device = OpenDevice::new(index, options)?;
        let self_test = if device.mixed {
            mixed::self_test::self_test(&device)?
        } else {
            self_test::self_test(&device)?
        };
        if !self_test.passed() {
            return Err(LinalgError::Unavailable {
                reason: format!("{}: self-test {self_test}", device.description.name),
            });
        }
        Ok(Self { device, self_test, cpu: Cpu::new(None)? })
    }

    pub fn description(&self) -> &AdapterDescription {
        &self.device.description
    }

    /// How it was opened.
    pub fn precision(&self) -> Precision {
        if self.device.mixed { Precision::Mixed } else { Precision::F64 }
    }

    pub fn self_test(&self) -> SelfTest {
        self.self_test
    }

    /// Bytes of resident batches, and the most there may be.
    pub fn memory(&self) -> (u64, u64) {
        (self.device.state.taken_bytes(), self.device.state.budget_bytes)
    }

    /// Buffers of batches and of working memory: made, taken again, idle.
    pub fn pool(&self) -> PoolUse {
        self.device.pool.usage()
    }

    /// The largest work of a dispatch so far, and the most there may be, in floating-point
    /// operations; a single task may exceed it.
    pub fn work(&self) -> (u64, u64) {
        (self.device.state.worst_work.load(Ordering::Relaxed), self.device.max_work)
    }

    /// Floating-point operations of all dispatches so far.
    pub fn total_work(&self) -> u64 {
        self.device.state.total_work.load(Ordering::Relaxed)
    }

    /// `U^H A U` matrix by matrix: A of order n, U of n rows and m columns, the result of order m.
    /// Two products: first `A U` (also resident while it is needed), then `U^H (A U)`.
    pub fn rotate(&self, u: &Batch, a: &Batch, stop: &dyn Stop) -> Result<Batch, LinalgError> {
        let (halfway, rotated) = rotated_shapes(u.shapes(), a.shapes())?;
        let product = |index: usize, op_a: Op, a: Shape, b: Shape| super::Product {
            a: Source { batch: 0, matrix: index },
            op_a,
            a_window: Window { row: 0, col: 0, rows: a.rows, cols: a.cols },
            b: Source { batch: 1, matrix: index },
            op_b: Op::None,
            b_window: Window { row: 0, col: 0, rows: b.rows, cols: b.cols },
            scale: 1.0,
            dest: index,
            row: 0,
            col: 0,
        };
        let each = |op: Op, left: &dyn Fn(usize) -> Shape| -> Vec<super::Product> {
            (0..halfway.len()).map(|i| product(i, op, left(i), halfway[i])).collect()
        };
        let first = each(Op::None, &|i| a.shapes()[i]);
        let a_u = self.matmul(u.dtype(), &halfway, &[a, u], &first, stop)?;
        let second = each(Op::Adjoint, &|i| Shape::new(halfway[i].cols, halfway[i].rows));
        self.matmul(u.dtype(), &rotated, &[u, &a_u], &second, stop)
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
        if self.device.mixed {
            let reason = "sums over peaks need f64 in shaders, opened is mixed precision".into();
            return Err(LinalgError::Unavailable { reason });
        }
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

/// A matrix of a batch as a kernel sees it: its buffer and where it lies there.
fn view(batch: &GpuBatch, matrix: usize) -> (usize, View) {
    let place = batch.slabs.places[matrix];
    (place.slab, View::new(place.first, batch.shapes()[matrix]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{HostBatch, Ragged};
    use crate::stop::Never;

    fn open() -> Option<Gpu> {
        adapters().iter().find_map(|found| Gpu::open(found.index, GpuOptions::default()).ok())
    }

    fn ones() -> HostBatch {
        HostBatch::F64(Ragged::new(vec![Shape::square(3)], vec![1.0; 9]).expect("fits"))
    }

    /// A lost device answers with an error, also where wgpu itself would stay silent.
    #[test]
    fn a_lost_device_is_an_error_from_then_on() {
        let Some(gpu) = open() else { return println!("no adapter that is fit for use") };
        let batch = gpu.upload(ones()).expect("upload");
        gpu.device.destroy();
        let lost = |error: LinalgError| matches!(error, LinalgError::DeviceLost { .. });
        assert!(lost(gpu.upload(ones()).expect_err("lost")));
        assert!(lost(gpu.download(&batch).expect_err("lost")));
        assert!(lost(gpu.rotate(&batch, &batch, &Never).expect_err("lost")));
        drop(batch);
        assert_eq!(gpu.memory().0, 0);
    }

    /// Memory that runs out: what lies idle is given back first, then it is an error, and the device
    /// goes on.
    #[test]
    fn memory_that_runs_out_is_an_error_that_passes() {
        let Some(gpu) = open() else { return println!("no adapter that is fit for use") };
        let refuse = |count: u64| gpu.device.refusals.left.store(count, Ordering::Relaxed);
        drop(gpu.upload(ones()).expect("upload"));
        assert!(0 < gpu.pool().idle_bytes);
        refuse(1);
        let large = vec![Shape::square(40); 3];
        let zeros = HostBatch::F64(Ragged::new(large, vec![0.0; 4800]).expect("fits"));
        let batch = gpu.upload(zeros.clone()).expect("the second try finds room");
        assert_eq!(gpu.pool().idle_bytes, 0, "nothing idle is kept then");
        refuse(2);
        let error = gpu.upload(HostBatch::F64(
            Ragged::new(vec![Shape::square(90)], vec![1.0; 8100]).expect("fits"),
        ));
        assert!(matches!(error, Err(LinalgError::DeviceFull)), "{error:?}");
        let before = gpu.memory().0;
        assert_eq!(before, 8 * 4800, "a refused batch keeps nothing of the budget");
        assert_eq!(*gpu.download(&batch).expect("download"), zeros);
    }

    /// What the driver refuses is an error too, and the device goes on.
    #[test]
    fn a_refused_call_leaves_the_device_usable() {
        let Some(gpu) = open() else { return println!("no adapter that is fit for use") };
        let too_large = gpu.description().max_buffer_bytes.saturating_add(8);
        let error = gpu.device.storage("too large", too_large).expect_err("over the limit");
        assert!(matches!(error, LinalgError::Driver { .. }), "{error}");
        let batch = gpu.upload(ones()).expect("upload");
        let rotated = gpu.rotate(&batch, &batch, &Never).expect("rotate");
        let expected = Ragged::new(vec![Shape::square(3)], vec![9.0; 9]).expect("fits");
        assert_eq!(*gpu.download(&rotated).expect("download"), HostBatch::F64(expected));
    }
}
