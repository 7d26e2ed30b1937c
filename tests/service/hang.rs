//! A worker that hangs: found by the progress it does not make, killed, replaced.
use std::time::{Duration, Instant};

use edgestate::jobs::faults;
use edgestate::service::proto::JobState;

use crate::support::*;

const HANG_COUPLING: &str = "EDGESTATE_TEST_HANG_COUPLING";
const HANG_ONCE: &str = "EDGESTATE_TEST_HANG_ONCE";

/// Once: the chunk is tried again and gets through; another job does not notice.
#[tokio::test]
async fn a_worker_that_hangs_once_is_replaced_within_five_seconds() {
    let dir = short_dir();
    let marker = dir.path().join("hung");
    let start = Start::new(dir.path()).with(faults::PATIENCE, &1.0);
    let server = start.with(HANG_ONCE, &marker.display()).start();
    let first = server.worker().expect("a worker");
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1, 0.2])).await;
    let other = submit(&mut client, sweep(&[0.3])).await;
    eventually(Duration::from_secs(10), "the hook", || marker.exists());
    let hung = Instant::now();
    eventually(Duration::from_secs(30), "the old worker's end", || {
        parent_if_alive(first).is_none()
    });
    let killed = Instant::now();
    // Not before the silence that is allowed; the hook was noticed a little late.
    assert!(Duration::from_millis(500) < killed - hung, "{:?}", killed - hung);
    eventually(Duration::from_secs(5), "another worker", || {
        server.worker().is_some_and(|pid| pid != first)
    });
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 4), "{done:?}");
    assert_eq!(done.reason, "");
    let done = watch(&mut client, &other.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 2), "{done:?}");
}

/// Always: the chunk is tried again, then in halves, until the runs that hang are alone.
#[tokio::test]
async fn a_point_that_always_hangs_fails_alone() {
    let dir = short_dir();
    let start = Start::new(dir.path()).with(faults::PATIENCE, &0.5);
    let server = start.with(HANG_COUPLING, &0.3).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1, 0.2, 0.3, 0.4])).await;
    let other = submit(&mut client, sweep(&[0.5, 0.6])).await;
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 6), "{done:?}");
    assert_eq!(done.units_failed, 2);
    let fetched = fetch(&mut client, &job.id).await;
    assert_eq!(fetched.integers("status"), [1, 1, 2, 1]);
    let reason = &fetched.header.failed[0].reason;
    assert!(reason.contains("it hung, without progress"), "{reason}");
    let done = watch(&mut client, &other.id).await.pop().unwrap();
    assert_eq!((done.units_done, done.units_failed), (4, 0), "{done:?}");
}
