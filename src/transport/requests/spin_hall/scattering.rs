//! Partial waves and T-matrices of a document.
use num_complex::Complex64;

use super::super::place::{accept, list};
use super::PLACES;
use crate::engine::{Range, Reader, Section};
use crate::transport::spin_hall::{Amplitudes, PartialWaves, Scattering};

/// Legendre coefficients of each function of a T-matrix.
const MAX_COEFFICIENTS: usize = 64;
const MAX_CHANNELS: usize = 41;

pub(super) fn partial_waves(
    reader: &Reader<'_>,
    section: &Section<'_, '_>,
) -> Option<PartialWaves> {
    if !section.has("channels") {
        section.missing("channels", "a list of tables: l, twice_j, phase_shift_rad");
    }
    let channels = section.tables("channels", MAX_CHANNELS, |channel| {
        let l = channel.required("l", Range::whole(0, 20)) as u32;
        let twice_j = channel.required("twice_j", Range::whole(1, 41)) as u32;
        (l, twice_j, amplitude(channel))
    });
    if !reader.clean() {
        return None;
    }
    accept(reader, PartialWaves::from_amplitudes(&channels), "scattering.channels", PLACES)
}

/// a = exp(i eta) sin(eta), or as given.
fn amplitude(channel: &Section<'_, '_>) -> Complex64 {
    if channel.has("amplitude_real") || channel.has("amplitude_imaginary") {
        let part = |field| channel.number_or(field, 0.0, Range::FINITE);
        return Complex64::new(part("amplitude_real"), part("amplitude_imaginary"));
    }
    let eta = channel.required("phase_shift_rad", Range::between(-1e6, 1e6));
    Complex64::from_polar(eta.sin(), eta)
}

/// pi NF times A, B, A', B' as Legendre series in cos(angle).
pub(super) fn t_matrix(reader: &Reader<'_>, section: &Section<'_, '_>) -> Option<Scattering> {
    let list = |field| list(section, field, Range::FINITE, MAX_COEFFICIENTS);
    let optional = |field| section.numbers_or(field, &[0.0], Range::FINITE, MAX_COEFFICIENTS);
    let a = [list("a_real"), list("a_imaginary")];
    let b = [optional("b_real"), optional("b_imaginary")];
    let a_prime = [optional("a_prime_real"), optional("a_prime_imaginary")];
    let b_prime = [optional("b_prime_real"), optional("b_prime_imaginary")];
    if !reader.clean() {
        return None;
    }
    let at = |series: &[Vec<f64>; 2], x: f64| {
        Complex64::new(legendre_sum(&series[0], x), legendre_sum(&series[1], x))
    };
    let amplitudes = |x: f64| Amplitudes {
        a: at(&a, x),
        b: at(&b, x),
        a_prime: at(&a_prime, x),
        b_prime: at(&b_prime, x),
    };
    accept(reader, Scattering::from_function(amplitudes, 1e-12), "scattering", &[])
}

/// sum_l c_l P_l(x) by Clenshaw's recurrence.
fn legendre_sum(coefficients: &[f64], x: f64) -> f64 {
    let (mut above, mut here) = (0.0, 0.0);
    for (l, coefficient) in coefficients.iter().enumerate().skip(1).rev() {
        let l = l as f64;
        let next =
            coefficient + (2.0 * l + 1.0) / (l + 1.0) * x * here - (l + 1.0) / (l + 2.0) * above;
        (above, here) = (here, next);
    }
    coefficients.first().copied().unwrap_or(0.0) + x * here - 0.5 * above
}
