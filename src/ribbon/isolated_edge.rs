//! The edge of a half plane in the two-state model: closed forms for the two helical edge states
//! and what the Rashba coupling makes of them (sections 2 and 3).
//!
//! The half plane is x > 0, the edge runs along y, k is the wave number along it; sigma = +1 is the
//! branch that rises with k.
use super::{Model, RibbonError};
use crate::invalid::Invalid;
use num_complex::Complex64;

/// What does not depend on k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IsolatedEdge {
    model: Model,
    /// E0, meV: where the branches cross.
    pub energy_mev: f64,
    /// `hv`, meV nm: slope of the branches without Rashba coupling.
    pub velocity_mev_nm: f64,
    /// `sqrt(hv^2 + alpha_0^2)`, meV nm: slope at k = 0 with Rashba coupling.
    pub velocity_with_rashba_mev_nm: f64,
    /// Weights of the orbitals E and H in both states without Rashba coupling.
    pub orbital_weights: [f64; 2],
    /// Both states exist for |k| below this, 1/nm.
    pub critical_per_nm: f64,
    /// alpha_0, meV nm, with the sign of R0: `alpha_k = alpha_0 (1 - a k^2) + O(k^4)`.
    pub rashba_mev_nm: f64,
    /// a of that expansion, nm^2.
    pub rashba_decrease_nm2: f64,
    /// 1/k0^2, nm^2: coefficient of k^2 in the rotation `B_k`; from |alpha_0|.
    pub inverse_k0_squared_nm2: f64,
    /// k0, 1/nm: infinite without Rashba coupling or for D = 0.
    pub k0_per_nm: f64,
}

/// The two states at one k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgePoint {
    pub k_per_nm: f64,
    /// Rising and falling branch, meV; the first is the upper one for k > 0.
    pub energies_mev: [f64; 2],
    /// dE/dk of both, meV nm.
    pub velocities_mev_nm: [f64; 2],
    /// alpha_k, meV nm, with the sign of R0.
    pub rashba_mev_nm: f64,
    /// `alpha_0 (1 - a k^2)`, meV nm.
    pub rashba_expanded_mev_nm: f64,
    /// `xi_k = int g_k g_{-k}`; `g_k` is the envelope of spin up, whose branch has slope -sgn(B) hv.
    pub overlap: f64,
    /// `nu_k = int g_k g'_{-k}`, 1/nm.
    pub slope_overlap_per_nm: f64,
    /// P_k: weight of the other spin that the Rashba coupling admixes, in the two-state model.
    pub minority_weight: f64,
    /// delta_k, rad, from |alpha|: `B_k` rotates by this angle.
    pub rotation_rad: f64,
    /// Rising and falling branch without Rashba coupling.
    pub profiles: [EdgeProfile; 2],
}

/// The envelope `g(x) = N (exp(-lambda_1 x) - exp(-lambda_2 x))`, normalised to 1 on x > 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeProfile {
    /// lambda_1 + lambda_2, 1/nm.
    sum: f64,
    /// lambda_1 lambda_2, 1/nm^2.
    product: f64,
}

/// An edge, its points, and in words where the theory is used outside its domain.
#[derive(Debug, Clone, PartialEq)]
pub struct IsolatedEdgeAnswer {
    pub edge: IsolatedEdge,
    pub points: Vec<EdgePoint>,
    pub warnings: Vec<String>,
}

/// Everything about the isolated edge at each `k_per_nm` (sections 2, 3).
///
/// # Errors
/// `Invalid` for a model without helical edge states, a k that is not finite, or |k| not below
/// [`IsolatedEdge::critical_per_nm`].
pub fn isolated_edge(model: &Model, k_per_nm: &[f64]) -> Result<IsolatedEdgeAnswer, RibbonError> {
    let edge = IsolatedEdge::new(model)?;
    let points = k_per_nm.iter().map(|k| edge.at(*k)).collect::<Result<_, _>>()?;
    Ok(IsolatedEdgeAnswer { edge, points, warnings: edge.warnings() })
}

