//! Gradient coefficients Omega (side jump), proportional to c: S65-S75, S81-S86, S98-S103.
use super::Variant;
use super::scattering::{PhaseShifts, Scattering};
use crate::invalid::Invalid;
use std::f64::consts::PI;

/// Omega over the concentration c = n_im/n_c.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gradients {
    /// Omega_c
    pub charge: f64,
    /// Omega_cs
    pub charge_spin: f64,
    /// Omega_sc
    pub spin_charge: f64,
    /// Omega_0, Omega_1, Omega_2
    pub spin: [f64; 3],
}

/// From any T-matrix, by angular averages.
pub fn gradients(scattering: &Scattering) -> Gradients {
    let f = 4.0 / (3.0 * PI);
    let a = scattering.average(|x, t| (t.a_prime * t.a.conj()).im * (1.0 + x));
    let b = scattering.average(|x, t| (t.b_prime * t.b.conj()).im * (1.0 - x * x) * (1.0 + x));
    let mixed = scattering.average(|x, t| {
        let turned = t.a * t.b_prime.conj() - t.a_prime * t.b.conj();
        (t.a * t.b.conj()).im * (1.0 - x) + 0.5 * turned.im * (1.0 - x * x)
    });
    let jump = |sign: f64| {
        f * scattering.average(|x, t| {
            let turned = t.a * t.b_prime.conj() - t.a_prime * t.b.conj();
            let square = turned.re + sign * t.b.norm_sqr();
            (t.a * t.b.conj()).re * (1.0 - x) + 0.5 * square * (1.0 - x * x)
        })
    };
    Gradients {
        charge: f * (a + b),
        charge_spin: jump(-1.0),
        spin_charge: jump(1.0),
        spin: [f * (a - b - 2.0 * mixed), f * (a - mixed), f * (a - 0.4 * b + mixed)],
    }
}

/// Closed forms for s and p waves. Printed: everything twice (kF vF = 2 eF, not eF), and the labels
/// of Omega_cs and Omega_sc interchanged.
///
/// # Errors
/// As [`PhaseShifts::validate`].
pub fn gradients_of_phase_shifts(
    shifts: &PhaseShifts,
    variant: Variant,
) -> Result<Gradients, Invalid> {
    shifts.validate()?;
    let PhaseShifts { eta0: e0, eta1: e1, eta2: e2 } = *shifts;
    let (s0, s1, s2) = (e0.sin(), e1.sin(), e2.sin());
    let (cos2, sin2) = (|angle: f64| (2.0 * angle).cos(), |angle: f64| (2.0 * angle).sin());
    let third = 1.0 / (3.0 * PI);
    let (down1, down2) = ((e0 - 2.0 * e1).cos(), (e0 - 2.0 * e2).cos());
    let charge = 2.0 * third * s0 * (3.0 * e0.cos() - down1 - 2.0 * down2);
    let charge_spin = 2.0 * third * e0.cos() * (down1 - down2);
    let spin_charge = third / 3.0
        * (4.0 + 3.0 * cos2(e0 - e1) + 3.0 * cos2(e1)
            - 3.0 * cos2(e0 - e2)
            - 4.0 * cos2(e1 - e2)
            - 3.0 * cos2(e2));
    let spin = [
        2.0 * third * s1 * (3.0 * (2.0 * e0 - e1).cos() + e1.cos() - 4.0 * (e1 - 2.0 * e2).cos()),
        third
            * (3.0 * sin2(e0)
                - 2.0 * sin2(e0 - e1)
                - sin2(e0 - e2)
                - 2.0 * sin2(e1 - e2)
                - 3.0 * sin2(e2)),
        2.0 * third * s2 * (3.0 * (2.0 * e0 - e2).cos() - 2.0 * (2.0 * e1 - e2).cos() - e2.cos()),
    ];
    Ok(match variant {
        Variant::Corrected => Gradients { charge, charge_spin, spin_charge, spin },
        Variant::Printed => Gradients {
            charge: 2.0 * charge,
            charge_spin: 2.0 * spin_charge,
            spin_charge: 2.0 * charge_spin,
            spin: spin.map(|value| 2.0 * value),
        },
    })
}
