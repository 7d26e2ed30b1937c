//! Down the shells with symmetries, all runs in lockstep: levels and hops alone.
use super::model::{Rung, before, creator, exchange, impurity_rungs, ladder_rungs, nothing};
use super::sums::{Sums, weights};
use super::{LadderThermodynamicsSpec, SECTOR_WEIGHTS};
use crate::engine::Monitor;
use crate::linalg::{Batch, Device, Dtype, LinalgError, Ratios, Shape};
use crate::nrg::Truncation;
use crate::nrg::certificate::Traps;
use crate::nrg::elements::Selection;
use crate::nrg::impurity::Impurity;
use crate::nrg::ladder::Ladder;
use crate::nrg::operators::{BlockTable, Hop, Spin};
use crate::nrg::rotate::{Frame, Turn, hops};
use crate::nrg::rung::{MODES, RungMatrix, STATES, add};
use crate::nrg::shell::{Assembly, RunShell, Term, diagonalize, expand, identity};
use crate::nrg::space::KeptSpace;
use crate::nrg::truncation::Cut;
use crate::stop::Stop;

/// One run on its way down: a ladder with impurities or without.
pub(super) struct Descent<'a> {
    /// Of its spec.
    pub index: usize,
    /// Without impurities.
    bare: bool,
    truncation: &'a Truncation,
    rungs: Vec<Rung>,
    exchange: Vec<(Spin, RungMatrix)>,
    kept: KeptSpace,
    hops: BlockTable<Hop>,
    spins: BlockTable<Spin>,
    pub sums: Sums,
    pub charge_weights: Vec<Vec<f64>>,
    pub spin_weights: Vec<Vec<f64>>,
    pub ratios: Ratios,
    pub matrices: u64,
    traps: Traps,
    pub warnings: Vec<String>,
}

impl<'a> Descent<'a> {
    pub(super) fn with_impurities(
        index: usize,
        spec: &'a LadderThermodynamicsSpec,
        ladder: &Ladder,
    ) -> Self {
        let (rungs, kept) = (impurity_rungs(spec, ladder), before(spec));
        let mut descent = Self::new((index, false), spec, rungs, kept);
        descent.exchange = exchange(spec, ladder);
        descent
    }

    pub(super) fn of_the_ladder(
        index: usize,
        spec: &'a LadderThermodynamicsSpec,
        ladder: &Ladder,
    ) -> Self {
        Self::new((index, true), spec, ladder_rungs(ladder), nothing())
    }

    fn new(
        (index, bare): (usize, bool),
        spec: &'a LadderThermodynamicsSpec,
        rungs: Vec<Rung>,
        kept: KeptSpace,
    ) -> Self {
        let levels = MODES * rungs.iter().filter(|rung| rung.shell.is_none()).count();
        let traps = Traps::new(spec.z, &spec.truncation, spec.shells + 1);
        Self {
            index,
            bare,
            truncation: &spec.truncation,
            rungs,
            exchange: Vec::new(),
            kept,
            hops: BlockTable::new(),
            spins: Impurity::real().spin_blocks().0,
            sums: Sums::new(&spec.temperatures, levels),
            charge_weights: Vec::new(),
            spin_weights: Vec::new(),
            ratios: Ratios::default(),
            matrices: 0,
            traps,
            warnings: Vec::new(),
        }
    }

    /// The shells that are the last ones of the average: both parities.
    pub(super) fn last_shells(&self) -> [usize; 2] {
        let last = self.rungs.iter().filter_map(|rung| rung.shell).max().unwrap_or(0) as usize;
        [last.saturating_sub(1), last]
    }

    /// The first rung, behind the spins.
    fn first(&self) -> Assembly<'_, Spin> {
        let rung = &self.rungs[0];
        let term = |(operator, matrix): &(Spin, RungMatrix)| {
            let rung = scaled(matrix, 1.0 / rung.omega);
            Term { operator: *operator, rung, fermionic: false }
        };
        Assembly {
            kept: &self.kept,
            rescale: 1.0,
            terms: self.exchange.iter().map(term).collect(),
            table: &self.spins,
            rung: scaled(&rung.hamiltonian, 1.0 / rung.omega),
            n: 0,
        }
    }

    fn next(&self, n: usize) -> Assembly<'_, Hop> {
        let (rung, earlier) = (&self.rungs[n], &self.rungs[n - 1]);
        let term = |mode: usize| {
            let matrix = scaled(&creator(mode), rung.bonds[mode] / rung.omega);
            Term { operator: Hop(mode), rung: matrix, fermionic: true }
        };
        Assembly {
            kept: &self.kept,
            rescale: earlier.omega / rung.omega,
            terms: (0..MODES).map(term).collect(),
            table: &self.hops,
            rung: scaled(&rung.hamiltonian, 1.0 / rung.omega),
            n: n as u32,
        }
    }

    /// Cuts a shell and records what it says.
    fn finish_shell(&mut self, shell: &mut RunShell, n: usize) {
        let Rung { omega, shell: number, .. } = self.rungs[n];
        let levels = shell.levels(true);
        self.ratios = Ratios::worst([&self.ratios, &shell.ratios]);
        self.matrices += shell.sectors.values().map(|s| s.blocks.len() as u64).sum::<u64>();
        let Some(number) = number else {
            let (kept, level, gap) = (levels.len(), f64::INFINITY, f64::INFINITY);
            shell.keep(Some(Cut { kept, level, gap, over_budget: false }));
            return;
        };
        let cut = self.truncation.cut(&levels, number);
        shell.keep(Some(cut));
        if n + 1 < self.rungs.len() {
            self.traps.saw(cut, number);
        } else {
            self.warnings = std::mem::take(&mut self.traps.warnings);
        }
        self.sums.record(shell, omega);
        self.charge_weights.push(weights(shell, SECTOR_WEIGHTS, |label| label.charge));
        self.spin_weights.push(weights(shell, SECTOR_WEIGHTS, |label| label.two_sz));
    }
}

