//! Error bars: the same question once more with a lower cut, every result with its change.
use super::fields::Setting;
use super::{Failure, Means, Question};
use crate::engine::{Answer, Array, Cost, Values};
use crate::nrg::error_bars::flagged;

/// A question and the same one of [`Setting::lowered`].
struct Barred<Q> {
    full: Q,
    lowered: Q,
}

/// The question of a setting, with error bars where the setting asks for them.
pub(super) fn question<Q: Question + 'static>(
    setting: Setting,
    of: impl Fn(Setting) -> Q,
) -> Box<dyn Question> {
    if !setting.run.error_bars {
        return Box::new(of(setting));
    }
    Box::new(Barred { lowered: of(setting.lowered()), full: of(setting) })
}

impl Setting {
    /// With the truncation lowered.
    fn lowered(&self) -> Self {
        Self { truncation: self.truncation.lowered(), ..self.clone() }
    }
}

impl<Q: Question> Question for Barred<Q> {
    fn cost(&self, memory_bytes: u64) -> Cost {
        let (full, lowered) = (self.full.cost(memory_bytes), self.lowered.cost(memory_bytes));
        Cost {
            core_seconds: full.core_seconds + lowered.core_seconds,
            // One after the other.
            memory_bytes: full.memory_bytes.max(lowered.memory_bytes),
            result_bytes: full.result_bytes + lowered.result_bytes,
            decided_by: full.decided_by,
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let seconds = |question: &Q| question.cost(means.device.memory_bytes()).core_seconds;
        let (full, lowered) = (seconds(&self.full), seconds(&self.lowered));
        let share = full / (full + lowered).max(f64::MIN_POSITIVE);
        let first = |done: f64| (means.progress)(share * done);
        let answer = self.full.answer(Means { progress: &first, ..means })?;
        let second = |done: f64| (means.progress)(share + (1.0 - share) * done);
        let lowered = self.lowered.answer(Means { progress: &second, ..means })?;
        Ok(with_error_bars(answer, &lowered))
    }
}

/// Closed forms, counts and settings of the run, and grids: the same in both runs, or no results.
const EXACT: &[&str] = &[
    "rkky_energy",
    "frequency",
    "shells",
    "kept_max",
    "sector_max",
    "gap_min",
    "shell_omega",
    "shell_states",
    "shell_kept",
    "shell_cut",
    "shell_gap",
    "shell_ground_energy_step",
];

/// The name without `_per_z`.
fn quantity(array: &Array) -> &str {
    array.name.strip_suffix("_per_z").unwrap_or(&array.name)
}

fn is_barred(array: &Array) -> bool {
    let spread = array.name.ends_with("_std");
    !array.is_coordinate() && !spread && !EXACT.contains(&quantity(array))
}

/// |lowered - full|, element by element; None for whole numbers and for other shapes.
fn change(full: &Array, lowered: &Array) -> Option<Vec<f64>> {
    if full.shape != lowered.shape {
        return None;
    }
    match (&full.values, &lowered.values) {
        (Values::F64(a), Values::F64(b)) => {
            Some(a.iter().zip(b).map(|(a, b)| (b - a).abs()).collect())
        }
        (Values::C128(a), Values::C128(b)) => {
            Some(a.iter().zip(b).map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1])).collect())
        }
        _ => None,
    }
}

/// Adds `<name>_error` to every result, its largest value to the certificate, and warnings of results
/// that move too far. Of the second run's own warnings none is kept: nobody asked for its cut.
fn with_error_bars(mut answer: Answer, lowered: &Answer) -> Answer {
    let mut bars = Vec::new();
    for array in answer.arrays.iter().filter(|array| is_barred(array)) {
        let Some(second) = lowered.get(&array.name) else { continue };
        let Some(values) = change(array, second) else { continue };
        if quantity(array) == array.name {
            let largest = values.iter().copied().fold(0.0, f64::max);
            answer.quality.measures.push((format!("{}_error", array.name), largest));
        } else {
            let text = flagged(quantity(array), array.values.real(), second.values.real());
            answer.quality.warnings.extend(text);
        }
        let text = format!("change with truncation.energy 20 % lower: {}", array.long_name);
        bars.push(Array {
            name: format!("{}_error", array.name),
            long_name: text,
            values: Values::F64(values),
            ..array.clone()
        });
    }
    answer.arrays.extend(bars);
    let (quality, second) = (&mut answer.quality, &lowered.quality);
    quality.eigen_residual = quality.eigen_residual.max(second.eigen_residual);
    quality.eigen_orthogonality = quality.eigen_orthogonality.max(second.eigen_orthogonality);
    quality.matrices += second.matrices;
    answer
}
