//! Broadening: plain sums against cells, same peaks, same frequencies, within the bound.
//!
//! `cargo bench --bench spectra [-- LARGEST ROUNDS]`: the largest number of peaks as a power of ten
//! (7), rounds for the median (5). The plain sum is timed on all frequencies while that takes less
//! than about 10^8 terms, else on a few of them and scaled, and the table says so.
use std::time::Instant;

use edgestate::spectra::{Broadened, Kernel, Method, Options, Peaks, broaden, logarithmic_grid};
use edgestate::stop::Never;

const TERMS: usize = 100_000_000;

/// Peaks over ten decades of both signs, spectral density about constant in ln w.
fn peaks(count: usize) -> [Vec<f64>; 2] {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let (mut positions, mut weights) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let magnitude = 10f64.powf(-10.0 * next());
        positions.push(if next() < 0.5 { -magnitude } else { magnitude });
        weights.push(next() * magnitude);
    }
    [positions, weights]
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn timed(
    [positions, weights]: &[Vec<f64>; 2],
    frequencies: &[f64],
    kernel: Kernel,
    method: Method,
) -> (f64, Broadened<f64>) {
    let peaks = Peaks { positions, weights, widths: None };
    let options = Options { method, tolerance: 1e-8 };
    let start = Instant::now();
    let found = broaden(&peaks, frequencies, kernel, options, &Never).expect("valid input");
    (start.elapsed().as_secs_f64(), found)
}

fn compare(data: &[Vec<f64>; 2], frequencies: &[f64], kernel: Kernel, rounds: usize) {
    let every = (data[0].len() * frequencies.len()).div_ceil(TERMS);
    let few: Vec<f64> = frequencies.iter().step_by(every).copied().collect();
    let scale = frequencies.len() as f64 / few.len() as f64;
    let (mut plain, mut cells) = (Vec::new(), Vec::new());
    let mut bound = 0.0;
    for _ in 0..rounds {
        let (seconds, found) = timed(data, frequencies, kernel, Method::Binned);
        cells.push(seconds);
        if plain.len() < 3 || data[0].len() < 1_000_000 {
            let (seconds, exact) = timed(data, &few, kernel, Method::Direct);
            plain.push(seconds * scale);
            for (i, value) in exact.values.iter().enumerate() {
                let at = i * every;
                let error = (value - found.values[at]).abs();
                let allowed = found.error_bounds[at] + exact.error_bounds[i];
                assert!(error <= allowed, "{kernel:?}: {error:e}, bound {allowed:e}");
            }
        }
        bound = found.certificate.error_bound;
    }
    let (plain, cells) = (median(plain), median(cells));
    let note = if every == 1 { "" } else { " (plain sum scaled up)" };
    println!(
        "{:>9} peaks  plain {plain:>9.4} s  cells {cells:>8.4} s  ratio {:>7.1}  bound {bound:.1e}  {kernel:?}{note}",
        data[0].len(),
        plain / cells
    );
}

fn main() {
    let arguments: Vec<u32> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let argument = |i: usize, default: u32| arguments.get(i).copied().unwrap_or(default);
    let (largest, rounds) = (argument(0, 7), argument(1, 5));
    let logarithmic = logarithmic_grid(1e-10, 1.0, 100).expect("a valid grid");
    let linear: Vec<f64> = (0..2000).map(|i| -1.0 + f64::from(i) / 999.5).collect();
    println!("{} logarithmic, {} linear frequencies", logarithmic.len(), linear.len());
    for exponent in 4..=largest {
        let data = peaks(10usize.pow(exponent));
        let rounds = rounds as usize;
        compare(&data, &logarithmic, Kernel::LogGauss { sigma: 0.3 }, rounds);
        compare(&data, &logarithmic, Kernel::LogGauss { sigma: 0.05 }, rounds);
        let thermal = Kernel::Thermal { sigma: 0.3, crossover: 1e-5 };
        compare(&data, &logarithmic, thermal, rounds);
        compare(&data, &linear, Kernel::Gaussian { width: 1e-2 }, rounds);
        compare(&data, &linear, Kernel::Lorentzian { half_width: 1e-2 }, rounds);
    }
}
