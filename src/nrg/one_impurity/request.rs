//! What a one-impurity run is asked for.
use serde::{Deserialize, Serialize};

use super::OneImpurity;
use crate::invalid::Invalid;
use crate::nrg::run::last_shell;
use crate::nrg::{RawDiscretization, RawRun, RawTruncation, Request, Rule, Scheme, Truncation};

/// As written in a document: `model` with `kind = "one-impurity-kondo"` or `"one-impurity-anderson"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOneImpurity {
    pub model: OneImpurity,
    #[serde(default)]
    pub discretization: RawDiscretization,
    #[serde(default)]
    pub truncation: RawTruncation,
    #[serde(default)]
    pub run: RawRun,
}

/// Validated, defaults filled in. All energies in units of D.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneImpurityRequest {
    pub model: OneImpurity,
    pub lambda: f64,
    pub scheme: Scheme,
    pub z: Vec<f64>,
    pub truncation: Truncation,
    pub temperatures: Vec<f64>,
    /// The shorter of two runs whose results are averaged; 0: the smallest last shell N with
    /// omega_N <= T_lowest / 20, for each z.
    pub shells: u32,
}

/// One run: one z, its number of shells resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneImpuritySpec {
    pub model: OneImpurity,
    pub lambda: f64,
    pub scheme: Scheme,
    pub z: f64,
    pub truncation: Truncation,
    /// Results are averaged over these last shells: an even and an odd one.
    pub last_shells: Vec<u32>,
    pub temperatures: Vec<f64>,
}

/// Sanity bound: couplings beyond it overflow nothing, but are no perturbation of any band.
const MAX_ENERGY: f64 = 1e6;

/// A last shell well below the temperature: even and odd ones then differ little.
const BELOW: f64 = 0.025;

const DEFAULT_LAMBDA: f64 = 2.5;
const DEFAULT_ENERGY: f64 = 12.0;
const DEFAULT_STATES: u32 = 1500;

impl RawOneImpurity {
    /// Checks every field and fills in the defaults: lambda 2.5, plain cut at E_trunc = 12, at most
    /// 1500 states.
    /// Errors: all refused fields, each with its value and what is expected.
    pub fn validate(&self) -> Result<OneImpurityRequest, Vec<Invalid>> {
        let mut refused = self.model.refused();
        let mut discretization = self.discretization.clone();
        discretization.lambda.get_or_insert(DEFAULT_LAMBDA);
        let mut truncation = self.truncation.clone();
        truncation.energy.get_or_insert(DEFAULT_ENERGY);
        truncation.rule.get_or_insert(Rule::Plain);
        if truncation.max_states.is_empty() {
            truncation.max_states = vec![DEFAULT_STATES];
        }
        match Request::parts(&discretization, &truncation, &self.run) {
            Err(others) => refused.extend(others),
            Ok((discretization, truncation, run)) if refused.is_empty() => {
                return Ok(OneImpurityRequest {
                    model: self.model,
                    lambda: discretization.lambda,
                    scheme: discretization.scheme,
                    z: discretization.z,
                    truncation,
                    temperatures: run.temperature,
                    shells: run.shells,
                });
            }
            Ok(_) => {}
        }
        Err(refused)
    }
}

impl OneImpurity {
    fn refused(&self) -> Vec<Invalid> {
        let finite = |e: f64| e.abs() <= MAX_ENERGY;
        let fields: Vec<(&str, f64, bool, &str)> = match *self {
            Self::OneImpurityKondo { coupling, coupling_z } => vec![
                ("coupling", coupling, 0.0 < coupling && finite(coupling), "a positive number"),
                ("coupling_z", coupling_z, finite(coupling_z), "a finite number"),
            ],
            Self::OneImpurityAnderson { interaction, level_energy, hybridization } => vec![
                (
                    "interaction",
                    interaction,
                    0.0 <= interaction && finite(interaction),
                    "a number not below 0",
                ),
                ("level_energy", level_energy, finite(level_energy), "a finite number"),
                (
                    "hybridization",
                    hybridization,
                    0.0 < hybridization && finite(hybridization),
                    "a positive number",
                ),
            ],
        };
        let bad = fields.into_iter().filter(|(_, _, good, _)| !good);
        bad.map(|(field, value, _, expected)| {
            let expected = format!("{expected} in units of the half-bandwidth, at most 1e6");
            Invalid::new(format!("model.{field}"), value, expected)
        })
        .collect()
    }
}

impl OneImpurityRequest {
    /// One run per z.
    pub fn specs(&self) -> Vec<OneImpuritySpec> {
        let lowest = self.temperatures.iter().copied().fold(f64::INFINITY, f64::min);
        let runs = self.z.iter().map(|&z| {
            let shortest = match self.shells {
                0 => last_shell(self.lambda, z, self.scheme, BELOW * lowest),
                shells => shells - 1,
            };
            OneImpuritySpec {
                model: self.model,
                lambda: self.lambda,
                scheme: self.scheme,
                z,
                truncation: self.truncation.clone(),
                last_shells: vec![shortest, shortest + 1],
                temperatures: self.temperatures.clone(),
            }
        });
        runs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kondo(coupling: f64) -> RawOneImpurity {
        RawOneImpurity {
            model: OneImpurity::OneImpurityKondo { coupling, coupling_z: 0.1 },
            discretization: RawDiscretization::default(),
            truncation: RawTruncation::default(),
            run: RawRun { temperature: vec![1e-6], ..RawRun::default() },
        }
    }

    #[test]
    fn bad_values_are_refused_by_name() {
        for coupling in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            let refused = kondo(coupling).validate().unwrap_err();
            assert_eq!(refused.len(), 1, "{refused:?}");
            assert_eq!(refused[0].field, "model.coupling");
        }
        let mut raw = kondo(0.1);
        raw.run.temperature = vec![-1.0];
        raw.discretization.lambda = Some(0.5);
        let fields: Vec<_> = raw.validate().unwrap_err().into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["discretization.lambda", "run.temperature"]);
    }

    #[test]
    fn a_document_names_its_model() {
        let text = r#"{ "model": { "kind": "one-impurity-anderson", "interaction": 0.1,
            "level_energy": -0.05, "hybridization": 0.01 }, "run": { "temperature": [1e-5] } }"#;
        let raw: RawOneImpurity = serde_json::from_str(text).unwrap();
        let request = raw.validate().unwrap();
        assert_eq!(request.lambda, 2.5);
        assert_eq!(request.specs().len(), 4);
    }
}
