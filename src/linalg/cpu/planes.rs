//! Loops over complex columns, each kept as a column of real parts followed by one of imaginary
//! parts: `2 ld` numbers, of which `ld` is a multiple of [`ALIGN`].
//!
//! A complex matrix is so a real one of twice the columns, and its products are those of real
//! matrices; what is left for here are vectors (`kernels.rs` has the real ones).
//!
//! Arrays of registers are filled in loops: a closure does not inherit the instruction set of its
//! caller, and one that the compiler does not inline (as in `array::map`) costs a call per register.
use pulp::{Simd, WithSimd};

use super::kernels::{self, ALIGN};
use super::sharing;

/// Real and imaginary part.
pub(super) type Pair = [f64; 2];

#[inline(always)]
pub(super) fn product(a: Pair, b: Pair) -> Pair {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

/// Rows `first..ld` of `COLS` complex columns from `col` on, as vectors; all of one length.
#[inline(always)]
fn columns<S: Simd, const COLS: usize>(
    a: &[f64],
    ld: usize,
    col: usize,
    first: usize,
) -> [[&[S::f64s]; 2]; COLS] {
    let n_vectors = (ld - first) / S::F64_LANES;
    let mut columns: [[&[S::f64s]; 2]; COLS] = [[&[]; 2]; COLS];
    for i in 0..2 * COLS {
        let start = (2 * col + i) * ld;
        columns[i / 2][i % 2] = &S::as_simd_f64s(&a[start + first..start + ld]).0[..n_vectors];
    }
    columns
}

/// The same columns, known to have `n` vectors each.
#[inline(always)]
fn trimmed<V, const COLS: usize>(columns: [[&[V]; 2]; COLS], n: usize) -> [[&[V]; 2]; COLS] {
    let mut trimmed = columns;
    for column in &mut trimmed {
        for part in column {
            *part = &part[..n];
        }
    }
    trimmed
}

/// As [`columns`], one column to write to.
#[inline(always)]
fn column_mut<S: Simd>(y: &mut [f64], ld: usize, first: usize) -> [&mut [S::f64s]; 2] {
    let n_vectors = (ld - first) / S::F64_LANES;
    let (re, im) = y.split_at_mut(ld);
    let re = &mut S::as_mut_simd_f64s(&mut re[first..ld]).0[..n_vectors];
    let im = &mut S::as_mut_simd_f64s(&mut im[first..ld]).0[..n_vectors];
    [re, im]
}

/// x^H y over rows `first..`.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, x: &[f64], y: &[f64], ld: usize, first: usize) -> Pair {
    let mut dot = [[0.0; 2]];
    dots(simd, x, ld, y, first, &mut dot);
    dot[0]
}

/// `dots[j]` = (column j)^H x, for `dots.len()` columns, over rows `first..ld`.
#[inline(always)]
pub(super) fn dots<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    first: usize,
    dots: &mut [Pair],
) {
    let whole = dots.len() / 2 * 2;
    for col in (0..whole).step_by(2) {
        dots_of::<S, 2>(simd, a, ld, x, first, col, dots);
    }
    if whole < dots.len() {
        dots_of::<S, 1>(simd, a, ld, x, first, whole, dots);
    }
}

#[inline(always)]
fn dots_of<S: Simd, const COLS: usize>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    first: usize,
    col: usize,
    dots: &mut [Pair],
) {
    let [[x_re, x_im]] = columns::<S, 1>(x, ld, 0, first);
    let n = x_re.len();
    let (x_re, x_im) = (&x_re[..n], &x_im[..n]);
    let c = trimmed(columns::<S, COLS>(a, ld, col, first), n);
    let mut sums = [[simd.splat_f64s(0.0); 4]; COLS];
    for i in 0..n {
        for j in 0..COLS {
            let [re, im] = [c[j][0][i], c[j][1][i]];
            sums[j][0] = simd.mul_add_e_f64s(re, x_re[i], sums[j][0]);
            sums[j][1] = simd.mul_add_e_f64s(im, x_im[i], sums[j][1]);
            sums[j][2] = simd.mul_add_e_f64s(re, x_im[i], sums[j][2]);
            sums[j][3] = simd.mul_add_e_f64s(im, x_re[i], sums[j][3]);
        }
    }
    for j in 0..COLS {
        dots[col + j] = pair(simd, sums[j]);
    }
}

/// From the four sums of [`dots_of`].
#[inline(always)]
fn pair<S: Simd>(simd: S, sums: [S::f64s; 4]) -> Pair {
    let re = simd.add_f64s(sums[0], sums[1]);
    let im = simd.sub_f64s(sums[2], sums[3]);
    [simd.reduce_sum_f64s(re), simd.reduce_sum_f64s(im)]
}

