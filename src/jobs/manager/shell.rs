//! The thread that owns state machine and store: takes messages, does actions.
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::accounts::{Accounts, count};
use super::parts::{Earlier, Planned, Unplanned, listed, sort_out};
use super::{JobError, MAX_ACTIVE_JOBS, MAX_QUEUED_UNITS, Message, Shared, SubmitResult};
use crate::jobs::account::{Pending, Submission, Wanted};
use crate::jobs::core::{Account, Action, Charge, ChunkId, Core, Event, Known, Rest, RunResult};
use crate::jobs::document::{Document, RawDocument};
use crate::jobs::faults::{self, CrashPoint, pass};
use crate::jobs::key::Key;
use crate::jobs::planner::{Plan, Run, WINDOW_UNITS, core_seconds, runs_in, units_behind};
use crate::jobs::spec::Unit;
use crate::jobs::store::{Draft, JobRow, Provenance, Store, StoreError, StoredUnit};
use crate::jobs::unix_seconds;
use crate::jobs::view::{JobId, JobState, JobView};
use crate::jobs::worker::keeper::{Keeper, WorkerEvent};
use crate::jobs::worker::machine;
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
    /// Of a large job, while its plan is unfinished.
    unplanned: Option<Unplanned>,
    /// As saved.
    units_done: u64,
}

/// What is planned of a job, and what is not.
struct Begin {
    runs: Vec<Run>,
    known: Known,
    unplanned: Option<Unplanned>,
}

impl Begin {
    /// In core-seconds: the pace of the machine is still to come. What is not planned is taken to be
    /// like the rest.
    fn wanted(&self) -> Wanted {
        let planned: usize = self.runs.iter().map(|run| run.keys.len()).sum();
        let bytes = self.runs.iter().map(|run| run.cost.result_bytes as f64).sum::<f64>();
        let rest = self.unplanned.as_ref().map_or(Rest::default(), Unplanned::rest);
        let more = bytes / planned.max(1) as f64 * rest.units as f64;
        Wanted {
            device_seconds: core_seconds(&self.runs) + rest.core_seconds,
            result_bytes: (bytes + more) as u64,
        }
    }
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
    /// Between two ticks of the core, and when the last one was.
    tick: Duration,
    ticked: Instant,
    /// Ended jobs whose last state could not be saved; tried again with every tick.
    unsaved: Vec<JobRow>,
}

/// A hung worker is found after so many times its patience at the latest.
const MOST_CROWDING: f64 = 4.0;

/// A stopped chunk ends between two shells; the worker is not waited for any longer than this.
const CLOSING_SECONDS: u64 = 6;

impl Shell {
    pub(super) fn new(
        store: Store,
        keeper: Keeper,
        shared: Arc<Shared>,
        ready: Ready,
    ) -> Result<Self, StoreError> {
        let patience = faults::patience();
        let core = Core::new(shared.budget).with_patience(patience);
        let accounts = Accounts::load(&store)?;
        Ok(Self {
            core,
            store,
            keeper,
            shared,
            jobs: HashMap::new(),
            arriving: None,
            ready: Some(ready),
            closing: None,
            accounts,
            tick: Duration::from_secs_f64((patience.least_seconds / 8.0).clamp(0.01, 1.0)),
            ticked: Instant::now(),
            unsaved: Vec::new(),
        })
    }

    pub(super) fn run(mut self, messages: &mpsc::Receiver<Message>) {
        let start = self.core.start();
        self.perform(start);
        while !self.closed() {
            let message = if self.closing.is_some() {
                messages.recv_timeout(Duration::from_millis(100))
            } else if self.core.waits_for_worker() || !self.unsaved.is_empty() {
                messages.recv_timeout(self.tick)
            } else {
                messages.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
            };
            match message {
                Ok(message) => self.take(message),
                Err(mpsc::RecvTimeoutError::Disconnected) if self.closing.is_none() => break,
                Err(_) => {}
            }
            self.tick();
        }
        self.accounts.save(&mut self.store);
        self.keeper.shut_down();
    }

    fn tick(&mut self) {
        let elapsed = self.ticked.elapsed();
        if elapsed < self.tick {
            return;
        }
        self.ticked = Instant::now();
        // This thread may have been busy, or the machine asleep: then nobody was listening, and the
        // worker's silence says nothing.
        let awake = elapsed.min(2 * self.tick).as_secs_f64();
        // On a crowded machine a worker that works is slow, too.
        let seconds = awake / machine::crowding().min(MOST_CROWDING);
        self.step(Event::Tick { seconds });
        self.save_again();
    }

