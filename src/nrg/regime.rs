//! Which physics a pair of Kondo impurities at a helical edge is in: free moments, locked by RKKY, or
//! screened by Kondo, from the energy scales of closed forms.
//!
//! The rules are the paper's (Sec. IV; App. C of Ferrer et al. 2023): the larger of T_S and T_K wins
//! once the temperature is below it, and the exchange is only generated below E_x. They are
//! estimates: T_K has no prefactor (B4, B5) and the boundaries are crossovers.
use super::edge::{coherence_energy, rkky_energy, second_order_exchange};
use super::scaling::kondo_temperature;
use crate::invalid::Invalid;

/// State of the pair at a temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// Above both scales: independent moments.
    FreeMoments,
    /// The moments are locked in the triplet |t0>, S^z_L = -S^z_R: conductance corrections of single
    /// impurities do not apply.
    RkkyLocked,
    /// Each moment is screened by itself.
    KondoScreened,
}

/// The regime and the numbers that decide, all energies in units of D.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairRegime {
    pub regime: Regime,
    pub temperature: f64,
    /// E_R = J^2/(4x) (20b).
    pub rkky_energy: f64,
    /// Transverse T_S = E_R2/2 of second order at finite bandwidth (36, D7).
    pub spin_temperature: f64,
    /// E_x = 1/(pi x) (33).
    pub coherence_energy: f64,
    /// T_K by poor man's scaling (B4-B7), 0 where there is none.
    pub kondo_temperature: f64,
    /// ln of the ratio of the two scales next to the decision: how far the nearest boundary is; the
    /// map is no better than about 1 (a factor e).
    pub margin: f64,
}

/// The regime of (J, J_z, x, T). A moment screened above the exchange's scale takes no part in RKKY:
/// with T_S < T_K the pair is Kondo screened below T_K, at any temperature.
/// Errors: J or x or T not positive and finite, J_z not finite; field, value and what is expected.
pub fn pair_regime(
    coupling: f64,
    coupling_z: f64,
    distance: f64,
    temperature: f64,
) -> Result<PairRegime, Invalid> {
    let positive = |x: f64| 0.0 < x && x.is_finite();
    for (field, value, good, expected) in [
        ("coupling", coupling, positive(coupling), "a positive number"),
        ("coupling_z", coupling_z, coupling_z.is_finite(), "a finite number"),
        ("distance", distance, 1.0 <= distance && distance.is_finite(), "a number from 1 on"),
        ("temperature", temperature, positive(temperature), "a positive number"),
    ] {
        if !good {
            return Err(Invalid::new(field, value, expected));
        }
    }
    let spin = 0.5 * second_order_exchange(coupling, distance);
    let kondo = kondo_temperature(coupling, coupling_z);
    let largest = spin.max(kondo);
    let regime = if largest < temperature {
        Regime::FreeMoments
    } else if kondo < spin {
        Regime::RkkyLocked
    } else {
        Regime::KondoScreened
    };
    let to_temperature = (temperature / largest).ln().abs();
    let between = if kondo == 0.0 { f64::INFINITY } else { (spin / kondo).ln().abs() };
    let margin = match regime {
        Regime::FreeMoments => to_temperature,
        Regime::RkkyLocked | Regime::KondoScreened => to_temperature.min(between),
    };
    Ok(PairRegime {
        regime,
        temperature,
        rkky_energy: rkky_energy(coupling, distance),
        spin_temperature: spin,
        coherence_energy: coherence_energy(distance),
        kondo_temperature: kondo,
        margin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regime(coupling: f64, coupling_z: f64, distance: f64, temperature: f64) -> Regime {
        pair_regime(coupling, coupling_z, distance, temperature).unwrap().regime
    }

    /// Fig. 3, rows x = 10 ... 1e7 at J = 0.1, J_z = 0, and App. C.
    #[test]
    fn the_map_of_the_paper() {
        assert_eq!(regime(0.1, 0.0, 10.0, 1e-6), Regime::RkkyLocked);
        assert_eq!(regime(0.1, 0.0, 10.0, 1e-2), Regime::FreeMoments);
        assert_eq!(regime(0.1, 0.0, 1e7, 1e-9), Regime::KondoScreened);
        // Ferromagnetic J_z: no Kondo scale, RKKY at any distance.
        assert_eq!(regime(0.1, -0.2, 1e9, 1e-13), Regime::RkkyLocked);
        // Isotropic J > 0.25: Kondo wins at every distance.
        for distance in [1.0, 10.0, 1e4] {
            assert_eq!(regime(0.3, 0.3, distance, 1e-12), Regime::KondoScreened);
        }
    }

    #[test]
    fn numbers_and_refusals() {
        let pair = pair_regime(0.1, 0.0, 10.0, 1e-6).unwrap();
        assert!((pair.rkky_energy - 2.5e-4).abs() < 1e-18);
        assert!((pair.spin_temperature / pair.rkky_energy - 0.485).abs() < 1e-3);
        assert!((pair.kondo_temperature / 1.5e-7 - 1.0).abs() < 0.02);
        assert!(4.0 < pair.margin && pair.margin < 6.0, "{}", pair.margin);
        for (j, jz, x, t, field) in [
            (-0.1, 0.0, 10.0, 1.0, "coupling"),
            (0.1, f64::NAN, 10.0, 1.0, "coupling_z"),
            (0.1, 0.0, 0.0, 1.0, "distance"),
            (0.1, 0.0, 10.0, -1.0, "temperature"),
        ] {
            assert_eq!(pair_regime(j, jz, x, t).unwrap_err().field, field);
        }
    }
}
