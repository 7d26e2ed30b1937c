//! The NRG part of a request document: what a user writes (`RawRequest`), and what is computed
//! (`Request`: validated, defaults filled in).
use serde::{Deserialize, Serialize};

use super::run::last_shell;
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
    pub error_bars: Option<bool>,
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
    /// Whether a second run with a lower cut says how far to trust each result.
    pub error_bars: bool,
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
        let mut check = Check::default();
        let request = Request {
            model: self.model.validate(&mut check),
            discretization: self.discretization.validate(&mut check),
            truncation: self.truncation.validate(&mut check),
            run: self.run.validate(&mut check),
        };
        if check.refused.is_empty() {
            check_shells(&request.discretization, &request.run, &mut check);
        }
        if check.refused.is_empty() { Ok(request) } else { Err(check.refused) }
    }
}

impl Request {
    /// The parts that all models share, checked together.
    pub(super) fn parts(
        discretization: &RawDiscretization,
        truncation: &RawTruncation,
        run: &RawRun,
    ) -> Result<(Discretization, Truncation, Run), Vec<Invalid>> {
        let mut check = Check::default();
        let parts = (
            discretization.validate(&mut check),
            truncation.validate(&mut check),
            run.validate(&mut check),
        );
        if check.refused.is_empty() {
            check_shells(&parts.0, &parts.2, &mut check);
        }
        if check.refused.is_empty() { Ok(parts) } else { Err(check.refused) }
    }
}

/// With `shells = 0` the lowest temperature and lambda decide how many shells there are.
fn check_shells(discretization: &Discretization, run: &Run, check: &mut Check) {
    let Discretization { lambda, scheme, .. } = *discretization;
    let lowest = run.temperature.iter().copied().fold(f64::INFINITY, f64::min);
    let of = |&z: &f64| match run.shells {
        0 => 1 + last_shell(lambda, z, scheme, lowest),
        shells => shells,
    };
    let longest = discretization.z.iter().map(of).max();
    if longest.is_some_and(|shells| MAX_SHELLS < f64::from(shells)) {
        let expected = format!(
            "a temperature that lambda = {lambda} reaches within {MAX_SHELLS} shells \
             (raise the temperature or lambda, or set run.shells)"
        );
        check.refused.push(Invalid::new("run.temperature", lowest, expected));
    }
}

/// Most shells of a run; omega_N is then far below any temperature that makes sense.
const MAX_SHELLS: f64 = 200.0;
const MAX_DISTANCE: f64 = 1e12;
const MAX_LAMBDA: f64 = 100.0;
const MAX_TWISTS: usize = 256;
const MAX_TEMPERATURES: usize = 1000;
const MAX_BUDGETS: usize = 200;
const MAX_STATES: u32 = 20_000;

/// Collects refusals.
#[derive(Default)]
struct Check {
    refused: Vec<Invalid>,
}

impl Check {
    fn number(
        &mut self,
        field: &str,
        value: f64,
        accept: impl Fn(f64) -> bool,
        expected: &str,
    ) -> f64 {
        if !(value.is_finite() && accept(value)) {
            self.refused.push(Invalid::new(field, value, expected));
        }
        value
    }

    fn required(
        &mut self,
        field: &str,
        value: Option<f64>,
        accept: impl Fn(f64) -> bool,
        expected: &str,
    ) -> f64 {
        match value {
            Some(value) => self.number(field, value, accept, expected),
            None => {
                self.refused.push(Invalid::missing(field, expected));
                f64::NAN
            }
        }
    }

    fn count(&mut self, field: &str, count: usize, most: usize) {
        if most < count {
            let value = format!("{count} values");
            self.refused.push(Invalid::new(field, value, format!("at most {most} values")));
        }
    }
}

/// Couplings beyond this are no perturbation of any band and overflow nothing: a sanity bound.
const MAX_COUPLING: f64 = 1e6;

impl RawModel {
    fn validate(&self, check: &mut Check) -> Model {
        let kind = self.kind.unwrap_or(ModelKind::TwoImpurityHelicalKondo);
        let expected = "\"two-impurity-helical-kondo\"";
        match self.kind {
            Some(ModelKind::TwoImpurityHelicalKondo) => {}
            Some(ModelKind::OneImpurityKondo) => {
                let expected = format!("{expected} (one-impurity-kondo is not yet supported)");
                check.refused.push(Invalid::new("model.kind", "\"one-impurity-kondo\"", expected));
            }
            None => check.refused.push(Invalid::missing("model.kind", expected)),
        }
        let coupling = check.required(
            "model.coupling",
            self.coupling,
            |j| 0.0 < j && j <= MAX_COUPLING,
            "a positive number, J in units of the half-bandwidth (the sign of J is a gauge choice)",
        );
        let coupling_z = check.required(
            "model.coupling_z",
            self.coupling_z,
            |j| j.abs() <= MAX_COUPLING,
            "a finite number, J_z in units of the half-bandwidth",
        );
        let distance = check.required(
            "model.distance",
            self.distance,
            |x| 1.0 <= x && x.fract() == 0.0 && x <= MAX_DISTANCE,
            "a whole number of lattice constants from 1 to 1e12",
        );
        Model { kind, coupling, coupling_z, distance: distance as u64 }
    }
}

