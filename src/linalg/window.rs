//! All eigenpairs of a block tridiagonal matrix in an energy window: shift-invert block Krylov
//! spaces, complete because inertia counts say how many there are.
use faer::{Mat, Side};

use super::LinalgError;
use super::banded::{BlockTridiagonal, Factors, Scalar};
use crate::stop::Stop;

/// Vectors that enter the Krylov space at once: multiplicities up to this need no restart.
const BLOCK: usize = 4;
/// Windows with more states are cut in two.
const LARGEST_WINDOW: usize = 32;

/// A Hermitian matrix and, for a generalized problem, its positive mass.
#[derive(Debug, Clone)]
pub struct Pencil<T> {
    pub matrix: BlockTridiagonal<T>,
    pub mass: Option<BlockTridiagonal<T>>,
}

/// Eigenpairs, ascending; vectors are orthonormal (with the mass, where there is one).
#[derive(Debug, Clone, Default)]
pub struct Pairs<T> {
    pub values: Vec<f64>,
    pub vectors: Vec<Vec<T>>,
    /// `|A x - e M x|` for each.
    pub residuals: Vec<f64>,
}

impl<T: Scalar> Pencil<T> {
    pub fn order(&self) -> usize {
        self.matrix.order()
    }

    pub fn count_below(&self, shift: f64) -> usize {
        self.matrix.count_below(self.mass.as_ref(), shift)
    }

    /// All eigenpairs with values in `[low, high)`.
    ///
    /// # Errors
    /// `NoConvergence` when fewer converge than the inertia counts say there are; `Stopped`.
    pub fn window(&self, low: f64, high: f64, stop: &dyn Stop) -> Result<Pairs<T>, LinalgError> {
        let (first, end) = (self.count_below(low), self.count_below(high));
        let mut found = Pairs::default();
        let mut pending = vec![(low, first, high, end)];
        while let Some((low, first, high, end)) = pending.pop() {
            if stop.stopped() {
                return Err(LinalgError::Stopped);
            }
            let middle = low + 0.5 * (high - low);
            if end <= first {
                continue;
            }
            if LARGEST_WINDOW < end - first && low < middle && middle < high {
                let between = self.count_below(middle);
                pending.push((middle, between, high, end));
                pending.push((low, first, middle, between));
                continue;
            }
            let Some(part) = Krylov::new(self, low, high, end - first).solve(stop)? else {
                if middle <= low || high <= middle || high - low < 1e-12 * self.matrix.row_norm() {
                    return Err(LinalgError::NoConvergence { index: 0, order: self.order() });
                }
                // Far from its shift a window converges slowly: closer shifts.
                let between = self.count_below(middle);
                pending.push((middle, between, high, end));
                pending.push((low, first, middle, between));
                continue;
            };
            found.values.extend(part.values);
            found.vectors.extend(part.vectors);
            found.residuals.extend(part.residuals);
        }
        Ok(found)
    }

    fn weigh(&self, x: &[T]) -> Vec<T> {
        self.mass.as_ref().map_or_else(|| x.to_vec(), |mass| mass.multiply(x))
    }
}

struct Krylov<'a, T> {
    pencil: &'a Pencil<T>,
    factors: Factors<'a, T>,
    low: f64,
    high: f64,
    wanted: usize,
    shift: f64,
    /// Orthonormal with the mass; `weighed` are the same times the mass, `images` the operator's.
    basis: Vec<Vec<T>>,
    weighed: Vec<Vec<T>>,
    images: Vec<Vec<T>>,
    random: u64,
}

impl<'a, T: Scalar> Krylov<'a, T> {
    fn new(pencil: &'a Pencil<T>, low: f64, high: f64, wanted: usize) -> Self {
        // Not the middle: symmetric spectra have states there.
        let shift = low + 0.4871 * (high - low);
        let factors = pencil.matrix.factorize(pencil.mass.as_ref(), shift);
        let (basis, weighed, images) = (Vec::new(), Vec::new(), Vec::new());
        let random = 0x9E37_79B9_7F4A_7C15;
        Self { pencil, factors, low, high, wanted, shift, basis, weighed, images, random }
    }

