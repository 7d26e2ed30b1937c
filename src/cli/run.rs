//! `edgestate run FILE`
use super::check::{budget, budget_on};
use super::document::{load, refuse};
use super::working::until_done;
use super::{Exit, RunArgs, complain, fail, print, table};
use crate::jobs::device::Wanted;
use crate::jobs::document::Document;
use crate::jobs::here::open_here;
use crate::jobs::local::{self, LocalError, Outcome};
use crate::jobs::manager::problem_of;
use crate::jobs::results::{Point, to_json};
use crate::jobs::worker::machine;

pub fn run(args: &RunArgs) -> Exit {
    let document = match load(&args.file) {
        Ok(document) => document,
        Err(exit) => return exit,
    };
    match compute(document, args) {
        Ok(Some(Ok(outcome))) => report(&outcome, args),
        Ok(None) => {
            complain("edgestate: interrupted\n");
            Exit::Interrupted
        }
        Ok(Some(Err(ended))) => refused(ended, args),
        Err(error) => fail(&error),
    }
}

fn refused(ended: Ended, args: &RunArgs) -> Exit {
    match ended {
        Ended::Local(LocalError::Stopped) => {
            let kept = match &args.store {
                Some(store) => format!("; finished points are in {}", store.display()),
                None => String::new(),
            };
            complain(&format!("edgestate: interrupted{kept}\n"));
            Exit::Interrupted
        }
        Ended::Local(LocalError::Invalid(errors)) => refuse(&args.file, &errors),
        Ended::Local(LocalError::Store(error)) => fail(&error),
        Ended::Device(error) => no_device(&error),
    }
}

/// A device that is not there is the caller's to name otherwise.
pub fn no_device(error: &machine::OpenError) -> Exit {
    let failed = fail(error);
    match error {
        machine::OpenError::Failed(_) => failed,
        machine::OpenError::Unknown(_) | machine::OpenError::Absent { .. } => Exit::BadInput,
    }
}

enum Ended {
    Local(LocalError),
    Device(machine::OpenError),
}

fn compute(document: Document, args: &RunArgs) -> std::io::Result<Option<Result<Outcome, Ended>>> {
    let (host, threads) = (budget(args.threads, args.memory), args.threads);
    let store = args.store.clone();
    let named = args.device.as_deref().unwrap_or(&document.raw().device);
    // Checked with the document and with the arguments.
    let wanted = Wanted::parse(named).unwrap_or(Wanted::Auto);
    until_done(move |stop, bar| {
        let problem = problem_of(&document);
        let opened = open_here(&wanted, problem.as_ref(), (threads, host.memory_bytes));
        let (opened, why) = opened.map_err(Ended::Device)?;
        let (budget, store) = (budget_on(&opened, host), store.as_deref());
        let device = opened.device.as_ref();
        let outcome = local::run(document, device, store, &budget, bar, stop);
        let mut outcome = outcome.map_err(Ended::Local)?;
        outcome.results.certificate.notes.insert(format!("device: {why}"));
        Ok(outcome)
    })
}

fn as_text(outcome: &Outcome) -> String {
    table::table(&outcome.results, outcome.seconds, outcome.units_from_store as u64)
}

fn report(outcome: &Outcome, args: &RunArgs) -> Exit {
    let object = to_json(&outcome.results, outcome.seconds);
    if let Some(path) = &args.output
        && let Err(error) = std::fs::write(path, format!("{object}\n"))
    {
        complain(&format!("edgestate: writing {}: {error}\n", path.display()));
        return Exit::Failed;
    }
    let text = if args.json { format!("{object}\n") } else { as_text(outcome) };
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
