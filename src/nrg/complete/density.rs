//! Up the shells: the full density matrix, reduced to the kept states of each shell (specification,
//! section 7; Weichselbaum and von Delft 2007).
use std::collections::BTreeMap;

use super::blocks::{Sector, on_host};
use super::forward::Shell;
use super::thermal::Weights;
use crate::linalg::{
    Batch, Device, Dtype, HostBatch, LinalgError, Op, Product, Ragged, Shape, Source, Window,
};
use crate::nrg::space::Label;
use crate::stop::Stop;

/// Discarded states with less weight than this are left out.
const NEGLIGIBLE: f64 = 1e-25;

/// R_n on the kept states of a shell (or on the start's product states), for every temperature.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Density {
    /// [temperature]: label -> matrix.
    pub tables: Vec<BTreeMap<Label, usize>>,
    pub blocks: Ragged<f64>,
}

impl Density {
    /// No kept states: before the way back begins.
    pub(in crate::nrg) fn none(temperatures: usize) -> Self {
        Self { tables: vec![BTreeMap::new(); temperatures], blocks: Ragged::zeros(&[]) }
    }

    pub(in crate::nrg) fn get(&self, t: usize, label: Label) -> Option<&[f64]> {
        Some(self.blocks.matrix(*self.tables[t].get(&label)?))
    }

    /// Tr R at one temperature.
    pub(in crate::nrg) fn trace(&self, t: usize) -> f64 {
        let trace = |&matrix: &usize| {
            let order = self.blocks.shape(matrix).rows;
            self.blocks.matrix(matrix).iter().step_by(order + 1).sum::<f64>()
        };
        self.tables[t].values().map(trace).sum()
    }
}

/// How many states of a sector carry weight or are kept.
pub(in crate::nrg) fn active(weights: &Weights, n: usize, t: usize, sector: &Sector) -> usize {
    let below = sector.energies.partition_point(|&e| NEGLIGIBLE < weights.weight(n, t, e));
    below.max(weights.kept(n, sector))
}

/// R_{n-1} = Tr_rung [ U_K R_n U_K^T + U_D diag(w) U_D^T ].
pub(in crate::nrg) fn step(
    device: &dyn Device,
    stop: &dyn Stop,
    (n, shell, vectors): (usize, &Shell, &Batch),
    weights: &Weights,
    density: &Density,
) -> Result<Density, LinalgError> {
    let (mut middle_shapes, mut middles) = (Vec::new(), Vec::new());
    let (mut y_shapes, mut y_products) = (Vec::new(), Vec::new());
    let (mut shapes, mut products, mut tables) = (Vec::new(), Vec::new(), Vec::new());
    for t in 0..weights.temperatures.len() {
        let mut table = BTreeMap::new();
        let alive = NEGLIGIBLE < density.trace(t);
        for (&label, sector) in &shell.sectors {
            let size = active(weights, n, t, sector);
            let kept = density.get(t, label).filter(|_| alive);
            if size == 0 || (kept.is_none() && size == weights.kept(n, sector)) {
                continue;
            }
            let middle = middle_shapes.len();
            middle_shapes.push(Shape::square(size));
            middles.extend(weighted(weights, (n, t), sector, kept, size));
            let whole = Window { row: 0, col: 0, rows: sector.order, cols: size };
            y_shapes.push(Shape::new(sector.order, size));
            y_products.push(Product {
                a: Source { batch: 0, matrix: sector.matrix },
                op_a: Op::None,
                a_window: whole,
                b: Source { batch: 1, matrix: middle },
                op_b: Op::None,
                b_window: Window { row: 0, col: 0, rows: size, cols: size },
                scale: 1.0,
                dest: middle,
                row: 0,
                col: 0,
            });
            for segment in &sector.segments {
                let dest = *table.entry(segment.old).or_insert_with(|| {
                    shapes.push(Shape::square(segment.len));
                    shapes.len() - 1
                });
                let (row, rows, cols) = (segment.start, segment.len, size);
                products.push(Product {
                    a: Source { batch: 1, matrix: middle },
                    op_a: Op::None,
                    a_window: Window { row, col: 0, rows, cols },
                    b: Source { batch: 0, matrix: sector.matrix },
                    op_b: Op::Adjoint,
                    b_window: Window { row: 0, col: row, rows: cols, cols: rows },
                    scale: 1.0,
                    dest,
                    row: 0,
                    col: 0,
                });
            }
        }
        tables.push(table);
    }
    let middle = device.upload(HostBatch::F64(Ragged::new(middle_shapes, middles)?))?;
    let y = device.matmul(Dtype::F64, &y_shapes, &[vectors, &middle], &y_products, stop)?;
    let batch = device.matmul(Dtype::F64, &shapes, &[vectors, &y], &products, stop)?;
    Ok(Density { tables, blocks: on_host(device, &batch)? })
}

/// R_n on the kept states, the weights on the diagonal of the discarded ones.
fn weighted(
    weights: &Weights,
    (n, t): (usize, usize),
    sector: &Sector,
    density: Option<&[f64]>,
    size: usize,
) -> Vec<f64> {
    let mut block = vec![0.0; size * size];
    let kept = weights.kept(n, sector);
    if let Some(density) = density {
        for row in 0..kept {
            block[row * size..][..kept].copy_from_slice(&density[row * kept..][..kept]);
        }
    }
    for state in kept..size {
        block[state * (size + 1)] = weights.weight(n, t, sector.energies[state]);
    }
    block
}
