//! Eigenvalues and vectors of a symmetric tridiagonal matrix by divide and conquer (Cuppen; LAPACK's
//! `dstedc`, `dlaed1`, `dlaed2`).
//!
//! Halves are joined by a rank-one update. What it does not change is deflated; the rest costs two
//! matrix products, of which the columns that vanish in one half are left out.
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};

use super::interleaved::{self, Columns};
use super::kernels::{self, ALIGN};
use super::lanes::One;
use super::secular::Secular;
use super::sharing;

/// Columns of the joined vectors that are a piece of work.
const SHARE: usize = 256;

/// Up to this order QL is faster.
pub(super) const LEAF: usize = 32;

/// QL did not converge.
#[derive(Debug)]
pub(super) struct NotConverged;

/// Eigenvalues of T (`d` and `e` as in [`super::tridiagonal::Tridiagonal`]), ascending.
pub(super) fn values(d: Vec<f64>, e: Vec<f64>) -> Result<Vec<f64>, NotConverged> {
    let wanted = 0..d.len();
    solve(d, e, Keep::Ends, wanted).map(|eigen| eigen.ascending())
}

/// Eigenvectors as columns `ld` apart, and in which order their values ascend.
#[derive(Debug)]
pub(super) struct Eigen {
    d: Vec<f64>,
    pub(super) q: Vec<f64>,
    pub(super) ranking: Vec<usize>,
}

impl Eigen {
    pub(super) fn ascending(&self) -> Vec<f64> {
        self.ranking.iter().map(|k| self.d[*k]).collect()
    }
}

/// Eigenvectors `wanted` of T, in the order of their values (all values; the columns of other
/// vectors hold nothing); the largest element of order one.
pub(super) fn decompose(
    d: Vec<f64>,
    e: Vec<f64>,
    wanted: Range<usize>,
) -> Result<Eigen, NotConverged> {
    solve(d, e, Keep::All, wanted)
}

fn solve(
    mut d: Vec<f64>,
    mut e: Vec<f64>,
    keep: Keep,
    wanted: Range<usize>,
) -> Result<Eigen, NotConverged> {
    let order = d.len();
    let ld = if keep == Keep::All { kernels::padded(order) } else { ALIGN };
    let mut q = vec![0.0; ld * order];
    let (mut halves, mut rotations) = (vec![0.0; ld * order], vec![0.0; 2 * order]);
    let mut ranking = vec![0; order];
    let (d_part, e_part, ranking_part) = (&mut d[..], &mut e[..], &mut ranking[..]);
    let mut part =
        Part { d: d_part, e: e_part, q: &mut q, ld, row: 0, ranking: ranking_part, keep, wanted };
    part.solve(&mut Room { halves: &mut halves, rotations: &mut rotations })?;
    Ok(Eigen { d, q, ranking })
}

/// Scratch memory: as much as the columns of a block, and two numbers a column.
struct Room<'a> {
    halves: &'a mut [f64],
    rotations: &'a mut [f64],
}

/// How much of the vectors is computed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    /// The first and the last row of a block: what joining needs, so that values alone cost O(n^2).
    Ends,
}

/// A block on the diagonal: its columns of Q, of which rows `row..row + d.len()` are not zero.
struct Part<'a> {
    d: &'a mut [f64],
    e: &'a mut [f64],
    q: &'a mut [f64],
    ld: usize,
    row: usize,
    ranking: &'a mut [usize],
    keep: Keep,
    /// Which vectors are formed, in the order of their values.
    wanted: Range<usize>,
}

/// Rows of Q that a joined block occupies, and how many of them belong to its top half.
#[derive(Clone, Copy)]
struct Frame {
    row: usize,
    rows: usize,
    top: usize,
}

