//! The master equation (10), its stationary state, and the backscattering current (12).
use super::spin::SpinAlgebra;
use super::windows::{Windows, backward, field, forward};
use super::{Normalised, Parameters};
use crate::linalg::dense::eigenvalues;
use crate::transport::TransportError;
use crate::transport::kernel::Kernel;
use nalgebra::{DMatrix, DVector};
use num_complex::Complex64;
use std::f64::consts::PI;

/// Whether the electrons' mean exchange field on the spin is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeField {
    /// As in Eq. (10).
    LeftOut,
    /// -i [H_X, rho] with H_X = (T/2 pi) int dx (fR - fL) (J w(x)).S added: first order in J, zero
    /// only without bias.
    Included,
}

/// The stationary state of the impurity under bias, and what it does to the current.
#[derive(Debug, Clone)]
pub struct Response {
    /// Differential correction (dJ/dV)/G0, G0 = e^2/h.
    pub delta_g: Normalised,
    /// Backscattering current J(V) in units of e T/hbar.
    pub current: Normalised,
    /// <S_x>, <S_y>, <S_z> = tr(S rho).
    pub polarization: [f64; 3],
    /// Smallest non-zero decay rate of the spin in T/hbar; none if nothing decays.
    pub relaxation_gap: Option<f64>,
    /// The stationary state is not unique: the one reached from rho = 1/(2S+1) was taken.
    pub degenerate: bool,
    /// rho, basis states highest S_z first.
    pub density_matrix: DMatrix<Complex64>,
    pub warnings: Vec<String>,
}

/// The Liouvillian in T/hbar and the operator of dN_R/dt, both as functions of the windows.
fn generator(
    parameters: &Parameters,
    spin: &SpinAlgebra,
    windows: &Windows,
    exchange: ExchangeField,
) -> (DMatrix<f64>, DVector<f64>) {
    let coupling = &parameters.coupling;
    let right_to_left = backward(coupling, &windows.right_to_left).conjugate();
    let left_to_right = backward(coupling, &windows.left_to_right);
    let jumps = right_to_left + left_to_right + forward(coupling, &windows.forward);
    let mut liouvillian = spin.dissipator(&jumps) / (4.0 * PI);
    if exchange == ExchangeField::Included {
        let h = field(coupling, &windows.imbalance) / (2.0 * PI);
        liouvillian += spin.precession(&h);
    }
    // fL(1-fR) tr[G_LR G_RL rho] - fR(1-fL) tr[G_RL G_LR rho], Eq. (12)
    let current =
        (left_to_right.conjugate() - right_to_left.conjugate()) * Complex64::from(0.5 / PI);
    (liouvillian, spin.bilinear(&current))
}

/// Solves Eqs. (10) and (12) for one set of parameters; `windows` and `slopes` belong to them.
pub(super) fn solve(
    parameters: &Parameters,
    spin: &SpinAlgebra,
    (windows, slopes): &(Windows, Windows),
    exchange: ExchangeField,
) -> Result<Response, TransportError> {
    let (liouvillian, current) = generator(parameters, spin, windows, exchange);
    let (liouvillian_slope, current_slope) = generator(parameters, spin, slopes, exchange);
    let kernel = Kernel::new(&liouvillian)?;
    let mixed = &spin.identity / spin.dimension() as f64;
    let state = &kernel.projector * &mixed;

    // d rho = dP (1/d) with dP = -P dL Q - Q dL P, Q the group inverse of L.
    let group_inverse = kernel.group_inverse(&liouvillian)?;
    let transient = &group_inverse * &mixed;
    let state_slope = -(&kernel.projector * (&liouvillian_slope * transient))
        - &group_inverse * (&liouvillian_slope * &state);
    let rate = current.dot(&state);
    let rate_slope = current_slope.dot(&state) + current.dot(&state_slope);

    let mut warnings = parameters.warnings();
    if exchange == ExchangeField::LeftOut && !parameters.exchange_field_is_harmless() {
        warnings.push(
            "finite bias without the exchange field, which is of first order in J here: include it"
                .into(),
        );
    }
    let degenerate = 1 < kernel.dimension;
    if degenerate {
        warnings.push(
            "the stationary state is not unique: the one reached from a fully mixed spin was taken"
                .into(),
        );
    }
    Ok(Response {
        delta_g: Normalised::from_paper(2.0 * PI * rate_slope),
        current: Normalised::from_paper(2.0 * rate),
        polarization: std::array::from_fn(|k| spin.spin[k].dot(&state)),
        relaxation_gap: relaxation_gap(&liouvillian, kernel.dimension)?,
        degenerate,
        density_matrix: spin.matrix(&state),
        warnings,
    })
}

fn relaxation_gap(
    liouvillian: &DMatrix<f64>,
    kernel: usize,
) -> Result<Option<f64>, TransportError> {
    // The transpose has the same eigenvalues.
    let mut values = eigenvalues(liouvillian.nrows(), liouvillian.as_slice())?;
    values.sort_by(|a, b| a.norm().total_cmp(&b.norm()));
    Ok(values.iter().skip(kernel).map(|value| -value.re).min_by(f64::total_cmp))
}
