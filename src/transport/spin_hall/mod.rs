//! Spin-charge kinetics of alloys with Kondo-screened, or any rotation-invariant, impurities.
//!
//! Source: Huang, Tokatly and Cazalilla, "Enhancement of spin-charge conversion in dilute magnetic
//! alloys by Kondo screening", letter Eqs. (1)-(20), supplement (S1)-(S196). `corrected` is what
//! follows from the source's own Eqs. (2), (3), (6); `printed` reproduces the formulas as printed
//! (`docs/transport.md` lists the differences). Rates are in units of r0 = (8/(3 pi)) (eF/hbar) c.
mod alloy;
mod film;
mod gradient;
mod kinetics;
mod mean_field;
mod rates;
mod relaxation;
mod scattering;
mod wire;

pub use alloy::{Alloy, Lengths, Transport, transport};
pub use film::{Film, FilmSolution, Rectangle, Source, SpinEnd, solve_film};
pub use gradient::{Gradients, gradients, gradients_of_phase_shifts};
pub use kinetics::{Kinetics, kinetics, kinetics_of_phase_shifts, kinetics_of_rates};
pub use mean_field::{
    Anderson, MeanField, anderson_to_kondo, mean_field, resonant_phase_shift, wilson_ratio,
};
pub use rates::{Rates, rates, rates_of_phase_shifts};
pub use relaxation::{Relaxation, relaxation};
pub use scattering::{Amplitudes, PartialWaves, PhaseShifts, Scattering};
pub use wire::{End, Wire, non_local_resistance_ohm, wire_response};

/// Which formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Derived from Eqs. (2), (3), (6) and verified by quadrature.
    Corrected,
    /// As printed, for comparison with the paper only; three phase shifts only.
    Printed,
}
