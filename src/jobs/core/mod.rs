//! The heart of the queue: a state machine without clock, files or processes.
//!
//! `step(event, now)` changes the state and says what to do; the shell around it (`manager`) does
//! it and reports back with further events. A simulation drives the same code through thousands of
//! fault plans. Promises:
//! - a unit wanted by several jobs is computed once, a stored unit never again;
//! - a chunk whose worker died is tried again once, then in halves; a single run that still fails
//!   is reported with its reason; other jobs go on;
//! - a worker that hangs is killed (`watch`) and counts as one that died;
//! - every job ends.
mod chunk;
mod jobs;
mod rest;
mod share;
mod watch;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

pub use chunk::ChunkId;
use chunk::{Chunk, InFlight};
use jobs::{Job, JobNumber};
pub use rest::{Part, Rest};
pub use share::{Account, Charge};
use share::{Payer, Shares};
pub use watch::Patience;

use super::key::Key;
use super::planner::{Budget, Run, chunks_of};
use super::spec::{Spec, Unit as Found};
use super::view::{JobId, JobView};

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// A checked document: the runs with units that are not in the store, and what is known of the rest.
    Submit {
        job: JobId,
        engine: Arc<str>,
        submitted: f64,
        runs: Vec<Run>,
        known: Known,
        by: Account,
        /// Of a large job: what is planned later.
        rest: Rest,
    },
    /// The answer to `Action::Plan`.
    Planned {
        job: JobId,
        part: Part,
    },
    WorkerReady,
    /// It ended, or did not start.
    WorkerDied {
        reason: String,
    },
    /// Share of the chunk's work done, 0 to 1.
    Progress {
        chunk: ChunkId,
        share: f64,
    },
    /// One entry per run of the chunk, in its order.
    ChunkDone {
        chunk: ChunkId,
        results: Vec<RunResult>,
        seconds: f64,
    },
    /// Nothing of it can be used.
    ChunkFailed {
        chunk: ChunkId,
        reason: String,
    },
    /// It ended on our request.
    ChunkStopped {
        chunk: ChunkId,
    },
    /// What `Action::Store` asked for is safe, or why not.
    Stored {
        chunk: ChunkId,
        outcome: Result<(), String>,
    },
    Cancel {
        job: JobId,
    },
    /// So much time has gone by: a worker that hangs is found by it.
    Tick {
        seconds: f64,
    },
    /// No new chunks; the running one is asked to stop.
    Shutdown,
}

/// The units of one run, or why there are none.
pub type RunResult = Result<Vec<Found>, String>;

/// The units of a job that need no computing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    pub total: u64,
    /// In the store when the job was submitted.
    pub from_store: u64,
    /// Computed since, in an earlier life of the server.
    pub computed: u64,
    /// Given up earlier in the life of this job.
    pub failed: u64,
    /// Units that were said done in an earlier life of the server: until all is planned anew, no
    /// fewer are.
    pub said_done: u64,
}

