//! How good an eigendecomposition is: LAPACK's ratios (as in its testing routines `dsyt21`,
//! `ddrvst`).
//!
//! All three are of order one for a backward stable solver, whatever the order and the scale of the
//! matrix; LAPACK's own tests fail at 30, and so do ours.
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::element::Element;
use super::scale::PowerOfTwo;

/// LAPACK's threshold for every ratio.
pub const THRESHOLD: f64 = 30.0;

/// Unit of all ratios: the spacing of doubles at 1 (LAPACK's `ulp`).
const EPS: f64 = f64::EPSILON;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ratios {
    /// |A V - V L|_F / (n |A|_F eps)
    pub residual: f64,
    /// |V^H V - 1|_F / (n eps)
    pub orthogonality: f64,
}

impl Ratios {
    /// The largest of each; NaN is worse than anything.
    pub fn worst<'a>(list: impl IntoIterator<Item = &'a Self>) -> Self {
        let worse = |a: f64, b: f64| if a.is_nan() || b < a { a } else { b };
        list.into_iter().fold(Self::default(), |worst, ratios| Self {
            residual: worse(worst.residual, ratios.residual),
            orthogonality: worse(worst.orthogonality, ratios.orthogonality),
        })
    }
}

/// Ratios of one decomposition, or of some of its vectors; `matrix` (only its lower triangle is
/// read) and `vectors` (as many columns as `values`) are row-major, column `k` of `vectors` belongs
/// to `values[k]`. Lengths that do not fit `order` give NaN.
pub fn eigen_ratios<T: Element>(
    order: usize,
    matrix: &[T],
    values: &[f64],
    vectors: &[T],
) -> Ratios {
    if matrix.len() != order * order || vectors.len() != order * values.len() {
        return Ratios { residual: f64::NAN, orthogonality: f64::NAN };
    }
    let scale = PowerOfTwo::normalizing(largest_lower(order, matrix));
    let lower = scaled_lower(order, matrix, scale);
    let (first, second) = scale.factors();
    let values: Vec<f64> = values.iter().map(|value| value * first * second).collect();
    let vectors = MatRef::from_row_major_slice(vectors, order, values.len());
    scaled_ratios(lower, &values, vectors)
}

/// max |a_k - b_k| / (n max |a| eps) between two computations of the same eigenvalues (with and
/// without vectors). Both are exact for a matrix within p(n) eps |A|; LAPACK tests orders up to 20
/// and leaves the n out.
pub fn value_ratio(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return f64::NAN;
    }
    let mut difference = 0.0_f64;
    let mut largest = 0.0_f64;
    for (a, b) in a.iter().zip(b) {
        difference = difference.max((a - b).abs());
        largest = largest.max(a.abs()).max(b.abs());
    }
    ratio(difference, a.len() as f64 * largest * EPS)
}

/// As [`eigen_ratios`], for a matrix that is scaled to order one and stored as its lower triangle.
pub(super) fn scaled_ratios<T: Element>(
    lower: Mat<T>,
    values: &[f64],
    vectors: MatRef<'_, T>,
) -> Ratios {
    let order = lower.nrows();
    let n_eps = order as f64 * EPS;
    let full = reflected(lower);
    let mut residual = Mat::<T>::zeros(order, values.len());
    matmul(&mut residual, Accum::Replace, &full, vectors, T::from_real(1.0), Par::Seq);
    let mut residual_squared = 0.0;
    for (col, value) in values.iter().enumerate() {
        for row in 0..order {
            let mut defect = residual[(row, col)];
            defect += vectors[(row, col)] * -value;
            residual_squared += defect.norm_squared();
        }
    }
    let mut matrix_squared = 0.0;
    for col in 0..order {
        for row in 0..order {
            matrix_squared += full[(row, col)].norm_squared();
        }
    }
    Ratios {
        residual: ratio(residual_squared.sqrt(), matrix_squared.sqrt() * n_eps),
        orthogonality: ratio(orthogonality_defect(vectors), n_eps),
    }
}

/// Columns of random signs by which [`probed_ratios`] estimates.
const PROBES: usize = 8;

