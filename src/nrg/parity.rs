//! Parities of the product states of one sector, and the maps between product rows and parity blocks.
//!
//! Where S_z = 0 the spin flip F maps a sector to itself, where Q = 0 the particle-hole transform P
//! does; both are signed permutations of the product basis. A parity block has one basis vector per
//! orbit of these maps: v = sum over the orbit of u_y |y>, all |u_y| equal.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::rung::{self, SignedPermutation};
use super::space::{KeptSpace, Label, ProductSector};
use crate::linalg::Map;

/// `table[i] = (target, factor)`, [`Map::NOWHERE`] drops.
pub(super) type Table = Arc<[(u32, f64)]>;

/// Row maps between the product basis and one parity block.
#[derive(Debug, Clone)]
pub(super) struct Folding {
    /// Product row -> (vector, u_y).
    pub fold: Table,
    /// Product row -> (vector, n u_y) for one representative row of each orbit of n rows.
    pub representative: Table,
    /// For each place in the orbit: vector -> (product row, u_y).
    pub expand: Vec<Table>,
}

/// One block to diagonalize within a sector.
#[derive(Debug, Clone)]
pub(super) struct ParityBlock {
    /// Parity under F (0 where F leads to another sector), under P likewise.
    pub flip: f64,
    pub hole: f64,
    pub order: usize,
    /// None: the block is the whole sector.
    pub folding: Option<Folding>,
}

/// F, and P of shell `n`, acting on a rung.
#[derive(Debug, Clone, Copy)]
pub(super) struct RungSymmetry {
    pub flip: SignedPermutation,
    pub hole: SignedPermutation,
}

impl RungSymmetry {
    pub(super) fn new(n: u32) -> Self {
        Self { flip: rung::spin_flip(), hole: rung::particle_hole(n) }
    }
}

/// F as a table: row of `from` (label (Q, S)) -> (row of `to` (label (Q, -S)), sign).
pub(super) fn flip_table(
    kept: &KeptSpace,
    symmetry: &RungSymmetry,
    from: &ProductSector,
    to: &ProductSector,
) -> Table {
    images(kept, from, to, |old, rung, i| {
        let image = Label::new(old.charge, -old.two_sz);
        let sign = kept.flip_sign(old, i) * symmetry.flip.sign[rung];
        (image, symmetry.flip.to[rung], sign)
    })
}

fn hole_table(kept: &KeptSpace, symmetry: &RungSymmetry, sector: &ProductSector) -> Table {
    images(kept, sector, sector, |old, rung, i| {
        let image = Label::new(-old.charge, old.two_sz);
        let sign = kept.hole_sign(old, i) * symmetry.hole.sign[rung];
        (image, symmetry.hole.to[rung], sign)
    })
}

fn images(
    kept: &KeptSpace,
    from: &ProductSector,
    to: &ProductSector,
    image: impl Fn(Label, usize, usize) -> (Label, usize, f64),
) -> Table {
    debug_assert!(kept.symmetric);
    let mut table = vec![(Map::NOWHERE, 0.0); from.order];
    for segment in &from.segments {
        for i in 0..segment.len {
            let (old, rung, sign) = image(segment.old, segment.rung, i);
            if let Some(target) = to.find(old, rung) {
                table[segment.start + i] = ((target.start + i) as u32, sign);
            }
        }
    }
    table.into()
}

/// The blocks to diagonalize in `sector`: one, or one per combination of parities that occurs.
pub(super) fn parity_blocks(
    kept: &KeptSpace,
    symmetry: &RungSymmetry,
    sector: &ProductSector,
) -> Vec<ParityBlock> {
    let flips = kept.symmetric && sector.label.two_sz == 0;
    let holes = kept.symmetric && sector.label.charge == 0;
    if !flips && !holes {
        let whole = ParityBlock { flip: 0.0, hole: 0.0, order: sector.order, folding: None };
        return vec![whole];
    }
    let flip = flips.then(|| flip_table(kept, symmetry, sector, sector));
    let hole = holes.then(|| hole_table(kept, symmetry, sector));
    let parities = |present: bool| if present { vec![1.0, -1.0] } else { vec![0.0] };
    let mut blocks = Vec::new();
    for &f in &parities(flips) {
        for &p in &parities(holes) {
            let mut group = vec![vec![]];
            if let Some(table) = &hole {
                group.push(vec![(table, p)]);
            }
            if let Some(table) = &flip {
                for mut element in group.clone() {
                    element.push((table, f));
                    group.push(element);
                }
            }
            let (order, folding) = fold(sector.order, &group);
            if order != 0 {
                blocks.push(ParityBlock { flip: f, hole: p, order, folding: Some(folding) });
            }
        }
    }
    blocks
}

/// Projects every orbit on the representation in which each generator has the given parity.
fn fold(rows: usize, group: &[Vec<(&Table, f64)>]) -> (usize, Folding) {
    let nowhere = (Map::NOWHERE, 0.0);
    let (mut fold, mut representative) = (vec![nowhere; rows], vec![nowhere; rows]);
    let mut expand = vec![Vec::new(); group.len()];
    let mut seen = vec![false; rows];
    let mut order = 0;
    for row in 0..rows {
        if seen[row] {
            continue;
        }
        let mut orbit = BTreeMap::new();
        for element in group {
            let (mut image, mut factor) = (row, 1.0);
            for (table, parity) in element {
                let (to, sign) = table[image];
                image = to as usize;
                factor *= sign * parity;
            }
            seen[image] = true;
            *orbit.entry(image).or_insert(0.0) += factor;
        }
        let norm = orbit.values().map(|u: &f64| u * u).sum::<f64>().sqrt();
        if norm < 0.5 {
            continue; // the images cancel: no vector of these parities
        }
        for (place, table) in expand.iter_mut().enumerate() {
            table.push(orbit.iter().nth(place).map_or(nowhere, |(&y, u)| (y as u32, u / norm)));
        }
        for (&y, u) in &orbit {
            fold[y] = (order as u32, u / norm);
        }
        representative[row] = (order as u32, orbit.len() as f64 * orbit[&row] / norm);
        order += 1;
    }
    let expand = expand.into_iter().map(Into::into).collect();
    (order, Folding { fold: fold.into(), representative: representative.into(), expand })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nrg::impurity;

    /// The vectors of all parity blocks of a sector are orthonormal and complete.
    #[test]
    fn parity_vectors_are_a_basis() {
        let kept = impurity::Impurity::real().kept_space(true);
        for n in 0..2 {
            let symmetry = RungSymmetry::new(n);
            for label in [Label::new(0, 0), Label::new(2, 0), Label::new(0, 2)] {
                let sector = ProductSector::new(&kept, label);
                let mut vectors: Vec<Vec<f64>> = Vec::new();
                for block in parity_blocks(&kept, &symmetry, &sector) {
                    let folding = block.folding.unwrap();
                    for vector in 0..block.order {
                        let mut dense = vec![0.0; sector.order];
                        for table in &folding.expand {
                            let (row, u) = table[vector];
                            if row != Map::NOWHERE {
                                dense[row as usize] += u;
                            }
                        }
                        vectors.push(dense);
                    }
                }
                assert_eq!(vectors.len(), sector.order);
                for (i, v) in vectors.iter().enumerate() {
                    for (j, w) in vectors.iter().enumerate() {
                        let dot: f64 = v.iter().zip(w).map(|(x, y)| x * y).sum();
                        assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-15);
                    }
                }
            }
        }
    }
}
