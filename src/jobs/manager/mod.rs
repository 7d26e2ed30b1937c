//! The thin shell around the state machine: clock, store, worker process, and the handle that
//! everyone else holds.
mod accounts;
mod parts;
mod shell;
mod survey;
mod tasks;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use accounts::{AllStatistics, Statistics};
pub use survey::SurveyedDevice;
pub use tasks::{ArrayTask, TaskReply};

use super::account::{PRIORITIES, QuotaExceeded, Submission};
use super::core::Charge;
use super::document::{Document, DocumentError, RawDocument};
use super::faults;
use super::key::Key;
use super::planner::{self, Budget, Plan, Run};
use super::results::{self, Results, Units};
use super::spec::Unit;
use super::store::{Reader, Store, StoreError};
use super::view::{JobId, JobView};
use super::worker::keeper::{Keeper, Link, WorkerCommand, WorkerEvent};
use super::worker::machine;
use crate::invalid::Invalid;

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
    /// "cpu"
    pub device: String,
    /// All cores when not given.
    pub threads: Option<usize>,
}

/// Why the jobs cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the worker does not start: {0}")]
    Worker(String),
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

/// What a document would cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub points: u64,
    pub units: u64,
    pub units_from_store: u64,
    /// Of what is not in the store, alone on this machine.
    pub seconds: f64,
    /// Of the largest chunk.
    pub memory_bytes: u64,
    pub result_bytes: u64,
}

impl Estimate {
    /// Together with another part of the same document.
    fn with(self, part: &Self) -> Self {
        Self {
            units_from_store: self.units_from_store + part.units_from_store,
            seconds: self.seconds + part.seconds,
            memory_bytes: self.memory_bytes.max(part.memory_bytes),
            result_bytes: self.result_bytes.saturating_add(part.result_bytes),
            ..self
        }
    }
}

/// The device as its worker names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    pub name: String,
    pub threads: u32,
}

#[derive(Debug)]
enum Message {
    Submit {
        document: Box<Document>,
        plan: Plan,
        by: Submission,
        reply: oneshot::Sender<SubmitResult>,
    },
    Planned(Box<parts::Planned>),
    /// Of a call that went past the queue.
    Charge(Box<Charge>),
    Cancel {
        job: JobId,
        reply: oneshot::Sender<()>,
    },
    Worker(WorkerEvent),
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
    device: OnceLock<DeviceInfo>,
    worker_ready: AtomicBool,
    devices: tokio::sync::OnceCell<Vec<SurveyedDevice>>,
    /// Jobs under way.
    views: Mutex<HashMap<JobId, watch::Sender<JobView>>>,
    /// Ended jobs whose end the store does not know yet.
    late: Mutex<HashMap<JobId, JobView>>,
    tasks: tasks::Registry,
    link: OnceLock<Arc<Link>>,
    /// Wall-clock seconds per estimated core-second, as f32 bits.
    pace: AtomicU32,
    budget: Budget,
    statistics: Mutex<AllStatistics>,
}

