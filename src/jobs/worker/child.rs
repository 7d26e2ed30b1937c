//! The worker process: chunks and matrices in on standard input (a socket), results back on it.
use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::frame::{self, FrameError};
use super::machine::{self, OpenError, Opened};
use super::message::{
    AnswerMessage, ChunkFailed, ChunkFinished, DATA_FROM_WORKER, FromWorker, Progress, Ready,
    RunFailed, TaskData, ToWorker, UnitMessage, data_head, from_worker, to_worker,
};
use super::solvers::Solvers;
use super::{ExecuteError, broaden, eigen, execute, faults};
use crate::engine::Monitor;
use crate::jobs::spec::{Spec, Unit};
use crate::linalg::Device;

/// Why a worker ended.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("standard input is no socket of a server: {0}")]
    NoSocket(io::Error),
    #[error("the server {0} is gone")]
    Orphan(u32),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the server's message: {0}")]
    Frame(#[from] FrameError),
}

/// Serves the server `parent` until it hangs up; `memory_bytes`: what a chunk may use.
pub fn serve(
    device: &str,
    parent: u32,
    threads: Option<usize>,
    memory_bytes: u64,
) -> Result<(), WorkerError> {
    die_with(parent)?;
    let socket = io::stdin().as_fd().try_clone_to_owned().map_err(WorkerError::NoSocket)?;
    let mut stream = UnixStream::from(socket);
    let writer = stream.try_clone().map_err(WorkerError::NoSocket)?;
    let out = Out { stream: Arc::new(Mutex::new(writer)) };
    let opened = machine::open(device, threads, memory_bytes).inspect_err(|error| {
        // Otherwise the server knows no more than that it has ended.
        out.send(from_worker::Part::Unfit(error.to_string()));
    })?;
    let threads = threads.unwrap_or_else(machine::cores) as u32;
    out.send(from_worker::Part::Ready(Ready {
        device: opened.device.name(),
        threads: if opened.is_gpu() { 0 } else { threads },
        name: opened.name.clone(),
        adapter: opened.adapter.clone(),
        software: opened.software,
        memory_bytes: opened.memory_bytes,
    }));
    let mut worker = Worker {
        solvers: Solvers::new(opened.clone(), threads as usize),
        opened,
        out,
        chunks: HashMap::new(),
        eigen: HashMap::new(),
        peaks: HashMap::new(),
        threads: threads as usize,
    };
    while let Some(message) = frame::read::<ToWorker>(&mut stream)? {
        worker.take(message);
    }
    Ok(())
}

/// The kernel ends this process with its server, and picks it first when memory runs out.
fn die_with(parent: u32) -> Result<(), WorkerError> {
    #[cfg(target_os = "linux")]
    {
        let signal = Some(rustix::process::Signal::KILL);
        let _ = rustix::process::set_parent_process_death_signal(signal);
        let _ = std::fs::write("/proc/self/oom_score_adj", "800");
    }
    // The server may have died before the signal was set.
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if now.and_then(|pid| u32::try_from(pid).ok()) == Some(parent) {
        Ok(())
    } else {
        Err(WorkerError::Orphan(parent))
    }
}

/// The way back to the server, shared by the threads.
#[derive(Debug, Clone)]
pub(super) struct Out {
    stream: Arc<Mutex<UnixStream>>,
}

