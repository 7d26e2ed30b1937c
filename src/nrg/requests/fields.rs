//! `[model]`, `[discretization]`, `[truncation]` and `[run]`: what all runs have.
use crate::engine::{Range, Reader, Section};
use crate::nrg::{
    Discretization, HelicalAnderson, Model, ModelKind, OneImpurity, OneImpurityRequest,
    RawDiscretization, RawRun, RawTruncation, Request, Rule, Run, RunSpec, Scheme, Truncation,
};

/// Which impurities there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Impurity {
    One(OneImpurity),
    HelicalKondo(Model),
    HelicalAnderson(HelicalAnderson),
}

/// As the document names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OneKondo,
    OneAnderson,
    TwoKondo,
    TwoAnderson,
}

pub(super) const ONE: &[(&str, Kind)] =
    &[("one-impurity-kondo", Kind::OneKondo), ("one-impurity-anderson", Kind::OneAnderson)];
pub(super) const HELICAL_KONDO: &[(&str, Kind)] = &[("two-impurity-helical-kondo", Kind::TwoKondo)];
pub(super) const ALL: &[(&str, Kind)] = &[
    ("two-impurity-helical-kondo", Kind::TwoKondo),
    ("two-impurity-helical-anderson", Kind::TwoAnderson),
    ("one-impurity-kondo", Kind::OneKondo),
    ("one-impurity-anderson", Kind::OneAnderson),
];

/// Couplings beyond this are no perturbation of any band.
const LARGEST: f64 = 1e6;
const MAX_SHIFTS: usize = 256;
const MAX_TEMPERATURES: usize = 1000;
const MAX_BUDGETS: usize = 200;
const MAX_STATES: u32 = 20_000;
const MAX_SHELLS: u32 = 200;

const SCHEMES: &[(&str, Scheme)] = &[
    ("zitko-pruschke", Scheme::ZitkoPruschke),
    ("campo-oliveira", Scheme::CampoOliveira),
    ("plain", Scheme::Plain),
];
const GAP_FIRST: &[(&str, Rule)] = &[("gap", Rule::Gap), ("plain", Rule::Plain)];
const PLAIN_FIRST: &[(&str, Rule)] = &[("plain", Rule::Plain), ("gap", Rule::Gap)];

pub(super) const POSITIVE: Range = Range { high: LARGEST, with_high: true, ..Range::POSITIVE };
pub(super) const ANY: Range = Range::between(-LARGEST, LARGEST);
const NOT_NEGATIVE: Range = Range::between(0.0, LARGEST);

/// Whole numbers of lattice constants (A11).
pub(super) const DISTANCE: Range =
    Range { low: 1.0, with_low: true, high: 1e12, with_high: true, whole: true };

/// A run as it was asked for, all defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub impurity: Impurity,
    pub discretization: Discretization,
    pub truncation: Truncation,
    pub run: Run,
}

/// A single number in a field that other kinds read as a list; NaN after a refusal.
pub(super) fn required(section: &Section<'_, '_>, field: &'static str, range: Range) -> f64 {
    if !section.has(field) {
        section.missing(field, range.to_string());
    }
    section.numbers(field, range, 1).and_then(|list| list.first().copied()).unwrap_or(f64::NAN)
}

/// The same with a default.
pub(super) fn number_or(
    section: &Section<'_, '_>,
    field: &'static str,
    default: f64,
    range: Range,
) -> f64 {
    section.numbers_or(field, &[default], range, 1).first().copied().unwrap_or(default)
}

