//! Hermitian block tridiagonal matrices: products, factorizations, inertia.
//!
//! `A - shift M` is factorized block by block without exchanging blocks; the signs of its pivots
//! count the eigenvalues below the shift (Sylvester), and its inverse drives
//! [`super::window`]. Inside a block the pivots are chosen as Bunch and Parlett do.
use std::ops::{Add, Mul, Neg, Sub, SubAssign};

use super::LinalgError;
use super::element::Element;

/// The element types with their full arithmetic.
pub trait Scalar:
    Element
    + Add<Output = Self>
    + Sub<Output = Self>
    + SubAssign
    + Mul<Output = Self>
    + Neg<Output = Self>
{
}
impl<T> Scalar for T where
    T: Element + Add<Output = T> + Sub<Output = T> + SubAssign + Mul<Output = T> + Neg<Output = T>
{
}

/// A Hermitian matrix of square diagonal blocks and the blocks right of them.
#[derive(Debug, Clone)]
pub struct BlockTridiagonal<T> {
    /// First row of every block, then the order.
    starts: Vec<usize>,
    /// Row-major diagonal blocks.
    diagonal: Vec<Vec<T>>,
    /// Row-major blocks (i, i + 1).
    upper: Vec<Vec<T>>,
}

impl<T: Scalar> BlockTridiagonal<T> {
    /// From the elements on and below (or on and above) the diagonal, each pair given once and
    /// added up. Errors: an element outside the blocks, not finite.
    pub fn from_elements(
        order: usize,
        block: usize,
        elements: impl IntoIterator<Item = (usize, usize, T)>,
    ) -> Result<Self, LinalgError> {
        let block = block.max(1);
        let mut starts: Vec<usize> = (0..order).step_by(block).collect();
        starts.push(order);
        let size = |i: usize| starts[i + 1] - starts[i];
        let count = starts.len() - 1;
        let mut diagonal: Vec<Vec<T>> =
            (0..count).map(|i| vec![T::default(); size(i) * size(i)]).collect();
        let mut upper: Vec<Vec<T>> =
            (1..count).map(|i| vec![T::default(); size(i - 1) * size(i)]).collect();
        for (row, col, value) in elements {
            let outside = |expected: &str| LinalgError::Shape {
                index: 0,
                rows: row,
                cols: col,
                expected: expected.into(),
            };
            if value.largest_part().is_nan() || value.largest_part().is_infinite() {
                return Err(LinalgError::NotFinite { index: 0 });
            }
            let (low, high, value) =
                if col < row { (col, row, value.conjugate()) } else { (row, col, value) };
            if order <= high {
                return Err(outside("elements inside the matrix"));
            }
            let (i, j) = (low / block, high / block);
            let (p, q) = (low - starts[i], high - starts[j]);
            if i == j {
                let width = size(i);
                diagonal[i][p * width + q] += value;
                if p != q {
                    diagonal[i][q * width + p] += value.conjugate();
                }
            } else if i + 1 == j {
                upper[i][p * size(j) + q] += value;
            } else {
                return Err(outside("elements in neighbouring blocks"));
            }
        }
        Ok(Self { starts, diagonal, upper })
    }

