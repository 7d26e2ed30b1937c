//! A bound state of the half plane: four evanescent waves, all integrals in closed form.
use super::Branch;
use super::boundary::{combination, pairs_at_zero, waves};
use crate::ribbon::{Model, RibbonError};
use num_complex::Complex64;

/// `psi(x) = sum_j spinor_j exp(-kappa_j x)`, normalised on x > 0; basis (E+, H+, E-, H-).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HalfPlaneState {
    pub k_per_nm: f64,
    pub energy_mev: f64,
    /// kappa_j, 1/nm.
    pub decay_per_nm: [Complex64; 4],
    /// Spinors of the four waves with their coefficients, 1/sqrt(nm).
    pub spinors: [[Complex64; 4]; 4],
    /// Integrated weights of spin up and down.
    pub spin_weights: [f64; 2],
    /// |psi(0)| against the largest of the four waves: 0 but for rounding.
    pub edge_residual: f64,
}

impl HalfPlaneState {
    pub(super) fn new(model: &Model, k: f64, energy_mev: f64) -> Result<Self, RibbonError> {
        let waves = waves(model, k, (energy_mev - model.c_mev).into());
        let coefficients = combination(&waves);
        let spinors =
            std::array::from_fn(|j| phased(waves[j].spinor.map(|one| coefficients[j] * one), k));
        let state = Self {
            k_per_nm: k,
            energy_mev,
            decay_per_nm: waves.map(|wave| wave.kappa),
            spinors,
            spin_weights: [0.0; 2],
            edge_residual: 0.0,
        };
        state.normalised()
    }

    /// The limit k -> 0: at k = 0 the mirror y -> -y splits the four waves into two pairs, each of which
    /// makes a bound state of the same energy; dH/dk, odd under the mirror, tells the branches apart.
    pub(super) fn at_zero(
        model: &Model,
        branch: Branch,
        energy_mev: f64,
    ) -> Result<Self, RibbonError> {
        let waves = waves(model, 0.0, (energy_mev - model.c_mev).into());
        let half = |coefficients: [Complex64; 4]| {
            Self {
                k_per_nm: 0.0,
                energy_mev,
                decay_per_nm: waves.map(|wave| wave.kappa),
                spinors: std::array::from_fn(|j| {
                    phased(waves[j].spinor.map(|one| coefficients[j] * one), 0.0)
                }),
                spin_weights: [0.0; 2],
                edge_residual: 0.0,
            }
            .normalised()
        };
        let [even, odd] = pairs_at_zero(&waves);
        let (even, odd) = (half(even)?, half(odd)?);
        let velocity = even.overlap(&odd.with_spinors(|spinor| slope_of_energy(model, spinor)));
        let sign = if branch == Branch::Rising { 1.0 } else { -1.0 };
        let turn = sign * velocity.conj() / velocity.norm();
        let spinors = std::array::from_fn(|j| {
            std::array::from_fn(|n| even.spinors[j][n] + turn * odd.spinors[j][n])
        });
        Self { spinors, ..even }.normalised()
    }

    fn with_spinors(&self, change: impl Fn([Complex64; 4]) -> [Complex64; 4]) -> Self {
        Self { spinors: self.spinors.map(change), ..*self }
    }

    fn normalised(self) -> Result<Self, RibbonError> {
        let size = |spinor: &[Complex64; 4]| spinor.iter().map(|one| one.norm_sqr()).sum::<f64>();
        let largest = self.spinors.iter().map(size).fold(0.0, f64::max);
        let edge_residual = (size(&self.value(0.0)) / largest).sqrt();
        let weights = [0, 2].map(|spin| self.integral(&self, spin).re);
        let total = weights[0] + weights[1];
        // What the waves would weigh one by one; the rest of it has cancelled.
        let alone = largest / self.slowest_decay_per_nm();
        if !(edge_residual < 1e-6 && 1e-10 * alone < total) {
            return Err(RibbonError::NoConvergence {
                what: "edge state of the half plane (two decay constants coincide)".to_owned(),
                reached: edge_residual.max(1e-16 * alone / total),
                wanted: 1e-6,
            });
        }
        let norm = total.sqrt();
        Ok(Self {
            spinors: self.spinors.map(|spinor| spinor.map(|one| one / norm)),
            spin_weights: weights.map(|weight| weight / total),
            edge_residual,
            ..self
        })
    }

    /// The smaller of the two spin weights.
    pub fn minority_weight(&self) -> f64 {
        self.spin_weights[0].min(self.spin_weights[1])
    }

    /// 1/min Re kappa, nm.
    pub fn penetration_nm(&self) -> f64 {
        self.slowest_decay_per_nm().recip()
    }

    /// psi(x) in the basis (E+, H+, E-, H-), 1/sqrt(nm); 0 for x < 0.
    pub fn wave_function(&self, x_nm: f64) -> [Complex64; 4] {
        if x_nm < 0.0 { [Complex64::ZERO; 4] } else { self.value(x_nm) }
    }

    /// Density of spin up and of spin down at x, 1/nm.
    pub fn spin_densities(&self, x_nm: f64) -> [f64; 2] {
        let psi = self.wave_function(x_nm);
        [0, 2].map(|spin| psi[spin].norm_sqr() + psi[spin + 1].norm_sqr())
    }

    /// `<self|other>`: the overlap of the spinors across the edge, at any two k.
    pub fn overlap(&self, other: &Self) -> Complex64 {
        self.integral(other, 0) + self.integral(other, 2)
    }

    /// Part of the overlap from the spin whose components start at `spin` (0 or 2).
    fn integral(&self, other: &Self, spin: usize) -> Complex64 {
        let mut sum = Complex64::ZERO;
        for i in 0..4 {
            for j in 0..4 {
                let (own, its) = (&self.spinors[i], &other.spinors[j]);
                let product = own[spin].conj() * its[spin] + own[spin + 1].conj() * its[spin + 1];
                sum += product / (self.decay_per_nm[i].conj() + other.decay_per_nm[j]);
            }
        }
        sum
    }

    fn value(&self, x: f64) -> [Complex64; 4] {
        let mut sum = [Complex64::ZERO; 4];
        for (spinor, kappa) in self.spinors.iter().zip(&self.decay_per_nm) {
            let decayed = (-kappa * x).exp();
            for (total, one) in sum.iter_mut().zip(spinor) {
                *total += one * decayed;
            }
        }
        sum
    }

    fn slowest_decay_per_nm(&self) -> f64 {
        self.decay_per_nm.iter().map(|kappa| kappa.re).fold(f64::INFINITY, f64::min)
    }
}

/// dH/dk at k = 0, in meV nm, times a spinor (section 1).
fn slope_of_energy(model: &Model, v: [Complex64; 4]) -> [Complex64; 4] {
    let (a, r0) = (Complex64::I * model.a_mev_nm, model.rashba_mev_nm);
    [a * v[1] - r0 * v[2], -a * v[0], a * v[3] - r0 * v[0], -a * v[2]]
}

/// The spinor with its phases (1, i, i, 1); the spins exchanged for k < 0.
fn phased([a, b, c, d]: [Complex64; 4], k: f64) -> [Complex64; 4] {
    let i = Complex64::I;
    if k < 0.0 { [c, i * d, i * a, b] } else { [a, i * b, i * c, d] }
}
