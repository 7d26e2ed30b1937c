//! What server and worker say to each other, over a private socket of the same build.
use bytes::Bytes;

use crate::engine::{Answer, Array, Node, Quality, Values};
use crate::jobs::spec::{Spec, Tables, engine};
use crate::nrg::{Model, ModelKind, Rule, RunSpec, Scheme, Truncation, UnitResult};

/// Server to worker.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ToWorker {
    #[prost(oneof = "to_worker::Part", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub part: Option<to_worker::Part>,
}

pub mod to_worker {
    use super::{BroadenOpen, EigenOpen, RunMessage, TaskData};

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Part {
        /// One more run of a chunk that has not begun.
        #[prost(message, tag = "1")]
        Run(RunMessage),
        /// All its runs are there: begin.
        #[prost(uint64, tag = "2")]
        Begin(u64),
        #[prost(uint64, tag = "3")]
        Stop(u64),
        #[prost(message, tag = "4")]
        EigenOpen(EigenOpen),
        #[prost(message, tag = "5")]
        TaskData(TaskData),
        #[prost(uint64, tag = "6")]
        TaskStop(u64),
        #[prost(message, tag = "7")]
        BroadenOpen(BroadenOpen),
    }
}

/// Worker to server.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FromWorker {
    #[prost(oneof = "from_worker::Part", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13")]
    pub part: Option<from_worker::Part>,
}

