//! Memory shared out: which runs go in lockstep, and how much of what waits for the way back up is
//! stored. Shells beyond that are diagonalized twice; numbers do not depend on any of it.
use std::ops::Range;

/// One shell of a run, estimated.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct ShellCost {
    /// One core, f64.
    pub seconds: f64,
    /// On the way down: all blocks that are diagonalized, what the eigensolver works in, and the
    /// peak behind it; then the peak on the way up.
    pub blocks_bytes: f64,
    pub workspace_bytes: f64,
    pub elements_work_bytes: f64,
    pub up_bytes: f64,
    /// What waits for the way up: states and elements of the shell, or the operators before it,
    /// from which they are computed once more, in so many seconds.
    pub elements_bytes: f64,
    pub operators_bytes: f64,
    pub again_seconds: f64,
}

/// Runs that go in lockstep.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allotment {
    /// Their places in the list.
    pub runs: Range<usize>,
    /// What they may store for the way up.
    pub stored_bytes: u64,
    pub core_seconds: f64,
    pub memory_bytes: f64,
}

/// As many neighbours together as `memory_bytes` allow when everything is stored; a run that does
/// not fit even alone stores less. The least it needs may still be more than allowed.
pub(super) fn allot(runs: &[Vec<ShellCost>], memory_bytes: u64) -> Vec<Allotment> {
    let allowed = memory_bytes as f64;
    let mut parts = Vec::new();
    let mut first = 0;
    while first < runs.len() {
        let mut together = sum(&[], &runs[first]);
        let mut end = first + 1;
        while let Some(next) = runs.get(end) {
            let more = sum(&together, next);
            if allowed < Plan::of(&more, f64::INFINITY).peak_bytes {
                break;
            }
            (together, end) = (more, end + 1);
        }
        parts.push(part(first..end, &together, allowed));
        first = end;
    }
    parts
}

fn part(runs: Range<usize>, shells: &[ShellCost], allowed: f64) -> Allotment {
    let all = Plan::of(shells, f64::INFINITY);
    let most = if all.peak_bytes <= allowed { f64::INFINITY } else { most_stored(shells, allowed) };
    let less = Plan::of(shells, most);
    // Where shells are few, computing them again takes more than storing them.
    let everything = all.peak_bytes <= allowed.max(less.peak_bytes);
    let (plan, stored_bytes) = if everything { (all, u64::MAX) } else { (less, most as u64) };
    Allotment { runs, stored_bytes, core_seconds: plan.seconds, memory_bytes: plan.peak_bytes }
}

/// The most that may be stored within `allowed`; nothing, where even that is too much.
fn most_stored(shells: &[ShellCost], allowed: f64) -> f64 {
    const HALVINGS: u32 = 30;
    let (mut low, mut high) = (0.0, shells.iter().map(|shell| shell.elements_bytes).sum::<f64>());
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if Plan::of(shells, middle).peak_bytes <= allowed { low = middle } else { high = middle }
    }
    low
}

/// Shell by shell; the shorter run has nothing in the last ones.
fn sum(a: &[ShellCost], b: &[ShellCost]) -> Vec<ShellCost> {
    let none = ShellCost::default();
    let at = |list: &[ShellCost], n: usize| list.get(n).copied().unwrap_or(none);
    (0..a.len().max(b.len())).map(|n| at(a, n).plus(&at(b, n))).collect()
}

/// In the eigensolver: what is solved, each block's vectors, and the batch of them.
const SOLVER_COPIES: f64 = 3.0;
/// What many small batches take in the allocator, against what they hold.
const HELD: f64 = 1.2;

