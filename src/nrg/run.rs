//! All runs of a chunk in lockstep: one batch per shell.
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::certificate::Quality;
use super::cost;
use super::elements::Selection;
use super::impurity::{Impurity, kondo_terms};
use super::ladder::{self, Ladder};
use super::ledger::{Ledger, OBSERVABLES, STATIC_SZ_SZ};
use super::operators::{BlockTable, Hop, Spin};
use super::pairs::{SpinPairs, spin_pairs};
use super::result::ShellRecord;
use super::rotate::{Frame, Turn, complete_blocks, hops};
use super::rung::{add, annihilator, transpose};
use super::scalars::{Collects, Scalar, advance};
use super::shell::{
    Assembly, RunShell, States, Term, diagonalize, expand, identity, rung_hamiltonian,
};
use super::space::{KeptSpace, Label};
use super::{Model, Request, Scheme, Truncation, UnitResult};
use crate::engine::Monitor;
use crate::linalg::{Batch, Device, Dtype, LinalgError, Shape};
use crate::stop::Stop;

/// One NRG run: one point at one z, static results at every temperature asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSpec {
    pub model: Model,
    pub lambda: f64,
    pub scheme: Scheme,
    pub z: f64,
    pub truncation: Truncation,
    /// Number of shells, n = 0 ... shells - 1; resolved, not 0.
    pub shells: u32,
    pub temperatures: Vec<f64>,
}

impl RunSpec {
    /// One run per z of a validated point; `temperatures` replaces the point's list, `lowest`
    /// (the lowest of the whole request) fixes the number of shells when the request leaves it open:
    /// the smallest last shell N with omega_N <= 2 T.
    pub fn of(request: &Request, temperatures: &[f64], lowest: f64) -> Vec<Self> {
        let Request { model, discretization, truncation, run } = request;
        let (lambda, scheme) = (discretization.lambda, discretization.scheme);
        let runs = discretization.z.iter().map(|&z| {
            let shells = match run.shells {
                0 => 1 + last_shell(lambda, z, scheme, lowest),
                shells => shells,
            };
            let (truncation, temperatures) = (truncation.clone(), temperatures.to_vec());
            Self { model: *model, lambda, scheme, z, truncation, shells, temperatures }
        });
        runs.collect()
    }
}

/// The smallest N with omega_N <= 2 T.
pub(super) fn last_shell(lambda: f64, z: f64, scheme: Scheme, temperature: f64) -> u32 {
    (0..).find(|&n| ladder::omega(lambda, z, scheme, n) <= 2.0 * temperature).unwrap_or(u32::MAX)
}

/// Why a run was refused or could not be finished.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NrgError {
    #[error("ladder of z = {z}: {reason}")]
    Ladder { z: f64, reason: String },
    #[error(transparent)]
    Linalg(#[from] LinalgError),
}

/// How the Hamiltonian is represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Real arithmetic, only Q >= 0 and S_z >= 0 diagonalized, parities used.
    Symmetric,
    /// Real arithmetic, all sectors: what the symmetries are measured against.
    Real,
    /// Complex arithmetic, all sectors: the oracle of the tests, and the plain way of the benchmarks.
    Plain,
}

/// What each run of a chunk yields: a result for every temperature, or the reason why not.
pub type Outcome = Result<Vec<UnitResult>, NrgError>;

