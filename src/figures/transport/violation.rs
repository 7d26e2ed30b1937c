//! Distance of couplings from those that conserve the spin along the axis.
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, map_values, values};
use crate::plot::{Axis, Color, Dash, Figure, Map, Panel, Series};
use crate::stop::Stop;
use crate::transport::protection::{
    Impurity, minimize_by_angles, minimize_by_singular_values, minimize_chain,
    sub_ballistic_correction,
};
use nalgebra::Matrix3;
use std::f64::consts::{FRAC_PI_2, PI};

const ANGLE: &str = "*θ*";
const STARTS: usize = 60;
/// J_z/J_x of the cuts.
const CUTS: [f64; 4] = [0.0, 0.5, 2.0, -1.0];

fn uniaxial(position: f64, z: f64, theta: f64) -> Impurity {
    let coupling = Matrix3::from_diagonal(&[1.0, 1.0, z].into());
    Impurity { position, theta, phi: 0.0, coupling }
}

/// V_min, its two routes, the conductance that goes with it, and two impurities exchanging spin.
pub(super) fn violation(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "(a) Least violation of spin conservation over all frames of the impurity, \
                   relative to the coupling's norm, for J = diag(1, 1, Jz) and a spin-orbit axis \
                   tilted by theta: zero, and transport protected, for |Jz| = 1 or an axis along \
                   z. (b) Cuts; lines: by singular values, points: by minimizing over Euler \
                   angles. (c) Linear conductance of the same impurity, coupling times 0.2, in \
                   the normalisation of Landauer: it vanishes where the violation does. (d) Two \
                   isotropic impurities with isotropic exchange, axes at an angle delta: joint \
                   minimum, and both frames following their axes.";
    Ok(captioned(caption)
        .columns(2)
        .with(map(settings, stop)?)
        .with(cuts(settings, stop)?)
        .with(conductance(settings, stop)?)
        .with(pair(settings, stop)?))
}

fn map(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let (anisotropies, angles) =
        (linear(-1.6, 1.6, settings.pick(17, 81)), linear(0.0, PI, settings.pick(13, 61)));
    let cells = map_values(stop, &anisotropies, &angles, |z, theta| {
        let impurity = uniaxial(0.0, z, theta);
        let found = minimize_by_singular_values(&impurity)?;
        Ok::<_, FigureError>(found.violation / impurity.coupling.norm_squared())
    })?;
    let map = Map::new("*V*_{min}/||*J*||^{2}", "", &anisotropies, &angles, cells);
    Ok(Panel::new(Axis::linear("*J*_{z}/*J*_{x}", ""), Axis::linear(ANGLE, "rad"))
        .title("relative violation")
        .map(map))
}

fn cuts(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(0.0, PI, settings.pick(25, 121)), &[0.3, FRAC_PI_2]);
    let marked = [0.0, 0.3, 0.6, 1.0, FRAC_PI_2, 2.2];
    let mut panel = Panel::new(
        Axis::linear(ANGLE, "rad").limits(0.0, PI),
        Axis::linear("*V*_{min}/*J*_{x}^{2}", ""),
    )
    .title("two routes")
    .legend_title("*J*_{z}/*J*_{x}");
    for (index, z) in CUTS.into_iter().enumerate() {
        let color = Color::Palette(index);
        let line = values(stop, &grid, |theta| {
            minimize_by_singular_values(&uniaxial(0.0, z, theta)).map(|found| found.violation)
        })?;
        let points = values(stop, &marked, |theta| {
            minimize_by_angles(&uniaxial(0.0, z, theta), 20).map(|found| found.violation)
        })?;
        let label = format!("{z}").replace('-', "\u{2212}");
        let name = format!("{label}, Euler angles");
        panel = panel
            .with(Series::line(&label, &grid, &line).color(color))
            .with(Series::points(&name, &marked, &points).color(color).unlisted());
    }
    Ok(panel)
}

fn conductance(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = linear(0.0, PI, settings.pick(25, 121));
    let y = Axis::linear("δ*G*/*G*_{0}", "");
    let mut panel = Panel::new(Axis::linear(ANGLE, "rad").limits(0.0, PI), y)
        .title("linear response")
        .legend_title("*J*_{z}/*J*_{x}");
    for (index, z) in CUTS.into_iter().enumerate() {
        let line = values(stop, &grid, |theta| {
            let mut impurity = uniaxial(0.0, z, theta);
            impurity.coupling *= 0.2;
            sub_ballistic_correction(&impurity, 0.5).map(|g| g.landauer)
        })?;
        let label = format!("{z}").replace('-', "\u{2212}");
        panel = panel.with(Series::line(&label, &grid, &line).color(Color::Palette(index)));
    }
    Ok(panel)
}

fn pair(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(0.0, PI, settings.pick(9, 65)), &[0.3]);
    let joint = values(stop, &grid, |angle| {
        let chain = [uniaxial(0.0, 1.0, 0.0), uniaxial(1.0, 1.0, angle)];
        minimize_chain(&chain, &[Matrix3::identity()], STARTS, stop).map(|found| found.violation)
    })?;
    let fixed: Vec<f64> = (grid.iter())
        .map(|d| (2.0 * d.sin().powi(2) + 0.5 * (1.0 - d.cos()).powi(2)) / 3.0)
        .collect();
    let x = Axis::linear("*δ*", "rad").limits(0.0, PI);
    Ok(Panel::new(x, Axis::linear("*V*_{chain}", ""))
        .title("two impurities with exchange")
        .with(Series::line("joint minimum", &grid, &joint))
        .with(Series::line("frames follow axes", &grid, &fixed).dash(Dash::Dashed)))
}
