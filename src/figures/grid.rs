//! Points on axes.

/// `count` points from `from` to `to`, both included.
pub(super) fn linear(from: f64, to: f64, count: usize) -> Vec<f64> {
    let last = count.max(2) - 1;
    (0..=last)
        .map(|i| {
            let share = i as f64 / last as f64;
            // Both ends exactly.
            from * (1.0 - share) + to * share
        })
        .collect()
}

/// Evenly spaced in the logarithm.
pub(super) fn logarithmic(from: f64, to: f64, count: usize) -> Vec<f64> {
    linear(from.ln(), to.ln(), count).into_iter().map(f64::exp).collect()
}

/// With the marked points put in; near neighbours of a marked point make room.
pub(super) fn with(mut points: Vec<f64>, marked: &[f64]) -> Vec<f64> {
    points.retain(|point| {
        let near = |mark: &f64| (point - mark).abs() <= 1e-9 * mark.abs().max(1e-9);
        !marked.iter().any(near)
    });
    points.extend_from_slice(marked);
    points.sort_by(f64::total_cmp);
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_their_ends_and_marks() {
        assert_eq!(linear(0.0, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(linear(0.3, 0.3, 1).len(), 2);
        let decades = logarithmic(0.1, 10.0, 3);
        assert!((decades[1] - 1.0).abs() < 1e-14);
        assert_eq!(with(vec![0.0, 0.1 + 1e-17, 0.2], &[0.1, 0.15]), [0.0, 0.1, 0.15, 0.2]);
    }
}
