//! Complex Hermitian A = Q T Q^H with a real T, blocked: LAPACK's `zhetrd` and `zlatrd`, lower
//! triangle (Dongarra, Hammarling, Sorensen 1989), and the application of Q to real vectors as
//! compact WY blocks (`zunmtr`).
//!
//! As `tridiagonal.rs`, with reflections that take the phases along; complex columns as in
//! `planes.rs`, so that all matrix products are real.
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};

use super::kernels::{self, ALIGN};
use super::planes::{self, Pair};
use super::sharing;

/// Columns of one block of reflectors when Q is applied.
const BACK: usize = 32;

/// Up to this order a few columns at a time see all reflectors one by one, inside the caches.
const BACK_FROM: usize = 240;

/// Columns that see all blocks one after another, as a piece of work.
const SHARE: usize = 256;

/// Columns of one strip of the update of the remaining matrix.
const STRIP: usize = 32;

/// Squares below this times the square of the matrix would underflow; as zero they do no harm.
const TINY_SQUARED: f64 = 1e-280;

/// A reduced matrix: T and the reflectors.
#[derive(Debug)]
pub(super) struct Tridiagonal {
    order: usize,
    pub(super) ld: usize,
    /// Below the diagonal, in complex columns: the reflectors with their ones; zeros from the start
    /// of their block on.
    pub(super) reflectors: Vec<f64>,
    tau: Vec<Pair>,
    pub(super) d: Vec<f64>,
    /// `order` entries, the last one zero.
    pub(super) e: Vec<f64>,
}

/// Columns between two updates of the remaining matrix.
fn panel_width(order: usize) -> usize {
    if order < 256 { 16 } else { 32 }
}

/// Reduces the matrix in `a` (complex columns, column-major, `2 padded(order)` apart, rows and
/// columns beyond the order zero, lower triangle; the largest element of order one).
pub(super) fn reduce(order: usize, a: Vec<f64>) -> Tridiagonal {
    let ld = kernels::padded(order);
    debug_assert_eq!(a.len(), 2 * ld * ld);
    let (tau, d, e) = (vec![[0.0; 2]; ld], vec![0.0; order], vec![0.0; order]);
    let mut t = Tridiagonal { order, ld, reflectors: a, tau, d, e };
    mirror_diagonal_blocks(&mut t.reflectors, ld);
    let width = panel_width(order);
    let mut panel = vec![0.0; 4 * width * ld];
    let mut room = vec![0.0; 2 * ld * sharing::triangle_limits([0, ld], ALIGN).count];
    let mut first = 0;
    while first < order {
        let end = ld.min(first + width);
        Arch::new().dispatch(Panel { t: &mut t, panel: &mut panel, room: &mut room, first, end });
        if end < order {
            update(&mut t.reflectors, &mut panel, ld, [first, end]);
        }
        first = end;
    }
    t
}

fn mirror_diagonal_blocks(a: &mut [f64], ld: usize) {
    for block in (0..ld).step_by(ALIGN) {
        for col in block..block + ALIGN {
            for row in block..col {
                a[2 * col * ld + row] = a[2 * row * ld + col];
                a[(2 * col + 1) * ld + row] = -a[(2 * row + 1) * ld + col];
            }
        }
    }
}

/// A -= V W^H + W V^H right of and below the panel.
fn update(a: &mut [f64], panel: &mut [f64], ld: usize, [first, end]: [usize; 2]) {
    let width = 2 * (end - first);
    panel[..width * ld].copy_from_slice(&a[2 * first * ld..2 * end * ld]);
    let panel = &*panel;
    sharing::chunks(ld - end, &mut a[2 * end * ld..], 2 * STRIP * ld, |place, columns| {
        let strip = end + place * STRIP;
        let cols = columns.len() / (2 * ld);
        // Two real columns of the product for one of the matrix, from V and W side by side.
        let mut right = vec![0.0; 4 * width * cols];
        adjoint_rows(panel, ld, [strip, cols], width, &mut right);
        let right = MatRef::from_column_major_slice(&right, 2 * width, 2 * cols);
        let left =
            MatRef::from_column_major_slice_with_stride(&panel[strip..], ld - strip, 2 * width, ld);
        let rest = &mut columns[strip..];
        let rest = MatMut::from_column_major_slice_with_stride_mut(rest, ld - strip, 2 * cols, ld);
        matmul(rest, Accum::Add, left, right, -1.0, Par::Seq);
        for col in 0..cols {
            columns[(2 * col + 1) * ld + strip + col] = 0.0;
        }
    });
}

