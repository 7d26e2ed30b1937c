//! Spin Hall conductivity, relaxation rates, kinetic coefficients against phase shifts.
use crate::figures::grid::{linear, logarithmic, with};
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;
use crate::transport::spin_hall::{
    Alloy, Kinetics, PhaseShifts, Rates, Transport, Variant, kinetics_of_phase_shifts,
    rates_of_phase_shifts, relaxation, transport,
};
use std::f64::consts::{FRAC_PI_2, PI};

/// Copper.
pub(super) const ALLOY: Alloy = Alloy { fermi_wavenumber_per_m: 1.36e10, mass_ratio: 1.0 };
pub(super) const CONCENTRATIONS: [f64; 3] = [0.005, 0.01, 0.05];
/// Siemens per metre to its million.
const MEGA: f64 = 1e-6;

pub(super) fn shifts(eta0: f64, eta1: f64, eta2: f64) -> PhaseShifts {
    PhaseShifts { eta0, eta1, eta2 }
}

pub(super) fn coefficients(shifts: &PhaseShifts, c: f64) -> Result<Kinetics, FigureError> {
    Ok(kinetics_of_phase_shifts(shifts, c, Variant::Corrected)?)
}

pub(super) fn in_units(shifts: &PhaseShifts, c: f64) -> Result<Transport, FigureError> {
    Ok(transport(&coefficients(shifts, c)?, &ALLOY)?)
}

/// sigma_sH and theta_sH around the Kondo resonance of one p channel, with their parts.
pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Dilute impurities with a Kondo resonance in the channel l = 1, j = 1/2 \
                   (eta1 = pi/2, eta2 = 0), c = n_im/n_c. (a) Spin Hall conductivity against the \
                   s-wave phase shift; (b) at eta0 = 0.1 and -0.1 against c: skew scattering \
                   grows as 1/c, side jump does not depend on c; dashed: the side jump of a \
                   single channel, 2/(9 pi^2) e^2 kF/hbar. (c) Spin Hall angle (j_up - \
                   j_down)/(j_up + j_down); (d) against eta1, at eta0 = 0.1, c = 0.01. Spin \
                   current (j_up - j_down)/2.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("kF (1/m)", ALLOY.fermi_wavenumber_per_m)
        .parameter("m*/m_e", ALLOY.mass_ratio)
        .with(conductivity(settings, stop)?)
        .with(dilution(settings, stop)?)
        .with(angle(settings, stop)?)
        .with(resonance(settings, stop)?))
}

fn conductivity(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(-0.5, 0.5, settings.pick(41, 201)), &[0.0, 0.1]);
    let y = Axis::linear("*σ*_{sH}", "10^{6} (ħ/*e*) S/m");
    let mut panel = Panel::new(Axis::linear("*η*_{0}", ""), y)
        .title("*η*_{1} = π/2, *η*_{2} = 0")
        .legend_title("*c*")
        .horizontal(0.0, "");
    for c in CONCENTRATIONS {
        let line = values(stop, &grid, |eta0| {
            in_units(&shifts(eta0, FRAC_PI_2, 0.0), c).map(|t| MEGA * t.sigma_sh_s_per_m)
        })?;
        panel = panel.with(Series::line(&format!("{c}"), &grid, &line));
    }
    Ok(panel)
}

