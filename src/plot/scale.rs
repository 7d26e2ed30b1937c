//! From values to px: linear and logarithmic, and which range an axis shows.
use super::figure::{Axis, Scale};

/// Beyond this nothing is drawn apart: sums and differences of limits stay finite.
const HUGE: f64 = 1e300;
/// A range below this is one point: its ticks would be subnormal.
const TINY: f64 = 1e-290;
/// How far outside the panel px may be.
const FAR: f64 = 1e5;

/// An axis with its place on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mapping {
    pub scale: Scale,
    /// Shown range, in the values of the axis.
    pub low: f64,
    pub high: f64,
    /// Where `low` and `high` are, px.
    pub from: f64,
    pub to: f64,
}

impl Mapping {
    /// Share of the range, not cut off; None where there is nothing to draw.
    pub fn share(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        match self.scale {
            Scale::Linear => Some((value.clamp(-HUGE, HUGE) - self.low) / (self.high - self.low)),
            Scale::Log if value <= 0.0 => None,
            Scale::Log => {
                let (low, high) = (self.low.log10(), self.high.log10());
                Some((value.log10() - low) / (high - low))
            }
        }
    }

    /// Place in px.
    pub fn at(&self, value: f64) -> Option<f64> {
        let place = self.from + self.share(value)? * (self.to - self.from);
        Some(place.clamp(-FAR, FAR))
    }

    /// Whether the value is on the axis, up to rounding.
    pub fn shows(&self, value: f64) -> bool {
        self.share(value).is_some_and(|share| (-1e-9..=1.0 + 1e-9).contains(&share))
    }
}

/// The range an axis shows: its own, or that of the data with a margin of `margin` times the range.
pub(super) fn range(axis: &Axis, values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    if let Some([low, high]) = axis.limits {
        return widen(axis.scale, low, high, 0.0);
    }
    let usable =
        values.filter(|value| value.is_finite() && (axis.scale == Scale::Linear || 0.0 < *value));
    let (low, high) =
        usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if high < low {
        return match axis.scale {
            Scale::Linear => (0.0, 1.0),
            Scale::Log => (1.0, 10.0),
        };
    }
    widen(axis.scale, low, high, margin)
}

fn widen(scale: Scale, low: f64, high: f64, margin: f64) -> (f64, f64) {
    match scale {
        Scale::Linear => {
            let (low, high) = (low.clamp(-HUGE, HUGE), high.clamp(-HUGE, HUGE));
            let size = low.abs().max(high.abs());
            if high - low <= (1e-12 * size).max(TINY) {
                let pad = if size < TINY { 1.0 } else { 0.5 * size };
                return (low - pad, high + pad);
            }
            (low - margin * (high - low), high + margin * (high - low))
        }
        Scale::Log => {
            let (low, high) = (low.clamp(1.0 / HUGE, HUGE), high.clamp(1.0 / HUGE, HUGE));
            if high / low < 1.0 + 1e-9 {
                return (low / 3.0, high * 3.0);
            }
            let factor = (high.log10() - low.log10()) * margin;
            let (low, high) = (low.log10() - factor, high.log10() + factor);
            let decades = HUGE.log10();
            (10_f64.powf(low.max(-decades)), 10_f64.powf(high.min(decades)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(axis: &Axis, values: &[f64]) -> (f64, f64) {
        range(axis, values.iter().copied(), 0.1)
    }

    #[test]
    fn ranges_of_data() {
        let (linear, log) = (Axis::linear("", ""), Axis::log("", ""));
        assert_eq!(shown(&linear, &[1.0, f64::NAN, 3.0, f64::INFINITY]), (0.8, 3.2));
        assert_eq!(shown(&linear, &[]), (0.0, 1.0));
        assert_eq!(shown(&linear, &[0.0]), (-1.0, 1.0));
        assert_eq!(shown(&linear, &[-4.0, -4.0]), (-6.0, -2.0));
        assert_eq!(shown(&log, &[-1.0, 0.0]), (1.0, 10.0));
        let (low, high) = shown(&log, &[1e-5, 0.0, 1e5]);
        assert!((low / 1e-6 - 1.0).abs() < 1e-9 && (high / 1e6 - 1.0).abs() < 1e-9);
        let (low, high) = shown(&log, &[f64::MIN_POSITIVE, f64::MAX]);
        assert!(0.0 < low && high < f64::INFINITY, "{low} {high}");
        assert_eq!(shown(&linear.limits(2.0, 7.0), &[100.0]), (2.0, 7.0));
    }

    #[test]
    fn values_that_cannot_be_placed_are_gaps() {
        let mapping = Mapping { scale: Scale::Log, low: 1.0, high: 100.0, from: 200.0, to: 0.0 };
        assert_eq!(mapping.at(10.0), Some(100.0));
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(mapping.at(value), None);
        }
        assert!(mapping.shows(1.0) && mapping.shows(100.0) && !mapping.shows(101.0));
    }
}
