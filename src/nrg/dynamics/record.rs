//! What the way down the shells leaves for the way back: matrix elements of the spin operators, or
//! what it takes to compute them once more.
use std::collections::BTreeMap;

use crate::linalg::{Batch, LinalgError, Source};
use crate::nrg::operators::{BlockTable, Hop, Spin};
use crate::nrg::pairs::{Direction, Rows, directions, elements, kept_blocks};
use crate::nrg::rotate::{Frame, complete_blocks};
use crate::nrg::run::{Level, Lockstep, Run};
use crate::nrg::shell::RunShell;
use crate::nrg::space::{KeptSpace, Label};
use crate::stop::Stop;

/// One shell of all runs that reach it.
pub(super) struct Shell {
    pub n: u32,
    /// [`Run::index`] of each run.
    pub members: Vec<usize>,
    pub shells: Vec<RunShell>,
    /// Kept states before the shell.
    pub olds: Vec<KeptSpace>,
    pub omegas: Vec<f64>,
    content: Content,
}

enum Content {
    Stored(Elements),
    Again(Operators),
}

/// States and operators of a shell.
pub(super) struct Elements {
    /// The active states of the stored sectors, rows are product states.
    pub states: Batch,
    pub sources: Vec<BTreeMap<Label, Source>>,
    /// <all states of a row block| O |active states of a column sector>, by [`Spin::ALL`].
    pub spins: [Batch; 4],
    pub directions: [Vec<Direction>; 4],
}

/// Operators between the kept states before a shell.
struct Operators {
    hops: Batch,
    spins: [Batch; 4],
    tables: Vec<(BlockTable<Hop>, BlockTable<Spin>)>,
}

/// Bytes of a real batch.
fn bytes(batch: &Batch) -> u64 {
    8 * batch.shapes().iter().map(|shape| shape.len() as u64).sum::<u64>()
}

impl Elements {
    fn bytes(&self) -> u64 {
        bytes(&self.states) + self.spins.iter().map(bytes).sum::<u64>()
    }
}

/// Goes down to shell n. What is needed on the way back is stored as long as `budget` (bytes) lasts.
pub(super) fn down(
    lockstep: &mut Lockstep,
    n: u32,
    budget: &mut u64,
    stop: &dyn Stop,
) -> Result<Shell, LinalgError> {
    let before = Operators::of(lockstep);
    let members = lockstep.runs.iter().map(|run| run.index).collect();
    let level = lockstep.level(n, stop)?;
    let turns = level.turns();
    let frame = level.frame(&turns, lockstep.dtype(), (lockstep.device, stop));
    lockstep.rotate_hops(&frame)?;
    let tables: Vec<_> = before.tables.iter().map(|(_, spins)| spins).collect();
    let (spins, directions) = spin_elements(&frame, &before.spins, &tables)?;
    rotate_spins(lockstep, &frame, &spins, &directions)?;
    let Level { states, mut shells, omegas, olds, news, .. } = level;
    lockstep.enter(news);
    let [stored, _] = states.batches;
    let elements = Elements { states: stored, sources: states.sources, spins, directions };
    let fits = elements.bytes() <= *budget;
    let content = if fits {
        *budget -= elements.bytes();
        shells.iter_mut().for_each(RunShell::forget_maps);
        Content::Stored(elements)
    } else {
        Content::Again(before)
    };
    Ok(Shell { n, members, shells, olds, omegas, content })
}

impl Shell {
    /// The elements: stored, or computed once more with the same bits. `runs` (by their index) lend
    /// what they know of the model.
    pub(super) fn take_elements<'a>(
        &mut self,
        lockstep: &mut Lockstep<'a>,
        runs: &mut BTreeMap<usize, Run<'a>>,
        stop: &dyn Stop,
    ) -> Result<Elements, LinalgError> {
        let nothing = Content::Again(Operators::of(lockstep));
        match std::mem::replace(&mut self.content, nothing) {
            Content::Stored(elements) => Ok(elements),
            Content::Again(before) => {
                let present = self.members.iter().filter_map(|index| runs.remove(index));
                lockstep.runs = present.collect();
                let elements = self.again(lockstep, before, stop);
                runs.extend(lockstep.runs.drain(..).map(|run| (run.index, run)));
                elements
            }
        }
    }

    fn again(
        &self,
        lockstep: &mut Lockstep,
        before: Operators,
        stop: &dyn Stop,
    ) -> Result<Elements, LinalgError> {
        for ((run, old), (hops, spins)) in
            lockstep.runs.iter_mut().zip(&self.olds).zip(before.tables)
        {
            (run.kept, run.hops, run.spins) = (old.clone(), hops, spins);
        }
        (lockstep.hops, lockstep.spins) = (before.hops, before.spins);
        let level = lockstep.level_again(self.n, &self.shells, stop)?;
        let turns = level.turns();
        let frame = level.frame(&turns, lockstep.dtype(), (lockstep.device, stop));
        let tables: Vec<_> = lockstep.runs.iter().map(|run| &run.spins).collect();
        let (spins, directions) = spin_elements(&frame, &lockstep.spins, &tables)?;
        let [states, _] = level.states.batches;
        Ok(Elements { states, sources: level.states.sources, spins, directions })
    }
}

impl Operators {
    fn of(lockstep: &Lockstep) -> Self {
        let tables = lockstep.runs.iter().map(|run| (run.hops.clone(), run.spins.clone()));
        Self {
            hops: lockstep.hops.clone(),
            spins: lockstep.spins.clone(),
            tables: tables.collect(),
        }
    }
}

type SpinElements = ([Batch; 4], [Vec<Direction>; 4]);

fn spin_elements(
    frame: &Frame,
    old: &[Batch; 4],
    tables: &[&BlockTable<Spin>],
) -> Result<SpinElements, LinalgError> {
    let one = |index: usize| {
        let spin = Spin::ALL[index];
        let mut list = directions(spin, frame.turns);
        let rows = Rows::Allowed(spin);
        let batch = elements(frame, spin, (&old[index], tables), &mut list, rows)?;
        Ok::<_, LinalgError>((batch, list))
    };
    let [a, b, c, d] = [one(0)?, one(1)?, one(2)?, one(3)?];
    Ok(([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1]))
}

/// The spin operators between the new kept states.
fn rotate_spins(
    lockstep: &mut Lockstep,
    frame: &Frame,
    spins: &[Batch; 4],
    directions: &[Vec<Direction>; 4],
) -> Result<(), LinalgError> {
    lockstep.runs.iter_mut().for_each(|run| run.spins.clear());
    for (index, spin) in Spin::ALL.into_iter().enumerate() {
        let (kept, lists) = kept_blocks(frame, spin, &spins[index], &directions[index])?;
        let blocks = complete_blocks(frame, &kept, &lists)?;
        lockstep.spins[index] = blocks.batch;
        for (run, table) in lockstep.runs.iter_mut().zip(blocks.tables) {
            run.spins.extend(table);
        }
    }
    Ok(())
}
