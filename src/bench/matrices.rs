//! Random Hermitian matrices that another process can make again from a seed.
//!
//! Element k of a batch is a function of (seed, k) alone (SplitMix64, Steele, Lea and Flood 2014), so that
//! `peers.py` makes the same bits with numpy. Dense and without structure: nothing deflates, which is
//! the hardest case for divide and conquer.
use num_complex::Complex64;

use crate::linalg::{Element, HostBatch, LinalgError, Ragged, Shape};

/// A ragged batch of matrices to diagonalize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSpec {
    pub orders: Vec<usize>,
    pub complex: bool,
    pub seed: u64,
}

impl BatchSpec {
    /// # Errors
    /// None for a spec of this program: the shapes hold what is made.
    pub fn make(&self) -> Result<HostBatch, LinalgError> {
        if self.complex {
            self.ragged::<Complex64>().map(HostBatch::C128)
        } else {
            self.ragged::<f64>().map(HostBatch::F64)
        }
    }

    fn ragged<T: Element>(&self) -> Result<Ragged<T>, LinalgError> {
        let shapes: Vec<Shape> = self.orders.iter().map(|order| Shape::square(*order)).collect();
        let mut data = Vec::with_capacity(shapes.iter().map(|shape| shape.len()).sum());
        let mut next = 0;
        for order in &self.orders {
            hermitian::<T>(self.seed, next, *order, &mut data);
            next += (order * order) as u64;
        }
        Ragged::new(shapes, data)
    }
}

/// The lower triangle from its numbers, the upper one as its mirror image.
fn hermitian<T: Element>(seed: u64, first: u64, order: usize, data: &mut Vec<T>) {
    let element = |row: usize, col: usize| {
        let index = first + (row * order + col) as u64;
        T::from_parts([uniform(seed, 2 * index), uniform(seed, 2 * index + 1)])
    };
    for row in 0..order {
        for col in 0..order {
            data.push(match row.cmp(&col) {
                std::cmp::Ordering::Less => element(col, row).conjugate(),
                std::cmp::Ordering::Equal => T::from_real(element(row, row).real_part()),
                std::cmp::Ordering::Greater => element(row, col),
            });
        }
    }
}

/// Number `index` of the sequence, uniform in -1..1.
fn uniform(seed: u64, index: u64) -> f64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 * (2.0 / (1_u64 << 53) as f64) - 1.0
}
