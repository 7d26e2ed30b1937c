//! The thin shell around the state machine: clock, store, worker process, and the handle that
//! everyone else holds.
mod accounts;
mod estimate;
mod lanes;
mod parts;
mod shell;
mod survey;
mod tasks;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use accounts::{AllStatistics, Statistics};
pub use estimate::{Estimate, estimate};
pub use lanes::{LaneId, LaneView, Place, WorkerState, problem_of};
pub use survey::SurveyedDevice;
pub use tasks::{ArraySender, ArrayTask, TaskReply};

use super::account::{PRIORITIES, QuotaExceeded, Submission};
use super::core::Charge;
use super::costs::{Calibration, Problem};
use super::device::Wanted;
use super::document::{Document, DocumentError, RawDocument};
use super::key::Key;
use super::planner::{self, Budget, Plan, Run};
use super::results::{self, Results, Units};
use super::spec::Unit;
use super::store::{Reader, Store, StoreError};
use super::view::{JobId, JobView};
use super::worker::keeper::{Keeper, WorkerCommand, WorkerEvent};
use crate::invalid::Invalid;
use lanes::{Lane, budget_of, place};

/// Units that wait in all jobs together.
pub const MAX_QUEUED_UNITS: u64 = 10_000_000;
/// Jobs under way at a time.
pub const MAX_ACTIVE_JOBS: usize = 1000;
/// Jobs in one listing.
pub const MAX_LISTED_JOBS: usize = 1000;

/// What a server needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    pub store: PathBuf,
    /// "cpu", "gpu:0", "gpu:NAME"; "auto": the CPU, and every adapter that is hardware.
    pub devices: Vec<String>,
    /// All cores when not given.
    pub threads: Option<usize>,
    /// Bytes of all workers, in equal shares for the devices that are named; what is found later
    /// gets such a share, too. By what is available when not given.
    pub memory_bytes: Option<u64>,
}

impl Settings {
    /// Of one worker.
    fn share(&self) -> Option<u64> {
        let named = self.devices.len().max(1) as u64;
        self.memory_bytes.map(|bytes| bytes / named)
    }
}

/// Why the jobs cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the worker does not start: {0}")]
    Worker(String),
    #[error(transparent)]
    Device(#[from] Invalid),
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("the request is refused")]
    Invalid(Vec<Invalid>),
    #[error("{limit}: at most {allowed}")]
    Limit { limit: &'static str, allowed: u64 },
    #[error("{} of {}: {:.0}, at most {:.0}", .0.quota, .0.user, .0.value, .0.allowed)]
    Quota(Box<QuotaExceeded>),
    #[error("no job is called {0:?}")]
    NotFound(String),
    #[error("the server is shutting down")]
    ShuttingDown,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the stored document cannot be read: {0}")]
    Document(#[from] DocumentError),
}

impl From<Vec<Invalid>> for JobError {
    fn from(invalid: Vec<Invalid>) -> Self {
        Self::Invalid(invalid)
    }
}

#[derive(Debug)]
enum Message {
    Submit {
        document: Box<Document>,
        plan: Plan,
        place: Place,
        by: Submission,
        reply: oneshot::Sender<SubmitResult>,
    },
    Planned(Box<parts::Planned>),
    /// Of a call that went past the queue.
    Charge(LaneId, Box<Charge>),
    /// Adapters that are hardware, by number.
    Found(Vec<usize>),
    /// Its worker is wanted, though it was given up.
    Wake(LaneId),
    Cancel {
        job: JobId,
        reply: oneshot::Sender<()>,
    },
    Worker(LaneId, WorkerEvent),
    Written(Box<shell::Written>),
    ShutDown,
}

type SubmitResult = Result<JobView, JobError>;

/// A handle to all jobs; clones share it.
#[derive(Debug, Clone)]
pub struct Jobs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    inbox: mpsc::Sender<Message>,
    store_dir: PathBuf,
    lanes: RwLock<Vec<Arc<Lane>>>,
    /// Every worker has been ready or has ended once, and all adapters are known.
    settled: watch::Sender<bool>,
    devices: tokio::sync::OnceCell<Vec<SurveyedDevice>>,
    /// Jobs under way.
    views: Mutex<HashMap<JobId, watch::Sender<JobView>>>,
    /// Ended jobs whose end the store does not know yet.
    late: Mutex<HashMap<JobId, JobView>>,
    tasks: tasks::Registry,
    /// Of the CPU.
    budget: Budget,
    statistics: Mutex<AllStatistics>,
}

