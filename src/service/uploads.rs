//! What calls that send arrays have in common: they may be slow, but not too slow, and what the
//! worker does for them is charged to their caller.
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_stream::StreamExt;
use tonic::{Status, Streaming};

use super::limits;
use crate::jobs::core::Charge;
use crate::jobs::manager::{Jobs, LaneId};

/// When an upload of so many bytes has to be complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    end: tokio::time::Instant,
    seconds: u64,
}

impl Due {
    pub(super) fn new(bytes: u64) -> Self {
        let seconds = limits::UPLOAD_IDLE_SECONDS + bytes / limits::UPLOAD_BYTES_PER_SECOND;
        Self { end: tokio::time::Instant::now() + Duration::from_secs(seconds), seconds }
    }
}

/// The next message; none at the end.
/// Errors: none comes for too long, or the upload as a whole takes too long.
pub(super) async fn next<T>(upload: &mut Streaming<T>, due: Due) -> Result<Option<T>, Status> {
    let seconds = limits::UPLOAD_IDLE_SECONDS;
    let idle = tokio::time::timeout(Duration::from_secs(seconds), upload.next());
    let message = tokio::time::timeout_at(due.end, idle).await.map_err(|_| {
        let text = format!("the upload is not complete after {} s", due.seconds);
        Status::deadline_exceeded(text)
    })?;
    let message = message.map_err(|_| {
        Status::deadline_exceeded(format!("no piece of the upload for {seconds} s"))
    })?;
    message.transpose()
}

/// Work of the worker for one call; charged when it is done or given up.
#[derive(Debug)]
pub(super) struct Work {
    jobs: Jobs,
    lane: LaneId,
    engine: &'static str,
    user: Arc<str>,
    queued: Duration,
    busy: Duration,
    begun: Option<Instant>,
}

impl Work {
    /// `queued`: how long the call has waited for its turn.
    pub(super) fn new(
        jobs: &Jobs,
        lane: LaneId,
        engine: &'static str,
        user: &Arc<str>,
        queued: Duration,
    ) -> Self {
        let (jobs, user, busy) = (jobs.clone(), user.clone(), Duration::ZERO);
        Self { jobs, lane, engine, user, queued, busy, begun: None }
    }

    /// Everything has arrived: the device has it.
    pub(super) fn begin(&mut self) {
        self.begin_at(Instant::now());
    }

    /// The device has something to do, unless it has had before.
    pub(super) fn begin_at(&mut self, now: Instant) {
        self.begun.get_or_insert(now);
    }

    /// The device has done all that it has.
    pub(super) fn pause(&mut self) {
        self.busy += self.begun.take().map_or(Duration::ZERO, |begun| begun.elapsed());
    }

    /// The answer begins.
    pub(super) fn end(&mut self) {
        self.pause();
        let busy = std::mem::take(&mut self.busy);
        if busy.is_zero() {
            return;
        }
        let charge = Charge {
            user: self.user.clone(),
            engine: self.engine.into(),
            queue_seconds: self.queued.as_secs_f64(),
            compute_seconds: busy.as_secs_f64(),
            store_seconds: 0.0,
            units: 0,
            result_bytes: 0,
        };
        self.jobs.charge(self.lane, charge);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.end();
    }
}
