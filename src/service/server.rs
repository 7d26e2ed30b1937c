//! The server from its first socket to its last signal.
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_reflection::server::v1::{ServerReflection, ServerReflectionServer};

use super::access::certificates::{Certificates, TlsError, TlsFiles};
use super::access::layer::Gate;
use super::access::policy::Policy;
use super::access::watch::{Directory, keep_up};
use super::access::{FileError, Meter};
use super::calls::Calls;
use super::devices::DevicesService;
use super::eigen::EigenService;
use super::jobs::JobsService;
use super::limits;
use super::listen::{ListenError, Listeners, Protection};
use super::proto::DESCRIPTORS;
use super::proto::devices_server::DevicesServer;
use super::proto::eigen_server::EigenServer;
use super::proto::jobs_server::JobsServer;
use super::proto::spectra_server::SpectraServer;
use super::proto::transport_server::TransportServer;
use super::spectra::SpectraService;
use super::transport::TransportService;
use crate::jobs::manager::{Jobs, OpenError, Settings};

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub jobs: Settings,
    pub socket: PathBuf,
    /// Loopback, unless `access` protects other addresses.
    pub listen: Option<SocketAddr>,
    /// Ends the server when there has been no call and no job for so long.
    pub idle_exit: Option<Duration>,
    pub access: AccessOptions,
}

