//! Several users on one server: shares of the device, quotas, what is said when one is reached.
use std::path::Path;
use std::time::Duration;

use edgestate::service::proto::jobs_client::JobsClient;
use edgestate::service::proto::{self, JobState};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::access::{add_user, guarded, submission, submit_as, with_token};
use crate::support::*;

async fn ended(client: &mut JobsClient<Channel>, token: &str, id: &str) -> proto::Job {
    let request = with_token(token, proto::WatchRequest { id: id.to_owned() });
    let mut stream = client.watch(request).await.unwrap().into_inner();
    let mut last = None;
    let all = async {
        while let Some(job) = stream.message().await.unwrap() {
            last = Some(job);
        }
    };
    tokio::time::timeout(Duration::from_secs(120), all).await.expect("the job does not end");
    last.unwrap()
}

async fn usage(server: &Server, token: &str) -> Vec<proto::Usage> {
    let request = with_token(token, proto::StatisticsRequest {});
    server.devices().await.statistics(request).await.unwrap().into_inner().usage
}

fn seconds(usage: &[proto::Usage], user: &str) -> f64 {
    usage.iter().filter(|one| one.user == user).map(|one| one.compute_seconds).sum()
}

/// The heavy user has ten times as many jobs; from when the light one comes, both get the same.
#[tokio::test]
async fn two_users_share_the_device_evenly() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let (heavy, light) = (add_user(&file, &["heavy"]), add_user(&file, &["light"]));
    let admin = add_user(&file, &["root", "--role", "admin"]);
    // A chunk is of 100 ms and little more.
    let server = guarded(dir.path(), &file).slow(100).start();
    let mut client = server.jobs().await;
    let coupling = |index: usize| 0.05 + 0.001 * index as f64;
    for job in 0..150 {
        submit_as(&mut client, &heavy, submission(&[coupling(job)])).await.unwrap();
    }
    let mut last = None;
    for job in 200..215 {
        last = Some(submit_as(&mut client, &light, submission(&[coupling(job)])).await.unwrap());
    }
    let before = usage(&server, &admin).await;
    let job = ended(&mut client, &light, &last.unwrap().id).await;
    assert_eq!(job.state(), JobState::Done);
    let after = usage(&server, &admin).await;
    let during = |user| seconds(&after, user) - seconds(&before, user);
    let (heavy_seconds, light_seconds) = (during("heavy"), during("light"));
    // One chunk more or less: either user may have had the last one.
    let chunk = seconds(&after, "light") / 15.0;
    println!("heavy {heavy_seconds:.3} s, light {light_seconds:.3} s, a chunk {chunk:.3} s");
    assert!(
        (heavy_seconds - light_seconds).abs() < 0.1 * light_seconds + chunk,
        "heavy {heavy_seconds} s, light {light_seconds} s, a chunk {chunk} s"
    );
    // Each sees what is theirs.
    let seen = usage(&server, &light).await;
    assert!(seen.iter().all(|one| one.user == "light"), "{seen:?}");
    let own = seen.iter().find(|one| one.engine == "nrg").unwrap();
    assert_eq!((own.chunks, own.units), (15, 30));
    assert!(own.queue_seconds > own.compute_seconds, "{own:?}");
    assert!(own.store_seconds > 0.0 && own.compute_seconds > 1.5, "{own:?}");
}

#[tokio::test]
async fn the_urgent_job_goes_first() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(300).start();
    let mut client = server.jobs().await;
    let with =
        |coupling: f64, priority| proto::SubmitRequest { priority, ..submission(&[coupling]) };
    let submit = async |client: &mut JobsClient<Channel>, request| {
        client.submit(request).await.unwrap().into_inner().job.unwrap()
    };
    submit(&mut client, with(0.1, 0)).await;
    let usual = submit(&mut client, with(0.2, 0)).await;
    let urgent = submit(&mut client, with(0.3, 100)).await;
    assert_eq!(urgent.priority, 100);
    assert_eq!(watch(&mut client, &urgent.id).await.pop().unwrap().state(), JobState::Done);
    assert_ne!(get(&mut client, &usual.id).await.state(), JobState::Done);
    for priority in [-101, 101, i32::MIN, i32::MAX] {
        let status = client.submit(with(0.4, priority)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "priority");
    }
    submit(&mut client, with(0.5, -100)).await;
}

