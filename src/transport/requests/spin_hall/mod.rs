//! `spin-hall`: kinetics of a dilute Kondo alloy from phase shifts, partial waves or any T-matrix
//! (Huang, Tokatly and Cazalilla).
mod scattering;
mod write;

use self::scattering::{partial_waves, t_matrix};
use self::write::{write_kinetics, write_relaxation, write_si};
use super::output::Output;
use super::place::accept;
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::spin_hall::{
    Alloy, Kinetics, PhaseShifts, Relaxation, Scattering, Transport, Variant, kinetics,
    kinetics_of_phase_shifts, relaxation, transport,
};

/// What the impurities do, small enough to be computed while it is read.
pub(super) struct Metal {
    pub kinetics: Kinetics,
    relaxation: Option<Relaxation>,
    /// Largest difference of the closed forms to the angular averages.
    closed_form_difference: Option<f64>,
    pub si: Option<(Alloy, Transport)>,
}

#[derive(Clone, Copy)]
enum Form {
    PhaseShifts,
    PartialWaves,
    Matrix,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    Some(Box::new(metal(reader, calculation, false)?))
}

/// `[scattering]` and `[alloy]`; `in_si`: the Fermi wave number has to be there.
pub(super) fn metal(
    reader: &Reader<'_>,
    calculation: &Section<'_, '_>,
    in_si: bool,
) -> Option<Metal> {
    let scattering = reader.section("scattering");
    let section = reader.section("alloy");
    let open = Range { high: 1.0, ..Range::POSITIVE };
    let concentration = section.required("concentration", open);
    let alloy = alloy(&section, in_si);
    let forms = [
        ("phase-shifts", Form::PhaseShifts),
        ("partial-waves", Form::PartialWaves),
        ("t-matrix", Form::Matrix),
    ];
    let metal = match scattering.choice("kind", &forms)? {
        Form::PhaseShifts => phase_shifts(reader, calculation, &scattering, concentration),
        Form::PartialWaves => {
            let waves = partial_waves(reader, &scattering)?;
            general(reader, &Scattering::from_waves(&waves), concentration)
        }
        Form::Matrix => general(reader, &t_matrix(reader, &scattering)?, concentration),
    }?;
    let Some(alloy) = alloy else { return Some(metal) };
    let places = [
        ("fermi_wavenumber_per_m", "alloy.fermi_wavenumber_per_nm"),
        ("mass_ratio", "alloy.mass_ratio"),
    ];
    let si = accept(reader, transport(&metal.kinetics, &alloy), "alloy", &places)?;
    Some(Metal { si: Some((alloy, si)), ..metal })
}

/// For SI units.
fn alloy(section: &Section<'_, '_>, required: bool) -> Option<Alloy> {
    if !required && !section.has("fermi_wavenumber_per_nm") {
        return None;
    }
    Some(Alloy {
        fermi_wavenumber_per_m: 1e9 * section.required("fermi_wavenumber_per_nm", Range::POSITIVE),
        mass_ratio: section.number_or("mass_ratio", 1.0, Range::POSITIVE),
    })
}

fn phase_shifts(
    reader: &Reader<'_>,
    calculation: &Section<'_, '_>,
    section: &Section<'_, '_>,
    concentration: f64,
) -> Option<Metal> {
    let variants = [("corrected", Variant::Corrected), ("printed", Variant::Printed)];
    let variant = calculation.choice("variant", &variants)?;
    let [eta0, eta1, eta2] = ["eta0_rad", "eta1_rad", "eta2_rad"]
        .map(|field| section.required(field, Range::between(-1e6, 1e6)));
    if !reader.clean() {
        return None;
    }
    let shifts = PhaseShifts { eta0, eta1, eta2 };
    let found = kinetics_of_phase_shifts(&shifts, concentration, variant);
    let found = accept(reader, found, "scattering", PLACES)?;
    let averages = kinetics(&Scattering::from_waves(&shifts.waves()), concentration).ok();
    let difference = averages.map(|averages| largest_difference(&found, &averages));
    Some(Metal {
        relaxation: relaxation(&shifts).ok(),
        closed_form_difference: difference.filter(|_| variant == Variant::Corrected),
        kinetics: found,
        si: None,
    })
}

const PLACES: &[(&str, &str)] = &[
    ("eta0", "scattering.eta0_rad"),
    ("eta1", "scattering.eta1_rad"),
    ("eta2", "scattering.eta2_rad"),
    ("concentration", "alloy.concentration"),
    ("phase_shifts[", "scattering.channels["),
    ("phase_shifts", "scattering"),
];

fn general(reader: &Reader<'_>, scattering: &Scattering, concentration: f64) -> Option<Metal> {
    if !reader.clean() {
        return None;
    }
    let kinetics = accept(reader, kinetics(scattering, concentration), "scattering", PLACES)?;
    Some(Metal { kinetics, relaxation: None, closed_form_difference: None, si: None })
}

fn largest_difference(a: &Kinetics, b: &Kinetics) -> f64 {
    let numbers = |k: &Kinetics| {
        let (r, g) = (&k.rates, &k.gradients);
        let mut all = vec![r.transport, r.quasiparticle, r.spin, r.skew, r.swap];
        all.extend(r.spin_current);
        all.extend([g.charge, g.charge_spin, g.spin_charge]);
        all.extend(g.spin);
        all
    };
    let pairs = numbers(a).into_iter().zip(numbers(b));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

impl Question for Metal {
    fn cost(&self) -> Cost {
        Cost {
            core_seconds: 1e-4,
            memory_bytes: 1 << 18,
            result_bytes: 512,
            decided_by: "scattering.kind",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        write_kinetics(&mut out, &self.kinetics);
        if let Some(found) = &self.relaxation {
            write_relaxation(&mut out, found);
        }
        if let Some(difference) = self.closed_form_difference {
            out.measure("closed_form_difference", difference);
        }
        match &self.si {
            Some((_, si)) => write_si(&mut out, si),
            None => out.warn(self.kinetics.warnings.clone()),
        }
        out.note(match self.kinetics.variant {
            Variant::Corrected => "formulas corrected against the source's own Eqs. (2), (3), (6)",
            Variant::Printed => "formulas as printed: for comparison with the paper only",
        });
        Ok(out.answer())
    }
}
