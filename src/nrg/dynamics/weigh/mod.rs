//! Pairs of states of a shell, weighted with the full density matrix (A53; specification, section 8),
//! all runs of a lockstep.
//!
//! Every element <b| O |a> counts with the density matrix on its column a: kept columns give
//! (X R)_ba X_ba on the way up, when R is known; discarded ones w_a X_ba^2 on the way down, relative to
//! the shell's ground state; both at E_b - E_a. Where the roles of a and b are exchanged, the element is
//! the image under F of another direction's (or, for the z components, its mirror image in the same
//! block).
mod discarded;
mod kept;

pub(super) use discarded::{Pairs, weigh_discarded};
pub(super) use kept::weigh_kept;

use crate::nrg::operators::Spin;
use crate::nrg::pairs::Direction;
use crate::nrg::shell::{RunShell, Sector};
use crate::nrg::space::Label;

/// Weights that cannot show: there are fewer than 1e10 pairs, and they add up to 1/4.
pub(super) const NEGLIGIBLE: f64 = 1e-30;

/// How many sectors an element's column stands for, times the norm of the operator. F is used up by
/// the directions of the raising operators.
fn factor(spin: Spin, col: Label) -> f64 {
    if spin.is_plus() {
        0.5 * Label::new(col.charge, 0).multiplicity(true) as f64
    } else {
        col.multiplicity(true) as f64
    }
}

/// Sectors of rows and columns; an image has the energies and order of its original.
fn ends<'a>(shell: &'a RunShell, direction: &Direction) -> Option<(&'a Sector, &'a Sector)> {
    let sectors = &shell.sectors;
    Some((sectors.get(&direction.row)?, sectors.get(&direction.col.canonical())?))
}