impl Shared {
    fn late(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, JobView>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, lane: LaneId) -> Option<Arc<Lane>> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(lane).cloned()
    }

    fn lane_views(&self) -> Vec<LaneView> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().map(|lane| lane.view()).collect()
    }
}

/// Ends the jobs' threads and the worker.
#[derive(Debug)]
pub struct Running {
    inbox: mpsc::Sender<Message>,
    thread: std::thread::JoinHandle<()>,
}

impl Running {
    /// Stops the running chunk, ends the worker; jobs stay in the store. Blocks for a few seconds at most.
    pub fn shut_down(self) {
        let _ = self.inbox.send(Message::ShutDown);
        let _ = self.thread.join();
    }
}

impl Jobs {
    /// Opens the store, starts a worker for each device, takes up unfinished jobs. Blocks until the
    /// workers are ready or have failed; those that `auto` finds come later. Without any the CPU
    /// takes their place.
    pub fn open(settings: &Settings) -> Result<(Self, Running), OpenError> {
        for device in &settings.devices {
            Wanted::parse(device)?;
        }
        let store = Store::open(&settings.store)?;
        let (inbox, messages) = mpsc::channel();
        let shared = Arc::new(Shared {
            inbox: inbox.clone(),
            store_dir: store.dir().to_owned(),
            lanes: RwLock::default(),
            settled: watch::channel(false).0,
            devices: tokio::sync::OnceCell::new(),
            views: Mutex::default(),
            late: Mutex::default(),
            tasks: tasks::Registry::default(),
            budget: budget_of("cpu", settings.threads, settings.share()),
            statistics: Mutex::default(),
        });
        let (ready, first) = mpsc::channel();
        let shell = shell::Shell::new(store, settings, shared.clone(), ready)?;
        let thread = std::thread::spawn(move || shell.run(&messages));
        let running = Running { inbox, thread };
        match first.recv_timeout(Duration::from_secs(60)) {
            Ok(Ok(())) => Ok((Self { shared }, running)),
            other => {
                running.shut_down();
                let reason = other.map(Result::err).unwrap_or_default();
                Err(OpenError::Worker(reason.unwrap_or_else(|| "no answer within 60 s".into())))
            }
        }
    }

    /// Where work that asks for `wanted` goes. `auto` goes by the calibration file.
    /// Errors: there is no such device, or it cannot be used; those there are are named.
    pub async fn place(
        &self,
        wanted: &Wanted,
        problem: Option<Problem>,
    ) -> Result<Place, JobError> {
        self.wait_for_devices(wanted).await;
        let (wanted, lanes) = (wanted.clone(), self.shared.lane_views());
        let stopped = (0..).zip(&lanes).filter(|(_, lane)| lane.state == WorkerState::Stopped);
        let stopped: Vec<LaneId> = stopped.map(|(lane, _)| lane).collect();
        let chosen = blocking(move || place(&wanted, &lanes, problem.as_ref())).await?;
        // One that was given up is tried again; where it has never worked, for the next caller.
        let is_wanted = |lane: &LaneId| chosen.as_ref().map_or(true, |place| place.lane == *lane);
        for lane in stopped.into_iter().filter(is_wanted) {
            self.send(Message::Wake(lane))?;
        }
        chosen.map_err(|refused| JobError::Invalid(vec![refused]))
    }

    /// A GPU that is being looked for or started is waited for where it may be chosen.
    async fn wait_for_devices(&self, wanted: &Wanted) {
        let mut settled = self.shared.settled.subscribe();
        let calibrated = || {
            let calibration = Calibration::of_this_machine();
            calibration.here().any(|model| !model.class.starts_with("cpu"))
        };
        let may_be_gpu = wanted.is_gpu() || (*wanted == Wanted::Auto && calibrated());
        if *settled.borrow() || !may_be_gpu {
            return;
        }
        let all = settled.wait_for(|settled| *settled);
        // After this time one that hangs counts as not there.
        let _ = tokio::time::timeout(survey::LIMIT, all).await;
    }

