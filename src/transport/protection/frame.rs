//! Rotations of electrons and impurities: Eqs. (15), (18), (20), (B2), (C1)-(C3).
use crate::invalid::Invalid;
use crate::transport::{finite, finite_matrix};
use nalgebra::{Matrix3, Rotation3, Vector3};

/// One impurity and the local direction of the spin-orbit axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impurity {
    pub position: f64,
    /// n = (cos phi sin theta, sin phi sin theta, cos theta), rad.
    pub theta: f64,
    pub phi: f64,
    /// `J[k][l]` couples S_k sigma_l.
    pub coupling: Matrix3<f64>,
}

impl Impurity {
    pub(crate) fn validate(&self, field: &str) -> Result<(), Invalid> {
        finite(&format!("{field}.position"), self.position)?;
        finite(&format!("{field}.theta"), self.theta)?;
        finite(&format!("{field}.phi"), self.phi)?;
        finite_matrix(&format!("{field}.coupling"), &self.coupling)
    }

    /// J R_psi: coupled to the electron spin in the frame of its axis.
    pub(crate) fn local_coupling(&self) -> Matrix3<f64> {
        self.coupling * axis_rotation(self.theta, self.phi)
    }
}

/// Refuses an empty list, bad numbers, and positions that do not increase.
pub(crate) fn check_impurities(impurities: &[Impurity]) -> Result<(), Invalid> {
    if impurities.is_empty() {
        return Err(Invalid::missing("impurities", "at least one impurity"));
    }
    for (index, impurity) in impurities.iter().enumerate() {
        impurity.validate(&format!("impurities[{index}]"))?;
    }
    for (index, pair) in impurities.windows(2).enumerate() {
        if pair[1].position <= pair[0].position {
            let field = format!("impurities[{}].position", index + 1);
            let expected = format!("positions that increase: above {}", pair[0].position);
            return Err(Invalid::new(field, pair[1].position, expected));
        }
    }
    Ok(())
}

/// The unit vector n.
pub fn axis(theta: f64, phi: f64) -> Vector3<f64> {
    axis_rotation(theta, phi).column(2).into()
}

/// R_psi = Rz(phi) Ry(theta), with R_psi e_z = n (C1).
pub fn axis_rotation(theta: f64, phi: f64) -> Matrix3<f64> {
    let z = Rotation3::from_axis_angle(&Vector3::z_axis(), phi);
    let y = Rotation3::from_axis_angle(&Vector3::y_axis(), theta);
    (z * y).into_inner()
}