impl IsolatedEdge {
    /// # Errors
    /// `Invalid`: not finite, or without helical edge states.
    pub fn new(model: &Model) -> Result<Self, RibbonError> {
        model.check_topological()?;
        let (b, d, m) = (model.b_mev_nm2, model.d_mev_nm2, model.m_mev);
        let q = root_of_masses(model);
        let (velocity, a2) = (model.a_mev_nm.abs() * q / b.abs(), model.a_mev_nm.powi(2));
        let rashba = model.rashba_mev_nm * (b - d).powi(2) / (2.0 * b * b);
        let decrease = (d / m).powi(2) * (a2 / (2.0 * q * q) + m / b);
        let total = velocity.hypot(rashba);
        let inverse = decrease * (rashba / total).abs() * (velocity / total) / 2.0;
        let (steepness, ratio) = (model.a_mev_nm.abs() / q, (d / b).abs());
        // The root of k^2 + S d k - z0 = 0 without cancellation.
        let drift = steepness * ratio;
        let critical = 2.0 * (m / b) / (drift + (drift * drift + 4.0 * m / b).sqrt());
        Ok(Self {
            model: *model,
            energy_mev: model.c_mev - d * m / b,
            velocity_mev_nm: velocity,
            velocity_with_rashba_mev_nm: total,
            orbital_weights: [(b - d) / (2.0 * b), (b + d) / (2.0 * b)],
            critical_per_nm: critical,
            rashba_mev_nm: rashba,
            rashba_decrease_nm2: decrease,
            inverse_k0_squared_nm2: inverse,
            k0_per_nm: inverse.sqrt().recip(),
        })
    }

    /// The two states at `k_per_nm`.
    ///
    /// # Errors
    /// `Invalid`: not finite, or |k| not below [`Self::critical_per_nm`].
    pub fn at(&self, k_per_nm: f64) -> Result<EdgePoint, RibbonError> {
        let k = self.within(k_per_nm)?;
        let profiles = [self.profile_unchecked(k, 1.0), self.profile_unchecked(k, -1.0)];
        let (overlap, overlap_slope) = self.overlap(k);
        let squared = (1.0 - self.model.d_mev_nm2 / self.model.b_mev_nm2).powi(2) / 2.0;
        let rashba = self.model.rashba_mev_nm * squared * overlap;
        let rashba_slope = self.model.rashba_mev_nm * squared * overlap_slope;
        let slope = self.velocity_mev_nm.hypot(rashba);
        let velocity = slope + k * rashba * rashba_slope / slope;
        let expanded = self.rashba_mev_nm * (1.0 - self.rashba_decrease_nm2 * k * k);
        Ok(EdgePoint {
            k_per_nm: k,
            energies_mev: [self.energy_mev + k * slope, self.energy_mev - k * slope],
            velocities_mev_nm: [velocity, -velocity],
            rashba_mev_nm: rashba,
            rashba_expanded_mev_nm: expanded,
            overlap,
            slope_overlap_per_nm: -self.model.d_mev_nm2 / self.model.b_mev_nm2 * k * overlap,
            minority_weight: minority_weight(rashba / self.velocity_mev_nm),
            rotation_rad: self.rotation(k),
            profiles,
        })
    }

    /// Envelope of the branch `sigma` (its sign counts) without Rashba coupling.
    ///
    /// # Errors
    /// `Invalid`: not finite, or |k| not below [`Self::critical_per_nm`].
    pub fn profile(&self, k_per_nm: f64, sigma: f64) -> Result<EdgeProfile, RibbonError> {
        Ok(self.profile_unchecked(self.within(k_per_nm)?, sigma.signum()))
    }

    /// Which terms of the model these closed forms leave out.
    pub fn warnings(&self) -> Vec<String> {
        left_out(&self.model)
    }

    fn within(&self, k: f64) -> Result<f64, Invalid> {
        if k.abs() < self.critical_per_nm {
            return Ok(k);
        }
        let expected = format!(
            "|k| < {:.6e} 1/nm (beyond, one of the two edge states has merged with the bulk)",
            self.critical_per_nm
        );
        Err(Invalid::new("k_per_nm", k, expected))
    }

    fn profile_unchecked(&self, k: f64, sigma: f64) -> EdgeProfile {
        let (b, d) = (self.model.b_mev_nm2, self.model.d_mev_nm2);
        let sum = self.model.a_mev_nm.abs() / root_of_masses(&self.model);
        let product = self.model.m_mev / b - k * k + sigma * sum * k * d / b.abs();
        EdgeProfile { sum, product }
    }

    /// xi_k and its derivative (section 3): r_k/den with r_k^2 = z_+ z_-.
    fn overlap(&self, k: f64) -> (f64, f64) {
        let [rising, falling] = [1.0, -1.0].map(|sigma| self.profile_unchecked(k, sigma));
        let ratio2 = (self.model.d_mev_nm2 / self.model.b_mev_nm2).powi(2);
        let middle = 0.5 * (rising.product + falling.product);
        let (r, den) = ((rising.product * falling.product).sqrt(), middle + ratio2 * k * k);
        let r_slope = -k * (2.0 * middle + rising.sum.powi(2) * ratio2) / r;
        (r / den, (r_slope + 2.0 * k * (1.0 - ratio2) * r / den) / den)
    }

