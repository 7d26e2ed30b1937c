//! Two Anderson impurities at a helical edge (App. A1 of Ferrer et al. 2023), in real arithmetic.
//!
//! In the rotated levels f_{-1}, d_{R/L,s} = (f_{-1,+} +- i s f_{-1,-})/sqrt2, the hybridization is
//! sqrt(2 Gamma/pi) (f+_{-1} diag(sqrt s_0) f_0 + h.c.) (A38, A43), and so is the interaction real:
//! n_{R/L,s} = (N_s +- s K_s)/2, K_s = i k_s, k_s = f+_{+s} f_{-s} - f+_{-s} f_{+s}, hence
//! sum_eta n_{eta up} n_{eta dn} = (N_up N_dn + k_up k_dn)/2 (specification, section 9).
use serde::{Deserialize, Serialize};

use super::complete::chain::Chain;
use super::complete::fock::{Small, annihilation, annihilators, labels};
use super::complete::start::{Local, Start};
use super::ladder::Ladder;
use super::space::Label;
use super::{Scheme, Truncation};

/// U, epsilon_d, Gamma in units of D; the distance in lattice constants (A11).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HelicalAnderson {
    /// 0 is allowed.
    pub interaction: f64,
    /// -U/2: particle-hole symmetry.
    pub level_energy: f64,
    pub hybridization: f64,
    pub distance: u64,
}

/// One run: one z.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HelicalAndersonSpec {
    pub model: HelicalAnderson,
    pub lambda: f64,
    pub scheme: Scheme,
    pub z: f64,
    pub truncation: Truncation,
    /// Number of shells, resolved.
    pub shells: u32,
    pub temperatures: Vec<f64>,
}

/// Operators among [`Start::operators`]: f_{-1,+,up} and f_{-1,-,up}; Sum_z and Diff_z; Sum_+ and
/// Diff_+ over sqrt2, with Sum = S_L + S_R, Diff = (S_L - S_R)/i.
pub(in crate::nrg) const PLUS: usize = 0;
pub(in crate::nrg) const MINUS: usize = 1;
pub(in crate::nrg) const SUM_Z: usize = 2;
pub(in crate::nrg) const DIFF_Z: usize = 3;
pub(in crate::nrg) const SUM_PLUS: usize = 4;
pub(in crate::nrg) const DIFF_PLUS: usize = 5;

/// Modes of levels and of rung 0: (+up, +dn, -up, -dn), twice.
const MODES: usize = 8;

/// V of both parities: sqrt(2 Gamma/pi) sqrt(s_0), with b_0+- = sqrt(1 +- r_0).
pub(in crate::nrg) fn hybridization(model: &HelicalAnderson, ladder: &Ladder) -> [f64; 2] {
    let v = (2.0 * model.hybridization / std::f64::consts::PI).sqrt();
    [v * ladder.b[0][0], v * ladder.b[1][0]]
}

/// Levels and rung 0.
pub(in crate::nrg) fn start(model: &HelicalAnderson, ladder: &Ladder) -> Start {
    let f = annihilators(MODES);
    let bilinear = |i: usize, j: usize| f[i].transpose().times(&f[j]);
    let (up, down) = (0, 1);
    let number = |s: usize| bilinear(s, s).plus(1.0, &bilinear(2 + s, 2 + s));
    let k = |s: usize| bilinear(s, 2 + s).plus(-1.0, &bilinear(2 + s, s));
    let pairs = number(up).times(&number(down)).plus(1.0, &k(up).times(&k(down)));
    let mut hamiltonian = number(up)
        .plus(1.0, &number(down))
        .scaled(model.level_energy)
        .plus(0.5 * model.interaction, &pairs);
    let v = hybridization(model, ladder);
    for mode in 0..4 {
        let hop = bilinear(mode, 4 + mode);
        let amplitude = v[mode / 2];
        hamiltonian = hamiltonian.plus(amplitude, &hop).plus(amplitude, &hop.transpose());
    }
    let rung = Small::identity(16);
    // Modes of rung 0 are the later bits of a state: the first factor.
    hamiltonian = hamiltonian.plus(1.0, &Chain::of_ladder(ladder).rungs[0].kron(&rung));
    Start {
        labels: labels(MODES),
        hamiltonian,
        hops: f[4..].to_vec(),
        operators: operators(&f, &number, &k),
    }
}

