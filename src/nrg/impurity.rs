//! The two impurities before the first rung: their states, spin operators and coupling to rung 0.
//!
//! Real basis { |uu>, |t0>, |dd>, i|s> }, |s> = (|ud> - |du>)/sqrt2 with the first spin = R
//! (specification, section 4). Carried are Sum = S_L + S_R and Diff = (S_L - S_R)/i, both real there.
//! The plain basis { |uu>, |ud>, |du>, |dd> } makes Diff imaginary: the complex path, kept as oracle.
use std::collections::BTreeMap;

use num_complex::Complex64;

use super::ladder::Ladder;
use super::rung::{self, RungMatrix, mode};
use super::space::{KeptSector, KeptSpace, Label};
use super::{
    Model,
    operators::{Operator, Spin},
};
use crate::linalg::{Dtype, HostBatch, Ragged, Shape};

type Matrix = [[Complex64; 4]; 4];

/// States and operators of the impurities in one basis.
#[derive(Debug, Clone)]
pub(super) struct Impurity {
    pub dtype: Dtype,
    pub two_sz: [i32; 4],
    /// In the order of [`Spin::ALL`].
    spins: [Matrix; 4],
    /// S_L^z S_R^z and Re S_L^+ S_R^-.
    statics: [Matrix; 2],
}

fn complex(matrix: [[f64; 4]; 4]) -> Matrix {
    matrix.map(|row| row.map(|x| Complex64::new(x, 0.0)))
}

impl Impurity {
    pub(super) fn real() -> Self {
        let h = std::f64::consts::SQRT_2;
        let spins = [
            [[1., 0., 0., 0.], [0., 0., 0., 0.], [0., 0., -1., 0.], [0., 0., 0., 0.]],
            [[0., 0., 0., 0.], [0., 0., 0., -1.], [0., 0., 0., 0.], [0., 1., 0., 0.]],
            [[0., h, 0., 0.], [0., 0., h, 0.], [0., 0., 0., 0.], [0., 0., 0., 0.]],
            [[0., 0., 0., h], [0., 0., 0., 0.], [0., 0., 0., 0.], [0., 0., h, 0.]],
        ];
        let q = 0.25;
        let statics = [
            [[q, 0., 0., 0.], [0., -q, 0., 0.], [0., 0., q, 0.], [0., 0., 0., -q]],
            [[0., 0., 0., 0.], [0., 0.5, 0., 0.], [0., 0., 0., 0.], [0., 0., 0., -0.5]],
        ];
        Self {
            dtype: Dtype::F64,
            two_sz: [2, 0, -2, 0],
            spins: spins.map(complex),
            statics: statics.map(complex),
        }
    }

    /// Spins as products; the first letter is R.
    pub(super) fn plain() -> Self {
        let q = 0.25;
        let i = Complex64::i();
        let sum_z = [[1., 0., 0., 0.], [0.; 4], [0.; 4], [0., 0., 0., -1.]];
        let mut diff_z = [[Complex64::default(); 4]; 4];
        diff_z[1][1] = i; // i (S_R - S_L) on |ud>
        diff_z[2][2] = -i;
        let sum_plus = [[0., 1., 1., 0.], [0., 0., 0., 1.], [0., 0., 0., 1.], [0.; 4]];
        let mut diff_plus = [[Complex64::default(); 4]; 4];
        diff_plus[0][2] = i; // S_R^+ |du> = |uu>
        diff_plus[1][3] = i; // S_R^+ |dd> = |ud>
        diff_plus[0][1] = -i;
        diff_plus[2][3] = -i;
        let statics = [
            [[q, 0., 0., 0.], [0., -q, 0., 0.], [0., 0., -q, 0.], [0., 0., 0., q]],
            [[0.; 4], [0., 0., 0.5, 0.], [0., 0.5, 0., 0.], [0.; 4]],
        ];
        Self {
            dtype: Dtype::C128,
            two_sz: [2, 0, 0, -2],
            spins: [complex(sum_z), diff_z, complex(sum_plus), diff_plus],
            statics: statics.map(complex),
        }
    }

    /// A spin operator in the real basis.
    pub(super) fn real_matrix(&self, spin: Spin) -> [[f64; 4]; 4] {
        let index = Spin::ALL.iter().position(|&s| s == spin).unwrap_or(0);
        self.spins[index].map(|row| row.map(|x| x.re))
    }

    fn states(&self, two_sz: i32) -> Vec<usize> {
        (0..4).filter(|&state| self.two_sz[state] == two_sz).collect()
    }

    /// The impurity states as the kept states of a shell before the first.
    /// Parities of { |uu>, |t0>, |dd>, i|s> }: F exchanges |uu> and |dd>, P is diag(1, 1, 1, -1).
    pub(super) fn kept_space(&self, symmetric: bool) -> KeptSpace {
        let mut sectors = BTreeMap::new();
        for two_sz in [-2, 0, 2] {
            let label = Label::new(0, two_sz);
            if symmetric && !label.is_canonical() {
                continue;
            }
            let states = self.states(two_sz);
            let sector = KeptSector {
                energies: vec![0.0; states.len()],
                flip: if two_sz == 0 { vec![1.0; states.len()] } else { vec![] },
                hole: states.iter().map(|&s| if s == 3 { -1.0 } else { 1.0 }).collect(),
            };
            sectors.insert(label, sector);
        }
        KeptSpace { symmetric, sectors }
    }

