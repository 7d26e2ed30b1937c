//! "four-state": the ribbon in closed form, without Rashba coupling and in the four-state model.
use super::geometry::{momenta, momentum_array, width};
use super::material::{Needs, model};
use super::{Calculation, accepted, cost};
use num_complex::Complex64;

use crate::engine::{Answer, Array, Cost, Reader, Values};
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
        cost(count * 3e-4, count * 2000.0, count * 1200.0, "momentum.count")
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
            .map(
                |k| if k.abs() < model.critical_per_nm { model.at(*k).map(Some) } else { Ok(None) },
            )
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
    let mut arrays = vec![
        Array::real("energy_mev", "meV", "four-state model", &dimensions, bands.collect()),
        line("upper_coupling_mev", "meV", "D+", |point| point.upper_coupling_mev),
        line("lower_coupling_mev", "meV", "D-", |point| point.lower_coupling_mev),
        line("mixing_mev", "meV", "|B|", |point| point.mixing_mev.abs()),
        line(
            "separation_mev",
            "meV",
            "distance of the inner bands",
            FourStatePoint::separation_mev,
        ),
        line("projection", "1", "P(k) of the lower band of the upper pair", |point| {
            point.projection()
        }),
    ];
    arrays.extend(complex_arrays(points));
    arrays
}

/// Hamiltonian, eigenvectors, coefficients and integrals; NaN where the model does not hold.
fn complex_arrays(points: &[Option<FourStatePoint>]) -> Vec<Array> {
    let array = |name: &str,
                 unit: &str,
                 text: &str,
                 inner: &[(&str, usize)],
                 of: fn(&FourStatePoint) -> Vec<Complex64>| {
        let len = inner.iter().map(|(_, len)| len).product();
        let values = points.iter().flat_map(|point| match point {
            Some(point) => of(point).into_iter().map(|z| [z.re, z.im]).collect(),
            None => vec![[f64::NAN; 2]; len],
        });
        let mut dimensions = vec![("k_per_nm", points.len())];
        dimensions.extend_from_slice(inner);
        Array::new(name, unit, text, Values::C128(values.collect())).over(&dimensions)
    };
    let basis = "in the basis up+, dn+, up-, dn-";
    let (level, left, right) = (("level", 2), ("left", 2), ("right", 2));
    vec![
        array("hamiltonian_mev", "meV", basis, &[("row", 4), ("column", 4)], |point| {
            point.hamiltonian().concat()
        }),
        array("eigenvector", "1", basis, &[("band", 4), ("state", 4)], |point| {
            point.bands.iter().flat_map(|band| band.vector).collect()
        }),
        array("decay_per_nm", "1/nm", "lambda at E^+ and E^-", &[level, ("root", 2)], |point| {
            point.coefficients().iter().flat_map(|level| level.lambda_per_nm).collect()
        }),
        array("eta", "1", "eta_1, eta_2 at E^+ and E^-", &[level, ("root", 2)], |point| {
            point.coefficients().iter().flat_map(|level| level.eta).collect()
        }),
        array("gamma", "1", "gamma^+, gamma^-", &[level], |point| {
            point.coefficients().iter().map(|level| level.gamma).collect()
        }),
        array("gamma_even_nm", "nm", "Gamma_++(L, L')", &[left, right], |point| {
            point.integrals().even_even_nm.concat()
        }),
        array("gamma_odd_nm", "nm", "Gamma_--(L, L')", &[left, right], |point| {
            point.integrals().odd_odd_nm.concat()
        }),
        array("omega", "1", "Omega(L, L')", &[left, right], |point| {
            point.integrals().even_slope.concat()
        }),
    ]
}
