//! Sine and cosine integrals, Si(x) = int_0^x sin(t)/t dt and Ci(x) = gamma + ln x + int_0^x
//! (cos(t) - 1)/t dt, for the closed forms of two impurities.
use num_complex::Complex64;

const EULER: f64 = 0.577_215_664_901_532_9;

/// Beyond this the continued fraction of E_1 is faster and exact to rounding; below, the series.
const SERIES_END: f64 = 4.0;

/// (Si(x), Ci(|x|)); Si is odd. Ci diverges like ln|x| at 0.
pub(super) fn sine_cosine_integrals(x: f64) -> (f64, f64) {
    let t = x.abs();
    let (sine, cosine) = if t < SERIES_END { series(t) } else { asymptotic(t) };
    (sine.copysign(x), cosine)
}

fn series(t: f64) -> (f64, f64) {
    let (mut sine, mut cosine, mut power) = (0.0, EULER + t.ln(), 1.0);
    for k in 1..60 {
        // power = t^k / k!, signs + - - + as of the powers of i
        power *= t / f64::from(k);
        let term = power / f64::from(k);
        match k % 4 {
            1 => sine += term,
            2 => cosine -= term,
            3 => sine -= term,
            _ => cosine += term,
        }
    }
    (sine, cosine)
}

/// E_1(i t) = -Ci(t) + i (Si(t) - pi/2) = exp(-i t) / (1 + i t - 1/(3 + i t - 4/(5 + i t - ...))).
fn asymptotic(t: f64) -> (f64, f64) {
    let start = Complex64::new(1.0, t);
    let mut denominator = Complex64::default();
    for k in (1..200).rev() {
        let k = f64::from(k);
        denominator = k * k / (start + 2.0 * k - denominator);
    }
    let e1 = Complex64::new(t.cos(), -t.sin()) / (start - denominator);
    (0.5 * std::f64::consts::PI + e1.im, -e1.re)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Handbook values (Abramowitz and Stegun, Table 5.1 and 5.3).
    #[test]
    fn values_of_the_handbook() {
        for (x, sine, cosine) in [
            (1.0, 0.946_083_070_367_183, 0.337_403_922_900_968),
            (10.0, 1.658_347_594_218_874, -0.045_456_433_004_455),
        ] {
            let (found_sine, found_cosine) = sine_cosine_integrals(x);
            assert!((found_sine - sine).abs() < 1e-14, "Si({x}) = {found_sine}");
            assert!((found_cosine - cosine).abs() < 1e-14, "Ci({x}) = {found_cosine}");
        }
    }

    /// Both ways agree where they meet, and beyond.
    #[test]
    fn series_and_continued_fraction_agree() {
        for t in [3.0, 4.0, 6.0, 9.0] {
            let (a, b) = (series(t), asymptotic(t));
            assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12, "{t}: {a:?} {b:?}");
        }
        assert_eq!(sine_cosine_integrals(-5.0).0, -sine_cosine_integrals(5.0).0);
    }
}