    fn closed(&self) -> bool {
        self.closing.is_some_and(|begin| {
            self.core.quiet() || begin.elapsed() > Duration::from_secs(CLOSING_SECONDS)
        })
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Submit { document, plan, by, reply } => {
                let result = self.submit(*document, plan, &by);
                // The caller may have gone; the job stays.
                let _ = reply.send(result);
            }
            Message::Cancel { job, reply } => {
                self.step(Event::Cancel { job });
                let _ = reply.send(());
            }
            Message::Charge(charge) => {
                self.core.charge(&charge.user, charge.compute_seconds);
                self.charge(&[*charge]);
            }
            Message::Planned(planned) => self.planned(*planned),
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
                Action::KillWorker { reason } => {
                    tracing::warn!(reason, "the worker is killed");
                    self.keeper.link().end(reason);
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
                        let outcome = Err(not_stored(&error));
                        let event = Event::Stored { chunk, outcome };
                        todo.extend(self.core.step(event, unix_seconds()));
                    }
                }
                Action::Plan { job } => self.plan(job),
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
            self.abandon(&draft, done, failed, error);
        }
        pass(CrashPoint::UnitsUntold);
        self.step(Event::Stored { chunk, outcome: outcome.map_err(|error| not_stored(&error)) });
    }

    /// The reason is kept for the results, if the disk allows that much.
    fn abandon(
        &mut self,
        draft: &Draft,
        done: Vec<Key>,
        failed: Vec<(Key, String)>,
        error: &StoreError,
    ) {
        let reason = not_stored(error);
        let lost = done.into_iter().map(|key| (key, reason.clone()));
        let failed: Vec<(Key, String)> = lost.chain(failed).collect();
        if let Err(error) = self.store.abandon(draft, &failed) {
            tracing::error!(%error, "the store cannot be cleaned before the next start");
        }
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

    fn submit(&mut self, document: Document, plan: Plan, by: &Submission) -> SubmitResult {
        if self.closing.is_some() {
            return Err(JobError::ShuttingDown);
        }
        if self.jobs.len() >= MAX_ACTIVE_JOBS {
            let allowed = MAX_ACTIVE_JOBS as u64;
            return Err(JobError::Limit { limit: "jobs under way", allowed });
        }
        if self.core.queued_units() + document.units() as u64 > MAX_QUEUED_UNITS {
            return Err(JobError::Limit { limit: "units queued", allowed: MAX_QUEUED_UNITS });
        }
        let id: JobId = new_id().into();
        let submitted = unix_seconds();
        let engine = document.engine().to_owned();
        let text = document.raw().to_toml();
        let begin = self.begin(document, plan)?;
        let known = begin.known;
        let mut wanted = begin.wanted();
        wanted.device_seconds *= self.core.pace();
        if !begin.runs.is_empty() || begin.unplanned.is_some() {
            self.accounts.admit(by, self.pending(&by.owner), wanted)?;
        }
        let account = Account { owner: by.owner.clone(), priority: by.priority };
        let row = JobRow {
            view: queued_view(&id, &engine, submitted, known, &account),
            document: text,
            device: self.device(),
        };
        pass(CrashPoint::JobPlanned);
        // Before anything else: an acknowledged job survives whatever comes.
        self.store.save_job(&row)?;
        pass(CrashPoint::JobSaved);
        self.take_up(row, begin);
        let views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = views.get(&id) {
            return Ok(sender.borrow().clone());
        }
        drop(views);
        // Answered from the store as a whole.
        Ok(ended_view(queued_view(&id, &engine, submitted, known, &account)))
    }

    /// The first part of a new job is planned; the store may have some of it.
    fn begin(&self, document: Document, plan: Plan) -> Result<Begin, StoreError> {
        let mut earlier = Earlier::NOTHING;
        let Plan { runs, next, rest_units, rest_core_seconds } = plan;
        let (runs, mut known) = sort_out(&self.store, runs, &mut earlier)?;
        known.total += rest_units;
        let unplanned =
            (0 < rest_units).then(|| Unplanned::new(document, next, rest_core_seconds, earlier));
        Ok(Begin { runs, known, unplanned })
    }

    fn take_up(&mut self, row: JobRow, begin: Begin) {
        let (job, submitted) = (row.view.id.clone(), row.view.submitted_unix_seconds);
        let engine = row.view.engine.clone();
        let wanted = begin.wanted();
        let Begin { runs, known, unplanned } = begin;
        let by = Account { owner: row.view.owner.clone(), priority: row.view.priority };
        let rest = unplanned.as_ref().map_or(Rest::default(), Unplanned::rest);
        let (document, device) = (row.document, row.device);
        let (state, units_done) = (row.view.state, row.view.units_done);
        let entry = Job { document, device, state, wanted, unplanned, units_done };
        self.jobs.insert(job.clone(), entry);
        let (sender, _) = watch::channel(row.view);
        self.shared
            .views
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(job.clone(), sender);
        self.step(Event::Submit { job, engine, submitted, runs, known, by, rest });
    }

    fn plan(&self, id: JobId) {
        if let Some(unplanned) = self.jobs.get(&id).and_then(|job| job.unplanned.as_ref()) {
            unplanned.plan(id, self.device(), self.shared.inbox.clone());
        }
    }

    fn planned(&mut self, planned: Planned) {
        let id = planned.job.clone();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let Some(unplanned) = &mut job.unplanned else { return };
        let part = unplanned.take(planned, &self.store);
        if part.rest.units == 0 {
            job.unplanned = None;
        }
        self.step(Event::Planned { job: id, part });
    }

    /// Unfinished jobs of an earlier life of the server go on. The first of them are planned at once;
    /// planning all of them must not keep the server from its calls.
    fn resume(&mut self) {
        let rows = match self.store.unfinished_jobs() {
            Ok(rows) => rows,
            Err(error) => return tracing::error!(%error, "unfinished jobs cannot be read"),
        };
        let mut at_once = WINDOW_UNITS as u64;
        for row in rows {
            let id = row.view.id.clone();
            match self.replan(&row, &mut at_once) {
                Ok(begin) => self.take_up(row, begin),
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

    /// `at_once`: units that may still be planned now.
    fn replan(&self, row: &JobRow, at_once: &mut u64) -> Result<Begin, String> {
        let here = self.device();
        if row.device != here {
            let began = &row.device;
            return Err(format!("began on {began:?}, here is {here:?}: submit it again to change"));
        }
        let raw = RawDocument::from_toml(&row.document).map_err(|error| error.to_string())?;
        let document = raw.checked_before().map_err(|errors| listed(&errors))?;
        let units = document.units() as u64;
        let since = Some(row.view.submitted_unix_seconds);
        let mut earlier = Earlier { since, found: row.view.units_from_store };
        let groups = if units <= *at_once { 0..document.groups() } else { 0..0 };
        let sample = 0..1.min(document.groups());
        let next = groups.end;
        let runs = runs_in(&document, &row.device, groups).map_err(|errors| listed(&errors))?;
        let sample = runs_in(&document, &row.device, sample).map_err(|errors| listed(&errors))?;
        *at_once -= if next == 0 { 0 } else { units };
        let sorted = sort_out(&self.store, runs, &mut earlier);
        let (runs, mut known) = sorted.map_err(|error| error.to_string())?;
        let rest = units_behind(&document, next);
        known.total += rest;
        known.said_done = row.view.units_done;
        // By the first parameter set; a better estimate would need them all.
        let work = core_seconds(&sample) * document.groups() as f64;
        let unplanned = (0 < rest).then(|| Unplanned::new(document, next, work, earlier));
        Ok(Begin { runs, known, unplanned })
    }

    /// Stores a change of state, shows every change.
    fn job_changed(&mut self, view: JobView) {
        let id = view.id.clone();
        if let Some(job) = self.jobs.get_mut(&id)
            && (job.state != view.state
                || (job.unplanned.is_some() && job.units_done < view.units_done))
        {
            // Of a large job also how far it is: counting its units anew takes a while.
            (job.state, job.units_done) = (view.state, view.units_done);
            let (document, device) = (job.document.clone(), job.device.clone());
            self.save_state(JobRow { view: view.clone(), document, device });
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

    fn save_state(&mut self, row: JobRow) {
        pass(CrashPoint::StateChanged);
        if let Err(error) = self.store.save_job(&row) {
            tracing::error!(job = %row.view.id, %error, "a job cannot be saved");
            if row.view.state.ended() {
                // Until it can be, the answer to those who ask comes from here.
                self.shared.late().insert(row.view.id.clone(), row.view.clone());
                self.unsaved.push(row);
            }
        }
        pass(CrashPoint::StateSaved);
    }

    fn save_again(&mut self) {
        let (store, shared) = (&self.store, &self.shared);
        self.unsaved.retain(|row| match store.save_job(row) {
            Ok(()) => {
                shared.late().remove(&row.view.id);
                false
            }
            Err(_) => true,
        });
    }
}

fn not_stored(error: &StoreError) -> String {
    format!("the result could not be stored: {error}")
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
