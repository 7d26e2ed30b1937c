//! Operators carried from shell to shell, and how the symmetries relate their blocks.
//!
//! A block of operator O between kept sectors is stored under (O, column label). With symmetries only
//! some blocks are computed; the others are images under F, P and FP (specification, section 5):
//! from G O G^-1 = s O' (or s O'^T) and G |a, i> = g_i |a', i> follows
//! <a', i| O' |b', j> = s g_i g_j <a, i| O |b, j>.
use std::collections::BTreeMap;

use super::parity::ParityBlock;
use super::rung;
use super::space::{KeptSpace, Label};
use crate::linalg::{Map, Op, Placement, Shape, Source, Window};

/// Sum = S_L + S_R and Diff = (S_L - S_R)/i, z and + components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spin {
    SumZ,
    DiffZ,
    SumPlus,
    DiffPlus,
}

impl Spin {
    pub(super) const ALL: [Self; 4] = [Self::SumZ, Self::DiffZ, Self::SumPlus, Self::DiffPlus];

    pub(super) fn is_plus(self) -> bool {
        matches!(self, Self::SumPlus | Self::DiffPlus)
    }

    pub(super) fn is_diff(self) -> bool {
        matches!(self, Self::DiffZ | Self::DiffPlus)
    }

    /// Whether parity allows elements between two blocks: F Sum_z F = -Sum_z, F Diff_z F = Diff_z,
    /// P Sum P = Sum, P Diff P = -Diff (specification, section 5). F exchanges the directions of the
    /// raising operators and forbids nothing there.
    pub(super) fn connects(self, row: &ParityBlock, col: &ParityBlock) -> bool {
        let flip = if self == Self::SumZ { -1.0 } else { 1.0 };
        let hole = if self.is_diff() { -1.0 } else { 1.0 };
        let flips = self.is_plus() || row.flip * col.flip != -flip;
        flips && row.hole * col.hole != -hole
    }
}

/// An operator with definite change of quantum numbers and known transformation under F and P.
pub(super) trait Operator: Copy + Ord {
    /// Row label minus column label.
    fn change(self) -> Label;
    /// F O F^-1 in terms of another operator.
    fn flipped(self) -> Transformed<Self>;
    /// P O P^-1 for P of shell `n`.
    fn holed(self, n: u32) -> Transformed<Self>;
    /// Whether the block with this column label is computed (the others are images).
    fn is_computed(self, col: Label) -> bool;
}

/// G O G^-1 = sign * operator, or its transpose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transformed<K> {
    pub operator: K,
    pub sign: f64,
    pub transposed: bool,
}

impl Operator for Spin {
    fn change(self) -> Label {
        Label::new(0, if self.is_plus() { 2 } else { 0 })
    }

    fn flipped(self) -> Transformed<Self> {
        let sign = if self == Self::SumZ { -1.0 } else { 1.0 };
        Transformed { operator: self, sign, transposed: self.is_plus() }
    }

    fn holed(self, _: u32) -> Transformed<Self> {
        let sign = if self.is_diff() { -1.0 } else { 1.0 };
        Transformed { operator: self, sign, transposed: false }
    }

    /// The raising operators' block -1/2 -> +1/2 is its own image under F.
    fn is_computed(self, col: Label) -> bool {
        0 <= col.charge && if self.is_plus() { -1 <= col.two_sz } else { 0 <= col.two_sz }
    }
}

/// f_{n, eta, s} of the newest rung, by the index of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hop(pub usize);

impl Hop {
    fn is_down(self) -> bool {
        self.0 % 2 == 1
    }
}

impl Operator for Hop {
    fn change(self) -> Label {
        Label::new(-1, if self.is_down() { 1 } else { -1 })
    }

    fn flipped(self) -> Transformed<Self> {
        Transformed { operator: Self(self.0 ^ 1), sign: 1.0, transposed: false }
    }

    fn holed(self, n: u32) -> Transformed<Self> {
        let minus = [!n.is_multiple_of(2), rung::MODES / 2 <= self.0, self.is_down()];
        let sign = minus.iter().filter(|&&m| m).fold(1.0, |sign, _| -sign);
        Transformed { operator: Self(self.0 ^ 1), sign, transposed: true }
    }

    fn is_computed(self, col: Label) -> bool {
        1 <= col.charge && if self.is_down() { 0 <= col.two_sz } else { 1 <= col.two_sz }
    }
}

/// Where each block of one run stands in the batch of its shell.
pub(super) type BlockTable<K> = BTreeMap<(K, Label), usize>;

