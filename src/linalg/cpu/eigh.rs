//! Hermitian eigendecomposition of a ragged batch: packs of small matrices (`small.rs`), others one
//! by one (`single.rs`).
//!
//! Every matrix is first multiplied by the power of two that brings its largest element into [1,
//! 2), so that nothing overflows and what is negligible can be told. The scaling is exact.
use std::ops::Range;

use faer::MatRef;

use super::pool::{Job, Threads};
use super::{single, small};
use crate::linalg::check::{self, Ratios};
use crate::linalg::element::Element;
use crate::linalg::part::cut;
use crate::linalg::scale::PowerOfTwo;
use crate::linalg::{Certify, EighOptions, LinalgError, Ragged, Shape};
use crate::stop::Stop;

/// From this order on matrices are solved one after another, by all threads each, so that only one
/// at a time needs memory.
const ALONE_FROM_ORDER: usize = 3072;

/// Up to here measuring in full costs little.
const PROBED_ABOVE_ORDER: usize = 64;

pub(super) struct Decomposition<T> {
    pub(super) values: Vec<Vec<f64>>,
    pub(super) vectors: Option<Ragged<T>>,
    pub(super) ratios: Vec<Ratios>,
}

/// The matrices of one job: one, or a pack of small ones.
type Tasks<'a, T> = Vec<(usize, Option<&'a mut [T]>)>;

type Jobs<'a, T> = Vec<Job<Tasks<'a, T>>>;

/// Of every matrix the pairs `range`, cut at its order.
pub(super) fn eigh<T: Element>(
    threads: &Threads,
    batch: &Ragged<T>,
    range: Range<usize>,
    options: EighOptions,
    stop: &dyn Stop,
) -> Result<Decomposition<T>, LinalgError> {
    let scales = scales(batch)?;
    // Ratios need vectors, asked for or not.
    let with_vectors = options.vectors || options.certify != Certify::No;
    let counted = if with_vectors { batch.shapes() } else { &[] };
    let shape = |shape: &Shape| Shape::new(shape.rows, cut(&range, shape.rows).len());
    let mut vectors = Ragged::<T>::zeros(&counted.iter().map(shape).collect::<Vec<_>>());
    let solver = Solver { batch, scales, range: range.clone(), certify: options.certify };
    let (jobs, alone) = jobs(batch, &mut vectors);
    let mut solved = Vec::with_capacity(batch.count());
    for job in alone {
        if stop.stopped() {
            return Err(LinalgError::Stopped);
        }
        solved.append(&mut threads.install(|| solver.solve(job.work)));
    }
    for mut some in threads.run(jobs, stop, |_, tasks| Ok(solver.solve(tasks)))? {
        solved.append(&mut some);
    }
    solved.sort_by_key(|(index, _)| *index);

    let mut ratios = Vec::new();
    let mut values = Vec::with_capacity(solved.len());
    for (_, one) in solved {
        let one = one?;
        if options.certify != Certify::No {
            ratios.push(one.ratios);
        }
        values.push(one.values);
    }
    let vectors = options.vectors.then_some(vectors);
    Ok(Decomposition { values, vectors, ratios })
}

/// Packs of small matrices and single ones, to be shared out among threads; then those that are
/// solved one after another.
fn jobs<'a, T: Element>(
    batch: &Ragged<T>,
    vectors: &'a mut Ragged<T>,
) -> (Jobs<'a, T>, Jobs<'a, T>) {
    let largest = if T::PARTS == 1 { small::LARGEST_REAL } else { small::LARGEST_COMPLEX };
    let mut slots = vectors.split_mut().into_iter();
    let mut packs: Vec<Tasks<'a, T>> = (0..=largest).map(|_| Vec::new()).collect();
    let (mut jobs, mut alone) = (Vec::new(), Vec::new());
    let size = small::pack_size();
    for (index, shape) in batch.shapes().iter().enumerate() {
        let order = shape.rows;
        let task = (index, slots.next());
        if order <= largest {
            packs[order].push(task);
            if packs[order].len() == size {
                jobs.push(job(order, std::mem::take(&mut packs[order])));
            }
        } else if order < ALONE_FROM_ORDER {
            jobs.push(job(order, vec![task]));
        } else {
            alone.push(job(order, vec![task]));
        }
    }
    for (order, tasks) in packs.into_iter().enumerate().filter(|(_, tasks)| !tasks.is_empty()) {
        jobs.push(job(order, tasks));
    }
    (jobs, alone)
}

