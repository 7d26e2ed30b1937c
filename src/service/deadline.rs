//! Deadlines of calls. tonic answers a missed `grpc-timeout` with CANCELLED, and not at all once a
//! stream has begun; here both end with DEADLINE_EXCEEDED.
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;

/// `grpc-timeout`: up to eight digits and a unit; none for anything else.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (last, unit) = text.char_indices().next_back()?;
    let digits = text.get(..last)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    Some(match unit {
        'H' => Duration::from_secs(3600 * value),
        'M' => Duration::from_secs(60 * value),
        'S' => Duration::from_secs(value),
        'm' => Duration::from_millis(value),
        'u' => Duration::from_micros(value),
        'n' => Duration::from_nanos(value),
        _ => return None,
    })
}

/// A little earlier than tonic, which would say CANCELLED.
pub(crate) fn shortened(limit: Duration) -> Duration {
    limit - (limit / 10).min(Duration::from_millis(5))
}

pub(crate) fn missed(limit: Duration) -> Status {
    Status::deadline_exceeded(format!("not done within the deadline of {limit:?}"))
}

/// The body of an answer, cut off at its deadline.
pub(crate) struct Timed {
    /// None after the end.
    body: Option<Body>,
    end: Pin<Box<Sleep>>,
    limit: Duration,
}

impl Timed {
    pub(crate) fn new(body: Body, end: Instant, limit: Duration) -> Self {
        Self { body: Some(body), end: Box::pin(sleep_until(end)), limit }
    }
}

impl http_body::Body for Timed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        if self.end.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        // Dropping the stream tells its work that nobody waits any more.
        self.body = None;
        let mut trailers = http::HeaderMap::new();
        match missed(self.limit).add_header(&mut trailers) {
            Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Err(status) => Poll::Ready(Some(Err(status))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }
}
