//! One arithmetic for one matrix or for several at once: a lane of a vector register each.
//!
//! Every operation acts on each lane alone and is rounded as IEEE 754 says, so that a lane has the
//! bits that [`One`] computes, whatever its neighbours hold.
use pulp::Simd;

use super::interleaved;

/// Arithmetic of `COUNT` lanes side by side.
pub(super) trait Lanes: Copy {
    type V: Copy;
    type M: Copy;
    const COUNT: usize;

    fn splat(self, value: f64) -> Self::V;
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// a b + c; fused where the instruction set has it.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn neg(self, a: Self::V) -> Self::V;
    fn abs(self, a: Self::V) -> Self::V;
    fn sqrt(self, a: Self::V) -> Self::V;
    fn less(self, a: Self::V, b: Self::V) -> Self::M;
    fn both(self, a: Self::M, b: Self::M) -> Self::M;
    fn any(self, mask: Self::M) -> bool;
    fn select(self, mask: Self::M, yes: Self::V, no: Self::V) -> Self::V;
    /// A buffer of `COUNT` numbers a vector as vectors.
    fn cast(self, buffer: &mut [f64]) -> &mut [Self::V];
    /// [`interleaved::ql_of_rows`], the fastest way that has its bits.
    fn implicit_ql(
        self,
        order: usize,
        d: &mut [Self::V],
        e: &mut [Self::V],
        z: &mut [Self::V],
        rotations: [&mut [Self::V]; 2],
    ) -> bool;
}

/// The whole register.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide<S>(pub(super) S);

impl<S: Simd> Lanes for Wide<S> {
    type V = S::f64s;
    type M = S::m64s;
    const COUNT: usize = S::F64_LANES;

    #[inline(always)]
    fn splat(self, value: f64) -> Self::V {
        self.0.splat_f64s(value)
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.add_f64s(a, b)
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.sub_f64s(a, b)
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.mul_f64s(a, b)
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        self.0.div_f64s(a, b)
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        self.0.mul_add_e_f64s(a, b, c)
    }
    #[inline(always)]
    fn neg(self, a: Self::V) -> Self::V {
        self.0.neg_f64s(a)
    }
    #[inline(always)]
    fn abs(self, a: Self::V) -> Self::V {
        self.0.abs_f64s(a)
    }
    #[inline(always)]
    fn sqrt(self, a: Self::V) -> Self::V {
        self.0.sqrt_f64s(a)
    }
    #[inline(always)]
    fn less(self, a: Self::V, b: Self::V) -> Self::M {
        self.0.less_than_f64s(a, b)
    }
    #[inline(always)]
    fn both(self, a: Self::M, b: Self::M) -> Self::M {
        self.0.and_m64s(a, b)
    }
    #[inline(always)]
    fn any(self, mask: Self::M) -> bool {
        let zero = self.splat(0.0);
        self.0.first_true_m64s(mask) != self.0.first_true_m64s(self.less(zero, zero))
    }
    #[inline(always)]
    fn select(self, mask: Self::M, yes: Self::V, no: Self::V) -> Self::V {
        self.0.select_f64s(mask, yes, no)
    }
    #[inline(always)]
    fn cast(self, buffer: &mut [f64]) -> &mut [Self::V] {
        S::as_mut_simd_f64s(buffer).0
    }
    #[inline(always)]
    fn implicit_ql(
        self,
        order: usize,
        d: &mut [Self::V],
        e: &mut [Self::V],
        z: &mut [Self::V],
        rotations: [&mut [Self::V]; 2],
    ) -> bool {
        interleaved::ql_of_rows(self, order, d, e, z, rotations)
    }
}

/// A single matrix, in the instruction set of the registers: inlined into code for `S`, the fused
/// product is the instruction that [`Wide`] uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct One<S>(pub(super) S);

impl<S: Simd> Lanes for One<S> {
    type V = f64;
    type M = bool;
    const COUNT: usize = 1;

