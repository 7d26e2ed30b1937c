//! The thread that owns state machine and store: takes messages, does actions.
mod jobs;
mod workers;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use self::jobs::Job;
use super::accounts::{Accounts, count};
use super::{LaneId, Message, Settings, Shared};
use crate::jobs::account::Pending;
use crate::jobs::core::{Action, Charge, ChunkId, Core, Event, RunResult};
use crate::jobs::faults::{self, CrashPoint, pass};
use crate::jobs::key::Key;
use crate::jobs::store::{Draft, JobRow, Provenance, Store, StoreError, StoredUnit};
use crate::jobs::unix_seconds;
use crate::jobs::view::JobId;
use crate::jobs::worker::keeper::Keeper;
use crate::jobs::worker::machine;

/// A group on its way into the store.
#[derive(Debug)]
pub(super) struct Written {
    lane: LaneId,
    chunk: ChunkId,
    draft: Draft,
    done: Vec<Key>,
    failed: Vec<(Key, String)>,
    outcome: Result<(), StoreError>,
}

/// Units of the running chunk as they come in.
struct Arriving {
    chunk: ChunkId,
    results: Vec<RunResult>,
    /// Of the answer that is coming in.
    answer: Vec<u8>,
}

type Ready = mpsc::Sender<Result<(), String>>;

/// One device: its queue, and its worker's process.
struct Lane {
    core: Core,
    keeper: Keeper,
    arriving: Option<Arriving>,
    /// Its worker has been ready, or has ended: nothing is decided before.
    heard: bool,
}

