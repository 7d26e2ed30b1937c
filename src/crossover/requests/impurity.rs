//! `[impurity]`, `[discretization]`, `[truncation]`, `[spectra]` and `[conditions]`: the NRG run.
use crate::crossover::kondo_temperature_of_anderson;
use crate::engine::{Range, Reader, Section};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::nrg::scaling;
use crate::nrg::{
    OneImpurity, OneImpurityRequest, RawDiscretization, RawOneImpurity, RawRun, RawTruncation,
    TMatrix, TMatrixRequest, one_impurity, tmatrix,
};
use crate::stop::Stop;

use super::Failure;

const MAX_TEMPERATURES: usize = 64;

/// T_K is read off 1/(4 chi) at this temperature over the estimate: there it no longer moves.
const FAR_BELOW: f64 = 3e-3;

/// A run, its temperatures in units of D or of T_K.
pub(super) struct Run {
    request: TMatrixRequest,
    /// T/T_K; `request` then holds these times `estimate`.
    ratios: Option<Vec<f64>>,
    /// Scale of T_K from a closed form, D; 0 where the moment stays free.
    estimate: f64,
}

/// T-matrix with the Kondo temperature it is measured by.
pub(super) struct Found {
    pub matrix: TMatrix,
    pub kondo_temperature: f64,
    /// T_K may be read off at a temperature too high for it.
    pub warning: Option<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Kondo,
    Anderson,
}

fn model(section: &Section<'_, '_>) -> Option<(OneImpurity, f64)> {
    let kinds = [("kondo", Kind::Kondo), ("anderson", Kind::Anderson)];
    Some(match section.required_choice("kind", &kinds)? {
        Kind::Kondo => {
            let coupling = section.required("coupling", Range::POSITIVE);
            let coupling_z = section.number_or("coupling_z", coupling, Range::FINITE);
            let model = OneImpurity::OneImpurityKondo { coupling, coupling_z };
            (model, scaling::kondo_temperature(coupling, coupling_z))
        }
        Kind::Anderson => {
            let interaction = section.required("interaction", Range::NOT_NEGATIVE);
            let level_energy = section.number_or("level_energy", -0.5 * interaction, Range::FINITE);
            let hybridization = section.required("hybridization", Range::POSITIVE);
            let model =
                OneImpurity::OneImpurityAnderson { interaction, level_energy, hybridization };
            (model, kondo_temperature_of_anderson(interaction, level_energy, hybridization))
        }
    })
}

/// None after a refusal.
pub(super) fn read(reader: &Reader<'_>) -> Option<Run> {
    let model = model(&reader.section("impurity"));
    let conditions = reader.section("conditions");
    let absolute = conditions.numbers("temperature", Range::POSITIVE, MAX_TEMPERATURES);
    let ratios = conditions.numbers("temperature_over_kondo", Range::POSITIVE, MAX_TEMPERATURES);
    if conditions.has("temperature") == conditions.has("temperature_over_kondo") {
        let expected = "temperatures in units of D here, or temperature_over_kondo; not both";
        conditions.refuse("temperature", "none or both", expected);
    }
    let section = reader.section("discretization");
    let lambda = section.number_or("lambda", 4.0, Range::between(1.5, 10.0));
    let below_one = Range { with_low: true, high: 1.0, ..Range::POSITIVE };
    let z = section.numbers_or("z", &[0.0, 0.25, 0.5, 0.75], below_one, 32);
    let discretization = RawDiscretization { lambda: Some(lambda), z, scheme: None };
    let section = reader.section("truncation");
    let truncation = RawTruncation {
        energy: Some(section.number_or("energy", 10.0, Range::between(2.0, 40.0))),
        max_states: vec![section.number_or("max_states", 1500.0, Range::whole(16, 20_000)) as u32],
        ..RawTruncation::default()
    };
    let section = reader.section("spectra");
    let sigma = section.number_or("broadening", 0.4, Range::between(0.01, 2.0));
    let per_decade = section.number_or("per_decade", 20.0, Range::whole(5, 200)) as u32;
    if !reader.clean() {
        return None;
    }
    let (model, estimate) = model?;
    if ratios.is_some() && estimate <= 0.0 {
        let expected =
            "temperatures in units of D: there is no Kondo temperature for this impurity";
        conditions.refuse("temperature_over_kondo", "T/T_K", expected);
        return None;
    }
    let temperature = match (&ratios, absolute) {
        (Some(ratios), _) => ratios.iter().map(|ratio| ratio * estimate).collect(),
        (None, absolute) => absolute?,
    };
    let run = RawRun { temperature, ..RawRun::default() };
    let raw = RawOneImpurity { model, discretization, truncation, run };
    match raw.validate() {
        Ok(run) => {
            let request = TMatrixRequest { run, sigma, per_decade };
            Some(Run { request, ratios, estimate })
        }
        Err(errors) => {
            let given = if ratios.is_some() { "_over_kondo" } else { "" };
            for error in errors {
                reader.refuse(at_its_place(error, given));
            }
            None
        }
    }
}

