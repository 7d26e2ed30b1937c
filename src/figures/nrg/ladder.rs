//! Fig. 10: couplings of the Wilson ladder in units of the shell's energy scale.
use super::request::{Request, values};
use crate::engine::Answer;
use crate::figures::{FigureError, Settings, captioned};
use crate::nrg::edge::coherence_energy;
use crate::plot::{Axis, Figure, Panel, Series};
use crate::stop::Stop;

pub(super) fn figure(_: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let request = Request::read(include_str!("../../../examples/figures/fig10.toml"))?;
    let answer = request.answer(stop)?;
    let distance = request.number("model.distance");
    let (n, omega) = (values(&answer, "shell"), values(&answer, "omega"));
    let (a, plus, minus) =
        (values(&answer, "a"), values(&answer, "b_plus"), values(&answer, "b_minus"));
    let over = |b: &[f64]| -> Vec<f64> {
        b.iter().skip(1).zip(omega).map(|(b, omega)| b / omega).collect()
    };
    let legs: Vec<f64> = n.iter().copied().skip(1).collect();
    let rungs: Vec<f64> = a.iter().zip(omega).map(|(a, omega)| a / omega).collect();
    // omega_n passes E_x here.
    let crossing = omega.partition_point(|&omega| coherence_energy(distance) < omega);
    let caption = "Couplings of the Wilson ladder (A34), Lambda = 2, x = 10^6, z = 0, over the \
                   energy scale of their shell: within rungs, a_n/omega_n, and along the legs, \
                   b_n/omega_(n-1). Above E_x the legs are equal and the rungs do not couple; below, \
                   they do, and the bonds alternate. Last panel (in place of the paper's Fig. 10b, \
                   whose block transformation is not written out): the same bath below E_x as the \
                   two channels c_+ and c_- of its star, which are decoupled exactly: smooth \
                   couplings along +, alternating by 1/Lambda along -.";
    let panel = |label: &str| Panel::new(Axis::linear("*n*", ""), Axis::linear(label, ""));
    Ok(captioned(caption)
        .columns(1)
        .parameter("x", distance)
        .parameter("Lambda", request.number("discretization.lambda"))
        .with(
            panel("*b*_{n}/*ω*_{n\u{2212}1}")
                .with(Series::line_points("+", &legs, &over(plus)))
                .with(Series::line_points("\u{2212}", &legs, &over(minus)))
                .vertical(crossing as f64, "*E*_{x}"),
        )
        .with(
            panel("*a*_{n}/*ω*_{n}")
                .with(Series::line_points("rungs", n, &rungs))
                .vertical(crossing as f64, "*E*_{x}"),
        )
        .with(channels(&answer, &legs, omega).vertical(crossing as f64, "*E*_{x}")))
}

/// Couplings of the decoupled channels, in units of the scale before.
fn channels(answer: &Answer, legs: &[f64], omega: &[f64]) -> Panel {
    let mut panel =
        Panel::new(Axis::linear("*n*", ""), Axis::linear("*t*_{n}/*ω*_{n\u{2212}1}", ""))
            .title("decoupled channels");
    for (name, label) in [("channel_plus", "+"), ("channel_minus", "\u{2212}")] {
        let couplings = values(answer, name).iter().skip(1).zip(omega);
        let rescaled: Vec<f64> = couplings.map(|(t, omega)| t / omega).collect();
        panel = panel.with(Series::line_points(label, legs, &rescaled));
    }
    panel
}
