//! kill -9 of the worker and of the server: nothing said done is lost, nothing stays behind.
use std::time::{Duration, Instant};

use edgestate::service::proto::JobState;
use rustix::process::Signal;

use crate::support::*;

async fn until_running(server: &Server, id: &str) {
    let mut client = server.jobs().await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while get(&mut client, id).await.state() != JobState::Running {
        assert!(Instant::now() < deadline, "the job does not run");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_worker_killed_in_the_middle_of_a_chunk_is_replaced() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(1500).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1, 0.2])).await;
    until_running(&server, &job.id).await;
    let first = server.worker().expect("a worker");
    send_signal(first, Signal::KILL);
    eventually(Duration::from_secs(5), "another worker", || {
        server.worker().is_some_and(|pid| pid != first)
    });
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!(done.state(), JobState::Done, "{done:?}");
    assert_eq!((done.units_done, done.units_failed), (4, 0));
}

/// Several kills in a row: the chunk is halved down to single runs, all of which get through.
#[tokio::test]
async fn a_worker_killed_twice_still_ends_its_job() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(800).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1])).await;
    for _ in 0..2 {
        until_running(&server, &job.id).await;
        let pid = server.worker().expect("a worker");
        send_signal(pid, Signal::KILL);
        eventually(Duration::from_secs(5), "another worker", || {
            server.worker().is_some_and(|new| new != pid)
        });
    }
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.units_done, done.units_failed), (2, 0), "{done:?}");
}

#[tokio::test]
async fn a_worker_dies_with_its_server() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1])).await;
    until_running(&server, &job.id).await;
    let worker = server.worker().expect("a worker");
    server.kill();
    eventually(Duration::from_secs(2), "the worker's end", || parent_if_alive(worker).is_none());
}

#[tokio::test]
async fn a_killed_server_answers_from_its_store() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let job = finished(&mut client, sweep(&[0.1, 0.2])).await;
    let before = fetch(&mut client, &job.id).await;
    server.kill();

    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let after = fetch(&mut client, &job.id).await;
    for name in ["sz_sz_per_z", "t_s_transverse_intra", "flow_level_1", "energy_above_ground"] {
        assert_eq!(before.tensor(name).1, after.tensor(name).1, "{name}");
    }
    let kept = get(&mut client, &job.id).await;
    assert_eq!((kept.state(), kept.units_done), (JobState::Done, 4));
    let again = submit(&mut client, sweep(&[0.2, 0.1])).await;
    assert_eq!((again.state(), again.units_from_store), (JobState::Done, 4));
}

#[tokio::test]
async fn a_job_goes_on_after_the_server_was_killed() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1, 0.2])).await;
    until_running(&server, &job.id).await;
    server.kill();

    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 4));
    assert_eq!(done.units_from_store, 0);
}

/// kill -9 at many instants while small jobs go through: every job that was said done is there.
#[tokio::test]
async fn kills_at_any_instant_lose_nothing_said_done() {
    let dir = short_dir();
    let mut said_done: Vec<(String, Vec<u8>)> = Vec::new();
    let mut submitted: Vec<String> = Vec::new();
    for round in 0..12u32 {
        let mut server = Start::new(dir.path()).start();
        let mut client = server.jobs().await;
        for (id, bytes) in &said_done {
            let fetched = fetch(&mut client, id).await;
            assert_eq!(fetched.tensor("sz_sz_per_z").1, bytes, "round {round}, job {id}");
        }
        let job = submit(&mut client, sweep(&[0.1 + 0.01 * f64::from(round)])).await;
        submitted.push(job.id.clone());
        // From right after the acknowledgement, through the write of the results, to after the end.
        let instant = match round {
            0..10 => Duration::from_millis(u64::from(round) * 25),
            _ => Duration::from_secs(55),
        };
        let ended = tokio::time::timeout(instant, watch(&mut client, &job.id)).await;
        if ended.is_ok() {
            let bytes = fetch(&mut client, &job.id).await.tensor("sz_sz_per_z").1.to_vec();
            said_done.push((job.id, bytes));
        }
        server.kill();
    }
    assert!(said_done.len() >= 2, "{} jobs were said done", said_done.len());
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    for id in &submitted {
        let done = watch(&mut client, id).await.pop().unwrap();
        assert_eq!((done.state(), done.units_done), (JobState::Done, 2), "{done:?}");
    }
    let staged = std::fs::read_dir(dir.path().join("store/staging")).unwrap().count();
    assert_eq!(staged, 0);
}