    /// None when the space reaches its limit first.
    fn solve(mut self, stop: &dyn Stop) -> Result<Option<Pairs<T>>, LinalgError> {
        let order = self.pencil.order();
        let tolerance = 100.0 * f64::EPSILON * self.pencil.matrix.row_norm().max(self.high.abs());
        let limit = order.min(self.wanted + 20 * BLOCK);
        let mut next = self.wanted + 2 * BLOCK;
        let mut block: Vec<Vec<T>> = (0..BLOCK).map(|_| self.noise()).collect();
        loop {
            if stop.stopped() {
                return Err(LinalgError::Stopped);
            }
            for vector in block {
                self.admit(vector);
            }
            let full = limit <= self.basis.len();
            if full || next <= self.basis.len() {
                let pairs = self.ritz(order)?;
                let good = pairs.residuals.iter().filter(|r| **r <= tolerance).count();
                // At the limit rounding decides: a hundred times the tolerance is still accepted,
                // the residual is part of the answer.
                let fair = pairs.residuals.iter().filter(|r| **r <= 100.0 * tolerance).count();
                if pairs.values.len() == self.wanted
                    && (good == self.wanted || full && fair == self.wanted)
                {
                    return Ok(Some(pairs));
                }
                if full {
                    return Ok(None);
                }
                next = self.basis.len() + 2 * BLOCK;
            }
            let recent = self.images.len().saturating_sub(BLOCK);
            block = self.images[recent..].to_vec();
        }
    }

