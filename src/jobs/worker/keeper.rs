//! The server's side of a worker: starts the process, hears it, notices its end.
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::frame::{self, FrameError};
use super::message::{
    DATA_TO_WORKER, FromWorker, RunMessage, ToWorker, data_head, from_worker, to_worker,
};
use crate::jobs::spec::Spec;

/// What one side may write ahead of the other, so that they wake each other rarely.
const SOCKET_BYTES: usize = 1 << 20;

/// What a worker has to say.
#[derive(Debug)]
pub enum WorkerEvent {
    Said(from_worker::Part),
    Died { reason: String },
}

/// How a worker is started.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// "cpu", "gpu:0", "gpu:NAME"
    pub device: String,
    pub threads: Option<usize>,
    /// What a chunk may use.
    pub memory_bytes: u64,
}

/// One worker at a time, started again on request.
///
/// A thread of its own starts the process and lives as long as the server: Linux ties the
/// parent-death signal to the thread that spawned, not to the process.
#[derive(Debug)]
pub struct Keeper {
    starts: mpsc::Sender<Duration>,
    link: Arc<Link>,
    thread: Option<JoinHandle<()>>,
}

/// The way to the worker that runs now, if one does.
#[derive(Debug, Default)]
pub struct Link {
    stream: Mutex<Option<UnixStream>>,
    pid: AtomicU32,
    /// Why it is being killed, if it is.
    sentence: Mutex<Option<String>>,
    closed: std::sync::atomic::AtomicBool,
}

/// No worker runs, or it does not listen.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("no worker is running")]
    Down,
    #[error(transparent)]
    Frame(#[from] FrameError),
}

impl Keeper {
    pub fn new(command: WorkerCommand, mut hear: impl FnMut(WorkerEvent) + Send + 'static) -> Self {
        let (starts, requests) = mpsc::channel::<Duration>();
        let link = Arc::new(Link::default());
        let shared = link.clone();
        let thread = std::thread::spawn(move || {
            while let Ok(after) = requests.recv() {
                std::thread::sleep(after);
                if shared.closed.load(Ordering::SeqCst) {
                    break;
                }
                let reason = match live(&command, &shared, &mut hear) {
                    Ok(reason) => reason,
                    Err(error) => error.to_string(),
                };
                hear(WorkerEvent::Died { reason });
            }
        });
        Self { starts, link, thread: Some(thread) }
    }

    pub fn start(&self, after: Duration) {
        // Fails only when the thread is gone, which happens at shutdown alone.
        let _ = self.starts.send(after);
    }

    pub fn link(&self) -> Arc<Link> {
        self.link.clone()
    }

    /// Hangs up; a worker that does not end within a second is killed.
    pub fn shut_down(mut self) {
        self.link.closed.store(true, Ordering::SeqCst);
        self.link.hang_up();
        drop(std::mem::replace(&mut self.starts, mpsc::channel().0));
        let Some(thread) = self.thread.take() else { return };
        let deadline = Instant::now() + Duration::from_secs(1);
        while !thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.link.kill();
        let _ = thread.join();
    }
}

impl Link {
    pub fn send(&self, part: to_worker::Part) -> Result<(), LinkError> {
        let message = ToWorker { part: Some(part) };
        self.write(|stream| frame::write(stream, &message))
    }

    /// Bytes of an array of a task, without a copy.
    pub fn send_data(&self, task: u64, tensor: u32, data: &[u8]) -> Result<(), LinkError> {
        let head = data_head(DATA_TO_WORKER, task, tensor, data.len());
        self.write(|stream| frame::write_with_data(stream, &head, data))
    }

    fn write(
        &self,
        write: impl FnOnce(&mut UnixStream) -> Result<(), FrameError>,
    ) -> Result<(), LinkError> {
        let mut guard = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = guard.as_mut().ok_or(LinkError::Down)?;
        write(stream).map_err(|error| {
            // A worker that does not take its messages is as good as dead.
            self.kill();
            error.into()
        })
    }

    pub fn send_chunk(&self, chunk: u64, specs: &[Arc<Spec>]) -> Result<(), LinkError> {
        for spec in specs {
            self.send(to_worker::Part::Run(RunMessage::new(chunk, spec)))?;
        }
        self.send(to_worker::Part::Begin(chunk))
    }

