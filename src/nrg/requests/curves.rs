//! From discrete spectra of every z to arrays: broadening, average over z, retarded functions, sums,
//! susceptibilities, peaks.
use num_complex::Complex64;

use super::write::{Dimensions, Output};
use super::{Failure, Means};
use crate::engine::{Range, Reader};
use crate::nrg::Discrete;
use crate::spectra::{
    Interpolation, Tail, kramers_kronig, logarithmic_grid, plain_average, rescale_factors,
    static_susceptibility_from_spectrum, sum_rule,
};
use crate::stop::Stop;

/// `[spectra]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub broadening: f64,
    /// Whether frequencies are scaled with `<T_S>/T_S(z)` before the average (Figs. 5, 7).
    pub rescaled: bool,
    pub retarded: bool,
    pub per_z: bool,
    low: Option<f64>,
    high: f64,
    per_decade: u32,
}

/// A spectrum as a sum over components, real or complex.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    pub name: &'static str,
    pub long_name: &'static str,
    /// Component and coefficient.
    pub terms: Vec<(usize, [f64; 2])>,
    pub fermionic: bool,
}

/// Components of all z at one temperature.
pub(super) type AllZ<'a> = Vec<&'a [Discrete]>;

/// A peak not much wider than a single pole would be.
const NARROW: f64 = 1.5;
const MOST_FREQUENCIES: f64 = 40_000.0;

pub(super) fn read(reader: &Reader<'_>, lowest: f64) -> Option<Settings> {
    let section = reader.section("spectra");
    let broadening = section.number_or("broadening", 0.3, Range::between(0.01, 2.0));
    let rescaled = section.choice("average", &[("plain", false), ("rescaled", true)]);
    let retarded = section.flag_or("retarded", false);
    let per_z = section.flag_or("per_z", false);
    let low = section.number("low", Range::between(1e-100, 1e6));
    let high = section.number_or("high", 20.0, Range::between(1e-99, 1e7));
    let per_decade = section.count_or("per_decade", 40, 5, 1000);
    let from = low.unwrap_or(0.1 * lowest);
    if high <= from {
        section.refuse("high", high, format!("a number above the lowest frequency, {from:e}"));
    }
    let count = 2.0 * f64::from(per_decade) * (high / from).log10();
    if MOST_FREQUENCIES < count {
        let expected = format!("at most {MOST_FREQUENCIES} frequencies; {count:.0} here");
        section.refuse("per_decade", per_decade, expected);
    }
    Some(Settings { broadening, rescaled: rescaled?, retarded, per_z, low, high, per_decade })
}

impl Settings {
    /// Ascending, both signs; units of D.
    pub fn frequencies(&self, lowest: f64) -> Result<Vec<f64>, Failure> {
        let low = self.low.unwrap_or(0.1 * lowest);
        Ok(logarithmic_grid(low, self.high, self.per_decade)?)
    }

    /// Of one core, to broaden all curves of so many discrete spectra.
    pub fn seconds(&self, lowest: f64, spectra: usize) -> f64 {
        const SECONDS_PER_FREQUENCY: f64 = 1.4e-4;
        SECONDS_PER_FREQUENCY * self.count(lowest) as f64 * spectra as f64
    }

    pub fn count(&self, lowest: f64) -> usize {
        let decades = (self.high / self.low.unwrap_or(0.1 * lowest)).log10();
        2 * (decades * f64::from(self.per_decade)).ceil().max(1.0) as usize + 2
    }
}

impl Curve {
    pub fn real(
        name: &'static str,
        long_name: &'static str,
        terms: &[(usize, f64)],
        fermionic: bool,
    ) -> Self {
        let terms = terms.iter().map(|&(index, factor)| (index, [factor, 0.0])).collect();
        Self { name, long_name, terms, fermionic }
    }

    fn is_complex(&self) -> bool {
        self.terms.iter().any(|(_, factor)| factor[1] != 0.0)
    }

    fn combine(&self, of: impl Fn(usize) -> f64) -> Complex64 {
        let terms = self.terms.iter();
        terms.map(|&(index, [re, im])| Complex64::new(re, im) * of(index)).sum()
    }

    fn broaden(
        &self,
        components: &[Discrete],
        frequencies: &[f64],
        sigma: f64,
        stop: &dyn Stop,
    ) -> Result<Vec<Complex64>, Failure> {
        let mut sum = vec![Complex64::default(); frequencies.len()];
        for &(index, [re, im]) in &self.terms {
            let values = components[index].broaden(frequencies, sigma, stop)?.values;
            for (total, value) in sum.iter_mut().zip(values) {
                *total += Complex64::new(re, im) * value;
            }
        }
        Ok(sum)
    }
}

