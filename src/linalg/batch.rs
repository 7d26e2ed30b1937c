//! Ragged batches, in host memory and as resident handles.
use std::sync::Arc;

use num_complex::Complex64;

use super::LinalgError;
use super::gpu::GpuBatch;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    F64,
    C128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    pub rows: usize,
    pub cols: usize,
}

impl Shape {
    pub fn new(rows: usize, cols: usize) -> Self {
        Self { rows, cols }
    }
    pub fn square(order: usize) -> Self {
        Self { rows: order, cols: order }
    }
    pub fn len(self) -> usize {
        self.rows * self.cols
    }
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// Many matrices in one buffer, one after another, each row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Ragged<T> {
    shapes: Vec<Shape>,
    offsets: Vec<usize>,
    data: Vec<T>,
}

impl<T: Copy + Default> Ragged<T> {
    pub fn zeros(shapes: &[Shape]) -> Self {
        let (offsets, len) = offsets_of(shapes);
        Self { shapes: shapes.to_vec(), offsets, data: vec![T::default(); len] }
    }

    /// Errors when `data` does not hold exactly the elements of `shapes`.
    pub fn new(shapes: Vec<Shape>, data: Vec<T>) -> Result<Self, LinalgError> {
        // Shapes may come from outside: their product need not fit.
        let needed: u128 = shapes
            .iter()
            .map(|shape| shape.rows as u128 * shape.cols as u128)
            .fold(0, u128::saturating_add);
        if needed != data.len() as u128 {
            return Err(LinalgError::Shape {
                index: shapes.len(),
                rows: data.len(),
                cols: 1,
                expected: format!("{needed} elements in all"),
            });
        }
        let (offsets, _) = offsets_of(&shapes);
        Ok(Self { shapes, offsets, data })
    }

    pub fn count(&self) -> usize {
        self.shapes.len()
    }
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }
    pub fn shape(&self, index: usize) -> Shape {
        self.shapes[index]
    }
    /// Row-major elements of one matrix.
    pub fn matrix(&self, index: usize) -> &[T] {
        let start = self.offsets[index];
        &self.data[start..start + self.shapes[index].len()]
    }
    pub fn matrix_mut(&mut self, index: usize) -> &mut [T] {
        let start = self.offsets[index];
        &mut self.data[start..start + self.shapes[index].len()]
    }
    /// All matrices as disjoint mutable slices, for work in parallel.
    pub fn split_mut(&mut self) -> Vec<&mut [T]> {
        let mut rest = self.data.as_mut_slice();
        let mut parts = Vec::with_capacity(self.shapes.len());
        for shape in &self.shapes {
            let (head, tail) = rest.split_at_mut(shape.len());
            parts.push(head);
            rest = tail;
        }
        parts
    }
    pub fn data(&self) -> &[T] {
        &self.data
    }
}

fn offsets_of(shapes: &[Shape]) -> (Vec<usize>, usize) {
    let mut offsets = Vec::with_capacity(shapes.len());
    let mut len = 0;
    for shape in shapes {
        offsets.push(len);
        len += shape.len();
    }
    (offsets, len)
}

/// A ragged batch in host memory, of either element type.
#[derive(Debug, Clone, PartialEq)]
pub enum HostBatch {
    F64(Ragged<f64>),
    C128(Ragged<Complex64>),
}

impl HostBatch {
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::F64(_) => Dtype::F64,
            Self::C128(_) => Dtype::C128,
        }
    }
    pub fn shapes(&self) -> &[Shape] {
        match self {
            Self::F64(ragged) => ragged.shapes(),
            Self::C128(ragged) => ragged.shapes(),
        }
    }
}

/// Handle to a batch resident on a device; clones share it.
#[derive(Debug, Clone)]
pub struct Batch {
    pub(super) storage: Storage,
}

#[derive(Debug, Clone)]
pub(super) enum Storage {
    Cpu(Arc<HostBatch>),
    Gpu(Arc<GpuBatch>),
}

impl Batch {
    pub(super) fn on_host(host: HostBatch) -> Self {
        Self { storage: Storage::Cpu(Arc::new(host)) }
    }
    pub(super) fn on_gpu(batch: GpuBatch) -> Self {
        Self { storage: Storage::Gpu(Arc::new(batch)) }
    }
    pub(super) fn host(&self) -> Result<&HostBatch, LinalgError> {
        match &self.storage {
            Storage::Cpu(host) => Ok(host),
            Storage::Gpu(_) => Err(LinalgError::ForeignBatch),
        }
    }
    pub(super) fn share(&self) -> Result<Arc<HostBatch>, LinalgError> {
        match &self.storage {
            Storage::Cpu(host) => Ok(Arc::clone(host)),
            Storage::Gpu(_) => Err(LinalgError::ForeignBatch),
        }
    }
    pub fn dtype(&self) -> Dtype {
        match &self.storage {
            Storage::Cpu(host) => host.dtype(),
            Storage::Gpu(batch) => batch.dtype(),
        }
    }
    pub fn shapes(&self) -> &[Shape] {
        match &self.storage {
            Storage::Cpu(host) => host.shapes(),
            Storage::Gpu(batch) => batch.shapes(),
        }
    }
}

/// Energies of rows and columns, one of each for every row and column of every matrix.
pub(super) fn check_energies(
    shapes: &[Shape],
    rows: &[Vec<f64>],
    cols: &[Vec<f64>],
) -> Result<(), LinalgError> {
    if rows.len() != shapes.len() || cols.len() != shapes.len() {
        return Err(LinalgError::Shape {
            index: shapes.len(),
            rows: rows.len(),
            cols: cols.len(),
            expected: format!("energies for {} matrices", shapes.len()),
        });
    }
    for (index, shape) in shapes.iter().enumerate() {
        if rows[index].len() != shape.rows || cols[index].len() != shape.cols {
            return Err(LinalgError::Shape {
                index,
                rows: rows[index].len(),
                cols: cols[index].len(),
                expected: format!("energies for {} x {}", shape.rows, shape.cols),
            });
        }
    }
    Ok(())
}
