//! Where the pairs of all runs are summed.
//!
//! On the way down nothing is known of Z and of the final ground state, so weights are relative to the
//! ground state of the present shell, with its environment; the way back adds with the true weights.
use std::collections::BTreeMap;

use super::discrete::{Discrete, Statistics};
use crate::invalid::Invalid;
use crate::nrg::operators::Spin;
use crate::nrg::run::Run;

/// At which temperatures of a run spectra are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    All,
    Lowest,
}

impl At {
    fn wants(self, temperatures: &[f64], t: usize) -> bool {
        self == Self::All || temperatures.iter().all(|&other| temperatures[t] <= other)
    }
}

/// For each run [temperature], by [`Spin::ALL`]; none where no spectra are wanted.
#[derive(Debug)]
pub(super) struct Sinks {
    at: At,
    pub runs: BTreeMap<usize, Vec<Option<[Discrete; 4]>>>,
}

impl Sinks {
    pub(super) fn new(at: At) -> Self {
        Self { at, runs: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, run: &Run) -> Result<(), Invalid> {
        let temperatures = &run.spec.temperatures;
        let four = |t: usize| {
            let new = || Discrete::new(temperatures[t], Statistics::Bosonic);
            let wanted = self.at.wants(temperatures, t);
            wanted.then(|| Ok([new()?, new()?, new()?, new()?])).transpose()
        };
        let list: Result<_, Invalid> = (0..temperatures.len()).map(four).collect();
        self.runs.insert(run.index, list?);
        Ok(())
    }

    /// The run has opened one more shell: weights are relative to its ground state from now on.
    pub(super) fn descend(&mut self, run: &Run) {
        self.scale(run.index, |t| run.ledger.log_descent(t).exp());
    }

    /// The run has seen its last shell: true weights from now on.
    pub(super) fn settle(&mut self, run: &Run) {
        self.scale(run.index, |t| run.ledger.log_weights(t).last().map_or(0.0, |w| w.exp()));
    }

    fn scale(&mut self, run: usize, factor: impl Fn(usize) -> f64) {
        for (t, four) in self.runs.get_mut(&run).into_iter().flatten().enumerate() {
            four.iter_mut().flatten().for_each(|sink| sink.scale(factor(t)));
        }
    }

    /// The sinks of one operator: (position in `members`, sink). Runs without spectra at that
    /// temperature are left out.
    pub(super) fn of_spin<'a>(
        &'a mut self,
        t: usize,
        spin: Spin,
        members: &'a [usize],
    ) -> impl Iterator<Item = (usize, &'a mut Discrete)> {
        let number = Spin::ALL.iter().position(|&s| s == spin).unwrap_or(0);
        self.of(t, members).filter_map(move |(member, four)| Some((member, four.get_mut(number)?)))
    }

    /// The sinks of all operators: (position in `members`, sinks).
    pub(super) fn of<'a>(
        &'a mut self,
        t: usize,
        members: &'a [usize],
    ) -> impl Iterator<Item = (usize, &'a mut [Discrete; 4])> {
        self.runs.iter_mut().filter_map(move |(index, list)| {
            let member = members.iter().position(|member| member == index)?;
            Some((member, list.get_mut(t)?.as_mut()?))
        })
    }
}
