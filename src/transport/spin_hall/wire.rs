//! Spin diffusion, Eq. (16), in one dimension: the spin valve with its injector and detector.
use crate::invalid::Invalid;
use crate::transport::{finite, positive};

const ELEMENTARY_CHARGE_C: f64 = 1.602_176_634e-19;

/// What a wire ends in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// It goes on.
    Infinite,
    /// No spin current leaves at this position.
    Closed { at_m: f64 },
    /// The spin vanishes at this position (a strong absorber).
    Sink { at_m: f64 },
}

impl End {
    /// Position and reflection of a decaying spin wave.
    fn mirror(self) -> (Option<f64>, f64) {
        match self {
            Self::Infinite => (None, 0.0),
            Self::Closed { at_m } => (Some(at_m), 1.0),
            Self::Sink { at_m } => (Some(at_m), -1.0),
        }
    }
}

/// A wire along x; spins along x diffuse with D_L, across with D_T.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wire {
    pub d_longitudinal_m2_per_s: f64,
    pub d_transverse_m2_per_s: f64,
    pub tau_s_s: f64,
    pub left: End,
    pub right: End,
}

/// Spin density at `at_m` for a unit of spin injected per second and area at `injector_m`: one
/// value for a spin along the wire and one for a spin across, in s/m. D s'' = s/tau - delta(x -
/// x0).
///
/// # Errors
/// Coefficients not finite and above 0; positions not finite or outside the wire.
pub fn wire_response(wire: &Wire, injector_m: f64, at_m: f64) -> Result<[f64; 2], Invalid> {
    let tau = positive("tau_s_s", wire.tau_s_s)?;
    let along = positive("d_longitudinal_m2_per_s", wire.d_longitudinal_m2_per_s)?;
    let across = positive("d_transverse_m2_per_s", wire.d_transverse_m2_per_s)?;
    let (left, left_sign) = wire.left.mirror();
    let (right, right_sign) = wire.right.mirror();
    for (field, end) in [("left", left), ("right", right)] {
        end.map_or(Ok(0.0), |at_m| finite(field, at_m))?;
    }
    for (field, x) in [("injector_m", injector_m), ("detector_m", at_m)] {
        finite(field, x)?;
        if left.is_some_and(|end| x < end) || right.is_some_and(|end| end < x) {
            return Err(Invalid::new(field, x, "a position on the wire"));
        }
    }
    if let (Some(left), Some(right)) = (left, right)
        && right <= left
    {
        return Err(Invalid::new("right", right, "an end to the right of the left one"));
    }
    let (low, high) = (injector_m.min(at_m), injector_m.max(at_m));
    let response = |d: f64| {
        let length = (d * tau).sqrt();
        let echo = |sign: f64, distance: f64| sign * (-2.0 * distance / length).exp();
        let from_left = left.map_or(0.0, |end| echo(left_sign, low - end));
        let from_right = right.map_or(0.0, |end| echo(right_sign, end - high));
        let round = match (left, right) {
            (Some(a), Some(b)) => echo(left_sign * right_sign, b - a),
            _ => 0.0,
        };
        0.5 * length / d * (-(high - low) / length).exp() * (1.0 + from_left) * (1.0 + from_right)
            / (1.0 - round)
    };
    Ok([response(along), response(across)])
}

/// Non-local resistance P_i P_d G(d)/(2 e^2 NF A) of tunnel contacts with polarizations P, for
/// spins along and across the wire; `response` from [`wire_response`], NF per spin and J m^3. In an
/// infinite wire: P_i P_d (L/(2 sigma A)) exp(-d/L), sigma = 2 e^2 NF D.
///
/// # Errors
/// Polarizations outside [-1, 1]; area or density of states not above 0.
pub fn non_local_resistance_ohm(
    response: [f64; 2],
    polarizations: [f64; 2],
    area_m2: f64,
    density_of_states_per_j_m3: f64,
) -> Result<[f64; 2], Invalid> {
    for (index, p) in polarizations.into_iter().enumerate() {
        if p.is_nan() || 1.0 < p.abs() {
            return Err(Invalid::new(format!("polarizations[{index}]"), p, "-1 to 1"));
        }
    }
    let area = positive("area_m2", area_m2)?;
    let states = positive("density_of_states_per_j_m3", density_of_states_per_j_m3)?;
    let scale =
        polarizations[0] * polarizations[1] / (2.0 * ELEMENTARY_CHARGE_C.powi(2) * states * area);
    Ok(response.map(|value| value * scale))
}
