//! What diagonalizations cost on each device of this machine, as measured by
//! `edgestate devices --calibrate`; `auto` and estimates go by it, never by a guess.
mod file;
mod measure;

use serde::{Deserialize, Serialize};

pub use file::{Calibration, CalibrationError, default_path};
pub use measure::{Plan, measure};

/// Seconds of one matrix in a batch of so many of its order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub complex: bool,
    pub vectors: bool,
    pub order: usize,
    pub batch: usize,
    pub seconds: f64,
}

/// Of one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostModel {
    /// As results carry it: `cpu (avx512)`, `gpu: <adapter>, <driver>`.
    pub class: String,
    /// Of the measuring machine: a home directory may be shared.
    pub machine: String,
    /// Of the measuring program: another one may be faster.
    pub version: String,
    pub measured_unix_seconds: f64,
    pub upload_bytes_per_second: f64,
    pub download_bytes_per_second: f64,
    pub eigh: Vec<Sample>,
}

/// What is to be diagonalized.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Problem {
    pub complex: bool,
    pub vectors: bool,
    /// Orders, and how many matrices of each.
    pub blocks: Vec<(usize, usize)>,
    /// How many of an order are solved together.
    pub batch: usize,
    /// To the device and back.
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl CostModel {
    /// None where nothing like it was measured.
    pub fn seconds(&self, problem: &Problem) -> Option<f64> {
        let batch = problem.batch.max(1);
        let mut sum = self.transfer(problem);
        for (order, count) in &problem.blocks {
            let one = self.of_matrix(problem.complex, problem.vectors, *order, batch)?;
            sum += *count as f64 * one;
        }
        sum.is_finite().then_some(sum)
    }

    fn transfer(&self, problem: &Problem) -> f64 {
        let seconds = |bytes: u64, rate: f64| if 0.0 < rate { bytes as f64 / rate } else { 0.0 };
        seconds(problem.bytes_in, self.upload_bytes_per_second)
            + seconds(problem.bytes_out, self.download_bytes_per_second)
    }

    /// Seconds of a matrix: powers of the order and of the batch between what was measured, the third
    /// power of the order above it, the nearest elsewhere.
    pub fn of_matrix(
        &self,
        complex: bool,
        vectors: bool,
        order: usize,
        batch: usize,
    ) -> Option<f64> {
        let alike = |sample: &&Sample| sample.complex == complex && sample.vectors == vectors;
        let mut batches: Vec<usize> =
            self.eigh.iter().filter(alike).map(|sample| sample.batch).collect();
        batches.sort_unstable();
        batches.dedup();
        let points = batches.iter().filter_map(|at| {
            let of_batch = self.eigh.iter().filter(alike).filter(|sample| sample.batch == *at);
            let mut list: Vec<(f64, f64)> =
                of_batch.map(|sample| (sample.order as f64, sample.seconds)).collect();
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
            Some((*at as f64, power_law(&list, order.max(1) as f64, 3.0)?))
        });
        power_law(&points.collect::<Vec<_>>(), batch as f64, 0.0)
    }
}

/// Through points of ascending x, straight lines between the logarithms; before the first point its
/// value, behind the last one the power `beyond`.
fn power_law(points: &[(f64, f64)], x: f64, beyond: f64) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    if x <= first.0 {
        return Some(first.1);
    }
    if last.0 <= x {
        return Some(last.1 * (x / last.0).powf(beyond));
    }
    let (a, b) = points.windows(2).find_map(|pair| match pair {
        [a, b] if a.0 <= x && x <= b.0 => Some((a, b)),
        _ => None,
    })?;
    let share = (x / a.0).ln() / (b.0 / a.0).ln();
    Some(a.1 * (b.1 / a.1).powf(share))
}

/// The name of this machine, as far as it has one.
pub fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "this machine".to_owned() } else { name.to_owned() }
}