/// y -= sum over j of `factors(j)` column j, over rows `first..ld`.
#[inline(always)]
pub(super) fn subtract_columns<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    factors: impl Fn(usize) -> Pair,
    count: usize,
    y: &mut [f64],
    first: usize,
) {
    let whole = count / 2 * 2;
    for col in (0..whole).step_by(2) {
        subtract::<S, 2>(simd, a, ld, col, [factors(col), factors(col + 1)], y, first);
    }
    if whole < count {
        subtract::<S, 1>(simd, a, ld, whole, [factors(whole)], y, first);
    }
}

#[inline(always)]
fn subtract<S: Simd, const COLS: usize>(
    simd: S,
    a: &[f64],
    ld: usize,
    col: usize,
    factors: [Pair; COLS],
    y: &mut [f64],
    first: usize,
) {
    let [y_re, y_im] = column_mut::<S>(y, ld, first);
    let n = y_re.len();
    let y_im = &mut y_im[..n];
    let c = trimmed(columns::<S, COLS>(a, ld, col, first), n);
    let mut f = [[simd.splat_f64s(0.0); 3]; COLS];
    for j in 0..COLS {
        let [re, im] = factors[j];
        f[j] = [simd.splat_f64s(-re), simd.splat_f64s(-im), simd.splat_f64s(im)];
    }
    for i in 0..n {
        let (mut re, mut im) = (y_re[i], y_im[i]);
        for j in 0..COLS {
            re = simd.mul_add_e_f64s(f[j][0], c[j][0][i], re);
            im = simd.mul_add_e_f64s(f[j][1], c[j][0][i], im);
            re = simd.mul_add_e_f64s(f[j][2], c[j][1][i], re);
            im = simd.mul_add_e_f64s(f[j][0], c[j][1][i], im);
        }
        (y_re[i], y_im[i]) = (re, im);
    }
}

/// (1 - tau v v^H) z for `COLS` complex columns of z; v is zero before `first`.
#[inline(always)]
pub(super) fn reflect<S: Simd, const COLS: usize>(
    simd: S,
    v: &[f64],
    tau: Pair,
    z: &mut [f64],
    first: usize,
) {
    let ld = v.len() / 2;
    let [[v_re, v_im]] = columns::<S, 1>(v, ld, 0, first);
    let n = v_re.len();
    let v_im = &v_im[..n];
    let mut sums = [[simd.splat_f64s(0.0); 4]; COLS];
    {
        let z = trimmed(columns::<S, COLS>(z, ld, 0, first), n);
        for i in 0..n {
            let (re, im) = (v_re[i], v_im[i]);
            for j in 0..COLS {
                sums[j][0] = simd.mul_add_e_f64s(re, z[j][0][i], sums[j][0]);
                sums[j][1] = simd.mul_add_e_f64s(im, z[j][1][i], sums[j][1]);
                sums[j][2] = simd.mul_add_e_f64s(re, z[j][1][i], sums[j][2]);
                sums[j][3] = simd.mul_add_e_f64s(im, z[j][0][i], sums[j][3]);
            }
        }
    }
    for (column, sums) in z.chunks_exact_mut(2 * ld).zip(sums) {
        let factor = product(tau, pair(simd, sums));
        subtract::<S, 1>(simd, v, ld, 0, [factor], column, first);
    }
}

/// y = A x over rows and columns `first..ld` of a Hermitian A, in pieces that each fill a complex
/// column of `room`. Of A the blocks of [`ALIGN`] on the diagonal are read whole, of the rest the
/// lower triangle, once.
#[inline(always)]
pub(super) fn hermitian_product<S: Simd>(
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
    let targets: Vec<&mut [f64]> = room.chunks_exact_mut(2 * ld).take(limits.count).collect();
    sharing::each(targets, |place, target| {
        let columns = limits.piece(place);
        simd.vectorize(Columns { a, ld, x, y: target, columns });
    });
    for part in [0, ld] {
        y[part + first..part + ld].copy_from_slice(&room[part + first..part + ld]);
        for place in 1..limits.count {
            let [from, _] = limits.piece(place);
            let share = &room[2 * place * ld + part..][..ld];
            kernels::axpy(simd, 1.0, share, &mut y[part..part + ld], from);
        }
    }
}

/// One piece of [`hermitian_product`].
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

/// What columns `first..end` of the lower triangle, as columns and as conjugate rows, give to
/// y = A x; rows `first..ld` of y.
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
    y[ld + first..2 * ld].fill(0.0);
    for block in (first..end).step_by(ALIGN) {
        for col in block..block + ALIGN {
            let factor = [-x[col], -x[ld + col]];
            subtract_block(simd, &a[2 * col * ld..][..2 * ld], ld, factor, y, block);
        }
        let below = block + ALIGN;
        if below == ld {
            break;
        }
        // As many columns as the registers hold.
        if 8 <= S::F64_LANES {
            for col in (block..below).step_by(4) {
                lower_columns::<S, 4>(simd, a, ld, x, y, col, below);
            }
        } else {
            for col in (block..below).step_by(2) {
                lower_columns::<S, 2>(simd, a, ld, x, y, col, below);
            }
        }
    }
}