/// Runs all `specs` in lockstep. The outer list follows `specs`, the inner one `temperatures`.
/// A run whose ladder fails leaves its reason and does not disturb the others.
/// Errors: what the linear algebra refuses, for the whole chunk.
pub fn run(
    specs: &[RunSpec],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<Outcome>, LinalgError> {
    run_on(Path::Symmetric, specs, device, monitor, stop)
}

/// [`run`] by the path of choice.
pub fn run_on(
    path: Path,
    specs: &[RunSpec],
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<Outcome>, LinalgError> {
    let ladders: Vec<_> = specs.par_iter().map(ladder_of).collect();
    let mut lockstep = Lockstep::new(path, device)?;
    for (index, (spec, ladder)) in specs.iter().zip(&ladders).enumerate() {
        if let Ok(ladder) = ladder {
            lockstep.add(index, spec, ladder.clone());
        }
    }
    let total = specs.iter().map(cost::work).sum();
    let mut done = 0.0;
    let mut outcomes: Vec<Outcome> =
        ladders.into_iter().map(|ladder| ladder.map(|_| Vec::new())).collect();
    for n in 0.. {
        lockstep.shell(n, stop)?;
        done += lockstep.runs.iter().map(|run| cost::shell_work(run.spec, n)).sum::<f64>();
        monitor.progress(done, total);
        for run in lockstep.take_finished(n) {
            outcomes[run.index] = Ok(run.results());
        }
        if lockstep.runs.is_empty() {
            break;
        }
    }
    Ok(outcomes)
}

pub(super) fn ladder_of(spec: &RunSpec) -> Result<Ladder, NrgError> {
    Ladder::new(spec.lambda, spec.z, spec.scheme, spec.model.distance, spec.shells)
}

/// One run on its way through the shells.
pub(super) struct Run<'a> {
    pub index: usize,
    pub spec: &'a RunSpec,
    pub ladder: Ladder,
    pub kept: KeptSpace,
    pub hops: BlockTable<Hop>,
    pub spins: BlockTable<Spin>,
    scalars: [BTreeMap<Label, usize>; OBSERVABLES],
    pub ledger: Ledger,
    pub records: Vec<ShellRecord>,
    pub quality: Quality,
}

/// All runs that are not finished, and the operators carried along.
pub(super) struct Lockstep<'a> {
    pub device: &'a dyn Device,
    impurity: Impurity,
    symmetric: bool,
    pub runs: Vec<Run<'a>>,
    pub hops: Batch,
    /// One batch for each of [`Spin::ALL`].
    pub spins: [Batch; 4],
    scalars: Vec<Option<Batch>>,
}

/// Which discarded states are active where some carry weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weighted {
    /// Those that do.
    AsNeeded,
    /// All of that run and shell.
    AllOrNone,
}

/// One shell of all runs, diagonalized and cut.
pub(super) struct Level {
    pub n: u32,
    /// Eigenvectors per block, in the basis of its parity vectors.
    pub vectors: Batch,
    /// The active states, or the kept ones where the discarded ones stand apart.
    pub states: States,
    /// With [`Weighted::AllOrNone`], if any discarded state of any run is active.
    pub discarded: Option<States>,
    pub shells: Vec<RunShell>,
    pub omegas: Vec<f64>,
    /// Kept states of the runs before and after.
    pub olds: Vec<KeptSpace>,
    pub news: Vec<KeptSpace>,
}

impl Level {
    /// Each run's part in a [`Frame`].
    pub(super) fn turns(&self) -> Vec<Turn<'_>> {
        let turn = |run: usize| Turn {
            shell: &self.shells[run],
            old: &self.olds[run],
            new: &self.news[run],
            omega: self.omegas[run],
            sources: &self.states.sources[run],
        };
        (0..self.shells.len()).map(turn).collect()
    }

    pub(super) fn frame<'a>(
        &'a self,
        turns: &'a [Turn<'a>],
        dtype: Dtype,
        (device, stop): (&'a dyn Device, &'a dyn Stop),
    ) -> Frame<'a> {
        let (vectors, states) = (&self.vectors, &self.states);
        Frame { device, stop, dtype, n: self.n, vectors, states, turns }
    }
}

