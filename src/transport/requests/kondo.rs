//! `mean-field`: large-N saddle point of the Kondo impurity; `anderson`: its parameters from an
//! Anderson impurity; `resonant-level`: the phase shift of another channel.
use super::output::{Output, dimensions};
use super::place::accept;
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::spin_hall::{
    Anderson, MeanField, anderson_to_kondo, mean_field, resonant_phase_shift, wilson_ratio,
};

const SMALL: Cost = Cost {
    core_seconds: 1e-5,
    memory_bytes: 1 << 16,
    result_bytes: 64,
    decided_by: "calculation.kind",
};

/// Small enough to be answered while it is read.
struct Saddle {
    found: MeanField,
    energies: Option<Vec<f64>>,
    wilson_ratio: Option<f64>,
}

pub(super) fn read_mean_field(reader: &Reader<'_>, _calculation: &Section<'_, '_>) -> Understood {
    let section = reader.section("mean_field");
    let coupling = section.required("coupling", Range::POSITIVE);
    let open = Range { high: 1.0, ..Range::POSITIVE };
    let filling = section.required("filling", open);
    let energies = section.numbers("energy", Range::FINITE, 10_000);
    let degeneracy = section.number("degeneracy", Range::whole(2, 1_000_000));
    if !reader.clean() {
        return None;
    }
    let places = [("coupling", "mean_field.coupling"), ("filling", "mean_field.filling")];
    let found = accept(reader, mean_field(coupling, filling), "mean_field", &places)?;
    let ratio = degeneracy.map(|n| wilson_ratio(n as u32)).transpose();
    let wilson_ratio = accept(reader, ratio, "mean_field.degeneracy", &[])?;
    Some(Box::new(Saddle { found, energies, wilson_ratio }))
}

impl Question for Saddle {
    fn cost(&self) -> Cost {
        SMALL
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        let found = &self.found;
        for (name, unit, text, value) in [
            ("kondo_temperature", "eF/k_B", "T_K = |xi|", found.kondo_temperature),
            (
                "kondo_temperature_asymptotic",
                "eF/k_B",
                "exp(-1/g), its limit for g << 1",
                found.kondo_temperature_asymptotic,
            ),
            ("gamma", "eF", "width Gamma of the resonance", found.gamma),
            ("level", "eF", "its position from the Fermi energy, lambda - eF", found.level),
            ("phase_shift", "rad", "at the Fermi energy, pi q", found.phase_shift),
        ] {
            out.number(name, unit, text, value);
        }
        if let Some(energies) = &self.energies {
            let over = dimensions(&[("energy", energies.len())]);
            if !over.is_empty() {
                out.coordinate("energy", "eF", "from the Fermi energy", energies);
            }
            let values = energies.iter().map(|energy| found.phase_shift_at(*energy)).collect();
            out.real("phase_shift_at_energy", "rad", "arg(lambda + i Gamma - e)", &over, values);
        }
        if let Some(ratio) = self.wilson_ratio {
            out.number("wilson_ratio", "1", "1/(1 - 1/N)", ratio);
        }
        out.warn(found.warnings.clone());
        Ok(out.answer())
    }
}

pub(super) fn read_anderson(reader: &Reader<'_>, _calculation: &Section<'_, '_>) -> Understood {
    let section = reader.section("anderson");
    let level = section.required("level_ev", Range::FINITE);
    let repulsion = section.required("repulsion_ev", Range::FINITE);
    let hybridization = section.required("hybridization_ev", Range::FINITE);
    if !reader.clean() {
        return None;
    }
    let places = [("level", "anderson.level_ev"), ("repulsion", "anderson.repulsion_ev")];
    let found = anderson_to_kondo(level, repulsion, hybridization);
    Some(Box::new(accept(reader, found, "anderson", &places)?))
}

impl Question for Anderson {
    fn cost(&self) -> Cost {
        SMALL
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        out.number("exchange", "eV", "Kondo exchange J (times the volume of V^2)", self.exchange);
        let text = "potential scattering (times the volume of V^2)";
        out.number("potential", "eV", text, self.potential);
        Ok(out.answer())
    }
}

struct Resonance(f64);

pub(super) fn read_resonance(reader: &Reader<'_>, _calculation: &Section<'_, '_>) -> Understood {
    let section = reader.section("resonance");
    let width = section.required("width_ev", Range::POSITIVE);
    let level = section.number_or("level_ev", 0.0, Range::FINITE);
    if !reader.clean() {
        return None;
    }
    let shift = accept(reader, resonant_phase_shift(width, level), "resonance", &[])?;
    Some(Box::new(Resonance(shift)))
}

impl Question for Resonance {
    fn cost(&self) -> Cost {
        SMALL
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        out.number("phase_shift", "rad", "arg(level + i width)", self.0);
        Ok(out.answer())
    }
}
