//! Zeros and minima of smooth functions, zeros of polynomials, and the few functions of a complex
//! argument that stay finite where hyperbolic ones overflow.
use num_complex::Complex64;
use std::f64::consts::TAU;

/// The zero between `a` and `b`, where `function` has opposite signs (Ridders' method, with
/// bisection where it stalls), to the last bits of the bracket.
pub(super) fn zero_between(mut function: impl FnMut(f64) -> f64, a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a, b);
    let (mut at_a, mut at_b) = (function(a), function(b));
    if at_a == 0.0 {
        return a;
    }
    for _ in 0..200 {
        let middle = 0.5 * (a + b);
        if at_b == 0.0 || (b - a).abs() <= 2.0 * f64::EPSILON * a.abs().max(b.abs()) {
            break;
        }
        let at_middle = function(middle);
        narrow([&mut a, &mut at_a, &mut b, &mut at_b], middle, at_middle);
        let discriminant = at_middle * at_middle - at_a * at_b;
        let step = (middle - a) * at_middle / discriminant.sqrt();
        let guess = middle + if at_a < at_b { -step } else { step };
        if (a < guess && guess < b) || (b < guess && guess < a) {
            let at_guess = function(guess);
            narrow([&mut a, &mut at_a, &mut b, &mut at_b], guess, at_guess);
        }
    }
    if at_a.abs() < at_b.abs() { a } else { b }
}

/// Puts `x` in the place of the end of the bracket whose value has its sign.
fn narrow([a, at_a, b, at_b]: [&mut f64; 4], x: f64, at_x: f64) {
    if at_x == 0.0 {
        (*a, *at_a, *b, *at_b) = (x, 0.0, x, 0.0);
    } else if (at_x < 0.0) == (*at_a < 0.0) {
        (*a, *at_a) = (x, at_x);
    } else {
        (*b, *at_b) = (x, at_x);
    }
}

/// Place and value of the minimum between `a` and `b` (golden sections), the place to about 1e-9
/// of the interval where rounding of the values allows.
pub(super) fn minimum_between(mut function: impl FnMut(f64) -> f64, a: f64, b: f64) -> (f64, f64) {
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut a, mut b) = (a, b);
    let (mut left, mut right) = (b - golden * (b - a), a + golden * (b - a));
    let (mut at_left, mut at_right) = (function(left), function(right));
    for _ in 0..45 {
        if at_left < at_right {
            (b, right, at_right) = (right, left, at_left);
            left = b - golden * (b - a);
            at_left = function(left);
        } else {
            (a, left, at_left) = (left, right, at_right);
            right = a + golden * (b - a);
            at_right = function(right);
        }
    }
    if at_left < at_right { (left, at_left) } else { (right, at_right) }
}

/// Value and derivative at `centre` of a function analytic within `radius`, from its values on that
/// circle: for a removable singularity at the centre.
pub(super) fn from_circle(
    function: impl Fn(Complex64) -> Complex64,
    centre: f64,
    radius: f64,
) -> (f64, f64) {
    const POINTS: usize = 16;
    let (mut value, mut slope) = (0.0, 0.0);
    for i in 0..POINTS {
        let direction = Complex64::from_polar(1.0, TAU * (i as f64 + 0.5) / POINTS as f64);
        let there = function(centre + radius * direction);
        value += there.re / POINTS as f64;
        slope += (there / direction).re / (radius * POINTS as f64);
    }
    (value, slope)
}

/// The four zeros of `sum_n coefficients[n] x^n` (simultaneous iteration of Aberth). The last
/// coefficient is not 0.
pub(super) fn quartic(coefficients: [Complex64; 5]) -> [Complex64; 4] {
    let monic = coefficients.map(|one| one / coefficients[4]);
    let size = (0..4).map(|n| monic[n].norm().powf(1.0 / (4 - n) as f64)).fold(0.0, f64::max);
    // Off any axis of symmetry, so that no two starting points move alike.
    let mut zeros: [Complex64; 4] =
        std::array::from_fn(|n| Complex64::from_polar(0.8 * size, 0.4 + 1.6 * n as f64));
    for _ in 0..100 {
        let mut moved = 0.0_f64;
        for n in 0..4 {
            let step = aberth_step(&monic, &zeros, n);
            zeros[n] -= step;
            moved = moved.max(step.norm() / (zeros[n].norm() + 1e-8 * size));
        }
        // Cubic convergence: what is left is below rounding; a double zero has no more to gain.
        if moved <= 1e-9 {
            break;
        }
    }
    zeros
}

