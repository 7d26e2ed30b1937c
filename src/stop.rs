//! Asking long work to stop.
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked often by every long loop; once it says yes it keeps saying yes.
pub trait Stop: Sync {
    fn stopped(&self) -> bool;
}

/// Never stops.
#[derive(Debug, Clone, Copy)]
pub struct Never;

impl Stop for Never {
    fn stopped(&self) -> bool {
        false
    }
}

impl Stop for AtomicBool {
    fn stopped(&self) -> bool {
        self.load(Ordering::Relaxed)
    }
}
