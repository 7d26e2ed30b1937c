//! Sums over broadened peaks, for `spectra`: what a device other than the CPU offers of it.
use super::LinalgError;
use crate::stop::Stop;

/// A weight `re + i im` at `position`, and the width of its peak. All finite; widths positive; a
/// position is 0 or a normal number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    pub position: f64,
    pub width: f64,
    pub re: f64,
    pub im: f64,
}

/// Shapes of a peak, as `spectra::Kernel` defines them; the width is the peak's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PeakShape {
    Gaussian,
    Lorentzian,
    LogGauss,
    Thermal { crossover: f64 },
}

/// The sum at one frequency, and the sum of the terms' magnitudes (of both parts together).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PeakSum {
    pub re: f64,
    pub im: f64,
    pub magnitude: f64,
}

/// A device that sums peaks.
pub trait PeakSums {
    /// Sum over the peaks of weight K(frequency, position), at each frequency. Deterministic: the
    /// order of additions is that of the peaks.
    ///
    /// # Errors
    /// Over the device's memory, device lost, stopped (asked for between dispatches).
    fn peak_sums(
        &self,
        peaks: &[Peak],
        frequencies: &[f64],
        shape: PeakShape,
        stop: &dyn Stop,
    ) -> Result<Vec<PeakSum>, LinalgError>;
}