/// `right` = what (V W) is multiplied with for columns `strip..strip + cols`: the conjugate rows of
/// W, then those of V, as real columns for the real and the imaginary part.
fn adjoint_rows(
    panel: &[f64],
    ld: usize,
    [strip, cols]: [usize; 2],
    width: usize,
    right: &mut [f64],
) {
    let (v, w) = panel.split_at(width * ld);
    for (col, out) in right.chunks_exact_mut(4 * width).take(cols).enumerate() {
        let (re, im) = out.split_at_mut(2 * width);
        for (half, from) in [w, v].into_iter().enumerate() {
            for at in (0..width).step_by(2) {
                let element = [from[at * ld + strip + col], from[(at + 1) * ld + strip + col]];
                let place = half * width + at;
                (re[place], re[place + 1]) = (element[0], element[1]);
                (im[place], im[place + 1]) = (-element[1], element[0]);
            }
        }
    }
}

struct Panel<'a> {
    t: &'a mut Tridiagonal,
    /// V W, each `end - first` columns; here only W is used.
    panel: &'a mut [f64],
    room: &'a mut [f64],
    first: usize,
    end: usize,
}

impl WithSimd for Panel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { t, panel, room, first, end } = self;
        let (order, ld) = (t.order, t.ld);
        let width = end - first;
        let w = &mut panel[2 * width * ld..4 * width * ld];
        for k in first..end.min(order) {
            let (done, done_w) = w.split_at_mut(2 * (k - first) * ld);
            let (before, rest) = t.reflectors.split_at_mut(2 * k * ld);
            let column = &mut rest[..2 * ld];
            t.d[k] = next_column(simd, &before[2 * first * ld..], done, column, ld, k);
            column[order..ld].fill(0.0);
            column[ld + order..].fill(0.0);
            if k + 1 == order {
                break;
            }
            let (beta, tau) = reflector(simd, column, ld, k + 1);
            (t.e[k], t.tau[k]) = (beta, tau);
            let target = &mut done_w[..2 * ld];
            target.fill(0.0);
            if tau != [0.0; 2] {
                let written = [target, &mut *room];
                partner(simd, &t.reflectors, ld, [first, k], tau, done, written);
            }
        }
    }
}

/// Brings column `k` up to date with the reflections of its panel so far; only what lies below the
/// diagonal stays. Returns the diagonal element.
#[inline(always)]
fn next_column<S: Simd>(
    simd: S,
    v: &[f64],
    w: &[f64],
    column: &mut [f64],
    ld: usize,
    k: usize,
) -> f64 {
    let done = w.len() / (2 * ld);
    let from = k / ALIGN * ALIGN;
    let conjugate = |a: &[f64], j: usize| [a[2 * j * ld + k], -a[(2 * j + 1) * ld + k]];
    planes::subtract_columns(simd, v, ld, |j| conjugate(w, j), done, column, from);
    planes::subtract_columns(simd, w, ld, |j| conjugate(v, j), done, column, from);
    let diagonal = column[k];
    column[k / BACK * BACK..=k].fill(0.0);
    column[ld + k / BACK * BACK..=ld + k].fill(0.0);
    diagonal
}

/// w = tau (A - V W^H - W V^H) v, then w -= tau (w^H v) v / 2, where v is column `k`.
#[inline(always)]
fn partner<S: Simd>(
    simd: S,
    a: &[f64],
    ld: usize,
    [first, k]: [usize; 2],
    tau: Pair,
    w: &[f64],
    [target, room]: [&mut [f64]; 2],
) {
    let mut dots = [[[0.0; 2]; 32]; 2];
    let done = k - first;
    let from = (k + 1) / ALIGN * ALIGN;
    let (v, x) = (&a[2 * first * ld..2 * k * ld], &a[2 * k * ld..][..2 * ld]);
    planes::hermitian_product(simd, a, ld, x, target, from, room);
    let [vv, ww] = &mut dots;
    planes::dots(simd, w, ld, x, from, &mut ww[..done]);
    planes::dots(simd, v, ld, x, from, &mut vv[..done]);
    planes::subtract_columns(simd, v, ld, |j| ww[j], done, target, from);
    planes::subtract_columns(simd, w, ld, |j| vv[j], done, target, from);
    target[from..=k].fill(0.0);
    target[ld + from..=ld + k].fill(0.0);
    planes::scale(target, ld, tau, from);
    let overlap = planes::dot(simd, target, x, ld, from);
    let share = planes::product(tau, overlap).map(|part| 0.5 * part);
    planes::subtract_columns(simd, x, ld, |_| share, 1, target, from);
}

