//! Grids of frequencies, and integrals on them.
use super::weight::Weight;
use super::{SpectraError, finite_slice, same_length};
use crate::invalid::Invalid;

/// Frequencies -high..-low, then low..high, `per_decade` on each decade of each sign, ascending; both
/// ends included.
///
/// # Errors
/// `low` and `high` positive, finite, ascending; at least one and at most 100,000 a decade.
pub fn logarithmic_grid(low: f64, high: f64, per_decade: u32) -> Result<Vec<f64>, Invalid> {
    if !(1e-290..1e290).contains(&low) {
        return Err(Invalid::new("low", low, "a number from 1e-290 to 1e290"));
    }
    if !(low < high && high < 1e290) {
        return Err(Invalid::new("high", high, "a number above `low` and below 1e290"));
    }
    if !(1..=100_000).contains(&per_decade) {
        return Err(Invalid::new("per_decade", per_decade, "a number from 1 to 100000"));
    }
    let ratio = (high / low).ln();
    let steps = (ratio / std::f64::consts::LN_10 * f64::from(per_decade)).ceil().max(1.0) as usize;
    let at = |i: usize| {
        if i == steps { high } else { low * (ratio * i as f64 / steps as f64).exp() }
    };
    let positive = (0..=steps).map(at);
    Ok(positive.clone().rev().map(|w| -w).chain(positive).collect())
}

/// Integral of a spectrum over its grid by the trapezoidal rule (A56 when the grid is fine enough).
///
/// # Errors
/// Lengths that differ, a grid that does not ascend, values that are not finite.
pub fn sum_rule<W: Weight>(frequencies: &[f64], values: &[W]) -> Result<W, SpectraError> {
    ascending("frequencies", frequencies)?;
    same_length("values", values.len(), frequencies.len())?;
    finite_weights("values", values)?;
    let mut sum = W::from_parts(0.0, 0.0);
    for i in 1..frequencies.len() {
        let step = 0.5 * (frequencies[i] - frequencies[i - 1]);
        sum = sum.plus(values[i].plus(values[i - 1]).scaled(step));
    }
    Ok(sum)
}

/// Refuses a grid that is not finite and strictly ascending.
pub(super) fn ascending(field: &str, grid: &[f64]) -> Result<(), Invalid> {
    finite_slice(field, grid)?;
    match grid.windows(2).position(|pair| pair[1] <= pair[0]) {
        Some(i) => {
            let expected = format!("more than {field}[{i}] = {}", grid[i]);
            Err(Invalid::new(format!("{field}[{}]", i + 1), grid[i + 1], expected))
        }
        None => Ok(()),
    }
}

pub(super) fn finite_weights<W: Weight>(field: &str, values: &[W]) -> Result<(), Invalid> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(i) => {
            let value = format!("{:?}", values[i]);
            Err(Invalid::new(format!("{field}[{i}]"), value, "a finite number"))
        }
        None => Ok(()),
    }
}
