//! Up the shells with symmetries: the full density matrix, reduced to the kept states of each shell
//! (specification, section 7; Weichselbaum and von Delft 2007), one temperature, all runs.
//!
//! R commutes with F and P: sectors that are images of each other have the same block, and elements
//! between states of different parity vanish. The sum over the sectors of the shell is taken over
//! the stored ones, each as often as it has images, and projected on equal parities.
use std::collections::BTreeMap;

use super::record::{Elements, Shell};
use crate::linalg::{
    Batch, Device, Dtype, HostBatch, LinalgError, Map, Op, Placement, Product, Ragged, Shape,
    Source, Window,
};
use crate::nrg::rotate::Frame;
use crate::nrg::shell::Sector;
use crate::nrg::space::{KeptSpace, Label};
use crate::stop::Stop;

/// Weights of the discarded states of one shell and run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boltzmann {
    pub temperature: f64,
    /// omega_n
    pub omega: f64,
    /// Weights that cannot show.
    pub negligible: f64,
}

impl Boltzmann {
    /// Weight of a discarded state at a rescaled energy, relative to the shell's ground state.
    pub(super) fn weight(&self, rescaled: f64) -> f64 {
        (-rescaled * self.omega / self.temperature).exp()
    }
}

/// The elements of a real batch.
pub(super) fn real(batch: &HostBatch) -> Result<&Ragged<f64>, LinalgError> {
    match batch {
        HostBatch::F64(ragged) => Ok(ragged),
        HostBatch::C128(_) => Err(LinalgError::MixedTypes),
    }
}

/// Blocks on kept states: (run, stored label) -> matrix.
type Table = BTreeMap<(usize, Label), usize>;

/// What the discarded states of a shell contribute to R, relative to the weight of the shell's ground
/// state: Tr_rung U_D diag(w) U_D^T.
#[derive(Debug)]
pub(super) struct Discarded {
    blocks: Ragged<f64>,
    table: Table,
}

impl Discarded {
    /// At one temperature; the frame's states are the discarded ones, `weights` those of each turn that
    /// has any.
    /// Errors: of the device.
    pub(super) fn new(
        frame: &Frame,
        members: &[usize],
        weights: &[Option<Boltzmann>],
    ) -> Result<Self, LinalgError> {
        let Frame { device, stop, states, turns, .. } = *frame;
        let (mut shapes, mut placements, mut sum) = (Vec::new(), Vec::new(), Sum::default());
        for ((turn, &run), weights) in turns.iter().zip(members).zip(weights) {
            let Some(weights) = weights else { continue };
            for (&label, sector) in &turn.shell.sectors {
                let (kept, cols) = (sector.kept(), sector.active() - sector.kept());
                if cols == 0 {
                    continue;
                }
                let (rows, source) = (sector.product.order, turn.sources[&label]);
                let energies = sector.active_energies().split_off(kept).into_iter().enumerate();
                let table = energies.map(|(i, energy)| (i as u32, weights.weight(energy)));
                placements.push(Placement {
                    source,
                    op: Op::None,
                    window: Window { row: 0, col: 0, rows, cols },
                    scale: 1.0,
                    dest: shapes.len(),
                    rows: Map::Shift(0),
                    cols: Map::Table { table: table.collect(), start: 0 },
                });
                sum.add(turn.old, (run, label), sector, (shapes.len(), source, cols));
                shapes.push(Shape::new(rows, cols));
            }
        }
        let weighted =
            device.gather(Dtype::F64, &shapes, &[&states.batches[0]], &placements, &[])?;
        let sources = [&states.batches[0], &weighted];
        let batch = device.matmul(Dtype::F64, &sum.shapes, &sources, &sum.products, stop)?;
        let blocks = real(device.download(&batch)?.as_ref())?.clone();
        Ok(Self { blocks, table: sum.table })
    }
}

/// R between the kept states before a shell.
pub(super) struct Reduced {
    pub batch: Batch,
    pub blocks: Ragged<f64>,
    pub table: Table,
}

impl Reduced {
    /// No kept states: before the way back begins.
    pub(super) fn none(device: &dyn Device) -> Result<Self, LinalgError> {
        let blocks = Ragged::zeros(&[]);
        let batch = device.upload(HostBatch::F64(blocks.clone()))?;
        Ok(Self { batch, blocks, table: BTreeMap::new() })
    }

    pub(super) fn get(&self, run: usize, label: Label) -> Option<&[f64]> {
        Some(self.blocks.matrix(*self.table.get(&(run, label))?))
    }