/// Everything that is said of one curve at one temperature.
struct Found {
    mean: Vec<Complex64>,
    spread: Vec<f64>,
    per_z: Vec<Vec<Complex64>>,
    /// Of each z.
    sums: Vec<Complex64>,
    exact: Vec<Complex64>,
    chi: Vec<f64>,
    chi_spectrum: Vec<f64>,
    rescaled: bool,
    peak: Peak,
}

/// Whether sums and susceptibilities of the peaks are written, or known from a static run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sums {
    Write,
    Known,
}

/// What is made of discrete spectra.
pub(super) struct Task<'a> {
    pub settings: &'a Settings,
    pub curves: &'a [Curve],
    /// Name of the temperatures' dimension.
    pub axis: &'static str,
    pub temperatures: &'a [f64],
    /// Of each temperature.
    pub data: &'a [AllZ<'a>],
    pub sums: Sums,
}

/// Writes all curves: arrays over temperature and frequency.
pub(super) fn write(out: &mut Output, task: &Task<'_>, means: Means<'_>) -> Result<(), Failure> {
    let Task { settings, axis, temperatures, .. } = *task;
    let lowest = temperatures.iter().copied().fold(f64::INFINITY, f64::min);
    let frequencies = settings.frequencies(lowest)?;
    out.coordinate(axis, "D", "temperature of the spectra", temperatures);
    out.coordinate("frequency", "D", "frequency", &frequencies);
    for curve in task.curves {
        let at = task.data.iter().zip(temperatures);
        let found: Vec<Found> = at
            .map(|(all_z, &t)| find(settings, curve, all_z, &frequencies, t, means.stop))
            .collect::<Result<_, _>>()?;
        write_spectra(out, task, curve, &frequencies, &found, means)?;
        write_sums(out, task, curve, &frequencies, &found)?;
        write_peaks(out, task, curve, &found);
        certify(out, settings, curve, &found);
    }
    Ok(())
}

fn find(
    settings: &Settings,
    curve: &Curve,
    all_z: &AllZ<'_>,
    frequencies: &[f64],
    temperature: f64,
    stop: &dyn Stop,
) -> Result<Found, Failure> {
    let of = |f: &dyn Fn(&Discrete) -> f64| -> Vec<Complex64> {
        all_z.iter().map(|components| curve.combine(|index| f(&components[index]))).collect()
    };
    let chi: Vec<f64> = of(&|d| d.susceptibility).iter().map(|x| x.re).collect();
    let sigma = settings.broadening;
    let broaden = |components: &[Discrete], at: &[f64]| curve.broaden(components, at, sigma, stop);
    let plain: Vec<Vec<Complex64>> = all_z
        .iter()
        .map(|components| broaden(components, frequencies))
        .collect::<Result<_, _>>()?;
    let mut chi_spectrum = Vec::new();
    for values in &plain {
        let re: Vec<f64> = values.iter().map(|x| x.re).collect();
        chi_spectrum.push(static_susceptibility_from_spectrum(frequencies, &re, temperature)?);
    }
    let scales: Vec<f64> = chi.iter().map(|chi| 0.25 / chi).collect();
    let factors = rescale_factors(&scales).ok().filter(|_| settings.rescaled && !curve.fermionic);
    let rescaled = factors.is_some();
    let per_z = match factors {
        None => plain,
        Some(factors) => {
            let mut spectra = Vec::new();
            for (components, factor) in all_z.iter().zip(factors) {
                let asked: Vec<f64> = frequencies.iter().map(|w| w / factor).collect();
                let values = broaden(components, &asked)?;
                spectra.push(values.into_iter().map(|value| value / factor).collect());
            }
            spectra
        }
    };
    let part = |f: fn(&Complex64) -> f64| -> Vec<Vec<f64>> {
        per_z.iter().map(|values| values.iter().map(f).collect()).collect()
    };
    let (re, im) = (plain_average(&part(|x| x.re))?, plain_average(&part(|x| x.im))?);
    let mean: Vec<Complex64> =
        re.mean.into_iter().zip(im.mean).map(|(re, im)| Complex64::new(re, im)).collect();
    let peak = Peak::of(frequencies, &mean);
    let spread = re.spread.into_iter().zip(im.spread).map(|(a, b)| a.hypot(b)).collect();
    let (sums, exact) = (of(&|d| d.sum), of(&|d| d.exact_sum));
    Ok(Found { mean, spread, per_z, sums, exact, chi, chi_spectrum, rescaled, peak })
}

fn parts(values: impl Iterator<Item = Complex64>) -> Vec<[f64; 2]> {
    values.map(|value| [value.re, value.im]).collect()
}

