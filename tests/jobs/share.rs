//! Device time between users by a simulated clock; priorities; quotas.
use std::collections::BTreeMap;
use std::sync::Arc;

use edgestate::jobs::account::{
    Pending, QUOTA_HOURS, Quotas, Submission, Usage, Used, Wanted, admit, hour_of,
};
use edgestate::jobs::core::{Account, Action, Core, Event, Known, Rest};
use edgestate::jobs::planner::Budget;
use edgestate::jobs::spec::Spec;

use crate::{nrg, run, spec, unit};

/// One device; a run takes as many seconds as its name says.
struct Device {
    core: Core,
    now: f64,
    next: usize,
    jobs: usize,
    /// Chunk on the device: number, runs, whose, seconds.
    busy: Option<(u64, usize, f64)>,
    seconds: BTreeMap<usize, f64>,
    used: BTreeMap<Arc<str>, f64>,
    order: Vec<Arc<str>>,
}

impl Device {
    fn new() -> Self {
        let budget = Budget { chunk_seconds: 1.0, cores: 1.0, memory_bytes: 1 << 30, max_runs: 1 };
        let mut core = Core::new(budget);
        core.start();
        core.step(Event::WorkerReady, 0.0);
        let (seconds, used, order) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Self { core, now: 0.0, next: 0, jobs: 0, busy: None, seconds, used, order }
    }

    /// `count` runs of `seconds` each; every run is a chunk of its own.
    fn submit(&mut self, owner: &str, priority: i32, count: usize, seconds: f64) -> String {
        self.jobs += 1;
        let job = format!("{owner}-{}", self.jobs);
        let runs = (0..count).map(|_| {
            self.next += 1;
            self.seconds.insert(self.next, seconds);
            run(self.next, spec(0.1 + self.next as f64, 0.0, &[1e-3]), seconds, 1)
        });
        let runs: Vec<_> = runs.collect();
        let known = Known { total: count as u64, ..Known::default() };
        let by = Account { owner: owner.into(), priority };
        let (engine, submitted) = ("nrg".into(), self.now);
        let (id, rest) = (job.as_str().into(), Rest::default());
        let event = Event::Submit { job: id, engine, submitted, runs, known, by, rest };
        let actions = self.core.step(event, self.now);
        self.perform(actions);
        job
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::SendChunk { chunk, specs } => {
                    let seconds = self.seconds[&number_of(&specs[0])];
                    self.busy = Some((chunk, specs.len(), seconds));
                }
                Action::Store { chunk, .. } => {
                    let stored = Event::Stored { chunk, outcome: Ok(()) };
                    let actions = self.core.step(stored, self.now);
                    self.perform(actions);
                }
                _ => {}
            }
        }
        for charge in self.core.take_charges() {
            if 0.0 < charge.compute_seconds {
                *self.used.entry(charge.user.clone()).or_insert(0.0) += charge.compute_seconds;
                self.order.push(charge.user);
            }
        }
    }

    /// Until the device has nothing to do, or the clock stands there.
    fn work_until(&mut self, end: f64) {
        while self.now < end
            && let Some((chunk, runs, seconds)) = self.busy.take()
        {
            self.now += seconds;
            let results = (0..runs).map(|_| Ok(vec![unit(0.5, 3)])).collect();
            let done = Event::ChunkDone { chunk, results, seconds };
            let actions = self.core.step(done, self.now);
            self.perform(actions);
        }
    }

    fn used(&self, owner: &str) -> f64 {
        self.used.get(owner).copied().unwrap_or(0.0)
    }
}

/// `spec` is given 0.1 + its number as coupling.
fn number_of(spec: &Spec) -> usize {
    (nrg(spec).model.coupling - 0.1).round() as usize
}

/// One user has a hundred times as many jobs: both get the same device time.
#[test]
fn a_heavy_and_a_light_user_share_the_device() {
    for (heavy_seconds, light_seconds) in [(2.0, 2.0), (10.0, 1.0), (1.0, 10.0), (0.3, 7.0)] {
        let mut device = Device::new();
        for _ in 0..100 {
            device.submit("heavy", 0, 30, heavy_seconds);
        }
        device.submit("light", 0, 2000, light_seconds);
        device.work_until(600.0);
        let (heavy, light) = (device.used("heavy"), device.used("light"));
        let ratio = heavy / light;
        assert!((ratio - 1.0).abs() < 0.1, "{heavy} s and {light} s");
        assert!(600.0 <= heavy + light, "the device was never idle");
    }
}

/// Who comes late has no claim on the time before, and is served at once all the same.
#[test]
fn a_pause_saves_up_nothing() {
    let mut device = Device::new();
    device.submit("heavy", 0, 2000, 1.0);
    device.work_until(500.0);
    device.submit("late", 0, 2000, 1.0);
    device.work_until(502.0);
    assert!(1.0 <= device.used("late"), "waits for no more than the chunk that runs");
    device.work_until(702.0);
    let (heavy, late) = (device.used("heavy") - 500.0, device.used("late"));
    assert!((heavy / late - 1.0).abs() < 0.1, "{heavy} s and {late} s since");
}