pub(super) struct Shell {
    lanes: Vec<Lane>,
    store: Store,
    shared: Arc<Shared>,
    jobs: HashMap<JobId, Job>,
    /// Jobs of an earlier life of the server whose device is not there (yet).
    held: Vec<JobRow>,
    /// Until the first workers are ready or have failed: so many of the lanes.
    ready: Option<Ready>,
    named: usize,
    begun: Instant,
    /// Adapters are being looked for.
    looking: bool,
    threads: Option<usize>,
    /// Bytes of one worker, where they are limited.
    memory: Option<u64>,
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
        settings: &Settings,
        shared: Arc<Shared>,
        ready: Ready,
    ) -> Result<Self, StoreError> {
        let accounts = Accounts::load(&store)?;
        let least_seconds = faults::patience().least_seconds;
        let mut shell = Self {
            lanes: Vec::new(),
            store,
            shared,
            jobs: HashMap::new(),
            held: Vec::new(),
            ready: Some(ready),
            named: 0,
            begun: Instant::now(),
            looking: false,
            threads: settings.threads,
            memory: settings.share(),
            closing: None,
            accounts,
            tick: Duration::from_secs_f64((least_seconds / 8.0).clamp(0.01, 1.0)),
            ticked: Instant::now(),
            unsaved: Vec::new(),
        };
        shell.add_lanes(&settings.devices);
        shell.named = shell.lanes.len();
        Ok(shell)
    }

    pub(super) fn run(mut self, messages: &mpsc::Receiver<Message>) {
        for lane in 0..self.lanes.len() {
            self.start(lane);
        }
        while !self.closed() {
            let waits = self.lanes.iter().any(|lane| lane.core.waits_for_worker());
            let message = if self.closing.is_some() {
                messages.recv_timeout(Duration::from_millis(100))
            } else if waits || !self.unsaved.is_empty() {
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
        self.shut_workers_down();
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
        for lane in 0..self.lanes.len() {
            self.step(lane, Event::Tick { seconds });
        }
        self.save_again();
        self.open_in_time();
    }

    fn closed(&self) -> bool {
        self.closing.is_some_and(|begin| {
            self.lanes.iter().all(|lane| lane.core.quiet())
                || begin.elapsed() > Duration::from_secs(CLOSING_SECONDS)
        })
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Submit { document, plan, place, by, reply } => {
                let result = self.submit(*document, plan, &place, &by);
                // The caller may have gone; the job stays.
                let _ = reply.send(result);
            }
            Message::Cancel { job, reply } => {
                self.cancel(job);
                let _ = reply.send(());
            }
            Message::Charge(lane, charge) => {
                if let Some(lane) = self.lanes.get_mut(lane) {
                    lane.core.charge(&charge.user, charge.compute_seconds);
                }
                self.charge(&[*charge]);
            }
            Message::Planned(planned) => self.planned(*planned),
            Message::Worker(lane, event) => self.hear(lane, event),
            Message::Found(adapters) => self.found(&adapters),
            Message::Wake(lane) => {
                let actions = self.lanes.get_mut(lane).map(|lane| lane.core.wake());
                self.perform(lane, actions.unwrap_or_default());
            }
            Message::Written(written) => self.written(*written),
            Message::ShutDown => {
                self.closing = Some(Instant::now());
                for lane in 0..self.lanes.len() {
                    self.step(lane, Event::Shutdown);
                }
            }
        }
    }

    fn step(&mut self, lane: LaneId, event: Event) {
        let Some(own) = self.lanes.get_mut(lane) else { return };
        let actions = own.core.step(event, unix_seconds());
        self.perform(lane, actions);
    }

    fn perform(&mut self, lane: LaneId, actions: Vec<Action>) {
        let mut todo = VecDeque::from(actions);
        while let Some(action) = todo.pop_front() {
            todo.extend(self.act(lane, action));
        }
        let Some(own) = self.lanes.get_mut(lane) else { return };
        let (charges, pace) = (own.core.take_charges(), own.core.pace());
        self.charge(&charges);
        if let Some(shared) = self.shared.lane(lane) {
            shared.set_pace(pace);
        }
    }

    /// Does what a core wants done, and says what it wants then.
    fn act(&mut self, lane: LaneId, action: Action) -> Vec<Action> {
        let Some(own) = self.lanes.get_mut(lane) else { return Vec::new() };
        match action {
            Action::StartWorker { after_seconds } => {
                own.keeper.start(Duration::from_secs_f64(after_seconds));
                if let Some(shared) = self.shared.lane(lane) {
                    shared.starting();
                }
            }
            Action::SendChunk { chunk, specs } => {
                let results = specs.iter().map(|_| Ok(Vec::new())).collect();
                own.arriving = Some(Arriving { chunk, results, answer: Vec::new() });
                if let Err(error) = own.keeper.link().send_chunk(chunk, &specs) {
                    // Its end is reported by the keeper, and the chunk taken up again.
                    tracing::warn!(chunk, %error, "the worker does not listen");
                }
            }
            Action::KillWorker { reason } => {
                tracing::warn!(reason, "the worker is killed");
                own.keeper.link().end(reason);
            }
            Action::StopChunk { chunk } => {
                use crate::jobs::worker::message::to_worker::Part::Stop;
                let _ = own.keeper.link().send(Stop(chunk));
            }
            Action::Store { chunk, done, failed } => {
                let stored = |(key, spec, index, result)| StoredUnit { key, spec, index, result };
                let units = done.into_iter().map(stored).collect();
                if let Err(error) = self.write(lane, chunk, units, failed) {
                    let event = Event::Stored { chunk, outcome: Err(not_stored(&error)) };
                    let own = self.lanes.get_mut(lane);
                    return own.map_or(Vec::new(), |own| own.core.step(event, unix_seconds()));
                }
            }
            Action::Plan { job } => self.plan(job),
            Action::JobChanged { view } => self.job_changed(view),
        }
        Vec::new()
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
        let mut sum = Pending::default();
        for (id, job) in &self.jobs {
            let pace = self.lanes.get(job.lane).map_or(1.0, |lane| lane.core.pace());
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
        lane: LaneId,
        chunk: ChunkId,
        units: Vec<StoredUnit>,
        failed: Vec<(Key, String)>,
    ) -> Result<(), StoreError> {
        let draft = self.store.draft()?;
        let made =
            Provenance { device: self.class(lane), version: env!("CARGO_PKG_VERSION").to_owned() };
        let inbox = self.shared.inbox.clone();
        std::thread::spawn(move || {
            let outcome = draft.write(&units, &made);
            let done = units.iter().map(|unit| unit.key).collect();
            let written = Written { lane, chunk, draft, done, failed, outcome };
            // Fails only when the server has gone; then the next start finds the group.
            let _ = inbox.send(Message::Written(Box::new(written)));
        });
        Ok(())
    }

    fn written(&mut self, written: Written) {
        let Written { lane, chunk, draft, done, failed, outcome } = written;
        let outcome = outcome.and_then(|()| self.store.commit(&draft, &done, &failed));
        if let Err(error) = &outcome {
            tracing::error!(chunk, %error, "results could not be stored");
            self.abandon(&draft, done, failed, error);
        }
        pass(CrashPoint::UnitsUntold);
        let outcome = outcome.map_err(|error| not_stored(&error));
        self.step(lane, Event::Stored { chunk, outcome });
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

    fn class(&self, lane: LaneId) -> String {
        self.shared.lane(lane).map(|lane| lane.class()).unwrap_or_default()
    }
}

fn not_stored(error: &StoreError) -> String {
    format!("the result could not be stored: {error}")
}
