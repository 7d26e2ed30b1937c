//! Is helical transport protected? Conservation of the total spin in a rotating frame, and exact
//! checks.
//!
//! Source: Yevtushenko and Yudson, New J. Phys. 24, 023040 (2022), equation numbers are theirs: a
//! helical edge whose spin-orbit axis n(x) varies, coupled to impurities by Kondo matrices J_j
//! (`J[k][l]` couples S_k sigma_l) that may be coupled among themselves. If a frame exists in which
//! the total S_z is conserved, the dc conductance stays e^2/h. The answer is a criterion, never a
//! conductance; beside it stand two exact calculations: Landauer transmission through frozen spins
//! ([`transmit`]) and electrons scattering one after another off quantum spins
//! ([`repeated_scattering`]).
mod analysis;
mod chain;
mod criterion;
mod disorder;
mod edge;
mod frame;
mod interaction;
mod repeated;
mod spline;

pub use analysis::{
    Array, Finding, Mechanism, Protection, SingleImpurity, analyse, single_off_diagonal_correction,
    sub_ballistic_correction,
};
pub use chain::{ChainMinimum, minimize_chain};
pub use criterion::{
    Criterion, Element, Process, SingleMinimum, criterion, minimize_by_angles,
    minimize_by_singular_values, violating_elements, violation,
};
pub use disorder::{FrozenSpins, Statistics, frozen_spin_statistics};
pub use edge::{Edge, Magnetization, Potential, Texture, Transmission, transmit};
pub use frame::{Impurity, axis, axis_rotation};
pub use interaction::{InteractionTerms, interaction_terms};
pub use repeated::{Repeated, repeated_scattering, spin_space};
