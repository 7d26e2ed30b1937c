//! What a device's integers and f32 are worth, found out by comparing them with the host when it
//! is opened in mixed precision.
use bytemuck::{Pod, Zeroable};

use super::super::device::{Dispatch, OpenDevice, Step};
use super::super::layout::Pair;
use super::super::self_test::{PAIRS, SelfTest, generator_after, pairs as ordinary_pairs};
use super::super::shaders::MIXED_SELF_TEST;
use super::super::shaders::mixed_self_test::{STEPS_PER_PAIR, WIDTH};
use crate::linalg::LinalgError;

/// `Results` of `shaders/mixed_self_test.wesl`; fixed-point numbers as integers.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
struct Results {
    sum: f64,
    product: f64,
    quotient: f64,
    fixed_product: i64,
    fixed: f64,
    from_float: i64,
    float: f32,
    float_sum: f32,
    float_product: f32,
    float_quotient: f32,
    float_root: f32,
    steps: u32,
}

/// Doubles at every edge there is.
const SPECIAL: [f64; 16] = [
    0.0,
    -0.0,
    5e-324,
    -1.5e-323,
    // The largest subnormal number, and neighbours.
    f64::from_bits(0x000f_ffff_ffff_ffff),
    f64::MIN_POSITIVE,
    -2.2250738585072024e-308,
    1.0,
    -1.0,
    1.0 + f64::EPSILON,
    1.5,
    f64::MAX,
    -f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// What f32 may be off by, relative; certificates decide how good a result is.
const TOLERANCE: f64 = 1.0 / (1 << 20) as f64;
/// A fixed-point number's quantum, and by what the shader scales.
const UNITS: f64 = (1_u64 << 55) as f64;
const SCALE: f64 = 1.0 / (1_u64 << 41) as f64;

pub(in crate::linalg::gpu) fn self_test(device: &OpenDevice) -> Result<SelfTest, LinalgError> {
    let pairs = pairs();
    let input = device.records("mixed_self_test.pairs", &pairs)?;
    let mut got = vec![Results::default(); pairs.len()];
    let output = device.records("mixed_self_test.results", &got)?;
    let bound = device.bind(&MIXED_SELF_TEST, &[&input, &output])?;
    let groups = [(pairs.len() as u32).div_ceil(WIDTH), 1];
    let dispatch = Dispatch { bound, groups, immediates: Vec::new() };
    let submission = device.submit(&[Step::Dispatch(dispatch)])?;
    device.wait(submission)?;
    device.read(&output, 0, bytemuck::cast_slice_mut(&mut got))?;
    Ok(compare(&pairs, &got))
}

/// Every special number with every other, far and near ones, then ordinary ones.
fn pairs() -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(PAIRS);
    for x in SPECIAL {
        pairs.extend(SPECIAL.iter().map(|&y| Pair { x, y }));
    }
    let ordinary = ordinary_pairs();
    for pair in &ordinary[..1024] {
        // Nearly equal magnitudes: digits cancel.
        let bits = pair.y.to_bits() & 0x8000_0000_0000_00ff;
        pairs.push(Pair { x: pair.x, y: f64::from_bits(pair.x.to_bits() ^ bits) });
        // Results near the ends of the range.
        let (far, near) = (2.0_f64.powi(-510), 2.0_f64.powi(-520));
        pairs.push(Pair { x: pair.x * far, y: pair.y * near });
    }
    let missing = PAIRS - pairs.len();
    pairs.extend_from_slice(&ordinary[1024..1024 + missing]);
    pairs
}

fn compare(pairs: &[Pair], got: &[Results]) -> SelfTest {
    let steps = generator_after(PAIRS as u32 * STEPS_PER_PAIR);
    let mut outcome = SelfTest {
        mixed: true,
        exact: !got.is_empty(),
        exact_root: !got.is_empty(),
        exact_quotient: true,
        fuses: false,
        long_loops: got.first().is_some_and(|first| first.steps == steps),
    };
    for (Pair { x, y }, got) in pairs.iter().zip(got) {
        outcome.exact &= same(got.sum, x + y) && same(got.product, x * y);
        outcome.exact &= same(got.quotient, x / y);
        // What fits a fixed-point number.
        if x.abs() * SCALE <= 1.0 && y.abs() * SCALE <= 1.0 {
            let (a, b) = (fixed(*x), fixed(*y));
            outcome.exact &= got.fixed_product == product(a, b) && same(got.fixed, double(a));
            outcome.exact &= got.from_float == (f64::from(got.float) * UNITS) as i64;
            outcome.exact_root &= singles_fit(double(a), double(b), got);
        }
    }
    outcome
}

