//! A worker for each device: work goes where it is asked for, and says so; a GPU that is lost, missing
//! or of another kind is no silent change. On the software driver; without an adapter nothing is
//! tested, unless EDGESTATE_REQUIRE_VULKAN=1.
use std::time::Duration;

use edgestate::linalg::gpu::adapters;
use edgestate::service::proto::{self, JobState, broaden_reply, solve_reply};
use rustix::process::Signal;
use tokio_stream::StreamExt;
use tonic::Code;

use crate::support::*;

const LOSE_ONCE: &str = "EDGESTATE_TEST_LOSE_DEVICE_ONCE";

/// The name of an adapter to test on: a software one if there is one.
fn gpu() -> Option<&'static str> {
    let mut found = adapters();
    found.sort_by_key(|adapter| !adapter.software);
    let index = found.iter().find(|adapter| adapter.shader_f64).map(|adapter| adapter.index);
    let required = std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1");
    assert!(index.is_some() || !required, "no adapter with f64 among {found:?}");
    if index.is_none() {
        println!("no adapter with f64: nothing is tested");
    }
    index.map(|index| ["gpu:0", "gpu:1", "gpu:2", "gpu:3"][index])
}

fn on(device: &str, couplings: &[f64]) -> proto::Sweep {
    proto::Sweep { device: device.to_owned(), ..sweep(couplings) }
}

fn notes(fetched: &Fetched) -> String {
    fetched.certificate.notes.join("; ")
}

#[tokio::test]
async fn a_job_runs_where_it_asks_to_and_says_so() {
    let Some(gpu) = gpu() else { return };
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]).start();
    let mut client = server.jobs().await;
    let couplings = [0.1, 0.2];
    let mut fetched = Vec::new();
    for device in ["cpu", gpu, "auto"] {
        let job = finished(&mut client, on(device, &couplings)).await;
        assert_eq!((job.state(), job.units_done), (JobState::Done, 4), "{device}: {job:?}");
        // What the CPU has computed is not the GPU's, and the other way round.
        let expected = if device == "auto" { 4 } else { 0 };
        assert_eq!(job.units_from_store, expected, "{device}");
        fetched.push(fetch(&mut client, &job.id).await);
    }
    let [on_cpu, on_gpu, by_itself] = &fetched[..] else { panic!("three") };
    assert!(on_cpu.certificate.device.starts_with("cpu ("), "{:?}", on_cpu.certificate);
    assert!(on_gpu.certificate.device.starts_with("gpu: "), "{:?}", on_gpu.certificate);
    assert_eq!(notes(on_cpu), "device: cpu: asked for");
    assert_eq!(notes(on_gpu), format!("device: {gpu}: asked for"));
    assert_eq!(by_itself.certificate.device, on_cpu.certificate.device);
    // A software adapter is never chosen by itself, a hardware one not without calibration.
    assert!(notes(by_itself).starts_with("device: auto: cpu, "), "{}", notes(by_itself));
    let all = |fetched: &Fetched| -> Vec<Vec<f64>> {
        ["sz_sz_per_z", "t_s_transverse_intra", "energy_above_ground", "entropy"]
            .iter()
            .map(|name| fetched.floats(name))
            .collect()
    };
    for (a, b) in all(on_gpu).concat().into_iter().zip(all(on_cpu).concat()) {
        assert!((a - b).abs() <= 1e-10 * b.abs().max(1.0), "{a:e} {b:e}");
    }
    // The same units twice, under other keys.
    assert_eq!(stored_keys(dir.path()).len(), 8);
    assert_no_key_twice(dir.path());
    let job = finished(&mut client, on(gpu, &couplings)).await;
    assert_eq!((job.state(), job.units_from_store), (JobState::Done, 4));
    let mut devices = server.devices().await;
    let listed = devices.list(proto::ListDevicesRequest {}).await.unwrap().into_inner().devices;
    for name in ["cpu", gpu] {
        let device = listed.iter().find(|device| device.name == name).unwrap();
        assert_eq!((device.in_use, device.worker_state.as_str()), (true, "ready"), "{device:?}");
        assert!(!device.device_class.is_empty() && !device.calibrated, "{device:?}");
    }
}

