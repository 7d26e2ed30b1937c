//! The whole matrix is checked where matrices come from outside; behind the door only its lower
//! triangle is read.
use num_complex::Complex64;

use crate::linalg::{HostBatch, LinalgError, Ragged};

/// Errors: a value that is not finite; |A - A^H| above 16 n eps |A| (largest elements), unless
/// `lower_only`.
pub(super) fn check(host: &HostBatch, lower_only: bool) -> Result<(), LinalgError> {
    match host {
        HostBatch::F64(ragged) => {
            let sizes = |value: f64| value.abs();
            each(ragged, lower_only, sizes, |a, b| (a - b).abs())
        }
        HostBatch::C128(ragged) => {
            each(ragged, lower_only, Complex64::norm, |a, b| (a - b.conj()).norm())
        }
    }
}

fn each<T: Copy + Default>(
    ragged: &Ragged<T>,
    lower_only: bool,
    size: impl Fn(T) -> f64,
    difference: impl Fn(T, T) -> f64,
) -> Result<(), LinalgError> {
    for index in 0..ragged.count() {
        let order = ragged.shape(index).rows;
        let matrix = ragged.matrix(index);
        let (mut largest, mut defect) = (0.0_f64, 0.0_f64);
        for row in 0..order {
            for col in 0..=row {
                let lower = matrix[row * order + col];
                if !size(lower).is_finite() {
                    return Err(LinalgError::NotFinite { index });
                }
                largest = largest.max(size(lower));
                if lower_only {
                    continue;
                }
                let upper = matrix[col * order + row];
                if !size(upper).is_finite() {
                    return Err(LinalgError::NotFinite { index });
                }
                largest = largest.max(size(upper));
                defect = defect.max(difference(lower, upper));
            }
        }
        let allowed = 16.0 * order as f64 * f64::EPSILON * largest;
        if defect > allowed {
            return Err(LinalgError::NotHermitian { index, defect, allowed });
        }
    }
    Ok(())
}
