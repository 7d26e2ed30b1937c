//! Finite bias: Fig. 3, and the maps over temperature and bias that the paper does not show.
use super::conductance::{DELTA_G, TEXTURE};
use crate::figures::grid::{linear, logarithmic, with};
use crate::figures::{FigureError, Settings, captioned, map_values, values};
use crate::plot::{Axis, Color, Dash, Figure, Map, Panel, Series};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::conductance::{
    ExchangeField, Parameters, Response, differential_ratio, linear_isotropic_low_temperature,
    low_temperature_isotropic, polarization_ratio, respond,
};
use std::f64::consts::PI;

const BIAS: &str = "*eV*/(2*T*)";
/// Where the acceptance numbers of Eqs. (18), (19) are given.
const MARKED: [f64; 6] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0];
/// Texture of the master equation's points: small, as Eqs. (18) and (19) want it.
const WEAK: f64 = 0.004;
const COUPLING: f64 = 0.25;

fn weak(bias: f64, exchange: ExchangeField) -> Result<Response, TransportError> {
    respond(&Parameters::diagonal([COUPLING; 3], WEAK, bias), exchange)
}

/// dG over its linear-response value at leading order, as Eq. (18).
fn ratio(bias: f64, exchange: ExchangeField) -> Result<f64, FigureError> {
    let linear = linear_isotropic_low_temperature(COUPLING, WEAK, 0.0)?;
    Ok(weak(bias, exchange)?.delta_g.paper / linear.paper)
}

/// <S_x> over -(u/3)(pi t)^2, as Eq. (19) with its corrected prefactor.
fn polarization(bias: f64, exchange: ExchangeField) -> Result<f64, FigureError> {
    let linear = -(bias / 3.0) * (PI * WEAK).powi(2);
    Ok(weak(bias, exchange)?.polarization[0] / linear)
}

/// Fig. 3 and its inset, the master equation beside them, and what its exchange field changes.
pub(super) fn fig3(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Isotropic impurity, weak texture. (a) Differential correction over its \
                   linear-response value, Eq. (18); dash-dotted and dashed: linear response and \
                   T << eV, Eq. (17); points: master equation (10). (b) Polarization along the \
                   edge over its linear-response value -(u/3)(pi T/vF k0)^2 (the paper prints \
                   twice this), Eq. (19). (c) What the exchange field of the electrons, which Eq. \
                   (10) leaves out, changes in both.";
    Ok(captioned(caption)
        .columns(3)
        .parameter("J/vF", format!("{COUPLING} (isotropic; irrelevant at leading order)"))
        .parameter("T/(vF k0) of the master equation", WEAK)
        .with(crossover(settings, stop)?)
        .with(inset(settings, stop)?)
        .with(field(settings, stop)?))
}

fn crossover(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(logarithmic(0.1, 30.0, settings.pick(31, 121)), &MARKED);
    let line = values(stop, &grid, differential_ratio)?;
    let points = values(stop, &MARKED, |u| ratio(u, ExchangeField::LeftOut))?;
    let high: Vec<f64> = grid.iter().copied().filter(|u| 3.0 < *u).collect();
    let limit = values(stop, &high, |u| {
        let linear = linear_isotropic_low_temperature(COUPLING, WEAK, 0.0)?;
        let cold = low_temperature_isotropic(COUPLING, 2.0 * u * WEAK)?;
        Ok::<_, FigureError>(cold.paper / linear.paper)
    })?;
    let one = vec![1.0; grid.len()];
    let y = Axis::log("δ*G*(*T*, *V*)/δ*G*_{L}(*T*)", "").limits(0.5, 2e4);
    Ok(Panel::new(Axis::log(BIAS, "").limits(0.1, 30.0), y)
        .title("differential conductance")
        .with(Series::line("Eq. (18)", &grid, &line).color(Color::Black))
        .with(Series::points("Eq. (10)", &MARKED, &points).color(Color::Palette(1)))
        .with(Series::line("*eV* << *T*", &grid, &one).color(Color::Gray).dash(Dash::DashDot))
        .with(Series::line("*T* << *eV*", &high, &limit).color(Color::Gray).dash(Dash::Dashed)))
}

fn inset(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    // The minimum as the specification gives it.
    let marked = [MARKED.as_slice(), &[2.783_634_77]].concat();
    let grid = with(linear(0.0, 20.0, settings.pick(41, 161)), &marked);
    let line = values(stop, &grid, polarization_ratio)?;
    let points = values(stop, &MARKED, |u| polarization(u, ExchangeField::LeftOut))?;
    let y = Axis::linear("*S*_{x}/*S*_{x}^{(0)}", "");
    Ok(Panel::new(Axis::linear(BIAS, "").limits(0.0, 20.8), y)
        .title("polarization")
        .with(Series::line("Eq. (19)", &grid, &line).color(Color::Black))
        .with(Series::points("Eq. (10)", &MARKED, &points).color(Color::Palette(1))))
}

