//! The functions I_c and I_s below Eq. (14), and averages of the texture over -df/de.
use crate::transport::TransportError;
use crate::transport::quadrature::{Line, on_line};
use num_complex::Complex64;
use std::f64::consts::{FRAC_PI_4, PI};

/// int_0^inf de cos(x e^2)/cosh^2 e, to 1e-14 for every finite x.
pub fn ic(x: f64) -> f64 {
    texture_integral(x).re
}

/// int_0^inf de sin(x e^2)/cosh^2 e, to 1e-14 for every finite x.
pub fn is(x: f64) -> f64 {
    texture_integral(x).im
}

/// I_c(x) + i I_s(x).
pub fn texture_integral(x: f64) -> Complex64 {
    1.0 + texture_deficit(x)
}

/// I_c + i I_s - 1, without cancellation for small x.
///
/// On the ray e = r exp(i pi/4) the oscillation becomes a Gaussian, and no pole of 1/cosh^2 lies
/// between the ray and the real axis:
/// I - 1 = exp(i pi/4) int_0^inf dr (exp(-x r^2) - 1)/cosh^2(r exp(i pi/4)),  x >= 0.
pub(crate) fn texture_deficit(x: f64) -> Complex64 {
    if x < 0.0 {
        return texture_deficit(-x).conj();
    }
    // The integrand is analytic for |Im r| < pi/sqrt 8 = 1.11 and even: the trapezoidal rule with
    // step h errs by exp(x y^2 - 2 pi y/h), y < 1.11; here below exp(-38).
    let y = 1.0_f64.min(3.0 / x.max(1e-300).sqrt());
    let step = 2.0 * PI * y / (38.0 + x * y * y);
    let direction = Complex64::from_polar(1.0, FRAC_PI_4);
    // |1/cosh^2| < 4.4 exp(-sqrt2 r): below 1e-18 at r = 31.
    let count = (31.0 / step).ceil() as u32;
    let mut sum = Complex64::new(0.0, 0.0); // r = 0 contributes exp(0) - 1 = 0
    for i in 1..=count {
        let r = step * f64::from(i);
        sum += (-x * r * r).exp_m1() / (direction * r).cosh().powi(2);
    }
    sum * step * direction
}

/// Averages over -df/dx at the Fermi level: <cos 2th>, <sin 2th>, <cos 4th>, <sin 4th>.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Averages {
    pub cos2: f64,
    pub sin2: f64,
    pub cos4: f64,
    pub sin4: f64,
}

impl Averages {
    /// `texture` = T/(vF k0), `level` = mu0/T; by the closed functions at the Dirac point.
    pub fn new(texture: f64, level: f64) -> Result<Self, TransportError> {
        if level == 0.0 {
            let x = 8.0 * texture * texture;
            let (once, twice) = (texture_integral(x), texture_integral(2.0 * x));
            return Ok(Self { cos2: once.re, sin2: once.im, cos4: twice.re, sin4: twice.im });
        }
        Self::by_quadrature(texture, level)
    }

    pub fn by_quadrature(texture: f64, level: f64) -> Result<Self, TransportError> {
        let t2 = texture * texture;
        let line = oscillating_line(t2, level.abs(), 0.0);
        let [cos2, sin2, cos4, sin4] = on_line("thermal average of the texture", line, |x| {
            let weight = 0.25 / (0.5 * x).cosh().powi(2);
            let (sin, cos) = (2.0 * t2 * (x + level).powi(2)).sin_cos();
            [weight * cos, weight * sin, weight * (cos * cos - sin * sin), 2.0 * weight * sin * cos]
        })?;
        Ok(Self { cos2, sin2, cos4, sin4 })
    }
}

/// Where to integrate functions of the Fermi functions at x = +-u times exp(4 i t^2 (x + m)^2).
///
/// At Im x = y the oscillation grows like exp(8 t^2 |x + m| y) while the weights decay like
/// exp(-|x|) outside [-u, u]; they have poles at |Im x| = pi.
pub(crate) fn oscillating_line(t2: f64, level: f64, bias: f64) -> Line {
    let y = 2.6_f64.min(0.1 / t2.max(1e-300));
    let step = 2.0 * PI / (37.0 / y + 8.0 * t2 * (level + bias));
    Line { from: -42.0 - bias, to: 42.0 + bias, step, tolerance: 1e-13 }
}
