//! The state machine under thousands of random fault plans: no unit said done is lost, none is
//! computed again once stored, none is in work twice at a time, no working worker is killed, every
//! job ends.
//!
//! A plan is made of deaths and hangs of workers, at their start and in a chunk; of chunks and runs
//! that fail; of a disk that refuses results; of cancellations; of orderly and of sudden ends of the
//! server. It follows from its seed alone, and a plan that fails prints the command that repeats it.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use edgestate::jobs::core::{Account, Action, Core, Event, Known, Part, Rest};
use edgestate::jobs::key::Key;
use edgestate::jobs::planner::{Budget, Run};
use edgestate::jobs::spec::Spec;
use edgestate::jobs::view::{JobId, JobState, JobView};
use edgestate::nrg::RunSpec;

use crate::{keys_of, nrg, run, spec, unit};

/// xorshift64*: reproducible from the seed alone.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit as u64) as usize
    }
    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

struct Chunk {
    id: u64,
    specs: Vec<Arc<Spec>>,
}

struct Writing {
    chunk: u64,
    done: Vec<Key>,
    failed: Vec<Key>,
}

/// What survives a crash of the server.
#[derive(Default)]
struct Disk {
    stored: HashSet<Key>,
    /// In an order of its own, so that a plan follows from its seed.
    jobs: BTreeMap<JobId, (Vec<Key>, JobState)>,
    /// Failures with the number of the crash-free life they were found in.
    failed: HashMap<JobId, HashSet<Key>>,
}

impl Disk {
    fn give_up(&mut self, failed: &[Key]) {
        for (id, (keys, state)) in &self.jobs {
            if !state.ended() {
                let of_job = failed.iter().filter(|key| keys.contains(key)).copied();
                self.failed.entry(id.clone()).or_default().extend(of_job);
            }
        }
    }
}

struct World {
    seed: u64,
    random: Random,
    core: Core,
    disk: Disk,
    worker_up: bool,
    starting: bool,
    chunk: Option<Chunk>,
    /// The worker hangs, in its start or in its chunk.
    hung: bool,
    /// It was killed for that; its end is not noticed yet.
    killed: bool,
    kills: usize,
    /// Said of the chunk.
    share: f64,
    stop_asked: bool,
    shutting_down: bool,
    writing: Vec<Writing>,
    /// Of large jobs: what is not planned, and whose next part was asked for.
    unplanned: HashMap<JobId, Vec<(usize, RunSpec)>>,
    plans: Vec<JobId>,
    views: HashMap<JobId, JobView>,
    computed: HashMap<Key, u32>,
    now: f64,
    faults: bool,
    /// Couplings whose runs always bring the worker down.
    poison: Option<usize>,
}

fn rest_of(specs: &[(usize, RunSpec)]) -> Rest {
    let units = specs.iter().map(|(_, spec)| spec.temperatures.len() as u64).sum();
    let core_seconds = specs.iter().map(|(point, _)| 2.0 + *point as f64).sum();
    Rest { units, core_seconds }
}

const POINTS: usize = 6;
const TEMPERATURES: [f64; 3] = [1e-3, 1e-4, 1e-5];

