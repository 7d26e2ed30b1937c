//! Anisotropic spin diffusion, and the Kondo scale of the large-N theory.
use super::spin_hall::{CONCENTRATIONS, coefficients, in_units, shifts};
use crate::figures::grid::{linear, logarithmic, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;
use crate::transport::spin_hall::{Kinetics, MeanField, mean_field};
use std::f64::consts::{FRAC_PI_2, PI};

/// D_L/D_T, the coefficients of both, and the lengths that follow.
pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "(a) Anisotropy of spin diffusion (spin along over spin across its gradient) at \
                   the Kondo resonance, eta1 = pi/2, eta2 = 0; dashed: 1 + (4/9) eta0^2, the part \
                   of Eq. (20) without c. (b) Against c at eta0 = 0.1 and -0.1; dashed: with the \
                   linear term -(16/(27 pi)) c eta0. (c) Diffusion coefficients over D = vF^2 \
                   tau_tr/3 at eta0 = 0.3, eta2 = 0.4, c = 0.01. (d) Diffusion lengths of an \
                   alloy with eta = (0.5, 0.7, -0.3); tau_s is not much longer than tau_tr here, \
                   so that the diffusion equation is only formal.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("kF (1/m)", super::spin_hall::ALLOY.fermi_wavenumber_per_m)
        .parameter("m*/m_e", super::spin_hall::ALLOY.mass_ratio)
        .with(anisotropy(settings, stop)?)
        .with(dilution(settings, stop)?)
        .with(spectrum(settings, stop)?)
        .with(lengths(settings, stop)?))
}

fn ratio(eta0: f64, c: f64) -> Result<f64, FigureError> {
    let found = coefficients(&shifts(eta0, FRAC_PI_2, 0.0), c)?;
    Ok(found.d_longitudinal / found.d_transverse)
}

const RATIO: &str = "*D*_{L}/*D*_{T}";

fn anisotropy(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(-0.5, 0.5, settings.pick(41, 201)), &[0.0, 0.1]);
    let mut panel = Panel::new(Axis::linear("*η*_{0}", ""), Axis::linear(RATIO, ""))
        .title("*η*_{1} = π/2, *η*_{2} = 0")
        .legend_title("*c*");
    for c in CONCENTRATIONS {
        let line = values(stop, &grid, |eta0| ratio(eta0, c))?;
        panel = panel.with(Series::line(&format!("{c}"), &grid, &line));
    }
    let square: Vec<f64> = grid.iter().map(|eta0| 1.0 + 4.0 / 9.0 * eta0 * eta0).collect();
    let dashed = Series::line("1 + (4/9) *η*_{0}^{2}", &grid, &square);
    Ok(panel.with(dashed.color(Color::Black).dash(Dash::Dashed)))
}

fn dilution(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(1e-4, 0.1, settings.pick(21, 81)), &[0.01]);
    let mut panel = Panel::new(Axis::linear("*c*", "").limits(0.0, 0.1), Axis::linear(RATIO, ""))
        .title("*η*_{1} = π/2, *η*_{2} = 0");
    for (eta0, label, color) in [
        (0.1, "*η*_{0} = 0.1", Color::Palette(0)),
        (-0.1, "*η*_{0} = \u{2212}0.1", Color::Palette(1)),
    ] {
        let line = values(stop, &grid, |c| ratio(eta0, c))?;
        let first: Vec<f64> = (grid.iter())
            .map(|c| 1.0 + 4.0 / 9.0 * eta0 * eta0 - 16.0 / (27.0 * PI) * c * eta0)
            .collect();
        let name = format!("{label}, expanded");
        panel = panel
            .with(Series::line(label, &grid, &line).color(color))
            .with(Series::line(&name, &grid, &first).color(color).dash(Dash::Dashed));
    }
    Ok(panel)
}

