//! The door on the CPU: our own eigensolvers, faer for products and what else is dense, threads over
//! the matrices of a batch.
mod columns;
mod divide;
mod eigh;
mod gather;
mod hermitian;
mod interleaved;
mod kernels;
mod lanes;
mod matmul;
mod operands;
pub mod parts;
mod planes;
mod pool;
mod secular;
mod sharing;
mod single;
mod small;
mod sturm;
mod tridiagonal;
mod values;

use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex64;

use self::operands::Operands;
use self::pool::Threads;
use super::element::Element;
use super::{
    Batch, Certify, Device, Diagonal, Dtype, Eigh, EighOptions, HostBatch, LinalgError, Placement,
    Product, Ragged, Shape,
};
use crate::stop::Stop;

/// All cores, or some. A handle to a batch is an allocation that its clones share.
#[derive(Debug)]
pub struct Cpu {
    threads: Threads,
    memory_bytes: u64,
}

impl Cpu {
    /// On `threads` threads of its own, or on rayon's global pool. The number changes no bit of any
    /// result. Errors when the operating system refuses the threads.
    pub fn new(threads: Option<usize>) -> Result<Self, LinalgError> {
        Ok(Self { threads: Threads::new(threads)?, memory_bytes: u64::MAX })
    }

    /// With a limit, see [`Device::memory_bytes`].
    #[must_use]
    pub fn with_memory(self, memory_bytes: u64) -> Self {
        Self { memory_bytes, ..self }
    }

    pub fn thread_count(&self) -> usize {
        self.threads.count()
    }

    fn solve<T: Element>(
        &self,
        batch: &Ragged<T>,
        range: Range<usize>,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        let solved = if options.vectors || options.certify == Certify::No {
            eigh::eigh(&self.threads, batch, range, options, stop)
        } else {
            values::eigh(&self.threads, batch, range, options.certify, stop)
        };
        solved.map(into_eigh)
    }
}

impl Device for Cpu {
    fn name(&self) -> String {
        format!("cpu ({})", instruction_set())
    }

    fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    fn upload(&self, host: HostBatch) -> Result<Batch, LinalgError> {
        Ok(Batch::on_host(host))
    }

    fn download(&self, batch: &Batch) -> Result<Arc<HostBatch>, LinalgError> {
        batch.share()
    }

    fn eigh(
        &self,
        batch: &Batch,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        self.eigh_range(batch, 0..usize::MAX, options, stop)
    }

    fn eigh_range(
        &self,
        batch: &Batch,
        range: Range<usize>,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        match batch.host()? {
            HostBatch::F64(ragged) => self.solve(ragged, range, options, stop),
            HostBatch::C128(ragged) => self.solve(ragged, range, options, stop),
        }
    }

    fn gather(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        placements: &[Placement],
        diagonals: &[Diagonal],
    ) -> Result<Batch, LinalgError> {
        match dtype {
            Dtype::F64 => {
                let sources = Operands::<f64>::new(sources)?;
                gather::gather(&self.threads, shapes, &sources, placements, diagonals)
                    .map(into_batch)
            }
            Dtype::C128 => {
                let sources = Operands::<Complex64>::new(sources)?;
                gather::gather(&self.threads, shapes, &sources, placements, diagonals)
                    .map(into_batch)
            }
        }
    }

    fn matmul(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        products: &[Product],
        stop: &dyn Stop,
    ) -> Result<Batch, LinalgError> {
        match dtype {
            Dtype::F64 => {
                let sources = Operands::<f64>::new(sources)?;
                matmul::matmul(&self.threads, shapes, &sources, products, stop).map(into_batch)
            }
            Dtype::C128 => {
                let sources = Operands::<Complex64>::new(sources)?;
                matmul::matmul(&self.threads, shapes, &sources, products, stop).map(into_batch)
            }
        }
    }

    fn divide_by_differences(
        &self,
        batch: &Batch,
        rows: &[Vec<f64>],
        cols: &[Vec<f64>],
    ) -> Result<Batch, LinalgError> {
        match batch.host()? {
            HostBatch::F64(ragged) => {
                columns::divide_by_differences(&self.threads, ragged, rows, cols).map(into_batch)
            }
            HostBatch::C128(ragged) => {
                columns::divide_by_differences(&self.threads, ragged, rows, cols).map(into_batch)
            }
        }
    }

    fn column_dots(&self, a: &Batch, b: &Batch) -> Result<Vec<Vec<f64>>, LinalgError> {
        match (a.host()?, b.host()?) {
            (HostBatch::F64(a), HostBatch::F64(b)) => columns::column_dots(&self.threads, a, b),
            (HostBatch::C128(a), HostBatch::C128(b)) => columns::column_dots(&self.threads, a, b),
            _ => Err(LinalgError::MixedTypes),
        }
    }
}

fn into_batch<T: Element>(ragged: Ragged<T>) -> Batch {
    Batch::on_host(T::wrap(ragged))
}

fn into_eigh<T: Element>(solved: eigh::Decomposition<T>) -> Eigh {
    Eigh {
        values: solved.values,
        vectors: solved.vectors.map(into_batch),
        ratios: solved.ratios,
        recomputed: Vec::new(),
    }
}

/// What faer's kernels pick at run time, for names and keys: bits may differ between these.
fn instruction_set() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            return "avx512";
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            return "avx2";
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        if std::arch::is_aarch64_feature_detected!("neon") {
            return "neon";
        }
    }
    "generic"
}
