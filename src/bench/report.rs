//! What a benchmark found: plain data, written as JSON.
use serde::Serialize;

use super::statistics::Summary;

/// Raised when a field is renamed or leaves.
pub const SCHEMA: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub schema: u32,
    pub version: String,
    /// Seconds since 1970.
    pub started: u64,
    pub seconds: f64,
    pub quick: bool,
    pub machine: Machine,
    pub candidates: Vec<Entrant>,
    pub workloads: Vec<Outcome>,
    pub broadening: Vec<Broadening>,
    pub calls: Vec<Calls>,
    /// What is not there, what was left out, and why.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    pub processor: String,
    pub threads: usize,
    pub memory_bytes: u64,
    /// Over one minute, at the start and at the end: above the number of cores somebody else is at work.
    pub load: [Option<f64>; 2],
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entrant {
    pub id: String,
    pub title: String,
    /// "cpu" or "gpu".
    pub kind: String,
    /// Of this program, not of another.
    pub own: bool,
    pub peak_flops_per_second: Option<f64>,
    pub peak_bytes_per_second: Option<f64>,
}

/// One workload, all candidates alternated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    pub name: String,
    pub title: String,
    pub complex: bool,
    /// None where there are several.
    pub order: Option<usize>,
    pub largest_order: usize,
    pub rounds: usize,
    pub results: Vec<Timing>,
    pub ratios: Vec<Ratio>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timing {
    pub candidate: String,
    /// Runs in lockstep, or batches joined to one.
    pub copies: usize,
    pub matrices: usize,
    /// Of one round over the whole workload.
    pub wall_seconds: Summary,
    pub cpu_seconds: Summary,
    pub matrices_per_second: f64,
    /// Counted operations and bytes of a round (`counters.rs`).
    pub flops: f64,
    pub bytes: f64,
    /// Time that the device would need at its measured peaks over the time it needed (of a processor:
    /// processor time shared by its threads); only of this program's devices.
    pub roofline_share: Option<f64>,
    /// Medians, batch by batch (for a run, shell by shell).
    pub step_seconds: Vec<f64>,
}

/// How many times faster `candidate` is: ratio of the medians, as counted operations a second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    pub candidate: String,
    pub against: String,
    pub wall: f64,
    /// The same by processor time (NaN where a GPU is one of them).
    pub cpu: f64,
    /// Least and largest of the rounds' ratios by the wall.
    pub wall_range: [f64; 2],
}

/// Peaks to a spectrum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Broadening {
    pub kernel: String,
    pub peaks: usize,
    pub frequencies: usize,
    pub tolerance: f64,
    pub error_bound: f64,
    pub wall_seconds: Summary,
    pub cpu_seconds: Summary,
    /// The sum of every peak at every frequency, scaled up from some of the frequencies.
    pub plain_seconds: f64,
}

/// `Eigen.Solve` through a server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calls {
    /// "unix socket" or "loopback tcp".
    pub transport: String,
    pub order: usize,
    pub matrices: usize,
    pub vectors: bool,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// Of one matrix of 134 MB until it has arrived, without a solution (calls solve while bytes
    /// come and go, so that their own times are no rates).
    pub gigabytes_per_second_up: Summary,
    /// Of an answer that is read when all of it is there; none where it is small.
    pub gigabytes_per_second_down: Option<Summary>,
    /// Processor seconds of client, server and worker for a gigabyte (10^9 bytes, both ways), without
    /// those of the solution; none where the system does not say. On a busy machine this says more
    /// than the rates.
    pub cpu_seconds_per_gigabyte: Option<f64>,
    pub call_seconds: Summary,
    /// The same batch solved and certified in this process.
    pub solve_seconds: Summary,
    /// (call - solve)/solve, of the medians.
    pub overhead: f64,
}

impl Report {
    /// What is not finite is null.
    ///
    /// # Errors
    /// None: all of it can be written.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}
