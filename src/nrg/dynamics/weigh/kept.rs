//! Pairs in which a kept state carries weight, on the way up.
use rayon::prelude::*;

use super::{NEGLIGIBLE, ends, factor};
use crate::linalg::{Batch, Device, Dtype, LinalgError, Op, Product, Shape, Source, Window};
use crate::nrg::dynamics::discrete::Discrete;
use crate::nrg::dynamics::record::{Elements, Shell};
use crate::nrg::dynamics::reduced::{Reduced, real};
use crate::nrg::operators::Spin;
use crate::stop::Stop;

/// Adds the pairs of one shell at one temperature in which a kept state carries weight; `sinks` (member,
/// sinks) follow [`Spin::ALL`].
pub(in crate::nrg::dynamics) fn weigh_kept(
    (device, stop): (&dyn Device, &dyn Stop),
    shell: &Shell,
    elements: &Elements,
    reduced: &Reduced,
    sinks: Vec<(usize, &mut [Discrete; 4])>,
) -> Result<(), LinalgError> {
    let dressed = dress((device, stop), shell, elements, reduced)?;
    let host = device.download(&dressed.batch)?;
    let blocks = real(&host)?;
    let mut hosts = Vec::new();
    for batch in &elements.spins {
        hosts.push(device.download(batch)?);
    }
    let hosts = hosts.iter().map(|host| real(host)).collect::<Result<Vec<_>, _>>()?;
    let tasks: Vec<_> = sinks
        .into_iter()
        .flat_map(|(member, sinks)| {
            sinks.iter_mut().enumerate().map(move |(spin, sink)| (member, spin, sink))
        })
        .collect();
    tasks.into_par_iter().for_each(|(member, spin, sink)| {
        let omega = shell.omegas[member];
        let mine = elements.directions[spin].iter().enumerate();
        for (number, direction) in mine.filter(|(_, direction)| direction.turn == member) {
            let Some((row, col)) = ends(&shell.shells[member], direction) else { continue };
            let Some(first) = dressed.first[spin][number] else { continue };
            let factor = factor(Spin::ALL[spin], direction.col);
            let columns: Vec<f64> =
                col.active_energies()[..col.kept()].iter().map(|e| e * omega).collect();
            for (offset, block) in row.blocks.iter().enumerate() {
                let elements = hosts[spin].matrix(direction.first + offset);
                let elements = &elements[block.kept * columns.len()..];
                let energies = block.energies[block.kept..].iter().map(|e| e * omega);
                let pairs = Dressing { columns: &columns, factor, elements };
                pairs.add_to(energies, blocks.matrix(first + offset), sink);
            }
        }
    });
    Ok(())
}

/// Elements of discarded rows and kept columns.
struct Dressing<'a> {
    /// In units of D.
    columns: &'a [f64],
    factor: f64,
    elements: &'a [f64],
}

impl Dressing<'_> {
    fn add_to(&self, rows: impl Iterator<Item = f64>, dressed: &[f64], sink: &mut Discrete) {
        let cols = self.columns.len().max(1);
        let lines = self.elements.chunks_exact(cols).zip(dressed.chunks_exact(cols));
        for (energy, (line, dressed)) in rows.zip(lines) {
            for ((x, xr), below) in line.iter().zip(dressed).zip(self.columns) {
                let weight = self.factor * x * xr;
                if NEGLIGIBLE < weight.abs() {
                    let gap = energy - below;
                    sink.record(gap, weight, 2.0 * weight / gap);
                }
            }
        }
    }
}

/// X R of every block whose columns carry R.
struct Dressed {
    batch: Batch,
    /// [spin][direction]: the matrix of its first block.
    first: Vec<Vec<Option<usize>>>,
}

fn dress(
    (device, stop): (&dyn Device, &dyn Stop),
    shell: &Shell,
    elements: &Elements,
    reduced: &Reduced,
) -> Result<Dressed, LinalgError> {
    let (mut shapes, mut products, mut first) = (Vec::new(), Vec::new(), vec![vec![]; 4]);
    for (spin, directions) in elements.directions.iter().enumerate() {
        for direction in directions {
            let label = direction.col.canonical();
            let found = reduced.table.get(&(shell.members[direction.turn], label));
            let ends = ends(&shell.shells[direction.turn], direction);
            let (Some(&r), Some((row, col))) = (found, ends) else {
                first[spin].push(None);
                continue;
            };
            first[spin].push(Some(shapes.len()));
            let kept = col.kept();
            for (offset, block) in row.blocks.iter().enumerate() {
                let rows = block.energies.len() - block.kept;
                products.push(Product {
                    a: Source { batch: spin, matrix: direction.first + offset },
                    op_a: Op::None,
                    a_window: Window { row: block.kept, col: 0, rows, cols: kept },
                    b: Source { batch: 4, matrix: r },
                    op_b: Op::None,
                    b_window: Window { row: 0, col: 0, rows: kept, cols: kept },
                    scale: 1.0,
                    dest: shapes.len(),
                    row: 0,
                    col: 0,
                });
                shapes.push(Shape::new(rows, kept));
            }
        }
    }
    let [a, b, c, d] = &elements.spins;
    let sources = [a, b, c, d, &reduced.batch];
    let batch = device.matmul(Dtype::F64, &shapes, &sources, &products, stop)?;
    Ok(Dressed { batch, first })
}
