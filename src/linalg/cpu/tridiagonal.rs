//! Real symmetric A = Q T Q^T, blocked: LAPACK's `dsytrd` and `dlatrd`, lower triangle (Dongarra,
//! Hammarling, Sorensen 1989), and the application of Q as compact WY blocks (`dormtr`).
//!
//! The matrix-vector product that is half of the work reads the triangle once; the other half and
//! all of Q are matrix products.
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};

use super::kernels::{self, ALIGN};
use super::sharing;

/// Columns of one block of reflectors when Q is applied.
const BACK: usize = 64;

/// Up to this order a few columns at a time see all reflectors one by one, inside the caches.
const BACK_FROM: usize = 160;

/// Columns that see all blocks one after another, as a piece of work.
const SHARE: usize = 256;

/// Columns of one strip of the update of the remaining matrix.
const STRIP: usize = 64;

/// Squares below this times the square of the matrix would underflow; as zero they do no harm.
const TINY_SQUARED: f64 = 1e-280;

/// A reduced matrix: T and the reflectors.
#[derive(Debug)]
pub(super) struct Tridiagonal {
    pub(super) order: usize,
    pub(super) ld: usize,
    /// Below the diagonal, in columns: the reflectors with their ones; zeros from the start of
    /// their block on.
    pub(super) reflectors: Vec<f64>,
    pub(super) tau: Vec<f64>,
    pub(super) d: Vec<f64>,
    /// `order` entries, the last one zero.
    pub(super) e: Vec<f64>,
}

/// Columns between two updates of the remaining matrix.
fn panel_width(order: usize) -> usize {
    if order < 256 { 16 } else { 32 }
}

/// Reduces the matrix in `a` (column-major, columns `padded(order)` apart, rows and columns beyond
/// the order zero, lower triangle; the largest element of order one).
pub(super) fn reduce(order: usize, a: Vec<f64>) -> Tridiagonal {
    let ld = kernels::padded(order);
    debug_assert_eq!(a.len(), ld * ld);
    let (tau, d, e) = (vec![0.0; ld], vec![0.0; order], vec![0.0; order]);
    let mut t = Tridiagonal { order, ld, reflectors: a, tau, d, e };
    mirror_diagonal_blocks(&mut t.reflectors, ld);
    let width = panel_width(order);
    let mut panel = vec![0.0; ld * 3 * width];
    let mut room = vec![0.0; ld * sharing::triangle_limits([0, ld], ALIGN).count];
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
                a[col * ld + row] = a[row * ld + col];
            }
        }
    }
}

/// A -= V W^T + W V^T right of and below the panel.
fn update(a: &mut [f64], panel: &mut [f64], ld: usize, [first, end]: [usize; 2]) {
    let width = end - first;
    // V W V: with one product for both terms.
    for copy in [0, 2] {
        panel[copy * width * ld..][..width * ld].copy_from_slice(&a[first * ld..end * ld]);
    }
    let panel = &*panel;
    sharing::chunks(ld - end, &mut a[end * ld..], STRIP * ld, |place, columns| {
        let strip = end + place * STRIP;
        let cols = columns.len() / ld;
        let vw =
            MatRef::from_column_major_slice_with_stride(&panel[strip..], ld - strip, 2 * width, ld);
        let wv = &panel[width * ld + strip..];
        let wv = MatRef::from_column_major_slice_with_stride(wv, cols, 2 * width, ld);
        let rest = &mut columns[strip..];
        let rest = MatMut::from_column_major_slice_with_stride_mut(rest, ld - strip, cols, ld);
        matmul(rest, Accum::Add, vw, wv.transpose(), -1.0, Par::Seq);
    });
}

struct Panel<'a> {
    t: &'a mut Tridiagonal,
    /// V W V, each `end - first` columns; here only W is used.
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
        let w = &mut panel[width * ld..2 * width * ld];
        let (mut vv, mut ww) = ([0.0; 64], [0.0; 64]);
        for k in first..end.min(order) {
            let done = k - first;
            let from = k / ALIGN * ALIGN;
            let (before, rest) = t.reflectors.split_at_mut(k * ld);
            let v = &before[first * ld..];
            let column = &mut rest[..ld];
            // The column as the reflections so far have left it.
            kernels::subtract_columns(simd, v, ld, |j| w[j * ld + k], done, column, from);
            kernels::subtract_columns(simd, w, ld, |j| v[j * ld + k], done, column, from);
            t.d[k] = column[k];
            column[k / BACK * BACK..=k].fill(0.0);
            column[order..].fill(0.0);
            if k + 1 == order {
                break;
            }
            let (beta, tau) = reflector(simd, column, k + 1);
            (t.e[k], t.tau[k]) = (beta, tau);
            let (w_done, w_rest) = w.split_at_mut(done * ld);
            let target = &mut w_rest[..ld];
            target[first..ld].fill(0.0);
            if tau == 0.0 {
                continue;
            }
            // w = tau (A - V W^T - W V^T) v, then w -= tau (w . v) v / 2
            let from = (k + 1) / ALIGN * ALIGN;
            let (before, rest) = t.reflectors.split_at(k * ld);
            let (v, x) = (&before[first * ld..], &rest[..ld]);
            kernels::symmetric_product(simd, &t.reflectors, ld, x, target, from, room);
            kernels::dots(simd, w_done, ld, x, from, &mut ww[..done]);
            kernels::dots(simd, v, ld, x, from, &mut vv[..done]);
            kernels::subtract_columns(simd, v, ld, |j| ww[j], done, target, from);
            kernels::subtract_columns(simd, w_done, ld, |j| vv[j], done, target, from);
            target[from..=k].fill(0.0);
            for value in &mut target[from..ld] {
                *value *= tau;
            }
            let share = -0.5 * tau * kernels::dot(simd, target, x, from);
            kernels::axpy(simd, share, x, target, from);
        }
    }
}

