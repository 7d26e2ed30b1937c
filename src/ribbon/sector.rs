//! The Hamiltonian of a ribbon as a direct sum of sparse Hermitian blocks, real where possible.
use std::sync::Arc;

use num_complex::Complex64;

use crate::linalg::LinalgError;
use crate::linalg::banded::{BlockTridiagonal, Scalar};
use crate::linalg::window::Pencil;

/// One element on or below the diagonal; equal places add up.
pub type Element<T> = (u32, u32, T);

/// A sparse Hermitian matrix, block tridiagonal with blocks of `block` rows.
#[derive(Debug, Clone)]
pub struct Sparse<T> {
    pub order: usize,
    pub block: usize,
    pub elements: Vec<Element<T>>,
    /// Overlaps of the functions; none where they are orthonormal.
    pub mass: Option<Arc<Vec<Element<f64>>>>,
}

impl<T: Scalar> Sparse<T> {
    /// For the solvers of windows.
    pub fn pencil(&self) -> Result<Pencil<T>, LinalgError> {
        let wide = |(r, c, v): &Element<T>| (*r as usize, *c as usize, *v);
        let matrix = BlockTridiagonal::from_elements(
            self.order,
            self.block,
            self.elements.iter().map(wide),
        )?;
        let mass = self.mass.as_ref().map(|mass| {
            let wide = |(r, c, v): &Element<f64>| (*r as usize, *c as usize, T::from_real(*v));
            BlockTridiagonal::from_elements(self.order, self.block, mass.iter().map(wide))
        });
        Ok(Pencil { matrix, mass: mass.transpose()? })
    }

    /// Adds the lower triangle into a row-major dense matrix.
    pub fn fill(&self, dense: &mut [T]) {
        for (row, col, value) in &self.elements {
            dense[*row as usize * self.order + *col as usize] += *value;
        }
    }

    /// `|H x - e x|` of every column `x` of a row-major matrix.
    pub fn residuals(&self, energies: &[f64], vectors: &[T]) -> Vec<f64> {
        let n = self.order;
        let line = |row: u32| &vectors[row as usize * n..][..n];
        let mut defects = vec![T::default(); n * n];
        for (row, out) in defects.chunks_exact_mut(n.max(1)).enumerate() {
            for ((out, x), energy) in out.iter_mut().zip(line(row as u32)).zip(energies) {
                *out = *x * -*energy;
            }
        }
        for (row, col, value) in &self.elements {
            let out = &mut defects[*row as usize * n..][..n];
            for (out, x) in out.iter_mut().zip(line(*col)) {
                *out += *value * *x;
            }
            if row != col {
                let value = value.conjugate();
                let out = &mut defects[*col as usize * n..][..n];
                for (out, x) in out.iter_mut().zip(line(*row)) {
                    *out += value * *x;
                }
            }
        }
        let mut sums = vec![0.0; n];
        for row in defects.chunks_exact(n.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value.norm_squared();
            }
        }
        sums.into_iter().map(f64::sqrt).collect()
    }
}

#[derive(Debug, Clone)]
pub enum Matrix {
    Real(Sparse<f64>),
    Complex(Sparse<Complex64>),
}

impl Matrix {
    pub fn order(&self) -> usize {
        match self {
            Self::Real(sparse) => sparse.order,
            Self::Complex(sparse) => sparse.order,
        }
    }
}

/// Where each row of a block lies among all (function, orbital) pairs: up to two places.
pub type Embedding = Arc<Vec<[(u32, Complex64); 2]>>;

/// A block of the Hamiltonian and the copies of it that occur.
#[derive(Debug, Clone)]
pub struct Sector {
    pub matrix: Matrix,
    /// One, or two where the states are degenerate by symmetry.
    pub embeddings: Vec<Embedding>,
}

impl Sector {
    /// Rows of its diagonal blocks.
    pub fn block(&self) -> usize {
        match &self.matrix {
            Matrix::Real(sparse) => sparse.block,
            Matrix::Complex(sparse) => sparse.block,
        }
    }
}

/// Spreads a sector's vector over the whole ribbon.
pub fn embed(
    order: usize,
    embedding: &Embedding,
    vector: impl Iterator<Item = Complex64>,
) -> Vec<Complex64> {
    let mut full = vec![Complex64::default(); order];
    for (places, value) in embedding.iter().zip(vector) {
        for (index, factor) in places {
            full[*index as usize] += factor * value;
        }
    }
    full
}
