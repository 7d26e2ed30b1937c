//! "four-state": the ribbon in closed form, without Rashba coupling and in the four-state model.
use super::geometry::{momenta, momentum_array, width};
use super::material::{Needs, model};
use super::{Calculation, accepted, cost};
use crate::engine::{Answer, Array, Cost, Reader};
use crate::linalg::Device;
use crate::ribbon::four_state::{FourState, FourStatePoint};
use crate::ribbon::quantized::quantized_dispersion;
use crate::ribbon::{Model, RibbonError};
use crate::stop::Stop;

struct Analytic {
    model: Model,
    width_nm: f64,
    momenta: Vec<f64>,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let model = model(reader, Needs::EdgeStates)?;
    let width_nm = width(reader);
    let momenta = momenta(reader)?;
    if !reader.clean() {
        return None;
    }
    accepted(reader, FourState::new(&model, width_nm))?;
    Some(Box::new(Analytic { model, width_nm, momenta }))
}

impl Calculation for Analytic {
    fn cost(&self) -> Cost {
        let count = self.momenta.len() as f64;
        cost(count * 3e-4, count * 400.0, count * 200.0, "momentum.count")
    }

    fn answer(&self, _: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let mut answer = Answer::default();
        answer.quality.warnings = FourState::warnings(&self.model);
        answer.arrays.push(momentum_array(&self.momenta));
        let mut bare = Vec::with_capacity(2 * self.momenta.len());
        for k in &self.momenta {
            if stop.stopped() {
                return Err(crate::linalg::LinalgError::Stopped.into());
            }
            for point in quantized_dispersion(&self.model, self.width_nm, &[*k])? {
                bare.extend([point.lower_mev, point.upper_mev]);
            }
        }
        let text = "E^-, E^+ without Rashba coupling; each doubly degenerate";
        let dimensions = [("k_per_nm", self.momenta.len()), ("branch", 2)];
        answer.arrays.push(Array::real(
            "energy_without_rashba_mev",
            "meV",
            text,
            &dimensions,
            bare,
        ));
        let model = FourState::new(&self.model, self.width_nm)?;
        let points: Vec<Option<FourStatePoint>> = self
            .momenta
            .iter()
            .map(|k| if k.abs() < model.critical_per_nm { model.at(*k).map(Some) } else { Ok(None) })
            .collect::<Result<_, _>>()?;
        if points.iter().any(Option::is_none) {
            answer.quality.warnings.push(format!(
                "the four-state model holds for |k| < {:.6e} 1/nm: NaN beyond",
                model.critical_per_nm
            ));
        }
        answer.arrays.extend(arrays(&points));
        Ok(answer)
    }
}

fn arrays(points: &[Option<FourStatePoint>]) -> Vec<Array> {
    let line = |name: &str, unit: &str, text: &str, of: fn(&FourStatePoint) -> f64| {
        let values = points.iter().map(|point| point.as_ref().map_or(f64::NAN, of)).collect();
        Array::real(name, unit, text, &[("k_per_nm", points.len())], values)
    };
    let bands = points.iter().flat_map(|point| match point {
        Some(point) => point.bands.map(|band| band.energy_mev),
        None => [f64::NAN; 4],
    });
    let dimensions = [("k_per_nm", points.len()), ("band", 4)];
    vec![
        Array::real("energy_mev", "meV", "four-state model", &dimensions, bands.collect()),
        line("upper_coupling_mev", "meV", "D+", |point| point.upper_coupling_mev),
        line("lower_coupling_mev", "meV", "D-", |point| point.lower_coupling_mev),
        line("mixing_mev", "meV", "|B|", |point| point.mixing_mev.abs()),
        line("separation_mev", "meV", "distance of the inner bands", FourStatePoint::separation_mev),
        line("projection", "1", "P(k) of the lower band of the upper pair", |point| {
            point.projection()
        }),
    ]
}