/// The blocks to compute: (operator, row label, column label), both sectors not empty.
pub(super) fn computed_blocks<K: Operator>(
    operators: &[K],
    kept: &KeptSpace,
) -> Vec<(K, Label, Label)> {
    let labels = kept.labels();
    let mut list = Vec::new();
    for &operator in operators {
        for &col in &labels {
            let row = col.shifted(operator.change());
            let wanted = !kept.symmetric || operator.is_computed(col);
            if wanted && labels.contains(&row) {
                list.push((operator, row, col));
            }
        }
    }
    list
}

/// Adds to `placements` the copies that turn the computed blocks (matrices `first ...` of source
/// batch 0, in the order of `list`) into all blocks of the run; returns where they stand.
pub(super) fn complete<K: Operator>(
    list: &[(K, Label, Label)],
    kept: &KeptSpace,
    n: u32,
    first: usize,
    shapes: &mut Vec<Shape>,
    placements: &mut Vec<Placement>,
) -> BlockTable<K> {
    let mut table = BlockTable::new();
    for (offset, &(operator, row, col)) in list.iter().enumerate() {
        let original = Image::original(operator, row, col, kept);
        let mut images = vec![original];
        if kept.symmetric {
            let hole = images[0].hole(kept, n);
            let flip = images[0].flip(kept);
            let both = flip.hole(kept, n);
            images.extend([hole, flip, both]);
        }
        for image in images {
            if table.contains_key(&(image.operator, image.col)) {
                continue;
            }
            let dest = shapes.len();
            table.insert((image.operator, image.col), dest);
            shapes.push(Shape::new(image.row_signs.len(), image.col_signs.len()));
            placements.push(image.placement(first + offset, dest));
        }
    }
    table
}

/// A block as the image of a computed one: scale * row sign * column sign * source (or adjoint).
#[derive(Clone)]
struct Image<K> {
    operator: K,
    row: Label,
    col: Label,
    row_signs: Vec<f64>,
    col_signs: Vec<f64>,
    scale: f64,
    adjoint: bool,
}

impl<K: Operator> Image<K> {
    fn original(operator: K, row: Label, col: Label, kept: &KeptSpace) -> Self {
        let ones = |label| vec![1.0; kept.size(label)];
        let (row_signs, col_signs) = (ones(row), ones(col));
        Self { operator, row, col, row_signs, col_signs, scale: 1.0, adjoint: false }
    }

    fn flip(&self, kept: &KeptSpace) -> Self {
        let image = |label: Label| Label::new(label.charge, -label.two_sz);
        self.transform(self.operator.flipped(), image, |label, i| kept.flip_sign(label, i))
    }

    fn hole(&self, kept: &KeptSpace, n: u32) -> Self {
        let image = |label: Label| Label::new(-label.charge, label.two_sz);
        self.transform(self.operator.holed(n), image, |label, i| kept.hole_sign(label, i))
    }

    fn transform(
        &self,
        rule: Transformed<K>,
        image: impl Fn(Label) -> Label,
        sign: impl Fn(Label, usize) -> f64,
    ) -> Self {
        let apply = |label: Label, signs: &[f64]| -> Vec<f64> {
            signs.iter().enumerate().map(|(i, s)| s * sign(label, i)).collect()
        };
        let (mut row, mut col) = (image(self.row), image(self.col));
        let mut row_signs = apply(self.row, &self.row_signs);
        let mut col_signs = apply(self.col, &self.col_signs);
        if rule.transposed {
            std::mem::swap(&mut row, &mut col);
            std::mem::swap(&mut row_signs, &mut col_signs);
        }
        Self {
            operator: rule.operator,
            row,
            col,
            row_signs,
            col_signs,
            scale: self.scale * rule.sign,
            adjoint: self.adjoint != rule.transposed,
        }
    }

    fn placement(&self, matrix: usize, dest: usize) -> Placement {
        let signs = |list: &[f64]| {
            let table = list.iter().enumerate().map(|(i, &s)| (i as u32, s)).collect();
            Map::Table { table, start: 0 }
        };
        Placement {
            source: Source { batch: 0, matrix },
            op: if self.adjoint { Op::Adjoint } else { Op::None },
            window: Window {
                row: 0,
                col: 0,
                rows: self.row_signs.len(),
                cols: self.col_signs.len(),
            },
            scale: self.scale,
            dest,
            rows: signs(&self.row_signs),
            cols: signs(&self.col_signs),
        }
    }
}
