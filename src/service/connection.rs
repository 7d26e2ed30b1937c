//! One connection: plain or encrypted, given up when nothing is said on it, one of few by address.
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::access::users::{Hash, hash_of};
use super::limits;

/// What may be written ahead of a reader on the same machine.
const SOCKET_BYTES: usize = 1 << 20;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub struct Peer {
    /// None on the Unix socket.
    pub address: Option<IpAddr>,
    /// Of the certificate that was shown and checked.
    pub certificate: Option<Hash>,
}

impl Peer {
    pub fn is_unix(&self) -> bool {
        self.address.is_none()
    }
}

/// Connections by the address they come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One of an address's connections.
#[derive(Debug)]
pub(super) struct Place {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// None when the address has as many as it may.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if limits::CONNECTIONS_PER_ADDRESS <= *count {
            return None;
        }
        *count += 1;
        Some(Place { addresses: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Accepted, nothing said yet.
#[derive(Debug)]
pub(super) struct Accepted {
    stream: Plain,
    place: Option<Place>,
}

#[derive(Debug)]
enum Plain {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Accepted {
    pub(super) fn unix(stream: UnixStream) -> Self {
        // Less is not wrong: the system gives what it allows.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SOCKET_BYTES);
        Self { stream: Plain::Unix(stream), place: None }
    }

    pub(super) fn tcp(stream: TcpStream, place: Place) -> Self {
        Self { stream: Plain::Tcp(stream), place: Some(place) }
    }

    /// Encrypted if it comes by TCP and there is an acceptor.
    /// Errors: the handshake fails, or takes too long.
    pub(super) async fn greeted(
        self,
        acceptor: Option<TlsAcceptor>,
        permit: OwnedSemaphorePermit,
    ) -> io::Result<Connection> {
        let limit = Duration::from_secs(limits::GREETING_SECONDS);
        let stream = match (self.stream, acceptor) {
            (Plain::Unix(stream), _) => Stream::Unix(stream),
            (Plain::Tcp(stream), None) => Stream::Tcp(stream),
            (Plain::Tcp(stream), Some(acceptor)) => {
                let encrypted = timeout(limit, acceptor.accept(stream)).await;
                Stream::Tls(Box::new(encrypted.map_err(io::Error::from)??))
            }
        };
        let certificate = match &stream {
            Stream::Tls(stream) => {
                let shown = stream.get_ref().1.peer_certificates();
                shown.and_then(<[_]>::first).map(|shown| hash_of(shown))
            }
            _ => None,
        };
        let address = self.place.as_ref().map(|place| place.address);
        let peer = Peer { address, certificate };
        let silence = Some(Box::pin(sleep(limit)));
        let heard = 0;
        Ok(Connection { stream, peer, heard, silence, _place: self.place, _permit: permit })
    }
}

/// What every HTTP/2 client says at once: the preface and the head of its settings. Afterwards
/// pings tell whether it is there.
const GREETING_BYTES: usize = 24 + 9;

/// One connection; its places among the allowed ones are free again when it is dropped.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    peer: Peer,
    heard: usize,
    /// Until the greeting is complete.
    silence: Option<Pin<Box<Sleep>>>,
    _place: Option<Place>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if let Some(silence) = &mut self.silence {
            if polled.is_pending() && silence.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.heard += buffer.filled().len() - before;
            if GREETING_BYTES <= self.heard {
                self.silence = None;
            }
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Stream::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    /// Otherwise every HTTP/2 frame costs two system calls.
    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Unix(stream) => stream.is_write_vectored(),
            Stream::Tcp(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
