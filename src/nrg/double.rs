//! Double-double numbers (about 31 digits): the star and its Lanczos recursion need them (`ladder`).
//!
//! A value is the unevaluated sum of two doubles; the error-free sum is Knuth's, the error-free
//! product Dekker's (no fused multiply-add, so the bits do not depend on the processor).
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Double {
    high: f64,
    low: f64,
}

const LN2: Double = Double { high: std::f64::consts::LN_2, low: 2.319_046_813_846_299_6e-17 };
const PI: Double = Double { high: std::f64::consts::PI, low: 1.224_646_799_147_353_2e-16 };

fn two_sum(a: f64, b: f64) -> Double {
    let high = a + b;
    let b_part = high - a;
    Double { high, low: (a - (high - b_part)) + (b - b_part) }
}

fn quick_two_sum(a: f64, b: f64) -> Double {
    let high = a + b;
    Double { high, low: b - (high - a) }
}

fn split(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a; // 2^27 + 1
    let high = scaled - (scaled - a);
    (high, a - high)
}

fn two_product(a: f64, b: f64) -> Double {
    let high = a * b;
    let (a1, a2) = split(a);
    let (b1, b2) = split(b);
    Double { high, low: ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2 }
}

impl Double {
    pub(super) const ZERO: Self = Self { high: 0.0, low: 0.0 };
    pub(super) const ONE: Self = Self { high: 1.0, low: 0.0 };

    pub(super) fn pi() -> Self {
        PI
    }

    pub(super) fn to_f64(self) -> f64 {
        self.high + self.low
    }

    pub(super) fn abs(self) -> Self {
        if self.high < 0.0 { -self } else { self }
    }

    pub(super) fn sqrt(self) -> Self {
        if self.high <= 0.0 {
            return Self::ZERO;
        }
        // One Newton step on the double result doubles its digits.
        let guess = Self::from(self.high.sqrt());
        (guess + self / guess) * 0.5
    }

    /// exp by reduction to |r| < ln2 / 1024, a Taylor series, and nine squarings of exp(r) - 1.
    pub(super) fn exp(self) -> Self {
        let halvings = 9;
        let twos = (self.high / LN2.high).round();
        let reduced = (self - LN2 * twos) * 0.5_f64.powi(halvings);
        let (mut term, mut sum) = (reduced, reduced);
        for k in 2..=9 {
            term = term * reduced / Self::from(f64::from(k));
            sum += term;
        }
        for _ in 0..halvings {
            sum = sum * 2.0 + sum * sum; // (1 + s)^2 - 1
        }
        (sum + Self::ONE) * 2.0_f64.powi(twos as i32)
    }

    /// Natural logarithm: two Newton steps on exp.
    pub(super) fn ln(self) -> Self {
        let mut result = Self::from(self.high.ln());
        for _ in 0..2 {
            result = result + self * (-result).exp() - Self::ONE;
        }
        result
    }

    /// (sin, cos) of pi times this number; the reduction to |t| <= 1/4 is exact.
    pub(super) fn sin_cos_pi(self) -> (Self, Self) {
        let quarters = (2.0 * self.high).round();
        let reduced = self - Self::from(0.5 * quarters);
        let (sin, cos) = sin_cos_small(reduced * PI);
        match quarters.rem_euclid(4.0) as u8 {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        }
    }
}

/// Taylor series for |x| <= pi/4 (a little more does not hurt).
fn sin_cos_small(x: Double) -> (Double, Double) {
    let square = x * x;
    let (mut sin, mut cos) = (x, Double::ONE);
    let (mut sin_term, mut cos_term) = (x, Double::ONE);
    for k in 1..=14 {
        let k = f64::from(k);
        cos_term = -(cos_term * square) / Double::from((2.0 * k - 1.0) * (2.0 * k));
        sin_term = -(sin_term * square) / Double::from((2.0 * k) * (2.0 * k + 1.0));
        cos += cos_term;
        sin += sin_term;
    }
    (sin, cos)
}

/// 1 - sin(x)/x without cancellation, from sin(x) where x is large and by its series where it is small.
pub(super) fn one_minus_sinc(x: Double, sin: Double) -> Double {
    if 1.0 < x.high.abs() {
        return Double::ONE - sin / x;
    }
    let square = x * x;
    let mut term = square / Double::from(6.0);
    let mut sum = term;
    for k in 2..=15 {
        let k = f64::from(k);
        term = -(term * square) / Double::from((2.0 * k) * (2.0 * k + 1.0));
        sum += term;
    }
    sum
}

impl From<f64> for Double {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl Neg for Double {
    type Output = Self;
    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Add for Double {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let high = two_sum(self.high, other.high);
        let low = two_sum(self.low, other.low);
        let sum = quick_two_sum(high.high, high.low + low.high);
        quick_two_sum(sum.high, sum.low + low.low)
    }
}

impl Sub for Double {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl AddAssign for Double {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Double {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Mul for Double {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = two_product(self.high, other.high);
        quick_two_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Mul<f64> for Double {
    type Output = Self;
    fn mul(self, other: f64) -> Self {
        let product = two_product(self.high, other);
        quick_two_sum(product.high, product.low + self.low * other)
    }
}

impl Div for Double {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * first;
        let second = rest.high / other.high;
        let rest = rest - other * second;
        let third = rest.high / other.high;
        let sum = quick_two_sum(first, second);
        quick_two_sum(sum.high, sum.low + third)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance of two double-doubles in units of 2^-104.
    fn close(a: Double, b: Double) -> bool {
        (a - b).abs().to_f64() <= 64.0 * 2.0_f64.powi(-104) * b.abs().to_f64().max(1e-300)
    }

    #[test]
    fn exp_and_ln_invert_each_other() {
        for x in [1.7, 2.0, 2.5, 4.0, 8.0, 1e-7, 123.456] {
            let x = Double::from(x);
            assert!(close(x.ln().exp(), x), "{x:?}");
        }
        assert!(close(Double::from(2.0).ln(), LN2));
    }

    /// sin(pi t) obeys the triple-angle formula; sin^2 + cos^2 = 1; exact zeros on integers.
    #[test]
    fn sine_and_cosine_keep_their_identities() {
        for t in [0.1, 0.24, 0.26, 0.7, 1.3, 123.4, 500_000.3, -0.4] {
            let t = Double::from(t);
            let (sin, cos) = t.sin_cos_pi();
            assert!(close(sin * sin + cos * cos, Double::ONE));
            let (sin3, _) = (t * 3.0).sin_cos_pi();
            let triple = sin * 3.0 - sin * sin * sin * 4.0;
            assert!((sin3 - triple).abs().to_f64() < 1e-29, "{t:?}");
        }
        assert_eq!(Double::from(12.0).sin_cos_pi().0, Double::ZERO);
        assert!(close(Double::from(0.25).sin_cos_pi().0, Double::from(0.5).sqrt()));
    }

    #[test]
    fn one_minus_sinc_is_continuous_where_the_series_ends() {
        let x = Double::from(1.0) + Double::from(1e-25);
        let sin = (x / PI).sin_cos_pi().0;
        let direct = Double::ONE - sin / x;
        let series = one_minus_sinc(Double::ONE, Double::ZERO);
        assert!((direct - series).abs().to_f64() < 1e-24);
    }
}
