//! Sectors of a shell, operator blocks between them, and the products that turn one shell's blocks
//! into the next one's. Labels are (electrons, 2 S_z); everything is real.
use std::collections::BTreeMap;

use super::fock::Small;
use crate::linalg::{
    Batch, Device, Dtype, HostBatch, LinalgError, Op, Product, Ragged, Shape, Source, Window,
};
use crate::nrg::space::Label;
use crate::stop::Stop;

/// Product states of one sector that stem from one kept sector and one state of the new rung.
#[derive(Debug, Clone, Copy)]
pub(in crate::nrg) struct Segment {
    pub old: Label,
    pub rung: usize,
    pub start: usize,
    pub len: usize,
}

/// One sector of a shell.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Sector {
    pub segments: Vec<Segment>,
    pub order: usize,
    /// Rescaled, above the ground state of the shell, ascending; the first `kept` are kept.
    pub energies: Vec<f64>,
    pub kept: usize,
    /// Index of its eigenvectors in the shell's batch.
    pub matrix: usize,
}

pub(in crate::nrg) type Sectors = BTreeMap<Label, Sector>;

/// The blocks of one operator, by column label; row label = column label + change.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Blocks {
    pub change: Label,
    pub table: BTreeMap<Label, usize>,
    pub batch: Batch,
}

/// The elements of a real batch in host memory.
pub(in crate::nrg) fn on_host(
    device: &dyn Device,
    batch: &Batch,
) -> Result<Ragged<f64>, LinalgError> {
    match device.download(batch)?.as_ref() {
        HostBatch::F64(ragged) => Ok(ragged.clone()),
        HostBatch::C128(_) => Err(LinalgError::MixedTypes),
    }
}

/// States of each label among `labels`, in ascending order.
pub(in crate::nrg) fn members(labels: &[Label]) -> BTreeMap<Label, Vec<usize>> {
    let mut members: BTreeMap<Label, Vec<usize>> = BTreeMap::new();
    for (state, &label) in labels.iter().enumerate() {
        members.entry(label).or_default().push(state);
    }
    members
}

/// The blocks of a matrix between states of the given labels.
pub(in crate::nrg) fn local_blocks(
    device: &dyn Device,
    labels: &[Label],
    change: Label,
    matrix: &Small,
) -> Result<Blocks, LinalgError> {
    let members = members(labels);
    let (mut table, mut shapes, mut data) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (&col, columns) in &members {
        let Some(rows) = members.get(&col.shifted(change)) else { continue };
        table.insert(col, shapes.len());
        shapes.push(Shape::new(rows.len(), columns.len()));
        for &row in rows {
            data.extend(columns.iter().map(|&state| matrix.get(row, state)));
        }
    }
    let batch = device.upload(HostBatch::F64(Ragged::new(shapes, data)?))?;
    Ok(Blocks { change, table, batch })
}

/// One shell's eigenvectors.
#[derive(Clone, Copy)]
pub(in crate::nrg) struct Basis<'a> {
    pub device: &'a dyn Device,
    pub stop: &'a dyn Stop,
    pub sectors: &'a Sectors,
    pub vectors: &'a Batch,
}

