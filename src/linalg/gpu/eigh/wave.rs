//! Matrices of one buffer that go through the blocked path together, and their working memory.
use std::ops::Range;

use super::super::batch::bytes_of;
use super::super::device::{OpenDevice, Share};
use super::super::layout::{LargeJob, Launch, RowTask};
use super::super::pool::{Contents, Pooled};
use super::super::recorder::Recorder;
use super::super::shaders::compact_wy::PANEL;
use super::super::shaders::reflect::{ROWS, SLOTS};
use super::super::shaders::{Kernel, PREPARE, PREPARE_COMPLEX};
use super::Item;
use crate::linalg::{Dtype, LinalgError, part};

/// Working memory of a wave, none of it initialized but by the kernels that write it.
pub(super) struct Wave {
    pub(super) dtype: Dtype,
    /// Of descending order.
    pub(super) items: Vec<Item>,
    pub(super) jobs: Vec<LargeJob>,
    /// Blocks of rows, job by job.
    pub(super) tasks: Vec<RowTask>,
    pub(super) job_buffer: wgpu::Buffer,
    pub(super) task_buffer: wgpu::Buffer,
    /// Elements: the matrix, reflectors (as rows), vectors.
    pub(super) a: Pooled,
    pub(super) v: Pooled,
    pub(super) z: Pooled,
    /// Elements: W of a panel; c, y, tau; partial sums.
    pub(super) w: Pooled,
    pub(super) columns: Pooled,
    pub(super) parts: Pooled,
    /// Reals: d, e.
    pub(super) reals: Pooled,
    /// Reals of n^2: vectors of the tridiagonal matrices, twice; packed columns; inner vectors.
    pub(super) q: [Pooled; 2],
    pub(super) packed: Pooled,
    pub(super) inner: Pooled,
    /// Which eigenvectors are wanted, of every matrix, counted from the lowest.
    wanted: Range<usize>,
    /// Sums of n^2 and of n.
    pub(super) squares: usize,
    pub(super) rows: usize,
    _share: Share,
}

/// Bytes of working memory per element of a matrix.
fn bytes_per_element(dtype: Dtype) -> u64 {
    3 * bytes_of(dtype) + 4 * 8
}

/// Cuts matrices of descending order into waves whose buffers can be bound and whose working memory
/// takes at most half of what is free (but at least one matrix).
pub(super) fn cut(device: &OpenDevice, dtype: Dtype, items: &[Item]) -> Vec<Vec<Item>> {
    let free = device.state.budget_bytes.saturating_sub(device.state.taken_bytes());
    let by_memory = free / 2 / bytes_per_element(dtype);
    let by_binding = device.max_buffer_bytes / bytes_of(dtype);
    let limit = by_memory.min(by_binding);
    let mut waves: Vec<Vec<Item>> = Vec::new();
    let mut squares = 0;
    for item in items {
        let square = (item.order as u64).pow(2);
        match waves.last_mut() {
            Some(wave) if squares + square <= limit => wave.push(*item),
            _ => {
                waves.push(vec![*item]);
                squares = 0;
            }
        }
        squares += square;
    }
    waves
}

impl Wave {
    pub(super) fn new(
        device: &OpenDevice,
        dtype: Dtype,
        items: Vec<Item>,
        wanted: Range<usize>,
    ) -> Result<Self, LinalgError> {
        let (mut jobs, mut tasks) = (Vec::new(), Vec::new());
        let (mut squares, mut rows, mut blocks) = (0_usize, 0_usize, 0_usize);
        for item in &items {
            let (factor_a, factor_b) = item.scale.factors();
            let n = item.order;
            for row in (0..n as u32).step_by(ROWS as usize) {
                tasks.push(RowTask { job: jobs.len() as u32, row });
            }
            jobs.push(LargeJob {
                order: n as u32,
                source_first: item.first,
                first: squares as u32,
                first_row: rows as u32,
                panel_first: (rows * PANEL as usize) as u32,
                part_first: (blocks * SLOTS as usize) as u32,
                factor_a,
                factor_b,
            });
            squares += n * n;
            rows += n;
            blocks += n.div_ceil(ROWS as usize);
        }
        let share = device.take(squares as u64 * bytes_per_element(dtype))?;
        let element = bytes_of(dtype);
        // Zeros also where kernels write before they read: a wave must not see another one's numbers.
        let of = |label: &str, count: usize, bytes: u64| {
            device.pooled(label, count as u64 * bytes, Contents::Zeros)
        };
        Ok(Self {
            dtype,
            items,
            job_buffer: device.records("large.jobs", &jobs)?,
            task_buffer: device.records("large.tasks", &tasks)?,
            jobs,
            tasks,
            a: of("large.a", squares, element)?,
            v: of("large.v", squares, element)?,
            z: of("large.z", squares, element)?,
            w: of("large.w", rows * PANEL as usize, element)?,
            columns: of("large.columns", 3 * rows, element)?,
            parts: of("large.parts", blocks * SLOTS as usize, element)?,
            reals: of("large.reals", 2 * rows, 8)?,
            q: [of("large.q", squares, 8)?, of("large.q", squares, 8)?],
            packed: of("large.packed", squares, 8)?,
            inner: of("large.inner", squares, 8)?,
            wanted,
            squares,
            rows,
            _share: share,
        })
    }

    /// The wanted ones of a matrix's vectors.
    pub(super) fn wanted(&self, job: &LargeJob) -> Range<usize> {
        part::cut(&self.wanted, job.order as usize)
    }

    /// As `launch.column` and `launch.end_column`.
    pub(super) fn wanted_columns(&self) -> [u32; 2] {
        [self.wanted.start, self.wanted.end].map(|at| u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The kernel's real or complex variant.
    pub(super) fn kernel(
        &self,
        real: &'static Kernel,
        complex: &'static Kernel,
    ) -> &'static Kernel {
        if self.dtype == Dtype::F64 { real } else { complex }
    }

    /// Real operations of a product of two elements, in units of two.
    pub(super) fn factor(&self) -> u64 {
        if self.dtype == Dtype::F64 { 1 } else { 4 }
    }

    /// Number of tasks of the matrices whose order exceeds `order`.
    pub(super) fn tasks_above(&self, order: usize) -> usize {
        let jobs = self.items.partition_point(|item| order < item.order);
        self.items[..jobs].iter().map(|item| item.order.div_ceil(ROWS as usize)).sum()
    }

    /// Work of each task that takes `flops` operations per element of its rows.
    pub(super) fn works(&self, flops: u64) -> Vec<u64> {
        let work = |task: &RowTask| {
            let order = u64::from(self.jobs[task.job as usize].order);
            flops * self.factor() * u64::from(ROWS) * order
        };
        self.tasks.iter().map(work).collect()
    }

    /// Fills `a` with the scaled full matrices.
    pub(super) fn prepare(
        &self,
        recorder: &mut Recorder<'_>,
        source: &wgpu::Buffer,
    ) -> Result<(), LinalgError> {
        let kernel = self.kernel(&PREPARE, &PREPARE_COMPLEX);
        let buffers = [&self.job_buffer, &self.task_buffer, source, &self.a];
        let bound = recorder.device.bind(kernel, &buffers)?;
        recorder.tasks(&bound, &self.works(2), Launch::default())
    }
}