pub mod from_worker {
    use super::{
        AnswerPiece, BroadenDone, ChunkFailed, ChunkFinished, EigenDone, Progress, Ready,
        RunFailed, TaskData, TaskFailed, UnitMessage,
    };

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Part {
        #[prost(message, tag = "1")]
        Ready(Ready),
        #[prost(message, tag = "2")]
        Progress(Progress),
        /// The next unit of the chunk: run by run, temperature by temperature.
        #[prost(message, tag = "3")]
        Unit(UnitMessage),
        #[prost(message, tag = "4")]
        RunFailed(RunFailed),
        #[prost(message, tag = "5")]
        Finished(ChunkFinished),
        #[prost(message, tag = "6")]
        Failed(ChunkFailed),
        #[prost(uint64, tag = "7")]
        Stopped(u64),
        #[prost(message, tag = "8")]
        TaskData(TaskData),
        #[prost(message, tag = "9")]
        EigenDone(EigenDone),
        #[prost(message, tag = "10")]
        TaskFailed(TaskFailed),
        #[prost(message, tag = "12")]
        BroadenDone(BroadenDone),
        /// The next bytes of the answer to a run.
        #[prost(message, tag = "11")]
        Answer(AnswerPiece),
        /// It cannot go on, and ends: why.
        #[prost(string, tag = "13")]
        Unfit(String),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RunMessage {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(uint32, tag = "2")]
    pub kind: u32,
    #[prost(double, tag = "3")]
    pub coupling: f64,
    #[prost(double, tag = "4")]
    pub coupling_z: f64,
    #[prost(uint64, tag = "5")]
    pub distance: u64,
    #[prost(double, tag = "6")]
    pub lambda: f64,
    #[prost(uint32, tag = "7")]
    pub scheme: u32,
    #[prost(double, tag = "8")]
    pub z: f64,
    #[prost(double, tag = "9")]
    pub energy: f64,
    #[prost(uint32, tag = "10")]
    pub rule: u32,
    #[prost(double, tag = "11")]
    pub gap_window: f64,
    #[prost(uint32, repeated, tag = "12")]
    pub max_states: Vec<u32>,
    #[prost(uint32, tag = "13")]
    pub shells: u32,
    #[prost(double, repeated, tag = "14")]
    pub temperatures: Vec<f64>,
    /// Of an engine with tables: its name, and the resolved request as TOML; nothing else then.
    #[prost(string, tag = "15")]
    pub engine: String,
    #[prost(string, tag = "16")]
    pub tables: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Ready {
    #[prost(string, tag = "1")]
    pub device: String,
    #[prost(uint32, tag = "2")]
    pub threads: u32,
    /// "cpu", "gpu:0"
    #[prost(string, tag = "3")]
    pub name: String,
    /// Empty for the CPU.
    #[prost(string, tag = "4")]
    pub adapter: String,
    #[prost(bool, tag = "5")]
    pub software: bool,
    /// Most that may be resident; 0: the host's memory decides.
    #[prost(uint64, tag = "6")]
    pub memory_bytes: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Progress {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(double, tag = "2")]
    pub share: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct UnitMessage {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(uint32, tag = "2")]
    pub run: u32,
    #[prost(double, repeated, tag = "3")]
    pub values: Vec<f64>,
    #[prost(message, repeated, tag = "4")]
    pub shells: Vec<ShellMessage>,
    #[prost(string, repeated, tag = "5")]
    pub warnings: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ShellMessage {
    #[prost(double, repeated, tag = "1")]
    pub values: Vec<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct RunFailed {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(uint32, tag = "2")]
    pub run: u32,
    #[prost(string, tag = "3")]
    pub reason: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ChunkFinished {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(double, tag = "2")]
    pub seconds: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ChunkFailed {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(string, tag = "2")]
    pub reason: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct EigenOpen {
    #[prost(uint64, tag = "1")]
    pub task: u64,
    #[prost(bool, tag = "2")]
    pub complex: bool,
    #[prost(uint32, repeated, tag = "3")]
    pub orders: Vec<u32>,
    #[prost(bool, tag = "4")]
    pub vectors: bool,
    #[prost(bool, tag = "5")]
    pub lower_only: bool,
    /// Eigenvalues `first..end` of each matrix, cut at its order.
    #[prost(uint32, tag = "6")]
    pub first: u32,
    #[prost(uint32, tag = "7")]
    pub end: u32,
    /// How many matrices are solved together, piece after piece, while others are on their way;
    /// what is left over is one more piece.
    #[prost(uint32, repeated, tag = "8")]
    pub pieces: Vec<u32>,
}

/// The next bytes of a tensor of a task: matrices or peaks to the worker, their answer from it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TaskData {
    #[prost(uint64, tag = "1")]
    pub task: u64,
    #[prost(uint32, tag = "2")]
    pub tensor: u32,
    #[prost(bytes = "bytes", tag = "3")]
    pub data: Bytes,
}

/// Number of [`TaskData`] in [`ToWorker`], and in [`FromWorker`].
pub const DATA_TO_WORKER: u32 = 5;
pub const DATA_FROM_WORKER: u32 = 8;

/// All but the bytes themselves of a message that holds a [`TaskData`] as part number `part`: with
/// them behind it, it is the message.
pub fn data_head(part: u32, task: u64, tensor: u32, bytes: usize) -> Vec<u8> {
    use prost::encoding::{
        WireType, encode_key, encode_varint, encoded_len_varint, uint32, uint64,
    };
    let mut inner = Vec::with_capacity(32);
    if task != 0 {
        uint64::encode(1, &task, &mut inner);
    }
    if tensor != 0 {
        uint32::encode(2, &tensor, &mut inner);
    }
    encode_key(3, WireType::LengthDelimited, &mut inner);
    encode_varint(bytes as u64, &mut inner);
    let len = (inner.len() + bytes) as u64;
    let mut head = Vec::with_capacity(inner.len() + 1 + encoded_len_varint(len));
    encode_key(part, WireType::LengthDelimited, &mut head);
    encode_varint(len, &mut head);
    head.append(&mut inner);
    head
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct EigenDone {
    #[prost(uint64, tag = "1")]
    pub task: u64,
    #[prost(double, tag = "2")]
    pub residual: f64,
    #[prost(double, tag = "3")]
    pub orthogonality: f64,
    #[prost(uint64, tag = "4")]
    pub matrices: u64,
    /// Of them, solved on the CPU because the device did not reach the threshold.
    #[prost(uint64, tag = "5")]
    pub recomputed: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct TaskFailed {
    #[prost(uint64, tag = "1")]
    pub task: u64,
    #[prost(string, tag = "2")]
    pub reason: String,
    /// The request is at fault, not the worker.
    #[prost(bool, tag = "3")]
    pub refused: bool,
    #[prost(bool, tag = "4")]
    pub stopped: bool,
    /// Where a field is at fault: which, its value, what was expected.
    #[prost(string, tag = "5")]
    pub field: String,
    #[prost(string, tag = "6")]
    pub value: String,
    #[prost(string, tag = "7")]
    pub expected: String,
}

/// Peaks to be broadened; their arrays follow as [`TaskData`].
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct BroadenOpen {
    #[prost(uint64, tag = "1")]
    pub task: u64,
    #[prost(bool, tag = "2")]
    pub complex: bool,
    #[prost(uint64, tag = "3")]
    pub peaks: u64,
    #[prost(uint64, tag = "4")]
    pub frequencies: u64,
    #[prost(bool, tag = "5")]
    pub widths: bool,
    /// 1 Gaussian, 2 Lorentzian, 3 log-Gaussian, 4 thermal.
    #[prost(uint32, tag = "6")]
    pub kernel: u32,
    /// Width, half-width or sigma.
    #[prost(double, tag = "7")]
    pub width: f64,
    #[prost(double, tag = "8")]
    pub crossover: f64,
    /// 1 auto, 2 direct, 3 binned.
    #[prost(uint32, tag = "9")]
    pub method: u32,
    #[prost(double, tag = "10")]
    pub tolerance: f64,
}

/// The certificate; the spectrum (0) and the error bounds (1) went before.
#[derive(Clone, PartialEq, prost::Message)]
pub struct BroadenDone {
    #[prost(uint64, tag = "1")]
    pub task: u64,
    #[prost(bool, tag = "2")]
    pub binned: bool,
    #[prost(double, tag = "3")]
    pub error_bound: f64,
    #[prost(uint64, tag = "4")]
    pub cells: u64,
    #[prost(double, tag = "5")]
    pub total_weight_re: f64,
    #[prost(double, tag = "6")]
    pub total_weight_im: f64,
    #[prost(double, tag = "7")]
    pub absolute_weight: f64,
}

impl RunMessage {
    pub fn new(chunk: u64, spec: &Spec) -> Self {
        match spec {
            Spec::Nrg(spec) => Self::of_nrg(chunk, spec),
            Spec::Tables(tables) => Self {
                chunk,
                engine: tables.engine.to_owned(),
                tables: tables.request.to_toml(),
                ..Self::default()
            },
        }
    }

    /// None when this version does not know what is asked.
    pub fn into_spec(self) -> Option<Spec> {
        if self.engine.is_empty() {
            return self.into_nrg().map(Spec::Nrg);
        }
        let engine = engine(&self.engine)?.name();
        let request = Node::from_toml(&self.tables).ok()?;
        Some(Spec::Tables(Tables { engine, request }))
    }

    fn of_nrg(chunk: u64, spec: &RunSpec) -> Self {
        Self {
            chunk,
            kind: match spec.model.kind {
                ModelKind::TwoImpurityHelicalKondo => 1,
                ModelKind::OneImpurityKondo => 2,
            },
            coupling: spec.model.coupling,
            coupling_z: spec.model.coupling_z,
            distance: spec.model.distance,
            lambda: spec.lambda,
            scheme: match spec.scheme {
                Scheme::ZitkoPruschke => 1,
                Scheme::CampoOliveira => 2,
                Scheme::Plain => 3,
            },
            z: spec.z,
            energy: spec.truncation.energy,
            rule: match spec.truncation.rule {
                Rule::Gap => 1,
                Rule::Plain => 2,
            },
            gap_window: spec.truncation.gap_window,
            max_states: spec.truncation.max_states.clone(),
            shells: spec.shells,
            temperatures: spec.temperatures.clone(),
            ..Self::default()
        }
    }

    fn into_nrg(self) -> Option<RunSpec> {
        let kind = match self.kind {
            1 => ModelKind::TwoImpurityHelicalKondo,
            2 => ModelKind::OneImpurityKondo,
            _ => return None,
        };
        let scheme = match self.scheme {
            1 => Scheme::ZitkoPruschke,
            2 => Scheme::CampoOliveira,
            3 => Scheme::Plain,
            _ => return None,
        };
        let rule = match self.rule {
            1 => Rule::Gap,
            2 => Rule::Plain,
            _ => return None,
        };
        let (coupling, coupling_z, distance) = (self.coupling, self.coupling_z, self.distance);
        Some(RunSpec {
            model: Model { kind, coupling, coupling_z, distance },
            lambda: self.lambda,
            scheme,
            z: self.z,
            truncation: Truncation {
                energy: self.energy,
                rule,
                gap_window: self.gap_window,
                max_states: self.max_states,
            },
            shells: self.shells,
            temperatures: self.temperatures,
        })
    }
}

impl UnitMessage {
    pub fn new(chunk: u64, run: u32, unit: UnitResult) -> Self {
        let shells = unit.shells.into_iter().map(|values| ShellMessage { values }).collect();
        Self { chunk, run, values: unit.values, shells, warnings: unit.warnings }
    }

    pub fn into_unit(self) -> UnitResult {
        UnitResult {
            values: self.values,
            shells: self.shells.into_iter().map(|shell| shell.values).collect(),
            warnings: self.warnings,
        }
    }
}

/// Most bytes of an answer in one frame.
const PIECE_BYTES: usize = 1 << 20;

#[derive(Clone, PartialEq, prost::Message)]
pub struct AnswerPiece {
    #[prost(uint64, tag = "1")]
    pub chunk: u64,
    #[prost(uint32, tag = "2")]
    pub run: u32,
    #[prost(bytes = "bytes", tag = "3")]
    pub data: Bytes,
    #[prost(bool, tag = "4")]
    pub last: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct AnswerMessage {
    #[prost(message, repeated, tag = "1")]
    pub arrays: Vec<ArrayMessage>,
    #[prost(double, tag = "2")]
    pub eigen_residual: f64,
    #[prost(double, tag = "3")]
    pub eigen_orthogonality: f64,
    #[prost(uint64, tag = "4")]
    pub matrices: u64,
    #[prost(string, repeated, tag = "5")]
    pub measure_names: Vec<String>,
    #[prost(double, repeated, tag = "6")]
    pub measure_values: Vec<f64>,
    #[prost(string, repeated, tag = "7")]
    pub notes: Vec<String>,
    #[prost(string, repeated, tag = "8")]
    pub warnings: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ArrayMessage {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, repeated, tag = "2")]
    pub dimensions: Vec<String>,
    #[prost(uint64, repeated, tag = "3")]
    pub shape: Vec<u64>,
    #[prost(string, tag = "4")]
    pub unit: String,
    #[prost(string, tag = "5")]
    pub long_name: String,
    /// 1: f64, 2: i64, 3: complex, two numbers each in `real`.
    #[prost(uint32, tag = "6")]
    pub dtype: u32,
    #[prost(double, repeated, tag = "7")]
    pub real: Vec<f64>,
    #[prost(sint64, repeated, tag = "8")]
    pub whole: Vec<i64>,
}

impl AnswerMessage {
    pub fn new(answer: Answer) -> Self {
        let Answer { arrays, quality } = answer;
        let (measure_names, measure_values) = quality.measures.into_iter().unzip();
        Self {
            arrays: arrays.into_iter().map(ArrayMessage::new).collect(),
            eigen_residual: quality.eigen_residual,
            eigen_orthogonality: quality.eigen_orthogonality,
            matrices: quality.matrices,
            measure_names,
            measure_values,
            notes: quality.notes,
            warnings: quality.warnings,
        }
    }

    /// The message cut into frames.
    pub fn pieces(&self, chunk: u64, run: u32) -> Vec<AnswerPiece> {
        let bytes = Bytes::from(prost::Message::encode_to_vec(self));
        let count = bytes.len().div_ceil(PIECE_BYTES).max(1);
        let piece = |index: usize| {
            let end = bytes.len().min((index + 1) * PIECE_BYTES);
            let data = bytes.slice(index * PIECE_BYTES..end);
            AnswerPiece { chunk, run, data, last: index + 1 == count }
        };
        (0..count).map(piece).collect()
    }

    /// Errors: what does not fit together, in words.
    pub fn read(bytes: &[u8]) -> Result<Answer, String> {
        let message: Self = prost::Message::decode(bytes)
            .map_err(|error| format!("the worker's answer cannot be read: {error}"))?;
        let measures = message.measure_names.into_iter().zip(message.measure_values).collect();
        let quality = Quality {
            eigen_residual: message.eigen_residual,
            eigen_orthogonality: message.eigen_orthogonality,
            matrices: message.matrices,
            measures,
            notes: message.notes,
            warnings: message.warnings,
        };
        let arrays: Option<Vec<Array>> =
            message.arrays.into_iter().map(ArrayMessage::into_array).collect();
        let arrays = arrays.ok_or("an array of the worker's answer does not fit its shape")?;
        Ok(Answer { arrays, quality })
    }
}

impl ArrayMessage {
    fn new(array: Array) -> Self {
        let (dtype, real, whole) = match array.values {
            Values::F64(values) => (1, values, Vec::new()),
            Values::I64(values) => (2, Vec::new(), values),
            Values::C128(values) => (3, values.into_iter().flatten().collect(), Vec::new()),
        };
        Self {
            name: array.name,
            dimensions: array.dimensions,
            shape: array.shape.into_iter().map(|len| len as u64).collect(),
            unit: array.unit,
            long_name: array.long_name,
            dtype,
            real,
            whole,
        }
    }

    fn into_array(self) -> Option<Array> {
        let values = match self.dtype {
            1 => Values::F64(self.real),
            2 => Values::I64(self.whole),
            3 => Values::C128(self.real.as_chunks::<2>().0.to_vec()),
            _ => return None,
        };
        let shape: Vec<usize> = self.shape.into_iter().map(|len| len as usize).collect();
        if shape.len() != self.dimensions.len() || shape.iter().product::<usize>() != values.len() {
            return None;
        }
        let (unit, long_name) = (self.unit, self.long_name);
        Some(Array { name: self.name, dimensions: self.dimensions, shape, unit, long_name, values })
    }
}
