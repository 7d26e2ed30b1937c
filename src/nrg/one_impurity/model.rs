//! The impurity, the first site of the chain, and the operators of interest.
use serde::{Deserialize, Serialize};

use crate::nrg::complete::fock::{Small, annihilation, annihilators, labels};
use crate::nrg::complete::start::{Local, Start};
use crate::nrg::space::Label;

/// A single impurity; energies in units of the half-bandwidth D.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OneImpurity {
    /// J (S+ sigma- + h.c.) + J_z S^z sigma^z, that is 2 J **S**.**s** when isotropic (A59).
    OneImpurityKondo { coupling: f64, coupling_z: f64 },
    /// U n_up n_dn + epsilon_d n + sqrt(2 Gamma / pi) sum_s (d+_s f_0s + h.c.); U = 0 is allowed.
    OneImpurityAnderson { interaction: f64, level_energy: f64, hybridization: f64 },
}

/// Operators among [`Start::operators`].
pub(in crate::nrg) const S_Z: usize = 0;
/// S^+ / sqrt2, so that it has the norm of S^z (Eq. 35).
pub(in crate::nrg) const S_PLUS: usize = 1;
/// O with T = `<<O; O+>> + <{O, f+}>` for spin up (specification, section 8).
pub(in crate::nrg) const T_MATRIX: usize = 2;
/// d_up of the Anderson model.
pub(in crate::nrg) const LEVEL: usize = 3;

impl OneImpurity {
    /// Impurity and site 0.
    pub(in crate::nrg) fn start(&self) -> Start {
        match *self {
            Self::OneImpurityKondo { coupling, coupling_z } => kondo(coupling, coupling_z),
            Self::OneImpurityAnderson { interaction, level_energy, hybridization } => {
                anderson(interaction, level_energy, hybridization)
            }
        }
    }

    /// Site 0 without impurity.
    pub(in crate::nrg) fn bath() -> Start {
        Start {
            labels: labels(2),
            hamiltonian: Small::zeros(4),
            hops: annihilators(2),
            operators: Vec::new(),
        }
    }

    /// ln of the number of impurity states: the impurity entropy at infinite temperature.
    pub fn free_entropy(&self) -> f64 {
        match self {
            Self::OneImpurityKondo { .. } => 2.0_f64.ln(),
            Self::OneImpurityAnderson { .. } => 4.0_f64.ln(),
        }
    }
}

fn kondo(coupling: f64, coupling_z: f64) -> Start {
    // |up>, |down> of the impurity, then the four states of site 0.
    let mut raise = Small::zeros(2);
    raise.set(0, 1, 1.0);
    let s_z = Small::diagonal(&[0.5, -0.5]);
    let on_impurity = |spin: &Small| spin.kron(&Small::identity(4));
    let f: Vec<Small> = annihilators(2).iter().map(|f| Small::identity(2).kron(f)).collect();
    let (s_z, s_plus) = (on_impurity(&s_z), on_impurity(&raise));
    let number = |spin: usize| f[spin].transpose().times(&f[spin]);
    let sigma_minus = f[1].transpose().times(&f[0]);
    let flip = s_plus.times(&sigma_minus);
    let sigma_z = number(0).plus(-1.0, &number(1));
    let hamiltonian = Small::zeros(8)
        .plus(coupling, &flip)
        .plus(coupling, &flip.transpose())
        .plus(coupling_z, &s_z.times(&sigma_z));
    // O_up = [f_up, H_K] = J S^- f_dn + J_z S^z f_up
    let o = s_plus.transpose().times(&f[1]).scaled(coupling).plus(coupling_z, &s_z.times(&f[0]));
    let fock = labels(2);
    let labels =
        [1, -1].iter().flat_map(|&sz| fock.iter().map(move |l| l.shifted(Label::new(0, sz))));
    Start {
        labels: labels.collect(),
        hamiltonian,
        operators: spin_and_t_matrix(s_z, &s_plus, o),
        hops: f,
    }
}

fn anderson(interaction: f64, level_energy: f64, hybridization: f64) -> Start {
    // Modes (d_up, d_dn, f_up, f_dn).
    let modes = annihilators(4);
    let number = |mode: usize| modes[mode].transpose().times(&modes[mode]);
    let (up, down) = (number(0), number(1));
    let v = (2.0 * hybridization / std::f64::consts::PI).sqrt();
    let mut hamiltonian =
        up.plus(1.0, &down).scaled(level_energy).plus(interaction, &up.times(&down));
    for spin in 0..2 {
        let hop = modes[spin].transpose().times(&modes[2 + spin]);
        hamiltonian = hamiltonian.plus(v, &hop).plus(v, &hop.transpose());
    }
    let s_z = up.plus(-1.0, &down).scaled(0.5);
    let s_plus = modes[0].transpose().times(&modes[1]);
    let mut operators = spin_and_t_matrix(s_z, &s_plus, modes[0].scaled(v));
    operators.push(Local { change: annihilation(0), matrix: modes[0].clone() });
    Start { labels: labels(4), hamiltonian, hops: modes[2..].to_vec(), operators }
}

fn spin_and_t_matrix(s_z: Small, s_plus: &Small, o: Small) -> Vec<Local> {
    let transverse = s_plus.scaled(std::f64::consts::FRAC_1_SQRT_2);
    vec![
        Local { change: Label::new(0, 0), matrix: s_z },
        Local { change: Label::new(0, 2), matrix: transverse },
        Local { change: annihilation(0), matrix: o },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// O = [f_up, H_K] and, with V, [f_up, H_hyb] = V d_up.
    #[test]
    fn the_t_matrix_operator_is_the_commutator() {
        let models = [
            OneImpurity::OneImpurityKondo { coupling: 0.3, coupling_z: -0.2 },
            OneImpurity::OneImpurityAnderson {
                interaction: 0.5,
                level_energy: -0.2,
                hybridization: 0.04,
            },
        ];
        for model in models {
            let start = model.start();
            let (f, h) = (&start.hops[0], &start.hamiltonian);
            let commutator = f.times(h).plus(-1.0, &h.times(f));
            let defect = commutator.plus(-1.0, &start.operators[T_MATRIX].matrix);
            for row in 0..defect.order {
                for col in 0..defect.order {
                    assert!(defect.get(row, col).abs() < 1e-15, "{model:?}");
                }
            }
        }
    }
}
