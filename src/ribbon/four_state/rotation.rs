//! K_tot: how much the spin of an edge band turns until it reaches the bulk (section 7), in the
//! four-state model.
use super::FourState;
use crate::invalid::Invalid;
use crate::quadrature::gauss_legendre;
use crate::ribbon::RibbonError;
use crate::ribbon::roots::{minimum_between, zero_between};

/// Panels on each side of the peak of P, halving towards it.
const PANELS: i32 = 14;
const NODES: usize = 16;

/// Total spin rotation of the lower band of the upper pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TotalRotation {
    /// `K_tot = int_0^{k_r} |P(k) - P(k_r)| dk`, 1/nm.
    pub total_per_nm: f64,
    /// k_r, 1/nm: where E^+ without Rashba coupling reaches the bulk.
    pub k_bulk_per_nm: f64,
    /// P(k_r).
    pub projection_at_bulk: f64,
    /// Largest P(k) below k_r, and where, 1/nm.
    pub largest_projection: f64,
    pub k_largest_per_nm: f64,
}

impl FourState {
    /// K_tot for the upper bulk edge E_c = `conduction_mev`, meV.
    ///
    /// # Errors
    /// `Invalid`: E_c not finite, or E^+ does not reach it between k = 0 and
    /// [`FourState::critical_per_nm`]. Else as [`FourState::at`].
    pub fn total_rotation(&self, conduction_mev: f64) -> Result<TotalRotation, RibbonError> {
        let k_bulk_per_nm = self.reaches(conduction_mev)?;
        let projection = |k: f64| self.at(k).map_or(f64::NAN, |point| point.projection());
        let at_bulk = self.at(k_bulk_per_nm)?.projection();
        let peak = self.peak(k_bulk_per_nm, &projection);
        let largest = projection(peak).max(at_bulk);
        let mut ends = panels(peak, k_bulk_per_nm);
        // |P - P(k_r)| has a kink where P passes P(k_r): a panel ends there.
        let above = |k: f64| projection(k) - at_bulk;
        let crossings: Vec<f64> = ends
            .windows(2)
            .filter(|pair| pair[1] < k_bulk_per_nm && above(pair[0]) * above(pair[1]) < 0.0)
            .map(|pair| zero_between(above, pair[0], pair[1]))
            .collect();
        ends.extend(crossings);
        ends.sort_by(f64::total_cmp);
        let total_per_nm = integral(&ends, |k| above(k).abs());
        if !total_per_nm.is_finite() {
            let what = "quadrature of the total spin rotation".to_owned();
            return Err(RibbonError::NoConvergence { what, reached: f64::NAN, wanted: 0.0 });
        }
        Ok(TotalRotation {
            total_per_nm,
            k_bulk_per_nm,
            projection_at_bulk: at_bulk,
            largest_projection: largest,
            k_largest_per_nm: if at_bulk < largest { peak } else { k_bulk_per_nm },
        })
    }

    /// k_r with E^+(k_r) = E_c.
    fn reaches(&self, conduction_mev: f64) -> Result<f64, RibbonError> {
        if !conduction_mev.is_finite() {
            return Err(Invalid::new("conduction_mev", conduction_mev, "a finite number").into());
        }
        let last = self.critical_per_nm * (1.0 - 1e-12);
        let [start, end] = [self.ribbon.at(0.0)?.upper_mev, self.ribbon.at(last)?.upper_mev];
        if !(start < conduction_mev && conduction_mev < end) {
            let expected = format!(
                "between {start:.9} and {end:.9} meV, the range of E^+ below {last:.6e} 1/nm"
            );
            return Err(Invalid::new("conduction_mev", conduction_mev, expected).into());
        }
        let above = |k: f64| self.ribbon.at(k).map_or(f64::NAN, |at| at.upper_mev - conduction_mev);
        Ok(zero_between(above, 0.0, last))
    }

    /// Where P is largest below `end`.
    fn peak(&self, end: f64, projection: &impl Fn(f64) -> f64) -> f64 {
        const GRID: usize = 100;
        let place = |i: usize| end * 10_f64.powf(4.0 * (i as f64 / GRID as f64 - 1.0));
        let values: Vec<f64> = (0..=GRID).map(|i| projection(place(i))).collect();
        let best = (0..=GRID).max_by(|i, j| values[*i].total_cmp(&values[*j])).unwrap_or(0);
        let (left, right) = (place(best.saturating_sub(1)), place((best + 1).min(GRID)));
        minimum_between(|k| -projection(k), left, right).0
    }
}

/// Ends of panels on [0, end]: their lengths halve towards the peak from both sides.
fn panels(peak: f64, end: f64) -> Vec<f64> {
    let towards = |from: f64| (0..PANELS).map(move |n| peak + (from - peak) * 0.5_f64.powi(n));
    let mut ends: Vec<f64> = towards(0.0).chain([peak]).chain(towards(end)).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    ends
}

fn integral(ends: &[f64], integrand: impl Fn(f64) -> f64) -> f64 {
    let rule = gauss_legendre(NODES);
    let mut sum = 0.0;
    for pair in ends.windows(2) {
        let (half, middle) = (0.5 * (pair[1] - pair[0]), 0.5 * (pair[0] + pair[1]));
        for (x, weight) in &rule {
            sum += half * weight * integrand(middle + half * x);
        }
    }
    sum
}
