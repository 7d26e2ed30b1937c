//! "own-bands" and "own-density-of-states": ribbons given by their blocks.
use num_complex::Complex64;

use super::bands::{self, States, quality};
use super::density::broadening;
use super::{Calculation, accepted, cost, energies, grid};
use crate::engine::{Answer, Array, Cost, Range, Reader, Section};
use crate::invalid::Invalid;
use crate::linalg::Device;
use crate::ribbon::{
    Blocks, Broadening, Point, Query, Ribbon, RibbonError, SquareMatrix, Strip, Want,
    density_of_states, solve,
};
use crate::stop::Stop;

/// Most orbitals of a site, and of a whole strip.
const MOST_ORBITALS: u32 = 64;
const MOST_STRIP: u32 = 256;
const MOST_HOPS: usize = 16;
const MOST_PHASES: u32 = 100_000;

/// `[blocks]` or `[strip]`.
fn ribbon(reader: &Reader<'_>) -> Option<Ribbon> {
    match (reader.has("blocks"), reader.has("strip")) {
        (true, false) => from_blocks(reader),
        (false, true) => from_strip(reader),
        (both, _) => {
            let given = if both { "[blocks] and [strip]" } else { "(missing)" };
            reader.refuse(Invalid::new("blocks", given, "one of the tables [blocks] and [strip]"));
            None
        }
    }
}

fn from_blocks(reader: &Reader<'_>) -> Option<Ribbon> {
    let section = reader.section("blocks");
    let orbitals = section.required("orbitals", Range::whole(1, MOST_ORBITALS));
    let sites = section.required("sites", Range::whole(2, 100_000));
    if orbitals.is_nan() || sites.is_nan() {
        return None;
    }
    let order = orbitals as usize;
    let blocks = Blocks {
        onsite: matrix(&section, "onsite_real_mev", "onsite_imaginary_mev", order)?,
        across: matrix(&section, "across_real_mev", "across_imaginary_mev", order)?,
        along: matrix(&section, "along_real_mev", "along_imaginary_mev", order)?,
        along_across_up: matrix(
            &section,
            "along_across_up_real_mev",
            "along_across_up_imaginary_mev",
            order,
        )?,
        along_across_down: matrix(
            &section,
            "along_across_down_real_mev",
            "along_across_down_imaginary_mev",
            order,
        )?,
    };
    accepted(reader, Ribbon::from_blocks(blocks, sites as usize))
}

fn from_strip(reader: &Reader<'_>) -> Option<Ribbon> {
    let section = reader.section("strip");
    let order = section.required("orbitals", Range::whole(1, MOST_STRIP));
    if order.is_nan() {
        return None;
    }
    let order = order as usize;
    let cell = matrix(&section, "cell_real_mev", "cell_imaginary_mev", order)?;
    let hops = section.tables("hops", MOST_HOPS, |hop| {
        let cells = hop.required("cells", Range::whole(1, 1000));
        Some((cells as u32, matrix(hop, "real_mev", "imaginary_mev", order)?))
    });
    let hops: Option<Vec<(u32, SquareMatrix)>> = hops.into_iter().collect();
    accepted(reader, Ribbon::from_strip(Strip { cell, hops: hops? }))
}

/// A square matrix, row by row; parts that are not given are zero.
fn matrix(
    section: &Section<'_, '_>,
    real: &'static str,
    imaginary: &'static str,
    order: usize,
) -> Option<SquareMatrix> {
    let mut matrix = SquareMatrix::zero(order);
    for (field, unit) in [(real, Complex64::ONE), (imaginary, Complex64::I)] {
        let Some(values) = section.numbers(field, Range::FINITE, order * order) else {
            continue;
        };
        if values.len() != order * order {
            let given = format!("{} values", values.len());
            section.refuse(field, given, format!("{order} x {order} values, row by row"));
            return None;
        }
        for (element, value) in matrix.elements.iter_mut().zip(values) {
            *element += unit * value;
        }
    }
    Some(matrix)
}