    /// delta_k = (atan(alpha_0/hv) - atan(alpha_k/hv))/2, the difference in closed form.
    fn rotation(&self, k: f64) -> f64 {
        let ratio2 = (self.model.d_mev_nm2 / self.model.b_mev_nm2).powi(2);
        let profile = self.profile_unchecked(0.0, 1.0);
        let middle = profile.product - k * k;
        let den = middle + ratio2 * k * k;
        let (xi, _) = self.overlap(k);
        // 1 - xi = (den^2 - r^2) / (den^2 (1 + xi))
        let lost = ratio2 * k * k * (2.0 * middle + ratio2 * k * k + profile.sum.powi(2))
            / (den * den * (1.0 + xi));
        let (alpha, v) = (self.rashba_mev_nm.abs(), self.velocity_mev_nm);
        0.5 * (alpha * lost * v).atan2(v * v + alpha * alpha * xi)
    }
}

impl EdgePoint {
    /// `B_k`: rotation by delta_k, row-major.
    pub fn rotation_matrix(&self) -> [[f64; 2]; 2] {
        let (sin, cos) = self.rotation_rad.sin_cos();
        [[cos, -sin], [sin, cos]]
    }
}

impl EdgeProfile {
    /// lambda_1 and lambda_2, 1/nm: real, or a complex pair (decay that oscillates).
    pub fn decay_per_nm(&self) -> [Complex64; 2] {
        let quarter = 0.25 * self.sum * self.sum - self.product;
        if quarter < 0.0 {
            let first = Complex64::new(0.5 * self.sum, (-quarter).sqrt());
            return [first, first.conj()];
        }
        let first = 0.5 * self.sum + quarter.sqrt();
        [first.into(), (self.product / first).into()]
    }

    /// lambda_1 lambda_2 = z_sigma, 1/nm^2; the state exists where it is above 0.
    pub fn product_per_nm2(&self) -> f64 {
        self.product
    }

    /// 1/min Re lambda, nm: infinite where the state merges with the bulk.
    pub fn penetration_nm(&self) -> f64 {
        self.decay_per_nm()[1].re.recip()
    }

    /// g(x), 1/sqrt(nm); real and above 0 close to the edge. 0 for x < 0.
    pub fn value(&self, x_nm: f64) -> f64 {
        let [first, second] = self.decay_per_nm();
        if x_nm <= 0.0 {
            return 0.0;
        }
        // (exp(-l2 x) - exp(-l1 x)) / (l1 - l2), which has a limit for l1 = l2.
        let half = 0.5 * x_nm * (first - second);
        let ratio = (-second * x_nm).exp() * super::roots::decayed_sinhc(half) * x_nm;
        self.amplitude() * ratio.re
    }

    /// dg/dx, 1/nm^(3/2), for x >= 0.
    pub fn slope(&self, x_nm: f64) -> f64 {
        let [first, second] = self.decay_per_nm();
        let decaying = self.amplitude() * (-first * x_nm).exp();
        // g' + lambda_2 g = amplitude exp(-lambda_1 x)
        let half = 0.5 * x_nm * (first - second);
        let ratio = (-second * x_nm).exp() * super::roots::decayed_sinhc(half) * x_nm;
        (decaying - second * self.amplitude() * ratio).re
    }

    /// |N| |lambda_1 - lambda_2| = sqrt(2 l1 l2 (l1 + l2)), 1/nm^(3/2).
    fn amplitude(&self) -> f64 {
        (2.0 * self.product * self.sum).sqrt()
    }
}

/// `(1 - 1/sqrt(1 + u))/2` with `u = ratio^2`, without cancellation.
fn minority_weight(ratio: f64) -> f64 {
    let s = ratio.hypot(1.0);
    0.5 * (ratio / s) * (ratio / (s + 1.0))
}

/// q = sqrt(B^2 - D^2), meV nm^2.
pub(super) fn root_of_masses(model: &Model) -> f64 {
    let (b, d) = (model.b_mev_nm2, model.d_mev_nm2);
    ((b - d) * (b + d)).sqrt()
}

/// Terms of a model that the analytic theory leaves out, in words.
pub(super) fn left_out(model: &Model) -> Vec<String> {
    let mut warnings = Vec::new();
    if model.rashba2_mev_nm2 != 0.0 || model.bia_mev != 0.0 {
        warnings.push(
            "second-order Rashba coupling and bulk inversion asymmetry are left out: they have no \
             matrix element between the two edge states"
                .to_owned(),
        );
    }
    if model.rashba3_mev_nm3 != 0.0 {
        warnings.push(
            "third-order Rashba coupling is left out: with hard walls it would open a spurious \
             gap; use the lattice"
                .to_owned(),
        );
    }
    warnings
}
