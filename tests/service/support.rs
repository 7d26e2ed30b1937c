//! A real server in a directory of its own, and clients for it.
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use edgestate::service::proto::devices_client::DevicesClient;
use edgestate::service::proto::eigen_client::EigenClient;
use edgestate::service::proto::jobs_client::JobsClient;
use edgestate::service::proto::spectra_client::SpectraClient;
use edgestate::service::proto::{self, fetch_reply, sweep};
use tokio_stream::StreamExt;
use tonic::transport::{Channel, Endpoint};

pub const BINARY: &str = env!("CARGO_BIN_EXE_edgestate");

/// A directory with a short path: sockets in it can be bound.
pub fn short_dir() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("es").tempdir_in("/tmp").unwrap()
}

pub struct Server {
    pub child: Child,
    pub socket: PathBuf,
    /// With `--listen`.
    pub address: Option<String>,
}

pub struct Start<'a> {
    pub dir: &'a Path,
    pub environment: Vec<(&'static str, String)>,
    pub arguments: Vec<&'static str>,
}

impl<'a> Start<'a> {
    pub fn new(dir: &'a Path) -> Self {
        Self { dir, environment: Vec::new(), arguments: Vec::new() }
    }

    /// Every chunk waits so long before it begins.
    pub fn slow(mut self, milliseconds: u64) -> Self {
        self.environment.push(("EDGESTATE_TEST_CHUNK_DELAY_MS", milliseconds.to_string()));
        self
    }

    /// A fault on demand, see `src/jobs/faults.rs` and `src/jobs/worker/faults.rs`.
    pub fn with(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.environment.push((name, value.to_string()));
        self
    }

    pub fn arguments(mut self, arguments: &[&'static str]) -> Self {
        self.arguments.extend(arguments);
        self
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("serve").arg("--store").arg(self.dir.join("store"));
        command.arg("--socket").arg(self.dir.join("s")).args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("EDGESTATE_LOG", "off").stdin(Stdio::null());
        command
    }

    /// Until it says where it listens.
    pub fn start(self) -> Server {
        let mut child = self.command().stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wants_tcp = self.arguments.contains(&"--listen");
        let (mut unix, mut address) = (false, None);
        while !unix || (wants_tcp && address.is_none()) {
            let line = lines.next().expect("the server ended before it listened").unwrap();
            if let Some(place) = line.strip_prefix("listening on ") {
                match place.strip_prefix("unix:") {
                    Some(_) => unix = true,
                    None => address = Some(place.to_owned()),
                }
            }
        }
        Server { child, socket: self.dir.join("s"), address }
    }
}

impl Server {
    pub async fn channel(&self) -> Channel {
        let target = format!("unix:{}", self.socket.display());
        Endpoint::from_shared(target).unwrap().connect().await.unwrap()
    }

    pub async fn jobs(&self) -> JobsClient<Channel> {
        JobsClient::new(self.channel().await)
    }

    pub async fn eigen(&self) -> EigenClient<Channel> {
        EigenClient::new(self.channel().await)
    }

    pub async fn spectra(&self) -> SpectraClient<Channel> {
        SpectraClient::new(self.channel().await)
    }

    pub async fn devices(&self) -> DevicesClient<Channel> {
        DevicesClient::new(self.channel().await)
    }

    pub fn worker(&self) -> Option<u32> {
        worker_of(self.child.id())
    }