/// Complex curves as complex arrays, real ones as real arrays.
fn spectrum(
    out: &mut Output,
    curve: &Curve,
    (name, text): (&str, &str),
    dimensions: Dimensions<'_>,
    values: impl Iterator<Item = Complex64>,
) {
    if curve.is_complex() {
        out.complex((name, "1/D", text), dimensions, parts(values));
    } else {
        out.real((name, "1/D", text), dimensions, values.map(|value| value.re).collect());
    }
}

fn write_spectra(
    out: &mut Output,
    task: &Task<'_>,
    curve: &Curve,
    frequencies: &[f64],
    found: &[Found],
    means: Means<'_>,
) -> Result<(), Failure> {
    let Task { settings, .. } = *task;
    let leading = (task.axis, task.temperatures.len());
    let Curve { name, long_name, .. } = curve;
    let z = found.first().map_or(0, |found| found.sums.len());
    let grid = [leading, ("frequency", frequencies.len())];
    let label = format!("spectrum_{name}");
    let all = found.iter().flat_map(|found| found.mean.iter().copied());
    spectrum(out, curve, (&label, long_name), &grid, all);
    let text = format!("{long_name}: standard deviation over z");
    let spread = found.iter().flat_map(|found| found.spread.iter().copied()).collect();
    out.real((&format!("{label}_std"), "1/D", &text), &grid, spread);
    if settings.per_z {
        let dimensions = [leading, ("z", z), grid[1]];
        let text = format!("{long_name}: every z");
        let all = found.iter().flat_map(|found| found.per_z.iter().flatten().copied());
        spectrum(out, curve, (&format!("{label}_per_z"), &text), &dimensions, all);
    }
    if settings.retarded {
        let text = format!("retarded function of {long_name}");
        let mut values = Vec::new();
        for (found, &t) in found.iter().zip(task.temperatures) {
            values.extend(retarded(curve, frequencies, &found.mean, t, means.stop)?);
        }
        out.complex((&format!("retarded_{name}"), "1/D", &text), &grid, values);
    }
    Ok(())
}

/// (A54, A55): the principal value of the spectral weight minus i pi times it. Of bosons the weight
/// is that of the commutator, A(w) - A(-w), with A(-w) = exp(-w/T) A(w) (F makes A_{S-;S-} and
/// A_{S+;S+} equal) in the form (A(w) + A(-w)) tanh(w/2T): detailed balance, which the broadening
/// blurs for |w| < T, then holds exactly, and -G(0) is the static susceptibility.
fn retarded(
    curve: &Curve,
    frequencies: &[f64],
    spectrum: &[Complex64],
    temperature: f64,
    stop: &dyn Stop,
) -> Result<Vec<[f64; 2]>, Failure> {
    let commutator = |i: usize| {
        let even = spectrum[i] + spectrum[spectrum.len() - 1 - i];
        even * (0.5 * frequencies[i] / temperature).tanh()
    };
    let weight: Vec<Complex64> = if curve.fermionic {
        spectrum.to_vec()
    } else {
        (0..spectrum.len()).map(commutator).collect()
    };
    let (w, how, tail) = (frequencies, Interpolation::Cubic, Tail::InverseSquare);
    let of = |part: fn(&Complex64) -> f64| {
        let values: Vec<f64> = weight.iter().map(part).collect();
        kramers_kronig(w, &values, w, how, tail, stop)
    };
    let (re, im) = (of(|x| x.re)?, of(|x| x.im)?);
    let pi_i = Complex64::new(0.0, std::f64::consts::PI);
    let values = re.into_iter().zip(im).zip(weight);
    Ok(parts(values.map(|((re, im), weight)| Complex64::new(re, im) - pi_i * weight)))
}

