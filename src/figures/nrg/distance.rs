//! Fig. 8: T_S of both directions, intra and inter, over the distance.
use super::energy_axis;
use super::request::{Points, Request, value, values};
use crate::figures::{FigureError, Settings, captioned};
use crate::nrg::{edge, scaling};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;

const DISTANCE: &str = "model.distance";
const COUPLING: &str = "model.coupling";

/// Array, label, and the sign of the long-distance RKKY value.
const SCALES: [(&str, &str, f64); 4] = [
    ("t_s_transverse_intra", "*T*_{S±}^{LL}", 1.0),
    ("t_s_transverse_inter", "*T*_{S±}^{LR}", 1.0),
    ("t_s_longitudinal_intra", "*T*_{Sz}^{LL}", 1.0),
    ("t_s_longitudinal_inter", "\u{2212}*T*_{Sz}^{LR}", -1.0),
];

pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let mut request = Request::read(include_str!("../../../examples/figures/fig8.toml"))?;
    if settings.quick {
        super::scan::cheap(&mut request);
        request.set_axis(DISTANCE, &[2.0, 10.0]);
        request.set_axis(COUPLING, &[0.1]);
    }
    let points = request.points(stop)?;
    let caption = "T_S = 1/(4 chi) (34) at J_z = 0, T = 1.8e-11, mean over z; below: over the \
                   transverse intra T_S, shaded: one standard deviation over z. Black: E_R = \
                   J^2/(4 x) (20b); grey: T_K by poor man's scaling.";
    let couplings = request.axis(COUPLING);
    let mut figure = captioned(caption).columns(couplings.len());
    for ratio in [false, true] {
        for &coupling in couplings {
            let here: Points = points.iter().filter(|(at, _)| at[0] == coupling).cloned().collect();
            figure = figure.with(if ratio {
                scaled(coupling, &here)
            } else {
                absolute(coupling, &here)
            });
        }
    }
    Ok(figure)
}

fn distances(points: &Points) -> Vec<f64> {
    points.iter().map(|(at, _)| at[1]).collect()
}

/// A value a point, its sign such that RKKY is positive.
fn over_points(points: &Points, name: &str, sign: f64) -> Vec<f64> {
    points.iter().map(|(_, answer)| sign * value(answer, name)).collect()
}

fn absolute(coupling: f64, points: &Points) -> Panel {
    let x = distances(points);
    let mut panel = Panel::new(Axis::log("*x*", "*a*"), energy_axis("*T*_{S}"))
        .title(&format!("*J* = {coupling}"));
    for (name, label, sign) in SCALES {
        panel = panel.with(Series::line_points(label, &x, &over_points(points, name, sign)));
    }
    let rkky: Vec<f64> = x.iter().map(|&x| edge::rkky_energy(coupling, x)).collect();
    panel
        .with(Series::line("*E*_{R}", &x, &rkky).color(Color::Black).dash(Dash::Dashed))
        .horizontal(scaling::kondo_temperature(coupling, 0.0), "*T*_{K}")
}

fn scaled(coupling: f64, points: &Points) -> Panel {
    let x = distances(points);
    let mut panel = Panel::new(Axis::log("*x*", "*a*"), Axis::linear("over *T*_{S}", ""))
        .title(&format!("*J* = {coupling}"))
        .horizontal(2.0, "2");
    for (index, (name, label, sign)) in SCALES.into_iter().enumerate() {
        let (mut low, mut high, mut mean) = (Vec::new(), Vec::new(), Vec::new());
        for (_, answer) in points {
            let unit = value(answer, "t_s_transverse_intra");
            let middle = sign * value(answer, name) / unit;
            let spread = value(answer, &format!("{name}_std")) / unit;
            mean.push(middle);
            low.push(middle - spread);
            high.push(middle + spread);
        }
        let band = Series::band(&format!("{label}, spread over z"), &x, &low, &high);
        panel = panel
            .with(band.color(Color::Palette(index)).unlisted())
            .with(Series::line_points(label, &x, &mean).color(Color::Palette(index)));
    }
    debug_assert!(points.iter().all(|(_, answer)| !values(answer, "z").is_empty()));
    panel
}
