//! Tests: chains of three sites against exact diagonalization of their whole Fock space, written
//! without sectors, shells or weights.
//!
//! A fourth and a fifth site that no bond connects only multiply every state by four: states may then
//! be discarded before the last shell without any error, so that all parts of the full density matrix
//! take part in the comparison.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

use nalgebra::{DMatrix, SymmetricEigen};

use super::chain::Chain;
use super::fock::{Small, annihilators};
use super::forward::{Means, Tree, forward};
use super::pairs::{Peak, Sink, backward};
use super::start::Start;
use super::thermal::Weights;
use crate::linalg::cpu::Cpu;
use crate::nrg::one_impurity::OneImpurity;
use crate::nrg::{Rule, Scheme, Truncation};
use crate::stop::Never;

const TEMPERATURES: [f64; 3] = [0.04, 0.4, 5.0];

/// Sums that know positions, weights and signs of all peaks.
#[derive(Debug, Clone, Copy, Default)]
struct Probe([f64; 5]);

impl Sink for Probe {
    fn add(&mut self, peak: Peak) {
        let Peak { energy, greater, lesser, susceptibility } = peak;
        let values = [
            greater,
            lesser,
            greater * (3.0 * energy).cos() + lesser * (5.0 * energy).sin(),
            greater * (energy * energy + 0.1).sqrt(),
            susceptibility,
        ];
        self.0.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
}

/// The Fock space of the start and the connected sites behind it.
struct Exact {
    energies: Vec<f64>,
    vectors: DMatrix<f64>,
    operators: Vec<DMatrix<f64>>,
    electrons: DMatrix<f64>,
    two_sz: DMatrix<f64>,
}

fn dense(small: &Small) -> DMatrix<f64> {
    DMatrix::from_fn(small.order, small.order, |row, col| small.get(row, col))
}

impl Exact {
    fn new(start: &Start, chain: &Chain, sites: usize) -> Self {
        let f = annihilators(chain.modes);
        let states = chain.rung_states();
        let count =
            f.iter().fold(Small::zeros(states), |n, f| n.plus(1.0, &f.transpose().times(f)));
        let sign = |order: usize, number: &Small| {
            Small::diagonal(
                &(0..order).map(|s| 1.0 - 2.0 * (number.get(s, s) % 2.0)).collect::<Vec<_>>(),
            )
        };
        let diagonal = |value: &dyn Fn(usize) -> i32| {
            let entries = (0..start.labels.len()).map(|s| f64::from(value(s)));
            Small::diagonal(&entries.collect::<Vec<_>>())
        };
        let spin = f.iter().enumerate().fold(Small::zeros(states), |sz, (mode, f)| {
            sz.plus(if mode % 2 == 0 { 1.0 } else { -1.0 }, &f.transpose().times(f))
        });
        let mut electrons = diagonal(&|s| start.labels[s].charge);
        let mut two_sz = diagonal(&|s| start.labels[s].two_sz);
        let mut hamiltonian = start.hamiltonian.clone();
        let mut operators: Vec<Small> = start.operators.iter().map(|o| o.matrix.clone()).collect();
        let mut last = start.hops.clone();
        for n in 1..sites {
            let one = Small::identity(states);
            let before = sign(electrons.order, &electrons);
            let new: Vec<Small> = f.iter().map(|f| before.kron(f)).collect();
            let old = Small::identity(electrons.order);
            hamiltonian = hamiltonian.kron(&one).plus(1.0, &old.kron(&chain.rungs[n]));
            for (mode, (last, new)) in last.iter().zip(&new).enumerate() {
                let hop = last.kron(&one).transpose().times(new);
                let bond = chain.bonds[n][mode];
                hamiltonian = hamiltonian.plus(bond, &hop).plus(bond, &hop.transpose());
            }
            electrons = electrons.kron(&one).plus(1.0, &old.kron(&count));
            two_sz = two_sz.kron(&one).plus(1.0, &old.kron(&spin));
            operators = operators.iter().map(|o| o.kron(&one)).collect();
            last = new;
        }
        let eigen = SymmetricEigen::new(dense(&hamiltonian));
        let ground = eigen.eigenvalues.min();
        Self {
            energies: eigen.eigenvalues.iter().map(|e| e - ground).collect(),
            operators: operators
                .iter()
                .map(|o| eigen.eigenvectors.transpose() * dense(o) * &eigen.eigenvectors)
                .collect(),
            vectors: eigen.eigenvectors,
            electrons: dense(&electrons),
            two_sz: dense(&two_sz),
        }
    }