    /// Checks, stores and queues a document.
    pub async fn submit(&self, raw: RawDocument, by: Submission) -> Result<JobView, JobError> {
        if !PRIORITIES.contains(&by.priority) {
            let expected = format!("{} to {}", PRIORITIES.start(), PRIORITIES.end());
            return Err(vec![Invalid::new("priority", by.priority, &expected)].into());
        }
        let (document, place) = self.placed(raw).await?;
        let (jobs, at) = (self.clone(), place.clone());
        let (document, plan) = blocking(move || {
            let plan = planner::plan(&document, &at.class, &jobs.budget_on(at.lane))?;
            Ok::<_, JobError>((document, plan))
        })
        .await??;
        let (reply, answer) = oneshot::channel();
        let document = Box::new(document);
        self.send(Message::Submit { document, plan, place, by, reply })?;
        answer.await.map_err(|_| JobError::ShuttingDown)?
    }

    /// What the document would cost; the same checks as [`Self::submit`].
    pub async fn estimate(&self, raw: RawDocument) -> Result<(Estimate, Place), JobError> {
        let (document, place) = self.placed(raw).await?;
        let jobs = self.clone();
        blocking(move || {
            let budget = jobs.budget_on(place.lane);
            let first = planner::plan(&document, &place.class, &budget)?;
            let reader = jobs.reader()?;
            let pace = jobs.shared.lane(place.lane).map_or(1.0, |lane| lane.pace());
            let bill = |runs: Vec<Run>| -> Result<Estimate, JobError> {
                let keys: Vec<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
                let known = reader.known(&keys)?;
                Ok(estimate(&document, runs, &known, pace, &budget))
            };
            let mut whole = bill(first.runs)?;
            let mut next = first.next;
            while next < document.groups() {
                let window = planner::window(&document, next);
                next = window.end;
                let runs = planner::runs_in(&document, &place.class, window)?;
                whole = whole.with(&bill(runs)?);
            }
            Ok((whole, place))
        })
        .await?
    }

    /// The whole document is checked; its device is chosen.
    async fn placed(&self, raw: RawDocument) -> Result<(Document, Place), JobError> {
        let wanted = Wanted::parse(&raw.device);
        let (document, problem) = blocking(move || {
            let document = raw.check()?;
            let problem = problem_of(&document);
            Ok::<_, JobError>((document, problem))
        })
        .await??;
        let wanted = wanted.map_err(|refused| vec![refused])?;
        let place = self.place(&wanted, problem).await?;
        Ok((document, place))
    }

    /// What a chunk may be there.
    fn budget_on(&self, lane: LaneId) -> Budget {
        let memory_bytes = self.shared.lane(lane).map(|lane| lane.view().memory_bytes);
        Budget { memory_bytes: memory_bytes.unwrap_or(0), ..self.shared.budget }
    }

    /// The job now, and after every change until it has ended.
    pub async fn watch(&self, id: &str) -> Result<watch::Receiver<JobView>, JobError> {
        if let Some(sender) = self.views().get(id) {
            return Ok(sender.subscribe());
        }
        if let Some(view) = self.shared.late().get(id) {
            return Ok(watch::channel(view.clone()).1);
        }
        let view = self.stored(id).await?;
        Ok(watch::channel(view).1)
    }

    pub async fn get(&self, id: &str) -> Result<JobView, JobError> {
        Ok(self.watch(id).await?.borrow().clone())
    }

    async fn stored(&self, id: &str) -> Result<JobView, JobError> {
        let (jobs, id) = (self.clone(), id.to_owned());
        blocking(move || match jobs.reader()?.job(&id)? {
            Some(row) => Ok(row.view),
            None => Err(JobError::NotFound(id)),
        })
        .await?
    }

