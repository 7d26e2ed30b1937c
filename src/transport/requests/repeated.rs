//! `repeated-scattering`: quantum spins without mean field, one electron after another.
use super::array::{accept_array, impurities};
use super::output::Output;
use super::{Question, Understood, spin};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::protection::{Impurity, repeated_scattering, spin_space};

struct Repeated {
    impurities: Vec<Impurity>,
    wavenumber: f64,
    spin: f64,
    density_matrix: bool,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    let density_matrix = calculation.flag_or("density_matrix", false);
    let array = reader.section("array");
    let impurities = impurities(&array);
    let spin = spin(&array, "spin", 127.5);
    let edge = reader.section("edge");
    let wavenumber = edge.number_or("wavenumber_per_nm", 0.0, Range::FINITE);
    if !reader.clean() {
        return None;
    }
    accept_array(reader, spin_space(&impurities, wavenumber, spin))?;
    Some(Box::new(Repeated { impurities, wavenumber, spin, density_matrix }))
}

impl Repeated {
    fn dimension(&self) -> usize {
        spin_space(&self.impurities, self.wavenumber, self.spin).unwrap_or(1)
    }

    /// The slowest spin decides: some 1/J^2 electrons for each digit, more with little anisotropy.
    fn iterations(&self) -> f64 {
        let norms = self.impurities.iter().map(|impurity| impurity.coupling.norm_squared());
        let weakest = norms.filter(|norm| 0.0 < *norm).fold(f64::INFINITY, f64::min);
        (800.0 / weakest.min(1.0)).clamp(800.0, 200_000.0)
    }
}

impl Question for Repeated {
    fn cost(&self) -> Cost {
        let d = self.dimension() as f64;
        let core_seconds =
            if d <= 16.0 { 1e-4 + 4e-8 * d.powi(6) } else { 1e-8 * d.powi(3) * self.iterations() };
        let squared = (d * d) as u64;
        Cost {
            core_seconds,
            memory_bytes: (1 << 20) + 16 * squared * if d <= 16.0 { squared } else { 40 },
            result_bytes: 24 + if self.density_matrix { 16 * squared } else { 0 },
            decided_by: "array.impurities",
        }
    }

    fn answer(&self, stop: &dyn Stop) -> Result<Answer, TransportError> {
        let found = repeated_scattering(&self.impurities, self.wavenumber, self.spin, stop)?;
        let mut out = Output::default();
        let text = "share of electrons reflected in the stationary state of the spins";
        out.number("backscattering", "1", text, found.backscattering);
        let text = "reflection of the first electron, spins fully mixed";
        out.number("first_electron", "1", text, found.first_electron);
        if self.density_matrix {
            let text = "stationary state of the spins, the first impurity the slowest index";
            out.density_matrices(text, &[], [&found.state]);
        }
        out.measure("unitarity_defect", found.unitarity_defect);
        out.warn(found.warnings);
        Ok(out.answer())
    }
}
