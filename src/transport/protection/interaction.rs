//! Density interaction in the rotated frame, Eqs. (21)-(25).
//!
//! Eq. (21) is damaged in print; here H = int V rho^2 + (dV/2)(rho_up - rho_down)^2. Then
//! rho_up - rho_down = cos theta (rho_R - rho_L) - sin theta (psi_R^+ psi_L + h.c.).
use crate::invalid::Invalid;
use crate::transport::finite;

/// Coefficients in the unit of dV; the last two do not conserve the spin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InteractionTerms {
    /// Of (rho_R - rho_L)^2.
    pub forward: f64,
    /// Of (psi_R^+ psi_L)^2 + h.c.
    pub umklapp: f64,
    /// Of (rho_R - rho_L)(psi_R^+ psi_L + h.c.).
    pub single_flip: f64,
}

/// # Errors
/// Values that are not finite.
pub fn interaction_terms(theta: f64, delta_v: f64) -> Result<InteractionTerms, Invalid> {
    let (sin, cos) = finite("theta", theta)?.sin_cos();
    let half = 0.5 * finite("delta_v", delta_v)?;
    Ok(InteractionTerms {
        forward: half * cos * cos,
        umklapp: half * sin * sin,
        single_flip: -half * (2.0 * theta).sin(),
    })
}
