//! Up the shells with symmetries: the full density matrix, reduced to the kept states of each shell
//! (specification, section 7; Weichselbaum and von Delft 2007), one temperature, all runs.
//!
//! R commutes with F and P: sectors that are images of each other have the same block, and elements
//! between states of different parity vanish. The sum over the sectors of the shell is taken over
//! the stored ones, each as often as it has images, and projected on equal parities.
use std::collections::BTreeMap;

use super::record::{Elements, Shell};
use crate::linalg::{
    Batch, Device, Dtype, HostBatch, LinalgError, Op, Product, Ragged, Shape, Source, Window,
};
use crate::nrg::complete::blocks::on_host;
use crate::nrg::shell::Sector;
use crate::nrg::space::{KeptSpace, Label};
use crate::stop::Stop;

/// Weights of the discarded states of one shell and run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boltzmann {
    /// ln of the weight at the shell's ground state, environment included.
    pub log_weight: f64,
    pub temperature: f64,
    /// omega_n
    pub omega: f64,
}

impl Boltzmann {
    /// Weight of a discarded state at a rescaled energy.
    pub(super) fn weight(&self, rescaled: f64) -> f64 {
        (self.log_weight - rescaled * self.omega / self.temperature).exp()
    }
}

/// R between the kept states before a shell: (run, stored label) -> matrix.
pub(super) struct Reduced {
    pub batch: Batch,
    pub blocks: Ragged<f64>,
    pub table: BTreeMap<(usize, Label), usize>,
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

    /// R_{n-1} = Tr_rung [ U_K R_n U_K^T + U_D diag(w) U_D^T ].
    pub(super) fn step(
        &self,
        (device, stop): (&dyn Device, &dyn Stop),
        shell: &Shell,
        elements: &Elements,
        weights: &[Option<Boltzmann>],
    ) -> Result<Self, LinalgError> {
        let mut sum = Sum::default();
        for (member, &run) in shell.members.iter().enumerate() {
            let Some(weights) = &weights[member] else { continue };
            for (&label, sector) in &shell.shells[member].sectors {
                let Some(middle) = middle(sector, self.get(run, label), weights) else { continue };
                let source = elements.sources[member][&label];
                sum.add(&shell.olds[member], (run, label), sector, (source, middle));
            }
        }
        let middle = device.upload(HostBatch::F64(Ragged::new(sum.middle_shapes, sum.middles)?))?;
        let sources = [&elements.states, &middle];
        let y = device.matmul(Dtype::F64, &sum.y_shapes, &sources, &sum.y_products, stop)?;
        let sources = [&elements.states, &y];
        let batch = device.matmul(Dtype::F64, &sum.shapes, &sources, &sum.products, stop)?;
        let mut blocks = on_host(device, &batch)?;
        let member = |run: usize| shell.members.iter().position(|&m| m == run);
        for (&(run, label), &matrix) in &sum.table {
            let Some(old) = member(run).map(|member| &shell.olds[member]) else { continue };
            project(old, label, blocks.matrix_mut(matrix));
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

/// R_n on the kept states and the weights on the diagonal of the discarded ones; none where all
/// vanishes.
fn middle(sector: &Sector, kept: Option<&[f64]>, weights: &Boltzmann) -> Option<Vec<f64>> {
    let (count, size) = (sector.kept(), sector.active());
    let energies = sector.active_energies();
    if kept.is_none() && count == size {
        return None;
    }
    let mut block = vec![0.0; size * size];
    if let Some(kept) = kept {
        for row in 0..count {
            block[row * size..][..count].copy_from_slice(&kept[row * count..][..count]);
        }
    }
    for state in count..size {
        block[state * (size + 1)] = weights.weight(energies[state]);
    }
    Some(block)
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

/// The products of one step.
#[derive(Default)]
struct Sum {
    middle_shapes: Vec<Shape>,
    middles: Vec<f64>,
    y_shapes: Vec<Shape>,
    y_products: Vec<Product>,
    shapes: Vec<Shape>,
    products: Vec<Product>,
    table: BTreeMap<(usize, Label), usize>,
}

impl Sum {
    fn add(
        &mut self,
        old: &KeptSpace,
        (run, label): (usize, Label),
        sector: &Sector,
        (states, middle): (Source, Vec<f64>),
    ) {
        let (order, size) = (sector.product.order, sector.active());
        let index = self.middle_shapes.len();
        self.middle_shapes.push(Shape::square(size));
        self.middles.extend(middle);
        self.y_shapes.push(Shape::new(order, size));
        self.y_products.push(Product {
            a: states,
            op_a: Op::None,
            a_window: Window { row: 0, col: 0, rows: order, cols: size },
            b: Source { batch: 1, matrix: index },
            op_b: Op::None,
            b_window: Window { row: 0, col: 0, rows: size, cols: size },
            scale: 1.0,
            dest: index,
            row: 0,
            col: 0,
        });
        for segment in &sector.product.segments {
            let stored = old.stored(segment.old);
            let shapes = &mut self.shapes;
            let dest = *self.table.entry((run, stored)).or_insert_with(|| {
                shapes.push(Shape::square(segment.len));
                shapes.len() - 1
            });
            let images = |label: Label| label.multiplicity(old.symmetric) as f64;
            let (row, rows, cols) = (segment.start, segment.len, size);
            self.products.push(Product {
                a: Source { batch: 1, matrix: index },
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
