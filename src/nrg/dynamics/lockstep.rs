//! Spin spectra of two impurities for many runs in lockstep: down the shells with operators, up with
//! the density matrix, real and with symmetries throughout.
use std::collections::BTreeMap;

use super::discrete::{Discrete, DynamicsError};
use super::record::{Shell, down};
use super::reduced::Reduced;
use super::sinks::{At, Sinks};
use super::two::TwoImpuritySpectra;
use super::weigh::weigh_kept;
use crate::engine::Monitor;
use crate::linalg::{Device, LinalgError};
use crate::nrg::impurity::Impurity;
use crate::nrg::ledger::{STATIC_SP_SM, STATIC_SZ_SZ};
use crate::nrg::operators::Spin;
use crate::nrg::run::{Lockstep, Path, Run, ladder_of};
use crate::nrg::space::Label;
use crate::nrg::{NrgError, RunSpec, UnitResult, cost};
use crate::stop::Stop;

/// Static results and spectra of one run.
#[derive(Debug, Clone)]
pub struct SpectraRun {
    /// One for every temperature; susceptibilities and spectral weights are NaN where there are no
    /// spectra.
    pub units: Vec<UnitResult>,
    /// One for every temperature, or of the lowest one.
    pub spectra: Vec<TwoImpuritySpectra>,
}

/// What each run of a chunk yields, or the reason why not.
pub type SpectraOutcome = Result<SpectraRun, DynamicsError>;