    /// The newest first; of one owner, or all.
    pub async fn list(&self, owner: Option<Arc<str>>) -> Result<Vec<JobView>, JobError> {
        let jobs = self.clone();
        blocking(move || {
            let (reader, limit) = (jobs.reader()?, MAX_LISTED_JOBS as i64);
            let rows = match owner {
                Some(owner) => reader.jobs_of(&owner, limit)?,
                None => reader.jobs(limit)?,
            };
            let (active, late) = (jobs.views(), jobs.shared.late());
            let now = |view: JobView| match (active.get(&view.id), late.get(&view.id)) {
                (Some(sender), _) => sender.borrow().clone(),
                (None, Some(view)) => view.clone(),
                (None, None) => view,
            };
            Ok(rows.into_iter().map(|row| now(row.view)).collect())
        })
        .await?
    }

    /// Ends a job; one that has ended stays as it is.
    pub async fn cancel(&self, id: &str) -> Result<JobView, JobError> {
        self.get(id).await?;
        let (reply, answer) = oneshot::channel();
        self.send(Message::Cancel { job: id.into(), reply })?;
        let _ = answer.await;
        self.get(id).await
    }

    /// Everything there is now.
    pub async fn fetch(&self, id: &str) -> Result<Fetched, JobError> {
        // A job in the store is at least as old as its units: nothing is missed that was said done.
        let view = self.get(id).await?;
        let (jobs, id) = (self.clone(), id.to_owned());
        blocking(move || {
            let reader = jobs.reader()?;
            let row = reader.job(&id)?.ok_or(JobError::NotFound(id))?;
            let document = RawDocument::from_toml(&row.document)?.check()?;
            let since = view.submitted_unix_seconds;
            let why = reader.why(&row.view.id)?;
            let stored = Stored { reader, since };
            let mut results = results::collect(document, &row.device, &stored)?;
            results.certificate.notes.extend(why.map(|why| format!("device: {why}")));
            Ok(Fetched { view, results })
        })
        .await?
    }

    /// Notes what a call has used that went past the queue.
    pub fn charge(&self, lane: LaneId, charge: Charge) {
        // Fails only when the server is ending.
        let _ = self.send(Message::Charge(lane, Box::new(charge)));
    }

    /// What users have had since the server started.
    pub fn statistics(&self) -> AllStatistics {
        self.shared.statistics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The devices that have a worker.
    pub fn lanes(&self) -> Vec<LaneView> {
        self.shared.lane_views()
    }

    /// Every device of this machine; looked up once, which may take seconds.
    pub async fn devices(&self) -> &[SurveyedDevice] {
        self.shared.devices.get_or_init(survey::survey).await
    }

    /// No job is under way.
    pub fn idle(&self) -> bool {
        self.views().is_empty()
    }

    pub fn store_dir(&self) -> &Path {
        &self.shared.store_dir
    }

    fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.shared.store_dir)
    }

    fn send(&self, message: Message) -> Result<(), JobError> {
        self.shared.inbox.send(message).map_err(|_| JobError::ShuttingDown)
    }

    fn views(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, watch::Sender<JobView>>> {
        self.shared.views.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The results of a job and its state when they were read.
#[derive(Debug)]
pub struct Fetched {
    pub view: JobView,
    pub results: Results,
}

struct Stored {
    reader: Reader,
    since: f64,
}

impl Units for Stored {
    type Error = JobError;

    fn found(&self, keys: &[Key]) -> Result<HashMap<Key, Unit>, JobError> {
        Ok(self.reader.units(keys)?)
    }

    fn failure(&self, key: &Key) -> Result<Option<String>, JobError> {
        Ok(self.reader.failure(key, self.since)?)
    }
}

fn keeper(lane: LaneId, command: WorkerCommand, shared: &Arc<Shared>) -> Keeper {
    let shared = shared.clone();
    Keeper::new(command, move |event| {
        if let Some(event) = shared.tasks.hear(lane, event) {
            // The jobs' thread outlives the keeper; afterwards nobody needs to hear.
            let _ = shared.inbox.send(Message::Worker(lane, event));
        }
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JobError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| JobError::ShuttingDown)
}
