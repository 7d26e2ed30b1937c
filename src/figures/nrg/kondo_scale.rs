//! Fig. 12: the Kondo scale of the anisotropic Kondo model by poor man's scaling.
use super::UNIT;
use super::request::{Request, values};
use crate::figures::grid::linear;
use crate::figures::{FigureError, Settings, captioned};
use crate::nrg::scaling::kondo_temperature;
use crate::plot::{Axis, Color, Dash, Figure, Map, Panel, Series};
use crate::stop::Stop;

/// Couplings in the figure.
const LARGEST: f64 = 0.5;

pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let mut request = Request::read(include_str!("../../../examples/figures/fig12.toml"))?;
    if settings.quick {
        let coarse = linear(-LARGEST, LARGEST, 21);
        request.set_list("model.coupling", &coarse);
        request.set_list("model.coupling_z", &coarse);
    }
    let answer = request.answer(stop)?;
    let (j, j_z) = (values(&answer, "coupling"), values(&answer, "coupling_z"));
    let kondo = values(&answer, "kondo_temperature");
    // The answer runs over J_z fastest; the map over its y, J. No scale: a gap.
    let mut cells = Vec::with_capacity(kondo.len());
    for column in 0..j_z.len() {
        cells.extend((0..j.len()).map(|row| match kondo[row * j_z.len() + column] {
            scale if 0.0 < scale => scale,
            _ => f64::NAN,
        }));
    }
    let caption = "T_K/D from (B4)-(B7) with g = 2 rho0 J = J; grey: none, couplings flow to the \
                   line of free moments. Lines: flow, J_z^2 - J^2 = const (B3); thick: T_K = \
                   (rho0 J)^2 = E_R(x = 1) (20b): to its right Kondo wins at every distance.";
    let axis = |label: &str| Axis::linear(label, UNIT).limits(-LARGEST, LARGEST);
    let map = Map::new("*T*_{K}", UNIT, j_z, j, cells).log().limits(1e-20, 1.0);
    let mut panel = Panel::new(axis("*J*_{z}"), axis("*J*")).map(map);
    for constant in [-0.09, -0.04, -0.01, 0.01, 0.04, 0.09] {
        let line = flow_line(constant);
        for sign in [1.0, -1.0] {
            let mirrored: Vec<f64> = line.1.iter().map(|j| sign * j).collect();
            let series = Series::line(&format!("J_z^2 - J^2 = {constant}"), &line.0, &mirrored);
            panel = panel.with(series.color(Color::Gray).dash(Dash::Dotted).unlisted());
        }
    }
    let (x, y) = contour(settings.pick(15, 60));
    let series = Series::line("*T*_{K} = (*ρ*_{0}*J*)^{2}", &x, &y).color(Color::Black);
    Ok(captioned(caption).with(panel.with(series)))
}

/// J > 0 over J_z with J_z^2 - J^2 = constant.
fn flow_line(constant: f64) -> (Vec<f64>, Vec<f64>) {
    let z = linear(-LARGEST, LARGEST, 201);
    let j = z.iter().map(|z| (z * z - constant).sqrt()).collect();
    (z, j)
}

/// J_z at which T_K = (J/2)^2, for ascending J: T_K grows with J_z.
fn contour(count: usize) -> (Vec<f64>, Vec<f64>) {
    let couplings = linear(0.02, LARGEST, count);
    let at = |&j: &f64| {
        let (mut low, mut high) = (-j, 2.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if kondo_temperature(j, middle) < 0.25 * j * j { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    (couplings.iter().map(at).collect(), couplings)
}
