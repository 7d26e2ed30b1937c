//! What stands before the rungs of the ladder: spins, levels, or nothing.
use std::collections::BTreeMap;

use super::{HelicalPair, LadderThermodynamicsSpec};
use crate::nrg::helical_anderson::{HelicalAnderson, hybridization};
use crate::nrg::impurity::{Impurity, kondo_terms};
use crate::nrg::ladder::Ladder;
use crate::nrg::operators::Spin;
use crate::nrg::rung::{self, MODES, RungMatrix, STATES, add, bilinear, mode, multiply};
use crate::nrg::shell::rung_hamiltonian;
use crate::nrg::space::{KeptSector, KeptSpace, Label};

/// One rung, energies in units of D.
pub(super) struct Rung {
    /// On the rung alone.
    pub hamiltonian: RungMatrix,
    /// To the rung before, for each mode.
    pub bonds: [f64; MODES],
    pub omega: f64,
    /// Index of the shell; none for the levels of impurities, of which every state is kept.
    pub shell: Option<u32>,
}

const ZERO: RungMatrix = [[0.0; STATES]; STATES];

/// The rungs of the ladder.
pub(super) fn ladder_rungs(ladder: &Ladder) -> Vec<Rung> {
    let rung = |n: usize| Rung {
        hamiltonian: rung_hamiltonian(ladder.a[n], 1.0),
        bonds: std::array::from_fn(|mode| if n == 0 { 0.0 } else { ladder.b[mode / 2][n] }),
        omega: ladder.omega(n as u32),
        shell: Some(n as u32),
    };
    (0..ladder.a.len()).map(rung).collect()
}

/// The same with impurities: levels are a rung before the first.
pub(super) fn impurity_rungs(spec: &LadderThermodynamicsSpec, ladder: &Ladder) -> Vec<Rung> {
    let mut rungs = ladder_rungs(ladder);
    if let HelicalPair::Anderson(model) = &spec.pair {
        let v = hybridization(model, ladder);
        rungs[0].bonds = std::array::from_fn(|mode| v[mode / 2]);
        let (omega, bonds) = (rungs[0].omega, [0.0; MODES]);
        rungs.insert(0, Rung { hamiltonian: levels(model), bonds, omega, shell: None });
    }
    rungs
}

/// sum_eta [ eps_d n_eta + U n_eta,up n_eta,dn ] in rotated levels (specification, section 9).
fn levels(model: &HelicalAnderson) -> RungMatrix {
    let (up, down) = (0, 1);
    let pair = |i: (usize, usize), j: (usize, usize)| bilinear(mode(i.0, i.1), mode(j.0, j.1));
    let number = |s: usize| add(&pair((0, s), (0, s)), 1.0, &pair((1, s), (1, s)));
    let k = |s: usize| add(&pair((0, s), (1, s)), -1.0, &pair((1, s), (0, s)));
    let pairs = add(&multiply(&number(up), &number(down)), 1.0, &multiply(&k(up), &k(down)));
    let filled = add(&number(up), 1.0, &number(down));
    add(&add(&ZERO, model.level_energy, &filled), 0.5 * model.interaction, &pairs)
}

/// States before the first rung.
pub(super) fn before(spec: &LadderThermodynamicsSpec) -> KeptSpace {
    match spec.pair {
        HelicalPair::Kondo(_) => Impurity::real().kept_space(true),
        HelicalPair::Anderson(_) => nothing(),
    }
}

/// The one state of no impurity, even under both symmetries.
pub(super) fn nothing() -> KeptSpace {
    let state = KeptSector { energies: vec![0.0], flip: vec![1.0], hole: vec![1.0] };
    KeptSpace { symmetric: true, sectors: BTreeMap::from([(Label::new(0, 0), state)]) }
}

/// H_K on rung 0, in units of D.
pub(super) fn exchange(
    spec: &LadderThermodynamicsSpec,
    ladder: &Ladder,
) -> Vec<(Spin, RungMatrix)> {
    match &spec.pair {
        HelicalPair::Kondo(model) => kondo_terms(model, ladder),
        HelicalPair::Anderson(_) => Vec::new(),
    }
}

/// f+ of a mode: what a bond adds to the new rung.
pub(super) fn creator(mode: usize) -> RungMatrix {
    rung::transpose(&rung::annihilator(mode))
}
