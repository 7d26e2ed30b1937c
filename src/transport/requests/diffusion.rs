//! Diffusion coefficients for the spin valves: given, or of an alloy in the same document.
use super::spin_hall::metal;
use crate::engine::{Range, Reader, Section};

#[derive(Debug, Clone, Copy)]
pub(super) struct Diffusion {
    pub longitudinal_m2_per_s: f64,
    pub transverse_m2_per_s: f64,
    pub tau_s_s: f64,
    /// The next three of a film only.
    pub charge_m2_per_s: f64,
    pub kappa_m2_per_s: f64,
    /// D theta_sH
    pub theta_m2_per_s: f64,
    /// NF per spin; `[contacts]` and the transverse voltage need it.
    pub states_per_j_m3: Option<f64>,
}

/// The tables that refusals of the library belong to.
pub(super) fn table(reader: &Reader<'_>) -> &'static str {
    if reader.has("alloy") { "scattering" } else { "diffusion" }
}

/// None after a refusal.
pub(super) fn read(
    reader: &Reader<'_>,
    calculation: &Section<'_, '_>,
    film: bool,
) -> Option<Diffusion> {
    if reader.has("alloy") { of_alloy(reader, calculation) } else { given(reader, film) }
}

fn of_alloy(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Option<Diffusion> {
    let metal = metal(reader, calculation, true)?;
    let (alloy, si) = metal.si?;
    Some(Diffusion {
        longitudinal_m2_per_s: si.d_longitudinal_m2_per_s,
        transverse_m2_per_s: si.d_transverse_m2_per_s,
        tau_s_s: si.tau_s_s,
        charge_m2_per_s: si.d_charge_m2_per_s,
        kappa_m2_per_s: si.kappa_m2_per_s,
        theta_m2_per_s: si.d_m2_per_s * metal.kinetics.theta_sh,
        states_per_j_m3: Some(alloy.density_of_states_per_j_m3()),
    })
}

fn given(reader: &Reader<'_>, film: bool) -> Option<Diffusion> {
    let section = reader.section("diffusion");
    let of_film = |field, range| if film { section.required(field, range) } else { 0.0 };
    let of_film_or_zero = |field| {
        if film { section.number_or(field, 0.0, Range::FINITE) } else { 0.0 }
    };
    let found = Diffusion {
        longitudinal_m2_per_s: section.required("d_longitudinal_m2_per_s", Range::POSITIVE),
        transverse_m2_per_s: section.required("d_transverse_m2_per_s", Range::POSITIVE),
        tau_s_s: section.required("tau_s_s", Range::POSITIVE),
        charge_m2_per_s: of_film("d_charge_m2_per_s", Range::POSITIVE),
        kappa_m2_per_s: of_film_or_zero("kappa_m2_per_s"),
        theta_m2_per_s: of_film_or_zero("d_theta_m2_per_s"),
        states_per_j_m3: section.number("density_of_states_per_j_m3", Range::POSITIVE),
    };
    reader.clean().then_some(found)
}