/// As [`scaled_ratios`], estimated: the mean of |R x|^2 over vectors x of random signs is |R|_F^2
/// (Hutchinson 1990), with four thin products in place of two full ones.
pub(super) fn probed_ratios<T: Element>(
    lower: &Mat<T>,
    values: &[f64],
    vectors: MatRef<'_, T>,
) -> Ratios {
    let (order, count) = (lower.nrows(), values.len());
    let n_eps = order as f64 * EPS;
    let signs = Mat::<T>::from_fn(count, PROBES, |row, col| T::from_real(sign(row, col)));
    let weighted = Mat::<T>::from_fn(count, PROBES, |row, col| signs[(row, col)] * values[row]);
    let mut images = Mat::<T>::zeros(order, PROBES);
    matmul(&mut images, Accum::Replace, vectors, &signs, T::from_real(1.0), Par::Seq);
    let mut residual = Mat::<T>::zeros(order, PROBES);
    matmul(&mut residual, Accum::Replace, vectors, &weighted, T::from_real(-1.0), Par::Seq);
    let mut defect = signs;
    matmul(&mut defect, Accum::Add, vectors.adjoint(), &images, T::from_real(-1.0), Par::Seq);
    let residual_squared = squared_with_product(residual, lower, images.as_ref());
    let matrix_squared = squared_hermitian(lower);
    let probes = PROBES as f64;
    Ratios {
        residual: ratio((residual_squared / probes).sqrt(), matrix_squared.sqrt() * n_eps),
        orthogonality: ratio((squared(&defect) / probes).sqrt(), n_eps),
    }
}

/// |B + A X|_F^2 of the Hermitian matrix A of a lower triangle.
fn squared_with_product<T: Element>(mut b: Mat<T>, lower: &Mat<T>, x: MatRef<'_, T>) -> f64 {
    let one = T::from_real(1.0);
    matmul(&mut b, Accum::Add, lower, x, one, Par::Seq);
    matmul(&mut b, Accum::Add, lower.adjoint(), x, one, Par::Seq);
    let mut sum = 0.0;
    for col in 0..b.ncols() {
        for row in 0..b.nrows() {
            // The diagonal is in both triangles.
            let twice = x[(row, col)] * -lower[(row, row)].real_part();
            let mut element = b[(row, col)];
            element += twice;
            sum += element.norm_squared();
        }
    }
    sum
}

fn squared<T: Element>(matrix: &Mat<T>) -> f64 {
    let columns = (0..matrix.ncols()).map(|col| matrix.col(col));
    columns.map(|col| col.iter().map(|x| x.norm_squared()).sum::<f64>()).sum::<f64>()
}

/// |A|_F^2 of the Hermitian matrix of a lower triangle.
pub(super) fn squared_hermitian<T: Element>(lower: &Mat<T>) -> f64 {
    let diagonal: f64 = (0..lower.nrows()).map(|i| lower[(i, i)].norm_squared()).sum();
    2.0 * squared(lower) - diagonal
}

/// Vectors of random signs on which [`similarity_ratios`] tries a similarity transformation.
pub(super) const TRIALS: usize = 4;

/// Element `row` of trial `col`.
pub(super) fn trial(row: usize, col: usize) -> f64 {
    sign(row, col)
}

/// |A Q - Q T|_F / (n |A|_F eps) and |Q^H Q - 1|_F / (n eps) (as `dsyt21` asks of a reduction
/// A = Q T Q^H), estimated from `images` = Q X and `turned` = Q T X, where the columns of X are
/// the trials: the mean of |R x|^2 is |R|_F^2, and that of |x^H E y|^2 is |E|_F^2 (Hutchinson
/// 1990). `lower` is the triangle of A.
pub(super) fn similarity_ratios<T: Element>(
    lower: &Mat<T>,
    images: MatRef<'_, T>,
    turned: MatRef<'_, T>,
) -> Ratios {
    let order = lower.nrows();
    let n_eps = order as f64 * EPS;
    let residual = Mat::<T>::from_fn(order, TRIALS, |row, col| turned[(row, col)] * -1.0);
    let residual_squared = squared_with_product(residual, lower, images);
    let (mut defect_squared, mut pairs) = (0.0, 0.0);
    for left in 0..TRIALS {
        for right in 0..=left {
            let mut defect = T::from_real(0.0);
            for row in 0..order {
                defect += images[(row, left)].conjugate() * images[(row, right)];
                defect += T::from_real(-trial(row, left) * trial(row, right));
            }
            defect_squared += defect.norm_squared();
            pairs += 1.0;
        }
    }
    let trials = TRIALS as f64;
    let norm = squared_hermitian(lower).sqrt();
    Ratios {
        residual: ratio((residual_squared / trials).sqrt(), norm * n_eps),
        orthogonality: ratio((defect_squared / pairs).sqrt(), n_eps),
    }
}

