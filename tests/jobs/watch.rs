//! When the core gives a worker up: by progress that does not come, not by a clock.
use edgestate::jobs::core::{Account, Action, Core, Event, Known, Patience, Rest};
use edgestate::jobs::planner::Budget;

use crate::{run, spec};

const PATIENCE: Patience = Patience { least_seconds: 60.0, estimates: 10.0 };

/// A worker with one chunk of `seconds` (estimated).
fn busy(seconds: f64) -> (Core, u64) {
    let budget = Budget { chunk_seconds: 10.0, cores: 1.0, memory_bytes: 1 << 30, max_runs: 5 };
    let mut core = Core::new(budget).with_patience(PATIENCE);
    core.start();
    core.step(Event::WorkerReady, 0.0);
    let runs = vec![run(0, spec(0.1, 0.0, &[1e-3]), seconds, 1)];
    let known = Known { total: 1, ..Known::default() };
    let job = "job".into();
    let (engine, rest) = ("nrg".into(), Rest::default());
    let by = Account::default();
    let submit = Event::Submit { job, engine, submitted: 0.0, runs, known, by, rest };
    let actions = core.step(submit, 0.0);
    let sent = actions.iter().find_map(|action| match action {
        Action::SendChunk { chunk, .. } => Some(*chunk),
        _ => None,
    });
    (core, sent.unwrap())
}

/// The reason, if a second more is too much.
fn tick(core: &mut Core) -> Option<String> {
    let actions = core.step(Event::Tick { seconds: 1.0 }, 0.0);
    actions.into_iter().find_map(|action| match action {
        Action::KillWorker { reason } => Some(reason),
        _ => None,
    })
}

fn seconds_until_killed(core: &mut Core) -> usize {
    (1..100_000).find(|_| tick(core).is_some()).expect("never")
}

#[test]
fn the_estimate_sets_the_deadline_above_a_floor() {
    assert_eq!(seconds_until_killed(&mut busy(0.5).0), 61);
    assert_eq!(seconds_until_killed(&mut busy(30.0).0), 301);
    // However long it is said to take, a day without progress is too long.
    assert_eq!(seconds_until_killed(&mut busy(1e9).0), 86_401);
    assert_eq!(seconds_until_killed(&mut busy(f64::NAN).0), 61);
}

#[test]
fn progress_renews_it_and_repetition_does_not() {
    let (mut core, chunk) = busy(0.5);
    for step in 1..=20 {
        for _ in 0..50 {
            assert_eq!(tick(&mut core), None);
        }
        core.step(Event::Progress { chunk, share: 0.04 * f64::from(step) }, 0.0);
    }
    for _ in 0..60 {
        assert_eq!(tick(&mut core), None);
        core.step(Event::Progress { chunk, share: 0.8 }, 0.0);
    }
    let reason = tick(&mut core).expect("it hangs");
    assert!(reason.contains("60 s"), "{reason}");
}

/// A chunk that was asked to stop has no claim on the time of its work.
#[test]
fn a_stop_shortens_it() {
    let (mut core, _) = busy(1000.0);
    assert_eq!(tick(&mut core), None);
    core.step(Event::Cancel { job: "job".into() }, 0.0);
    assert_eq!(seconds_until_killed(&mut core), 61);
}

#[test]
fn a_worker_that_is_never_ready_is_killed_too() {
    let budget = Budget { chunk_seconds: 10.0, cores: 1.0, memory_bytes: 1 << 30, max_runs: 5 };
    let mut core = Core::new(budget).with_patience(PATIENCE);
    assert!(!core.waits_for_worker());
    core.start();
    assert!(core.waits_for_worker());
    assert_eq!(seconds_until_killed(&mut core), 61);
    core.step(Event::WorkerReady, 0.0);
    assert!(!core.waits_for_worker());
    assert!((0..1000).all(|_| tick(&mut core).is_none()), "an idle worker may be silent");
}