#[tokio::test]
async fn a_lost_device_is_opened_again_by_another_worker() {
    let Some(gpu) = gpu() else { return };
    let dir = short_dir();
    let marker = dir.path().join("lost");
    let start = Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]);
    let server = start.with(LOSE_ONCE, &marker.display()).start();
    let mut client = server.jobs().await;
    let job = finished(&mut client, on(gpu, &[0.1, 0.2])).await;
    assert!(marker.exists(), "the hook was not passed");
    assert_eq!((job.state(), job.units_done), (JobState::Done, 4), "{job:?}");
    assert_eq!(job.reason, "");
    let mut devices = server.devices().await;
    let statistics = devices.statistics(proto::StatisticsRequest {}).await.unwrap().into_inner();
    let worker = |name: &str| statistics.workers.iter().find(|one| one.device == name).unwrap();
    assert_eq!((worker(gpu).starts, worker(gpu).state.as_str()), (2, "ready"));
    assert!(worker(gpu).reason.contains("device lost"), "{}", worker(gpu).reason);
    assert_eq!((worker("cpu").starts, worker("cpu").reason.as_str()), (1, ""));
}

/// kill -9 of the GPU's worker: its job gets through, that of the CPU does not notice.
#[tokio::test]
async fn a_killed_gpu_worker_is_replaced_and_the_cpu_goes_on() {
    let Some(gpu) = gpu() else { return };
    let dir = short_dir();
    let start = Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]);
    let server = start.slow(1500).start();
    let mut client = server.jobs().await;
    let (cpu_worker, first) = (server.worker_on("cpu"), server.worker_on(gpu).expect("a worker"));
    let other = submit(&mut client, on("cpu", &[0.3])).await;
    let job = submit(&mut client, on(gpu, &[0.1])).await;
    for id in [&other.id, &job.id] {
        // Both at a time: the devices do not wait for each other.
        while get(&mut client, id).await.state() == JobState::Queued {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    send_signal(first, Signal::KILL);
    eventually(Duration::from_secs(5), "another worker", || {
        server.worker_on(gpu).is_some_and(|pid| pid != first)
    });
    let done = watch(&mut client, &other.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 2), "{done:?}");
    assert_eq!(server.worker_on("cpu"), cpu_worker);
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 2), "{done:?}");
}

#[tokio::test]
async fn a_device_that_is_not_there_is_refused_by_name() {
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--device", "gpu:77"]).start();
    let mut client = server.jobs().await;
    let mut devices = server.devices().await;
    let listed = devices.list(proto::ListDevicesRequest {}).await.unwrap().into_inner().devices;
    let absent = listed.iter().find(|device| device.name == "gpu:77").unwrap();
    assert!(absent.in_use && absent.reason.contains("no such device"), "{absent:?}");
    for (device, expected) in [
        ("gpu:77", "gpu:77: no such device; there are cpu"),
        ("gpu:abacus", "a device of this server: "),
        ("abacus", "auto, cpu, gpu, gpu:N or gpu:NAME"),
    ] {
        let request = proto::SubmitRequest { sweep: Some(on(device, &[0.1])), priority: 0 };
        let status = client.submit(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        let text = status.message();
        assert!(text.starts_with("device = ") && text.contains(expected), "{device}: {text}");
        assert!(text.contains(device), "{device}: {text}");
    }
    // The CPU has taken its place, and says so.
    let job = finished(&mut client, on("auto", &[0.1])).await;
    assert_eq!(job.state(), JobState::Done, "{job:?}");
    let fetched = fetch(&mut client, &job.id).await;
    let notes = notes(&fetched);
    assert!(notes.starts_with("device: auto: cpu, gpu:77 cannot be used: "), "{notes}");
}

/// A job stays on the class of devices on which it began.
#[tokio::test]
async fn a_gpu_job_waits_for_no_cpu() {
    let Some(gpu) = gpu() else { return };
    let dir = short_dir();
    let start = Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]);
    let mut server = start.slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, on(gpu, &[0.1])).await;
    server.kill();

    let mut server =
        Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]).start();
    let mut client = server.jobs().await;
    let done = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!((done.state(), done.units_done), (JobState::Done, 2), "{done:?}");
    let slow = Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]);
    server.kill();
    let mut server = slow.slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, on(gpu, &[0.4])).await;
    server.kill();

    let server = Start::new(dir.path()).arguments(&["--device", "cpu"]).start();
    let mut client = server.jobs().await;
    let ended = watch(&mut client, &job.id).await.pop().unwrap();
    assert_eq!(ended.state(), JobState::Failed, "{ended:?}");
    assert!(ended.reason.contains("began on \"gpu: "), "{}", ended.reason);
}

