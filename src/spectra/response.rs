//! Static susceptibility and retarded function, straight from peaks or from a spectrum.
//!
//! For the correlator of an operator with its adjoint, detailed balance makes the commutator's
//! spectrum A(w) (1 - exp(-w/T)), and chi = int A(w) 2 tanh(w/2T)/w dw; the paper's T_S is 1/(4 chi)
//! (34). Peaks at w = 0 count 1/T, not more.
use num_complex::Complex64;
use rayon::prelude::*;

use super::grid::{ascending, finite_weights};
use super::weight::Weight;
use super::{SpectraError, finite_slice, same_length};
use crate::invalid::Invalid;

/// chi = sum of weight 2 tanh(w/2T)/w over the peaks, 1/T at w = 0; 2/|w| at T = 0. In weight per
/// unit of energy.
///
/// # Errors
/// Lengths that differ, values that are not finite, a negative temperature, a peak at 0 at T = 0.
pub fn static_susceptibility<W: Weight>(
    positions: &[f64],
    weights: &[W],
    temperature: f64,
) -> Result<W, SpectraError> {
    same_length("weights", weights.len(), positions.len())?;
    finite_slice("positions", positions)?;
    finite_weights("weights", weights)?;
    check_temperature(temperature)?;
    let zero = positions
        .iter()
        .zip(weights)
        .position(|(x, w)| *x == 0.0 && (w.part(0) != 0.0 || w.part(1) != 0.0));
    if let (Some(i), true) = (zero, temperature == 0.0) {
        let expected = "not 0 at temperature 0, where its susceptibility is infinite";
        return Err(Invalid::new(format!("positions[{i}]"), 0.0, expected).into());
    }
    let zero = W::from_parts(0.0, 0.0);
    let block = |(x, w): (&[f64], &[W])| {
        let terms = x.iter().zip(w).map(|(x, w)| match *x == 0.0 && temperature == 0.0 {
            true => zero,
            false => w.scaled(factor(*x, temperature)),
        });
        terms.fold(zero, W::plus)
    };
    let blocks: Vec<W> =
        positions.par_chunks(4096).zip(weights.par_chunks(4096)).map(block).collect();
    Ok(blocks.into_iter().fold(zero, W::plus))
}

/// 2 tanh(w/2T)/w.
fn factor(w: f64, temperature: f64) -> f64 {
    let u = w.abs() / temperature;
    if u < 1e-5 {
        // tanh(u/2) = u/2 - u^3/24
        return (1.0 - u * u / 12.0) / temperature;
    }
    2.0 * (0.5 * u).tanh() / w.abs()
}

fn check_temperature(temperature: f64) -> Result<(), Invalid> {
    if 0.0 <= temperature && temperature.is_finite() {
        return Ok(());
    }
    Err(Invalid::new("temperature", temperature, "a number from 0 on"))
}

/// The same from a spectrum: the integral of A(w) 2 tanh(w/2T)/w, A linear between the points of the
/// grid, Gauss rules in between. At T = 0 A has to vanish at w = 0.
///
/// # Errors
/// As [`static_susceptibility`], and a grid that does not ascend.
pub fn static_susceptibility_from_spectrum<W: Weight>(
    frequencies: &[f64],
    values: &[W],
    temperature: f64,
) -> Result<W, SpectraError> {
    ascending("frequencies", frequencies)?;
    same_length("values", values.len(), frequencies.len())?;
    finite_weights("values", values)?;
    check_temperature(temperature)?;
    let mut sum = W::from_parts(0.0, 0.0);
    for i in 1..frequencies.len() {
        let (a, b) = (frequencies[i - 1], frequencies[i]);
        if temperature == 0.0 && a * b <= 0.0 {
            let touching = if a == 0.0 { values[i - 1] } else { values[i] };
            let crosses = a * b < 0.0;
            if crosses || touching.part(0) != 0.0 || touching.part(1) != 0.0 {
                let slope_only = values[i].plus(values[i - 1].scaled(-1.0));
                if crosses && is_zero(values[i]) && is_zero(values[i - 1]) && is_zero(slope_only) {
                    continue;
                }
                let expected = "0 around frequency 0 at temperature 0";
                let value = format!("{:?}", values[i]);
                return Err(Invalid::new(format!("values[{i}]"), value, expected).into());
            }
        }
        sum = sum.plus(segment([a, b], [values[i - 1], values[i]], temperature));
    }
    Ok(sum)
}

fn is_zero<W: Weight>(value: W) -> bool {
    value.part(0) == 0.0 && value.part(1) == 0.0
}

/// The integral over one segment, cut in parts so short that the factor is smooth on each.
fn segment<W: Weight>([a, b]: [f64; 2], values: [W; 2], temperature: f64) -> W {
    let mut sum = W::from_parts(0.0, 0.0);
    let mut low = a;
    while low < b {
        // Poles of tanh(w/2T) lie at i pi T: parts of length T or, far from 0, of |w|/2.
        let reach = low.abs().max(temperature);
        let reach =
            if low < 0.0 && 0.0 < b && low + 0.5 * reach > 0.0 { -low } else { 0.5 * reach };
        let high = if b - low <= 1.2 * reach { b } else { low + reach };
        for [node, weight] in super::kramers_kronig::GAUSS {
            for node in [-node, node] {
                let w = 0.5 * (low + high) + 0.5 * (high - low) * node;
                let share = (w - a) / (b - a);
                let value = values[0].scaled(1.0 - share).plus(values[1].scaled(share));
                sum = sum.plus(value.scaled(0.5 * (high - low) * weight * factor(w, temperature)));
            }
        }
        low = high;
    }
    sum
}

/// G(w + i eta) = sum of weight/(w + i eta - position) at each frequency (A55).
///
/// # Errors
/// Lengths that differ, values that are not finite, `eta` not positive.
pub fn retarded<W: Weight>(
    positions: &[f64],
    weights: &[W],
    frequencies: &[f64],
    eta: f64,
) -> Result<Vec<Complex64>, SpectraError> {
    same_length("weights", weights.len(), positions.len())?;
    finite_slice("positions", positions)?;
    finite_weights("weights", weights)?;
    finite_slice("frequencies", frequencies)?;
    if !(0.0 < eta && eta.is_finite()) {
        return Err(Invalid::new("eta", eta, "a number above 0").into());
    }
    let one = |w: &f64| {
        let terms = positions.iter().zip(weights);
        let term = |(x, weight): (&f64, &W)| {
            Complex64::new(weight.part(0), weight.part(1)) / Complex64::new(w - x, eta)
        };
        terms.map(term).sum()
    };
    Ok(frequencies.par_iter().map(one).collect())
}