fn budget() -> Budget {
    Budget { chunk_seconds: 10.0, cores: 1.0, memory_bytes: 1 << 30, max_runs: 5 }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let poison = random.one_in(3).then(|| random.below(POINTS));
        let mut core = Core::new(budget());
        let actions = core.start();
        let mut world = Self {
            seed,
            random,
            core,
            disk: Disk::default(),
            worker_up: false,
            starting: false,
            chunk: None,
            hung: false,
            killed: false,
            kills: 0,
            share: 0.0,
            stop_asked: false,
            shutting_down: false,
            writing: Vec::new(),
            unplanned: HashMap::new(),
            plans: Vec::new(),
            views: HashMap::new(),
            computed: HashMap::new(),
            now: 0.0,
            faults: true,
            poison,
        };
        world.perform(actions);
        world
    }

    fn step(&mut self, event: Event) {
        self.now += 1.0;
        let actions = self.core.step(event, self.now);
        self.perform(actions);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::StartWorker { .. } => {
                    assert!(!self.worker_up && !self.starting, "seed {}: two workers", self.seed);
                    self.starting = true;
                    self.hung = self.faults && self.random.one_in(12);
                }
                Action::SendChunk { chunk, specs } => self.receive(chunk, specs),
                Action::KillWorker { reason } => {
                    assert!(self.hung, "seed {}: killed without need: {reason}", self.seed);
                    self.killed = true;
                    self.kills += 1;
                }
                Action::StopChunk { chunk } => {
                    self.stop_asked |= self.chunk.as_ref().is_some_and(|own| own.id == chunk);
                }
                Action::Store { chunk, done, failed } => {
                    let done = done.into_iter().map(|(key, ..)| key).collect();
                    let failed = failed.into_iter().map(|(key, _)| key).collect();
                    self.writing.push(Writing { chunk, done, failed });
                }
                Action::Plan { job } => {
                    assert!(!self.plans.contains(&job), "seed {}: asked twice", self.seed);
                    self.plans.push(job);
                }
                Action::JobChanged { view } => self.changed(view),
            }
        }
    }

    fn receive(&mut self, id: u64, specs: Vec<Arc<Spec>>) {
        let seed = self.seed;
        assert!(self.worker_up && self.chunk.is_none(), "seed {seed}: a chunk for a busy worker");
        assert!(!specs.is_empty() && specs.len() <= 5, "seed {seed}: {} runs", specs.len());
        let in_writing: HashSet<Key> =
            self.writing.iter().flat_map(|writing| writing.done.iter().copied()).collect();
        let mut seen = HashSet::new();
        for key in specs.iter().flat_map(|spec| keys_of(nrg(spec), "test")) {
            assert!(
                !self.disk.stored.contains(&key),
                "seed {seed}: a stored unit is computed again"
            );
            assert!(!in_writing.contains(&key), "seed {seed}: a unit on its way to the store");
            assert!(seen.insert(key), "seed {seed}: a unit twice in a chunk");
        }
        assert!(!self.shutting_down, "seed {seed}: a chunk after the end");
        self.chunk = Some(Chunk { id, specs });
        self.stop_asked = false;
        self.share = 0.0;
        self.hung = self.faults && self.random.one_in(10);
    }

    fn changed(&mut self, view: JobView) {
        let seed = self.seed;
        assert!(view.units_done + view.units_failed <= view.units_total, "seed {seed}: {view:?}");
        assert!((0.0..=1.0).contains(&view.progress), "seed {seed}: {view:?}");
        if let Some(before) = self.views.get(&view.id) {
            assert!(!before.state.ended(), "seed {seed}: {before:?} then {view:?}");
            assert!(before.units_done <= view.units_done, "seed {seed}: {before:?} {view:?}");
        }
        if let Some((keys, state)) = self.disk.jobs.get_mut(&view.id) {
            *state = view.state;
            if view.state == JobState::Done {
                let done = keys.iter().filter(|key| self.disk.stored.contains(key)).count() as u64;
                assert!(view.units_done <= done, "seed {seed}: said done, not stored: {view:?}");
                let all = view.units_done + view.units_failed;
                assert_eq!(all, view.units_total, "seed {seed}: {view:?}");
            }
        }
        self.views.insert(view.id.clone(), view);
    }

    fn submit(&mut self, number: usize) {
        let id: JobId = format!("job{number}").into();
        let mut points: Vec<usize> = (0..POINTS).filter(|_| self.random.one_in(2)).collect();
        if points.is_empty() {
            points.push(0);
        }
        let temperatures: Vec<f64> =
            TEMPERATURES.into_iter().filter(|_| self.random.one_in(2)).collect();
        let temperatures = if temperatures.is_empty() { vec![1e-3] } else { temperatures };
        let specs: Vec<(usize, RunSpec)> = points
            .iter()
            .flat_map(|point| {
                [0.0, 0.5].map(|z| (*point, spec(0.1 * (*point + 1) as f64, z, &temperatures)))
            })
            .collect();
        let keys: Vec<Key> = specs.iter().flat_map(|(_, spec)| keys_of(spec, "test")).collect();
        self.disk.jobs.insert(id.clone(), (keys, JobState::Queued));
        self.hand_in(id, specs, 0);
    }

    /// What the shell does at Submit and when it takes up a job again; some jobs are planned in parts.
    fn hand_in(&mut self, id: JobId, mut specs: Vec<(usize, RunSpec)>, said_done: u64) {
        let first = match self.random.below(3) {
            0 => self.random.below(specs.len() + 1),
            _ => specs.len(),
        };
        let later = specs.split_off(first);
        let rest = rest_of(&later);
        let (runs, mut known) = self.sort_out(&id, specs);
        known.total += rest.units;
        known.said_done = said_done;
        self.unplanned.insert(id.clone(), later);
        let submitted = self.now;
        let (engine, by) = ("nrg".into(), Account::default());
        self.step(Event::Submit { job: id, engine, submitted, runs, known, by, rest });
    }

    /// What has to be computed, and what is known of the rest.
    fn sort_out(&self, id: &JobId, specs: Vec<(usize, RunSpec)>) -> (Vec<Run>, Known) {
        let given_up = self.disk.failed.get(id);
        let (mut known, mut runs) = (Known::default(), Vec::new());
        for (point, spec) in specs {
            let whole = run(point, spec, 2.0 + point as f64, 100 << 20);
            known.total += whole.keys.len() as u64;
            let missing: Vec<usize> = (0..whole.keys.len())
                .filter(|index| {
                    let key = whole.keys[*index];
                    let stored = self.disk.stored.contains(&key);
                    let failed = given_up.is_some_and(|given_up| given_up.contains(&key));
                    known.from_store += u64::from(stored);
                    known.failed += u64::from(!stored && failed);
                    !stored && !failed
                })
                .collect();
            runs.extend(whole.only(&missing));
        }
        (runs, known)
    }

    /// The next part of some job, of one run or more.
    fn plan_ends(&mut self) {
        if self.plans.is_empty() {
            return;
        }
        let id = self.plans.swap_remove(self.random.below(self.plans.len()));
        let mut specs = self.unplanned.remove(&id).unwrap_or_default();
        let count = (1 + self.random.below(4)).min(specs.len());
        let later = specs.split_off(count);
        let rest = rest_of(&later);
        self.unplanned.insert(id.clone(), later);
        let part = if self.faults && self.random.one_in(20) {
            let units = rest_of(&specs).units;
            let known = Known { total: units, failed: units, ..Known::default() };
            Part { runs: Vec::new(), known, rest, failure: Some("no plan".into()) }
        } else {
            let (runs, known) = self.sort_out(&id, specs);
            Part { runs, known, rest, failure: None }
        };
        self.step(Event::Planned { job: id, part });
    }

    fn poisoned(&self) -> bool {
        let bad = self.poison.map(|point| 0.1 * (point + 1) as f64);
        self.chunk.as_ref().is_some_and(|chunk| {
            chunk.specs.iter().any(|spec| Some(nrg(spec).model.coupling) == bad)
        })
    }

    fn worker_dies(&mut self) {
        self.worker_up = false;
        self.starting = false;
        self.chunk = None;
        (self.hung, self.killed) = (false, false);
        self.step(Event::WorkerDied { reason: "a fault".into() });
    }

    /// Some seconds go by; a worker that works gets on meanwhile.
    fn time_goes_by(&mut self) {
        if let Some(chunk) = self.chunk.as_ref().filter(|_| !self.hung) {
            let chunk = chunk.id;
            self.share += (1.0 - self.share) / 8.0;
            let share = self.share;
            self.step(Event::Progress { chunk, share });
        } else if self.starting && !self.hung {
            return self.worker_is_ready();
        }
        let seconds = 1.0 + self.random.below(50) as f64;
        self.step(Event::Tick { seconds });
    }

    fn worker_is_ready(&mut self) {
        self.starting = false;
        if self.faults && self.random.one_in(6) {
            self.step(Event::WorkerDied { reason: "does not start".into() });
        } else {
            self.worker_up = true;
            self.step(Event::WorkerReady);
        }
    }

    fn worker_ends_its_chunk(&mut self) {
        if self.killed {
            return self.worker_dies();
        }
        if self.hung {
            return;
        }
        if self.poisoned() {
            return self.worker_dies();
        }
        let Some(chunk) = self.chunk.take() else { return };
        if self.stop_asked && self.random.one_in(2) {
            return self.step(Event::ChunkStopped { chunk: chunk.id });
        }
        if self.faults && self.random.one_in(12) {
            let reason = "out of memory".to_owned();
            return self.step(Event::ChunkFailed { chunk: chunk.id, reason });
        }
        let mut results = Vec::new();
        for spec in &chunk.specs {
            if self.faults && self.random.one_in(15) {
                results.push(Err("no convergence".to_owned()));
                continue;
            }
            for key in keys_of(nrg(spec), "test") {
                *self.computed.entry(key).or_insert(0) += 1;
            }
            results.push(Ok(nrg(spec).temperatures.iter().map(|t| unit(*t, 2)).collect()));
        }
        if self.faults && self.random.one_in(40) {
            results.pop();
        }
        self.step(Event::ChunkDone { chunk: chunk.id, results, seconds: 3.0 });
    }

    fn write_ends(&mut self) {
        if self.writing.is_empty() {
            return;
        }
        let index = self.random.below(self.writing.len());
        let Writing { chunk, done, failed } = self.writing.swap_remove(index);
        if self.faults && self.random.one_in(25) {
            // The reason may still fit where the results did not.
            if self.random.one_in(2) {
                let failed: Vec<Key> = done.into_iter().chain(failed).collect();
                self.disk.give_up(&failed);
            }
            return self.step(Event::Stored { chunk, outcome: Err("disk full".into()) });
        }
        self.disk.stored.extend(done);
        self.disk.give_up(&failed);
        self.step(Event::Stored { chunk, outcome: Ok(()) });
    }

    /// An orderly end: the chunk is stopped, what is finished is written, nobody is given up.
    fn server_ends(&mut self) {
        self.shutting_down = true;
        self.step(Event::Shutdown);
        for _ in 0..200 {
            if self.core.quiet() {
                break;
            }
            self.worker_ends_its_chunk();
            self.write_ends();
        }
        assert!(self.core.quiet() || self.hung, "seed {}: no orderly end", self.seed);
        self.server_dies();
    }

    /// The process is gone, only the disk stays; a write may have got through unacknowledged.
    fn server_dies(&mut self) {
        if let Some(writing) = self.writing.pop()
            && self.random.one_in(2)
        {
            self.disk.stored.extend(writing.done);
        }
        self.writing.clear();
        self.plans.clear();
        self.unplanned.clear();
        self.chunk = None;
        self.worker_up = false;
        self.starting = false;
        (self.hung, self.killed, self.shutting_down) = (false, false, false);
        self.core = Core::new(budget());
        let actions = self.core.start();
        self.perform(actions);
        let open: Vec<JobId> = self
            .disk
            .jobs
            .iter()
            .filter(|(_, (_, state))| !state.ended())
            .map(|(id, _)| id.clone())
            .collect();
        for id in open {
            // What was said done is done after the crash, too.
            let said_done = self.views.remove(&id).map_or(0, |view| view.units_done);
            let keys: HashSet<Key> = self.disk.jobs[&id].0.iter().copied().collect();
            let mut specs = Vec::new();
            for point in 0..POINTS {
                for z in [0.0, 0.5] {
                    let temperatures: Vec<f64> = TEMPERATURES
                        .into_iter()
                        .filter(|t| {
                            let one = spec(0.1 * (point + 1) as f64, z, &[*t]);
                            keys.contains(&keys_of(&one, "test")[0])
                        })
                        .collect();
                    if !temperatures.is_empty() {
                        specs.push((point, spec(0.1 * (point + 1) as f64, z, &temperatures)));
                    }
                }
            }
            self.hand_in(id, specs, said_done);
        }
    }

    fn random_event(&mut self, jobs: &mut usize) {
        match self.random.below(if self.faults { 13 } else { 7 }) {
            _ if self.killed => self.worker_dies(),
            0 | 1 if self.starting && !self.hung => self.worker_is_ready(),
            2 | 3 => self.worker_ends_its_chunk(),
            4 => self.write_ends(),
            5 if self.random.one_in(2) => self.write_ends(),
            5 => self.plan_ends(),
            6 => self.time_goes_by(),
            7 if *jobs < 6 => {
                *jobs += 1;
                self.submit(*jobs);
            }
            8 if *jobs > 0 && self.random.one_in(3) => {
                let job = format!("job{}", 1 + self.random.below(*jobs)).into();
                self.step(Event::Cancel { job });
            }
            9 if self.worker_up && self.random.one_in(3) => self.worker_dies(),
            10 if self.random.one_in(10) => self.server_dies(),
            12 if self.random.one_in(20) => self.server_ends(),
            // An answer that comes too late must do nothing.
            11 => {
                let chunk = 1_000_000;
                self.step(Event::ChunkDone { chunk, results: Vec::new(), seconds: 1.0 });
            }
            _ => {}
        }
    }

    fn run(&mut self) {
        let mut jobs = 0;
        for _ in 0..160 {
            self.random_event(&mut jobs);
        }
        self.faults = false;
        for _ in 0..20_000 {
            if self.core.idle() {
                break;
            }
            self.random_event(&mut jobs);
        }
        self.check_end(jobs);
    }

    fn check_end(&self, jobs: usize) {
        let seed = self.seed;
        assert!(self.core.idle(), "seed {seed}: work is left");
        assert_eq!(self.core.queued_units(), 0, "seed {seed}: units are left");
        for number in 1..=jobs {
            let id: JobId = format!("job{number}").into();
            let (keys, state) = &self.disk.jobs[&id];
            assert!(state.ended(), "seed {seed}: {id} is {state:?}");
            let view = &self.views[&id];
            if view.state == JobState::Done {
                let stored = keys.iter().filter(|key| self.disk.stored.contains(key)).count();
                assert!(view.units_done as usize <= stored, "seed {seed}: {view:?}");
            }
        }
    }
}