fn write_sums(
    out: &mut Output,
    task: &Task<'_>,
    curve: &Curve,
    frequencies: &[f64],
    found: &[Found],
) -> Result<(), Failure> {
    let Curve { name, long_name, .. } = *curve;
    let leading = &[(task.axis, task.temperatures.len())][..];
    let z = found.first().map_or(0, |found| found.sums.len());
    let text = |what: &str| format!("{long_name}: {what}");
    let mut integrals = Vec::new();
    for found in found {
        let values: Vec<f64> = found.mean.iter().map(|x| x.re).collect();
        integrals.push(sum_rule(frequencies, &values)?);
    }
    let what = text("integral of the spectrum over the grid");
    out.real((&format!("weight_{name}"), "1", &what), leading, integrals);
    let all = |f: &dyn Fn(&Found) -> Vec<f64>| found.iter().map(f).collect::<Vec<_>>();
    if !curve.fermionic {
        let what = text("static susceptibility of the broadened spectrum");
        let chi = format!("chi_{name}_spectrum");
        out.statistics((&chi, "1/D", &what), leading, z, all(&|at| at.chi_spectrum.clone()));
    }
    if task.sums == Sums::Known {
        return Ok(());
    }
    let what = text("sum of the peaks' weights (A56)");
    let sums = |part: fn(&Complex64) -> f64| all(&|at| at.sums.iter().map(part).collect());
    out.statistics((&format!("sum_{name}"), "1", &what), leading, z, sums(|x| x.re));
    if curve.is_complex() {
        let what = text("imaginary part of the sum of the peaks' weights");
        let name = format!("sum_{name}_imaginary");
        out.statistics((&name, "1", &what), leading, z, sums(|x| x.im));
    }
    if !curve.fermionic {
        let what = text("static susceptibility of the peaks");
        let chi = format!("chi_{name}");
        out.statistics((&chi, "1/D", &what), leading, z, all(&|at| at.chi.clone()));
        let what = text("T_S = 1/(4 chi) (34)");
        let scales = all(&|at| at.chi.iter().map(|chi| 0.25 / chi).collect());
        out.statistics((&format!("t_s_{name}"), "D", &what), leading, z, scales);
    }
    Ok(())
}

fn write_peaks(out: &mut Output, task: &Task<'_>, curve: &Curve, found: &[Found]) {
    let Curve { name, long_name, .. } = *curve;
    let leading = &[(task.axis, task.temperatures.len())][..];
    let text = |what: &str| format!("{long_name}: {what}");
    let of = |f: fn(&Peak) -> f64| found.iter().map(|at| f(&at.peak)).collect::<Vec<f64>>();
    let what = text("where the spectrum is largest in magnitude, frequencies above 0");
    out.real((&format!("peak_{name}"), "D", &what), leading, of(|peak| peak.position));
    let what = text("spectrum at its peak");
    out.real((&format!("peak_height_{name}"), "1/D", &what), leading, of(|peak| peak.height));
    let what = text("full width at half maximum over the position of the peak");
    out.real((&format!("peak_width_{name}"), "1", &what), leading, of(|peak| peak.width));
}

/// The largest magnitude at positive frequencies.
struct Peak {
    position: f64,
    height: f64,
    /// Full width at half maximum over the position; NaN where the half is not reached.
    width: f64,
}

impl Peak {
    fn of(frequencies: &[f64], values: &[Complex64]) -> Self {
        let positive = frequencies.partition_point(|&w| w <= 0.0);
        let (w, a) = (&frequencies[positive..], &values[positive..]);
        let top = (0..a.len()).max_by(|&i, &j| a[i].re.abs().total_cmp(&a[j].re.abs()));
        let Some(top) = top else {
            return Self { position: f64::NAN, height: f64::NAN, width: f64::NAN };
        };
        let half = 0.5 * a[top].re.abs();
        let cross = |inside: usize, outside: usize| {
            let (y0, y1) = (a[inside].re.abs(), a[outside].re.abs());
            w[inside] + (w[outside] - w[inside]) * (y0 - half) / (y0 - y1)
        };
        let below = (0..top).rev().find(|&i| a[i].re.abs() <= half).map(|i| cross(i + 1, i));
        let above = (top + 1..a.len()).find(|&i| a[i].re.abs() <= half).map(|i| cross(i - 1, i));
        let width = match (below, above) {
            (Some(below), Some(above)) => (above - below) / w[top],
            _ => f64::NAN,
        };
        Self { position: w[top], height: a[top].re, width }
    }
}

/// Width over position of a single peak under the log-Gauss kernel: half its height at
/// |ln w/w'| = sigma sqrt(ln 2) from the maximum.
fn resolution(sigma: f64) -> f64 {
    2.0 * (sigma * std::f64::consts::LN_2.sqrt()).sinh()
}

fn certify(out: &mut Output, settings: &Settings, curve: &Curve, found: &[Found]) {
    for at in found {
        for (sum, exact) in at.sums.iter().zip(&at.exact) {
            out.measure("sum_rule_error", (sum - exact).norm());
        }
        if curve.fermionic {
            continue;
        }
        for (spectrum, chi) in at.chi_spectrum.iter().zip(&at.chi) {
            out.measure("susceptibility_deviation", (spectrum / chi - 1.0).abs());
        }
        if at.peak.width < NARROW * resolution(settings.broadening) {
            let width = at.peak.width;
            out.warn(format!(
                "the peak of {} is limited by the broadening: its width is {width:.2} of its position",
                curve.name
            ));
        }
        if settings.rescaled && !at.rescaled {
            out.warn(format!("T_S of {} changes its sign over z: plain average", curve.name));
        }
    }
}
