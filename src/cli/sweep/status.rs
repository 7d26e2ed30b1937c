//! `edgestate sweep status DIR`
use serde_json::{Value, json};

use super::{StatusArgs, existing, refused};
use crate::cli::{Exit, fail, print};
use crate::jobs::sweeps::{Entry, Status, status as read};

pub fn status(args: &StatusArgs) -> Exit {
    if let Err(exit) = existing(&args.store) {
        return exit;
    }
    let status = match read(&args.store) {
        Ok(status) => status,
        Err(error) => return refused(&args.store, &error),
    };
    let text = if args.json { format!("{}\n", as_json(&status)) } else { as_text(&status) };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

fn as_json(status: &Status) -> Value {
    let entry = |entry: &Entry| {
        json!({
            "job": entry.view.id.as_ref(),
            "engine": entry.view.engine.as_ref(),
            "state": entry.state,
            "device": entry.device,
            "units": { "total": entry.view.units_total, "done": entry.view.units_done,
                       "failed": entry.view.units_failed },
            "progress": entry.view.progress,
            "seconds": entry.view.seconds_elapsed,
            "submitted_unix_seconds": entry.view.submitted_unix_seconds,
            "reason": entry.view.reason,
        })
    };
    let sweeps: Vec<Value> = status.entries.iter().map(entry).collect();
    json!({ "store": status.dir, "in_use_by": status.in_use_by, "sweeps": sweeps })
}

fn as_text(status: &Status) -> String {
    let mut text = String::new();
    for entry in &status.entries {
        let view = &entry.view;
        let failed = match view.units_failed {
            0 => String::new(),
            count => format!(", {count} failed: {}", view.reason),
        };
        text.push_str(&format!(
            "{}  {:<10} {:<11} {:>6} of {:>6} units{failed}\n",
            view.id, view.engine, entry.state, view.units_done, view.units_total
        ));
    }
    if status.entries.is_empty() {
        text.push_str("no sweeps\n");
    }
    if let Some(process) = &status.in_use_by {
        text.push_str(&format!("in use by the process {process}\n"));
    } else if status.entries.iter().any(|entry| entry.state == "interrupted") {
        text.push_str(&format!("`edgestate sweep resume {}` goes on\n", status.dir.display()));
    }
    text
}
