//! Matrices of one buffer that go through the mixed precision together, their working memory, and
//! the parts of them that a launch works on.
use super::super::batch::bytes_of;
use super::super::device::{OpenDevice, Share};
use super::super::eigh::Item;
use super::super::layout::Launch;
use super::super::recorder::Recorder;
use super::super::shaders::Kernel;
use super::super::shaders::mixed_apply::{BLOCK, PRODUCT, ROWS, TILE_ELEMENTS};
use super::super::shaders::mixed_jacobi::{ALL_SWEEPS, INNER_SWEEPS};
use super::super::shaders::mixed_products::TILE;
use super::layout::{Job, Task};
use crate::linalg::{Dtype, LinalgError};

/// Matrices in the order of `items`, one after another in each buffer.
pub(super) struct Wave {
    pub(super) dtype: Dtype,
    /// Of descending order.
    pub(super) items: Vec<Item>,
    pub(super) jobs: Vec<Job>,
    /// Sum of the orders.
    pub(super) rows: usize,
    /// Fixed-point elements: the matrix A, vectors, and what is worked on.
    pub(super) a: wgpu::Buffer,
    pub(super) v: wgpu::Buffer,
    pub(super) w: wgpu::Buffer,
    pub(super) s: wgpu::Buffer,
    pub(super) t: wgpu::Buffer,
    /// In f32: what is off the diagonal; the product of the rotations, less 1; those of a round.
    pub(super) b: wgpu::Buffer,
    pub(super) k: wgpu::Buffer,
    pub(super) tiles: wgpu::Buffer,
    /// The diagonal, fixed-point.
    pub(super) d: wgpu::Buffer,
    _share: Share,
}

/// Pairs of blocks that are rotated at a time.
pub(super) fn pairs(order: usize) -> usize {
    order.div_ceil(BLOCK as usize).div_ceil(2)
}

/// Bytes of working memory.
fn bytes(order: usize, dtype: Dtype) -> u64 {
    let element = bytes_of(dtype);
    let squares = 5 * element + 2 * element / 2;
    (order as u64).pow(2) * squares + tile_bytes(order, dtype) + 8 * order as u64
}

fn tile_bytes(order: usize, dtype: Dtype) -> u64 {
    pairs(order) as u64 * u64::from(TILE_ELEMENTS) * bytes_of(dtype) / 2
}

/// Cuts matrices of descending order into waves whose buffers can be bound and whose working memory
/// takes at most half of what is free (but at least one matrix).
pub(super) fn cut(device: &OpenDevice, dtype: Dtype, items: &[Item]) -> Vec<Vec<Item>> {
    let free = device.state.budget_bytes.saturating_sub(device.state.taken_bytes());
    let mut waves: Vec<Vec<Item>> = Vec::new();
    let (mut all, mut squares, mut tiles) = (0, 0, 0);
    for item in items {
        let taken = bytes(item.order, dtype);
        let square = (item.order as u64).pow(2) * bytes_of(dtype);
        let tile = tile_bytes(item.order, dtype);
        let fits = all + taken <= free / 2
            && squares + square <= device.max_buffer_bytes
            && tiles + tile <= device.max_buffer_bytes;
        match waves.last_mut() {
            Some(wave) if fits => wave.push(*item),
            _ => {
                waves.push(vec![*item]);
                (all, squares, tiles) = (0, 0, 0);
            }
        }
        (all, squares, tiles) = (all + taken, squares + square, tiles + tile);
    }
    waves
}

impl Wave {
    pub(super) fn new(
        device: &OpenDevice,
        dtype: Dtype,
        items: Vec<Item>,
    ) -> Result<Self, LinalgError> {
        let mut jobs = Vec::with_capacity(items.len());
        let (mut squares, mut rows, mut tiles) = (0_usize, 0_usize, 0_usize);
        for item in &items {
            jobs.push(Job {
                order: item.order as u32,
                source_first: item.first,
                first: squares as u32,
                first_row: rows as u32,
                first_tile: (tiles * TILE_ELEMENTS as usize) as u32,
                exponent: item.scale.exponent(),
                ..Job::default()
            });
            squares += item.order * item.order;
            rows += item.order;
            tiles += pairs(item.order);
        }
        let share = device.take(items.iter().map(|item| bytes(item.order, dtype)).sum())?;
        let element = bytes_of(dtype);
        let fixed = |label: &str| device.storage(label, squares as u64 * element);
        let single = |label: &str, count: usize| device.storage(label, count as u64 * element / 2);
        Ok(Self {
            dtype,
            items,
            jobs,
            rows,
            a: fixed("mixed.a")?,
            v: fixed("mixed.v")?,
            w: fixed("mixed.w")?,
            s: fixed("mixed.s")?,
            t: fixed("mixed.t")?,
            b: single("mixed.b", squares)?,
            k: single("mixed.k", squares)?,
            tiles: single("mixed.tiles", tiles * TILE_ELEMENTS as usize)?,
            d: device.storage("mixed.d", 8 * rows as u64)?,
            _share: share,
        })
    }
}

/// Some matrices of a wave, as a launch sees them.
pub(super) struct Group<'a> {
    pub(super) wave: &'a Wave,
    pub(super) jobs: Vec<Job>,
    pub(super) job_buffer: wgpu::Buffer,
}

/// Workgroups of a launch, job by job.
pub(super) struct Tasks {
    pub(super) tasks: Vec<Task>,
    works: Vec<u64>,
    pub(super) buffer: wgpu::Buffer,
}

