//! Cancelling in every state, many times: nothing is left behind, and the device is free at once.
use std::time::{Duration, Instant};

use bytes::Bytes;
use edgestate::service::proto::{self, JobState, solve_request};
use tonic::Request;

use crate::support::*;

/// Times that each state is cancelled in.
const TIMES: usize = if cfg!(feature = "long-tests") { 200 } else { 40 };

/// Threads and open files of a process.
fn counts(pid: u32) -> (usize, usize) {
    let of = |what: &str| std::fs::read_dir(format!("/proc/{pid}/{what}")).unwrap().count();
    (of("task"), of("fd"))
}

fn open_files(pid: u32) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    entries.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect()
}

/// What a server and its worker hold.
#[derive(Debug, Clone, Copy)]
struct Held {
    worker: u32,
    worker_threads: usize,
    server_files: usize,
    bytes: u64,
}

impl Held {
    fn of(server: &Server) -> Self {
        let worker = server.worker().unwrap();
        let bytes = resident(worker) + resident(server.child.id());
        let (worker_threads, server_files) = (counts(worker).0, counts(server.child.id()).1);
        Self { worker, worker_threads, server_files, bytes }
    }

    /// After one round of what will be repeated: pools are filled, files once opened stay open.
    async fn settled(server: &Server) -> Self {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Self::of(server)
    }
}

/// Waits until no call, no upload, no staged file and no thread more than before is left.
async fn left_nothing(server: &Server, dir: &std::path::Path, before: Held, what: &str) {
    let mut devices = server.devices().await;
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let request = proto::StatisticsRequest {};
        let found = devices.statistics(request).await.unwrap().into_inner();
        let staged = std::fs::read_dir(dir.join("store/staging")).unwrap().count();
        let now = Held::of(server);
        assert_eq!(now.worker, before.worker, "{what}: the worker was lost");
        if (found.calls_under_way, found.uploads_under_way, staged) == (0, 0, 0)
            && now.worker_threads <= before.worker_threads
            // One more: the connection that asks.
            && now.server_files <= before.server_files + 1
        {
            // What an allocator keeps is bounded, what leaks is not.
            let grown = now.bytes.saturating_sub(before.bytes);
            assert!(grown < 64 << 20, "{what}: grown by {grown} bytes");
            return;
        }
        let left = (found.calls_under_way, found.uploads_under_way, staged, now, before);
        let files = || open_files(server.child.id());
        assert!(Instant::now() < deadline, "{what}: left behind: {left:?}\n{:?}", files());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn cancel(
    client: &mut proto::jobs_client::JobsClient<tonic::transport::Channel>,
    id: &str,
) -> proto::Job {
    client.cancel(proto::CancelRequest { id: id.to_owned() }).await.unwrap().into_inner()
}

#[tokio::test]
async fn queued_jobs_are_cancelled() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let first = submit(&mut client, sweep(&[0.05])).await;
    until_running(&mut client, &first.id).await;
    let job = submit(&mut client, sweep(&[0.07])).await;
    cancel(&mut client, &job.id).await;
    let before = Held::settled(&server).await;
    for index in 0..TIMES {
        let job = submit(&mut client, sweep(&[0.1 + index as f64])).await;
        assert_eq!(cancel(&mut client, &job.id).await.state(), JobState::Cancelled);
    }
    left_nothing(&server, dir.path(), before, "queued").await;
    // The one that runs has not noticed.
    assert_eq!(get(&mut client, &first.id).await.state(), JobState::Running);
}

/// A run without a delay takes a while: it is real work that is stopped, and the next job begins
/// within 250 ms (half of the time; a busy machine may be slower now and then).
#[tokio::test]
async fn running_jobs_are_cancelled_and_the_device_is_free() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let warm = submit(&mut client, sweep(&[0.05])).await;
    until_running(&mut client, &warm.id).await;
    cancel(&mut client, &warm.id).await;
    let before = Held::settled(&server).await;
    let mut waits = Vec::new();
    let mut running = submit(&mut client, sweep(&[0.1])).await;
    until_running(&mut client, &running.id).await;
    for index in 0..TIMES {
        let next = submit(&mut client, sweep(&[0.2 + index as f64])).await;
        let begin = Instant::now();
        assert_eq!(cancel(&mut client, &running.id).await.state(), JobState::Cancelled);
        until_running(&mut client, &next.id).await;
        waits.push(begin.elapsed());
        running = next;
    }
    cancel(&mut client, &running.id).await;
    waits.sort();
    let (median, longest) = (waits[TIMES / 2], waits[TIMES - 1]);
    println!("the device is free after {median:?} (median), {longest:?} (longest)");
    assert!(median < Duration::from_millis(250), "median {median:?}");
    left_nothing(&server, dir.path(), before, "running").await;
}

