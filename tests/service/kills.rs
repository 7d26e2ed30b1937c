//! kill -9 of server, worker and client at random instants, 20 of them, in the long form 200: no
//! acknowledged unit is lost, no stored one computed again, the results are those of an
//! uninterrupted server.
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use edgestate::jobs::faults;
use edgestate::service::proto::{self, JobState};
use rustix::process::Signal;

use crate::support::*;

const SOCKET: &str = "EDGESTATE_TEST_CLIENT_SOCKET";
const SUBMITTED: &str = "EDGESTATE_TEST_CLIENT_SUBMITTED";
/// A plan can be run again; without it, every run has its own.
const SEED: &str = "EDGESTATE_TEST_SEED";

const COUPLINGS: usize = 24;
const UNITS: u64 = 2 * COUPLINGS as u64;

/// Job number `round`: other couplings than all others.
fn job(round: usize) -> proto::Sweep {
    let first = (round * COUPLINGS) as f64;
    let couplings: Vec<f64> = (0..COUPLINGS).map(|i| 0.05 + 1e-4 * (first + i as f64)).collect();
    sweep(&couplings)
}

/// Not a test of its own: the process that is killed in the role of a client. It submits the job
/// that is under way, watches it and fetches, again and again.
#[tokio::test]
async fn client_process() {
    let (Ok(socket), Ok(submitted)) = (std::env::var(SOCKET), std::env::var(SUBMITTED)) else {
        return;
    };
    let round = std::fs::read_to_string(format!("{submitted}.round")).unwrap().parse().unwrap();
    let channel = tonic::transport::Endpoint::from_shared(format!("unix:{socket}")).unwrap();
    let mut client = proto::jobs_client::JobsClient::new(channel.connect().await.unwrap());
    loop {
        let job = submit(&mut client, job(round)).await;
        let file = std::fs::File::options().create(true).append(true).open(&submitted).unwrap();
        std::io::Write::write_all(&mut &file, format!("{}\n", job.id).as_bytes()).unwrap();
        let _ = fetch(&mut client, &job.id).await;
        watch(&mut client, &job.id).await;
    }
}

fn start(dir: &Path) -> Server {
    Start::new(dir).slow(20).with(faults::CHUNK_RUNS, &4).start()
}

fn client(dir: &Path, server: &Server, round: usize) -> Child {
    let submitted = dir.join("submitted");
    std::fs::write(dir.join("submitted.round"), round.to_string()).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kills::client_process", "--test-threads", "1"]);
    command.env(SOCKET, &server.socket).env(SUBMITTED, submitted);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn seed() -> u64 {
    let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        now.as_nanos() as u64 | 1
    })
}

/// What an uninterrupted server says of the jobs.
async fn expected(rounds: usize) -> Vec<Vec<(String, Vec<u8>)>> {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let mut all = Vec::new();
    for round in 0..rounds {
        let done = finished(&mut client, job(round)).await;
        all.push(bits(&mut client, &done.id).await);
    }
    all
}

struct Plan {
    dir: tempfile::TempDir,
    random: Random,
    server: Server,
    /// Ids of the jobs, the last one under way.
    ids: Vec<String>,
    /// Units of the job under way that were said done.
    acknowledged: u64,
    /// As many were done when its worker was killed last: a chunk loses its worker once only.
    at_worker_kill: Option<u64>,
    kills: [u32; 3],
}

impl Plan {
    async fn new(seed: u64) -> Self {
        let dir = short_dir();
        let server = start(dir.path());
        let mut plan = Self {
            dir,
            random: Random(seed),
            server,
            ids: Vec::new(),
            acknowledged: 0,
            at_worker_kill: None,
            kills: [0; 3],
        };
        plan.next_job().await;
        plan
    }

    async fn next_job(&mut self) {
        let id = submit(&mut self.server.jobs().await, job(self.ids.len())).await.id;
        self.ids.push(id);
        (self.acknowledged, self.at_worker_kill) = (0, None);
    }

    /// The job under way; what was acknowledged must still be there.
    async fn look(&mut self) -> proto::Job {
        let now = get(&mut self.server.jobs().await, self.ids.last().unwrap()).await;
        assert!(self.acknowledged <= now.units_done, "{} acknowledged, {now:?}", self.acknowledged);
        assert_eq!(now.units_failed, 0, "{now:?}");
        self.acknowledged = now.units_done;
        now
    }

    async fn kill(&mut self) {
        if self.look().await.state() == JobState::Done {
            self.next_job().await;
        }
        let role = self.random.below(10);
        let round = self.ids.len() - 1;
        let client = (role < 2).then(|| client(self.dir.path(), &self.server, round));
        let instant = Duration::from_millis(self.random.below(250));
        tokio::time::sleep(instant).await;
        let now = self.look().await.units_done;
        let worker = self.server.worker().filter(|_| self.at_worker_kill.is_none_or(|at| at < now));
        match (client, role, worker) {
            (Some(mut client), ..) => {
                // It takes a moment to come up.
                tokio::time::sleep(instant).await;
                client.kill().unwrap();
                client.wait().unwrap();
                self.kills[0] += 1;
            }
            (None, 2..5, Some(worker)) => {
                send_signal(worker, Signal::KILL);
                self.at_worker_kill = Some(now);
                self.kills[1] += 1;
            }
            _ => {
                self.server.kill();
                self.server = start(self.dir.path());
                self.at_worker_kill = None;
                self.kills[2] += 1;
            }
        }
        self.look().await;
    }

    async fn end(mut self, kills: u32) {
        let mut client = self.server.jobs().await;
        let of_clients = std::fs::read_to_string(self.dir.path().join("submitted"));
        let of_clients = of_clients.unwrap_or_default();
        for id in self.ids.iter().map(String::as_str).chain(of_clients.lines()) {
            let done = watch(&mut client, id).await.pop().unwrap();
            assert_eq!((done.state(), done.units_done), (JobState::Done, UNITS), "{done:?}");
        }
        let expected = expected(self.ids.len()).await;
        for (id, expected) in self.ids.iter().zip(&expected) {
            assert!(&bits(&mut client, id).await == expected, "other results");
        }
        assert_no_key_twice(self.dir.path());
        assert_eq!(stored_keys(self.dir.path()).len() as u64, UNITS * self.ids.len() as u64);
        assert_eq!(self.kills.iter().sum::<u32>(), kills);
        let [clients, workers, servers] = self.kills;
        println!(
            "killed: {servers} servers, {workers} workers, {clients} clients; {} jobs of {UNITS} \
             units, {} submitted by killed clients",
            self.ids.len(),
            of_clients.lines().count()
        );
        self.server.signal(Signal::TERM);
        assert!(self.server.wait(Duration::from_secs(10)).is_some_and(|status| status.success()));
    }
}

#[tokio::test]
async fn random_kills_lose_nothing() {
    let seed = seed();
    println!("the same plan again: {SEED}={seed} cargo test --release --test service random_kills");
    let kills = if is_long() { 200 } else { 20 };
    let mut plan = Plan::new(seed).await;
    for _ in 0..kills {
        plan.kill().await;
    }
    plan.end(kills).await;
}
