//! Linear response in closed form: Eqs. (13)-(16) and their generalization to any 3 x 3 coupling.
use super::integrals::{Averages, texture_deficit};
use super::{Normalised, Parameters};
use crate::invalid::Invalid;
use crate::transport::{TransportError, finite};
use nalgebra::{Matrix3, Vector3};
use std::f64::consts::PI;

/// What a small bias does.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearResponse {
    /// (dJ/dV)/G0 at V = 0.
    pub delta_g: Normalised,
    /// `d<S>/du` with u = eV/(2T), Eq. (13).
    pub polarization_slope: [f64; 3],
    pub warnings: Vec<String>,
}

fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}

/// Eqs. (13) and (14): spin 1/2, J = diag(Jx, Jy, Jz) over vF, Fermi level at the Dirac point.
///
/// The first term of Eq. (14) lacks a tilde in print; terms of the form 0/0 are 0.
///
/// # Errors
/// `Invalid` as [`Parameters::validate`].
pub fn linear_diagonal(coupling: [f64; 3], texture: f64) -> Result<LinearResponse, Invalid> {
    let parameters = Parameters::diagonal(coupling, texture, 0.0);
    parameters.validate()?;
    let [x2, y2, z2] = coupling.map(|j| j * j);
    let argument = 8.0 * texture * texture;
    let once = texture_deficit(argument);
    let (cos, sin, two_cos) = (1.0 + once.re, once.im, texture_deficit(2.0 * argument).re);
    // I_c^2 - 1 = (I_c - 1)(I_c + 1)
    let paper = -0.5 * ratio((x2 - y2).powi(2), x2 + y2) - 0.25 * (x2 - z2) * two_cos
        + 2.0 * y2 * (ratio(x2, x2 + y2) * once.re * (cos + 1.0) + ratio(z2, z2 + y2) * sin * sin);
    let [x, y, z] = coupling;
    Ok(LinearResponse {
        delta_g: Normalised::from_paper(paper),
        polarization_slope: [-y * ratio(z * sin, z2 + y2), 0.0, y * ratio(x * cos, x2 + y2)],
        warnings: parameters.warnings(),
    })
}

/// Any 3 x 3 coupling, spin and Fermi level; the bias of `parameters` is not used.
///
/// # Errors
/// As [`super::respond`].
pub fn linear_general(parameters: &Parameters) -> Result<LinearResponse, TransportError> {
    let parameters = Parameters { bias: 0.0, ..*parameters };
    parameters.validate()?;
    let averages = Averages::new(parameters.texture, parameters.fermi_level)?;
    let j = &parameters.coupling;
    let (jx, jy, jz): (Vector3<f64>, Vector3<f64>, Vector3<f64>) =
        (j.column(0).into(), j.column(1).into(), j.column(2).into());
    let drive = (jx * averages.cos2 + jz * averages.sin2).cross(&jy);
    let slope = pseudo_solve(j, &drive)?;
    let bracket = 0.5 * (1.0 + averages.cos4) * jx.norm_squared()
        + 0.5 * (1.0 - averages.cos4) * jz.norm_squared()
        + averages.sin4 * jx.dot(&jz)
        + jy.norm_squared()
        - 4.0 * drive.dot(&slope);
    let spin_factor = 4.0 * parameters.spin * (parameters.spin + 1.0) / 3.0;
    let polarization_slope = slope * spin_factor;
    Ok(LinearResponse {
        delta_g: Normalised::from_paper(-0.5 * spin_factor * bracket),
        polarization_slope: polarization_slope.into(),
        warnings: parameters.warnings(),
    })
}

/// M^-1 d with M = tr(J J^T) - J J^T, by the pseudo-inverse where one spin direction is undamped.
fn pseudo_solve(j: &Matrix3<f64>, d: &Vector3<f64>) -> Result<Vector3<f64>, TransportError> {
    let square = j * j.transpose();
    let relaxation = Matrix3::identity() * square.trace() - square;
    let eigen = relaxation.try_symmetric_eigen(f64::EPSILON, 1000).ok_or(
        TransportError::NoConvergence {
            what: "spin relaxation matrix",
            reached: f64::NAN,
            wanted: f64::EPSILON,
        },
    )?;
    let largest = eigen.eigenvalues.amax();
    let mut solution = Vector3::zeros();
    for k in 0..3 {
        let value = eigen.eigenvalues[k];
        if 1e-14 * largest < value {
            let axis = eigen.eigenvectors.column(k);
            solution += axis * (axis.dot(d) / value);
        }
    }
    Ok(solution)
}

/// Leading order of Eq. (16) in the texture, isotropic impurity: -(4 J^2/45)(2 pi t)^4 at the Dirac
/// point; far above it, mu0 >> T, -(J^2 pi^2/3)(4 mu0 T/(vF k0)^2)^2. `fermi_level` = mu0/T picks.
///
/// # Errors
/// `Invalid` for values that are not finite, and for levels between the two limits.
pub fn linear_isotropic_low_temperature(
    coupling: f64,
    texture: f64,
    fermi_level: f64,
) -> Result<Normalised, Invalid> {
    finite("coupling", coupling)?;
    finite("texture", texture)?;
    finite("fermi_level", fermi_level)?;
    if fermi_level == 0.0 {
        let paper = -(4.0 * coupling.powi(2) / 45.0) * (2.0 * PI * texture).powi(4);
        return Ok(Normalised::from_paper(paper));
    }
    if fermi_level.abs() < 10.0 {
        return Err(Invalid::new("fermi_level", fermi_level, "0, or 10 and more in magnitude"));
    }
    let phase = 4.0 * fermi_level * texture * texture;
    Ok(Normalised::from_paper(-(coupling * PI * phase).powi(2) / 3.0))
}

/// Eq. (16) at any texture: -J^2 {1 - I_c^2 - I_s^2}, without cancellation at small textures.
///
/// # Errors
/// `Invalid` as [`Parameters::validate`].
pub fn linear_isotropic(coupling: f64, texture: f64) -> Result<Normalised, Invalid> {
    Parameters::diagonal([coupling; 3], texture, 0.0).validate()?;
    let deficit = texture_deficit(8.0 * texture * texture);
    Ok(Normalised::from_paper(coupling.powi(2) * (2.0 * deficit.re + deficit.norm_sqr())))
}
