//! Loops over vector registers that the solvers of single matrices share.
//!
//! Matrices are column-major, columns `ld` apart; `ld` and every first row handed in here are
//! multiples of [`ALIGN`], so that no loop has a tail (no instruction set has wider registers).
use pulp::{Simd, WithSimd};

use super::sharing;

pub(super) const ALIGN: usize = 8;

/// The next multiple of [`ALIGN`].
pub(super) fn padded(n: usize) -> usize {
    n.next_multiple_of(ALIGN)
}

/// Rows `first..ld` of `COLS` columns from `col` on, as vectors; all of one length.
#[inline(always)]
fn columns<S: Simd, const COLS: usize>(
    a: &[f64],
    ld: usize,
    col: usize,
    first: usize,
) -> [&[S::f64s]; COLS] {
    let n_vectors = (ld - first) / S::F64_LANES;
    let mut columns: [&[S::f64s]; COLS] = [&[]; COLS];
    for i in 0..COLS {
        let start = (col + i) * ld;
        columns[i] = &S::as_simd_f64s(&a[start + first..start + ld]).0[..n_vectors];
    }
    columns
}

/// Rows `first..` of a vector, as vectors.
#[inline(always)]
fn vector<S: Simd>(x: &[f64], first: usize) -> &[S::f64s] {
    S::as_simd_f64s(&x[first..]).0
}

#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, x: &[f64], y: &[f64], first: usize) -> f64 {
    let (x, y) = (vector::<S>(x, first), vector::<S>(y, first));
    let mut sums = [simd.splat_f64s(0.0); 4];
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    for i in 0..n / 4 {
        for part in 0..4 {
            let at = 4 * i + part;
            sums[part] = simd.mul_add_e_f64s(x[at], y[at], sums[part]);
        }
    }
    for i in n / 4 * 4..n {
        sums[0] = simd.mul_add_e_f64s(x[i], y[i], sums[0]);
    }
    let even = simd.add_f64s(sums[0], sums[1]);
    simd.reduce_sum_f64s(simd.add_f64s(even, simd.add_f64s(sums[2], sums[3])))
}

/// y += factor x
#[inline(always)]
pub(super) fn axpy<S: Simd>(simd: S, factor: f64, x: &[f64], y: &mut [f64], first: usize) {
    let factor = simd.splat_f64s(factor);
    let y = S::as_mut_simd_f64s(&mut y[first..]).0;
    for (y, x) in y.iter_mut().zip(vector::<S>(x, first)) {
        *y = simd.mul_add_e_f64s(factor, *x, *y);
    }
}

/// `dots[j]` = column j . x, for `dots.len()` columns, over rows `first..ld`.
#[inline(always)]
pub(super) fn dots<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    first: usize,
    dots: &mut [f64],
) {
    let x = &vector::<S>(x, first)[..(ld - first) / S::F64_LANES];
    let mut col = 0;
    while col + 4 <= dots.len() {
        let c = columns::<S, 4>(a, ld, col, first);
        let mut sums = [simd.splat_f64s(0.0); 4];
        for i in 0..x.len() {
            for j in 0..4 {
                sums[j] = simd.mul_add_e_f64s(c[j][i], x[i], sums[j]);
            }
        }
        for j in 0..4 {
            dots[col + j] = simd.reduce_sum_f64s(sums[j]);
        }
        col += 4;
    }
    while col < dots.len() {
        let [c] = columns::<S, 1>(a, ld, col, first);
        let mut sum = simd.splat_f64s(0.0);
        for i in 0..x.len() {
            sum = simd.mul_add_e_f64s(c[i], x[i], sum);
        }
        dots[col] = simd.reduce_sum_f64s(sum);
        col += 1;
    }
}

