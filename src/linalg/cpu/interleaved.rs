//! Small matrices, one in each lane of a vector register: Householder tridiagonalization (LAPACK's
//! `zhetd2`, lower triangle), then implicit QL with vectors (EISPACK's `tql2`).
//!
//! The largest element of every matrix is of order one. What is smaller than `TINY` times that is
//! taken for zero: its square would underflow and leave rotations that are not orthogonal.
use pulp::Simd;

use super::kernels::{self, ALIGN};
use super::lanes::{Lanes, Number, One};

const TINY: f64 = 1e-140;
const TINY_SQUARED: f64 = 1e-280;

/// QL needs two or three steps for a value; LAPACK gives up after 30.
const MAX_STEPS: usize = 60;

/// Room for one pack of matrices of one order; planes of `order * order` vectors.
#[derive(Debug)]
pub(super) struct Work<'a, V> {
    /// In: the lower triangle. Destroyed.
    pub(super) a: &'a mut [V],
    /// Out: eigenvectors as columns, row-major, in the order of `d`.
    pub(super) z: &'a mut [V],
    /// Out: eigenvalues, not sorted.
    pub(super) d: &'a mut [V],
    pub(super) e: &'a mut [V],
    /// 2 `order` vectors.
    pub(super) tau: &'a mut [V],
    /// 2 `order` vectors.
    pub(super) w: &'a mut [V],
}

/// Decomposes all lanes; false if one has not converged.
#[inline(always)]
pub(super) fn decompose<L: Lanes, N: Number<L>>(
    l: L,
    order: usize,
    planes: usize,
    vectors: bool,
    work: &mut Work<'_, L::V>,
) -> bool {
    tridiagonalize::<L, N>(l, order, work);
    let rows = if vectors {
        form_q::<L, N>(l, order, planes, work);
        planes * order
    } else {
        0
    };
    let (cos, sin) = work.w.split_at_mut(order);
    l.implicit_ql(order, work.d, work.e, &mut work.z[..rows * order], [cos, sin])
}

/// A = Q T Q^H; the reflectors stay below the diagonal of `a` and in `tau`.
#[inline(always)]
fn tridiagonalize<L: Lanes, N: Number<L>>(l: L, order: usize, work: &mut Work<'_, L::V>) {
    let stride = order * order;
    let Work { a, d, e, tau, w, .. } = work;
    for k in 0..order {
        d[k] = N::get(a, k * order + k, stride).real();
        e[k] = l.splat(0.0);
        if k + 1 == order {
            break;
        }
        let (beta, factor) = reflector::<L, N>(l, order, k, a);
        e[k] = beta;
        factor.put(tau, k, order);
        // w = tau A v
        for row in k + 1..order {
            let mut sum = N::from_real(l, l.splat(0.0));
            for col in k + 1..row {
                let v = N::get(a, col * order + k, stride);
                sum = sum.add_mul(l, N::get(a, row * order + col, stride), v);
            }
            let v = N::get(a, row * order + k, stride);
            sum = sum.add_mul(l, N::get(a, row * order + row, stride), v);
            for below in row + 1..order {
                let v = N::get(a, below * order + k, stride);
                sum = sum.add_mul(l, N::get(a, below * order + row, stride).conj(l), v);
            }
            N::from_real(l, l.splat(0.0)).add_mul(l, factor, sum).put(w, row, order);
        }
        // w -= tau (w^H v) v / 2
        let mut overlap = N::from_real(l, l.splat(0.0));
        for row in k + 1..order {
            let v = N::get(a, row * order + k, stride);
            overlap = overlap.add_mul(l, N::get(w, row, order).conj(l), v);
        }
        let zero = N::from_real(l, l.splat(0.0));
        let share = zero.add_mul(l, factor, overlap).scale(l, l.splat(-0.5));
        for row in k + 1..order {
            let v = N::get(a, row * order + k, stride);
            N::get(w, row, order).add_mul(l, share, v).put(w, row, order);
        }
        // A -= v w^H + w v^H
        for row in k + 1..order {
            let v_row = N::get(a, row * order + k, stride).neg(l);
            let w_row = N::get(w, row, order).neg(l);
            for col in k + 1..=row {
                let v_col = N::get(a, col * order + k, stride).conj(l);
                let w_col = N::get(w, col, order).conj(l);
                let element = N::get(a, row * order + col, stride);
                let element = element.add_mul(l, v_row, w_col).add_mul(l, w_row, v_col);
                element.put(a, row * order + col, stride);
            }
        }
    }
}

