//! `edgestate figures ENGINE`
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use super::{Exit, FiguresArgs, Format, complain, fail, print};
use crate::figures::{FigureError, FigureSpec, Settings, all};
use crate::plot::Figure;

/// What every engine and the program itself are called in the tables.
const VERSION: &str = concat!("edgestate ", env!("CARGO_PKG_VERSION"));

pub fn figures(args: &FiguresArgs) -> Exit {
    let specs = match chosen(args) {
        Ok(specs) => specs,
        Err(message) => {
            complain(&format!("edgestate: {message}\n"));
            return Exit::BadInput;
        }
    };
    if args.engine == "list" {
        return list(&specs, args.json);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let made = runtime.block_on(make_all(&specs, args));
    // After a second Ctrl-C the work may still hold a thread.
    runtime.shutdown_background();
    match made {
        Ok(made) => report(&made, args.json),
        Err(error) => fail(&error),
    }
}

/// The figures that `args` asks for.
fn chosen(args: &FiguresArgs) -> Result<Vec<FigureSpec>, String> {
    let mut specs = all();
    if !["all", "list"].contains(&args.engine.as_str()) {
        let mut engines: Vec<&str> = specs.iter().map(|spec| spec.engine).collect();
        engines.dedup();
        specs.retain(|spec| spec.engine == args.engine);
        if specs.is_empty() {
            let known = engines.join(", ");
            return Err(format!("engine = {}: expected {known}, all or list", args.engine));
        }
    }
    let known: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
    if let Some(unknown) = args.only.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("--only = {unknown}: expected one of {}", known.join(", ")));
    }
    specs.retain(|spec| args.only.is_empty() || args.only.iter().any(|name| name == spec.name));
    Ok(specs)
}

fn list(specs: &[FigureSpec], as_json: bool) -> Exit {
    let text = if as_json {
        let entry = |spec: &FigureSpec| {
            let (engine, name) = (spec.engine, spec.name);
            json!({ "engine": engine, "name": name, "title": spec.title, "source": spec.source })
        };
        let entries: Vec<Value> = specs.iter().map(entry).collect();
        format!("{}\n", json!({ "figures": entries }))
    } else {
        let width = specs.iter().map(|spec| spec.name.len()).max().unwrap_or(0);
        let line = |spec: &FigureSpec| {
            format!("{:<10} {:<width$}  {}\n", spec.engine, spec.name, spec.title)
        };
        specs.iter().map(line).collect()
    };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

/// What became of one figure.
enum Outcome {
    /// Its files.
    Made(Vec<String>),
    Failed(String),
    Stopped,
}

struct Made {
    engine: &'static str,
    name: &'static str,
    seconds: f64,
    outcome: Outcome,
}

/// One after another, until Ctrl-C.
async fn make_all(specs: &[FigureSpec], args: &FiguresArgs) -> std::io::Result<Vec<Made>> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut made = Vec::with_capacity(specs.len());
    for (index, spec) in specs.iter().enumerate() {
        complain(&format!("[{}/{}] {}/{}", index + 1, specs.len(), spec.engine, spec.name));
        let (spec, token, start) = (*spec, stop.clone(), Instant::now());
        let settings = Settings { quick: args.quick };
        let mut work = tokio::task::spawn_blocking(move || spec.make(&settings, token.as_ref()));
        let outcome = loop {
            tokio::select! {
                figure = &mut work => {
                    break match figure.map_err(std::io::Error::other)? {
                        Ok(figure) => save(&figure, &spec, args),
                        Err(FigureError::Stopped) => Outcome::Stopped,
                        Err(error) => Outcome::Failed(error.to_string()),
                    };
                }
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
            }
            if stop.swap(true, Ordering::Relaxed) {
                break Outcome::Stopped;
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        complain(&match &outcome {
            Outcome::Made(_) => format!("  {seconds:.1} s\n"),
            Outcome::Failed(reason) => format!("  failed: {reason}\n"),
            Outcome::Stopped => "  interrupted\n".to_owned(),
        });
        let stopped = matches!(outcome, Outcome::Stopped);
        made.push(Made { engine: spec.engine, name: spec.name, seconds, outcome });
        if stopped {
            break;
        }
    }
    Ok(made)
}

fn save(figure: &Figure, spec: &FigureSpec, args: &FiguresArgs) -> Outcome {
    match write(figure, &args.output.join(spec.engine), &args.format) {
        Ok(files) => Outcome::Made(files),
        Err(reason) => Outcome::Failed(reason),
    }
}

/// The pictures asked for, and the data beside them.
fn write(figure: &Figure, folder: &Path, formats: &[Format]) -> Result<Vec<String>, String> {
    let plotted = |error: crate::plot::PlotError| error.to_string();
    let mut files = vec![
        ("csv", figure.csv(VERSION).map_err(plotted)?.into_bytes()),
        ("json", figure.json(VERSION).map_err(plotted)?.into_bytes()),
    ];
    for format in formats {
        files.push(match format {
            Format::Svg => ("svg", figure.svg().map_err(plotted)?.into_bytes()),
            Format::Png => ("png", figure.png().map_err(plotted)?),
        });
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut written = Vec::with_capacity(files.len());
    for (extension, bytes) in files {
        let path = folder.join(format!("{}.{extension}", figure.name));
        std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

fn report(made: &[Made], as_json: bool) -> Exit {
    let entry = |one: &Made| {
        let (status, files, reason) = match &one.outcome {
            Outcome::Made(files) => ("made", files.as_slice(), None),
            Outcome::Failed(reason) => ("failed", [].as_slice(), Some(reason)),
            Outcome::Stopped => ("interrupted", [].as_slice(), None),
        };
        json!({
            "engine": one.engine, "name": one.name, "status": status,
            "seconds": one.seconds, "files": files, "reason": reason,
        })
    };
    let text = if as_json {
        format!("{}\n", json!({ "figures": made.iter().map(entry).collect::<Vec<Value>>() }))
    } else {
        let files = made.iter().flat_map(|one| match &one.outcome {
            Outcome::Made(files) => files.as_slice(),
            _ => &[],
        });
        files.map(|file| format!("{file}\n")).collect()
    };
    if let Err(error) = print(&text) {
        return fail(&error);
    }
    let count =
        |wanted: fn(&Outcome) -> bool| made.iter().filter(|one| wanted(&one.outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    match failed {
        _ if 0 < count(|outcome| matches!(outcome, Outcome::Stopped)) => Exit::Interrupted,
        0 => Exit::Done,
        failed if failed == made.len() => Exit::Failed,
        _ => Exit::SomePointsFailed,
    }
}
