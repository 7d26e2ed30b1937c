//! How far a lattice is from the continuum: two lattices and Richardson's extrapolation (section 6).
use super::lattice::Ribbon;
use super::solve::{Point, Query, Want, solve};
use super::{Model, RibbonError};
use crate::linalg::Device;
use crate::stop::Stop;

/// Edge-state energies on two lattices and what they say of the continuum.
#[derive(Debug, Clone, PartialEq)]
pub struct Convergence {
    /// Sites across of the coarse lattice and of the fine one, of half its spacing.
    pub sites: [usize; 2],
    /// Energies of the four edge states on each, meV.
    pub energies_mev: [Vec<f64>; 2],
    /// Extrapolated to zero spacing, errors being of second order.
    pub extrapolated_mev: Vec<f64>,
    /// `|extrapolated - fine|`: the estimated error of the fine lattice.
    pub error_mev: Vec<f64>,
}

/// Edge states at `k` (1/nm) on lattices of `sites` and `2 sites + 1`.
///
/// # Errors
/// As [`solve`] for edge states.
pub fn convergence(
    model: Model,
    width_nm: f64,
    sites: usize,
    k: f64,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Convergence, RibbonError> {
    let counts = [sites, 2 * sites + 1];
    let coarse = Ribbon::lattice(model, width_nm, counts[0])?;
    let fine = Ribbon::lattice(model, width_nm, counts[1])?;
    let points = [Point { ribbon: &coarse, k }, Point { ribbon: &fine, k }];
    let spectra = solve(&points, &Query::EdgeStates, Want::Energies, device, stop)?;
    let energies_mev = [spectra[0].energies_mev.clone(), spectra[1].energies_mev.clone()];
    let pairs = || energies_mev[0].iter().zip(&energies_mev[1]);
    let extrapolated_mev: Vec<f64> = pairs().map(|(c, f)| f + (f - c) / 3.0).collect();
    let error_mev = pairs().map(|(c, f)| (f - c).abs() / 3.0).collect();
    Ok(Convergence { sites: counts, energies_mev, extrapolated_mev, error_mev })
}
