//! The one door from physics to linear algebra: batches of matrices that live where they are
//! computed.
//!
//! A [`Batch`] is a handle to a ragged batch (many matrices, each of its own shape) resident on a
//! device; a [`HostBatch`] is the same in host memory, row-major. Engines are written against
//! handles.

pub mod banded;
mod batch;
pub mod check;
pub mod cpu;
pub mod dense;
mod devices;
mod element;
pub mod gpu;
mod part;
mod peaks;
mod scale;
pub mod sparse;
pub mod window;

pub use batch::{Batch, Dtype, HostBatch, Ragged, Shape};
pub use check::Ratios;
pub use devices::{DeviceInfo, describe_devices};
pub use element::Element;
pub use peaks::{Peak, PeakShape, PeakSum, PeakSums};

use std::ops::Range;

use crate::stop::Stop;

/// Why an operation was refused or could not be finished.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LinalgError {
    #[error("matrix {index} has shape {rows} x {cols}, expected {expected}")]
    Shape { index: usize, rows: usize, cols: usize, expected: String },
    #[error("matrix {index} holds a value that is not finite")]
    NotFinite { index: usize },
    #[error("matrix {index} is not Hermitian: |A - A^H| = {defect:.1e}, allowed {allowed:.1e}")]
    NotHermitian { index: usize, defect: f64, allowed: f64 },
    #[error("eigenvalues of matrix {index} (order {order}) did not converge")]
    NoConvergence { index: usize, order: usize },
    #[error("matrix {index} (order {order}) is singular")]
    Singular { index: usize, order: usize },
    #[error("needs {needed_bytes} bytes, budget is {budget_bytes}")]
    OverBudget { needed_bytes: u64, budget_bytes: u64 },
    #[error("the device has no memory left, although its budget allows it")]
    DeviceFull,
    #[error("batches of different element types in one operation")]
    MixedTypes,
    #[error("a batch of another device was handed in")]
    ForeignBatch,
    #[error("no such device, or not fit for use: {reason}")]
    Unavailable { reason: String },
    #[error("device lost: {reason}")]
    DeviceLost { reason: String },
    #[error("the device's driver refused: {reason}")]
    Driver { reason: String },
    #[error("stopped on request")]
    Stopped,
}

impl LinalgError {
    /// The same of a matrix that has another index in a larger batch.
    pub fn renumbered(mut self, whole: impl Fn(usize) -> usize) -> Self {
        match &mut self {
            Self::Shape { index, .. }
            | Self::NotFinite { index }
            | Self::NotHermitian { index, .. }
            | Self::NoConvergence { index, .. }
            | Self::Singular { index, .. } => *index = whole(*index),
            _ => {}
        }
        self
    }
}

/// Whether a source enters as it is or as its conjugate transpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    None,
    Adjoint,
}

/// One matrix among the source batches of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Index into the list of source batches.
    pub batch: usize,
    /// Index of the matrix in that batch.
    pub matrix: usize,
}

/// A rectangle of a matrix, after `op` has been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub row: usize,
    pub col: usize,
    pub rows: usize,
    pub cols: usize,
}

/// Where row (or column) `i` of a window goes, and with which factor.
#[derive(Debug, Clone)]
pub enum Map {
    /// To `i + first`, factor 1.
    Shift(usize),
    /// To `table[start + i].0` with factor `table[start + i].1`; [`Map::NOWHERE`] drops it.
    Table { table: std::sync::Arc<[(u32, f64)]>, start: usize },
}

impl Map {
    pub const NOWHERE: u32 = u32::MAX;
}

/// `dest[rows(i), cols(j)] += scale * row_factor(i) * col_factor(j) * op(source)[window][i, j]`
#[derive(Debug, Clone)]
pub struct Placement {
    pub source: Source,
    pub op: Op,
    pub window: Window,
    pub scale: f64,
    pub dest: usize,
    pub rows: Map,
    pub cols: Map,
}

/// `dest[i, i] += value` for each `(i, value)`.
#[derive(Debug, Clone)]
pub struct Diagonal {
    pub dest: usize,
    pub entries: Vec<(u32, f64)>,
}

/// `dest[row.., col..] += scale * op_a(A)[a_window] * op_b(B)[b_window]`; windows are taken after
/// `op`.
#[derive(Debug, Clone)]
pub struct Product {
    pub a: Source,
    pub op_a: Op,
    pub a_window: Window,
    pub b: Source,
    pub op_b: Op,
    pub b_window: Window,
    pub scale: f64,
    pub dest: usize,
    pub row: usize,
    pub col: usize,
}

