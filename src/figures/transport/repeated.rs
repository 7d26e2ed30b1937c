//! Quantum spins: electrons are reflected, and yet the current is not suppressed.
use crate::figures::grid::{linear, with};
use crate::figures::{FigureError, Settings, captioned, check, values};
use crate::plot::{Axis, Color, Dash, Figure, Marker, Panel, Series};
use crate::stop::Stop;
use crate::transport::conductance::{ExchangeField, Parameters, respond};
use crate::transport::protection::{
    FrozenSpins, Impurity, Repeated, axis_rotation, frozen_spin_statistics, repeated_scattering,
};
use nalgebra::Matrix3;
use std::f64::consts::PI;

/// Tilt of the axis in panels (b) and (c), rad.
const TILT: (f64, f64) = (0.6, 0.2);
/// eV/(2T) of the master equation: far above the temperature.
const HIGH_BIAS: f64 = 3000.0;

fn impurity(position: f64, coupling: [f64; 3], (theta, phi): (f64, f64)) -> Impurity {
    Impurity { position, theta, phi, coupling: Matrix3::from_diagonal(&coupling.into()) }
}

fn one(coupling: [f64; 3], axis: (f64, f64), stop: &dyn Stop) -> Result<Repeated, FigureError> {
    Ok(repeated_scattering(&[impurity(0.0, coupling, axis)], 0.0, 0.5, stop)?)
}

/// One spin against its axis and its anisotropy; many spins against frozen ones.
pub(super) fn repeated(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Share of reflected electrons, one electron after another. (a) One spin 1/2, \
                   spin-orbit axis tilted by theta (phi = 0.2): the first electron, and the \
                   stationary state; an isotropic spin reflects no current in the end. (b) \
                   Against the anisotropy at theta = 0.6, J = s diag(1, 1, Jz/Jx), over s^2; \
                   points: master equation (10) at eV >> T with the exchange field, the limit s \
                   -> 0. (c) Many isotropic spins (J = 0.5) on different axes, and frozen spins \
                   of length sqrt(3)/2: freezing them is what localizes.";
    Ok(captioned(caption)
        .columns(3)
        .parameter("electrons", "one energy, no Heisenberg exchange, no Kondo correlations")
        .with(axis(settings, stop)?)
        .with(anisotropy(settings, stop)?)
        .with(many(settings, stop)?))
}

fn axis(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(0.0, PI, settings.pick(25, 121)), &[0.6]);
    let mut panel = Panel::new(
        Axis::linear("*θ*", "rad").limits(0.0, PI),
        Axis::linear("reflected share", "").limits(-0.006, 0.19),
    )
    .title("one spin");
    let cases = [([0.5, 0.5, 0.5], "isotropic"), ([0.5, 0.5, 0.2], "*J*_{z} = 0.4 *J*_{x}")];
    for (index, (coupling, name)) in cases.into_iter().enumerate() {
        let color = Color::Palette(index);
        let first = values(stop, &grid, |theta| {
            one(coupling, (theta, TILT.1), stop).map(|found| found.first_electron)
        })?;
        let last = values(stop, &grid, |theta| {
            one(coupling, (theta, TILT.1), stop).map(|found| found.backscattering)
        })?;
        let dashed = Series::line(&format!("{name}, first"), &grid, &first).dash(Dash::Dashed);
        panel = panel
            .with(dashed.color(color))
            .with(Series::line(&format!("{name}, stationary"), &grid, &last).color(color));
    }
    Ok(panel)
}

fn anisotropy(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = linear(-2.0, 2.0, settings.pick(17, 81));
    let marked = linear(-2.0, 2.0, 9);
    let x = Axis::linear("*J*_{z}/*J*_{x}", "");
    let mut panel = Panel::new(x, Axis::linear("reflected share/*s*^{2}", "")).title("anisotropy");
    for s in [0.8, 0.5, 0.1] {
        let line = values(stop, &grid, |z| {
            one([s, s, s * z], TILT, stop).map(|found| found.backscattering / (s * s))
        })?;
        panel = panel.with(Series::line(&format!("*s* = {s}"), &grid, &line));
    }
    let points = values(stop, &marked, |z| {
        let s = 0.01;
        let coupling =
            Matrix3::from_diagonal(&[s, s, s * z].into()) * axis_rotation(TILT.0, TILT.1);
        let point = Parameters { coupling, ..Parameters::diagonal([0.0; 3], 0.0, HIGH_BIAS) };
        let found = respond(&point, ExchangeField::Included)?;
        Ok::<_, FigureError>(-found.delta_g.landauer / (s * s))
    })?;
    let points = Series::points("master equation", &marked, &points).color(Color::Black);
    Ok(panel.with(points))
}

fn many(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let most = settings.pick(3, 6);
    let realizations = settings.pick(500, 20_000) as u64;
    let (mut counts, mut first, mut last, mut frozen) = (vec![], vec![], vec![], vec![]);
    for spins in 1..=most {
        check(stop)?;
        // Axes and distances without a pattern.
        let chain: Vec<Impurity> = (0..spins)
            .map(|j| {
                let j = j as f64;
                impurity(1.3 * j, [0.5; 3], (0.4 + 0.7 * (1.9 * j).sin().abs(), 2.1 * j))
            })
            .collect();
        let found = repeated_scattering(&chain, 0.8, 0.5, stop)?;
        // |J S| with |S| = sqrt(S(S+1)), as the quantum spin has it.
        let frozen_spins = FrozenSpins {
            spins,
            length: 1.3 * spins as f64,
            wavenumber: 0.8,
            strength: 0.5 * 0.75_f64.sqrt(),
            theta_max: 1.1,
        };
        counts.push(spins as f64);
        first.push(found.first_electron);
        last.push(found.backscattering);
        frozen.push(1.0 - frozen_spin_statistics(&frozen_spins, realizations, 1, stop)?.mean);
    }
    let series = |label: &str, y: &[f64], color: usize, marker: Marker| {
        Series::line_points(label, &counts, y).color(Color::Palette(color)).marker(marker)
    };
    let x = Axis::linear("number of spins", "").limits(0.5, most as f64 + 0.5);
    Ok(Panel::new(x, Axis::linear("reflected share", ""))
        .title("many isotropic spins")
        .with(series("frozen, mean", &frozen, 2, Marker::Square).dash(Dash::DashDot))
        .with(series("first electron", &first, 0, Marker::Triangle).dash(Dash::Dashed))
        .with(series("stationary state", &last, 1, Marker::Circle)))
}
