//! Peaks to spectra: 10^7 of them over ten decades on 2,000 frequencies.
use super::BenchError;
use super::clock::timed;
use super::report::Broadening;
use super::statistics::Summary;
use crate::spectra::{Kernel, Method, Options, Peaks, broaden, logarithmic_grid};
use crate::stop::Never;

const TOLERANCE: f64 = 1e-8;
/// Terms of the plain sum that are done; the rest is scaled up.
const PLAIN_TERMS: usize = 100_000_000;

/// Every kernel, `rounds` times, on the current rayon pool.
///
/// # Errors
/// Of the broadening; a value outside its error bound, as `Io`.
pub fn broadening(peaks: usize, rounds: usize) -> Result<Vec<Broadening>, BenchError> {
    let logarithmic = logarithmic_grid(1e-10, 1.0, 100)?;
    let linear: Vec<f64> = (0..2000).map(|i| -1.0 + f64::from(i) / 999.5).collect();
    let data = random_peaks(peaks);
    let kernels = [
        ("log-Gauss, sigma 0.3", Kernel::LogGauss { sigma: 0.3 }, &logarithmic),
        ("log-Gauss, sigma 0.05", Kernel::LogGauss { sigma: 0.05 }, &logarithmic),
        ("thermal, sigma 0.3", Kernel::Thermal { sigma: 0.3, crossover: 1e-5 }, &logarithmic),
        ("Gaussian, width 0.01", Kernel::Gaussian { width: 1e-2 }, &linear),
        ("Lorentzian, half-width 0.01", Kernel::Lorentzian { half_width: 1e-2 }, &linear),
    ];
    let one =
        |(name, kernel, grid): (&str, Kernel, &Vec<f64>)| one(name, kernel, grid, &data, rounds);
    kernels.into_iter().map(one).collect()
}

fn one(
    name: &str,
    kernel: Kernel,
    frequencies: &[f64],
    [positions, weights]: &[Vec<f64>; 2],
    rounds: usize,
) -> Result<Broadening, BenchError> {
    let peaks = Peaks { positions, weights, widths: None };
    let run = |grid: &[f64], method| {
        let options = Options { method, tolerance: TOLERANCE };
        timed(|| broaden(&peaks, grid, kernel, options, &Never))
    };
    let every = (positions.len() * frequencies.len()).div_ceil(PLAIN_TERMS);
    let few: Vec<f64> = frequencies.iter().step_by(every).copied().collect();
    let (plain, span) = run(&few, Method::Direct);
    let plain = plain?;
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    let mut error_bound = 0.0_f64;
    for _ in 0..rounds {
        let (found, span) = run(frequencies, Method::Binned);
        let found = found?;
        for (i, value) in plain.values.iter().enumerate() {
            let error = (value - found.values[i * every]).abs();
            let bound = plain.error_bounds[i] + found.error_bounds[i * every];
            // NaN is within no bound.
            let within = error <= bound;
            if !within {
                let text = format!("{name}: {error:e} off, the bound is {bound:e}");
                return Err(std::io::Error::other(text).into());
            }
        }
        error_bound = error_bound.max(found.certificate.error_bound);
        wall.push(span.wall_seconds);
        cpu.push(span.cpu_seconds);
    }
    Ok(Broadening {
        kernel: name.to_owned(),
        peaks: positions.len(),
        frequencies: frequencies.len(),
        tolerance: TOLERANCE,
        error_bound,
        wall_seconds: Summary::new(wall),
        cpu_seconds: Summary::new(cpu),
        plain_seconds: span.wall_seconds * frequencies.len() as f64 / few.len() as f64,
    })
}

/// Positions of either sign over ten decades, weights of their size (a spectrum of order one).
fn random_peaks(count: usize) -> [Vec<f64>; 2] {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (mut positions, mut weights) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for _ in 0..count {
        let magnitude = 10_f64.powf(-10.0 * next());
        positions.push(if next() < 0.5 { -magnitude } else { magnitude });
        weights.push(next() * magnitude);
    }
    [positions, weights]
}