/// The NRG's name of a field, as this document has it.
fn at_its_place(error: Invalid, suffix: &str) -> Invalid {
    let field = match error.field.split_once('.') {
        Some(("model", rest)) => format!("impurity.{rest}"),
        Some(("run", _)) => format!("conditions.temperature{suffix}"),
        _ => error.field.clone(),
    };
    Invalid { field, ..error }
}

impl Run {
    pub fn temperatures(&self) -> usize {
        self.request.run.temperatures.len()
    }

    /// One core, seconds, with the third power of the states: generous, 2 s for the example in
    /// `examples/crossover_spin_hall.toml`, which took 0.4.
    pub fn core_seconds(&self) -> f64 {
        let run = &self.request.run;
        let states = self.states();
        let shells: f64 = run
            .specs()
            .iter()
            .filter_map(|spec| spec.last_shells.first())
            .map(|&n| f64::from(n))
            .sum();
        let second = if self.ratios.is_some() { 2.0 } else { 1.0 };
        second * shells * (2e-3 + 8e-10 * states.powi(3)) + 0.03 * self.temperatures() as f64
    }

    /// States kept, of the order of what E_trunc leaves of free electrons.
    fn states(&self) -> f64 {
        let run = &self.request.run;
        let most = run.truncation.max_states.last().copied().unwrap_or(1500);
        (12.0 * (0.32 * run.truncation.energy).exp()).min(f64::from(most))
    }

    pub fn memory_bytes(&self) -> u64 {
        let states = self.states();
        (1 << 26) + (64.0 * 8.0 * states * states).min(2.0e9) as u64
    }

    /// The NRG: first T_K where temperatures are in its units, then all temperatures in one pass a
    /// z.
    pub fn find(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Found, Failure> {
        let Some(ratios) = &self.ratios else {
            let matrix = tmatrix(&self.request, device, stop)?;
            let kondo_temperature = matrix.kondo_temperature;
            let lowest = lowest(&self.request.run);
            let warning = (0.1 * kondo_temperature < lowest).then(|| {
                format!(
                    "T_K is 1/(4 chi) at the lowest temperature, {lowest:e} D, which is not far \
                     below it: an upper bound"
                )
            });
            return Ok(Found { matrix, kondo_temperature, warning });
        };
        let kondo_temperature = self.kondo_temperature(device, stop)?;
        let mut request = self.request.clone();
        request.run.temperatures = ratios.iter().map(|ratio| ratio * kondo_temperature).collect();
        let matrix = tmatrix(&request, device, stop)?;
        Ok(Found { matrix, kondo_temperature, warning: None })
    }

    /// 1/(4 chi) of S^z far below the estimate, mean over z (34), D.
    fn kondo_temperature(&self, device: &dyn Device, stop: &dyn Stop) -> Result<f64, Failure> {
        let mut run = self.request.run.clone();
        run.temperatures = vec![FAR_BELOW * self.estimate];
        let mut sum = 0.0;
        let specs = run.specs();
        for spec in &specs {
            let results = one_impurity(spec, device, stop)?;
            let found = results.first().and_then(|result| result.get("t_k_longitudinal"));
            sum += found.unwrap_or(f64::NAN);
        }
        let mean = sum / specs.len() as f64;
        if mean.is_finite() && 0.0 < mean {
            return Ok(mean);
        }
        Err(Failure::Outside(format!("no Kondo temperature: 1/(4 chi) = {mean}")))
    }
}

fn lowest(run: &OneImpurityRequest) -> f64 {
    run.temperatures.iter().copied().fold(f64::INFINITY, f64::min)
}