    /// That of a device, as the server was told to call it.
    pub fn worker_on(&self, device: &str) -> Option<u32> {
        let on = |arguments: &[String]| arguments.windows(2).any(|two| two == ["--device", device]);
        child_of(self.child.id(), on)
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        send_signal(self.child.id(), signal);
    }

    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn send_signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// The first worker of a server, found as `ps` does.
pub fn worker_of(server: u32) -> Option<u32> {
    child_of(server, |_| true)
}

/// A worker of a server whose arguments are right; it has other children for a moment.
fn child_of(server: u32, right: impl Fn(&[String]) -> bool) -> Option<u32> {
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        if parent_if_alive(pid) != Some(server) {
            continue;
        }
        let Ok(line) = std::fs::read_to_string(format!("/proc/{pid}/cmdline")) else { continue };
        let arguments: Vec<String> = line.split('\0').map(str::to_owned).collect();
        if arguments.get(1).is_some_and(|first| first == "worker") && right(&arguments) {
            return Some(pid);
        }
    }
    None
}

/// None for a process that is gone or waits to be reaped.
pub fn parent_if_alive(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z" && state != "X").then_some(parent)
}

/// Resident memory of a process, bytes.
pub fn resident(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    1024 * line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
}

/// Asks again until it is true.
pub fn eventually(limit: Duration, what: &str, mut is_true: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_true() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Two impurities, two z, few shells and states: milliseconds a run.
pub fn request() -> proto::NrgRequest {
    proto::NrgRequest {
        model: Some(proto::NrgModel {
            kind: proto::NrgModelKind::TwoImpurityHelicalKondo.into(),
            coupling: Some(0.1),
            coupling_z: Some(0.0),
            distance: Some(2),
        }),
        discretization: Some(proto::NrgDiscretization {
            lambda: Some(4.0),
            z: vec![0.0, 0.5],
            scheme: 0,
        }),
        truncation: Some(proto::NrgTruncation {
            energy: Some(8.0),
            rule: 0,
            gap_window: None,
            max_states: vec![64],
        }),
        run: Some(proto::NrgRun { temperature: vec![0.1], shells: Some(3), ..Default::default() }),
    }
}

pub fn axis(field: &str, values: &[f64]) -> proto::Axis {
    let list = proto::List { values: values.to_vec() };
    proto::Axis {
        field: field.to_owned(),
        values: Some(proto::axis::Values::List(list)),
        ..Default::default()
    }
}

/// `request()` over couplings.
pub fn sweep(couplings: &[f64]) -> proto::Sweep {
    let mut request = request();
    request.model.as_mut().unwrap().coupling = None;
    sweep_of(request, vec![axis("model.coupling", couplings)])
}

pub fn sweep_of(request: proto::NrgRequest, axes: Vec<proto::Axis>) -> proto::Sweep {
    proto::Sweep { engine: Some(sweep::Engine::Nrg(request)), axes, device: String::new() }
}

pub async fn submit(client: &mut JobsClient<Channel>, sweep: proto::Sweep) -> proto::Job {
    let request = proto::SubmitRequest { sweep: Some(sweep), priority: 0 };
    client.submit(request).await.unwrap().into_inner().job.unwrap()
}

pub async fn get(client: &mut JobsClient<Channel>, id: &str) -> proto::Job {
    client.get(proto::GetRequest { id: id.to_owned() }).await.unwrap().into_inner()
}

/// All states that `Watch` shows, the last one ended.
pub async fn watch(client: &mut JobsClient<Channel>, id: &str) -> Vec<proto::Job> {
    let request = proto::WatchRequest { id: id.to_owned() };
    let mut stream = client.watch(request).await.unwrap().into_inner();
    let mut seen = Vec::new();
    let all = async {
        while let Some(job) = stream.next().await {
            seen.push(job.unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("the job does not end");
    seen
}

/// Submits and waits.
pub async fn finished(client: &mut JobsClient<Channel>, sweep: proto::Sweep) -> proto::Job {
    let job = submit(client, sweep).await;
    watch(client, &job.id).await.pop().unwrap()
}

#[derive(Debug)]
pub struct Fetched {
    pub header: proto::FetchHeader,
    pub arrays: Vec<Vec<u8>>,
    pub certificate: proto::Certificate,
}

impl Fetched {
    pub fn tensor(&self, name: &str) -> (&proto::Tensor, &[u8]) {
        let index = self.header.tensors.iter().position(|tensor| tensor.name == name);
        let index = index.unwrap_or_else(|| panic!("no tensor {name}"));
        (&self.header.tensors[index], &self.arrays[index])
    }

    pub fn floats(&self, name: &str) -> Vec<f64> {
        let bytes = self.tensor(name).1;
        bytes.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
    }

    pub fn integers(&self, name: &str) -> Vec<i64> {
        let bytes = self.tensor(name).1;
        bytes.chunks_exact(8).map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap())).collect()
    }
}

/// Puts the pieces together and checks each: order, gaps, checksum, the certificate last.
pub async fn fetch(client: &mut JobsClient<Channel>, id: &str) -> Fetched {
    let request = proto::FetchRequest { id: id.to_owned() };
    let mut stream = client.fetch(request).await.unwrap().into_inner();
    let mut header = None;
    let mut arrays: Vec<Vec<u8>> = Vec::new();
    let mut certificate = None;
    while let Some(reply) = stream.next().await {
        assert!(certificate.is_none(), "something after the certificate");
        match reply.unwrap().part.unwrap() {
            fetch_reply::Part::Header(found) => {
                arrays = vec![Vec::new(); found.tensors.len()];
                header = Some(found);
            }
            fetch_reply::Part::Chunk(chunk) => {
                let array = &mut arrays[chunk.tensor as usize];
                assert_eq!(chunk.offset_bytes, array.len() as u64);
                assert_eq!(chunk.crc32c, crc32c::crc32c(&chunk.data));
                array.extend_from_slice(&chunk.data);
            }
            fetch_reply::Part::Certificate(found) => certificate = Some(found),
        }
    }
    let (header, certificate) = (header.unwrap(), certificate.unwrap());
    for (tensor, array) in header.tensors.iter().zip(&arrays) {
        let elements: u64 = tensor.shape.iter().product();
        let size = if tensor.dtype() == proto::Dtype::C128 { 16 } else { 8 };
        assert_eq!(array.len() as u64, size * elements, "{}", tensor.name);
        assert_eq!(tensor.dimensions.len(), tensor.shape.len(), "{}", tensor.name);
    }
    Fetched { header, arrays, certificate }
}

/// Every array of a finished job, by name: what an interrupted job has to yield bit for bit.
pub async fn bits(client: &mut JobsClient<Channel>, id: &str) -> Vec<(String, Vec<u8>)> {
    let fetched = fetch(client, id).await;
    let names = fetched.header.tensors.iter().map(|tensor| tensor.name.clone());
    names.zip(fetched.arrays).collect()
}

/// Keys of all units in the groups of a store, one group after another.
pub fn stored_keys(dir: &Path) -> Vec<String> {
    let mut keys = Vec::new();
    for group in std::fs::read_dir(dir.join("store/results")).unwrap() {
        let bytes = std::fs::read(group.unwrap().path().join("zarr.json")).unwrap();
        let group: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let listed = group["attributes"]["keys"].as_array().unwrap().clone();
        keys.extend(listed.into_iter().map(|key| key.as_str().unwrap().to_owned()));
    }
    keys
}

/// No unit was written twice: a stored one is never computed again.
pub fn assert_no_key_twice(dir: &Path) {
    let keys = stored_keys(dir);
    let distinct: std::collections::HashSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "units were computed again");
}

pub fn is_long() -> bool {
    cfg!(feature = "long-tests") || std::env::var_os("EDGESTATE_LONG").is_some()
}
