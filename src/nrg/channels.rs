//! The two channels into which the ladder falls below E_x (Fig. 10b of Ferrer et al. 2023).
//!
//! Each interval of the star carries two modes c_{l+-} that its Hamiltonian does not mix, so the channels
//! c_+ and c_- are decoupled exactly; it is f_0 that sees both. Above E_x the angle phi of (A31)
//! differs from interval to interval and the legs of the ladder are no channels. Below, phi -> 0: f_0+
//! sees c_+ alone with a constant hybridization, f_0- sees c_- with one that vanishes as w^2, as
//! s_- does (A49). A Wilson chain of each, from the intervals below E_x on, is the ladder's end in
//! decoupled form: smooth couplings along one, alternating ones along the other.
use super::complete::chain::tridiagonalize;
use super::double::Double;
use super::edge::coherence_energy;
use super::grid::{Level, star};
use super::ladder::omega;
use super::{NrgError, Scheme};

/// Chains of both channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Channels {
    /// The rung with which they begin: the energy scale of the first interval below E_x.
    pub first: u32,
    /// `couplings[eta][k]` couples sites k and k + 1, rungs first + k and first + k + 1; eta 0 is +.
    pub couplings: [Vec<f64>; 2],
    /// omega of the rungs from `first` on, units of D.
    pub omegas: Vec<f64>,
}

/// The chains behind rung `first` of a ladder of `shells` rungs; empty where the ladder ends above E_x.
/// Errors: a coupling vanishes.
pub fn channels(
    lambda: f64,
    z: f64,
    scheme: Scheme,
    distance: u64,
    shells: u32,
) -> Result<Channels, NrgError> {
    let levels = star(lambda, z, scheme, distance, shells);
    let scale = coherence_energy(distance as f64);
    let above = levels.partition_point(|level| scale < level.energy.to_f64());
    let first = 2 * above as u32;
    let sites = shells.saturating_sub(first);
    let omegas = (first..shells).map(|n| omega(lambda, z, scheme, n)).collect();
    let mut couplings = [Vec::new(), Vec::new()];
    if 1 < sites {
        let below = &levels[above..];
        let energies: Vec<Double> = below.iter().map(|level| level.energy).collect();
        // The diagonal of T: f_0+ from c_+, f_0- from c_-.
        for (eta, couplings) in couplings.iter_mut().enumerate() {
            let start = below.iter().map(|level: &Level| level.t[3 * eta]).collect();
            let (hops, _) = tridiagonalize(&energies, start, sites as usize)
                .map_err(|reason| NrgError::Ladder { z, reason })?;
            couplings.extend(hops.into_iter().skip(1));
        }
    }
    Ok(Channels { first, couplings, omegas })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test")]
mod tests {
    use super::*;

    /// Wilson chains of hybridizations ~ |w|^r (Bulla, Pruschke and Hewson 1997): couplings over omega_n
    /// become constants, those behind odd sites smaller by Lambda^(-r/2); r = 0 along +, r = 2 along -.
    #[test]
    fn hybridizations_are_constant_and_quadratic() {
        for (lambda, z, distance) in [(2.0, 0.0, 1000), (4.0, 0.25, 10)] {
            let found = channels(lambda, z, Scheme::ZitkoPruschke, distance, 50).unwrap();
            let scale = coherence_energy(distance as f64);
            assert!(found.omegas[1] < lambda * scale && 20 < found.couplings[0].len());
            for (eta, r) in [(0, 0.0), (1, 2.0)] {
                let rescaled: Vec<f64> =
                    found.couplings[eta].iter().zip(&found.omegas).map(|(t, w)| t / w).collect();
                for k in (16..rescaled.len() - 1).step_by(2) {
                    let ratio = rescaled[k + 1] / rescaled[k] * f64::powf(lambda, 0.5 * r);
                    assert!((ratio - 1.0).abs() < 1e-3, "eta {eta}, k {k}: {ratio}");
                }
            }
        }
    }

    /// A ladder that ends above E_x has no channels.
    #[test]
    fn far_impurities_do_not_meet() {
        let found = channels(4.0, 0.0, Scheme::Plain, 1_000_000_000, 12).unwrap();
        assert!(found.couplings.iter().all(Vec::is_empty));
    }
}
