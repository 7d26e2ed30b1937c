//! [`Gpu`] as a [`Device`].
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::batch::GpuBatch;
use super::layout::{self, DivideJob, DotsJob, Launch, RowTask};
use super::recorder::Recorder;
use super::shaders::{
    COLUMN_DOTS, COLUMN_DOTS_COMPLEX, DIVIDE, DIVIDE_COMPLEX, MIXED_COLUMN_DOTS,
    MIXED_COLUMN_DOTS_COMPLEX, MIXED_DIVIDE, MIXED_DIVIDE_COMPLEX, column_dots, divide,
};
use super::{Gpu, eigh, gather, matmul, operands, plan, view};
use crate::linalg::batch::check_energies;
use crate::linalg::part;
use crate::linalg::{
    Batch, Device, Diagonal, Dtype, Eigh, EighOptions, HostBatch, LinalgError, Op, Placement,
    Product, Shape,
};
use crate::stop::{Never, Stop};

impl Device for Gpu {
    fn name(&self) -> String {
        let description = &self.device.description;
        let precision = if self.device.mixed { ", mixed precision" } else { "" };
        format!("gpu: {}, {}{precision}", description.name, description.driver)
    }

    fn memory_bytes(&self) -> u64 {
        self.memory().1
    }

    /// Refuses, before anything is sent, what exceeds the budget, and a matrix that exceeds a
    /// binding (128 MiB on software drivers: order 4096).
    fn upload(&self, host: HostBatch) -> Result<Batch, LinalgError> {
        GpuBatch::upload(&self.device, &host).map(Batch::on_gpu)
    }

    fn download(&self, batch: &Batch) -> Result<Arc<HostBatch>, LinalgError> {
        operands::resident(batch, &self.device.state)?.download(&self.device).map(Arc::new)
    }

    fn eigh(
        &self,
        batch: &Batch,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        let batch = operands::resident(batch, &self.device.state)?;
        eigh::eigh(self, batch, &(0..usize::MAX), options, stop)
    }

    fn eigh_range(
        &self,
        batch: &Batch,
        range: Range<usize>,
        options: EighOptions,
        stop: &dyn Stop,
    ) -> Result<Eigh, LinalgError> {
        let batch = operands::resident(batch, &self.device.state)?;
        part::columns(self, eigh::eigh(self, batch, &range, options, stop)?, &range)
    }

    fn gather(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        placements: &[Placement],
        diagonals: &[Diagonal],
    ) -> Result<Batch, LinalgError> {
        let sources = operands::sources(sources, dtype, &self.device.state)?;
        gather::gather(&self.device, dtype, shapes, &sources, placements, diagonals)
            .map(Batch::on_gpu)
    }

    fn matmul(
        &self,
        dtype: Dtype,
        shapes: &[Shape],
        sources: &[&Batch],
        products: &[Product],
        stop: &dyn Stop,
    ) -> Result<Batch, LinalgError> {
        let sources = operands::sources(sources, dtype, &self.device.state)?;
        products_of(self, dtype, shapes, &sources, products, stop).map(Batch::on_gpu)
    }

    fn divide_by_differences(
        &self,
        batch: &Batch,
        rows: &[Vec<f64>],
        cols: &[Vec<f64>],
    ) -> Result<Batch, LinalgError> {
        let batch = operands::resident(batch, &self.device.state)?;
        divided(self, batch, rows, cols).map(Batch::on_gpu)
    }

    fn column_dots(&self, a: &Batch, b: &Batch) -> Result<Vec<Vec<f64>>, LinalgError> {
        let (a, b) = (
            operands::resident(a, &self.device.state)?,
            operands::resident(b, &self.device.state)?,
        );
        dots(self, a, b)
    }
}

