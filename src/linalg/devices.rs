//! What this machine can compute on, for people: `edgestate devices`, `Devices.List`.
use super::cpu::Cpu;
use super::gpu::{self, AdapterDescription, Gpu, GpuOptions, Precision};
use super::{Device, LinalgError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// "cpu", "gpu:0", ...
    pub name: String,
    /// Processor or adapter.
    pub description: String,
    pub driver: String,
    /// f64 in shaders; the CPU has it by nature.
    pub shader_f64: bool,
    /// CPU only, else 0.
    pub threads: usize,
    /// 0 where nobody says.
    pub memory_bytes: u64,
    /// An adapter that is a program on the CPU.
    pub software: bool,
    /// How the bit-level test at opening went.
    pub self_test: String,
    /// What results of this device carry as its name; empty where it cannot be opened.
    pub class: String,
    /// Why it is not used; empty for one that is fit.
    pub refused: String,
    /// What it computes, in words.
    pub abilities: String,
    /// Largest order of a real matrix; 0 where memory alone decides.
    pub largest_order: u64,
}

impl DeviceInfo {
    pub fn is_gpu(&self) -> bool {
        self.name != "cpu"
    }
}

/// The CPU, then every adapter, opened and tested (about 0.1 s each). Drivers run in this process:
/// a server leaves this to a process that may die.
pub fn describe_devices() -> Vec<DeviceInfo> {
    let mut devices = vec![describe_cpu()];
    devices.extend(gpu::adapters().into_iter().map(describe_gpu));
    devices
}

fn describe_cpu() -> DeviceInfo {
    let cpu = Cpu::new(None);
    let class = cpu.as_ref().ok().map(Device::name);
    DeviceInfo {
        name: "cpu".into(),
        description: processor().unwrap_or_else(|| std::env::consts::ARCH.into()),
        driver: cpu
            .as_ref()
            .map_or_else(ToString::to_string, |cpu| format!("faer, {}", cpu.name())),
        shader_f64: true,
        threads: cpu.map_or(0, |cpu| cpu.thread_count()),
        memory_bytes: memory_bytes().unwrap_or(0),
        software: false,
        self_test: "not needed".into(),
        class: class.unwrap_or_default(),
        refused: String::new(),
        abilities: "f64: eigenvalues, eigenvectors, products, spectra".into(),
        largest_order: 0,
    }
}

fn describe_gpu(adapter: AdapterDescription) -> DeviceInfo {
    let opened = Gpu::open(adapter.index, GpuOptions::default());
    let mixed = opened.as_ref().is_ok_and(|gpu| gpu.precision() == Precision::Mixed);
    let (class, self_test, refused) = match opened {
        Ok(gpu) => (gpu.name(), gpu.self_test().to_string(), String::new()),
        Err(LinalgError::Unavailable { reason }) => (String::new(), reason.clone(), reason),
        Err(error) => (String::new(), error.to_string(), error.to_string()),
    };
    let abilities = match (refused.is_empty(), adapter.shader_int64) {
        (false, _) => "nothing",
        _ if mixed => "mixed precision: eigenvalues, eigenvectors, products",
        (true, true) => "f64: eigenvalues, eigenvectors, products, spectra",
        (true, false) => "f64: eigenvalues, eigenvectors, products",
    };
    // Shaders count doubles in 32 bits, and see a matrix through one binding.
    let doubles = (adapter.max_binding_bytes.min(adapter.max_buffer_bytes) / 8).min(1 << 31);
    DeviceInfo {
        name: format!("gpu:{}", adapter.index),
        description: adapter.name,
        driver: format!("{}, {}", adapter.backend, adapter.driver),
        shader_f64: adapter.shader_f64,
        threads: 0,
        memory_bytes: adapter.memory_bytes.unwrap_or(0),
        software: adapter.software,
        self_test,
        class,
        refused,
        abilities: abilities.into(),
        largest_order: doubles.isqrt(),
    }
}

/// Linux says; elsewhere the architecture has to do.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The machine's memory, or the container's if that is less (Linux).
fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let limits = limits.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    let container = limits.filter_map(|text| text.trim().parse().ok()).min();
    Some((kibibytes * 1024).min(container.unwrap_or(u64::MAX)))
}
