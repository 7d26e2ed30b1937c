//! The thread that owns state machine and store: takes messages, does actions.
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::accounts::{Accounts, count};
use super::{JobError, MAX_ACTIVE_JOBS, MAX_QUEUED_UNITS, Message, Shared, SubmitResult};
use crate::jobs::account::{Pending, Submission, Wanted};
use crate::jobs::core::{Account, Action, Charge, ChunkId, Core, Event, Known, RunResult};
use crate::jobs::document::{Document, RawDocument};
use crate::jobs::key::Key;
use crate::jobs::planner::{Run, core_seconds, runs_of};
use crate::jobs::spec::Unit;
use crate::jobs::store::{Draft, JobRow, Provenance, Store, StoreError, StoredUnit};
use crate::jobs::unix_seconds;
use crate::jobs::view::{JobId, JobState, JobView};
use crate::jobs::worker::keeper::{Keeper, WorkerEvent};
use crate::jobs::worker::message::from_worker::Part;
use crate::jobs::worker::message::{AnswerMessage, AnswerPiece};

/// A group on its way into the store.
#[derive(Debug)]
pub(super) struct Written {
    chunk: ChunkId,
    draft: Draft,
    done: Vec<Key>,
    failed: Vec<(Key, String)>,
    outcome: Result<(), StoreError>,
}

struct Job {
    document: String,
    device: String,
    state: JobState,
    /// By estimate, as a whole.
    wanted: Wanted,
}

/// Units of the running chunk as they come in.
struct Arriving {
    chunk: ChunkId,
    results: Vec<RunResult>,
    /// Of the answer that is coming in.
    answer: Vec<u8>,
}

type Ready = mpsc::Sender<Result<(), String>>;

pub(super) struct Shell {
    core: Core,
    store: Store,
    keeper: Keeper,
    shared: Arc<Shared>,
    jobs: HashMap<JobId, Job>,
    arriving: Option<Arriving>,
    /// Until the first worker is ready.
    ready: Option<Ready>,
    closing: Option<Instant>,
    accounts: Accounts,
}

/// A stopped chunk ends between two shells; the worker is not waited for any longer than this.
const CLOSING_SECONDS: u64 = 6;

impl Shell {
    pub(super) fn new(
        store: Store,
        keeper: Keeper,
        shared: Arc<Shared>,
        ready: Ready,
    ) -> Result<Self, StoreError> {
        let core = Core::new(shared.budget);
        let (jobs, arriving, closing) = (HashMap::new(), None, None);
        let accounts = Accounts::load(&store)?;
        let ready = Some(ready);
        Ok(Self { core, store, keeper, shared, jobs, arriving, ready, closing, accounts })
    }

    pub(super) fn run(mut self, messages: &mpsc::Receiver<Message>) {
        let start = self.core.start();
        self.perform(start);
        while !self.closed() {
            let message = match self.closing {
                None => messages.recv().ok(),
                Some(_) => messages.recv_timeout(Duration::from_millis(100)).ok(),
            };
            match message {
                Some(message) => self.take(message),
                None if self.closing.is_none() => break,
                None => {}
            }
        }
        self.accounts.save(&mut self.store);
        self.keeper.shut_down();
    }

