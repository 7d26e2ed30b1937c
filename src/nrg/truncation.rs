//! Where the kept states of a shell end (specification, section 6).
//!
//! The RKKY scale is generated at second order by high states of the first shells: too few states
//! there, or a cut through a multiplet that a small J has split, spoils it. Hence a cut by energy, in
//! the widest gap near it.
use super::{Rule, RunSpec, Truncation};

/// The result of the rule on one shell's levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    pub kept: usize,
    /// Highest kept level, rescaled.
    pub level: f64,
    /// Width of the gap above it; infinite where everything is kept.
    pub gap: f64,
    /// More states lie below E_trunc than the budget allows.
    pub over_budget: bool,
}

/// Levels closer than this belong to one exact multiplet (rescaled energies).
const MULTIPLET: f64 = 1e-6;

/// Of gaps that differ by less (free levels have many) the lowest counts, whatever rounding says: all
/// devices and ways of counting cut alike.
const EQUAL_GAPS: f64 = 1e-9;

/// The share of the budget from which the gap is sought when the window exceeds the budget.
const BUDGET_WINDOW: f64 = 0.6;

/// What the second run of an error bar has of E_trunc, and of the budgets.
const LOWERED: f64 = 0.8;

/// The smallest budget of a request.
const SMALLEST_BUDGET: u32 = 16;

impl RunSpec {
    /// The second run of an error bar: the same one by [`Truncation::lowered`].
    pub fn lowered(&self) -> Self {
        Self { truncation: self.truncation.lowered(), ..self.clone() }
    }
}

impl Truncation {
    /// E_trunc lowered by 20 %, and the budgets with it: levels grow faster than linearly in number,
    /// so that a budget that does not decide at E_trunc does not decide below it either, and one that
    /// does is lowered in proportion (specification, section 11).
    pub fn lowered(&self) -> Self {
        let budget = |&states: &u32| ((LOWERED * f64::from(states)) as u32).max(SMALLEST_BUDGET);
        Self {
            energy: LOWERED * self.energy,
            max_states: self.max_states.iter().map(budget).collect(),
            ..self.clone()
        }
    }

    /// K of shell `n`.
    pub(super) fn budget(&self, n: u32) -> usize {
        let last = self.max_states.len().saturating_sub(1);
        self.max_states.get((n as usize).min(last)).map_or(usize::MAX, |&k| k as usize)
    }

    /// `levels`: rescaled energies of all states of shell `n`, ascending.
    pub(super) fn cut(&self, levels: &[f64], n: u32) -> Cut {
        let budget = self.budget(n);
        let below = levels.partition_point(|&e| e <= self.energy);
        let kept = match self.rule {
            Rule::Gap => self.widest_gap(levels, below, budget),
            Rule::Plain => plain(levels, below.min(budget)),
        };
        // States with the energy of the last kept one are kept: images under F and P are equal.
        let kept = kept + levels[kept..].iter().take_while(|&&e| e == levels[kept - 1]).count();
        Cut {
            kept,
            level: levels[kept - 1],
            gap: levels.get(kept).map_or(f64::INFINITY, |next| next - levels[kept - 1]),
            over_budget: budget < below,
        }
    }

    fn widest_gap(&self, levels: &[f64], below: usize, budget: usize) -> usize {
        let reach = levels.partition_point(|&e| e <= (1.0 + self.gap_window) * self.energy);
        let (first, last) = if reach <= budget {
            if reach == levels.len() {
                return reach;
            }
            (below, reach)
        } else {
            (below.min((BUDGET_WINDOW * budget as f64) as usize), budget)
        };
        let (mut best, mut widest) = (first.max(1), f64::NEG_INFINITY);
        for count in first.max(1)..=last {
            let gap = levels[count] - levels[count - 1];
            if widest + EQUAL_GAPS < gap {
                (best, widest) = (count, gap);
            }
        }
        best
    }
}

fn plain(levels: &[f64], start: usize) -> usize {
    let mut kept = start.max(1);
    while kept < levels.len() && levels[kept] - levels[kept - 1] < MULTIPLET {
        kept += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truncation(rule: Rule, energy: f64, budget: u32) -> Truncation {
        Truncation { energy, rule, gap_window: 0.3, max_states: vec![budget] }
    }

    #[test]
    fn gap_rule_takes_the_widest_gap_of_the_window() {
        let levels = [0.0, 1.0, 2.0, 2.1, 2.5, 2.55, 4.0];
        let cut = truncation(Rule::Gap, 2.0, 100).cut(&levels, 0);
        assert_eq!((cut.kept, cut.level), (6, 2.55)); // window counts 3..=6, gaps .1 .4 .05 1.45
        let cut = truncation(Rule::Gap, 2.0, 5).cut(&levels, 0);
        assert_eq!(cut.kept, 4); // window becomes 3..=5
    }

    /// Rounding does not decide between gaps of the same width.
    #[test]
    fn of_equal_gaps_the_lowest_is_cut() {
        for noise in [1e-14, -1e-14] {
            let rule = Truncation { gap_window: 1.0, ..truncation(Rule::Gap, 1.0, 100) };
            assert_eq!(rule.cut(&[0.0, 1.0, 2.0, 3.0 + noise, 3.5], 0).kept, 2);
        }
    }

    #[test]
    fn everything_is_kept_when_the_highest_level_is_in_the_window() {
        let levels = [0.0, 1.0, 2.0, 2.6];
        let cut = truncation(Rule::Gap, 2.0, 100).cut(&levels, 0);
        assert_eq!((cut.kept, cut.gap), (4, f64::INFINITY));
    }

    #[test]
    fn plain_rule_completes_an_exact_multiplet() {
        let levels = [0.0, 1.0, 2.0, 2.0 + 1e-9, 2.0 + 2e-9, 3.0];
        let cut = truncation(Rule::Plain, 10.0, 3).cut(&levels, 0);
        assert_eq!(cut.kept, 5);
        assert!(cut.over_budget);
    }

    /// Where the energy decides, the energy; where the budget does, the budget.
    #[test]
    fn the_second_run_of_an_error_bar_keeps_fewer_states() {
        let levels: Vec<f64> = (0..4000).map(|i| (f64::from(i) / 10.0).sqrt()).collect();
        let by_energy = truncation(Rule::Plain, 8.0, 3000);
        assert_eq!(by_energy.cut(&levels, 0).kept, 641);
        assert_eq!(by_energy.lowered().cut(&levels, 0).kept, 410);
        let by_budget = truncation(Rule::Plain, 1e9, 1000);
        assert_eq!(by_budget.lowered().cut(&levels, 0).kept, 800);
        assert_eq!(truncation(Rule::Gap, 1.0, 17).lowered().max_states, [16]);
    }

    #[test]
    fn the_last_budget_repeats() {
        let mut rule = truncation(Rule::Gap, 8.0, 2400);
        rule.max_states = vec![2400, 1000];
        assert_eq!([rule.budget(0), rule.budget(1), rule.budget(30)], [2400, 1000, 1000]);
    }
}
