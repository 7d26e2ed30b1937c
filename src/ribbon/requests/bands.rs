//! "bands": the bands of a ribbon from its lattice or in the continuum, with what is known of their
//! states.
use std::collections::BTreeSet;
use std::ops::Range as Span;

use super::geometry::{Across, Geometry, momenta_of, momentum_array, ribbon};
use super::material::{Needs, model};
use super::{Calculation, cost};
use crate::engine::{Answer, Array, Cost, Quality, Range, Reader, Section, Values};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::ribbon::{
    Bands as Tracked, Edge, Method, Model, Point, Query, Ribbon, RibbonError, Spectrum, Want,
    convergence, density, solve, track,
};
use crate::stop::Stop;

struct Bands {
    model: Model,
    geometry: Geometry,
    momenta: Vec<f64>,
    states: States,
}

/// `[states]`: which, and what of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct States {
    pub(super) query: Query,
    /// Spins and weights at the edges.
    pub(super) observables: bool,
    /// Bands followed by overlap instead of numbered by energy: the resolution in k.
    pub(super) tracked: Option<f64>,
    pub(super) edge_depth_nm: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Select {
    Edge,
    All,
    Window,
    Indices,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let section = reader.section("states");
    let choices = [
        ("edge", Select::Edge),
        ("all", Select::All),
        ("window", Select::Window),
        ("indices", Select::Indices),
    ];
    let select = section.choice("select", &choices);
    let needs = if select == Some(Select::Edge) { Needs::EdgeStates } else { Needs::Bands };
    let model = model(reader, needs)?;
    let geometry = ribbon(reader, &model, "lattice")?;
    let momenta = momenta_of(reader, &geometry)?;
    let select = select?;
    let query = match select {
        Select::Edge => Query::EdgeStates,
        Select::All => Query::All,
        Select::Window => {
            let low_mev = section.required("low_mev", Range::FINITE);
            let high_mev = section.required("high_mev", Range::FINITE);
            if high_mev <= low_mev {
                section.refuse("high_mev", high_mev, "more than low_mev");
            }
            Query::Window { low_mev, high_mev }
        }
        Select::Indices => Query::Indices(indices(&section, 4 * geometry.functions())),
    };
    if select == Select::All && matches!(geometry.across, Across::Continuum { .. }) {
        section.refuse("select", "all", "edge, window or indices in the continuum");
    }
    let observables = section.flag_or("observables", false);
    let edge_depth_nm = if observables {
        section.number_or("edge_depth_nm", 0.5 * geometry.width_nm, Range::POSITIVE)
    } else {
        0.0
    };
    let tracked = section.flag_or("tracked", false);
    let tracked = tracked.then(|| {
        if select == Select::Window {
            section.refuse("tracked", true, "false for a window: its number of bands varies");
        }
        if !momenta.is_sorted_by(|a, b| a < b) {
            let text = "wave numbers that are not ascending";
            reader.refuse(Invalid::new("momentum.k_per_nm", text, "ascending for tracked bands"));
        }
        section.number_or("resolution_per_nm", 1e-7, Range::POSITIVE)
    });
    let states = States { query, observables, tracked, edge_depth_nm };
    reader.clean().then(|| Box::new(Bands { model, geometry, momenta, states }) as Box<_>)
}

pub(super) fn indices(section: &Section<'_, '_>, order: usize) -> Span<usize> {
    let most = u32::try_from(order).unwrap_or(u32::MAX);
    let first = section.required("first", Range::whole(0, most - 1));
    let count = section.required("count", Range::whole(1, most));
    if f64::from(most) < first + count {
        section.refuse("count", count, format!("first + count <= {most}, the number of bands"));
    }
    first as usize..(first + count) as usize
}

impl States {
    fn want(&self) -> Want {
        if self.observables { Want::States } else { Want::Energies }
    }

    /// Bands per wave number, at most.
    fn count(&self, order: usize) -> usize {
        match &self.query {
            Query::All | Query::Window { .. } => order,
            Query::Indices(range) => range.len(),
            Query::EdgeStates => 4,
        }
    }

    /// One core, for one wave number of a ribbon of this order.
    pub(super) fn seconds(&self, order: usize) -> f64 {
        let n = order as f64;
        let factor = if self.observables || self.tracked.is_some() { 3.0 } else { 1.0 };
        let dense = factor * 4e-11 * n * n * n;
        match &self.query {
            Query::All => 2e-5 + dense,
            Query::EdgeStates => (2e-5 + dense).min(1e-4 + 4e-6 * n),
            Query::Indices(range) => dense.min(1e-4 + 2e-6 * n * range.len() as f64) + 2e-5,
            Query::Window { .. } => dense + 2e-5,
        }
    }
}