impl ShellCost {
    /// At work on the shell on the way down.
    fn down_bytes(&self) -> f64 {
        let solver = SOLVER_COPIES * self.blocks_bytes + self.workspace_bytes;
        solver.max(self.elements_work_bytes)
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            seconds: self.seconds + other.seconds,
            blocks_bytes: self.blocks_bytes + other.blocks_bytes,
            // That of the threads, for one block at a time each.
            workspace_bytes: self.workspace_bytes.max(other.workspace_bytes),
            elements_work_bytes: self.elements_work_bytes + other.elements_work_bytes,
            up_bytes: self.up_bytes + other.up_bytes,
            elements_bytes: self.elements_bytes + other.elements_bytes,
            operators_bytes: self.operators_bytes + other.operators_bytes,
            again_seconds: self.again_seconds + other.again_seconds,
        }
    }
}

/// What becomes of runs that may store so much.
#[derive(Debug, Clone, Copy)]
struct Plan {
    seconds: f64,
    peak_bytes: f64,
}

impl Plan {
    /// Shells are stored as they come, as long as the budget lasts (`dynamics::record`).
    fn of(shells: &[ShellCost], budget: f64) -> Self {
        let (mut seconds, mut peak_bytes, mut held, mut left) = (0.0, 0.0_f64, 0.0, budget);
        let mut steps = Vec::with_capacity(shells.len());
        for shell in shells {
            seconds += shell.seconds;
            peak_bytes = peak_bytes.max(held + shell.down_bytes());
            let stored = shell.elements_bytes <= left;
            let kept = if stored { shell.elements_bytes } else { shell.operators_bytes };
            left -= if stored { shell.elements_bytes } else { 0.0 };
            let kept = HELD * kept;
            held += kept;
            steps.push((shell, stored, kept));
        }
        for (shell, stored, kept) in steps.into_iter().rev() {
            seconds += if stored { 0.0 } else { shell.again_seconds };
            // The allocator holds the eigensolver's memory of the way down, too.
            let again = if stored { 0.0 } else { shell.down_bytes() + shell.workspace_bytes };
            peak_bytes = peak_bytes.max(held + shell.up_bytes + again);
            held -= kept;
        }
        Self { seconds, peak_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(work: f64, elements: f64) -> Vec<ShellCost> {
        let shell = ShellCost {
            seconds: 1.0,
            elements_work_bytes: work,
            elements_bytes: elements / HELD,
            operators_bytes: 1.0 / HELD,
            again_seconds: 0.5,
            ..ShellCost::default()
        };
        vec![shell; 3]
    }

    #[test]
    fn runs_are_together_as_far_as_memory_goes() {
        let runs = vec![run(100.0, 10.0); 4];
        // Work on the last shell, with two shells that wait: 120 of each run.
        let count = |memory_bytes| allot(&runs, memory_bytes).len();
        assert_eq!([count(481), count(479), count(241), count(239), count(0)], [1, 2, 2, 4, 4]);
        let parts = allot(&runs, 361);
        assert_eq!(parts.iter().map(|part| part.runs.clone()).collect::<Vec<_>>(), [0..3, 3..4]);
        assert!(parts.iter().all(|part| part.stored_bytes == u64::MAX));
    }

    #[test]
    fn a_run_that_does_not_fit_stores_less_and_takes_longer() {
        let runs = [run(100.0, 10.0)];
        let within = |memory_bytes| allot(&runs, memory_bytes).remove(0);
        let full = within(121);
        assert_eq!((full.core_seconds, full.memory_bytes.round()), (3.0, 120.0));
        // One shell stored, operators of the others.
        let less = within(112);
        assert_eq!(less.core_seconds, 4.0);
        assert!((8..17).contains(&less.stored_bytes) && less.memory_bytes <= 112.0, "{less:?}");
        let least = within(10);
        assert_eq!((least.stored_bytes, least.core_seconds), (0, 4.5));
        assert!(100.0 <= least.memory_bytes);
    }

    /// Threads work on one block at a time, of whatever run.
    #[test]
    fn workspace_is_that_of_the_threads() {
        let shell = ShellCost { blocks_bytes: 1.0, workspace_bytes: 10.0, ..ShellCost::default() };
        let together = allot(&vec![vec![shell]; 5], u64::MAX).remove(0);
        assert_eq!(together.memory_bytes, 5.0 * SOLVER_COPIES + 10.0);
    }
}
