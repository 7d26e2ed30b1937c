//! The service `Jobs`.
use std::pin::Pin;

use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, WatchStream};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use super::access::{Caller, Meter, Role};
use super::calls::{Call, Calls};
use super::proto::jobs_server::Jobs as Service;
use super::proto::{self, fetch_reply::Part};
use super::status::{of_job_error, over_quota};
use super::turns::{Turns, patiently};
use super::{arrays, decode, encode, limits, status};
use crate::jobs::account::Submission;
use crate::jobs::document::{RawDocument, Request as Resolved};
use crate::jobs::manager::{Fetched, JobError, Jobs};
use crate::jobs::results::{Point, Tensor, tensors};
use crate::jobs::view::JobView;

#[derive(Debug)]
pub struct JobsService {
    jobs: Jobs,
    calls: Calls,
    heavy: Turns,
    meter: Meter,
}

type Reply<T> = Result<Response<T>, Status>;
type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl JobsService {
    pub fn new(jobs: Jobs, calls: Calls, meter: Meter) -> Self {
        Self { jobs, calls, heavy: Turns::new(limits::HEAVY_CALLS), meter }
    }

    /// A job that the caller may see. Errors: NOT_FOUND, also for somebody else's.
    async fn seen(&self, caller: &Caller, id: &str) -> Result<JobView, Status> {
        let view = self.jobs.get(id).await.map_err(of_job_error)?;
        if caller.sees(&view.owner) {
            return Ok(view);
        }
        Err(of_job_error(JobError::NotFound(id.to_owned())))
    }
}

/// Whose call this is. The gate before all services has put it there.
pub(super) fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    let found = request.extensions().get::<Caller>().cloned();
    found.ok_or_else(|| Status::unauthenticated("no caller"))
}

fn document(sweep: Option<proto::Sweep>) -> Result<RawDocument, Status> {
    decode::document(sweep).map_err(|errors| status::invalid(&errors))
}

#[tonic::async_trait]
impl Service for JobsService {
    type WatchStream = Streamed<proto::Job>;
    type FetchStream = Streamed<proto::FetchReply>;

    async fn submit(&self, request: Request<proto::SubmitRequest>) -> Reply<proto::SubmitReply> {
        let _call = self.calls.begin();
        let caller = caller(&request)?;
        let proto::SubmitRequest { sweep, priority } = request.into_inner();
        let document = document(sweep)?;
        let _turn = self.heavy.take(&caller).await?;
        let by = Submission { owner: caller.name, priority, quotas: caller.quotas };
        let view = self.jobs.submit(document, by).await.map_err(of_job_error)?;
        tracing::info!(job = %view.id, owner = %view.owner, units = view.units_total, "submitted");
        Ok(Response::new(proto::SubmitReply { job: Some(encode::job(&view)) }))
    }

    async fn watch(&self, request: Request<proto::WatchRequest>) -> Reply<Self::WatchStream> {
        let call = self.calls.begin();
        let caller = caller(&request)?;
        let id = request.into_inner().id;
        self.seen(&caller, &id).await?;
        let views = self.jobs.watch(&id).await.map_err(of_job_error)?;
        let stream = WatchStream::new(views).map(move |view| {
            let _held: &Call = &call;
            Ok(encode::job(&view))
        });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn get(&self, request: Request<proto::GetRequest>) -> Reply<proto::Job> {
        let _call = self.calls.begin();
        let view = self.seen(&caller(&request)?, &request.get_ref().id).await?;
        Ok(Response::new(encode::job(&view)))
    }

    async fn list(&self, request: Request<proto::ListRequest>) -> Reply<proto::ListReply> {
        let _call = self.calls.begin();
        let caller = caller(&request)?;
        let owner = (caller.role != Role::Admin).then_some(caller.name);
        let views = self.jobs.list(owner).await.map_err(of_job_error)?;
        Ok(Response::new(proto::ListReply { jobs: views.iter().map(encode::job).collect() }))
    }

    async fn cancel(&self, request: Request<proto::CancelRequest>) -> Reply<proto::Job> {
        let _call = self.calls.begin();
        let caller = caller(&request)?;
        let id = request.into_inner().id;
        self.seen(&caller, &id).await?;
        let view = self.jobs.cancel(&id).await.map_err(of_job_error)?;
        Ok(Response::new(encode::job(&view)))
    }

    async fn fetch(&self, request: Request<proto::FetchRequest>) -> Reply<Self::FetchStream> {
        let call = self.calls.begin();
        let caller = caller(&request)?;
        let id = request.into_inner().id;
        self.seen(&caller, &id).await?;
        let turn = self.heavy.take(&caller).await?;
        let fetched = self.jobs.fetch(&id).await.map_err(of_job_error)?;
        let tensors = tensors(&fetched.results);
        let bytes = tensors.iter().map(|tensor| 8 * tensor.values.len() as u64).sum();
        let metered = self.meter.begin(&caller, bytes);
        let metered = metered.map_err(|quota| over_quota(&quota))?;
        let (sender, replies) = mpsc::channel(4);
        tokio::spawn(async move {
            let _held = (call, turn, metered);
            // Fails when the caller has gone, or reads too slowly.
            let _ = send_results(&fetched, tensors, &sender).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(replies))))
    }