impl Tasks {
    fn new(
        device: &OpenDevice,
        group: &Group<'_>,
        of_job: impl Fn(&Job) -> Vec<(Task, u64)>,
    ) -> Result<Self, LinalgError> {
        let factor = if group.wave.dtype == Dtype::F64 { 1 } else { 4 };
        let (mut tasks, mut works) = (Vec::new(), Vec::new());
        for (index, job) in group.jobs.iter().enumerate() {
            for (task, work) in of_job(job) {
                tasks.push(Task { job: index as u32, ..task });
                works.push(factor * work);
            }
        }
        let buffer = device.records("mixed.tasks", &tasks)?;
        Ok(Self { tasks, works, buffer })
    }

    /// How many belong to the first `jobs`.
    fn of_first(&self, jobs: usize) -> usize {
        self.tasks.partition_point(|task| (task.job as usize) < jobs)
    }
}

impl<'a> Group<'a> {
    pub(super) fn new(
        device: &OpenDevice,
        wave: &'a Wave,
        jobs: Vec<Job>,
    ) -> Result<Self, LinalgError> {
        let job_buffer = device.records("mixed.jobs", &jobs)?;
        Ok(Self { wave, jobs, job_buffer })
    }

    /// The kernel's real or complex variant.
    pub(super) fn kernel(
        &self,
        real: &'static Kernel,
        complex: &'static Kernel,
    ) -> &'static Kernel {
        if self.wave.dtype == Dtype::F64 { real } else { complex }
    }

    /// Blocks of rows, `flops` operations per element.
    pub(super) fn rows(&self, device: &OpenDevice, flops: u64) -> Result<Tasks, LinalgError> {
        Tasks::new(device, self, |job| {
            let work = flops * u64::from(ROWS) * u64::from(job.order);
            let rows = (0..job.order).step_by(ROWS as usize);
            rows.map(|row| (Task { row, ..Task::default() }, work)).collect()
        })
    }

    /// Tiles of products; an element takes some 24 operations per term.
    pub(super) fn tiles(&self, device: &OpenDevice) -> Result<Tasks, LinalgError> {
        self.tiles_where(device, |_, _| true)
    }

    /// Those of results that are Hermitian.
    pub(super) fn lower_tiles(&self, device: &OpenDevice) -> Result<Tasks, LinalgError> {
        self.tiles_where(device, |row, col| col <= row)
    }

    fn tiles_where(
        &self,
        device: &OpenDevice,
        wanted: impl Fn(u32, u32) -> bool,
    ) -> Result<Tasks, LinalgError> {
        Tasks::new(device, self, |job| {
            let work = 24 * u64::from(TILE * TILE) * u64::from(job.order);
            let mut tasks = Vec::new();
            for row in (0..job.order).step_by(TILE as usize) {
                for col in (0..job.order).step_by(TILE as usize).filter(|&col| wanted(row, col)) {
                    tasks.push((Task { row, col, ..Task::default() }, work));
                }
            }
            tasks
        })
    }

    /// Pairs of blocks that are rotated in a round.
    pub(super) fn pairs(&self, device: &OpenDevice) -> Result<Tasks, LinalgError> {
        Tasks::new(device, self, |job| {
            let order = u64::from(job.order.min(2 * BLOCK));
            let slots = 0..pairs(job.order as usize) as u32;
            let sweeps = if slots.len() == 1 { ALL_SWEEPS } else { INNER_SWEEPS };
            let work = u64::from(sweeps) * (10 * order.pow(3) + 1000);
            slots.map(|row| (Task { row, ..Task::default() }, work)).collect()
        })
    }

    /// What a round's rotations are applied to.
    pub(super) fn applications(&self, device: &OpenDevice) -> Result<Tasks, LinalgError> {
        Tasks::new(device, self, |job| {
            let slots = pairs(job.order as usize) as u32;
            let work = 4 * u64::from(TILE_ELEMENTS * ROWS);
            let mut tasks = Vec::new();
            for col in 0..slots {
                for row in 0..col {
                    tasks.push((Task { row, col, ..Task::default() }, work));
                }
                for row in (0..job.order).step_by(ROWS as usize) {
                    tasks.push((Task { row, col, kind: PRODUCT, ..Task::default() }, work / 2));
                }
            }
            tasks
        })
    }

    /// Launches a kernel on all tasks; `buffers` follow those of jobs and tasks.
    pub(super) fn launch(
        &self,
        recorder: &mut Recorder<'_>,
        kernel: &'static Kernel,
        tasks: &Tasks,
        buffers: &[&wgpu::Buffer],
        launch: Launch,
    ) -> Result<(), LinalgError> {
        self.launch_first(recorder, kernel, (tasks, self.jobs.len()), buffers, launch)
    }

    /// The same on the tasks of the first `jobs`.
    pub(super) fn launch_first(
        &self,
        recorder: &mut Recorder<'_>,
        kernel: &'static Kernel,
        (tasks, jobs): (&Tasks, usize),
        buffers: &[&wgpu::Buffer],
        launch: Launch,
    ) -> Result<(), LinalgError> {
        let all: Vec<&wgpu::Buffer> =
            [&self.job_buffer, &tasks.buffer].into_iter().chain(buffers.iter().copied()).collect();
        let bound = recorder.device.bind(kernel, &all)?;
        recorder.tasks(&bound, &tasks.works[..tasks.of_first(jobs)], launch)
    }
}