    fn closed(&self) -> bool {
        self.closing.is_some_and(|begin| {
            self.core.quiet() || begin.elapsed() > Duration::from_secs(CLOSING_SECONDS)
        })
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Submit { document, runs, by, reply } => {
                let result = self.submit(&document, runs, &by);
                // The caller may have gone; the job stays.
                let _ = reply.send(result);
            }
            Message::Cancel { job, reply } => {
                self.step(Event::Cancel { job });
                let _ = reply.send(());
            }
            Message::Charge(charge) => self.charge(&[*charge]),
            Message::Worker(event) => self.hear(event),
            Message::Written(written) => self.written(*written),
            Message::ShutDown => {
                self.closing = Some(Instant::now());
                self.step(Event::Shutdown);
            }
        }
    }

    fn step(&mut self, event: Event) {
        let actions = self.core.step(event, unix_seconds());
        self.perform(actions);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        let mut todo = VecDeque::from(actions);
        while let Some(action) = todo.pop_front() {
            match action {
                Action::StartWorker { after_seconds } => {
                    self.keeper.start(Duration::from_secs_f64(after_seconds));
                }
                Action::SendChunk { chunk, specs } => {
                    let results = specs.iter().map(|_| Ok(Vec::new())).collect();
                    self.arriving = Some(Arriving { chunk, results, answer: Vec::new() });
                    if let Err(error) = self.keeper.link().send_chunk(chunk, &specs) {
                        // Its end is reported by the keeper, and the chunk taken up again.
                        tracing::warn!(chunk, %error, "the worker does not listen");
                    }
                }
                Action::StopChunk { chunk } => {
                    use crate::jobs::worker::message::to_worker::Part::Stop;
                    let _ = self.keeper.link().send(Stop(chunk));
                }
                Action::Store { chunk, done, failed } => {
                    let stored =
                        |(key, spec, index, result)| StoredUnit { key, spec, index, result };
                    let units = done.into_iter().map(stored).collect();
                    if let Err(error) = self.write(chunk, units, failed) {
                        let outcome = Err(error.to_string());
                        let event = Event::Stored { chunk, outcome };
                        todo.extend(self.core.step(event, unix_seconds()));
                    }
                }
                Action::JobChanged { view } => self.job_changed(view),
            }
        }
        let charges = self.core.take_charges();
        self.charge(&charges);
        let pace = (self.core.pace() as f32).to_bits();
        self.shared.pace.store(pace, Ordering::Relaxed);
    }

    fn charge(&mut self, charges: &[Charge]) {
        if charges.is_empty() {
            return;
        }
        let mut all = self.shared.statistics.lock().unwrap_or_else(PoisonError::into_inner);
        for charge in charges {
            self.accounts.charge(charge);
            count(&mut all, charge);
        }
        drop(all);
        self.accounts.save_now_and_then(&mut self.store);
    }

    /// What the jobs of a user under way will still take.
    fn pending(&self, owner: &str) -> Pending {
        let views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = self.core.pace();
        let mut sum = Pending::default();
        for (id, job) in &self.jobs {
            let Some(view) = views.get(id).map(watch::Sender::borrow) else { continue };
            if *view.owner == *owner {
                let left = 1.0 - view.progress;
                sum.jobs += 1;
                sum.device_seconds += left * pace * job.wanted.device_seconds;
                sum.result_bytes += (left * job.wanted.result_bytes as f64) as u64;
            }
        }
        sum
    }

    /// The files are written beside; this thread stays free for messages.
    fn write(
        &mut self,
        chunk: ChunkId,
        units: Vec<StoredUnit>,
        failed: Vec<(Key, String)>,
    ) -> Result<(), StoreError> {
        let draft = self.store.draft()?;
        let made =
            Provenance { device: self.device(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let inbox = self.shared.inbox.clone();
        std::thread::spawn(move || {
            let outcome = draft.write(&units, &made);
            let done = units.iter().map(|unit| unit.key).collect();
            let written = Written { chunk, draft, done, failed, outcome };
            // Fails only when the server has gone; then the next start finds the group.
            let _ = inbox.send(Message::Written(Box::new(written)));
        });
        Ok(())
    }

    fn written(&mut self, written: Written) {
        let Written { chunk, draft, done, failed, outcome } = written;
        let outcome = outcome.and_then(|()| self.store.commit(&draft, &done, &failed));
        if let Err(error) = &outcome {
            tracing::error!(chunk, %error, "results could not be stored");
        }
        self.step(Event::Stored { chunk, outcome: outcome.map_err(|error| error.to_string()) });
    }

    fn device(&self) -> String {
        self.shared.device.get().map(|device| device.name.clone()).unwrap_or_default()
    }

    fn hear(&mut self, event: WorkerEvent) {
        match event {
            WorkerEvent::Died { reason } => {
                self.shared.worker_ready.store(false, Ordering::Relaxed);
                tracing::warn!(reason, "the worker died");
                self.arriving = None;
                if let Some(ready) = self.ready.take() {
                    let _ = ready.send(Err(reason.clone()));
                }
                self.step(Event::WorkerDied { reason });
            }
            WorkerEvent::Said(Part::Ready(ready)) => self.worker_ready(&ready),
            WorkerEvent::Said(Part::Progress(progress)) => {
                let (chunk, share) = (progress.chunk, progress.share);
                self.step(Event::Progress { chunk, share });
            }
            WorkerEvent::Said(Part::Unit(unit)) => {
                if let Some(Ok(units)) = self.slot(unit.chunk, unit.run) {
                    units.push(Unit::Nrg(unit.into_unit()));
                }
            }
            WorkerEvent::Said(Part::Answer(piece)) => self.answer_piece(&piece),
            WorkerEvent::Said(Part::RunFailed(failed)) => {
                if let Some(slot) = self.slot(failed.chunk, failed.run) {
                    *slot = Err(failed.reason);
                }
            }
            WorkerEvent::Said(Part::Finished(finished)) => {
                let chunk = finished.chunk;
                let arrived = self.arriving.take_if(|arriving| arriving.chunk == chunk);
                let results = arrived.map(|arriving| arriving.results).unwrap_or_default();
                self.step(Event::ChunkDone { chunk, results, seconds: finished.seconds });
            }
            WorkerEvent::Said(Part::Failed(failed)) => {
                let (chunk, reason) = (failed.chunk, failed.reason);
                self.step(Event::ChunkFailed { chunk, reason });
            }
            WorkerEvent::Said(Part::Stopped(chunk)) => self.step(Event::ChunkStopped { chunk }),
            WorkerEvent::Said(other) => tracing::warn!(?other, "not for the jobs"),
        }
    }

    /// An answer comes in pieces, one run after another.
    fn answer_piece(&mut self, piece: &AnswerPiece) {
        let (chunk, run, last) = (piece.chunk, piece.run, piece.last);
        let Some(arriving) = self.arriving.as_mut().filter(|arriving| arriving.chunk == chunk)
        else {
            return;
        };
        arriving.answer.extend_from_slice(&piece.data);
        if !last {
            return;
        }
        let bytes = std::mem::take(&mut arriving.answer);
        let Some(slot) = self.slot(chunk, run) else { return };
        match (AnswerMessage::read(&bytes), &mut *slot) {
            (Ok(answer), Ok(units)) => units.push(Unit::Answer(answer)),
            (Ok(_), Err(_)) => {}
            (Err(reason), slot) => *slot = Err(reason),
        }
    }

    fn slot(&mut self, chunk: ChunkId, run: u32) -> Option<&mut RunResult> {
        let arriving = self.arriving.as_mut().filter(|arriving| arriving.chunk == chunk)?;
        arriving.results.get_mut(run as usize)
    }

    fn worker_ready(&mut self, ready: &crate::jobs::worker::message::Ready) {
        let (name, threads) = (ready.device.clone(), ready.threads);
        let known = self.shared.device.get_or_init(|| super::DeviceInfo { name, threads });
        if known.name != ready.device {
            // Keys name the device: results of another one must not pass under this name.
            tracing::error!(was = known.name, is = ready.device, "the device has changed");
        }
        self.shared.worker_ready.store(true, Ordering::Relaxed);
        if let Some(first) = self.ready.take() {
            self.resume();
            let _ = first.send(Ok(()));
        }
        self.step(Event::WorkerReady);
    }

    fn submit(&mut self, document: &Document, runs: Vec<Run>, by: &Submission) -> SubmitResult {
        if self.closing.is_some() {
            return Err(JobError::ShuttingDown);
        }
        if self.jobs.len() >= MAX_ACTIVE_JOBS {
            return Err(JobError::Limit { limit: "jobs under way", allowed: MAX_ACTIVE_JOBS });
        }
        if self.core.queued_units() + document.units() > MAX_QUEUED_UNITS {
            return Err(JobError::Limit { limit: "units queued", allowed: MAX_QUEUED_UNITS });
        }
        let id: JobId = new_id().into();
        let submitted = unix_seconds();
        let (runs, known) = self.sort_out(runs, None)?;
        let mut wanted = wanted(&runs);
        wanted.device_seconds *= self.core.pace();
        if !runs.is_empty() {
            self.accounts.admit(by, self.pending(&by.owner), wanted)?;
        }
        let account = Account { owner: by.owner.clone(), priority: by.priority };
        let row = JobRow {
            view: queued_view(&id, document.engine(), submitted, known, &account),
            document: document.raw().to_toml(),
            device: self.device(),
        };
        // Before anything else: an acknowledged job survives whatever comes.
        self.store.save_job(&row)?;
        self.take_up(row, runs, known);
        let views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = views.get(&id) {
            return Ok(sender.borrow().clone());
        }
        drop(views);
        // Answered from the store as a whole.
        Ok(ended_view(queued_view(&id, document.engine(), submitted, known, &account)))
    }

    fn take_up(&mut self, row: JobRow, runs: Vec<Run>, known: Known) {
        let (job, submitted) = (row.view.id.clone(), row.view.submitted_unix_seconds);
        let engine = row.view.engine.clone();
        let by = Account { owner: row.view.owner.clone(), priority: row.view.priority };
        let (document, device, state) = (row.document, row.device, row.view.state);
        let entry = Job { document, device, state, wanted: wanted(&runs) };
        self.jobs.insert(job.clone(), entry);
        let (sender, _) = watch::channel(row.view);
        self.shared
            .views
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(job.clone(), sender);
        self.step(Event::Submit { job, engine, submitted, runs, known, by });
    }

    /// Leaves the units that have to be computed; counts the others. `earlier`: of a job that is
    /// taken up again, when it was submitted and how many units it found then.
    fn sort_out(
        &self,
        runs: Vec<Run>,
        earlier: Option<(f64, u64)>,
    ) -> Result<(Vec<Run>, Known), StoreError> {
        let keys: Vec<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
        let stored = self.store.known(&keys)?;
        let distinct: HashSet<Key> = keys.iter().copied().collect();
        let mut counts = Known { total: distinct.len() as u64, ..Known::default() };
        let mut settled = HashSet::new();
        for (key, stored) in keys.iter().zip(stored) {
            if stored {
                counts.from_store += u64::from(settled.insert(*key));
            } else if let Some((since, _)) = earlier
                && self.store.failure(key, since)?.is_some()
            {
                counts.failed += u64::from(settled.insert(*key));
            }
        }
        if let Some((_, found_then)) = earlier {
            counts.computed = counts.from_store.saturating_sub(found_then);
            counts.from_store -= counts.computed;
        }
        let missing = |run: Run| {
            let indices: Vec<usize> = (0..run.keys.len())
                .filter(|index| run.keys.get(*index).is_some_and(|key| !settled.contains(key)))
                .collect();
            run.only(&indices)
        };
        Ok((runs.into_iter().filter_map(missing).collect(), counts))
    }

    /// Unfinished jobs of an earlier life of the server go on.
    fn resume(&mut self) {
        let rows = match self.store.unfinished_jobs() {
            Ok(rows) => rows,
            Err(error) => return tracing::error!(%error, "unfinished jobs cannot be read"),
        };
        for row in rows {
            let id = row.view.id.clone();
            match self.replan(&row) {
                Ok((runs, known)) => self.take_up(row, runs, known),
                Err(reason) => {
                    tracing::error!(job = %id, reason, "a job cannot go on");
                    let mut row = row;
                    row.view.state = JobState::Failed;
                    row.view.reason = reason;
                    if let Err(error) = self.store.save_job(&row) {
                        tracing::error!(job = %id, %error, "a job cannot be saved");
                    }
                }
            }
        }
    }

    fn replan(&self, row: &JobRow) -> Result<(Vec<Run>, Known), String> {
        let here = self.device();
        if row.device != here {
            let began = &row.device;
            return Err(format!("began on {began:?}, here is {here:?}: submit it again to change"));
        }
        let listed = |errors: Vec<crate::invalid::Invalid>| {
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let raw = RawDocument::from_toml(&row.document).map_err(|error| error.to_string())?;
        let document = raw.check().map_err(listed)?;
        let runs = runs_of(&document, &row.device).map_err(listed)?;
        let earlier = (row.view.submitted_unix_seconds, row.view.units_from_store);
        self.sort_out(runs, Some(earlier)).map_err(|error| error.to_string())
    }

    /// Stores a change of state, shows every change.
    fn job_changed(&mut self, view: JobView) {
        let id = view.id.clone();
        if let Some(job) = self.jobs.get_mut(&id)
            && job.state != view.state
        {
            job.state = view.state;
            let (document, device) = (job.document.clone(), job.device.clone());
            let row = JobRow { view: view.clone(), document, device };
            if let Err(error) = self.store.save_job(&row) {
                tracing::error!(job = %id, %error, "a job cannot be saved");
            }
        }
        let ended = view.state.ended();
        let mut views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = views.get(&id) {
            sender.send_replace(view);
        }
        if ended {
            views.remove(&id);
            self.jobs.remove(&id);
        }
    }
}

/// In core-seconds: the pace of the machine is still to come.
fn wanted(runs: &[Run]) -> Wanted {
    let bytes = runs.iter().fold(0u64, |sum, run| sum.saturating_add(run.cost.result_bytes));
    Wanted { device_seconds: core_seconds(runs), result_bytes: bytes }
}

fn ended_view(mut view: JobView) -> JobView {
    view.state = JobState::Done;
    view.progress = 1.0;
    view.seconds_left = None;
    view
}

fn queued_view(id: &JobId, engine: &str, submitted: f64, known: Known, by: &Account) -> JobView {
    JobView {
        id: id.clone(),
        engine: engine.into(),
        owner: by.owner.clone(),
        priority: by.priority,
        state: JobState::Queued,
        units_total: known.total,
        units_done: known.from_store + known.computed,
        units_failed: known.failed,
        units_from_store: known.from_store,
        progress: 0.0,
        seconds_left: None,
        seconds_elapsed: 0.0,
        submitted_unix_seconds: submitted,
        reason: String::new(),
    }
}

/// 64 bits from the operating system's randomness, as the standard library seeds its hash maps.
fn new_id() -> String {
    use std::hash::{BuildHasher, Hasher};
    let hasher = std::collections::hash_map::RandomState::new().build_hasher();
    format!("{:016x}", hasher.finish())
}