/// Spin spectra of all `specs`, one batch per shell for all runs; a run gives bitwise the same numbers
/// in any company. `memory_bytes` bounds what is stored for the way back up: shells beyond it are
/// diagonalized twice, with the same bits.
/// A run whose ladder fails leaves its reason and does not disturb the others.
/// Errors: what the linear algebra refuses, for the whole chunk.
pub fn two_impurity_spectra_in_lockstep(
    specs: &[RunSpec],
    memory_bytes: u64,
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<SpectraOutcome>, DynamicsError> {
    in_lockstep(specs, At::All, memory_bytes, device, monitor, stop)
}

/// The same with spectra at the lowest temperature only. Correlators, entropy and energy at the others
/// need no pairs of states: many temperatures cost little more than one.
/// Errors: as [`two_impurity_spectra_in_lockstep`].
pub fn two_impurity_scan_in_lockstep(
    specs: &[RunSpec],
    memory_bytes: u64,
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<SpectraOutcome>, DynamicsError> {
    in_lockstep(specs, At::Lowest, memory_bytes, device, monitor, stop)
}

fn in_lockstep(
    specs: &[RunSpec],
    at: At,
    memory_bytes: u64,
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<SpectraOutcome>, DynamicsError> {
    let mut lockstep = Lockstep::new(Path::Symmetric, device)?;
    let mut failed: BTreeMap<usize, NrgError> = BTreeMap::new();
    for (index, spec) in specs.iter().enumerate() {
        match ladder_of(spec) {
            Ok(ladder) => lockstep.add(index, spec, ladder),
            Err(error) => {
                failed.insert(index, error);
            }
        }
    }
    let mut sinks = Sinks::new(at);
    lockstep.runs.iter().try_for_each(|run| sinks.add(run))?;
    let total: f64 = specs.iter().map(cost::work).sum();
    let (mut shells, mut runs) = (Vec::new(), BTreeMap::new());
    let (mut budget, mut done) = (memory_bytes, 0.0);
    while !lockstep.runs.is_empty() {
        let n = shells.len() as u32;
        shells.push(down(&mut lockstep, n, &mut budget, &mut sinks, stop)?);
        done += lockstep.runs.iter().map(|run| cost::shell_work(run.spec, n)).sum::<f64>();
        monitor.progress(done, total);
        for run in lockstep.take_finished(n) {
            sinks.settle(&run);
            runs.insert(run.index, run);
        }
    }
    let mut back = Back::new(lockstep, runs, sinks, stop)?;
    while let Some(shell) = shells.pop() {
        back.up(shell)?;
    }
    let mut found = back.results();
    let outcome = |index: usize| match failed.remove(&index) {
        Some(error) => Err(error.into()),
        None => found.remove(&index).unwrap_or_else(|| Err(LinalgError::Stopped.into())),
    };
    Ok((0..specs.len()).map(outcome).collect())
}

/// The way back up.
struct Back<'a> {
    lockstep: Lockstep<'a>,
    stop: &'a dyn Stop,
    runs: BTreeMap<usize, Run<'a>>,
    sinks: Sinks,
    /// [run][temperature][shell]
    log_weights: BTreeMap<usize, Vec<Vec<f64>>>,
    /// [temperature]
    reduced: Vec<Reduced>,
}

impl<'a> Back<'a> {
    fn new(
        lockstep: Lockstep<'a>,
        runs: BTreeMap<usize, Run<'a>>,
        sinks: Sinks,
        stop: &'a dyn Stop,
    ) -> Result<Self, DynamicsError> {
        let count = |run: &Run| run.spec.temperatures.len();
        let most = runs.values().map(count).max().unwrap_or(0);
        let none = |_| Reduced::none(lockstep.device);
        let log_weights = runs.iter().map(|(&index, run)| {
            (index, (0..count(run)).map(|t| run.ledger.log_weights(t)).collect())
        });
        let log_weights = log_weights.collect();
        let reduced = (0..most).map(none).collect::<Result<_, _>>()?;
        Ok(Self { lockstep, stop, runs, sinks, log_weights, reduced })
    }

    /// One shell at every temperature.
    fn up(&mut self, mut shell: Shell) -> Result<(), LinalgError> {
        let elements = shell.take_elements(&mut self.lockstep, &mut self.runs, self.stop)?;
        let means = (self.lockstep.device, self.stop);
        for t in 0..self.reduced.len() {
            let sinks = self.sinks.of(t, &shell.members).collect();
            weigh_kept(means, &shell, &elements, &self.reduced[t], sinks)?;
            let discarded = shell.discarded.get(t).and_then(Option::as_ref);
            let log_weights = &self.log_weights;
            let weight = |member: usize| {
                let log_weights = log_weights.get(&shell.members[member])?.get(t)?;
                log_weights.get(shell.n as usize).map(|w| w.exp())
            };
            let next = self.reduced[t].step(means, &shell, &elements, discarded, weight)?;
            self.reduced[t] = next;
        }
        Ok(())
    }

    fn results(self) -> BTreeMap<usize, SpectraOutcome> {
        let Self { runs, sinks, reduced, .. } = self;
        let result = |(index, sinks): (usize, Vec<Option<[Discrete; 4]>>)| {
            let run = &runs[&index];
            let at = |(t, sinks): (usize, Option<[Discrete; 4]>)| {
                sinks.map(|sinks| spectra(run, sinks, &reduced[t], t)).transpose()
            };
            let spectra: Result<Vec<_>, DynamicsError> =
                sinks.into_iter().enumerate().map(at).collect();
            let outcome = spectra.map(|spectra| SpectraRun {
                units: units(run, &spectra, &reduced),
                spectra: spectra.into_iter().flatten().collect(),
            });
            (index, outcome)
        };
        sinks.runs.into_iter().map(result).collect()
    }
}

fn spectra(
    run: &Run,
    sinks: [Discrete; 4],
    reduced: &Reduced,
    t: usize,
) -> Result<TwoImpuritySpectra, DynamicsError> {
    let mut exact = Spin::ALL.iter().map(|&spin| exact_sum(reduced, run.index, spin));
    let [a, b, c, d] = sinks.map(|sink| sink.finish(exact.next().unwrap_or(f64::NAN)));
    let components = [a?, b?, c?, d?];
    let trace_error = (reduced.trace(run.index) - 1.0).abs();
    Ok(TwoImpuritySpectra { temperature: run.spec.temperatures[t], components, trace_error })
}

/// Tr R O O^T on the impurities (A56), O normalized as in the spectra.
fn exact_sum(reduced: &Reduced, run: usize, spin: Spin) -> f64 {
    let impurity = Impurity::real();
    let matrix = impurity.real_matrix(spin);
    let norm = if spin.is_plus() { 0.5 } else { 1.0 };
    let element = |i: usize, j: usize| (0..4).map(|k| matrix[i][k] * matrix[j][k]).sum::<f64>();
    let mut sum = 0.0;
    for two_sz in [-2, 0, 2] {
        let Some(block) = reduced.get(run, Label::new(0, two_sz).canonical()) else { continue };
        let states: Vec<usize> = (0..4).filter(|&s| impurity.two_sz[s] == two_sz).collect();
        for (i, &row) in states.iter().enumerate() {
            for (j, &col) in states.iter().enumerate() {
                sum += norm * block[i * states.len() + j] * element(col, row);
            }
        }
    }
    sum
}

/// Static results of the run, from the same sums.
fn units(
    run: &Run,
    spectra: &[Option<TwoImpuritySpectra>],
    reduced: &[Reduced],
) -> Vec<UnitResult> {
    let mut averages = run.ledger.averages();
    for ((thermal, spectra), reduced) in averages.iter_mut().zip(spectra).zip(reduced) {
        for index in 0..Spin::ALL.len() {
            let component = spectra.as_ref().map(|spectra| &spectra.components[index]);
            let of = |value: fn(&Discrete) -> f64| component.map_or(f64::NAN, value);
            thermal.observables[index] = of(|component| component.susceptibility);
            thermal.observables[Spin::ALL.len() + index] = of(|component| component.sum);
        }
        let exact = Spin::ALL.map(|spin| exact_sum(reduced, run.index, spin));
        // <S_L S_R> = (Sum - Diff)/4; Re <S_L^+ S_R^-> is twice the transverse one.
        thermal.observables[STATIC_SZ_SZ] = 0.25 * (exact[0] - exact[1]);
        thermal.observables[STATIC_SP_SM] = 0.5 * (exact[2] - exact[3]);
    }
    averages.iter().map(|thermal| UnitResult::new(run, thermal)).collect()
}
