//! Spin rotation of a ribbon from its full solution in the continuum (section 7).
use rayon::prelude::*;

use super::bulk::bulk_edges;
use super::gap::critical_k;
use super::lattice::Ribbon;
use super::observables::overlap;
use super::solve::{Point, Query, Spectrum, Want, solve};
use super::{Model, RibbonError};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::stop::Stop;

/// The spin rotation of one ribbon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotation {
    /// K_tot, 1/nm.
    pub total_per_nm: f64,
    /// k_r, 1/nm: where the upper edge band without Rashba coupling meets the bulk.
    pub end_per_nm: f64,
    /// P(k_r).
    pub projection_at_end: f64,
}

/// The ribbon with Rashba coupling and the one without, on the same functions.
#[derive(Debug)]
pub struct Projection {
    model: Model,
    with: Ribbon,
    without: Ribbon,
}

impl Projection {
    /// # Errors
    /// As [`Ribbon::continuum`]; `Invalid`: no helical edge states.
    pub fn new(model: Model, width_nm: f64) -> Result<Self, RibbonError> {
        model.check_topological()?;
        let with = Ribbon::continuum(model, width_nm, None)?;
        let without = Ribbon::continuum(model.without_spin_mixing(), width_nm, None)?;
        Ok(Self { model, with, without })
    }

    /// P(k): the weight of the lower edge band without Rashba coupling (the mean over its two
    /// spins, which are degenerate) in the third edge state with it; `k` in 1/nm, not 0 (Kramers
    /// degeneracy leaves only the limit there).
    ///
    /// # Errors
    /// `Invalid`: k is 0 or not finite; and those of [`solve`].
    pub fn at(&self, k: f64, device: &dyn Device, stop: &dyn Stop) -> Result<f64, RibbonError> {
        if k == 0.0 {
            return Err(Invalid::new("k", k, "other than 0: P is a limit there").into());
        }
        let here = edge_states(&self.with, k, device, stop)?;
        let bare = edge_states(&self.without, k, device, stop)?;
        let third = here.state(2).unwrap_or_default();
        let weight = |index: usize| {
            let state = bare.state(index).unwrap_or_default();
            overlap(&self.with, &state, &third).norm_sqr()
        };
        Ok(0.5 * (weight(0) + weight(1)))
    }

    /// K_tot = int_0^kr |P(k) - P(kr)| dk with E_c given in meV, or that of the bulk bands.
    ///
    /// # Errors
    /// `Missing`: no k_r below the end of the edge states; and those of [`Projection::at`].
    pub fn total(
        &self,
        conduction_edge_mev: Option<f64>,
        device: &dyn Device,
        stop: &dyn Stop,
    ) -> Result<Rotation, RibbonError> {
        let edge = match conduction_edge_mev {
            Some(edge) if edge.is_finite() => edge,
            Some(edge) => return Err(Invalid::new("conduction_edge_mev", edge, "finite").into()),
            None => bulk_edges(&self.model)?.conduction_mev,
        };
        let end_per_nm = self.end(edge, device, stop)?;
        let projection_at_end = self.at(end_per_nm, device, stop)?;
        let excess = |k: f64| Ok(self.at(k, device, stop)? - projection_at_end);
        let total_per_nm = integral_of_modulus(&excess, end_per_nm)?;
        Ok(Rotation { total_per_nm, end_per_nm, projection_at_end })
    }

    /// k_r by bisection: E^+ without Rashba coupling rises with k.
    fn end(&self, edge: f64, device: &dyn Device, stop: &dyn Stop) -> Result<f64, RibbonError> {
        let upper = |k: f64| -> Result<f64, RibbonError> {
            Ok(edge_states(&self.without, k, device, stop)?.energies_mev[3])
        };
        let (mut low, mut high) = (0.0, critical_k(&self.model));
        if edge <= upper(low)? || upper(high)? <= edge {
            let why = "the upper edge band does not meet the bulk edge below the end of the edge \
                       states"
                .into();
            return Err(RibbonError::Missing { what: "k_r".into(), why });
        }
        for _ in 0..44 {
            let middle = 0.5 * (low + high);
            if upper(middle)? < edge { low = middle } else { high = middle }
        }
        Ok(0.5 * (low + high))
    }
}

fn edge_states(
    ribbon: &Ribbon,
    k: f64,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Spectrum, RibbonError> {
    let point = [Point { ribbon, k }];
    let spectra = solve(&point, &Query::EdgeStates, Want::States, device, stop)?;
    let missing = || RibbonError::Missing { what: "a spectrum".into(), why: "no point".into() };
    spectra.into_iter().next().ok_or_else(missing)
}

/// Panels of Gauss points on a scale of k that is quadratic at 0, where P is steepest; split at the
/// changes of sign.
fn integral_of_modulus(
    excess: &(dyn Fn(f64) -> Result<f64, RibbonError> + Sync),
    end: f64,
) -> Result<f64, RibbonError> {
    let panels = 24;
    let k_of = |t: f64| end * t * t;
    let samples: Vec<f64> = (0..=4 * panels)
        .into_par_iter()
        .map(|i| excess(k_of((i as f64 + 0.01) / (4 * panels) as f64).min(end)))
        .collect::<Result<_, _>>()?;
    // Ends of the panels: even ones, and roots between neighbours of different sign.
    let mut cuts: Vec<f64> = (0..=panels).map(|i| i as f64 / panels as f64).collect();
    for i in 1..4 * panels {
        if samples[i - 1] * samples[i] < 0.0 {
            let (mut low, mut high) = ((i as f64 - 0.99), (i as f64 + 0.01));
            for _ in 0..30 {
                let middle = 0.5 * (low + high);
                let value = excess(k_of(middle / (4 * panels) as f64))?;
                if value * samples[i - 1] < 0.0 { high = middle } else { low = middle }
            }
            cuts.push(0.5 * (low + high) / (4 * panels) as f64);
        }
    }
    cuts.sort_by(f64::total_cmp);
    // Gauss-Legendre with 5 points.
    let nodes = [0.0, 0.538_469_310_105_683_1, 0.906_179_845_938_664];
    let weights = [0.568_888_888_888_888_9, 0.478_628_670_499_366_47, 0.236_926_885_056_189_08];
    let panel = |pair: &[f64]| -> Result<f64, RibbonError> {
        let (middle, half) = (0.5 * (pair[0] + pair[1]), 0.5 * (pair[1] - pair[0]));
        let mut sum = 0.0;
        for (node, weight) in nodes.iter().zip(weights) {
            let sides: &[f64] = if *node == 0.0 { &[0.0] } else { &[-1.0, 1.0] };
            for side in sides {
                let t = middle + side * half * node;
                sum += weight * half * 2.0 * end * t * excess(k_of(t))?.abs();
            }
        }
        Ok(sum)
    };
    let parts: Vec<f64> = cuts.par_windows(2).map(panel).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().sum())
}
