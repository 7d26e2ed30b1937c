//! "bulk": bands of the bulk and the edges of its gap.
use super::geometry::{momenta, momentum_array};
use super::material::{Needs, model};
use super::{Calculation, accepted, cost};
use crate::engine::{Answer, Array, Cost, Range, Reader};
use crate::linalg::Device;
use crate::ribbon::{Model, RibbonError, bulk_bands, bulk_edges};
use crate::stop::Stop;

struct Bulk {
    model: Model,
    momenta: Vec<f64>,
    /// Of k against the x axis, rad.
    angle: f64,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let model = model(reader, Needs::Bands);
    let angle = reader.section("direction").number_or("angle_rad", 0.0, Range::FINITE);
    let (model, momenta) = (model?, momenta(reader)?);
    accepted(reader, bulk_bands(&model, 0.0, 0.0))?;
    Some(Box::new(Bulk { model, momenta, angle }))
}

impl Calculation for Bulk {
    fn cost(&self) -> Cost {
        let count = self.momenta.len() as f64;
        cost(1e-3 + 2e-6 * count, 64.0 * count, 40.0 * count, "momentum.k_per_nm")
    }

    fn answer(&self, _: &dyn Device, _: &dyn Stop) -> Result<Answer, RibbonError> {
        let mut answer = Answer::default();
        let (cos, sin) = (self.angle.cos(), self.angle.sin());
        let mut energies = Vec::with_capacity(4 * self.momenta.len());
        for k in &self.momenta {
            energies.extend(bulk_bands(&self.model, k * cos, k * sin)?);
        }
        answer.arrays = vec![momentum_array(&self.momenta), bands_array(energies, &self.momenta)];
        match bulk_edges(&self.model) {
            Ok(edges) => {
                let scalar = |name, long_name, value| Array::scalar(name, "meV", long_name, value);
                answer.arrays.extend([
                    scalar("conduction_edge_mev", "E_c", edges.conduction_mev),
                    scalar("valence_edge_mev", "E_v", edges.valence_mev),
                    scalar("bulk_gap_mev", "E_c - E_v", edges.gap_mev()),
                ]);
                if !edges.has_gap() {
                    answer.quality.warnings.push("no bulk gap: E_c <= E_v".into());
                }
            }
            Err(RibbonError::Missing { what, why }) => {
                answer.quality.warnings.push(format!("{what} does not exist: {why}"));
            }
            Err(other) => return Err(other),
        }
        if let Err(invalid) = self.model.check_topological() {
            answer.quality.warnings.push(format!("not topological: {invalid}"));
        }
        Ok(answer)
    }
}

fn bands_array(energies: Vec<f64>, momenta: &[f64]) -> Array {
    let dimensions = [("k_per_nm", momenta.len()), ("band", 4)];
    Array::real("energy_mev", "meV", "bulk bands, ascending", &dimensions, energies)
}
