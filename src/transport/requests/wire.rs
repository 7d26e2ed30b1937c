//! `spin-valve-wire`: spin diffusion, Eq. (16), in one dimension, with its non-local signal.
use super::diffusion::{self, Diffusion};
use super::output::{Output, dimensions};
use super::place::{accept, list};
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::spin_hall::{End, Wire, non_local_resistance_ohm, wire_response};

const MAX_DETECTORS: usize = 100_000;
const NM: f64 = 1e-9;

struct Valve {
    diffusion: Diffusion,
    detectors_nm: Vec<f64>,
    /// For spins along and across the wire.
    responses: Vec<[f64; 2]>,
    resistances: Option<Vec<[f64; 2]>>,
}

pub(super) fn read(reader: &Reader<'_>, calculation: &Section<'_, '_>) -> Understood {
    let diffusion = diffusion::read(reader, calculation, false);
    let section = reader.section("wire");
    let left = end(&section, "left", "left_at_nm");
    let right = end(&section, "right", "right_at_nm");
    let injector_m = NM * section.number_or("injector_nm", 0.0, Range::FINITE);
    let detectors_nm = list(&section, "detector_nm", Range::FINITE, MAX_DETECTORS);
    let contacts = contacts(reader);
    let diffusion = diffusion.filter(|_| reader.clean())?;
    let wire = Wire {
        d_longitudinal_m2_per_s: diffusion.longitudinal_m2_per_s,
        d_transverse_m2_per_s: diffusion.transverse_m2_per_s,
        tau_s_s: diffusion.tau_s_s,
        left: left?,
        right: right?,
    };
    let places = [
        ("injector_m", "wire.injector_nm"),
        ("detector_m", "wire.detector_nm"),
        ("left", "wire.left_at_nm"),
        ("right", "wire.right_at_nm"),
    ];
    let mut responses = Vec::with_capacity(detectors_nm.len());
    for detector in &detectors_nm {
        let found = wire_response(&wire, injector_m, NM * detector);
        responses.push(accept(reader, found, diffusion::table(reader), &places)?);
    }
    let resistances = match contacts {
        Some(contacts) => Some(contacts.resistances(reader, &diffusion, &responses)?),
        None => None,
    };
    Some(Box::new(Valve { diffusion, detectors_nm, responses, resistances }))
}

fn end(section: &Section<'_, '_>, field: &'static str, place: &'static str) -> Option<End> {
    #[derive(Clone, Copy)]
    enum Form {
        Infinite,
        Closed,
        Sink,
    }
    let forms = [("infinite", Form::Infinite), ("closed", Form::Closed), ("sink", Form::Sink)];
    let at_m = || NM * section.required(place, Range::FINITE);
    Some(match section.choice(field, &forms)? {
        Form::Infinite => End::Infinite,
        Form::Closed => End::Closed { at_m: at_m() },
        Form::Sink => End::Sink { at_m: at_m() },
    })
}

struct Contacts {
    polarizations: [f64; 2],
    area_m2: f64,
}

/// Tunnel contacts; without the table no resistance is asked for.
fn contacts(reader: &Reader<'_>) -> Option<Contacts> {
    if !reader.has("contacts") {
        return None;
    }
    let section = reader.section("contacts");
    let polarization = |field| section.required(field, Range::between(-1.0, 1.0));
    Some(Contacts {
        polarizations: [
            polarization("injector_polarization"),
            polarization("detector_polarization"),
        ],
        area_m2: NM * NM * section.required("area_nm2", Range::POSITIVE),
    })
}

impl Contacts {
    fn resistances(
        &self,
        reader: &Reader<'_>,
        diffusion: &Diffusion,
        responses: &[[f64; 2]],
    ) -> Option<Vec<[f64; 2]>> {
        const STATES: &str = "diffusion.density_of_states_per_j_m3";
        let Some(states) = diffusion.states_per_j_m3 else {
            reader.refuse(crate::invalid::Invalid::missing(
                STATES,
                "NF per spin: [contacts] need it",
            ));
            return None;
        };
        let resistance = |response: &[f64; 2]| {
            non_local_resistance_ohm(*response, self.polarizations, self.area_m2, states)
        };
        let found = responses.iter().map(resistance).collect::<Result<Vec<_>, _>>();
        accept(reader, found, "contacts", &[])
    }
}

impl Question for Valve {
    fn cost(&self) -> Cost {
        let count = self.detectors_nm.len();
        Cost {
            core_seconds: 1e-5 + 2e-7 * count as f64,
            memory_bytes: (1 << 16) + 64 * count as u64,
            result_bytes: 40 * count as u64,
            decided_by: "wire.detector_nm",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        let over = dimensions(&[("detector_nm", self.detectors_nm.len())]);
        if !over.is_empty() {
            out.coordinate("detector_nm", "nm", "position of the detector", &self.detectors_nm);
        }
        let part = |values: &[[f64; 2]], k: usize| values.iter().map(|v| v[k]).collect::<Vec<_>>();
        let unit = "s/m";
        for (k, name, text) in [
            (0, "response_longitudinal", "spin density per injected spin, spins along the wire"),
            (1, "response_transverse", "spin density per injected spin, spins across the wire"),
        ] {
            out.real(name, unit, text, &over, part(&self.responses, k));
        }
        if let Some(resistances) = &self.resistances {
            for (k, name, text) in [
                (0, "resistance_longitudinal", "non-local resistance, spins along the wire"),
                (1, "resistance_transverse", "non-local resistance, spins across the wire"),
            ] {
                out.real(name, "ohm", text, &over, part(resistances, k));
            }
        }
        let length = |d: f64| (d * self.diffusion.tau_s_s).sqrt();
        let text = "sqrt(D_L tau_s)";
        out.number("length_longitudinal", "m", text, length(self.diffusion.longitudinal_m2_per_s));
        let text = "sqrt(D_T tau_s)";
        out.number("length_transverse", "m", text, length(self.diffusion.transverse_m2_per_s));
        Ok(out.answer())
    }
}
