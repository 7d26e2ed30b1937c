//! The T-matrix of one impurity as a function of temperature, through the Kondo crossover: what
//! transport takes from the NRG (specification, section 8).
//!
//! Normalized with the density of states rho0 = 1/2 of one spin at the edge: -pi rho0 Im T = 1 is
//! unitary scattering. With S = 1 - 2 pi i rho0 T of the channel that scatters, (arg S)/2 is the elastic
//! phase shift and 1 - |S|^2 the probability of inelastic scattering.
use std::f64::consts::PI;

use num_complex::Complex64;
use rayon::prelude::*;

use super::discrete::{Discrete, DynamicsError};
use super::one::{Correlation, spectra_of};
use super::smooth::smooth;
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::nrg::complete::forward::{Means, Tree};
use crate::nrg::one_impurity::{OneImpurityRequest, OneImpuritySpec, tree, vector_bytes};
use crate::spectra::{Interpolation, Tail, kramers_kronig, logarithmic_grid};
use crate::stop::Stop;

/// What to compute: the run of a validated request, and how to broaden.
#[derive(Debug, Clone, PartialEq)]
pub struct TMatrixRequest {
    /// Model, discretization, truncation, temperatures; spectra are averaged over its z.
    pub run: OneImpurityRequest,
    /// Width of the log-Gauss kernel; 0.3 suits four z.
    pub sigma: f64,
    /// Frequencies a decade, each sign.
    pub per_decade: u32,
}

/// Averages over z and an even and an odd chain.
#[derive(Debug, Clone, PartialEq)]
pub struct TMatrix {
    /// 1/(4 chi) of the local S^z at the lowest temperature (34): T_K where that is far below it.
    pub kondo_temperature: f64,
    /// In the order of the request's temperatures.
    pub points: Vec<TMatrixPoint>,
}

/// One temperature; energies in units of D.
#[derive(Debug, Clone, PartialEq)]
pub struct TMatrixPoint {
    pub temperature: f64,
    /// Ascending, both signs and 0.
    pub frequencies: Vec<f64>,
    /// -pi rho0 Im T(w), broadened: log-Gauss, then a Gaussian of width T.
    pub absorption: Vec<f64>,
    /// pi rho0 Re T(w), by Kramers-Kronig.
    pub dispersion: Vec<f64>,
    /// -pi rho0 int (-f'(w)) Im T(w) dw from the discrete peaks: no broadening enters.
    pub transmission: f64,
    /// Elastic phase shift at w = 0, (arg S)/2 in (-pi/2, pi/2].
    pub phase_shift: f64,
    /// 1 - |S(0)|^2; below zero as far as broadening lifts -pi rho0 Im T above its unitary bound.
    pub inelastic: f64,
    /// Largest miss of the sum rule over z and chains, units of D^2.
    pub sum_rule_error: f64,
}

impl TMatrixPoint {
    /// S(w) = 1 - 2 pi i rho0 T(w) at the `index`-th frequency.
    pub fn s_matrix(&self, index: usize) -> Complex64 {
        let t = Complex64::new(self.dispersion[index], -self.absorption[index]);
        1.0 - 2.0 * Complex64::i() * t
    }
}

