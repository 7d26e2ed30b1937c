//! A batch of matrices in pieces: solved one after another while later ones are still on their way
//! and the answers of earlier ones leave. A matrix has the same bits in any piece.
use std::time::Instant;

use super::uploads::Work;

/// A piece ends with the matrix that brings it to so many bytes,
const BYTES: u64 = 2 << 20;
/// or, on the CPU, to a share of the work, but neither less nor more operations than these: some
/// milliseconds of one core.
const SHARE: u64 = 64;
const LEAST_WORK: u64 = 20_000_000;
const MOST_WORK: u64 = 200_000_000;
/// A GPU is quick with many matrices at a time.
const GPU_BYTES: u64 = 64 << 20;

/// A matrix: its order, the bytes of its elements, those of its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct One {
    pub(super) order: u64,
    pub(super) bytes: u64,
    pub(super) answer: u64,
}

impl One {
    /// Operations, roughly.
    fn work(self) -> u64 {
        9 * self.order.pow(3) + 100
    }
}

/// How many matrices each piece has, and where it ends among the bytes that come and that go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pieces {
    pub(super) counts: Vec<u32>,
    ends: Vec<[u64; 2]>,
}

impl Pieces {
    pub(super) fn new(matrices: impl Iterator<Item = One> + Clone, gpu: bool) -> Self {
        let total: u64 = matrices.clone().map(One::work).sum();
        let most_work = (total / SHARE).clamp(LEAST_WORK, MOST_WORK);
        let is_full = |bytes: u64, work: u64| match gpu {
            true => GPU_BYTES <= bytes,
            false => BYTES <= bytes || most_work <= work,
        };
        let mut pieces = Self::default();
        let (mut count, mut bytes, mut work, mut end) = (0, 0, 0, [0; 2]);
        for one in matrices {
            (count, bytes, work) = (count + 1, bytes + one.bytes, work + one.work());
            end = [end[0] + one.bytes, end[1] + one.answer];
            if is_full(bytes, work) {
                pieces.counts.push(count);
                pieces.ends.push(end);
                (count, bytes, work) = (0, 0, 0);
            }
        }
        if 0 < count {
            pieces.counts.push(count);
            pieces.ends.push(end);
        }
        pieces
    }

    /// Those that are complete with so many bytes to the worker, or from it.
    fn complete(&self, way: usize, bytes: u64) -> usize {
        self.ends.partition_point(|end| end[way] <= bytes)
    }
}

/// What has gone both ways; the caller pays for the time in which the device has a whole piece.
#[derive(Debug)]
pub(super) struct Progress {
    pieces: Pieces,
    work: Work,
    bytes: [u64; 2],
    uploaded: bool,
}

impl Progress {
    pub(super) fn new(pieces: Pieces, work: Work) -> Self {
        Self { pieces, work, bytes: [0; 2], uploaded: false }
    }

    pub(super) fn handed_on(&mut self, bytes: u64) {
        self.bytes[0] += bytes;
        self.charge();
    }

    pub(super) fn answered(&mut self, bytes: u64) {
        self.bytes[1] += bytes;
        self.charge();
    }

    /// Nothing more comes.
    pub(super) fn complete(&mut self) {
        self.uploaded = true;
    }

    pub(super) fn is_uploaded(&self) -> bool {
        self.uploaded
    }

    fn charge(&mut self) {
        let [there, back] = [0, 1].map(|way| self.pieces.complete(way, self.bytes[way]));
        if back < there {
            self.work.begin_at(Instant::now());
        } else {
            self.work.pause();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(order: u64, count: usize) -> impl Iterator<Item = One> + Clone {
        std::iter::repeat_n(One { order, bytes: 8 * order * order, answer: 8 * order }, count)
    }

    #[test]
    fn every_matrix_is_in_one_piece() {
        for (order, count) in [(1, 1), (4, 100_000), (16, 65_536), (256, 384), (1024, 12)] {
            for gpu in [false, true] {
                let pieces = Pieces::new(batch(order, count), gpu);
                let sum: usize = pieces.counts.iter().map(|count| *count as usize).sum();
                assert_eq!(sum, count, "order {order}");
                let bytes = 8 * order * order * count as u64;
                assert_eq!(pieces.complete(0, bytes), pieces.counts.len());
                assert_eq!(pieces.complete(0, bytes - 1), pieces.counts.len() - 1);
            }
        }
    }

    #[test]
    fn large_matrices_go_one_by_one_and_small_batches_in_one_piece() {
        assert_eq!(Pieces::new(batch(1024, 3), false).counts, [1, 1, 1]);
        assert_eq!(Pieces::new(batch(16, 100), false).counts, [100]);
        assert_eq!(Pieces::new(batch(1024, 20), true).counts, [8, 8, 4]);
        assert_eq!(Pieces::new(batch(256, 8), false).counts, [1; 8]);
        // Two mebibytes, before the work is enough.
        assert_eq!(Pieces::new(batch(64, 10_000), false).counts[0], 64);
    }
}
