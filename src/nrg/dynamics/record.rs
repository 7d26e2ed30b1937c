//! What the way down the shells leaves for the way back: matrix elements of the spin operators with
//! the kept states, or what it takes to compute them once more. What concerns discarded states only is
//! summed on the way down.
use std::collections::BTreeMap;

use super::corner::corner;
use super::reduced::{Boltzmann, Discarded};
use super::sinks::Sinks;
use super::weigh::{NEGLIGIBLE, Pairs, weigh_discarded};
use crate::linalg::{Batch, LinalgError, Source};
use crate::nrg::elements::{Selection, elements};
use crate::nrg::operators::{BlockTable, Hop, Spin};
use crate::nrg::pairs::{Direction, directions, kept_blocks};
use crate::nrg::rotate::{Frame, Turn, complete_blocks};
use crate::nrg::run::{Level, Lockstep, Run, Weighted};
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
    /// For each temperature, where discarded states carry weight.
    pub discarded: Vec<Option<Discarded>>,
    content: Content,
}

enum Content {
    Stored(Elements),
    Again(Operators),
}

/// States and operators of a shell.
pub(super) struct Elements {
    /// The kept states of the stored sectors, rows are product states.
    pub states: Batch,
    pub sources: Vec<BTreeMap<Label, Source>>,
    /// <all states of a row block| O |kept states of a column sector>, by [`Spin::ALL`].
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

/// Goes down to shell n. Pairs in which a discarded state carries weight go to the sinks; what is needed
/// on the way back is stored as long as `budget` (bytes) lasts.
pub(super) fn down(
    lockstep: &mut Lockstep,
    n: u32,
    budget: &mut u64,
    sinks: &mut Sinks,
    stop: &dyn Stop,
) -> Result<Shell, LinalgError> {
    let before = Operators::of(lockstep);
    let members: Vec<usize> = lockstep.runs.iter().map(|run| run.index).collect();
    let level = lockstep.level(n, Weighted::AllOrNone, stop)?;
    lockstep.runs.iter().for_each(|run| sinks.descend(run));
    let turns = level.turns();
    let frame = level.frame(&turns, lockstep.dtype(), (lockstep.device, stop));
    lockstep.rotate_hops(&frame)?;
    let hot = Hot::of(lockstep, &level, &frame);
    let discarded = hot.discarded(&members)?;
    let tables: Vec<_> = before.tables.iter().map(|(_, spins)| spins).collect();
    lockstep.runs.iter_mut().for_each(|run| run.spins.clear());
    let mut one = |index: usize| {
        let (spin, old) = (Spin::ALL[index], (&before.spins[index], tables.as_slice()));
        let mut list = directions(spin, frame.turns);
        let batch = elements(&frame, spin, old, &mut list, Selection::Kept)?;
        hot.weigh((spin, old), (&batch, &list), (&members, &mut *sinks))?;
        rotate_spin(lockstep, &frame, index, (&batch, &list))?;
        Ok::<_, LinalgError>((batch, list))
    };
    let [a, b, c, d] = [one(0)?, one(1)?, one(2)?, one(3)?];
    let (spins, directions) = ([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1]);
    let Level { states, mut shells, omegas, olds, news, .. } = level;
    lockstep.enter(news);
    let [stored, _] = states.batches;
    shells.iter_mut().for_each(RunShell::forget_discarded);
    shells.iter_mut().for_each(RunShell::forget_maps);
    let elements = Elements { states: stored, sources: states.sources, spins, directions };
    let fits = elements.bytes() <= *budget;
    let content = if fits {
        *budget -= elements.bytes();
        Content::Stored(elements)
    } else {
        Content::Again(before)
    };
    Ok(Shell { n, members, shells, olds, omegas, discarded, content })
}

/// The discarded states of a shell that carry weight.
struct Hot<'a> {
    /// With the discarded states; none if no run has any that carry weight.
    frame: Option<Frame<'a>>,
    /// Of the runs that have some: [temperature][turn].
    weights: Vec<Vec<Option<Boltzmann>>>,
}