/// y -= sum over j of `factors[j]` column j, over rows `first..ld`.
#[inline(always)]
pub(super) fn subtract_columns<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    factors: impl Fn(usize) -> f64,
    count: usize,
    y: &mut [f64],
    first: usize,
) {
    let n_vectors = (ld - first) / S::F64_LANES;
    let y = &mut S::as_mut_simd_f64s(&mut y[first..ld]).0[..n_vectors];
    let mut col = 0;
    while col + 4 <= count {
        let c = columns::<S, 4>(a, ld, col, first);
        let mut f = [simd.splat_f64s(0.0); 4];
        for j in 0..4 {
            f[j] = simd.splat_f64s(-factors(col + j));
        }
        for i in 0..n_vectors {
            let left = simd.mul_add_e_f64s(f[0], c[0][i], y[i]);
            let left = simd.mul_add_e_f64s(f[1], c[1][i], left);
            let left = simd.mul_add_e_f64s(f[2], c[2][i], left);
            y[i] = simd.mul_add_e_f64s(f[3], c[3][i], left);
        }
        col += 4;
    }
    while col < count {
        let [c] = columns::<S, 1>(a, ld, col, first);
        let f = simd.splat_f64s(-factors(col));
        for i in 0..n_vectors {
            y[i] = simd.mul_add_e_f64s(f, c[i], y[i]);
        }
        col += 1;
    }
}

/// (1 - tau v v^T) z for `COLS` columns of z as long as v; v is zero before `first`.
#[inline(always)]
pub(super) fn reflect<S: Simd, const COLS: usize>(
    simd: S,
    v: &[f64],
    tau: f64,
    z: &mut [f64],
    first: usize,
) {
    let ld = v.len();
    let v = vector::<S>(v, first);
    let n = v.len();
    let mut sums = [simd.splat_f64s(0.0); COLS];
    {
        let mut z: [&[S::f64s]; COLS] = columns::<S, COLS>(z, ld, 0, first);
        for column in &mut z {
            *column = &column[..n];
        }
        for i in 0..n {
            for j in 0..COLS {
                sums[j] = simd.mul_add_e_f64s(v[i], z[j][i], sums[j]);
            }
        }
    }
    for (column, sum) in z.chunks_exact_mut(ld).zip(sums) {
        let factor = simd.splat_f64s(-tau * simd.reduce_sum_f64s(sum));
        let column = S::as_mut_simd_f64s(&mut column[first..]).0;
        for (z, v) in column.iter_mut().zip(v) {
            *z = simd.mul_add_e_f64s(factor, *v, *z);
        }
    }
}

/// y = A x over rows and columns `first..ld`, in pieces that each fill a column of `room`
/// (`columns_of_room`). Of A the blocks of [`ALIGN`] on the diagonal are read whole, of the rest the
/// lower triangle, once.
#[inline(always)]
pub(super) fn symmetric_product<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    y: &mut [f64],
    first: usize,
    room: &mut [f64],
) {
    let limits = sharing::triangle_limits([first, ld], ALIGN);
    if limits.count == 1 {
        return columns_times(simd, a, ld, x, y, [first, ld]);
    }
    let targets: Vec<&mut [f64]> = room.chunks_exact_mut(ld).take(limits.count).collect();
    sharing::each(targets, |place, target| {
        let columns = limits.piece(place);
        simd.vectorize(Columns { a, ld, x, y: target, columns });
    });
    y[first..ld].copy_from_slice(&room[first..ld]);
    for place in 1..limits.count {
        let [from, _] = limits.piece(place);
        axpy(simd, 1.0, &room[place * ld..][..ld], &mut y[..ld], from);
    }
}

/// One piece of [`symmetric_product`].
struct Columns<'a> {
    a: &'a [f64],
    ld: usize,
    x: &'a [f64],
    y: &'a mut [f64],
    columns: [usize; 2],
}

impl WithSimd for Columns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        columns_times(simd, self.a, self.ld, self.x, self.y, self.columns);
    }
}