    /// Ends a worker that hangs; `reason` is what is said of its end.
    pub fn end(&self, reason: String) {
        self.sentence(reason);
        self.kill();
        let guard = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stream) = guard.as_ref() {
            // A process that a driver holds does not end; its reader must not wait for it.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn hang_up(&self) {
        let guard = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stream) = guard.as_ref() {
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
    }

    /// The worker's end is noticed by its reader.
    fn kill(&self) {
        let pid = self.pid.load(Ordering::SeqCst);
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }

    fn sentence(&self, reason: String) {
        self.sentence.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }

    fn take_sentence(&self) -> Option<String> {
        self.sentence.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, stream: Option<UnixStream>, pid: u32) {
        *self.stream.lock().unwrap_or_else(PoisonError::into_inner) = stream;
        self.pid.store(pid, Ordering::SeqCst);
    }
}

/// One life of a worker, from its start to the reason of its end.
fn live(
    command: &WorkerCommand,
    link: &Link,
    hear: &mut impl FnMut(WorkerEvent),
) -> io::Result<String> {
    let (ours, theirs) = UnixStream::pair()?;
    for end in [&ours, &theirs] {
        // Less is not wrong: the system gives what it allows.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(end, SOCKET_BYTES);
    }
    // One that came too late for the last worker is not meant for this one.
    drop(link.take_sentence());
    let mut child = spawn(command, theirs)?;
    let writer = ours.try_clone()?;
    writer.set_write_timeout(Some(Duration::from_secs(10)))?;
    link.set(Some(writer), child.id());
    if link.closed.load(Ordering::SeqCst) {
        link.hang_up();
    }
    let said = listen(&ours, &mut |event| match event {
        // What it says of its end is better than its exit code.
        WorkerEvent::Said(from_worker::Part::Unfit(reason)) => link.sentence(reason),
        event => hear(event),
    });
    // Not waited for yet: the process id is still this child's.
    if said.is_err() {
        let _ = child.kill();
    }
    // Before the wait: afterwards the process id may be somebody else's.
    link.set(None, 0);
    let status = wait(&mut child)?;
    if let Some(reason) = link.take_sentence() {
        return Ok(reason);
    }
    let Some(status) = status else { return Ok("the system does not let it end".to_owned()) };
    Ok(match (said, status.signal(), status.code()) {
        (Err(error), ..) => format!("it sent nonsense ({error})"),
        (_, Some(signal), _) => format!("it was ended by signal {signal}"),
        (_, _, Some(code)) => format!("it ended with code {code}"),
        _ => "it ended".to_owned(),
    })
}

fn spawn(command: &WorkerCommand, socket: UnixStream) -> io::Result<Child> {
    let mut process = Command::new(this_program()?);
    process.arg0("edgestate").arg("worker").args(["--device", &command.device]);
    process.args(["--parent", &std::process::id().to_string()]);
    process.args(["--memory-bytes", &command.memory_bytes.to_string()]);
    if let Some(threads) = command.threads {
        process.args(["--threads", &threads.to_string()]);
    }
    // Its own group: Ctrl-C in the server's terminal is the server's to handle.
    process.process_group(0).stdin(Stdio::from(OwnedFd::from(socket))).stdout(Stdio::null());
    process.spawn()
}

/// The running binary itself, also after the file has been replaced by another version.
pub fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

fn listen(stream: &UnixStream, hear: &mut impl FnMut(WorkerEvent)) -> Result<(), FrameError> {
    let mut stream = stream;
    loop {
        match frame::read::<FromWorker>(&mut stream) {
            Ok(Some(message)) => {
                if let Some(part) = message.part {
                    hear(WorkerEvent::Said(part));
                }
            }
            Ok(None) => return Ok(()),
            // A killed worker may leave half a frame.
            Err(FrameError::Io(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// It has closed its end: it ends by itself in a moment, or is helped. None for one that the system
/// holds even so: it is left behind, because the next worker has to start.
fn wait(child: &mut Child) -> io::Result<Option<std::process::ExitStatus>> {
    for patience in [Duration::from_secs(1), Duration::from_secs(2)] {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill()?;
    }
    Ok(None)
}
