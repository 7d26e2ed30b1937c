//! Start, addresses, health, reflection, end.
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use edgestate::service::proto::{self, JobState};
use rustix::process::Signal;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::support::*;

#[tokio::test]
async fn health_and_reflection_answer() {
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--reflection"]).start();
    let mut health = HealthClient::new(server.channel().await);
    for service in ["", "edgestate.v1.Jobs", "edgestate.v1.Eigen", "edgestate.v1.Devices"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    let mut reflection = ServerReflectionClient::new(server.channel().await);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut replies =
        reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let reply = replies.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = reply else { panic!("{reply:?}") };
    let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    for name in ["edgestate.v1.Jobs", "edgestate.v1.Eigen", "edgestate.v1.Devices"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
}

#[tokio::test]
async fn without_the_option_there_is_no_reflection() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut reflection = ServerReflectionClient::new(server.channel().await);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answer = reflection.server_reflection_info(tokio_stream::once(request)).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn versions_are_exchanged_and_the_device_named() {
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--threads", "1"]).start();
    let mut client = server.devices().await;
    let request = |protocol| proto::VersionRequest { client_version: "0".into(), protocol };
    let reply = client.version(request(1)).await.unwrap().into_inner();
    assert_eq!((reply.protocol, reply.server_version.as_str()), (1, env!("CARGO_PKG_VERSION")));
    let status = client.version(request(2)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let devices = client.list(proto::ListDevicesRequest {}).await.unwrap().into_inner().devices;
    let cpu = devices.iter().find(|device| device.name == "cpu").unwrap();
    assert_eq!((cpu.threads, cpu.in_use, cpu.worker_state.as_str()), (1, true, "ready"));
}

#[tokio::test]
async fn loopback_tcp_serves_too_and_the_socket_is_private() {
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--listen", "127.0.0.1:0"]).start();
    let address = server.address.clone().unwrap();
    assert!(!address.ends_with(":0"), "{address}");
    let client = proto::jobs_client::JobsClient::connect(format!("http://{address}")).await;
    client.unwrap().list(proto::ListRequest {}).await.unwrap();
    let mode = std::fs::metadata(&server.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn other_addresses_are_refused() {
    let dir = short_dir();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:50051"] {
        let start = Start::new(dir.path());
        let output = start.command().args(["--listen", address]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{address}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("only loopback"), "{text}");
    }
    assert!(!dir.path().join("store").exists(), "refused before any work");
}

#[test]
fn a_second_server_on_the_same_store_is_told_who_holds_it() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut command = std::process::Command::new(BINARY);
    command.arg("serve").arg("--store").arg(dir.path().join("store"));
    let output = command.arg("--socket").arg(dir.path().join("other")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let holder = format!("in use by the process {}", server.child.id());
    assert!(text.contains(&holder), "{text}");
}

#[test]
fn a_second_server_on_the_same_socket_is_refused_and_a_stale_socket_replaced() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).start();
    let output = Start::new(dir.path()).command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("answers there already"), "{text}");
    server.kill();
    assert!(server.socket.exists(), "kill -9 leaves the socket behind");
    let server = Start::new(dir.path()).start();
    assert!(server.worker().is_some());
}

#[tokio::test]
async fn sigterm_ends_the_server_and_keeps_the_job() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1])).await;
    // A stream stays open while the server ends.
    let request = proto::WatchRequest { id: job.id.clone() };
    let mut stream = client.watch(request).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    let worker = server.worker().unwrap();
    let begin = Instant::now();
    server.signal(Signal::TERM);
    let status = server.wait(Duration::from_secs(10)).expect("ends within 10 s");
    assert_eq!(status.code(), Some(0), "after {:?}", begin.elapsed());
    assert!(parent_if_alive(worker).is_none());
    assert!(!server.socket.exists());

    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 2));
}

#[tokio::test]
async fn an_idle_server_ends_itself_but_not_during_a_job() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).slow(1800).arguments(&["--idle-exit", "1"]).start();
    let mut client = server.jobs().await;
    let begin = Instant::now();
    submit(&mut client, sweep(&[0.1])).await;
    drop(client);
    let status = server.wait(Duration::from_secs(20)).expect("ends when idle");
    assert_eq!(status.code(), Some(0));
    let lived = begin.elapsed();
    assert!(lived > Duration::from_millis(2700), "ended after {lived:?}, in the middle of the job");
}

#[test]
fn the_limits_are_printed() {
    let output = std::process::Command::new(BINARY).args(["serve", "--print-limits"]).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    for limit in ["message", "4194304 bytes", "units of a job", "connections", "order of a matrix"]
    {
        assert!(text.contains(limit), "{limit} is missing:\n{text}");
    }
}