impl Part<'_> {
    fn solve(&mut self, room: &mut Room<'_>) -> Result<(), NotConverged> {
        let order = self.d.len();
        if order <= LEAF {
            return self.solve_leaf(room.rotations);
        }
        let half = (order / 2).next_multiple_of(ALIGN);
        let coupling = std::mem::replace(&mut self.e[half - 1], 0.0);
        self.d[half - 1] -= coupling.abs();
        self.d[half] -= coupling.abs();
        let ld = self.ld;
        let [mut top, mut bottom] = self.halves(half);
        let (halves_top, halves_bottom) = room.halves.split_at_mut(half * ld);
        let (rotations_top, rotations_bottom) = room.rotations.split_at_mut(2 * half);
        let (done_top, done_bottom) = sharing::both(
            order,
            || top.solve(&mut Room { halves: halves_top, rotations: rotations_top }),
            || bottom.solve(&mut Room { halves: halves_bottom, rotations: rotations_bottom }),
        );
        done_top.and(done_bottom)?;
        self.join(half, coupling, room.halves);
        Ok(())
    }

    fn halves(&mut self, half: usize) -> [Part<'_>; 2] {
        let order = self.d.len();
        let (d_top, d_bottom) = self.d.split_at_mut(half);
        let (e_top, e_bottom) = self.e.split_at_mut(half);
        let (q_top, q_bottom) = self.q.split_at_mut(half * self.ld);
        let (ranking_top, ranking_bottom) = self.ranking.split_at_mut(half);
        let (ld, row, keep) = (self.ld, self.row, self.keep);
        let wanted = 0..half;
        let top =
            Part { d: d_top, e: e_top, q: q_top, ld, row, ranking: ranking_top, keep, wanted };
        let row = if keep == Keep::All { row + half } else { row };
        let (wanted, ranking) = (0..order - half, ranking_bottom);
        let bottom = Part { d: d_bottom, e: e_bottom, q: q_bottom, ld, row, ranking, keep, wanted };
        [top, bottom]
    }

    fn frame(&self, half: usize) -> Frame {
        match self.keep {
            Keep::All => Frame { row: self.row, rows: self.d.len(), top: half },
            Keep::Ends => Frame { row: 0, rows: 2, top: 1 },
        }
    }

    fn solve_leaf(&mut self, rotations: &mut [f64]) -> Result<(), NotConverged> {
        let order = self.d.len();
        for k in 0..order {
            self.ranking[k] = k;
            if self.keep == Keep::All {
                self.q[k * self.ld + self.row + k] = 1.0;
            }
        }
        if self.keep == Keep::Ends {
            self.q[0] = 1.0;
            self.q[(order - 1) * self.ld + 1] = 1.0;
        }
        let (d, e, q, ld, row) = (&mut *self.d, &mut *self.e, &mut *self.q, self.ld, self.row);
        let rotations = &mut rotations[..2 * order];
        let rows = kernels::padded(if self.keep == Keep::All { order } else { 2 });
        let converged = Arch::new().dispatch(Ql { d, e, rotations, q, ld, row, rows });
        self.ranking.sort_by(|a, b| self.d[*a].total_cmp(&self.d[*b]));
        if converged { Ok(()) } else { Err(NotConverged) }
    }

    /// diag(T_1, T_2) + |coupling| u u^T from the halves' eigenvectors.
    fn join(&mut self, half: usize, coupling: f64, room: &mut [f64]) {
        let sign = if coupling < 0.0 { -1.0 } else { 1.0 };
        let mut z = self.touching_rows(half);
        for (k, z) in z.iter_mut().enumerate() {
            let factor = if k < half { 1.0 } else { sign };
            *z *= factor * std::f64::consts::FRAC_1_SQRT_2;
        }
        let rho = 2.0 * coupling.abs();
        let sorted = self.merged_ranking(half);
        let kinds = self.deflate(half, &sorted, rho, &mut z);
        if kinds.kept.is_empty() {
            self.rank();
        } else {
            self.update(half, rho, &z, &kinds, room);
        }
    }

    /// The last row of the top half's vectors and the first of the bottom's.
    fn touching_rows(&mut self, half: usize) -> Vec<f64> {
        let (ld, row) = (self.ld, self.row);
        let columns = self.q.chunks_exact_mut(ld).enumerate();
        match self.keep {
            Keep::All => columns
                .map(|(k, column)| column[if k < half { row + half - 1 } else { row + half }])
                .collect(),
            // What ends in the middle is zero at the far end of the joined block.
            Keep::Ends => columns
                .map(|(k, column)| std::mem::take(&mut column[usize::from(k < half)]))
                .collect(),
        }
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
        let frame = self.frame(0);
        let (head, tail) = self.q.split_at_mut(second * self.ld);
        let rows = frame.row..frame.row + frame.rows;
        let one = &mut head[first * self.ld..][rows.clone()];
        let two = &mut tail[rows];
        let (x, y) = if before < next { (one, two) } else { (two, one) };
        for (x, y) in x.iter_mut().zip(y) {
            (*x, *y) = (c * *x + s * *y, c * *y - s * *x);
        }
    }

    /// The columns that take part become those of the update; they are put first.
    fn update(&mut self, half: usize, rho: f64, z: &[f64], kinds: &Kinds, room: &mut [f64]) {
        let (ld, Frame { row, rows, top }) = (self.ld, self.frame(half));
        let kept = &kinds.kept;
        let n = kept.len();
        let (d_kept, z_kept): (Vec<f64>, Vec<f64>) =
            kept.iter().map(|k| (self.d[*k], z[*k])).unzip();
        let groups = kinds.groups();
        let roots = Secular::new(&d_kept, &z_kept, rho).solve(&groups.rows);
        let (n_top, n_bottom) = (groups.top_end, n - groups.bottom_start);
        let bottom_at = self.gather_halves(half, kept, &groups, room);
        self.put_deflated_last(half, kinds);
        self.d[..n].copy_from_slice(&roots.values);
        self.rank();
        let new = self.wanted_among(n);
        let s =
            MatRef::from_column_major_slice_with_stride(&roots.vectors, n, n, kernels::padded(n));
        let (top_half, bottom_half) = room.split_at(bottom_at);
        let bottom_half = &bottom_half[..(rows - top) * n_bottom];
        let top_half = MatRef::from_column_major_slice(top_half, top, n_top);
        let bottom_half = MatRef::from_column_major_slice(bottom_half, rows - top, n_bottom);
        let q = &mut self.q[new.start * ld..new.end * ld];
        sharing::chunks(n, q, SHARE * ld, |place, q| {
            let cols = q.len() / ld;
            let s = s.subcols(new.start + place * SHARE, cols);
            let q = MatMut::from_column_major_slice_with_stride_mut(&mut q[row..], rows, cols, ld);
            let (q_top, q_bottom) = q.split_at_row_mut(top);
            matmul(q_top, Accum::Replace, top_half, s.subrows(0, n_top), 1.0, Par::Seq);
            let s_bottom = s.subrows(groups.bottom_start, n_bottom);
            matmul(q_bottom, Accum::Replace, bottom_half, s_bottom, 1.0, Par::Seq);
        });
    }

    /// Columns with a top part, then columns with a bottom part; returns where the latter begin.
    fn gather_halves(
        &self,
        half: usize,
        kept: &[usize],
        groups: &Groups,
        out: &mut [f64],
    ) -> usize {
        let (ld, Frame { row, rows, top }) = (self.ld, self.frame(half));
        let mut at = 0;
        for &p in &groups.rows[..groups.top_end] {
            out[at..at + top].copy_from_slice(&self.q[kept[p] * ld + row..][..top]);
            at += top;
        }
        let (bottom_at, rest) = (at, rows - top);
        for &p in &groups.rows[groups.bottom_start..] {
            out[at..at + rest].copy_from_slice(&self.q[kept[p] * ld + row + top..][..rest]);
            at += rest;
        }
        bottom_at
    }

    /// Moves what the update leaves alone behind the columns that it forms.
    fn put_deflated_last(&mut self, half: usize, kinds: &Kinds) {
        let (ld, Frame { row, rows, .. }) = (self.ld, self.frame(half));
        let n = kinds.kept.len();
        let d_deflated: Vec<f64> = kinds.deflated.iter().map(|k| self.d[*k]).collect();
        let mut spare = Vec::with_capacity(rows * kinds.deflated.len());
        for &k in &kinds.deflated {
            spare.extend_from_slice(&self.q[k * ld + row..][..rows]);
        }
        self.d[n..].copy_from_slice(&d_deflated);
        for (column, from) in spare.chunks_exact(rows).enumerate() {
            self.q[(n + column) * ld + row..][..rows].copy_from_slice(from);
        }
    }

    /// Which of the first `n` columns, whose values ascend, are wanted.
    fn wanted_among(&self, n: usize) -> Range<usize> {
        let wanted = || self.ranking[self.wanted.clone()].iter().copied().filter(|k| *k < n);
        let first = wanted().min().unwrap_or(0);
        first..wanted().max().map_or(first, |last| last + 1)
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

/// Implicit QL on T; rows `row..row + rows` of the columns of Q, `ld` apart, are rotated along.
struct Ql<'a> {
    d: &'a mut [f64],
    e: &'a mut [f64],
    rotations: &'a mut [f64],
    q: &'a mut [f64],
    ld: usize,
    row: usize,
    rows: usize,
}

impl WithSimd for Ql<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { d, e, rotations, q, ld, row, rows } = self;
        let order = d.len();
        let (cos, sin) = rotations.split_at_mut(order);
        let mut columns = Columns { simd, q, ld, row, rows };
        interleaved::ql_steps(One(simd), order, d, e, [cos, sin], &mut columns)
    }
}
