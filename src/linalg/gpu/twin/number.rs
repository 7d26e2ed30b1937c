//! Arithmetic of the two element types, operation by operation as in `shaders/scalar.wesl`.
use num_complex::Complex64;

use crate::linalg::Element;

pub trait Number: Element {
    fn times(self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn modulus(self) -> f64;
}

impl Number for f64 {
    fn times(self, other: Self) -> Self {
        self * other
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn minus(self, other: Self) -> Self {
        self - other
    }
    fn modulus(self) -> f64 {
        self.abs()
    }
}

impl Number for Complex64 {
    fn times(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
    fn plus(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
    fn minus(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
    fn modulus(self) -> f64 {
        (self.re * self.re + self.im * self.im).sqrt()
    }
}