/// Says how to repeat a plan that failed.
struct Repeat(u64);

impl Drop for Repeat {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let test = "cargo test --release --test jobs no_fault_plan";
            eprintln!("the same plan again: {SEED}={} {test}", self.0);
        }
    }
}

/// One plan only.
const SEED: &str = "EDGESTATE_SEED";

/// 3,000 plans, in the long form 10,000 in less than ten minutes.
#[test]
fn no_fault_plan_breaks_a_promise() {
    let only: Option<u64> = std::env::var(SEED).ok().map(|seed| seed.parse().unwrap());
    let long = cfg!(feature = "long-tests") || std::env::var_os("EDGESTATE_LONG").is_some();
    let count = if long { 10_000 } else { 3000 };
    let (begin, mut jobs, mut done, mut killed) = (std::time::Instant::now(), 0, 0, 0);
    for seed in only.map_or(0..count, |seed| seed..seed + 1) {
        let repeat = Repeat(seed);
        let mut world = World::new(seed);
        world.run();
        drop(repeat);
        jobs += world.views.len();
        killed += world.kills;
        done += world.views.values().filter(|view| view.state == JobState::Done).count();
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!("{jobs} jobs, {done} done, {killed} hung workers killed, {seconds:.1} s");
    assert!(seconds < 600.0, "{seconds} s");
    if only.is_none() {
        // The plans do reach what they are meant to test.
        assert!(jobs > count as usize, "{jobs} jobs");
        assert!(done > jobs / 3, "{done} of {jobs} jobs done");
        assert!(killed > count as usize / 2, "{killed} hung workers");
    }
}

/// Without faults every unit is computed exactly once, whatever jobs share it.
#[test]
fn without_faults_each_unit_is_computed_once() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        world.faults = false;
        world.poison = None;
        for job in 1..=5 {
            world.submit(job);
        }
        let mut jobs = 5;
        for _ in 0..5000 {
            world.random_event(&mut jobs);
        }
        world.check_end(5);
        assert!(world.computed.values().all(|count| *count == 1), "seed {seed}");
        assert!(world.views.values().all(|view| view.units_failed == 0), "seed {seed}");
        assert!(world.views.values().all(|view| view.progress == 1.0), "seed {seed}");
    }
}

