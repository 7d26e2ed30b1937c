//! `edgestate sweep run FILE`, `edgestate sweep resume DIR`
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::{How, ResumeArgs, RunArgs, existing, refused};
use crate::cli::check::{budget, budget_on};
use crate::cli::document::{load, refuse};
use crate::cli::run::no_device;
use crate::cli::working::{Bar, until_done};
use crate::cli::{Exit, complain, fail, print, table};
use crate::jobs::device::Wanted;
use crate::jobs::document::Document;
use crate::jobs::drive::Means;
use crate::jobs::here::{open_class, open_here};
use crate::jobs::manager::problem_of;
use crate::jobs::planner::{Budget, core_seconds, runs_of};
use crate::jobs::store::{JobRow, Store, default_dir};
use crate::jobs::sweeps::{self, Report, SweepError, document_of, to_json};
use crate::jobs::worker::machine::{OpenError, Opened};

/// Points of which the table shows every one.
const MAX_ROWS: usize = 200;

pub fn run(args: &RunArgs) -> Exit {
    let document = match load(&args.file) {
        Ok(document) => document,
        Err(exit) => return exit,
    };
    let store = match args.store.clone().map_or_else(default_dir, Ok) {
        Ok(store) => store,
        Err(error) => return fail(&error),
    };
    let dir = store.clone();
    let how = args.how.clone();
    let computed = until_done(move |stop, bar| {
        let (own, bar) = (Own::new(&document, &how)?, bar.of_points(document.points()));
        let store = Store::open(&store)?;
        let report = sweeps::run(store, &document, own.borrowed(&bar, stop))?;
        Ok(own.explained(report))
    });
    finish(&dir, computed, &args.how, Some(&args.file))
}

pub fn resume(args: &ResumeArgs) -> Exit {
    if let Err(exit) = existing(&args.store) {
        return exit;
    }
    let (dir, id, how) = (args.store.clone(), args.id.clone(), args.how.clone());
    let computed = until_done(move |stop, bar| {
        let store = Store::open(&dir)?;
        let row = sweeps::find(&dir, id.as_deref())?;
        let document = document_of(&row)?;
        let (own, bar) = (Own::again(&document, &how, &row)?, bar.of_points(document.points()));
        let report = sweeps::resume(store, id.as_deref(), own.borrowed(&bar, stop))?;
        Ok(own.explained(report))
    });
    finish(&args.store, computed, &args.how, None)
}

/// The device of this process and what a chunk may be on it.
pub struct Own {
    opened: Opened,
    /// Why it is this one.
    why: String,
    budget: Budget,
}

/// Why a command ends without a report.
pub enum Ended {
    Sweep(SweepError),
    Device(OpenError),
}

impl From<SweepError> for Ended {
    fn from(error: SweepError) -> Self {
        Self::Sweep(error)
    }
}

impl From<crate::jobs::store::StoreError> for Ended {
    fn from(error: crate::jobs::store::StoreError) -> Self {
        Self::Sweep(error.into())
    }
}

impl Own {
    /// Small sweeps travel in small chunks, so that an interruption costs little.
    pub fn new(document: &Document, how: &How) -> Result<Self, Ended> {
        let named = how.device.as_deref().unwrap_or(&document.raw().device);
        // Checked with the document and with the arguments.
        let wanted = Wanted::parse(named).unwrap_or(Wanted::Auto);
        let problem = problem_of(document);
        let host = budget(how.threads, how.memory);
        let means = (how.threads, host.memory_bytes);
        let opened = open_here(&wanted, problem.as_ref(), means).map_err(Ended::Device)?;
        Self::with(document, host, opened)
    }

    /// The device on which a sweep began, unless another one is named.
    fn again(document: &Document, how: &How, row: &JobRow) -> Result<Self, Ended> {
        if how.device.is_some() {
            return Self::new(document, how);
        }
        let host = budget(how.threads, how.memory);
        let means = (how.threads, host.memory_bytes);
        let opened = open_class(&row.device, means).map_err(Ended::Device)?;
        Self::with(document, host, (opened, "where it began".to_owned()))
    }

    fn with(
        document: &Document,
        host: Budget,
        (opened, why): (Opened, String),
    ) -> Result<Self, Ended> {
        let runs = runs_of(document, &opened.device.name()).map_err(SweepError::Invalid)?;
        let budget = budget_on(&opened, host);
        let seconds = core_seconds(&runs) / budget.cores;
        let budget = Budget { chunk_seconds: (seconds / 8.0).clamp(2.0, 10.0), ..budget };
        Ok(Self { opened, why, budget })
    }

    /// Its class, as results carry it.
    pub fn device(&self) -> String {
        self.opened.device.name()
    }

    /// The report, and why it was computed where it was.
    fn explained(&self, mut report: Report) -> Report {
        report.results.certificate.notes.insert(format!("device: {}", self.why));
        report
    }

    pub fn borrowed<'a>(&'a self, bar: &'a Bar, stop: &'a AtomicBool) -> Means<'a> {
        Means { device: self.opened.device.as_ref(), budget: &self.budget, listener: bar, stop }
    }
}

/// What [`until_done`] gives back.
type Computed<T> = std::io::Result<Option<Result<T, Ended>>>;

/// Prints the report, or why there is none.
fn finish(store: &Path, computed: Computed<Report>, how: &How, file: Option<&PathBuf>) -> Exit {
    match ended(store, computed, file) {
        Ok(report) => show(&report, how.json),
        Err(exit) => exit,
    }
}

pub fn ended<T>(store: &Path, computed: Computed<T>, file: Option<&PathBuf>) -> Result<T, Exit> {
    match computed {
        Ok(Some(Ok(done))) => Ok(done),
        Ok(None) => {
            complain("edgestate: interrupted at once; the running chunk is lost\n");
            Err(Exit::Interrupted)
        }
        Ok(Some(Err(Ended::Sweep(SweepError::Invalid(errors))))) => match file {
            Some(file) => Err(refuse(file, &errors)),
            None => Err(refused(store, &SweepError::Invalid(errors))),
        },
        Ok(Some(Err(Ended::Sweep(error)))) => Err(refused(store, &error)),
        Ok(Some(Err(Ended::Device(error)))) => Err(no_device(&error)),
        Err(error) => Err(fail(&error)),
    }
}

pub fn show(report: &Report, json: bool) -> Exit {
    let text = if json { format!("{}\n", to_json(report)) } else { as_text(report) };
    if let Err(error) = print(&text) {
        return fail(&error);
    }
    match report.counts() {
        (_, 0, _) => Exit::Done,
        (0, ..) => Exit::Failed,
        _ => Exit::SomePointsFailed,
    }
}

fn as_text(report: &Report) -> String {
    let (done, failed, _) = report.counts();
    let stored = report.view.units_done.saturating_sub(report.units_computed);
    let mut text = if report.results.points.len() <= MAX_ROWS {
        table::table(&report.results, report.seconds, stored)
    } else {
        format!("{done} points done, {failed} failed in {:.1} s\n", report.seconds)
    };
    text.push_str(&format!("sweep {}\n", report.view.id));
    text
}
