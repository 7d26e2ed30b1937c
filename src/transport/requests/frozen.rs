//! `frozen-spins`: statistics of the transmission over disorder realizations, and the localization
//! length.
use super::output::Output;
use super::place::accept;
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::protection::{FrozenSpins, frozen_spin_statistics};

struct Statistics {
    spins: FrozenSpins,
    realizations: u64,
    seed: u64,
}

pub(super) fn read(reader: &Reader<'_>, _calculation: &Section<'_, '_>) -> Understood {
    let edge = reader.section("edge");
    let section = reader.section("frozen_spins");
    let statistics = reader.section("statistics");
    let spins = FrozenSpins {
        spins: section.required("count", Range::whole(1, 1 << 20)) as usize,
        length: edge.required("length_nm", Range::POSITIVE),
        wavenumber: edge.number_or("wavenumber_per_nm", 0.0, Range::FINITE),
        strength: section.required("strength", Range::FINITE),
        theta_max: section.number_or("theta_max_rad", 0.0, Range::FINITE),
    };
    let realizations = u64::from(statistics.count_or("realizations", 1000, 2, 1 << 27));
    let seed = u64::from(statistics.count_or("seed", 1, 0, u32::MAX));
    if !reader.clean() {
        return None;
    }
    let checked = spins.validate(realizations);
    let places = [("realizations", "statistics.realizations"), ("spins", "frozen_spins.count")];
    accept(reader, checked, "statistics.realizations", &places)?;
    Some(Box::new(Statistics { spins, realizations, seed }))
}

impl Question for Statistics {
    fn cost(&self) -> Cost {
        Cost {
            core_seconds: 4.7e-7 * self.realizations as f64 * self.spins.spins as f64,
            memory_bytes: (1 << 20) + 16 * self.realizations + 8 * self.spins.spins as u64,
            result_bytes: 48,
            decided_by: "statistics.realizations",
        }
    }

    fn answer(&self, stop: &dyn Stop) -> Result<Answer, TransportError> {
        let found = frozen_spin_statistics(&self.spins, self.realizations, self.seed, stop)?;
        let mut out = Output::default();
        for (name, unit, text, value) in [
            ("transmission_mean", "1", "<T>", found.mean),
            ("transmission_std", "1", "standard deviation of T", found.standard_deviation),
            ("ln_transmission_mean", "1", "<ln T>", found.mean_ln),
            ("ln_transmission_std", "1", "standard deviation of ln T", found.standard_deviation_ln),
            ("localization_length", "nm", "-2 L/<ln T>", found.localization_length),
            ("localization_length_error", "nm", "standard error", found.localization_length_error),
        ] {
            out.number(name, unit, text, value);
        }
        out.measure("unitarity_defect", found.unitarity_defect);
        out.note(format!("{} realizations, one random stream from the seed", found.realizations));
        out.warn(found.warnings);
        Ok(out.answer())
    }
}
