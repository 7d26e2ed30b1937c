//! How far results can be trusted: what becomes of them with a lower cut (specification, section 11).
use serde_json::{Map, Value, json};

use super::{Column, PointSummary, Statistic};

/// Results that have an error bar: what is no count, no exact number and no measure of quality.
const BARRED: &[&str] = &[
    "t_s_transverse_intra",
    "t_s_transverse_inter",
    "t_s_longitudinal_intra",
    "t_s_longitudinal_inter",
    "sz_sz",
    "sx_sx",
    "chi_longitudinal_intra",
    "chi_longitudinal_inter",
    "chi_transverse_intra",
    "chi_transverse_inter",
    "entropy",
    "energy_above_ground",
    "ground_energy",
];

/// A larger relative change of T_S means that states of its scale are missing: converged runs at
/// E_trunc = 8 change by 2 to 10 %, a cut through a split multiplet shifts T_S by 30 to 50 %.
const LARGEST_CHANGE: f64 = 0.15;

/// Correlators of the impurities, as static results and as sums over spectra.
const CORRELATORS: [&str; 4] = ["sz_sz", "sx_sx", "sum_longitudinal_inter", "sum_transverse_inter"];

/// Correlators below this may change their sign by their error.
const SMALL_CORRELATOR: f64 = 0.01;

/// |change| of a result in a second run with a lower cut, [`super::RunSpec::lowered`].
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorBar {
    /// Of the average over z.
    pub mean: f64,
    pub per_z: Vec<f64>,
}

impl ErrorBar {
    fn between(full: &Statistic, lowered: &Statistic) -> Self {
        let pairs = full.per_z.iter().zip(&lowered.per_z);
        Self {
            mean: (lowered.mean - full.mean).abs(),
            per_z: pairs.map(|(full, lowered)| (lowered - full).abs()).collect(),
        }
    }
}

/// The error bars of a point, in the order of its statistics, and warnings of those that are too
/// large.
pub(super) fn compare(
    full: &PointSummary,
    lowered: &PointSummary,
) -> (Vec<(Column, ErrorBar)>, Vec<String>) {
    let (mut bars, mut warnings) = (Vec::new(), Vec::new());
    for (column, value) in full.statistics.iter().filter(|(column, _)| is_barred(column.name)) {
        let Some(second) = lowered.get(column.name) else { continue };
        warnings.extend(flagged(column.name, &value.per_z, &second.per_z));
        bars.push((*column, ErrorBar::between(value, second)));
    }
    (bars, warnings)
}

pub fn is_barred(name: &str) -> bool {
    BARRED.contains(&name)
}

/// What is wrong with a result that moves so far; `full` and `lowered`: its values of every z.
pub(super) fn flagged(name: &str, full: &[f64], lowered: &[f64]) -> Option<String> {
    let pairs = || full.iter().zip(lowered);
    if matches!(name, "t_s_transverse_intra" | "t_s_longitudinal_intra") {
        let change = |(full, lowered): (&f64, &f64)| (lowered / full - 1.0).abs();
        let worst = pairs().map(change).fold(0.0, f64::max);
        return (LARGEST_CHANGE < worst).then(|| {
            format!("{name} changes by {:.0} % with truncation.energy 20 % lower", 100.0 * worst)
        });
    }
    let turns = |(full, lowered): (&f64, &f64)| {
        full * lowered < 0.0 && SMALL_CORRELATOR < full.abs().max(lowered.abs())
    };
    let is_correlator = CORRELATORS.contains(&name);
    (is_correlator && pairs().any(turns))
        .then(|| format!("{name} changes its sign with truncation.energy 20 % lower"))
}

/// By name: `mean` and `per_z`.
pub(super) fn to_json(bars: &[(Column, ErrorBar)]) -> Value {
    let entry = |(column, bar): &(Column, ErrorBar)| {
        (column.name.to_owned(), json!({ "mean": bar.mean, "per_z": bar.per_z }))
    };
    Value::Object(bars.iter().map(entry).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistic(per_z: &[f64]) -> Statistic {
        Statistic::new(per_z.to_vec())
    }

    #[test]
    fn a_bar_is_the_change_of_the_mean_and_of_every_z() {
        let bar = ErrorBar::between(&statistic(&[1.0, 3.0]), &statistic(&[1.5, 2.0]));
        assert_eq!(bar, ErrorBar { mean: 0.25, per_z: vec![0.5, 1.0] });
    }

    #[test]
    fn large_changes_and_turned_signs_are_flagged() {
        let said =
            |name, full: &[f64], lowered: &[f64]| flagged(name, full, lowered).unwrap_or_default();
        assert_eq!(said("t_s_transverse_intra", &[1.0, 1.0], &[1.1, 0.95]), "");
        assert!(said("t_s_transverse_intra", &[1.0, 1.0], &[1.0, 1.4]).contains("by 40 %"));
        assert!(said("sz_sz", &[0.2, -0.2], &[-0.21, -0.2]).contains("changes its sign"));
        assert_eq!(said("sz_sz", &[-1e-4], &[1e-4]), "");
        assert_eq!(said("chi_longitudinal_inter", &[1.0], &[-1.0]), "");
    }
}
