//! The ribbon without Rashba coupling: its two edge bands from the exact secular equation
//! (section 4). Edges at y = +-W/2, k along the ribbon; both bands are doubly degenerate in spin.
use super::bulk_gap::gap_at;
use super::isolated_edge::root_of_masses;
use super::roots::{decayed_sinhc, decaying_root, from_circle, minimum_between, zero_between};
use super::{Model, RibbonError};
use crate::invalid::Invalid;
use num_complex::Complex64;
use std::f64::consts::PI;

/// The search for a band starts this close to E0, meV, on a logarithmic grid.
const NEAREST_MEV: f64 = 1e-10;
/// More samples than this are refused: no parameters of a ribbon are known that need a tenth.
const MAX_SAMPLES: usize = 2_000_000;

/// A ribbon whose Rashba coupling and inversion asymmetry are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantizedRibbon {
    pub(super) model: Model,
    pub(super) width_nm: f64,
    /// E0, meV.
    pub(super) middle_mev: f64,
}

/// The two edge bands at one k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantizedPoint {
    pub k_per_nm: f64,
    /// E^+ and E^-, meV: the energies closest to E0 from above and from below.
    pub upper_mev: f64,
    pub lower_mev: f64,
}

/// Transverse decay at one energy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decay {
    /// lambda_1, lambda_2, 1/nm: real, a complex pair or imaginary, Re >= 0, the first decays faster.
    pub lambda: [Complex64; 2],
    /// alpha_1, alpha_2, meV.
    pub alpha: [Complex64; 2],
}

/// E^+ and E^- at each `k_per_nm`.
///
/// # Errors
/// As [`QuantizedRibbon::new`] and [`QuantizedRibbon::at`].
pub fn quantized_dispersion(
    model: &Model,
    width_nm: f64,
    k_per_nm: &[f64],
) -> Result<Vec<QuantizedPoint>, RibbonError> {
    let ribbon = QuantizedRibbon::new(model, width_nm)?;
    k_per_nm.iter().map(|k| ribbon.at(*k)).collect()
}

impl QuantizedRibbon {
    /// # Errors
    /// `Invalid`: a model without helical edge states, a width that is not finite and above 0.
    pub fn new(model: &Model, width_nm: f64) -> Result<Self, RibbonError> {
        model.check_topological()?;
        if !(width_nm.is_finite() && 0.0 < width_nm) {
            return Err(Invalid::new("width_nm", width_nm, "a finite number above 0").into());
        }
        let middle_mev = model.c_mev - model.d_mev_nm2 * model.m_mev / model.b_mev_nm2;
        Ok(Self { model: model.without_spin_mixing(), width_nm, middle_mev })
    }

    /// The first energies above and below E0 that solve the secular equation. Where the edge states
    /// have merged with the bulk, or the ribbon is narrow, these are confined bulk states.
    ///
    /// # Errors
    /// `Invalid`: k not finite. `Missing`: no solution within the searched range (at least 50 |M|).
    pub fn at(&self, k_per_nm: f64) -> Result<QuantizedPoint, RibbonError> {
        if !k_per_nm.is_finite() {
            return Err(Invalid::new("k_per_nm", k_per_nm, "a finite number").into());
        }
        let [valence, conduction] = gap_at(&self.model, k_per_nm);
        Ok(QuantizedPoint {
            k_per_nm,
            upper_mev: self.middle_mev + self.first(k_per_nm, 1.0, conduction)?,
            lower_mev: self.middle_mev - self.first(k_per_nm, -1.0, valence)?,
        })
    }

    /// lambda and alpha at an energy from C, `e`, meV.
    pub(super) fn decay(&self, k: f64, e: Complex64) -> Decay {
        let Model { a_mev_nm: a, b_mev_nm2: b, d_mev_nm2: d, m_mev: m, .. } = self.model;
        let q2 = root_of_masses(&self.model).powi(2);
        let f = (a * a - 2.0 * (m * b + e * d)) / (2.0 * q2);
        let rest = (m - e) * (m + e) / q2;
        let middle = k * k + f;
        let root = (f * f - rest).sqrt();
        let root = if (middle * root.conj()).re < 0.0 { -root } else { root };
        // The smaller square from the product of both, without cancellation.
        let larger = middle + root;
        let product = k * k * (k * k + 2.0 * f) + rest;
        let mut lambda = [larger, product / larger].map(decaying_root);
        if lambda[0].re < lambda[1].re {
            lambda.swap(0, 1);
        }
        let alpha = lambda.map(|l| e - m + (b + d) * (k * k - l * l));
        Decay { lambda, alpha }
    }

