//! Frozen spins as a field: what a mean-field picture would say.
use crate::figures::grid::{linear, logarithmic, with};
use crate::figures::{FigureError, Settings, captioned, check, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;
use crate::transport::protection::{
    Edge, FrozenSpins, Magnetization, Potential, Statistics, Texture, frozen_spin_statistics,
    transmit,
};

const TOLERANCE: f64 = 1e-10;

/// Transmission against energy; its logarithm against length; localization lengths.
pub(super) fn frozen(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "(a) Landauer transmission of a textured edge (L = 5, theta0 = 1.3, pitch 0.9, \
                   vF = 1): clean, with a frozen field m = (0.3, 0.1, -0.2), with a field along \
                   the local axis; and a constant field m = 0.4 across an axial edge of length 3. \
                   (b) Mean logarithm of the transmission through N spins frozen at random \
                   (strength b each, 4 a unit length, k = 10), with one standard deviation. (c) \
                   Localization length -2L/<ln T> of 200 spins against b, with its statistical \
                   error; dashed: 1/b^2. Frozen spins violate the conservation of the total \
                   spin: dynamical spins do not localize.";
    Ok(captioned(caption)
        .columns(3)
        .with(energies(settings, stop)?)
        .with(lengths(settings, stop)?)
        .with(strengths(settings, stop)?))
}

fn edge(energy: f64, magnetization: Magnetization) -> Edge {
    Edge {
        length: 5.0,
        velocity: 1.0,
        energy,
        texture: Texture::Bump { theta0: 1.3, pitch: 0.9 },
        magnetization,
        potential: Potential::Constant(0.0),
    }
}

/// The edge at an energy.
type Case = fn(f64) -> Edge;

fn energies(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(-1.5, 1.5, settings.pick(31, 151)), &[0.1, 0.7]);
    let cases: [(&str, Case); 4] = [
        ("clean", |e| edge(e, Magnetization::None)),
        ("*m* along *n*(*x*)", |e| edge(e, Magnetization::AlongAxis { m: 0.8 })),
        ("*m* fixed", |e| edge(e, Magnetization::Bump { m: [0.3, 0.1, -0.2] })),
        ("*m* across *z*", |e| Edge {
            length: 3.0,
            texture: Texture::Axial,
            ..edge(e, Magnetization::Constant { m: [0.4, 0.0, 0.0] })
        }),
    ];
    let dashes = [Dash::Solid, Dash::Dashed, Dash::Solid, Dash::Solid];
    let mut panel = Panel::new(
        Axis::linear("*E*/*v*_{F}", ""),
        Axis::linear("transmission", "").limits(0.0, 1.05),
    )
    .title("one frozen field");
    for ((label, case), dash) in cases.into_iter().zip(dashes) {
        let line = values(stop, &grid, |energy| {
            transmit(&case(energy), TOLERANCE).map(|found| found.transmission)
        })?;
        panel = panel.with(Series::line(label, &grid, &line).dash(dash));
    }
    Ok(panel)
}

fn statistics(
    spins: usize,
    strength: f64,
    realizations: u64,
    stop: &dyn Stop,
) -> Result<Statistics, FigureError> {
    let spins = FrozenSpins {
        spins,
        length: 0.25 * spins as f64,
        wavenumber: 10.0,
        strength,
        theta_max: 1.0,
    };
    Ok(frozen_spin_statistics(&spins, realizations, 1, stop)?)
}

fn lengths(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let counts = linear(0.0, 200.0, settings.pick(6, 21));
    let realizations = settings.pick(200, 2000) as u64;
    let mut panel = Panel::new(Axis::linear("number of spins", ""), Axis::linear("<ln *T*>", ""))
        .title("localization")
        .legend_title("*b*");
    for (index, strength) in [0.1, 0.2, 0.3].into_iter().enumerate() {
        let (mut low, mut mean, mut high) = (vec![0.0], vec![0.0], vec![0.0]);
        for count in &counts[1..] {
            check(stop)?;
            let found = statistics(*count as usize, strength, realizations, stop)?;
            mean.push(found.mean_ln);
            low.push(found.mean_ln - found.standard_deviation_ln);
            high.push(found.mean_ln + found.standard_deviation_ln);
        }
        let color = Color::Palette(index);
        let name = format!("{strength}, one standard deviation");
        panel = panel
            .with(Series::band(&name, &counts, &low, &high).color(color).unlisted())
            .with(Series::line(&format!("{strength}"), &counts, &mean).color(color));
    }
    Ok(panel)
}

fn strengths(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = logarithmic(0.03, 0.5, settings.pick(6, 15));
    let realizations = settings.pick(200, 2000) as u64;
    let (mut low, mut line, mut high) = (vec![], vec![], vec![]);
    for strength in &grid {
        check(stop)?;
        let found = statistics(200, *strength, realizations, stop)?;
        line.push(found.localization_length);
        low.push(found.localization_length - found.localization_length_error);
        high.push(found.localization_length + found.localization_length_error);
    }
    // Through the weakest spins, where the law holds.
    let scale = line[0] * grid[0] * grid[0];
    let law: Vec<f64> = grid.iter().map(|b| scale / (b * b)).collect();
    let color = Color::Palette(0);
    Ok(Panel::new(Axis::log("*b*", ""), Axis::log("localization length", ""))
        .title("strength")
        .with(Series::band("standard error", &grid, &low, &high).color(color).unlisted())
        .with(Series::line_points("\u{2212}2*L*/<ln *T*>", &grid, &line).color(color))
        .with(Series::line("1/*b*^{2}", &grid, &law).color(Color::Gray).dash(Dash::Dashed)))
}
