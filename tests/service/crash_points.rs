//! The server is killed at every named point: after the next start nothing that was acknowledged is
//! lost, no stored unit is computed again, and the results are those of an uninterrupted server.
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use edgestate::jobs::faults::{self, CrashPoint};
use edgestate::service::proto::{self, JobState};

use crate::support::*;

type Bits = Vec<(String, Vec<u8>)>;

/// Two chunks of two runs.
fn job() -> proto::Sweep {
    sweep(&[0.1, 0.2])
}

async fn uninterrupted() -> Bits {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let done = finished(&mut client, job()).await;
    bits(&mut client, &done.id).await
}

fn assert_killed(server: &mut Server, point: CrashPoint) {
    let status = server.wait(Duration::from_secs(30));
    let status = status.unwrap_or_else(|| panic!("{point:?} was not reached"));
    assert_eq!(status.signal(), Some(9), "{point:?}: {status}");
}

/// Ends a start of the server in `dir` at `point`.
fn die_at_start(dir: &std::path::Path, point: CrashPoint) {
    let mut command = Start::new(dir).with(faults::CRASH_AT, point.name()).command();
    let status = command.stdout(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.signal(), Some(9), "{point:?}: {status}");
}

/// A server that dies at `point` while it computes the job; the job's id if it was acknowledged.
async fn die_at_work(dir: &std::path::Path, point: CrashPoint) -> Option<String> {
    let start = Start::new(dir).with(faults::CHUNK_RUNS, &2);
    let mut server = start.with(faults::CRASH_AT, point.name()).start();
    let mut client = server.jobs().await;
    let submitted = client.submit(proto::SubmitRequest { sweep: Some(job()), priority: 0 }).await;
    assert_killed(&mut server, point);
    Some(submitted.ok()?.into_inner().job?.id)
}

/// What has to happen before a start passes the point.
fn before(point: CrashPoint) -> Option<CrashPoint> {
    match point {
        CrashPoint::StagingRemoved | CrashPoint::IntentFound => Some(CrashPoint::GroupHalfWritten),
        CrashPoint::GroupFound => Some(CrashPoint::GroupRenamed),
        CrashPoint::Recovered => Some(CrashPoint::UnitsInserted),
        _ => None,
    }
}

/// Passed first within `Submit`, before it answers: an idle worker has its chunk at once.
fn precedes_reply(point: CrashPoint) -> bool {
    use CrashPoint::{JobPlanned, JobSaved, StateChanged, StateSaved};
    matches!(point, JobPlanned | JobSaved | StateChanged | StateSaved)
}

async fn survives(point: CrashPoint, expected: &Bits) {
    let dir = short_dir();
    let acknowledged = match before(point) {
        None => die_at_work(dir.path(), point).await,
        Some(earlier) => {
            let acknowledged = die_at_work(dir.path(), earlier).await;
            die_at_start(dir.path(), point);
            acknowledged
        }
    };
    assert!(acknowledged.is_some() || precedes_reply(point), "{point:?}: not acknowledged");
    let server = Start::new(dir.path()).with(faults::CHUNK_RUNS, &2).start();
    let mut client = server.jobs().await;
    let id = match acknowledged {
        Some(id) => id,
        None => submit(&mut client, job()).await.id,
    };
    let done = watch(&mut client, &id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 4), "{point:?}: {done:?}");
    assert!(&bits(&mut client, &id).await == expected, "{point:?}: other results");
    assert_no_key_twice(dir.path());
    let staged = std::fs::read_dir(dir.path().join("store/staging")).unwrap().count();
    assert_eq!(staged, 0, "{point:?}");
}

#[tokio::test]
async fn a_crash_at_any_named_point_loses_nothing() {
    let expected = uninterrupted().await;
    for point in CrashPoint::ALL {
        survives(point, &expected).await;
    }
}

/// The second chunk's crash must leave the first chunk's units alone.
#[tokio::test]
async fn what_was_stored_before_the_crash_is_not_computed_again() {
    let dir = short_dir();
    let point = format!("{}:1", CrashPoint::GroupWritten.name());
    let start = Start::new(dir.path()).with(faults::CHUNK_RUNS, &2);
    let mut server = start.with(faults::CRASH_AT, &point).start();
    let id = submit(&mut server.jobs().await, job()).await.id;
    assert_killed(&mut server, CrashPoint::GroupWritten);
    assert_eq!(stored_keys(dir.path()).len(), 2);
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let seen = watch(&mut client, &id).await;
    assert!(seen.iter().all(|job| job.units_done >= 2), "{seen:?}");
    assert_eq!(seen.last().unwrap().units_done, 4);
    assert_eq!(stored_keys(dir.path()).len(), 4);
    assert_no_key_twice(dir.path());
}
