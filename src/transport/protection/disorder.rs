//! Many realizations of frozen contact spins: statistics of T, and the localization length.
use super::edge::{Transfer, exponential};
use super::frame::axis_rotation;
use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::stop::Stop;
use crate::transport::random::Random;
use crate::transport::{TransportError, finite, positive};
use nalgebra::{Matrix2, Vector3};
use num_complex::Complex64;

/// realizations * spins
const MAX_WORK: u64 = 1 << 28;

/// Spins frozen in random directions at random places of [0, length]. A mean-field picture: it
/// violates the conservation of S_z and says nothing about dynamical spins (the paper's main
/// warning).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrozenSpins {
    pub spins: usize,
    pub length: f64,
    /// k = E/vF
    pub wavenumber: f64,
    /// |J S|/vF of each contact: exp(-i sigma_z b.sigma), |b| = strength.
    pub strength: f64,
    /// Spin-orbit axes: theta uniform in [0, theta_max], phi uniform; 0 for n = e_z.
    pub theta_max: f64,
}

/// Over the realizations.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    pub mean: f64,
    pub standard_deviation: f64,
    pub mean_ln: f64,
    pub standard_deviation_ln: f64,
    /// `-2 L/<ln T>`; infinite if nothing is reflected.
    pub localization_length: f64,
    /// Standard error of the localization length.
    pub localization_length_error: f64,
    /// Largest |T + R - 1|.
    pub unitarity_defect: f64,
    pub realizations: u64,
    pub warnings: Vec<String>,
}

fn one(spins: &FrozenSpins, random: &mut Random) -> Transfer {
    let mut places: Vec<f64> = (0..spins.spins).map(|_| spins.length * random.unit()).collect();
    places.sort_by(f64::total_cmp);
    let mut transfer = Transfer::identity();
    let mut last = 0.0;
    let i = Complex64::i();
    for place in places {
        let phase = (i * spins.wavenumber * (place - last)).exp();
        transfer.push(&Matrix2::new(phase, 0.0.into(), 0.0.into(), phase.conj()));
        last = place;
        let theta = spins.theta_max * random.unit();
        let phi = std::f64::consts::TAU * random.unit();
        let m = random.direction() * spins.strength;
        let b: Vector3<f64> = axis_rotation(theta, phi).transpose() * m;
        // -i sigma_z b.sigma
        transfer.push(&exponential(&Matrix2::new(
            -i * b.z,
            -i * Complex64::new(b.x, -b.y),
            i * Complex64::new(b.x, b.y),
            -i * b.z,
        )));
    }
    transfer
}

impl FrozenSpins {
    /// # Errors
    /// As [`frozen_spin_statistics`].
    pub fn validate(&self, realizations: u64) -> Result<(), TransportError> {
        positive("length", self.length)?;
        finite("wavenumber", self.wavenumber)?;
        finite("strength", self.strength)?;
        finite("theta_max", self.theta_max)?;
        if self.spins == 0 {
            return Err(Invalid::new("spins", 0, "1 or more").into());
        }
        if realizations < 2 {
            return Err(Invalid::new("realizations", realizations, "2 or more").into());
        }
        let needed = realizations.saturating_mul(self.spins as u64);
        if MAX_WORK < needed {
            let what = "disorder average (spins in all realizations)";
            return Err(TransportError::TooLarge { what, needed, limit: MAX_WORK });
        }
        Ok(())
    }
}

/// Statistics over `realizations`; the same seed gives the same numbers.
///
/// # Errors
/// `Invalid` for values that are not finite, no spins, fewer than 2 realizations; `TooLarge` above
/// 2^28 spins in all realizations together; `Linalg(Stopped)`, asked for between realizations.
pub fn frozen_spin_statistics(
    spins: &FrozenSpins,
    realizations: u64,
    seed: u64,
    stop: &dyn Stop,
) -> Result<Statistics, TransportError> {
    spins.validate(realizations)?;
    let mut random = Random::new(seed);
    let (mut values, mut logarithms) = (Vec::new(), Vec::new());
    let mut unitarity_defect = 0.0_f64;
    for _ in 0..realizations {
        if stop.stopped() {
            return Err(LinalgError::Stopped.into());
        }
        let (t, r, ln) = one(spins, &mut random).probabilities();
        values.push(t);
        logarithms.push(ln);
        unitarity_defect = unitarity_defect.max((t + r - 1.0).abs());
    }
    let (mean, standard_deviation) = moments(&values);
    let (mean_ln, standard_deviation_ln) = moments(&logarithms);
    let localization_length =
        if mean_ln < 0.0 { -2.0 * spins.length / mean_ln } else { f64::INFINITY };
    let mut warnings = vec![
        "frozen spins do not conserve S_z: this says nothing about dynamical spins".to_string(),
    ];
    if spins.length < localization_length {
        warnings.push("shorter than the localization length: not its asymptotic value".into());
    }
    Ok(Statistics {
        mean,
        standard_deviation,
        mean_ln,
        standard_deviation_ln,
        localization_length,
        localization_length_error: localization_length * standard_deviation_ln
            / (mean_ln.abs() * (realizations as f64).sqrt()),
        unitarity_defect,
        realizations,
        warnings,
    })
}

/// Mean and standard deviation (of the sample).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, variance.sqrt())
}
