//! Figs. 1, 2 and 9: dispersion, levels, and how the impurities sit on the ladder.
use std::f64::consts::PI;

use super::request::{Request, value};
use super::{UNIT, energy_axis};
use crate::figures::grid::linear;
use crate::figures::{FigureError, Settings, captioned, check};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;

/// Fig. 1: e = sigma v k within the band, v = 1/pi.
pub(super) fn dispersion(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    check(stop)?;
    let k = linear(-PI, PI, settings.pick(11, 101));
    let branch = |sign: f64| -> Vec<f64> { k.iter().map(|k| sign * k / PI).collect() };
    let caption = "One helical edge mode: energies e = s v k of both spins, v = D a/pi, cut at the \
                   half-bandwidth D (Eqs. 1, 2); spin and direction of motion are locked.";
    let panel = Panel::new(Axis::linear("*k*", "1/*a*"), Axis::linear("*ε*_{k}", UNIT))
        .with(Series::line("spin up", &k, &branch(1.0)))
        .with(Series::line("spin down", &k, &branch(-1.0)))
        .horizontal(0.0, "*E*_{F}");
    Ok(captioned(caption).with(panel))
}

/// Fig. 2: the triplet with S_z = 0, the doublet at E_R, the singlet at 2 E_R.
pub(super) fn levels(_: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let request = Request::read(include_str!("../../../examples/figures/fig2.toml"))?;
    let energy = value(&request.answer(stop)?, "rkky_energy");
    let caption = "Levels of H_R = -E_R (S_L^+ S_R^- + h.c.) (20a) at J = 0.1, x = 10: a spin flip \
                   costs E_R, a phase flip of the ground state 2 E_R, so that T_S = E_R/2 \
                   (transverse) and E_R (longitudinal).";
    let mut panel = Panel::new(Axis::linear("", "").limits(0.0, 1.0), Axis::linear("*E*", UNIT));
    let states = [
        ("|t_{0}> = (|ud> + |du>)/√2", 0.0, [0.3, 0.7]),
        ("|uu>", 1.0, [0.1, 0.4]),
        ("|dd>", 1.0, [0.6, 0.9]),
        ("|s> = (|ud> \u{2212} |du>)/√2", 2.0, [0.3, 0.7]),
    ];
    for (name, level, ends) in states {
        panel = panel.with(Series::line(name, &ends, &[level * energy; 2]));
    }
    Ok(captioned(caption).parameter("E_R (D)", energy).with(panel))
}

/// Fig. 9: rungs of the ladder at their energies; below E_x only the symmetric leg couples.
pub(super) fn ladder(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    check(stop)?;
    let rungs = settings.pick(8, 12);
    let (lambda, distance): (f64, f64) = (4.0, 10.0);
    let scale: Vec<f64> = (0..rungs).map(|n| lambda.powf(-0.5 * n as f64)).collect();
    let crossing = 1.0 / (PI * distance);
    let split = scale.partition_point(|&omega| crossing < omega);
    let at = |height: f64, count: usize| vec![height; count];
    let caption = "Schematic of the bath: two legs of a Wilson ladder over the energy of their \
                   rungs, Lambda = 4, x = 10. Above E_x = v/x each impurity has its own leg (R, \
                   L); below, the symmetric leg (+) stays coupled and the antisymmetric one (-) \
                   decouples.";
    let mut panel = Panel::new(energy_axis("*ω*_{n}"), Axis::linear("", "").limits(-2.0, 2.0))
        .vertical(crossing, "*E*_{x}");
    for (height, above, below, dash) in
        [(1.0, "R", "+", Dash::Solid), (-1.0, "L", "\u{2212}", Dash::Dotted)]
    {
        let near = Series::line_points(above, &scale[..split], &at(height, split));
        let rest = scale.len() - split;
        let far = Series::line_points(below, &scale[split..], &at(height, rest)).dash(dash);
        panel = panel.with(near).with(far);
    }
    for omega in &scale {
        let rung = Series::line("", &[*omega; 2], &[-1.0, 1.0]).color(Color::Gray);
        panel = panel.with(rung.unlisted());
    }
    let impurities = Series::points("impurities", &[2.0, 2.0], &[-1.0, 1.0]);
    Ok(captioned(caption).with(panel.with(impurities.color(Color::Black))))
}
