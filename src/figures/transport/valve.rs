//! The non-local spin valve: two diffusion lengths in one wire.
use super::spin_hall::{ALLOY, in_units, shifts};
use crate::figures::grid::linear;
use crate::figures::{FigureError, Settings, captioned, values};
use crate::plot::{Axis, Color, Dash, Figure, Panel, Series};
use crate::stop::Stop;
use crate::transport::spin_hall::{End, Transport, Wire, non_local_resistance_ohm, wire_response};

const POLARIZATION: f64 = 0.3;
/// 100 nm wide, 20 nm thick.
const AREA_M2: f64 = 2e-15;
const NANOMETRE: f64 = 1e-9;
const CONCENTRATION: f64 = 0.01;
/// The finite wire of panel (c): its end, and the injector.
const LENGTH_NM: f64 = 60.0;
const INJECTOR_NM: f64 = 15.0;

fn wire(alloy: &Transport, left: End, right: End) -> Wire {
    Wire {
        d_longitudinal_m2_per_s: alloy.d_longitudinal_m2_per_s,
        d_transverse_m2_per_s: alloy.d_transverse_m2_per_s,
        tau_s_s: alloy.tau_s_s,
        left,
        right,
    }
}

/// Resistance against distance for spins along and across the wire, and a wire with ends.
pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let alloy = in_units(&shifts(0.5, 0.7, -0.3), CONCENTRATION)?;
    let caption = "Wire of an alloy with eta = (0.5, 0.7, -0.3), c = 0.01, tunnel contacts of \
                   polarization 0.3, cross-section 100 nm x 20 nm. (a) Non-local resistance of \
                   an infinite wire for spins along and across it; (b) their ratio. (c) Spin \
                   density per spin injected at 15 nm in a wire that is closed at 0 and ends in \
                   a spin sink at 60 nm. The diffusion equation is formal for these phase shifts \
                   (tau_s is not much longer than tau_tr).";
    let mut figure = captioned(caption)
        .columns(3)
        .parameter("kF (1/m)", ALLOY.fermi_wavenumber_per_m)
        .parameter("tau_s/tau_tr", alloy.tau_s_s / alloy.tau_tr_s);
    if let Some(lengths) = alloy.lengths {
        figure = figure
            .parameter("L_L (nm)", lengths.longitudinal_m / NANOMETRE)
            .parameter("L_T (nm)", lengths.transverse_m / NANOMETRE);
    }
    let grid = linear(0.0, 60.0, settings.pick(25, 121));
    let along = values(stop, &grid, |d| resistance(&alloy, d).map(|r| r[0]))?;
    let across = values(stop, &grid, |d| resistance(&alloy, d).map(|r| r[1]))?;
    let ratio: Vec<f64> = along.iter().zip(&across).map(|(a, b)| a / b).collect();
    let distance = || Axis::linear("distance", "nm");
    let milli = |values: &[f64]| values.iter().map(|ohm| 1e3 * ohm).collect::<Vec<f64>>();
    let resistances = Panel::new(distance(), Axis::log("*R*_{nl}", "mΩ"))
        .title("infinite wire")
        .with(Series::line("spin along", &grid, &milli(&along)))
        .with(Series::line("spin across", &grid, &milli(&across)).dash(Dash::Dashed));
    let ratios = Panel::new(distance(), Axis::linear("*R*_{along}/*R*_{across}", ""))
        .title("anisotropy of the signal")
        .with(Series::line("", &grid, &ratio).color(Color::Black));
    Ok(figure.with(resistances).with(ratios).with(ends(&alloy, settings, stop)?))
}

fn resistance(alloy: &Transport, distance_nm: f64) -> Result<[f64; 2], FigureError> {
    let wire = wire(alloy, End::Infinite, End::Infinite);
    let response = wire_response(&wire, 0.0, distance_nm * NANOMETRE)?;
    let states = ALLOY.density_of_states_per_j_m3();
    Ok(non_local_resistance_ohm(response, [POLARIZATION; 2], AREA_M2, states)?)
}

fn ends(alloy: &Transport, settings: &Settings, stop: &dyn Stop) -> Result<Panel, FigureError> {
    // The kink at the injector is a point of the grid.
    let grid = linear(0.0, LENGTH_NM, 8 * settings.pick(4, 20) + 1);
    let sink = End::Sink { at_m: LENGTH_NM * NANOMETRE };
    let wire = wire(alloy, End::Closed { at_m: 0.0 }, sink);
    let profile = |index: usize| {
        values(stop, &grid, |x| {
            wire_response(&wire, INJECTOR_NM * NANOMETRE, x.min(LENGTH_NM) * NANOMETRE)
                .map(|response| 1e6 * response[index])
        })
    };
    Ok(Panel::new(Axis::linear("*x*", "nm"), Axis::linear("*s*(*x*)", "μs/m"))
        .title("closed end and sink")
        .vertical(INJECTOR_NM, "injector")
        .with(Series::line("spin along", &grid, &profile(0)?))
        .with(Series::line("spin across", &grid, &profile(1)?).dash(Dash::Dashed)))
}