fn job<T>(order: usize, work: Tasks<'_, T>) -> Job<Tasks<'_, T>> {
    let index = work.first().map_or(0, |(index, _)| *index);
    Job { index, cost: (9 * (order as u64).pow(3) + 100) * work.len() as u64, work }
}

struct Solver<'a, T> {
    batch: &'a Ragged<T>,
    scales: Vec<PowerOfTwo>,
    range: Range<usize>,
    certify: Certify,
}

struct Solved {
    values: Vec<f64>,
    ratios: Ratios,
}

type Outcome = (usize, Result<Solved, LinalgError>);

impl<T: Element> Solver<'_, T> {
    fn solve(&self, tasks: Tasks<'_, T>) -> Vec<Outcome> {
        let order = tasks.first().map_or(0, |(index, _)| self.batch.shape(*index).rows);
        let wanted = cut(&self.range, order);
        if wanted.is_empty() {
            let nothing = || Solved { values: Vec::new(), ratios: Ratios::default() };
            return tasks.into_iter().map(|(index, _)| (index, Ok(nothing()))).collect();
        }
        let largest = if T::PARTS == 1 { small::LARGEST_REAL } else { small::LARGEST_COMPLEX };
        if order <= largest {
            return self.solve_pack(order, wanted, tasks);
        }
        let solve = |(index, slot)| (index, self.solve_one(index, order, wanted.clone(), slot));
        tasks.into_iter().map(solve).collect()
    }

    fn solve_pack(&self, order: usize, wanted: Range<usize>, tasks: Tasks<'_, T>) -> Vec<Outcome> {
        let indices: Vec<usize> = tasks.iter().map(|(index, _)| *index).collect();
        let mut pack = Vec::with_capacity(tasks.len());
        for (index, vectors) in tasks {
            let (matrix, scale) = (self.batch.matrix(index), self.scales[index]);
            pack.push(small::Task { matrix, scale, vectors });
        }
        let answers = small::solve(order, wanted, &mut pack, self.certify != Certify::No);
        let mut outcomes = Vec::with_capacity(indices.len());
        for (index, answer) in indices.into_iter().zip(answers) {
            let outcome = match answer {
                Some(small::Answer { mut values, ratios }) => {
                    unscale(index, &mut values, self.scales[index])
                        .map(|()| Solved { values, ratios })
                }
                None => Err(LinalgError::NoConvergence { index, order }),
            };
            outcomes.push((index, outcome));
        }
        outcomes
    }

    fn solve_one(
        &self,
        index: usize,
        order: usize,
        wanted: Range<usize>,
        slot: Option<&mut [T]>,
    ) -> Result<Solved, LinalgError> {
        let (scale, matrix) = (self.scales[index], self.batch.matrix(index));
        let failed = LinalgError::NoConvergence { index, order };
        let mut slot = slot;
        let mut values = single::decompose(order, matrix, scale, wanted, slot.as_deref_mut())
            .map_err(|_| failed)?;
        let ratios = match slot {
            Some(vectors) if self.certify != Certify::No => {
                let lower = check::scaled_lower(order, matrix, scale);
                let vectors = MatRef::from_row_major_slice(vectors, order, values.len());
                if self.certify == Certify::Probed && PROBED_ABOVE_ORDER < order {
                    check::probed_ratios(&lower, &values, vectors)
                } else {
                    check::scaled_ratios(lower, &values, vectors)
                }
            }
            _ => Ratios::default(),
        };
        unscale(index, &mut values, scale)?;
        Ok(Solved { values, ratios })
    }
}

pub(super) fn unscale(
    index: usize,
    values: &mut [f64],
    scale: PowerOfTwo,
) -> Result<(), LinalgError> {
    let (first, second) = scale.inverse().factors();
    for value in values {
        *value = *value * first * second;
        // Only possible within a factor n of the largest double.
        if !value.is_finite() {
            return Err(LinalgError::NotFinite { index });
        }
    }
    Ok(())
}

/// Checks shapes and values in order, so that the first bad matrix is the one reported.
pub(super) fn scales<T: Element>(batch: &Ragged<T>) -> Result<Vec<PowerOfTwo>, LinalgError> {
    let mut scales = Vec::with_capacity(batch.count());
    for (index, shape) in batch.shapes().iter().enumerate() {
        if shape.rows != shape.cols {
            return Err(LinalgError::Shape {
                index,
                rows: shape.rows,
                cols: shape.cols,
                expected: "a square matrix".into(),
            });
        }
        let largest = check::largest_lower(shape.rows, batch.matrix(index));
        if !largest.is_finite() {
            return Err(LinalgError::NotFinite { index });
        }
        scales.push(PowerOfTwo::normalizing(largest));
    }
    Ok(scales)
}