/// Who may reach the server, and how.
#[derive(Debug, Clone, Default)]
pub struct AccessOptions {
    /// TCP is encrypted.
    pub tls: Option<TlsFiles>,
    /// The file of users: every call but health needs a credential of one of them.
    pub tokens: Option<PathBuf>,
    /// TCP on any address, without encryption or authentication if those are not configured.
    pub insecure: bool,
    /// The server describes its services to whoever may call it.
    pub reflection: bool,
}

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("users: {0}")]
    Users(#[from] FileError),
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    #[error("the server ended: {0}")]
    Transport(#[from] tonic::transport::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Calls still open when everything else has ended are given so long.
const LAST_CALLS: Duration = Duration::from_secs(1);

const SERVICES: [&str; 6] = [
    "",
    "edgestate.v1.Jobs",
    "edgestate.v1.Eigen",
    "edgestate.v1.Devices",
    "edgestate.v1.Transport",
    "edgestate.v1.Spectra",
];

/// Serves until a signal or until idle. Prints `listening on ...` lines once calls are answered.
pub async fn serve(options: ServeOptions) -> Result<(), ServeError> {
    let mut signals = Signals::new()?;
    let access = Access::open(&options.access)?;
    let protection = access.protection(options.access.insecure);
    let listeners = Listeners::bind(&options.socket, options.listen, protection).await?;
    let settings = options.jobs.clone();
    let opened = tokio::task::spawn_blocking(move || Jobs::open(&settings));
    let (jobs, running) = tokio::select! {
        opened = opened => opened.map_err(std::io::Error::other)??,
        () = signals.next() => return Ok(()),
    };
    announce(&listeners, &jobs)?;
    let calls = Calls::new();
    let (health, health_service) = tonic_health::server::health_reporter();
    set_health(&health, ServingStatus::Serving).await;
    let (close, closed) = oneshot::channel::<()>();
    let limit = limits::MESSAGE_BYTES;
    let meter = Meter::default();
    let jobs_service = JobsService::new(jobs.clone(), calls.clone(), meter.clone());
    let eigen = EigenService::new(jobs.clone(), calls.clone(), meter.clone());
    let spectra = SpectraService::new(jobs.clone(), calls.clone(), meter);
    let transport = TransportService::new(calls.clone());
    let devices = DevicesService::new(jobs.clone(), calls.clone());
    let router = builder()
        .layer(Gate { policy: access.policy.clone() })
        .add_service(health_service)
        .add_optional_service(reflection(options.access.reflection)?)
        .add_service(JobsServer::new(jobs_service).max_decoding_message_size(limit))
        .add_service(EigenServer::new(eigen).max_decoding_message_size(limit))
        .add_service(TransportServer::new(transport).max_decoding_message_size(limit))
        .add_service(SpectraServer::new(spectra).max_decoding_message_size(limit))
        .add_service(DevicesServer::new(devices).max_decoding_message_size(limit));
    let Access { certificates, directory, .. } = access;
    let (connections, _socket_file) = listeners.incoming();
    let incoming = ReceiverStream::new(connections);
    let mut server = tokio::spawn(router.serve_with_incoming_shutdown(incoming, async {
        // An error means that the sender is gone: closing as well.
        let _ = closed.await;
    }));
    tokio::select! {
        ended = &mut server => ended.map_err(std::io::Error::other)??,
        () = signals.next() => tracing::info!("asked to end"),
        () = idle(options.idle_exit, &calls, &jobs) => tracing::info!("idle: ending"),
        ended = keep_up(certificates, directory) => ended?,
    }
    set_health(&health, ServingStatus::NotServing).await;
    let _ = close.send(());
    let orderly = async {
        // Chunks are stopped, results written; jobs stay in the store.
        let ended = tokio::task::spawn_blocking(move || running.shut_down()).await;
        tracing::debug!("jobs closed");
        let _ = tokio::time::timeout(LAST_CALLS, server).await;
        tracing::debug!("calls closed");
        ended
    };
    tokio::select! {
        ended = orderly => ended.map_err(std::io::Error::other)?,
        () = signals.next() => tracing::warn!("asked to end at once"),
    }
    Ok(())
}

/// What the files of the options say.
struct Access {
    certificates: Option<Arc<Certificates>>,
    directory: Option<Arc<Directory>>,
    policy: Policy,
}

impl Access {
    fn open(options: &AccessOptions) -> Result<Self, ServeError> {
        let certificates = options.tls.clone().map(Certificates::load).transpose()?.map(Arc::new);
        let directory = options.tokens.clone().map(Directory::open).transpose()?.map(Arc::new);
        let shown = options.tls.as_ref().is_some_and(|files| files.client_authority.is_some());
        let policy = match &directory {
            Some(directory) => Policy::Users(directory.clone()),
            None if shown => Policy::Certificates,
            None => Policy::Open,
        };
        Ok(Self { certificates, directory, policy })
    }

    fn protection(&self, insecure: bool) -> Protection {
        let authenticated = !matches!(self.policy, Policy::Open);
        Protection { certificates: self.certificates.clone(), authenticated, insecure }
    }
}

fn reflection(
    wanted: bool,
) -> Result<Option<ServerReflectionServer<impl ServerReflection>>, ServeError> {
    let build = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
    };
    Ok(wanted.then(build).transpose()?)
}

fn builder() -> Server {
    Server::builder()
        .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
        .max_frame_size(limits::FRAME_BYTES)
        .max_concurrent_streams(limits::STREAMS_PER_CONNECTION)
        .concurrency_limit_per_connection(limits::CALLS_PER_CONNECTION)
        .http2_max_header_list_size(limits::HEADER_BYTES)
        .http2_keepalive_interval(Some(Duration::from_secs(60)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
}

async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

fn announce(listeners: &Listeners, jobs: &Jobs) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "store {}", jobs.store_dir().display())?;
    if let Some(kind) = crate::jobs::store::network_file_system(jobs.store_dir()) {
        writeln!(
            out,
            "warning: the store is on a network file system ({kind}); a local disk is faster and safer"
        )?;
    }
    for lane in jobs.lanes() {
        match (lane.class.is_empty(), lane.threads) {
            (true, _) => writeln!(out, "no device {}: {}", lane.name, lane.reason)?,
            (false, 0) => writeln!(out, "device {}: {}", lane.name, lane.class)?,
            (false, threads) => writeln!(out, "device {}, {threads} threads", lane.class)?,
        }
    }
    writeln!(out, "listening on unix:{}", listeners.socket().display())?;
    if let Some(address) = listeners.address() {
        writeln!(out, "listening on {address}")?;
    }
    out.flush()
}

/// Ends when there has been neither call nor job for `limit`; never without a limit.
async fn idle(limit: Option<Duration>, calls: &Calls, jobs: &Jobs) {
    let Some(limit) = limit else { return std::future::pending().await };
    let mut last_job = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !jobs.idle() {
            last_job = tokio::time::Instant::now();
        }
        if last_job.elapsed() >= limit && calls.idle().is_some_and(|idle| idle >= limit) {
            return;
        }
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
