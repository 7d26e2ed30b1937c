//! One shell of all runs in lockstep: assemble the Hamiltonian blocks, diagonalize them in one batch,
//! cut, and expand the wanted eigenvectors to the product basis.
use std::collections::BTreeMap;

use super::elements::Selection;
use super::operators::{BlockTable, Operator};
use super::parity::{ParityBlock, RungSymmetry, flip_table, parity_blocks};
use super::rung::{RungMatrix, STATES};
use super::space::{KeptSector, KeptSpace, Label, ProductSector, product_sectors};
use super::truncation::Cut;
use crate::linalg::{
    Batch, Certify, Device, Diagonal, Dtype, EighOptions, HostBatch, LinalgError, Map, Op,
    Placement, Ragged, Ratios, Shape, Source, Window,
};
use crate::stop::Stop;

/// One diagonalized block of a sector.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub parity: ParityBlock,
    /// Index of its eigenvectors in the shell's batch.
    pub matrix: usize,
    /// All levels, rescaled, above the ground state of the shell; ascending.
    pub energies: Vec<f64>,
    /// How many of them are kept.
    pub kept: usize,
    /// How many are needed in observables: the kept ones and the discarded ones that carry weight.
    pub active: usize,
}

/// One sector of one run.
#[derive(Debug, Clone)]
pub(super) struct Sector {
    pub product: ProductSector,
    pub blocks: Vec<Block>,
}

/// A range of eigenvectors of one block, and its place among the columns of the sector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub block: usize,
    pub first: usize,
    pub len: usize,
    pub dest: usize,
}

impl Sector {
    pub(super) fn kept(&self) -> usize {
        self.blocks.iter().map(|b| b.kept).sum()
    }

    pub(super) fn active(&self) -> usize {
        self.blocks.iter().map(|b| b.active).sum()
    }

    /// Columns of the sector's states: the kept ones of all blocks, then the other active ones.
    pub(super) fn columns(&self) -> Vec<Columns> {
        let (mut list, mut dest) = (Vec::new(), 0);
        let kept = self.blocks.iter().map(|b| (0, b.kept));
        let others = self.blocks.iter().map(|b| (b.kept, b.active - b.kept));
        for (index, (first, len)) in kept.chain(others).enumerate() {
            if len != 0 {
                list.push(Columns { block: index % self.blocks.len(), first, len, dest });
                dest += len;
            }
        }
        list
    }

    /// Energies of the active states in the order of [`Self::columns`].
    pub(super) fn active_energies(&self) -> Vec<f64> {
        let columns = self.columns();
        let energies = columns.iter().map(|c| &self.blocks[c.block].energies[c.first..][..c.len]);
        energies.flatten().copied().collect()
    }
}

/// All sectors of one run at one shell.
#[derive(Debug, Clone)]
pub(super) struct RunShell {
    pub sectors: BTreeMap<Label, Sector>,
    /// Product sectors of 2 S_z = -1, images of +1 under F (needed by the raising operators).
    pub images: BTreeMap<Label, ProductSector>,
    /// E_n^g in units of D: the ground energy of this shell above that of the last one.
    pub ground_step: f64,
    /// Order of the largest block diagonalized.
    pub largest: usize,
    /// The worst of all blocks.
    pub ratios: Ratios,
    pub symmetry: RungSymmetry,
}

/// A term of the Hamiltonian: (operator of the kept states) x (rung matrix) + h.c.
#[derive(Debug, Clone)]
pub(super) struct Term<K> {
    pub operator: K,
    pub rung: RungMatrix,
    /// Whether the rung matrix carries (-1)^N of the kept states (of the row).
    pub fermionic: bool,
}

/// What one run brings to the Hamiltonian of a shell, energies in units of omega_n.
pub(super) struct Assembly<'a, K> {
    pub kept: &'a KeptSpace,
    /// omega_{n-1} / omega_n: rescales the kept energies.
    pub rescale: f64,
    pub terms: Vec<Term<K>>,
    pub table: &'a BlockTable<K>,
    /// On the rung alone: a_n sum_s (f+_+ f_- + h.c.) / omega_n.
    pub rung: RungMatrix,
    pub n: u32,
}

