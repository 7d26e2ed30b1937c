//! Linear response of one impurity: Fig. 2, other Fermi levels, larger spins.
use crate::figures::grid::{linear, logarithmic, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;
use crate::transport::conductance::{
    ExchangeField, Parameters, linear_diagonal, linear_general, linear_isotropic_low_temperature,
    respond,
};

pub(super) const DELTA_G: &str = "δ*G*/*G*_{0}";
pub(super) const TEXTURE: &str = "*T*/(*v*_{F}*k*_{0})";
/// Where the acceptance numbers are given.
const MARKED: [f64; 6] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3];

/// Couplings over vF of Fig. 2, in its colours.
const CASES: [([f64; 3], &str, Color); 4] = [
    ([0.25, 0.25, 0.25], "*J* = (0.25, 0.25, 0.25)", Color::Black),
    ([0.25, 0.0, 0.35], "*J* = (0.25, 0, 0.35)", Color::Palette(0)),
    ([0.25, 0.0, 0.25], "*J* = (0.25, 0, 0.25)", Color::Palette(2)),
    ([0.25, 0.0, 0.0], "*J* = (0.25, 0, 0)", Color::Palette(1)),
];

/// Fig. 2: lines from Eq. (14), points from the master equation (10) at zero bias.
pub(super) fn fig2(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let grid = with(linear(0.0, 0.32, settings.pick(33, 161)), &MARKED);
    let mut panel =
        Panel::new(Axis::linear(TEXTURE, "").limits(0.0, 0.32), Axis::linear(DELTA_G, ""))
            .legend_title("lines: Eq. (14), points: Eq. (10)");
    for (coupling, label, color) in CASES {
        let line = values(stop, &grid, |t| linear_diagonal(coupling, t).map(|g| g.delta_g.paper))?;
        panel = panel.with(Series::line(label, &grid, &line).color(color));
    }
    for (coupling, label, color) in CASES {
        let points = values(stop, &MARKED, |t| {
            let point = Parameters::diagonal(coupling, t, 0.0);
            respond(&point, ExchangeField::LeftOut).map(|found| found.delta_g.paper)
        })?;
        let name = format!("{label}, master equation");
        panel = panel.with(Series::points(&name, &MARKED, &points).color(color).unlisted());
    }
    let caption = "Correction to the linear conductance by one spin-1/2 impurity against \
                   temperature, for four couplings J/vF = (x, y, z). In the paper's \
                   normalisation; one backscattered electron costs half of it.";
    Ok(captioned(caption).parameter("normalisation", "paper (landauer = paper/2)").with(panel))
}

/// Fermi level away from the Dirac point: T^4 becomes T^2; larger spins: 4S(S+1)/3.
pub(super) fn fermi_level(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let figure = captioned(
        "(a) Isotropic impurity, linear response, for Fermi levels mu0 from the Dirac point; \
         dashed: the limits T^4 (mu0 = 0, Eq. 16) and T^2 (mu0 >> T). (b) Differential correction \
         at T = 0.1 vF k0 against bias for spins S, over 4S(S+1)/3, with the exchange field: equal \
         in linear response only.",
    )
    .columns(2)
    .parameter("J/vF", "0.25 (isotropic)")
    .parameter("normalisation", "paper (landauer = paper/2)");
    Ok(figure.with(level_panel(settings, stop)?).with(spin_panel(settings, stop)?))
}

fn level_panel(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(logarithmic(5e-3, 0.3, settings.pick(19, 73)), &[0.05, 0.1]);
    let y = Axis::log("\u{2212}δ*G*/*G*_{0}", "").limits(3e-9, 0.1);
    let mut panel = Panel::new(Axis::log(TEXTURE, ""), y)
        .title("isotropic impurity")
        .legend_title("*μ*_{0}/(*v*_{F}*k*_{0})");
    for level in [0.0, 0.05, 0.1, 0.25] {
        let line = values(stop, &grid, |t| {
            let point =
                Parameters { fermi_level: level / t, ..Parameters::diagonal([0.25; 3], t, 0.0) };
            linear_general(&point).map(|found| -found.delta_g.paper)
        })?;
        panel = panel.with(Series::line(&format!("{level}"), &grid, &line));
    }
    let limit =
        |level: f64, t: f64| linear_isotropic_low_temperature(0.25, t, level / t).map(|g| -g.paper);
    let low: Vec<f64> = grid.iter().copied().filter(|t| *t <= 0.06).collect();
    let quartic = values(stop, &low, |t| limit(0.0, t))?;
    let cold: Vec<f64> = grid.iter().copied().filter(|t| *t <= 0.025).collect();
    let square = values(stop, &cold, |t| limit(0.25, t))?;
    let guide = |label: &str, x: &[f64], y: &[f64]| {
        Series::line(label, x, y).color(Color::Gray).dash(Dash::Dashed)
    };
    Ok(panel
        .with(guide("limits", &low, &quartic))
        .with(guide("limit T^2", &cold, &square).unlisted()))
}

fn spin_panel(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(0.0, 6.0, settings.pick(25, 121)), &[2.0]);
    let y = Axis::linear("δ*G*/*G*_{0} \u{b7} 3/(4*S*(*S*+1))", "");
    let mut panel = Panel::new(Axis::linear("*eV*/(2*T*)", ""), y).title("larger spins");
    for (spin, label) in
        [(0.5, "*S* = 1/2"), (1.0, "*S* = 1"), (1.5, "*S* = 3/2"), (2.5, "*S* = 5/2")]
    {
        let line = values(stop, &grid, |bias| {
            let point = Parameters { spin, ..Parameters::diagonal([0.25; 3], 0.1, bias) };
            let found = respond(&point, ExchangeField::Included)?;
            Ok::<_, FigureError>(found.delta_g.paper * 0.75 / (spin * (spin + 1.0)))
        })?;
        panel = panel.with(Series::line(label, &grid, &line));
    }
    Ok(panel)
}
