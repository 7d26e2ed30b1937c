//! Two quadratures: the trapezoidal rule on the line (analytic, decaying integrands converge
//! exponentially) and Gauss-Legendre on [-1, 1] (polynomials of degree 2 n - 1 exactly).
use super::TransportError;
use std::f64::consts::PI;

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

/// Nodes and weights of the `count`-point Gauss-Legendre rule on [-1, 1], ascending.
pub fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let mut rule: Vec<(f64, f64)> = (0..count)
        .map(|i| {
            let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (value, derivative) = legendre(count, x);
                slope = derivative;
                let change = value / derivative;
                x -= change;
                if change.abs() < 1e-16 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect();
    rule.reverse();
    rule
}

/// P_n(x) and P_n'(x), |x| < 1.
fn legendre(order: usize, x: f64) -> (f64, f64) {
    let (mut below, mut value) = (1.0, x);
    if order == 0 {
        return (1.0, 0.0);
    }
    for l in 2..=order {
        let l = l as f64;
        (below, value) = (value, ((2.0 * l - 1.0) * x * value - (l - 1.0) * below) / l);
    }
    (value, order as f64 * (x * value - below) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// n points integrate x^(2n-2) exactly and x^(2n) not.
    #[test]
    fn gauss_is_exact_up_to_its_degree() {
        for count in 1..=40 {
            let rule = gauss_legendre(count);
            let moment = |power: i32| rule.iter().map(|(x, w)| w * x.powi(power)).sum::<f64>();
            let top = 2 * count as i32 - 2;
            assert!((moment(top) - 2.0 / f64::from(top + 1)).abs() < 1e-14, "{count} points");
            assert!(moment(1).abs() < 1e-15);
            if count < 10 {
                assert!((moment(top + 2) - 2.0 / f64::from(top + 3)).abs() > 1e-8, "{count}");
            }
        }
    }
}