impl<K: Operator> Assembly<'_, K> {
    /// Sectors and blocks to diagonalize, the Hamiltonian not yet in them.
    pub(super) fn sectors(&self) -> RunShell {
        let symmetry = RungSymmetry::new(self.n);
        let mut sectors = BTreeMap::new();
        let mut largest = 0;
        for product in product_sectors(self.kept) {
            let blocks: Vec<Block> = parity_blocks(self.kept, &symmetry, &product)
                .into_iter()
                .map(|parity| Block { parity, matrix: 0, energies: vec![], kept: 0, active: 0 })
                .collect();
            largest = blocks.iter().map(|b| b.parity.order).fold(largest, usize::max);
            sectors.insert(product.label, Sector { product, blocks });
        }
        RunShell {
            sectors,
            images: BTreeMap::new(),
            ground_step: 0.0,
            largest,
            ratios: Ratios::default(),
            symmetry,
        }
    }

    /// Placements of this run's Hamiltonian; source batch 0 holds the operator blocks, batch 1 one
    /// identity matrix of at least the largest kept sector's size.
    pub(super) fn place(
        &self,
        shell: &RunShell,
        placements: &mut Vec<Placement>,
        diagonals: &mut Vec<Diagonal>,
    ) {
        for sector in shell.sectors.values() {
            let product = &sector.product;
            let mut pieces = self.rung_pieces(product);
            for term in &self.terms {
                self.term_pieces(product, term, &mut pieces);
            }
            for block in &sector.blocks {
                placements.extend(pieces.iter().map(|piece| piece.placement(block)));
                diagonals.push(self.diagonal(product, block));
            }
        }
    }

    fn rung_pieces(&self, product: &ProductSector) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for col in &product.segments {
            for row in product.segments.iter().filter(|row| row.old == col.old) {
                let scale = self.rung[row.rung][col.rung];
                if scale != 0.0 {
                    let source = Source { batch: 1, matrix: 0 };
                    let shape = Shape::square(col.len);
                    let (row, col) = (row.start, col.start);
                    pieces.push(Piece { source, op: Op::None, shape, scale, row, col });
                }
            }
        }
        pieces
    }

    fn term_pieces(&self, product: &ProductSector, term: &Term<K>, pieces: &mut Vec<Piece>) {
        for col in &product.segments {
            let old_row = col.old.shifted(term.operator.change());
            let Some(&matrix) = self.table.get(&(term.operator, col.old)) else { continue };
            for (row_rung, values) in term.rung.iter().enumerate() {
                let value = values[col.rung];
                let Some(row) = product.find(old_row, row_rung).filter(|_| value != 0.0) else {
                    continue;
                };
                let sign = if term.fermionic { row.old.fermion_sign() } else { 1.0 };
                let source = Source { batch: 0, matrix };
                let scale = value * sign;
                let (r, c) = (row.start, col.start);
                let shape = Shape::new(row.len, col.len);
                pieces.push(Piece { source, op: Op::None, shape, scale, row: r, col: c });
                let shape = Shape::new(col.len, row.len);
                pieces.push(Piece { source, op: Op::Adjoint, shape, scale, row: c, col: r });
            }
        }
    }

    /// Rescaled energies of the kept states, on the block's basis vectors.
    fn diagonal(&self, product: &ProductSector, block: &Block) -> Diagonal {
        let mut entries = Vec::with_capacity(block.parity.order);
        for segment in &product.segments {
            let Some(sector) = self.kept.get(segment.old) else { continue };
            for (i, energy) in sector.energies.iter().enumerate() {
                let row = segment.start + i;
                let vector = match &block.parity.folding {
                    None => row as u32,
                    Some(folding) => folding.representative[row].0,
                };
                if vector != Map::NOWHERE {
                    entries.push((vector, energy * self.rescale));
                }
            }
        }
        Diagonal { dest: block.matrix, entries }
    }
}

/// A rectangle of the Hamiltonian in the product basis.
struct Piece {
    source: Source,
    op: Op,
    shape: Shape,
    scale: f64,
    row: usize,
    col: usize,
}

impl Piece {
    /// On a parity block: H[v, w] = n_v u_rep sum_y u_y H[rep, y], as H commutes with the symmetries.
    fn placement(&self, block: &Block) -> Placement {
        let (rows, cols) = match &block.parity.folding {
            None => (Map::Shift(self.row), Map::Shift(self.col)),
            Some(folding) => (
                Map::Table { table: folding.representative.clone(), start: self.row },
                Map::Table { table: folding.fold.clone(), start: self.col },
            ),
        };
        Placement {
            source: self.source,
            op: self.op,
            window: Window { row: 0, col: 0, rows: self.shape.rows, cols: self.shape.cols },
            scale: self.scale,
            dest: block.matrix,
            rows,
            cols,
        }
    }
}