impl RawDiscretization {
    fn validate(&self, check: &mut Check) -> Discretization {
        let lambda = check.number(
            "discretization.lambda",
            self.lambda.unwrap_or(4.0),
            |l| (1.1..=MAX_LAMBDA).contains(&l),
            "a number above 1 (from 1.1 to 100)",
        );
        check.count("discretization.z", self.z.len(), MAX_TWISTS);
        let z = if self.z.is_empty() { vec![0.0, 0.25, 0.5, 0.75] } else { self.z.clone() };
        for (i, &value) in z.iter().enumerate() {
            let field = format!("discretization.z[{i}]");
            check.number(&field, value, |z| (0.0..1.0).contains(&z), "a number in [0, 1)");
            if z[..i].contains(&value) {
                check.refused.push(Invalid::new(field, value, "each z only once"));
            }
        }
        Discretization { lambda, z, scheme: self.scheme.unwrap_or(Scheme::ZitkoPruschke) }
    }
}

impl RawTruncation {
    fn validate(&self, check: &mut Check) -> Truncation {
        let energy = check.number(
            "truncation.energy",
            self.energy.unwrap_or(8.0),
            |e| 0.0 < e && e <= 1e3,
            "a positive number (at most 1000), E_trunc in units of omega_n",
        );
        let gap_window = check.number(
            "truncation.gap_window",
            self.gap_window.unwrap_or(0.3),
            |w| (0.0..=10.0).contains(&w),
            "a number from 0 to 10",
        );
        check.count("truncation.max_states", self.max_states.len(), MAX_BUDGETS);
        let max_states =
            if self.max_states.is_empty() { vec![3000] } else { self.max_states.clone() };
        for (i, &k) in max_states.iter().enumerate() {
            if !(16..=MAX_STATES).contains(&k) {
                let field = format!("truncation.max_states[{i}]");
                let expected = format!("a whole number from 16 to {MAX_STATES}");
                check.refused.push(Invalid::new(field, k, expected));
            }
        }
        Truncation { energy, rule: self.rule.unwrap_or(Rule::Gap), gap_window, max_states }
    }
}

impl RawRun {
    fn validate(&self, check: &mut Check) -> Run {
        let expected = "a positive number (1e-100 to 1e6) in units of the half-bandwidth";
        if self.temperature.is_empty() {
            check.refused.push(Invalid::missing("run.temperature", expected));
        }
        check.count("run.temperature", self.temperature.len(), MAX_TEMPERATURES);
        for (i, &t) in self.temperature.iter().enumerate() {
            let field = match self.temperature.len() {
                1 => "run.temperature".to_owned(),
                _ => format!("run.temperature[{i}]"),
            };
            check.number(&field, t, |t| (1e-100..=1e6).contains(&t), expected);
        }
        let shells = check.number(
            "run.shells",
            self.shells.unwrap_or(0.0),
            |n| 0.0 <= n && n.fract() == 0.0 && n <= MAX_SHELLS,
            "a whole number from 0 (chosen by the temperature) to 200",
        );
        let error_bars = self.error_bars.unwrap_or(false);
        Run { temperature: self.temperature.clone(), shells: shells as u32, error_bars }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> RawRequest {
        let mut raw = RawRequest::default();
        raw.model.kind = Some(ModelKind::TwoImpurityHelicalKondo);
        for (field, value) in [
            ("model.coupling", 0.1),
            ("model.coupling_z", 0.0),
            ("model.distance", 10.0),
            ("run.temperature", 1e-3),
        ] {
            raw.set(field, value).unwrap();
        }
        raw
    }

    /// One refused value names its field, the value and what is expected.
    fn refuses(field: &str, value: f64, expected: &str) {
        let mut raw = valid();
        raw.set(field, value).unwrap();
        let refused = raw.validate().unwrap_err();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].field, field);
        assert_eq!(refused[0].value, value.to_string());
        assert!(refused[0].expected.contains(expected), "{}", refused[0]);
    }

    #[test]
    fn defaults_are_filled_in() {
        let request = valid().validate().unwrap();
        assert_eq!(request.discretization.z, [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(request.truncation.max_states, [3000]);
        assert_eq!((request.discretization.lambda, request.truncation.energy), (4.0, 8.0));
    }

    #[test]
    fn bad_values_are_refused_by_name() {
        refuses("model.coupling", -0.1, "positive");
        refuses("model.coupling", f64::NAN, "positive");
        refuses("model.coupling_z", f64::INFINITY, "finite");
        refuses("model.distance", 0.0, "whole number");
        refuses("model.distance", 2.5, "whole number");
        refuses("discretization.lambda", 1.0, "above 1");
        refuses("run.temperature", 0.0, "positive");
        refuses("run.shells", 3.5, "whole number");
        refuses("truncation.energy", -8.0, "positive");
    }

    #[test]
    fn z_must_be_in_its_interval_and_occur_once() {
        for (z, field) in
            [(vec![1.0], "discretization.z[0]"), (vec![0.5, 0.5], "discretization.z[1]")]
        {
            let mut raw = valid();
            raw.discretization.z = z;
            assert_eq!(raw.validate().unwrap_err()[0].field, field);
        }
    }

    #[test]
    fn too_many_shells_are_refused() {
        let mut raw = valid();
        raw.discretization.lambda = Some(1.2);
        raw.set("run.temperature", 1e-30).unwrap();
        let refused = raw.validate().unwrap_err();
        assert_eq!(refused[0].field, "run.temperature");
        raw.run.shells = Some(40.0);
        assert!(raw.validate().is_ok());
    }

    #[test]
    fn everything_missing_is_said_at_once() {
        let refused = RawRequest::default().validate().unwrap_err();
        let fields: Vec<_> = refused.iter().map(|r| r.field.as_str()).collect();
        let expected = [
            "model.kind",
            "model.coupling",
            "model.coupling_z",
            "model.distance",
            "run.temperature",
        ];
        assert_eq!(fields, expected);
    }
}
