//! Time as the wall and as the processor count it.
use std::time::Instant;

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub wall_seconds: f64,
    /// Of all threads of the process.
    pub cpu_seconds: f64,
}

/// Does `work` and says how long it took.
pub fn timed<R>(work: impl FnOnce() -> R) -> (R, Span) {
    let (begin, cpu) = (Instant::now(), process_seconds());
    let result = work();
    let cpu_seconds = process_seconds() - cpu;
    (result, Span { wall_seconds: begin.elapsed().as_secs_f64(), cpu_seconds })
}

/// Seconds of processor time of this process; NaN where the system does not say.
pub fn process_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer, and nothing else is written.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    if status == 0 { time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9 } else { f64::NAN }
}