    /// Blocks of the four spin operators: (operator, column label) -> matrix, for all sectors.
    pub(super) fn spin_blocks(&self) -> (BTreeMap<(Spin, Label), usize>, HostBatch) {
        let mut list = Vec::new();
        for (index, spin) in Spin::ALL.into_iter().enumerate() {
            for col in [-2, 0, 2] {
                list.push(((spin, Label::new(0, col)), col + spin.change().two_sz, col, index));
            }
        }
        self.blocks(&list, |index| &self.spins[index])
    }

    /// Blocks of the static operators (0: S_L^z S_R^z, 1: Re S_L^+ S_R^-), for all sectors.
    pub(super) fn static_blocks(&self) -> (BTreeMap<(usize, Label), usize>, HostBatch) {
        let mut list = Vec::new();
        for index in 0..2 {
            for col in [-2, 0, 2] {
                list.push(((index, Label::new(0, col)), col, col, index));
            }
        }
        self.blocks(&list, |index| &self.statics[index])
    }

    fn blocks<'a, K: Ord + Copy>(
        &'a self,
        list: &[(K, i32, i32, usize)],
        matrix: impl Fn(usize) -> &'a Matrix,
    ) -> (BTreeMap<K, usize>, HostBatch) {
        let (mut table, mut shapes, mut data) = (BTreeMap::new(), vec![], vec![]);
        for &(key, row_sz, col_sz, index) in list {
            let (rows, cols) = (self.states(row_sz), self.states(col_sz));
            if rows.is_empty() || cols.is_empty() {
                continue;
            }
            table.insert(key, shapes.len());
            shapes.push(Shape::new(rows.len(), cols.len()));
            for &row in &rows {
                data.extend(cols.iter().map(|&col| matrix(index)[row][col]));
            }
        }
        (table, host_batch(self.dtype, shapes, &data))
    }
}

/// A host batch of the wanted element type from complex numbers (real parts for `F64`).
fn host_batch(dtype: Dtype, shapes: Vec<Shape>, data: &[Complex64]) -> HostBatch {
    match dtype {
        Dtype::F64 => HostBatch::F64(
            Ragged::new(shapes, data.iter().map(|x| x.re).collect())
                .expect("one element was pushed for each entry of the shapes"),
        ),
        Dtype::C128 => HostBatch::C128(
            Ragged::new(shapes, data.to_vec())
                .expect("one element was pushed for each entry of the shapes"),
        ),
    }
}

/// H_K = sum over terms of (operator x rung matrix) + h.c., operator by operator.
///
/// With sigma-_{R/L} = A +- iB and sigma^z_{R/L} = (N +- iK)/2 on rung 0 (f~ of Eq. A36) it reads
/// J (Sum_+ A + Diff_+ B + h.c.) + J_z (Sum_z N + Diff_z K)/2.
pub(super) fn kondo_terms(model: &Model, ladder: &Ladder) -> Vec<(Spin, RungMatrix)> {
    let (plus, minus) = (ladder.b[0][0], ladder.b[1][0]);
    let (up, down) = (0, 1);
    let pair =
        |eta: usize, s: usize, eta2: usize, s2: usize| rung::bilinear(mode(eta, s), mode(eta2, s2));
    let zero = [[0.0; rung::STATES]; rung::STATES];
    let mut a = rung::add(&zero, 0.5 * plus * plus, &pair(0, down, 0, up));
    a = rung::add(&a, -0.5 * minus * minus, &pair(1, down, 1, up));
    let mut b = rung::add(&zero, 0.5 * plus * minus, &pair(0, down, 1, up));
    b = rung::add(&b, 0.5 * plus * minus, &pair(1, down, 0, up));
    let (mut n, mut k) = (zero, zero);
    for (spin, sign) in [(up, 1.0), (down, -1.0)] {
        n = rung::add(&n, sign * plus * plus, &pair(0, spin, 0, spin));
        n = rung::add(&n, sign * minus * minus, &pair(1, spin, 1, spin));
        k = rung::add(&k, plus * minus, &pair(0, spin, 1, spin));
        k = rung::add(&k, -plus * minus, &pair(1, spin, 0, spin));
    }
    // Sum_z N and Diff_z K are Hermitian by themselves: half of each, as h.c. is added.
    let scaled = |factor: f64, m: &RungMatrix| rung::add(&zero, factor, m);
    vec![
        (Spin::SumPlus, scaled(model.coupling, &a)),
        (Spin::DiffPlus, scaled(model.coupling, &b)),
        (Spin::SumZ, scaled(0.25 * model.coupling_z, &n)),
        (Spin::DiffZ, scaled(0.25 * model.coupling_z, &k)),
    ]
}
