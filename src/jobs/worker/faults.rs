//! Faults on demand, so that the tests can kill a worker in the middle of a chunk. Read from the
//! environment of the worker process, which only the owner of the server sets.
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::jobs::spec::Spec;
use crate::stop::Stop;

/// `EDGESTATE_TEST_CHUNK_DELAY_MS`: how long a chunk waits before it begins.
const DELAY: &str = "EDGESTATE_TEST_CHUNK_DELAY_MS";
/// `EDGESTATE_TEST_CRASH_COUPLING`: the worker aborts when a run has this coupling.
const CRASH: &str = "EDGESTATE_TEST_CRASH_COUPLING";

pub fn inject(specs: &[Arc<Spec>], stop: &dyn Stop) {
    if let Some(coupling) = number(CRASH)
        && specs
            .iter()
            .any(|spec| matches!(&**spec, Spec::Nrg(run) if run.model.coupling == coupling))
    {
        std::process::abort();
    }
    if let Some(milliseconds) = number(DELAY) {
        let end = Instant::now() + Duration::from_secs_f64(milliseconds.clamp(0.0, 1e6) / 1e3);
        while Instant::now() < end && !stop.stopped() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn number(name: &str) -> Option<f64> {
    std::env::var(name).ok()?.parse().ok()
}
