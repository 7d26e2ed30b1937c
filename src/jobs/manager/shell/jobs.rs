//! Jobs as the shell knows them: taken in, planned further, taken up after a start, saved.
use std::sync::PoisonError;

use tokio::sync::watch;

use super::super::parts::{Earlier, Planned, Unplanned, listed, sort_out};
use super::super::{JobError, LaneId, MAX_ACTIVE_JOBS, MAX_QUEUED_UNITS, Place, SubmitResult};
use super::Shell;
use crate::jobs::account::{Submission, Wanted};
use crate::jobs::core::{Account, Event, Known, Rest};
use crate::jobs::document::{Document, RawDocument};
use crate::jobs::faults::{CrashPoint, pass};
use crate::jobs::planner::{Plan, Run, WINDOW_UNITS, core_seconds, runs_in, units_behind};
use crate::jobs::store::{JobRow, StoreError};
use crate::jobs::unix_seconds;
use crate::jobs::view::{JobId, JobState, JobView};

pub(super) struct Job {
    pub(super) lane: LaneId,
    document: String,
    device: String,
    state: JobState,
    /// By estimate, as a whole.
    pub(super) wanted: Wanted,
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

impl Shell {
    pub(super) fn submit(
        &mut self,
        document: Document,
        plan: Plan,
        place: &Place,
        by: &Submission,
    ) -> SubmitResult {
        if self.closing.is_some() {
            return Err(JobError::ShuttingDown);
        }
        if self.jobs.len() >= MAX_ACTIVE_JOBS {
            let allowed = MAX_ACTIVE_JOBS as u64;
            return Err(JobError::Limit { limit: "jobs under way", allowed });
        }
        let queued: u64 = self.lanes.iter().map(|lane| lane.core.queued_units()).sum();
        if queued + document.units() as u64 > MAX_QUEUED_UNITS {
            return Err(JobError::Limit { limit: "units queued", allowed: MAX_QUEUED_UNITS });
        }
        let id: JobId = new_id().into();
        let submitted = unix_seconds();
        let engine = document.engine().to_owned();
        let text = document.raw().to_toml();
        let begin = self.begin(document, plan)?;
        let known = begin.known;
        let mut wanted = begin.wanted();
        wanted.device_seconds *= self.lanes.get(place.lane).map_or(1.0, |lane| lane.core.pace());
        if !begin.runs.is_empty() || begin.unplanned.is_some() {
            self.accounts.admit(by, self.pending(&by.owner), wanted)?;
        }
        let account = Account { owner: by.owner.clone(), priority: by.priority };
        let row = JobRow {
            view: queued_view(&id, &engine, submitted, known, &account),
            document: text,
            device: place.class.clone(),
        };
        pass(CrashPoint::JobPlanned);
        // Before anything else: an acknowledged job survives whatever comes.
        self.store.save_choice(&id, &place.why)?;
        self.store.save_job(&row)?;
        pass(CrashPoint::JobSaved);
        self.take_up(place.lane, row, begin);
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

    fn take_up(&mut self, lane: LaneId, row: JobRow, begin: Begin) {
        let (job, submitted) = (row.view.id.clone(), row.view.submitted_unix_seconds);
        let engine = row.view.engine.clone();
        let wanted = begin.wanted();
        let Begin { runs, known, unplanned } = begin;
        let by = Account { owner: row.view.owner.clone(), priority: row.view.priority };
        let rest = unplanned.as_ref().map_or(Rest::default(), Unplanned::rest);
        let (document, device) = (row.document, row.device);
        let (state, units_done) = (row.view.state, row.view.units_done);
        let entry = Job { lane, document, device, state, wanted, unplanned, units_done };
        self.jobs.insert(job.clone(), entry);
        self.show(row.view);
        self.step(lane, Event::Submit { job, engine, submitted, runs, known, by, rest });
    }

    /// Whoever watches the job already goes on watching.
    fn show(&self, view: JobView) {
        let mut views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        match views.get(&view.id) {
            Some(sender) => {
                sender.send_replace(view);
            }
            None => {
                views.insert(view.id.clone(), watch::channel(view).0);
            }
        }
    }

    pub(super) fn cancel(&mut self, job: JobId) {
        if let Some(index) = self.held.iter().position(|row| row.view.id == job) {
            let row = self.held.swap_remove(index);
            return self.end(row, JobState::Cancelled, String::new());
        }
        if let Some(lane) = self.jobs.get(&job).map(|job| job.lane) {
            self.step(lane, Event::Cancel { job });
        }
    }

    /// Of a job that no core knows.
    fn end(&mut self, mut row: JobRow, state: JobState, reason: String) {
        (row.view.state, row.view.reason) = (state, reason);
        let mut views = self.shared.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = views.remove(&row.view.id) {
            sender.send_replace(row.view.clone());
        }
        drop(views);
        self.save_state(row);
    }

    pub(super) fn plan(&self, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        if let Some(unplanned) = &job.unplanned {
            unplanned.plan(id, job.device.clone(), self.shared.inbox.clone());
        }
    }

    pub(super) fn planned(&mut self, planned: Planned) {
        let id = planned.job.clone();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let Some(unplanned) = &mut job.unplanned else { return };
        let part = unplanned.take(planned, &self.store);
        if part.rest.units == 0 {
            job.unplanned = None;
        }
        let lane = job.lane;
        self.step(lane, Event::Planned { job: id, part });
    }

    /// Unfinished jobs of an earlier life of the server go on, each on the class of devices on which it
    /// began.
    pub(super) fn resume(&mut self) {
        match self.store.unfinished_jobs() {
            Ok(rows) => self.held = rows,
            Err(error) => tracing::error!(%error, "unfinished jobs cannot be read"),
        }
        for lane in 0..self.lanes.len() {
            self.resume_on(lane);
        }
        // Whoever watches the others waits with them.
        self.held.iter().for_each(|row| self.show(row.view.clone()));
    }

    /// The first of them are planned at once; planning all of them must not keep the server from its
    /// calls.
    pub(super) fn resume_on(&mut self, lane: LaneId) {
        let class = self.class(lane);
        if class.is_empty() {
            return;
        }
        let of_class = |row: &mut JobRow| row.device == class;
        let rows: Vec<JobRow> = self.held.extract_if(.., of_class).collect();
        let mut at_once = WINDOW_UNITS as u64;
        for row in rows {
            match self.replan(&row, &mut at_once) {
                Ok(begin) => self.take_up(lane, row, begin),
                Err(reason) => {
                    tracing::error!(job = %row.view.id, reason, "a job cannot go on");
                    self.end(row, JobState::Failed, reason);
                }
            }
        }
    }

    /// All devices are known: jobs of others wait where a device has not come up, else they cannot
    /// go on.
    pub(super) fn settle(&mut self) {
        let lanes = self.shared.lane_views();
        let here: Vec<&str> = lanes.iter().map(|lane| lane.class.as_str()).collect();
        let complete = here.iter().all(|class| !class.is_empty());
        let here = here.join(", ");
        for mut row in std::mem::take(&mut self.held) {
            let began = &row.device;
            if complete {
                let reason =
                    format!("began on {began:?}, here is {here:?}: submit it again to change");
                tracing::error!(job = %row.view.id, reason, "a job cannot go on");
                self.end(row, JobState::Failed, reason);
            } else {
                row.view.reason = format!("waits for {began:?}");
                tracing::warn!(job = %row.view.id, reason = row.view.reason, "a job waits");
                self.show(row.view.clone());
                self.held.push(row);
            }
        }
    }

    /// `at_once`: units that may still be planned now.
    fn replan(&self, row: &JobRow, at_once: &mut u64) -> Result<Begin, String> {
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
    pub(super) fn job_changed(&mut self, view: JobView) {
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

    pub(super) fn save_again(&mut self) {
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
