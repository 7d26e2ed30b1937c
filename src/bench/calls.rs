//! `Eigen.Solve` through a server of our own, a child of this process.
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bytes::Bytes;

use super::BenchError;
use super::clock::timed;
use super::matrices::BatchSpec;
use super::report::Calls;
use super::statistics::Summary;
use crate::linalg::{Certify, Device, EighOptions, HostBatch};
use crate::service::probe::{Batch, Place, Probe};
use crate::stop::Never;

/// What is sent to measure the way there: one matrix of this order (134 MB), or of a smaller one.
const UPLOAD_ORDER: u32 = 4096;
/// From so many bytes on their rate is worth measuring; the windows, which fill up before anybody
/// reads, are a small part of them.
const DOWNLOAD_BYTES: u64 = 64 << 20;

/// Longest wait for the server to listen.
const START: Duration = Duration::from_secs(60);

/// A server in a directory of its own; both go with this value.
#[derive(Debug)]
struct Server {
    child: Child,
    dir: PathBuf,
    unix: Place,
    tcp: Place,
}

/// One batch of the measurement.
struct Case {
    order: usize,
    matrices: usize,
    vectors: bool,
    /// Order of the matrix that is sent to measure the way there.
    upload_order: u32,
}

/// Throughput (many small matrices) over both transports, then batches whose solution takes about a
/// second; `divisor` times fewer matrices.
///
/// # Errors
/// The server does not start, a call fails.
pub fn calls(
    binary: &Path,
    device: &Arc<dyn Device>,
    threads: usize,
    rounds: usize,
    divisor: usize,
) -> Result<Vec<Calls>, BenchError> {
    let server = Server::start(binary, threads)?;
    let case = |order: usize, matrices: usize, vectors: bool| Case {
        order,
        matrices: (matrices / divisor).max(2),
        vectors,
        upload_order: (f64::from(UPLOAD_ORDER) / (divisor as f64).sqrt()) as u32,
    };
    let small = case(16, 65_536, true);
    let mut found = Vec::new();
    for place in [&server.unix, &server.tcp] {
        found.push(server.measure(place, &small, device, rounds)?);
    }
    for case in [case(256, 384, true), case(1024, 12, true), case(1024, 32, false)] {
        found.push(server.measure(&server.unix, &case, device, rounds)?);
    }
    Ok(found)
}

/// As they go over the wire.
fn bytes_of(host: &HostBatch) -> Bytes {
    match host {
        HostBatch::F64(ragged) => {
            ragged.data().iter().flat_map(|value| value.to_le_bytes()).collect()
        }
        HostBatch::C128(ragged) => {
            let parts = ragged.data().iter().flat_map(|value| [value.re, value.im]);
            parts.flat_map(f64::to_le_bytes).collect()
        }
    }
}

