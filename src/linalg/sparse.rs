//! One sparse linear system, through faer's LU, on this thread.
use super::LinalgError;
use faer::Mat;
use faer::linalg::solvers::Solve;
use faer::sparse::{SparseColMat, Triplet};

/// The solution and how well it solves.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseSolution {
    pub x: Vec<f64>,
    /// max |A x - b| / (max |A| max |x| + max |b|)
    pub residual: f64,
}

/// Solves A x = b; `entries` are (row, column, value), repeated ones add up.
///
/// # Errors
/// `Shape` for an index or right side that does not fit, `NotFinite`, `Singular`.
pub fn solve_sparse(
    order: usize,
    entries: &[(usize, usize, f64)],
    right: &[f64],
) -> Result<SparseSolution, LinalgError> {
    let shape = |rows: usize, cols: usize| LinalgError::Shape {
        index: 0,
        rows,
        cols,
        expected: format!("{order} x {order} with a right side of {order}"),
    };
    if right.len() != order {
        return Err(shape(right.len(), 1));
    }
    let finite = |value: f64| value.is_finite();
    if !right.iter().copied().all(finite) || !entries.iter().all(|entry| finite(entry.2)) {
        return Err(LinalgError::NotFinite { index: 0 });
    }
    if let Some(outside) = entries.iter().find(|entry| order <= entry.0.max(entry.1)) {
        return Err(shape(outside.0, outside.1));
    }
    let triplets: Vec<_> = entries.iter().map(|e| Triplet::new(e.0, e.1, e.2)).collect();
    let singular = || LinalgError::Singular { index: 0, order };
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(order, order, &triplets)
        .map_err(|_| singular())?;
    let b = Mat::from_fn(order, 1, |row, _| right[row]);
    let solved = matrix.sp_lu().map_err(|_| singular())?.solve(&b);
    let x: Vec<f64> = (0..order).map(|row| solved[(row, 0)]).collect();
    let residual = residual(entries, &x, right);
    // A zero pivot leaves infinities or nonsense behind, without a word.
    if 1e-6 < residual || residual.is_nan() {
        return Err(singular());
    }
    Ok(SparseSolution { x, residual })
}

fn residual(entries: &[(usize, usize, f64)], x: &[f64], right: &[f64]) -> f64 {
    let largest = |values: &mut dyn Iterator<Item = f64>| {
        values.fold(0.0_f64, |max, value| if value.is_nan() { value } else { max.max(value.abs()) })
    };
    let mut defect: Vec<f64> = right.iter().map(|value| -value).collect();
    for (row, column, value) in entries {
        defect[*row] += value * x[*column];
    }
    let scale = largest(&mut entries.iter().map(|entry| entry.2)) * largest(&mut x.iter().copied())
        + largest(&mut right.iter().copied());
    if scale == 0.0 { 0.0 } else { largest(&mut defect.into_iter()) / scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// -u'' = 1 with u = 0 at both ends: u = x (1 - x)/2 at the nodes, exactly.
    #[test]
    fn chain_under_load() {
        let order = 999;
        let h = 1.0 / (order + 1) as f64;
        let mut entries = Vec::new();
        for i in 0..order {
            // Two halves: repeated entries add up.
            entries.extend([(i, i, 1.0), (i, i, 1.0)]);
            if 0 < i {
                entries.extend([(i, i - 1, -1.0), (i - 1, i, -1.0)]);
            }
        }
        let solved = solve_sparse(order, &entries, &vec![h * h; order]).unwrap();
        assert!(solved.residual < 1e-15, "{}", solved.residual);
        for (i, value) in solved.x.iter().enumerate() {
            let x = h * (i + 1) as f64;
            // Condition number 4e5.
            assert!((value - 0.5 * x * (1.0 - x)).abs() < 1e-11);
        }
    }

    /// The LU is not the symmetric one: a permuted triangle.
    #[test]
    fn unsymmetric_system() {
        let entries = [(0, 1, 2.0), (1, 2, 4.0), (1, 0, 1.0), (2, 0, -1.0)];
        let solved = solve_sparse(3, &entries, &[2.0, 1.0, 3.0]).unwrap();
        assert_eq!(solved.x, [-3.0, 1.0, 1.0]);
    }

    #[test]
    fn what_cannot_be_solved_is_refused() {
        let singular =
            solve_sparse(2, &[(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0)], &[1.0, 2.0]);
        assert!(matches!(singular, Err(LinalgError::Singular { .. })), "{singular:?}");
        assert!(matches!(
            solve_sparse(2, &[(2, 0, 1.0)], &[0.0; 2]),
            Err(LinalgError::Shape { .. })
        ));
        assert!(matches!(solve_sparse(2, &[], &[0.0]), Err(LinalgError::Shape { .. })));
        let nan = solve_sparse(1, &[(0, 0, f64::NAN)], &[1.0]);
        assert!(matches!(nan, Err(LinalgError::NotFinite { .. })));
    }
}