fn dilution(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(logarithmic(1e-3, 0.1, settings.pick(21, 81)), &[0.01]);
    type Part = fn(&Transport) -> f64;
    let parts: [(&str, Part, Dash); 2] = [
        ("total", |t| t.sigma_sh_s_per_m, Dash::Solid),
        ("skew scattering", |t| t.sigma_sh_skew_s_per_m, Dash::Dashed),
    ];
    let line = |eta0: f64, part: Part| {
        values(stop, &grid, |c| in_units(&shifts(eta0, FRAC_PI_2, 0.0), c).map(|t| MEGA * part(&t)))
    };
    let y = Axis::linear("*σ*_{sH}", "10^{6} (ħ/*e*) S/m").limits(-2.0, 2.0);
    let mut panel = Panel::new(Axis::log("*c*", ""), y).title("skew scattering and side jump");
    let cases = [(0.1, "0.1", Color::Palette(0)), (-0.1, "\u{2212}0.1", Color::Palette(1))];
    for (eta0, name, color) in cases {
        for (what, part, dash) in parts {
            let label = format!("*η*_{{0}} = {name}, {what}");
            let series = Series::line(&label, &grid, &line(eta0, part)?);
            panel = panel.with(series.color(color).dash(dash));
        }
        let jump = line(eta0, |t| t.sigma_sh_side_jump_s_per_m)?;
        let label = format!("*η*_{{0}} = {name}, side jump");
        panel = panel.with(Series::line(&label, &grid, &jump).color(color).dash(Dash::Dotted));
    }
    let single = in_units(&shifts(0.0, FRAC_PI_2, 0.0), 0.01)?.sigma_sh_s_per_m;
    Ok(panel.horizontal(MEGA * single, ""))
}

fn angle(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(-0.5, 0.5, settings.pick(41, 201)), &[0.0, 0.1]);
    let mut panel = Panel::new(Axis::linear("*η*_{0}", ""), Axis::linear("spin Hall angle", ""))
        .title("*η*_{1} = π/2, *η*_{2} = 0")
        .legend_title("*c*")
        .horizontal(0.0, "");
    for c in CONCENTRATIONS {
        let line = values(stop, &grid, |eta0| {
            in_units(&shifts(eta0, FRAC_PI_2, 0.0), c).map(|t| t.spin_hall_angle)
        })?;
        panel = panel.with(Series::line(&format!("{c}"), &grid, &line));
    }
    Ok(panel)
}

fn resonance(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = with(linear(0.0, PI, settings.pick(41, 201)), &[1.2, FRAC_PI_2]);
    let mut panel = Panel::new(
        Axis::linear("*η*_{1}", "rad").limits(0.0, PI),
        Axis::linear("spin Hall angle", ""),
    )
    .title("*η*_{0} = 0.1, *c* = 0.01")
    .legend_title("*η*_{2}")
    .vertical(FRAC_PI_2, "Kondo resonance");
    for eta2 in [0.0, 0.05, 0.2] {
        let line = values(stop, &grid, |eta1| {
            in_units(&shifts(0.1, eta1, eta2), 0.01).map(|t| t.spin_hall_angle)
        })?;
        panel = panel.with(Series::line(&format!("{eta2}"), &grid, &line));
    }
    Ok(panel)
}

/// Rates, gradient coefficients and theta_sH for (0.3, eta1, 0.4), as in the acceptance numbers.
pub(super) fn rates(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let caption = "Phase shifts eta0 = 0.3, eta2 = 0.4, against eta1. (a) Relaxation rates over \
                   r0 = (8/(3 pi)) (eF/hbar) c. (b) Rates of the uniform spin: 1/tau_s of the \
                   diffusion equation, and the eigenvalues of the exact 2 x 2 block with the l = \
                   2, J = 1 spin distribution. (c) Gradient coefficients over c. (d) Spin Hall \
                   coefficient at c = 0.01 and its parts; dotted: with the formulas as printed.";
    Ok(captioned(caption)
        .columns(2)
        .parameter("eta0", 0.3)
        .parameter("eta2", 0.4)
        .with(rate_panel(settings, stop)?)
        .with(block_panel(settings, stop)?)
        .with(gradient_panel(settings, stop)?)
        .with(coefficient_panel(settings, stop)?))
}

fn eta1_grid(settings: &Settings) -> Vec<f64> {
    with(linear(0.0, PI, settings.pick(41, 201)), &[1.2])
}

fn eta1_panel(title: &str, y: Axis) -> Panel {
    Panel::new(Axis::linear("*η*_{1}", "rad").limits(0.0, PI), y).title(title)
}