/// The batch of one identity matrix for [`Assembly::place`].
pub(super) fn identity(dtype: Dtype, order: usize) -> HostBatch {
    let shape = [Shape::square(order)];
    match dtype {
        Dtype::F64 => {
            let mut ragged = Ragged::zeros(&shape);
            ragged.matrix_mut(0).iter_mut().step_by(order + 1).for_each(|x| *x = 1.0);
            HostBatch::F64(ragged)
        }
        Dtype::C128 => {
            let mut ragged = Ragged::zeros(&shape);
            let one = num_complex::Complex64::new(1.0, 0.0);
            ragged.matrix_mut(0).iter_mut().step_by(order + 1).for_each(|x| *x = one);
            HostBatch::C128(ragged)
        }
    }
}

/// Diagonalizes all blocks; fills in levels, ground energies and ratios. `omegas`: omega_n of each run.
/// Returns the eigenvectors of every block, in the basis of its parity vectors.
pub(super) fn diagonalize(
    device: &dyn Device,
    hamiltonian: &Batch,
    shells: &mut [RunShell],
    omegas: &[f64],
    stop: &dyn Stop,
) -> Result<Batch, LinalgError> {
    let options = EighOptions { vectors: true, certify: Certify::Probed };
    let mut eigh = device.eigh(hamiltonian, options, stop)?;
    for (shell, omega) in shells.iter_mut().zip(omegas) {
        let blocks = shell.sectors.values().flat_map(|s| &s.blocks);
        shell.ratios = Ratios::worst(blocks.clone().filter_map(|b| eigh.ratios.get(b.matrix)));
        let ground = blocks
            .filter_map(|b| eigh.values[b.matrix].first().copied())
            .fold(f64::INFINITY, f64::min);
        for block in shell.sectors.values_mut().flat_map(|s| &mut s.blocks) {
            block.energies = std::mem::take(&mut eigh.values[block.matrix]);
            block.energies.iter_mut().for_each(|e| *e -= ground);
        }
        shell.ground_step = ground * omega;
    }
    eigh.vectors.ok_or(LinalgError::DeviceLost {
        reason: "eigenvectors were asked for and did not come".into(),
    })
}

impl RunShell {
    /// All levels of the shell, ascending.
    pub(super) fn levels(&self, symmetric: bool) -> Vec<f64> {
        let mut levels = Vec::new();
        for (&label, sector) in &self.sectors {
            for _ in 0..label.multiplicity(symmetric) {
                levels.extend(sector.blocks.iter().flat_map(|b| &b.energies));
            }
        }
        levels.sort_by(f64::total_cmp);
        levels
    }

    /// Keeps the states up to the cut (none for the last shell).
    pub(super) fn keep(&mut self, cut: Option<Cut>) {
        for block in self.sectors.values_mut().flat_map(|s| &mut s.blocks) {
            block.kept = cut.map_or(0, |cut| block.energies.partition_point(|&e| e <= cut.level));
            block.active = block.active.max(block.kept);
        }
    }

    /// Whether discarded states carry weight.
    pub(super) fn is_hot(&self) -> bool {
        self.sectors.values().any(|sector| sector.kept() < sector.active())
    }

    /// The lowest discarded level, rescaled; infinite if there is none.
    pub(super) fn lowest_discarded(&self) -> f64 {
        let blocks = self.sectors.values().flat_map(|sector| &sector.blocks);
        blocks.filter_map(|b| b.energies.get(b.kept)).copied().fold(f64::INFINITY, f64::min)
    }

    /// Marks all states as active, if any discarded one is.
    pub(super) fn all_or_none(&mut self) {
        if self.is_hot() {
            let blocks = self.sectors.values_mut().flat_map(|sector| &mut sector.blocks);
            blocks.for_each(|block| block.active = block.energies.len());
        }
    }

    /// Marks discarded states as not active.
    pub(super) fn forget_discarded(&mut self) {
        let blocks = self.sectors.values_mut().flat_map(|sector| &mut sector.blocks);
        blocks.for_each(|block| block.active = block.kept);
    }

    /// Keeps and marks the same states as in `found`, the same shell diagonalized before.
    pub(super) fn cut_like(&mut self, found: &Self) {
        for (sector, other) in self.sectors.values_mut().zip(found.sectors.values()) {
            for (block, other) in sector.blocks.iter_mut().zip(&other.blocks) {
                (block.kept, block.active) = (other.kept, other.active);
            }
        }
    }

    /// Forgets the maps that only diagonalization and rotation need.
    pub(super) fn forget_maps(&mut self) {
        for block in self.sectors.values_mut().flat_map(|sector| &mut sector.blocks) {
            block.parity.folding = None;
        }
    }