fn chunk(tensor: u32, values: &[f64]) -> proto::Chunk {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let crc32c = crc32c::crc32c(&data);
    proto::Chunk { tensor, offset_bytes: 0, data: data.into(), crc32c }
}

/// diag(1, 2, 3) with 0.5 beside it, of order 3, eight times.
#[tokio::test]
async fn matrices_and_peaks_go_to_a_gpu() {
    let Some(gpu) = gpu() else { return };
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--device", "cpu", "--device", gpu]).start();
    let mut answers = Vec::new();
    for device in ["cpu", gpu] {
        let header = proto::SolveHeader {
            dtype: proto::Dtype::F64.into(),
            orders: vec![3; 8],
            vectors: true,
            lower_only: false,
            device: device.to_owned(),
        };
        let matrix = [1.0, 0.5, 0.0, 0.5, 2.0, 0.5, 0.0, 0.5, 3.0].repeat(8);
        let requests = [
            proto::solve_request::Part::Header(header),
            proto::solve_request::Part::Chunk(chunk(0, &matrix)),
        ];
        let requests = requests.map(|part| proto::SolveRequest { part: Some(part) });
        let mut client = server.eigen().await;
        let mut replies = client.solve(tokio_stream::iter(requests)).await.unwrap().into_inner();
        let (mut values, mut certificate) = (Vec::new(), None);
        while let Some(reply) = replies.next().await {
            match reply.unwrap().part.unwrap() {
                solve_reply::Part::Chunk(chunk) if chunk.tensor == 0 => values.extend(chunk.data),
                solve_reply::Part::Certificate(found) => certificate = Some(found),
                _ => {}
            }
        }
        let certificate = certificate.unwrap();
        assert!(certificate.device.starts_with(&device[..3]), "{certificate:?}");
        assert_eq!(certificate.notes, [format!("device: {device}: asked for")]);
        assert!(certificate.eigen_residual < 30.0 && certificate.warnings.is_empty());
        answers.push(values);
    }
    let floats = |bytes: &[u8]| -> Vec<f64> {
        bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    };
    for (a, b) in floats(&answers[0]).into_iter().zip(floats(&answers[1])) {
        assert!((a - b).abs() < 1e-14, "{a} {b}");
    }
    let mut spectra = Vec::new();
    for device in ["cpu", gpu] {
        let (values, certificate) =
            broadened(&server, device, proto::BroadenMethod::Direct).await.unwrap();
        assert!(certificate.device.starts_with(&device[..3]), "{certificate:?}");
        let note = format!("device: {device}: asked for");
        assert!(certificate.notes.contains(&note), "{certificate:?}");
        spectra.push(floats(&values));
    }
    for (a, b) in spectra[0].iter().zip(&spectra[1]) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    let refused = broadened(&server, gpu, proto::BroadenMethod::Binned).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("method"), "{refused}");
}

async fn broadened(
    server: &Server,
    device: &str,
    method: proto::BroadenMethod,
) -> Result<(Vec<u8>, proto::Certificate), tonic::Status> {
    let header = proto::BroadenHeader {
        weights_dtype: proto::Dtype::F64.into(),
        peaks: 3,
        frequencies: 5,
        widths: false,
        kernel: Some(proto::broaden_header::Kernel::Lorentzian(proto::Lorentzian {
            half_width: 0.25,
        })),
        method: method.into(),
        tolerance: 1e-8,
        device: device.to_owned(),
    };
    let parts = [
        proto::broaden_request::Part::Header(header),
        proto::broaden_request::Part::Chunk(chunk(0, &[-1.0, 0.25, 0.5])),
        proto::broaden_request::Part::Chunk(chunk(1, &[1.0, -0.5, 2.0])),
        proto::broaden_request::Part::Chunk(chunk(2, &[-2.0, -1.0, 0.0, 0.3, 1.0])),
    ];
    let requests = parts.map(|part| proto::BroadenRequest { part: Some(part) });
    let mut client = server.spectra().await;
    let mut replies = client.broaden(tokio_stream::iter(requests)).await?.into_inner();
    let (mut values, mut certificate) = (Vec::new(), None);
    while let Some(reply) = replies.next().await {
        match reply?.part.unwrap() {
            broaden_reply::Part::Chunk(chunk) if chunk.tensor == 0 => values.extend(chunk.data),
            broaden_reply::Part::Certificate(found) => certificate = Some(found),
            _ => {}
        }
    }
    Ok((values, certificate.unwrap()))
}