/// `[model]` with its kind; None after a refusal.
pub(super) fn impurity(
    section: &Section<'_, '_>,
    kinds: &[(&'static str, Kind)],
) -> Option<Impurity> {
    let kind = section.required_choice("kind", kinds)?;
    let couplings =
        || (required(section, "coupling", POSITIVE), number_or(section, "coupling_z", 0.0, ANY));
    let distance = || required(section, "distance", DISTANCE) as u64;
    let level = || {
        let interaction = section.required("interaction", NOT_NEGATIVE);
        let level_energy = section.number_or("level_energy", -0.5 * interaction, ANY);
        (interaction, level_energy, section.required("hybridization", POSITIVE))
    };
    Some(match kind {
        Kind::OneKondo => {
            let (coupling, coupling_z) = couplings();
            Impurity::One(OneImpurity::OneImpurityKondo { coupling, coupling_z })
        }
        Kind::OneAnderson => {
            let (interaction, level_energy, hybridization) = level();
            let model =
                OneImpurity::OneImpurityAnderson { interaction, level_energy, hybridization };
            Impurity::One(model)
        }
        Kind::TwoKondo => {
            let (coupling, coupling_z) = couplings();
            let kind = ModelKind::TwoImpurityHelicalKondo;
            Impurity::HelicalKondo(Model { kind, coupling, coupling_z, distance: distance() })
        }
        Kind::TwoAnderson => {
            let (interaction, level_energy, hybridization) = level();
            let distance = distance();
            let model = HelicalAnderson { interaction, level_energy, hybridization, distance };
            Impurity::HelicalAnderson(model)
        }
    })
}

/// Lambda, z and scheme; `lambda` is the default of the first.
pub(super) fn discretization(reader: &Reader<'_>, lambda: f64) -> Option<RawDiscretization> {
    let section = reader.section("discretization");
    let lambda = section.number_or("lambda", lambda, Range::between(1.1, 100.0));
    let below_one = Range { with_high: false, ..Range::between(0.0, 1.0) };
    let z = section.numbers_or("z", &[0.0, 0.25, 0.5, 0.75], below_one, MAX_SHIFTS);
    let scheme = section.choice("scheme", SCHEMES)?;
    Some(RawDiscretization { lambda: Some(lambda), z, scheme: Some(scheme) })
}

fn truncation(reader: &Reader<'_>, one: bool) -> Option<RawTruncation> {
    let section = reader.section("truncation");
    let (energy, rules, states) =
        if one { (12.0, PLAIN_FIRST, 1500.0) } else { (8.0, GAP_FIRST, 3000.0) };
    let energy = section.number_or("energy", energy, Range { high: 1e9, ..Range::POSITIVE });
    let rule = section.choice("rule", rules)?;
    let gap_window = section.number_or("gap_window", 0.3, Range::between(0.0, 10.0));
    let max_states =
        section.numbers_or("max_states", &[states], Range::whole(16, MAX_STATES), MAX_BUDGETS);
    Some(RawTruncation {
        energy: Some(energy),
        rule: Some(rule),
        gap_window: Some(gap_window),
        max_states: max_states.into_iter().map(|states| states as u32).collect(),
    })
}

fn run(reader: &Reader<'_>) -> Option<RawRun> {
    let section = reader.section("run");
    let range = Range::between(1e-100, 1e6);
    if !section.has("temperature") {
        section.missing("temperature", format!("1 to {MAX_TEMPERATURES} temperatures, units of D"));
    }
    let temperature = section.numbers("temperature", range, MAX_TEMPERATURES);
    let shells = section.number_or("shells", 0.0, Range::whole(0, MAX_SHELLS));
    let error_bars = section.flag_or("error_bars", false);
    let (shells, error_bars) = (Some(shells), Some(error_bars));
    Some(RawRun { temperature: temperature?, shells, error_bars })
}

/// None after a refusal.
pub(super) fn setting(reader: &Reader<'_>, kinds: &[(&'static str, Kind)]) -> Option<Setting> {
    let impurity = impurity(&reader.section("model"), kinds);
    let one = matches!(impurity, Some(Impurity::One(_)));
    let discretization = discretization(reader, if one { 2.5 } else { 4.0 });
    let truncation = truncation(reader, one);
    let run = run(reader);
    let (discretization, truncation, run) = (discretization?, truncation?, run?);
    if !reader.clean() {
        return None;
    }
    // E_trunc beyond 1000 keeps what the budget allows; the shared check knows up to 1000.
    let energy = truncation.energy;
    let within = RawTruncation { energy: energy.map(|e| e.min(1e3)), ..truncation };
    match Request::parts(&discretization, &within, &run) {
        Ok((discretization, truncation, run)) => {
            let truncation =
                Truncation { energy: energy.unwrap_or(truncation.energy), ..truncation };
            Some(Setting { impurity: impurity?, discretization, truncation, run })
        }
        Err(errors) => {
            errors.into_iter().for_each(|error| reader.refuse(error));
            None
        }
    }
}

impl Setting {
    pub fn z(&self) -> &[f64] {
        &self.discretization.z
    }

    pub fn lowest(&self) -> f64 {
        self.run.temperature.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Runs of two Kondo impurities, one per z; none of another model.
    pub fn kondo_specs(&self, model: Model, temperatures: &[f64]) -> Vec<RunSpec> {
        let request = Request {
            model,
            discretization: self.discretization.clone(),
            truncation: self.truncation.clone(),
            run: self.run.clone(),
        };
        RunSpec::of(&request, temperatures, self.lowest())
    }

    /// The run of one impurity.
    pub fn one_impurity(&self, model: OneImpurity) -> OneImpurityRequest {
        OneImpurityRequest {
            model,
            lambda: self.discretization.lambda,
            scheme: self.discretization.scheme,
            z: self.discretization.z.clone(),
            truncation: self.truncation.clone(),
            temperatures: self.run.temperature.clone(),
            shells: self.run.shells,
        }
    }
}
