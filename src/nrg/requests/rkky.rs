//! `rkky`: the exchange at second order, in closed form and on the ladder itself, with the overlaps
//! and correlators of the local bath states (App. A, D).
use num_complex::Complex64;

use super::fields::{self, DISTANCE, POSITIVE};
use super::write::Output;
use super::{Failure, Means, Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader};
use crate::nrg::{RawDiscretization, Scheme, edge, scaling, second_order_exchange_on_ladder};

const MAX_DISTANCES: usize = 2000;

struct Rkky {
    coupling: f64,
    coupling_z: f64,
    hybridization: f64,
    distances: Vec<f64>,
    lambda: f64,
    z: Vec<f64>,
    scheme: Scheme,
    /// 0: no sum on the ladder.
    rungs: u32,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let model = reader.section("model");
    let coupling = fields::required(&model, "coupling", POSITIVE);
    let coupling_z = fields::number_or(&model, "coupling_z", 0.0, fields::ANY);
    let hybridization = model.number_or("hybridization", 0.01, POSITIVE);
    if !model.has("distance") {
        model.missing("distance", format!("1 to {MAX_DISTANCES} numbers above 0"));
    }
    let range = Range { high: 1e12, with_high: true, ..Range::POSITIVE };
    let distances = model.numbers("distance", range, MAX_DISTANCES);
    let discretization = fields::discretization(reader, 4.0);
    let rungs = reader.section("run").count_or("shells", 44, 0, 200);
    if let (Some(distances), 1..) = (&distances, rungs)
        && let Some(bad) = distances.iter().find(|&&x| !DISTANCE.contains(x))
    {
        let expected = "whole numbers of lattice constants (A11), or run.shells = 0: no ladder";
        model.refuse("distance", bad, expected);
    }
    if !reader.clean() {
        return None;
    }
    let RawDiscretization { lambda, z, scheme } = discretization?;
    Some(Box::new(Rkky {
        coupling,
        coupling_z,
        hybridization,
        distances: distances?,
        lambda: lambda?,
        z,
        scheme: scheme?,
        rungs,
    }))
}

type Real<'a> = (&'a str, &'a str, &'a str, &'a dyn Fn(f64) -> f64);

impl Rkky {
    fn closed_forms(&self, out: &mut Output) {
        let j = self.coupling;
        let kondo = scaling::kondo_temperature(j, self.coupling_z);
        out.scalar("kondo_temperature", "D", "T_K by poor man's scaling (B1-B7); 0: none", kondo);
        let entries: [Real<'_>; 12] = [
            ("rkky_energy", "D", "E_R = J^2/(4 x) (20b)", &|x| edge::rkky_energy(j, x)),
            ("coherence_energy", "D", "E_x = v/x (33)", &edge::coherence_energy),
            ("exchange_second_order", "D", "second order at finite bandwidth (D7)", &|x| {
                edge::second_order_exchange(j, x)
            }),
            ("spin_flip_integral", "D", "(D7)", &edge::spin_flip_integral),
            (
                "spin_conserving_integral",
                "D",
                "real part of (D10)",
                &edge::spin_conserving_integral,
            ),
            ("spin_conserving_sum", "D", "(D11), four times (D10)", &|x| {
                4.0 * edge::spin_conserving_integral(x)
            }),
            ("overlap", "1", "r_0 = sin(pi x)/(pi x) (A10, A25)", &edge::overlap),
            (
                "first_rung_correlator",
                "1",
                "<f+_0+ f_0-> of spin up (A40)",
                &edge::first_rung_correlator,
            ),
            ("first_rung_coupling", "D", "a_0 of the continuum (A48)", &edge::first_rung_coupling),
            ("hybridization_b0", "D", "b_0 of the first hybridization (A43)", &|x| {
                edge::first_rung_hybridization(x, self.hybridization).0
            }),
            ("hybridization_delta0", "1", "delta_0 of the first hybridization (A43)", &|x| {
                edge::first_rung_hybridization(x, self.hybridization).1
            }),
            ("kondo_over_spin", "1", "T_K over T_S = E_R2/2: above 1 Kondo wins", &|x| {
                kondo / (0.5 * edge::second_order_exchange(j, x))
            }),
        ];
        let dimensions = [("distance", self.distances.len())];
        for (name, unit, text, value) in entries {
            let values = self.distances.iter().map(|&x| value(x)).collect();
            out.real((name, unit, text), &dimensions, values);
        }
        let sea = |&x: &f64| {
            let Complex64 { re, im } = edge::filled_sea_correlator(x);
            [re, im]
        };
        let text = "<c+(x0) c(x0 + x)> of the filled sea, spin up (A13)";
        let values = self.distances.iter().map(sea).collect();
        out.complex(("filled_sea_correlator", "1", text), &dimensions, values);
    }

    fn on_ladder(&self, out: &mut Output, means: Means<'_>) -> Result<(), Failure> {
        let (square, total) = (self.coupling * self.coupling, self.distances.len());
        let (mut exchange, mut ratio) = (Vec::new(), Vec::new());
        for &x in &self.distances {
            let grid = |z: f64| (self.lambda, z, self.scheme);
            let found = self.z.iter().map(|&z| {
                let (device, stop) = (means.device, means.stop);
                let sum =
                    second_order_exchange_on_ladder(grid(z), x as u64, self.rungs, device, stop)?;
                Ok(square * sum)
            });
            let found: Vec<f64> = found.collect::<Result<_, Failure>>()?;
            let energy = edge::rkky_energy(self.coupling, x);
            ratio.push(found.iter().map(|value| value / energy).collect());
            exchange.push(found);
            (means.progress)(exchange.len() as f64 / total as f64);
        }
        let (leading, z) = ([("distance", total)], self.z.len());
        out.coordinate("z", "1", "shift of the discretization", &self.z);
        let text = "second-order exchange on the ladder; T_S -> half of it for J -> 0";
        out.statistics(("exchange_on_ladder", "D", text), &leading, z, exchange);
        let text = "second-order exchange on the ladder over E_R";
        out.statistics(("exchange_on_ladder_ratio", "1", text), &leading, z, ratio);
        out.matrices((z * total) as u64);
        Ok(())
    }
}

impl Question for Rkky {
    fn cost(&self, _memory_bytes: u64) -> Cost {
        let (distances, rungs) = (self.distances.len() as f64, f64::from(self.rungs));
        let ladders = distances * self.z.len() as f64;
        Cost {
            core_seconds: 1e-3 + ladders * (1e-7 * (2.0 * rungs).powi(3) + 2e-2),
            memory_bytes: 1 << 22,
            result_bytes: (8.0 * (14.0 * distances + 2.0 * ladders)) as u64,
            decided_by: "model.distance",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        out.coordinate("distance", "a", "distance of the impurities", &self.distances);
        self.closed_forms(&mut out);
        if self.rungs != 0 {
            self.on_ladder(&mut out, means)?;
        }
        Ok(out.answer())
    }
}