fn field(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = linear(0.1, 20.0, settings.pick(25, 120));
    let percent = |of: fn(f64, ExchangeField) -> Result<f64, FigureError>| {
        values(stop, &grid, |u| {
            let (with, without) = (of(u, ExchangeField::Included)?, of(u, ExchangeField::LeftOut)?);
            Ok::<_, FigureError>(100.0 * (with / without - 1.0))
        })
    };
    Ok(Panel::new(Axis::linear(BIAS, "").limits(0.0, 20.8), Axis::linear("change", "%"))
        .title("with the exchange field")
        .horizontal(0.0, "")
        .with(Series::line("δ*G*", &grid, &percent(ratio)?))
        .with(Series::line("*S*_{x}", &grid, &percent(polarization)?).dash(Dash::Dashed)))
}

/// dG and |<S>| over (T, eV), for the isotropic and an anisotropic impurity, with the exchange
/// field.
pub(super) fn map(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let count = settings.pick(13, 61);
    let grids = [
        with(logarithmic(0.01, 0.3, count), &[0.1, 0.15]),
        with(logarithmic(0.01, 1.0, count), &[0.21, 0.4]),
    ];
    let mut figure = captioned(
        "Differential correction to the conductance (left) and length of the impurity's mean spin \
         (right) against temperature and bias; master equation (10) with the exchange field. \
         Above: isotropic impurity, below: J/vF = (0.3, 0.2, 0.1). Dashed: eV = 2T.",
    )
    .columns(2)
    .parameter("spin", "1/2")
    .parameter("normalisation", "paper (landauer = paper/2)");
    let cases =
        [([0.25; 3], "*J* = (0.25, 0.25, 0.25)"), ([0.3, 0.2, 0.1], "*J* = (0.3, 0.2, 0.1)")];
    for (coupling, title) in cases {
        let isotropic = coupling[0] == coupling[1];
        figure = figure
            .with(conductance_map(stop, coupling, &grids, isotropic)?.title(title))
            .with(spin_map(stop, coupling, &grids)?.title(title));
    }
    Ok(figure)
}

fn at(coupling: [f64; 3], t: f64, bias: f64) -> Result<Response, TransportError> {
    respond(&Parameters::diagonal(coupling, t, 0.5 * bias / t), ExchangeField::Included)
}

fn plane(grids: &[Vec<f64>; 2], map: Map) -> Panel {
    let [x, y] = grids;
    let crossover: Vec<f64> = x.iter().map(|t| 2.0 * t).collect();
    let last = y.last().copied().unwrap_or(1.0);
    let axes = [Axis::log(TEXTURE, ""), Axis::log("*eV*/(*v*_{F}*k*_{0})", "")];
    let [x_axis, y_axis] = axes;
    let line =
        Series::line("eV = 2T", x, &crossover).unlisted().color(Color::Black).dash(Dash::Dashed);
    Panel::new(x_axis, y_axis.limits(y[0], last)).map(map).with(line)
}

/// Over decades where the linear correction vanishes with T, linear otherwise.
fn conductance_map(
    stop: &dyn Stop,
    coupling: [f64; 3],
    grids: &[Vec<f64>; 2],
    decades: bool,
) -> Result<Panel, FigureError> {
    let sign = if decades { -1.0 } else { 1.0 };
    let [x, y] = grids;
    let cells = map_values(stop, x, y, |t, v| at(coupling, t, v).map(|r| sign * r.delta_g.paper))?;
    let map = if decades {
        Map::new("\u{2212}δ*G*/*G*_{0}", "", x, y, cells).log()
    } else {
        Map::new(DELTA_G, "", x, y, cells)
    };
    Ok(plane(grids, map))
}

fn spin_map(
    stop: &dyn Stop,
    coupling: [f64; 3],
    grids: &[Vec<f64>; 2],
) -> Result<Panel, FigureError> {
    let [x, y] = grids;
    let cells = map_values(stop, x, y, |t, v| {
        at(coupling, t, v).map(|r| r.polarization.iter().map(|s| s * s).sum::<f64>().sqrt())
    })?;
    Ok(plane(grids, Map::new("|<*S*>|", "", x, y, cells).limits(0.0, 0.5)))
}