fn check_product(
    index: usize,
    product: &Product,
    shapes: &[Shape],
    sources: &[&GpuBatch],
) -> Result<(), LinalgError> {
    operands::check_window(sources, index, product.a, product.op_a, &product.a_window)?;
    operands::check_window(sources, index, product.b, product.op_b, &product.b_window)?;
    let dest = operands::dest_shape(index, product.dest, shapes)?;
    let (rows, cols) = (product.a_window.rows, product.b_window.cols);
    let expected = if product.a_window.cols != product.b_window.rows {
        format!("a second factor of {} rows", product.a_window.cols)
    } else if operands::inside(product.row, rows, dest.rows)
        && operands::inside(product.col, cols, dest.cols)
    {
        return Ok(());
    } else {
        let (row, col) = (product.row, product.col);
        format!("a product that fits at ({row}, {col}) into {} x {}", dest.rows, dest.cols)
    };
    Err(LinalgError::Shape { index, rows, cols, expected })
}

/// Products between the same buffers in one launch, in rounds that write to no destination twice.
fn products_of(
    gpu: &Gpu,
    dtype: Dtype,
    shapes: &[Shape],
    sources: &[&GpuBatch],
    products: &[Product],
    stop: &dyn Stop,
) -> Result<GpuBatch, LinalgError> {
    for (index, product) in products.iter().enumerate() {
        check_product(index, product, shapes, sources)?;
    }
    let out = GpuBatch::new(&gpu.device, "matmul", dtype, shapes.to_vec())?;
    let rounds = operands::rounds(products.iter().map(|product| product.dest), shapes.len());
    let mut launches: BTreeMap<_, Vec<layout::Product>> = BTreeMap::new();
    for (product, round) in products.iter().zip(rounds) {
        let depth = product.a_window.cols;
        if product.a_window.rows == 0 || depth == 0 || product.b_window.cols == 0 {
            continue;
        }
        let operand = |source: crate::linalg::Source, op: Op, w: &crate::linalg::Window| {
            let (slab, whole) = view(sources[source.batch], source.matrix);
            let turned = if op == Op::None { whole } else { whole.adjoint() };
            ((source.batch, slab), turned.window(w.row, w.col, w.rows, w.cols))
        };
        let (a_at, a) = operand(product.a, product.op_a, &product.a_window);
        let (b_at, b) = operand(product.b, product.op_b, &product.b_window);
        let (out_slab, whole) = view(&out, product.dest);
        let to = whole.window(product.row, product.col, a.shape.rows, b.shape.cols);
        let launch = launches.entry((round, a_at, b_at, out_slab)).or_default();
        launch.push(plan::product(a, b, to, product.scale));
    }
    let mut recorder = Recorder::new(&gpu.device, stop);
    for ((_, a, b, out_slab), products) in launches {
        let (a, b) = (&sources[a.0].buffers[a.1], &sources[b.0].buffers[b.1]);
        let out = &out.buffers[out_slab];
        matmul::matmul(&mut recorder, dtype, (a, b, out), &products)?;
    }
    recorder.finish()?;
    Ok(out)
}

/// Matrices with elements, by the buffer they lie in.
fn by_slab(batch: &GpuBatch) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new(); batch.buffers.len()];
    for (index, place) in batch.slabs.places.iter().enumerate() {
        if !batch.shapes()[index].is_empty() {
            lists[place.slab].push(index);
        }
    }
    lists
}

fn divided(
    gpu: &Gpu,
    batch: &GpuBatch,
    rows: &[Vec<f64>],
    cols: &[Vec<f64>],
) -> Result<GpuBatch, LinalgError> {
    check_energies(batch.shapes(), rows, cols)?;
    let device = &gpu.device;
    let out = GpuBatch::new(device, "divide", batch.dtype(), batch.shapes().to_vec())?;
    let kernel = match (batch.dtype(), device.mixed) {
        (Dtype::F64, false) => &DIVIDE,
        (Dtype::C128, false) => &DIVIDE_COMPLEX,
        (Dtype::F64, true) => &MIXED_DIVIDE,
        (Dtype::C128, true) => &MIXED_DIVIDE_COMPLEX,
    };
    let mut recorder = Recorder::new(device, &Never);
    for (slab, indices) in by_slab(batch).into_iter().enumerate() {
        let (mut jobs, mut tasks, mut energies) = (Vec::new(), Vec::new(), Vec::new());
        let mut works = Vec::new();
        for index in indices {
            let shape = batch.shapes()[index];
            let (rows, cols) = (&rows[index], &cols[index]);
            let first_row = energies.len() as u32;
            energies.extend_from_slice(rows);
            energies.extend_from_slice(cols);
            for row in (0..shape.rows as u32).step_by(divide::ROWS as usize) {
                tasks.push(RowTask { job: jobs.len() as u32, row });
                works.push(8 * u64::from(divide::ROWS) * shape.cols as u64);
            }
            jobs.push(DivideJob {
                first: batch.slabs.places[index].first,
                rows: shape.rows as u32,
                cols: shape.cols as u32,
                first_row,
                first_col: first_row + shape.rows as u32,
            });
        }
        if tasks.is_empty() {
            continue;
        }
        let jobs = device.records("divide.jobs", &jobs)?;
        let tasks = device.records("divide.tasks", &tasks)?;
        let energies = device.records("divide.energies", &energies)?;
        let buffers = [&jobs, &tasks, &energies, &batch.buffers[slab], &out.buffers[slab]];
        recorder.tasks(&device.bind(kernel, &buffers)?, &works, Launch::default())?;
    }
    recorder.finish()?;
    Ok(out)
}