fn scaled(matrix: &RungMatrix, factor: f64) -> RungMatrix {
    add(&[[0.0; STATES]; STATES], factor, matrix)
}

/// All runs down to their last shells.
pub(super) fn descend<'a>(
    mut running: Vec<Descent<'a>>,
    device: &dyn Device,
    monitor: &dyn Monitor,
    stop: &dyn Stop,
) -> Result<Vec<Descent<'a>>, LinalgError> {
    let mut operators = device.upload(Impurity::real().spin_blocks().1)?;
    let mut finished = Vec::with_capacity(running.len());
    let total: usize = running.iter().map(|run| run.rungs.len()).sum();
    let mut done = 0;
    for n in 0.. {
        if running.is_empty() {
            break;
        }
        let (hamiltonian, mut shells) = hamiltonian(&running, n, &operators, device)?;
        let omegas: Vec<f64> = running.iter().map(|run| run.rungs[n].omega).collect();
        let vectors = diagonalize(device, &hamiltonian, &mut shells, &omegas, stop)?;
        drop(hamiltonian);
        for (run, shell) in running.iter_mut().zip(&mut shells) {
            run.finish_shell(shell, n);
        }
        operators = rotate(&mut running, n, &vectors, &mut shells, &omegas, (device, stop))?;
        done += running.len();
        monitor.progress(done as f64, total as f64);
        finished.extend(running.extract_if(.., |run| run.rungs.len() == n + 1));
    }
    // Levels are a rung more: their run ends after that of the bare ladder.
    finished.sort_by_key(|run| (run.index, run.bare));
    Ok(finished)
}

/// Blocks of all runs in units of their omega_n.
fn hamiltonian(
    runs: &[Descent<'_>],
    n: usize,
    operators: &Batch,
    device: &dyn Device,
) -> Result<(Batch, Vec<RunShell>), LinalgError> {
    let (mut shapes, mut placements, mut diagonals) = (vec![], vec![], vec![]);
    let mut shells = Vec::with_capacity(runs.len());
    for run in runs {
        let mut shell = if n == 0 { run.first().sectors() } else { run.next(n).sectors() };
        for block in shell.sectors.values_mut().flat_map(|sector| &mut sector.blocks) {
            block.matrix = shapes.len();
            shapes.push(Shape::square(block.parity.order));
        }
        if n == 0 {
            run.first().place(&shell, &mut placements, &mut diagonals);
        } else {
            run.next(n).place(&shell, &mut placements, &mut diagonals);
        }
        shells.push(shell);
    }
    let sectors = runs.iter().flat_map(|run| run.kept.sectors.values());
    let largest = sectors.map(|sector| sector.energies.len()).max().unwrap_or(0);
    let identity = device.upload(identity(Dtype::F64, largest))?;
    let sources = [operators, &identity];
    Ok((device.gather(Dtype::F64, &shapes, &sources, &placements, &diagonals)?, shells))
}

/// f of rung n between the kept states, which become the basis of the next rung.
fn rotate(
    runs: &mut [Descent<'_>],
    n: usize,
    vectors: &Batch,
    shells: &mut [RunShell],
    omegas: &[f64],
    (device, stop): (&dyn Device, &dyn Stop),
) -> Result<Batch, LinalgError> {
    let olds: Vec<KeptSpace> = runs.iter().map(|run| run.kept.clone()).collect();
    let references: Vec<&KeptSpace> = olds.iter().collect();
    let states = expand(device, Dtype::F64, vectors, shells, &references, Selection::Active)?;
    let news: Vec<KeptSpace> = shells.iter().map(|shell| shell.kept_space(true)).collect();
    let turn = |run: usize| Turn {
        shell: &shells[run],
        old: &olds[run],
        new: &news[run],
        omega: omegas[run],
        sources: &states.sources[run],
    };
    let turns: Vec<Turn<'_>> = (0..shells.len()).map(turn).collect();
    let (dtype, n, states) = (Dtype::F64, n as u32, &states);
    let found = hops(&Frame { device, stop, dtype, n, vectors, states, turns: &turns })?;
    for ((run, new), table) in runs.iter_mut().zip(news.clone()).zip(found.tables) {
        (run.kept, run.hops) = (new, table);
    }
    Ok(found.batch)
}
