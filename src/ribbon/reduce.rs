//! Finds what makes a given matrix cheaper: orbitals that do not couple, and phases of the orbitals
//! that make it real.
use std::sync::Arc;

use num_complex::Complex64;

use super::sector::{Element, Matrix, Sector, Sparse};

/// Splits a matrix into its uncoupled parts, each real if phases can make it so.
pub fn reduce(sparse: &Sparse<Complex64>) -> Vec<Sector> {
    let graph = Graph::new(sparse);
    let (parts, phases, real) = graph.walk();
    let count = parts.iter().max().map_or(0, |part| part + 1);
    (0..count).map(|part| sector(sparse, part, &parts, &phases, real[part])).collect()
}

/// Elements off the diagonal, by row, both triangles.
struct Graph {
    neighbours: Vec<Vec<(usize, Complex64)>>,
}

impl Graph {
    fn new(sparse: &Sparse<Complex64>) -> Self {
        let mut neighbours = vec![Vec::new(); sparse.order];
        for (row, col, value) in &sparse.elements {
            if row != col {
                neighbours[*row as usize].push((*col as usize, *value));
                neighbours[*col as usize].push((*row as usize, value.conj()));
            }
        }
        Self { neighbours }
    }

    /// The part of every row, the phase that makes the tree of the walk real, and whether that
    /// makes the whole part real.
    fn walk(&self) -> (Vec<usize>, Vec<Complex64>, Vec<bool>) {
        let order = self.neighbours.len();
        let mut parts = vec![usize::MAX; order];
        let mut phases = vec![Complex64::new(1.0, 0.0); order];
        let mut real = Vec::new();
        for root in 0..order {
            if parts[root] != usize::MAX {
                continue;
            }
            let part = real.len();
            let mut queue = std::collections::VecDeque::from([root]);
            parts[root] = part;
            let mut all_real = true;
            while let Some(row) = queue.pop_front() {
                for (col, value) in &self.neighbours[row] {
                    if parts[*col] == usize::MAX {
                        parts[*col] = part;
                        // conj(phase_row) value phase_col is to be |value|.
                        phases[*col] = snapped(phases[row] * (value.conj() / value.norm()));
                        queue.push_back(*col);
                    }
                    let turned = phases[row].conj() * value * phases[*col];
                    // The phases of a long walk add up their roundings.
                    all_real &= turned.im.abs() <= 1e-13 * (order as f64).sqrt() * value.norm();
                }
            }
            real.push(all_real);
        }
        (parts, phases, real)
    }
}

/// Exactly 1, i, -1, -i where only rounding is between; on the unit circle elsewhere.
fn snapped(phase: Complex64) -> Complex64 {
    if phase.im.abs() < 1e-14 {
        Complex64::new(phase.re.signum(), 0.0)
    } else if phase.re.abs() < 1e-14 {
        Complex64::new(0.0, phase.im.signum())
    } else {
        phase / phase.norm()
    }
}

fn sector(
    sparse: &Sparse<Complex64>,
    part: usize,
    parts: &[usize],
    phases: &[Complex64],
    real: bool,
) -> Sector {
    let rows: Vec<usize> = (0..sparse.order).filter(|row| parts[*row] == part).collect();
    let mut place = vec![0_u32; sparse.order];
    for (new, old) in rows.iter().enumerate() {
        place[*old] = new as u32;
    }
    let inside = sparse.elements.iter().filter(|(row, _, _)| parts[*row as usize] == part);
    let elements: Vec<Element<Complex64>> =
        inside.map(|(r, c, v)| (place[*r as usize], place[*c as usize], *v)).collect();
    let order = rows.len();
    let block = block_of(sparse, &elements);
    let none = (0, Complex64::default());
    let phase = |row: usize| if real { phases[row] } else { Complex64::new(1.0, 0.0) };
    let embedding = rows.iter().map(|row| [(*row as u32, phase(*row)), none]).collect();
    let matrix = if real {
        let turned = |(r, c, v): &Element<Complex64>| {
            let turned = phases[rows[*r as usize]].conj() * v * phases[rows[*c as usize]];
            (*r, *c, v.norm().copysign(turned.re))
        };
        let elements = elements.iter().map(turned).collect();
        Matrix::Real(Sparse { order, block, elements, mass: None })
    } else {
        Matrix::Complex(Sparse { order, block, elements, mass: None })
    };
    Sector { matrix, embeddings: vec![Arc::new(embedding)] }
}

/// Blocks as they were, or the smallest that hold every element.
fn block_of(sparse: &Sparse<Complex64>, elements: &[Element<Complex64>]) -> usize {
    let reach = elements.iter().map(|(r, c, _)| r.abs_diff(*c) as usize).max().unwrap_or(0);
    let blocks_hold = |block: usize| {
        elements.iter().all(|(r, c, _)| (*r as usize / block).abs_diff(*c as usize / block) <= 1)
    };
    let candidates = (1..=reach.clamp(1, 16)).chain([reach.max(1), sparse.block]);
    candidates
        .filter(|block| 2 * block >= reach && blocks_hold(*block))
        .min()
        .unwrap_or(reach.max(1))
}