async fn until_running(
    client: &mut proto::jobs_client::JobsClient<tonic::transport::Channel>,
    id: &str,
) {
    let request = proto::WatchRequest { id: id.to_owned() };
    let mut stream = client.watch(request).await.unwrap().into_inner();
    while stream.message().await.unwrap().unwrap().state() != JobState::Running {}
}

/// At any instant: queued, computing, coming in, being stored, done. What was said done is stored.
#[tokio::test]
async fn jobs_are_cancelled_at_any_instant() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    finished(&mut client, sweep(&[0.01])).await;
    let job = submit(&mut client, sweep(&[0.02])).await;
    cancel(&mut client, &job.id).await;
    let before = Held::settled(&server).await;
    let mut states = std::collections::BTreeMap::new();
    for index in 0..5 * TIMES {
        let job = submit(&mut client, sweep(&[0.1 + 0.01 * index as f64])).await;
        // Spread over what such a job takes.
        tokio::time::sleep(Duration::from_millis((7 * index % 40) as u64)).await;
        let found = get(&mut client, &job.id).await.state();
        let ended = cancel(&mut client, &job.id).await;
        *states.entry(format!("{found:?}")).or_insert(0) += 1;
        assert!(matches!(ended.state(), JobState::Cancelled | JobState::Done), "{ended:?}");
        if ended.state() == JobState::Done {
            assert_eq!(fetch(&mut client, &job.id).await.integers("status"), [1]);
        }
    }
    println!("cancelled in {states:?}");
    left_nothing(&server, dir.path(), before, "at any instant").await;
    let last = finished(&mut client, sweep(&[0.011])).await;
    assert_eq!(last.state(), JobState::Done);
}

/// A symmetric matrix in pieces, row-major.
fn pieces(order: u32) -> Vec<proto::SolveRequest> {
    let header = proto::SolveHeader {
        dtype: proto::Dtype::F64.into(),
        orders: vec![order],
        vectors: true,
        lower_only: true,
        device: String::new(),
    };
    let n = order as usize;
    let value = |index: usize| ((index * 37 + index / n) % 101) as f64;
    let bytes: Vec<u8> = (0..n * n).flat_map(|index| value(index).to_le_bytes()).collect();
    let chunk = |(index, data): (usize, &[u8])| {
        let crc32c = crc32c::crc32c(data);
        let data = Bytes::copy_from_slice(data);
        let offset_bytes = ((256 << 10) * index) as u64;
        solve_request::Part::Chunk(proto::Chunk { tensor: 0, offset_bytes, data, crc32c })
    };
    let chunks = bytes.chunks(256 << 10).enumerate().map(chunk);
    let parts = std::iter::once(solve_request::Part::Header(header)).chain(chunks);
    parts.map(|part| proto::SolveRequest { part: Some(part) }).collect()
}

/// The call is dropped after so many messages, or once so much of the answer was read.
#[tokio::test]
async fn uploads_and_answers_are_cancelled() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let all = pieces(400);
    let mut warm = server.eigen().await;
    let mut answer = warm.solve(tokio_stream::iter(all.clone())).await.unwrap().into_inner();
    while answer.message().await.unwrap().is_some() {}
    drop((warm, answer));
    let before = Held::settled(&server).await;
    for index in 0..TIMES {
        // Uploading: the rest never comes.
        let mut client = server.eigen().await;
        let sent = 1 + index % (all.len() - 1);
        let (sender, stream) = tokio::sync::mpsc::channel(all.len());
        for message in &all[..sent] {
            sender.send(message.clone()).await.unwrap();
        }
        let stream = tokio_stream::wrappers::ReceiverStream::new(stream);
        let mut answer = client.solve(Request::new(stream)).await.unwrap().into_inner();
        let _ = tokio::time::timeout(Duration::from_millis(5), answer.message()).await;
        drop((answer, sender, client));
        // Computing, or streaming: all is sent, some of the answer read.
        let mut client = server.eigen().await;
        let mut answer = client.solve(tokio_stream::iter(all.clone())).await.unwrap().into_inner();
        for _ in 0..index % 4 {
            answer.message().await.unwrap();
        }
    }
    left_nothing(&server, dir.path(), before, "uploads and answers").await;
}

/// Fetch and Watch, dropped after some of it.
#[tokio::test]
async fn streams_are_cancelled() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let job = finished(&mut client, sweep(&[0.1, 0.2, 0.3])).await;
    fetch(&mut client, &job.id).await;
    let before = Held::settled(&server).await;
    for index in 0..5 * TIMES {
        let request = proto::FetchRequest { id: job.id.clone() };
        let mut answer = client.fetch(request).await.unwrap().into_inner();
        for _ in 0..index % 5 {
            answer.message().await.unwrap();
        }
        let request = proto::WatchRequest { id: job.id.clone() };
        drop(client.watch(request).await.unwrap());
    }
    left_nothing(&server, dir.path(), before, "streams").await;
}