/// Turns `x[first..]` into v with `v[first] = 1`; returns beta and tau with
/// (1 - tau v v^T) x = beta e_1. Everything before `first` in its block is zero.
#[inline(always)]
fn reflector<S: Simd>(simd: S, x: &mut [f64], first: usize) -> (f64, f64) {
    let from = first / ALIGN * ALIGN;
    let alpha = std::mem::replace(&mut x[first], 0.0);
    let rest = kernels::dot(simd, x, x, from);
    if rest < TINY_SQUARED {
        x[from..].fill(0.0);
        x[first] = 1.0;
        return (alpha, 0.0);
    }
    let norm = (alpha * alpha + rest).sqrt();
    let beta = if alpha < 0.0 { norm } else { -norm };
    let factor = 1.0 / (alpha - beta);
    for value in &mut x[from..] {
        *value *= factor;
    }
    x[first] = 1.0;
    (beta, (beta - alpha) / beta)
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
            self.t.reflect::<S, 4>(simd, columns);
        }
        for column in groups.into_remainder().chunks_exact_mut(ld) {
            self.t.reflect::<S, 1>(simd, column);
        }
    }
}

/// Reflectors one after another, as 1 - V T V^T.
struct Block<'a> {
    first: usize,
    v: MatRef<'a, f64>,
    t: Vec<f64>,
}

impl Block<'_> {
    fn apply(&self, z: &mut [f64], ld: usize, room: &mut [f64]) {
        let (v, cols) = (self.v, z.len() / ld);
        let (rows, width) = (v.nrows(), v.ncols());
        let t = MatRef::from_column_major_slice(&self.t, width, width);
        let z = &mut z[self.first..];
        let mut z = MatMut::from_column_major_slice_with_stride_mut(z, rows, cols, ld);
        let (product, turned) = room.split_at_mut(width * cols);
        let mut product = MatMut::from_column_major_slice_mut(product, width, cols);
        let turned = &mut turned[..width * cols];
        let mut turned = MatMut::from_column_major_slice_mut(turned, width, cols);
        matmul(product.as_mut(), Accum::Replace, v.transpose(), z.as_ref(), 1.0, Par::Seq);
        matmul(turned.as_mut(), Accum::Replace, t, product.as_ref(), 1.0, Par::Seq);
        matmul(z.as_mut(), Accum::Add, v, turned.as_ref(), -1.0, Par::Seq);
    }
}

impl Tridiagonal {
    #[inline(always)]
    fn reflect<S: Simd, const COLS: usize>(&self, simd: S, z: &mut [f64]) {
        for k in (0..self.order - 1).rev() {
            let v = &self.reflectors[k * self.ld..][..self.ld];
            kernels::reflect::<S, COLS>(simd, v, self.tau[k], z, (k + 1) / ALIGN * ALIGN);
        }
    }

    /// Q Z, in place; Z is column-major, `cols` columns `ld` apart.
    pub(super) fn apply_q(&self, z: &mut [f64], cols: usize) {
        let (order, ld) = (self.order, self.ld);
        if order <= BACK_FROM {
            Arch::new().dispatch(Reflect { t: self, z: &mut z[..cols * ld] });
            return;
        }
        let blocks: Vec<Block<'_>> =
            (0..order - 1).step_by(BACK).map(|first| self.block(first)).collect();
        sharing::chunks(order, &mut z[..cols * ld], SHARE * ld, |_, columns| {
            let room = &mut vec![0.0; 2 * BACK * SHARE];
            for block in blocks.iter().rev() {
                block.apply(columns, ld, room);
            }
        });
    }

    fn block(&self, first: usize) -> Block<'_> {
        let (order, ld) = (self.order, self.ld);
        let width = BACK.min(order - 1 - first);
        let v = &self.reflectors[first * ld + first..];
        let v = MatRef::from_column_major_slice_with_stride(v, order - first, width, ld);
        Block { first, v, t: self.triangle(v, first, width) }
    }

    /// T of H_first H_first+1 ... = 1 - V T V^T, column-major.
    fn triangle(&self, v: MatRef<'_, f64>, first: usize, width: usize) -> Vec<f64> {
        let mut gram = vec![0.0; width * width];
        let target = MatMut::from_column_major_slice_mut(&mut gram, width, width);
        matmul(target, Accum::Replace, v.transpose(), v, 1.0, Par::Seq);
        let mut t = vec![0.0; width * width];
        for col in 0..width {
            let tau = self.tau[first + col];
            // t[.., col] = -tau T (V^T v_col)
            for inner in 0..col {
                let factor = -tau * gram[col * width + inner];
                for row in 0..=inner {
                    t[col * width + row] += factor * t[inner * width + row];
                }
            }
            t[col * width + col] = tau;
        }
        t
    }
}
