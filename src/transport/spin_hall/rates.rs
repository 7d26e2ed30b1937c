//! Relaxation rates in units of r0 = (8/(3 pi)) (eF/hbar) c: S62, S78, S87-S97.
use super::Variant;
use super::scattering::{PhaseShifts, Scattering};
use crate::invalid::Invalid;

/// Rates over r0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// 1/tau_tr: momentum.
    pub transport: f64,
    /// 1/tau_qp: any scattering.
    pub quasiparticle: f64,
    /// 1/tau_s: uniform spin.
    pub spin: f64,
    /// omega_sk, skew scattering (S96), with its sign.
    pub skew: f64,
    /// omega_sw, swapping (S97).
    pub swap: f64,
    /// 1/tau_m, m = 0, 1, 2: spin currents of that total momentum (S89).
    pub spin_current: [f64; 3],
}

/// From any T-matrix, by angular averages.
pub fn rates(scattering: &Scattering) -> Rates {
    let average = |f: fn(f64, f64, f64) -> f64| {
        scattering.average(|x, t| f(x, t.a.norm_sqr(), t.b.norm_sqr() * (1.0 - x * x)))
    };
    let transport = average(|x, a2, b2| (a2 + b2) * (1.0 - x));
    // S89 holds only where this vanishes: B independent of the angle.
    let bent = average(|x, _, b2| b2 * x);
    let skew = scattering.average(|x, t| (t.a * t.b.conj()).im * (1.0 - x * x));
    let swap = scattering.average(|x, t| (t.a * t.b.conj()).re * (1.0 - x * x));
    Rates {
        transport,
        quasiparticle: average(|_, a2, b2| a2 + b2),
        spin: 4.0 / 3.0 * average(|_, _, b2| b2),
        skew,
        swap,
        spin_current: [
            transport + 2.0 * bent - 2.0 * swap,
            transport + bent - swap,
            transport + 1.4 * bent + swap,
        ],
    }
}

/// Closed forms for s and p waves.
///
/// Printed: S94 misses a factor 2 before cos 2 eta1, S78 and S95 a factor 4/3.
///
/// # Errors
/// As [`PhaseShifts::validate`].
pub fn rates_of_phase_shifts(shifts: &PhaseShifts, variant: Variant) -> Result<Rates, Invalid> {
    shifts.validate()?;
    let PhaseShifts { eta0: e0, eta1: e1, eta2: e2 } = *shifts;
    let (s0, s1, s2) = (e0.sin(), e1.sin(), e2.sin());
    let square = |angle: f64| angle.sin().powi(2);
    let (transport, spin) = match variant {
        Variant::Corrected => (
            (2.0 * s1 * s1 + 4.0 * s2 * s2 + square(e0 - e1) + 2.0 * square(e0 - e2)) / 3.0,
            8.0 / 9.0 * square(e1 - e2),
        ),
        Variant::Printed => {
            let cos2 = |angle: f64| (2.0 * angle).cos();
            let printed = 9.0 - cos2(e0 - e1) - 2.0 * cos2(e0 - e2) - cos2(e1) - 4.0 * cos2(e2);
            (printed / 6.0, 2.0 / 3.0 * square(e1 - e2))
        }
    };
    let common = 2.0 / 3.0 * s0 * (e1 - e2).sin();
    let (skew, swap) = (common * (e0 - e1 - e2).sin(), common * (e0 - e1 - e2).cos());
    Ok(Rates {
        transport,
        quasiparticle: s0 * s0 + s1 * s1 + 2.0 * s2 * s2,
        spin,
        skew,
        swap,
        spin_current: [transport - 2.0 * swap, transport - swap, transport + swap],
    })
}
