//! Conditions (C4)-(C6), their distance, and the exact criterion for one impurity.
use super::chain::minimize_single;
use super::frame::{Impurity, axis_rotation};
use crate::invalid::Invalid;
use crate::linalg::dense::singular;
use crate::transport::TransportError;
use nalgebra::{Matrix3, Vector3};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

/// Squared distance of K from the matrices that conserve S_z: (C4) K13 = K23 = K31 = K32 = 0,
/// (C5) K11 = K22, (C6) K12 = -K21.
pub fn violation(k: &Matrix3<f64>) -> f64 {
    violation_residuals(k).iter().map(|residual| residual * residual).sum()
}

/// The terms of [`violation`], linear in K.
pub(crate) fn violation_residuals(k: &Matrix3<f64>) -> [f64; 6] {
    [
        k[(0, 2)],
        k[(1, 2)],
        k[(2, 0)],
        k[(2, 1)],
        (k[(0, 0)] - k[(1, 1)]) * FRAC_1_SQRT_2,
        (k[(0, 1)] + k[(1, 0)]) * FRAC_1_SQRT_2,
    ]
}

/// What an element that violates the conditions does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// S^+- sigma_z: the impurity flips, the electron goes on.
    FlipForward,
    /// S_z sigma^+-: the electron is reflected, the impurity stays.
    ReflectWithoutFlip,
    /// S^+ sigma^+ and S^- sigma^-: both flip the same way.
    DoubleFlip,
}

/// A violating combination of elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Element {
    /// "13", "23", "31", "32", "11-22" or "12+21".
    pub name: &'static str,
    pub value: f64,
    pub process: Process,
}

/// Combinations of K that break the conservation by more than `tolerance` in magnitude.
pub fn violating_elements(k: &Matrix3<f64>, tolerance: f64) -> Vec<Element> {
    let all = [
        ("13", k[(0, 2)], Process::FlipForward),
        ("23", k[(1, 2)], Process::FlipForward),
        ("31", k[(2, 0)], Process::ReflectWithoutFlip),
        ("32", k[(2, 1)], Process::ReflectWithoutFlip),
        ("11-22", k[(0, 0)] - k[(1, 1)], Process::DoubleFlip),
        ("12+21", k[(0, 1)] + k[(1, 0)], Process::DoubleFlip),
    ];
    let found = all.into_iter().filter(|(_, value, _)| tolerance < value.abs());
    found.map(|(name, value, process)| Element { name, value, process }).collect()
}

/// G' = R_psi^T J^T J R_psi must be diag(p, p, q): exact for one impurity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criterion {
    /// sqrt(G'13^2 + G'23^2)
    pub off_axis: f64,
    /// sqrt(((G'11 - G'22)/2)^2 + G'12^2)
    pub split: f64,
    /// tr G = ||J||_F^2
    pub trace: f64,
    /// Both below `tolerance` times the trace.
    pub protected: bool,
}

/// Whether some frame of the impurity spin conserves S_z; `tolerance` is relative to tr G (1e-12).
///
/// # Errors
/// Values that are not finite; a tolerance below 0.
pub fn criterion(impurity: &Impurity, tolerance: f64) -> Result<Criterion, Invalid> {
    impurity.validate("impurity")?;
    if tolerance.is_nan() || tolerance < 0.0 {
        return Err(Invalid::new("tolerance", tolerance, "0 or more"));
    }
    let local = impurity.local_coupling();
    let g = local.transpose() * local;
    let off_axis = g[(0, 2)].hypot(g[(1, 2)]);
    let split = (0.5 * (g[(0, 0)] - g[(1, 1)])).hypot(g[(0, 1)]);
    let trace = g.trace();
    let protected = off_axis <= tolerance * trace && split <= tolerance * trace;
    Ok(Criterion { off_axis, split, trace, protected })
}

/// The frame of one impurity spin that violates least.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleMinimum {
    /// V[R_S^T J R_psi], in units of J^2.
    pub violation: f64,
    /// Over ||J||_F^2; 0 for J = 0.
    pub relative: f64,
    /// R_S; defined up to a rotation about z from the right, at least.
    pub frame: Matrix3<f64>,
    /// R_S^T J R_psi, Eq. (18).
    pub rotated: Matrix3<f64>,
}

