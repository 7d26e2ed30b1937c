//! Eigenvalues and vectors of a symmetric tridiagonal matrix by divide and conquer (Cuppen; LAPACK's
//! `dstedc`, `dlaed1`, `dlaed2`).
//!
//! Halves are joined by a rank-one update. What it does not change is deflated; the rest costs two
//! matrix products, of which the columns that vanish in one half are left out.
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};

use super::interleaved::{self, Rotated};
use super::kernels::{self, ALIGN};
use super::lanes::One;
use super::secular::Secular;

/// Up to this order QL is faster.
pub(super) const LEAF: usize = 32;

/// QL did not converge.
#[derive(Debug)]
pub(super) struct NotConverged;

/// Eigenvalues of T (`d` and `e` as in [`super::tridiagonal::Tridiagonal`]), ascending.
pub(super) fn values(mut d: Vec<f64>, mut e: Vec<f64>) -> Result<Vec<f64>, NotConverged> {
    let (original_d, original_e) = (d.clone(), e.clone());
    let size = |x: &[f64]| x.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
    let negligible = 0.5 * f64::EPSILON * size(&d).max(size(&e));
    // Couplings within rounding of the matrix may form a graded block on which QL is slow.
    for coupling in e.iter_mut().filter(|coupling| coupling.abs() <= negligible) {
        *coupling = 0.0;
    }
    let mut rotations = vec![0.0; 2 * d.len()];
    let ql = Ql { d: &mut d, e: &mut e, rotations: &mut rotations, q: None };
    if !Arch::new().dispatch(ql) {
        d = decompose(original_d, original_e, Par::Seq)?.d;
    }
    d.sort_by(f64::total_cmp);
    Ok(d)
}

/// Eigenvectors as columns `ld` apart, and in which order their values ascend.
#[derive(Debug)]
pub(super) struct Eigen {
    pub(super) d: Vec<f64>,
    pub(super) q: Vec<f64>,
    pub(super) ranking: Vec<usize>,
}

impl Eigen {
    pub(super) fn ascending(&self) -> Vec<f64> {
        self.ranking.iter().map(|k| self.d[*k]).collect()
    }
}

/// All of T; the largest element of order one.
pub(super) fn decompose(mut d: Vec<f64>, mut e: Vec<f64>, par: Par) -> Result<Eigen, NotConverged> {
    let order = d.len();
    let ld = kernels::padded(order);
    let mut q = vec![0.0; ld * order];
    let mut room = Room { halves: vec![0.0; ld * order], rotations: vec![0.0; 2 * ld] };
    let mut ranking = vec![0; order];
    let mut part = Part { d: &mut d, e: &mut e, q: &mut q, ld, row: 0, ranking: &mut ranking };
    part.solve(&mut room, par)?;
    Ok(Eigen { d, q, ranking })
}

/// Scratch memory.
struct Room {
    halves: Vec<f64>,
    rotations: Vec<f64>,
}

/// A block on the diagonal: its columns of Q, of which rows `row..row + d.len()` are not zero.
struct Part<'a> {
    d: &'a mut [f64],
    e: &'a mut [f64],
    q: &'a mut [f64],
    ld: usize,
    row: usize,
    ranking: &'a mut [usize],
}

