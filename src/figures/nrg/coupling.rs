//! Fig. 11: how far the static correlator is from -1/4, over J, and the energy scales there.
use super::request::{Points, Request, value};
use super::{UNIT, energy_axis};
use crate::figures::{FigureError, Settings, captioned};
use crate::nrg::{edge, scaling};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;

const DISTANCE: &str = "model.distance";
const COUPLING: &str = "model.coupling";

pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let mut request = Request::read(include_str!("../../../examples/figures/fig11.toml"))?;
    if settings.quick {
        super::scan::cheap(&mut request);
        request.set_axis(DISTANCE, &[10.0]);
        request.set_axis(COUPLING, &[0.02, 0.1]);
    }
    let points = request.points(stop)?;
    let caption = "J_z = 0, T = 1e-9, mean over z. (a) Deviation of the static correlator from its \
                   RKKY value -1/4; dashed: J^2 through the smallest J at x = 10. (b) Energy scales: \
                   T_S of the NRG, E_R at x = 10 (20b), T_K by poor man's scaling (B7).";
    Ok(captioned(caption)
        .columns(2)
        .with(deviation(&request, &points))
        .with(scales(&request, &points)))
}

fn at_distance(points: &Points, distance: f64) -> Points {
    points.iter().filter(|(at, _)| at[0] == distance).cloned().collect()
}

fn deviation(request: &Request, points: &Points) -> Panel {
    let y = Axis::log("1/4 + <*S*_{L}^{z} *S*_{R}^{z}>", "");
    let mut panel = Panel::new(Axis::log("*J*", UNIT), y).legend_title("*x*");
    let couplings = request.axis(COUPLING);
    for &distance in request.axis(DISTANCE) {
        let here = at_distance(points, distance);
        let deviations: Vec<f64> =
            here.iter().map(|(_, answer)| 0.25 + value(answer, "sz_sz")).collect();
        if distance == 10.0
            && let (Some(first), Some(j)) = (deviations.first(), couplings.first())
        {
            let square: Vec<f64> = couplings.iter().map(|x| first * (x / j).powi(2)).collect();
            let fit = Series::line("*J*^{2}", couplings, &square).color(Color::Black);
            panel = panel.with(fit.dash(Dash::Dashed));
        }
        panel = panel.with(Series::line_points(&format!("{distance}"), couplings, &deviations));
    }
    panel
}

fn scales(request: &Request, points: &Points) -> Panel {
    let couplings = request.axis(COUPLING);
    let mut panel = Panel::new(Axis::log("*J*", UNIT), energy_axis("*E*").limits(1e-20, 1.0));
    for &distance in request.axis(DISTANCE) {
        let here = at_distance(points, distance);
        let t_s: Vec<f64> =
            here.iter().map(|(_, answer)| value(answer, "t_s_transverse_intra")).collect();
        let label = format!("*T*_{{S}}, *x* = {distance}");
        panel = panel.with(Series::line_points(&label, couplings, &t_s));
    }
    let of = |f: &dyn Fn(f64) -> f64| -> Vec<f64> { couplings.iter().map(|&j| f(j)).collect() };
    let rkky = of(&|j| edge::rkky_energy(j, 10.0));
    let kondo = of(&|j| scaling::kondo_temperature(j, 0.0));
    panel
        .with(Series::line("*E*_{R}, *x* = 10", couplings, &rkky).dash(Dash::Dashed))
        .with(Series::line("*T*_{K}", couplings, &kondo).color(Color::Black))
        .horizontal(1e-9, "*T*")
}