/// Eigenvalues ascending, matrix by matrix; column `k` of `vectors` belongs to `values[k]`.
#[derive(Debug)]
pub struct Eigh {
    pub values: Vec<Vec<f64>>,
    pub vectors: Option<Batch>,
    /// One for each matrix; empty unless [`EighOptions::certify`] asked for them. Of values alone
    /// see [`EighCertificate`].
    pub ratios: Vec<Ratios>,
    /// Matrices that a device could not solve within the threshold, and that were solved on the
    /// CPU instead.
    pub recomputed: Vec<usize>,
}

impl Eigh {
    /// The worst ratios of the batch.
    pub fn certificate(&self) -> EighCertificate {
        let worst = Ratios::worst(&self.ratios);
        EighCertificate {
            residual: worst.residual,
            orthogonality: worst.orthogonality,
            matrices: self.ratios.len() as u64,
        }
    }
}

/// Worst ratios over a batch; O(1) when all is well, a failure above 30 (as in LAPACK's own tests).
///
/// Of values without vectors, on the CPU (orders above 24): `residual` is
/// |A Q - Q T|_F / (n |A|_F eps) of the tridiagonal form, estimated on four vectors of random
/// signs, plus the distance in the same unit within which Sturm counts confirm each value by its
/// number, so that value k is within `residual` n |A|_F eps of eigenvalue k of A (Weyl);
/// `orthogonality` is |Q^H Q - 1|_F / (n eps), estimated likewise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EighCertificate {
    /// max |A V - V L|_F / (n |A|_F eps)
    pub residual: f64,
    /// max |V^H V - 1|_F / (n eps)
    pub orthogonality: f64,
    pub matrices: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EighOptions {
    pub vectors: bool,
    pub certify: Certify,
}

/// How residual and orthogonality of every matrix are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certify {
    No,
    /// Above order 64 estimated with eight vectors of random signs: |R x|^2 is |R|_F^2 on average.
    /// Below a quarter of the truth once in 4000 at worst, below a tenth once in 10^7. Devices that
    /// always measure give the measure.
    Probed,
    /// In full: a third of the time of the whole decomposition.
    Full,
}

/// A place where batches live and are computed. All results are functions of the operands alone:
/// a matrix gives bitwise the same answer at any place in any batch.
pub trait Device: Send + Sync {
    /// `cpu (avx512)`, `gpu: <adapter>, <driver>`: what certificates and keys name.
    fn name(&self) -> String;

    /// Bytes that work on it may hold at a time: what engines store for later, and how many runs
    /// they take together, follow it. Decides nothing about numbers. No limit unless one was set.
    fn memory_bytes(&self) -> u64 {
        u64::MAX
    }

    fn upload(&self, host: HostBatch) -> Result<Batch, LinalgError>;
    /// Cheap on the CPU (shared, not copied).
    fn download(&self, batch: &Batch) -> Result<std::sync::Arc<HostBatch>, LinalgError>;

    /// Eigenvalues ascending, and eigenvectors if asked for. Only the lower triangle is read, and
    /// of the diagonal only the real part. Errors: not square, not finite, no convergence, stopped
    /// (asked for between matrices).
    fn eigh(
        &self,
        batch: &Batch,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError>;

    /// As [`Device::eigh`], but of every matrix only the pairs `range`, counted from the lowest
    /// eigenvalue and cut at the order: as many values, and vectors of as many columns. What a
    /// device does not compute costs nothing; by default everything is computed, and the ratios are
    /// those of all columns. Bits of a vector may depend on the range.
    fn eigh_range(
        &self,
        batch: &Batch,
        range: Range<usize>,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        part::columns(self, self.eigh(batch, options, stop)?, &range)
    }

    /// Zero matrices of `shapes`, then the diagonals, then the placements in their order.
    /// Errors: anything that does not fit; `index` is that of the placement or diagonal.
    fn gather(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        placements: &[Placement],
        diagonals: &[Diagonal],
    ) -> Result<Batch, LinalgError>;

    /// Zero matrices of `shapes`, then the products in their order.
    /// Errors: anything that does not fit; `index` is that of the product. Stop is asked for
    /// between products.
    fn matmul(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        products: &[Product],
        stop: &dyn Stop,
    ) -> Result<Batch, LinalgError>;

    /// `out[i, j] = batch[i, j] / (cols[j] - rows[i])`, matrix by matrix, as IEEE 754 divides:
    /// equal energies give infinities or NaN.
    fn divide_by_differences(
        &self,
        batch: &Batch,
        rows: &[Vec<f64>],
        cols: &[Vec<f64>],
    ) -> Result<Batch, LinalgError>;

    /// `Re sum_i conj(a[i, j]) b[i, j]` for every column `j` of every matrix.
    fn column_dots(&self, a: &Batch, b: &Batch) -> Result<Vec<Vec<f64>>, LinalgError>;
}
