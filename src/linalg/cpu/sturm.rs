//! How many eigenvalues of a symmetric tridiagonal matrix lie below given numbers, by Sturm's
//! sequence (Barth, Martin and Wilkinson 1967; LAPACK's `dlaebz`), many numbers side by side.
//!
//! The counts are those of a matrix within a few eps |T| of the given one (Kahan 1966), so they
//! are a test of eigenvalues that does not depend on how these were found.
use pulp::{Arch, Simd, WithSimd};

use super::kernels::ALIGN;

/// A pivot closer to zero than this counts as negative (as in `dlaebz`).
const LEAST_PIVOT: f64 = f64::MIN_POSITIVE;

/// Registers that go through the matrix together: a division is waited for by nobody alone.
const TOGETHER: usize = 4;

/// What a distance is tried at, in units of the caller; the last one is below LAPACK's threshold.
const DISTANCES: [f64; 4] = [0.25, 1.0, 4.0, 16.0];

/// The least of a few distances, in units of `unit`, at which Sturm counts confirm all of `values`
/// as eigenvalues number `first`, `first + 1`, ... of T (counted from the lowest, each as often as
/// it occurs); infinity if none does. `e` holds what is beside the diagonal `d`; its last entry is
/// not read.
pub(super) fn distance(d: &[f64], e: &[f64], values: &[f64], first: usize, unit: f64) -> f64 {
    let squares: Vec<f64> = e.iter().map(|e| e * e).collect();
    // Also of a zero matrix the values are confirmed.
    let unit = unit.max(1e16 * LEAST_PIVOT);
    let mut pending: Vec<usize> = (0..values.len()).collect();
    let mut largest = 0.0;
    for distance in DISTANCES {
        if pending.is_empty() {
            break;
        }
        largest = distance;
        let mut ends = Vec::with_capacity(2 * pending.len());
        for k in &pending {
            ends.extend([values[*k] - distance * unit, values[*k] + distance * unit]);
        }
        let counts = count_below(d, &squares, &ends);
        let mut place = 0;
        pending.retain(|k| {
            let (below, above) = (counts[place], counts[place + 1]);
            place += 2;
            !(below <= first + k && first + k < above && values[*k].is_finite())
        });
    }
    if pending.is_empty() { largest } else { f64::INFINITY }
}

/// Eigenvalues below each of `numbers`; `squares` are those beside the diagonal.
fn count_below(d: &[f64], squares: &[f64], numbers: &[f64]) -> Vec<usize> {
    let mut counts = vec![0.0; numbers.len().next_multiple_of(TOGETHER * ALIGN)];
    let mut padded = numbers.to_vec();
    padded.resize(counts.len(), 0.0);
    Arch::new().dispatch(Count { d, squares, numbers: &padded, counts: &mut counts });
    counts.iter().take(numbers.len()).map(|count| *count as usize).collect()
}

struct Count<'a> {
    d: &'a [f64],
    squares: &'a [f64],
    numbers: &'a [f64],
    counts: &'a mut [f64],
}

impl WithSimd for Count<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let numbers = S::as_simd_f64s(self.numbers).0.chunks_exact(TOGETHER);
        let counts = S::as_mut_simd_f64s(self.counts).0.chunks_exact_mut(TOGETHER);
        let (zero, one) = (simd.splat_f64s(0.0), simd.splat_f64s(1.0));
        let (least, negative) = (simd.splat_f64s(LEAST_PIVOT), simd.splat_f64s(-LEAST_PIVOT));
        for (numbers, counts) in numbers.zip(counts) {
            let mut pivots = [one; TOGETHER];
            let mut sums = [zero; TOGETHER];
            let mut square = 0.0;
            for (d, next) in self.d.iter().zip(self.squares) {
                let (diagonal, beside) = (simd.splat_f64s(*d), simd.splat_f64s(square));
                for lane in 0..TOGETHER {
                    let moved = simd.sub_f64s(diagonal, numbers[lane]);
                    let share = simd.div_f64s(beside, pivots[lane]);
                    let pivot = simd.sub_f64s(moved, share);
                    let tiny = simd.less_than_f64s(simd.abs_f64s(pivot), least);
                    let pivot = simd.select_f64s(tiny, negative, pivot);
                    let below = simd.less_than_f64s(pivot, zero);
                    sums[lane] = simd.add_f64s(sums[lane], simd.select_f64s(below, one, zero));
                    pivots[lane] = pivot;
                }
                square = *next;
            }
            counts.copy_from_slice(&sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The discrete Laplacian: d = 2, e = -1, eigenvalues 2 - 2 cos(pi k / (n + 1)).
    fn laplacian(n: usize) -> [Vec<f64>; 3] {
        let angle = |k: usize| std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64;
        let values = (0..n).map(|k| 2.0 - 2.0 * angle(k).cos()).collect();
        [vec![2.0; n], vec![-1.0; n], values]
    }

    fn unit(n: usize) -> f64 {
        n as f64 * f64::EPSILON * (6.0 * n as f64).sqrt()
    }

    #[test]
    fn known_values_are_confirmed() {
        for n in [1, 2, 25, 33, 200] {
            let [d, e, values] = laplacian(n);
            assert!(distance(&d, &e, &values, 0, unit(n)) <= 4.0, "order {n}");
            let some = &values[n / 3..n.div_ceil(2)];
            assert!(distance(&d, &e, some, n / 3, unit(n)) <= 4.0, "order {n}, some");
        }
    }

    /// Each alone: a shift far below the spacing, one value twice, a gap, two exchanged, NaN.
    #[test]
    fn wrong_values_are_not_confirmed() {
        let n = 120;
        let [d, e, values] = laplacian(n);
        let wrong = |change: &dyn Fn(&mut Vec<f64>)| {
            let mut values = values.clone();
            change(&mut values);
            distance(&d, &e, &values, 0, unit(n))
        };
        for k in 0..n {
            assert_eq!(wrong(&|v| v[k] += 1e-10), f64::INFINITY, "{k} shifted");
        }
        assert_eq!(wrong(&|v| v[5] = v[6]), f64::INFINITY);
        assert_eq!(wrong(&|v| v.swap(7, 8)), f64::INFINITY);
        assert_eq!(wrong(&|v| v[n / 2] = f64::NAN), f64::INFINITY);
        assert_eq!(distance(&d, &e, &values[1..9], 0, unit(n)), f64::INFINITY);
    }

    /// A value that is there three times, and the zero matrix.
    #[test]
    fn multiplicity_counts() {
        let (d, e) = ([1.0, 1.0, 1.0, 2.0, 0.0], [0.0; 5]);
        let unit = 5.0 * f64::EPSILON * 8.0_f64.sqrt();
        assert_eq!(distance(&d, &e, &[0.0, 1.0, 1.0, 1.0, 2.0], 0, unit), 0.25);
        assert_eq!(distance(&d, &e, &[0.0, 1.0, 1.0, 2.0, 2.0], 0, unit), f64::INFINITY);
        assert_eq!(distance(&d, &e, &[0.0, 0.0, 1.0, 1.0, 2.0], 0, unit), f64::INFINITY);
        assert_eq!(distance(&[0.0; 4], &[0.0; 4], &[0.0; 4], 0, 0.0), 0.25);
        assert_eq!(distance(&[0.0; 4], &[0.0; 4], &[0.0, 0.0, 0.0, 1e-200], 0, 0.0), f64::INFINITY);
    }
}
