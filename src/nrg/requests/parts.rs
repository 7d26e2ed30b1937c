//! Runs in the parts that a device's memory allows, one part after another.
use super::{Failure, Means};
use crate::engine::Monitor;
use crate::nrg::allotment::Allotment;

/// What every part yields, in the order of the runs. Errors: the first of a part.
pub(super) fn each<T>(
    parts: &[Allotment],
    means: Means<'_>,
    mut answer: impl FnMut(&Allotment, &dyn Monitor) -> Result<Vec<T>, Failure>,
) -> Result<Vec<T>, Failure> {
    let total: f64 = parts.iter().map(|part| part.core_seconds).sum();
    let total = total.max(f64::MIN_POSITIVE);
    let (mut found, mut done) = (Vec::new(), 0.0);
    for part in parts {
        let (before, share) = (done / total, part.core_seconds / total);
        found.extend(answer(part, &Share { whole: means.progress, before, share })?);
        done += part.core_seconds;
        (means.progress)(done / total);
    }
    Ok(found)
}

/// One part's progress within the whole.
struct Share<'a> {
    whole: &'a (dyn Fn(f64) + Sync),
    before: f64,
    share: f64,
}

impl Monitor for Share<'_> {
    fn progress(&self, done: f64, total: f64) {
        (self.whole)(self.before + self.share * done / total);
    }
}
