//! What a watcher of a job sees between the end of a chunk and its being stored.
use edgestate::jobs::core::{Account, Action, Core, Event, Known, Rest};
use edgestate::jobs::planner::Budget;
use edgestate::jobs::view::{JobState, JobView};

use crate::{run, spec, unit};

fn last_view(actions: &[Action]) -> Option<JobView> {
    actions.iter().rev().find_map(|action| match action {
        Action::JobChanged { view } => Some(view.clone()),
        _ => None,
    })
}

/// Progress never goes back, and the job runs until its last chunk is in the store.
#[test]
fn progress_does_not_go_back_while_a_chunk_is_stored() {
    let budget = Budget { chunk_seconds: 1.0, cores: 1.0, memory_bytes: 1 << 30, max_runs: 1 };
    let mut core = Core::new(budget);
    core.start();
    let runs = (0..2).map(|i| run(i, spec(0.1 + i as f64, 0.0, &[1e-3]), 1.0, 1)).collect();
    let known = Known { total: 2, ..Known::default() };
    let (job, engine, rest) = ("job".into(), "nrg".into(), Rest::default());
    let by = Account::default();
    core.step(Event::Submit { job, engine, submitted: 0.0, runs, known, by, rest }, 0.0);
    let mut actions = core.step(Event::WorkerReady, 0.1);
    let mut views: Vec<JobView> = last_view(&actions).into_iter().collect();
    for _ in 0..2 {
        let chunk = actions.iter().find_map(|action| match action {
            Action::SendChunk { chunk, .. } => Some(*chunk),
            _ => None,
        });
        let chunk = chunk.unwrap();
        views.extend(last_view(&core.step(Event::Progress { chunk, share: 1.0 }, 1.0)));
        let results = vec![Ok(vec![unit(0.5, 3)])];
        actions = core.step(Event::ChunkDone { chunk, results, seconds: 1.0 }, 1.1);
        views.extend(last_view(&actions));
        views.extend(last_view(&core.step(Event::Stored { chunk, outcome: Ok(()) }, 1.2)));
    }
    for pair in views.windows(2) {
        assert!(pair[0].progress <= pair[1].progress, "{views:#?}");
        assert!(pair[0].state == JobState::Running, "{views:#?}");
    }
    let last = views.last().unwrap();
    assert_eq!((last.state, last.units_done), (JobState::Done, 2));
}
