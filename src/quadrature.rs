//! Gauss-Legendre quadrature on [-1, 1]: polynomials of degree 2 n - 1 exactly.
use std::f64::consts::PI;

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