/// Turns column `k` below the diagonal into v (first element 1) and returns beta and tau such that
/// (1 - tau v v^H)^H x = beta e_1, as LAPACK's `zlarfg`.
#[inline(always)]
fn reflector<L: Lanes, N: Number<L>>(l: L, order: usize, k: usize, a: &mut [L::V]) -> (L::V, N) {
    let stride = order * order;
    let one = l.splat(1.0);
    let alpha = N::get(a, (k + 1) * order + k, stride);
    let mut rest = l.splat(0.0);
    for row in k + 2..order {
        rest = l.add(rest, N::get(a, row * order + k, stride).norm_squared(l));
    }
    let real = alpha.real();
    // What a reflection has to remove: the rest, and the imaginary part of alpha.
    let imaginary = alpha.add_mul(l, N::from_real(l, l.neg(real)), N::from_real(l, one));
    let removed = l.add(rest, imaginary.norm_squared(l));
    let needed = l.less(l.splat(TINY_SQUARED), removed);
    let norm = l.sqrt(l.mul_add(real, real, removed));
    let beta = l.select(l.less(real, l.splat(0.0)), norm, l.neg(norm));
    let beta = l.select(needed, beta, real);
    // tau = (beta - alpha) / beta, v = x / (alpha - beta)
    let difference = alpha.add_mul(l, N::from_real(l, l.neg(beta)), N::from_real(l, one));
    let safe_beta = l.select(needed, beta, one);
    let tau = difference.neg(l).scale(l, l.div(one, safe_beta)).keep(l, needed);
    let inverse = difference.recip(l);
    for row in k + 2..order {
        let zero = N::from_real(l, l.splat(0.0));
        let v = zero.add_mul(l, N::get(a, row * order + k, stride), inverse);
        v.keep(l, needed).put(a, row * order + k, stride);
    }
    N::from_real(l, one).put(a, (k + 1) * order + k, stride);
    (beta, tau)
}

/// Q = H_0 H_1 ... from the reflectors, the last one first.
#[inline(always)]
fn form_q<L: Lanes, N: Number<L>>(l: L, order: usize, planes: usize, work: &mut Work<'_, L::V>) {
    let stride = order * order;
    let Work { a, z, tau, w, .. } = work;
    z[..planes * stride].fill(l.splat(0.0));
    for k in 0..order {
        z[k * order + k] = l.splat(1.0);
    }
    for k in (0..order.saturating_sub(1)).rev() {
        let factor = N::get(tau, k, order).neg(l);
        // w = -tau v^H Z, then Z += v w
        for col in k + 1..order {
            N::from_real(l, l.splat(0.0)).put(w, col, order);
        }
        for row in k + 1..order {
            let v = N::get(a, row * order + k, stride).conj(l);
            for col in k + 1..order {
                let element = N::get(z, row * order + col, stride);
                N::get(w, col, order).add_mul(l, v, element).put(w, col, order);
            }
        }
        for col in k + 1..order {
            let zero = N::from_real(l, l.splat(0.0));
            zero.add_mul(l, factor, N::get(w, col, order)).put(w, col, order);
        }
        for row in k + 1..order {
            let v = N::get(a, row * order + k, stride);
            for col in k + 1..order {
                let element = N::get(z, row * order + col, stride);
                element.add_mul(l, v, N::get(w, col, order)).put(z, row * order + col, stride);
            }
        }
    }
}

/// Eigenvalues of the tridiagonal matrix (d, e) into `d`; the rows of `z` are rotated along, one
/// lane for each matrix.
#[inline(always)]
pub(super) fn ql_of_rows<L: Lanes>(
    l: L,
    order: usize,
    d: &mut [L::V],
    e: &mut [L::V],
    z: &mut [L::V],
    rotations: [&mut [L::V]; 2],
) -> bool {
    ql_steps(l, order, d, e, rotations, &mut Rows { l, order, z })
}

