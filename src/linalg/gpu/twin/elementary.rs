//! Twin of `shaders/elementary.wesl`.
const LOG2_E: f64 = std::f64::consts::LOG2_E;
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
const LEAST: f64 = -708.0;

/// exp(x) for x <= 700; 0 below -708.
pub fn exponential(x: f64) -> f64 {
    if x < LEAST {
        return 0.0;
    }
    let whole = (x * LOG2_E + 0.5).floor();
    let r = (x - whole * LN2_HIGH) - whole * LN2_LOW;
    let factorials: [f64; 14] = [
        6_227_020_800.0,
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
        1.0,
    ];
    let sum = factorials.iter().fold(0.0, |sum, factorial| sum * r + 1.0 / factorial);
    // 2^whole; whole lies in -1021..=1010.
    sum * f64::from_bits(((whole as i64 + 1023) as u64) << 52)
}

/// ln x = exponent ln 2 + mantissa.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logarithm {
    pub exponent: f64,
    pub mantissa: f64,
}

/// Of a positive normal number.
pub fn logarithm(x: f64) -> Logarithm {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1022;
    let mut m = f64::from_bits(((bits << 12) >> 12) | (1022 << 52));
    if m < std::f64::consts::FRAC_1_SQRT_2 {
        m *= 2.0;
        exponent -= 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let sum = (0..=11).rev().fold(0.0, |sum, k| sum * z + 1.0 / f64::from(2 * k + 1));
    Logarithm { exponent: f64::from(exponent), mantissa: 2.0 * s * sum }
}

/// ln(x/y) of two numbers given by their logarithms.
pub fn logarithm_of_ratio(x: Logarithm, y: Logarithm) -> f64 {
    let exponent = x.exponent - y.exponent;
    exponent * LN2_HIGH + (exponent * LN2_LOW + (x.mantissa - y.mantissa))
}
