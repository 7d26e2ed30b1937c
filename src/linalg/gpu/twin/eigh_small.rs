//! Twin of `shaders/eigh_small.wesl`: the same rotations in the same order.
use std::cmp::Ordering;

use super::number::Number;
use crate::linalg::gpu::shaders::eigh_small::MAX_SWEEPS;

/// 2^-55: what counts as annihilated, the largest element being in [1, 2).
const NEGLIGIBLE: f64 = f64::EPSILON / 8.0;

/// What the kernel leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved<T> {
    pub values: Vec<f64>,
    /// Row-major, columns in the order of the values.
    pub vectors: Vec<T>,
    pub sweeps: u32,
    pub converged: bool,
}

#[derive(Debug, Clone, Copy)]
struct Rotation<T> {
    p: usize,
    q: usize,
    cosine: f64,
    shift: f64,
    sine: T,
    annihilates: bool,
}

/// Row-major `matrix` of order 1 to 32 (only its lower triangle is read), largest element in
/// [1, 2).
pub fn eigh_small<T: Number>(order: usize, matrix: &[T]) -> Solved<T> {
    let mut a = full(order, matrix);
    let mut v = vec![T::default(); order * order];
    for i in 0..order {
        v[i * order + i] = T::from_real(1.0);
    }
    let pairs = order.div_ceil(2);
    let (mut sweeps, mut busy) = (0, true);
    while busy && sweeps < MAX_SWEEPS {
        busy = false;
        for round in 0..2 * pairs - 1 {
            let rotations: Vec<Rotation<T>> = (0..pairs)
                .map(|slot| rotation_of(pair_of(round, slot, 2 * pairs), &a, order))
                .collect();
            busy |= rotations.iter().any(|rotation| rotation.annihilates);
            rotate(&mut a, &mut v, &rotations, order);
        }
        sweeps += 1;
    }
    sorted(&a, &v, order, sweeps, !busy)
}

fn full<T: Number>(order: usize, matrix: &[T]) -> Vec<T> {
    let mut a = vec![T::default(); order * order];
    for row in 0..order {
        for col in 0..row {
            a[row * order + col] = matrix[row * order + col];
            a[col * order + row] = matrix[row * order + col].conjugate();
        }
        a[row * order + row] = T::from_real(matrix[row * order + row].real_part());
    }
    a
}

/// Pairs of a round-robin tournament of an even number of players.
fn pair_of(round: usize, slot: usize, players: usize) -> (usize, usize) {
    let cycle = players - 1;
    let (x, y) = if slot == 0 {
        (cycle, round)
    } else {
        ((round + slot) % cycle, (round + cycle - slot) % cycle)
    };
    (x.min(y), x.max(y))
}

fn rotation_of<T: Number>((p, q): (usize, usize), a: &[T], order: usize) -> Rotation<T> {
    let mut rotation =
        Rotation { p, q, cosine: 1.0, shift: 0.0, sine: T::default(), annihilates: false };
    if order <= q {
        return rotation;
    }
    let off = a[p * order + q];
    let size = off.modulus();
    if NEGLIGIBLE < size {
        let (app, aqq) = (a[p * order + p].real_part(), a[q * order + q].real_part());
        let cot = (aqq - app) / (size + size);
        let root = cot.abs() + (1.0 + cot * cot).sqrt();
        let tangent = if cot < 0.0 { -(1.0 / root) } else { 1.0 / root };
        rotation.cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
        rotation.sine = off * (tangent * rotation.cosine / size);
        rotation.shift = tangent * size;
        rotation.annihilates = true;
    }
    rotation
}

fn rotate<T: Number>(a: &mut [T], v: &mut [T], rotations: &[Rotation<T>], order: usize) {
    for (i, first) in rotations.iter().enumerate() {
        for second in &rotations[i + 1..] {
            rotate_block(a, first, second, order);
        }
        if !first.annihilates {
            continue;
        }
        let (p, q) = (first.p, first.q);
        a[p * order + p] = T::from_real(a[p * order + p].real_part() - first.shift);
        a[q * order + q] = T::from_real(a[q * order + q].real_part() + first.shift);
        a[p * order + q] = T::default();
        a[q * order + p] = T::default();
        for row in 0..order {
            let (left, right) = (v[row * order + p], v[row * order + q]);
            (v[row * order + p], v[row * order + q]) = columns(first, left, right);
        }
    }
}

fn columns<T: Number>(r: &Rotation<T>, left: T, right: T) -> (T, T) {
    (
        (left * r.cosine).minus(r.sine.conjugate().times(right)),
        r.sine.times(left).plus(right * r.cosine),
    )
}

fn rows<T: Number>(r: &Rotation<T>, upper: T, lower: T) -> (T, T) {
    (
        (upper * r.cosine).minus(r.sine.times(lower)),
        r.sine.conjugate().times(upper).plus(lower * r.cosine),
    )
}

/// Rows (p, q) of one rotation times columns (p, q) of another, and the mirror image.
fn rotate_block<T: Number>(a: &mut [T], i: &Rotation<T>, j: &Rotation<T>, order: usize) {
    let inside = |row: usize, col: usize| row < order && col < order;
    let places = [[(i.p, j.p), (i.p, j.q)], [(i.q, j.p), (i.q, j.q)]];
    let mut x = [[T::default(); 2]; 2];
    for (x, places) in x.iter_mut().zip(&places) {
        for (x, &(row, col)) in x.iter_mut().zip(places) {
            if inside(row, col) {
                *x = a[row * order + col];
            }
        }
        [x[0], x[1]] = columns(j, x[0], x[1]).into();
    }
    for k in 0..2 {
        (x[0][k], x[1][k]) = rows(i, x[0][k], x[1][k]);
    }
    for (x, places) in x.iter().zip(&places) {
        for (x, &(row, col)) in x.iter().zip(places) {
            if inside(row, col) {
                a[row * order + col] = *x;
                a[col * order + row] = x.conjugate();
            }
        }
    }
}

/// Ascending; equal values keep their order.
fn sorted<T: Number>(a: &[T], v: &[T], order: usize, sweeps: u32, converged: bool) -> Solved<T> {
    let value = |k: usize| a[k * order + k].real_part();
    let mut places: Vec<usize> = (0..order).collect();
    places.sort_by(|&i, &j| value(i).partial_cmp(&value(j)).unwrap_or(Ordering::Equal));
    let values = places.iter().map(|&k| value(k)).collect();
    let mut vectors = Vec::with_capacity(v.len());
    for row in 0..order {
        vectors.extend(places.iter().map(|&k| v[row * order + k]));
    }
    Solved { values, vectors, sweeps, converged }
}
