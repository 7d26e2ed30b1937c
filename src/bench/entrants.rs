//! Who takes part in a benchmark: our devices, and the libraries of a Python.
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::candidate::OwnDevice;
use super::compare::Entry;
use super::counters::Peak;
use super::matrices::BatchSpec;
use super::python::{self, Library, Peer, Python};
use super::report::Entrant;
use super::{BenchError, BenchOptions, Devices, Interpreter, What, Workload, peak};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::linalg::cpu::Cpu;
use crate::linalg::gpu::{Gpu, GpuOptions, adapters};

/// Copies of a batch for a GPU that has to be filled.
const GPU_RUNS: usize = 64;

/// Everybody who takes part.
pub(super) struct Bench {
    pub(super) cpu: Arc<dyn Device>,
    pub(super) pool: rayon::ThreadPool,
    pub(super) threads: usize,
    pub(super) entries: Vec<Entry>,
    pub(super) entrants: Vec<Entrant>,
    /// Who is not there.
    pub(super) notes: Vec<String>,
    /// Of our GPU, what batches may take together.
    gpu_bytes: u64,
}

impl Bench {
    pub(super) fn open(
        options: &BenchOptions,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, BenchError> {
        let failed = |error| BenchError::Linalg { device: "cpu".into(), error };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = options.threads.unwrap_or(cores);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(std::io::Error::other)?;
        let cpu: Arc<dyn Device> = Arc::new(Cpu::new(Some(threads)).map_err(failed)?);
        let (entries, entrants, notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut bench = Self { cpu, pool, threads, entries, entrants, notes, gpu_bytes: 0 };
        let solves = [What::Nrg, What::Sizes, What::Small, What::Ribbon];
        if options.what.iter().any(|what| solves.contains(what)) {
            progress("peaks of the processor");
            bench.add_cpu()?;
            bench.add_gpu(options.devices, progress)?;
            bench.add_python(options, progress)?;
            progress("warming up");
            bench.warm_up()?;
        }
        Ok(bench)
    }

    fn add_cpu(&mut self) -> Result<(), BenchError> {
        let (cpu, threads) = (self.cpu.clone(), self.threads);
        let peak = self.pool.install(|| peak::of_cpu(&cpu, threads))?;
        let title = format!("edgestate, {}, {threads} threads", self.cpu.name());
        self.add_own("cpu", title, "cpu", cpu, Some(peak));
        Ok(())
    }

    fn add_own(
        &mut self,
        id: &str,
        title: String,
        kind: &str,
        device: Arc<dyn Device>,
        peak: Option<Peak>,
    ) {
        self.entrants.push(Entrant {
            id: id.to_owned(),
            title,
            kind: kind.to_owned(),
            own: true,
            peak_flops_per_second: peak.map(|peak| peak.flops_per_second),
            peak_bytes_per_second: peak.map(|peak| peak.bytes_per_second),
        });
        let threads = self.threads;
        let candidate = Box::new(OwnDevice::new(id, device));
        self.entries.push(Entry {
            candidate,
            own: true,
            on_gpu: kind == "gpu",
            copies: 1,
            threads,
            peak,
        });
    }

    fn add_gpu(
        &mut self,
        devices: Devices,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), BenchError> {
        let index = match devices {
            Devices::Cpu => return Ok(()),
            Devices::Gpu(index) => index,
            Devices::Auto => match first_gpu() {
                Some(index) => index,
                None => {
                    self.notes.push("no GPU: the CPU alone".to_owned());
                    return Ok(());
                }
            },
        };
        let id = format!("gpu:{index}");
        progress(&id);
        let failed = |error| BenchError::Linalg { device: id.clone(), error };
        let gpu = Gpu::open(index, GpuOptions::default()).map_err(failed)?;
        let software = gpu.description().software;
        let order = if software { 128 } else { 2048 };
        // A program on the CPU is filled by one.
        self.gpu_bytes = if software { 0 } else { gpu.memory().1 };
        let device: Arc<dyn Device> = Arc::new(gpu);
        // Mixed precision has no products in f64.
        let peak = peak::of_gpu(&device, &id, order)
            .map_err(|error| self.notes.push(format!("no peaks of {id}: {error}")))
            .ok();
        let title = format!("edgestate, {}", device.name());
        self.add_own(&id, title, "gpu", device, peak);
        Ok(())
    }

    fn add_python(
        &mut self,
        options: &BenchOptions,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), BenchError> {
        let path = match &options.python {
            Interpreter::None => None,
            Interpreter::At(path) => Some(path.clone()),
            Interpreter::Found => python::found(),
        };
        let Some(path) = path else {
            self.notes.push("no Python: nobody to compare with (--python PATH)".to_owned());
            return Ok(());
        };
        progress(&format!("libraries of {}", path.display()));
        let (python, hello) = Python::start(&path, self.threads, options.silence)?;
        self.notes.push(format!("Python {}", hello.python));
        self.notes.extend(hello.missing.iter().map(|one| format!("not there: {one}")));
        let known: Vec<&str> = hello.candidates.iter().map(|one| one.id.as_str()).collect();
        if let Some(unknown) = options.peers.iter().find(|peer| !known.contains(&peer.as_str())) {
            return Err(
                Invalid::new("peers", unknown, format!("some of {}", known.join(","))).into()
            );
        }
        let python = Rc::new(RefCell::new(python));
        let asked = |id: &String| options.peers.is_empty() || options.peers.contains(id);
        for library in hello.candidates.into_iter().filter(|one| asked(&one.id)) {
            self.add_peer(library, python.clone());
        }
        Ok(())
    }

    fn add_peer(&mut self, library: Library, python: Rc<RefCell<Python>>) {
        self.entrants.push(Entrant {
            id: library.id.clone(),
            title: library.title.clone(),
            kind: library.device.clone(),
            own: false,
            peak_flops_per_second: None,
            peak_bytes_per_second: None,
        });
        let threads = self.threads;
        let on_gpu = library.device == "gpu";
        let candidate = Box::new(Peer::new(library, python));
        self.entries.push(Entry { candidate, own: false, on_gpu, copies: 1, threads, peak: None });
    }

    /// Pipelines compiled, libraries loaded, pages touched.
    fn warm_up(&mut self) -> Result<(), BenchError> {
        for complex in [false, true] {
            let spec = BatchSpec { orders: vec![8, 40, 130], complex, seed: 1 };
            for entry in &mut self.entries {
                entry.candidate.prepare(&spec)?;
                entry.candidate.solve()?;
            }
        }
        Ok(())
    }

    /// A GPU needs many matrices at a time, as many as fit; its other libraries get as many.
    pub(super) fn set_copies(&mut self, workload: &Workload, options: &BenchOptions) {
        let element = if workload.complex { 16 } else { 8 };
        let steps = workload.steps(1);
        let bytes = |step: &Vec<usize>| step.iter().map(|n| (n * n * element) as u64).sum::<u64>();
        let largest = steps.iter().map(bytes).max().unwrap_or(0).max(1);
        // The matrices, their vectors, and as much again for the work.
        let fit = (self.gpu_bytes / (6 * largest)) as usize;
        for entry in &mut self.entries {
            let many = entry.on_gpu && !options.quick;
            let fill = if many { fit.clamp(1, GPU_RUNS) } else { 1 };
            entry.copies = match workload.order() {
                None => options.runs.unwrap_or(fill),
                Some(_) => fill,
            };
        }
    }
}

/// The first adapter that is no program on the CPU, one with f64 if there is one.
fn first_gpu() -> Option<usize> {
    let adapters = adapters();
    let mut hardware: Vec<_> = adapters.iter().filter(|one| !one.software).collect();
    hardware.sort_by_key(|one| !one.shader_f64);
    hardware.first().map(|one| one.index)
}
