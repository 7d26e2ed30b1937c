//! What a run will cost, before it is done.
use super::RunSpec;

/// Estimate for one run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// One core, f64, seconds.
    pub core_seconds: f64,
    /// Peak on the device.
    pub memory_bytes: u64,
}

/// Seconds of one core per unit of [`shell_work`], the third power of a block's order, summed.
const SECONDS_PER_WORK: f64 = 5.5e-10;

/// Bytes per eigenvector element of the largest shell: Hamiltonian, eigenvectors, products. More where
/// all pairs of discarded states are formed.
const BYTES_PER_ELEMENT: f64 = 24.0;
const BYTES_PER_ELEMENT_HOT: f64 = 80.0;

/// How much longer a run takes that forms all pairs of discarded states, and for each temperature.
const HOT_WORK: f64 = 3.0;
const HOT_WORK_PER_TEMPERATURE: f64 = 0.12;

/// Rough, from the sizes in `tests/data/nrg_sector_sizes.csv`: good to a factor of two or so.
pub fn estimate(spec: &RunSpec) -> Cost {
    let largest = (0..spec.shells).map(|n| 16.0 * kept(spec, n as i32 - 1)).fold(64.0, f64::max);
    let (factor, bytes) = if hot(spec, largest) {
        let temperatures = spec.temperatures.len() as f64;
        (HOT_WORK + HOT_WORK_PER_TEMPERATURE * temperatures, BYTES_PER_ELEMENT_HOT)
    } else {
        (1.0, BYTES_PER_ELEMENT)
    };
    Cost {
        core_seconds: work(spec) * SECONDS_PER_WORK * factor,
        memory_bytes: (bytes * elements(largest)) as u64 + (64 << 20),
    }
}

/// What a run diagonalizes, shell by shell: the order of the blocks that matter, and how many there
/// are. As rough as [`estimate`], for choosing a device.
pub fn blocks(spec: &RunSpec) -> Vec<(usize, usize)> {
    let order = |n: u32| (block_order(spec, n).ceil() as usize).max(1);
    (0..spec.shells).map(|n| (order(n), BLOCKS)).collect()
}

/// Blocks of a shell that matter, and their order: as many as have the sum of cubes of the
/// real ones (x = 10: 37,888 states, largest block 2082, sum of cubes 1.3e10).
const BLOCKS: usize = 4;

fn block_order(spec: &RunSpec, n: u32) -> f64 {
    16.0 * kept(spec, n as i32 - 1) / 22.0
}

/// Whether some temperature gives weight to the states discarded at the largest shells, so that all
/// their pairs have to be formed.
fn hot(spec: &RunSpec, largest: f64) -> bool {
    let highest = spec.temperatures.iter().copied().fold(0.0, f64::max);
    let n = (0..spec.shells).find(|&n| largest <= 16.0 * kept(spec, n as i32 - 1)).unwrap_or(0);
    let omega = super::ladder::omega(spec.lambda, spec.z, spec.scheme, n);
    spec.truncation.energy * omega < 50.0 * highest
}

/// Sum of the third powers of the orders of all blocks to diagonalize.
pub(super) fn work(spec: &RunSpec) -> f64 {
    (0..spec.shells).map(|n| shell_work(spec, n)).sum()
}

pub(super) fn shell_work(spec: &RunSpec, n: u32) -> f64 {
    BLOCKS as f64 * block_order(spec, n).powi(3)
}

fn elements(states: f64) -> f64 {
    states * states / 90.0
}

/// Expected number of kept states of shell n: many while the two edges are independent channels
/// (omega_n > E_x), few below.
fn kept(spec: &RunSpec, n: i32) -> f64 {
    if n < 0 {
        return 4.0;
    }
    let independent = 3.0 + 2.0 * (spec.model.distance as f64).ln() / spec.lambda.ln();
    let reach = (spec.truncation.energy / 8.0).powf(2.5) * (4.0 / spec.lambda).powf(1.5);
    let typical = if f64::from(n) < independent - 2.0 {
        // Even and odd shells differ: a wide gap is found early in one of them.
        if n % 2 == 0 { 2000.0 } else { 900.0 }
    } else {
        300.0
    };
    let grown = 64.0 * 16.0_f64.powi(n.min(6));
    grown.min(typical * reach).min(spec.truncation.budget(n as u32) as f64).max(16.0)
}
