//! A client that measures: one `Eigen.Solve`, and how fast its bytes go to and fro.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

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
    /// Until the last piece was handed to the connection (all but a window of it has arrived).
    pub upload: f64,
    /// From the first piece of the answer to its end.
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
            .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES);
        let channel = runtime.block_on(endpoint.connect())?;
        let client = EigenClient::new(channel).max_decoding_message_size(limits::MESSAGE_BYTES);
        Ok(Self { runtime, client })
    }

    /// One call from its first byte to its certificate.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn solve(&mut self, batch: &Batch) -> Result<Passage, ProbeError> {
        let client = &mut self.client;
        self.runtime.block_on(solve(client, batch))
    }
}

async fn solve(client: &mut EigenClient<Channel>, batch: &Batch) -> Result<Passage, ProbeError> {
    let begin = Instant::now();
    let uploaded = Arc::new(Mutex::new(None));
    let parts = parts(batch, uploaded.clone());
    let reply = client.solve(tokio_stream::iter(parts)).await.map_err(refused)?;
    let mut replies = reply.into_inner();
    let (mut first, mut bytes_down) = (None, 0);
    while let Some(reply) = replies.message().await.map_err(refused)? {
        match reply.part {
            Some(solve_reply::Part::Chunk(chunk)) => {
                first.get_or_insert_with(Instant::now);
                bytes_down += chunk.data.len() as u64;
            }
            Some(solve_reply::Part::Certificate(_)) => {
                let total = begin.elapsed().as_secs_f64();
                let uploaded = uploaded.lock().unwrap_or_else(PoisonError::into_inner);
                let since = |at: Option<Instant>| at.map_or(0.0, |at| at.elapsed().as_secs_f64());
                let (upload, download) = (total - since(*uploaded), since(first));
                return Ok(Passage { upload, download, total, bytes_down });
            }
            _ => {}
        }
    }
    Err(ProbeError::Incomplete)
}

/// Header and pieces; notes when the last one is asked for.
fn parts(
    batch: &Batch,
    uploaded: Arc<Mutex<Option<Instant>>>,
) -> impl Iterator<Item = proto::SolveRequest> + Send + 'static + use<> {
    let dtype = if batch.complex { proto::Dtype::C128 } else { proto::Dtype::F64 };
    let header = proto::SolveHeader {
        dtype: dtype.into(),
        orders: batch.orders.clone(),
        vectors: batch.vectors,
        lower_only: true,
        device: String::new(),
    };
    let header = std::iter::once(solve_request::Part::Header(header));
    let pieces = pieces(0, batch.data.clone()).map(solve_request::Part::Chunk);
    let end = std::iter::from_fn(move || {
        *uploaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        None
    });
    header.chain(pieces).chain(end).map(|part| proto::SolveRequest { part: Some(part) })
}

fn refused(status: tonic::Status) -> ProbeError {
    ProbeError::Refused(Box::new(status))
}