fn spectrum(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(0.0, PI, settings.pick(41, 201)), &[1.2]);
    type Part = fn(&Kinetics) -> f64;
    let parts: [(&str, Part); 6] = [
        ("*D*_{c}", |k| k.d_charge),
        ("*D*_{0}", |k| k.d_spin[0]),
        ("*D*_{1}", |k| k.d_spin[1]),
        ("*D*_{2}", |k| k.d_spin[2]),
        ("*D*_{L}", |k| k.d_longitudinal),
        ("*D*_{T}", |k| k.d_transverse),
    ];
    let mut panel = Panel::new(
        Axis::linear("*η*_{1}", "rad").limits(0.0, PI),
        Axis::linear("coefficient/*D*", ""),
    )
    .title("*η*_{0} = 0.3, *η*_{2} = 0.4, *c* = 0.01");
    for (index, (label, part)) in parts.into_iter().enumerate() {
        let line = values(stop, &grid, |eta1| {
            coefficients(&shifts(0.3, eta1, 0.4), 0.01).map(|k| part(&k))
        })?;
        let dash = if index < 4 { Dash::Solid } else { Dash::Dashed };
        panel = panel.with(Series::line(label, &grid, &line).dash(dash));
    }
    Ok(panel)
}

fn lengths(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(logarithmic(1e-3, 0.1, settings.pick(13, 61)), &[0.01]);
    // Without a length outside the diffusive theory: a gap.
    let line = |along: bool| {
        values(stop, &grid, |c| {
            let found = in_units(&shifts(0.5, 0.7, -0.3), c)?.lengths;
            let length = found.map(|l| if along { l.longitudinal_m } else { l.transverse_m });
            Ok::<_, FigureError>(length.map_or(f64::NAN, |metres| 1e9 * metres))
        })
    };
    Ok(Panel::new(Axis::log("*c*", ""), Axis::log("diffusion length", "nm"))
        .title("*η* = (0.5, 0.7, \u{2212}0.3)")
        .with(Series::line("*L*_{L}", &grid, &line(true)?))
        .with(Series::line("*L*_{T}", &grid, &line(false)?).dash(Dash::Dashed)))
}

/// T_K and width against the coupling, and the phase shift over the energy.
pub(super) fn kondo(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Large-N saddle point (S137-S161) for fillings q = Q/N. (a) Kondo temperature \
                   against g = J NF; (b) over its limit exp(-1/g) eF. (c) Width of the resonance. \
                   (d) Phase shift against the energy from the Fermi level, g = 0.2.";
    let ratio = |m: &MeanField| m.kondo_temperature / m.kondo_temperature_asymptotic;
    let log = |label: &str| Axis::log(label, "");
    let over = Axis::linear("*T*_{K}/(*ε*_{F} exp(\u{2212}1/*g*))", "");
    Ok(captioned(caption)
        .columns(2)
        .with(over_coupling(settings, stop, log("*T*_{K}/*ε*_{F}"), |m| m.kondo_temperature)?)
        .with(over_coupling(settings, stop, over, ratio)?)
        .with(over_coupling(settings, stop, log("Γ/*ε*_{F}"), |m| m.gamma)?)
        .with(phase(settings, stop)?))
}

const FILLINGS: [f64; 3] = [0.5, 0.25, 0.1];

fn over_coupling(
    settings: &Settings,
    stop: &dyn Stop,
    y: Axis,
    part: fn(&MeanField) -> f64,
) -> Result<Panel, FigureError> {
    let grid = with(linear(0.05, 0.5, settings.pick(19, 91)), &[0.1, 0.2]);
    let mut panel = Panel::new(Axis::linear("*g*", ""), y).legend_title("*q*");
    for filling in FILLINGS {
        let line = values(stop, &grid, |g| mean_field(g, filling).map(|found| part(&found)))?;
        panel = panel.with(Series::line(&format!("{filling}"), &grid, &line));
    }
    Ok(panel)
}

fn phase(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = linear(-8.0, 8.0, settings.pick(33, 161));
    let y = Axis::linear("*η*", "rad").limits(0.0, PI);
    let mut panel = Panel::new(Axis::linear("(*ε* \u{2212} *ε*_{F})/*T*_{K}", ""), y)
        .legend_title("*q*")
        .horizontal(FRAC_PI_2, "π/2");
    for filling in FILLINGS {
        let field = mean_field(0.2, filling)?;
        let line = values(stop, &grid, |energy| {
            Ok::<_, FigureError>(field.phase_shift_at(energy * field.kondo_temperature))
        })?;
        panel = panel.with(Series::line(&format!("{filling}"), &grid, &line));
    }
    Ok(panel)
}
