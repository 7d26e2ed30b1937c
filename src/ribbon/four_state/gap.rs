//! Size and position of the two gaps that the Rashba coupling opens (section 5).
use super::FourState;
use crate::ribbon::RibbonError;
use crate::ribbon::roots::minimum_between;

/// Below this, rounding decides.
const RESOLUTION_MEV: f64 = 1e-9;
/// Samples of k on the logarithmic grid that finds the lowest minimum.
const GRID: usize = 120;

/// The gap between the two inner bands: the same at k and -k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// k_Delta > 0, 1/nm; the second gap is at -k_Delta.
    pub k_per_nm: f64,
    /// Delta, meV.
    pub gap_mev: f64,
    /// Whether the minimum lies within the searched range rather than at its end.
    pub inside: bool,
}

impl FourState {
    /// The smallest separation of the inner bands over k in (1e-4, 0.98) `k_c`; from below 1e-4 `k_c` in
    /// ribbons so wide that E^+ - E^- begins to grow there.
    ///
    /// # Errors
    /// As [`FourState::at`]; `BelowResolution` for a gap under 1e-9 meV.
    pub fn gap(&self) -> Result<Gap, RibbonError> {
        let (first, last) = (self.narrowest()?, 0.98_f64);
        let place =
            |i: usize| self.critical_per_nm * first * (last / first).powf(i as f64 / GRID as f64);
        let mut squares = Vec::with_capacity(GRID + 1);
        for i in 0..=GRID {
            squares.push(self.at(place(i))?.separation_mev().powi(2));
        }
        let best = (0..=GRID).min_by(|i, j| squares[*i].total_cmp(&squares[*j])).unwrap_or(0);
        let (left, right) = (place(best.saturating_sub(1)), place((best + 1).min(GRID)));
        // Delta^2 is smooth where Delta turns sharply.
        let square = |k| self.at(k).map_or(f64::INFINITY, |point| point.separation_mev().powi(2));
        let (near, _) = minimum_between(square, left, right);
        let k_per_nm = self.vertex(near, 1e-3 * near, square).clamp(left, right);
        let inside = left < k_per_nm && k_per_nm < right && 0 < best && best < GRID;
        let gap_mev = self.at(k_per_nm)?.separation_mev();
        if gap_mev < RESOLUTION_MEV {
            let what = "gap of the four-state model".to_owned();
            let (value, resolution) = (gap_mev, RESOLUTION_MEV);
            return Err(RibbonError::BelowResolution { what, value, resolution });
        }
        Ok(Gap { k_per_nm, gap_mev, inside })
    }

    /// Where the search begins, in units of `k_c`: well below the k at which `2 hv k` reaches the
    /// splitting of the bands at k = 0.
    fn narrowest(&self) -> Result<f64, RibbonError> {
        let point = self.ribbon.at(0.0)?;
        let slope = self.velocity_mev_nm * self.critical_per_nm;
        Ok((1e-2 * (point.upper_mev - point.lower_mev) / slope).clamp(1e-14, 1e-4))
    }

    /// Vertex of the parabola through three values: golden sections leave the position of a flat
    /// minimum at the square root of rounding.
    fn vertex(&self, middle: f64, step: f64, function: impl Fn(f64) -> f64) -> f64 {
        let [below, here, above] = [middle - step, middle, middle + step].map(function);
        let curvature = below - 2.0 * here + above;
        let shift = 0.5 * step * (below - above) / curvature;
        if shift.abs() <= step { middle + shift } else { middle }
    }
}
