//! Wilson chains and ladders of any small rung with all eigenvectors at hand: one-impurity models,
//! full density matrix (Weichselbaum and von Delft 2007) and dynamics.
//!
//! A model is data: `start` holds the product states of impurity and first rung with their
//! Hamiltonian and operators, `chain` the couplings of the rungs behind. `forward` goes down the
//! shells and keeps what the way back needs, `thermal` weighs the complete basis of discarded states,
//! `density` and `pairs` go back up: reduced density matrices and pairs of states.
pub(super) mod blocks;
pub(super) mod chain;
pub(super) mod density;
#[cfg(test)]
mod exact;
pub(super) mod fock;
pub(super) mod forward;
pub(super) mod pairs;
pub(super) mod start;
pub(super) mod thermal;