/// What columns `first..end` of the lower triangle, as columns and as rows, give to y = A x; rows
/// `first..ld` of y.
#[inline(always)]
fn columns_times<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    y: &mut [f64],
    [first, end]: [usize; 2],
) {
    y[first..ld].fill(0.0);
    for block in (first..end).step_by(ALIGN) {
        {
            let y = S::as_mut_simd_f64s(&mut y[block..block + ALIGN]).0;
            for col in block..block + ALIGN {
                let factor = simd.splat_f64s(x[col]);
                let column = S::as_simd_f64s(&a[col * ld + block..][..ALIGN]).0;
                for (y, a) in y.iter_mut().zip(column) {
                    *y = simd.mul_add_e_f64s(factor, *a, *y);
                }
            }
        }
        let below = block + ALIGN;
        if below == ld {
            break;
        }
        for col in [block, block + 4] {
            four_columns(simd, a, ld, x, y, col, below);
        }
    }
}

/// What four columns below their diagonal block add to y, as columns and as rows.
#[inline(always)]
fn four_columns<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    y: &mut [f64],
    col: usize,
    below: usize,
) {
    let n_vectors = (ld - below) / S::F64_LANES;
    let c = columns::<S, 4>(a, ld, col, below);
    let mut factors = [simd.splat_f64s(0.0); 4];
    for j in 0..4 {
        factors[j] = simd.splat_f64s(x[col + j]);
    }
    let mut sums = [simd.splat_f64s(0.0); 4];
    {
        let x = &vector::<S>(x, below)[..n_vectors];
        let y = &mut S::as_mut_simd_f64s(&mut y[below..ld]).0[..n_vectors];
        for i in 0..n_vectors {
            let x = x[i];
            let mut sum = y[i];
            for j in 0..4 {
                let element = c[j][i];
                sum = simd.mul_add_e_f64s(factors[j], element, sum);
                sums[j] = simd.mul_add_e_f64s(element, x, sums[j]);
            }
            y[i] = sum;
        }
    }
    for j in 0..4 {
        y[col + j] += simd.reduce_sum_f64s(sums[j]);
    }
}

/// Rotates columns `first..=end` of `rows` rows from `row` on, the last pair first.
#[inline(always)]
pub(super) fn rotate_columns<S: Simd>(
    simd: S,
    q: &mut [f64],
    ld: usize,
    [row, rows]: [usize; 2],
    [first, end]: [usize; 2],
    rotations: [&[f64]; 2],
) {
    let wide = 4 * S::F64_LANES;
    let mut at = row;
    while at + wide <= row + rows {
        rotate_chunk::<S, 4>(simd, q, ld, at, [first, end], rotations);
        at += wide;
    }
    while at < row + rows {
        rotate_chunk::<S, 1>(simd, q, ld, at, [first, end], rotations);
        at += S::F64_LANES;
    }
}

#[inline(always)]
fn rotate_chunk<S: Simd, const VECTORS: usize>(
    simd: S,
    q: &mut [f64],
    ld: usize,
    at: usize,
    [first, end]: [usize; 2],
    [cos, sin]: [&[f64]; 2],
) {
    let width = VECTORS * S::F64_LANES;
    let mut carried = [simd.splat_f64s(0.0); VECTORS];
    carried.copy_from_slice(S::as_simd_f64s(&q[end * ld + at..][..width]).0);
    for i in (first..end).rev() {
        let (c, s) = (simd.splat_f64s(cos[i]), simd.splat_f64s(sin[i]));
        let mut left = [simd.splat_f64s(0.0); VECTORS];
        left.copy_from_slice(S::as_simd_f64s(&q[i * ld + at..][..width]).0);
        let right = S::as_mut_simd_f64s(&mut q[(i + 1) * ld + at..][..width]).0;
        for k in 0..VECTORS {
            right[k] = simd.mul_add_e_f64s(s, left[k], simd.mul_f64s(c, carried[k]));
            let turned = simd.neg_f64s(simd.mul_f64s(s, carried[k]));
            carried[k] = simd.mul_add_e_f64s(c, left[k], turned);
        }
    }
    S::as_mut_simd_f64s(&mut q[first * ld + at..][..width]).0.copy_from_slice(&carried);
}
