//! `regime-map`: a pair of impurities at the edge, over couplings, distances and temperatures.
use super::write::Output;
use super::{Failure, Question, Understood};
use crate::crossover::{Pair, Verdict};
use crate::engine::{Answer, Cost, Range, Reader, Section, Values};
use crate::linalg::{Device, LinalgError};
use crate::nrg::DynamicsError;
use crate::stop::Stop;

/// Values of a list, and points of all lists together.
const MAX_VALUES: usize = 2000;
const MAX_POINTS: usize = 200_000;

const NOTES: &[&str] = &[
    "regime: 0 = free-moments, 1 = rkky-locked, 2 = kondo-screened, by the largest of T, T_S, T_K; \
     boundaries are ratios of 1, crossovers not transitions: all numbers are estimates",
    "E_R = J^2/(4 x) does not depend on J_z at this order; J_z enters T_K (poor man's scaling, B1-B7)",
    "free-moments: linear response of the master equation (Eq. 14) of one impurity with J/(hbar vF) = \
     pi J, times two: no coherence between the impurities",
    "rkky-locked: the same times y/sinh(y), y = E_R/T: flips of one spin cost or give E_R; what is \
     left at T << E_R is exponentially small",
    "kondo-screened: 0; a singlet scatters elastically and time reversal forbids that backwards; what \
     remains are powers of T/T_K that no formula of part 1 gives",
];

struct Map {
    coupling: Vec<f64>,
    coupling_z: Vec<f64>,
    distance: Vec<f64>,
    temperature: Vec<f64>,
    texture_wavenumber: f64,
}

/// A list that has to be there; empty after a refusal.
fn list(section: &Section<'_, '_>, field: &'static str, range: Range) -> Vec<f64> {
    if !section.has(field) {
        section.missing(field, format!("1 to {MAX_VALUES} values"));
    }
    section.numbers(field, range, MAX_VALUES).unwrap_or_default()
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let positive = Range { high: 1e6, ..Range::POSITIVE };
    let pair = reader.section("pair");
    let coupling = list(&pair, "coupling", positive);
    let coupling_z = pair.numbers_or("coupling_z", &[0.0], Range::between(-1e6, 1e6), MAX_VALUES);
    let distance = list(&pair, "distance", Range::whole(1, 1_000_000_000));
    let temperature = list(&reader.section("conditions"), "temperature", positive);
    let texture = reader.section("edge").number("texture_wavenumber", Range::POSITIVE);
    let points = [&coupling, &coupling_z, &distance, &temperature]
        .iter()
        .fold(1usize, |product, list| product.saturating_mul(list.len()));
    if MAX_POINTS < points {
        pair.refuse("coupling", format!("{points} points in all"), format!("at most {MAX_POINTS}"));
    }
    if !reader.clean() {
        return None;
    }
    let texture_wavenumber = texture.unwrap_or(f64::INFINITY);
    Some(Box::new(Map { coupling, coupling_z, distance, temperature, texture_wavenumber }))
}

impl Map {
    fn lists(&self) -> [(&'static str, &'static str, &'static str, &[f64]); 4] {
        [
            ("coupling", "D", "J", &self.coupling),
            ("coupling_z", "D", "J_z", &self.coupling_z),
            ("distance", "a", "distance of the impurities", &self.distance),
            ("temperature", "D", "temperature", &self.temperature),
        ]
    }

    fn points(&self) -> usize {
        self.lists().iter().map(|list| list.3.len()).product()
    }

    /// Row-major, temperatures fastest.
    fn pair(&self, index: usize) -> Pair {
        let (rest, t) = (index / self.temperature.len(), index % self.temperature.len());
        let (rest, x) = (rest / self.distance.len(), rest % self.distance.len());
        let (rest, z) = (rest / self.coupling_z.len(), rest % self.coupling_z.len());
        Pair {
            coupling: self.coupling[rest],
            coupling_z: self.coupling_z[z],
            distance: self.distance[x],
            temperature: self.temperature[t],
            texture_wavenumber: self.texture_wavenumber,
        }
    }
}

type Entry<'a> = (&'a str, &'a str, &'a str, fn(&Pair, &Verdict) -> f64);

