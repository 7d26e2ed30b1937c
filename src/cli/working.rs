//! Long work behind a progress bar, until it ends or Ctrl-C.
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal::unix::{SignalKind, signal};

use super::complain;
use crate::jobs::drive::Listener;

/// Does `work` on another thread. The first Ctrl-C (or SIGTERM) asks it to stop, the second one
/// does not wait for it any longer: None.
/// Errors: no signals, no thread.
pub fn until_done<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool, &Bar) -> T + Send + 'static,
) -> std::io::Result<Option<T>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(watched(work));
    // After a second Ctrl-C the work may still hold a thread.
    runtime.shutdown_background();
    outcome
}

async fn watched<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool, &Bar) -> T + Send + 'static,
) -> std::io::Result<Option<T>> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let stop = Arc::new(AtomicBool::new(false));
    let bar = Bar::new();
    let (token, progress) = (stop.clone(), bar.clone());
    let mut work = tokio::task::spawn_blocking(move || work(&token, &progress));
    loop {
        tokio::select! {
            outcome = &mut work => {
                bar.bar.finish_and_clear();
                return outcome.map(Some).map_err(std::io::Error::other);
            }
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
        if stop.swap(true, Ordering::Relaxed) {
            return Ok(None);
        }
        bar.bar.set_message("stopping (again: at once)");
    }
}

/// Progress on standard error, with the time left: a bar on a terminal; elsewhere, for sweeps, a
/// line now and then.
#[derive(Clone)]
pub struct Bar {
    bar: ProgressBar,
    /// All points of a sweep; 0 where points are not counted.
    points: usize,
    lines: Option<Arc<Lines>>,
}

struct Lines {
    begin: Instant,
    /// When the last line was written, and the share that is done.
    state: Mutex<(Instant, f64)>,
}

const STEPS: u64 = 10_000;
/// Between two lines.
const PAUSE: Duration = Duration::from_secs(10);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(STEPS);
        let template = "{wide_bar} {percent:>3}% {prefix}{elapsed} elapsed, {eta} left {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, points: 0, lines: None }
    }

    /// The same bar, which counts points, too.
    pub fn of_points(&self, total: usize) -> Self {
        let now = Instant::now();
        let lines = Lines { begin: now, state: Mutex::new((now, 0.0)) };
        let lines = (!std::io::stderr().is_terminal()).then(|| Arc::new(lines));
        self.bar.set_prefix(format!("0/{total} points "));
        Self { bar: self.bar.clone(), points: total, lines }
    }
}

impl Listener for Bar {
    fn done(&self, share: f64) {
        self.bar.set_position((share * STEPS as f64) as u64);
        if let Some(lines) = &self.lines {
            lines.state.lock().unwrap_or_else(PoisonError::into_inner).1 = share;
        }
    }

    fn points_left(&self, count: usize) {
        let (done, total) = (self.points.saturating_sub(count), self.points);
        if 0 < total {
            self.bar.set_prefix(format!("{done}/{total} points "));
        }
        if let Some(lines) = &self.lines {
            lines.say(done, total);
        }
    }
}

impl Lines {
    fn say(&self, done: usize, total: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0.elapsed() < PAUSE {
            return;
        }
        state.0 = Instant::now();
        let elapsed = self.begin.elapsed().as_secs_f64();
        let seconds_left = elapsed / state.1.max(1e-9) * (1.0 - state.1);
        complain(&format!("{done} of {total} points, about {seconds_left:.0} s left\n"));
    }
}
