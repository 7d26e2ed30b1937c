//! A film: the spin Hall effect of a current and its inverse.
use super::spin_hall::{ALLOY, coefficients, shifts};
use crate::figures::{FigureError, Settings, captioned, check};
use crate::plot::{Axis, Color, Figure, Map, Panel, Series};
use crate::stop::Stop;
use crate::transport::spin_hall::{
    Film, FilmSolution, PhaseShifts, Rectangle, Source, SpinEnd, solve_film, transport,
};

const CONCENTRATION: f64 = 0.01;
const ELEMENTARY_CHARGE_C: f64 = 1.602_176_634e-19;
const THICKNESS_M: f64 = 20e-9;
/// Length and width over L_T.
const LENGTH: f64 = 8.0;
const WIDTH: f64 = 2.0;

/// Phase shifts with tau_s >> tau_tr: diffusion is meant seriously.
fn impurities() -> PhaseShifts {
    shifts(0.6, 0.15, 0.05)
}

/// The alloy as a film, its length L_T, and D theta_sH/D_T.
fn film(settings: &Settings) -> Result<(Film, f64, f64), FigureError> {
    let kinetics = coefficients(&impurities(), CONCENTRATION)?;
    let alloy = transport(&kinetics, &ALLOY)?;
    let scale = (alloy.d_transverse_m2_per_s * alloy.tau_s_s).sqrt();
    let d_theta = alloy.d_m2_per_s * kinetics.theta_sh;
    let film = Film {
        length_m: LENGTH * scale,
        width_m: WIDTH * scale,
        cells: [settings.pick(48, 192), settings.pick(12, 48)],
        d_charge_m2_per_s: alloy.d_charge_m2_per_s,
        d_longitudinal_m2_per_s: alloy.d_longitudinal_m2_per_s,
        d_transverse_m2_per_s: alloy.d_transverse_m2_per_s,
        kappa_m2_per_s: alloy.kappa_m2_per_s,
        d_theta_m2_per_s: d_theta,
        tau_s_s: alloy.tau_s_s,
        left: SpinEnd::Closed,
        right: SpinEnd::Closed,
        sources: Vec::new(),
    };
    Ok((film, scale, d_theta / alloy.d_transverse_m2_per_s))
}

/// A rectangle given over L_T.
fn place(scale: f64, x: [f64; 2], y: [f64; 2]) -> Rectangle {
    Rectangle { x_m: x.map(|x| x * scale), y_m: y.map(|y| y * scale) }
}

/// What a current does to the spin, and injected spin to the charge.
pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let (film, scale, ratio) = film(settings)?;
    check(stop)?;
    // One unit of charge a second enters at the right end and leaves at x = 0.
    let charge = Source {
        place: place(scale, [LENGTH - 0.5, LENGTH], [0.0, WIDTH]),
        charge: 1.0,
        spin: [0.0; 3],
    };
    let current_film = Film { sources: vec![charge], ..film };
    let current = solve_film(&current_film)?;
    check(stop)?;
    // One ampere, fully polarized, without a net current: half a spin each electron.
    let spin = 0.5 / (ELEMENTARY_CHARGE_C * THICKNESS_M);
    let contact =
        Source { place: place(scale, [3.0, 3.5], [0.0, 0.5]), charge: 0.0, spin: [0.0, 0.0, spin] };
    let injected = solve_film(&Film { sources: vec![contact], ..film })?;

    // Edges far from the ends: D_T ds_z/dy = D theta_sH drho/dx, drho/dx = 1/(D_c width).
    let slope = 1.0 / (film.d_charge_m2_per_s * film.width_m);
    let unit = ratio * slope * scale;
    let caption = "Film of 8 x 2 L_T, alloy with eta = (0.6, 0.15, 0.05), c = 0.01; x and y over \
                   L_T. (a) Spin accumulation of a current along x that enters at the right end, \
                   over (D theta_sH/D_T) L_T drho/dx. (b) The same across the film at x = 4 L_T; \
                   line: sinh((y - w/2)/L_T)/cosh(w/(2 L_T)). (c) Potential of spin injected at \
                   (3 ... 3.5, 0 ... 0.5), per ampere of fully polarized electrons without a net \
                   current, 20 nm thick. (d) Transverse resistance between the edges.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("kF (1/m)", ALLOY.fermi_wavenumber_per_m)
        .parameter("L_T (nm)", 1e9 * scale)
        .parameter("theta_sH D/D_T", ratio)
        .parameter("cells", format!("{} x {}", film.cells[0], film.cells[1]))
        .with(accumulation(&film, &current, unit))
        .with(cut(&film, &current, unit))
        .with(potential(&film, &injected))
        .with(voltage(&film, &injected, scale)))
}

/// Node positions along x and y over L_T.
fn nodes(film: &Film) -> [Vec<f64>; 2] {
    let axis =
        |cells: usize, length: f64| (0..=cells).map(|i| length * i as f64 / cells as f64).collect();
    [axis(film.cells[0], LENGTH), axis(film.cells[1], WIDTH)]
}

fn plane(film: &Film, map: impl FnOnce(&[f64], &[f64]) -> Map) -> Panel {
    let [x, y] = nodes(film);
    let axes = [
        Axis::linear("*x*/*L*_{T}", "").limits(0.0, LENGTH),
        Axis::linear("*y*/*L*_{T}", "").limits(0.0, WIDTH),
    ];
    let [x_axis, y_axis] = axes;
    Panel::new(x_axis, y_axis).map(map(&x, &y).diverging())
}

fn accumulation(film: &Film, current: &FilmSolution, unit: f64) -> Panel {
    let values = current.spin[2].iter().map(|s| s / unit).collect();
    plane(film, |x, y| Map::new("*s*_{z}", "", x, y, values)).title("spin Hall effect")
}

fn cut(film: &Film, current: &FilmSolution, unit: f64) -> Panel {
    let [_, y] = nodes(film);
    let rows = y.len();
    let column = film.cells[0] / 2;
    let found: Vec<f64> =
        current.spin[2][column * rows..(column + 1) * rows].iter().map(|s| s / unit).collect();
    let half = 0.5 * WIDTH;
    let exact: Vec<f64> = y.iter().map(|y| (y - half).sinh() / half.cosh()).collect();
    Panel::new(Axis::linear("*y*/*L*_{T}", ""), Axis::linear("*s*_{z}", ""))
        .title("across the film")
        .with(Series::line("closed form", &y, &exact).color(Color::Black))
        .with(Series::points("finite elements", &y, &found).color(Color::Palette(1)))
}

/// rho/(e NF) per ampere.
fn milliohm(rho: f64) -> f64 {
    1e3 * rho / (ELEMENTARY_CHARGE_C * ALLOY.density_of_states_per_j_m3())
}

fn potential(film: &Film, injected: &FilmSolution) -> Panel {
    let values = injected.rho.iter().map(|rho| milliohm(*rho)).collect();
    plane(film, |x, y| Map::new("potential/current", "mΩ", x, y, values))
        .title("inverse spin Hall effect")
}

fn voltage(film: &Film, injected: &FilmSolution, scale: f64) -> Panel {
    let [x, _] = nodes(film);
    let states = ALLOY.density_of_states_per_j_m3();
    let between: Vec<f64> =
        x.iter().map(|x| 1e3 * injected.transverse_voltage(x * scale, states)).collect();
    Panel::new(Axis::linear("*x*/*L*_{T}", ""), Axis::linear("transverse resistance", "mΩ"))
        .title("between the edges")
        .horizontal(0.0, "")
        .vertical(3.0, "")
        .vertical(3.5, "contact")
        .with(Series::line("", &x, &between))
}
