//! A sweep from its document to its arrays, and the store behind it.
use std::time::Duration;

use edgestate::service::proto::{self, JobState};
use tonic::Code;

use crate::support::*;

#[tokio::test]
async fn a_sweep_comes_back_as_labelled_arrays() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let mut request = request();
    request.model.as_mut().unwrap().coupling = None;
    request.run.as_mut().unwrap().temperature = vec![0.1, 0.05, 0.2];
    let sweep = sweep_of(request, vec![axis("model.coupling", &[0.1, 0.3])]);
    let job = submit(&mut client, sweep).await;
    assert_eq!(job.units_total, 2 * 3 * 2);
    let states = watch(&mut client, &job.id).await;
    let last = states.last().unwrap();
    assert_eq!(last.state(), JobState::Done, "{last:?}");
    assert_eq!((last.units_done, last.units_failed, last.units_from_store), (12, 0, 0));
    assert_eq!(last.progress, 1.0);

    let fetched = fetch(&mut client, &job.id).await;
    assert_eq!(fetched.floats("model.coupling"), [0.1, 0.3]);
    assert_eq!(fetched.floats("run.temperature"), [0.1, 0.05, 0.2]);
    assert_eq!(fetched.floats("z"), [0.0, 0.5]);
    assert_eq!(fetched.integers("status"), [1; 6]);
    assert_eq!(fetched.integers("shells"), [3; 12]);
    let (tensor, _) = fetched.tensor("sz_sz_per_z");
    assert_eq!(tensor.shape, [2, 3, 2]);
    assert_eq!(tensor.dimensions, ["model.coupling", "run.temperature", "z"]);
    // Row-major, z fastest: the mean of each pair is the mean.
    let (per_z, mean) = (fetched.floats("sz_sz_per_z"), fetched.floats("sz_sz"));
    for (pair, mean) in per_z.chunks(2).zip(&mean) {
        assert!(((pair[0] + pair[1]) / 2.0 - mean).abs() < 1e-15, "{pair:?} {mean}");
    }
    // E_R = J^2 / (4 x), the same at every temperature: the coupling is the slow axis.
    let expected: Vec<f64> = [0.1f64, 0.3].iter().flat_map(|j| [j * j / 8.0; 3]).collect();
    assert_eq!(fetched.floats("rkky_energy"), expected);
    let (flow, _) = fetched.tensor("flow_omega");
    assert_eq!(flow.shape, [2, 3, 2, 3]);
    let attributes: serde_json::Value =
        serde_json::from_str(&fetched.header.attributes_json).unwrap();
    assert_eq!(attributes["request"]["truncation"]["gap_window"], 0.3);
    assert!(fetched.certificate.eigen_residual < 30.0, "{:?}", fetched.certificate);
    assert!(fetched.certificate.device.starts_with("cpu"));
    assert!(fetched.certificate.matrices > 0);
}

/// A sweep over the temperature is the same as a list of temperatures, at its own place.
#[tokio::test]
async fn a_temperature_axis_may_stand_anywhere() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let mut listed = request();
    listed.model.as_mut().unwrap().coupling = None;
    let mut swept = listed.clone();
    listed.run.as_mut().unwrap().temperature = vec![0.1, 0.05];
    swept.run.as_mut().unwrap().temperature.clear();
    let couplings = axis("model.coupling", &[0.1, 0.3, 0.2]);
    let temperatures = axis("run.temperature", &[0.1, 0.05]);
    let first = finished(&mut client, sweep_of(listed, vec![couplings.clone()])).await;
    let second = finished(&mut client, sweep_of(swept, vec![temperatures, couplings])).await;
    assert_eq!((second.units_total, second.units_from_store), (12, 12));
    let first = fetch(&mut client, &first.id).await.floats("entropy");
    let second = fetch(&mut client, &second.id).await.floats("entropy");
    for coupling in 0..3 {
        for temperature in 0..2 {
            let (a, b) = (first[2 * coupling + temperature], second[3 * temperature + coupling]);
            assert_eq!(a.to_bits(), b.to_bits());
        }
    }
}

#[tokio::test]
async fn a_point_known_from_another_sweep_is_not_computed() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let first = finished(&mut client, sweep(&[0.1, 0.2])).await;
    assert_eq!((first.units_done, first.units_from_store), (4, 0));
    let second = finished(&mut client, sweep(&[0.2, 0.3, 0.1])).await;
    assert_eq!((second.units_done, second.units_from_store), (6, 4));
    let again = submit(&mut client, sweep(&[0.1, 0.2])).await;
    assert_eq!(again.state(), JobState::Done, "answered by Submit itself: {again:?}");
    assert_eq!(again.units_from_store, 4);
    // Another document with the same points: the defaults written out, the axis a fixed value.
    let mut spelled = request();
    spelled.truncation.as_mut().unwrap().gap_window = Some(0.3);
    spelled.truncation.as_mut().unwrap().max_states = vec![64, 64];
    let same = finished(&mut client, sweep_of(spelled, vec![])).await;
    assert_eq!((same.units_total, same.units_from_store), (2, 2));

    let (a, b) = (fetch(&mut client, &first.id).await, fetch(&mut client, &second.id).await);
    let (a, b) = (a.floats("sx_sx"), b.floats("sx_sx"));
    assert_eq!((a[0].to_bits(), a[1].to_bits()), (b[2].to_bits(), b[0].to_bits()));
}