impl Server {
    fn start(binary: &Path, threads: usize) -> Result<Self, BenchError> {
        let dir = std::env::temp_dir().join(format!("edgestate-bench-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&dir)?;
        let socket = dir.join("s");
        let mut command = Command::new(binary);
        command.arg("serve").arg("--store").arg(dir.join("store")).arg("--socket").arg(&socket);
        command.args(["--listen", "127.0.0.1:0", "--threads", &threads.to_string()]);
        // Should this process be killed, the server goes on its own.
        command.args(["--idle-exit", "30"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().inspect_err(|_| {
            let _ = std::fs::remove_dir_all(&dir);
        })?;
        let lines = child.stdout.take().map(read_lines);
        let mut server =
            Self { child, dir, unix: Place::Unix(socket), tcp: Place::Tcp(String::new()) };
        while let Some(line) = lines.as_ref().and_then(|lines| lines.recv_timeout(START).ok()) {
            let place = line.strip_prefix("listening on ").unwrap_or("unix:");
            if !place.starts_with("unix:") {
                server.tcp = Place::Tcp(place.to_owned());
                return Ok(server);
            }
        }
        Err(BenchError::Server("it did not say where it listens".to_owned()))
    }

    /// Of the server and its worker so far (Linux).
    fn cpu_seconds(&self) -> Option<f64> {
        let server = self.child.id();
        let entries = std::fs::read_dir("/proc").ok()?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let both = names.filter_map(|name| name.parse().ok()).filter_map(cpu_of);
        let both = both.filter(|one| one.pid == server || one.parent == server);
        Some(both.map(|one| one.seconds).sum())
    }

    fn measure(
        &self,
        place: &Place,
        case: &Case,
        device: &Arc<dyn Device>,
        rounds: usize,
    ) -> Result<Calls, BenchError> {
        let failed = |error| BenchError::Linalg { device: "cpu".into(), error };
        let orders = vec![case.order; case.matrices];
        let host = BatchSpec { orders, complex: false, seed: 7 }.make().map_err(failed)?;
        let batch = Batch {
            orders: vec![case.order as u32; case.matrices],
            complex: false,
            vectors: case.vectors,
            data: bytes_of(&host),
        };
        let resident = device.upload(host).map_err(failed)?;
        let options = EighOptions { vectors: case.vectors, certify: Certify::Full };
        let mut probe = Probe::connect(place)?;
        // Not counted: windows open, the worker's memory is fresh.
        probe.solve(&batch)?;
        let (mut up, mut down, mut total, mut solve) = (vec![], vec![], vec![], vec![]);
        let (mut bytes_down, mut cpu) = (0, 0.0);
        for _ in 0..rounds {
            let before = self.cpu_seconds();
            let (passage, own) = timed(|| probe.solve(&batch));
            let passage = passage?;
            let theirs =
                self.cpu_seconds().zip(before).map_or(f64::NAN, |(after, before)| after - before);
            bytes_down = passage.bytes_down;
            total.push(passage.total);
            let (solved, span) = timed(|| device.eigh(&resident, options, &Never));
            solved.map_err(failed)?;
            solve.push(span.wall_seconds);
            cpu += own.cpu_seconds + theirs - span.cpu_seconds;
            let sent = 8e-9 * f64::from(case.upload_order).powi(2);
            up.push(sent / probe.upload(case.upload_order)?);
            if DOWNLOAD_BYTES <= bytes_down {
                // By then everything is solved, and waits in the server.
                let late = Duration::from_secs_f64(1.5 * passage.total);
                let passage = probe.solve_late(&batch, late)?;
                down.push(bytes_down as f64 * 1e-9 / passage.download);
            }
        }
        let gigabytes = 1e-9 * rounds as f64 * (batch.data.len() as u64 + bytes_down) as f64;
        let (call_seconds, solve_seconds) = (Summary::new(total), Summary::new(solve));
        let transport = match place {
            Place::Unix(_) => "unix socket",
            Place::Tcp(_) => "loopback tcp",
        };
        Ok(Calls {
            transport: transport.to_owned(),
            order: case.order,
            matrices: case.matrices,
            vectors: case.vectors,
            bytes_up: batch.data.len() as u64,
            bytes_down,
            gigabytes_per_second_up: Summary::new(up),
            gigabytes_per_second_down: (!down.is_empty()).then(|| Summary::new(down)),
            cpu_seconds_per_gigabyte: Some(cpu / gigabytes).filter(|cpu| cpu.is_finite()),
            call_seconds,
            solve_seconds,
            overhead: (call_seconds.median - solve_seconds.median) / solve_seconds.median,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

struct Process {
    pid: u32,
    parent: u32,
    seconds: f64,
}

/// From `/proc/PID/stat`, whose ticks are hundredths of a second.
fn cpu_of(pid: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let parent = fields.get(1)?.parse().ok()?;
    Some(Process { pid, parent, seconds: 0.01 * (number(11)? + number(12)?) })
}

fn read_lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        // To the end, so that the server never waits for a reader.
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}