impl<'a> Lockstep<'a> {
    pub(super) fn new(path: Path, device: &'a dyn Device) -> Result<Self, LinalgError> {
        let symmetric = path == Path::Symmetric;
        let impurity = if path == Path::Plain { Impurity::plain() } else { Impurity::real() };
        let hops = device.gather(impurity.dtype, &[], &[], &[], &[])?;
        let spins = device.upload(impurity.spin_blocks().1)?;
        let statics = device.upload(impurity.static_blocks().1)?;
        let mut scalars = vec![None; STATIC_SZ_SZ];
        scalars.resize(OBSERVABLES, Some(statics));
        let spins = [spins.clone(), spins.clone(), spins.clone(), spins];
        Ok(Self { device, impurity, symmetric, runs: vec![], hops, spins, scalars })
    }

    pub(super) fn add(&mut self, index: usize, spec: &'a RunSpec, ladder: Ladder) {
        let kept = self.impurity.kept_space(self.symmetric);
        let mut scalars: [BTreeMap<Label, usize>; OBSERVABLES] = Default::default();
        for ((number, label), matrix) in self.impurity.static_blocks().0 {
            if kept.stored(label) == label {
                scalars[STATIC_SZ_SZ + number].insert(label, matrix);
            }
        }
        let quality = Quality::new(spec, ladder.orthogonality);
        self.runs.push(Run {
            index,
            spec,
            ladder,
            kept,
            hops: BlockTable::new(),
            spins: self.impurity.spin_blocks().0,
            scalars,
            ledger: Ledger::new(&spec.temperatures, spec.shells),
            records: Vec::new(),
            quality,
        });
    }

    pub(super) fn dtype(&self) -> Dtype {
        self.impurity.dtype
    }