    pub fn order(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    fn size(&self, block: usize) -> usize {
        self.starts[block + 1] - self.starts[block]
    }

    /// The largest sum of `|re| + |im|` along a row: bounds every |eigenvalue|.
    pub fn row_norm(&self) -> f64 {
        let mut sums = vec![0.0; self.order()];
        self.for_each(|row, col, value| {
            sums[row] += value.norm_squared().sqrt();
            if row != col {
                sums[col] += value.norm_squared().sqrt();
            }
        });
        sums.into_iter().fold(0.0, f64::max)
    }

    /// Every stored element on and above the diagonal.
    fn for_each(&self, mut visit: impl FnMut(usize, usize, T)) {
        for (i, block) in self.diagonal.iter().enumerate() {
            let width = self.size(i);
            for p in 0..width {
                for q in p..width {
                    visit(self.starts[i] + p, self.starts[i] + q, block[p * width + q]);
                }
            }
        }
        for (i, block) in self.upper.iter().enumerate() {
            let width = self.size(i + 1);
            for (k, value) in block.iter().enumerate() {
                visit(self.starts[i] + k / width, self.starts[i + 1] + k % width, *value);
            }
        }
    }

    /// `A x`; `x` has the length of the order.
    pub fn multiply(&self, x: &[T]) -> Vec<T> {
        debug_assert_eq!(x.len(), self.order());
        let mut y = vec![T::default(); x.len()];
        for (i, block) in self.diagonal.iter().enumerate() {
            let (start, end) = (self.starts[i], self.starts[i + 1]);
            add_product(block, &x[start..end], &mut y[start..end]);
        }
        for (i, block) in self.upper.iter().enumerate() {
            let (start, middle, end) = (self.starts[i], self.starts[i + 1], self.starts[i + 2]);
            add_product(block, &x[middle..end], &mut y[start..middle]);
            add_adjoint_product(block, &x[start..middle], &mut y[middle..end]);
        }
        y
    }

    /// Factorizes `A - shift M`, `M = 1` where no `mass` is given; `mass` is positive definite and
    /// has the blocks of `self`. A pivot of zero is replaced by one of rounding size.
    pub fn factorize(&self, mass: Option<&Self>, shift: f64) -> Factors<'_, T> {
        let tiny = f64::EPSILON * (self.scale() + shift.abs()).max(f64::MIN_POSITIVE);
        let count = self.diagonal.len();
        let mut inverses: Vec<Vec<T>> = Vec::with_capacity(count);
        let mut uppers: Vec<Vec<T>> = Vec::new();
        let mut below = 0;
        for i in 0..count {
            let width = self.size(i);
            let mut pivot = self.diagonal[i].clone();
            shift_block(&mut pivot, mass.map(|m| &m.diagonal[i]), width, shift);
            if 0 < i {
                let upper: &[T] = if mass.is_some() { &uppers[i - 1] } else { &self.upper[i - 1] };
                subtract_congruence(&mut pivot, upper, &inverses[i - 1], width);
            }
            below += invert(&mut pivot, width, tiny);
            inverses.push(pivot);
            if let (Some(mass), true) = (mass, i + 1 < count) {
                let pairs = self.upper[i].iter().zip(&mass.upper[i]);
                uppers.push(pairs.map(|(a, m)| *a - *m * shift).collect::<Vec<T>>());
            }
        }
        Factors { matrix: self, uppers: mass.map(|_| uppers), inverses, below }
    }

    /// Number of eigenvalues of `A x = e M x` below `shift`.
    pub fn count_below(&self, mass: Option<&Self>, shift: f64) -> usize {
        self.factorize(mass, shift).below
    }

    fn scale(&self) -> f64 {
        let blocks = self.diagonal.iter().chain(&self.upper).flatten();
        blocks.fold(0.0_f64, |max, value| max.max(value.largest_part()))
    }
}

fn shift_block<T: Scalar>(block: &mut [T], mass: Option<&Vec<T>>, width: usize, shift: f64) {
    match mass {
        Some(mass) => {
            for (value, m) in block.iter_mut().zip(mass) {
                *value -= *m * shift;
            }
        }
        None => {
            for p in 0..width {
                block[p * width + p] += T::from_real(-shift);
            }
        }
    }
}

/// `y += B x`, B row-major. The usual widths have loops of known length, in the same order.
fn add_product<T: Scalar>(block: &[T], x: &[T], y: &mut [T]) {
    match x.len() {
        2 => add_product_of::<T, 2>(block, x, y),
        4 => add_product_of::<T, 4>(block, x, y),
        8 => add_product_of::<T, 8>(block, x, y),
        width => {
            for (row, out) in block.chunks_exact(width.max(1)).zip(y) {
                *out += row_product(row, x);
            }
        }
    }
}

fn add_product_of<T: Scalar, const N: usize>(block: &[T], x: &[T], y: &mut [T]) {
    let (rows, _) = block.as_chunks::<N>();
    let (columns, _) = x.as_chunks::<N>();
    if let Some(x) = columns.first() {
        for (row, out) in rows.iter().zip(y) {
            *out += row_product(row, x);
        }
    }
}

#[inline(always)]
fn row_product<T: Scalar>(row: &[T], x: &[T]) -> T {
    let mut sum = T::default();
    for (b, x) in row.iter().zip(x) {
        sum += *b * *x;
    }
    sum
}

/// `y += B^H x`, B row-major.
fn add_adjoint_product<T: Scalar>(block: &[T], x: &[T], y: &mut [T]) {
    match y.len() {
        2 => add_adjoint_product_of::<T, 2>(block, x, y),
        4 => add_adjoint_product_of::<T, 4>(block, x, y),
        8 => add_adjoint_product_of::<T, 8>(block, x, y),
        width => {
            for (row, x) in block.chunks_exact(width.max(1)).zip(x) {
                add_adjoint_row(row, *x, y);
            }
        }
    }
}

fn add_adjoint_product_of<T: Scalar, const N: usize>(block: &[T], x: &[T], y: &mut [T]) {
    let (rows, _) = block.as_chunks::<N>();
    let (columns, _) = y.as_chunks_mut::<N>();
    if let Some(y) = columns.first_mut() {
        for (row, x) in rows.iter().zip(x) {
            add_adjoint_row(row, *x, y);
        }
    }
}

#[inline(always)]
fn add_adjoint_row<T: Scalar>(row: &[T], x: T, y: &mut [T]) {
    for (b, out) in row.iter().zip(y) {
        *out += b.conjugate() * x;
    }
}

