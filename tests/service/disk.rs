//! A disk that is full or broken under a real server: every call is answered, a job ends with a
//! result or a reason, and the next start on a sound disk makes good what is missing.
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use edgestate::jobs::faults;
use edgestate::service::proto::{self, JobState};
use rustix::process::Signal;

use crate::support::*;

/// What a server did on a disk that fails.
#[derive(Debug, PartialEq)]
enum Outcome {
    DidNotStart,
    Refused,
    Failed,
    Done,
}

/// Starts, submits and waits; every way to fail has to have its reason.
async fn try_it(dir: &std::path::Path, fault: &str) -> Outcome {
    let mut command = Start::new(dir).with(faults::DISK_FAULT, fault).command();
    let log = dir.join("log");
    command.env("EDGESTATE_LOG", "error").stdout(Stdio::piped());
    command.stderr(std::fs::File::create(&log).unwrap());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listens = lines.any(|line| line.unwrap().starts_with("listening on "));
    let mut server = Server { child, socket: dir.join("s"), address: None };
    if !listens {
        let status = server.wait(Duration::from_secs(10)).expect("it neither listens nor ends");
        let said = std::fs::read_to_string(&log).unwrap();
        assert!(!status.success() && status.code().is_some(), "{fault}: {status}");
        assert!(said.contains("os error") || said.contains("index"), "{fault}: {said:?}");
        return Outcome::DidNotStart;
    }
    let outcome = with_job(&server, fault).await;
    server.signal(Signal::TERM);
    let status = server.wait(Duration::from_secs(10)).expect("no end after SIGTERM");
    assert!(status.success(), "{fault}: {status}");
    outcome
}

async fn with_job(server: &Server, fault: &str) -> Outcome {
    let mut client = server.jobs().await;
    let job =
        match client.submit(proto::SubmitRequest { sweep: Some(sweep(&[0.1])), priority: 0 }).await
        {
            Ok(reply) => reply.into_inner().job.unwrap(),
            Err(status) => {
                let reason = status.message();
                assert!(reason.contains("index of the store"), "{fault}: {status:?}");
                return Outcome::Refused;
            }
        };
    let last = watch(&mut client, &job.id).await.pop().unwrap();
    // Also when that could not be saved.
    assert_eq!(get(&mut client, &job.id).await.state(), last.state(), "{fault}");
    let fetched = fetch(&mut client, &job.id).await;
    let values = fetched.floats("sz_sz_per_z");
    match last.state() {
        JobState::Done => {
            assert_eq!((last.units_done, last.units_failed), (2, 0), "{fault}: {last:?}");
            assert!(values.iter().all(|value| value.is_finite()), "{fault}: {values:?}");
            Outcome::Done
        }
        JobState::Failed => {
            assert!(last.reason.contains("could not be stored"), "{fault}: {last:?}");
            assert!(values.iter().all(|value| value.is_nan()), "{fault}: half a result");
            Outcome::Failed
        }
        other => panic!("{fault}: {other:?}"),
    }
}

async fn on_a_sound_disk(dir: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let server = Start::new(dir).start();
    let mut client = server.jobs().await;
    let done = finished(&mut client, sweep(&[0.1])).await;
    assert_eq!((done.state(), done.units_done), (JobState::Done, 2), "{done:?}");
    bits(&mut client, &done.id).await
}

/// The k-th call fails, or all from the k-th on; between the first calls one by one, in the many
/// files of a group in strides, until a run passes clean.
#[tokio::test]
async fn a_server_on_a_failing_disk_says_so_and_recovers() {
    let sound = short_dir();
    let expected = on_a_sound_disk(sound.path()).await;
    let stride = if is_long() { 7 } else { 61 };
    for (name, lasting) in [("enospc", "+"), ("eio", "")] {
        let (mut call, mut outcomes) = (1, Vec::new());
        while outcomes.last() != Some(&Outcome::Done) || call < 20 {
            let dir = short_dir();
            let fault = format!("{name}:{call}{lasting}");
            outcomes.push(try_it(dir.path(), &fault).await);
            let after = on_a_sound_disk(dir.path()).await;
            assert!(after == expected, "{fault}: other results after it");
            call += if call < 12 { 1 } else { stride };
            assert!(call < 10_000, "{name}: never clean");
        }
        println!("{name}{lasting}: {} runs, the last at call {call}", outcomes.len());
        for outcome in [Outcome::DidNotStart, Outcome::Refused, Outcome::Failed] {
            assert!(outcomes.contains(&outcome), "{name}: no {outcome:?} in {outcomes:?}");
        }
    }
}

/// SQLite itself runs out of pages: what is stored stays readable, what is refused says why.
#[tokio::test]
async fn a_full_index_refuses_and_still_answers() {
    let dir = short_dir();
    let server = Start::new(dir.path()).with(faults::INDEX_PAGES, &16).start();
    let mut client = server.jobs().await;
    let (mut done, mut refused) = (Vec::new(), None);
    for number in 0..200 {
        let couplings: Vec<f64> = (0..8).map(|i| 0.05 + 1e-3 * f64::from(8 * number + i)).collect();
        match client
            .submit(proto::SubmitRequest { sweep: Some(sweep(&couplings)), priority: 0 })
            .await
        {
            Ok(reply) => {
                let job = reply.into_inner().job.unwrap();
                let last = watch(&mut client, &job.id).await.pop().unwrap();
                if last.state() == JobState::Done {
                    done.push((job.id.clone(), bits(&mut client, &job.id).await));
                } else {
                    assert!(last.reason.contains("full"), "{last:?}");
                }
            }
            Err(status) => {
                refused = Some(status);
                break;
            }
        }
    }
    let refused = refused.expect("an index of 16 pages takes everything");
    assert!(refused.message().contains("full"), "{refused:?}");
    assert!(!done.is_empty());
    for (id, before) in &done {
        assert!(&bits(&mut client, id).await == before, "{id}");
    }
    drop(server);
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    for (id, before) in &done {
        assert!(&bits(&mut client, id).await == before, "{id}");
    }
    finished(&mut client, sweep(&[0.9])).await;
}