    fn weights(&self, temperature: f64) -> Vec<f64> {
        let boltzmann: Vec<f64> = self.energies.iter().map(|e| (-e / temperature).exp()).collect();
        let z: f64 = boltzmann.iter().sum();
        boltzmann.into_iter().map(|w| w / z).collect()
    }

    fn probe(&self, (b, c): (usize, usize), temperature: f64) -> Probe {
        let weights = self.weights(temperature);
        let mut probe = Probe::default();
        for (i, (e_a, w_a)) in self.energies.iter().zip(&weights).enumerate() {
            for (j, (e_b, w_b)) in self.energies.iter().zip(&weights).enumerate() {
                let element = self.operators[b][(i, j)] * self.operators[c][(i, j)];
                let energy = e_b - e_a;
                let susceptibility = if energy.abs() < 1e-11 {
                    w_a / temperature * element
                } else {
                    (w_a - w_b) / energy * element
                };
                let (greater, lesser) = (w_a * element, w_b * element);
                probe.add(Peak { energy, greater, lesser, susceptibility });
            }
        }
        probe
    }

    /// <O^2> - <O>^2 of a conserved quantity.
    fn variance(&self, operator: &DMatrix<f64>, temperature: f64) -> f64 {
        let rotated = self.vectors.transpose() * operator * &self.vectors;
        let squared = &rotated * &rotated;
        let weights = self.weights(temperature);
        let mean =
            |m: &DMatrix<f64>| weights.iter().enumerate().map(|(i, w)| w * m[(i, i)]).sum::<f64>();
        mean(&squared) - mean(&rotated).powi(2)
    }
}

fn truncation(max_states: Vec<u32>) -> Truncation {
    Truncation { energy: 1e6, rule: Rule::Plain, gap_window: 0.3, max_states }
}

/// The chain with every bond behind `sites` sites cut.
fn cut_behind(mut chain: Chain, sites: usize) -> Chain {
    let nothing = Small::zeros(chain.rung_states());
    for n in sites..chain.shells() {
        chain.bonds[n] = vec![0.0; chain.modes];
        chain.rungs[n] = nothing.clone();
    }
    chain
}

fn check(start: &Start, chain: &Chain, sites: usize, budgets: &[u32], pairs: &[(usize, usize)]) {
    let exact = Exact::new(start, chain, sites);
    let cpu = Cpu::new(Some(1)).unwrap();
    for vector_bytes in [0, usize::MAX] {
        let means = Means { device: &cpu, stop: &Never, vector_bytes };
        let (start, chain) = (start.clone(), cut_behind(chain.clone(), sites));
        let tree = forward(start, chain, &truncation(budgets.to_vec()), means).unwrap();
        check_tree(&exact, &tree, sites, pairs, means);
    }
}

fn check_tree(exact: &Exact, tree: &Tree, sites: usize, pairs: &[(usize, usize)], means: Means) {
    let last = tree.chain.shells() - 1;
    let weights = Weights::new(tree, last, &TEMPERATURES);
    let mut sinks = vec![vec![Probe::default(); TEMPERATURES.len()]; pairs.len()];
    let density = backward(tree, &weights, pairs, &mut sinks, means).unwrap();
    for (t, &temperature) in TEMPERATURES.iter().enumerate() {
        assert!((density.trace(t) - 1.0).abs() < 1e-12, "{}", density.trace(t));
        for (&pair, sinks) in pairs.iter().zip(&sinks) {
            let expected = exact.probe(pair, temperature);
            for (found, expected) in sinks[t].0.iter().zip(expected.0) {
                let error = (found - expected).abs();
                assert!(error < 1e-10, "{pair:?} at T = {temperature}: {:?} {expected}", sinks[t]);
            }
        }
        let totals = weights.totals(tree, t);
        let later = (last + 1 - sites) as f64 * tree.chain.modes as f64;
        for (found, expected) in [
            (
                totals.spin_variance,
                0.25 * exact.variance(&exact.two_sz, temperature) + later / 16.0,
            ),
            (totals.charge_variance, exact.variance(&exact.electrons, temperature) + later / 4.0),
        ] {
            assert!((found - expected).abs() < 1e-10, "T = {temperature}: {found} {expected}");
        }
        let mean = |power: i32| -> f64 {
            exact
                .weights(temperature)
                .iter()
                .zip(&exact.energies)
                .map(|(w, e)| w * e.powi(power))
                .sum()
        };
        assert!((totals.energy - mean(1)).abs() < 1e-10);
        let heat = (mean(2) - mean(1).powi(2)) / (temperature * temperature);
        assert!((totals.specific_heat - heat).abs() < 1e-9);
    }
}

#[test]
fn kondo_chain_equals_exact_diagonalization() {
    let model = OneImpurity::OneImpurityKondo { coupling: 0.4, coupling_z: 0.15 };
    let chain = Chain::single(2.0, 0.3, Scheme::ZitkoPruschke, 5).unwrap();
    let pairs = [(0, 0), (1, 1), (2, 2)];
    // Nothing discarded before the last shell; then 40 and 30 of 128 and 160 states kept.
    check(&model.start(), &chain, 3, &[100_000], &pairs);
    check(&model.start(), &chain, 3, &[1000, 1000, 40, 30, 20], &pairs);
}

#[test]
fn anderson_chain_equals_exact_diagonalization() {
    let model = OneImpurity::OneImpurityAnderson {
        interaction: 0.7,
        level_energy: -0.2,
        hybridization: 0.1,
    };
    let chain = Chain::single(3.0, 0.0, Scheme::CampoOliveira, 5).unwrap();
    let pairs = [(0, 0), (1, 1), (2, 3), (3, 3)];
    check(&model.start(), &chain, 3, &[1000, 1000, 50, 30, 20], &pairs);
}

/// Eigenvalues of the chain with the level in front of it, for one spin.
fn single_particle(chain: &Chain, level: f64, hop: f64) -> Vec<f64> {
    let order = chain.shells() + 1;
    let mut matrix = DMatrix::zeros(order, order);
    matrix[(0, 0)] = level;
    for site in 1..order {
        let bond = if site == 1 { hop } else { chain.bonds[site - 1][0] };
        matrix[(site, site - 1)] = bond;
        matrix[(site - 1, site)] = bond;
    }
    SymmetricEigen::new(matrix).eigenvalues.iter().copied().collect()
}

/// Section 9: at U = 0 every many-body level is a sum of single-particle levels.
#[test]
fn non_interacting_levels_are_sums_of_single_particle_levels() {
    let (level, hybridization) = (-0.13, 0.07);
    let chain = Chain::single(2.5, 0.4, Scheme::ZitkoPruschke, 4).unwrap();
    let hop = (2.0 * hybridization / std::f64::consts::PI).sqrt();
    let particles = single_particle(&chain, level, hop);
    let mut expected = vec![0.0];
    for &e in particles.iter().chain(&particles) {
        expected = expected.iter().flat_map(|&sum| [sum, sum + e]).collect();
    }
    expected.sort_by(f64::total_cmp);
    let model =
        OneImpurity::OneImpurityAnderson { interaction: 0.0, level_energy: level, hybridization };
    let cpu = Cpu::new(Some(1)).unwrap();
    let means = Means { device: &cpu, stop: &Never, vector_bytes: 0 };
    let tree = forward(model.start(), chain, &truncation(vec![100_000]), means).unwrap();
    let ground: f64 = tree.shells.iter().map(|shell| shell.ground_step).sum();
    let last = tree.shells.last().unwrap();
    let energies = last.sectors.values().flat_map(|sector| &sector.energies);
    let mut found: Vec<f64> = energies.map(|e| ground + e * last.omega).collect();
    found.sort_by(f64::total_cmp);
    assert_eq!(found.len(), 1024);
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}
