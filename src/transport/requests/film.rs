//! `spin-valve-film`: spin and charge diffusion on a rectangular film.
use super::diffusion::{self, Diffusion};
use super::output::{Output, dimensions};
use super::place::{accept, vector};
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::spin_hall::{Film, FilmSolution, Rectangle, Source, SpinEnd, solve_film};

const MAX_PLACES: usize = 64;
const NM: f64 = 1e-9;

struct Valve {
    film: Film,
    detectors: Vec<Rectangle>,
    /// Where the transverse voltage is read, and NF.
    voltage: Option<(Vec<f64>, f64)>,
    densities: bool,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    let densities = calculation.flag_or("densities", true);
    let diffusion = diffusion::read(reader, calculation, true);
    let section = reader.section("film");
    let length_m = NM * section.required("length_nm", Range::POSITIVE);
    let width_m = NM * section.required("width_nm", Range::POSITIVE);
    let cells =
        ["cells_x", "cells_y"].map(|field| section.count_or(field, 64, 1, 100_000) as usize);
    let ends = [("closed", SpinEnd::Closed), ("sink", SpinEnd::Sink)];
    let (left, right) = (section.choice("left", &ends), section.choice("right", &ends));
    if !section.has("sources") {
        section.missing("sources", "a list of tables: x_nm, y_nm, spin_per_s_m, charge_per_s_m");
    }
    let sources = section.tables("sources", MAX_PLACES, |source| Source {
        place: rectangle(source),
        charge: source.number_or("charge_per_s_m", 0.0, Range::FINITE),
        spin: if source.has("spin_per_s_m") { vector(source, "spin_per_s_m") } else { [0.0; 3] },
    });
    let detectors = section.tables("detectors", MAX_PLACES, rectangle);
    let columns_nm = section.numbers("voltage_at_nm", Range::NOT_NEGATIVE, 1000);
    let diffusion = diffusion.filter(|_| reader.clean())?;
    let voltage = match columns_nm {
        Some(columns) => Some((columns, states(reader, &diffusion)?)),
        None => None,
    };
    let film = Film {
        length_m,
        width_m,
        cells,
        d_charge_m2_per_s: diffusion.charge_m2_per_s,
        d_longitudinal_m2_per_s: diffusion.longitudinal_m2_per_s,
        d_transverse_m2_per_s: diffusion.transverse_m2_per_s,
        kappa_m2_per_s: diffusion.kappa_m2_per_s,
        d_theta_m2_per_s: diffusion.theta_m2_per_s,
        tau_s_s: diffusion.tau_s_s,
        left: left?,
        right: right?,
        sources,
    };
    check(reader, &film, &detectors)?;
    Some(Box::new(Valve { film, detectors, voltage, densities }))
}

fn rectangle(section: &Section<'_, '_>) -> Rectangle {
    let pair = |field: &'static str| {
        let values = super::place::list(section, field, Range::NOT_NEGATIVE, 2);
        if values.len() == 1 {
            section.refuse(field, "1 value", "2 numbers, from and to");
        }
        <[f64; 2]>::try_from(values.as_slice()).unwrap_or([f64::NAN; 2]).map(|x| NM * x)
    };
    Rectangle { x_m: pair("x_nm"), y_m: pair("y_nm") }
}

fn states(reader: &Reader<'_>, diffusion: &Diffusion) -> Option<f64> {
    if diffusion.states_per_j_m3.is_none() {
        let field = "diffusion.density_of_states_per_j_m3";
        let expected = "NF per spin: film.voltage_at_nm needs it";
        reader.refuse(crate::invalid::Invalid::missing(field, expected));
    }
    diffusion.states_per_j_m3
}

fn check(reader: &Reader<'_>, film: &Film, detectors: &[Rectangle]) -> Option<()> {
    let table = diffusion::table(reader);
    let kappa = if table == "diffusion" { "diffusion.kappa_m2_per_s" } else { table };
    let places = [
        ("sources", "film.sources"),
        ("length_m", "film.length_nm"),
        ("width_m", "film.width_nm"),
        ("cells[0]", "film.cells_x"),
        ("cells[1]", "film.cells_y"),
        ("kappa_m2_per_s", kappa),
    ];
    accept(
        reader,
        film.validate(),
        if table == "diffusion" { "film.cells_x" } else { table },
        &places,
    )?;
    for (index, place) in detectors.iter().enumerate() {
        let whole = format!("film.detectors[{index}]");
        accept(reader, film.check_place("place", place), &whole, &[("place", &whole)])?;
    }
    Some(())
}

impl Valve {
    fn nodes(&self) -> usize {
        self.film.cells.iter().map(|cells| cells + 1).product()
    }

    fn write_densities(&self, out: &mut Output, found: &FilmSolution) {
        let [x, y] = self.film.cells.map(|cells| cells + 1);
        let nodes = |count: usize, length: f64| {
            let step = length / (count - 1) as f64 / NM;
            (0..count).map(|i| step * i as f64).collect::<Vec<f64>>()
        };
        out.coordinate("x_nm", "nm", "along the film", &nodes(x, self.film.length_m));
        out.coordinate("y_nm", "nm", "across the film", &nodes(y, self.film.width_m));
        let over = [("x_nm", x), ("y_nm", y)];
        out.real("rho", "1/m^3", "half the electron density", &over, found.rho.clone());
        for (name, values) in ["spin_x", "spin_y", "spin_z"].into_iter().zip(&found.spin) {
            out.real(name, "1/m^3", "spin density", &over, values.clone());
        }
    }
}

impl Question for Valve {
    fn cost(&self) -> Cost {
        let nodes = self.nodes() as f64;
        // A sparse LU of 2 x 2 blocks, twice; nested dissection.
        let numbers = if self.densities { 4 * self.nodes() } else { 0 };
        Cost {
            core_seconds: 1e-4 + 2.5e-5 * nodes + 8e-8 * nodes.powf(1.5),
            memory_bytes: (4e3 * nodes + 300.0 * nodes * (1.0 + nodes).ln()) as u64,
            result_bytes: 8 * numbers as u64,
            decided_by: "film.cells_x",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let found = solve_film(&self.film)?;
        let mut out = Output::default();
        if self.densities {
            self.write_densities(&mut out, &found);
        }
        if !self.detectors.is_empty() {
            let mut means = Vec::with_capacity(4 * self.detectors.len());
            for place in &self.detectors {
                means.extend(found.mean(&self.film, place)?);
            }
            let over = [("detector", self.detectors.len()), ("density", 4)];
            let text = "means of rho, s_x, s_y, s_z over each detector";
            out.real("detected", "1/m^3", text, &over, means);
        }
        if let Some((columns, states)) = &self.voltage {
            let over = dimensions(&[("voltage_at_nm", columns.len())]);
            if !over.is_empty() {
                out.coordinate("voltage_at_nm", "nm", "place of the voltage", columns);
            }
            let at = |x: &f64| found.transverse_voltage(NM * x, *states);
            let text = "rho/(e NF) between the edges y = width and y = 0";
            let values = columns.iter().map(at).collect();
            out.real("transverse_voltage", "V", text, &over, values);
        }
        out.measure("residual", found.residual);
        out.note("bilinear finite elements, sparse LU");
        Ok(out.answer())
    }
}
