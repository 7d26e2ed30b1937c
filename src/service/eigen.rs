//! The service `Eigen`: matrices go straight on to the worker as they arrive, and answers to the
//! caller as soon as the worker has them, while others are still arriving.
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::access::Meter;
use super::arrays::{Arrival, piece};
use super::calls::Calls;
use super::jobs::caller;
use super::limits;
use super::pieces::{One, Pieces, Progress};
use super::proto::eigen_server::Eigen as Service;
use super::proto::{self, solve_reply, solve_request};
use super::status::{invalid, of_job_error, of_link_error, over_limit, over_quota, refused};
use super::turns::{Turns, patiently_while};
use super::uploads::{self, Due, Work};
use crate::jobs::costs;
use crate::jobs::device::Wanted;
use crate::jobs::manager::{ArraySender, ArrayTask, Jobs, Place, TaskReply};
use crate::jobs::worker::keeper::LinkError;
use crate::jobs::worker::message::EigenOpen;

#[derive(Debug)]
pub struct EigenService {
    jobs: Jobs,
    calls: Calls,
    turns: Turns,
    meter: Meter,
}

impl EigenService {
    pub fn new(jobs: Jobs, calls: Calls, meter: Meter) -> Self {
        Self { jobs, calls, turns: Turns::new(limits::EIGEN_CALLS), meter }
    }
}

#[tonic::async_trait]
impl Service for EigenService {
    type SolveStream = Pin<Box<dyn Stream<Item = Result<proto::SolveReply, Status>> + Send>>;

    async fn solve(
        &self,
        request: Request<Streaming<proto::SolveRequest>>,
    ) -> Result<Response<Self::SolveStream>, Status> {
        let call = self.calls.begin();
        let caller = caller(&request)?;
        let mut upload = request.into_inner();
        let problem = Problem::new(header(&mut upload).await?)?;
        let metered = self.meter.begin(&caller, problem.bytes_both_ways());
        let metered = metered.map_err(|quota| over_quota(&quota))?;
        let wanted = problem.wanted.clone();
        let place = self.jobs.place(&wanted, Some(problem.costly())).await;
        let place = place.map_err(of_job_error)?;
        let asked = Instant::now();
        let turn = self.turns.take(&caller).await?;
        let work = Work::new(&self.jobs, place.lane, "eigen", &caller.name, asked.elapsed());
        let (sender, replies) = mpsc::channel(4);
        let jobs = self.jobs.clone();
        tokio::spawn(async move {
            let held = (call, turn, metered);
            let solved = solve((&jobs, &place), problem, &mut upload, &sender, work);
            // A caller that has gone takes its work along.
            let outcome = tokio::select! {
                outcome = solved => outcome,
                () = sender.closed() => Ok(()),
            };
            if let Err(status) = outcome {
                // A caller that reads nothing does not hold the turn for its last word.
                drop(held);
                let _ = sender.send(Err(status)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(replies))))
    }
}

type Sender = mpsc::Sender<Result<proto::SolveReply, Status>>;

/// A checked header.
struct Problem {
    wanted: Wanted,
    open: EigenOpen,
    bytes: u64,
    device_element: u64,
}

impl Problem {
    fn new(header: proto::SolveHeader) -> Result<Self, Status> {
        let complex = match proto::Dtype::try_from(header.dtype) {
            Ok(proto::Dtype::F64) => false,
            Ok(proto::Dtype::C128) => true,
            _ => return Err(refused("header.dtype", header.dtype, "DTYPE_F64 or DTYPE_C128")),
        };
        let count = header.orders.len();
        if count == 0 {
            return Err(refused("header.orders", "[]", "at least one matrix"));
        }
        if count > limits::EIGEN_MATRICES {
            let allowed = limits::EIGEN_MATRICES as u64;
            return Err(over_limit("matrices of a batch", count as u64, allowed));
        }
        let device_element = if complex { 16 } else { 8 };
        let mut bytes = 0;
        for (index, order) in header.orders.iter().enumerate() {
            if *order == 0 {
                return Err(refused(&format!("header.orders[{index}]"), 0, "1 or more"));
            }
            if *order > limits::EIGEN_ORDER {
                let (value, allowed) = (u64::from(*order), u64::from(limits::EIGEN_ORDER));
                return Err(over_limit("order of a matrix", value, allowed));
            }
            bytes += u64::from(*order) * u64::from(*order) * device_element;
        }
        if bytes > limits::EIGEN_BYTES {
            let allowed = limits::EIGEN_BYTES;
            return Err(over_limit("elements of a batch of matrices, bytes", bytes, allowed));
        }
        let wanted = Wanted::parse(&header.device).map_err(|error| invalid(&[error]))?;
        let (vectors, lower_only) = (header.vectors, header.lower_only);
        let (first, end) = range(&header)?;
        let orders = header.orders;
        let pieces = Vec::new();
        let open = EigenOpen { task: 0, complex, orders, vectors, lower_only, first, end, pieces };
        Ok(Self { wanted, open, bytes, device_element })
    }

