//! What stands at the head of a chain: the product states of impurity and first rung.
use super::fock::Small;
use crate::nrg::space::Label;

/// A local operator between states of definite quantum numbers.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Local {
    /// Row label minus column label.
    pub change: Label,
    pub matrix: Small,
}

/// Shell 0 before it is diagonalized. Labels are (electrons, 2 S_z).
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Start {
    pub labels: Vec<Label>,
    /// In units of D.
    pub hamiltonian: Small,
    /// f_{0,m}, the annihilators of the first rung.
    pub hops: Vec<Small>,
    /// The operators whose correlations are wanted.
    pub operators: Vec<Local>,
}
