//! The devices of a server, as everyone sees them: each has a worker, a queue and a budget of its own.
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::invalid::Invalid;
use crate::jobs::costs::{Calibration, Problem};
use crate::jobs::device::{Choice, Offer, Wanted, choose};
use crate::jobs::document::{Document, Request};
use crate::jobs::faults;
use crate::jobs::planner::Budget;
use crate::jobs::spec::Spec;
use crate::jobs::worker::keeper::Link;
use crate::jobs::worker::machine;
use crate::jobs::worker::message::Ready;
use crate::nrg;

/// Position among the lanes; they are never taken away.
pub type LaneId = usize;

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerState {
    Starting,
    Ready,
    /// Not tried again before somebody asks for it.
    Stopped,
}

impl WorkerState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Stopped => "stopped",
        }
    }
}

/// A device and its worker.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneView {
    /// "cpu", "gpu:0"; what it was started with until it has said so.
    pub name: String,
    /// What results and keys call it; empty until its worker was ready once.
    pub class: String,
    pub adapter: String,
    pub software: bool,
    pub threads: u32,
    pub state: WorkerState,
    /// Lives of its worker so far.
    pub starts: u32,
    /// How the last one ended.
    pub reason: String,
    pub memory_bytes: u64,
}

/// What the threads share of a lane.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) link: Arc<Link>,
    view: Mutex<LaneView>,
    /// Wall-clock seconds per estimated core-second, as f32 bits.
    pace: AtomicU32,
}

impl Lane {
    pub(super) fn new(name: &str, link: Arc<Link>, budget: &Budget) -> Self {
        let view = LaneView {
            name: name.to_owned(),
            class: String::new(),
            adapter: String::new(),
            software: false,
            threads: 0,
            state: WorkerState::Starting,
            starts: 0,
            reason: String::new(),
            memory_bytes: budget.memory_bytes,
        };
        let pace = AtomicU32::new((1.0 / budget.cores as f32).to_bits());
        Self { link, view: Mutex::new(view), pace }
    }

    pub(super) fn view(&self) -> LaneView {
        self.lock().clone()
    }

    pub(super) fn class(&self) -> String {
        self.lock().class.clone()
    }

    /// Errors: it was another device before, whose name its keys carry.
    pub(super) fn ready(&self, ready: &Ready) -> Result<(), String> {
        let mut view = self.lock();
        if !view.class.is_empty() && view.class != ready.device {
            return Err(format!("the device was {:?}, and is {:?} now", view.class, ready.device));
        }
        view.class.clone_from(&ready.device);
        view.name.clone_from(&ready.name);
        view.adapter.clone_from(&ready.adapter);
        view.software = ready.software;
        view.threads = ready.threads;
        view.state = WorkerState::Ready;
        if ready.memory_bytes != 0 {
            view.memory_bytes = view.memory_bytes.min(ready.memory_bytes);
        }
        Ok(())
    }

    pub(super) fn starting(&self) {
        let mut view = self.lock();
        view.state = WorkerState::Starting;
        view.starts += 1;
    }

    pub(super) fn ended(&self, reason: &str, broken: bool) {
        let mut view = self.lock();
        view.state = if broken { WorkerState::Stopped } else { WorkerState::Starting };
        reason.clone_into(&mut view.reason);
    }

    pub(super) fn pace(&self) -> f64 {
        f64::from(f32::from_bits(self.pace.load(Ordering::Relaxed)))
    }

    pub(super) fn set_pace(&self, pace: f64) {
        self.pace.store((pace as f32).to_bits(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, LaneView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where work goes, and why there.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub lane: LaneId,
    pub class: String,
    pub why: String,
}

/// Picks a lane that can be used now or has been before.
pub(super) fn place(
    wanted: &Wanted,
    lanes: &[LaneView],
    problem: Option<&Problem>,
) -> Result<Place, Invalid> {
    let calibration = Calibration::of_this_machine();
    let offers: Vec<Offer> = lanes.iter().map(|lane| offer(lane, &calibration)).collect();
    let Choice { index, why } = choose(wanted, &offers, problem)?;
    let class = lanes.get(index).map(|lane| lane.class.clone()).unwrap_or_default();
    Ok(Place { lane: index, class, why })
}

fn offer(lane: &LaneView, calibration: &Calibration) -> Offer {
    // One that has worked before is being started again, or will be for the next job.
    let never = lane.class.is_empty();
    let unusable = match lane.state {
        _ if !never => String::new(),
        WorkerState::Starting if lane.reason.is_empty() => "it is being started".to_owned(),
        _ => lane.reason.clone(),
    };
    Offer {
        name: lane.name.clone(),
        adapter: lane.adapter.clone(),
        software: lane.software,
        unusable,
        costs: calibration.of(&lane.class).cloned(),
    }
}

/// What the first parameter set of a document diagonalizes; None for engines of which nothing is
/// known.
pub fn problem_of(document: &Document) -> Option<Problem> {
    let Request::Nrg(_) = document.first() else { return None };
    let runs = document.group(0).ok()?.runs;
    let Spec::Nrg(spec) = &**runs.first()? else { return None };
    let blocks = nrg::blocks(spec);
    let together = blocks.iter().map(|(_, count)| *count).max().unwrap_or(1);
    // Runs that look alike go in lockstep, and their blocks in one batch.
    let batch = together * runs.len() * document.groups().min(256);
    Some(Problem { complex: false, vectors: true, blocks, batch, bytes_in: 0, bytes_out: 0 })
}

/// What a chunk may be where its worker may take `memory` bytes; a GPU says more when it is ready.
pub(super) fn budget_of(name: &str, threads: Option<usize>, memory: Option<u64>) -> Budget {
    let cores = threads.unwrap_or_else(machine::cores).min(machine::cores()) as f64;
    Budget {
        chunk_seconds: 10.0,
        cores: if name == "cpu" { cores } else { 1.0 },
        memory_bytes: machine::chunk_bytes(memory),
        max_runs: faults::chunk_runs().unwrap_or(4096),
    }
}

/// Order and batch at which devices are compared: where the NRG spends its time.
const TYPICAL: (usize, usize) = (256, 16);

/// How many cores a class of GPUs is worth by the calibration; one, where there is none, until chunks
/// have been measured.
pub(super) fn as_cores(class: &str) -> f64 {
    let cores = machine::cores() as f64;
    let calibration = Calibration::of_this_machine();
    let (order, batch) = TYPICAL;
    let seconds = |is_it: &dyn Fn(&str) -> bool| {
        let model = calibration.here().find(|model| is_it(&model.class))?;
        model.of_matrix(false, true, order, batch)
    };
    let cpu = seconds(&|other| other.starts_with("cpu"));
    let gpu = seconds(&|other| other == class);
    match (cpu, gpu) {
        (Some(cpu), Some(gpu)) if 0.0 < gpu => (cores * cpu / gpu).clamp(1e-3, 1e6),
        _ => 1.0,
    }
}
