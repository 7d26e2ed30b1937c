//! Arrays of calls under way, added up by user.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Caller;
use crate::jobs::account::QuotaExceeded;

/// Bytes in flight of every user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    bytes: Arc<Mutex<HashMap<Arc<str>, u64>>>,
}

/// Held as long as the bytes are in flight.
#[derive(Debug)]
pub(crate) struct Metered {
    meter: Meter,
    user: Arc<str>,
    bytes: u64,
}

/// A call ends in seconds; no better guess is possible.
const RETRY_SECONDS: f64 = 5.0;

impl Meter {
    /// Errors: above the caller's quota.
    pub(crate) fn begin(&self, caller: &Caller, bytes: u64) -> Result<Metered, Box<QuotaExceeded>> {
        let mut all = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&caller.name).copied().unwrap_or(0);
        let sum = before.saturating_add(bytes);
        if let Some(allowed) = caller.quotas.in_flight_bytes
            && allowed < sum
        {
            return Err(Box::new(QuotaExceeded {
                user: caller.name.clone(),
                quota: "in_flight_bytes",
                value: sum as f64,
                allowed: allowed as f64,
                retry_seconds: (bytes <= allowed).then_some(RETRY_SECONDS),
            }));
        }
        all.insert(caller.name.clone(), sum);
        drop(all);
        Ok(Metered { meter: self.clone(), user: caller.name.clone(), bytes })
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        let mut all = self.meter.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sum) = all.get_mut(&self.user) {
            *sum = sum.saturating_sub(self.bytes);
            if *sum == 0 {
                all.remove(&self.user);
            }
        }
    }
}