    /// What the cost model is asked about.
    fn costly(&self) -> costs::Problem {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for order in &self.open.orders {
            *counts.entry(*order as usize).or_default() += 1;
        }
        costs::Problem {
            complex: self.open.complex,
            vectors: self.open.vectors,
            batch: counts.values().copied().max().unwrap_or(1),
            blocks: counts.into_iter().collect(),
            bytes_in: self.bytes,
            bytes_out: self.bytes_both_ways() - self.bytes,
        }
    }

    /// Of each matrix its order and how many of its eigenvalues are wanted.
    fn shapes(&self) -> impl Iterator<Item = (u64, u64)> + Clone {
        let (first, end) = (self.open.first, self.open.end);
        let wanted = move |order: u32| u64::from(end.min(order).saturating_sub(first));
        self.open.orders.iter().map(move |order| (u64::from(*order), wanted(*order)))
    }

    fn pieces(&self, place: &Place) -> Pieces {
        let vectors = if self.open.vectors { self.device_element } else { 0 };
        let matrices = self.shapes().map(|(order, wanted)| One {
            order,
            bytes: self.device_element * order * order,
            answer: wanted * (8 + vectors * order),
        });
        Pieces::new(matrices, !place.class.starts_with("cpu"))
    }

    fn n_values(&self) -> u64 {
        self.shapes().map(|(_, wanted)| wanted).sum()
    }

    fn n_vector_elements(&self) -> u64 {
        self.shapes().map(|(order, wanted)| order * wanted).sum()
    }

    fn bytes_both_ways(&self) -> u64 {
        let vectors = if self.open.vectors { self.n_vector_elements() } else { 0 };
        self.bytes + 8 * self.n_values() + self.device_element * vectors
    }

