//! `non-interacting`: hybridization functions and Green's functions of two levels without
//! interaction at finite bandwidth (A3-A8), as 2 x 2 matrices in (R, L).
use num_complex::Complex64;

use super::fields::{self, POSITIVE};
use super::write::Output;
use super::{Failure, Means, Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader};
use crate::nrg::edge::{self, Matrix2};

const MAX_FREQUENCIES: usize = 20_000;

struct Levels {
    distance: f64,
    hybridization: f64,
    level_energies: [f64; 2],
    frequencies: Vec<f64>,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let model = reader.section("model");
    let distance = fields::required(&model, "distance", Range { high: 1e9, ..Range::POSITIVE });
    let hybridization = model.required("hybridization", POSITIVE);
    let right = model.number_or("level_energy", 0.0, fields::ANY);
    let left = model.number_or("level_energy_left", right, fields::ANY);
    let section = reader.section("spectra");
    if !section.has("frequency") {
        section.missing("frequency", format!("1 to {MAX_FREQUENCIES} numbers, not -1 or 1"));
    }
    let frequencies = section.numbers("frequency", fields::ANY, MAX_FREQUENCIES);
    if let Some(edge) = frequencies.iter().flatten().find(|w| w.abs() == 1.0) {
        section.refuse("frequency", edge, "not an edge of the band, -1 or 1");
    }
    if !reader.clean() {
        return None;
    }
    let level_energies = [right, left];
    Some(Box::new(Levels { distance, hybridization, level_energies, frequencies: frequencies? }))
}

impl Question for Levels {
    fn cost(&self, _memory_bytes: u64) -> Cost {
        let points = self.frequencies.len() as u64;
        Cost {
            core_seconds: 1e-4 + 2e-5 * points as f64,
            memory_bytes: (1 << 18) + 512 * points,
            result_bytes: 8 * 25 * points,
            decided_by: "spectra.frequency",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        out.coordinate("frequency", "D", "frequency", &self.frequencies);
        let dimensions = [("frequency", self.frequencies.len()), ("row", 2), ("column", 2)];
        let (x, gamma) = (self.distance, self.hybridization);
        let green = |w: f64| edge::free_greens_function(w, x, gamma, self.level_energies);
        let mut write = |name: &str, unit: &str, text: &str, of: &dyn Fn(f64) -> Matrix2| {
            let values = self.frequencies.iter().flat_map(|&w| flat(&of(w))).collect();
            out.complex((name, unit, text), &dimensions, values);
        };
        let text = "spectral part of the hybridization, spin up (A6)";
        write("hybridization_spectrum", "D", text, &|w| edge::hybridization_spectrum(w, x, gamma));
        let text = "hybridization function, spin up (A3, A4)";
        write("hybridization", "D", text, &|w| edge::hybridization_function(w, x, gamma));
        write("greens_function", "1/D", "Green's function of the levels, spin up (A7)", &green);
        let text = "i (G - G^+)/(2 pi): spectral matrix of the levels, spin up";
        write("spectral_matrix", "1/D", text, &|w| spectral(&green(w)));
        (means.progress)(1.0);
        Ok(out.answer())
    }
}

fn flat(matrix: &Matrix2) -> Vec<[f64; 2]> {
    matrix.iter().flatten().map(|value| [value.re, value.im]).collect()
}

/// i (G - G^+)/(2 pi): `<d_i d_j+>`-like weights, Hermitian.
fn spectral(g: &Matrix2) -> Matrix2 {
    let factor = Complex64::new(0.0, 0.5 / std::f64::consts::PI);
    let entry = |i: usize, j: usize| factor * (g[i][j] - g[j][i].conj());
    [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
}
