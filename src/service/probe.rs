//! A client that measures: one `Eigen.Solve`, and how fast its bytes go to and fro.
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tonic::transport::{Channel, Endpoint};

use super::arrays::pieces;
use super::limits;
use super::proto::eigen_client::EigenClient;
use super::proto::{self, solve_reply, solve_request};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Unix(PathBuf),
    /// `127.0.0.1:50051`
    Tcp(String),
}

/// A batch to solve; `data` are its row-major little-endian elements.
#[derive(Debug, Clone)]
pub struct Batch {
    pub orders: Vec<u32>,
    pub complex: bool,
    pub vectors: bool,
    pub data: Bytes,
}

/// Seconds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Passage {
    /// From the first piece of the answer to its end; of a caller that reads at once, this is
    /// mostly the solution, of one that reads late the rate of the bytes.
    pub download: f64,
    pub total: f64,
    pub bytes_down: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("no connection: {0}")]
    Connect(#[from] tonic::transport::Error),
    #[error("{}: {}", .0.code(), .0.message())]
    // A status is large; here it is rare.
    Refused(Box<tonic::Status>),
    #[error("the answer ended before its certificate")]
    Incomplete,
    #[error("a matrix that is not finite was not refused")]
    Accepted,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A connection; blocking, for callers without a runtime.
#[derive(Debug)]
pub struct Probe {
    runtime: tokio::runtime::Runtime,
    client: EigenClient<Channel>,
}

impl Probe {
    /// # Errors
    /// Nobody listens there.
    pub fn connect(place: &Place) -> Result<Self, ProbeError> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let target = match place {
            Place::Unix(path) => format!("unix:{}", path.display()),
            Place::Tcp(address) => format!("http://{address}"),
        };
        let endpoint = Endpoint::from_shared(target)?
            .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
            .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
            .max_frame_size(limits::FRAME_BYTES);
        let channel = runtime.block_on(endpoint.connect())?;
        let client = EigenClient::new(channel).max_decoding_message_size(limits::MESSAGE_BYTES);
        Ok(Self { runtime, client })
    }

    /// One call from its first byte to its certificate.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn solve(&mut self, batch: &Batch) -> Result<Passage, ProbeError> {
        self.solve_late(batch, Duration::ZERO)
    }

    /// The same, by a caller that reads nothing for so long.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn solve_late(&mut self, batch: &Batch, pause: Duration) -> Result<Passage, ProbeError> {
        let client = &mut self.client;
        self.runtime.block_on(solve(client, batch, pause))
    }

    /// Seconds until one matrix of this order has arrived, with nothing solved: its last element
    /// is not a number, and the worker, which has looked at all others, refuses it.
    ///
    /// # Errors
    /// No connection; it was not refused.
    pub fn upload(&mut self, order: u32) -> Result<f64, ProbeError> {
        let mut data = vec![0; 8 * order as usize * order as usize];
        let last = data.len().saturating_sub(8);
        data[last..].copy_from_slice(&f64::NAN.to_le_bytes());
        let (orders, data) = (vec![order], Bytes::from(data));
        let batch = Batch { orders, complex: false, vectors: false, data };
        let begin = Instant::now();
        match self.solve(&batch) {
            Err(ProbeError::Refused(status)) if status.code() == tonic::Code::InvalidArgument => {
                Ok(begin.elapsed().as_secs_f64())
            }
            Err(error) => Err(error),
            Ok(_) => Err(ProbeError::Accepted),
        }
    }
}

async fn solve(
    client: &mut EigenClient<Channel>,
    batch: &Batch,
    pause: Duration,
) -> Result<Passage, ProbeError> {
    let begin = Instant::now();
    let reply = client.solve(tokio_stream::iter(parts(batch))).await.map_err(refused)?;
    let mut replies = reply.into_inner();
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let (mut first, mut bytes_down) = (None, 0);
    while let Some(reply) = replies.message().await.map_err(refused)? {
        match reply.part {
            Some(solve_reply::Part::Chunk(chunk)) => {
                first.get_or_insert_with(Instant::now);
                bytes_down += chunk.data.len() as u64;
            }
            Some(solve_reply::Part::Certificate(_)) => {
                let total = begin.elapsed().as_secs_f64();
                let download = first.map_or(0.0, |at: Instant| at.elapsed().as_secs_f64());
                return Ok(Passage { download, total, bytes_down });
            }
            _ => {}
        }
    }
    Err(ProbeError::Incomplete)
}

/// Header and pieces.
fn parts(batch: &Batch) -> impl Iterator<Item = proto::SolveRequest> + Send + 'static + use<> {
    let dtype = if batch.complex { proto::Dtype::C128 } else { proto::Dtype::F64 };
    let header = proto::SolveHeader {
        dtype: dtype.into(),
        orders: batch.orders.clone(),
        vectors: batch.vectors,
        lower_only: true,
        device: String::new(),
        range: None,
    };
    let header = std::iter::once(solve_request::Part::Header(header));
    let pieces = pieces(0, batch.data.clone()).map(solve_request::Part::Chunk);
    header.chain(pieces).map(|part| proto::SolveRequest { part: Some(part) })
}

fn refused(status: tonic::Status) -> ProbeError {
    ProbeError::Refused(Box::new(status))
}
