//! The service `Spectra`: peaks go straight on to the worker as they arrive.
use std::pin::Pin;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::access::Meter;
use super::arrays::{Arrival, pieces_from};
use super::calls::Calls;
use super::jobs::caller;
use super::limits;
use super::proto::broaden_header::Kernel;
use super::proto::spectra_server::Spectra as Service;
use super::proto::{self, broaden_reply, broaden_request};
use super::status::{invalid, of_job_error, of_link_error, over_limit, over_quota, refused};
use super::turns::{Turns, patiently};
use super::uploads::{self, Due, Work};
use crate::invalid::Invalid;
use crate::jobs::device::Wanted;
use crate::jobs::manager::{ArrayTask, Jobs, Place, TaskReply};
use crate::jobs::worker::message::{BroadenDone, BroadenOpen};

#[derive(Debug)]
pub struct SpectraService {
    jobs: Jobs,
    calls: Calls,
    turns: Turns,
    meter: Meter,
}

impl SpectraService {
    pub fn new(jobs: Jobs, calls: Calls, meter: Meter) -> Self {
        Self { jobs, calls, turns: Turns::new(limits::SPECTRA_CALLS), meter }
    }
}

#[tonic::async_trait]
impl Service for SpectraService {
    type BroadenStream = Pin<Box<dyn Stream<Item = Result<proto::BroadenReply, Status>> + Send>>;

