//! What a device's f64 arithmetic is worth, found out by comparing bits when it is opened. Vulkan
//! promises no more than f32 precision for f64 operations, and lets a compiler fuse a product and a
//! sum.
use super::device::{Dispatch, OpenDevice, Step};
use super::layout::{Pair, Results};
use super::shaders::SELF_TEST;
use super::shaders::self_test::{STEPS_PER_PAIR, WIDTH};
use crate::linalg::LinalgError;

pub(super) const PAIRS: usize = 4096;

/// Outcome of the bit-level comparison with the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfTest {
    /// Opened in mixed precision: what is said of f64 here is said of integers that stand for it.
    pub mixed: bool,
    /// Sums and products have the host's bits; without that no result could be trusted.
    pub exact: bool,
    /// Square roots have the host's bits (mixed precision: f32 is what it should be, within 2^-20).
    pub exact_root: bool,
    /// Quotients have the host's bits.
    pub exact_quotient: bool,
    /// `x * y + z` is rounded once (a fused multiply-add) where it is written as two operations.
    pub fuses: bool,
    /// A loop of 262,144 trips runs to its end (software drivers before Mesa 25 stop at 65,535).
    pub long_loops: bool,
}

impl SelfTest {
    pub fn passed(&self) -> bool {
        self.exact && self.exact_root && self.long_loops
    }
}

impl SelfTest {
    fn mixed_verdict(&self) -> &'static str {
        if !self.exact {
            "failed: integers, or doubles made of them, are not exact"
        } else if !self.exact_root {
            "failed: f32 is off by more than 2^-20"
        } else {
            "passed: mixed precision, exact integers"
        }
    }
}

impl std::fmt::Display for SelfTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.long_loops {
            return write!(f, "failed: long loops are cut off (a Mesa before 25?)");
        }
        if self.mixed {
            return write!(f, "{}", self.mixed_verdict());
        }
        if !self.exact {
            return write!(f, "failed: f64 sums or products are not exact");
        }
        if !self.exact_root {
            return write!(f, "failed: f64 square roots are not exact");
        }
        let quotient = if self.exact_quotient { "exact + - * / sqrt" } else { "exact + - * sqrt" };
        let fuses = if self.fuses { "products and sums fused" } else { "nothing fused" };
        write!(f, "passed: {quotient}, {fuses}")
    }
}

pub(super) fn self_test(device: &OpenDevice) -> Result<SelfTest, LinalgError> {
    let pairs = pairs();
    let input = device.records("self_test.pairs", &pairs)?;
    let nothing = f64::NAN;
    let mut got = vec![
        Results {
            sum: nothing,
            product: nothing,
            quotient: nothing,
            root: nothing,
            multiply_add: nothing,
            steps: nothing
        };
        PAIRS
    ];
    let output = device.records("self_test.results", &got)?;
    let groups = (PAIRS as u32).div_ceil(WIDTH);
    let bound = device.bind(&SELF_TEST, &[&input, &output])?;
    let dispatch = Dispatch { bound, groups: [groups, 1], immediates: Vec::new() };
    let submission = device.submit(&[Step::Dispatch(dispatch)])?;
    device.wait(submission)?;
    device.read(&output, 0, bytemuck::cast_slice_mut(&mut got))?;
    Ok(compare(&pairs, &got))
}

/// Bits over 160 binary orders of magnitude, of both signs; no subnormal results.
pub(super) fn pairs() -> Vec<Pair> {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let exponent = 1023 - 40 + (state >> 32) % 80;
        f64::from_bits(state & 0x800f_ffff_ffff_ffff | exponent << 52)
    };
    (0..PAIRS).map(|_| Pair { x: next(), y: next() }).collect()
}

/// State of the shader's generator.
pub(super) fn generator_after(steps: u32) -> u32 {
    let mut state = 1_u32;
    for _ in 0..steps {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }
    state
}

fn compare(pairs: &[Pair], got: &[Results]) -> SelfTest {
    let mut outcome = SelfTest {
        mixed: false,
        exact: true,
        exact_root: true,
        exact_quotient: true,
        fuses: false,
        long_loops: false,
    };
    let steps = f64::from(generator_after(PAIRS as u32 * STEPS_PER_PAIR));
    outcome.long_loops = got.first().is_some_and(|first| first.steps == steps);
    let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
    for (pair, got) in pairs.iter().zip(got) {
        let (x, y) = (pair.x, pair.y);
        outcome.exact &= same(got.sum, x + y) && same(got.product, x * y);
        outcome.exact_root &= same(got.root, x.abs().sqrt());
        outcome.exact_quotient &= same(got.quotient, x / y);
        outcome.fuses |= !same(got.multiply_add, x * y + x);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every defect is seen, each by its own verdict.
    #[test]
    fn a_faulty_device_is_told_from_a_good_one() {
        let pairs = pairs();
        let steps = f64::from(generator_after(PAIRS as u32 * STEPS_PER_PAIR));
        let good: Vec<Results> = pairs
            .iter()
            .map(|&Pair { x, y }| Results {
                sum: x + y,
                product: x * y,
                quotient: x / y,
                root: x.abs().sqrt(),
                multiply_add: x * y + x,
                steps,
            })
            .collect();
        let outcome = compare(&pairs, &good);
        assert!(outcome.passed() && outcome.exact_quotient && !outcome.fuses, "{outcome}");

        let spoilt = |spoil: fn(&mut Results)| {
            let mut bad = good.clone();
            spoil(&mut bad[0]);
            compare(&pairs, &bad)
        };
        assert!(!spoilt(|results| results.sum = next_up(results.sum)).passed());
        assert!(!spoilt(|results| results.product = next_up(results.product)).passed());
        assert!(!spoilt(|results| results.root = next_up(results.root)).passed());
        assert!(!spoilt(|results| results.steps = 7.0).passed());
        assert!(!spoilt(|results| results.quotient = f64::NAN).exact_quotient);

        let mut fused = good.clone();
        for (results, pair) in fused.iter_mut().zip(&pairs) {
            results.multiply_add = pair.x.mul_add(pair.y, pair.x);
        }
        let outcome = compare(&pairs, &fused);
        assert!(outcome.passed() && outcome.fuses, "{outcome}");
        assert!(!compare(&pairs, &[]).passed());
    }

    fn next_up(x: f64) -> f64 {
        f64::from_bits(x.to_bits() + 1)
    }
}
