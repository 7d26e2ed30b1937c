//! The thread that owns state machine and store: takes messages, does actions.
mod jobs;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use self::jobs::Job;
use super::accounts::{Accounts, count};
use super::{Message, Shared};
use crate::jobs::account::Pending;
use crate::jobs::core::{Action, Charge, ChunkId, Core, Event, RunResult};
use crate::jobs::faults::{self, CrashPoint, pass};
use crate::jobs::key::Key;
use crate::jobs::spec::Unit;
use crate::jobs::store::{Draft, JobRow, Provenance, Store, StoreError, StoredUnit};
use crate::jobs::unix_seconds;
use crate::jobs::view::JobId;
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
}

fn not_stored(error: &StoreError) -> String {
    format!("the result could not be stored: {error}")
}