    async fn broaden(
        &self,
        request: Request<Streaming<proto::BroadenRequest>>,
    ) -> Result<Response<Self::BroadenStream>, Status> {
        let call = self.calls.begin();
        let caller = caller(&request)?;
        let mut upload = request.into_inner();
        let header = header(&mut upload).await?;
        let open = checked(&header)?;
        let wanted = Wanted::parse(&header.device).map_err(|error| invalid(&[error]))?;
        let metered =
            self.meter.begin(&caller, sizes(&open).iter().sum::<u64>() + answer_bytes(&open));
        let metered = metered.map_err(|quota| over_quota(&quota))?;
        let place = self.jobs.place(&wanted, None).await.map_err(of_job_error)?;
        let asked = Instant::now();
        let turn = self.turns.take(&caller).await?;
        let mut work = Work::new(&self.jobs, place.lane, "spectra", &caller.name, asked.elapsed());
        let (sender, replies) = mpsc::channel(4);
        let jobs = self.jobs.clone();
        tokio::spawn(async move {
            let held = (call, turn, metered);
            let solved = solve((&jobs, &place), &open, &mut upload, &sender, &mut work);
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

type Sender = mpsc::Sender<Result<proto::BroadenReply, Status>>;

fn checked(header: &proto::BroadenHeader) -> Result<BroadenOpen, Status> {
    let complex = match proto::Dtype::try_from(header.weights_dtype) {
        Ok(proto::Dtype::F64) => false,
        Ok(proto::Dtype::C128) => true,
        _ => {
            let value = header.weights_dtype;
            return Err(refused("header.weights_dtype", value, "DTYPE_F64 or DTYPE_C128"));
        }
    };
    if header.frequencies == 0 {
        return Err(refused("header.frequencies", 0, "1 or more"));
    }
    for (name, count, allowed) in [
        ("peaks of a spectrum", header.peaks, limits::SPECTRA_PEAKS),
        ("frequencies of a spectrum", header.frequencies, limits::SPECTRA_FREQUENCIES),
    ] {
        if allowed < count {
            return Err(over_limit(name, count, allowed));
        }
    }
    let (kernel, width, crossover) = match &header.kernel {
        Some(Kernel::Gaussian(one)) => (1, one.width, 0.0),
        Some(Kernel::Lorentzian(one)) => (2, one.half_width, 0.0),
        Some(Kernel::LogGauss(one)) => (3, one.sigma, 0.0),
        Some(Kernel::Thermal(one)) => (4, one.sigma, one.crossover),
        None => {
            let expected = "gaussian, lorentzian, log_gauss or thermal";
            return Err(invalid(&[Invalid::missing("header.kernel", expected)]));
        }
    };
    let method = match proto::BroadenMethod::try_from(header.method) {
        Ok(proto::BroadenMethod::Auto) => 1,
        Ok(proto::BroadenMethod::Direct) => 2,
        Ok(proto::BroadenMethod::Binned) => 3,
        _ => return Err(refused("header.method", header.method, "AUTO, DIRECT or BINNED")),
    };
    let (peaks, frequencies, widths) = (header.peaks, header.frequencies, header.widths);
    let tolerance = header.tolerance;
    Ok(BroadenOpen {
        task: 0,
        complex,
        peaks,
        frequencies,
        widths,
        kernel,
        width,
        crossover,
        method,
        tolerance,
    })
}

fn tensors(open: &BroadenOpen) -> Vec<proto::Tensor> {
    let tensor = |name: &str, dtype: proto::Dtype, long_name: &str| proto::Tensor {
        name: name.to_owned(),
        dtype: dtype.into(),
        shape: vec![open.frequencies],
        dimensions: vec!["frequency".to_owned()],
        unit: "weight per unit of frequency".to_owned(),
        long_name: long_name.to_owned(),
    };
    let dtype = if open.complex { proto::Dtype::C128 } else { proto::Dtype::F64 };
    vec![
        tensor("spectrum", dtype, "broadened spectrum"),
        tensor("error_bounds", proto::Dtype::F64, "bound on the error of the spectrum"),
    ]
}

async fn next(
    upload: &mut Streaming<proto::BroadenRequest>,
    due: Due,
) -> Result<Option<broaden_request::Part>, Status> {
    let Some(message) = uploads::next(upload, due).await? else { return Ok(None) };
    message.part.map(Some).ok_or_else(|| refused("part", "(missing)", "a header or a chunk"))
}

async fn header(
    upload: &mut Streaming<proto::BroadenRequest>,
) -> Result<proto::BroadenHeader, Status> {
    match next(upload, Due::new(0)).await? {
        Some(broaden_request::Part::Header(header)) => Ok(header),
        _ => Err(refused("part", "no header", "the header first")),
    }
}

/// Bytes of positions, weights, frequencies and widths.
fn sizes(open: &BroadenOpen) -> [u64; 4] {
    let weight = if open.complex { 16 } else { 8 };
    let widths = if open.widths { 8 * open.peaks } else { 0 };
    [8 * open.peaks, weight * open.peaks, 8 * open.frequencies, widths]
}

fn answer_bytes(open: &BroadenOpen) -> u64 {
    open.frequencies * if open.complex { 24 } else { 16 }
}

async fn solve(
    (jobs, place): (&Jobs, &Place),
    open: &BroadenOpen,
    upload: &mut Streaming<proto::BroadenRequest>,
    sender: &Sender,
    work: &mut Work,
) -> Result<(), Status> {
    let (opener, opened, lane) = (jobs.clone(), *open, place.lane);
    let task = blocking(move || opener.open_broaden(lane, opened)).await?;
    let mut task = task.map_err(|error| of_link_error(&error))?;
    let sizes = sizes(open);
    let due = Due::new(sizes.iter().sum());
    for (tensor, size) in (0u32..).zip(sizes) {
        let mut arrival = Arrival::new(tensor, size);
        while !arrival.complete() {
            let data = match next(upload, due).await? {
                Some(broaden_request::Part::Chunk(chunk)) => arrival.take(chunk)?,
                Some(broaden_request::Part::Header(_)) => {
                    return Err(refused("part", "a second header", "chunks"));
                }
                None => {
                    let missing = arrival.missing();
                    let expected = format!("{missing} more bytes of tensor {tensor}, as announced");
                    return Err(refused("chunk.data", "(missing)", &expected));
                }
            };
            task = hand_on(task, tensor, data).await?;
        }
    }
    work.begin();
    answer(place, open, task, sender, work).await
}

/// The worker may be behind: the wait is off the async threads, the next piece stays unread.
async fn hand_on(task: ArrayTask, tensor: u32, data: Bytes) -> Result<ArrayTask, Status> {
    let sent = blocking(move || task.send(tensor, &data).map(|()| task)).await?;
    sent.map_err(|error| of_link_error(&error))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Status::internal("the work ended before its time"))
}

async fn answer(
    place: &Place,
    open: &BroadenOpen,
    mut task: ArrayTask,
    sender: &Sender,
    work: &mut Work,
) -> Result<(), Status> {
    let mut header = Some(proto::BroadenReplyHeader { tensors: tensors(open) });
    let mut offsets = [0u64; 2];
    loop {
        let reply = task.next().await;
        work.end();
        let status = match reply {
            Some(TaskReply::Data { tensor, data }) => {
                if let Some(header) = header.take() {
                    send(sender, broaden_reply::Part::Header(header)).await?;
                }
                let Some(offset) = offsets.get_mut(tensor as usize) else { continue };
                for chunk in pieces_from(tensor, *offset, &data) {
                    *offset += chunk.data.len() as u64;
                    send(sender, broaden_reply::Part::Chunk(chunk)).await?;
                }
                continue;
            }
            Some(TaskReply::Broadened(done)) => {
                let part = broaden_reply::Part::Certificate(certificate(place, open, &done));
                return send(sender, part).await;
            }
            Some(TaskReply::Invalid(error)) => invalid(&[error]),
            Some(TaskReply::Refused { reason }) => refused("peaks", reason, "finite peaks"),
            Some(TaskReply::Failed { reason }) => Status::internal(reason),
            Some(TaskReply::Lost { reason }) => {
                Status::unavailable(format!("{reason}; try again in a few seconds"))
            }
            Some(TaskReply::Stopped) => Status::cancelled("stopped on request"),
            Some(TaskReply::Done { .. }) => Status::internal("an answer of matrices"),
            None => Status::unavailable("the worker is gone; try again"),
        };
        return Err(status);
    }
}

fn certificate(place: &Place, open: &BroadenOpen, done: &BroadenDone) -> proto::Certificate {
    let measure = |(name, value): (&str, f64)| proto::NamedValue { name: name.to_owned(), value };
    let measures = [
        ("error_bound", done.error_bound),
        ("tolerance", open.tolerance),
        ("peaks", open.peaks as f64),
        ("cells", done.cells as f64),
        ("total_weight_re", done.total_weight_re),
        ("total_weight_im", done.total_weight_im),
        ("absolute_weight", done.absolute_weight),
    ];
    let note = if done.binned { "method: binned" } else { "method: direct" };
    proto::Certificate {
        device: place.class.clone(),
        precision: "f64".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        eigen_residual: f64::NAN,
        eigen_orthogonality: f64::NAN,
        matrices: 0,
        measures: measures.map(measure).to_vec(),
        warnings: Vec::new(),
        notes: vec![note.to_owned(), format!("device: {}", place.why)],
    }
}

/// Errors: the caller has gone, or reads too slowly.
async fn send(sender: &Sender, part: broaden_reply::Part) -> Result<(), Status> {
    patiently(sender, proto::BroadenReply { part: Some(part) }).await
}
