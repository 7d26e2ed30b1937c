//! Figs. 4-7: spin spectra of every z, and their averages, in units of T_S.
use super::request::{Request, value, values};
use crate::engine::Answer;
use crate::figures::{FigureError, Settings, captioned};
use crate::plot::{Axis, Dash, Figure, Panel, Series};
use crate::stop::Stop;

pub(super) fn near(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    make(include_str!("../../../examples/figures/fig4.toml"), settings, stop)
}

pub(super) fn near_rescaled(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    make(include_str!("../../../examples/figures/fig5.toml"), settings, stop)
}

pub(super) fn far(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    make(include_str!("../../../examples/figures/fig6.toml"), settings, stop)
}

pub(super) fn far_rescaled(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    make(include_str!("../../../examples/figures/fig7.toml"), settings, stop)
}

fn make(text: &str, settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let mut request = Request::read(text)?;
    if settings.quick {
        super::scan::cheap(&mut request);
        if 100.0 < request.number("model.distance") {
            // Far impurities are two independent channels for longer: many states.
            request.set_list("truncation.max_states", &[300.0]);
        }
        request.set("spectra.low", 1e-7);
        request.set("spectra.per_decade", 60.0);
    }
    let answer = request.answer(stop)?;
    let unit = value(&answer, "t_s_transverse_intra");
    let distance = request.number("model.distance");
    let energy = crate::nrg::edge::rkky_energy(request.number("model.coupling"), distance);
    let caption = "J = 0.1, J_z = 0. Left: spectra of one impurity for every z; right: average over \
                   z, and the spectrum between the impurities (the longitudinal one with its sign \
                   turned). Both axes in units of the transverse T_S = 1/(4 chi), mean over z. \
                   Expected: peaks at 2 T_S (transverse) and 4 T_S (longitudinal) (39).";
    Ok(captioned(caption)
        .columns(2)
        .parameter("x", distance)
        .parameter("T_S (D)", unit)
        .parameter("T_S/E_R", unit / energy)
        .parameter("sigma", request.number("spectra.broadening"))
        .with(individual(&answer, "transverse", unit))
        .with(averaged(&answer, "transverse", 1.0, unit))
        .with(individual(&answer, "longitudinal", unit))
        .with(averaged(&answer, "longitudinal", -1.0, unit)))
}

fn panel(title: &str) -> Panel {
    let x = Axis::log("*ω*/*T*_{S}", "").limits(0.2, 20.0);
    Panel::new(x, Axis::linear("*A* *T*_{S}", "")).title(title)
}

/// Points at positive frequencies, in units of T_S.
fn scaled(frequencies: &[f64], spectrum: &[f64], unit: f64, sign: f64) -> (Vec<f64>, Vec<f64>) {
    let positive = frequencies.iter().zip(spectrum).filter(|(w, _)| 0.0 < **w);
    positive.map(|(w, a)| (w / unit, sign * a * unit)).unzip()
}

fn individual(answer: &Answer, kind: &str, unit: f64) -> Panel {
    let frequencies = values(answer, "frequency");
    let all = values(answer, &format!("spectrum_{kind}_intra_per_z"));
    let mut panel = panel(&format!("{kind}, every *z*")).legend_title("*z*");
    for (z, spectrum) in values(answer, "z").iter().zip(all.chunks(frequencies.len().max(1))) {
        let (x, y) = scaled(frequencies, spectrum, unit, 1.0);
        panel = panel.with(Series::line(&format!("{z}"), &x, &y));
    }
    panel
}

fn averaged(answer: &Answer, kind: &str, sign: f64, unit: f64) -> Panel {
    let frequencies = values(answer, "frequency");
    let of = |pair: &str, sign: f64| {
        scaled(frequencies, values(answer, &format!("spectrum_{kind}_{pair}")), unit, sign)
    };
    let ((x, intra), (_, inter)) = (of("intra", 1.0), of("inter", sign));
    let label = if sign < 0.0 { "\u{2212} inter" } else { "inter" };
    panel(&format!("{kind}, average"))
        .with(Series::line("intra", &x, &intra))
        .with(Series::line(label, &x, &inter).dash(Dash::Dashed))
}