fn rate_panel(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = eta1_grid(settings);
    type Part = fn(&Rates) -> f64;
    let parts: [(&str, Part); 5] = [
        ("1/*τ*_{tr}", |r| r.transport),
        ("1/*τ*_{qp}", |r| r.quasiparticle),
        ("1/*τ*_{s}", |r| r.spin),
        ("*ω*_{sk}", |r| r.skew),
        ("*ω*_{sw}", |r| r.swap),
    ];
    let mut panel = eta1_panel("rates", Axis::linear("rate/*r*_{0}", "")).horizontal(0.0, "");
    for (label, part) in parts {
        let line = values(stop, &grid, |eta1| {
            rates_of_phase_shifts(&shifts(0.3, eta1, 0.4), Variant::Corrected).map(|r| part(&r))
        })?;
        panel = panel.with(Series::line(label, &grid, &line));
    }
    Ok(panel)
}

fn block_panel(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = eta1_grid(settings);
    let line = |part: fn(&PhaseShifts) -> Result<f64, FigureError>| {
        values(stop, &grid, |eta1| part(&shifts(0.3, eta1, 0.4)))
    };
    let plain = line(|s| Ok(relaxation(s)?.spin_rate))?;
    let slow = line(|s| Ok(relaxation(s)?.spin[0]))?;
    let fast = line(|s| Ok(relaxation(s)?.spin[1]))?;
    Ok(eta1_panel("spin relaxation", Axis::linear("rate/*r*_{0}", ""))
        .with(Series::line("1/*τ*_{s}", &grid, &plain).color(Color::Palette(2)))
        .with(Series::line("slower", &grid, &slow).dash(Dash::Dashed))
        .with(Series::line("faster", &grid, &fast).dash(Dash::DashDot)))
}

fn gradient_panel(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = eta1_grid(settings);
    type Part = fn(&Kinetics) -> f64;
    let parts: [(&str, Part); 6] = [
        ("Ω_{c}", |k| k.gradients.charge),
        ("Ω_{cs}", |k| k.gradients.charge_spin),
        ("Ω_{sc}", |k| k.gradients.spin_charge),
        ("Ω_{0}", |k| k.gradients.spin[0]),
        ("Ω_{1}", |k| k.gradients.spin[1]),
        ("Ω_{2}", |k| k.gradients.spin[2]),
    ];
    let mut panel =
        eta1_panel("gradient coefficients", Axis::linear("Ω/*c*", "")).horizontal(0.0, "");
    for (label, part) in parts {
        let line = values(stop, &grid, |eta1| {
            coefficients(&shifts(0.3, eta1, 0.4), 0.01).map(|k| part(&k) / k.concentration)
        })?;
        panel = panel.with(Series::line(label, &grid, &line));
    }
    Ok(panel)
}

fn coefficient_panel(settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    let grid = eta1_grid(settings);
    let line = |variant: Variant, part: fn(&Kinetics) -> f64| {
        values(stop, &grid, |eta1| {
            kinetics_of_phase_shifts(&shifts(0.3, eta1, 0.4), 0.01, variant).map(|k| part(&k))
        })
    };
    let total = line(Variant::Corrected, |k| k.theta_sh)?;
    let skew = line(Variant::Corrected, |k| k.theta_sh_skew)?;
    let jump = line(Variant::Corrected, |k| k.theta_sh_side_jump)?;
    let printed = line(Variant::Printed, |k| k.theta_sh)?;
    let y = Axis::linear("*θ*_{sH}", "");
    Ok(eta1_panel("spin Hall coefficient", y)
        .horizontal(0.0, "")
        .with(Series::line("total", &grid, &total))
        .with(Series::line("skew", &grid, &skew).dash(Dash::Dashed))
        .with(Series::line("side jump", &grid, &jump).dash(Dash::DashDot))
        .with(Series::line("total, as printed", &grid, &printed).dash(Dash::Dotted)))
}