    /// R_{n-1} = Tr_rung [ U_K R_n U_K^T + U_D diag(w) U_D^T ]; `weight(member)` is the weight of the
    /// shell's ground state, environment included.
    pub(super) fn step(
        &self,
        (device, stop): (&dyn Device, &dyn Stop),
        shell: &Shell,
        elements: &Elements,
        discarded: Option<&Discarded>,
        weight: impl Fn(usize) -> Option<f64>,
    ) -> Result<Self, LinalgError> {
        let mut sum = Sum::default();
        let (mut shapes, mut products) = (Vec::new(), Vec::new());
        for (member, &run) in shell.members.iter().enumerate() {
            for (&label, sector) in &shell.shells[member].sectors {
                let Some(&r) = self.table.get(&(run, label)) else { continue };
                let (source, kept) = (elements.sources[member][&label], sector.kept());
                let order = sector.product.order;
                products.push(Product {
                    a: source,
                    op_a: Op::None,
                    a_window: Window { row: 0, col: 0, rows: order, cols: kept },
                    b: Source { batch: 1, matrix: r },
                    op_b: Op::None,
                    b_window: Window { row: 0, col: 0, rows: kept, cols: kept },
                    scale: 1.0,
                    dest: shapes.len(),
                    row: 0,
                    col: 0,
                });
                let old = &shell.olds[member];
                sum.add(old, (run, label), sector, (shapes.len(), source, kept));
                shapes.push(Shape::new(order, kept));
            }
        }
        let sources = [&elements.states, &self.batch];
        let y = device.matmul(Dtype::F64, &shapes, &sources, &products, stop)?;
        let member = |run: usize| shell.members.iter().position(|&m| m == run);
        if let Some(discarded) = discarded {
            for (&key, &matrix) in &discarded.table {
                sum.dest(key, discarded.blocks.shape(matrix));
            }
        }
        let sources = [&elements.states, &y];
        let batch = device.matmul(Dtype::F64, &sum.shapes, &sources, &sum.products, stop)?;
        let mut blocks = real(device.download(&batch)?.as_ref())?.clone();
        for (&(run, label), &matrix) in &sum.table {
            let Some(member) = member(run) else { continue };
            let block = blocks.matrix_mut(matrix);
            let more = discarded.and_then(|d| Some(d.blocks.matrix(*d.table.get(&(run, label))?)));
            if let (Some(more), Some(weight)) = (more, weight(member)) {
                block.iter_mut().zip(more).for_each(|(x, more)| *x += weight * more);
            }
            project(&shell.olds[member], label, block);
        }
        let batch = device.upload(HostBatch::F64(blocks.clone()))?;
        Ok(Self { batch, blocks, table: sum.table })
    }

    /// Tr R of one run, images included.
    pub(super) fn trace(&self, run: usize) -> f64 {
        let of_run = self.table.iter().filter(|((of, _), _)| *of == run);
        of_run
            .map(|((_, label), &matrix)| {
                let order = self.blocks.shape(matrix).rows;
                let diagonal = self.blocks.matrix(matrix).iter().step_by(order + 1);
                label.multiplicity(true) as f64 * diagonal.sum::<f64>()
            })
            .sum()
    }
}

/// Elements between states of different parity vanish.
fn project(old: &KeptSpace, label: Label, block: &mut [f64]) {
    let Some(sector) = old.sectors.get(&label) else { return };
    let order = sector.energies.len();
    for signs in [&sector.flip, &sector.hole].into_iter().filter(|signs| !signs.is_empty()) {
        for i in 0..order {
            for j in 0..order {
                if signs[i] != signs[j] {
                    block[i * order + j] = 0.0;
                }
            }
        }
    }
}

/// Partial traces over the rung: Y U^T, source batch 0 holds U and 1 holds Y.
#[derive(Default)]
struct Sum {
    shapes: Vec<Shape>,
    products: Vec<Product>,
    table: Table,
}

impl Sum {
    fn dest(&mut self, key: (usize, Label), shape: Shape) -> usize {
        let shapes = &mut self.shapes;
        *self.table.entry(key).or_insert_with(|| {
            shapes.push(shape);
            shapes.len() - 1
        })
    }

    /// Adds matrix `y` times U, which has `cols` columns.
    fn add(
        &mut self,
        old: &KeptSpace,
        (run, label): (usize, Label),
        sector: &Sector,
        (y, states, cols): (usize, Source, usize),
    ) {
        for segment in &sector.product.segments {
            let stored = old.stored(segment.old);
            let dest = self.dest((run, stored), Shape::square(segment.len));
            let images = |label: Label| label.multiplicity(old.symmetric) as f64;
            let (row, rows) = (segment.start, segment.len);
            self.products.push(Product {
                a: Source { batch: 1, matrix: y },
                op_a: Op::None,
                a_window: Window { row, col: 0, rows, cols },
                b: states,
                op_b: Op::Adjoint,
                b_window: Window { row: 0, col: row, rows: cols, cols: rows },
                scale: images(label) / images(stored),
                dest,
                row: 0,
                col: 0,
            });
        }
    }
}
