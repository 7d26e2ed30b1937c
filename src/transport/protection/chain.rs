//! The joint violation of a chain: minimized over all frames R_S(j), from many starts.
use super::criterion::{violation, violation_residuals};
use super::frame::{Impurity, axis_rotation, check_impurities};
use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::stop::{Never, Stop};
use crate::transport::random::Random;
use crate::transport::{TransportError, finite_matrix};
use nalgebra::{DMatrix, DVector, Matrix3, Rotation3, Vector3};

const MAX_IMPURITIES: usize = 200;
const MAX_ITERATIONS: usize = 300;
/// Starts within this of the best have reached it.
const SAME: f64 = 1e-9;

/// The best joint frames found.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainMinimum {
    /// V_chain: every matrix counts relative to its own ||J||_F^2.
    pub violation: f64,
    pub frames: Vec<Matrix3<f64>>,
    /// R_S(j)^T J_j R_psi(j), Eq. (18).
    pub rotated: Vec<Matrix3<f64>>,
    /// R_S(j)^T JH_j R_S(j+1), Eq. (20).
    pub rotated_heisenberg: Vec<Matrix3<f64>>,
    pub starts: usize,
    /// How many starts ended at the best value.
    pub reached: usize,
}

/// One matrix of the sum: R_left^T A R_right, R_right missing where A is already J R_psi.
#[derive(Debug, Clone, Copy)]
struct Term {
    matrix: Matrix3<f64>,
    left: usize,
    right: Option<usize>,
}

impl Term {
    fn rotated(&self, frames: &[Rotation3<f64>]) -> Matrix3<f64> {
        let turned = frames[self.left].matrix().transpose() * self.matrix;
        self.right.map_or(turned, |right| turned * frames[right].matrix())
    }
}

fn cross(axis: usize) -> Matrix3<f64> {
    Vector3::ith(axis, 1.0).cross_matrix()
}

fn cost(terms: &[Term], frames: &[Rotation3<f64>]) -> f64 {
    terms.iter().map(|term| violation(&term.rotated(frames))).sum()
}

/// Gradient and Hessian of half the cost in R -> R exp([w]): to second order K = R^T A R' becomes
/// (1 - [w] + [w]^2/2) K (1 + [w'] + [w']^2/2). The residuals do not vanish at the minimum in
/// general, so that their curvature matters: without it convergence is slow.
fn derivatives(terms: &[Term], frames: &[Rotation3<f64>]) -> (DVector<f64>, DMatrix<f64>) {
    let unknowns = 3 * frames.len();
    let mut gradient = DVector::<f64>::zeros(unknowns);
    let mut hessian = DMatrix::<f64>::zeros(unknowns, unknowns);
    let dot = |a: &[f64; 6], b: &[f64; 6]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    for term in terms {
        let k = term.rotated(frames);
        let residuals = violation_residuals(&k);
        // (unknown, axis, acts from the right, dK)
        let mut moves = Vec::with_capacity(6);
        for axis in 0..3 {
            moves.push((3 * term.left + axis, axis, false, -cross(axis) * k));
            if let Some(right) = term.right {
                moves.push((3 * right + axis, axis, true, k * cross(axis)));
            }
        }
        for (i, axis, from_right, change) in &moves {
            let slope = violation_residuals(change);
            gradient[*i] += dot(&slope, &residuals);
            for (j, other, other_right, other_change) in &moves {
                let (a, b) = (cross(*axis), cross(*other));
                let bent = match (from_right, other_right) {
                    (false, false) => (a * b + b * a) * k * 0.5,
                    (true, true) => k * (a * b + b * a) * 0.5,
                    (false, true) => -a * k * b,
                    (true, false) => -b * k * a,
                };
                hessian[(*i, *j)] += dot(&slope, &violation_residuals(other_change))
                    + dot(&violation_residuals(&bent), &residuals);
            }
        }
    }
    (gradient, hessian)
}

/// Damped Newton descent on SO(3)^N (Levenberg-Marquardt with the full Hessian).
fn descend(
    terms: &[Term],
    frames: &mut Vec<Rotation3<f64>>,
    stop: &dyn Stop,
) -> Result<f64, LinalgError> {
    let mut damping = 1e-3;
    let mut value = cost(terms, frames);
    for _ in 0..MAX_ITERATIONS {
        if stop.stopped() {
            return Err(LinalgError::Stopped);
        }
        let (gradient, hessian) = derivatives(terms, frames);
        let mut improved = false;
        while !improved && damping < 1e12 {
            let mut damped = hessian.clone();
            for i in 0..damped.nrows() {
                damped[(i, i)] += damping;
            }
            let Some(factor) = damped.cholesky() else {
                damping *= 4.0;
                continue;
            };
            let step = factor.solve(&gradient);
            let tried: Vec<_> = frames
                .iter()
                .enumerate()
                .map(|(j, frame)| frame * Rotation3::new(-step.fixed_rows::<3>(3 * j).into_owned()))
                .collect();
            let new = cost(terms, &tried);
            if new < value {
                improved = true;
                damping = (damping * 0.2).max(1e-13);
                let done = value - new <= 1e-16 * value || new < 1e-30;
                (*frames, value) = (tried, new);
                if done {
                    return Ok(value);
                }
            } else {
                damping *= 4.0;
            }
        }
        if !improved {
            return Ok(value);
        }
    }
    Ok(value)
}

