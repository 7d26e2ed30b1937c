//! Vectors of the tridiagonal matrices turned into those of the matrices: Z := Q Z by blocks of
//! reflectors, 1 - V T V^H (Schreiber and Van Loan 1989), all of it matrix products.
use super::super::batch::bytes_of;
use super::super::device::Step;
use super::super::layout::{LargeJob, Launch, PanelRecord, Product};
use super::super::matmul::matmul;
use super::super::plan::{self, View};
use super::super::recorder::Recorder;
use super::super::shaders::compact_wy::PANEL;
use super::super::shaders::{COMPACT_WY, COMPACT_WY_COMPLEX};
use super::wave::Wave;
use crate::linalg::{LinalgError, Shape};

const WIDTH: usize = PANEL as usize;

/// Reflectors `first..first + count` of a job; `record` is the number of the panel.
#[derive(Clone, Copy)]
struct Panel {
    job: LargeJob,
    first: usize,
    count: usize,
    record: usize,
    /// Columns of Z: the first, and how many.
    wanted: [usize; 2],
}

impl Panel {
    /// Rows of V^T on which the reflectors act: element (s, i) is that of reflector s in row
    /// `first + 1 + i`.
    fn reflectors(&self) -> View {
        let n = self.job.order as usize;
        let first = self.job.first + (self.first * n) as u32;
        let all = View::new(first, Shape::new(self.count, n));
        all.window(0, self.first + 1, self.count, n - self.first - 1)
    }
    /// The rows of Z on which they act.
    fn rows(&self) -> View {
        let n = self.job.order as usize;
        let whole = View::new(self.job.first, Shape::square(n));
        let [column, columns] = self.wanted;
        whole.window(self.first + 1, column, n - self.first - 1, columns)
    }
    /// The panel's part of a buffer of `WIDTH` rows per matrix.
    fn scratch(&self) -> View {
        let [column, columns] = self.wanted;
        let n = self.job.order as usize;
        let whole = View::new(self.job.panel_first, Shape::new(self.count, n));
        whole.window(0, column, self.count, columns)
    }
    /// Its small square matrix.
    fn square(&self) -> View {
        let whole = View::new((self.record * WIDTH * WIDTH) as u32, Shape::square(WIDTH));
        whole.window(0, 0, self.count, self.count)
    }
}

fn conjugated(view: View) -> View {
    View { conjugate: true, ..view }
}

fn transposed(view: View) -> View {
    View { conjugate: false, ..view.adjoint() }
}

pub(super) fn back(recorder: &mut Recorder<'_>, wave: &Wave) -> Result<(), LinalgError> {
    let device = recorder.device;
    let panels = panels(wave);
    let count = panels.iter().map(Vec::len).sum::<usize>();
    if count == 0 {
        return Ok(());
    }
    let square_bytes = (count * WIDTH * WIDTH) as u64 * bytes_of(wave.dtype);
    let gram = device.storage("back.gram", square_bytes)?;
    let triangle = device.storage("back.triangle", square_bytes)?;
    triangles(recorder, wave, &panels, (&gram, &triangle))?;

    let scratch_bytes = (wave.rows * WIDTH) as u64 * bytes_of(wave.dtype);
    let (dots, turned) = (
        device.storage("back.dots", scratch_bytes)?,
        device.storage("back.turned", scratch_bytes)?,
    );
    let most = panels.iter().map(Vec::len).max().unwrap_or(0);
    for step in 0..most {
        // The last panel of each matrix first.
        let now: Vec<Panel> =
            panels.iter().filter_map(|list| list.iter().rev().nth(step)).copied().collect();
        let each = |product: &dyn Fn(&Panel) -> Product| -> Vec<Product> {
            now.iter().map(product).collect()
        };
        recorder.push(Step::Clear { buffer: dots.clone() }, 0)?;
        recorder.push(Step::Clear { buffer: turned.clone() }, 0)?;
        let products =
            each(&|p| plan::product(conjugated(p.reflectors()), p.rows(), p.scratch(), 1.0));
        matmul(recorder, wave.dtype, (&wave.v, &wave.z, &dots), &products)?;
        let products = each(&|p| plan::product(p.square(), p.scratch(), p.scratch(), 1.0));
        matmul(recorder, wave.dtype, (&triangle, &dots, &turned), &products)?;
        let products =
            each(&|p| plan::product(transposed(p.reflectors()), p.scratch(), p.rows(), -1.0));
        matmul(recorder, wave.dtype, (&wave.v, &turned, &wave.z), &products)?;
    }
    Ok(())
}

/// A matrix of order n has n - 1 reflectors; nothing is done where no vector is wanted.
fn panels(wave: &Wave) -> Vec<Vec<Panel>> {
    let mut record = 0;
    let mut panels = Vec::with_capacity(wave.jobs.len());
    for job in &wave.jobs {
        let wanted = wave.wanted(job);
        let wanted = [wanted.start, wanted.len()];
        let reflectors = if wanted[1] == 0 { 0 } else { job.order as usize - 1 };
        let mut list = Vec::new();
        for first in (0..reflectors).step_by(WIDTH) {
            let count = WIDTH.min(reflectors - first);
            list.push(Panel { job: *job, first, count, record, wanted });
            record += 1;
        }
        panels.push(list);
    }
    panels
}

/// T of all panels at once.
fn triangles(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    panels: &[Vec<Panel>],
    (gram, triangle): (&wgpu::Buffer, &wgpu::Buffer),
) -> Result<(), LinalgError> {
    let all: Vec<Panel> = panels.iter().flatten().copied().collect();
    let products: Vec<Product> = all
        .iter()
        .map(|p| {
            let v = p.reflectors();
            plan::product(conjugated(v), transposed(v), p.square(), 1.0)
        })
        .collect();
    recorder.push(Step::Clear { buffer: gram.clone() }, 0)?;
    matmul(recorder, wave.dtype, (&wave.v, &wave.v, gram), &products)?;
    let records: Vec<PanelRecord> = all
        .iter()
        .map(|p| PanelRecord {
            first: (p.record * WIDTH * WIDTH) as u32,
            first_tau: 3 * p.job.first_row + 2 * p.job.order + p.first as u32,
            count: p.count as u32,
        })
        .collect();
    let device = recorder.device;
    let records_buffer = device.records("back.panels", &records)?;
    let kernel = wave.kernel(&COMPACT_WY, &COMPACT_WY_COMPLEX);
    let bound = device.bind(kernel, &[&records_buffer, &wave.columns, gram, triangle])?;
    let work = wave.factor() * (WIDTH as u64).pow(3);
    recorder.tasks(&bound, &vec![work; records.len()], Launch::default())
}