/// `pivot -= U^H G U`, U of `G`'s order by `width`.
fn subtract_congruence<T: Scalar>(pivot: &mut [T], upper: &[T], inverse: &[T], width: usize) {
    let rows = upper.len() / width.max(1);
    let mut product = vec![T::default(); width];
    for p in 0..rows {
        // Row p of G U, then its share in every row of the pivot.
        product.fill(T::default());
        for k in 0..rows {
            let g = inverse[p * rows + k];
            for (out, u) in product.iter_mut().zip(&upper[k * width..][..width]) {
                *out += g * *u;
            }
        }
        for (row, u) in upper[p * width..][..width].iter().enumerate() {
            for (out, value) in pivot[row * width..][..width].iter_mut().zip(&product) {
                *out -= u.conjugate() * *value;
            }
        }
    }
}

/// Inverts a Hermitian block in place by principal pivots of order 1 and 2 (Bunch and Parlett) and
/// returns how many of its eigenvalues are negative.
fn invert<T: Scalar>(a: &mut [T], n: usize, tiny: f64) -> usize {
    let mut left: Vec<usize> = (0..n).collect();
    let mut negative = 0;
    while !left.is_empty() {
        let (d, largest_diagonal) = largest_diagonal(a, n, &left);
        let (p, q, largest_other) = largest_off_diagonal(a, n, &left);
        if 0.64 * largest_other <= largest_diagonal {
            let pivot = a[d * n + d].real_part();
            let pivot = if pivot.abs() < tiny { tiny } else { pivot };
            negative += usize::from(pivot < 0.0);
            exchange_one(a, n, d, pivot);
            left.retain(|k| *k != d);
        } else {
            // The determinant is negative: one eigenvalue of each sign.
            negative += 1;
            exchange_two(a, n, p, q);
            left.retain(|k| *k != p && *k != q);
        }
    }
    // All pivots exchanged: the array holds the inverse, Hermitian up to rounding.
    for p in 0..n {
        a[p * n + p] = T::from_real(a[p * n + p].real_part());
        for q in 0..p {
            let mean = (a[p * n + q] + a[q * n + p].conjugate()) * 0.5;
            a[p * n + q] = mean;
            a[q * n + p] = mean.conjugate();
        }
    }
    negative
}

fn largest_diagonal<T: Scalar>(a: &[T], n: usize, left: &[usize]) -> (usize, f64) {
    let mut best = (left[0], -1.0);
    for k in left {
        let size = a[k * n + k].real_part().abs();
        if best.1 < size {
            best = (*k, size);
        }
    }
    best
}

fn largest_off_diagonal<T: Scalar>(a: &[T], n: usize, left: &[usize]) -> (usize, usize, f64) {
    let mut best = (0, 0, 0.0);
    for (i, p) in left.iter().enumerate() {
        for q in &left[i + 1..] {
            let size = a[p * n + q].norm_squared().sqrt();
            if best.2 < size {
                best = (*p, *q, size);
            }
        }
    }
    best
}

/// Principal pivot transform at one index: solves row `d` for its unknown.
fn exchange_one<T: Scalar>(a: &mut [T], n: usize, d: usize, pivot: f64) {
    let inverse = 1.0 / pivot;
    for row in 0..n {
        if row == d {
            continue;
        }
        let factor = a[row * n + d] * inverse;
        for col in 0..n {
            if col != d {
                let change = factor * a[d * n + col];
                a[row * n + col] -= change;
            }
        }
        a[row * n + d] = factor;
    }
    for col in 0..n {
        a[d * n + col] = if col == d { T::from_real(inverse) } else { -a[d * n + col] * inverse };
    }
}

/// The same at two indices at once.
fn exchange_two<T: Scalar>(a: &mut [T], n: usize, p: usize, q: usize) {
    let (app, aqq) = (a[p * n + p].real_part(), a[q * n + q].real_part());
    let apq = a[p * n + q];
    let determinant = app * aqq - apq.norm_squared();
    let (ipp, iqq) = (aqq / determinant, app / determinant);
    let ipq = -apq * (1.0 / determinant);
    for row in 0..n {
        if row == p || row == q {
            continue;
        }
        let (x, y) = (a[row * n + p], a[row * n + q]);
        let factor_p = x * ipp + y * ipq.conjugate();
        let factor_q = x * ipq + y * iqq;
        for col in 0..n {
            if col != p && col != q {
                let change = factor_p * a[p * n + col] + factor_q * a[q * n + col];
                a[row * n + col] -= change;
            }
        }
        (a[row * n + p], a[row * n + q]) = (factor_p, factor_q);
    }
    for col in 0..n {
        if col == p || col == q {
            continue;
        }
        let (x, y) = (a[p * n + col], a[q * n + col]);
        a[p * n + col] = -(x * ipp + ipq * y);
        a[q * n + col] = -(ipq.conjugate() * x + y * iqq);
    }
    a[p * n + p] = T::from_real(ipp);
    a[q * n + q] = T::from_real(iqq);
    a[p * n + q] = ipq;
    a[q * n + p] = ipq.conjugate();
}

