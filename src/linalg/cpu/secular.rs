//! Eigenvalues and vectors of D + rho z z^T with ascending D: the secular equation
//! 1 / rho + sum z_j^2 / (d_j - x) = 0 (LAPACK's `dlaed3`, `dlaed4`).
//!
//! Roots by the "middle way" of Li (LAPACK Working Note 89) inside a bracket, the sums in vector
//! registers; vectors from a recomputed z (Gu and Eisenstat 1994), so that they are orthogonal
//! without extended precision.
use pulp::{Arch, Simd, WithSimd};

use super::kernels::padded;

/// Steps are three or four; bisection alone would need as many as a double has bits.
const MAX_STEPS: usize = 200;

/// The rank-one problem; `d` and `z` are padded with infinities and zeros.
#[derive(Debug)]
pub(super) struct Secular {
    count: usize,
    d: Vec<f64>,
    z: Vec<f64>,
    rho: f64,
}

/// Values ascending; vector `k` in column `k` of a matrix whose columns are `padded(count)` apart.
#[derive(Debug)]
pub(super) struct Roots {
    pub(super) values: Vec<f64>,
    pub(super) vectors: Vec<f64>,
}

/// psi and phi: the terms of the poles left and right of the root, and their derivatives.
#[derive(Debug, Clone, Copy)]
struct Terms {
    psi: f64,
    psi_slope: f64,
    phi: f64,
    phi_slope: f64,
}

impl Secular {
    /// `d` strictly ascending, no `z` zero, 0 < rho.
    pub(super) fn new(d: &[f64], z: &[f64], rho: f64) -> Self {
        let count = d.len();
        let (mut padded_d, mut padded_z) = (d.to_vec(), z.to_vec());
        padded_d.resize(padded(count), f64::INFINITY);
        padded_z.resize(padded(count), 0.0);
        Self { count, d: padded_d, z: padded_z, rho }
    }

    /// Row `p` of the vectors belongs to pole `rows[p]`.
    pub(super) fn solve(&self, rows: &[usize]) -> Roots {
        Arch::new().dispatch(Solve { problem: self, rows })
    }

    /// The root between poles `i` and `i + 1`, as its nearest pole and its distance from there.
    #[inline(always)]
    fn root<S: Simd>(&self, simd: S, i: usize) -> (usize, f64) {
        let inverse_rho = 1.0 / self.rho;
        let (d, z) = (&self.d, &self.z);
        if i + 1 == self.count {
            let norm: f64 = z.iter().map(|z| z * z).sum();
            let high = self.rho * norm;
            return (i, self.iterate(simd, i, i, high, [0.0, high * (1.0 + 1e-14)]));
        }
        let gap = d[i + 1] - d[i];
        let middle = 0.5 * gap;
        let at = self.terms(simd, i, i, middle);
        let w = inverse_rho + at.psi + at.phi;
        let (left, right) = (z[i] * z[i], z[i + 1] * z[i + 1]);
        // All but the two nearest poles, held constant for a first guess.
        let rest = w + left / middle - right / (gap - middle);
        if 0.0 < w {
            let a = rest * gap + left + right;
            let guess = quadratic(a, left * gap, rest);
            (i, self.iterate(simd, i, i, guess, [0.0, middle]))
        } else {
            let a = -rest * gap + left + right;
            let guess = -quadratic(a, right * gap, -rest);
            (i + 1, self.iterate(simd, i, i + 1, guess, [-middle, 0.0]))
        }
    }

    #[inline(always)]
    fn iterate<S: Simd>(
        &self,
        simd: S,
        i: usize,
        origin: usize,
        guess: f64,
        [mut low, mut high]: [f64; 2],
    ) -> f64 {
        let inverse_rho = 1.0 / self.rho;
        let pole = self.d[origin];
        let mut x = if low < guess && guess < high { guess } else { 0.5 * (low + high) };
        for _ in 0..MAX_STEPS {
            let at = self.terms(simd, i, origin, x);
            let w = inverse_rho + at.psi + at.phi;
            let slope = at.psi_slope + at.phi_slope;
            // What rounding alone may leave.
            let noise = 8.0 * (at.phi - at.psi) + inverse_rho + x.abs() * slope;
            if w.abs() <= f64::EPSILON * noise {
                break;
            }
            if w < 0.0 {
                low = x;
            } else {
                high = x;
            }
            let left = (self.d[i] - pole) - x;
            let step = if i + 1 == self.count {
                // One pole: c + s / (d - x).
                let c = w - left * slope;
                left + left * left * slope / c
            } else {
                let right = (self.d[i + 1] - pole) - x;
                let c = w - left * at.psi_slope - right * at.phi_slope;
                let a = (left + right) * w - left * right * slope;
                middle_way(a, left * right * w, c)
            };
            let step = if 0.0 <= w * step { -w / slope } else { step };
            let mut next = x + step;
            if !(low < next && next < high) {
                next = 0.5 * (low + high);
            }
            if next == x || !(low < next && next < high) {
                break;
            }
            x = next;
        }
        x
    }

