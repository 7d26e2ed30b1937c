//! Why a benchmark could not be done.
use std::path::PathBuf;
use std::time::Duration;

use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::service::probe::ProbeError;
use crate::spectra::SpectraError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("{device}: {error}")]
    Linalg { device: String, error: LinalgError },
    #[error("broadening: {0}")]
    Spectra(#[from] SpectraError),
    #[error(transparent)]
    Python(#[from] PythonError),
    /// Whoever computes wrongly is not measured.
    #[error(
        "{candidate}: the eigenvalues of {workload} add up (in magnitude) to {found:e}, \
         by {reference} to {expected:e}"
    )]
    Disagreement {
        candidate: String,
        workload: String,
        reference: String,
        found: f64,
        expected: f64,
    },
    #[error("the server of the benchmark: {0}")]
    Server(String),
    #[error("calls: {0}")]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What went wrong with the Python that was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PythonError {
    #[error("{}: cannot be started: {source}", path.display())]
    Start { path: PathBuf, source: std::io::Error },
    #[error("{}: no answer to '{command}' within {:.0} s{}", path.display(), silence.as_secs_f64(), said(last_words))]
    Silent { path: PathBuf, command: String, silence: Duration, last_words: String },
    #[error("{}: ended before it answered '{command}'{}", path.display(), said(last_words))]
    Ended { path: PathBuf, command: String, last_words: String },
    #[error("{}: '{command}' was answered by '{answer}': expected {expected}", path.display())]
    Nonsense { path: PathBuf, command: String, answer: String, expected: &'static str },
    #[error("{}: {reason}", path.display())]
    Failed { path: PathBuf, reason: String },
}

fn said(last_words: &str) -> String {
    if last_words.is_empty() { String::new() } else { format!("; it said: {last_words}") }
}
