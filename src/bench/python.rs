//! The Python that measures other libraries: a child that is asked line by line, and never waited for
//! longer than is bearable.
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::BenchError;
use super::candidate::{Candidate, Sample};
use super::clock::Span;
use super::error::PythonError;
use super::matrices::BatchSpec;

const SCRIPT: &str = include_str!("peers.py");
/// An answer of more is none.
const LONGEST_ANSWER: usize = 1 << 16;
/// Of what it says on standard error, so much is kept.
const LAST_WORDS: usize = 400;

/// A running child.
#[derive(Debug)]
pub struct Python {
    path: PathBuf,
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
    errors: Arc<Mutex<String>>,
    silence: Duration,
    /// What the libraries of each kind of device are to solve.
    prepared: HashMap<String, BatchSpec>,
}

/// What the Python can do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hello {
    pub python: String,
    pub candidates: Vec<Library>,
    /// Libraries that are not there, each with its reason.
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Library {
    pub id: String,
    pub title: String,
    pub device: String,
}

#[derive(Debug, Deserialize)]
struct Solved {
    wall_seconds: f64,
    cpu_seconds: f64,
    trace_norm: f64,
}

#[derive(Debug, Deserialize)]
struct Prepared {
    prepared: usize,
}

impl Python {
    /// Starts the interpreter and asks what it has; `threads` is what its libraries may use.
    pub fn start(
        path: &Path,
        threads: usize,
        silence: Duration,
    ) -> Result<(Self, Hello), PythonError> {
        let mut command = Command::new(path);
        command.args(["-u", "-c", SCRIPT]);
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(name, threads.to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = |source| PythonError::Start { path: path.to_owned(), source };
        let mut child = command.spawn().map_err(started)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(error)) = pipes else {
            return Err(started(std::io::Error::other("no pipes")));
        };
        let errors = Arc::new(Mutex::new(String::new()));
        let answers = listen(output);
        overhear(error, errors.clone());
        let (path, prepared) = (path.to_owned(), HashMap::new());
        let mut python = Self { path, child, input, answers, errors, silence, prepared };
        let hello = python.ask("hello", json!({ "threads": threads }), "its libraries")?;
        Ok((python, hello))
    }

    /// Libraries of one kind of device share their batch.
    fn prepare(&mut self, group: &str, batch: &BatchSpec) -> Result<(), PythonError> {
        if self.prepared.get(group) == Some(batch) {
            return Ok(());
        }
        self.prepared.remove(group);
        let BatchSpec { orders, complex, seed } = batch;
        let request = json!({ "group": group, "orders": orders, "complex": complex, "seed": seed });
        let answer: Prepared = self.ask("prepare", request, "the number of matrices")?;
        if answer.prepared != orders.len() {
            let answer = answer.prepared.to_string();
            return Err(self.nonsense("prepare", answer, "the number of matrices"));
        }
        self.prepared.insert(group.to_owned(), batch.clone());
        Ok(())
    }

    fn ask<T: for<'a> Deserialize<'a>>(
        &mut self,
        command: &str,
        mut request: Value,
        expected: &'static str,
    ) -> Result<T, PythonError> {
        request["command"] = command.into();
        // A pipe that is closed shows in the answer that does not come.
        let _ = writeln!(self.input, "{request}").and_then(|()| self.input.flush());
        let answer = match self.answers.recv_timeout(self.silence) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                let (path, command) = (self.path.clone(), command.to_owned());
                let (silence, last_words) = (self.silence, self.last_words());
                return Err(PythonError::Silent { path, command, silence, last_words });
            }
            Err(RecvTimeoutError::Disconnected) => {
                let (path, command) = (self.path.clone(), command.to_owned());
                let last_words = self.last_words();
                return Err(PythonError::Ended { path, command, last_words });
            }
        };
        let value: Option<Value> = serde_json::from_str(&answer).ok();
        if let Some(reason) = value.as_ref().and_then(|value| value["error"].as_str()) {
            let reason = reason.to_owned();
            return Err(PythonError::Failed { path: self.path.clone(), reason });
        }
        let parsed = value.and_then(|value| serde_json::from_value(value).ok());
        parsed.ok_or_else(|| self.nonsense(command, answer, expected))
    }

    fn nonsense(&self, command: &str, mut answer: String, expected: &'static str) -> PythonError {
        if let Some((end, _)) = answer.char_indices().nth(100) {
            answer.truncate(end);
        }
        let (path, command) = (self.path.clone(), command.to_owned());
        PythonError::Nonsense { path, command, answer, expected }
    }

    fn last_words(&self) -> String {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.trim().lines().last().unwrap_or_default().to_owned()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines of the child, without waiting for them.
fn listen(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut line = Vec::new();
            let read = output.by_ref().take(LONGEST_ANSWER as u64).read_until(b'\n', &mut line);
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if !matches!(read, Ok(1..)) || sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Keeps the end of what the child says on standard error.
fn overhear(mut error: impl Read + Send + 'static, kept: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = error.read(&mut piece) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push_str(&String::from_utf8_lossy(&piece[..length]));
            let excess = kept.len().saturating_sub(LAST_WORDS);
            let cut = (excess..=kept.len()).find(|at| kept.is_char_boundary(*at));
            kept.drain(..cut.unwrap_or(0));
        }
    });
}

/// One library of the interpreter.
#[derive(Debug)]
pub struct Peer {
    library: Library,
    python: Rc<RefCell<Python>>,
}

impl Peer {
    pub fn new(library: Library, python: Rc<RefCell<Python>>) -> Self {
        Self { library, python }
    }
}

impl Candidate for Peer {
    fn id(&self) -> &str {
        &self.library.id
    }

    fn prepare(&mut self, batch: &BatchSpec) -> Result<(), BenchError> {
        Ok(self.python.borrow_mut().prepare(&self.library.device, batch)?)
    }

    fn solve(&mut self) -> Result<Sample, BenchError> {
        let mut python = self.python.borrow_mut();
        let request = json!({ "candidate": self.library.id });
        let answer: Solved = python.ask("solve", request, "seconds and a trace norm")?;
        let Solved { wall_seconds, cpu_seconds, trace_norm } = answer;
        Ok(Sample { span: Span { wall_seconds, cpu_seconds }, trace_norm })
    }
}

/// The interpreter of a virtual environment that is active, or the first `python3` of the path.
pub fn found() -> Option<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(|dir| Path::new(&dir).join("bin/python"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let listed = std::env::split_paths(&path).map(|dir| dir.join("python3"));
    active.into_iter().chain(listed).find(|candidate| candidate.is_file())
}