const PAPER: &str = "e^2/h";

const ENTRIES: &[Entry<'_>] = &[
    ("exchange", "D", "E_R = J^2/(4 x) (20b)", |_, v| v.exchange),
    ("spin_temperature", "D", "T_S = E_R2/2 of second order (36), (D7)", |_, v| v.spin_temperature),
    ("level_spacing", "D", "E_x = v/x (33): the exchange holds below it", |_, v| v.level_spacing),
    ("kondo_temperature", "D", "T_K by poor man's scaling (B1-B7); 0: none", |_, v| {
        v.kondo_temperature
    }),
    ("spin_over_temperature", "1", "T_S/T: 1 between free and locked", |p, v| {
        v.spin_temperature / p.temperature
    }),
    ("kondo_over_temperature", "1", "T_K/T: 1 between free and screened", |p, v| {
        v.kondo_temperature / p.temperature
    }),
    ("kondo_over_spin", "1", "T_K/T_S: 1 between locked and screened", |_, v| {
        v.kondo_temperature / v.spin_temperature
    }),
    ("margin", "1", "ratio of the two scales at the nearest boundary", |_, v| v.margin),
    (
        "delta_g_free_paper",
        PAPER,
        "two free moments, normalisation of the paper (Eq. 1)",
        |_, v| v.delta_g_free.unwrap_or(f64::NAN),
    ),
    (
        "delta_g_locked_paper",
        PAPER,
        "a locked pair, estimate, normalisation of the paper",
        |_, v| v.delta_g_locked.unwrap_or(f64::NAN),
    ),
    ("delta_g_paper", PAPER, "of the regime, estimate, normalisation of the paper", |_, v| {
        v.delta_g.unwrap_or(f64::NAN)
    }),
    ("delta_g_landauer", PAPER, "of the regime, estimate, half of the paper's", |_, v| {
        0.5 * v.delta_g.unwrap_or(f64::NAN)
    }),
];

impl Question for Map {
    fn cost(&self) -> Cost {
        let points = self.points();
        Cost {
            core_seconds: 1e-4 + 3e-5 * points as f64,
            memory_bytes: (1 << 18) + 1024 * points as u64,
            result_bytes: 8 * (ENTRIES.len() as u64 + 1) * points as u64,
            decided_by: "pair.coupling",
        }
    }

    fn answer(&self, _device: &dyn Device, stop: &dyn Stop) -> Result<Answer, Failure> {
        let lists = self.lists();
        let many = lists.iter().filter(|list| 1 < list.3.len());
        let mut out = Output::new(many.clone().map(|list| (list.0, list.3.len())).collect());
        for (name, unit, text, values) in many {
            out.coordinate(name, unit, text, values);
        }
        let mut verdicts = Vec::with_capacity(self.points());
        for index in 0..self.points() {
            if index % 256 == 0 && stop.stopped() {
                return Err(DynamicsError::Linalg(LinalgError::Stopped).into());
            }
            let pair = self.pair(index);
            verdicts.push((pair, pair.verdict()?));
        }
        let codes = verdicts.iter().map(|(_, verdict)| verdict.regime as i64).collect();
        let text = "0 free-moments, 1 rkky-locked, 2 kondo-screened";
        out.values("regime", "1", text, Values::I64(codes));
        for (name, unit, text, value) in ENTRIES {
            out.real(name, unit, text, verdicts.iter().map(|(p, v)| value(p, v)).collect());
        }
        NOTES.iter().for_each(|note| out.note(note));
        out.warn(verdicts.into_iter().flat_map(|(_, verdict)| verdict.warnings));
        Ok(out.answer())
    }
}
