//! Two impurities at a helical edge: who wins, the temperature, the exchange through the edge, or
//! the
//! Kondo effect; and the conductance correction that then applies. Estimates.
//!
//! Units of the NRG: D = a = hbar = k_B = 1, v = 1/pi, so that the coupling J/(hbar vF) of
//! transport is
//! pi J (both Hamiltonians are J_k S_k psi^+ sigma_k psi).
use std::f64::consts::PI;

use crate::invalid::Invalid;
use crate::nrg::{Regime, pair_regime};
use crate::transport::conductance::{LinearResponse, linear_diagonal};

/// A pair and its conditions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// J, D
    pub coupling: f64,
    /// J_z, D
    pub coupling_z: f64,
    /// x, a
    pub distance: f64,
    /// D
    pub temperature: f64,
    /// k0 of the spin texture, 1/a; infinite without texture.
    pub texture_wavenumber: f64,
}

/// The numbers that decide, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// E_R = J^2/(4 x) (20b), D. J_z does not enter: a density at x does not answer one at 0 at
    /// this
    /// order.
    pub exchange: f64,
    /// T_S = E_R2/2 of second order at finite bandwidth (36, D7), D: it decides.
    pub spin_temperature: f64,
    /// E_x = v/x (33), D: the exchange holds below it.
    pub level_spacing: f64,
    /// By poor man's scaling (B1-B7), D; here J_z enters.
    pub kondo_temperature: f64,
    pub regime: Regime,
    /// Ratio of the two scales at the nearest boundary, 1 or more.
    pub margin: f64,
    /// Linear response of two free moments, normalisation of the paper, units of e^2/h; none where
    /// the
    /// coupling is too strong for the master equation.
    pub delta_g_free: Option<f64>,
    /// The same times the [`activation`] of a pair locked by E_R.
    pub delta_g_locked: Option<f64>,
    /// That of the regime; 0 where the moments are screened.
    pub delta_g: Option<f64>,
    pub warnings: Vec<String>,
}

/// y/sinh(y), y = E_R/T: the spin flips that are left to one impurity of a locked pair.
///
/// Levels |t0>, {|uu>, |dd>}, singlet at 0, E_R, 2 E_R (Fig. 2 of Ferrer et al.); each flip of one
/// spin
/// has |E_j - E_i| = E_R and matrix element 1/8, an electron gives or takes w with the thermal
/// factor w/T/(exp(w/T) - 1), and the sum over levels with Boltzmann weights is y/sinh(y).
pub fn activation(exchange: f64, temperature: f64) -> f64 {
    let y = exchange / temperature;
    if y < 1e-4 {
        return 1.0 - y * y / 6.0;
    }
    // y/sinh(y) without overflow
    2.0 * y * (-y).exp() / -(-2.0 * y).exp_m1()
}

impl Pair {
    /// # Errors
    /// Values that are not finite, or not above 0 (J_z may be negative, k0 infinite).
    pub fn validate(&self) -> Result<(), Invalid> {
        for (field, value) in [
            ("coupling", self.coupling),
            ("distance", self.distance),
            ("temperature", self.temperature),
        ] {
            if !(value.is_finite() && 0.0 < value) {
                return Err(Invalid::new(field, value, "a finite number above 0"));
            }
        }
        if !self.coupling_z.is_finite() {
            return Err(Invalid::new("coupling_z", self.coupling_z, "a finite number"));
        }
        if self.texture_wavenumber.is_nan() || self.texture_wavenumber <= 0.0 {
            let expected = "a wave number above 0, or infinity for no texture";
            return Err(Invalid::new("texture_wavenumber", self.texture_wavenumber, expected));
        }
        Ok(())
    }

    /// # Errors
    /// As [`Self::validate`].
    pub fn verdict(&self) -> Result<Verdict, Invalid> {
        self.validate()?;
        let scales = pair_regime(self.coupling, self.coupling_z, self.distance, self.temperature)?;
        let (exchange, regime, margin) = (scales.rkky_energy, scales.regime, scales.margin.exp());
        let response = self.response();
        let free = response.as_ref().map(|found| 2.0 * found.delta_g.paper);
        let locked = free.map(|free| free * activation(exchange, self.temperature));
        let delta_g = match regime {
            Regime::FreeMoments => free,
            Regime::RkkyLocked => locked,
            Regime::KondoScreened => Some(0.0),
        };
        Ok(Verdict {
            exchange,
            spin_temperature: scales.spin_temperature,
            level_spacing: scales.coherence_energy,
            kondo_temperature: scales.kondo_temperature,
            regime,
            margin,
            delta_g_free: free,
            delta_g_locked: locked,
            delta_g,
            warnings: self.warnings(response.as_ref(), margin),
        })
    }

    /// One moment, Eq. (14) with J_x = J_y = pi J, t = T/(v k0); none at J/(hbar vF) >= 1.
    fn response(&self) -> Option<LinearResponse> {
        let (plane, axis) = (PI * self.coupling, PI * self.coupling_z);
        let texture = PI * self.temperature / self.texture_wavenumber;
        linear_diagonal([plane, plane, axis], texture).ok()
    }

    fn warnings(&self, response: Option<&LinearResponse>, margin: f64) -> Vec<String> {
        let mut warnings = response.map_or_else(
            || vec!["J/(hbar vF) = pi J of 1 or more: no conductance correction".into()],
            |found| found.warnings.clone(),
        );
        if margin < 3.0 {
            let text = "less than a factor of 3 from the next regime: a crossover";
            warnings.push(text.into());
        }
        if 1.0 <= self.temperature {
            warnings.push("a temperature of D or more: no low-energy theory of the edge".into());
        }
        warnings
    }
}
