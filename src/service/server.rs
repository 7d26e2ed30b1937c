//! The server from its first socket to its last signal.
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::calls::Calls;
use super::devices::DevicesService;
use super::eigen::EigenService;
use super::jobs::JobsService;
use super::limits;
use super::listen::{ListenError, Listeners};
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
    /// Loopback only.
    pub listen: Option<SocketAddr>,
    /// Ends the server when there has been no call and no job for so long.
    pub idle_exit: Option<Duration>,
}

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Listen(#[from] ListenError),
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
    let listeners = Listeners::bind(&options.socket, options.listen).await?;
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
    let router = builder()
        .add_service(health_service)
        .add_service(
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .build_v1()?,
        )
        .add_service(
            JobsServer::new(JobsService::new(jobs.clone(), calls.clone()))
                .max_decoding_message_size(limits::MESSAGE_BYTES),
        )
        .add_service(
            EigenServer::new(EigenService::new(jobs.clone(), calls.clone()))
                .max_decoding_message_size(limits::MESSAGE_BYTES),
        )
        .add_service(
            TransportServer::new(TransportService::new(calls.clone()))
                .max_decoding_message_size(limits::MESSAGE_BYTES),
        )
        .add_service(
            SpectraServer::new(SpectraService::new(jobs.clone(), calls.clone()))
                .max_decoding_message_size(limits::MESSAGE_BYTES),
        )
        .add_service(
            DevicesServer::new(DevicesService::new(jobs.clone(), calls.clone()))
                .max_decoding_message_size(limits::MESSAGE_BYTES),
        );
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

fn builder() -> Server {
    Server::builder()
        .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
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
    let device = jobs.device();
    writeln!(out, "device {}, {} threads", device.name, device.threads)?;
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