impl Calculation for Bands {
    fn cost(&self) -> Cost {
        let order = 4 * self.geometry.functions();
        let points = self.momenta.len() as f64;
        let columns = if self.states.observables { 7.0 } else { 2.0 };
        let numbers = points * columns * self.states.count(order) as f64;
        let dense = matches!(self.states.query, Query::All);
        let n = order as f64;
        let memory = if dense { 24.0 * n * n * points.min(64.0) } else { 4e3 * n };
        let by = if dense { "states.select" } else { "momentum.count" };
        cost(points * self.states.seconds(order), memory + 8.0 * numbers, 8.0 * numbers, by)
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let ribbon = self.geometry.ribbon(self.model)?;
        let mut answer = answer(&ribbon, &self.momenta, &self.states, device, stop)?;
        answer.arrays.insert(0, momentum_array(&self.momenta));
        for k in [self.momenta.first(), self.momenta.last()].into_iter().flatten() {
            for warning in ribbon.warnings(*k) {
                if !answer.quality.warnings.contains(&warning) {
                    answer.quality.warnings.push(warning);
                }
            }
        }
        self.estimate_convergence(&mut answer.quality, device, stop)?;
        Ok(answer)
    }
}

impl Bands {
    /// Two lattices at the largest |k|: how far the edge states are from the continuum (section 6).
    fn estimate_convergence(
        &self,
        quality: &mut Quality,
        device: &dyn Device,
        stop: &dyn Stop,
    ) -> Result<(), RibbonError> {
        let Across::Lattice { sites } = self.geometry.across else { return Ok(()) };
        if self.states.query != Query::EdgeStates {
            return Ok(());
        }
        let farthest = self.momenta.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let Some(k) = farthest else { return Ok(()) };
        let found = convergence(self.model, self.geometry.width_nm, sites, k, device, stop)?;
        // Errors of the coarse lattice, the one that was asked for: four times those of the fine.
        let error = found.error_mev.iter().fold(0.0, |worst: f64, error| worst.max(4.0 * error));
        quality.measures.push(("lattice_error_mev".into(), error));
        quality.notes.push(format!(
            "{sites} sites; lattice error at k = {k} 1/nm from {} and {} sites: {error:.1e} meV",
            found.sites[0], found.sites[1]
        ));
        Ok(())
    }
}

/// Bands of any ribbon over `momenta`, dimension "k_per_nm" (or "phase_rad").
pub(super) fn answer(
    ribbon: &Ribbon,
    momenta: &[f64],
    states: &States,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<Answer, RibbonError> {
    let mut table = Table::new(ribbon, states);
    let spectra = match states.tracked {
        None => {
            let points: Vec<Point<'_>> = momenta.iter().map(|k| Point { ribbon, k: *k }).collect();
            let spectra = solve(&points, &states.query, states.want(), device, stop)?;
            for spectrum in &spectra {
                let places: Vec<usize> = (0..spectrum.energies_mev.len()).collect();
                table.row(spectrum, &places)?;
            }
            spectra
        }
        Some(resolution) => {
            let Tracked { places, spectra, refinements, .. } =
                track(ribbon, momenta, &states.query, resolution, device, stop)?;
            for (column, spectrum) in spectra.iter().enumerate() {
                let row: Vec<usize> = places.iter().map(|band| band[column]).collect();
                table.row(spectrum, &row)?;
            }
            table.notes.push(format!("bands followed by overlap, {refinements} steps halved"));
            spectra
        }
    };
    Ok(table.finish(&spectra))
}

/// Columns of numbers, a row for each wave number, a number for each band.
struct Table<'a> {
    ribbon: &'a Ribbon,
    states: &'a States,
    energies: Vec<Vec<f64>>,
    numbers: Vec<Vec<f64>>,
    residuals: Vec<Vec<f64>>,
    /// Spin and weight at the lower edge, then at the upper one.
    edges: [Vec<Vec<f64>>; 4],
    notes: Vec<String>,
}

impl<'a> Table<'a> {
    fn new(ribbon: &'a Ribbon, states: &'a States) -> Self {
        let (energies, numbers, residuals, notes) = Default::default();
        Self { ribbon, states, energies, numbers, residuals, edges: Default::default(), notes }
    }

