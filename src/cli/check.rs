//! `edgestate check FILE`
use serde_json::json;

use super::document::{load, refuse};
use super::{CheckArgs, Exit, fail, print};
use crate::jobs::manager::{Estimate, estimate};
use crate::jobs::planner::{Budget, runs_of};
use crate::jobs::worker::machine::{self, Opened};

pub fn check(args: &CheckArgs) -> Exit {
    let document = match load(&args.file) {
        Ok(document) => document,
        Err(exit) => return exit,
    };
    // Costs do not depend on the device's name, which only enters the keys.
    let budget = budget(None, args.memory);
    let admitted = runs_of(&document, "cpu").and_then(|runs| budget.admit(&runs).map(|()| runs));
    let runs = match admitted {
        Ok(runs) => runs,
        Err(errors) => return refuse(&args.file, &errors),
    };
    let unknown = vec![false; runs.iter().map(|run| run.keys.len()).sum()];
    let cost = estimate(&document, runs, &unknown, 1.0 / budget.cores, &budget);
    let text = if args.json { as_json(&cost) } else { as_text(&cost) };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

/// What a chunk may be in this process, which may take `memory` bytes.
pub fn budget(threads: Option<usize>, memory: Option<u64>) -> Budget {
    let cores = threads.unwrap_or_else(machine::cores).min(machine::cores());
    Budget {
        chunk_seconds: 10.0,
        cores: cores as f64,
        memory_bytes: machine::chunk_bytes(memory),
        max_runs: 4096,
    }
}

/// The same on an open device, which may have less memory.
pub fn budget_on(opened: &Opened, host: Budget) -> Budget {
    match opened.memory_bytes {
        0 => host,
        bytes => Budget { memory_bytes: host.memory_bytes.min(bytes), ..host },
    }
}

fn as_json(cost: &Estimate) -> String {
    let object = json!({
        "valid": true,
        "points": cost.points,
        "units": cost.units,
        "seconds": cost.seconds,
        "memory_bytes": cost.memory_bytes,
        "result_bytes": cost.result_bytes,
    });
    format!("{object}\n")
}

fn as_text(cost: &Estimate) -> String {
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    format!(
        "valid\npoints   {}\nunits    {} (points x z, twice with error bars)\ntime     about {:.1} s on this machine\n\
         memory   about {:.0} MiB\nresult   about {:.2} MiB\n",
        cost.points,
        cost.units,
        cost.seconds,
        mebibytes(cost.memory_bytes),
        mebibytes(cost.result_bytes),
    )
}