/// As [`ql_of_rows`] for a single matrix, bit by bit: a lane for each of several rows.
#[inline(always)]
pub(super) fn ql_of_columns<S: Simd>(
    simd: S,
    order: usize,
    d: &mut [f64],
    e: &mut [f64],
    z: &mut [f64],
    rotations: [&mut [f64]; 2],
) -> bool {
    let rows = z.len() / order;
    if rows < ALIGN {
        return ql_of_rows(One(simd), order, d, e, z, rotations);
    }
    let ld = kernels::padded(rows);
    let mut q = vec![0.0; ld * order];
    for (row, line) in z.chunks_exact(order).enumerate() {
        for (col, element) in line.iter().enumerate() {
            q[col * ld + row] = *element;
        }
    }
    let mut columns = Columns { simd, q: &mut q, ld, row: 0, rows: ld };
    let converged = ql_steps(One(simd), order, d, e, rotations, &mut columns);
    for (row, line) in z.chunks_exact_mut(order).enumerate() {
        for (col, element) in line.iter_mut().enumerate() {
            *element = q[col * ld + row];
        }
    }
    converged
}

/// Rows `row..row + rows` (a multiple of [`ALIGN`]) of columns `ld` apart, rotated along.
pub(super) struct Columns<'a, S> {
    pub(super) simd: S,
    pub(super) q: &'a mut [f64],
    pub(super) ld: usize,
    pub(super) row: usize,
    pub(super) rows: usize,
}

impl<S: Simd> Rotated<f64> for Columns<'_, S> {
    #[inline(always)]
    fn rotate(&mut self, range: [usize; 2], cos: &[f64], sin: &[f64]) {
        let rows = [self.row, self.rows];
        kernels::rotate_columns(self.simd, self.q, self.ld, rows, range, [cos, sin]);
    }
}

/// Who is told the rotations of columns `first..=end`, the last pair first. A trait and not a
/// closure, because only a method can be made to inherit the instruction set of its caller.
pub(super) trait Rotated<V> {
    fn rotate(&mut self, range: [usize; 2], cos: &[V], sin: &[V]);
}

struct Rows<'a, L: Lanes> {
    l: L,
    order: usize,
    z: &'a mut [L::V],
}

impl<L: Lanes> Rotated<L::V> for Rows<'_, L> {
    #[inline(always)]
    fn rotate(&mut self, [first, end]: [usize; 2], cos: &[L::V], sin: &[L::V]) {
        rotate_rows(self.l, self.order, first, end, self.z, cos, sin);
    }
}

/// As [`ql_of_rows`], whatever it is that is rotated.
#[inline(always)]
pub(super) fn ql_steps<L: Lanes>(
    l: L,
    order: usize,
    d: &mut [L::V],
    e: &mut [L::V],
    [cos, sin]: [&mut [L::V]; 2],
    rotated: &mut impl Rotated<L::V>,
) -> bool {
    for first in 0..order.saturating_sub(1) {
        let mut steps = 0;
        loop {
            // Where the block that starts here ends, and d there, lane by lane.
            let mut last = l.splat((order - 1) as f64);
            let mut d_last = d[order - 1];
            for i in (first..order - 1).rev() {
                let size = l.add(l.abs(d[i]), l.abs(d[i + 1]));
                let limit = l.mul_add(size, l.splat(f64::EPSILON), l.splat(TINY));
                let large = l.less(limit, l.abs(e[i]));
                last = l.select(large, last, l.splat(i as f64));
                d_last = l.select(large, d_last, d[i]);
            }
            let active = l.less(l.splat(first as f64), last);
            if !l.any(active) {
                break;
            }
            if steps == MAX_STEPS {
                return false;
            }
            steps += 1;
            let end = step(l, [first, order], [last, d_last], active, d, e, [cos, sin]);
            rotated.rotate([first, end], cos, sin);
        }
    }
    true
}

