//! The allocator's settings for work on large matrices.

/// Keeps freed memory for the next matrix. By default glibc hands every large block back to the system,
/// and the kernel clears it again a moment later: a tenth of the time of NRG spectra.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn keep_freed_memory() {
    /// Larger blocks are the system's; glibc takes no more.
    const LARGE: libc::c_int = 32 << 20;
    /// Free memory at the top of the heap that is kept.
    const KEPT: libc::c_int = 1 << 30;
    /// Memory is asked for in steps of this size.
    const STEP: libc::c_int = 16 << 20;
    let settings =
        [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, KEPT), (libc::M_TOP_PAD, STEP)];
    for (name, value) in settings {
        // SAFETY: mallopt only sets numbers inside the allocator, under its own lock.
        unsafe { libc::mallopt(name, value) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn keep_freed_memory() {}