impl Part<'_> {
    fn solve(&mut self, room: &mut Room, par: Par) -> Result<(), NotConverged> {
        let order = self.d.len();
        if order <= LEAF {
            return self.solve_leaf(room);
        }
        let half = (order / 2).next_multiple_of(ALIGN);
        let coupling = std::mem::replace(&mut self.e[half - 1], 0.0);
        self.d[half - 1] -= coupling.abs();
        self.d[half] -= coupling.abs();
        let (d_top, d_bottom) = self.d.split_at_mut(half);
        let (e_top, e_bottom) = self.e.split_at_mut(half);
        let (q_top, q_bottom) = self.q.split_at_mut(half * self.ld);
        let (ranking_top, ranking_bottom) = self.ranking.split_at_mut(half);
        let (ld, row) = (self.ld, self.row);
        Part { d: d_top, e: e_top, q: q_top, ld, row, ranking: ranking_top }.solve(room, par)?;
        let row = row + half;
        Part { d: d_bottom, e: e_bottom, q: q_bottom, ld, row, ranking: ranking_bottom }
            .solve(room, par)?;
        self.join(half, coupling, room, par);
        Ok(())
    }

    fn solve_leaf(&mut self, room: &mut Room) -> Result<(), NotConverged> {
        let order = self.d.len();
        for k in 0..order {
            self.q[k * self.ld + self.row + k] = 1.0;
            self.ranking[k] = k;
        }
        let q = Some((&mut *self.q, self.ld, self.row));
        let (d, e) = (&mut *self.d, &mut *self.e);
        let rotations = &mut room.rotations[..2 * order];
        let converged = Arch::new().dispatch(Ql { d, e, rotations, q });
        self.ranking.sort_by(|a, b| self.d[*a].total_cmp(&self.d[*b]));
        if converged { Ok(()) } else { Err(NotConverged) }
    }

    /// diag(T_1, T_2) + |coupling| u u^T from the halves' eigenvectors.
    fn join(&mut self, half: usize, coupling: f64, room: &mut Room, par: Par) {
        let order = self.d.len();
        let sign = if coupling < 0.0 { -1.0 } else { 1.0 };
        let mut z = vec![0.0; order];
        for k in 0..order {
            let at = if k < half { self.row + half - 1 } else { self.row + half };
            let factor = if k < half { 1.0 } else { sign };
            z[k] = self.q[k * self.ld + at] * factor * std::f64::consts::FRAC_1_SQRT_2;
        }
        let rho = 2.0 * coupling.abs();
        let sorted = self.merged_ranking(half);
        let kinds = self.deflate(half, &sorted, rho, &mut z);
        if !kinds.kept.is_empty() {
            self.update(half, rho, &z, &kinds, room, par);
        }
        self.rank();
    }

    fn merged_ranking(&self, half: usize) -> Vec<usize> {
        let (top, bottom) = self.ranking.split_at(half);
        let mut sorted = Vec::with_capacity(self.d.len());
        let (mut i, mut j) = (0, 0);
        while i < top.len() || j < bottom.len() {
            let take_top =
                j == bottom.len() || i < top.len() && self.d[top[i]] <= self.d[half + bottom[j]];
            if take_top {
                sorted.push(top[i]);
                i += 1;
            } else {
                sorted.push(half + bottom[j]);
                j += 1;
            }
        }
        sorted
    }

    /// Finds what the update leaves alone; nearly equal values are rotated so that one of the two
    /// decouples. `sorted` has d ascending.
    fn deflate(&mut self, half: usize, sorted: &[usize], rho: f64, z: &mut [f64]) -> Kinds {
        let largest = |x: &[f64]| x.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
        let z_max = largest(z);
        let tolerance = 8.0 * f64::EPSILON * largest(self.d).max(z_max);
        let mut kinds = Kinds::new(half, self.d.len());
        if rho * z_max <= tolerance {
            kinds.deflated.extend_from_slice(sorted);
            return kinds;
        }
        let mut previous: Option<usize> = None;
        for &next in sorted {
            if rho * z[next].abs() <= tolerance {
                kinds.deflated.push(next);
                continue;
            }
            if let Some(before) = previous {
                let r = z[next].hypot(z[before]);
                let (c, s) = (z[next] / r, -z[before] / r);
                let gap = self.d[next] - self.d[before];
                if (gap * c * s).abs() <= tolerance {
                    (z[next], z[before]) = (r, 0.0);
                    self.rotate(before, next, c, s);
                    kinds.mix(before, next);
                    kinds.deflated.push(before);
                } else {
                    kinds.kept.push(before);
                }
            }
            previous = Some(next);
        }
        kinds.kept.extend(previous);
        kinds
    }

    /// Columns and values of a pair whose coupling is negligible.
    fn rotate(&mut self, before: usize, next: usize, c: f64, s: f64) {
        let (low, high) = (self.d[before], self.d[next]);
        self.d[before] = low * c * c + high * s * s;
        self.d[next] = low * s * s + high * c * c;
        let (first, second) = (before.min(next), before.max(next));
        let (head, tail) = self.q.split_at_mut(second * self.ld);
        let rows = self.row..self.row + self.d.len();
        let one = &mut head[first * self.ld..][rows.clone()];
        let two = &mut tail[rows];
        let (x, y) = if before < next { (one, two) } else { (two, one) };
        for (x, y) in x.iter_mut().zip(y) {
            (*x, *y) = (c * *x + s * *y, c * *y - s * *x);
        }
    }

    /// The columns that take part become those of the update; they are put first.
    fn update(
        &mut self,
        half: usize,
        rho: f64,
        z: &[f64],
        kinds: &Kinds,
        room: &mut Room,
        par: Par,
    ) {
        let (ld, row, order) = (self.ld, self.row, self.d.len());
        let kept = &kinds.kept;
        let (d_kept, z_kept): (Vec<f64>, Vec<f64>) =
            kept.iter().map(|k| (self.d[*k], z[*k])).unzip();
        let groups = kinds.groups();
        let roots = Secular::new(&d_kept, &z_kept, rho).solve(&groups.rows);
        // Columns with a top part, columns with a bottom part, the deflated ones.
        let (n_top, n_bottom) = (groups.top_end, kept.len() - groups.bottom_start);
        let (rest, mut at) = (order - half, 0);
        for &p in &groups.rows[..n_top] {
            room.halves[at..at + half].copy_from_slice(&self.q[kept[p] * ld + row..][..half]);
            at += half;
        }
        let bottom_at = at;
        for &p in &groups.rows[groups.bottom_start..] {
            let from = &self.q[kept[p] * ld + row + half..][..rest];
            room.halves[at..at + rest].copy_from_slice(from);
            at += rest;
        }
        let d_deflated: Vec<f64> = kinds.deflated.iter().map(|k| self.d[*k]).collect();
        let mut spare = Vec::new();
        for &k in &kinds.deflated {
            spare.extend_from_slice(&self.q[k * ld + row..][..order]);
        }
        let n = kept.len();
        let s =
            MatRef::from_column_major_slice_with_stride(&roots.vectors, n, n, kernels::padded(n));
        let top = MatRef::from_column_major_slice(&room.halves[..bottom_at], half, n_top);
        let bottom = MatRef::from_column_major_slice(&room.halves[bottom_at..at], rest, n_bottom);
        let q = &mut self.q[row..];
        let q = MatMut::from_column_major_slice_with_stride_mut(q, order, n, ld);
        let (q_top, q_bottom) = q.split_at_row_mut(half);
        matmul(q_top, Accum::Replace, top, s.subrows(0, n_top), 1.0, par);
        let s_bottom = s.subrows(groups.bottom_start, n_bottom);
        matmul(q_bottom, Accum::Replace, bottom, s_bottom, 1.0, par);
        self.d[..n].copy_from_slice(&roots.values);
        self.d[n..].copy_from_slice(&d_deflated);
        for (column, from) in spare.chunks_exact(order).enumerate() {
            self.q[(n + column) * ld + row..][..order].copy_from_slice(from);
        }
    }

    fn rank(&mut self) {
        for (k, place) in self.ranking.iter_mut().enumerate() {
            *place = k;
        }
        self.ranking.sort_by(|a, b| self.d[*a].total_cmp(&self.d[*b]));
    }
}