/// Among the jobs of one user the higher priority goes first; between users it says nothing.
#[test]
fn priorities_hold_within_a_user() {
    let mut device = Device::new();
    device.submit("anna", 0, 10, 1.0);
    device.submit("anna", 5, 10, 2.0);
    device.submit("ben", -5, 30, 1.0);
    device.work_until(31.0);
    // Anna's first chunk of the usual job ran before the urgent one was there.
    let (anna, ben) = (device.used("anna"), device.used("ben"));
    assert!((anna / ben - 1.0).abs() < 0.25, "{anna} s and {ben} s");
    let usual_before = device.seconds.len();
    assert_eq!(usual_before, 50);
    let mut alone = Device::new();
    alone.submit("anna", 0, 3, 1.0);
    alone.submit("anna", 5, 3, 2.0);
    alone.submit("anna", -5, 3, 4.0);
    let mut clock = Vec::new();
    while let Some((_, _, seconds)) = alone.busy {
        clock.push(seconds);
        let end = alone.now + 1e-9;
        alone.work_until(end);
    }
    assert_eq!(clock, [1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 4.0, 4.0, 4.0]);
}

/// Equal jobs of one user take turns; users do, too.
#[test]
fn equal_jobs_take_turns() {
    let mut device = Device::new();
    for _ in 0..3 {
        device.submit("anna", 0, 4, 1.0);
        device.submit("ben", 0, 4, 1.0);
    }
    device.work_until(24.0);
    for pair in device.order[1..23].chunks(2) {
        assert_ne!(pair[0], pair[1], "{:?}", device.order);
    }
}

/// A cancelled job pays for what it has had.
#[test]
fn cancelling_does_not_give_time_back() {
    let mut device = Device::new();
    let job = device.submit("anna", 0, 5, 10.0);
    device.submit("ben", 0, 100, 1.0);
    let (chunk, ..) = device.busy.unwrap();
    let cancel = Event::Cancel { job: job.as_str().into() };
    device.now = 8.0;
    let actions = device.core.step(cancel, device.now);
    assert!(actions.iter().any(|action| matches!(action, Action::StopChunk { .. })));
    device.busy = None;
    let actions = device.core.step(Event::ChunkStopped { chunk }, device.now);
    device.perform(actions);
    assert_eq!(device.used("anna"), 8.0);
    device.submit("anna", 0, 100, 1.0);
    device.work_until(16.0);
    assert_eq!(device.used("ben"), 8.0, "ben has caught up first");
}

fn submission(quotas: Quotas) -> Submission {
    Submission { owner: "anna".into(), priority: 0, quotas }
}

const HOUR: f64 = 3600.0;

/// At the limit, one below, one above.
#[test]
fn quotas_are_exact() {
    let now = 1000.25 * HOUR;
    let mut usage = Usage::default();
    usage.add(hour_of(now), Used { device_seconds: 30.0, result_bytes: 300 });
    let pending = Pending { jobs: 2, device_seconds: 20.0, result_bytes: 200 };
    let wanted = Wanted { device_seconds: 50.0, result_bytes: 500 };
    let try_with = |quotas| admit(&submission(quotas), &usage, pending, wanted, now);
    let none = Quotas::default();
    try_with(none).unwrap();
    for (allowed, fits) in [(2, false), (3, true), (4, true)] {
        let outcome = try_with(Quotas { queued_jobs: Some(allowed), ..none });
        assert_eq!(outcome.is_ok(), fits, "{allowed}");
    }
    for (allowed, fits) in [(99.0, false), (100.0, true), (101.0, true)] {
        let outcome = try_with(Quotas { device_seconds: Some(allowed), ..none });
        assert_eq!(outcome.is_ok(), fits, "{allowed}");
    }
    for (allowed, fits) in [(999, false), (1000, true), (1001, true)] {
        let outcome = try_with(Quotas { result_bytes: Some(allowed), ..none });
        assert_eq!(outcome.is_ok(), fits, "{allowed}");
    }
    let refused = try_with(Quotas { device_seconds: Some(99.0), ..none }).unwrap_err();
    assert_eq!((refused.quota, refused.value, refused.allowed), ("device_seconds", 100.0, 99.0));
    // What was used in this hour counts until a day after the hour's beginning.
    assert_eq!(refused.retry_seconds, Some(23.75 * HOUR));
    let never = try_with(Quotas { device_seconds: Some(49.0), ..none }).unwrap_err();
    assert_eq!(never.retry_seconds, None);
}

/// The day that counts moves on, and says when there will be room.
#[test]
fn usage_is_forgotten_after_a_day() {
    let begin = 5000.0 * HOUR;
    let mut usage = Usage::default();
    for hour in 0..10 {
        let used = Used { device_seconds: 10.0, result_bytes: 0 };
        usage.add(hour_of(begin) + hour, used);
    }
    let now = begin + 9.5 * HOUR;
    assert_eq!(usage.total(now).device_seconds, 100.0);
    let quotas = Quotas { device_seconds: Some(100.0), ..Quotas::default() };
    let wanted = Wanted { device_seconds: 25.0, result_bytes: 0 };
    let at = |now| admit(&submission(quotas), &usage, Pending::default(), wanted, now);
    // 25 s need three hours of 10 s each to be forgotten.
    let retry = at(now).unwrap_err().retry_seconds.unwrap();
    assert_eq!(retry, (2.0 + QUOTA_HOURS as f64 - 9.5) * HOUR);
    at(now + retry - 1.0).unwrap_err();
    at(now + retry).unwrap();
    assert_eq!(usage.total(begin + 34.0 * HOUR).device_seconds, 0.0);
}