    #[inline(always)]
    fn splat(self, value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn add(self, a: f64, b: f64) -> f64 {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: f64, b: f64) -> f64 {
        a - b
    }
    #[inline(always)]
    fn mul(self, a: f64, b: f64) -> f64 {
        a * b
    }
    #[inline(always)]
    fn div(self, a: f64, b: f64) -> f64 {
        a / b
    }
    #[inline(always)]
    fn mul_add(self, a: f64, b: f64, c: f64) -> f64 {
        // Without registers there is only `Wide`, and its product is not fused.
        if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
    }
    #[inline(always)]
    fn neg(self, a: f64) -> f64 {
        -a
    }
    #[inline(always)]
    fn abs(self, a: f64) -> f64 {
        a.abs()
    }
    #[inline(always)]
    fn sqrt(self, a: f64) -> f64 {
        a.sqrt()
    }
    #[inline(always)]
    fn less(self, a: f64, b: f64) -> bool {
        a < b
    }
    #[inline(always)]
    fn both(self, a: bool, b: bool) -> bool {
        a & b
    }
    #[inline(always)]
    fn any(self, mask: bool) -> bool {
        mask
    }
    #[inline(always)]
    fn select(self, mask: bool, yes: f64, no: f64) -> f64 {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn cast(self, buffer: &mut [f64]) -> &mut [f64] {
        buffer
    }
    #[inline(always)]
    fn implicit_ql(
        self,
        order: usize,
        d: &mut [f64],
        e: &mut [f64],
        z: &mut [f64],
        rotations: [&mut [f64]; 2],
    ) -> bool {
        interleaved::ql_of_columns(self.0, order, d, e, z, rotations)
    }
}

/// Real and complex numbers made of lanes. A matrix is kept as one plane of real parts and, if
/// complex, one of imaginary parts `stride` vectors further on.
pub(super) trait Number<L: Lanes>: Copy {
    fn get(buffer: &[L::V], index: usize, stride: usize) -> Self;
    fn put(self, buffer: &mut [L::V], index: usize, stride: usize);
    fn from_real(l: L, value: L::V) -> Self;
    fn real(self) -> L::V;
    fn conj(self, l: L) -> Self;
    fn neg(self, l: L) -> Self;
    /// self + a b
    fn add_mul(self, l: L, a: Self, b: Self) -> Self;
    fn scale(self, l: L, factor: L::V) -> Self;
    fn norm_squared(self, l: L) -> L::V;
    /// Zero where the mask is not set.
    fn keep(self, l: L, mask: L::M) -> Self;
    /// 1 / self, and for `norm_squared` zero something that is not used.
    fn recip(self, l: L) -> Self;
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Real<V>(V);

impl<L: Lanes> Number<L> for Real<L::V> {
    #[inline(always)]
    fn get(buffer: &[L::V], index: usize, _: usize) -> Self {
        Self(buffer[index])
    }
    #[inline(always)]
    fn put(self, buffer: &mut [L::V], index: usize, _: usize) {
        buffer[index] = self.0;
    }
    #[inline(always)]
    fn from_real(_: L, value: L::V) -> Self {
        Self(value)
    }
    #[inline(always)]
    fn real(self) -> L::V {
        self.0
    }
    #[inline(always)]
    fn conj(self, _: L) -> Self {
        self
    }
    #[inline(always)]
    fn neg(self, l: L) -> Self {
        Self(l.neg(self.0))
    }
    #[inline(always)]
    fn add_mul(self, l: L, a: Self, b: Self) -> Self {
        Self(l.mul_add(a.0, b.0, self.0))
    }
    #[inline(always)]
    fn scale(self, l: L, factor: L::V) -> Self {
        Self(l.mul(self.0, factor))
    }
    #[inline(always)]
    fn norm_squared(self, l: L) -> L::V {
        l.mul(self.0, self.0)
    }
    #[inline(always)]
    fn keep(self, l: L, mask: L::M) -> Self {
        Self(l.select(mask, self.0, l.splat(0.0)))
    }
    #[inline(always)]
    fn recip(self, l: L) -> Self {
        Self(l.div(l.splat(1.0), self.0))
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Complex<V> {
    re: V,
    im: V,
}

impl<L: Lanes> Number<L> for Complex<L::V> {
    #[inline(always)]
    fn get(buffer: &[L::V], index: usize, stride: usize) -> Self {
        Self { re: buffer[index], im: buffer[index + stride] }
    }
    #[inline(always)]
    fn put(self, buffer: &mut [L::V], index: usize, stride: usize) {
        buffer[index] = self.re;
        buffer[index + stride] = self.im;
    }
    #[inline(always)]
    fn from_real(l: L, value: L::V) -> Self {
        Self { re: value, im: l.splat(0.0) }
    }
    #[inline(always)]
    fn real(self) -> L::V {
        self.re
    }
    #[inline(always)]
    fn conj(self, l: L) -> Self {
        Self { re: self.re, im: l.neg(self.im) }
    }
    #[inline(always)]
    fn neg(self, l: L) -> Self {
        Self { re: l.neg(self.re), im: l.neg(self.im) }
    }
    #[inline(always)]
    fn add_mul(self, l: L, a: Self, b: Self) -> Self {
        let re = l.mul_add(a.re, b.re, self.re);
        let im = l.mul_add(a.re, b.im, self.im);
        Self { re: l.mul_add(l.neg(a.im), b.im, re), im: l.mul_add(a.im, b.re, im) }
    }
    #[inline(always)]
    fn scale(self, l: L, factor: L::V) -> Self {
        Self { re: l.mul(self.re, factor), im: l.mul(self.im, factor) }
    }
    #[inline(always)]
    fn norm_squared(self, l: L) -> L::V {
        l.mul_add(self.im, self.im, l.mul(self.re, self.re))
    }
    #[inline(always)]
    fn keep(self, l: L, mask: L::M) -> Self {
        let zero = l.splat(0.0);
        Self { re: l.select(mask, self.re, zero), im: l.select(mask, self.im, zero) }
    }
    #[inline(always)]
    fn recip(self, l: L) -> Self {
        let conj: Self = Number::<L>::conj(self, l);
        let norm_squared = Number::<L>::norm_squared(self, l);
        Number::<L>::scale(conj, l, l.div(l.splat(1.0), norm_squared))
    }
}