/// Jobs take turns: a short one is not kept waiting until a long one has ended.
#[test]
fn jobs_take_turns() {
    let mut core = Core::new(Budget { max_runs: 1, ..budget() });
    core.start();
    core.step(Event::WorkerReady, 0.0);
    let runs = |from: usize, count: usize| -> Vec<Run> {
        (from..from + count)
            .map(|i| run(i, spec(0.1 * (i + 1) as f64, 0.0, &[1e-3]), 5.0, 1))
            .collect()
    };
    let mut order = Vec::new();
    let mut note = |actions: Vec<Action>| -> Option<u64> {
        let sent = actions.into_iter().find_map(|action| match action {
            Action::SendChunk { chunk, specs } => Some((chunk, nrg(&specs[0]).model.coupling)),
            _ => None,
        })?;
        order.push(if sent.1 < 2.05 { "long" } else { "short" });
        Some(sent.0)
    };
    let submit = |job: &str, runs: Vec<Run>| {
        let known = Known { total: runs.len() as u64, ..Known::default() };
        let (engine, rest, by) = ("nrg".into(), Rest::default(), Account::default());
        Event::Submit { job: job.into(), engine, submitted: 0.0, runs, known, by, rest }
    };
    let mut chunk = note(core.step(submit("long", runs(0, 20)), 0.0));
    assert!(note(core.step(submit("short", runs(20, 2)), 0.0)).is_none());
    while let Some(id) = chunk {
        let results = vec![Ok(vec![unit(0.1, 1)])];
        chunk = note(core.step(Event::ChunkDone { chunk: id, results, seconds: 1.0 }, 1.0));
    }
    assert_eq!(order[..4], ["long", "short", "long", "short"], "{order:?}");
}
