//! Energies of the bound states: zeros of the boundary condition in the gap of the bulk.
use super::HalfPlaneEnergies;
use super::boundary::{circle, condition};
use crate::ribbon::bulk_gap::gap_at;
use crate::ribbon::isolated_edge::IsolatedEdge;
use crate::ribbon::roots::zero_between;
use crate::ribbon::{Model, RibbonError};
use std::f64::consts::PI;

const GRID: usize = 240;
/// A minimum of the condition this small against its surroundings is a double zero (k = 0).
const DOUBLE: f64 = 1e-11;

pub(super) fn energies(
    model: &Model,
    edge: &IsolatedEdge,
    k: f64,
) -> Result<HalfPlaneEnergies, RibbonError> {
    let missing = |why: &str| {
        let what = format!("edge state of the half plane at k = {k} 1/nm");
        Err(RibbonError::Missing { what, why: why.to_owned() })
    };
    let gap_mev = gap_at(model, k);
    if gap_mev[1] <= gap_mev[0] {
        return missing("the bulk has no gap there");
    }
    let found = bound(model, k, gap_mev.map(|energy| energy - model.c_mev));
    if found.is_empty() {
        return missing("the boundary condition has no solution in the gap of the bulk");
    }
    let two_state_mev = match edge.at(k) {
        Ok(point) => point.energies_mev,
        Err(_) => [1.0, -1.0].map(|sigma| edge.energy_mev + sigma * edge.velocity_mev_nm * k),
    };
    let found: Vec<f64> = found.into_iter().map(|energy| energy + model.c_mev).collect();
    let energies_mev = assign(&found, two_state_mev);
    Ok(HalfPlaneEnergies { k_per_nm: k, energies_mev, two_state_mev, gap_mev })
}

/// Each branch takes the energy nearest to its guess; one energy does not serve both, unless they
/// are degenerate.
fn assign(found: &[f64], guesses: [f64; 2]) -> [Option<f64>; 2] {
    let nearest = |guess: f64, allowed: &dyn Fn(usize) -> bool| {
        let distance = |i: &usize| (found[*i] - guess).abs();
        (0..found.len()).filter(|i| allowed(*i)).min_by(|i, j| distance(i).total_cmp(&distance(j)))
    };
    let mut taken = guesses.map(|guess| nearest(guess, &|_| true));
    if let [Some(first), Some(second)] = taken
        && first == second
    {
        let distances = guesses.map(|guess| (found[first] - guess).abs());
        let loser = if distances[0] <= distances[1] { 1 } else { 0 };
        let below = guesses[loser] <= guesses[1 - loser];
        let beside = |i: usize| found[i] == found[first] || (i < first) == below;
        taken[loser] = nearest(guesses[loser], &|i| i != first && beside(i));
    }
    taken.map(|index| index.map(|i| found[i]))
}

/// Zeros, ascending, from C; a double zero twice.
fn bound(model: &Model, k: f64, [bottom, top]: [f64; 2]) -> Vec<f64> {
    let room = |e: f64| (e - bottom).min(top - e);
    let at = |e: f64| condition(model, k, e, room(e));
    // Dense at both ends, where a branch is about to merge with the bulk.
    let place = |i: usize| {
        let angle = PI * i as f64 / GRID as f64;
        0.5 * (bottom + top) - 0.5 * (top - bottom) * angle.cos()
    };
    let samples: Vec<(f64, f64)> = (1..GRID).map(place).map(|e| (e, at(e))).collect();
    let mut found = Vec::new();
    for pair in samples.windows(2) {
        if (pair[0].1 < 0.0) != (pair[1].1 < 0.0) {
            found.push(zero_between(at, pair[0].0, pair[1].0));
        }
    }
    for three in samples.windows(3) {
        found.extend(close_pair(&at, |e| circle(model, k, e, room(e)), three));
    }
    found.sort_by(f64::total_cmp);
    found
}

/// Two zeros between three samples of one sign that dip towards 0.
fn close_pair(
    at: &impl Fn(f64) -> f64,
    circle: impl Fn(f64) -> (f64, f64),
    three: &[(f64, f64)],
) -> Vec<f64> {
    let [(a, at_a), (_, at_b), (c, at_c)] = [three[0], three[1], three[2]];
    let sign = at_b.signum();
    let dips = at_b.abs() < at_a.abs() && at_b.abs() < at_c.abs();
    let same = at_a.signum() == sign && at_c.signum() == sign;
    if !(dips && same && circle(a).1 * circle(c).1 < 0.0) {
        return Vec::new();
    }
    let turn = zero_between(|e| circle(e).1, a, c);
    let value = sign * circle(turn).0;
    if value.abs() < DOUBLE * at_a.abs().min(at_c.abs()) {
        return vec![turn, turn];
    }
    // Circle and samples have to agree that the sign changes.
    if value < 0.0 && sign * at(turn) < 0.0 {
        vec![zero_between(at, a, turn), zero_between(at, turn, c)]
    } else {
        Vec::new()
    }
}
