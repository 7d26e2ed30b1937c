//! The service `Jobs`.
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::{ReceiverStream, WatchStream};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use super::calls::{Call, Calls};
use super::proto::jobs_server::Jobs as Service;
use super::proto::{self, fetch_reply::Part};
use super::status::of_job_error;
use super::{arrays, decode, encode, limits, status};
use crate::jobs::document::{RawDocument, Request as Resolved};
use crate::jobs::manager::{Fetched, Jobs};
use crate::jobs::results::{Point, tensors};

#[derive(Debug)]
pub struct JobsService {
    jobs: Jobs,
    calls: Calls,
    heavy: Arc<Semaphore>,
}

type Reply<T> = Result<Response<T>, Status>;
type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl JobsService {
    pub fn new(jobs: Jobs, calls: Calls) -> Self {
        Self { jobs, calls, heavy: Arc::new(Semaphore::new(limits::HEAVY_CALLS)) }
    }

    /// Work that holds much memory takes turns.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Status> {
        let turn = self.heavy.clone().acquire_owned().await;
        turn.map_err(|_| Status::unavailable("the server is shutting down"))
    }
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
        let document = document(request.into_inner().sweep)?;
        let _turn = self.turn().await?;
        let view = self.jobs.submit(document).await.map_err(of_job_error)?;
        tracing::info!(job = %view.id, units = view.units_total, "submitted");
        Ok(Response::new(proto::SubmitReply { job: Some(encode::job(&view)) }))
    }

    async fn watch(&self, request: Request<proto::WatchRequest>) -> Reply<Self::WatchStream> {
        let call = self.calls.begin();
        let views = self.jobs.watch(&request.into_inner().id).await.map_err(of_job_error)?;
        let stream = WatchStream::new(views).map(move |view| {
            let _held: &Call = &call;
            Ok(encode::job(&view))
        });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn get(&self, request: Request<proto::GetRequest>) -> Reply<proto::Job> {
        let _call = self.calls.begin();
        let view = self.jobs.get(&request.into_inner().id).await.map_err(of_job_error)?;
        Ok(Response::new(encode::job(&view)))
    }

    async fn list(&self, _request: Request<proto::ListRequest>) -> Reply<proto::ListReply> {
        let _call = self.calls.begin();
        let views = self.jobs.list().await.map_err(of_job_error)?;
        Ok(Response::new(proto::ListReply { jobs: views.iter().map(encode::job).collect() }))
    }

    async fn cancel(&self, request: Request<proto::CancelRequest>) -> Reply<proto::Job> {
        let _call = self.calls.begin();
        let view = self.jobs.cancel(&request.into_inner().id).await.map_err(of_job_error)?;
        Ok(Response::new(encode::job(&view)))
    }

    async fn fetch(&self, request: Request<proto::FetchRequest>) -> Reply<Self::FetchStream> {
        let call = self.calls.begin();
        let turn = self.turn().await?;
        let fetched = self.jobs.fetch(&request.into_inner().id).await.map_err(of_job_error)?;
        let (sender, replies) = mpsc::channel(4);
        tokio::spawn(async move {
            let _held = (call, turn);
            // Fails when the caller has gone.
            let _ = send_results(fetched, &sender).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(replies))))
    }

    async fn estimate(
        &self,
        request: Request<proto::EstimateRequest>,
    ) -> Reply<proto::EstimateReply> {
        let _call = self.calls.begin();
        let document = document(request.into_inner().sweep)?;
        let _turn = self.turn().await?;
        let estimate = self.jobs.estimate(document).await.map_err(of_job_error)?;
        Ok(Response::new(proto::EstimateReply {
            points: estimate.points,
            units: estimate.units,
            units_from_store: estimate.units_from_store,
            seconds: estimate.seconds,
            memory_bytes: estimate.memory_bytes,
            result_bytes: estimate.result_bytes,
        }))
    }
}

/// The header is one message: so many reasons, of so many characters.
const MAX_REASONS: usize = 1000;
const MAX_REASON: usize = 400;

type Sender = mpsc::Sender<Result<proto::FetchReply, Status>>;
type SendError = mpsc::error::SendError<Result<proto::FetchReply, Status>>;

async fn send_results(fetched: Fetched, sender: &Sender) -> Result<(), SendError> {
    let send = async |part| sender.send(Ok(proto::FetchReply { part: Some(part) })).await;
    let tensors = tensors(&fetched.results);
    send(Part::Header(proto::FetchHeader {
        tensors: tensors.iter().map(encode::tensor).collect(),
        attributes_json: attributes(&fetched).to_string(),
        failed: failed_points(&fetched),
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
