//! What this machine offers to a worker: cores and memory, container limits respected.
use std::path::Path;
use std::sync::Arc;

use crate::jobs::device::Wanted;
use crate::linalg::cpu::Cpu;
use crate::linalg::gpu::{AdapterDescription, Gpu, GpuOptions, Precision, adapters};
use crate::linalg::{Device, LinalgError, PeakSums};

/// Cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// By how much others slow this process down: runnable threads for each core over the last minute,
/// at least 1.
pub fn crowding() -> f64 {
    let load = || -> Option<f64> {
        let text = std::fs::read_to_string("/proc/loadavg").ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    (load().unwrap_or(1.0) / cores() as f64).max(1.0)
}

/// What a process of the program holds beside its runs: code and threads (`benches/nrg_estimate.rs`).
pub const PROGRAM_BYTES: u64 = 48 << 20;

/// Bytes a chunk may use: two thirds of what is available now.
pub fn memory_budget_bytes() -> u64 {
    let available = available_bytes().unwrap_or(4 << 30);
    available / 3 * 2
}

/// The same where a process may take `asked` bytes in all: a tenth is left for what estimates miss.
pub fn chunk_bytes(asked: Option<u64>) -> u64 {
    let planned = |asked: u64| (asked / 10 * 9).saturating_sub(PROGRAM_BYTES);
    asked.map_or_else(memory_budget_bytes, planned)
}

fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    let host = kibibytes * 1024;
    Some(container_bytes().map_or(host, |limit| limit.min(host)))
}

/// What is left of the memory limit of this control group (version 2).
fn container_bytes() -> Option<u64> {
    let read = |name: &str| -> Option<u64> {
        let path = Path::new("/sys/fs/cgroup").join(name);
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    Some(read("memory.max")?.saturating_sub(read("memory.current")?))
}

/// Why a device cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no device is called {0:?}: expected cpu, gpu, gpu:N or gpu:NAME")]
    Unknown(String),
    #[error("{wanted}: no such device; there are {}", .there.join(", "))]
    Absent { wanted: String, there: Vec<String> },
    #[error("the device cannot be opened: {0}")]
    Failed(String),
}

impl From<LinalgError> for OpenError {
    fn from(error: LinalgError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A device of this process.
#[derive(Clone)]
pub struct Opened {
    pub device: Arc<dyn Device>,
    /// Where it sums peaks, too.
    pub sums: Option<Arc<dyn PeakSums + Send + Sync>>,
    /// "cpu", "gpu:0"
    pub name: String,
    /// Empty for the CPU.
    pub adapter: String,
    pub software: bool,
    /// Most that may be resident; 0: the host's memory decides.
    pub memory_bytes: u64,
}

impl Opened {
    pub fn is_gpu(&self) -> bool {
        self.name != "cpu"
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Opened").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The device of this name; [`Wanted::Auto`] is the CPU. `threads`: at most so many, all cores when
/// not given; `memory_bytes`: what a chunk may use there.
pub fn open(device: &str, threads: Option<usize>, memory_bytes: u64) -> Result<Opened, OpenError> {
    let unknown = |_| OpenError::Unknown(device.to_owned());
    match Wanted::parse(device).map_err(unknown)? {
        Wanted::Auto | Wanted::Cpu => open_cpu(threads, memory_bytes),
        wanted => open_gpu(&wanted),
    }
}

fn open_cpu(threads: Option<usize>, memory_bytes: u64) -> Result<Opened, OpenError> {
    Ok(Opened {
        device: Arc::new(Cpu::new(threads)?.with_memory(memory_bytes)),
        sums: None,
        name: "cpu".to_owned(),
        adapter: String::new(),
        software: false,
        memory_bytes: 0,
    })
}

fn open_gpu(wanted: &Wanted) -> Result<Opened, OpenError> {
    let found = adapters();
    let meant = |one: &&AdapterDescription| wanted.means(one.index, &one.name, one.software);
    let Some(adapter) = found.iter().find(meant) else {
        let shown = |one: &AdapterDescription| {
            let kind = if one.software { ", software" } else { "" };
            format!("gpu:{} ({}{kind})", one.index, one.name)
        };
        let there = std::iter::once("cpu".to_owned()).chain(found.iter().map(shown)).collect();
        return Err(OpenError::Absent { wanted: wanted.to_string(), there });
    };
    let gpu = Arc::new(Gpu::open(adapter.index, GpuOptions::default())?);
    let (_, memory_bytes) = gpu.memory();
    Ok(Opened {
        sums: (gpu.precision() == Precision::F64).then(|| gpu.clone() as _),
        device: gpu,
        name: format!("gpu:{}", adapter.index),
        adapter: adapter.name.clone(),
        software: adapter.software,
        memory_bytes,
    })
}