/// Turns rows `first..` of `x` into v with `v[first] = 1`; returns beta (real) and tau with
/// (1 - tau v v^H)^H x = beta e_1, as LAPACK's `zlarfg`. Everything before `first` in its block is
/// zero.
#[inline(always)]
fn reflector<S: Simd>(simd: S, x: &mut [f64], ld: usize, first: usize) -> (f64, Pair) {
    let from = first / ALIGN * ALIGN;
    let alpha = [first, ld + first].map(|at| std::mem::replace(&mut x[at], 0.0));
    // What a reflection has to remove: the rest, and the imaginary part of alpha.
    let removed = planes::norm_squared(simd, x, ld, from) + alpha[1] * alpha[1];
    if removed < TINY_SQUARED {
        x[from..ld].fill(0.0);
        x[ld + from..].fill(0.0);
        x[first] = 1.0;
        return (alpha[0], [0.0; 2]);
    }
    let norm = (alpha[0] * alpha[0] + removed).sqrt();
    let beta = if alpha[0] < 0.0 { norm } else { -norm };
    let difference = [alpha[0] - beta, alpha[1]];
    let squared = difference[0] * difference[0] + difference[1] * difference[1];
    planes::scale(x, ld, [difference[0] / squared, -difference[1] / squared], from);
    (x[first], x[ld + first]) = (1.0, 0.0);
    (beta, difference.map(|part| -part / beta))
}

/// Q Z, reflector by reflector.
struct Reflect<'a> {
    t: &'a Tridiagonal,
    z: &'a mut [f64],
}

impl WithSimd for Reflect<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ld = self.t.ld;
        let mut groups = self.z.chunks_exact_mut(4 * ld);
        for columns in &mut groups {
            self.t.reflect::<S, 2>(simd, columns);
        }
        for column in groups.into_remainder().chunks_exact_mut(2 * ld) {
            self.t.reflect::<S, 1>(simd, column);
        }
    }
}

/// Reflectors one after another, as 1 - V T V^H; complex columns of V, and T as a real matrix.
struct Block<'a> {
    first: usize,
    v: MatRef<'a, f64>,
    t: Vec<f64>,
}

impl Block<'_> {
    fn apply(&self, z: &mut [f64], ld: usize, room: &mut [f64]) {
        let (v, cols) = (self.v, z.len() / (2 * ld));
        let (rows, width) = (v.nrows(), v.ncols() / 2);
        let z = &mut z[self.first..];
        let mut z = MatMut::from_column_major_slice_with_stride_mut(z, rows, 2 * cols, ld);
        let (wide, rest) = room.split_at_mut(4 * width * cols);
        let (narrow, rest) = rest.split_at_mut(2 * width * cols);
        let turned = &mut rest[..2 * width * cols];
        {
            let raw = MatMut::from_column_major_slice_mut(wide, 2 * width, 2 * cols);
            matmul(raw, Accum::Replace, v.transpose(), z.as_ref(), 1.0, Par::Seq);
        }
        join_products(wide, narrow, width);
        let t = MatRef::from_column_major_slice(&self.t, 2 * width, 2 * width);
        let product = MatRef::from_column_major_slice(narrow, 2 * width, cols);
        {
            let target = MatMut::from_column_major_slice_mut(turned, 2 * width, cols);
            matmul(target, Accum::Replace, t, product, -1.0, Par::Seq);
        }
        spread(turned, wide, width);
        let wide = MatRef::from_column_major_slice(wide, 2 * width, 2 * cols);
        matmul(z.as_mut(), Accum::Add, v, wide, 1.0, Par::Seq);
    }
}

