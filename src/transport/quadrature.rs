//! The trapezoidal rule on the line: analytic, decaying integrands converge exponentially.
use super::TransportError;

/// More nodes than this are refused: a few seconds of work.
const MAX_NODES: u64 = 1 << 24;

/// Where the trapezoidal rule starts, and when it is satisfied.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub from: f64,
    pub to: f64,
    /// First step; halved until two steps agree.
    pub step: f64,
    /// Allowed difference of two steps, relative to the largest component.
    pub tolerance: f64,
}

/// Integrals over the line of all components of `integrand`, which must be negligible at both ends.
///
/// # Errors
/// `TooLarge` above 2^24 nodes.
pub fn on_line<const N: usize>(
    what: &'static str,
    line: Line,
    mut integrand: impl FnMut(f64) -> [f64; N],
) -> Result<[f64; N], TransportError> {
    let wanted = ((line.to - line.from) / line.step).ceil();
    let mut intervals = if wanted <= MAX_NODES as f64 { (wanted as u64).max(2) } else { MAX_NODES };
    let mut step = (line.to - line.from) / intervals as f64;
    let mut sums = [0.0; N];
    let mut previous = [f64::INFINITY; N];
    let mut first = 0.0;
    loop {
        if MAX_NODES <= intervals {
            let needed = wanted.max(intervals as f64).min(1e18) as u64;
            return Err(TransportError::TooLarge { what, needed, limit: MAX_NODES });
        }
        // The first pass takes all nodes, later ones only those halfway between.
        for i in 0..=intervals {
            let values = integrand(line.from + (i as f64 + first) * step);
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
        if first == 0.5 {
            step *= 0.5;
            intervals *= 2;
        }
        let current = sums.map(|sum| sum * step);
        let largest = current.iter().fold(0.0_f64, |max, value| max.max(value.abs()));
        let defects = current.iter().zip(previous).map(|(new, old)| (new - old).abs());
        if defects.fold(0.0, f64::max) <= line.tolerance * largest {
            return Ok(current);
        }
        previous = current;
        first = 0.5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// exp(-x^2) cos(x): sqrt(pi) exp(-1/4); sech^2: 2.
    #[test]
    fn known_integrals_on_the_line() {
        let line = Line { from: -45.0, to: 45.0, step: 3.0, tolerance: 1e-14 };
        let found = on_line("test", line, |x| [(-x * x).exp() * x.cos(), x.cosh().powi(-2)]);
        let found = found.expect("converges");
        assert!((found[0] - PI.sqrt() * (-0.25_f64).exp()).abs() < 1e-14, "{found:?}");
        assert!((found[1] - 2.0).abs() < 1e-14, "{found:?}");
    }

    /// |x| decays nowhere smoothly enough at 0: the rule must say so instead of answering.
    #[test]
    fn what_does_not_converge_is_refused() {
        let line = Line { from: -45.0, to: 45.0, step: 1.0, tolerance: 1e-18 };
        let found = on_line("test", line, |x| [(-(x - 0.1).abs()).exp()]);
        assert!(matches!(found, Err(TransportError::TooLarge { .. })));
        let endless = Line { step: 1e-300, ..line };
        assert!(on_line("test", endless, |x| [x]).is_err());
    }
}
