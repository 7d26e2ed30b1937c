//! "edge": one edge of a half plane, in the two-state model and exactly, both in every answer.
use super::geometry::{momenta, momentum_array};
use super::material::{Needs, model};
use super::{Calculation, accepted, cost};
use crate::engine::{Answer, Array, Cost, Range, Reader};
use crate::linalg::Device;
use crate::ribbon::half_plane::{Branch, HalfPlane};
use crate::ribbon::isolated_edge::{EdgePoint, IsolatedEdge};
use crate::ribbon::{Model, RibbonError};
use crate::stop::Stop;

const MOST_POSITIONS: usize = 100_000;

struct Edges {
    model: Model,
    momenta: Vec<f64>,
    /// Distances from the edge at which densities are wanted, nm.
    positions: Vec<f64>,
    exact: bool,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Box<dyn Calculation>> {
    let model = model(reader, Needs::EdgeStates)?;
    let momenta = momenta(reader)?;
    let section = reader.section("edge");
    let exact = section.flag_or("exact", true);
    let depth = Range::NOT_NEGATIVE;
    let positions = section.numbers("position_nm", depth, MOST_POSITIONS).unwrap_or_default();
    let edge = accepted(reader, IsolatedEdge::new(&model))?;
    for k in &momenta {
        accepted(reader, edge.at(*k))?;
    }
    reader.clean().then(|| Box::new(Edges { model, momenta, positions, exact }) as Box<_>)
}

impl Calculation for Edges {
    fn cost(&self) -> Cost {
        let numbers = self.momenta.len() as f64 * (30.0 + 4.0 * self.positions.len() as f64);
        let each = if self.exact { 4e-3 } else { 2e-6 };
        let seconds = self.momenta.len() as f64 * each + 1e-7 * numbers;
        cost(seconds, 16.0 * numbers, 8.0 * numbers, "momentum.count")
    }

