//! Work inside one matrix that idle threads take over.
//!
//! Threads work on matrices of their own as long as there are any; whoever finds none left helps
//! with the largest. What is shared are pieces whose number and limits follow from the order alone,
//! so that no bit depends on how many threads there are or on who was idle.
use rayon::prelude::*;

/// Up to here a piece takes less time than its handing over is worth.
const FROM_ORDER: usize = 512;

/// Does both, the second on another thread if one is idle.
pub(super) fn both<A: Send, B: Send>(
    order: usize,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if order < FROM_ORDER { (first(), second()) } else { rayon::join(first, second) }
}

/// `body` for every chunk of `size` elements and its place.
pub(super) fn chunks(
    order: usize,
    elements: &mut [f64],
    size: usize,
    body: impl Fn(usize, &mut [f64]) + Sync,
) {
    if order < FROM_ORDER || elements.len() <= size {
        elements.chunks_mut(size).enumerate().for_each(|(place, chunk)| body(place, chunk));
    } else {
        elements.par_chunks_mut(size).enumerate().for_each(|(place, chunk)| body(place, chunk));
    }
}

/// `body(i, i-th element)`, each a piece of its own.
pub(super) fn each<T: Send>(elements: Vec<T>, body: impl Fn(usize, T) + Sync) {
    if elements.len() == 1 {
        elements.into_iter().enumerate().for_each(|(place, element)| body(place, element));
    } else {
        elements.into_par_iter().enumerate().for_each(|(place, element)| body(place, element));
    }
}

/// Where the pieces of a product with the lower triangle of columns `first..end` begin and end
/// (multiples of `align`), of about equal area; one piece while the triangle is small.
pub(super) fn triangle_limits([first, end]: [usize; 2], align: usize) -> Limits {
    let size = end - first;
    let count = (size * size / (2 * PIECE)).clamp(1, MOST_PIECES);
    let mut limits = Limits { at: [end; MOST_PIECES + 1], count };
    for (piece, at) in limits.at.iter_mut().enumerate().take(count) {
        let rest = (1.0 - piece as f64 / count as f64).sqrt() * size as f64;
        *at = first + (size - rest as usize) / align * align;
    }
    limits
}

/// Elements of a triangle that are a piece: two tenths of a millisecond, ten times what waking a
/// thread takes.
const PIECE: usize = 400_000;

pub(super) const MOST_PIECES: usize = 8;

/// See [`triangle_limits`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    at: [usize; MOST_PIECES + 1],
    pub(super) count: usize,
}

impl Limits {
    pub(super) fn piece(&self, place: usize) -> [usize; 2] {
        [self.at[place], self.at[place + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_triangle_follow_each_other() {
        for (first, end) in [(0, 8), (8, 640), (16, 1024), (0, 2088), (704, 4096)] {
            let limits = triangle_limits([first, end], 8);
            assert_eq!((limits.at[0], limits.at[limits.count]), (first, end));
            let area = |[from, to]: [usize; 2]| (end - from).pow(2) - (end - to).pow(2);
            let whole = area([first, end]);
            for place in 0..limits.count {
                let piece = limits.piece(place);
                assert!(piece[0] < piece[1] && piece[0].is_multiple_of(8), "{piece:?}");
                let share = area(piece) as f64 * limits.count as f64 / whole as f64;
                assert!((0.9..1.1).contains(&share), "{piece:?} of {first}..{end}: {share}");
            }
        }
    }
}