/// Which columns take part in an update, ascending, and in which half each of them lives.
struct Kinds {
    kept: Vec<usize>,
    deflated: Vec<usize>,
    in_top: Vec<bool>,
    in_bottom: Vec<bool>,
}

/// The kept columns (as places in `kept`): first those of the top half alone, then those of both,
/// then those of the bottom half alone.
struct Groups {
    rows: Vec<usize>,
    top_end: usize,
    bottom_start: usize,
}

impl Kinds {
    fn new(half: usize, order: usize) -> Self {
        let in_top = (0..order).map(|k| k < half).collect();
        let in_bottom = (0..order).map(|k| half <= k).collect();
        Self { kept: Vec::new(), deflated: Vec::new(), in_top, in_bottom }
    }

    /// A rotation spreads both columns over the halves of either.
    fn mix(&mut self, a: usize, b: usize) {
        for half in [&mut self.in_top, &mut self.in_bottom] {
            let either = half[a] || half[b];
            (half[a], half[b]) = (either, either);
        }
    }

    fn groups(&self) -> Groups {
        let (mut rows, mut both, mut bottom) = (Vec::new(), Vec::new(), Vec::new());
        for (place, &k) in self.kept.iter().enumerate() {
            match (self.in_top[k], self.in_bottom[k]) {
                (true, true) => both.push(place),
                (true, false) => rows.push(place),
                _ => bottom.push(place),
            }
        }
        let bottom_start = rows.len();
        rows.append(&mut both);
        let top_end = rows.len();
        rows.append(&mut bottom);
        Groups { rows, top_end, bottom_start }
    }
}

/// Implicit QL on T; the columns of Q (with their distance and first row) are rotated along.
struct Ql<'a> {
    d: &'a mut [f64],
    e: &'a mut [f64],
    rotations: &'a mut [f64],
    q: Option<(&'a mut [f64], usize, usize)>,
}

impl WithSimd for Ql<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { d, e, rotations, q } = self;
        let order = d.len();
        let (cos, sin) = rotations.split_at_mut(order);
        let mut columns = Columns { simd, rows: order.next_multiple_of(ALIGN), q };
        interleaved::ql_steps(One(simd), order, d, e, [cos, sin], &mut columns)
    }
}

struct Columns<'a, S> {
    simd: S,
    rows: usize,
    q: Option<(&'a mut [f64], usize, usize)>,
}

impl<S: Simd> Rotated<f64> for Columns<'_, S> {
    #[inline(always)]
    fn rotate(&mut self, range: [usize; 2], cos: &[f64], sin: &[f64]) {
        if let Some((q, ld, row)) = &mut self.q {
            kernels::rotate_columns(self.simd, q, *ld, [*row, self.rows], range, [cos, sin]);
        }
    }
}