#[tokio::test]
async fn two_jobs_that_want_the_same_share_the_work() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(500).start();
    let mut client = server.jobs().await;
    let first = submit(&mut client, sweep(&[0.1, 0.2])).await;
    let second = submit(&mut client, sweep(&[0.1, 0.2])).await;
    let second = watch(&mut client, &second.id).await.pop().unwrap();
    let first = get(&mut client, &first.id).await;
    assert_eq!(first.state(), JobState::Done);
    assert_eq!((second.units_done, second.units_from_store), (4, 0));
    // One stored group: the units were computed once.
    let groups = std::fs::read_dir(dir.path().join("store/results")).unwrap().count();
    assert_eq!(groups, 1);
}

#[tokio::test]
async fn a_running_job_can_be_fetched_and_cancelled() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1, 0.2])).await;
    let partial = fetch(&mut client, &job.id).await;
    assert_eq!(partial.integers("status"), [0, 0]);
    assert!(partial.floats("sz_sz").iter().all(|value| value.is_nan()));
    assert_eq!(partial.floats("sz_sz").len(), 2);

    let cancelled =
        client.cancel(proto::CancelRequest { id: job.id.clone() }).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), JobState::Cancelled);
    let seen = watch(&mut client, &job.id).await;
    assert_eq!(seen.len(), 1, "an ended job is shown once");
    // The chunk was stopped, not waited for: the next job gets the worker at once. Its own chunk is
    // delayed as well, so that being in the worker is what can be seen.
    let next = submit(&mut client, sweep(&[0.4])).await;
    let mut stream = client.watch(proto::WatchRequest { id: next.id }).await.unwrap().into_inner();
    let running =
        async { while stream.message().await.unwrap().unwrap().state() != JobState::Running {} };
    tokio::time::timeout(Duration::from_secs(5), running).await.expect("not running in 5 s");
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_unknown_ones_not_found() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let first = finished(&mut client, sweep(&[0.1])).await;
    let second = finished(&mut client, sweep(&[0.2])).await;
    let listed = client.list(proto::ListRequest {}).await.unwrap().into_inner().jobs;
    let ids: Vec<&str> = listed.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, [second.id.as_str(), first.id.as_str()]);
    let unknown = "0123456789abcdef".to_owned();
    let status = client.get(proto::GetRequest { id: unknown.clone() }).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let status = client.cancel(proto::CancelRequest { id: unknown.clone() }).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let status = client.fetch(proto::FetchRequest { id: unknown }).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn an_estimate_counts_what_is_known() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let ask = proto::EstimateRequest { sweep: Some(sweep(&[0.1, 0.2, 0.3])) };
    let before = client.estimate(ask.clone()).await.unwrap().into_inner();
    assert_eq!((before.points, before.units, before.units_from_store), (3, 6, 0));
    assert!(before.seconds > 0.0 && before.memory_bytes > 0 && before.result_bytes > 0);
    let listed = client.list(proto::ListRequest {}).await.unwrap().into_inner().jobs;
    assert!(listed.is_empty(), "an estimate is no job");
    finished(&mut client, sweep(&[0.2])).await;
    let after = client.estimate(ask).await.unwrap().into_inner();
    assert_eq!(after.units_from_store, 2);
    assert!(after.seconds < before.seconds, "{after:?} {before:?}");
}

/// A run that always brings its worker down is reported with its reason; the others have results.
#[tokio::test]
async fn a_poisonous_point_fails_alone() {
    let dir = short_dir();
    let mut start = Start::new(dir.path());
    start.environment.push(("EDGESTATE_TEST_CRASH_COUPLING", "0.2".to_owned()));
    let server = start.start();
    let mut client = server.jobs().await;
    let job = finished(&mut client, sweep(&[0.1, 0.2, 0.3])).await;
    assert_eq!(job.state(), JobState::Done, "{job:?}");
    assert_eq!((job.units_done, job.units_failed), (4, 2));
    assert!(job.reason.contains("signal 6"), "{}", job.reason);
    let fetched = fetch(&mut client, &job.id).await;
    assert_eq!(fetched.integers("status"), [1, 2, 1]);
    assert!(fetched.floats("sz_sz")[1].is_nan());
    assert_eq!(fetched.header.failed.len(), 1);
    assert_eq!(fetched.header.failed[0].point, 1);
    assert!(fetched.header.failed[0].reason.contains("the worker died"));
    // Only failed points: the job has failed.
    let alone = finished(&mut client, sweep(&[0.2])).await;
    assert_eq!(alone.state(), JobState::Failed);
}