    /// Distance from E0, meV, of the first zero on one `side` (+-1) of it; `bulk` is where the
    /// continuum of the infinite ribbon begins there.
    fn first(&self, k: f64, side: f64, bulk: f64) -> Result<f64, RibbonError> {
        let at = |x: f64| self.reduced(k, self.middle_mev - self.model.c_mev + side * x);
        let limit = self.reach(k);
        // Between the two bands, E - C - M has the sign of -M and the rest is above 0.
        let inside = -self.model.m_mev.signum();
        let mut last = [(0.0, inside), (0.0, inside)];
        let mut x = NEAREST_MEV;
        for _ in 0..MAX_SAMPLES {
            let value = inside * at(x);
            if value <= 0.0 {
                return Ok(zero_between(|x| if x == 0.0 { inside } else { at(x) }, last[1].0, x));
            }
            if let Some(turn) = self.touched(&at, inside, [last[0], last[1], (x, value)]) {
                return Ok(turn);
            }
            if limit < x {
                break;
            }
            last = [last[1], (x, value)];
            x += self.step(x, side * (bulk - self.middle_mev));
        }
        let why = format!("no solution within {limit:.3e} meV of E0 (k = {k} 1/nm)");
        Err(RibbonError::Missing { what: "edge band of the ribbon".to_owned(), why })
    }

    /// Where three samples dip without a change of sign, two zeros may hide: the first of them.
    fn touched(
        &self,
        at: &impl Fn(f64) -> f64,
        inside: f64,
        samples: [(f64, f64); 3],
    ) -> Option<f64> {
        let [(a, at_a), (_, at_b), (c, at_c)] = samples;
        if a == 0.0 || at_a <= at_b || at_c <= at_b {
            return None;
        }
        let (place, value) = minimum_between(|x| inside * at(x), a, c);
        (value < 0.0).then(|| zero_between(at, a, place))
    }

    /// Half of the distance within the gap, where there is one zero; in the continuum, which starts at the distance `edge`,
    /// a fraction of the spacing of confined states.
    fn step(&self, x: f64, edge: f64) -> f64 {
        let mass = self.model.b_mev_nm2.abs() - self.model.d_mev_nm2.abs();
        let confined = mass * (PI / self.width_nm).powi(2) / 8.0;
        let above = (x - edge).max(0.0);
        let fine = 0.125 * confined + 0.25 * (confined * above).sqrt();
        if x < edge { (0.5 * x).min((0.5 * (edge - x)).max(fine)) } else { fine.min(0.2 * x) }
    }

    /// How far from E0 a solution is looked for, meV.
    fn reach(&self, k: f64) -> f64 {
        let model = &self.model;
        let wave = 2.0 * PI / self.width_nm + k.abs();
        let masses = model.b_mev_nm2.abs() + model.d_mev_nm2.abs();
        50.0 * model.m_mev.abs() + 4.0 * wave * (masses * wave + model.a_mev_nm.abs())
    }

    /// The secular function over E - C - M, its second spurious zero, which every k and W has.
    fn reduced(&self, k: f64, e: f64) -> f64 {
        let m = self.model.m_mev;
        let scale = self.growth(k, e.into());
        if 1e-6 * m.abs() < (e - m).abs() {
            return self.secular(k, e.into(), scale).re / (e - m);
        }
        let over = |z: Complex64| self.secular(k, z, scale) / (z - m);
        from_circle(over, e, 1e-3 * m.abs()).0
    }

    /// Re(lambda_1 + lambda_2) W, the exponent with which the secular function grows.
    fn growth(&self, k: f64, e: Complex64) -> f64 {
        let Decay { lambda: [first, second], .. } = self.decay(k, e);
        (first + second).re * self.width_nm
    }

    /// Difference of the two sides of the secular equation over (lambda_1^2 - lambda_2^2)^2, its
    /// spurious zero, times exp(-scale): entire in `e`, real for real `e` (section 4).
    fn secular(&self, k: f64, e: Complex64, scale: f64) -> Complex64 {
        let w = self.width_nm;
        let b = self.model.b_mev_nm2 + self.model.d_mev_nm2;
        let c = e - self.model.m_mev + b * k * k;
        let Decay { lambda: [first, second], alpha } = self.decay(k, e);
        let (sum, product) = (first + second, first * second);
        let tunnel = decayed_sinhc(0.5 * w * (first - second)).powi(2);
        let across = alpha[0] * alpha[1] * tunnel * (-2.0 * second * w).exp();
        let halves = (c + b * product - k * b * sum) * (c + b * product + k * b * sum);
        let alone = halves * decayed_sinhc(first * w) * decayed_sinhc(second * w);
        (across - alone) / (sum * sum) * (sum * w - scale).exp()
    }
}