    fn tensors(&self) -> Vec<proto::Tensor> {
        let tensor = |name: &str, dtype: proto::Dtype, len: u64, long_name: &str| proto::Tensor {
            name: name.to_owned(),
            dtype: dtype.into(),
            shape: vec![len],
            dimensions: vec![format!("{name}_element")],
            unit: "1".to_owned(),
            long_name: long_name.to_owned(),
        };
        let text = "eigenvalues, ascending, matrix after matrix";
        let mut tensors = vec![tensor("values", proto::Dtype::F64, self.n_values(), text)];
        if self.open.vectors {
            let dtype = if self.open.complex { proto::Dtype::C128 } else { proto::Dtype::F64 };
            let elements = self.n_vector_elements();
            let text = "eigenvectors as columns, each matrix row-major, matrix after matrix";
            tensors.push(tensor("vectors", dtype, elements, text));
        }
        tensors
    }
}

/// The eigenvalues asked for: all, unless the header says otherwise.
fn range(header: &proto::SolveHeader) -> Result<(u32, u32), Status> {
    let Some(range) = &header.range else { return Ok((0, u32::MAX)) };
    let largest = header.orders.iter().copied().max().unwrap_or(0);
    if largest <= range.first {
        let expected = format!("below the largest order, {largest}");
        return Err(refused("header.range.first", range.first, &expected));
    }
    if range.end <= range.first {
        return Err(refused("header.range.end", range.end, "above header.range.first"));
    }
    Ok((range.first, range.end))
}

async fn next(
    upload: &mut Streaming<proto::SolveRequest>,
    due: Due,
) -> Result<Option<solve_request::Part>, Status> {
    let Some(message) = uploads::next(upload, due).await? else { return Ok(None) };
    message.part.map(Some).ok_or_else(|| refused("part", "(missing)", "a header or a chunk"))
}

async fn header(upload: &mut Streaming<proto::SolveRequest>) -> Result<proto::SolveHeader, Status> {
    match next(upload, Due::new(0)).await? {
        Some(solve_request::Part::Header(header)) => Ok(header),
        _ => Err(refused("part", "no header", "the header first")),
    }
}

async fn solve(
    (jobs, place): (&Jobs, &Place),
    mut problem: Problem,
    upload: &mut Streaming<proto::SolveRequest>,
    sender: &Sender,
    work: Work,
) -> Result<(), Status> {
    let pieces = problem.pieces(place);
    problem.open.pieces.clone_from(&pieces.counts);
    let (opener, open, lane) = (jobs.clone(), problem.open.clone(), place.lane);
    let task = blocking(move || opener.open_eigen(lane, open)).await?;
    let task = task.map_err(|error| of_link_error(&error))?;
    let progress = Mutex::new(Progress::new(pieces, work));
    let to_worker = task.sender();
    tokio::try_join!(
        take_matrices(problem.bytes, upload, to_worker, &progress),
        answer(place, &problem, task, sender, &progress),
    )?;
    Ok(())
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of the caller's pieces, so many may wait for the worker.
const AHEAD: usize = 4;

/// From the caller to the worker. The worker may be behind: the wait is in a thread of its own, and
/// what comes meanwhile stays unread.
async fn take_matrices(
    bytes: u64,
    upload: &mut Streaming<proto::SolveRequest>,
    to_worker: ArraySender,
    progress: &Mutex<Progress>,
) -> Result<(), Status> {
    let due = Due::new(bytes);
    let mut arrival = Arrival::new(0, bytes);
    let (ahead, mut behind) = mpsc::channel::<Bytes>(AHEAD);
    let forward = tokio::task::spawn_blocking(move || {
        while let Some(data) = behind.blocking_recv() {
            to_worker.send(0, &data)?;
        }
        Ok(())
    });
    while !arrival.complete() {
        let data = match next(upload, due).await? {
            Some(solve_request::Part::Chunk(chunk)) => arrival.take(chunk)?,
            Some(solve_request::Part::Header(_)) => {
                return Err(refused("part", "a second header", "chunks"));
            }
            None => {
                let expected = format!("{} more bytes, as announced", arrival.missing());
                return Err(refused("chunk.data", "(missing)", &expected));
            }
        };
        let len = data.len() as u64;
        // Fails when the thread has ended: it says why.
        if ahead.send(data).await.is_err() {
            break;
        }
        lock(progress).handed_on(len);
    }
    drop(ahead);
    let sent = forward.await.map_err(|_| Status::internal("the work ended before its time"))?;
    lock(progress).complete();
    sent.map_err(|error: LinkError| of_link_error(&error))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Status::internal("the work ended before its time"))
}

async fn answer(
    place: &Place,
    problem: &Problem,
    mut task: ArrayTask,
    sender: &Sender,
    progress: &Mutex<Progress>,
) -> Result<(), Status> {
    let answer = Answer { sender, progress };
    let mut header_sent = false;
    let mut offsets = [0u64; 2];
    loop {
        let part = match task.next().await {
            Some(TaskReply::Data { tensor, data }) => {
                lock(progress).answered(data.len() as u64);
                if !header_sent {
                    header_sent = true;
                    let tensors = problem.tensors();
                    let header = proto::SolveReplyHeader { tensors };
                    answer.send(solve_reply::Part::Header(header)).await?;
                }
                let Some(offset) = offsets.get_mut(tensor as usize) else { continue };
                answer.send_pieces(tensor, offset, &data).await?;
                continue;
            }
            Some(TaskReply::Done { residual, orthogonality, matrices, recomputed }) => {
                solve_reply::Part::Certificate(proto::Certificate {
                    device: place.class.clone(),
                    precision: "f64".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    eigen_residual: residual,
                    eigen_orthogonality: orthogonality,
                    matrices,
                    measures: Vec::new(),
                    warnings: warnings(recomputed, matrices),
                    notes: vec![format!("device: {}", place.why)],
                })
            }
            Some(TaskReply::Refused { reason }) => {
                return Err(refused("matrices", reason, "finite Hermitian matrices"));
            }
            Some(TaskReply::Invalid(error)) => return Err(invalid(&[error])),
            Some(TaskReply::Broadened(_)) => return Err(Status::internal("an answer of peaks")),
            Some(TaskReply::Failed { reason }) => return Err(Status::internal(reason)),
            Some(TaskReply::Lost { reason }) => {
                return Err(Status::unavailable(format!("{reason}; try again in a few seconds")));
            }
            Some(TaskReply::Stopped) => return Err(Status::cancelled("stopped on request")),
            None => return Err(Status::unavailable("the worker is gone; try again")),
        };
        return answer.send(part).await;
    }
}

/// Never a silent change of device.
fn warnings(recomputed: u64, matrices: u64) -> Vec<String> {
    let text = format!("{recomputed} of {matrices} matrices were solved on the CPU instead");
    if recomputed == 0 { Vec::new() } else { vec![text] }
}

/// The way to the caller, who need not read before everything is sent.
struct Answer<'a> {
    sender: &'a Sender,
    progress: &'a Mutex<Progress>,
}

impl Answer<'_> {
    /// Errors: the caller has gone, or reads too slowly.
    async fn send(&self, part: solve_reply::Part) -> Result<(), Status> {
        let sending = || !lock(self.progress).is_uploaded();
        patiently_while(self.sender, proto::SolveReply { part: Some(part) }, sending).await
    }

    async fn send_pieces(&self, tensor: u32, offset: &mut u64, data: &Bytes) -> Result<(), Status> {
        for start in (0..data.len()).step_by(limits::CHUNK_BYTES) {
            let end = data.len().min(start + limits::CHUNK_BYTES);
            let chunk = piece(tensor, *offset, data.slice(start..end));
            *offset += (end - start) as u64;
            self.send(solve_reply::Part::Chunk(chunk)).await?;
        }
        Ok(())
    }
}
