//! Small matrices: packs of one order, solved side by side in the lanes of vector registers.
//!
//! A pack that is not full is either filled up with copies or solved one by one, whichever is
//! faster: the bits are the same (`lanes.rs`).
use std::marker::PhantomData;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::interleaved::{self, Work};
use super::lanes::{Complex, Lanes, Number, One, Real, Wide};
use crate::linalg::check::{self, Ratios};
use crate::linalg::element::Element;
use crate::linalg::scale::PowerOfTwo;

/// Up to this order packs are faster than one matrix after another.
pub(super) const LARGEST_REAL: usize = 24;
pub(super) const LARGEST_COMPLEX: usize = 24;

/// One matrix of a pack.
#[derive(Debug)]
pub(super) struct Task<'a, 'b, T> {
    pub(super) matrix: &'a [T],
    pub(super) scale: PowerOfTwo,
    /// Where the wanted vectors go, if any, row-major.
    pub(super) vectors: Option<&'b mut [T]>,
}

/// The wanted eigenvalues of the scaled matrix, ascending, and ratios (of all) if asked for.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) values: Vec<f64>,
    pub(super) ratios: Ratios,
}

/// How many matrices make a full pack on this machine.
pub(super) fn pack_size() -> usize {
    struct Count;
    impl WithSimd for Count {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F64_LANES
        }
    }
    Arch::new().dispatch(Count)
}

/// Solves at most [`pack_size`] matrices of one order, at least 1, and answers with pairs `wanted`
/// (at least one, in the order of the values); `None` where one does not converge. All or none of
/// the tasks want vectors; ratios need them.
pub(super) fn solve<T: Element>(
    order: usize,
    wanted: Range<usize>,
    tasks: &mut [Task<'_, '_, T>],
    certify: bool,
) -> Vec<Option<Answer>> {
    Arch::new().dispatch(Solve { order, wanted, tasks, certify })
}

struct Solve<'a, 'b, 'c, T> {
    order: usize,
    wanted: Range<usize>,
    tasks: &'a mut [Task<'b, 'c, T>],
    certify: bool,
}

impl<T: Element> WithSimd for Solve<'_, '_, '_, T> {
    type Output = Vec<Option<Answer>>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { order, wanted, tasks, certify } = self;
        let shape = (order, &wanted);
        // A full register costs less than two single matrices.
        if 1 < tasks.len()
            && let Some(answers) = side_by_side(Wide(simd), shape, tasks, certify)
        {
            return answers.into_iter().map(Some).collect();
        }
        let mut answers = Vec::with_capacity(tasks.len());
        for task in tasks {
            let answer = if S::IS_SCALAR {
                side_by_side(Wide(simd), shape, std::slice::from_mut(task), certify)
            } else {
                side_by_side(One(simd), shape, std::slice::from_mut(task), certify)
            };
            answers.push(answer.and_then(|mut answers| answers.pop()));
        }
        answers
    }
}

#[inline(always)]
fn side_by_side<L: Lanes, T: Element>(
    l: L,
    (order, wanted): (usize, &Range<usize>),
    tasks: &mut [Task<'_, '_, T>],
    certify: bool,
) -> Option<Vec<Answer>> {
    if T::PARTS == 1 {
        Pack::<L, Real<L::V>, T>::new(l, order, tasks).solve(wanted, tasks, certify)
    } else {
        Pack::<L, Complex<L::V>, T>::new(l, order, tasks).solve(wanted, tasks, certify)
    }
}

/// The buffers of one pack: vectors of lanes, in planes of real and imaginary parts.
struct Pack<L, N, T> {
    l: L,
    order: usize,
    vectors: bool,
    /// `a`, `z`, a second `a` for the ratios, and six rows.
    buffer: Vec<f64>,
    types: PhantomData<(N, T)>,
}

impl<L: Lanes, N: Number<L>, T: Element> Pack<L, N, T> {
    #[inline(always)]
    fn new(l: L, order: usize, tasks: &[Task<'_, '_, T>]) -> Self {
        let plane = order * order * L::COUNT;
        let mut buffer = vec![0.0; 3 * T::PARTS * plane + 6 * order * L::COUNT];
        for lane in 0..L::COUNT {
            let task = &tasks[lane.min(tasks.len() - 1)];
            let (first, second) = task.scale.factors();
            for row in 0..order {
                for col in 0..=row {
                    let [re, im] = task.matrix[row * order + col].parts();
                    let place = (row * order + col) * L::COUNT + lane;
                    buffer[place] = re * first * second;
                    if T::PARTS == 2 && col < row {
                        buffer[plane + place] = im * first * second;
                    }
                }
            }
        }
        let vectors = tasks.iter().any(|task| task.vectors.is_some());
        Self { l, order, vectors, buffer, types: PhantomData }
    }

