//! "spin-rotation": how far the spin of an edge band turns until it reaches the bulk.
use super::geometry::width;
use super::material::{Needs, model};
use super::{Calculation, accepted, cost};
use crate::engine::{Answer, Array, Cost, Range, Reader};
use crate::linalg::{Device, LinalgError};
use crate::ribbon::four_state::FourState;
use crate::ribbon::{Model, Projection, RibbonError, bulk_edges, functions_needed};
use crate::stop::Stop;

struct SpinRotation {
    model: Model,
    width_nm: f64,
    /// E_c, meV.
    conduction_mev: f64,
    /// Wave numbers at which P(k) is wanted.
    momenta: Vec<f64>,
    numerical: bool,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let model = model(reader, Needs::EdgeStates)?;
    let width_nm = width(reader);
    let section = reader.section("rotation");
    let own = section.number("conduction_edge_mev", Range::FINITE);
    let numerical = section.flag_or("numerical", true);
    let momenta = section.numbers("k_per_nm", Range::POSITIVE, 10_000).unwrap_or_default();
    if !reader.clean() {
        return None;
    }
    let conduction_mev = match own {
        Some(edge) => edge,
        None => accepted(reader, bulk_edges(&model))?.conduction_mev,
    };
    accepted(reader, FourState::new(&model, width_nm))?;
    if numerical {
        accepted(reader, Projection::new(model, width_nm))?;
    }
    Some(Box::new(SpinRotation { model, width_nm, conduction_mev, momenta, numerical }))
}

impl Calculation for SpinRotation {
    fn cost(&self) -> Cost {
        let n = 4.0 * functions_needed(&self.model, self.width_nm) as f64;
        let evaluations = 600.0 + self.momenta.len() as f64;
        let each = if self.numerical { 2e-4 + 1e-5 * n } else { 3e-4 };
        let bytes = 24.0 * self.momenta.len() as f64 + 100.0;
        cost(evaluations * each, 4e3 * n, bytes, "ribbon.width_nm")
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let mut answer = Answer::default();
        let four_state = FourState::new(&self.model, self.width_nm)?;
        let total = four_state.total_rotation(self.conduction_mev)?;
        let scalar = Array::scalar;
        let per_r0 = |total: f64| total / self.model.rashba_mev_nm.powi(2);
        answer.arrays.extend([
            scalar("conduction_edge_mev", "meV", "E_c", self.conduction_mev),
            scalar("rotation_four_state_per_nm", "1/nm", "K_tot: four-state", total.total_per_nm),
            scalar(
                "rotation_four_state_per_r0_squared",
                "1/(meV^2 nm^3)",
                "K_tot/R_0^2: four-state",
                per_r0(total.total_per_nm),
            ),
            scalar("k_bulk_per_nm", "1/nm", "k_r: E^+ meets E_c", total.k_bulk_per_nm),
            scalar("largest_projection", "1", "max P(k): four-state", total.largest_projection),
            scalar("k_largest_per_nm", "1/nm", "where P is largest", total.k_largest_per_nm),
        ]);
        let len = self.momenta.len();
        let line = |name: &str, text: &str, values: Vec<f64>| {
            Array::real(name, "1", text, &[("k_per_nm", len)], values)
        };
        if 0 < len {
            answer.arrays.push(super::geometry::momentum_array(&self.momenta));
            let inside = |k: &f64| *k < four_state.critical_per_nm;
            let values = self.momenta.iter().map(|k| {
                if inside(k) { Ok(four_state.at(*k)?.projection()) } else { Ok(f64::NAN) }
            });
            let values = values.collect::<Result<_, RibbonError>>()?;
            answer.arrays.push(line("projection_four_state", "P(k): four-state", values));
        }
        if self.numerical {
            let projection = Projection::new(self.model, self.width_nm)?;
            let total = projection.total(Some(self.conduction_mev), device, stop)?;
            answer.arrays.extend([
                scalar("rotation_per_nm", "1/nm", "K_tot: full solution", total.total_per_nm),
                scalar(
                    "rotation_per_r0_squared",
                    "1/(meV^2 nm^3)",
                    "K_tot/R_0^2: full solution",
                    per_r0(total.total_per_nm),
                ),
            ]);
            if 0 < len {
                let one = |k: &f64| {
                    if stop.stopped() {
                        return Err(LinalgError::Stopped.into());
                    }
                    projection.at(*k, device, stop)
                };
                let values = self.momenta.iter().map(one).collect::<Result<_, RibbonError>>()?;
                answer.arrays.push(line("projection", "P(k): full solution", values));
            }
        }
        answer.quality.warnings = FourState::warnings(&self.model);
        Ok(answer)
    }
}