/// f32 within its tolerance.
fn singles_fit(a: f64, b: f64, got: &Results) -> bool {
    let near = |got: f32, expected: f64, size: f64| {
        (f64::from(got) - expected).abs() <= TOLERANCE * size || size < 1e-36
    };
    let quotient = b == 0.0 || near(got.float_quotient, a / b, (a / b).abs());
    quotient
        && near(got.float, a, a.abs())
        && near(got.float_sum, a + b, a.abs() + b.abs())
        && near(got.float_product, a * b, (a * b).abs())
        && near(got.float_root, a.abs().sqrt(), a.abs().sqrt())
}

/// All NaN are the same.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn fixed(x: f64) -> i64 {
    (x * SCALE * UNITS).round() as i64
}

fn double(a: i64) -> f64 {
    a as f64 / UNITS
}

/// As in `shaders/limbs.wesl`.
fn product(a: i64, b: i64) -> i64 {
    let (a, b) = (digits(a), digits(b));
    let weight = |sum: usize| -> i64 { (0..=sum).map(|i| a[i] * b[sum - i]).sum() };
    (weight(0) << 29) + (weight(1) << 15) + (weight(2) << 1) + ((weight(3) + 4096) >> 13)
}

/// Four digits of 14 bits, the first first.
fn digits(a: i64) -> [i64; 4] {
    let biased = a + (1 << 13) + (1 << 27) + (1 << 41);
    let digit = |shift: u32| ((biased >> shift) & 0x3fff) - (1 << 13);
    [biased >> 42, digit(28), digit(14), digit(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(pairs: &[Pair]) -> Vec<Results> {
        let result = |&Pair { x, y }: &Pair| {
            let fitting = |x: f64| if x.abs() * SCALE <= 1.0 { fixed(x) } else { 0 };
            let (a, b) = (fitting(x), fitting(y));
            let float = double(a) as f32;
            let other = double(b) as f32;
            Results {
                sum: x + y,
                product: x * y,
                quotient: x / y,
                fixed_product: product(a, b),
                fixed: double(a),
                from_float: (f64::from(float) * UNITS) as i64,
                float,
                float_sum: float + other,
                float_product: float * other,
                float_quotient: float / other,
                float_root: float.abs().sqrt(),
                steps: generator_after(PAIRS as u32 * STEPS_PER_PAIR),
            }
        };
        pairs.iter().map(result).collect()
    }

    /// Every defect is seen.
    #[test]
    fn a_faulty_device_is_told_from_a_good_one() {
        let pairs = pairs();
        assert_eq!(pairs.len(), PAIRS);
        let good = good(&pairs);
        let outcome = compare(&pairs, &good);
        assert!(outcome.passed(), "{outcome}");
        let spoilt = |spoil: fn(&mut Results)| {
            let mut bad = good.clone();
            // An ordinary pair.
            spoil(&mut bad[PAIRS - 1]);
            spoil(&mut bad[0]);
            compare(&pairs, &bad)
        };
        assert!(!spoilt(|r| r.sum = f64::from_bits(r.sum.to_bits() + 1)).passed());
        assert!(!spoilt(|r| r.product = f64::from_bits(r.product.to_bits() + 1)).passed());
        assert!(!spoilt(|r| r.quotient = 0.5).passed());
        assert!(!spoilt(|r| r.fixed_product += 1).passed());
        assert!(!spoilt(|r| r.fixed += 1e-15).passed());
        assert!(!spoilt(|r| r.from_float += 1).passed());
        assert!(!spoilt(|r| r.float_root += 1e-3).passed());
        assert!(!spoilt(|r| r.float_sum += 1e-3).passed());
        assert!(!spoilt(|r| r.steps = 65_535).passed());
        assert!(!compare(&pairs, &[]).passed());
        assert!(spoilt(|r| r.fixed_product += 1).to_string().starts_with("failed"));
    }

    /// Ten of sixteen products of digits are a product within two units.
    #[test]
    fn digits_make_products() {
        for Pair { x, y } in ordinary_pairs() {
            let (a, b) = (fixed(x), fixed(y));
            let all = digits(a).iter().fold(0, |sum, digit| (sum << 14) + digit);
            assert_eq!(all, a);
            let exact = (i128::from(a) * i128::from(b)) >> 55;
            let off = (i128::from(product(a, b)) - exact).abs();
            assert!(off <= 2, "{a} {b}: off by {off}");
        }
    }
}