impl Shared {
    fn late(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, JobView>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// Opens the store, starts the worker, takes up unfinished jobs. Blocks until the worker is ready.
    pub fn open(settings: &Settings) -> Result<(Self, Running), OpenError> {
        let store = Store::open(&settings.store)?;
        let (inbox, messages) = mpsc::channel();
        let cores = settings.threads.unwrap_or_else(machine::cores).min(machine::cores());
        let budget = Budget {
            chunk_seconds: 10.0,
            cores: cores as f64,
            memory_bytes: machine::memory_budget_bytes(),
            max_runs: faults::chunk_runs().unwrap_or(4096),
        };
        let shared = Arc::new(Shared {
            inbox: inbox.clone(),
            store_dir: store.dir().to_owned(),
            device: OnceLock::new(),
            worker_ready: AtomicBool::new(false),
            devices: tokio::sync::OnceCell::new(),
            views: Mutex::default(),
            late: Mutex::default(),
            tasks: tasks::Registry::default(),
            link: OnceLock::new(),
            pace: AtomicU32::new((1.0 / cores as f32).to_bits()),
            budget,
            statistics: Mutex::default(),
        });
        let keeper = keeper(settings, &shared);
        let _ = shared.link.set(keeper.link());
        let (ready, first) = mpsc::channel();
        let shell = shell::Shell::new(store, keeper, shared.clone(), ready)?;
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

    /// Checks, stores and queues a document.
    pub async fn submit(&self, raw: RawDocument, by: Submission) -> Result<JobView, JobError> {
        if !PRIORITIES.contains(&by.priority) {
            let expected = format!("{} to {}", PRIORITIES.start(), PRIORITIES.end());
            return Err(vec![Invalid::new("priority", by.priority, &expected)].into());
        }
        let jobs = self.clone();
        let (document, plan) = blocking(move || jobs.plan(raw)).await??;
        let (reply, answer) = oneshot::channel();
        let document = Box::new(document);
        self.send(Message::Submit { document, plan, by, reply })?;
        answer.await.map_err(|_| JobError::ShuttingDown)?
    }

    /// What the document would cost; the same checks as [`Self::submit`].
    pub async fn estimate(&self, raw: RawDocument) -> Result<Estimate, JobError> {
        let jobs = self.clone();
        blocking(move || {
            let (document, first) = jobs.plan(raw)?;
            let reader = jobs.reader()?;
            let pace = f64::from(f32::from_bits(jobs.shared.pace.load(Ordering::Relaxed)));
            let bill = |runs: Vec<Run>| -> Result<Estimate, JobError> {
                let keys: Vec<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
                let known = reader.known(&keys)?;
                Ok(estimate(&document, runs, &known, pace, &jobs.shared.budget))
            };
            let mut whole = bill(first.runs)?;
            let mut next = first.next;
            while next < document.groups() {
                let window = planner::window(&document, next);
                next = window.end;
                let runs = planner::runs_in(&document, &jobs.device().name, window)?;
                whole = whole.with(&bill(runs)?);
            }
            Ok(whole)
        })
        .await?
    }

    fn plan(&self, raw: RawDocument) -> Result<(Document, Plan), JobError> {
        let document = raw.check()?;
        let plan = planner::plan(&document, &self.device().name, &self.shared.budget)?;
        Ok((document, plan))
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
            let results = results::collect(document, &row.device, &Stored { reader, since })?;
            Ok(Fetched { view, results })
        })
        .await?
    }

    /// Notes what a call has used that went past the queue.
    pub fn charge(&self, charge: Charge) {
        // Fails only when the server is ending.
        let _ = self.send(Message::Charge(Box::new(charge)));
    }

    /// What users have had since the server started.
    pub fn statistics(&self) -> AllStatistics {
        self.shared.statistics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Known since [`Self::open`].
    pub fn device(&self) -> DeviceInfo {
        self.shared.device.get().cloned().unwrap_or(DeviceInfo { name: String::new(), threads: 0 })
    }

    /// Every device of this machine; looked up once, which may take seconds.
    pub async fn devices(&self) -> &[SurveyedDevice] {
        self.shared.devices.get_or_init(survey::survey).await
    }

    pub fn worker_ready(&self) -> bool {
        self.shared.worker_ready.load(Ordering::Relaxed)
    }

    pub fn memory_budget_bytes(&self) -> u64 {
        self.shared.budget.memory_bytes
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

fn keeper(settings: &Settings, shared: &Arc<Shared>) -> Keeper {
    let command = WorkerCommand { device: settings.device.clone(), threads: settings.threads };
    let shared = shared.clone();
    Keeper::new(command, move |event| {
        if let Some(event) = shared.tasks.hear(event) {
            // The jobs' thread outlives the keeper; afterwards nobody needs to hear.
            let _ = shared.inbox.send(Message::Worker(event));
        }
    })
}

/// `known`: for every unit of `runs`, whether it is stored.
pub fn estimate(
    document: &Document,
    runs: Vec<Run>,
    known: &[bool],
    pace: f64,
    budget: &Budget,
) -> Estimate {
    let mut known = known.iter().copied();
    let mut missing = Vec::new();
    let (mut units_from_store, mut result_bytes) = (0, 0);
    for run in runs {
        let units = run.keys.len() as u64;
        result_bytes += run.cost.result_bytes;
        let stored = known.by_ref().take(run.keys.len()).filter(|known| *known).count() as u64;
        units_from_store += stored;
        if stored < units {
            missing.push(run);
        }
    }
    let seconds = planner::core_seconds(&missing) * pace;
    let chunks = planner::chunks_of(missing, budget);
    Estimate {
        points: document.points() as u64,
        units: document.units() as u64,
        units_from_store,
        seconds,
        memory_bytes: chunks.iter().map(|runs| planner::memory_bytes(runs)).max().unwrap_or(0),
        result_bytes,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JobError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| JobError::ShuttingDown)
}
