//! HTTP/2 without a gRPC library: what no well-behaved client would send.
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::net::UnixStream;

pub struct Raw {
    pub send: SendRequest<Bytes>,
}

/// How a call ended: `grpc-status`, or the HTTP status where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Grpc(u32),
    Http(u16),
    Broken(String),
}

impl Raw {
    pub async fn connect(socket: &Path) -> Self {
        Self::try_connect(socket).await.unwrap()
    }

    pub async fn try_connect(socket: &Path) -> Result<Self, h2::Error> {
        let stream = UnixStream::connect(socket).await.unwrap();
        let (send, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        Ok(Self { send: send.ready().await? })
    }

    fn request(path: &str, headers: &[(&str, String)]) -> http::Request<()> {
        let mut request = http::Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.body(()).unwrap()
    }

    /// Sends the body whole; `open`: and does not end it.
    pub async fn call(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: &'static [u8],
        open: bool,
    ) -> End {
        let mut send = match self.send.clone().ready().await {
            Ok(send) => send,
            Err(error) => return End::Broken(error.to_string()),
        };
        let sent = send.send_request(Self::request(path, headers), false);
        let (answer, mut upload) = match sent {
            Ok(sent) => sent,
            Err(error) => return End::Broken(error.to_string()),
        };
        if let Err(error) = upload.send_data(Bytes::from_static(body), !open) {
            return End::Broken(error.to_string());
        }
        let limit = Duration::from_secs(30);
        match tokio::time::timeout(limit, end_of(answer)).await.expect("no answer in 30 s") {
            Ok(end) => end,
            Err(error) => End::Broken(error.to_string()),
        }
    }

    /// Begins a call and takes it back at once.
    pub async fn reset(&self, path: &str) -> Result<(), h2::Error> {
        let mut send = self.send.clone().ready().await?;
        let (_answer, mut upload) = send.send_request(Self::request(path, &[]), false)?;
        upload.send_reset(h2::Reason::CANCEL);
        Ok(())
    }
}

async fn end_of(answer: h2::client::ResponseFuture) -> Result<End, h2::Error> {
    let answer = answer.await?;
    let grpc = |headers: &http::HeaderMap| {
        let value = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
        Some(End::Grpc(value))
    };
    if let Some(end) = grpc(answer.headers()) {
        return Ok(end);
    }
    let status = answer.status().as_u16();
    let mut body = answer.into_body();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
    }
    let trailers = body.trailers().await?;
    Ok(trailers.as_ref().and_then(grpc).unwrap_or(End::Http(status)))
}
