//! Blocks of the BHZ ribbon.
//!
//! With the spin-down orbitals multiplied by i, the Hamiltonian with R0 and T0 is real (mirror
//! x -> -x times time reversal). The mirror y -> -y exchanges the spins: `E- = s E+(-y)`,
//! `H- = -s H+(-y)`, s = +-1, leaves two real blocks of half the order; without Rashba coupling
//! they are degenerate, and one real block of one spin says all. S0 and Delta0 break the mirrors
//! (in this basis) and need complex arithmetic.
use std::sync::Arc;

use num_complex::Complex64;

use super::Model;
use super::sector::{Element, Embedding, Matrix, Sector, Sparse};
use super::terms::{Coefficients, Longitudinal, ORBITALS, coefficients};
use super::transverse::{Kind, Transverse};

/// The sign with which H goes through the mirror.
const MIRROR: [f64; 2] = [1.0, -1.0];

/// All blocks at wave number `k` (1/nm).
pub fn sectors(model: &Model, across: &Transverse, k: f64) -> Vec<Sector> {
    let longitudinal = match across.kind {
        Kind::Lattice => {
            Longitudinal::Lattice { spacing_nm: across.width_nm / (across.count as f64 + 1.0) }
        }
        Kind::Polynomials => Longitudinal::Continuum,
    };
    let terms = coefficients(model, longitudinal.powers(k));
    let reach = if model.rashba3_mev_nm3 == 0.0 { across.reach } else { across.reach.max(2) };
    if model.rashba2_mev_nm2 != 0.0 || model.bia_mev != 0.0 {
        return vec![complete(&terms, across, reach)];
    }
    if model.rashba_mev_nm == 0.0 && model.rashba3_mev_nm3 == 0.0 {
        return vec![one_spin(&terms, across, reach)];
    }
    [1.0, -1.0].into_iter().map(|s| mirror(&terms, across, reach, s)).collect()
}

fn complete(terms: &Coefficients, across: &Transverse, reach: usize) -> Sector {
    let mut elements = Vec::new();
    let place = |function: u32, orbital: usize| function * ORBITALS as u32 + orbital as u32;
    for (term, power) in terms.iter().zip(&across.powers) {
        for (n, m, value) in power {
            for (o, line) in term.iter().enumerate() {
                for (p, h) in line.iter().enumerate() {
                    let (row, col) = (place(*n, o), place(*m, p));
                    if col <= row && *h != Complex64::default() {
                        elements.push((row, col, h * *value));
                    }
                }
            }
        }
    }
    let order = across.count * ORBITALS;
    let mass = mass(across, ORBITALS, place);
    let none = (0, Complex64::default());
    let identity = (0..order as u32).map(|i| [(i, Complex64::new(1.0, 0.0)), none]).collect();
    Sector {
        matrix: Matrix::Complex(Sparse { order, block: reach * ORBITALS, elements, mass }),
        embeddings: vec![Arc::new(identity)],
    }
}

/// Spin up, and its mirror image spin down.
fn one_spin(terms: &Coefficients, across: &Transverse, reach: usize) -> Sector {
    let place = |function: u32, orbital: usize| function * 2 + orbital as u32;
    let mut elements = Vec::new();
    spin_up(&mut elements, terms, across, place);
    let sparse = Sparse {
        order: across.count * 2,
        block: reach * 2,
        elements,
        mass: mass(across, 2, place),
    };
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let none = (0, Complex64::default());
    for n in 0..across.count {
        for o in 0..2 {
            let (here, there) = places(across, n, o, 1.0);
            up.push([here, none]);
            down.push([there, none]);
        }
    }
    Sector { matrix: Matrix::Real(sparse), embeddings: vec![Arc::new(up), Arc::new(down)] }
}

/// States with `E- = s E+(-y)`, `H- = -s H+(-y)`.
fn mirror(terms: &Coefficients, across: &Transverse, reach: usize, s: f64) -> Sector {
    let place =
        |function: u32, orbital: usize| (across.folded(function as usize) * 2 + orbital) as u32;
    let mut elements = Vec::new();
    spin_up(&mut elements, terms, across, place);
    for (term, power) in terms.iter().zip(&across.powers) {
        for (n, m, value) in power {
            let (m, factor) = across.reflected(*m as usize);
            for o in 0..2 {
                for p in 0..2 {
                    // <up|H|i down>, real.
                    let h = -term[o][2 + p].im * MIRROR[p];
                    let (row, col) = (place(*n, o), place(m as u32, p));
                    if col <= row && h != 0.0 {
                        elements.push((row, col, s * factor * value * h));
                    }
                }
            }
        }
    }
    let fold = if across.kind == Kind::Lattice { 2 } else { 1 };
    let sparse = Sparse {
        order: across.count * 2,
        block: reach * fold * 2,
        elements,
        mass: mass(across, 2, place),
    };
    Sector { matrix: Matrix::Real(sparse), embeddings: vec![mirror_embedding(across, s)] }
}

fn mirror_embedding(across: &Transverse, s: f64) -> Embedding {
    let none = (0, Complex64::default());
    let mut embedding = vec![[none, none]; across.count * 2];
    for n in 0..across.count {
        for o in 0..2 {
            let (mut here, mut there) = places(across, n, o, s);
            here.1 *= 0.5_f64.sqrt();
            there.1 *= 0.5_f64.sqrt();
            embedding[across.folded(n) * 2 + o] = [here, there];
        }
    }
    Arc::new(embedding)
}

/// Where (function, orbital) of spin up lies, and its mirror image in spin down.
fn places(
    across: &Transverse,
    n: usize,
    orbital: usize,
    s: f64,
) -> ((u32, Complex64), (u32, Complex64)) {
    let (mirrored, factor) = across.reflected(n);
    let here = ((n * ORBITALS + orbital) as u32, Complex64::new(1.0, 0.0));
    let image = Complex64::new(0.0, s * factor * MIRROR[orbital]);
    (here, ((mirrored * ORBITALS + 2 + orbital) as u32, image))
}

fn spin_up(
    elements: &mut Vec<Element<f64>>,
    terms: &Coefficients,
    across: &Transverse,
    place: impl Fn(u32, usize) -> u32,
) {
    for (term, power) in terms.iter().zip(&across.powers) {
        for (n, m, value) in power {
            for o in 0..2 {
                for p in 0..2 {
                    let (row, col) = (place(*n, o), place(*m, p));
                    let h = term[o][p].re;
                    if col <= row && h != 0.0 {
                        elements.push((row, col, h * value));
                    }
                }
            }
        }
    }
}

fn mass(
    across: &Transverse,
    orbitals: usize,
    place: impl Fn(u32, usize) -> u32,
) -> Option<Arc<Vec<Element<f64>>>> {
    if across.kind == Kind::Lattice {
        return None;
    }
    let mut elements = Vec::new();
    for (n, m, value) in &across.powers[0] {
        for o in 0..orbitals {
            let (row, col) = (place(*n, o), place(*m, o));
            if col <= row {
                elements.push((row, col, *value));
            }
        }
    }
    Some(Arc::new(elements))
}
