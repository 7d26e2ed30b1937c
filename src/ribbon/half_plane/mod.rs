//! The edge of a half plane with Rashba coupling, exactly: bound states of the four-band problem
//! with psi = 0 at the edge (section 8). Half plane x > 0, edge along y, k along the edge.
//!
//! The two-state model of `isolated_edge` keeps the profiles of the edge without Rashba coupling;
//! here the spin also precesses with the distance from the edge, and turns more with k.
mod boundary;
mod energies;
mod state;

pub use state::HalfPlaneState;

use super::isolated_edge::{IsolatedEdge, left_out};
use super::{Model, RibbonError};
use crate::invalid::Invalid;

/// The edge states by their slope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// The energy grows with k.
    Rising,
    Falling,
}

/// An edge whose bound states are looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfPlane {
    model: Model,
    edge: IsolatedEdge,
}

/// Energies at one k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfPlaneEnergies {
    pub k_per_nm: f64,
    /// Rising and falling branch, meV; none where the branch has merged with the bulk.
    pub energies_mev: [Option<f64>; 2],
    /// What they continue: the two-state model, or `E0 +- hv k` where that has ended, meV.
    pub two_state_mev: [f64; 2],
    /// No bulk state of this k lies between, meV.
    pub gap_mev: [f64; 2],
}

/// k0 of `f(k, k') = |k^2 - k'^2|/k0^2` for small k, k'.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectiveRotation {
    /// 1/k0^2, nm^2.
    pub inverse_k0_squared_nm2: f64,
    /// k0, 1/nm; infinite where the overlap vanishes to rounding.
    pub k0_per_nm: f64,
    /// Difference of the last two extrapolations of 1/k0^2, nm^2.
    pub uncertainty_nm2: f64,
}

impl Branch {
    pub const BOTH: [Self; 2] = [Self::Rising, Self::Falling];

    fn index(self) -> usize {
        match self {
            Self::Rising => 0,
            Self::Falling => 1,
        }
    }
}

impl HalfPlane {
    /// # Errors
    /// `Invalid`: not finite, or without helical edge states.
    pub fn new(model: &Model) -> Result<Self, RibbonError> {
        Ok(Self { model: *model, edge: IsolatedEdge::new(model)? })
    }

    /// Which terms of the model are left out.
    pub fn warnings(&self) -> Vec<String> {
        left_out(&self.model)
    }

    /// Energies of both branches at `k_per_nm`; at k = 0 they are degenerate.
    ///
    /// # Errors
    /// `Invalid`: k not finite. `Missing`: the bulk has no gap at this k, or no state in it.
    pub fn energies(&self, k_per_nm: f64) -> Result<HalfPlaneEnergies, RibbonError> {
        if !k_per_nm.is_finite() {
            return Err(Invalid::new("k_per_nm", k_per_nm, "a finite number").into());
        }
        energies::energies(&self.model, &self.edge, k_per_nm)
    }

    /// The normalised state of `branch` at `k_per_nm`; at k = 0 its limit for k -> 0.
    ///
    /// # Errors
    /// `Invalid`: k not finite. `Missing`: the branch has merged with the bulk. `NoConvergence`: two
    /// decay constants coincide too closely.
    pub fn state(&self, branch: Branch, k_per_nm: f64) -> Result<HalfPlaneState, RibbonError> {
        let energies = self.energies(k_per_nm)?;
        let Some(energy) = energies.energies_mev[branch.index()] else {
            let what = format!("{branch:?} edge state at k = {k_per_nm} 1/nm").to_lowercase();
            return Err(RibbonError::Missing { what, why: "it has merged with the bulk".into() });
        };
        if k_per_nm == 0.0 {
            return HalfPlaneState::at_zero(&self.model, branch, energy);
        }
        HalfPlaneState::new(&self.model, k_per_nm, energy)
    }

    /// `f(k, k') = |<rising, k|falling, k'>|`, not symmetric; 0 at k' = -k by time reversal.
    ///
    /// # Errors
    /// As [`HalfPlane::state`].
    pub fn overlap(&self, k_per_nm: f64, other_k_per_nm: f64) -> Result<f64, RibbonError> {
        let rising = self.state(Branch::Rising, k_per_nm)?;
        let falling = self.state(Branch::Falling, other_k_per_nm)?;
        Ok(rising.overlap(&falling).norm())
    }

    /// k0 of the exact states as k -> 0: `(f(k, k/2) + f(k/2, k))/2` over `3 k^2/4`, which is even in k,
    /// extrapolated from three k.
    ///
    /// # Errors
    /// As [`HalfPlane::state`].
    pub fn effective_rotation(&self) -> Result<EffectiveRotation, RibbonError> {
        let ratio = |part: f64| -> Result<f64, RibbonError> {
            let k = part * self.edge.critical_per_nm;
            let both = self.overlap(k, 0.5 * k)? + self.overlap(0.5 * k, k)?;
            Ok(0.5 * both / (0.75 * k * k))
        };
        let [coarse, middle, fine] = [ratio(0.12)?, ratio(0.06)?, ratio(0.03)?];
        let [first, second] = [(4.0 * middle - coarse) / 3.0, (4.0 * fine - middle) / 3.0];
        let inverse = (16.0 * second - first) / 15.0;
        // An overlap of 1e-9 is what rounding leaves at the smallest k.
        let noise = 1e-9 / (0.03 * self.edge.critical_per_nm).powi(2);
        let zero = inverse.abs() < noise;
        Ok(EffectiveRotation {
            inverse_k0_squared_nm2: if zero { 0.0 } else { inverse },
            k0_per_nm: if zero { f64::INFINITY } else { inverse.abs().sqrt().recip() },
            uncertainty_nm2: (inverse - second).abs(),
        })
    }
}
