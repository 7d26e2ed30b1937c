//! Who solves: a device of ours, or a library of another's Python.
use std::fmt;
use std::sync::Arc;

use super::BenchError;
use super::clock::{Span, timed};
use super::matrices::BatchSpec;
use crate::linalg::{Batch, Certify, Device, EighOptions};
use crate::stop::Never;

/// One measured diagonalization of a batch, all values and vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub span: Span,
    /// Sum of |eigenvalue| over the batch: who disagrees has solved something else.
    pub trace_norm: f64,
}

pub trait Candidate: fmt::Debug {
    /// "cpu", "gpu:0", "numpy", "mkl".
    fn id(&self) -> &str;
    /// Makes the matrices where they are solved; not measured.
    fn prepare(&mut self, batch: &BatchSpec) -> Result<(), BenchError>;
    /// Solves what was prepared.
    fn solve(&mut self) -> Result<Sample, BenchError>;
}

/// A device behind the door, matrices resident.
#[derive(Debug)]
pub struct OwnDevice {
    id: String,
    device: Shared,
    batch: Option<Batch>,
}

struct Shared(Arc<dyn Device>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name())
    }
}

impl OwnDevice {
    pub fn new(id: &str, device: Arc<dyn Device>) -> Self {
        Self { id: id.to_owned(), device: Shared(device), batch: None }
    }
}

impl Candidate for OwnDevice {
    fn id(&self) -> &str {
        &self.id
    }

    fn prepare(&mut self, batch: &BatchSpec) -> Result<(), BenchError> {
        self.batch = None; // its memory goes first
        let made = batch.make().and_then(|host| self.device.0.upload(host));
        let device = self.id.clone();
        self.batch = Some(made.map_err(|error| BenchError::Linalg { device, error })?);
        Ok(())
    }

    fn solve(&mut self) -> Result<Sample, BenchError> {
        let Some(batch) = &self.batch else {
            let span = Span { wall_seconds: 0.0, cpu_seconds: 0.0 };
            return Ok(Sample { span, trace_norm: 0.0 });
        };
        let options = EighOptions { vectors: true, certify: Certify::No };
        let (solved, span) = timed(|| self.device.0.eigh(batch, options, &Never));
        let device = self.id.clone();
        let solved = solved.map_err(|error| BenchError::Linalg { device, error })?;
        let trace_norm = solved.values.iter().flatten().map(|value| value.abs()).sum();
        Ok(Sample { span, trace_norm })
    }
}
