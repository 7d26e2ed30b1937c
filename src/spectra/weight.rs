//! Real and complex peak weights by one code.
use num_complex::Complex64;

/// A peak's weight: `f64`, or `Complex64` for a correlator of two different operators (A53).
pub trait Weight: Copy + Send + Sync + std::fmt::Debug {
    /// 1 for real, 2 for complex weights.
    const PARTS: usize;
    /// Real part (0), imaginary part (1).
    fn part(self, index: usize) -> f64;
    fn from_parts(re: f64, im: f64) -> Self;

    fn is_finite(self) -> bool {
        (0..Self::PARTS).all(|part| self.part(part).is_finite())
    }

    fn scaled(self, factor: f64) -> Self {
        Self::from_parts(self.part(0) * factor, self.part(1) * factor)
    }

    fn plus(self, other: Self) -> Self {
        Self::from_parts(self.part(0) + other.part(0), self.part(1) + other.part(1))
    }
}

impl Weight for f64 {
    const PARTS: usize = 1;

    fn part(self, index: usize) -> f64 {
        if index == 0 { self } else { 0.0 }
    }

    fn from_parts(re: f64, _: f64) -> Self {
        re
    }
}

impl Weight for Complex64 {
    const PARTS: usize = 2;

    fn part(self, index: usize) -> f64 {
        if index == 0 { self.re } else { self.im }
    }

    fn from_parts(re: f64, im: f64) -> Self {
        Self::new(re, im)
    }
}