    #[inline(always)]
    fn solve(
        mut self,
        wanted: &Range<usize>,
        tasks: &mut [Task<'_, '_, T>],
        certify: bool,
    ) -> Option<Vec<Answer>> {
        let (l, order, vectors) = (self.l, self.order, self.vectors);
        let size = T::PARTS * order * order;
        let buffer = l.cast(&mut self.buffer);
        let (a, rest) = buffer.split_at_mut(size);
        let (z, rest) = rest.split_at_mut(size);
        let (copy, rest) = rest.split_at_mut(size);
        let (d, rest) = rest.split_at_mut(order);
        let (e, rest) = rest.split_at_mut(order);
        let (tau, w) = rest.split_at_mut(2 * order);
        if certify {
            copy.copy_from_slice(a);
        }
        let mut work = Work { a, z, d, e, tau, w };
        if !interleaved::decompose::<L, N>(l, order, T::PARTS, vectors, &mut work) {
            return None;
        }
        let measured = certify.then(|| ratios::<L, N>(l, order, copy, z, d, tau));
        let flat = |vector: L::V| -> [f64; 8] {
            let mut lanes = [0.0; 8];
            l.cast(&mut lanes)[0] = vector;
            lanes
        };
        let measured = measured.map(|[r, o, m]| [flat(r), flat(o), flat(m)]);
        let places = Places { order, plane: order * order * L::COUNT, count: L::COUNT };
        let z_start = size * L::COUNT;
        let d_start = 3 * size * L::COUNT;
        let mut answers = Vec::with_capacity(tasks.len());
        for (lane, task) in tasks.iter_mut().enumerate() {
            let mut ranking: Vec<usize> = (0..order).collect();
            let value = |k: usize| self.buffer[d_start + k * L::COUNT + lane];
            ranking.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
            let ranking = &ranking[wanted.clone()];
            if let Some(slot) = &mut task.vectors {
                places.copy_vectors(&self.buffer[z_start..], lane, ranking, slot);
            }
            let values = ranking.iter().map(|k| value(*k) + 0.0).collect();
            let ratios = measured.map_or_else(Ratios::default, |[residual, defect, norm]| {
                check::ratios_of(order, residual[lane], defect[lane], norm[lane])
            });
            answers.push(Answer { values, ratios });
        }
        Some(answers)
    }
}

/// Where an element of a lane lies.
struct Places {
    order: usize,
    plane: usize,
    count: usize,
}

impl Places {
    #[inline(always)]
    fn copy_vectors<T: Element>(&self, z: &[f64], lane: usize, ranking: &[usize], slot: &mut [T]) {
        for (row, line) in slot.chunks_exact_mut(ranking.len()).enumerate() {
            for (element, k) in line.iter_mut().zip(ranking) {
                let place = (row * self.order + k) * self.count + lane;
                let imaginary = if T::PARTS == 2 { z[self.plane + place] } else { 0.0 };
                // The sign of a zero may depend on the neighbours: there is only one zero.
                *element = T::from_parts([z[place] + 0.0, imaginary + 0.0]);
            }
        }
    }
}

/// |A Z - Z D|^2, |Z^H Z - 1|^2 and |A|^2 (Frobenius) of every lane.
#[inline(always)]
fn ratios<L: Lanes, N: Number<L>>(
    l: L,
    order: usize,
    a: &[L::V],
    z: &[L::V],
    d: &[L::V],
    line: &mut [L::V],
) -> [L::V; 3] {
    let stride = order * order;
    let (mut residual, mut defect, mut norm) = (l.splat(0.0), l.splat(0.0), l.splat(0.0));
    for row in 0..order {
        for k in 0..order {
            let value = N::from_real(l, l.neg(d[k]));
            let product = N::from_real(l, l.splat(0.0));
            product.add_mul(l, N::get(z, row * order + k, stride), value).put(line, k, order);
        }
        for col in 0..order {
            let element = if col <= row {
                N::get(a, row * order + col, stride)
            } else {
                N::get(a, col * order + row, stride).conj(l)
            };
            norm = l.add(norm, element.norm_squared(l));
            for k in 0..order {
                let sum = N::get(line, k, order);
                sum.add_mul(l, element, N::get(z, col * order + k, stride)).put(line, k, order);
            }
        }
        for k in 0..order {
            residual = l.add(residual, N::get(line, k, order).norm_squared(l));
        }
    }
    for k in 0..order {
        for other in 0..=k {
            let mut sum = N::from_real(l, l.splat(if k == other { -1.0 } else { 0.0 }));
            for row in 0..order {
                let left = N::get(z, row * order + other, stride).conj(l);
                sum = sum.add_mul(l, left, N::get(z, row * order + k, stride));
            }
            let squared = sum.norm_squared(l);
            defect = l.add(defect, if k == other { squared } else { l.add(squared, squared) });
        }
    }
    [residual, defect, norm]
}
