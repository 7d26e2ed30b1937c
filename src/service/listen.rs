//! Where the server can be reached: a private Unix socket, and TCP if asked for: on loopback, and
//! elsewhere only with encryption and authentication.
use std::fs::{DirBuilder, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::access::certificates::Certificates;
use super::connection::{Accepted, Addresses};
pub use super::connection::{Connection, Peer};
use super::limits;

/// Why the server cannot listen there.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "--listen {address}: only loopback addresses (127.0.0.1, [::1]) are allowed without \
         {missing}; or spell out --insecure"
    )]
    NotLoopback { address: SocketAddr, missing: &'static str },
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

/// What protects the TCP address.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    pub certificates: Option<Arc<Certificates>>,
    /// Callers prove who they are, by a token or a certificate.
    pub authenticated: bool,
    /// Any address, whatever is missing.
    pub insecure: bool,
}

impl Protection {
    fn allows(&self, address: SocketAddr) -> Result<(), ListenError> {
        let missing = match (self.certificates.is_some(), self.authenticated) {
            (true, true) => return Ok(()),
            (true, false) => "authentication (--tokens or --tls-client-ca)",
            (false, true) => "encryption (--tls-cert and --tls-key)",
            (false, false) => {
                "encryption (--tls-cert and --tls-key) and authentication (--tokens or \
                 --tls-client-ca)"
            }
        };
        if address.ip().is_loopback() || self.insecure {
            return Ok(());
        }
        Err(ListenError::NotLoopback { address, missing })
    }
}

/// The listening sockets.
#[derive(Debug)]
pub struct Listeners {
    unix: UnixListener,
    tcp: Option<TcpListener>,
    file: SocketFile,
    certificates: Option<Arc<Certificates>>,
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
    pub async fn bind(
        socket: &Path,
        tcp: Option<SocketAddr>,
        protection: Protection,
    ) -> Result<Self, ListenError> {
        tcp.map_or(Ok(()), |address| protection.allows(address))?;
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
        let file = SocketFile { path: socket.to_owned(), _lock: lock };
        Ok(Self { unix, tcp, file, certificates: protection.certificates })
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
        let addresses = Addresses::default();
        let Self { unix, tcp, file, certificates } = self;
        tokio::spawn(async move {
            while let Ok(permit) = permits.clone().acquire_owned().await {
                let accepted = tokio::select! {
                    accepted = accept(&unix, tcp.as_ref(), &addresses) => accepted,
                    () = sender.closed() => break,
                };
                match accepted {
                    Ok(Some(accepted)) => {
                        let (certificates, sender) = (certificates.clone(), sender.clone());
                        // A handshake takes as long as the other side likes: beside.
                        tokio::spawn(greet(accepted, permit, certificates, sender));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        // Out of file descriptors, most likely: they come back.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        (receiver, file)
    }
}

/// None: an address has too many connections already; the new one is closed.
async fn accept(
    unix: &UnixListener,
    tcp: Option<&TcpListener>,
    addresses: &Addresses,
) -> io::Result<Option<Accepted>> {
    let Some(tcp) = tcp else {
        return Ok(Some(Accepted::unix(unix.accept().await?.0)));
    };
    tokio::select! {
        accepted = unix.accept() => Ok(Some(Accepted::unix(accepted?.0))),
        accepted = tcp.accept() => {
            let (stream, from) = accepted?;
            stream.set_nodelay(true)?;
            Ok(addresses.enter(from.ip()).map(|place| Accepted::tcp(stream, place)))
        }
    }
}

async fn greet(
    accepted: Accepted,
    permit: OwnedSemaphorePermit,
    certificates: Option<Arc<Certificates>>,
    sender: mpsc::Sender<io::Result<Connection>>,
) {
    let acceptor = certificates.map(|certificates| certificates.acceptor());
    match accepted.greeted(acceptor, permit).await {
        Ok(connection) => {
            // Fails when the server is ending.
            let _ = sender.send(Ok(connection)).await;
        }
        Err(error) => tracing::debug!(%error, "a handshake failed"),
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
