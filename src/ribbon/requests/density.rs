//! "density-of-states" and "wave-functions" of a ribbon.
use super::bands::{indices, quality};
use super::geometry::{Across, Geometry, momenta_of, momentum_array, ribbon};
use super::material::{Needs, model};
use super::{Calculation, cost, energies};
use crate::engine::{Answer, Array, Cost, Range, Reader};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::ribbon::{
    Broadening, Model, Point, Query, RibbonError, Want, density, density_of_states, solve,
};
use crate::stop::Stop;

struct DensityOfStates {
    model: Model,
    geometry: Geometry,
    momenta: Vec<f64>,
    energies: Vec<f64>,
    broadening: Broadening,
}

/// `[broadening]`.
pub(super) fn broadening(reader: &Reader<'_>) -> Option<Broadening> {
    let section = reader.section("broadening");
    let gaussian = section.choice("kind", &[("gaussian", true), ("lorentzian", false)])?;
    let half_width_mev = section.required("half_width_mev", Range::POSITIVE);
    Some(if gaussian {
        Broadening::Gaussian { half_width_mev }
    } else {
        Broadening::Lorentzian { half_width_mev }
    })
}

/// Levels farther away than this many half widths do not matter: of a Gaussian to rounding, of a
/// Lorentzian all levels do.
fn reach(broadening: Broadening, energies: &[f64]) -> Option<(f64, f64)> {
    let Broadening::Gaussian { half_width_mev } = broadening else { return None };
    let (first, last) = (energies.first()?, energies.last()?);
    Some((first - 8.0 * half_width_mev, last + 8.0 * half_width_mev))
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let model = model(reader, Needs::Bands)?;
    let geometry = ribbon(reader, &model, "lattice")?;
    if matches!(geometry.across, Across::Continuum { .. }) {
        let text = "a density of states counts all bands";
        reader.refuse(Invalid::new("ribbon.method", "continuum", format!("lattice: {text}")));
    }
    let momenta = momenta_of(reader, &geometry)?;
    if momenta.len() < 2 || !momenta.is_sorted_by(|a, b| a < b) {
        let given = format!("{} values", momenta.len());
        reader.refuse(Invalid::new("momentum.k_per_nm", given, "2 or more, ascending"));
    }
    let energies = energies(&reader.section("energy"));
    let broadening = broadening(reader)?;
    reader.clean().then(|| {
        Box::new(DensityOfStates { model, geometry, momenta, energies, broadening }) as Box<_>
    })
}

impl Calculation for DensityOfStates {
    fn cost(&self) -> Cost {
        let (n, points) = (4.0 * self.geometry.functions() as f64, self.momenta.len() as f64);
        let energies = self.energies.len() as f64;
        let seconds = points * (4e-11 * n * n * n + 1e-8 * n * energies);
        cost(seconds, 24.0 * n * n * points.min(64.0), 16.0 * energies, "ribbon.sites")
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let ribbon = self.geometry.ribbon(self.model)?;
        let points: Vec<Point<'_>> =
            self.momenta.iter().map(|k| Point { ribbon: &ribbon, k: *k }).collect();
        let query = match reach(self.broadening, &self.energies) {
            Some((low_mev, high_mev)) => Query::Window { low_mev, high_mev },
            None => Query::All,
        };
        let bands = solve(&points, &query, Want::Energies, device, stop)?;
        let density = density_of_states(&self.momenta, &bands, &self.energies, self.broadening)?;
        let mut quality = quality(&bands);
        quality.notes.push("trapezoid rule over the wave numbers given".into());
        let len = self.energies.len();
        let arrays = vec![
            Array::coordinate("energy_mev", "meV", "energy", self.energies.clone()),
            Array::real(
                "density_per_mev_nm",
                "1/(meV nm)",
                "density of states per length of the ribbon",
                &[("energy_mev", len)],
                density,
            ),
        ];
        Ok(Answer { arrays, quality })
    }
}

struct WaveFunctions {
    model: Model,
    geometry: Geometry,
    momenta: Vec<f64>,
    query: Query,
    states: usize,
}

pub(super) fn read_wave_functions(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let section = reader.section("states");
    let edge = section.choice("select", &[("edge", true), ("indices", false)]);
    let needs = if edge == Some(true) { Needs::EdgeStates } else { Needs::Bands };
    let model = model(reader, needs)?;
    let geometry = ribbon(reader, &model, "lattice")?;
    let momenta = momenta_of(reader, &geometry)?;
    let (query, states) = if edge? {
        (Query::EdgeStates, 4)
    } else {
        let range = indices(&section, 4 * geometry.functions());
        let count = range.len();
        if 64 < count {
            section.refuse("count", count, "at most 64 states");
        }
        (Query::Indices(range), count)
    };
    reader
        .clean()
        .then(|| Box::new(WaveFunctions { model, geometry, momenta, query, states }) as Box<_>)
}

impl Calculation for WaveFunctions {
    fn cost(&self) -> Cost {
        let (n, points) = (4.0 * self.geometry.functions() as f64, self.momenta.len() as f64);
        let numbers = points * n * self.states as f64;
        cost(points * (1e-3 + 1e-5 * n), 4e3 * n + 8.0 * numbers, 8.0 * numbers, "states.count")
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let ribbon = self.geometry.ribbon(self.model)?;
        let points: Vec<Point<'_>> =
            self.momenta.iter().map(|k| Point { ribbon: &ribbon, k: *k }).collect();
        let spectra = solve(&points, &self.query, Want::States, device, stop)?;
        let (mut energies, mut values) = (Vec::new(), Vec::new());
        let mut positions = Vec::new();
        for spectrum in &spectra {
            energies.extend_from_slice(&spectrum.energies_mev);
            for state in 0..spectrum.energies_mev.len() {
                let density = density(&ribbon, spectrum, state)?;
                values.extend(density.values.into_iter().flatten());
                positions = density.positions_nm;
            }
        }
        let (k, place) = (self.momenta.len(), positions.len());
        let text = "|psi|^2 of E+, H+, E-, H-";
        let dimensions =
            [("k_per_nm", k), ("state", self.states), ("position_nm", place), ("orbital", 4)];
        let arrays = vec![
            momentum_array(&self.momenta),
            Array::coordinate("position_nm", "nm", "position across, from the middle", positions),
            Array::real(
                "energy_mev",
                "meV",
                "energies",
                &[("k_per_nm", k), ("state", self.states)],
                energies,
            ),
            Array::real("density_per_nm", "1/nm", text, &dimensions, values),
        ];
        Ok(Answer { arrays, quality: quality(&spectra) })
    }
}