fn dots(gpu: &Gpu, a: &GpuBatch, b: &GpuBatch) -> Result<Vec<Vec<f64>>, LinalgError> {
    if a.dtype() != b.dtype() {
        return Err(LinalgError::MixedTypes);
    }
    check_same_shapes(a.shapes(), b.shapes())?;
    let device = &gpu.device;
    let kernel = match (a.dtype(), device.mixed) {
        (Dtype::F64, false) => &COLUMN_DOTS,
        (Dtype::C128, false) => &COLUMN_DOTS_COMPLEX,
        (Dtype::F64, true) => &MIXED_COLUMN_DOTS,
        (Dtype::C128, true) => &MIXED_COLUMN_DOTS_COMPLEX,
    };
    let mut dots: Vec<Vec<f64>> = a.shapes().iter().map(|shape| vec![0.0; shape.cols]).collect();
    // Equal shapes lie at equal places.
    for (slab, indices) in by_slab(a).into_iter().enumerate() {
        let (mut jobs, mut tasks, mut works, mut n_cols) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for &index in &indices {
            let (shape, first) = (a.shapes()[index], a.slabs.places[index].first);
            for row in (0..shape.cols as u32).step_by(column_dots::WIDTH as usize) {
                tasks.push(RowTask { job: jobs.len() as u32, row });
                works.push(8 * u64::from(column_dots::WIDTH) * shape.rows as u64);
            }
            let (rows, cols) = (shape.rows as u32, shape.cols as u32);
            jobs.push(DotsJob { a_first: first, b_first: first, rows, cols, out_first: n_cols });
            n_cols += cols;
        }
        if tasks.is_empty() {
            continue;
        }
        let job_buffer = device.records("column_dots.jobs", &jobs)?;
        let task_buffer = device.records("column_dots.tasks", &tasks)?;
        let out = device.storage("column_dots.dots", 8 * u64::from(n_cols))?;
        let buffers = [&job_buffer, &task_buffer, &a.buffers[slab], &b.buffers[slab], &out];
        let mut recorder = Recorder::new(device, &Never);
        recorder.tasks(&device.bind(kernel, &buffers)?, &works, Launch::default())?;
        recorder.finish()?;
        let mut all = vec![f64::NAN; n_cols as usize];
        device.read(&out, 0, bytemuck::cast_slice_mut(&mut all))?;
        for (index, job) in indices.into_iter().zip(&jobs) {
            dots[index].copy_from_slice(&all[job.out_first as usize..][..job.cols as usize]);
        }
    }
    Ok(dots)
}

fn check_same_shapes(a: &[Shape], b: &[Shape]) -> Result<(), LinalgError> {
    if a.len() != b.len() {
        return Err(LinalgError::Shape {
            index: a.len().min(b.len()),
            rows: 0,
            cols: 0,
            expected: format!("{} matrices, not {}", a.len(), b.len()),
        });
    }
    match a.iter().zip(b).position(|(a, b)| a != b) {
        None => Ok(()),
        Some(index) => Err(LinalgError::Shape {
            index,
            rows: b[index].rows,
            cols: b[index].cols,
            expected: format!("{} x {}", a[index].rows, a[index].cols),
        }),
    }
}
