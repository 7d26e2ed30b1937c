//! Helical conductance suppressed by one magnetic impurity and a spin texture.
//!
//! Source: Yevtushenko and Yudson, Phys. Rev. B 104, 195414 (2021); equation numbers are theirs. H
//! = vF k sigma_z + sum J_kl S_k sigma_l at x = 0, spin and chirality related by the texture angle
//! th(k) = (k/k0)^2 (Eqs. 3-7). hbar = k_B = 1; everything here is dimensionless: coupling J/vF,
//! texture t = T/(vF k0), bias u = eV/(2T), Fermi level mu0/T.
//!
//! Two normalisations (`docs/transport.md`): Eq. (1) counts a backscattered electron twice, so that
//! the `landauer` value is half of the `paper` value. Answers hold both.
mod integrals;
mod linear;
mod master;
mod nonlinear;
mod parameters;
mod spin;
mod sweep;
mod windows;

pub use integrals::{ic, is, texture_integral};
pub use linear::{
    LinearResponse, linear_diagonal, linear_general, linear_isotropic,
    linear_isotropic_low_temperature,
};
pub use master::{ExchangeField, Response};
pub use nonlinear::{differential_ratio, low_temperature_isotropic, polarization_ratio};
pub use parameters::{Parameters, PhysicalParameters};
pub(crate) use spin::{hermitian_basis, overlap, spin_matrices};
pub use sweep::{respond, sweep};

/// A conductance, or current, in both normalisations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalised {
    /// As in the paper: J = 2 e dN_R/dt is added to the ballistic current (Eq. 1).
    pub paper: f64,
    /// One backscattered electron costs the charge e: half of `paper`.
    pub landauer: f64,
}

impl Normalised {
    pub(crate) fn from_paper(paper: f64) -> Self {
        Self { paper, landauer: 0.5 * paper }
    }
}
