//! Counts the calls under way, so that an idle server can end itself.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug, Clone)]
pub struct Calls {
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Counts {
    begin: Instant,
    under_way: AtomicUsize,
    /// Milliseconds after `begin`.
    last: AtomicU64,
}

/// Held as long as a call, or the stream of its answer, lasts.
#[derive(Debug)]
pub struct Call {
    counts: Arc<Counts>,
}

impl Calls {
    pub fn new() -> Self {
        let counts = Counts {
            begin: Instant::now(),
            under_way: AtomicUsize::new(0),
            last: AtomicU64::new(0),
        };
        Self { counts: Arc::new(counts) }
    }

    pub fn begin(&self) -> Call {
        self.counts.under_way.fetch_add(1, Ordering::SeqCst);
        Call { counts: self.counts.clone() }
    }

    pub fn under_way(&self) -> usize {
        self.counts.under_way.load(Ordering::SeqCst)
    }

    /// How long there has been no call; none while there is one.
    pub fn idle(&self) -> Option<Duration> {
        if self.counts.under_way.load(Ordering::SeqCst) > 0 {
            return None;
        }
        let last = Duration::from_millis(self.counts.last.load(Ordering::SeqCst));
        Some(self.counts.begin.elapsed().saturating_sub(last))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let now = self.counts.begin.elapsed().as_millis() as u64;
        self.counts.last.fetch_max(now, Ordering::SeqCst);
        self.counts.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}
