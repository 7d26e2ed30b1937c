//! `t-matrix`: the T-matrix of one impurity over temperature, normalized so that 1 is unitary
//! scattering.
use super::cost::{self, Work};
use super::error_bars;
use super::fields::{self, Impurity, Setting};
use super::write::Output;
use super::{Failure, Means, Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader};
use crate::nrg::{TMatrix, TMatrixPoint, TMatrixRequest, tmatrix};

struct Scattering {
    setting: Setting,
    request: TMatrixRequest,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let setting = fields::setting(reader, fields::ONE);
    let section = reader.section("spectra");
    let sigma = section.number_or("broadening", 0.3, Range::between(0.01, 2.0));
    let per_decade = section.count_or("per_decade", 20, 5, 200);
    if !reader.clean() {
        return None;
    }
    let setting = setting?;
    let Impurity::One(model) = setting.impurity else { return None };
    Some(error_bars::question(setting, |setting| {
        let request = TMatrixRequest { run: setting.one_impurity(model), sigma, per_decade };
        Scattering { setting, request }
    }))
}

/// Name, unit, meaning and value at a temperature.
type Entry<'a> = (&'a str, &'a str, &'a str, fn(&TMatrixPoint) -> f64);

const ENTRIES: &[Entry<'_>] = &[
    ("transmission", "1", "g = -pi rho0 int (-f') Im T dw, from the peaks", |p| p.transmission),
    ("phase_shift", "rad", "elastic phase shift (arg S)/2 at w = 0", |p| p.phase_shift),
    ("inelastic_probability", "1", "1 - |S|^2 at w = 0", |p| p.inelastic),
];

impl Question for Scattering {
    fn cost(&self, _memory_bytes: u64) -> Cost {
        let Work { core_seconds, memory_bytes } = cost::one_impurity(&self.setting);
        let temperatures = self.setting.run.temperature.len();
        let points = 40 * self.request.per_decade as usize;
        Cost {
            core_seconds,
            memory_bytes,
            result_bytes: 8 * (temperatures * (4 + 3 * points)) as u64,
            decided_by: "truncation.max_states",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let found = tmatrix(&self.request, means.device, means.stop)?;
        let mut out = Output::default();
        let temperatures: Vec<f64> = found.points.iter().map(|p| p.temperature).collect();
        let leading = [("temperature", temperatures.len())];
        out.coordinate("temperature", "D", "temperature", &temperatures);
        let text = "T_K = 1/(4 chi) of S^z at the lowest temperature (34)";
        out.scalar("kondo_temperature", "D", text, found.kondo_temperature);
        let text = "temperature of g = 1/2; NaN where it is not passed";
        let half = found.half_transmission().unwrap_or(f64::NAN);
        out.scalar("half_transmission", "D", text, half);
        for &(name, unit, text, value) in ENTRIES {
            out.real((name, unit, text), &leading, found.points.iter().map(value).collect());
        }
        write_spectra(&mut out, &found);
        let missed = found.points.iter().map(|p| p.sum_rule_error).fold(0.0, f64::max);
        out.measure("sum_rule_error", missed);
        out.note(
            "broadening: log-Gauss, then a Gaussian of width T; every temperature has its own grid",
        );
        Ok(out.answer())
    }
}

/// Every temperature has its own frequencies; shorter lists end in NaN.
fn write_spectra(out: &mut Output, found: &TMatrix) {
    let longest = found.points.iter().map(|p| p.frequencies.len()).max().unwrap_or(0);
    let dimensions = [("temperature", found.points.len()), ("point", longest)];
    let filled = |of: fn(&TMatrixPoint) -> &Vec<f64>| -> Vec<f64> {
        let padded = found.points.iter().flat_map(|point| {
            let list = of(point);
            list.iter().copied().chain(std::iter::repeat_n(f64::NAN, longest - list.len()))
        });
        padded.collect()
    };
    let text = "frequency; NaN beyond the end of a temperature's grid";
    out.real(("frequency", "D", text), &dimensions, filled(|p| &p.frequencies));
    let text = "-pi rho0 Im T(w), broadened";
    out.real(("absorption", "1", text), &dimensions, filled(|p| &p.absorption));
    let text = "pi rho0 Re T(w), by Kramers-Kronig";
    out.real(("dispersion", "1", text), &dimensions, filled(|p| &p.dispersion));
}
