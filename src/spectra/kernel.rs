//! Shapes of a broadened peak, each of area 1 in the frequency w, for a peak at w'.
use std::f64::consts::PI;

use crate::invalid::Invalid;

/// A shape K(w, w') with integral 1 over w: broadening keeps every weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// exp(-((w - w')/width)^2) / (sqrt(pi) width); the standard deviation is width/sqrt(2).
    Gaussian { width: f64 },
    /// (half_width/pi) / ((w - w')^2 + half_width^2); `half_width` at half maximum.
    Lorentzian { half_width: f64 },
    /// theta(w w') exp(-(ln|w/w'|/sigma - sigma/4)^2) / (sqrt(pi) sigma |w|), symmetric in w and w'
    /// (Weichselbaum and von Delft, Phys. Rev. Lett. 99, 076402 (2007)). No peak at w' = 0.
    LogGauss { sigma: f64 },
    /// L h(w') + G (1 - h(w')): L the log-Gaussian, G the Gaussian of width `crossover`,
    /// h = 1 where |w'| >= crossover and exp(-(ln|w'/crossover|/sigma)^2) below (same source).
    /// Customary: crossover = T/2.
    Thermal { sigma: f64, crossover: f64 },
}

/// Narrowest and widest logarithmic width.
const SIGMA: [f64; 2] = [1e-4, 5.0];
const SQRT_PI: f64 = 1.772_453_850_905_516;

impl Kernel {
    /// Refuses widths that are not finite, not positive or (sigma) outside 1e-4..5.
    ///
    /// # Errors
    /// Names the parameter, `kernel.sigma`.
    pub fn check(self) -> Result<Self, Invalid> {
        match self {
            Self::Gaussian { width } => length("kernel.width", width)?,
            Self::Lorentzian { half_width } => length("kernel.half_width", half_width)?,
            Self::LogGauss { sigma } => logarithmic("kernel.sigma", sigma)?,
            Self::Thermal { sigma, crossover } => {
                logarithmic("kernel.sigma", sigma)?;
                length("kernel.crossover", crossover)?;
            }
        }
        Ok(self)
    }

    /// The same shape with its width (`width`, `half_width` or `sigma`) replaced.
    #[must_use]
    pub fn with_width(self, value: f64) -> Self {
        match self {
            Self::Gaussian { .. } => Self::Gaussian { width: value },
            Self::Lorentzian { .. } => Self::Lorentzian { half_width: value },
            Self::LogGauss { .. } => Self::LogGauss { sigma: value },
            Self::Thermal { crossover, .. } => Self::Thermal { sigma: value, crossover },
        }
    }

    /// K(frequency, position), in 1/(unit of frequency).
    #[must_use]
    pub fn value(self, frequency: f64, position: f64) -> f64 {
        match self {
            Self::Gaussian { width } => gaussian(frequency, position, width),
            Self::Lorentzian { half_width } => {
                let detuning = (frequency - position) / half_width;
                1.0 / (PI * half_width * (1.0 + detuning * detuning))
            }
            Self::LogGauss { sigma } => log_gauss(frequency, position, sigma),
            Self::Thermal { sigma, crossover } => {
                let share = logarithmic_share(position, sigma, crossover);
                let mut value = 0.0;
                if 0.0 < share {
                    value += share * log_gauss(frequency, position, sigma);
                }
                if share < 1.0 {
                    value += (1.0 - share) * gaussian(frequency, position, crossover);
                }
                value
            }
        }
    }

    /// Upper bound of K(frequency, w') over all w'; the scale of relative errors.
    #[must_use]
    pub fn height(self, frequency: f64) -> f64 {
        match self {
            Self::Gaussian { width } => 1.0 / (SQRT_PI * width),
            Self::Lorentzian { half_width } => 1.0 / (PI * half_width),
            Self::LogGauss { sigma } => log_height(frequency, sigma),
            Self::Thermal { sigma, crossover } => {
                // h L <= exp(sigma^2/4)/(sqrt(pi) sigma crossover) at every frequency.
                let low = (0.25 * sigma * sigma).exp() / (SQRT_PI * sigma * crossover);
                let near = log_height(frequency, sigma);
                let log = if frequency == 0.0 { low } else { near.min(low) };
                // Positions with a Gaussian share are below the cross-over.
                let y = (frequency.abs() / crossover - 1.0).max(0.0);
                log + (-y * y).exp() / (SQRT_PI * crossover)
            }
        }
    }

    /// sigma; infinite for the kernels that have none.
    pub(super) fn logarithmic_width(self) -> f64 {
        match self {
            Self::LogGauss { sigma } | Self::Thermal { sigma, .. } => sigma,
            _ => f64::INFINITY,
        }
    }
}

fn length(field: &str, value: f64) -> Result<(), Invalid> {
    if (1e-280..=1e280).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(field, value, "a number from 1e-280 to 1e280"))
}

fn logarithmic(field: &str, value: f64) -> Result<(), Invalid> {
    if (SIGMA[0]..=SIGMA[1]).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(field, value, "a number from 1e-4 to 5"))
}

fn gaussian(frequency: f64, position: f64, width: f64) -> f64 {
    let y = (frequency - position) / width;
    (-y * y).exp() / (SQRT_PI * width)
}

fn log_gauss(frequency: f64, position: f64, sigma: f64) -> f64 {
    let ratio = frequency / position;
    if 0.0 < ratio {
        let y = ratio.ln() / sigma - 0.25 * sigma;
        (-y * y).exp() * log_height(frequency, sigma)
    } else {
        0.0
    }
}

/// 1/(sqrt(pi) sigma |w|), and 0 at w = 0, where the log-Gaussian of any peak vanishes.
pub(super) fn log_height(frequency: f64, sigma: f64) -> f64 {
    if frequency == 0.0 { 0.0 } else { 1.0 / (SQRT_PI * sigma * frequency.abs()) }
}

/// h(w'): the share of a peak that is broadened logarithmically.
pub(super) fn logarithmic_share(position: f64, sigma: f64, crossover: f64) -> f64 {
    let ratio = position.abs() / crossover;
    if 1.0 <= ratio {
        return 1.0;
    }
    if ratio == 0.0 {
        return 0.0;
    }
    let y = ratio.ln() / sigma;
    (-y * y).exp()
}