/// `A - shift M`, ready to be solved.
#[derive(Debug)]
pub struct Factors<'a, T> {
    matrix: &'a BlockTridiagonal<T>,
    /// The upper blocks of `A - shift M` where there is a mass.
    uppers: Option<Vec<Vec<T>>>,
    inverses: Vec<Vec<T>>,
    /// Eigenvalues below the shift.
    pub below: usize,
}

impl<T: Scalar> Factors<'_, T> {
    /// Overwrites `x` with the solution of `(A - shift M) y = x`.
    pub fn solve(&self, x: &mut [T]) {
        let starts = &self.matrix.starts;
        let uppers = self.uppers.as_ref().unwrap_or(&self.matrix.upper);
        let count = self.inverses.len();
        let mut scratch = Vec::new();
        for i in 0..count {
            let (start, end) = (starts[i], starts[i + 1]);
            scratch.clear();
            scratch.resize(end - start, T::default());
            add_product(&self.inverses[i], &x[start..end], &mut scratch);
            x[start..end].copy_from_slice(&scratch);
            if i + 1 < count {
                let rest = &mut x[end..];
                for value in &mut scratch {
                    *value = -*value;
                }
                add_adjoint_product(&uppers[i], &scratch, &mut rest[..starts[i + 2] - end]);
            }
        }
        // x holds G_i z_i; y_i = G_i z_i - G_i U_i y_(i + 1).
        for i in (0..count.saturating_sub(1)).rev() {
            let (start, end, next) = (starts[i], starts[i + 1], starts[i + 2]);
            scratch.clear();
            scratch.resize(end - start, T::default());
            add_product(&uppers[i], &x[end..next], &mut scratch);
            for value in &mut scratch {
                *value = -*value;
            }
            add_product(&self.inverses[i], &scratch, &mut x[start..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;

    fn example(order: usize, block: usize) -> BlockTridiagonal<Complex64> {
        let mut elements = Vec::new();
        for row in 0..order {
            for col in 0..=row {
                if (row / block) - (col / block) <= 1 {
                    let phase = (row * 7 + col * 13) as f64;
                    let im = if row == col { 0.0 } else { phase.sin() };
                    elements.push((row, col, Complex64::new((1.7 * phase).cos(), im)));
                }
            }
        }
        BlockTridiagonal::from_elements(order, block, elements).unwrap()
    }

    /// The solution solves, whatever the shift; the counts rise from 0 to the order and the sum of
    /// the steps is the trace.
    #[test]
    fn factors_solve_and_count() {
        for (order, block) in [(1, 1), (7, 3), (24, 4), (33, 8)] {
            let matrix = example(order, block);
            let x: Vec<Complex64> =
                (0..order).map(|k| Complex64::new(k as f64 + 1.0, -0.3 * k as f64)).collect();
            for shift in [-3.1, 0.0, 0.77] {
                let mut y = x.clone();
                matrix.factorize(None, shift).solve(&mut y);
                let back = matrix.multiply(&y);
                let worst =
                    (0..order).map(|k| (back[k] - y[k] * shift - x[k]).norm()).fold(0.0, f64::max);
                assert!(worst < 1e-9, "order {order}, shift {shift}: {worst:e}");
            }
            let bound = matrix.row_norm() * 1.01;
            assert_eq!(matrix.count_below(None, -bound), 0);
            assert_eq!(matrix.count_below(None, bound), order);
            let steps = 20_000;
            let mut integral = bound * order as f64;
            for step in 0..steps {
                let shift = -bound + (step as f64 + 0.5) * 2.0 * bound / f64::from(steps);
                let below = matrix.count_below(None, shift) as f64;
                integral -= below * 2.0 * bound / f64::from(steps);
            }
            let mut trace = 0.0;
            matrix.for_each(|row, col, value| trace += if row == col { value.re } else { 0.0 });
            let resolution = order as f64 * bound / f64::from(steps);
            assert!((integral - trace).abs() < resolution, "{integral} against {trace}");
        }
    }

    #[test]
    fn elements_outside_the_blocks_are_refused() {
        let far = BlockTridiagonal::from_elements(9, 3, [(8, 0, 1.0)]);
        assert!(matches!(far, Err(LinalgError::Shape { .. })));
        let nan = BlockTridiagonal::from_elements(9, 3, [(0, 0, f64::NAN)]);
        assert!(matches!(nan, Err(LinalgError::NotFinite { .. })));
    }
}
