//! Bands followed along k by the overlap of their states.
use num_complex::Complex64;

use super::RibbonError;
use super::lattice::Ribbon;
use super::observables::overlap;
use super::solve::{Point, Query, Spectrum, Want, solve};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::stop::Stop;

/// Bands along k, each one continuous.
#[derive(Debug, Clone)]
pub struct Bands {
    pub k: Vec<f64>,
    /// Row per band (in the order of energy at the first k), column per k; meV.
    pub energies_mev: Vec<Vec<f64>>,
    /// The same for the place of the state in `spectra`.
    pub places: Vec<Vec<usize>>,
    pub spectra: Vec<Spectrum>,
    /// Wave numbers solved between the given ones.
    pub refinements: usize,
}

/// States this much alike are the same band.
const ALIKE: f64 = 0.9;

/// Follows the states of `query` (of equal number at every k) along ascending `k`. Between two
/// wave numbers the step is halved until every state has a partner with a squared overlap of 0.9 in
/// the same order of energy, or the step is below `resolution`: an avoided crossing wider than
/// `resolution` (in the units of k) is followed along the band, a crossing or a narrower one along
/// the character. Hence the answer does not depend on the spacing of `k`.
///
/// # Errors
/// `Invalid`: k empty or not ascending, a resolution that is not positive, a window whose number of
/// states changes; and those of [`solve`].
pub fn track(
    ribbon: &Ribbon,
    k: &[f64],
    query: &Query,
    resolution: f64,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Bands, RibbonError> {
    if k.is_empty() || !k.is_sorted_by(|a, b| a < b) {
        let given = format!("{} values", k.len());
        return Err(Invalid::new("k", given, "1 or more, ascending").into());
    }
    if !(resolution.is_finite() && 0.0 < resolution) {
        return Err(Invalid::new("resolution", resolution, "positive and finite").into());
    }
    let points: Vec<Point<'_>> = k.iter().map(|k| Point { ribbon, k: *k }).collect();
    let spectra = solve(&points, query, Want::States, device, stop)?;
    let mut tracker = Tracker { ribbon, query, resolution, device, stop, refinements: 0 };
    let count = spectra[0].energies_mev.len();
    let mut places: Vec<Vec<usize>> = (0..count).map(|band| vec![band]).collect();
    for step in 1..k.len() {
        let (left, right) = ((k[step - 1], &spectra[step - 1]), (k[step], &spectra[step]));
        let map = tracker.link(left, right)?;
        for band in &mut places {
            let last = band[step - 1];
            band.push(map[last]);
        }
    }
    let energy = |(step, place): (usize, &usize)| spectra[step].energies_mev[*place];
    let energies_mev =
        places.iter().map(|band| band.iter().enumerate().map(energy).collect()).collect();
    let refinements = tracker.refinements;
    Ok(Bands { k: k.to_vec(), energies_mev, places, spectra, refinements })
}

struct Tracker<'a> {
    ribbon: &'a Ribbon,
    query: &'a Query,
    resolution: f64,
    device: &'a dyn Device,
    stop: &'a dyn Stop,
    refinements: usize,
}

impl Tracker<'_> {
    /// For every state on the left, its partner on the right.
    fn link(
        &mut self,
        left: (f64, &Spectrum),
        right: (f64, &Spectrum),
    ) -> Result<Vec<usize>, RibbonError> {
        let count = left.1.energies_mev.len();
        if right.1.energies_mev.len() != count {
            let given =
                format!("{count} states at one k, {} at the next", right.1.energies_mev.len());
            return Err(Invalid::new("query", given, "the same number at every k").into());
        }
        let (map, least) = matched(&self.alikeness(left.1, right.1));
        let ordered = map.iter().enumerate().all(|(i, j)| i == *j);
        let middle = 0.5 * (left.0 + right.0);
        let fine = right.0 - left.0 <= self.resolution || middle <= left.0 || right.0 <= middle;
        if ordered && ALIKE <= least || fine {
            return Ok(map);
        }
        self.refinements += 1;
        let point = [Point { ribbon: self.ribbon, k: middle }];
        let between = solve(&point, self.query, Want::States, self.device, self.stop)?;
        let first = self.link(left, (middle, &between[0]))?;
        let second = self.link((middle, &between[0]), right)?;
        Ok(first.into_iter().map(|place| second[place]).collect())
    }

    /// Squared overlaps, row per state on the left.
    fn alikeness(&self, left: &Spectrum, right: &Spectrum) -> Vec<Vec<f64>> {
        let all = |spectrum: &Spectrum| -> Vec<Vec<Complex64>> {
            (0..spectrum.energies_mev.len()).filter_map(|i| spectrum.state(i)).collect()
        };
        let right = all(right);
        let row = |a: Vec<Complex64>| {
            right.iter().map(|b| overlap(self.ribbon, &a, b).norm_sqr()).collect()
        };
        all(left).into_iter().map(row).collect()
    }
}

/// Pairs by the largest overlap first; the least overlap of a pair.
fn matched(alike: &[Vec<f64>]) -> (Vec<usize>, f64) {
    let count = alike.len();
    let mut pairs: Vec<(usize, usize)> =
        (0..count).flat_map(|i| (0..count).map(move |j| (i, j))).collect();
    pairs.sort_by(|a, b| alike[b.0][b.1].total_cmp(&alike[a.0][a.1]));
    let mut map = vec![usize::MAX; count];
    let mut taken = vec![false; count];
    let mut least = 1.0_f64;
    for (i, j) in pairs {
        if map[i] == usize::MAX && !taken[j] {
            (map[i], taken[j]) = (j, true);
            least = least.min(alike[i][j]);
        }
    }
    (map, least)
}
