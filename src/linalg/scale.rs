//! Powers of two: the only scaling that changes no digit.

/// `2^exponent` as two factors, because one alone may not be representable (|exponent| up to 1100).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PowerOfTwo {
    exponent: i32,
}

impl PowerOfTwo {
    /// The factor that brings `largest` (finite, not negative) into [1, 2); 1 for zero.
    pub(super) fn normalizing(largest: f64) -> Self {
        if largest == 0.0 {
            return Self { exponent: 0 };
        }
        // A subnormal number has no exponent field of its own: lift it first.
        let (lifted, lift) =
            if largest < f64::MIN_POSITIVE { (largest * TWO_TO_54, 54) } else { (largest, 0) };
        let field = ((lifted.to_bits() >> 52) & 0x7ff) as i32;
        Self { exponent: lift - (field - 1023) }
    }

    pub(super) fn inverse(self) -> Self {
        Self { exponent: -self.exponent }
    }

    /// The power.
    pub(super) fn exponent(self) -> i32 {
        self.exponent
    }

    /// Multiply by both, the first one first.
    pub(super) fn factors(self) -> (f64, f64) {
        let half = self.exponent / 2;
        (power(half), power(self.exponent - half))
    }
}

const TWO_TO_54: f64 = (1u64 << 54) as f64;

/// `2^exponent` for |exponent| <= 1022.
fn power(exponent: i32) -> f64 {
    debug_assert!((-1022..=1023).contains(&exponent));
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every magnitude a double has comes into [1, 2), and back without a change.
    #[test]
    fn normalizes_exactly() {
        for value in
            [5e-324, 3e-310, f64::MIN_POSITIVE, 1e-150, 0.7, 1.0, 1.999, 2.0, 1e150, f64::MAX]
        {
            let scale = PowerOfTwo::normalizing(value);
            let (first, second) = scale.factors();
            let scaled = value * first * second;
            assert!((1.0..2.0).contains(&scaled), "{value:e} became {scaled}");
            let (first, second) = scale.inverse().factors();
            assert_eq!(scaled * first * second, value);
        }
        assert_eq!(PowerOfTwo::normalizing(0.0).factors(), (1.0, 1.0));
    }
}
