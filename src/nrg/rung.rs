//! One rung of the ladder: four spin-resolved modes, sixteen states, its operators and symmetries.
//!
//! Modes in the order (+up, +down, -up, -down); state `s` holds the modes of its set bits, created
//! in that order on the vacuum. All matrices are real.

pub(super) const STATES: usize = 16;
pub(super) const MODES: usize = 4;

/// A real 16 x 16 matrix, `m[row][col]`.
pub(super) type RungMatrix = [[f64; STATES]; STATES];

/// Index of the mode (eta, spin): eta 0 is +, 1 is -; spin 0 is up, 1 is down.
pub(super) fn mode(eta: usize, spin: usize) -> usize {
    2 * eta + spin
}

/// Charge N - 2 of a state.
pub(super) fn charge(state: usize) -> i32 {
    state.count_ones() as i32 - 2
}

/// Twice the spin projection of a state.
pub(super) fn two_sz(state: usize) -> i32 {
    let up = (state & 0b0101).count_ones() as i32;
    let down = (state & 0b1010).count_ones() as i32;
    up - down
}

/// The annihilator of one mode.
pub(super) fn annihilator(mode: usize) -> RungMatrix {
    let mut matrix = [[0.0; STATES]; STATES];
    for state in 0..STATES {
        if state >> mode & 1 == 1 {
            let before = (state & ((1 << mode) - 1)).count_ones();
            matrix[state ^ (1 << mode)][state] = if before.is_multiple_of(2) { 1.0 } else { -1.0 };
        }
    }
    matrix
}

pub(super) fn transpose(a: &RungMatrix) -> RungMatrix {
    let mut result = [[0.0; STATES]; STATES];
    for (i, row) in result.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = a[j][i];
        }
    }
    result
}

pub(super) fn multiply(a: &RungMatrix, b: &RungMatrix) -> RungMatrix {
    let mut result = [[0.0; STATES]; STATES];
    for i in 0..STATES {
        for k in 0..STATES {
            for j in 0..STATES {
                result[i][j] += a[i][k] * b[k][j];
            }
        }
    }
    result
}

/// `a + factor * b`
pub(super) fn add(a: &RungMatrix, factor: f64, b: &RungMatrix) -> RungMatrix {
    let mut result = *a;
    for (row, other) in result.iter_mut().zip(b) {
        for (value, x) in row.iter_mut().zip(other) {
            *value += factor * x;
        }
    }
    result
}

/// f+_i f_j of two modes.
pub(super) fn bilinear(i: usize, j: usize) -> RungMatrix {
    multiply(&transpose(&annihilator(i)), &annihilator(j))
}

/// A signed permutation of the rung's states: state `s` goes to `sign[s]` times state `to[s]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignedPermutation {
    pub to: [usize; STATES],
    pub sign: [f64; STATES],
}

/// F: spin flip (with impurity exchange), f_{eta,up} <-> f_{eta,down} (specification, section 5).
pub(super) fn spin_flip() -> SignedPermutation {
    let image = |mode: usize| (bare(mode ^ 1, true), 1.0);
    transform(0, image)
}

/// P_n: f_{n+,s} -> (-1)^n s f+_{n+,-s}, f_{n-,s} -> -(-1)^n s f+_{n-,-s}; the empty rung goes to the
/// full one.
pub(super) fn particle_hole(n: u32) -> SignedPermutation {
    let shell_sign = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    let image = |mode: usize| {
        let eta_sign = if mode < 2 { 1.0 } else { -1.0 };
        let spin_sign = if mode.is_multiple_of(2) { 1.0 } else { -1.0 };
        (bare(mode ^ 1, false), shell_sign * eta_sign * spin_sign)
    };
    transform(STATES - 1, image)
}

/// The creator or the annihilator of a mode.
fn bare(mode: usize, creator: bool) -> RungMatrix {
    let annihilator = annihilator(mode);
    if creator { transpose(&annihilator) } else { annihilator }
}

/// The map that takes the vacuum to `vacuum_image` and the creator of each mode to `image(mode)`.
fn transform(vacuum_image: usize, image: impl Fn(usize) -> (RungMatrix, f64)) -> SignedPermutation {
    let mut map = SignedPermutation { to: [0; STATES], sign: [0.0; STATES] };
    for state in 0..STATES {
        let (mut to, mut sign) = (vacuum_image, 1.0);
        // state = f+_i f+_j ... |0>, i < j < ...: the last creator acts first.
        for mode in (0..MODES).rev().filter(|mode| state >> mode & 1 == 1) {
            let (matrix, factor) = image(mode);
            let Some(row) = (0..STATES).find(|&row| matrix[row][to] != 0.0) else {
                continue; // cannot happen: images of creators act on states they do not empty
            };
            sign *= factor * matrix[row][to];
            to = row;
        }
        map.to[state] = to;
        map.sign[state] = sign;
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_matrix(map: &SignedPermutation) -> RungMatrix {
        let mut matrix = [[0.0; STATES]; STATES];
        for state in 0..STATES {
            matrix[map.to[state]][state] = map.sign[state];
        }
        matrix
    }

    fn conjugate(map: &SignedPermutation, operator: &RungMatrix) -> RungMatrix {
        let matrix = as_matrix(map);
        multiply(&multiply(&matrix, operator), &transpose(&matrix))
    }

    #[test]
    fn annihilators_anticommute() {
        for i in 0..MODES {
            for j in 0..MODES {
                let (f, g) = (annihilator(i), transpose(&annihilator(j)));
                let sum = add(&multiply(&f, &g), 1.0, &multiply(&g, &f));
                for (row, values) in sum.iter().enumerate() {
                    for (col, &value) in values.iter().enumerate() {
                        let expected = f64::from(u8::from(i == j && row == col));
                        assert_eq!(value, expected);
                    }
                }
            }
        }
    }

    /// Section 5: both symmetries transform the modes as stated.
    #[test]
    fn symmetries_transform_the_modes() {
        for n in 0..2 {
            for eta in 0..2 {
                for spin in 0..2 {
                    let f = annihilator(mode(eta, spin));
                    let flipped = annihilator(mode(eta, 1 - spin));
                    assert_eq!(conjugate(&spin_flip(), &f), flipped);
                    let sign = (1.0 - 2.0 * f64::from(n))
                        * (1.0 - 2.0 * eta as f64)
                        * (1.0 - 2.0 * spin as f64);
                    let expected = add(&[[0.0; STATES]; STATES], sign, &transpose(&flipped));
                    assert_eq!(conjugate(&particle_hole(n), &f), expected);
                }
            }
        }
    }

    /// F^2 = 1, P^2 = (-1)^N, FP = (-1)^N PF.
    #[test]
    fn symmetries_square_as_stated() {
        for n in 0..2 {
            let (f, p) = (as_matrix(&spin_flip()), as_matrix(&particle_hole(n)));
            let (ff, pp) = (multiply(&f, &f), multiply(&p, &p));
            let (fp, pf) = (multiply(&f, &p), multiply(&p, &f));
            for s in 0..STATES {
                let parity = if s.count_ones() % 2 == 0 { 1.0 } else { -1.0 };
                assert_eq!(ff[s][s], 1.0);
                assert_eq!(pp[s][s], parity);
                for t in 0..STATES {
                    assert_eq!(fp[t][s], parity * pf[t][s]);
                }
            }
        }
    }
}
