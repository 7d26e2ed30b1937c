//! Large jobs and large stores: a million points in one job, a start with many stored points.
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgestate::jobs::document::RawDocument;
use edgestate::jobs::planner::runs_of;
use edgestate::jobs::spec::Unit;
use edgestate::jobs::store::{JobRow, Provenance, Store, StoredUnit};
use edgestate::jobs::view::{JobState as State, JobView};
use edgestate::nrg::{UNIT_COLUMNS, UnitResult};
use edgestate::service::proto::{self, JobState};

use crate::support::*;

fn grid(field: &str, from: f64, to: f64, count: u32) -> proto::Axis {
    let scale = proto::Scale::Linear.into();
    let values = proto::axis::Values::Grid(proto::Grid { from, to, count, scale });
    proto::Axis { field: field.to_owned(), values: Some(values), ..proto::Axis::default() }
}

/// `count` x `count` points of one z.
fn square(count: u32) -> proto::Sweep {
    let mut request = request();
    request.discretization.as_mut().unwrap().z = vec![0.0];
    let model = request.model.as_mut().unwrap();
    (model.coupling, model.coupling_z) = (None, None);
    let axes =
        vec![grid("model.coupling", 0.05, 0.15, count), grid("model.coupling_z", 0.0, 0.05, count)];
    sweep_of(request, axes)
}

/// A line of `/proc/PID/status`, in bytes.
fn memory(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// The server never holds the plan of a large job as a whole: memory does not grow with its points.
#[tokio::test]
async fn a_million_points_are_accepted_as_one_job() {
    let dir = short_dir();
    let mut server = Start::new(dir.path()).slow(600_000).start();
    let mut client = server.jobs().await;
    let before = memory(&server, "VmRSS");
    let begin = Instant::now();
    let job = submit(&mut client, square(1000)).await;
    let accepted = begin.elapsed();
    assert_eq!(job.units_total, 1_000_000);
    let left = get(&mut client, &job.id).await;
    assert!(left.seconds_left.is_some_and(|seconds| seconds > 100.0), "{left:?}");
    let growth = memory(&server, "VmHWM") - before;
    println!("accepted in {accepted:.1?}, {} MiB more at the peak", growth >> 20);
    assert!(growth < 200 << 20, "{growth} bytes");

    // The next life of the server goes on with it, without making anybody wait.
    server.kill();
    let begin = Instant::now();
    let server = Start::new(dir.path()).slow(600_000).start();
    println!("serving again after {:.2?}", begin.elapsed());
    let mut client = server.jobs().await;
    let again = get(&mut client, &job.id).await;
    assert_eq!((again.units_total, again.state().as_str_name().is_empty()), (1_000_000, false));
    let request = proto::CancelRequest { id: job.id.clone() };
    let cancelled = client.cancel(request).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), JobState::Cancelled);
    let small = submit(&mut client, sweep(&[0.1])).await;
    assert_eq!(small.state(), JobState::Running, "the cancelled job does not let go: {small:?}");
}

/// Parts of a job that is planned part by part, across a crash: every unit once.
#[tokio::test]
async fn a_job_of_several_parts_survives_a_crash() {
    let dir = short_dir();
    let document = |count| sweep_of(one_shell(), vec![grid("model.coupling", 0.05, 0.15, count)]);
    let mut server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, document(10_000)).await;
    eventually(Duration::from_secs(120), "the first stored group", || {
        !stored_keys(dir.path()).is_empty()
    });
    let said = get(&mut client, &job.id).await.units_done;
    server.kill();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    assert!(said <= get(&mut client, &job.id).await.units_done);
    let request = proto::WatchRequest { id: job.id.clone() };
    let mut stream = client.watch(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(job) = tokio_stream::StreamExt::next(&mut stream).await {
        last = Some(job.unwrap());
    }
    let last = last.unwrap();
    assert_eq!((last.state(), last.units_done), (JobState::Done, 10_000), "{last:?}");
    assert_no_key_twice(dir.path());
    assert_eq!(stored_keys(dir.path()).len(), 10_000);
}

/// The smallest run there is.
fn one_shell() -> proto::NrgRequest {
    let mut request = request();
    request.discretization.as_mut().unwrap().z = vec![0.0];
    request.model.as_mut().unwrap().coupling = None;
    request.run.as_mut().unwrap().shells = Some(1);
    request
}

const LARGE: &str = r#"
engine = "nrg"
[model]
kind = "two-impurity-helical-kondo"
distance = 2
[discretization]
lambda = 4.0
z = [0.0]
[truncation]
energy = 8.0
max_states = [64]
[run]
temperature = 0.1
shells = 3
[sweep]
"model.coupling" = { from = 0.05, to = 0.15, count = 400 }
"model.coupling_z" = { from = 0.0, to = 0.05, count = 250 }
"#;

/// A store with 10^5 units and the job they belong to, unfinished.
fn large_store(dir: &std::path::Path, device: &str) {
    let document = RawDocument::from_toml(LARGE).unwrap().check().unwrap();
    let runs = runs_of(&document, device).unwrap();
    assert_eq!(runs.len(), 100_000);
    let mut store = Store::open(dir).unwrap();
    let made = Provenance { device: device.into(), version: "0".into() };
    for runs in runs.chunks(10_000) {
        let unit = |run: &edgestate::jobs::planner::Run| StoredUnit {
            key: run.keys[0],
            spec: Arc::clone(&run.spec),
            index: 0,
            result: Unit::Nrg(UnitResult {
                values: vec![1.0; UNIT_COLUMNS.len()],
                shells: Vec::new(),
                warnings: Vec::new(),
            }),
        };
        let units: Vec<StoredUnit> = runs.iter().map(unit).collect();
        let keys: Vec<_> = units.iter().map(|unit| unit.key).collect();
        let draft = store.draft().unwrap();
        draft.write(&units, &made).unwrap();
        store.commit(&draft, &keys, &[]).unwrap();
    }
    let view = JobView {
        id: "0123456789abcdef".into(),
        engine: "nrg".into(),
        owner: edgestate::jobs::account::LOCAL_USER.into(),
        priority: 0,
        state: State::Running,
        units_total: 100_000,
        units_done: 100_000,
        units_failed: 0,
        units_from_store: 0,
        progress: 1.0,
        seconds_left: None,
        seconds_elapsed: 1.0,
        submitted_unix_seconds: edgestate::jobs::unix_seconds(),
        reason: String::new(),
    };
    let document = document.raw().to_toml();
    store.save_job(&JobRow { view, document, device: device.to_owned() }).unwrap();
}

/// Starting does not read what is stored, nor plan what is unfinished, before it serves.
#[tokio::test]
async fn a_start_does_not_grow_with_the_store() {
    let dir = short_dir();
    let device = {
        let server = Start::new(dir.path()).start();
        let mut client = server.jobs().await;
        let done = finished(&mut client, sweep(&[0.1])).await;
        fetch(&mut client, &done.id).await.certificate.device
    };
    large_store(&dir.path().join("store"), &device);
    // The machine may be busy with other tests: the best of three.
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let begin = Instant::now();
        drop(Start::new(dir.path()).start());
        best = best.min(begin.elapsed());
    }
    println!("serving after {best:.2?} with 10^5 stored units and a job of as many");
    assert!(best < Duration::from_secs(2), "{best:?}");
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let done = watch(&mut client, "0123456789abcdef").await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 100_000), "{done:?}");
}
