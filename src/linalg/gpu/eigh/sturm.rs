//! Values without vectors have no residual; what can be said of them is said here, on the host.
//!
//! A unitary transformation keeps the Frobenius norm: |T| = |A| for the tridiagonal matrix T. Its
//! eigenvalues have its trace and norm, and as many of them lie below a number as Sturm's sequence
//! counts (Golub and Van Loan 8.4.1): that the k-th value is the k-th is tested for a few k. All
//! within LAPACK's threshold in units of n |A| eps.
use super::super::recorder::Recorder;
use super::certify;
use super::wave::Wave;
use crate::linalg::LinalgError;
use crate::linalg::check::THRESHOLD;

/// Counted values of a matrix, the first and the last among them.
const SAMPLES: usize = 8;

/// Whether the values of each matrix pass; `values` are those of the scaled matrices.
pub(super) fn check(
    recorder: &mut Recorder<'_>,
    wave: &Wave,
    source: &wgpu::Buffer,
    values: &[Vec<f64>],
) -> Result<Vec<bool>, LinalgError> {
    let norms = certify::norms(recorder, wave, source)?;
    let mut reals = vec![f64::NAN; 2 * wave.rows];
    recorder.device.read(&wave.reals, 0, bytemuck::cast_slice_mut(&mut reals))?;
    let of = |job: usize| {
        let n = wave.items[job].order;
        let (d, e) = reals[2 * wave.jobs[job].first_row as usize..][..2 * n].split_at(n);
        passes(d, &e[..n - 1], &values[job], norms[job].sqrt())
    };
    Ok((0..wave.items.len()).map(of).collect())
}

/// `norm`: Frobenius norm of the matrix that was brought to the form with diagonal `d` and
/// off-diagonal `e`.
fn passes(d: &[f64], e: &[f64], values: &[f64], norm: f64) -> bool {
    let n = d.len();
    let tolerance = THRESHOLD * n as f64 * f64::EPSILON * norm;
    if norm == 0.0 {
        return values.iter().all(|value| *value == 0.0);
    }
    if values.iter().any(|value| !value.is_finite()) {
        return false;
    }
    let root = |sum: f64| sum.sqrt();
    let of_t = root(squares(d) + 2.0 * squares(e));
    // Each of n terms of a sum of squares may be off by the tolerance.
    let sums = (d.iter().sum::<f64>() - values.iter().sum::<f64>()).abs();
    (of_t - norm).abs() <= tolerance
        && (root(squares(values)) - of_t).abs() <= tolerance * root(n as f64)
        && sums <= tolerance * n as f64
        && samples(n).all(|k| {
            count_below(d, e, values[k] - tolerance) <= k
                && k < count_below(d, e, values[k] + tolerance)
        })
}

fn samples(n: usize) -> impl Iterator<Item = usize> {
    let count = SAMPLES.min(n);
    (0..count).map(move |i| if count < 2 { 0 } else { i * (n - 1) / (count - 1) })
}

fn squares(list: &[f64]) -> f64 {
    list.iter().map(|x| x * x).sum()
}

/// Eigenvalues below `x`, by the signs of the pivots of T - x.
fn count_below(d: &[f64], e: &[f64], x: f64) -> usize {
    let (mut pivot, mut count) = (d[0] - x, 0);
    for i in 0..d.len() {
        if i != 0 {
            // A zero stands for the smallest number; its reciprocal stays finite.
            let before = if pivot.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { pivot };
            pivot = d[i] - x - e[i - 1] * (e[i - 1] / before);
        }
        if pivot < 0.0 {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_matrix_has_zeros() {
        assert!(passes(&[0.0; 3], &[0.0; 2], &[0.0; 3], 0.0));
        assert!(!passes(&[0.0; 3], &[0.0; 2], &[0.0, 0.0, 1e-300], 0.0));
    }

    /// The discrete Laplacian: d = 2, e = -1, eigenvalues 2 - 2 cos(pi k / (n + 1)).
    #[test]
    fn known_values_pass_and_wrong_ones_do_not() {
        for n in [1_usize, 2, 33, 200] {
            let (d, e) = (vec![2.0; n], vec![-1.0; n - 1]);
            let angle = |k: usize| std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64;
            let values: Vec<f64> = (0..n).map(|k| 2.0 - 2.0 * angle(k).cos()).collect();
            let norm = (4.0 * n as f64 + 2.0 * (n - 1) as f64).sqrt();
            assert!(passes(&d, &e, &values, norm), "order {n}");
            assert!(!passes(&d, &e, &values, norm * (1.0 + 1e-10)), "another matrix");
            let step = 1e-3 / n as f64;
            let shifted: Vec<f64> = values.iter().map(|value| value + step).collect();
            assert!(!passes(&d, &e, &shifted, norm), "order {n}: shifted");
            if n < 3 {
                continue;
            }
            // Trace and norm stay nearly the same; the counts see it.
            let mut twice = values.clone();
            twice[0] = values[1];
            assert!(!passes(&d, &e, &twice, norm), "order {n}: one lost");
            let mut unknown = values;
            unknown[n / 2] = f64::NAN;
            assert!(!passes(&d, &e, &unknown, norm), "order {n}: NaN");
        }
    }
}
