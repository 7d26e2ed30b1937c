//! What a merge of divide and conquer has to compute at all (LAPACK's laed2): poles that do not
//! couple, and poles so close that a rotation decouples one of them, are eigenvalues already.

/// Instead of a place: the column does not go there.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Which rows of a column can be other than zero: those of the first half, of both, of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Support {
    First,
    Both,
    Second,
}

/// Columns `x`, `y` become `c x + s y`, `c y - s x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rotation {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) cosine: f64,
    pub(super) sine: f64,
}

/// D + rho z z^T after deflation, and where the columns go.
#[derive(Debug, Clone, Default)]
pub(super) struct Merge {
    pub(super) rho: f64,
    /// Ascending, distinct.
    pub(super) poles: Vec<f64>,
    /// z of each pole, none of them negligible.
    pub(super) weights: Vec<f64>,
    /// Row of the inner vectors that belongs to each pole: columns with support in the first half
    /// come first, those with support in the second half last.
    pub(super) rows: Vec<u32>,
    /// Poles with support in the first, in the second half.
    pub(super) n_first: usize,
    pub(super) n_second: usize,
    /// Eigenvalues found by deflation.
    pub(super) deflated: Vec<f64>,
    pub(super) rotations: Vec<Rotation>,
    /// For each column: its place among the packed columns of either half, and among the new
    /// columns if it is deflated.
    pub(super) to_first: Vec<u32>,
    pub(super) to_second: Vec<u32>,
    pub(super) to_deflated: Vec<u32>,
}

/// Eigenvalues `values` of two halves (the first `n_left` belong to the first one, each half in any
/// order) coupled by `rho z z^T`, where z is the last row of the first half's vectors and the first
/// row of the second's.
pub(super) fn deflate(values: &[f64], n_left: usize, z: &[f64], coupling: f64) -> Merge {
    let n = values.len();
    debug_assert_eq!(z.len(), n);
    let mut d = values.to_vec();
    // |z| = 1 afterwards.
    let root = 0.5_f64.sqrt();
    let sign = |index: usize| if coupling < 0.0 && n_left <= index { -root } else { root };
    let mut z: Vec<f64> = z.iter().enumerate().map(|(index, z)| z * sign(index)).collect();
    let rho = 2.0 * coupling.abs();
    let mut support: Vec<Support> =
        (0..n).map(|k| if k < n_left { Support::First } else { Support::Second }).collect();
    let largest = |list: &[f64]| list.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let tolerance = 8.0 * f64::EPSILON * largest(&d).max(largest(&z));

    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| d[i].total_cmp(&d[j]));
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    let mut rotations = Vec::new();
    let mut before: Option<usize> = None;
    for next in order {
        if rho * z[next].abs() <= tolerance {
            gone.push(next);
            continue;
        }
        let Some(last) = before.replace(next) else { continue };
        let length = z[next].hypot(z[last]);
        let (cosine, sine) = (z[next] / length, -z[last] / length);
        let gap = d[next] - d[last];
        if tolerance < (gap * cosine * sine).abs() {
            kept.push(last);
            continue;
        }
        z[next] = length;
        z[last] = 0.0;
        if support[next] != support[last] {
            support[next] = Support::Both;
        }
        rotations.push(Rotation { x: last, y: next, cosine, sine });
        let (low, high) = (d[last], d[next]);
        d[last] = low * cosine * cosine + high * sine * sine;
        d[next] = low * sine * sine + high * cosine * cosine;
        gone.push(last);
    }
    kept.extend(before);
    arrange(&d, &z, &support, rho, (&kept, &gone), rotations)
}

fn arrange(
    d: &[f64],
    z: &[f64],
    support: &[Support],
    rho: f64,
    (kept, gone): (&[usize], &[usize]),
    rotations: Vec<Rotation>,
) -> Merge {
    let n = d.len();
    let count = |wanted: Support| kept.iter().filter(|&&k| support[k] == wanted).count();
    let only_first = count(Support::First);
    let n_first = only_first + count(Support::Both);
    let n_second = kept.len() - only_first;
    let mut merge = Merge {
        rho,
        poles: kept.iter().map(|&k| d[k]).collect(),
        weights: kept.iter().map(|&k| z[k]).collect(),
        rows: vec![0; kept.len()],
        n_first,
        n_second,
        deflated: gone.iter().map(|&k| d[k]).collect(),
        rotations,
        to_first: vec![NOWHERE; n],
        to_second: vec![NOWHERE; n],
        to_deflated: vec![NOWHERE; n],
    };
    let mut by_support: Vec<usize> = (0..kept.len()).collect();
    by_support.sort_by_key(|&pole| support[kept[pole]]);
    for (row, &pole) in by_support.iter().enumerate() {
        let column = kept[pole];
        merge.rows[pole] = row as u32;
        if row < n_first {
            merge.to_first[column] = row as u32;
        }
        if only_first <= row {
            merge.to_second[column] = (row - only_first) as u32;
        }
    }
    for (index, &column) in gone.iter().enumerate() {
        merge.to_deflated[column] = (kept.len() + index) as u32;
    }
    merge
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D + rho z z^T keeps its trace and its square's, whatever is deflated and turned.
    #[test]
    fn deflation_keeps_the_matrix() {
        let values = [0.0, 1.0, 1.0, 2.0, -1.0, 1.0, 1.0 + 1e-17, 3.0];
        let z = [0.5, 0.3, 1e-20, 0.8, 0.2, 0.4, 0.5, 0.7];
        for coupling in [0.7, -0.7] {
            let merge = deflate(&values, 4, &z, coupling);
            let invariants = |d: &[f64], z: &[f64], rho: f64| {
                let trace: f64 = d.iter().zip(z).map(|(d, z)| d + rho * z * z).sum();
                let norm: f64 = z.iter().map(|z| z * z).sum();
                let squares: f64 =
                    d.iter().zip(z).map(|(d, z)| d * d + 2.0 * rho * d * z * z).sum();
                (trace, squares + rho * rho * norm * norm)
            };
            let (mut d, mut weights) = (merge.poles.clone(), merge.weights.clone());
            d.extend(&merge.deflated);
            weights.resize(values.len(), 0.0);
            let before = invariants(&values, &z, coupling.abs());
            let after = invariants(&d, &weights, merge.rho);
            assert!((before.0 - after.0).abs() < 1e-14, "{before:?} {after:?}");
            assert!((before.1 - after.1).abs() < 1e-13, "{before:?} {after:?}");
            // Four values 1 leave one pole; the 1e-20 goes by itself.
            assert_eq!(merge.poles.len(), 5);
            assert!(merge.poles.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(merge.rotations.len(), 2);
        }
    }

    /// Every column is packed where its rows are, or deflated, and nothing twice.
    #[test]
    fn every_column_has_its_place() {
        let values = [0.0, 2.0, 4.0, 1.0, 2.0, 6.0];
        let merge = deflate(&values, 3, &[0.4, 0.5, 0.6, 0.4, 0.5, 0.6], 1.0);
        let n = merge.poles.len();
        assert_eq!((n, merge.deflated.len(), merge.n_first + merge.n_second), (5, 1, 6));
        let mut rows = merge.rows.clone();
        rows.sort_unstable();
        assert_eq!(rows, [0, 1, 2, 3, 4]);
        for column in 0..values.len() {
            let packed = merge.to_first[column] != NOWHERE || merge.to_second[column] != NOWHERE;
            assert_ne!(packed, merge.to_deflated[column] != NOWHERE);
        }
    }
}
