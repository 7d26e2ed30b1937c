//! The gap between the edge bands, its position, and the widths where it vanishes (section 6).
use rayon::prelude::*;

use super::bulk::golden;
use super::lattice::Ribbon;
use super::solve::{Point, Query, Want, solve};
use super::{Model, RibbonError};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::stop::Stop;

/// Below this a gap is rounding, meV.
pub const RESOLUTION_MEV: f64 = 1e-9;

/// The gap of the edge bands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// `min_k (E_3 - E_2)`, meV.
    pub gap_mev: f64,
    /// Its position k > 0, 1/nm; there is another at -k.
    pub k_per_nm: f64,
    /// `E_3 - E_2` at k = 0, meV.
    pub gap_at_zero_mev: f64,
    /// Whether the minimum lies within the searched range rather than at its end.
    pub inside: bool,
}

impl Gap {
    /// `Delta(W)/[E_3 - E_2](k = 0, W)`, whose zero with sign is a width of destructive
    /// interference.
    pub fn ratio(&self) -> f64 {
        self.gap_mev / self.gap_at_zero_mev
    }
}

/// Where both edge states of an isolated edge still exist, 1/nm (section 2).
pub(super) fn critical_k(model: &Model) -> f64 {
    let (b, d) = (model.b_mev_nm2, model.d_mev_nm2);
    let slope = model.a_mev_nm.abs() / (b * b - d * d).sqrt() * (d / b).abs();
    let z0 = model.m_mev / b;
    0.5 * ((slope * slope + 4.0 * z0).sqrt() - slope)
}

/// Samples of k for each decade of the search.
const PER_DECADE: f64 = 12.0;

/// The gap of a BHZ ribbon, on its lattice or in the continuum, sought in (1e-4, 0.98) of the wave
/// number where the edge states end; from below 1e-4 in ribbons so wide that the splitting at k = 0
/// is passed by `2 hv k` there.
///
/// # Errors
/// `Invalid`: not a BHZ ribbon, not topological; `BelowResolution`: a gap under 1e-9 meV; and those
/// of [`solve`].
pub fn edge_gap(ribbon: &Ribbon, device: &dyn Device, stop: &dyn Stop) -> Result<Gap, RibbonError> {
    let Some(model) = ribbon.model() else {
        return Err(Invalid::new("ribbon", "a model of one's own", "a BHZ ribbon").into());
    };
    model.check_topological()?;
    let splitting = |k: f64| splitting(ribbon, k, device, stop);
    let (end, gap_at_zero_mev) = (critical_k(model), splitting(0.0)?);
    let first = (1e-2 * gap_at_zero_mev / (velocity(model) * end)).clamp(1e-14, 1e-4);
    let decades = (0.98 / first).log10();
    let count = (PER_DECADE * decades).ceil() as usize;
    let at = |i: usize| end * first * 10.0_f64.powf(decades * i as f64 / (count - 1) as f64);
    let found: Vec<f64> =
        (0..count).into_par_iter().map(|i| splitting(at(i))).collect::<Result<_, _>>()?;
    let least = (0..count).min_by(|a, b| found[*a].total_cmp(&found[*b])).unwrap_or(0);
    let (low, high) = (at(least.saturating_sub(1)), at((least + 1).min(count - 1)));
    let k_per_nm = minimum(&splitting, low, high)?;
    let gap_mev = splitting(k_per_nm)?;
    if gap_mev < RESOLUTION_MEV {
        let what = "the gap of the edge bands".into();
        return Err(RibbonError::BelowResolution {
            what,
            value: gap_mev,
            resolution: RESOLUTION_MEV,
        });
    }
    let inside = 0 < least && least + 1 < count;
    Ok(Gap { gap_mev, k_per_nm, gap_at_zero_mev, inside })
}

/// hv of an isolated edge, meV nm (section 2).
fn velocity(model: &Model) -> f64 {
    let (b, d) = (model.b_mev_nm2, model.d_mev_nm2);
    model.a_mev_nm.abs() * (b * b - d * d).sqrt() / b.abs()
}