/// The quota by its name, the values, and when to try again.
fn check(status: &Status, quota: &str, retry: Option<(f64, f64)>) {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    let details = status.get_error_details();
    let violation = &details.quota_failure().expect("google.rpc.QuotaFailure").violations[0];
    assert_eq!(violation.subject, "user:anna");
    assert!(violation.description.starts_with(&format!("{quota}: ")), "{violation:?}");
    assert!(violation.description.contains("the quota of anna is"), "{violation:?}");
    let wait = details.retry_info().and_then(|info| info.retry_delay);
    match (wait, retry) {
        (Some(wait), Some((least, most))) => {
            let wait = wait.as_secs_f64();
            assert!((least..=most).contains(&wait), "{quota}: try again in {wait} s");
        }
        (None, None) => {}
        other => panic!("{quota}: {other:?}"),
    }
}

async fn server_for(
    dir: &Path,
    quota: &[&str],
    slow: u64,
) -> (Server, JobsClient<Channel>, String) {
    let file = dir.join("tokens.toml");
    let token = add_user(&file, &[&["anna"], quota].concat());
    let server = guarded(dir, &file).slow(slow).start();
    let client = server.jobs().await;
    (server, client, token)
}

#[tokio::test]
async fn queued_jobs_have_a_quota() {
    let dir = short_dir();
    let (_server, mut client, anna) = server_for(dir.path(), &["--queued-jobs", "2"], 60_000).await;
    let first = submit_as(&mut client, &anna, submission(&[0.1])).await.unwrap();
    submit_as(&mut client, &anna, submission(&[0.2])).await.unwrap();
    let third = submit_as(&mut client, &anna, submission(&[0.3])).await;
    check(&third.unwrap_err(), "queued_jobs", Some((1.0, 3600.0)));
    let cancel = proto::CancelRequest { id: first.id };
    client.cancel(with_token(&anna, cancel)).await.unwrap();
    submit_as(&mut client, &anna, submission(&[0.3])).await.unwrap();
}

/// What was used counts for a day, also in the next life of the server.
#[tokio::test]
async fn device_seconds_have_a_quota() {
    let dir = short_dir();
    let quota = ["--device-seconds", "1"];
    let (mut server, mut client, anna) = server_for(dir.path(), &quota, 1200).await;
    let job = submit_as(&mut client, &anna, submission(&[0.1])).await.unwrap();
    ended(&mut client, &anna, &job.id).await;
    let day = Some((22.9 * 3600.0, 24.0 * 3600.0));
    let refused = submit_as(&mut client, &anna, submission(&[0.2])).await;
    check(&refused.unwrap_err(), "device_seconds", day);
    server.signal(rustix::process::Signal::TERM);
    server.wait(Duration::from_secs(15)).expect("ends");
    let server = guarded(dir.path(), &dir.path().join("tokens.toml")).start();
    let mut client = server.jobs().await;
    let refused = submit_as(&mut client, &anna, submission(&[0.2])).await;
    check(&refused.unwrap_err(), "device_seconds", day);
    // What is known already costs nothing.
    let known = submit_as(&mut client, &anna, submission(&[0.1])).await.unwrap();
    assert_eq!((known.state(), known.units_from_store), (JobState::Done, 2));
}

#[tokio::test]
async fn result_bytes_have_a_quota() {
    let dir = short_dir();
    let (_server, mut client, anna) = server_for(dir.path(), &["--result-bytes", "100"], 0).await;
    let refused = submit_as(&mut client, &anna, submission(&[0.1])).await.unwrap_err();
    check(&refused, "result_bytes", None);
    assert!(refused.message().contains("this alone is more"), "{refused:?}");
}

/// Two rows of a symmetric matrix and its values: 48 bytes there and back.
#[tokio::test]
async fn bytes_in_flight_have_a_quota() {
    for (quota, fits) in [("47", false), ("48", true), ("49", true)] {
        let dir = short_dir();
        let (server, _client, anna) =
            server_for(dir.path(), &["--in-flight-bytes", quota], 0).await;
        let header = proto::SolveHeader {
            dtype: proto::Dtype::F64.into(),
            orders: vec![2],
            vectors: false,
            lower_only: false,
            device: String::new(),
        };
        let values = [1.0f64, 0.0, 0.0, 2.0];
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let crc32c = crc32c::crc32c(&data);
        let chunk = proto::Chunk { tensor: 0, offset_bytes: 0, data: data.into(), crc32c };
        let parts =
            [proto::solve_request::Part::Header(header), proto::solve_request::Part::Chunk(chunk)];
        let parts = parts.map(|part| proto::SolveRequest { part: Some(part) });
        let request = with_token(&anna, tokio_stream::iter(parts));
        match server.eigen().await.solve(request).await {
            Ok(_) => assert!(fits, "{quota}"),
            Err(status) => {
                assert!(!fits, "{quota}: {status:?}");
                check(&status, "in_flight_bytes", None);
            }
        }
    }
}