impl SingleMinimum {
    pub(crate) fn new(local: &Matrix3<f64>, frame: Matrix3<f64>) -> Self {
        let rotated = frame.transpose() * local;
        let (violation, norm) = (violation(&rotated), local.norm_squared());
        let relative = if norm == 0.0 { 0.0 } else { violation / norm };
        Self { violation, relative, frame, rotated }
    }
}

/// Exact reduction to one angle:
/// V_min = ||J||_F^2 - max_chi ||J R_psi diag(cos chi/sqrt2, cos chi/sqrt2, sin chi)||_*^2.
///
/// # Errors
/// Values that are not finite.
pub fn minimize_by_singular_values(impurity: &Impurity) -> Result<SingleMinimum, TransportError> {
    impurity.validate("impurity")?;
    let local = impurity.local_coupling();
    // The optimal R_S is a rotation, not a reflection, if sin chi has the sign of det J.
    let sign = if local.determinant() < 0.0 { -1.0 } else { 1.0 };
    let weighted = |chi: f64| {
        let side = chi.cos() * FRAC_1_SQRT_2;
        local * Matrix3::from_diagonal(&Vector3::new(side, side, sign * chi.sin()))
    };
    let overlap = |chi: f64| -> Result<f64, TransportError> {
        Ok(singular(3, weighted(chi).as_slice())?.values.iter().sum())
    };
    // The overlap is smooth between the zeros of singular values: a fine grid, then every maximum.
    const STEPS: usize = 180;
    let step = FRAC_PI_2 / STEPS as f64;
    let mut grid = Vec::with_capacity(STEPS + 1);
    for i in 0..=STEPS {
        grid.push(overlap(step * i as f64)?);
    }
    let (mut best, mut best_chi) = (f64::NEG_INFINITY, 0.0);
    for i in 0..=STEPS {
        let below = i.checked_sub(1).is_some_and(|left| grid[i] < grid[left]);
        if below || (i < STEPS && grid[i] < grid[i + 1]) {
            continue;
        }
        let (low, high) = (step * i.saturating_sub(1) as f64, step * (i + 1).min(STEPS) as f64);
        let chi = golden_maximum(low, high, &overlap)?;
        let value = overlap(chi)?;
        if best < value {
            (best, best_chi) = (value, chi);
        }
    }
    Ok(SingleMinimum::new(&local, nearest_rotation(&weighted(best_chi))?))
}

/// Golden-section search; to 1e-10 in the angle, 1e-20 in a quadratic maximum.
fn golden_maximum(
    mut low: f64,
    mut high: f64,
    f: &impl Fn(f64) -> Result<f64, TransportError>,
) -> Result<f64, TransportError> {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let (mut a, mut b) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut at_a, mut at_b) = (f(a)?, f(b)?);
    for _ in 0..42 {
        if at_a < at_b {
            (low, a, at_a) = (a, b, at_b);
            b = low + RATIO * (high - low);
            at_b = f(b)?;
        } else {
            (high, b, at_b) = (b, a, at_a);
            a = high - RATIO * (high - low);
            at_a = f(a)?;
        }
    }
    Ok(0.5 * (low + high))
}

/// The rotation R that maximizes tr(R^T M).
pub(crate) fn nearest_rotation(m: &Matrix3<f64>) -> Result<Matrix3<f64>, TransportError> {
    // nalgebra stores columns: the slice is M^T = V s U^T.
    let found = singular(3, m.as_slice())?;
    let (v, u) = (Matrix3::from_row_slice(&found.u), Matrix3::from_row_slice(&found.v));
    let turn = if (u * v.transpose()).determinant() < 0.0 { -1.0 } else { 1.0 };
    // The smallest singular value pays for a reflection.
    Ok(u * Matrix3::from_diagonal(&Vector3::new(1.0, 1.0, turn)) * v.transpose())
}

/// The same by minimization over R_S from `starts` frames (at least 20), as a second method.
///
/// # Errors
/// Values that are not finite; fewer than 20 starts.
pub fn minimize_by_angles(impurity: &Impurity, starts: usize) -> Result<SingleMinimum, Invalid> {
    impurity.validate("impurity")?;
    if starts < 20 {
        return Err(Invalid::new("starts", starts, "20 or more (local minima)"));
    }
    let local = impurity.local_coupling();
    let frame = minimize_single(&local, &axis_rotation(impurity.theta, impurity.phi), starts);
    Ok(SingleMinimum::new(&local, frame))
}