impl Tridiagonal {
    #[inline(always)]
    fn reflect<S: Simd, const COLS: usize>(&self, simd: S, z: &mut [f64]) {
        let ld = self.ld;
        for k in (0..self.order - 1).rev() {
            let v = &self.reflectors[2 * k * ld..][..2 * ld];
            planes::reflect::<S, COLS>(simd, v, self.tau[k], z, (k + 1) / ALIGN * ALIGN);
        }
    }

    /// Q Z, in place; Z in complex columns.
    pub(super) fn apply_q(&self, z: &mut [f64]) {
        if self.order <= BACK_FROM {
            Arch::new().dispatch(Reflect { t: self, z });
            return;
        }
        let (order, ld) = (self.order, self.ld);
        let blocks: Vec<Block<'_>> =
            (0..order - 1).step_by(BACK).map(|first| self.block(first)).collect();
        sharing::chunks(order, z, 2 * SHARE * ld, |_, columns| {
            let room = &mut vec![0.0; 12 * BACK * SHARE];
            for block in blocks.iter().rev() {
                block.apply(columns, ld, room);
            }
        });
    }

    fn block(&self, first: usize) -> Block<'_> {
        let (order, ld) = (self.order, self.ld);
        let width = BACK.min(order - 1 - first);
        let v = &self.reflectors[2 * first * ld + first..];
        let v = MatRef::from_column_major_slice_with_stride(v, order - first, 2 * width, ld);
        Block { first, v, t: self.triangle(v, first, width) }
    }

    /// T of H_first H_first+1 ... = 1 - V T V^H as a real matrix of twice the order, column-major.
    fn triangle(&self, v: MatRef<'_, f64>, first: usize, width: usize) -> Vec<f64> {
        let mut raw = vec![0.0; 4 * width * width];
        let target = MatMut::from_column_major_slice_mut(&mut raw, 2 * width, 2 * width);
        matmul(target, Accum::Replace, v.transpose(), v, 1.0, Par::Seq);
        let mut gram = vec![0.0; 2 * width * width];
        join_products(&raw, &mut gram, width);
        let mut t = vec![[0.0; 2]; width * width];
        for col in 0..width {
            let tau = self.tau[first + col];
            // t[.., col] = -tau T (V^H v_col)
            for inner in 0..col {
                let at = 2 * (col * width + inner);
                let factor = planes::product(tau, [-gram[at], -gram[at + 1]]);
                for row in 0..=inner {
                    let share = planes::product(factor, t[inner * width + row]);
                    let element = &mut t[col * width + row];
                    *element = [element[0] + share[0], element[1] + share[1]];
                }
            }
            t[col * width + col] = tau;
        }
        // A complex factor mixes the parts: two real columns for one.
        for (columns, from) in raw.chunks_exact_mut(4 * width).zip(t.chunks_exact(width)) {
            let (re, im) = columns.split_at_mut(2 * width);
            for (row, element) in from.iter().enumerate() {
                (re[2 * row], re[2 * row + 1]) = (element[0], element[1]);
                (im[2 * row], im[2 * row + 1]) = (-element[1], element[0]);
            }
        }
        raw
    }
}

/// V^H Z, parts of an element one below the other, from the products of all parts of V with all
/// parts of Z.
fn join_products(raw: &[f64], joined: &mut [f64], width: usize) {
    for (columns, out) in raw.chunks_exact(4 * width).zip(joined.chunks_exact_mut(2 * width)) {
        let (re, im) = columns.split_at(2 * width);
        for row in (0..2 * width).step_by(2) {
            out[row] = re[row] + im[row + 1];
            out[row + 1] = im[row] - re[row + 1];
        }
    }
}

/// The factors of V's parts in V Y: for the real part of a column of Y, then for the imaginary one.
fn spread(y: &[f64], wide: &mut [f64], width: usize) {
    for (from, columns) in y.chunks_exact(2 * width).zip(wide.chunks_exact_mut(4 * width)) {
        let (re, im) = columns.split_at_mut(2 * width);
        for row in (0..2 * width).step_by(2) {
            let (y_re, y_im) = (from[row], from[row + 1]);
            (re[row], re[row + 1]) = (y_re, -y_im);
            (im[row], im[row + 1]) = (y_im, y_re);
        }
    }
}