/// What to do.
#[derive(Debug)]
pub enum Action {
    StartWorker {
        after_seconds: f64,
    },
    /// It hangs: its end is reported with this reason.
    KillWorker {
        reason: String,
    },
    SendChunk {
        chunk: ChunkId,
        specs: Vec<Arc<Spec>>,
    },
    StopChunk {
        chunk: ChunkId,
    },
    Store {
        chunk: ChunkId,
        /// Key, run, which unit of the run.
        done: Vec<(Key, Arc<Spec>, usize, Found)>,
        failed: Vec<(Key, String)>,
    },
    /// The next part of a job whose plan is unfinished is wanted.
    Plan {
        job: JobId,
    },
    /// The job's new state; an ended one is forgotten here.
    JobChanged {
        view: JobView,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Worker {
    Starting,
    Idle,
    Busy,
    /// Could not be started several times in a row; the next job tries again.
    Broken,
}

/// Core-seconds for which the estimate is believed before anything was measured.
const PRIOR_WORK: f64 = 5.0;

/// Starts without a success in between before the queue is given up.
const MAX_START_FAILURES: u32 = 5;

/// A unit that is being computed or stored, and who waits for it.
#[derive(Debug, Default)]
struct Unit {
    waiters: Vec<JobNumber>,
    /// Its share of the estimated core-seconds of its run.
    work: f64,
}

/// See the module's text.
#[derive(Debug)]
pub struct Core {
    budget: Budget,
    patience: Patience,
    jobs: BTreeMap<JobNumber, Job>,
    numbers: HashMap<JobId, JobNumber>,
    units: HashMap<Key, Unit>,
    /// Waiting chunks of every job; whose turn it is: see `share`.
    queues: BTreeMap<JobNumber, VecDeque<Chunk>>,
    last_served: JobNumber,
    in_flight: Option<InFlight>,
    storing: HashMap<ChunkId, Outcome>,
    worker: Worker,
    start_failures: u32,
    /// Since the worker was asked for, while it is not ready.
    starting_seconds: f64,
    shutting_down: bool,
    next_chunk: ChunkId,
    next_job: JobNumber,
    /// Estimated core-seconds done lately, and the wall-clock seconds they took.
    paced_work: f64,
    paced_seconds: f64,
    /// Of the event that is being dealt with.
    now: f64,
    shares: Shares,
    charges: Vec<Charge>,
}

/// What waits for the store.
#[derive(Debug)]
struct Outcome {
    done: Vec<Key>,
    failed: Vec<(Key, String)>,
    /// How much of it is whose.
    work: BTreeMap<JobNumber, f64>,
    payers: Vec<Payer>,
    since: f64,
    result_bytes: u64,
}

impl Core {
    /// The first action is to start the worker: see [`Self::start`].
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            patience: Patience::default(),
            jobs: BTreeMap::new(),
            numbers: HashMap::new(),
            units: HashMap::new(),
            queues: BTreeMap::new(),
            last_served: 0,
            in_flight: None,
            storing: HashMap::new(),
            worker: Worker::Broken,
            start_failures: 0,
            starting_seconds: 0.0,
            shutting_down: false,
            next_chunk: 1,
            next_job: 1,
            paced_work: PRIOR_WORK,
            paced_seconds: PRIOR_WORK / budget.cores.max(1.0),
            now: 0.0,
            shares: Shares::default(),
            charges: Vec::new(),
        }
    }

    /// When a worker counts as hung, if not by the default.
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// What the device has said of itself: its memory, and as many cores as it is worth, believed
    /// until chunks have been measured.
    pub fn know_device(&mut self, memory_bytes: u64, cores: f64) {
        self.budget.memory_bytes = memory_bytes;
        if self.paced_work <= PRIOR_WORK && 0.0 < cores {
            self.paced_seconds = self.paced_work / cores;
        }
    }

    /// It did not start several times in a row, and is not tried again before the next job.
    pub fn is_broken(&self) -> bool {
        self.worker == Worker::Broken
    }

    /// Somebody wants the worker: one that was given up is tried again.
    pub fn wake(&mut self) -> Vec<Action> {
        if self.is_broken() && !self.shutting_down {
            self.start_failures = 0;
            return self.start();
        }
        Vec::new()
    }

    pub fn start(&mut self) -> Vec<Action> {
        self.worker = Worker::Starting;
        self.starting_seconds = 0.0;
        vec![Action::StartWorker { after_seconds: 0.0 }]
    }

