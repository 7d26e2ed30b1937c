//! Down the shells: Hamiltonian, levels, cut, operators between kept states.
use std::collections::BTreeMap;

use super::blocks::{Basis, Blocks, Sector, Sectors, Segment, local_blocks, members, on_host};
use super::chain::Chain;
use super::fock::{self, Small};
use super::start::Start;
use crate::linalg::{
    Batch, Certify, Device, EighOptions, HostBatch, LinalgError, Ragged, Ratios, Shape,
};
use crate::nrg::Truncation;
use crate::nrg::space::Label;
use crate::stop::Stop;

/// One shell on the way back up.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Shell {
    pub omega: f64,
    /// Ground energy above that of the shell before, units of D.
    pub ground_step: f64,
    pub sectors: Sectors,
    /// What the Hamiltonian is made of, to diagonalize it again where the vectors are not stored.
    before: Before,
    vectors: Option<Batch>,
    /// The operators between the states before this shell (the start's product states for shell 0).
    pub operators: Vec<Blocks>,
}

/// Kept states before a shell, and f_{n-1,m} between them.
#[derive(Debug, Clone)]
struct Before {
    /// Energies by label, rescaled by the shell before; zero for the start.
    energies: BTreeMap<Label, Vec<f64>>,
    /// omega_{n-1} / omega_n
    rescale: f64,
    hops: Vec<Blocks>,
}

/// All shells of one run.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Tree {
    pub start: Start,
    pub chain: Chain,
    pub shells: Vec<Shell>,
    /// The worst of all diagonalized blocks.
    pub ratios: Ratios,
}

/// What a run needs besides its model.
#[derive(Clone, Copy)]
pub(in crate::nrg) struct Means<'a> {
    pub device: &'a dyn Device,
    pub stop: &'a dyn Stop,
    /// Bytes of eigenvectors held for the way back; shells beyond it are diagonalized twice.
    pub vector_bytes: usize,
}

/// Runs all shells of `chain`; the last one is cut like the others, so that any shell can serve as
/// the last one of the way back.
pub(in crate::nrg) fn forward(
    start: Start,
    chain: Chain,
    truncation: &Truncation,
    means: Means,
) -> Result<Tree, LinalgError> {
    let Means { device, stop, .. } = means;
    let mut budget = means.vector_bytes;
    let mut tree = Tree { start, chain, shells: Vec::new(), ratios: Ratios::default() };
    let mut before = tree.first(device)?;
    let mut operators = tree.start_operators(device)?;
    for n in 0..tree.chain.shells() {
        let mut sectors = tree.sectors(n, &before.energies);
        let hamiltonian = tree.hamiltonian(n, &sectors, &before, device)?;
        let (vectors, ground, ratios) = diagonalize(device, hamiltonian, &mut sectors, stop)?;
        tree.ratios = Ratios::worst([&tree.ratios, &ratios]);
        truncate(&mut sectors, truncation, n as u32);
        let basis = Basis { device, stop, sectors: &sectors, vectors: &vectors };
        let next_hops = tree.hops(n, &before, &basis)?;
        let next_operators =
            operators.iter().map(|old| basis.rotate_kept(old)).collect::<Result<_, _>>()?;
        let bytes = sectors.values().map(|s| 8 * s.order * s.order).sum::<usize>();
        let stored = bytes <= budget;
        budget -= if stored { bytes } else { 0 };
        let omega = tree.chain.omegas[n];
        let kept = sectors.iter().filter(|(_, s)| s.kept != 0);
        let energies = kept.map(|(&label, s)| (label, s.energies[..s.kept].to_vec())).collect();
        let rescale = tree.chain.omegas.get(n + 1).map_or(1.0, |next| omega / next);
        let next = Before { energies, rescale, hops: next_hops };
        tree.shells.push(Shell {
            omega,
            ground_step: ground * omega,
            sectors,
            before: std::mem::replace(&mut before, next),
            vectors: stored.then_some(vectors),
            operators: std::mem::replace(&mut operators, next_operators),
        });
    }
    Ok(tree)
}