/// `[phase]`: wave number times cell length, rad.
fn phases(reader: &Reader<'_>) -> Option<Vec<f64>> {
    let section = reader.section("phase");
    let zone = Range::between(-std::f64::consts::PI, 2.0 * std::f64::consts::PI);
    if section.has("values_rad") {
        return section.numbers("values_rad", zone, MOST_PHASES as usize);
    }
    let from = section.number_or("from_rad", -std::f64::consts::PI, zone);
    let to = section.number_or("to_rad", std::f64::consts::PI, zone);
    let count = section.count_or("count", 201, 2, MOST_PHASES);
    if to <= from {
        section.refuse("to_rad", to, "more than from_rad");
        return None;
    }
    Some(grid(from, to, count))
}

fn phase_array(phases: &[f64]) -> Array {
    Array::coordinate("phase_rad", "rad", "wave number times cell length", phases.to_vec())
}

struct OwnBands {
    ribbon: Ribbon,
    phases: Vec<f64>,
    states: States,
}

#[derive(Clone, Copy, PartialEq)]
enum Select {
    All,
    Window,
    Indices,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let ribbon = ribbon(reader)?;
    let phases = phases(reader)?;
    let section = reader.section("states");
    let choices = [("all", Select::All), ("window", Select::Window), ("indices", Select::Indices)];
    let query = match section.choice("select", &choices)? {
        Select::All => Query::All,
        Select::Window => {
            let low_mev = section.required("low_mev", Range::FINITE);
            let high_mev = section.required("high_mev", Range::FINITE);
            if high_mev <= low_mev {
                section.refuse("high_mev", high_mev, "more than low_mev");
            }
            Query::Window { low_mev, high_mev }
        }
        Select::Indices => Query::Indices(bands::indices(&section, ribbon.order())),
    };
    let tracked = section.flag_or("tracked", false).then(|| {
        if matches!(query, Query::Window { .. }) {
            section.refuse("tracked", true, "false for a window: its number of bands varies");
        }
        section.number_or("resolution_rad", 1e-6, Range::POSITIVE)
    });
    let states = States { query, observables: false, tracked, edge_depth_nm: 0.0 };
    reader.clean().then(|| Box::new(OwnBands { ribbon, phases, states }) as Box<_>)
}

impl Calculation for OwnBands {
    fn cost(&self) -> Cost {
        let (n, points) = (self.ribbon.order() as f64, self.phases.len() as f64);
        let bytes = 16.0 * n * points;
        let seconds = 3.0 * points * self.states.seconds(self.ribbon.order());
        cost(seconds, 48.0 * n * n * points.min(64.0) + bytes, bytes, "blocks.sites")
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let mut answer = bands::answer(&self.ribbon, &self.phases, &self.states, device, stop)?;
        answer.arrays.insert(0, phase_array(&self.phases));
        Ok(answer)
    }
}

struct OwnDensity {
    ribbon: Ribbon,
    phases: Vec<f64>,
    energies: Vec<f64>,
    broadening: Broadening,
}

pub(super) fn read_density(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let ribbon = ribbon(reader)?;
    let phases = phases(reader)?;
    let energies = energies(&reader.section("energy"));
    let broadening = broadening(reader)?;
    reader.clean().then(|| Box::new(OwnDensity { ribbon, phases, energies, broadening }) as Box<_>)
}

impl Calculation for OwnDensity {
    fn cost(&self) -> Cost {
        let (n, points) = (self.ribbon.order() as f64, self.phases.len() as f64);
        let energies = self.energies.len() as f64;
        let seconds = points * (1.2e-10 * n * n * n + 1e-8 * n * energies);
        cost(seconds, 48.0 * n * n * points.min(64.0), 16.0 * energies, "blocks.sites")
    }

    fn answer(&self, device: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let ribbon = &self.ribbon;
        let points: Vec<Point<'_>> = self.phases.iter().map(|k| Point { ribbon, k: *k }).collect();
        let bands = solve(&points, &Query::All, Want::Energies, device, stop)?;
        let density = density_of_states(&self.phases, &bands, &self.energies, self.broadening)?;
        let len = self.energies.len();
        let arrays = vec![
            Array::coordinate("energy_mev", "meV", "energy", self.energies.clone()),
            Array::real(
                "density_per_mev",
                "1/meV",
                "density of states per cell of the ribbon",
                &[("energy_mev", len)],
                density,
            ),
        ];
        Ok(Answer { arrays, quality: quality(&bands) })
    }
}