    /// Removes and returns the runs whose last shell was `n`.
    pub(super) fn take_finished(&mut self, n: u32) -> Vec<Run<'a>> {
        self.runs.extract_if(.., |run| run.spec.shells == n + 1).collect()
    }

    /// One shell: Hamiltonian, levels, cut, operators.
    fn shell(&mut self, n: u32, stop: &dyn Stop) -> Result<(), LinalgError> {
        let level = self.level(n, Weighted::AsNeeded, stop)?;
        let turns = level.turns();
        let frame = level.frame(&turns, self.dtype(), (self.device, stop));
        self.rotate_hops(&frame)?;
        self.rotate_spins(&frame)?;
        for index in STATIC_SZ_SZ..OBSERVABLES {
            self.advance_scalar(&frame, index, None)?;
        }
        self.enter(level.news);
        Ok(())
    }

    /// Diagonalizes and cuts shell n of all runs; opens their thermal sums.
    pub(super) fn level(
        &mut self,
        n: u32,
        weighted: Weighted,
        stop: &dyn Stop,
    ) -> Result<Level, LinalgError> {
        let (hamiltonian, mut shells) = self.hamiltonian(n)?;
        let omegas: Vec<f64> = self.runs.iter().map(|run| run.ladder.omega(n)).collect();
        let vectors = diagonalize(self.device, &hamiltonian, &mut shells, &omegas, stop)?;
        drop(hamiltonian);
        for ((run, shell), &omega) in self.runs.iter_mut().zip(&mut shells).zip(&omegas) {
            run.truncate(shell, n, omega);
            if weighted == Weighted::AllOrNone {
                shell.all_or_none();
            }
        }
        self.expanded(n, vectors, shells, omegas, weighted)
    }

    /// The same shell once more, with the cut found before.
    pub(super) fn level_again(
        &self,
        n: u32,
        found: &[RunShell],
        stop: &dyn Stop,
    ) -> Result<Level, LinalgError> {
        let (hamiltonian, mut shells) = self.hamiltonian(n)?;
        let omegas: Vec<f64> = self.runs.iter().map(|run| run.ladder.omega(n)).collect();
        let vectors = diagonalize(self.device, &hamiltonian, &mut shells, &omegas, stop)?;
        drop(hamiltonian);
        for (shell, found) in shells.iter_mut().zip(found) {
            shell.cut_like(found);
        }
        self.expanded(n, vectors, shells, omegas, Weighted::AllOrNone)
    }

    fn expanded(
        &self,
        n: u32,
        vectors: Batch,
        mut shells: Vec<RunShell>,
        omegas: Vec<f64>,
        weighted: Weighted,
    ) -> Result<Level, LinalgError> {
        let olds: Vec<KeptSpace> = self.runs.iter().map(|run| run.kept.clone()).collect();
        let old_refs: Vec<&KeptSpace> = olds.iter().collect();
        let (device, dtype) = (self.device, self.dtype());
        let hot = shells.iter().any(RunShell::is_hot);
        let mut expanded =
            |selection| expand(device, dtype, &vectors, &mut shells, &old_refs, selection);
        let (states, discarded) = match weighted {
            Weighted::AsNeeded => (expanded(Selection::Active)?, None),
            Weighted::AllOrNone => {
                let kept = expanded(Selection::Kept)?;
                (kept, hot.then(|| expanded(Selection::Discarded)).transpose()?)
            }
        };
        let news: Vec<KeptSpace> = shells.iter().map(|s| s.kept_space(self.symmetric)).collect();
        Ok(Level { n, vectors, states, discarded, shells, omegas, olds, news })
    }

    /// f of the newest rung between the new kept states.
    pub(super) fn rotate_hops(&mut self, frame: &Frame) -> Result<(), LinalgError> {
        let hops = hops(frame)?;
        self.hops = hops.batch;
        for (run, table) in self.runs.iter_mut().zip(hops.tables) {
            run.hops = table;
        }
        Ok(())
    }

    /// The new kept states become the basis of the next shell.
    pub(super) fn enter(&mut self, news: Vec<KeptSpace>) {
        for (run, new) in self.runs.iter_mut().zip(news) {
            run.kept = new;
        }
    }

    /// The Hamiltonian blocks of all runs in units of their omega_n.
    fn hamiltonian(&self, n: u32) -> Result<(Batch, Vec<RunShell>), LinalgError> {
        let (mut shapes, mut placements, mut diagonals) = (vec![], vec![], vec![]);
        let mut shells = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            let mut shell = if n == 0 {
                run.first_assembly().sectors()
            } else {
                run.next_assembly(n).sectors()
            };
            for block in shell.sectors.values_mut().flat_map(|s| &mut s.blocks) {
                block.matrix = shapes.len();
                shapes.push(Shape::square(block.parity.order));
            }
            if n == 0 {
                run.first_assembly().place(&shell, &mut placements, &mut diagonals);
            } else {
                run.next_assembly(n).place(&shell, &mut placements, &mut diagonals);
            }
            shells.push(shell);
        }
        let sizes = self.runs.iter().flat_map(|run| run.kept.sectors.values());
        let largest = sizes.map(|sector| sector.energies.len()).max().unwrap_or(0);
        let identity = self.device.upload(identity(self.dtype(), largest))?;
        let operators = if n == 0 { &self.spins[0] } else { &self.hops };
        let sources = [operators, &identity];
        let batch = self.device.gather(self.dtype(), &shapes, &sources, &placements, &diagonals)?;
        Ok((batch, shells))
    }

    /// Spin operators to the new kept states, and what they contribute to observables.
    fn rotate_spins(&mut self, frame: &Frame) -> Result<(), LinalgError> {
        let olds: Vec<_> = self.runs.iter_mut().map(|r| std::mem::take(&mut r.spins)).collect();
        let olds: Vec<&BlockTable<Spin>> = olds.iter().collect();
        for (index, spin) in Spin::ALL.into_iter().enumerate() {
            let old = (&self.spins[index], olds.as_slice());
            let mut ledgers: Vec<_> = self.runs.iter_mut().map(|r| &mut r.ledger).collect();
            let pairs = spin_pairs(frame, spin, old, &mut ledgers)?;
            let blocks = complete_blocks(frame, &pairs.kept, &pairs.lists)?;
            self.spins[index] = blocks.batch;
            for (run, table) in self.runs.iter_mut().zip(blocks.tables) {
                run.spins.extend(table);
            }
            self.advance_scalar(frame, index, Some((&pairs, Collects::Susceptibility)))?;
            let weight = Spin::ALL.len() + index;
            self.advance_scalar(frame, weight, Some((&pairs, Collects::Weight)))?;
        }
        Ok(())
    }

    fn advance_scalar(
        &mut self,
        frame: &Frame,
        index: usize,
        pairs: Option<(&SpinPairs, Collects)>,
    ) -> Result<(), LinalgError> {
        let old = self.scalars[index].take().map(|batch| Scalar {
            batch,
            tables: self.runs.iter().map(|run| run.scalars[index].clone()).collect(),
        });
        let mut ledgers: Vec<_> = self.runs.iter_mut().map(|run| &mut run.ledger).collect();
        let new = advance(frame, index, old.as_ref(), pairs, &mut ledgers)?;
        if let Some(Scalar { batch, tables }) = new {
            self.scalars[index] = Some(batch);
            for (run, table) in self.runs.iter_mut().zip(tables) {
                run.scalars[index] = table;
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Shell 0: impurities x rung 0 with H_K and a_0.
    fn first_assembly(&self) -> Assembly<'_, Spin> {
        let omega = self.ladder.omega(0);
        let terms =
            kondo_terms(&self.spec.model, &self.ladder).into_iter().map(|(operator, rung)| {
                let rung = add(&Default::default(), 1.0 / omega, &rung);
                Term { operator, rung, fermionic: false }
            });
        Assembly {
            kept: &self.kept,
            rescale: 1.0,
            terms: terms.collect(),
            table: &self.spins,
            rung: rung_hamiltonian(self.ladder.a[0], omega),
            n: 0,
        }
    }

    /// Shell n: f_{n-1} and f+_n hop with b_n; h.c. is added by the assembly.
    fn next_assembly(&self, n: u32) -> Assembly<'_, Hop> {
        let omega = self.ladder.omega(n);
        let terms = (0..super::rung::MODES).map(|mode| {
            let b = self.ladder.b[mode / 2][n as usize] / omega;
            let rung = add(&Default::default(), b, &transpose(&annihilator(mode)));
            Term { operator: Hop(mode), rung, fermionic: true }
        });
        Assembly {
            kept: &self.kept,
            rescale: self.ladder.omega(n - 1) / omega,
            terms: terms.collect(),
            table: &self.hops,
            rung: rung_hamiltonian(self.ladder.a[n as usize], omega),
            n,
        }
    }

    /// Cuts the levels of shell n, opens its thermal sums and marks the states that carry weight.
    fn truncate(&mut self, shell: &mut RunShell, n: u32, omega: f64) {
        let symmetric = self.kept.symmetric;
        let levels = shell.levels(symmetric);
        let last = n + 1 == self.spec.shells;
        let cut = (!last).then(|| self.spec.truncation.cut(&levels, n));
        shell.keep(cut);
        let mut discarded = Vec::new();
        for (label, sector) in &shell.sectors {
            let images = label.multiplicity(symmetric) as f64;
            for block in &sector.blocks {
                let energies = block.energies[block.kept..].iter();
                discarded.extend(energies.map(|e| (e * omega, images)));
            }
        }
        self.ledger.open(shell.ground_step, &discarded);
        let reach = self.ledger.reach();
        for block in shell.sectors.values_mut().flat_map(|s| &mut s.blocks) {
            let below = block.energies.partition_point(|e| e * omega <= reach);
            block.active = below.max(block.kept);
        }
        self.quality.saw_shell(shell, cut, n);
        self.records.push(ShellRecord::new(omega, shell, &levels, cut, symmetric));
    }

    fn results(&self) -> Vec<UnitResult> {
        self.ledger.averages().iter().map(|t| UnitResult::new(self, t)).collect()
    }
}
