//! An alloy whose p wave with j = 1/2 scatters inelastically, too (specification spin_hall, section
//! 10; Huang, Tokatly and Cazalilla, Eqs. 8-16).
use num_complex::Complex64;

use super::Channel;
use crate::invalid::Invalid;
use crate::transport::spin_hall::{
    Alloy, Kinetics, PartialWaves, Scattering, Transport, gradients, kinetics_of_rates, rates,
    transport,
};

/// The channels beside the resonant one, and the metal; none of them depends on the temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metal {
    /// l = 0, j = 1/2, rad
    pub eta0: f64,
    /// l = 1, j = 3/2, rad
    pub eta2: f64,
    /// n_im/n_c
    pub concentration: f64,
    pub alloy: Alloy,
}

/// What becomes of the spin of an electron that scatters inelastically: bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpinLoss {
    /// w_in is not in 1/tau_s.
    Kept,
    /// All of w_in is in 1/tau_s.
    Lost,
}

impl Metal {
    /// Dimensionless coefficients. Bilinears of the elastic amplitudes by angular averages; w_in
    /// adds
    /// to 1/tau_tr, 1/tau_qp and every 1/tau_m (an inelastic event forgets the direction).
    ///
    /// # Errors
    /// Phase shifts not finite, a concentration outside (0, 1).
    pub fn kinetics(&self, channel: &Channel, loss: SpinLoss) -> Result<Kinetics, Invalid> {
        let elastic = |eta: f64| Complex64::from_polar(eta.sin(), eta);
        let waves = PartialWaves::from_amplitudes(&[
            (0, 1, elastic(self.eta0)),
            (1, 1, channel.amplitude),
            (1, 3, elastic(self.eta2)),
        ])?;
        let scattering = Scattering::from_waves(&waves);
        let inelastic = channel.inelastic_rate();
        let mut rates = rates(&scattering);
        rates.transport += inelastic;
        rates.quasiparticle += inelastic;
        rates.spin_current = rates.spin_current.map(|rate| rate + inelastic);
        if loss == SpinLoss::Lost {
            rates.spin += inelastic;
        }
        kinetics_of_rates(rates, gradients(&scattering), self.concentration)
    }

    /// SI units.
    ///
    /// # Errors
    /// As [`Alloy::validate`].
    pub fn transport(&self, kinetics: &Kinetics) -> Result<Transport, Invalid> {
        transport(kinetics, &self.alloy)
    }
}
