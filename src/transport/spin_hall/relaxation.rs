//! Exact blocks of the relaxation operator (4) for s and p waves, over r0: what the diffusive
//! ansatz (6) leaves out. The operator is not Hermitian; only Re >= 0 holds.
use super::Variant;
use super::rates::rates_of_phase_shifts;
use super::scattering::{PhaseShifts, elastic};
use crate::invalid::Invalid;
use num_complex::Complex64;

/// Eigenvalues of two 2 x 2 blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relaxation {
    /// Charge current and m = 1 spin current, [[itr, -wsk], [2 wsk, i1]]: mean -+
    /// sqrt(discriminant).
    pub pair: [Complex64; 2],
    /// Uniform spin and the l = 2, J = 1 spin distribution, ascending.
    pub spin: [f64; 2],
    /// 1/tau_s, the diagonal element of the latter: what Eq. (16) uses.
    pub spin_rate: f64,
}

/// # Errors
/// As [`PhaseShifts::validate`].
pub fn relaxation(shifts: &PhaseShifts) -> Result<Relaxation, Invalid> {
    let rates = rates_of_phase_shifts(shifts, Variant::Corrected)?;
    let (itr, i1) = (rates.transport, rates.spin_current[1]);
    let half_difference = 0.5 * (itr - i1);
    let root =
        Complex64::from(half_difference * half_difference - 2.0 * rates.skew * rates.skew).sqrt();
    let mean = 0.5 * (itr + i1);

    let (a1, a2) = (elastic(shifts.eta1), elastic(shifts.eta2));
    let b = (shifts.eta1 - shifts.eta2).sin().powi(2);
    let (sum, difference) = (a1 + 2.0 * a2, a1 - a2);
    let quadrupole = rates.quasiparticle
        - 2.0 / 15.0 * sum.norm_sqr()
        - 16.0 / 45.0 * b
        - 0.4 * (sum * difference.conj()).re;
    let (diagonal, coupling2) = (8.0 / 9.0 * b, 8.0 / 81.0 * b * b);
    let center = 0.5 * (diagonal + quadrupole);
    let spread = (0.25 * (diagonal - quadrupole).powi(2) + coupling2).sqrt();
    let upper = center + spread;
    // The smaller one from the determinant: it may vanish exactly.
    let lower = if upper == 0.0 { 0.0 } else { (diagonal * quadrupole - coupling2) / upper };
    Ok(Relaxation { pair: [mean - root, mean + root], spin: [lower, upper], spin_rate: rates.spin })
}