fn operators(
    f: &[Small],
    number: &dyn Fn(usize) -> Small,
    k: &dyn Fn(usize) -> Small,
) -> Vec<Local> {
    let flip = |i: usize, j: usize| f[i].transpose().times(&f[j]);
    let norm = std::f64::consts::FRAC_1_SQRT_2;
    // S^z_{R/L} = (N_up - N_dn +- i (k_up + k_dn))/4
    let sum_z = number(0).plus(-1.0, &number(1)).scaled(0.5);
    let diff_z = k(0).plus(1.0, &k(1)).scaled(-0.5);
    // S^+_{R/L} = (f+_{+up} f_{+dn} - f+_{-up} f_{-dn} -+ i (f+_{-up} f_{+dn} + f+_{+up} f_{-dn}))/2
    let sum_plus = flip(0, 1).plus(-1.0, &flip(2, 3)).scaled(norm);
    let diff_plus = flip(2, 1).plus(1.0, &flip(0, 3)).scaled(norm);
    let local = |change: Label, matrix: Small| Local { change, matrix };
    vec![
        local(annihilation(0), f[0].clone()),
        local(annihilation(0), f[2].clone()),
        local(Label::new(0, 0), sum_z),
        local(Label::new(0, 0), diff_z),
        local(Label::new(0, 2), sum_plus),
        local(Label::new(0, 2), diff_plus),
    ]
}

/// Rung 0 without impurities.
pub(in crate::nrg) fn bath(ladder: &Ladder) -> Start {
    Start {
        labels: labels(4),
        hamiltonian: Chain::of_ladder(ladder).rungs[0].clone(),
        hops: annihilators(4),
        operators: Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod tests {
    use nalgebra::DMatrix;
    use num_complex::Complex64;

    use super::*;

    type Matrix = DMatrix<Complex64>;

    fn complex(small: &Small) -> Matrix {
        DMatrix::from_fn(small.order, small.order, |r, c| Complex64::new(small.get(r, c), 0.0))
    }

    fn distance(a: &Matrix, b: &Matrix) -> f64 {
        (a - b).iter().map(|x| x.norm()).fold(0.0, f64::max)
    }

    /// d_{R/L,s} = (f_+ +- i s f_-)/sqrt2 written out in complex matrices: interaction, level energy
    /// and spins are those of the rotated form.
    #[test]
    fn the_rotated_form_is_the_model() {
        let ladder = Ladder::new(4.0, 0.25, Scheme::ZitkoPruschke, 3, 4).unwrap();
        let interacting = |interaction: f64, level_energy: f64| {
            let model =
                HelicalAnderson { interaction, level_energy, hybridization: 0.02, distance: 3 };
            start(&model, &ladder)
        };
        let f: Vec<Matrix> = annihilators(MODES).iter().map(complex).collect();
        let i = Complex64::i();
        let norm = Complex64::new(std::f64::consts::FRAC_1_SQRT_2, 0.0);
        let d = |side: f64, s: usize| {
            let sign = if s == 0 { side } else { -side };
            (&f[s] + &f[2 + s] * (i * sign)) * norm
        };
        let n = |side: f64, s: usize| d(side, s).adjoint() * d(side, s);
        let (u, e) = (0.7, -0.2);
        let mut expected = Matrix::zeros(256, 256);
        for side in [1.0, -1.0] {
            expected += (n(side, 0) + n(side, 1)) * Complex64::new(e, 0.0);
            expected += n(side, 0) * n(side, 1) * Complex64::new(u, 0.0);
        }
        let full = interacting(u, e);
        let local = complex(&full.hamiltonian) - complex(&interacting(0.0, 0.0).hamiltonian);
        assert!(distance(&local, &expected) < 1e-14);
        let half = Complex64::new(0.5, 0.0);
        let s_z = |side: f64| (n(side, 0) - n(side, 1)) * half;
        let s_plus = |side: f64| d(side, 0).adjoint() * d(side, 1) * norm;
        let sum = |s: &dyn Fn(f64) -> Matrix| s(-1.0) + s(1.0);
        let diff = |s: &dyn Fn(f64) -> Matrix| (s(-1.0) - s(1.0)) * (-i);
        for (index, expected) in [
            (SUM_Z, sum(&s_z)),
            (DIFF_Z, diff(&s_z)),
            (SUM_PLUS, sum(&s_plus)),
            (DIFF_PLUS, diff(&s_plus)),
        ] {
            let found = complex(&full.operators[index].matrix);
            assert!(distance(&found, &expected) < 1e-14, "operator {index}");
        }
    }
}
