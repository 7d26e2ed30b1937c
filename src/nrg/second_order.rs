//! Second-order RKKY exchange on the ladder itself: what T_S tends to for J -> 0 on that very
//! discretization (specification, section 9).
use num_complex::Complex64;

use super::ladder::Ladder;
use super::{NrgError, Scheme};
use crate::linalg::{Certify, Device, EighOptions, HostBatch, LinalgError, Ragged, Shape};
use crate::stop::Stop;

/// E_R2/J^2 in 1/D: 2 Re sum over e_p > 0 > e_h of conj(r_p r_h)^2/(e_p - e_h), with
/// r_p = (b_0+ u_p(0+) + i b_0- u_p(0-))/sqrt2 of the single-particle states u_p of `rungs` rungs (40
/// or more for a converged sum). T_S,transverse -> J^2/2 times this.
/// Errors: the ladder cannot be built, or what the linear algebra refuses.
pub fn second_order_exchange_on_ladder(
    (lambda, z, scheme): (f64, f64, Scheme),
    distance: u64,
    rungs: u32,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<f64, NrgError> {
    let ladder = Ladder::new(lambda, z, scheme, distance, rungs)?;
    let (energies, vectors) = single_particle(&ladder, device, stop)?;
    let order = energies.len();
    let norm = std::f64::consts::FRAC_1_SQRT_2;
    let state = |p: usize| {
        let r = Complex64::new(ladder.b[0][0] * vectors[p], ladder.b[1][0] * vectors[order + p]);
        (energies[p], r * norm)
    };
    let states: Vec<(f64, Complex64)> = (0..order).map(state).collect();
    let mut sum = 0.0;
    for &(e_p, r_p) in states.iter().filter(|state| 0.0 < state.0) {
        for &(e_h, r_h) in states.iter().filter(|state| state.0 < 0.0) {
            sum += ((r_p * r_h).conj().powi(2) / (e_p - e_h)).re;
        }
    }
    Ok(2.0 * sum)
}

/// Levels and row-major eigenvectors of one spin; mode 2n + eta is f_{n,eta}, eta = 0 for +.
fn single_particle(
    ladder: &Ladder,
    device: &dyn Device,
    stop: &dyn Stop,
) -> Result<(Vec<f64>, Vec<f64>), LinalgError> {
    let order = 2 * ladder.a.len();
    let mut blocks = Ragged::zeros(&[Shape::square(order)]);
    let matrix = blocks.matrix_mut(0);
    let mut couple = |i: usize, j: usize, value: f64| {
        matrix[i * order + j] = value;
        matrix[j * order + i] = value;
    };
    for (n, &a) in ladder.a.iter().enumerate() {
        couple(2 * n, 2 * n + 1, a);
        for eta in (0..2).filter(|_| 0 < n) {
            couple(2 * n - 2 + eta, 2 * n + eta, ladder.b[eta][n]);
        }
    }
    let batch = device.upload(HostBatch::F64(blocks))?;
    let mut found =
        device.eigh(&batch, EighOptions { vectors: true, certify: Certify::Full }, stop)?;
    let lost = || LinalgError::DeviceLost { reason: "no eigenvectors came back".into() };
    let vectors = found.vectors.take().ok_or_else(lost)?;
    match device.download(&vectors)?.as_ref() {
        HostBatch::F64(vectors) => Ok((found.values.swap_remove(0), vectors.matrix(0).to_vec())),
        HostBatch::C128(_) => Err(lost()),
    }
}