/// One implicit QL step of every active lane on its block from `first` to `last`; the rotations of
/// the others are the identity. Returns the end of the longest block.
#[inline(always)]
fn step<L: Lanes>(
    l: L,
    [first, order]: [usize; 2],
    [last, d_last]: [L::V; 2],
    active: L::M,
    d: &mut [L::V],
    e: &mut [L::V],
    [cos, sin]: [&mut [L::V]; 2],
) -> usize {
    let (zero, one) = (l.splat(0.0), l.splat(1.0));
    let mut end = order - 1;
    while first < end && !l.any(l.both(active, l.less(l.splat(end as f64 - 0.5), last))) {
        end -= 1;
    }
    // Wilkinson's shift.
    let twice = l.add(e[first], e[first]);
    let theta = l.div(l.sub(d[first + 1], d[first]), twice);
    let root = l.sqrt(l.mul_add(theta, theta, one));
    let root = l.select(l.less(theta, zero), l.neg(root), root);
    let shift = l.div(e[first], l.add(theta, root));
    let mut g = l.add(l.sub(d_last, d[first]), shift);
    let (mut s, mut c, mut p) = (one, one, zero);
    for i in (first..end).rev() {
        let inside = l.both(active, l.less(l.splat(i as f64), last));
        let f = l.mul(s, e[i]);
        let b = l.mul(c, e[i]);
        let squared = l.mul_add(f, f, l.mul(g, g));
        let turns = l.less(l.splat(TINY_SQUARED), squared);
        let r = l.sqrt(squared);
        let inverse = l.div(one, r);
        let new_s = l.select(turns, l.mul(f, inverse), zero);
        let new_c = l.select(turns, l.mul(g, inverse), one);
        let r = l.select(turns, r, g);
        // The element above the block's first is not the block's.
        e[i + 1] = l.select(inside, r, e[i + 1]);
        let h = l.sub(d[i + 1], p);
        let r = l.mul_add(l.sub(d[i], h), new_s, l.mul(l.add(new_c, new_c), b));
        let new_p = l.mul(new_s, r);
        d[i + 1] = l.select(inside, l.add(h, new_p), d[i + 1]);
        let new_g = l.sub(l.mul(new_c, r), b);
        p = l.select(inside, new_p, p);
        g = l.select(inside, new_g, g);
        s = l.select(inside, new_s, s);
        c = l.select(inside, new_c, c);
        cos[i] = l.select(inside, new_c, one);
        sin[i] = l.select(inside, new_s, zero);
    }
    d[first] = l.select(active, l.sub(d[first], p), d[first]);
    e[first] = l.select(active, g, e[first]);
    // The rotation at the end of each block has written there; the block's end stays decoupled.
    for i in first + 1..=end {
        let (before, after) = (l.splat(i as f64 - 0.5), l.splat(i as f64 + 0.5));
        let is_last = l.both(l.less(before, last), l.less(last, after));
        e[i] = l.select(l.both(active, is_last), zero, e[i]);
    }
    end
}

/// Columns `first..=end` of all rows, the last rotation first; a row's carried element stays in a
/// register.
#[inline(always)]
fn rotate_rows<L: Lanes>(
    l: L,
    order: usize,
    first: usize,
    end: usize,
    z: &mut [L::V],
    cos: &[L::V],
    sin: &[L::V],
) {
    let mut groups = z.chunks_exact_mut(4 * order);
    for rows in &mut groups {
        rotate::<L, 4>(l, order, first, end, rows, cos, sin);
    }
    for row in groups.into_remainder().chunks_exact_mut(order) {
        rotate::<L, 1>(l, order, first, end, row, cos, sin);
    }
}

#[inline(always)]
fn rotate<L: Lanes, const ROWS: usize>(
    l: L,
    order: usize,
    first: usize,
    end: usize,
    rows: &mut [L::V],
    cos: &[L::V],
    sin: &[L::V],
) {
    let mut carried = [l.splat(0.0); ROWS];
    for row in 0..ROWS {
        carried[row] = rows[row * order + end];
    }
    for i in (first..end).rev() {
        let (c, s) = (cos[i], sin[i]);
        for row in 0..ROWS {
            let left = rows[row * order + i];
            rows[row * order + i + 1] = l.mul_add(s, left, l.mul(c, carried[row]));
            carried[row] = l.mul_add(c, left, l.neg(l.mul(s, carried[row])));
        }
    }
    for row in 0..ROWS {
        rows[row * order + first] = carried[row];
    }
}