impl Out {
    pub(super) fn send(&self, part: from_worker::Part) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = frame::write(&mut *stream, &FromWorker { part: Some(part) }) {
            // Without its server a worker has nothing to do; reading ends it in a moment.
            tracing::warn!(%error, "the server does not listen");
        }
    }

    /// Bytes of an array of a task, without a copy.
    pub(super) fn send_data(&self, task: u64, tensor: u32, data: &[u8]) {
        let head = data_head(DATA_FROM_WORKER, task, tensor, data.len());
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = frame::write_with_data(&mut *stream, &head, data) {
            tracing::warn!(%error, "the server does not listen");
        }
    }

    /// The device is lost, and everything on it: this process ends, the server starts another one.
    pub(super) fn give_up(&self, reason: String) {
        self.send(from_worker::Part::Unfit(reason));
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        // Reading ends with it.
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

struct Worker {
    solvers: Solvers,
    opened: Opened,
    out: Out,
    chunks: HashMap<u64, Chunk>,
    eigen: HashMap<u64, eigen::Task>,
    peaks: HashMap<u64, broaden::Task>,
    threads: usize,
}

#[derive(Default)]
struct Chunk {
    specs: Vec<Option<Arc<Spec>>>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn take(&mut self, message: ToWorker) {
        match message.part {
            Some(to_worker::Part::Run(run)) => {
                self.chunks.entry(run.chunk).or_default().specs.push(run.into_spec().map(Arc::new));
            }
            Some(to_worker::Part::Begin(chunk)) => self.begin(chunk),
            Some(to_worker::Part::Stop(chunk)) => {
                if let Some(chunk) = self.chunks.get(&chunk) {
                    chunk.stop.store(true, Ordering::Relaxed);
                }
            }
            Some(to_worker::Part::EigenOpen(open)) => {
                self.eigen.insert(open.task, eigen::Task::new(open, self.out.clone()));
            }
            Some(to_worker::Part::TaskData(piece)) => self.take_data(&piece),
            Some(to_worker::Part::TaskStop(task)) => {
                if let Some(task) = self.eigen.remove(&task) {
                    self.solvers.forget(&task.call);
                } else if let Some(task) = self.peaks.remove(&task) {
                    task.stop();
                }
            }
            Some(to_worker::Part::BroadenOpen(open)) => {
                self.peaks.insert(open.task, broaden::Task::new(open));
            }
            None => tracing::warn!("an unknown message"),
        }
    }

    fn take_data(&mut self, data: &TaskData) {
        if let Some(task) = self.eigen.get_mut(&data.task) {
            match task.take(&data.data) {
                Ok(pieces) => self.solvers.add(&task.call, pieces),
                Err(error) => task.call.defect(&error.to_string()),
            }
        } else if let Some(task) = self.peaks.get_mut(&data.task) {
            task.take(data, &self.opened, self.threads, &self.out);
        }
    }

    fn begin(&mut self, id: u64) {
        let chunk = self.chunks.entry(id).or_default();
        let stop = chunk.stop.clone();
        let specs: Option<Vec<Arc<Spec>>> = std::mem::take(&mut chunk.specs).into_iter().collect();
        // The server sends one chunk at a time: older ones are over.
        self.chunks.retain(|other, _| *other == id);
        let (out, device) = (self.out.clone(), self.opened.device.clone());
        let Some(specs) = specs else {
            let reason = "a run this version does not know".to_owned();
            out.send(from_worker::Part::Failed(ChunkFailed { chunk: id, reason }));
            return;
        };
        std::thread::spawn(move || compute(id, &specs, device.as_ref(), &out, &stop));
    }
}

fn compute(id: u64, specs: &[Arc<Spec>], device: &dyn Device, out: &Out, stop: &AtomicBool) {
    let begin = Instant::now();
    faults::inject(specs, stop);
    let reporter = Reporter { chunk: id, out, last: Mutex::new(begin) };
    let results = match faults::lost_device() {
        Some(reason) => Err(ExecuteError::Lost(reason)),
        None => execute(specs, device, &reporter, stop),
    };
    match results {
        Ok(results) => {
            for (run, result) in (0u32..).zip(results) {
                match result {
                    Ok(units) => units.into_iter().for_each(|unit| send(id, run, unit, out)),
                    Err(reason) => {
                        let failed = RunFailed { chunk: id, run, reason };
                        out.send(from_worker::Part::RunFailed(failed));
                    }
                }
            }
            let seconds = begin.elapsed().as_secs_f64();
            out.send(from_worker::Part::Finished(ChunkFinished { chunk: id, seconds }));
        }
        Err(ExecuteError::Stopped) => out.send(from_worker::Part::Stopped(id)),
        Err(ExecuteError::Lost(reason)) => out.give_up(reason),
        Err(ExecuteError::Failed(reason)) => {
            out.send(from_worker::Part::Failed(ChunkFailed { chunk: id, reason }));
        }
    }
}

fn send(chunk: u64, run: u32, unit: Unit, out: &Out) {
    match unit {
        Unit::Nrg(unit) => out.send(from_worker::Part::Unit(UnitMessage::new(chunk, run, unit))),
        Unit::Answer(answer) => {
            for piece in AnswerMessage::new(answer).pieces(chunk, run) {
                out.send(from_worker::Part::Answer(piece));
            }
        }
    }
}

struct Reporter<'a> {
    chunk: u64,
    out: &'a Out,
    last: Mutex<Instant>,
}

impl Monitor for Reporter<'_> {
    fn progress(&self, done: f64, total: f64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < Duration::from_millis(100) {
            return;
        }
        *last = Instant::now();
        drop(last);
        let share = if total > 0.0 { done / total } else { 0.0 };
        self.out.send(from_worker::Part::Progress(Progress { chunk: self.chunk, share }));
    }
}
