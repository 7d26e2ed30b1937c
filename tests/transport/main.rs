//! Transport, against the papers (equation numbers), closed forms, limits and second methods.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

mod conductance;
mod conductance_properties;
mod edge_transmission;
mod protection;
mod quantum_spins;
mod requests;
mod spin_diffusion;
mod spin_hall;

/// Absolute difference, with both numbers in the failure.
#[track_caller]
pub fn close(found: f64, expected: f64, allowed: f64) {
    let defect = (found - expected).abs();
    assert!(defect <= allowed, "found {found:.15e}, expected {expected:.15e}, off by {defect:.1e}");
}
