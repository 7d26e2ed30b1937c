//! Bands of the infinite plane and the edges of its gap (section 1).
use std::f64::consts::PI;

use super::terms::{ORBITALS, bulk};
use super::{Model, RibbonError};
use crate::linalg::dense::hermitian_eigenvalues;

/// The four bands at (kx, ky) in 1/nm, ascending, meV: in closed form where S0, T0 and Delta0 are
/// zero, by diagonalization elsewhere.
///
/// # Errors
/// `Invalid`: the model; `Linalg`: a wave number that is not finite.
pub fn bulk_bands(model: &Model, kx: f64, ky: f64) -> Result<[f64; 4], RibbonError> {
    model.check()?;
    if is_isotropic(model) && kx.is_finite() && ky.is_finite() {
        let mut bands = [0.0; 4];
        let k = kx.hypot(ky);
        for (place, (s, r)) in
            [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)].iter().enumerate()
        {
            bands[place] = closed_form(model, k, *s, *r);
        }
        bands.sort_by(f64::total_cmp);
        return Ok(bands);
    }
    let h: Vec<_> = bulk(model, kx, ky).into_iter().flatten().collect();
    let values = hermitian_eigenvalues(ORBITALS, &h)?;
    Ok([values[0], values[1], values[2], values[3]])
}

fn is_isotropic(model: &Model) -> bool {
    model.rashba2_mev_nm2 == 0.0 && model.rashba3_mev_nm3 == 0.0 && model.bia_mev == 0.0
}

fn closed_form(model: &Model, k: f64, s: f64, r: f64) -> f64 {
    let rashba = 0.5 * s * model.rashba_mev_nm * k;
    let mass = model.m_mev - model.b_mev_nm2 * k * k + rashba;
    model.c_mev - model.d_mev_nm2 * k * k + rashba + r * mass.hypot(model.a_mev_nm * k)
}

/// Edges of the bulk bands in meV and where they lie, |k| in 1/nm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BulkEdges {
    /// E_c: minimum of the two upper bands.
    pub conduction_mev: f64,
    pub conduction_k_per_nm: f64,
    /// E_v: maximum of the two lower bands.
    pub valence_mev: f64,
    pub valence_k_per_nm: f64,
}

impl BulkEdges {
    /// E_c - E_v; negative or zero where there is no bulk gap.
    pub fn gap_mev(&self) -> f64 {
        self.conduction_mev - self.valence_mev
    }

    pub fn has_gap(&self) -> bool {
        0.0 < self.gap_mev()
    }
}

const GRID: usize = 2000;
const ANGLES: usize = 24;

/// Edges of the bulk gap: a grid in k (and its angle, where the bands depend on it), then a
/// refinement.
///
/// # Errors
/// `Invalid`: the model; `Missing`: |D| >= |B| or T0 other than 0 with bands that have no edge
/// within the reach of the model.
pub fn bulk_edges(model: &Model) -> Result<BulkEdges, RibbonError> {
    model.check()?;
    let margin = model.b_mev_nm2.abs() - model.d_mev_nm2.abs();
    if margin <= 0.0 {
        let why = "no bulk gap: |d_mev_nm2| >= |b_mev_nm2| leaves a band without bound".into();
        return Err(RibbonError::Missing { what: "the bulk edge".into(), why });
    }
    // Beyond this the quadratic terms dominate every other and both edges lie behind.
    let linear = model.a_mev_nm.abs() + model.rashba_mev_nm.abs();
    let constant = (model.m_mev.abs() + model.bia_mev.abs()) / margin;
    let reach = 2.0 * (linear / margin + constant.sqrt());
    let angles = if is_isotropic(model) { 1 } else { ANGLES };
    let (conduction_k_per_nm, conduction_mev) = extremum(model, reach, angles, 2, 1.0)?;
    let (valence_k_per_nm, valence) = extremum(model, reach, angles, 1, -1.0)?;
    let valence_mev = -valence;
    Ok(BulkEdges { conduction_mev, conduction_k_per_nm, valence_mev, valence_k_per_nm })
}

/// Smallest `sign * band` over the plane: (|k|, value).
fn extremum(
    model: &Model,
    reach: f64,
    angles: usize,
    band: usize,
    sign: f64,
) -> Result<(f64, f64), RibbonError> {
    let value = |k: f64, angle: f64| -> Result<f64, RibbonError> {
        Ok(sign * bulk_bands(model, k * angle.cos(), k * angle.sin())?[band])
    };
    let (mut best, mut energy) = ((0.0, 0.0), value(0.0, 0.0)?);
    let steps = if angles == 1 { GRID } else { GRID / 10 };
    let (step, turn) = (reach / steps as f64, PI / angles as f64);
    for j in 0..angles {
        for i in 1..=steps {
            let at = (step * i as f64, turn * j as f64);
            let here = value(at.0, at.1)?;
            if here < energy {
                (best, energy) = (at, here);
            }
        }
    }
    // One coordinate after the other; a single pass where there is but one.
    let (mut dk, mut da) = (step, turn);
    for _ in 0..if angles == 1 { 1 } else { 12 } {
        let (low, high) = ((best.0 - dk).max(0.0), best.0 + dk);
        let k = golden(&|k| value(k, best.1), low, high)?;
        best.0 = if value(k, best.1)? < energy { k } else { best.0 };
        energy = energy.min(value(best.0, best.1)?);
        if 1 < angles {
            let angle = golden(&|angle| value(best.0, angle), best.1 - da, best.1 + da)?;
            best.1 = if value(best.0, angle)? < energy { angle } else { best.1 };
            energy = energy.min(value(best.0, best.1)?);
            (dk, da) = (0.6 * dk, 0.6 * da);
        }
    }
    Ok((best.0, energy))
}

/// Minimum of a function with one minimum in the interval, to the square root of rounding.
pub(super) fn golden(
    value: &dyn Fn(f64) -> Result<f64, RibbonError>,
    mut low: f64,
    mut high: f64,
) -> Result<f64, RibbonError> {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut a, mut b) = (high - share * (high - low), low + share * (high - low));
    let (mut at_a, mut at_b) = (value(a)?, value(b)?);
    while 1e-8 * (high.abs() + low.abs()) < high - low {
        if at_a < at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - share * (high - low);
            at_a = value(a)?;
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + share * (high - low);
            at_b = value(b)?;
        }
        if b <= a {
            break;
        }
    }
    Ok(0.5 * (low + high))
}
