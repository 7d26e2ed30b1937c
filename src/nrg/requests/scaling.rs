//! `scaling`: poor man's scaling of one impurity (B1-B7): T_K over couplings, and flow lines.
use super::fields::ANY;
use super::write::Output;
use super::{Failure, Means, Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::nrg::scaling;

const MAX_VALUES: usize = 2000;
const MAX_POINTS: usize = 1_000_000;

struct Scaling {
    coupling: Vec<f64>,
    coupling_z: Vec<f64>,
    /// Bandwidths over D at which flow lines are given.
    scales: Vec<f64>,
}

fn list(section: &Section<'_, '_>, field: &'static str) -> Vec<f64> {
    if !section.has(field) {
        section.missing(field, format!("1 to {MAX_VALUES} values"));
    }
    section.numbers(field, ANY, MAX_VALUES).unwrap_or_default()
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let model = reader.section("model");
    let (coupling, coupling_z) = (list(&model, "coupling"), list(&model, "coupling_z"));
    let range = Range { high: 1.0, with_high: true, ..Range::POSITIVE };
    let scales = reader.section("scaling").numbers("scale", range, MAX_VALUES).unwrap_or_default();
    let points = coupling.len() * coupling_z.len() * scales.len().max(1);
    if MAX_POINTS < points {
        model.refuse(
            "coupling",
            format!("{points} points in all"),
            format!("at most {MAX_POINTS}"),
        );
    }
    if !reader.clean() {
        return None;
    }
    Some(Box::new(Scaling { coupling, coupling_z, scales }))
}

impl Scaling {
    fn pairs(&self) -> Vec<(f64, f64)> {
        let of = |&x: &f64| self.coupling_z.iter().map(move |&z| (x, z));
        self.coupling.iter().flat_map(of).collect()
    }
}

impl Question for Scaling {
    fn cost(&self, _memory_bytes: u64) -> Cost {
        let points = (self.coupling.len() * self.coupling_z.len()) as u64;
        let scales = self.scales.len() as u64;
        Cost {
            core_seconds: 1e-4 + 1e-7 * (points * (1 + scales)) as f64,
            memory_bytes: (1 << 18) + 64 * points * (2 + scales),
            result_bytes: 8 * points * (2 + 2 * scales),
            decided_by: "model.coupling",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        out.coordinate("coupling", "D", "J", &self.coupling);
        out.coordinate("coupling_z", "D", "J_z", &self.coupling_z);
        let pairs = self.pairs();
        let dimensions = [("coupling", self.coupling.len()), ("coupling_z", self.coupling_z.len())];
        let kondo: Vec<f64> =
            pairs.iter().map(|&(x, z)| scaling::kondo_temperature(x, z)).collect();
        let largest: Vec<f64> = pairs.iter().map(|(x, _)| 0.25 * x * x).collect();
        let text = "T_K of poor man's scaling, no prefactor; 0: none";
        out.real(("kondo_temperature", "D", text), &dimensions, kondo);
        let text = "(rho0 J)^2 = E_R at x = 1: above it Kondo wins at every distance";
        out.real(("largest_rkky_energy", "D", text), &dimensions, largest);
        if self.scales.is_empty() {
            return Ok(out.answer());
        }
        out.coordinate("scale", "D", "bandwidth that is left", &self.scales);
        let lines = pairs.iter().flat_map(|&(x, z)| {
            self.scales
                .iter()
                .map(move |&scale| scaling::flow(x, z, scale).unwrap_or((f64::NAN, f64::NAN)))
        });
        let (x, z): (Vec<f64>, Vec<f64>) = lines.unzip();
        let dimensions = [dimensions[0], dimensions[1], ("scale", self.scales.len())];
        let text = "J on the flow line; NaN beyond the scale where it diverges";
        out.real(("flow_coupling", "D", text), &dimensions, x);
        out.real(("flow_coupling_z", "D", "J_z on the flow line"), &dimensions, z);
        (means.progress)(1.0);
        Ok(out.answer())
    }
}
