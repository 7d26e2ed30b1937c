//! What a run will cost, before it is done.
use super::allotment::{Allotment, ShellCost, allot};
use super::{Rule, RunSpec};

/// Estimate for one run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// One core, f64, seconds.
    pub core_seconds: f64,
    /// Peak, beside the program itself.
    pub memory_bytes: u64,
}

/// Seconds of one core of an EPYC (Zen 4): of the eigensolver per unit of [`shell_work`], the third
/// power of a block's order, summed; of all else per square of a shell's states; of a shell, however
/// small, once for all runs in lockstep and for each (`cargo bench --bench nrg_estimate`).
const SECONDS_PER_WORK: f64 = 1.6e-10;
const SECONDS_PER_SQUARE: f64 = 5.8e-10;
const SECONDS_PER_SHELL: f64 = 4e-3;
/// Of a static run: operators carried for its correlators.
const STATIC_SECONDS: f64 = 12e-3;
/// The way up at one temperature, of a shell and per square of its states.
const UP_SECONDS: f64 = 2e-3;
const UP_SECONDS_PER_SQUARE: f64 = 3.5e-11;
/// All pairs of a shell's states, per unit of [`shell_work`]: formed once, weighed at a temperature; for
/// spectra, formed and weighed at one temperature; their density matrix at a temperature.
const STATIC_PAIRS: f64 = 1.2e-9;
const STATIC_PAIRS_PER_TEMPERATURE: f64 = 7e-11;
const SPECTRA_PAIRS: f64 = 7e-10;
/// Of all that spectra take: what the system does for their memory, and threads that wait.
const SPECTRA: f64 = 1.25;
const DENSITY: f64 = 1.2e-11;

/// Of the square of a shell's states: elements of all blocks that are diagonalized (with symmetries;
/// counted in `tests/data/nrg_sector_sizes.csv`).
const BLOCK_ELEMENTS: f64 = 0.0092;
/// The same for what is formed of all pairs of a shell's states at once: vectors of the discarded
/// ones in the product basis and their images, one operator applied to them, folded, its elements.
const HOT_ELEMENTS: f64 = 0.075;
/// Vectors of the discarded states, once more with their weights, and images.
const HOT_VECTOR_ELEMENTS: f64 = 0.040;
/// Of the states times the kept ones: vectors, and elements of four spin operators.
const VECTOR_ELEMENTS: f64 = 0.021;
const SPIN_ELEMENTS: f64 = 0.092;
/// One operator applied to vectors, folded, and its elements; images of vectors.
const ROTATION_ELEMENTS: f64 = 0.060;
/// Of the square of the kept states: four hops and four spin operators, all images.
const OPERATOR_ELEMENTS: f64 = 0.37;
/// Squares of the largest block's order that the eigensolver works in; where they are smaller than
/// what goes back to the system at once, the allocator holds many.
const WORKSPACE: f64 = 1.0;
const SMALL_WORKSPACE: f64 = 24.0;
const SMALL_BYTES: f64 = 16.0 * 1_048_576.0;
/// Of the smallest blocks.
const RETAINED_BYTES: f64 = 28.0 * 1_048_576.0;
const BYTES: f64 = 8.0;

/// Good to 30 % in time and 10 % in memory where a shell keeps what `kept` expects
/// (`benches/nrg_estimate.rs`). The program itself is not in it.
pub fn estimate(spec: &RunSpec) -> Cost {
    estimate_together(&[spec])
}

/// Runs in lockstep: less than the sum, as the threads work on some of their blocks at a time.
pub fn estimate_together(specs: &[&RunSpec]) -> Cost {
    let shells: Vec<_> = specs.iter().map(|spec| statics(spec)).collect();
    let parts = allot(&shells, u64::MAX);
    let sum = |part: &Allotment| (part.core_seconds, part.memory_bytes as u64);
    let (core_seconds, memory_bytes) = parts.first().map_or((0.0, 0), sum);
    Cost { core_seconds, memory_bytes }
}

/// A static run, shell by shell: nothing waits.
pub(super) fn statics(spec: &RunSpec) -> Vec<ShellCost> {
    let of = |n: u32| {
        let hot = hot_temperatures(spec, &spec.temperatures, n);
        let pairs = match hot {
            0 => 0.0,
            hot => STATIC_PAIRS + STATIC_PAIRS_PER_TEMPERATURE * hot as f64,
        };
        let cold = cold(spec, n, Hot::of(spec, &spec.temperatures, n));
        ShellCost { seconds: cold.seconds + STATIC_SECONDS + pairs * shell_work(spec, n), ..cold }
    };
    (0..spec.shells).map(of).collect()
}

