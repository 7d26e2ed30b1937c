//! Before every call: who is it, may they; and its deadline, which reaches the work.
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tower::{Layer, Service};

use super::policy::Policy;
use crate::service::deadline::{self, Timed};
use crate::service::listen::Peer;

#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) policy: Policy,
}

#[derive(Debug, Clone)]
pub(crate) struct Gated<S> {
    policy: Policy,
    inner: S,
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { policy: self.policy.clone(), inner }
    }
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Gated<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Send,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let peer = request.extensions().get::<Peer>();
        match self.policy.admit(request.uri().path(), request.headers(), peer) {
            Ok(caller) => {
                if let Some(caller) = caller {
                    request.extensions_mut().insert(caller);
                }
                let limit = limit_of(request.headers());
                Box::pin(bounded(self.inner.call(request), limit))
            }
            Err(status) => Box::pin(std::future::ready(Ok(status.into_http()))),
        }
    }
}

fn limit_of(headers: &HeaderMap) -> Option<Duration> {
    deadline::parse(headers.get("grpc-timeout")?.to_str().ok()?)
}

/// A call that misses its deadline is told so, and its work is dropped.
async fn bounded<E>(
    call: impl Future<Output = Result<Response<Body>, E>> + Send,
    limit: Option<Duration>,
) -> Result<Response<Body>, E> {
    let Some(limit) = limit else { return call.await };
    let end = Instant::now() + deadline::shortened(limit);
    match tokio::time::timeout_at(end, call).await {
        Ok(answer) => {
            answer.map(|answer| answer.map(|body| Body::new(Timed::new(body, end, limit))))
        }
        Err(_) => Ok(deadline::missed(limit).into_http()),
    }
}