fn splitting(
    ribbon: &Ribbon,
    k: f64,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<f64, RibbonError> {
    let point = [Point { ribbon, k }];
    let spectra = solve(&point, &Query::EdgeStates, Want::Energies, device, stop)?;
    Ok(spectra[0].energies_mev[2] - spectra[0].energies_mev[1])
}

/// The minimum is flat: coarsely by sections, then the vertex of parabolas through the square of
/// the splitting, which is a parabola of k there.
fn minimum(
    splitting: &dyn Fn(f64) -> Result<f64, RibbonError>,
    mut low: f64,
    mut high: f64,
) -> Result<f64, RibbonError> {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    while 0.05 * low < high - low {
        let (a, b) = (high - share * (high - low), low + share * (high - low));
        if splitting(a)? < splitting(b)? { high = b } else { low = a }
    }
    let mut k = 0.5 * (low + high);
    for step in [0.05, 0.02, 0.01] {
        let h = step * k;
        let square = |k: f64| splitting(k).map(|value| value * value);
        let (left, middle, right) = (square(k - h)?, square(k)?, square(k + h)?);
        let curvature = left - 2.0 * middle + right;
        if 0.0 < curvature {
            k += (0.5 * h * (left - right) / curvature).clamp(-2.0 * h, 2.0 * h);
        }
    }
    Ok(k)
}

/// The width in `[low_nm, high_nm]` (holding one such) at which the gap, continued with its sign,
/// vanishes; every gap in the continuum. The ratio [`Gap::ratio`] falls on one side and rises on
/// the other: first its minimum, then the zero of a parabola through signed ratios around it.
///
/// # Errors
/// `Invalid`: the model or the interval; `Missing`: no such width in the interval; and those of
/// [`edge_gap`].
pub fn vanishing_width(
    model: Model,
    low_nm: f64,
    high_nm: f64,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<f64, RibbonError> {
    if !(high_nm.is_finite() && 0.0 < low_nm && low_nm < high_nm) {
        let given = format!("[{low_nm}, {high_nm}]");
        return Err(Invalid::new("width_nm", given, "0 < low < high").into());
    }
    let ratio = |width: f64| -> Result<f64, RibbonError> {
        match edge_gap(&Ribbon::continuum(model, width, None)?, device, stop) {
            Ok(gap) => Ok(gap.ratio()),
            Err(RibbonError::BelowResolution { .. }) => Ok(0.0),
            Err(other) => Err(other),
        }
    };
    let count = 9;
    let at = |i: usize| low_nm + (high_nm - low_nm) * i as f64 / (count - 1) as f64;
    let coarse: Vec<f64> = (0..count).map(|i| ratio(at(i))).collect::<Result<_, _>>()?;
    let least = (0..count).min_by(|a, b| coarse[*a].total_cmp(&coarse[*b])).unwrap_or(0);
    let missing = || RibbonError::Missing {
        what: "a width of vanishing gap".into(),
        why: format!("the gap does not go through zero between {low_nm} and {high_nm} nm"),
    };
    if least == 0 || least + 1 == count {
        return Err(missing());
    }
    let rough = {
        let (mut low, mut high) = (at(least - 1), at(least + 1));
        let share = 0.5 * (5.0_f64.sqrt() - 1.0);
        while 0.004 * low_nm < high - low {
            let (a, b) = (high - share * (high - low), low + share * (high - low));
            if ratio(a)? < ratio(b)? { high = b } else { low = a }
        }
        0.5 * (low + high)
    };
    // Signed values: positive before, negative behind; far enough from the zero to know the side.
    let step = 0.01 * low_nm;
    let widths = [rough - 2.0 * step, rough - step, rough + step, rough + 2.0 * step];
    let signs = [1.0, 1.0, -1.0, -1.0];
    let mut signed = [0.0; 4];
    for i in 0..4 {
        signed[i] = signs[i] * ratio(widths[i])?;
    }
    // Through zero the signed values are smooth; a mere minimum above zero jumps here.
    let (inner, outer) = (signed[1] - signed[2], signed[0] - signed[3]);
    if outer <= inner || 0.8 * outer < inner {
        return Err(missing());
    }
    golden(&|width| Ok(lagrange(&widths, &signed, width).abs()), widths[1], widths[2])
}

/// The polynomial through the points.
fn lagrange(x: &[f64], y: &[f64], at: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() {
        let mut term = y[i];
        for j in 0..x.len() {
            if i != j {
                term *= (at - x[j]) / (x[i] - x[j]);
            }
        }
        sum += term;
    }
    sum
}