fn aberth_step(monic: &[Complex64; 5], zeros: &[Complex64; 4], n: usize) -> Complex64 {
    let (mut value, mut slope) = (Complex64::ZERO, Complex64::ZERO);
    for coefficient in monic.iter().rev() {
        slope = slope * zeros[n] + value;
        value = value * zeros[n] + coefficient;
    }
    let others = (0..4).filter(|m| *m != n && zeros[*m] != zeros[n]);
    let repulsion: Complex64 = others.map(|m| (zeros[n] - zeros[m]).inv()).sum();
    let step = value / (slope - value * repulsion);
    if step.is_finite() { step } else { Complex64::ZERO }
}

/// `(1 - exp(-2 z)) / (2 z)`, 1 at z = 0: `sinh(z)/z` without its growth, for Re z >= 0.
pub(super) fn decayed_sinhc(z: Complex64) -> Complex64 {
    if 0.05 < z.norm() {
        return (1.0 - (-2.0 * z).exp()) / (2.0 * z);
    }
    let (mut sum, mut term) = (Complex64::ONE, Complex64::ONE);
    for n in 2..14 {
        term *= -2.0 * z / f64::from(n);
        sum += term;
    }
    sum
}

/// The square root with a real part >= 0.
pub(super) fn decaying_root(square: Complex64) -> Complex64 {
    let root = square.sqrt();
    if root.re < 0.0 { -root } else { root }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_found_to_the_last_bits() {
        assert!((zero_between(f64::cos, 1.0, 2.0) - 0.5 * std::f64::consts::PI).abs() < 4e-16);
        // Steep and flat: a triple zero, and one seventeen orders below the bracket.
        assert!(zero_between(|x| x * x * x, -1.0, 2.0).abs() < 1e-15);
        let tiny = zero_between(|x| x - 1e-17, 0.0, 1.0);
        assert!((tiny - 1e-17).abs() < 1e-32, "{tiny:e}");
        let (place, value) = minimum_between(|x| (x - 0.3).powi(2) - 2.0, -1.0, 1.0);
        assert!((place - 0.3).abs() < 2e-8 && (value + 2.0).abs() < 1e-15, "{place}");
    }

    #[test]
    fn zeros_of_a_quartic_multiply_to_its_coefficients() {
        let c = |re, im| Complex64::new(re, im);
        for roots in [
            [c(1.0, 2.0), c(-3.0, 0.5), c(0.01, 0.0), c(40.0, -7.0)],
            [c(1.0, 0.0), c(-1.0, 0.0), c(0.1, 0.0), c(-0.1, 0.0)],
            [c(0.0, 1.0), c(0.0, -1.0), c(2.0, 1.0), c(2.0, -1.0)],
        ] {
            let mut coefficients = [Complex64::ZERO; 5];
            coefficients[0] = c(2.0, 0.0);
            for (n, root) in roots.iter().enumerate() {
                for m in (0..=n + 1).rev() {
                    let below = if m == 0 { Complex64::ZERO } else { coefficients[m - 1] };
                    coefficients[m] = below - root * coefficients[m];
                }
            }
            let found = quartic(coefficients);
            for root in roots {
                let near = found.iter().map(|one| (one - root).norm()).fold(1.0, f64::min);
                assert!(near < 1e-13 * root.norm().max(1.0), "{root}: {found:?}");
            }
        }
    }

    #[test]
    fn decayed_sinhc_is_smooth_where_its_two_forms_meet() {
        for angle in [0.0, 0.7, 1.5] {
            let z = |r| Complex64::from_polar(r, angle);
            let (below, above) = (decayed_sinhc(z(0.049_999_999)), decayed_sinhc(z(0.050_000_001)));
            assert!((below - above).norm() < 3e-9);
            let exact = z(0.04).sinh() / z(0.04) * (-z(0.04)).exp();
            assert!((decayed_sinhc(z(0.04)) - exact).norm() < 1e-14);
        }
        assert!((decayed_sinhc(Complex64::new(1e4, 3.0)).norm() - 0.5e-4).abs() < 1e-9);
    }

    /// exp has derivative exp; (z^2 - 1)/(z - 1) has a hole at 1.
    #[test]
    fn a_circle_gives_value_and_slope() {
        let (value, slope) = from_circle(Complex64::exp, 0.3, 0.1);
        assert!((value - 0.3_f64.exp()).abs() < 1e-15 && (slope - 0.3_f64.exp()).abs() < 1e-14);
        let (value, slope) = from_circle(|z| (z * z - 1.0) / (z - 1.0), 1.0, 0.1);
        assert!((value - 2.0).abs() < 1e-14 && (slope - 1.0).abs() < 1e-13);
    }
}