    /// Deterministic noise in (-1, 1), the same for every matrix of an order.
    fn noise(&mut self) -> Vec<T> {
        let mut next = || {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            (self.random >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        (0..self.pencil.order()).map(|_| T::from_real(next())).collect()
    }

    /// Orthonormalizes a vector into the basis and applies the operator; noise takes the place of a
    /// vector that is already in the space.
    fn admit(&mut self, mut vector: Vec<T>) {
        if self.basis.len() == self.pencil.order() {
            return;
        }
        for _ in 0..4 {
            let before = self.norm(&vector);
            let scale = if 0.0 < before { 1.0 / before } else { 0.0 };
            for value in &mut vector {
                *value = *value * scale;
            }
            for _ in 0..2 {
                for (b, w) in self.basis.iter().zip(&self.weighed) {
                    let share = inner(w, &vector);
                    subtract(&mut vector, b, share);
                }
            }
            if 1e-10 < self.norm(&vector) {
                break;
            }
            vector = self.noise();
        }
        // Once more: after a cancellation by 1e-10 the first passes leave 1e-6.
        for (b, w) in self.basis.iter().zip(&self.weighed) {
            let share = inner(w, &vector);
            subtract(&mut vector, b, share);
        }
        let norm = self.norm(&vector);
        for value in &mut vector {
            *value = *value * (1.0 / norm);
        }
        let weighed = self.pencil.weigh(&vector);
        let image = self.solved(&weighed);
        self.basis.push(vector);
        self.weighed.push(weighed);
        self.images.push(image);
    }

    /// `(A - shift M)^-1 x`, refined once: blocks are factorized without exchanges, which costs
    /// digits.
    fn solved(&self, x: &[T]) -> Vec<T> {
        let mut y = x.to_vec();
        self.factors.solve(&mut y);
        let (image, weighed) = (self.pencil.matrix.multiply(&y), self.pencil.weigh(&y));
        let mut defect: Vec<T> = (x.iter().zip(&image).zip(&weighed))
            .map(|((x, a), m)| *x - (*a - *m * self.shift))
            .collect();
        self.factors.solve(&mut defect);
        for (y, correction) in y.iter_mut().zip(&defect) {
            *y += *correction;
        }
        y
    }

    fn norm(&self, x: &[T]) -> f64 {
        inner(x, &self.pencil.weigh(x)).real_part().max(0.0).sqrt()
    }

    /// Ritz pairs inside the window.
    fn ritz(&self, order: usize) -> Result<Pairs<T>, LinalgError> {
        let size = self.basis.len();
        let mut projected = Mat::<T>::zeros(size, size);
        for row in 0..size {
            for col in 0..=row {
                let here = inner(&self.weighed[row], &self.images[col]);
                let there = inner(&self.weighed[col], &self.images[row]).conjugate();
                projected[(row, col)] = (here + there) * 0.5;
            }
        }
        let largest = projected.col_iter().flat_map(|c| c.iter().copied().collect::<Vec<T>>());
        let scale = largest.fold(0.0_f64, |max, value| max.max(value.largest_part()));
        for col in 0..size {
            for row in 0..size {
                projected[(row, col)] = projected[(row, col)] * (1.0 / scale);
            }
        }
        let failed = |_| LinalgError::NoConvergence { index: 0, order };
        let solved = projected.self_adjoint_eigen(Side::Lower).map_err(failed)?;
        // Nearest to the shift first: rounding leaves shares of these in the others.
        let mut near: Vec<(f64, usize)> = Vec::new();
        let margin = 0.02 * (self.high - self.low);
        for k in 0..size {
            let distance = 1.0 / (solved.S()[k].real_part() * scale);
            let energy = self.shift + distance;
            if self.low - margin <= energy && energy <= self.high + margin {
                near.push((distance.abs(), k));
            }
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut vectors: Vec<Vec<T>> = Vec::new();
        for (_, k) in near {
            let mut vector = vec![T::default(); order];
            for (j, b) in self.basis.iter().enumerate() {
                subtract(&mut vector, b, -solved.U()[(j, k)]);
            }
            let mut vector = self.solved(&self.pencil.weigh(&vector));
            self.orthonormalize(&mut vector, &vectors);
            vectors.push(vector);
        }
        self.rayleigh_ritz(&vectors)
    }

    /// Twice against all `others`, then to norm 1.
    fn orthonormalize(&self, vector: &mut [T], others: &[Vec<T>]) {
        for _ in 0..2 {
            let norm = self.norm(vector);
            for value in &mut *vector {
                *value = *value * (1.0 / norm);
            }
            let weighed = self.pencil.weigh(vector);
            for other in others {
                let share = inner(other, &weighed);
                subtract(vector, other, share);
            }
        }
        let norm = self.norm(vector);
        for value in vector {
            *value = *value * (1.0 / norm);
        }
    }

    /// The eigenpairs of the matrix itself in the span of orthonormal vectors, those in the window.
    fn rayleigh_ritz(&self, vectors: &[Vec<T>]) -> Result<Pairs<T>, LinalgError> {
        let (size, order) = (vectors.len(), self.pencil.order());
        if size == 0 {
            return Ok(Pairs::default());
        }
        let images: Vec<Vec<T>> =
            vectors.iter().map(|vector| self.pencil.matrix.multiply(vector)).collect();
        // Energies from the shift, in units of the window: of order one.
        let unit = 1.0 / (self.high - self.low);
        let small = Mat::from_fn(size, size, |row, col| {
            let mut value = inner(&vectors[row], &images[col]);
            if row == col {
                value += T::from_real(-self.shift);
            }
            value * unit
        });
        let failed = |_| LinalgError::NoConvergence { index: 0, order };
        let solved = small.self_adjoint_eigen(Side::Lower).map_err(failed)?;
        let mut found = Pairs::default();
        for k in 0..size {
            let mut vector = vec![T::default(); order];
            for (j, other) in vectors.iter().enumerate() {
                subtract(&mut vector, other, -solved.U()[(j, k)]);
            }
            let (energy, residual) = self.rayleigh(&vector);
            if self.low <= energy && energy < self.high {
                found.values.push(energy);
                found.residuals.push(residual);
                found.vectors.push(vector);
            }
        }
        Ok(found)
    }

    fn rayleigh(&self, x: &[T]) -> (f64, f64) {
        let (image, weighed) = (self.pencil.matrix.multiply(x), self.pencil.weigh(x));
        let energy = inner(x, &image).real_part() / inner(x, &weighed).real_part();
        let defects = image.iter().zip(&weighed).map(|(a, m)| (*a - *m * energy).norm_squared());
        (energy, defects.sum::<f64>().sqrt())
    }
}

/// `x^H y`.
fn inner<T: Scalar>(x: &[T], y: &[T]) -> T {
    let mut sum = T::default();
    for (a, b) in x.iter().zip(y) {
        sum += a.conjugate() * *b;
    }
    sum
}

/// `y -= x factor`.
fn subtract<T: Scalar>(y: &mut [T], x: &[T], factor: T) {
    for (out, value) in y.iter_mut().zip(x) {
        *out = *out - *value * factor;
    }
}
