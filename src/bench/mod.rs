//! `edgestate bench`: how fast this machine diagonalizes and broadens, against the libraries a user would
//! pick instead, on the true distributions of sizes.
//!
//! [`Workload`] (what) and [`Candidate`](candidate::Candidate) (who) -> [`compare()`] (alternated) -> [`Report`]
//! (JSON) -> [`text`], [`figure`]. What is counted is in [`counters`], whose formulas do not depend on the solver.
mod broadening;
mod calls;
pub mod candidate;
pub mod clock;
pub mod compare;
pub mod counters;
mod entrants;
mod error;
pub mod figure;
pub mod matrices;
mod peak;
pub mod python;
pub mod report;
pub mod sizes;
pub mod statistics;
pub mod text;
pub mod workload;

pub use error::{BenchError, PythonError};
pub use report::Report;
pub use workload::Workload;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::compare::{Pace, compare};
use self::entrants::Bench;
use self::report::Machine;
use self::workload::{RIBBONS, SIZES, SMALL};
use crate::invalid::Invalid;
use crate::linalg::describe_devices;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The distribution of NRG runs.
    Nrg,
    /// Single orders, real and complex.
    Sizes,
    /// Small orders in batches of 4096.
    Small,
    /// Orders of ribbons, complex.
    Ribbon,
    /// Peaks to spectra.
    Broaden,
    /// Calls of a server.
    Grpc,
}

/// Which of our devices take part; the CPU always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    Cpu,
    /// The CPU and `adapters()[n]`.
    Gpu(usize),
    /// The CPU and the first adapter that is no program on the CPU.
    Auto,
}

/// Which Python is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interpreter {
    /// The one of the environment or the path, if there is one.
    Found,
    At(PathBuf),
    None,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BenchOptions {
    pub what: Vec<What>,
    /// Orders of [`What::Sizes`]; empty: [`SIZES`].
    pub sizes: Vec<usize>,
    pub devices: Devices,
    pub python: Interpreter,
    /// Libraries of the Python that take part; empty: all.
    pub peers: Vec<String>,
    /// Smaller orders, fewer matrices, one round: to try whether it runs.
    pub quick: bool,
    pub rounds: Option<usize>,
    /// Runs in lockstep of [`What::Nrg`]; none: 1 on the CPU, 64 on a GPU.
    pub runs: Option<usize>,
    pub threads: Option<usize>,
    /// Longest silence of the Python.
    pub silence: Duration,
    /// Who takes longer over a workload is left out of its rest.
    pub patience: Duration,
    /// This program, to be started as a server.
    pub binary: PathBuf,
}

/// Orders above this are not what a machine is compared by.
const LARGEST_SIZE: usize = 8192;

/// Measures what `options` ask for; `progress` hears what is going on.
///
/// # Errors
/// Options out of range, a device that is not there, a Python that answers nonsense or not at all,
/// eigenvalues that do not agree.
pub fn run(options: &BenchOptions, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    check(options)?;
    let begin = Instant::now();
    let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut bench = Bench::open(options, progress)?;
    let mut report = Report {
        schema: report::SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        seconds: 0.0,
        quick: options.quick,
        machine: machine(bench.threads),
        candidates: std::mem::take(&mut bench.entrants),
        workloads: Vec::new(),
        broadening: Vec::new(),
        calls: Vec::new(),
        notes: std::mem::take(&mut bench.notes),
    };
    for (workload, rounds) in workloads(options) {
        progress(&workload.title);
        let pace = Pace { rounds, patience_seconds: options.patience.as_secs_f64() };
        bench.set_copies(&workload, options);
        let (outcome, mut notes) = compare(&workload, &mut bench.entries, pace)?;
        report.workloads.push(outcome);
        report.notes.append(&mut notes);
    }
    let divisor = if options.quick { 100 } else { 1 };
    if options.what.contains(&What::Broaden) {
        progress("broadening");
        let rounds = options.rounds.unwrap_or(5);
        let work = || broadening::broadening(10_000_000 / divisor, rounds);
        report.broadening = bench.pool.install(work)?;
    }
    if options.what.contains(&What::Grpc) {
        progress("calls of a server");
        let rounds = options.rounds.unwrap_or(if options.quick { 1 } else { 5 });
        let (binary, cpu, threads) = (&options.binary, &bench.cpu, bench.threads);
        report.calls = calls::calls(binary, cpu, threads, rounds, divisor)?;
    }
    report.seconds = begin.elapsed().as_secs_f64();
    report.machine.load[1] = load();
    Ok(report)
}

fn check(options: &BenchOptions) -> Result<(), Invalid> {
    if let Some(order) = options.sizes.iter().find(|order| !(1..=LARGEST_SIZE).contains(*order)) {
        return Err(Invalid::new("sizes", order, format!("orders from 1 to {LARGEST_SIZE}")));
    }
    for (field, value) in [("rounds", options.rounds), ("runs", options.runs)] {
        if let Some(value) = value.filter(|value| !(1..=1000).contains(value)) {
            return Err(Invalid::new(field, value, "a number from 1 to 1000"));
        }
    }
    Ok(())
}

/// What is asked for, each with its number of rounds.
fn workloads(options: &BenchOptions) -> Vec<(Workload, usize)> {
    let (divisor, rounds) = if options.quick { (8, 1) } else { (1, 5) };
    let sizes: &[usize] = match (options.sizes.is_empty(), options.quick) {
        (false, _) => &options.sizes,
        (true, false) => &SIZES,
        (true, true) => &SIZES[..9],
    };
    let mut list = Vec::new();
    for what in &options.what {
        match what {
            What::Nrg => list.push(Workload::nrg(divisor)),
            What::Sizes => {
                for complex in [false, true] {
                    list.extend(sizes.iter().map(|n| Workload::single(*n, complex, divisor)));
                }
            }
            What::Small => {
                for complex in [false, true] {
                    list.extend(SMALL.iter().map(|n| Workload::small(*n, complex)));
                }
            }
            What::Ribbon => {
                let ribbons = if options.quick { &RIBBONS[..2] } else { &RIBBONS[..] };
                list.extend(ribbons.iter().map(|n| Workload::ribbon(*n, divisor)));
            }
            What::Broaden | What::Grpc => {}
        }
    }
    let rounds = |long: bool| options.rounds.unwrap_or(if long { rounds.min(3) } else { rounds });
    list.into_iter()
        .map(|one| (one.clone(), rounds(one.order().is_none_or(|n| 1000 <= n))))
        .collect()
}

fn machine(threads: usize) -> Machine {
    let cpu = describe_devices().into_iter().next();
    Machine {
        processor: cpu.as_ref().map_or_else(String::new, |cpu| cpu.description.clone()),
        threads,
        memory_bytes: cpu.map_or(0, |cpu| cpu.memory_bytes),
        load: [load(), None],
    }
}

/// Processes that want to run, over one minute (Linux).
fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
