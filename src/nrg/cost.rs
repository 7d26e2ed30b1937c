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
const SECONDS_PER_WORK: f64 = 4.3e-10;

/// Bytes per eigenvector element of the largest shell: Hamiltonian, eigenvectors, products. More where
/// all pairs of discarded states are formed.
const BYTES_PER_ELEMENT: f64 = 20.0;
const BYTES_PER_ELEMENT_HOT: f64 = 80.0;

/// What it costs beside that, in units of [`shell_work`], to form all pairs of a shell's states, and to
/// sum them at one temperature.
const HOT_WORK: f64 = 2.0;
const HOT_WORK_PER_TEMPERATURE: f64 = 0.12;

/// Good to 20 % in time and 10 % in memory where no discarded states carry weight at the early shells
/// (`benches/nrg_estimate.rs`), else rough.
pub fn estimate(spec: &RunSpec) -> Cost {
    let of_shell = |n: u32| shell_work(spec, n) * (1.0 + hot_work(hot_temperatures(spec, n)));
    let bytes = |n: u32| {
        let each =
            if hot_temperatures(spec, n) == 0 { BYTES_PER_ELEMENT } else { BYTES_PER_ELEMENT_HOT };
        each * elements(16.0 * kept(spec, n as i32 - 1))
    };
    Cost {
        core_seconds: SECONDS_PER_WORK * (0..spec.shells).map(of_shell).sum::<f64>(),
        memory_bytes: (0..spec.shells).map(bytes).fold(0.0, f64::max) as u64 + (64 << 20),
    }
}

/// What a run diagonalizes, shell by shell: the order of the blocks that matter, and how many there
/// are. As rough as [`estimate`], for choosing a device.
pub fn blocks(spec: &RunSpec) -> Vec<(usize, usize)> {
    let order = |n: u32| (block_order(spec, n).ceil() as usize).max(1);
    (0..spec.shells).map(|n| (order(n), BLOCKS)).collect()
}

/// Blocks of a shell that matter, and their order: about as many as have the sum of cubes of the real
/// ones, see [`shell_work`].
const BLOCKS: usize = 4;

fn block_order(spec: &RunSpec, n: u32) -> f64 {
    16.0 * kept(spec, n as i32 - 1) / 22.0
}

fn hot_work(temperatures: usize) -> f64 {
    if temperatures == 0 {
        return 0.0;
    }
    HOT_WORK + HOT_WORK_PER_TEMPERATURE * temperatures as f64
}

/// At how many temperatures discarded states of shell n carry weight: those that reach its cut, and are
/// not so high that earlier shells, of which each state stands for 16 in the next, have it all.
fn hot_temperatures(spec: &RunSpec, n: u32) -> usize {
    let omega = super::ladder::omega(spec.lambda, spec.z, spec.scheme, n);
    let cut = spec.truncation.energy.min(10.0) * omega;
    let shells_above = |t: f64| 2.0 * (t / omega).ln() / spec.lambda.ln();
    let hot = |&&t: &&f64| cut < 50.0 * t && shells_above(t) < 17.0;
    spec.temperatures.iter().filter(hot).count()
}

/// Sum of the third powers of the orders of all blocks to diagonalize.
pub(super) fn work(spec: &RunSpec) -> f64 {
    (0..spec.shells).map(|n| shell_work(spec, n)).sum()
}

pub(super) fn shell_work(spec: &RunSpec, n: u32) -> f64 {
    // A shell with s states, parities used: the cubes of the orders add up to 3.9 (s/22)^3 in
    // even shells, to 3.1 (s/22)^3 in large odd ones (`tests/data/nrg_sector_sizes.csv`).
    let blocks = if n.is_multiple_of(2) { 3.9 } else { 3.1 };
    blocks * block_order(spec, n).powi(3)
}

fn elements(states: f64) -> f64 {
    states * states / 90.0
}

/// Expected number of kept states of shell n. Measured at Lambda = 4, E_trunc = 8, gap rule, x = 10 and
/// 1000 (`tests/data/nrg_sector_sizes.csv`): while the two edges are independent channels (omega_n
/// above E_x) 2368 in even shells and 660 to 1160 in odd ones, 750 to 950 in eight shells at the
/// crossover, and 172 to 229 in the end. A budget below 2370 is a window of its own upper end: 600 to
/// 670 are kept where 1000 are allowed (x = 10, 1e4).
fn kept(spec: &RunSpec, n: i32) -> f64 {
    if n < 0 {
        return 4.0;
    }
    let crossing =
        2.0 * (std::f64::consts::PI * spec.model.distance as f64).ln() / spec.lambda.ln();
    let behind = f64::from(n) - crossing;
    let even = n % 2 == 0;
    let typical = match n {
        0 => 64.0,
        1 => 950.0,
        _ if behind < 0.0 && even => 2370.0,
        _ if behind < 0.0 => 700.0,
        _ if behind < 8.0 => 850.0,
        _ if behind < 9.5 => 300.0,
        _ => 200.0,
    };
    let reach = (spec.truncation.energy / 8.0).powf(2.5) * (4.0 / spec.lambda).powf(1.5);
    let grown = 64.0 * 16.0_f64.powi(n.min(6));
    let budget = spec.truncation.budget(n as u32) as f64;
    let allowed = if budget < 2370.0 * reach { 0.67 * budget } else { budget };
    grown.min(typical * reach).min(allowed).max(16.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nrg::{Model, ModelKind, Rule, Scheme, Truncation};

    /// Section 12, gap rule, E_trunc = 8: sum of d^3 over the diagonalized blocks, mean of two z:
    /// 3.8e10 at x = 10 (2.7e10, 4.9e10), 9.5e10 at x = 1000 (9.0e10, 1.0e11).
    #[test]
    fn work_is_that_of_the_reference() {
        for (distance, shells, expected) in [(10, 29, 3.8e10), (1000, 35, 9.5e10)] {
            let kind = ModelKind::TwoImpurityHelicalKondo;
            let max_states = vec![3000];
            let spec = RunSpec {
                model: Model { kind, coupling: 0.1, coupling_z: 0.0, distance },
                lambda: 4.0,
                scheme: Scheme::ZitkoPruschke,
                z: 0.0,
                truncation: Truncation {
                    energy: 8.0,
                    rule: Rule::Gap,
                    gap_window: 0.3,
                    max_states,
                },
                shells,
                temperatures: vec![1e-9],
            };
            let ratio = work(&spec) / expected;
            assert!((0.75..1.3).contains(&ratio), "x = {distance}: {ratio}");
        }
    }
}
