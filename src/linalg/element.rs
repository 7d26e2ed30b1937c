//! The two element types of the door, and the little arithmetic on which its loops agree.
use std::ops::{AddAssign, Div, Mul};

use faer::traits::ComplexField;
use num_complex::Complex64;

use super::batch::{Dtype, HostBatch, Ragged};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f64 {}
    impl Sealed for num_complex::Complex64 {}
}

/// f64 or complex f64; nothing else will come, hence sealed.
pub trait Element:
    sealed::Sealed
    + ComplexField<Real = f64>
    + Copy
    + Default
    + Send
    + Sync
    + AddAssign
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + 'static
{
    const DTYPE: Dtype;
    /// How many doubles make one element.
    const PARTS: usize;

    /// Real and imaginary part.
    fn parts(self) -> [f64; 2];
    /// Drops the imaginary part where there is none.
    fn from_parts(parts: [f64; 2]) -> Self;
    fn from_real(value: f64) -> Self;
    fn real_part(self) -> f64;
    fn conjugate(self) -> Self;
    /// `max(|re|, |im|)`: exact, unlike the modulus; not finite if either part is not.
    fn largest_part(self) -> f64;
    /// `|a|^2`.
    fn norm_squared(self) -> f64;
    /// Re(conj(self) * other).
    fn dot(self, other: Self) -> f64;

    /// The batch as one of this type, if it is one.
    fn of(host: &HostBatch) -> Option<&Ragged<Self>>;
    fn wrap(ragged: Ragged<Self>) -> HostBatch;
}

impl Element for f64 {
    const DTYPE: Dtype = Dtype::F64;
    const PARTS: usize = 1;

    fn parts(self) -> [f64; 2] {
        [self, 0.0]
    }
    fn from_parts([re, _]: [f64; 2]) -> Self {
        re
    }

    fn from_real(value: f64) -> Self {
        value
    }
    fn real_part(self) -> f64 {
        self
    }
    fn conjugate(self) -> Self {
        self
    }
    fn largest_part(self) -> f64 {
        self.abs()
    }
    fn norm_squared(self) -> f64 {
        self * self
    }
    fn dot(self, other: Self) -> f64 {
        self * other
    }

    fn of(host: &HostBatch) -> Option<&Ragged<Self>> {
        match host {
            HostBatch::F64(ragged) => Some(ragged),
            HostBatch::C128(_) => None,
        }
    }
    fn wrap(ragged: Ragged<Self>) -> HostBatch {
        HostBatch::F64(ragged)
    }
}

impl Element for Complex64 {
    const DTYPE: Dtype = Dtype::C128;
    const PARTS: usize = 2;

    fn parts(self) -> [f64; 2] {
        [self.re, self.im]
    }
    fn from_parts([re, im]: [f64; 2]) -> Self {
        Self::new(re, im)
    }

    fn from_real(value: f64) -> Self {
        Self::new(value, 0.0)
    }
    fn real_part(self) -> f64 {
        self.re
    }
    fn conjugate(self) -> Self {
        self.conj()
    }
    fn largest_part(self) -> f64 {
        // `max` drops a NaN, the product with zero brings it back.
        self.re.abs().max(self.im.abs()) + 0.0 * self.re + 0.0 * self.im
    }
    fn norm_squared(self) -> f64 {
        self.norm_sqr()
    }
    fn dot(self, other: Self) -> f64 {
        self.re * other.re + self.im * other.im
    }

    fn of(host: &HostBatch) -> Option<&Ragged<Self>> {
        match host {
            HostBatch::F64(_) => None,
            HostBatch::C128(ragged) => Some(ragged),
        }
    }
    fn wrap(ragged: Ragged<Self>) -> HostBatch {
        HostBatch::C128(ragged)
    }
}
