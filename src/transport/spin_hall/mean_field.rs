//! Large-N mean field of the Kondo impurity (S104-S161).
use crate::invalid::Invalid;
use crate::transport::{finite, positive};
use std::f64::consts::PI;

/// The saddle point, energies in units of eF.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanField {
    /// k_B T_K = |xi|
    pub kondo_temperature: f64,
    /// eF exp(-1/g), its limit for g << 1.
    pub kondo_temperature_asymptotic: f64,
    /// Width of the resonance.
    pub gamma: f64,
    /// Its position from the Fermi energy: lambda - eF.
    pub level: f64,
    /// eta at the Fermi energy, pi q.
    pub phase_shift: f64,
    pub warnings: Vec<String>,
}

impl MeanField {
    /// eta(e) = arg(lambda + i Gamma - e), in (0, pi); `energy` from the Fermi energy in units of
    /// eF.
    pub fn phase_shift_at(&self, energy: f64) -> f64 {
        self.gamma.atan2(self.level - energy)
    }
}

/// `coupling` g = J NF, `filling` q = Q/N; |xi|/|xi + eF| = exp(-1/g), xi = |xi| exp(i pi q).
///
/// # Errors
/// g not above 0 (or so small that T_K underflows); q outside (0, 1).
pub fn mean_field(coupling: f64, filling: f64) -> Result<MeanField, Invalid> {
    let g = positive("coupling", coupling)?;
    if !(0.0 < filling && filling < 1.0) {
        return Err(Invalid::new("filling", filling, "Q/N above 0 and below 1"));
    }
    let r = (-1.0 / g).exp();
    if r < f64::MIN_POSITIVE {
        return Err(Invalid::new("coupling", g, "J NF above 0.0015: exp(-1/g) underflows below"));
    }
    // cos(pi q) as a sine: exactly 0 at q = 1/2.
    let cos = (PI * (0.5 - filling)).sin();
    let sin = (PI * filling).sin();
    // 1 - r^2 = -expm1(-2/g), also where r is close to 1
    let xi = (r * r * cos + r * (1.0 - (r * sin).powi(2)).sqrt()) / -(-2.0 / g).exp_m1();
    let mut warnings = Vec::new();
    if 0.3 < g {
        warnings.push(format!(
            "coupling g = {g} exceeds 0.3: exp(-1/g) is off by about {:.1} %, and the wide-band \
             assumption is strained",
            100.0 * (xi / r - 1.0).abs()
        ));
    }
    Ok(MeanField {
        kondo_temperature: xi,
        kondo_temperature_asymptotic: r,
        gamma: xi * sin,
        level: xi * cos,
        phase_shift: PI * filling,
        warnings,
    })
}

/// Kondo exchange and potential scattering of an Anderson impurity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anderson {
    pub exchange: f64,
    pub potential: f64,
}

/// J = 2|V|^2 [1/(e0+U-eF) + 1/(eF-e0)] and -(|V|^2/2)[1/(e0+U-eF) - 1/(eF-e0)]. `level` = e0 - eF,
/// `repulsion` = U, `hybridization` = V, all in one energy unit (times volume as the caller has
/// it).
///
/// # Errors
/// Unless e0 < eF < e0 + U.
pub fn anderson_to_kondo(
    level: f64,
    repulsion: f64,
    hybridization: f64,
) -> Result<Anderson, Invalid> {
    finite("hybridization", hybridization)?;
    if 0.0 <= finite("level", level)? {
        return Err(Invalid::new("level", level, "e0 - eF below 0: an occupied level"));
    }
    if level + finite("repulsion", repulsion)? <= 0.0 {
        return Err(Invalid::new(
            "repulsion",
            repulsion,
            "U above eF - e0: a singly occupied level",
        ));
    }
    let (add, remove) = (1.0 / (level + repulsion), -1.0 / level);
    let square = hybridization * hybridization;
    Ok(Anderson {
        exchange: 2.0 * square * (add + remove),
        potential: -0.5 * square * (add - remove),
    })
}

/// eta = atan2(Delta, e_l - eF) of another channel; `width` = pi |V|^2 NF, `level` = e_l - eF.
///
/// # Errors
/// A width not above 0, a level not finite.
pub fn resonant_phase_shift(width: f64, level: f64) -> Result<f64, Invalid> {
    Ok(positive("width", width)?.atan2(finite("level", level)?))
}

/// 1/(1 - 1/N).
///
/// # Errors
/// N below 2.
pub fn wilson_ratio(degeneracy: u32) -> Result<f64, Invalid> {
    if degeneracy < 2 {
        return Err(Invalid::new("degeneracy", degeneracy, "N = 2 or more"));
    }
    let n = f64::from(degeneracy);
    Ok(n / (n - 1.0))
}