/// Four spin spectra: down with operators, up with the density matrix; the elements of all shells
/// wait for the way up. `pairs_at`: the temperatures of the spectra; correlators at the others need
/// no pairs of states.
pub(super) fn spectra(spec: &RunSpec, pairs_at: &[f64]) -> Vec<ShellCost> {
    let of = |n: u32| {
        let (states, new, old) = (states(spec, n), new_states(spec, n), kept(spec, n as i32 - 1));
        let elements = BYTES * SPIN_ELEMENTS * states * new;
        let cold = cold(spec, n, Hot::of(spec, pairs_at, n));
        let pairs = SPECTRA_PAIRS * hot_temperatures(spec, pairs_at, n) as f64;
        let density = DENSITY * hot_temperatures(spec, &spec.temperatures, n) as f64;
        let up = UP_SECONDS + UP_SECONDS_PER_SQUARE * states * states;
        ShellCost {
            seconds: SPECTRA
                * (cold.seconds
                    + (pairs + density) * shell_work(spec, n)
                    + up * spec.temperatures.len() as f64),
            elements_work_bytes: cold.elements_work_bytes + elements,
            // The elements of one shell with the density matrix on their columns.
            up_bytes: elements + BYTES * VECTOR_ELEMENTS * states * new,
            elements_bytes: elements + BYTES * VECTOR_ELEMENTS * states * new,
            operators_bytes: BYTES * OPERATOR_ELEMENTS * old * old,
            again_seconds: SPECTRA * cold.seconds,
            ..cold
        }
    };
    (0..spec.shells).map(of).collect()
}

/// A shell without the pairs of its discarded states.
fn cold(spec: &RunSpec, n: u32, hot: Hot) -> ShellCost {
    let (states, new) = (states(spec, n), new_states(spec, n));
    let seconds = SECONDS_PER_SHELL
        + SECONDS_PER_WORK * shell_work(spec, n)
        + SECONDS_PER_SQUARE * states * states;
    let most = 16.0 * most_kept(spec, n as i32 - 1);
    // Small shells have fewer sectors of equal size.
    let blocks = BLOCK_ELEMENTS * most * most * (1.0 + 1200.0 / most).min(1.45);
    let square = BYTES * (most / 18.0).powi(2);
    let vectors = (VECTOR_ELEMENTS + ROTATION_ELEMENTS) * most * new;
    let hot = match hot {
        Hot::Cold => 0.0,
        Hot::Vectors => HOT_VECTOR_ELEMENTS,
        Hot::Pairs => HOT_ELEMENTS,
    };
    ShellCost {
        seconds,
        blocks_bytes: BYTES * blocks,
        workspace_bytes: workspace_bytes(square),
        elements_work_bytes: BYTES * (blocks + vectors + hot * most * most),
        ..ShellCost::default()
    }
}

/// Vectors of all sectors of all shells, no symmetry used.
pub(super) fn all_vectors(spec: &RunSpec) -> f64 {
    let of = |n: u32| 4.0 * BYTES * VECTOR_ELEMENTS * states(spec, n).powi(2);
    (0..spec.shells).map(of).sum()
}

/// Of shell n before it is cut.
fn states(spec: &RunSpec, n: u32) -> f64 {
    16.0 * kept(spec, n as i32 - 1)
}

/// Of shell n behind its cut; the last one keeps none.
fn new_states(spec: &RunSpec, n: u32) -> f64 {
    if n + 1 < spec.shells { kept(spec, n as i32) } else { 0.0 }
}

/// `square`: bytes of the largest block.
fn workspace_bytes(square: f64) -> f64 {
    if square < SMALL_BYTES {
        RETAINED_BYTES + SMALL_WORKSPACE * square
    } else {
        WORKSPACE * square
    }
}

/// What a shell's discarded states are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hot {
    Cold,
    /// The density matrix.
    Vectors,
    /// All pairs of them.
    Pairs,
}

impl Hot {
    fn of(spec: &RunSpec, pairs_at: &[f64], n: u32) -> Self {
        if hot_temperatures(spec, pairs_at, n) != 0 {
            Self::Pairs
        } else if hot_temperatures(spec, &spec.temperatures, n) != 0 {
            Self::Vectors
        } else {
            Self::Cold
        }
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

/// At how many temperatures discarded states of shell n carry weight: those that reach its cut, and are
/// not so high that earlier shells, of which each state stands for 16 in the next, have it all.
fn hot_temperatures(spec: &RunSpec, temperatures: &[f64], n: u32) -> usize {
    let omega = super::ladder::omega(spec.lambda, spec.z, spec.scheme, n);
    let cut = spec.truncation.energy.min(10.0) * omega;
    let shells_above = |t: f64| 2.0 * (t / omega).ln() / spec.lambda.ln();
    let hot = |&&t: &&f64| cut < 50.0 * t && shells_above(t) < 17.0;
    temperatures.iter().filter(hot).count()
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

/// Expected number of kept states of shell n. Measured at Lambda = 4, E_trunc = 8, gap rule, x = 10 and
/// 1000 (`tests/data/nrg_sector_sizes.csv`): while the two edges are independent channels (omega_n
/// above E_x) 2368 in even shells and 660 to 1160 in odd ones, 750 to 950 in eight shells at the
/// crossover, and 172 to 229 in the end. A budget below 2370 is a window of its own upper end: 600 to
/// 670 are kept in most shells where 1000 are allowed, 970 in one (x = 10, 1e4).
fn kept(spec: &RunSpec, n: i32) -> f64 {
    kept_of_budget(spec, n, 0.7)
}

/// The same in the largest of many shells.
fn most_kept(spec: &RunSpec, n: i32) -> f64 {
    kept_of_budget(spec, n, 0.95)
}

/// `share`: of a budget that is a window of its own.
fn kept_of_budget(spec: &RunSpec, n: i32, share: f64) -> f64 {
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
    let window = spec.truncation.rule == Rule::Gap && budget < 2370.0 * reach;
    let allowed = if window { share * budget } else { budget };
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