/// A fixed pattern of random signs (the finalizer of SplitMix64).
fn sign(row: usize, col: usize) -> f64 {
    let mut x = (1 + row as u64 * PROBES as u64 + col as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    if (x ^ (x >> 31)) & 1 == 0 { 1.0 } else { -1.0 }
}

/// |V^H V - 1|_F; of V^H V only the lower triangle is formed, in strips.
fn orthogonality_defect<T: Element>(vectors: MatRef<'_, T>) -> f64 {
    const STRIP: usize = 64;
    let count = vectors.ncols();
    let mut squared = 0.0;
    for first in (0..count).step_by(STRIP) {
        let (rows, width) = (count - first, STRIP.min(count - first));
        let mut gram = Mat::<T>::zeros(rows, width);
        let left = vectors.subcols(first, rows).adjoint();
        let right = vectors.subcols(first, width);
        matmul(&mut gram, Accum::Replace, left, right, T::from_real(1.0), Par::Seq);
        for col in 0..width {
            gram[(col, col)] += T::from_real(-1.0);
            for row in 0..width {
                squared += gram[(row, col)].norm_squared();
            }
            // What lies below the strip's square has a twin above the diagonal.
            for row in width..rows {
                squared += 2.0 * gram[(row, col)].norm_squared();
            }
        }
    }
    squared.sqrt()
}

/// From |A V - V L|_F^2, |V^H V - 1|_F^2 and |A|_F^2.
pub(super) fn ratios_of(order: usize, residual: f64, defect: f64, matrix: f64) -> Ratios {
    let n_eps = order as f64 * EPS;
    Ratios {
        residual: ratio(residual.sqrt(), matrix.sqrt() * n_eps),
        orthogonality: ratio(defect.sqrt(), n_eps),
    }
}

/// 0 / 0 counts as perfect: the zero matrix, and order zero.
fn ratio(defect: f64, unit: f64) -> f64 {
    if defect == 0.0 { 0.0 } else { defect / unit }
}

/// Largest real or imaginary part in the lower triangle of a row-major matrix; NaN if one is there.
/// Imaginary parts on the diagonal are not part of a Hermitian matrix and not read.
pub(super) fn largest_lower<T: Element>(order: usize, matrix: &[T]) -> f64 {
    let mut largest = 0.0_f64;
    let mut poison = 0.0_f64;
    for (row, elements) in matrix.chunks_exact(order.max(1)).enumerate() {
        for element in &elements[..row] {
            let part = element.largest_part();
            // NaN and infinities turn into NaN here; `max` alone would lose them.
            poison += 0.0 * part;
            largest = largest.max(part);
        }
        let diagonal = elements[row].real_part().abs();
        poison += 0.0 * diagonal;
        largest = largest.max(diagonal);
    }
    largest + poison
}

/// Column-major copy of the lower triangle, times `scale`; real on the diagonal, zero above it.
pub(super) fn scaled_lower<T: Element>(order: usize, matrix: &[T], scale: PowerOfTwo) -> Mat<T> {
    // Blocks keep both the rows read and the columns written in cache.
    const BLOCK: usize = 32;
    let (first, second) = scale.factors();
    let mut lower = Mat::<T>::zeros(order, order);
    for first_col in (0..order).step_by(BLOCK) {
        let end_col = order.min(first_col + BLOCK);
        for row in first_col..order {
            let elements = &matrix[row * order..][..order];
            for col in first_col..end_col.min(row) {
                lower[(row, col)] = elements[col] * first * second;
            }
            if row < end_col {
                lower[(row, row)] = T::from_real(elements[row].real_part() * first * second);
            }
        }
    }
    lower
}

/// The full Hermitian matrix of a lower triangle.
fn reflected<T: Element>(mut lower: Mat<T>) -> Mat<T> {
    for col in 0..lower.ncols() {
        for row in 0..col {
            lower[(row, col)] = lower[(col, row)].conjugate();
        }
    }
    lower
}
