//! Where the server can be reached: a private Unix socket, and loopback TCP if asked for.
use std::fs::{DirBuilder, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustix::fs::{FlockOperation, flock};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::transport::server::Connected;

use super::limits;

/// Why the server cannot listen there.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "--listen {0}: only loopback addresses (127.0.0.1, [::1]) are allowed: the connection is \
         not encrypted and asks for no password"
    )]
    NotLoopback(SocketAddr),
    #[error("{}: a server answers there already", .0.display())]
    InUse(PathBuf),
    #[error("{}: {reason}", path.display())]
    Unsafe { path: PathBuf, reason: String },
    #[error("{}: a socket path has at most 107 bytes; choose a shorter one with --socket", .0.display())]
    TooLong(PathBuf),
    #[error("cannot listen on {place}: {source}")]
    Io { place: String, source: io::Error },
}

/// `$XDG_RUNTIME_DIR/edgestate/edgestate.sock`, else `/tmp/edgestate-$UID/edgestate.sock`.
pub fn default_socket() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let dir = match runtime.filter(|dir| dir.is_absolute() && dir.is_dir()) {
        Some(dir) => dir.join("edgestate"),
        None => PathBuf::from(format!("/tmp/edgestate-{}", rustix::process::getuid().as_raw())),
    };
    dir.join("edgestate.sock")
}

/// The listening sockets.
#[derive(Debug)]
pub struct Listeners {
    unix: UnixListener,
    tcp: Option<TcpListener>,
    file: SocketFile,
}

/// The socket file; removed when this is dropped, as long as it is certainly ours.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    /// Released after the removal: fields are dropped after `drop` has run.
    _lock: File,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Listeners {
    /// Must be called before other threads create files: it narrows the process's umask for a moment.
    pub async fn bind(socket: &Path, tcp: Option<SocketAddr>) -> Result<Self, ListenError> {
        if let Some(address) = tcp.filter(|address| !address.ip().is_loopback()) {
            return Err(ListenError::NotLoopback(address));
        }
        if socket.as_os_str().len() > 107 {
            return Err(ListenError::TooLong(socket.to_owned()));
        }
        let (unix, lock) = bind_unix(socket)?;
        let tcp = match tcp {
            Some(address) => {
                let place = address.to_string();
                let bound = TcpListener::bind(address).await;
                Some(bound.map_err(|source| ListenError::Io { place, source })?)
            }
            None => None,
        };
        Ok(Self { unix, tcp, file: SocketFile { path: socket.to_owned(), _lock: lock } })
    }

    pub fn socket(&self) -> &Path {
        &self.file.path
    }

    /// With the port that was chosen.
    pub fn address(&self) -> Option<SocketAddr> {
        self.tcp.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Accepted connections, no more than the limit at a time; the socket file is the caller's to keep.
    pub fn incoming(self) -> (mpsc::Receiver<io::Result<Connection>>, SocketFile) {
        let (sender, receiver) = mpsc::channel(1);
        let permits = Arc::new(Semaphore::new(limits::CONNECTIONS));
        let Self { unix, tcp, file } = self;
        tokio::spawn(async move {
            while let Ok(permit) = permits.clone().acquire_owned().await {
                let stream = tokio::select! {
                    stream = accept(&unix, tcp.as_ref()) => stream,
                    () = sender.closed() => break,
                };
                let connection = match stream {
                    Ok(stream) => Connection { stream, _permit: permit },
                    Err(error) => {
                        // Out of file descriptors, most likely: they come back.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        continue;
                    }
                };
                if sender.send(Ok(connection)).await.is_err() {
                    break;
                }
            }
        });
        (receiver, file)
    }
}

async fn accept(unix: &UnixListener, tcp: Option<&TcpListener>) -> io::Result<Stream> {
    let Some(tcp) = tcp else {
        return Ok(Stream::Unix(unix.accept().await?.0));
    };
    tokio::select! {
        accepted = unix.accept() => Ok(Stream::Unix(accepted?.0)),
        accepted = tcp.accept() => {
            let (stream, _) = accepted?;
            stream.set_nodelay(true)?;
            Ok(Stream::Tcp(stream))
        }
    }
}

fn bind_unix(path: &Path) -> Result<(UnixListener, File), ListenError> {
    let io_error = |source| ListenError::Io { place: path.display().to_string(), source };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io_error)?;
    if path.parent() == default_socket().parent() {
        check_private(dir)?;
    }
    let lock = lock_beside(path)?;
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => return Err(ListenError::InUse(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => remove_stale(path)?,
        Err(source) => return Err(io_error(source)),
    }
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    rustix::process::umask(before);
    Ok((bound.map_err(io_error)?, lock))
}

/// Nobody answers: the file may go, if it is a socket.
fn remove_stale(path: &Path) -> Result<(), ListenError> {
    use std::os::unix::fs::FileTypeExt;
    let io_error = |source| ListenError::Io { place: path.display().to_string(), source };
    let kind = std::fs::symlink_metadata(path).map_err(io_error)?.file_type();
    if !kind.is_socket() {
        let reason = "is there and is no socket".to_owned();
        return Err(ListenError::Unsafe { path: path.to_owned(), reason });
    }
    std::fs::remove_file(path).map_err(io_error)
}

/// Two servers that start at the same moment must not remove each other's socket.
fn lock_beside(path: &Path) -> Result<File, ListenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let place = PathBuf::from(name);
    let file = File::options().write(true).create(true).truncate(false).open(&place);
    let file =
        file.map_err(|source| ListenError::Io { place: place.display().to_string(), source })?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(_) => Err(ListenError::InUse(path.to_owned())),
    }
}

/// Anyone can make `/tmp/edgestate-$UID` first: it must be a directory of ours, closed to others.
fn check_private(dir: &Path) -> Result<(), ListenError> {
    let refuse = |reason: String| ListenError::Unsafe { path: dir.to_owned(), reason };
    let metadata = std::fs::symlink_metadata(dir).map_err(|error| refuse(error.to_string()))?;
    if !metadata.is_dir() {
        return Err(refuse("is no directory".into()));
    }
    let uid = rustix::process::getuid().as_raw();
    if metadata.uid() != uid {
        return Err(refuse(format!("belongs to user {}, not to {uid}", metadata.uid())));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(refuse("is open to other users; it must have mode 0700".into()));
    }
    Ok(())
}

/// One connection; its place among the allowed ones is free again when it is dropped.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Connected for Connection {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
        }
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
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