impl Basis<'_> {
    /// U^T (O x 1) U of the given column labels, on the wanted rectangles of eigenstates (of row and
    /// column sector), zero elsewhere; `shape` gives each block's size.
    pub(in crate::nrg) fn rotate(
        &self,
        old: &Blocks,
        columns: impl IntoIterator<Item = Label>,
        shape: impl Fn(&Sector, &Sector) -> Shape,
        wanted: impl Fn(&Sector, &Sector) -> Vec<Window>,
    ) -> Result<Blocks, LinalgError> {
        let (mut w_shapes, mut w_products) = (Vec::new(), Vec::new());
        let (mut shapes, mut products, mut table) = (Vec::new(), Vec::new(), BTreeMap::new());
        for col_label in columns {
            let ends = [col_label.shifted(old.change), col_label].map(|l| self.sectors.get(&l));
            let [Some(row), Some(col)] = ends else { continue };
            let size = shape(row, col);
            if size.is_empty() {
                continue;
            }
            let applied = w_shapes.len();
            let windows = wanted(row, col);
            let width = windows.iter().map(|w| w.col + w.cols).max().unwrap_or(0);
            w_shapes.push(Shape::new(row.order, width));
            apply(old, row, col, width, applied, &mut w_products);
            for window in windows.iter().filter(|w| w.rows != 0 && w.cols != 0) {
                products.push(project(row, window, applied, shapes.len()));
            }
            table.insert(col_label, shapes.len());
            shapes.push(size);
        }
        let Self { device, stop, vectors, .. } = *self;
        let sources = [&old.batch, vectors];
        let applied = device.matmul(Dtype::F64, &w_shapes, &sources, &w_products, stop)?;
        let batch = device.matmul(Dtype::F64, &shapes, &[vectors, &applied], &products, stop)?;
        Ok(Blocks { change: old.change, table, batch })
    }

    /// U^T (O x 1) U between kept states.
    pub(in crate::nrg) fn rotate_kept(&self, old: &Blocks) -> Result<Blocks, LinalgError> {
        let kept =
            |row: &Sector, col: &Sector| Window { row: 0, col: 0, rows: row.kept, cols: col.kept };
        let shape = |row: &Sector, col: &Sector| Shape::new(row.kept, col.kept);
        self.rotate(old, self.sectors.keys().copied(), shape, |row, col| vec![kept(row, col)])
    }

    /// An operator of the newest rung between kept states; a fermionic one carries (-1)^N of the
    /// states before it.
    pub(in crate::nrg) fn rung_operator(
        &self,
        change: Label,
        rung: &Small,
    ) -> Result<Blocks, LinalgError> {
        let (mut shapes, mut products, mut table) = (Vec::new(), Vec::new(), BTreeMap::new());
        let fermionic = change.charge % 2 != 0;
        for (&col_label, col) in self.sectors {
            let Some(row) = self.sectors.get(&col_label.shifted(change)) else { continue };
            if row.kept == 0 || col.kept == 0 {
                continue;
            }
            let dest = shapes.len();
            table.insert(col_label, dest);
            shapes.push(Shape::new(row.kept, col.kept));
            for (left, right) in pairs(row, col, |left, right| left.old == right.old) {
                let sign = if fermionic { right.old.fermion_sign() } else { 1.0 };
                let scale = sign * rung.get(left.rung, right.rung);
                if scale == 0.0 {
                    continue;
                }
                let (rows, cols) = (row.kept, col.kept);
                products.push(Product {
                    a: Source { batch: 0, matrix: row.matrix },
                    op_a: Op::Adjoint,
                    a_window: Window { row: 0, col: left.start, rows, cols: left.len },
                    b: Source { batch: 0, matrix: col.matrix },
                    op_b: Op::None,
                    b_window: Window { row: right.start, col: 0, rows: right.len, cols },
                    scale,
                    dest,
                    row: 0,
                    col: 0,
                });
            }
        }
        let Self { device, stop, vectors, .. } = *self;
        let batch = device.matmul(Dtype::F64, &shapes, &[vectors], &products, stop)?;
        Ok(Blocks { change, table, batch })
    }
}

/// The pairs of segments that an operator connects.
fn pairs<'a>(
    row: &'a Sector,
    col: &'a Sector,
    connects: impl Fn(&Segment, &Segment) -> bool + 'a,
) -> impl Iterator<Item = (&'a Segment, &'a Segment)> {
    let all =
        col.segments.iter().flat_map(|right| row.segments.iter().map(move |left| (left, right)));
    all.filter(move |(left, right)| connects(left, right))
}

/// W = (O x 1) U: source batch 0 holds the old blocks, 1 the eigenvectors.
fn apply(
    old: &Blocks,
    row: &Sector,
    col: &Sector,
    cols: usize,
    dest: usize,
    products: &mut Vec<Product>,
) {
    for (left, right) in pairs(row, col, |left, right| left.rung == right.rung) {
        let Some(&matrix) = old.table.get(&right.old) else { continue };
        products.push(Product {
            a: Source { batch: 0, matrix },
            op_a: Op::None,
            a_window: Window { row: 0, col: 0, rows: left.len, cols: right.len },
            b: Source { batch: 1, matrix: col.matrix },
            op_b: Op::None,
            b_window: Window { row: right.start, col: 0, rows: right.len, cols },
            scale: 1.0,
            dest,
            row: left.start,
            col: 0,
        });
    }
}

/// U^T W on one rectangle: source batch 0 holds the eigenvectors, 1 the applied operator.
fn project(row: &Sector, window: &Window, applied: usize, dest: usize) -> Product {
    let Window { row: first, col, rows, cols } = *window;
    Product {
        a: Source { batch: 0, matrix: row.matrix },
        op_a: Op::Adjoint,
        a_window: Window { row: first, col: 0, rows, cols: row.order },
        b: Source { batch: 1, matrix: applied },
        op_b: Op::None,
        b_window: Window { row: 0, col, rows: row.order, cols },
        scale: 1.0,
        dest,
        row: first,
        col,
    }
}
