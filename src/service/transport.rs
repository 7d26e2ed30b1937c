//! The service `Transport`: small requests answered by the call itself.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tonic::{Request, Response, Status};

use super::arrays::bytes_of;
use super::calls::Calls;
use super::jobs::caller;
use super::proto::transport_server::Transport as Service;
use super::proto::{self, sweep};
use super::status::{self, over_limit};
use super::turns::Turns;
use super::{decode, encode, limits};
use crate::jobs::document::RawDocument;
use crate::jobs::local::LocalError;
use crate::jobs::results::{Point, Results, tensors};
use crate::jobs::single::{Limits, SingleError, answer};
use crate::jobs::worker::machine;

const LIMITS: Limits = Limits {
    core_seconds: limits::COMPUTE_SECONDS,
    memory_bytes: limits::COMPUTE_MEMORY_BYTES,
    result_bytes: limits::MESSAGE_BYTES as u64,
};

#[derive(Debug)]
pub struct TransportService {
    calls: Calls,
    turns: Turns,
}

impl TransportService {
    pub fn new(calls: Calls) -> Self {
        Self { calls, turns: Turns::new(limits::COMPUTE_CALLS) }
    }
}

/// A caller that has gone stops its work.
struct StopWhenGone(Arc<AtomicBool>);

impl Drop for StopWhenGone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tonic::async_trait]
impl Service for TransportService {
    async fn compute(
        &self,
        request: Request<proto::TransportRequest>,
    ) -> Result<Response<proto::ComputeReply>, Status> {
        let call = self.calls.begin();
        let caller = caller(&request)?;
        let engine = Some(sweep::Engine::Transport(request.into_inner()));
        let document = decode::document(Some(proto::Sweep { engine, ..Default::default() }));
        let document = document.map_err(|errors| status::invalid(&errors))?;
        let turn = self.turns.take(&caller).await?;
        let guard = StopWhenGone(Arc::new(AtomicBool::new(false)));
        let stop = guard.0.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _held = (call, turn);
            compute(document, &stop)
        });
        let results =
            work.await.map_err(|_| Status::internal("the work ended before its time"))??;
        reply(&results).map(Response::new)
    }
}

fn compute(document: RawDocument, stop: &AtomicBool) -> Result<Results, Status> {
    let opened = machine::open("cpu", None, limits::COMPUTE_MEMORY_BYTES);
    let opened = opened.map_err(|error| Status::unavailable(error.to_string()))?;
    answer(document, &LIMITS, opened.device.as_ref(), stop).map_err(of_error)
}

fn of_error(error: SingleError) -> Status {
    match error {
        SingleError::Invalid(errors) | SingleError::Local(LocalError::Invalid(errors)) => {
            status::invalid(&errors)
        }
        SingleError::TooLarge { what, value, allowed } => {
            over_limit(&format!("{what} (submit it as a job)"), value, allowed)
        }
        SingleError::Local(LocalError::Stopped) => Status::cancelled("stopped on request"),
        SingleError::Local(LocalError::Store(error)) => Status::internal(error.to_string()),
    }
}

fn reply(results: &Results) -> Result<proto::ComputeReply, Status> {
    if let Some(Point::Failed { reason }) = results.points.first() {
        return Err(Status::out_of_range(reason.clone()));
    }
    let tensors = tensors(results);
    let bytes: usize = tensors.iter().map(|tensor| 16 * tensor.values.len() + 256).sum();
    if limits::MESSAGE_BYTES < bytes {
        let (value, allowed) = (bytes as u64, limits::MESSAGE_BYTES as u64);
        return Err(over_limit("answer of a call, bytes (submit it as a job)", value, allowed));
    }
    Ok(proto::ComputeReply {
        tensors: tensors.iter().map(encode::tensor).collect(),
        data: tensors.into_iter().map(|tensor| bytes_of(tensor.values)).collect(),
        certificate: Some(encode::certificate(&results.certificate)),
    })
}