    /// The sums at `d[origin] + x`; poles up to `i` are left of the root.
    #[inline(always)]
    fn terms<S: Simd>(&self, simd: S, i: usize, origin: usize, x: f64) -> Terms {
        let d = S::as_simd_f64s(&self.d).0;
        let z = &S::as_simd_f64s(&self.z).0[..d.len()];
        let (pole, shift) = (simd.splat_f64s(self.d[origin]), simd.splat_f64s(x));
        let zero = simd.splat_f64s(0.0);
        let (mut left, mut right) = ([zero; 2], [zero; 2]);
        let boundary = (i + 1) / S::F64_LANES;
        for j in 0..d.len() {
            let ratio = simd.div_f64s(z[j], simd.sub_f64s(simd.sub_f64s(d[j], pole), shift));
            if j < boundary {
                left[0] = simd.mul_add_e_f64s(z[j], ratio, left[0]);
                left[1] = simd.mul_add_e_f64s(ratio, ratio, left[1]);
            } else if boundary < j {
                right[0] = simd.mul_add_e_f64s(z[j], ratio, right[0]);
                right[1] = simd.mul_add_e_f64s(ratio, ratio, right[1]);
            } else {
                // Poles of both kinds in one register.
                let n_left = (i + 1 - boundary * S::F64_LANES) as u64;
                let mask = simd.mask_between_m64s(0, n_left).mask();
                for (part, term) in [simd.mul_f64s(z[j], ratio), simd.mul_f64s(ratio, ratio)]
                    .into_iter()
                    .enumerate()
                {
                    let own = simd.select_f64s(mask, term, zero);
                    left[part] = simd.add_f64s(left[part], own);
                    let other = simd.select_f64s(mask, zero, term);
                    right[part] = simd.add_f64s(right[part], other);
                }
            }
        }
        Terms {
            psi: simd.reduce_sum_f64s(left[0]),
            psi_slope: simd.reduce_sum_f64s(left[1]),
            phi: simd.reduce_sum_f64s(right[0]),
            phi_slope: simd.reduce_sum_f64s(right[1]),
        }
    }
}

/// The root of c x^2 - a x + b = 0 that stays finite for c = 0, free of cancellation.
#[inline(always)]
fn quadratic(a: f64, b: f64, c: f64) -> f64 {
    let root = (a * a - 4.0 * b * c).abs().sqrt();
    if a <= 0.0 { (a - root) / (2.0 * c) } else { 2.0 * b / (a + root) }
}

#[inline(always)]
fn middle_way(a: f64, b: f64, c: f64) -> f64 {
    if c == 0.0 { b / a } else { quadratic(a, b, c) }
}

struct Solve<'a> {
    problem: &'a Secular,
    rows: &'a [usize],
}

impl WithSimd for Solve<'_> {
    type Output = Roots;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Roots {
        let Self { problem, rows } = self;
        let count = problem.count;
        let ld = padded(count);
        let mut values = vec![0.0; count];
        let mut vectors = vec![0.0; ld * count];
        let mut products = vec![1.0; ld];
        for i in 0..count {
            let (origin, x) = problem.root(simd, i);
            values[i] = problem.d[origin] + x;
            differences(simd, problem, [origin, i], x, &mut vectors[i * ld..][..ld], &mut products);
        }
        for (product, z) in products.iter_mut().zip(&problem.z) {
            *product = product.abs().sqrt().copysign(*z);
        }
        // Infinite poles fill the last register.
        products[count..].fill(0.0);
        let mut column = vec![0.0; ld];
        for i in 0..count {
            vector(simd, problem, &products, &mut vectors[i * ld..][..ld], &mut column, rows);
        }
        Roots { values, vectors }
    }
}

/// `column[j] = d_j - root` and `products[j] *= column[j] / (d_j - d_i)` (for j = i, `column[i]`).
#[inline(always)]
fn differences<S: Simd>(
    simd: S,
    problem: &Secular,
    [origin, i]: [usize; 2],
    x: f64,
    column: &mut [f64],
    products: &mut [f64],
) {
    let own = products[i];
    {
        let d = S::as_simd_f64s(&problem.d).0;
        let n = d.len();
        let column = &mut S::as_mut_simd_f64s(column).0[..n];
        let products = &mut S::as_mut_simd_f64s(products).0[..n];
        let (pole, shift) = (simd.splat_f64s(problem.d[origin]), simd.splat_f64s(x));
        let other = simd.splat_f64s(problem.d[i]);
        for j in 0..n {
            let difference = simd.sub_f64s(simd.sub_f64s(d[j], pole), shift);
            column[j] = difference;
            let ratio = simd.div_f64s(difference, simd.sub_f64s(d[j], other));
            products[j] = simd.mul_f64s(products[j], ratio);
        }
    }
    products[i] = own * column[i];
}

/// z_j / (d_j - root), normalized, in the order of `rows`.
#[inline(always)]
fn vector<S: Simd>(
    simd: S,
    problem: &Secular,
    z: &[f64],
    column: &mut [f64],
    quotients: &mut [f64],
    rows: &[usize],
) {
    let mut norm = simd.splat_f64s(0.0);
    {
        let z = S::as_simd_f64s(z).0;
        let n = z.len();
        let differences = &S::as_simd_f64s(column).0[..n];
        let quotients = &mut S::as_mut_simd_f64s(quotients).0[..n];
        for j in 0..n {
            let quotient = simd.div_f64s(z[j], differences[j]);
            quotients[j] = quotient;
            norm = simd.mul_add_e_f64s(quotient, quotient, norm);
        }
    }
    let factor = 1.0 / simd.reduce_sum_f64s(norm).sqrt();
    column[problem.count..].fill(0.0);
    for (element, row) in column.iter_mut().zip(rows) {
        *element = quotients[*row] * factor;
    }
}
