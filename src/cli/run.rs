//! `edgestate run FILE`
use super::check::budget;
use super::document::{load, refuse};
use super::working::until_done;
use super::{Exit, RunArgs, complain, fail, print, table};
use crate::jobs::document::Document;
use crate::jobs::local::{self, LocalError, Outcome};
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
        Ended::Device(error) => fail(&error),
    }
}

enum Ended {
    Local(LocalError),
    Device(machine::OpenError),
}

fn compute(document: Document, args: &RunArgs) -> std::io::Result<Option<Result<Outcome, Ended>>> {
    let (threads, store) = (args.threads, args.store.clone());
    until_done(move |stop, bar| {
        let device = machine::open("cpu", threads).map_err(Ended::Device)?;
        let (budget, store) = (budget(threads), store.as_deref());
        local::run(document, device.as_ref(), store, &budget, bar, stop).map_err(Ended::Local)
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