impl TMatrix {
    /// The temperature at which the transmission passes 1/2, by interpolation in ln T; none where it
    /// does not.
    pub fn half_transmission(&self) -> Option<f64> {
        let mut points: Vec<_> =
            self.points.iter().map(|p| (p.temperature, p.transmission)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.windows(2).find(|pair| pair[1].1 < 0.5 && 0.5 <= pair[0].1).map(|pair| {
            let share = (pair[0].1 - 0.5) / (pair[0].1 - pair[1].1);
            pair[0].0 * (pair[1].0 / pair[0].0).powf(share)
        })
    }
}

/// omega_N <= T/20: even and odd chains then agree.
const BELOW: f64 = 0.05;

/// The grid of each temperature reaches from LOW T to HIGH D.
const LOW: f64 = 1e-2;
const HIGH: f64 = 10.0;

/// The T-matrix at every temperature of the request, from one pass down the shells for each z.
/// Each temperature has its own last shells N and N + 1, N the smallest with omega_N <= T/20, unless
/// the request fixes the number of shells.
/// Errors: `sigma` or `per_decade` out of range; the chain, the linear algebra, the broadening.
pub fn tmatrix(
    request: &TMatrixRequest,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<TMatrix, DynamicsError> {
    if !(0.01..=2.0).contains(&request.sigma) {
        return Err(Invalid::new("sigma", request.sigma, "a number from 0.01 to 2").into());
    }
    let temperatures = &request.run.temperatures;
    let mut sums: Vec<Sum> =
        temperatures.iter().map(|&t| Sum::new(t, request.per_decade)).collect::<Result<_, _>>()?;
    let lowest = temperatures.iter().copied().fold(f64::INFINITY, f64::min);
    let mut chi = Vec::new();
    for spec in request.run.specs() {
        let means = Means { device, stop, vector_bytes: vector_bytes(device) };
        let tree = tree(&spec, spec.model.start(), means)?;
        for (last, members) in groups(&request.run, &spec, &tree) {
            let chosen: Vec<f64> = members.iter().map(|&t| temperatures[t]).collect();
            let correlations = [Correlation::TMatrix, Correlation::Longitudinal];
            let found = spectra_of(&tree, last, &chosen, &correlations, means)?;
            for (&t, (o, s_z)) in members.iter().zip(found[0].iter().zip(&found[1])) {
                sums[t].add(o, request.sigma, stop)?;
                if s_z.temperature == lowest {
                    chi.push(s_z.susceptibility);
                }
            }
        }
    }
    let mean = chi.iter().map(|chi| 0.25 / chi).sum::<f64>() / chi.len() as f64;
    let points = sums.into_par_iter().map(|sum| sum.point(stop)).collect::<Result<_, _>>()?;
    Ok(TMatrix { kondo_temperature: mean, points })
}

/// Which temperatures (by index) are computed with which last shell.
fn groups(
    run: &OneImpurityRequest,
    spec: &OneImpuritySpec,
    tree: &Tree,
) -> Vec<(usize, Vec<usize>)> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    let longest = tree.chain.shells() - 1;
    for (t, &temperature) in spec.temperatures.iter().enumerate() {
        let reached = tree.chain.omegas.iter().position(|&omega| omega <= BELOW * temperature);
        let first = match run.shells {
            0 => reached.unwrap_or(longest).clamp(MIN_LAST.min(longest - 1), longest - 1),
            _ => longest - 1,
        };
        for last in [first, first + 1] {
            match groups.iter_mut().find(|group| group.0 == last) {
                Some(group) => group.1.push(t),
                None => groups.push((last, vec![t])),
            }
        }
    }
    groups
}

/// High temperatures get this many shells all the same, for the shape of the band.
const MIN_LAST: usize = 6;

/// (arg S)/2; where it is -pi/2 within rounding, pi/2.
fn elastic_phase(s: Complex64) -> f64 {
    let phase = 0.5 * s.arg();
    if phase < -0.5 * PI + 1e-6 { phase + PI } else { phase }
}

/// Collects one temperature over z and chains.
struct Sum {
    temperature: f64,
    frequencies: Vec<f64>,
    spectrum: Vec<f64>,
    window: f64,
    count: f64,
    sum_rule_error: f64,
}

impl Sum {
    fn new(temperature: f64, per_decade: u32) -> Result<Self, Invalid> {
        let low = LOW * temperature.min(1.0);
        let mut frequencies = logarithmic_grid(low, HIGH.max(10.0 * temperature), per_decade)?;
        frequencies.insert(frequencies.len() / 2, 0.0);
        let spectrum = vec![0.0; frequencies.len()];
        Ok(Self {
            temperature,
            frequencies,
            spectrum,
            window: 0.0,
            count: 0.0,
            sum_rule_error: 0.0,
        })
    }

    fn add(&mut self, o: &Discrete, sigma: f64, stop: &dyn Stop) -> Result<(), DynamicsError> {
        let found = smooth(o, &self.frequencies, sigma, stop)?;
        for (sum, value) in self.spectrum.iter_mut().zip(found) {
            *sum += value;
        }
        self.window += o.window;
        self.count += 1.0;
        self.sum_rule_error = self.sum_rule_error.max(o.sum_rule_error());
        Ok(())
    }

    /// -pi rho0 Im T = (pi^2/2) A, pi rho0 Re T = (pi/2) P int A(w')/(w - w') dw'.
    fn point(self, stop: &dyn Stop) -> Result<TMatrixPoint, DynamicsError> {
        let spectrum: Vec<f64> = self.spectrum.iter().map(|sum| sum / self.count).collect();
        let w = &self.frequencies;
        let real =
            kramers_kronig(w, &spectrum, w, Interpolation::Cubic, Tail::InverseSquare, stop)?;
        let mut point = TMatrixPoint {
            temperature: self.temperature,
            absorption: spectrum.iter().map(|a| 0.5 * PI * PI * a).collect(),
            dispersion: real.iter().map(|re| 0.5 * PI * re).collect(),
            frequencies: self.frequencies,
            transmission: 0.5 * PI * PI * self.window / self.count,
            phase_shift: 0.0,
            inelastic: 0.0,
            sum_rule_error: self.sum_rule_error,
        };
        let s = point.s_matrix(point.frequencies.len() / 2);
        point.phase_shift = elastic_phase(s);
        point.inelastic = 1.0 - s.norm_sqr();
        Ok(point)
    }
}