/// y -= factor column, over the rows of one block.
#[inline(always)]
fn subtract_block<S: Simd>(
    simd: S,
    column: &[f64],
    ld: usize,
    factor: Pair,
    y: &mut [f64],
    block: usize,
) {
    let end = block + ALIGN;
    let re = S::as_simd_f64s(&column[block..end]).0;
    let im = S::as_simd_f64s(&column[ld + block..ld + end]).0;
    let f = [simd.splat_f64s(-factor[0]), simd.splat_f64s(-factor[1])];
    let turned = simd.splat_f64s(factor[1]);
    for (y, (re, im)) in S::as_mut_simd_f64s(&mut y[block..end]).0.iter_mut().zip(re.iter().zip(im))
    {
        *y = simd.mul_add_e_f64s(turned, *im, simd.mul_add_e_f64s(f[0], *re, *y));
    }
    for (y, (re, im)) in
        S::as_mut_simd_f64s(&mut y[ld + block..ld + end]).0.iter_mut().zip(re.iter().zip(im))
    {
        *y = simd.mul_add_e_f64s(f[0], *im, simd.mul_add_e_f64s(f[1], *re, *y));
    }
}

/// What `COLS` columns below their diagonal block add to y, as columns and as conjugate rows.
#[inline(always)]
fn lower_columns<S: Simd, const COLS: usize>(
    simd: S,
    a: &[f64],
    ld: usize,
    x: &[f64],
    y: &mut [f64],
    col: usize,
    below: usize,
) {
    let c = columns::<S, COLS>(a, ld, col, below);
    let [[x_re, x_im]] = columns::<S, 1>(x, ld, 0, below);
    let mut factors = [[simd.splat_f64s(0.0); 3]; COLS];
    for j in 0..COLS {
        let (re, im) = (x[col + j], x[ld + col + j]);
        factors[j] = [simd.splat_f64s(re), simd.splat_f64s(im), simd.splat_f64s(-im)];
    }
    let mut sums = [[simd.splat_f64s(0.0); 2]; COLS];
    {
        let [y_re, y_im] = column_mut::<S>(y, ld, below);
        let n = y_re.len();
        let (y_im, x_re, x_im) = (&mut y_im[..n], &x_re[..n], &x_im[..n]);
        let c = trimmed(c, n);
        for i in 0..n {
            let (x_re, x_im) = (x_re[i], x_im[i]);
            let minus_re = simd.neg_f64s(x_re);
            let (mut re, mut im) = (y_re[i], y_im[i]);
            for j in 0..COLS {
                let [a_re, a_im] = [c[j][0][i], c[j][1][i]];
                let [f_re, f_im, f_minus] = factors[j];
                re = simd.mul_add_e_f64s(f_re, a_re, re);
                im = simd.mul_add_e_f64s(f_im, a_re, im);
                sums[j][0] = simd.mul_add_e_f64s(a_re, x_re, sums[j][0]);
                sums[j][1] = simd.mul_add_e_f64s(a_re, x_im, sums[j][1]);
                re = simd.mul_add_e_f64s(f_minus, a_im, re);
                im = simd.mul_add_e_f64s(f_re, a_im, im);
                sums[j][0] = simd.mul_add_e_f64s(a_im, x_im, sums[j][0]);
                sums[j][1] = simd.mul_add_e_f64s(a_im, minus_re, sums[j][1]);
            }
            (y_re[i], y_im[i]) = (re, im);
        }
    }
    for j in 0..COLS {
        y[col + j] += simd.reduce_sum_f64s(sums[j][0]);
        y[ld + col + j] += simd.reduce_sum_f64s(sums[j][1]);
    }
}

/// `|x|^2` over rows `first..`.
#[inline(always)]
pub(super) fn norm_squared<S: Simd>(simd: S, x: &[f64], ld: usize, first: usize) -> f64 {
    let (re, im) = (&x[..ld], &x[ld..2 * ld]);
    kernels::dot(simd, re, re, first) + kernels::dot(simd, im, im, first)
}

/// x *= factor over rows `first..`.
#[inline(always)]
pub(super) fn scale(x: &mut [f64], ld: usize, factor: Pair, first: usize) {
    let (re, im) = x.split_at_mut(ld);
    for (re, im) in re[first..].iter_mut().zip(&mut im[first..ld]) {
        [*re, *im] = product([*re, *im], factor);
    }
}
