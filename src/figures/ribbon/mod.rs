//! Figures of the ribbon paper, Phys. Rev. B 93, 205431 (2016): closed forms beside the full
//! solution. "Section n" is that of the ribbon's specification.
mod bands;
mod edge;
mod gap;
mod materials;
mod own;
mod penetration;
mod projection;
mod spin;
mod states;

use super::{FigureError, FigureSpec, Make};
use crate::linalg::cpu::Cpu;
use crate::plot::{Axis, Color, Series};
use crate::ribbon::{Model, Point, Preset, Query, Ribbon, Spectrum, Want, solve};
use crate::stop::Stop;

const BEYOND: &str = "beyond Phys. Rev. B 93, 205431 (2016): the ribbon's specification";

/// Of every figure but those that say otherwise.
const HGTE: &str = "HgTe 7 nm: A = 365, B = -686, C = 0, D = -512, M = -10 (meV, nm)";
const K: &str = "*k*";
const PER_NM: &str = "1/nm";
const ENERGY: &str = "*E*";
const MEV: &str = "meV";
const WIDTH: &str = "*W*";

pub(super) fn figures() -> Vec<FigureSpec> {
    let figure = |name, title, source, make: Make| FigureSpec {
        engine: "ribbon",
        name,
        title,
        source,
        make,
    };
    vec![
        figure(
            "dispersion-edge",
            "Single edge with Rashba coupling, and the bulk bands",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 2 top",
            edge::dispersion,
        ),
        figure(
            "dispersion-ribbon",
            "Ribbons with Rashba coupling",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Figs. 2 bottom, 5",
            bands::ribbon,
        ),
        figure(
            "dispersion-inas-gasb",
            "Edges and ribbons of InAs/GaSb",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 3, with \
             literature parameters that are not from the paper",
            materials::inas_gasb,
        ),
        figure(
            "projection-edge",
            "Spin of a single edge",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 4, beside \
             the exact half plane",
            spin::projection,
        ),
        figure(
            "gap-width",
            "Gap of the edge bands and its position",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 6",
            gap::width,
        ),
        figure(
            "projection-ribbon",
            "Spin of a ribbon's edge band",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 7",
            projection::ribbon,
        ),
        figure(
            "rotation-width",
            "Total spin rotation",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 8",
            projection::total,
        ),
        figure(
            "dispersion-without-rashba",
            "Edge and ribbons without Rashba coupling",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 9",
            bands::without_rashba,
        ),
        figure(
            "penetration-length",
            "Penetration of the edge states into the bulk",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 10",
            penetration::figure,
        ),
        figure(
            "third-order-rashba",
            "Rashba coupling of third order on a lattice",
            "Ortiz, Molina, Platero and Lunde, Phys. Rev. B 93, 205431 (2016), Fig. 11",
            materials::third_order,
        ),
        figure("ribbon-densities", "Edge states across the ribbon", BEYOND, states::densities),
        figure("ribbon-bands", "All bands of a ribbon, and spin at its edges", BEYOND, states::all),
        figure("own-models", "Ribbons of Haldane, and of Kane and Mele", BEYOND, own::figure),
    ]
}

fn hgte(rashba_mev_nm: f64) -> Model {
    Preset::HgTe7nm.model(rashba_mev_nm)
}

fn device() -> Result<Cpu, FigureError> {
    Ok(Cpu::new(None)?)
}

fn k_axis() -> Axis {
    Axis::linear(K, PER_NM)
}

fn energy_axis() -> Axis {
    Axis::linear(ENERGY, MEV)
}

/// `*W* = 200 nm, *R*_{0} = 156 meV nm`
fn named(width_nm: f64, rashba_mev_nm: f64) -> String {
    format!("*W* = {width_nm} nm, *R*_{{0}} = {rashba_mev_nm} meV nm")
}

fn solved(
    ribbon: &Ribbon,
    k: &[f64],
    query: &Query,
    want: Want,
    stop: &dyn Stop,
) -> Result<Vec<Spectrum>, FigureError> {
    let points: Vec<Point<'_>> = k.iter().map(|k| Point { ribbon, k: *k }).collect();
    Ok(solve(&points, query, want, &device()?, stop)?)
}

/// Energies of the four edge states of the full solution, a row each.
fn edge_bands(ribbon: &Ribbon, k: &[f64], stop: &dyn Stop) -> Result<[Vec<f64>; 4], FigureError> {
    let spectra = solved(ribbon, k, &Query::EdgeStates, Want::Energies, stop)?;
    Ok([0, 1, 2, 3].map(|band| spectra.iter().map(|found| found.energies_mev[band]).collect()))
}

/// Several curves of one kind: `name 1`, `name 2`, ... in the table, `name` once in the legend.
fn curves<const N: usize>(
    name: &str,
    draw: impl Fn(&str, &[f64], &[f64]) -> Series,
    x: &[f64],
    rows: &[Vec<f64>; N],
    color: Color,
) -> Vec<Series> {
    let curve = |(index, row): (usize, &Vec<f64>)| {
        let label = if index == 0 { name.to_owned() } else { format!("{name}, {}", index + 1) };
        let series = draw(&label, x, row).color(color);
        if index == 0 { series } else { series.unlisted() }
    };
    rows.iter().enumerate().map(curve).collect()
}