impl<'a> Hot<'a> {
    fn of(lockstep: &Lockstep, level: &'a Level, frame: &Frame<'a>) -> Self {
        let most = lockstep.runs.iter().map(|run| run.spec.temperatures.len()).max().unwrap_or(0);
        let weights = |t: usize| {
            let of_run = |(run, turn): (&Run, &Turn)| {
                let temperature = *run.spec.temperatures.get(t)?;
                if run.ledger.reach_at(t) < turn.shell.lowest_discarded() * turn.omega {
                    return None;
                }
                // No state's weight is larger than its environment times this.
                let negligible = NEGLIGIBLE * (-run.ledger.log_environment()).exp();
                Some(Boltzmann { temperature, omega: turn.omega, negligible })
            };
            lockstep.runs.iter().zip(frame.turns).map(of_run).collect()
        };
        let states = level.discarded.as_ref();
        let frame = states.map(|states| Frame { states, ..*frame });
        Self { frame, weights: (0..most).map(weights).collect() }
    }

    fn discarded(&self, members: &[usize]) -> Result<Vec<Option<Discarded>>, LinalgError> {
        let Some(frame) = &self.frame else { return Ok(Vec::new()) };
        let of_temperature = |weights: &Vec<Option<Boltzmann>>| {
            if weights.iter().all(Option::is_none) {
                return Ok(None);
            }
            Discarded::new(frame, members, weights).map(Some)
        };
        self.weights.iter().map(of_temperature).collect()
    }

    fn weigh(
        &self,
        (spin, old): (Spin, (&Batch, &[&BlockTable<Spin>])),
        (kept, directions): (&Batch, &[Direction]),
        (members, sinks): (&[usize], &mut Sinks),
    ) -> Result<(), LinalgError> {
        let Some(frame) = &self.frame else { return Ok(()) };
        let mut wanted = Vec::new();
        for (t, weights) in self.weights.iter().enumerate() {
            let turns = sinks.of_spin(t, spin, members).map(|(turn, _)| turn);
            wanted.push(turns.filter(|&turn| weights[turn].is_some()).count());
        }
        if wanted.iter().all(|&count| count == 0) {
            return Ok(());
        }
        let corner = corner(frame, spin, old, directions)?;
        let shells: Vec<&RunShell> = frame.turns.iter().map(|turn| turn.shell).collect();
        let pairs = Pairs { spin, shells: &shells, directions, kept, corner: &corner };
        for (t, weights) in self.weights.iter().enumerate() {
            let runs = sinks.of_spin(t, spin, members).filter_map(|(turn, sink)| {
                let weights = weights[turn]?;
                Some((turn, weights, sink))
            });
            weigh_discarded(frame.device, &pairs, runs.collect())?;
        }
        Ok(())
    }
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
        let one = |index: usize| {
            let (spin, old) = (Spin::ALL[index], (&lockstep.spins[index], tables.as_slice()));
            let mut list = directions(spin, frame.turns);
            let batch = elements(&frame, spin, old, &mut list, Selection::Kept)?;
            Ok::<_, LinalgError>((batch, list))
        };
        let [a, b, c, d] = [one(0)?, one(1)?, one(2)?, one(3)?];
        let (spins, directions) = ([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1]);
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

/// One spin operator between the new kept states.
fn rotate_spin(
    lockstep: &mut Lockstep,
    frame: &Frame,
    index: usize,
    (elements, directions): (&Batch, &[Direction]),
) -> Result<(), LinalgError> {
    let (kept, lists) = kept_blocks(frame, Spin::ALL[index], elements, directions)?;
    let blocks = complete_blocks(frame, &kept, &lists)?;
    lockstep.spins[index] = blocks.batch;
    for (run, table) in lockstep.runs.iter_mut().zip(blocks.tables) {
        run.spins.extend(table);
    }
    Ok(())
}
