//! `edgestate run FILE`
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal::unix::{SignalKind, signal};

use super::check::budget;
use super::document::{load, refuse};
use super::{Exit, RunArgs, complain, fail, print, table};
use crate::jobs::document::Document;
use crate::jobs::local::{self, Listener, LocalError, Outcome};
use crate::jobs::results::{Point, to_json};
use crate::jobs::worker::machine;

pub fn run(args: &RunArgs) -> Exit {
    let document = match load(&args.file) {
        Ok(document) => document,
        Err(exit) => return exit,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let outcome = runtime.block_on(compute(document, args));
    // After a second Ctrl-C the work may still hold a thread.
    runtime.shutdown_background();
    match outcome {
        Ok(outcome) => report(&outcome, args),
        Err(Ended::Interrupted) => {
            complain("edgestate: interrupted\n");
            Exit::Interrupted
        }
        Err(Ended::Local(LocalError::Stopped)) => {
            let kept = match &args.store {
                Some(store) => format!("; finished points are in {}", store.display()),
                None => String::new(),
            };
            complain(&format!("edgestate: interrupted{kept}\n"));
            Exit::Interrupted
        }
        Err(Ended::Local(LocalError::Invalid(errors))) => refuse(&args.file, &errors),
        Err(Ended::Local(LocalError::Store(error))) => fail(&error),
        Err(Ended::Device(error)) => fail(&error),
        Err(Ended::Io(error)) => fail(&error),
    }
}

enum Ended {
    /// By a second Ctrl-C: at once.
    Interrupted,
    Local(LocalError),
    Device(machine::OpenError),
    Io(std::io::Error),
}

async fn compute(document: Document, args: &RunArgs) -> Result<Outcome, Ended> {
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Ended::Io)?;
    let mut terminations = signal(SignalKind::terminate()).map_err(Ended::Io)?;
    let stop = Arc::new(AtomicBool::new(false));
    let bar = Bar::new();
    let (token, progress) = (stop.clone(), bar.clone());
    let (threads, store) = (args.threads, args.store.clone());
    let mut work = tokio::task::spawn_blocking(move || {
        let device = machine::open("cpu", threads).map_err(Ended::Device)?;
        let (budget, store) = (budget(threads), store.as_deref());
        local::run(document, device.as_ref(), store, &budget, &progress, token.as_ref())
            .map_err(Ended::Local)
    });
    loop {
        tokio::select! {
            outcome = &mut work => {
                bar.0.finish_and_clear();
                return outcome.map_err(|error| Ended::Io(std::io::Error::other(error)))?;
            }
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
        if stop.swap(true, Ordering::Relaxed) {
            return Err(Ended::Interrupted);
        }
        bar.0.set_message("stopping (again: at once)");
    }
}

/// A progress bar on standard error, with the time left; hidden when that is no terminal.
#[derive(Clone)]
struct Bar(ProgressBar);

const STEPS: u64 = 10_000;

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(STEPS);
        let template = "{wide_bar} {percent:>3}% {elapsed} elapsed, {eta} left {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }
}

impl Listener for Bar {
    fn done(&self, share: f64) {
        self.0.set_position((share * STEPS as f64) as u64);
    }
}

fn report(outcome: &Outcome, args: &RunArgs) -> Exit {
    let object = to_json(&outcome.results, outcome.seconds);
    if let Some(path) = &args.output
        && let Err(error) = std::fs::write(path, format!("{object}\n"))
    {
        complain(&format!("edgestate: writing {}: {error}\n", path.display()));
        return Exit::Failed;
    }
    let text = if args.json { format!("{object}\n") } else { table::table(outcome) };
    if let Err(error) = print(&text) {
        return fail(&error);
    }
    let failed = |point: &Point| matches!(point, Point::Failed { .. });
    let count = outcome.results.points.iter().filter(|point| failed(point)).count();
    match count {
        0 => Exit::Done,
        count if count == outcome.results.points.len() => Exit::Failed,
        _ => Exit::SomePointsFailed,
    }
}