    /// The kept states as the basis of the next shell.
    pub(super) fn kept_space(&self, symmetric: bool) -> KeptSpace {
        let mut sectors = BTreeMap::new();
        for (&label, sector) in &self.sectors {
            let mut kept = KeptSector::default();
            for block in &sector.blocks {
                kept.energies.extend(&block.energies[..block.kept]);
                let signs = |parity: f64| std::iter::repeat_n(parity, block.kept);
                if label.two_sz == 0 {
                    kept.flip.extend(signs(block.parity.flip));
                }
                if label.charge == 0 {
                    kept.hole.extend(signs(block.parity.hole));
                }
            }
            if !kept.energies.is_empty() {
                sectors.insert(label, kept);
            }
        }
        KeptSpace { symmetric, sectors }
    }
}

/// Eigenvectors of every sector in the product basis, and where they stand.
pub(super) struct States {
    /// 0: stored sectors; 1: images of 2 S_z = +1 at -1.
    pub batches: [Batch; 2],
    /// For each run: label -> matrix.
    pub sources: Vec<BTreeMap<Label, Source>>,
}

/// Expands the selected columns of all sectors of all runs. Rows: product states.
pub(super) fn expand(
    device: &dyn Device,
    dtype: Dtype,
    vectors: &Batch,
    shells: &mut [RunShell],
    olds: &[&KeptSpace],
    selection: Selection,
) -> Result<States, LinalgError> {
    let (mut shapes, mut placements) = (Vec::new(), Vec::new());
    let mut sources = vec![BTreeMap::new(); shells.len()];
    for (shell, sources) in shells.iter().zip(&mut sources) {
        for (&label, sector) in &shell.sectors {
            let dest = shapes.len();
            sources.insert(label, Source { batch: 0, matrix: dest });
            shapes.push(Shape::new(sector.product.order, selection.of(sector).0));
            for columns in selection.columns(sector) {
                expand_columns(&sector.blocks[columns.block], columns, dest, &mut placements);
            }
        }
    }
    let stored = device.gather(dtype, &shapes, &[vectors], &placements, &[])?;
    let (mut shapes, mut placements) = (Vec::new(), Vec::new());
    for ((shell, old), sources) in shells.iter_mut().zip(olds).zip(&mut sources) {
        if !old.symmetric {
            continue;
        }
        let stored = shell.sectors.iter().filter(|(label, _)| label.two_sz == 1);
        for (&label, sector) in stored {
            let image = Label::new(label.charge, -1);
            let product = ProductSector::new(old, image);
            let table = flip_table(old, &shell.symmetry, &sector.product, &product);
            let (rows, cols) = (product.order, selection.of(sector).0);
            placements.push(Placement {
                source: sources[&label],
                op: Op::None,
                window: Window { row: 0, col: 0, rows, cols },
                scale: 1.0,
                dest: shapes.len(),
                rows: Map::Table { table, start: 0 },
                cols: Map::Shift(0),
            });
            sources.insert(image, Source { batch: 1, matrix: shapes.len() });
            shapes.push(Shape::new(rows, cols));
            shell.images.insert(image, product);
        }
    }
    let images = device.gather(dtype, &shapes, &[&stored], &placements, &[])?;
    Ok(States { batches: [stored, images], sources })
}

fn expand_columns(block: &Block, columns: Columns, dest: usize, list: &mut Vec<Placement>) {
    let window = Window { row: 0, col: columns.first, rows: block.parity.order, cols: columns.len };
    let tables: Vec<Map> = match &block.parity.folding {
        None => vec![Map::Shift(0)],
        Some(folding) => folding
            .expand
            .iter()
            .map(|table| Map::Table { table: table.clone(), start: 0 })
            .collect(),
    };
    for rows in tables {
        list.push(Placement {
            source: Source { batch: 0, matrix: block.matrix },
            op: Op::None,
            window,
            scale: 1.0,
            dest,
            rows,
            cols: Map::Shift(columns.dest),
        });
    }
}

/// a_n sum_s (f+_+s f_-s + h.c.) on one rung, in units of `omega`.
pub(super) fn rung_hamiltonian(a: f64, omega: f64) -> RungMatrix {
    use super::rung::{add, bilinear, mode};
    let mut matrix = [[0.0; STATES]; STATES];
    for spin in 0..2 {
        for (i, j) in [(0, 1), (1, 0)] {
            matrix = add(&matrix, a / omega, &bilinear(mode(i, spin), mode(j, spin)));
        }
    }
    matrix
}
