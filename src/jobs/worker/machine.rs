//! What this machine offers to a worker: cores and memory, container limits respected.
use std::path::Path;

use crate::linalg::Device;
use crate::linalg::cpu::Cpu;
use crate::linalg::gpu::{Gpu, GpuOptions};

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

/// Bytes a chunk may use: two thirds of what is available now.
pub fn memory_budget_bytes() -> u64 {
    let available = available_bytes().unwrap_or(4 << 30);
    available / 3 * 2
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
    #[error("no device is called {0:?}; known are \"cpu\" and \"gpu:0\", \"gpu:1\", ...")]
    Unknown(String),
    #[error("the device cannot be opened: {0}")]
    Failed(String),
}

/// `threads`: at most so many, all cores when not given.
pub fn open(device: &str, threads: Option<usize>) -> Result<Box<dyn Device>, OpenError> {
    match device {
        "cpu" => {
            let cpu = Cpu::new(threads).map_err(|error| OpenError::Failed(error.to_string()))?;
            Ok(Box::new(cpu))
        }
        other => {
            let number = other.strip_prefix("gpu:").and_then(|number| number.parse().ok());
            let index = number.ok_or_else(|| OpenError::Unknown(other.to_owned()))?;
            let gpu = Gpu::open(index, GpuOptions::default());
            Ok(Box::new(gpu.map_err(|error| OpenError::Failed(error.to_string()))?))
        }
    }
}
