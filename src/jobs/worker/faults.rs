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
/// `EDGESTATE_TEST_HANG_COUPLING`: the worker hangs, deaf to every request, when a run has this
/// coupling.
const HANG: &str = "EDGESTATE_TEST_HANG_COUPLING";
/// `EDGESTATE_TEST_HANG_ONCE`: the worker that can make this file hangs at its first chunk.
const HANG_ONCE: &str = "EDGESTATE_TEST_HANG_ONCE";

/// `EDGESTATE_TEST_LOSE_DEVICE_ONCE`: the worker that can make this file loses its device at its first
/// chunk.
const LOSE_ONCE: &str = "EDGESTATE_TEST_LOSE_DEVICE_ONCE";

/// Why the device is lost, when it is to be.
pub fn lost_device() -> Option<String> {
    first_to_make(LOSE_ONCE).then(|| "device lost: on demand".to_owned())
}

pub fn inject(specs: &[Arc<Spec>], stop: &dyn Stop) {
    if has_coupling(specs, CRASH) {
        std::process::abort();
    }
    if has_coupling(specs, HANG) || first_to_make(HANG_ONCE) {
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
    if let Some(milliseconds) = number(DELAY) {
        let end = Instant::now() + Duration::from_secs_f64(milliseconds.clamp(0.0, 1e6) / 1e3);
        while Instant::now() < end && !stop.stopped() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn has_coupling(specs: &[Arc<Spec>], name: &str) -> bool {
    let Some(coupling) = number(name) else { return false };
    specs.iter().any(|spec| matches!(&**spec, Spec::Nrg(run) if run.model.coupling == coupling))
}

fn first_to_make(name: &str) -> bool {
    let Some(path) = std::env::var_os(name) else { return false };
    std::fs::File::create_new(path).is_ok()
}

fn number(name: &str) -> Option<f64> {
    std::env::var(name).ok()?.parse().ok()
}