    /// Takes note of an event at `now` (seconds) and says what to do.
    pub fn step(&mut self, event: Event, now: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        self.now = now;
        match event {
            Event::Submit { job, engine, submitted, runs, known, by, rest } => {
                self.enter(&by);
                let entry = Job::new(job.clone(), engine, submitted, known, by, rest);
                self.submit(job, entry, runs, &mut actions);
            }
            Event::Planned { job, part } => self.part_planned(&job, part),
            Event::WorkerReady => {
                self.worker = Worker::Idle;
                self.start_failures = 0;
            }
            Event::WorkerDied { reason } => self.worker_died(&reason, &mut actions),
            Event::Progress { chunk, share } => self.progress(chunk, share, now, &mut actions),
            Event::ChunkDone { chunk, results, seconds } => {
                self.chunk_done(chunk, results, seconds, &mut actions);
            }
            Event::ChunkFailed { chunk, reason } => {
                if let Some(flight) = self.take_in_flight(chunk) {
                    self.retry(flight.chunk, &reason, &mut actions);
                }
            }
            Event::ChunkStopped { chunk } => {
                if let Some(flight) = self.take_in_flight(chunk) {
                    self.requeue(flight.chunk);
                }
            }
            Event::Stored { chunk, outcome } => self.stored(chunk, outcome),
            Event::Cancel { job } => self.cancel(&job, &mut actions),
            Event::Tick { seconds } => self.tick(seconds, &mut actions),
            Event::Shutdown => self.shutdown(&mut actions),
        }
        self.dispatch(&mut actions);
        self.ask_for_parts(&mut actions);
        self.report_changes(now, &mut actions);
        actions
    }

    /// Nothing runs, nothing waits for the store.
    pub fn quiet(&self) -> bool {
        self.in_flight.is_none() && self.storing.is_empty()
    }

    /// No job is under way.
    pub fn idle(&self) -> bool {
        self.jobs.is_empty() && self.quiet()
    }

    /// Units that wait to be computed.
    pub fn queued_units(&self) -> u64 {
        self.units.len() as u64 + self.rest_units()
    }

    pub fn is_active(&self, job: &JobId) -> bool {
        self.numbers.contains_key(job)
    }

    /// Wall-clock seconds per estimated core-second, as measured so far.
    pub fn pace(&self) -> f64 {
        self.paced_seconds / self.paced_work
    }

    fn submit(&mut self, job: JobId, mut entry: Job, runs: Vec<Run>, actions: &mut Vec<Action>) {
        let number = self.next_job;
        self.next_job += 1;
        self.numbers.insert(job, number);
        self.enqueue(number, runs, &mut entry);
        self.jobs.insert(number, entry);
        actions.extend(self.wake());
    }

    fn enqueue(&mut self, number: JobNumber, runs: Vec<Run>, job: &mut Job) {
        let mut own = Vec::new();
        for run in runs {
            if let Some(run) = self.adopt(number, run, job) {
                own.push(run);
            }
        }
        // By the pace measured here, not by the cores alone.
        let budget = Budget { cores: 1.0 / self.pace(), ..self.budget };
        for runs in chunks_of(own, &budget) {
            let id = self.new_chunk();
            self.queues
                .entry(number)
                .or_default()
                .push_back(Chunk::new(id, number, runs, self.now));
        }
    }

    /// Joins the units that others compute already; what is left of the run is this job's own.
    fn adopt(&mut self, number: JobNumber, run: Run, job: &mut Job) -> Option<Run> {
        let work = (run.cost.core_seconds / run.keys.len().max(1) as f64).max(1e-9);
        let mut own = Vec::new();
        for (index, key) in run.keys.iter().enumerate() {
            if !job.want(*key, work) {
                job.met_again();
                continue;
            }
            match self.units.get_mut(key) {
                Some(unit) => unit.waiters.push(number),
                None => {
                    self.units.insert(*key, Unit { waiters: vec![number], work });
                    own.push(index);
                }
            }
        }
        run.only(&own)
    }

    fn new_chunk(&mut self) -> ChunkId {
        self.next_chunk += 1;
        self.next_chunk - 1
    }

    fn wanted(&self, run: &Run) -> bool {
        run.keys.iter().any(|key| self.units.get(key).is_some_and(|unit| !unit.waiters.is_empty()))
    }
}
