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
    /// Lower triangle: column j of the operator against the basis up to j.
    projected: Vec<Vec<T>>,
    random: u64,
}

impl<'a, T: Scalar> Krylov<'a, T> {
    fn new(pencil: &'a Pencil<T>, low: f64, high: f64, wanted: usize) -> Self {
        // Not the middle: symmetric spectra have states there.
        let shift = low + 0.4871 * (high - low);
        let factors = pencil.matrix.factorize(pencil.mass.as_ref(), shift);
        let (basis, weighed, images, projected) = Default::default();
        let random = 0x9E37_79B9_7F4A_7C15;
        Self {
            pencil,
            factors,
            low,
            high,
            wanted,
            shift,
            basis,
            weighed,
            images,
            projected,
            random,
        }
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
        let mut weighed = self.pencil.weigh(&vector);
        for _ in 0..4 {
            let before = length(&vector, &weighed);
            self.reject(&mut vector);
            weighed = self.pencil.weigh(&vector);
            let after = length(&vector, &weighed);
            if 1e-10 * before < after && 0.0 < after {
                break;
            }
            vector = self.noise();
            weighed = self.pencil.weigh(&vector);
        }
        // Twice is enough (Kahan).
        let norm = 1.0 / length(&vector, &weighed);
        scale(&mut vector, norm);
        self.reject(&mut vector);
        weighed = self.pencil.weigh(&vector);
        let norm = 1.0 / length(&vector, &weighed);
        scale(&mut vector, norm);
        scale(&mut weighed, norm);
        let image = self.solved(&weighed);
        self.basis.push(vector);
        self.weighed.push(weighed);
        self.projected.push(self.weighed.iter().map(|w| inner(w, &image)).collect());
        self.images.push(image);
    }

    /// Takes the basis out of a vector.
    fn reject(&self, vector: &mut [T]) {
        for (b, w) in self.basis.iter().zip(&self.weighed) {
            let share = inner(w, vector);
            subtract(vector, b, share);
        }
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

    /// Ritz pairs inside the window.
    fn ritz(&self, order: usize) -> Result<Pairs<T>, LinalgError> {
        let size = self.basis.len();
        let largest = self.projected.iter().flatten();
        let scale = largest.fold(0.0_f64, |max, value| max.max(value.largest_part()));
        let projected = Mat::from_fn(size, size, |row, col| {
            let (row, col) = (row.max(col), row.min(col));
            self.projected[row][col].conjugate() * (1.0 / scale)
        });
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
            let mut weighed = self.pencil.weigh(vector);
            let norm = 1.0 / length(vector, &weighed);
            scale(vector, norm);
            scale(&mut weighed, norm);
            for other in others {
                let share = inner(other, &weighed);
                subtract(vector, other, share);
            }
        }
        let norm = 1.0 / length(vector, &self.pencil.weigh(vector));
        scale(vector, norm);
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

/// `x^H y`, in four sums that do not wait for each other.
fn inner<T: Scalar>(x: &[T], y: &[T]) -> T {
    let mut sums = [T::default(); 4];
    let (xs, ys) = (x.chunks_exact(4), y.chunks_exact(4));
    for (a, b) in xs.remainder().iter().zip(ys.remainder()) {
        sums[0] += a.conjugate() * *b;
    }
    for (a, b) in xs.zip(ys) {
        for k in 0..4 {
            sums[k] += a[k].conjugate() * b[k];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// `sqrt(x^H M x)`, given `M x`.
fn length<T: Scalar>(x: &[T], weighed: &[T]) -> f64 {
    inner(x, weighed).real_part().max(0.0).sqrt()
}

fn scale<T: Scalar>(x: &mut [T], factor: f64) {
    for value in x {
        *value = *value * factor;
    }
}

/// `y -= x factor`.
fn subtract<T: Scalar>(y: &mut [T], x: &[T], factor: T) {
    for (out, value) in y.iter_mut().zip(x) {
        *out -= *value * factor;
    }
}