    fn answer(&self, _: &dyn Device, stop: &dyn Stop) -> Result<Answer, RibbonError> {
        let edge = IsolatedEdge::new(&self.model)?;
        let mut answer = Answer::default();
        answer.quality.warnings = edge.warnings();
        answer.arrays.push(momentum_array(&self.momenta));
        if !self.positions.is_empty() {
            let values = self.positions.clone();
            answer.arrays.push(Array::coordinate(
                "position_nm",
                "nm",
                "distance from the edge",
                values,
            ));
        }
        let points: Vec<EdgePoint> =
            self.momenta.iter().map(|k| edge.at(*k)).collect::<Result<_, _>>()?;
        answer.arrays.extend(constants(&edge));
        answer.arrays.extend(two_state(&points, &self.positions));
        if self.exact {
            self.add_exact(&mut answer, stop)?;
        }
        Ok(answer)
    }
}

fn constants(edge: &IsolatedEdge) -> Vec<Array> {
    let scalar = Array::scalar;
    vec![
        scalar("crossing_energy_mev", "meV", "E_0, where the branches cross", edge.energy_mev),
        scalar("velocity_mev_nm", "meV nm", "slope without Rashba coupling", edge.velocity_mev_nm),
        scalar(
            "velocity_with_rashba_mev_nm",
            "meV nm",
            "slope at k = 0 with Rashba coupling, two-state model",
            edge.velocity_with_rashba_mev_nm,
        ),
        scalar(
            "critical_k_per_nm",
            "1/nm",
            "both states exist for smaller |k|",
            edge.critical_per_nm,
        ),
        scalar("alpha_0_mev_nm", "meV nm", "alpha_0, sign of R_0", edge.rashba_mev_nm),
        scalar("alpha_decrease_nm2", "nm^2", "a of alpha_0 (1 - a k^2)", edge.rashba_decrease_nm2),
        scalar("k0_two_state_per_nm", "1/nm", "spin-structure parameter k_0", edge.k0_per_nm),
        Array::real(
            "orbital_weight",
            "1",
            "weights of E and H",
            &[("orbital", 2)],
            edge.orbital_weights.to_vec(),
        ),
    ]
}

fn two_state(points: &[EdgePoint], positions: &[f64]) -> Vec<Array> {
    let count = points.len();
    let line = |name: &str, unit: &str, text: &str, of: fn(&EdgePoint) -> f64| {
        let values = points.iter().map(of).collect();
        Array::real(name, unit, text, &[("k_per_nm", count)], values)
    };
    let branches = |name: &str, unit: &str, text: &str, of: fn(&EdgePoint) -> [f64; 2]| {
        let values = points.iter().flat_map(of).collect();
        Array::real(name, unit, text, &[("k_per_nm", count), ("branch", 2)], values)
    };
    let mut arrays = vec![
        branches("energy_two_state_mev", "meV", "rising, falling branch: two-state model", |p| {
            p.energies_mev
        }),
        branches("velocity_two_state_mev_nm", "meV nm", "dE/dk of both branches", |p| {
            p.velocities_mev_nm
        }),
        line("alpha_mev_nm", "meV nm", "alpha_k", |p| p.rashba_mev_nm),
        line("alpha_expanded_mev_nm", "meV nm", "alpha_0 (1 - a k^2)", |p| {
            p.rashba_expanded_mev_nm
        }),
        line("overlap", "1", "xi_k", |p| p.overlap),
        line("slope_overlap_per_nm", "1/nm", "nu_k", |p| p.slope_overlap_per_nm),
        line("minority_two_state", "1", "weight of the other spin: two-state model", |p| {
            p.minority_weight
        }),
        line("rotation_rad", "rad", "delta_k, the angle of B_k", |p| p.rotation_rad),
        branches("penetration_nm", "nm", "1/min Re lambda, without Rashba coupling", |p| {
            [p.profiles[0].penetration_nm(), p.profiles[1].penetration_nm()]
        }),
        complex_decay(points),
    ];
    if !positions.is_empty() {
        let densities = points.iter().flat_map(|point| {
            point.profiles.iter().flat_map(|profile| {
                positions.iter().map(|x| profile.value(*x).powi(2)).collect::<Vec<_>>()
            })
        });
        arrays.push(Array::real(
            "density_two_state_per_nm",
            "1/nm",
            "g(x)^2 of both branches: two-state model",
            &[("k_per_nm", count), ("branch", 2), ("position_nm", positions.len())],
            densities.collect(),
        ));
    }
    arrays
}

fn complex_decay(points: &[EdgePoint]) -> Array {
    let lambda = points.iter().flat_map(|point| {
        point.profiles.iter().flat_map(|profile| profile.decay_per_nm().map(|l| [l.re, l.im]))
    });
    let values = crate::engine::Values::C128(lambda.collect());
    Array::new("decay_per_nm", "1/nm", "lambda_1, lambda_2 without Rashba coupling", values)
        .over(&[("k_per_nm", points.len()), ("branch", 2), ("root", 2)])
}

impl Edges {
    /// The exact half plane beside the two-state model.
    fn add_exact(&self, answer: &mut Answer, stop: &dyn Stop) -> Result<(), RibbonError> {
        let plane = HalfPlane::new(&self.model)?;
        let (mut energies, mut minority, mut density) = (Vec::new(), Vec::new(), Vec::new());
        for k in &self.momenta {
            if stop.stopped() {
                return Err(crate::linalg::LinalgError::Stopped.into());
            }
            let found = optional(plane.energies(*k))?;
            let found = found.map_or([None; 2], |found| found.energies_mev);
            energies.extend(found.map(|energy| energy.unwrap_or(f64::NAN)));
            for branch in Branch::BOTH {
                // At k = 0 the branches are degenerate and a state is not defined.
                let state = if *k == 0.0 { None } else { optional(plane.state(branch, *k))? };
                let weight = state.as_ref().map_or(f64::NAN, |state| state.minority_weight());
                minority.push(weight);
                density.extend(self.positions.iter().map(|x| {
                    state.as_ref().map_or(f64::NAN, |state| {
                        state.wave_function(*x).iter().map(num_complex::Complex64::norm_sqr).sum()
                    })
                }));
            }
        }
        let dimensions = [("k_per_nm", self.momenta.len()), ("branch", 2)];
        let text = "rising, falling branch: exact half plane; NaN where it has merged";
        answer.arrays.push(Array::real("energy_exact_mev", "meV", text, &dimensions, energies));
        let text = "weight of the smaller spin: exact half plane; NaN at k = 0";
        answer.arrays.push(Array::real("minority_exact", "1", text, &dimensions, minority));
        if !self.positions.is_empty() {
            let text = "|psi(x)|^2 of both branches: exact half plane";
            let [k, branch] = dimensions;
            let dimensions = [k, branch, ("position_nm", self.positions.len())];
            let array = Array::real("density_exact_per_nm", "1/nm", text, &dimensions, density);
            answer.arrays.push(array);
        }
        if let Some(rotation) = optional(plane.effective_rotation())? {
            let text = "k_0 of the exact states for k -> 0";
            answer.arrays.push(Array::scalar("k0_exact_per_nm", "1/nm", text, rotation.k0_per_nm));
        }
        Ok(())
    }
}

/// What does not exist for these parameters is no failure of the whole answer.
fn optional<T>(result: Result<T, RibbonError>) -> Result<Option<T>, RibbonError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(RibbonError::Missing { .. } | RibbonError::NoConvergence { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