/// Best of the given first start and random ones; (frames, value, how many reached it).
fn multi_start(
    terms: &[Term],
    first: &[Rotation3<f64>],
    starts: usize,
    stop: &dyn Stop,
) -> Result<(Vec<Rotation3<f64>>, f64, usize), LinalgError> {
    let mut random = Random::new(1);
    let mut best = first.to_vec();
    let mut values = vec![descend(terms, &mut best, stop)?];
    let mut lowest = values[0];
    for _ in 1..starts {
        let mut frames: Vec<_> = first.iter().map(|_| random.rotation()).collect();
        let value = descend(terms, &mut frames, stop)?;
        values.push(value);
        if value < lowest {
            (best, lowest) = (frames, value);
        }
    }
    let reached = values.iter().filter(|value| **value <= lowest + SAME).count();
    Ok((best, lowest, reached))
}

/// Best frame for one local coupling J R_psi.
pub(super) fn minimize_single(
    local: &Matrix3<f64>,
    first: &Matrix3<f64>,
    starts: usize,
) -> Matrix3<f64> {
    let norm = local.norm();
    let matrix = if norm == 0.0 { *local } else { local / norm };
    let terms = [Term { matrix, left: 0, right: None }];
    let first = Rotation3::from_matrix_unchecked(*first);
    // Nobody stops it: the first start is the answer that is never needed.
    let found = multi_start(&terms, &[first], starts, &Never);
    found.map_or(first, |(frames, _, _)| frames[0]).into_inner()
}

/// Minimum over all R_S(j) jointly of the relative violations of the J_j and of the Heisenberg
/// matrices (`heisenberg[j]` between impurities j and j + 1; empty without). First start R_S(j) =
/// R_psi(j), the others uniform on SO(3); a local minimum is possible: see `reached`.
///
/// # Errors
/// As [`super::analyse`]; fewer than 60 starts; `Linalg(Stopped)`.
pub fn minimize_chain(
    impurities: &[Impurity],
    heisenberg: &[Matrix3<f64>],
    starts: usize,
    stop: &dyn Stop,
) -> Result<ChainMinimum, TransportError> {
    check_chain(impurities, heisenberg)?;
    if starts < 60 {
        return Err(Invalid::new("starts", starts, "60 or more (local minima)").into());
    }
    let mut terms = Vec::new();
    let mut add = |matrix: Matrix3<f64>, left: usize, right: Option<usize>| {
        let norm = matrix.norm();
        if norm != 0.0 {
            terms.push(Term { matrix: matrix / norm, left, right });
        }
    };
    for (j, impurity) in impurities.iter().enumerate() {
        add(impurity.local_coupling(), j, None);
    }
    for (j, matrix) in heisenberg.iter().enumerate() {
        add(*matrix, j, Some(j + 1));
    }
    let axes = impurities.iter().map(|i| axis_rotation(i.theta, i.phi));
    let first: Vec<_> = axes.map(Rotation3::from_matrix_unchecked).collect();
    let (frames, violation, reached) = multi_start(&terms, &first, starts, stop)?;
    let frames: Vec<_> = frames.into_iter().map(Rotation3::into_inner).collect();
    let rotated = impurities.iter().zip(&frames);
    let bonds = heisenberg.iter().zip(frames.windows(2));
    Ok(ChainMinimum {
        violation,
        rotated: rotated.map(|(i, frame)| frame.transpose() * i.local_coupling()).collect(),
        rotated_heisenberg: bonds
            .map(|(matrix, pair)| pair[0].transpose() * matrix * pair[1])
            .collect(),
        frames,
        starts,
        reached,
    })
}

pub(super) fn check_chain(
    impurities: &[Impurity],
    heisenberg: &[Matrix3<f64>],
) -> Result<(), TransportError> {
    check_impurities(impurities)?;
    if MAX_IMPURITIES < impurities.len() {
        let (needed, limit) = (impurities.len() as u64, MAX_IMPURITIES as u64);
        return Err(TransportError::TooLarge { what: "chain (impurities)", needed, limit });
    }
    if !heisenberg.is_empty() && heisenberg.len() + 1 != impurities.len() {
        let expected =
            format!("{} matrices (one between neighbours) or none", impurities.len() - 1);
        return Err(Invalid::new("heisenberg", heisenberg.len(), expected).into());
    }
    for (index, matrix) in heisenberg.iter().enumerate() {
        finite_matrix(&format!("heisenberg[{index}]"), matrix)?;
    }
    let zero = Matrix3::zeros();
    if impurities.iter().all(|i| i.coupling == zero) && heisenberg.iter().all(|m| *m == zero) {
        return Err(Invalid::missing(
            "impurities",
            "a coupling that is not zero: nothing to analyse",
        )
        .into());
    }
    Ok(())
}
