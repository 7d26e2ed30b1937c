//! What jobs, store, worker and gRPC add: a sweep of 1,000 small points (one edge state of a half
//! plane each, some milliseconds) through the server, against the engine alone in this process.
//!
//! `cargo bench --bench jobs [-- ROUNDS POINTS]`; the two alternate, every round has a new store. The
//! time of the server is from `Submit` to the last byte of `Fetch`; both energies are compared bit
//! for bit. Seconds of processor time are those of all processes that take part; ratios are of
//! medians.
#![allow(clippy::panic, reason = "a failed bench")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use edgestate::jobs::document::RawDocument;
use edgestate::jobs::planner::runs_of;
use edgestate::jobs::spec::{Spec, Unit};
use edgestate::jobs::worker::execute;
use edgestate::linalg::Device;
use edgestate::linalg::cpu::Cpu;
use edgestate::service::proto::{self, fetch_reply::Part, jobs_client::JobsClient, sweep};
use edgestate::stop::Never;
use tokio_stream::StreamExt;

/// Momentum of the edge state, 1/nm, and the swept Rashba couplings, meV nm.
const MOMENTUM: f64 = 0.005;
const RASHBA: (f64, f64) = (50.0, 250.0);

#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    processor: f64,
}

fn main() {
    let number = |index: usize, default: u32| {
        let mut given = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
        given.nth(index).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (rounds, points) = (number(0, 5), number(1, 1000));
    let device = Cpu::new(None).expect("threads can be started");
    let (mut alone, mut served) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let (energies, cost) = engine_alone(points, &device);
        let (fetched, of_server) = through_the_server(points);
        assert!(energies == fetched, "the server has other numbers");
        println!("round {round}: alone {cost:.3?}, served {of_server:.3?}");
        alone.push(cost);
        served.push(of_server);
    }
    let wall = |costs: &[Cost]| median(costs.iter().map(|cost| cost.wall).collect());
    let processor = |costs: &[Cost]| median(costs.iter().map(|cost| cost.processor).collect());
    println!(
        "{points} points, medians of {rounds} rounds: engine alone, through the server, ratio"
    );
    for (name, a, b) in [
        ("wall, s", wall(&alone), wall(&served)),
        ("processor, s", processor(&alone), processor(&served)),
    ] {
        println!("{name:14} {a:8.3} {b:8.3} {:8.3}", b / a);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn engine_alone(points: u32, device: &dyn Device) -> (Vec<u8>, Cost) {
    let text = format!(
        "engine = \"ribbon\"\n[calculation]\nkind = \"edge\"\n[model]\npreset = \"hgte-7nm\"\n\
         [momentum]\nk_per_nm = [{MOMENTUM}]\n[sweep]\n\
         \"model.rashba_mev_nm\" = {{ from = {:?}, to = {:?}, count = {points} }}\n",
        RASHBA.0, RASHBA.1
    );
    let document = RawDocument::from_toml(&text).expect("a document").check().expect("valid");
    let runs = runs_of(&document, &device.name()).expect("runs");
    let specs: Vec<Arc<Spec>> = runs.into_iter().map(|run| run.spec).collect();
    let (begin, before) = (Instant::now(), processor_seconds("self"));
    let results = execute(&specs, device, &(), &Never).expect("an engine that works");
    let wall = begin.elapsed().as_secs_f64();
    let cost = Cost { wall, processor: processor_seconds("self") - before };
    let mut bytes = Vec::new();
    for result in results {
        match result.expect("a result").as_slice() {
            [Unit::Answer(answer)] => {
                let energy = answer.get("energy_exact_mev").expect("an energy");
                bytes.extend(energy.values.real().iter().flat_map(|value| value.to_le_bytes()));
            }
            other => panic!("{other:?}"),
        }
    }
    (bytes, cost)
}

fn through_the_server(points: u32) -> (Vec<u8>, Cost) {
    let dir = tempfile::Builder::new().prefix("es").tempdir_in("/tmp").expect("a folder");
    let mut server = start(dir.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let target = format!("unix:{}", dir.path().join("s").display());
    let (bytes, cost) = runtime.block_on(async {
        let channel = tonic::transport::Endpoint::from_shared(target).expect("an address");
        let mut client = JobsClient::new(channel.connect().await.expect("a server"));
        let (begin, before) = (Instant::now(), all_processor_seconds(&server));
        let bytes = whole_job(&mut client, points).await;
        let wall = begin.elapsed().as_secs_f64();
        (bytes, Cost { wall, processor: all_processor_seconds(&server) - before })
    });
    server.kill().expect("killed");
    server.wait().expect("ended");
    (bytes, cost)
}

fn start(dir: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgestate"));
    command.arg("serve").arg("--store").arg(dir.join("store")).arg("--socket").arg(dir.join("s"));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = command.spawn().expect("the server");
    let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
    let listens = |line: std::io::Result<String>| line.is_ok_and(|l| l.starts_with("listening on"));
    assert!(lines.any(listens), "the server ended");
    server
}

/// Submit, watch to the end, fetch; the energies.
async fn whole_job(client: &mut JobsClient<tonic::transport::Channel>, points: u32) -> Vec<u8> {
    let submit = proto::SubmitRequest { sweep: Some(edge_states(points)), priority: 0 };
    let job = client.submit(submit).await.expect("accepted").into_inner().job.expect("a job");
    let watch = proto::WatchRequest { id: job.id.clone() };
    let mut states = client.watch(watch).await.expect("a job to watch").into_inner();
    let mut last = job;
    while let Some(state) = states.next().await {
        last = state.expect("a state");
    }
    assert_eq!((last.units_done, last.units_failed), (u64::from(points), 0), "{last:?}");
    let fetch = proto::FetchRequest { id: last.id };
    let mut replies = client.fetch(fetch).await.expect("results").into_inner();
    let (mut energy, mut bytes) = (None, Vec::new());
    while let Some(reply) = replies.next().await {
        match reply.expect("a reply").part {
            Some(Part::Header(header)) => {
                let place =
                    header.tensors.iter().position(|tensor| tensor.name == "energy_exact_mev");
                energy = place.and_then(|place| u32::try_from(place).ok());
            }
            Some(Part::Chunk(chunk)) if Some(chunk.tensor) == energy => bytes.extend(chunk.data),
            _ => {}
        }
    }
    bytes
}

fn edge_states(count: u32) -> proto::Sweep {
    let kind = proto::RibbonKind::Edge.into();
    let preset = proto::RibbonPreset::Hgte7nm.into();
    let momentum = proto::RibbonMomentum { k_per_nm: vec![MOMENTUM], ..Default::default() };
    let request = proto::RibbonRequest {
        calculation: Some(proto::RibbonCalculation { kind }),
        model: Some(proto::RibbonModel { preset, ..Default::default() }),
        momentum: Some(momentum),
        ..Default::default()
    };
    let scale = proto::Scale::Linear.into();
    let grid = proto::Grid { from: RASHBA.0, to: RASHBA.1, count, scale };
    let values = Some(proto::axis::Values::Grid(grid));
    let axes =
        vec![proto::Axis { field: "model.rashba_mev_nm".into(), values, along: String::new() }];
    proto::Sweep { engine: Some(sweep::Engine::Ribbon(request)), axes, device: String::new() }
}

/// Of this process, the server, and the server's worker.
fn all_processor_seconds(server: &Child) -> f64 {
    let server = server.id().to_string();
    let of_workers: f64 = worker_of(&server).iter().map(|pid| processor_seconds(pid)).sum();
    processor_seconds("self") + processor_seconds(&server) + of_workers
}

/// Found as `ps` does: a thread of the server has started it.
fn worker_of(server: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let pids = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    pids.filter(|pid| stat(pid).is_some_and(|stat| stat.get(1).is_some_and(|p| p == server)))
        .collect()
}

/// The fields behind the name of the process: state, parent, ...
fn stat(pid: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect())
}

/// User and system time; Linux counts in hundredths.
fn processor_seconds(pid: &str) -> f64 {
    let Some(stat) = stat(pid) else { return 0.0 };
    let ticks = |place: usize| stat.get(place).and_then(|text| text.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}