impl Tree {
    /// The eigenvectors of shell n: stored, or computed once more with the same bits.
    pub(in crate::nrg) fn vectors(&self, n: usize, means: Means) -> Result<Batch, LinalgError> {
        let shell = &self.shells[n];
        if let Some(vectors) = &shell.vectors {
            return Ok(vectors.clone());
        }
        let hamiltonian = self.hamiltonian(n, &shell.sectors, &shell.before, means.device)?;
        let mut sectors = shell.sectors.clone();
        Ok(diagonalize(means.device, hamiltonian, &mut sectors, means.stop)?.0)
    }

    /// The start's product states as the kept states before shell 0.
    fn first(&self, device: &dyn Device) -> Result<Before, LinalgError> {
        let members = members(&self.start.labels);
        let energies = members.into_iter().map(|(label, states)| (label, vec![0.0; states.len()]));
        let hops = self.start.hops.iter().enumerate().map(|(mode, matrix)| {
            local_blocks(device, &self.start.labels, fock::annihilation(mode), matrix)
        });
        Ok(Before {
            energies: energies.collect(),
            rescale: 1.0,
            hops: hops.collect::<Result<_, _>>()?,
        })
    }

    fn start_operators(&self, device: &dyn Device) -> Result<Vec<Blocks>, LinalgError> {
        let labels = &self.start.labels;
        let operators = self.start.operators.iter();
        operators.map(|local| local_blocks(device, labels, local.change, &local.matrix)).collect()
    }

    /// The labels of the states that shell n adds.
    fn added(&self, n: usize) -> Vec<Label> {
        if n == 0 { vec![Label::new(0, 0)] } else { fock::labels(self.chain.modes) }
    }

    fn sectors(&self, n: usize, kept: &BTreeMap<Label, Vec<f64>>) -> Sectors {
        let mut sectors = Sectors::new();
        for (rung, &added) in self.added(n).iter().enumerate() {
            for (&old, energies) in kept {
                let sector = sectors.entry(old.shifted(added)).or_insert_with(|| Sector {
                    segments: Vec::new(),
                    order: 0,
                    energies: Vec::new(),
                    kept: 0,
                    matrix: 0,
                });
                let (start, len) = (sector.order, energies.len());
                sector.segments.push(Segment { old, rung, start, len });
                sector.order += len;
            }
        }
        for (matrix, sector) in sectors.values_mut().enumerate() {
            sector.matrix = matrix;
        }
        sectors
    }

    /// Blocks in units of omega_n.
    fn hamiltonian(
        &self,
        n: usize,
        sectors: &Sectors,
        before: &Before,
        device: &dyn Device,
    ) -> Result<Ragged<f64>, LinalgError> {
        let shapes: Vec<Shape> = sectors.values().map(|s| Shape::square(s.order)).collect();
        let mut blocks = Ragged::zeros(&shapes);
        let omega = self.chain.omegas[n];
        if n == 0 {
            let members = members(&self.start.labels);
            for (label, sector) in sectors {
                let block = blocks.matrix_mut(sector.matrix);
                fill_local(block, &members[label], &self.start.hamiltonian, 1.0 / omega);
            }
            return Ok(blocks);
        }
        let f = fock::annihilators(self.chain.modes);
        for sector in sectors.values() {
            let block = blocks.matrix_mut(sector.matrix);
            fill_diagonal(block, sector, before);
            fill_rung(block, sector, &self.chain.rungs[n], 1.0 / omega);
        }
        for (mode, hop) in before.hops.iter().enumerate() {
            let elements = on_host(device, &hop.batch)?;
            let bond = self.chain.bonds[n][mode] / omega;
            for sector in sectors.values() {
                let block = blocks.matrix_mut(sector.matrix);
                fill_hop(block, sector, (hop, &elements), &f[mode], bond);
            }
        }
        Ok(blocks)
    }

