//! The rungs of a chain: one-channel Wilson chains and the two-channel helical ladder alike.
//!
//! A single channel is the same with and without helicity: f_0 = sum_l sqrt(d_l / 2) c_l over the
//! intervals of width d_l and their mirror images. The chiral symmetry c_l -> c_{-l} makes f_n even
//! for even n and odd for odd n, so there are no on-site terms.
use super::fock::{Small, annihilators};
use crate::nrg::double::Double;
use crate::nrg::grid;
use crate::nrg::ladder::{Ladder, omega};
use crate::nrg::{NrgError, Scheme};

/// Couplings of the rungs n = 0 ... shells - 1, in units of D.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nrg) struct Chain {
    /// Modes of a rung: 2 for one channel, 4 for the ladder.
    pub modes: usize,
    /// omega_n, the energy scale of shell n.
    pub omegas: Vec<f64>,
    /// `bonds[n][m]` couples f_{n-1,m} and f_{n,m}; the entry at n = 0 is not used.
    pub bonds: Vec<Vec<f64>>,
    /// The Hamiltonian on each rung alone.
    pub rungs: Vec<Small>,
    /// max |<f_m|f_n> - delta_mn| over the Lanczos vectors.
    pub orthogonality: f64,
}

impl Chain {
    /// One channel with a flat band of half-width 1. Errors where a coupling vanishes.
    pub(in crate::nrg) fn single(
        lambda: f64,
        z: f64,
        scheme: Scheme,
        shells: u32,
    ) -> Result<Self, NrgError> {
        let intervals = grid::intervals(lambda, z, scheme, shells);
        let energies: Vec<Double> = intervals.iter().map(|interval| interval.energy).collect();
        let start = intervals.iter().map(|i| (i.high - i.low).sqrt()).collect();
        let (hops, orthogonality) = tridiagonalize(&energies, start, shells as usize)
            .map_err(|reason| NrgError::Ladder { z, reason })?;
        Ok(Self {
            modes: 2,
            omegas: (0..shells).map(|n| omega(lambda, z, scheme, n)).collect(),
            bonds: hops.into_iter().map(|hop| vec![hop; 2]).collect(),
            rungs: vec![Small::zeros(4); shells as usize],
            orthogonality,
        })
    }

    /// The helical ladder; modes in the order (+up, +down, -up, -down).
    pub(in crate::nrg) fn of_ladder(ladder: &Ladder) -> Self {
        let f = annihilators(4);
        let leg = (0..2).fold(Small::zeros(16), |sum, spin| {
            let hop = f[spin].transpose().times(&f[2 + spin]);
            sum.plus(1.0, &hop).plus(1.0, &hop.transpose())
        });
        let shells = ladder.a.len();
        let bond = |n: usize| (0..4).map(|mode| ladder.b[mode / 2][n]).collect();
        Self {
            modes: 4,
            omegas: (0..shells as u32).map(|n| ladder.omega(n)).collect(),
            bonds: (0..shells).map(bond).collect(),
            rungs: ladder.a.iter().map(|&a| leg.scaled(a)).collect(),
            orthogonality: ladder.orthogonality,
        }
    }

    pub(in crate::nrg) fn shells(&self) -> usize {
        self.omegas.len()
    }

    /// States of a rung.
    pub(in crate::nrg) fn rung_states(&self) -> usize {
        1 << self.modes
    }
}

/// Lanczos in double-double from an even vector, re-orthogonalized twice; even and odd vectors are
/// orthogonal to each other by symmetry. `hops[n]` couples n - 1 and n.
pub(in crate::nrg) fn tridiagonalize(
    energies: &[Double],
    start: Vec<Double>,
    shells: usize,
) -> Result<(Vec<f64>, f64), String> {
    let mut vectors = vec![start];
    normalize(&mut vectors[0]);
    let mut hops = vec![0.0];
    for n in 1..shells {
        let mut next: Vec<_> = vectors[n - 1].iter().zip(energies).map(|(&x, &e)| x * e).collect();
        let size = dot(&next, &next).sqrt().to_f64();
        for _ in 0..2 {
            for previous in vectors[..n].iter().skip(n % 2).step_by(2) {
                let overlap = dot(previous, &next);
                for (x, &y) in next.iter_mut().zip(previous) {
                    *x -= overlap * y;
                }
            }
        }
        let norm = normalize(&mut next).to_f64();
        if norm.is_nan() || norm <= 1e-25 * size {
            return Err(format!("the coupling of sites {} and {n} vanishes", n - 1));
        }
        hops.push(norm);
        vectors.push(next);
    }
    let orthogonality = worst_overlap(&vectors);
    Ok((hops, orthogonality))
}

fn dot(a: &[Double], b: &[Double]) -> Double {
    a.iter().zip(b).fold(Double::ZERO, |sum, (&x, &y)| sum + x * y)
}

fn normalize(vector: &mut [Double]) -> Double {
    let norm = dot(vector, vector).sqrt();
    let inverse = Double::ONE / norm;
    vector.iter_mut().for_each(|x| *x = *x * inverse);
    norm
}

fn worst_overlap(vectors: &[Vec<Double>]) -> f64 {
    let mut worst: f64 = 0.0;
    for (i, x) in vectors.iter().enumerate() {
        for (j, y) in vectors[..=i].iter().enumerate().filter(|(j, _)| (i + j) % 2 == 0) {
            let expected = if i == j { Double::ONE } else { Double::ZERO };
            worst = worst.max((dot(x, y) - expected).abs().to_f64());
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flat-band chain at lambda = 2, first interval [1/2, 1] (reference: an independent code).
    #[test]
    fn first_couplings_equal_the_reference() {
        let chain = Chain::single(2.0, 0.0, Scheme::CampoOliveira, 60).unwrap();
        for (n, expected) in [(1, 0.545287471), (2, 0.415509468), (3, 0.321899178)] {
            assert!((chain.bonds[n][0] - expected).abs() < 1e-9, "{:?}", chain.bonds[n]);
        }
        assert!(chain.orthogonality < 1e-28);
        assert!((chain.bonds[59][0] / chain.omegas[58] - 1.0).abs() < 1e-9);
    }
}
