//! Everything of Eqs. (10) and (12) that depends on the energy: moments of the texture over the
//! Fermi windows, and their derivatives with respect to the bias u.
use super::integrals::oscillating_line;
use crate::transport::TransportError;
use crate::transport::quadrature::on_line;
use nalgebra::{Matrix3, Vector3};
use num_complex::Complex64;

/// Moments 1, cos 2th, sin 2th, cos 4th, sin 4th over one window.
pub(crate) type Moments = [f64; 5];

/// The windows of one (texture, bias, Fermi level); shared by all couplings and spins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    /// fR (1 - fL), with A = G_LR in Eq. (10).
    pub right_to_left: Moments,
    /// fL (1 - fR), with A = G_RL.
    pub left_to_right: Moments,
    /// fR (1 - fR) + fL (1 - fL), with A = G_RR = -G_LL.
    pub forward: Moments,
    /// fR - fL: the exchange field.
    pub imbalance: Moments,
}

impl Windows {
    /// The windows and their derivatives d/du.
    pub fn new(texture: f64, bias: f64, level: f64) -> Result<(Self, Self), TransportError> {
        let t2 = texture * texture;
        let line = oscillating_line(t2, level.abs(), bias.abs());
        let sums: [f64; 40] = on_line("energy integral of Eq. 10", line, |x| {
            let (sin, cos) = (2.0 * t2 * (x + level).powi(2)).sin_cos();
            let moments = [1.0, cos, sin, cos * cos - sin * sin, 2.0 * sin * cos];
            let mut values = [0.0; 40];
            for (window, weight) in weights(x, bias).into_iter().enumerate() {
                for (moment, value) in moments.into_iter().enumerate() {
                    values[5 * window + moment] = weight * value;
                }
            }
            values
        })?;
        let moments = |window: usize| std::array::from_fn(|moment| sums[5 * window + moment]);
        let windows = |first: usize| Self {
            right_to_left: moments(first),
            left_to_right: moments(first + 1),
            forward: moments(first + 2),
            imbalance: moments(first + 3),
        };
        Ok((windows(0), windows(4)))
    }
}

/// The four weights at energy x, then their derivatives with respect to u.
fn weights(x: f64, u: f64) -> [f64; 8] {
    let occupation = |energy: f64| 1.0 / (1.0 + energy.exp());
    let (right, hole_right) = (occupation(x - u), occupation(u - x));
    let (left, hole_left) = (occupation(x + u), occupation(-x - u));
    // dfR/du = fR (1 - fR), dfL/du = -fL (1 - fL).
    let (d_right, d_left) = (right * hole_right, -left * hole_left);
    [
        right * hole_left,
        left * hole_right,
        d_right - d_left,
        // fR - fL without cancellation where both are close to 0 or 1
        if x < 0.0 { hole_left - hole_right } else { right - left },
        d_right * hole_left - right * d_left,
        d_left * hole_right - left * d_right,
        d_right * (hole_right - right) + d_left * (hole_left - left),
        d_right - d_left,
    ]
}

/// J <v v^+> J^T with v = (cos 2th, -i, sin 2th): the spin combination of G_RL.
pub(crate) fn backward(coupling: &Matrix3<f64>, moments: &Moments) -> Matrix3<Complex64> {
    let [one, cos2, sin2, cos4, sin4] = *moments;
    #[rustfmt::skip]
    let real = Matrix3::new(
        0.5 * (one + cos4),
        0.0,
        0.5 * sin4,
        0.0,
        one,
        0.0,
        0.5 * sin4,
        0.0,
        0.5 * (one - cos4),
    );
    let imaginary = Matrix3::new(0.0, cos2, 0.0, -cos2, 0.0, -sin2, 0.0, sin2, 0.0);
    let (real, imaginary) =
        (coupling * real * coupling.transpose(), coupling * imaginary * coupling.transpose());
    real.zip_map(&imaginary, Complex64::new)
}

/// J <w w^T> J^T with w = (-sin 2th, 0, cos 2th): the spin combination of G_RR.
pub(crate) fn forward(coupling: &Matrix3<f64>, moments: &Moments) -> Matrix3<Complex64> {
    let [one, _, _, cos4, sin4] = *moments;
    #[rustfmt::skip]
    let real = Matrix3::new(
        0.5 * (one - cos4),
        0.0,
        -0.5 * sin4,
        0.0,
        0.0,
        0.0,
        -0.5 * sin4,
        0.0,
        0.5 * (one + cos4),
    );
    (coupling * real * coupling.transpose()).map(|value| Complex64::new(value, 0.0))
}

/// J <w>: the direction of the exchange field.
pub(crate) fn field(coupling: &Matrix3<f64>, moments: &Moments) -> Vector3<f64> {
    coupling * Vector3::new(-moments[2], 0.0, moments[1])
}