    fn row(&mut self, spectrum: &Spectrum, places: &[usize]) -> Result<(), RibbonError> {
        let pick = |values: &[f64]| -> Vec<f64> {
            places.iter().filter_map(|place| values.get(*place).copied()).collect()
        };
        self.energies.push(pick(&spectrum.energies_mev));
        self.numbers.push(places.iter().map(|place| (spectrum.first + place) as f64).collect());
        if !spectrum.residuals_mev.is_empty() {
            self.residuals.push(pick(&spectrum.residuals_mev));
        }
        if !self.states.observables {
            return Ok(());
        }
        let mut rows: [Vec<f64>; 4] = Default::default();
        for place in places {
            let density = density(self.ribbon, spectrum, *place)?;
            let width = self.ribbon.width_nm().unwrap_or(f64::NAN);
            for (index, edge) in [Edge::Lower, Edge::Upper].into_iter().enumerate() {
                let depth = self.states.edge_depth_nm;
                rows[2 * index].push(density.edge_spin(edge).projection());
                rows[2 * index + 1].push(density.edge_weight(edge, width, depth));
            }
        }
        for (column, row) in self.edges.iter_mut().zip(rows) {
            column.push(row);
        }
        Ok(())
    }

    fn finish(self, spectra: &[Spectrum]) -> Answer {
        let dimension = if self.ribbon.model().is_some() { "k_per_nm" } else { "phase_rad" };
        let bands = self.energies.iter().map(Vec::len).max().unwrap_or(0);
        let points = self.energies.len();
        let array = |name: &str, unit: &str, long_name: &str, rows: &[Vec<f64>]| {
            let dimensions = [(dimension, points), ("band", bands)];
            Array::real(name, unit, long_name, &dimensions, filled(rows, bands))
        };
        let mut arrays = vec![array("energy_mev", "meV", "energies", &self.energies)];
        arrays.push(numbers(dimension, points, bands, &self.numbers));
        if !self.residuals.is_empty() {
            arrays.push(array("residual_mev", "meV", "|H x - e x|", &self.residuals));
        }
        if self.states.observables {
            let [lower_spin, lower_weight, upper_spin, upper_weight] = &self.edges;
            let spin = "<sigma_z> of the half of the ribbon at y < 0";
            arrays.push(array("spin_lower_edge", "1", spin, lower_spin));
            let spin = "<sigma_z> of the half of the ribbon at y > 0";
            arrays.push(array("spin_upper_edge", "1", spin, upper_spin));
            let weight = "probability within edge_depth_nm of the edge at y = -W/2";
            arrays.push(array("weight_lower_edge", "1", weight, lower_weight));
            let weight = "probability within edge_depth_nm of the edge at y = W/2";
            arrays.push(array("weight_upper_edge", "1", weight, upper_weight));
        }
        let mut quality = quality(spectra);
        quality.notes.extend(self.notes);
        Answer { arrays, quality }
    }
}

/// Numbers of the bands, counted from the lowest: -1 where there is no band.
fn numbers(dimension: &str, points: usize, bands: usize, rows: &[Vec<f64>]) -> Array {
    let mut whole = Vec::with_capacity(points * bands);
    for row in rows {
        whole.extend((0..bands).map(|band| row.get(band).map_or(-1, |number| *number as i64)));
    }
    let text = "number of the state, from 0 upwards; -1: none";
    Array::new("band_number", "1", text, Values::I64(whole))
        .over(&[(dimension, points), ("band", bands)])
}

fn filled(rows: &[Vec<f64>], len: usize) -> Vec<f64> {
    let of = |row: &Vec<f64>| -> Vec<f64> {
        (0..len).map(|index| row.get(index).copied().unwrap_or(f64::NAN)).collect()
    };
    rows.iter().flat_map(of).collect()
}

/// Worst residual, and the methods that were used.
pub(super) fn quality(spectra: &[Spectrum]) -> Quality {
    let mut quality = Quality { matrices: spectra.len() as u64, ..Quality::default() };
    let mut worst = f64::NAN;
    let mut methods = BTreeSet::new();
    for spectrum in spectra {
        let certificate = &spectrum.certificate;
        worst = certificate.residual_mev.map_or(worst, |residual| worst.max(residual));
        let blocks: Vec<String> = certificate
            .blocks
            .iter()
            .map(|(order, real)| format!("{} {order}", if *real { "real" } else { "complex" }))
            .collect();
        let method = match certificate.method {
            Method::Dense => "complete diagonalization",
            Method::ShiftInvert => "shift-invert, indices certain by inertia",
        };
        methods.insert(format!("{method} of blocks of order {}", blocks.join(", ")));
    }
    if worst.is_finite() {
        quality.measures.push(("residual_mev".into(), worst));
    }
    quality.notes.extend(methods);
    quality
}
