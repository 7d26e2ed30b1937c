//! Where ticks are, and what stands beside them.
use super::figure::Scale;
use super::scale::Mapping;

/// Ticks of one axis; labels are markup.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Ticks {
    pub major: Vec<(f64, String)>,
    pub minor: Vec<f64>,
    /// Labels are to be multiplied by ten to this power.
    pub exponent: i32,
}

/// About `wanted` major ticks on the range of `mapping`.
pub(super) fn ticks(mapping: &Mapping, wanted: usize) -> Ticks {
    let (low, high) = (mapping.low, mapping.high);
    match mapping.scale {
        Scale::Linear => linear(low, high, wanted),
        Scale::Log => logarithmic(low, high, wanted),
    }
}

/// The step 1, 2 or 5 times a power of ten that gives at most `wanted` intervals, and how many
/// minor intervals it has.
fn step(range: f64, wanted: usize) -> (f64, usize) {
    let rough = range / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    // A ratio just above 1 by rounding is 1.
    for (factor, minor) in [(1.0, 5), (2.0, 4), (5.0, 5)] {
        if rough <= factor * power * (1.0 + 1e-9) {
            return (factor * power, minor);
        }
    }
    (10.0 * power, 5)
}

fn linear(low: f64, high: f64, wanted: usize) -> Ticks {
    let (step, parts) = step(high - low, wanted);
    let largest = low.abs().max(high.abs());
    let order = largest.log10().floor() as i32;
    let exponent = if (-2..=4).contains(&order) { 0 } else { order };
    // 1e-300 * 10^300 in one power would overflow.
    let scaled =
        |value: f64| value / 10_f64.powi(exponent / 2) / 10_f64.powi(exponent - exponent / 2);
    let decimals = (-(scaled(step) * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 15.0) as usize;
    let multiples = |step: f64| {
        // Rounding must not lose a tick at the very end.
        let first = (low / step - 1e-6).ceil();
        let count = ((high - low) / step).ceil().clamp(0.0, 1000.0) as usize + 1;
        (0..=count)
            .map(move |i| (first + i as f64) * step)
            .filter(move |value| *value <= high + 1e-6 * step)
    };
    let major = multiples(step).map(|value| (value, plain(scaled(value), decimals))).collect();
    let minor = multiples(step / parts as f64)
        .filter(|value| 0.01 < (value / step - (value / step).round()).abs())
        .collect();
    Ticks { major, minor, exponent }
}

/// With a true minus sign, and no sign of a rounded zero.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "\u{2212}") }
}

fn logarithmic(low: f64, high: f64, wanted: usize) -> Ticks {
    let (first, last) = ((low.log10() - 1e-9).ceil() as i32, (high.log10() + 1e-9).floor() as i32);
    let inside = |value: &f64| low * (1.0 - 1e-9) <= *value && *value <= high * (1.0 + 1e-9);
    if last <= first {
        return within_a_decade(low, high, wanted, inside);
    }
    let every = ((last - first) as usize).div_ceil(wanted.max(1)).max(1) as i32;
    let short = -3 <= first && last <= 3;
    let major = (first..=last)
        .filter(|power| power.rem_euclid(every) == 0)
        .map(|power| (10_f64.powi(power), decade(power, short)))
        .collect();
    let minor = if every == 1 {
        multiples(first - 1, last, 2..=9).filter(inside).collect()
    } else {
        (first..=last)
            .filter(|power| power.rem_euclid(every) != 0)
            .map(|power| 10_f64.powi(power))
            .collect()
    };
    Ticks { major, minor, exponent: 0 }
}

/// Less than two powers of ten are shown: 1, 2, 5 of each, or evenly spaced ticks.
fn within_a_decade(low: f64, high: f64, wanted: usize, inside: impl Fn(&f64) -> bool) -> Ticks {
    if high / low < 3.0 {
        return linear(low, high, wanted.min(4));
    }
    let from = low.log10().floor() as i32;
    let to = high.log10().floor() as i32;
    let major = (from..=to)
        .flat_map(|power| [1, 2, 5].map(|factor| (factor, power)))
        .map(|(factor, power)| (f64::from(factor) * 10_f64.powi(power), factor, power))
        .filter(|(value, _, _)| inside(value))
        .map(|(value, factor, power)| (value, multiple(factor, power)))
        .collect();
    let minor = multiples(from, to, 3..=9).filter(|value| inside(value)).collect();
    Ticks { major, minor, exponent: 0 }
}