    /// f_{n,m} between the kept states of shell n.
    fn hops(&self, n: usize, before: &Before, basis: &Basis) -> Result<Vec<Blocks>, LinalgError> {
        if n == 0 {
            return before.hops.iter().map(|hop| basis.rotate_kept(hop)).collect();
        }
        let f = fock::annihilators(self.chain.modes);
        let modes = f.iter().enumerate();
        modes.map(|(mode, f)| basis.rung_operator(fock::annihilation(mode), f)).collect()
    }
}

fn fill_local(block: &mut [f64], states: &[usize], matrix: &Small, scale: f64) {
    for (i, &row) in states.iter().enumerate() {
        for (j, &col) in states.iter().enumerate() {
            block[i * states.len() + j] = scale * matrix.get(row, col);
        }
    }
}

fn fill_diagonal(block: &mut [f64], sector: &Sector, before: &Before) {
    for segment in &sector.segments {
        for (i, energy) in before.energies[&segment.old].iter().enumerate() {
            block[(segment.start + i) * (sector.order + 1)] = energy * before.rescale;
        }
    }
}

fn fill_rung(block: &mut [f64], sector: &Sector, rung: &Small, scale: f64) {
    for col in &sector.segments {
        for row in sector.segments.iter().filter(|row| row.old == col.old) {
            let value = scale * rung.get(row.rung, col.rung);
            for i in 0..col.len {
                block[(row.start + i) * sector.order + col.start + i] += value;
            }
        }
    }
}

/// bond (f+_{n-1} f_n + h.c.): <k'| f+ (-1)^N |k> <r'| f |r> and its transpose.
fn fill_hop(
    block: &mut [f64],
    sector: &Sector,
    (hop, elements): (&Blocks, &Ragged<f64>),
    f: &Small,
    bond: f64,
) {
    for col in &sector.segments {
        for row in &sector.segments {
            let value = bond * col.old.fermion_sign() * f.get(row.rung, col.rung);
            if value == 0.0 || row.old.shifted(hop.change) != col.old {
                continue;
            }
            let Some(&matrix) = hop.table.get(&row.old) else { continue };
            let lowering = elements.matrix(matrix);
            for i in 0..row.len {
                for j in 0..col.len {
                    let element = value * lowering[j * row.len + i];
                    let (r, c) = (row.start + i, col.start + j);
                    block[r * sector.order + c] += element;
                    block[c * sector.order + r] += element;
                }
            }
        }
    }
}

/// Fills in the levels; returns vectors, ground energy and the worst ratios.
fn diagonalize(
    device: &dyn Device,
    hamiltonian: Ragged<f64>,
    sectors: &mut Sectors,
    stop: &dyn Stop,
) -> Result<(Batch, f64, Ratios), LinalgError> {
    let batch = device.upload(HostBatch::F64(hamiltonian))?;
    let mut eigh =
        device.eigh(&batch, EighOptions { vectors: true, certify: Certify::Probed }, stop)?;
    let ground =
        eigh.values.iter().filter_map(|v| v.first().copied()).fold(f64::INFINITY, f64::min);
    for sector in sectors.values_mut() {
        sector.energies = std::mem::take(&mut eigh.values[sector.matrix]);
        sector.energies.iter_mut().for_each(|e| *e -= ground);
    }
    let ratios = Ratios::worst(&eigh.ratios);
    let vectors = eigh.vectors.ok_or(LinalgError::DeviceLost {
        reason: "eigenvectors were asked for and did not come".into(),
    })?;
    Ok((vectors, ground, ratios))
}

fn truncate(sectors: &mut Sectors, truncation: &Truncation, n: u32) {
    let mut levels: Vec<f64> = sectors.values().flat_map(|s| &s.energies).copied().collect();
    levels.sort_by(f64::total_cmp);
    let cut = truncation.cut(&levels, n);
    for sector in sectors.values_mut() {
        sector.kept = sector.energies.partition_point(|&e| e <= cut.level);
    }
}