    async fn estimate(
        &self,
        request: Request<proto::EstimateRequest>,
    ) -> Reply<proto::EstimateReply> {
        let _call = self.calls.begin();
        let caller = caller(&request)?;
        let document = document(request.into_inner().sweep)?;
        let _turn = self.heavy.take(&caller).await?;
        let (estimate, place) = self.jobs.estimate(document).await.map_err(of_job_error)?;
        Ok(Response::new(proto::EstimateReply {
            points: estimate.points,
            units: estimate.units,
            units_from_store: estimate.units_from_store,
            seconds: estimate.seconds,
            memory_bytes: estimate.memory_bytes,
            result_bytes: estimate.result_bytes,
            device_class: place.class,
            device_reason: place.why,
        }))
    }
}

/// The header is one message: so many reasons, of so many characters.
const MAX_REASONS: usize = 1000;
const MAX_REASON: usize = 400;

type Sender = mpsc::Sender<Result<proto::FetchReply, Status>>;
async fn send_results(
    fetched: &Fetched,
    tensors: Vec<Tensor>,
    sender: &Sender,
) -> Result<(), Status> {
    let send = async |part| patiently(sender, proto::FetchReply { part: Some(part) }).await;
    send(Part::Header(proto::FetchHeader {
        tensors: tensors.iter().map(encode::tensor).collect(),
        attributes_json: attributes(fetched).to_string(),
        failed: failed_points(fetched),
    }))
    .await?;
    for (index, tensor) in (0u32..).zip(tensors) {
        for piece in arrays::pieces(index, arrays::bytes_of(tensor.values)) {
            send(Part::Chunk(piece)).await?;
        }
    }
    send(Part::Certificate(encode::certificate(&fetched.results.certificate))).await
}

fn failed_points(fetched: &Fetched) -> Vec<proto::FailedPoint> {
    let points = (0u64..).zip(&fetched.results.points);
    points
        .filter_map(|(point, outcome)| match outcome {
            Point::Failed { reason } => {
                let reason = reason.chars().take(MAX_REASON).collect();
                Some(proto::FailedPoint { point, reason })
            }
            _ => None,
        })
        .take(MAX_REASONS)
        .collect()
}

fn attributes(fetched: &Fetched) -> serde_json::Value {
    let document = &fetched.results.document;
    // Of the first point; the axes give the others. All temperatures would not fit into a message.
    let request = match document.first() {
        Resolved::Nrg(first) => {
            let mut request = first.clone();
            request.run.temperature.truncate(1);
            serde_json::json!(request)
        }
        Resolved::Tables(first) => serde_json::json!(first.request),
    };
    let spec = document.group(0).ok().and_then(|group| group.runs.first().cloned());
    let axes: Vec<&str> = document.axes().iter().map(|axis| axis.field.as_str()).collect();
    serde_json::json!({
        "engine": document.engine(),
        "engine_version": spec.map(|spec| spec.engine_version()),
        "version": env!("CARGO_PKG_VERSION"),
        "job": fetched.view.id.as_ref(),
        "state": fetched.view.state.name(),
        "device": fetched.results.certificate.device,
        "precision": fetched.results.certificate.precision,
        "seconds": fetched.view.seconds_elapsed,
        "submitted_unix_seconds": fetched.view.submitted_unix_seconds,
        "axes": axes,
        "request": request,
        "flow": if fetched.results.flow.is_empty() { "left out: too large" } else { "included" },
    })
}