fn multiples(
    from: i32,
    to: i32,
    factors: std::ops::RangeInclusive<i32>,
) -> impl Iterator<Item = f64> {
    (from..=to).flat_map(move |power| {
        factors.clone().map(move |factor| f64::from(factor) * 10_f64.powi(power))
    })
}

fn decade(power: i32, short: bool) -> String {
    if short { multiple(1, power) } else { format!("10^{{{}}}", sign(power)) }
}

fn multiple(factor: i32, power: i32) -> String {
    match power {
        -3..=-1 => format!("{:.*}", (-power) as usize, f64::from(factor) * 10_f64.powi(power)),
        0..=3 => format!("{}", factor * 10_i32.pow(power as u32)),
        _ if factor == 1 => format!("10^{{{}}}", sign(power)),
        _ => format!("{factor}\u{b7}10^{{{}}}", sign(power)),
    }
}

/// A number with a true minus sign.
pub(super) fn sign(power: i32) -> String {
    power.to_string().replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scale: Scale, low: f64, high: f64, wanted: usize, expected: &str, exponent: i32) {
        let mapping = Mapping { scale, low, high, from: 0.0, to: 1.0 };
        let found = ticks(&mapping, wanted);
        let labels: Vec<&str> = found.major.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels.join(" "), expected, "{low} to {high}");
        assert_eq!(found.exponent, exponent);
        assert!(found.major.iter().all(|(value, _)| mapping.shows(*value)));
        assert!(found.minor.iter().all(|value| mapping.shows(*value)));
    }

    #[test]
    fn linear_ticks() {
        check(Scale::Linear, 0.0, 1.0, 5, "0.0 0.2 0.4 0.6 0.8 1.0", 0);
        check(
            Scale::Linear,
            -0.3,
            0.3,
            6,
            "\u{2212}0.3 \u{2212}0.2 \u{2212}0.1 0.0 0.1 0.2 0.3",
            0,
        );
        check(Scale::Linear, 0.0, 20.0, 4, "0 5 10 15 20", 0);
        check(Scale::Linear, 7.0e-3, 8.0e-3, 4, "7.0 7.5 8.0", -3);
        check(
            Scale::Linear,
            -2.0e6,
            0.0,
            4,
            "\u{2212}2.0 \u{2212}1.5 \u{2212}1.0 \u{2212}0.5 0.0",
            6,
        );
        check(Scale::Linear, -1e300, 1e300, 4, "\u{2212}1.0 \u{2212}0.5 0.0 0.5 1.0", 300);
        check(Scale::Linear, 0.0, 1e-289, 4, "0.0 0.5 1.0", -289);
    }

    #[test]
    fn logarithmic_ticks() {
        check(Scale::Log, 0.01, 100.0, 6, "0.01 0.1 1 10 100", 0);
        check(
            Scale::Log,
            1e-5,
            10.0,
            6,
            "10^{\u{2212}5} 10^{\u{2212}4} 10^{\u{2212}3} 10^{\u{2212}2} 10^{\u{2212}1} 10^{0} 10^{1}",
            0,
        );
        check(
            Scale::Log,
            1e-300,
            1e300,
            4,
            "10^{\u{2212}300} 10^{\u{2212}150} 10^{0} 10^{150} 10^{300}",
            0,
        );
        check(Scale::Log, 0.8, 6.0, 5, "1 2 5", 0);
        check(Scale::Log, 1.0, 2.0, 5, "1.0 1.5 2.0", 0);
    }

    /// Minor ticks fall between major ones, and split their distance evenly.
    #[test]
    fn minor_ticks_divide_major_ones() {
        let found = linear(0.0, 1.0, 2);
        assert_eq!(found.major.len(), 3);
        assert_eq!(found.minor.len(), 8, "{:?}", found.minor);
        let found = logarithmic(1.0, 100.0, 5);
        assert_eq!(found.minor.len(), 16);
    }
}
