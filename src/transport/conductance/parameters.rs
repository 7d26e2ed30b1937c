//! What is asked: dimensionless, or in laboratory units.
use crate::invalid::Invalid;
use crate::transport::{finite, finite_matrix, positive};
use nalgebra::Matrix3;

/// J/k_B etc.: CODATA 2018, exact.
const BOLTZMANN_J_PER_K: f64 = 1.380_649e-23;
const HBAR_J_S: f64 = 1.054_571_817_646_156_4e-34;
const ELEMENTARY_CHARGE_C: f64 = 1.602_176_634e-19;

/// The largest 2S: the master equation has (2S+1)^2 unknowns.
const MAX_TWICE_SPIN: u32 = 15;

/// One impurity on a textured helical edge, dimensionless (hbar = k_B = 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// J/vF; row = component of the impurity spin, column = of the electron spin.
    pub coupling: Matrix3<f64>,
    /// T/(vF k0), 0 without texture.
    pub texture: f64,
    /// eV/(2T), either sign.
    pub bias: f64,
    /// Fermi level from the Dirac point over T.
    pub fermi_level: f64,
    /// 1/2, 1, 3/2, ..., 15/2.
    pub spin: f64,
    /// T_K/T if it is known: only used to warn.
    pub kondo_temperature: Option<f64>,
}

impl Parameters {
    /// Spin 1/2, Fermi level at the Dirac point, as in the paper.
    pub fn diagonal(coupling: [f64; 3], texture: f64, bias: f64) -> Self {
        Self {
            coupling: Matrix3::from_diagonal(&coupling.into()),
            texture,
            bias,
            fermi_level: 0.0,
            spin: 0.5,
            kondo_temperature: None,
        }
    }

    /// # Errors
    /// Not finite, texture < 0, 2S not an integer from 1 to 15, a coupling of 1 or more.
    pub fn validate(&self) -> Result<(), Invalid> {
        finite_matrix("coupling", &self.coupling)?;
        if 1.0 <= self.coupling.amax() {
            let expected = "couplings J/(hbar vF) below 1 in magnitude (weak coupling)";
            return Err(Invalid::new("coupling", self.coupling.amax(), expected));
        }
        if !(self.texture.is_finite() && 0.0 <= self.texture) {
            return Err(Invalid::new("texture", self.texture, "T/(vF k0), finite, 0 or more"));
        }
        finite("bias", self.bias)?;
        finite("fermi_level", self.fermi_level)?;
        if let Some(kondo) = self.kondo_temperature {
            positive("kondo_temperature", kondo)?;
        }
        self.twice_spin().map(|_| ())
    }

    pub(crate) fn twice_spin(&self) -> Result<u32, Invalid> {
        let twice = 2.0 * self.spin;
        if twice.fract() == 0.0 && 1.0 <= twice && twice <= f64::from(MAX_TWICE_SPIN) {
            Ok(twice as u32)
        } else {
            Err(Invalid::new("spin", self.spin, "1/2, 1, 3/2, ..., 15/2"))
        }
    }

    /// Where the weak-coupling theory is used outside its domain, in words.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let largest = self.coupling.amax();
        if 0.3 < largest {
            warnings
                .push(format!("coupling {largest} exceeds 0.3: Eq. 10 is second order in J/vF"));
        }
        let scale = 1.0_f64.max(2.0 * self.bias.abs());
        if let Some(kondo) = self.kondo_temperature.filter(|kondo| scale <= *kondo) {
            warnings.push(format!(
                "max(T, eV) = {scale} T does not exceed T_K = {kondo} T: Kondo screening matters, \
                 which the master equation leaves out"
            ));
        }
        warnings
    }

    /// Diagonal J, S = 1/2, no texture: there Eq. 10 is complete without the exchange field.
    pub(crate) fn exchange_field_is_harmless(&self) -> bool {
        let off_diagonal = self.coupling - Matrix3::from_diagonal(&self.coupling.diagonal());
        self.bias == 0.0
            || (self.spin == 0.5 && self.texture == 0.0 && off_diagonal == Matrix3::zeros())
    }
}

/// The same in laboratory units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhysicalParameters {
    /// J in meV nm; row = impurity, column = electron.
    pub coupling_mev_nm: Matrix3<f64>,
    pub temperature_kelvin: f64,
    pub bias_volt: f64,
    pub fermi_velocity_m_per_s: f64,
    /// k0 of the texture; infinite without texture.
    pub texture_wavenumber_per_m: f64,
    /// Fermi level from the Dirac point.
    pub fermi_level_ev: f64,
    pub spin: f64,
    pub kondo_temperature_kelvin: Option<f64>,
}

impl PhysicalParameters {
    /// # Errors
    /// As [`Parameters::validate`]; T, vF or k0 not above 0.
    pub fn resolve(&self) -> Result<Parameters, Invalid> {
        let thermal_j =
            BOLTZMANN_J_PER_K * positive("temperature_kelvin", self.temperature_kelvin)?;
        let velocity = positive("fermi_velocity_m_per_s", self.fermi_velocity_m_per_s)?;
        let k0 = self.texture_wavenumber_per_m;
        if k0.is_nan() || k0 <= 0.0 {
            let expected = "a wave number above 0, or infinity for no texture";
            return Err(Invalid::new("texture_wavenumber_per_m", k0, expected));
        }
        finite_matrix("coupling_mev_nm", &self.coupling_mev_nm)?;
        let joule_metre = 1e-3 * ELEMENTARY_CHARGE_C * 1e-9;
        let bias_v = finite("bias_volt", self.bias_volt)?;
        let level_ev = finite("fermi_level_ev", self.fermi_level_ev)?;
        if let Some(kondo) = self.kondo_temperature_kelvin {
            positive("kondo_temperature_kelvin", kondo)?;
        }
        let parameters = Parameters {
            coupling: self.coupling_mev_nm * (joule_metre / (HBAR_J_S * velocity)),
            texture: thermal_j / (HBAR_J_S * velocity * k0),
            bias: ELEMENTARY_CHARGE_C * bias_v / (2.0 * thermal_j),
            fermi_level: ELEMENTARY_CHARGE_C * level_ev / thermal_j,
            spin: self.spin,
            kondo_temperature: self
                .kondo_temperature_kelvin
                .map(|kondo| kondo / self.temperature_kelvin),
        };
        parameters.validate()?;
        Ok(parameters)
    }
}
