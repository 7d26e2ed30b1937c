//! Buffers that batches and waves have given back, kept for the next ones: a driver takes longer to
//! make a buffer than to clear one.
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Nothing smaller is worth a class of its own.
const LEAST_BYTES: u64 = 4096;

/// Idle buffers by size class. It belongs to one device and its batches, and to no callback of the
/// device: otherwise neither would ever be dropped.
#[derive(Debug, Default)]
pub(super) struct Pool {
    idle: Mutex<Idle>,
    made: AtomicU64,
    reused: AtomicU64,
}

#[derive(Debug, Default)]
struct Idle {
    by_class: BTreeMap<u64, Vec<wgpu::Buffer>>,
    bytes: u64,
}

/// Buffers made by the driver and taken from the pool so far, and what lies idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolUse {
    pub made: u64,
    pub reused: u64,
    pub idle_bytes: u64,
}

/// What a buffer holds at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    Zeros,
    /// Whoever takes it writes before reading.
    Anything,
}

/// A buffer that goes back to its pool when it is dropped. What was submitted with it is done before
/// whatever is submitted later, so that its next owner waits for nothing.
#[derive(Debug)]
pub(super) struct Pooled {
    buffer: wgpu::Buffer,
    class: u64,
    pool: Arc<Pool>,
}

impl Deref for Pooled {
    type Target = wgpu::Buffer;

    fn deref(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.pool.put(self.class, self.buffer.clone());
    }
}

/// The size of a buffer for `bytes`: at most an eighth more, in steps that others hit, too; `most` is
/// the largest that may be made.
pub(super) fn class_of(bytes: u64, most: u64) -> u64 {
    let bytes = bytes.max(1);
    let step = (bytes.next_power_of_two() / 16).max(LEAST_BYTES);
    let class = bytes.div_ceil(step).saturating_mul(step);
    // A limit need not be a multiple of what can be cleared.
    if class <= most { class } else { (most & !7).max(bytes) }
}

impl Pool {
    /// A buffer of this class, if one is idle.
    pub(super) fn take(self: &Arc<Self>, class: u64) -> Option<Pooled> {
        let mut idle = self.idle();
        let buffer = idle.by_class.get_mut(&class)?.pop()?;
        idle.bytes -= class;
        drop(idle);
        self.reused.fetch_add(1, Ordering::Relaxed);
        Some(Pooled { buffer, class, pool: Arc::clone(self) })
    }

    /// Takes a new buffer into its care.
    pub(super) fn adopt(self: &Arc<Self>, class: u64, buffer: wgpu::Buffer) -> Pooled {
        self.made.fetch_add(1, Ordering::Relaxed);
        Pooled { buffer, class, pool: Arc::clone(self) }
    }

    fn put(&self, class: u64, buffer: wgpu::Buffer) {
        let mut idle = self.idle();
        idle.by_class.entry(class).or_default().push(buffer);
        idle.bytes += class;
    }

    /// Lets the largest idle buffers go until no more than this is idle.
    pub(super) fn trim(&self, most_bytes: u64) {
        let mut idle = self.idle();
        while most_bytes < idle.bytes {
            let Some(mut last) = idle.by_class.last_entry() else { return };
            let (class, emptied) = (*last.key(), last.get_mut().pop().is_none());
            if emptied {
                last.remove();
            } else {
                idle.bytes -= class;
            }
        }
    }

    pub(super) fn usage(&self) -> PoolUse {
        PoolUse {
            made: self.made.load(Ordering::Relaxed),
            reused: self.reused.load(Ordering::Relaxed),
            idle_bytes: self.idle().bytes,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never smaller than asked for, at most an eighth larger (above the least), and nearby sizes
    /// share a class.
    #[test]
    fn classes_waste_little() {
        let mut classes = std::collections::BTreeSet::new();
        for bytes in (1..5_000_000_u64).step_by(777) {
            let class = class_of(bytes, u64::MAX);
            assert!(bytes <= class && class.is_multiple_of(8), "{bytes} {class}");
            assert!(class <= bytes + (bytes / 8).max(LEAST_BYTES), "{bytes} {class}");
            classes.insert(class);
        }
        assert!(classes.len() < 100, "{} classes", classes.len());
        assert_eq!(class_of(70_000, 70_001), 70_000);
        assert_eq!(class_of(69_001, 70_001), 70_000);
    }
}
