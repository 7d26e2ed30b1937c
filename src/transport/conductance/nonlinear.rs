//! Isotropic impurity, weak texture, any bias: Eqs. (17)-(19), leading order in t = T/(vF k0).
use crate::invalid::Invalid;
use crate::transport::finite;
use std::f64::consts::PI;

use super::Normalised;

/// tanh(u)/u and u coth(u), with their limit 1 at u = 0.
fn hyperbolic(u: f64) -> (f64, f64) {
    if u == 0.0 { (1.0, 1.0) } else { (u.tanh() / u, u / u.tanh()) }
}

/// Eq. (17), T << eV: -(J^2/18)(eV/(vF k0))^4; `bias_over_texture` = eV/(vF k0). Approached slowly
/// (relative correction about 8 T/eV).
///
/// # Errors
/// `Invalid` for values that are not finite.
pub fn low_temperature_isotropic(
    coupling: f64,
    bias_over_texture: f64,
) -> Result<Normalised, Invalid> {
    finite("coupling", coupling)?;
    finite("bias_over_texture", bias_over_texture)?;
    Ok(Normalised::from_paper(-coupling.powi(2) / 18.0 * bias_over_texture.powi(4)))
}

/// Eq. (18): the differential correction over its linear-response value at leading order (Eq. 16).
/// Valid for t max(1, u) << 1 (relative corrections of its fourth power).
///
/// # Errors
/// `Invalid` if the bias is not finite.
pub fn differential_ratio(bias: f64) -> Result<f64, Invalid> {
    let u = finite("bias", bias)?.abs();
    let (tanh_over_u, u_coth) = hyperbolic(u);
    let tanh2 = u.tanh().powi(2);
    let p2 = (u / PI).powi(2);
    let polarized = (4.0 + 2.0 * u_coth - u * u) / (2.0 * (1.0 + u_coth).powi(2));
    Ok(1.0 - 0.5 * tanh2
        + 3.75 * p2 * (1.0 + tanh_over_u - 0.5 * tanh2)
        + 1.25 * p2 * p2 * (1.0 + polarized))
}

/// Eq. (19): <S_x> over S_x0 = -(u/3)(pi t)^2. The paper prints twice this S_x0, which is the
/// coefficient of S_x in rho.
///
/// # Errors
/// `Invalid` if the bias is not finite.
pub fn polarization_ratio(bias: f64) -> Result<f64, Invalid> {
    let u = finite("bias", bias)?.abs();
    let (tanh_over_u, u_coth) = hyperbolic(u);
    let p2 = (u / PI).powi(2);
    Ok((1.0 + p2 + (1.0 + 3.0 * p2) * tanh_over_u) / (1.0 + u_coth))
}
