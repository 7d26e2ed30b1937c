//! Small dense real matrices and the Fock space of a few modes.
//!
//! State `s` holds the modes of its set bits, created in ascending order on the vacuum. Even modes
//! are spin up, odd ones spin down.
use crate::nrg::space::Label;

/// A square real matrix, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nrg) struct Small {
    pub order: usize,
    values: Vec<f64>,
}

impl Small {
    pub(in crate::nrg) fn zeros(order: usize) -> Self {
        Self { order, values: vec![0.0; order * order] }
    }

    pub(in crate::nrg) fn identity(order: usize) -> Self {
        Self::diagonal(&vec![1.0; order])
    }

    pub(in crate::nrg) fn diagonal(entries: &[f64]) -> Self {
        let mut matrix = Self::zeros(entries.len());
        for (i, &value) in entries.iter().enumerate() {
            matrix.set(i, i, value);
        }
        matrix
    }

    pub(in crate::nrg) fn get(&self, row: usize, col: usize) -> f64 {
        self.values[row * self.order + col]
    }

    pub(in crate::nrg) fn set(&mut self, row: usize, col: usize, value: f64) {
        self.values[row * self.order + col] = value;
    }

    pub(in crate::nrg) fn transpose(&self) -> Self {
        let mut result = Self::zeros(self.order);
        for row in 0..self.order {
            for col in 0..self.order {
                result.set(col, row, self.get(row, col));
            }
        }
        result
    }

    pub(in crate::nrg) fn times(&self, other: &Self) -> Self {
        debug_assert_eq!(self.order, other.order);
        let mut result = Self::zeros(self.order);
        for row in 0..self.order {
            for k in 0..self.order {
                let factor = self.get(row, k);
                if factor == 0.0 {
                    continue;
                }
                for col in 0..self.order {
                    let sum = result.get(row, col) + factor * other.get(k, col);
                    result.set(row, col, sum);
                }
            }
        }
        result
    }

    /// `self + factor * other`
    pub(in crate::nrg) fn plus(&self, factor: f64, other: &Self) -> Self {
        debug_assert_eq!(self.order, other.order);
        let pairs = self.values.iter().zip(&other.values);
        Self { order: self.order, values: pairs.map(|(x, y)| x + factor * y).collect() }
    }

    pub(in crate::nrg) fn scaled(&self, factor: f64) -> Self {
        Self::zeros(self.order).plus(factor, self)
    }

    /// Acts as `self` on the first and as `other` on the second factor; state (i, j) has index
    /// `i * other.order + j`.
    pub(in crate::nrg) fn kron(&self, other: &Self) -> Self {
        let mut result = Self::zeros(self.order * other.order);
        for row in 0..result.order {
            for col in 0..result.order {
                let first = self.get(row / other.order, col / other.order);
                result.set(row, col, first * other.get(row % other.order, col % other.order));
            }
        }
        result
    }
}

/// The annihilators of all modes.
pub(in crate::nrg) fn annihilators(modes: usize) -> Vec<Small> {
    (0..modes).map(|mode| annihilator(modes, mode)).collect()
}

fn annihilator(modes: usize, mode: usize) -> Small {
    let mut matrix = Small::zeros(1 << modes);
    for state in (0..1_usize << modes).filter(|state| state >> mode & 1 == 1) {
        let before = (state & ((1 << mode) - 1)).count_ones();
        let sign = if before.is_multiple_of(2) { 1.0 } else { -1.0 };
        matrix.set(state ^ (1 << mode), state, sign);
    }
    matrix
}

/// (electrons, 2 S_z) of every state.
pub(in crate::nrg) fn labels(modes: usize) -> Vec<Label> {
    let count = |state: usize, first: usize| {
        (first..modes).step_by(2).filter(|mode| state >> mode & 1 == 1).count() as i32
    };
    (0..1 << modes)
        .map(|s| (count(s, 0), count(s, 1)))
        .map(|(u, d)| Label::new(u + d, u - d))
        .collect()
}

/// Change of (electrons, 2 S_z) by the annihilator of `mode`.
pub(in crate::nrg) fn annihilation(mode: usize) -> Label {
    Label::new(-1, if mode.is_multiple_of(2) { -1 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annihilators_anticommute() {
        let f = annihilators(4);
        for (i, a) in f.iter().enumerate() {
            for (j, b) in f.iter().enumerate() {
                let sum = a.times(&b.transpose()).plus(1.0, &b.transpose().times(a));
                let expected = if i == j { Small::identity(16) } else { Small::zeros(16) };
                assert_eq!(sum, expected);
            }
        }
    }
}
