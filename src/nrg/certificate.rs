//! What a run knows about its own accuracy (specification, section 11).
use super::complete::forward::Tree;
use super::shell::RunShell;
use super::truncation::Cut;
use super::{RunSpec, Truncation};
use crate::linalg::Ratios;

/// Narrower gaps may cut through a multiplet that J has split (rescaled energies).
const NARROW_GAP: f64 = 0.05;

/// A smaller budget in the first shells spoils the RKKY scale, down to wrong signs.
const EARLY_BUDGET: usize = 2400;
const EARLY_SHELLS: u32 = 4;

/// The traps of the truncation (specification, section 6), and the warnings of a run that is in one.
#[derive(Debug, Clone, Default)]
pub(super) struct Traps {
    z: f64,
    pub warnings: Vec<String>,
}

impl Traps {
    /// Trap 1: a small budget in the first shells.
    pub(super) fn new(z: f64, truncation: &Truncation, shells: u32) -> Self {
        let mut traps = Self { z, warnings: Vec::new() };
        let early = (0..EARLY_SHELLS.min(shells.saturating_sub(1)))
            .find(|&n| truncation.budget(n) < EARLY_BUDGET);
        if let Some(n) = early {
            traps.warn(&format!(
                "truncation.max_states allows {} states in shell {n}: below {EARLY_BUDGET} in shells \
                 0-3 even the sign of the spin correlation can be wrong",
                truncation.budget(n)
            ));
        }
        traps
    }

    fn warn(&mut self, text: &str) {
        self.warnings.push(format!("z = {}: {text}", self.z));
    }

    /// Trap 2: a cut in a narrow gap of shell `n`, or by the budget alone.
    pub(super) fn saw(&mut self, cut: Cut, n: u32) {
        if cut.gap < NARROW_GAP {
            self.warn(&format!(
                "shell {n} is cut in a gap of {:.4} (rescaled): a gap below {NARROW_GAP} may lie \
                 inside a split multiplet",
                cut.gap
            ));
        }
        if cut.over_budget {
            self.warn(&format!(
                "shell {n} has more states below truncation.energy than truncation.max_states allows"
            ));
        }
    }
}

/// The traps of a run with all sectors; its last shell's cut does not count.
pub(super) fn traps_of_tree(tree: &Tree, truncation: &Truncation, z: f64) -> Vec<String> {
    let mut traps = Traps::new(z, truncation, tree.shells.len() as u32);
    let before_last = tree.shells.split_last().map_or(&[][..], |(_, shells)| shells);
    for (n, shell) in before_last.iter().enumerate() {
        let (mut kept, mut level) = (0, f64::NEG_INFINITY);
        let (mut next, mut below) = (f64::INFINITY, 0);
        for sector in shell.sectors.values() {
            let (inside, outside) = sector.energies.split_at(sector.kept);
            kept += inside.len();
            level = inside.last().copied().unwrap_or(level).max(level);
            next = outside.first().copied().unwrap_or(next).min(next);
            below += sector.energies.partition_point(|&e| e <= truncation.energy);
        }
        let over_budget = truncation.budget(n as u32) < below;
        traps.saw(Cut { kept, level, gap: next - level, over_budget }, n as u32);
    }
    traps.warnings
}

/// Collected while a run goes through its shells.
#[derive(Debug, Clone, Default)]
pub(super) struct Quality {
    pub ladder_orthogonality: f64,
    pub ratios: Ratios,
    pub matrices: u64,
    pub kept_max: usize,
    pub sector_max: usize,
    /// Narrowest gap at a cut, rescaled; infinite if nothing was cut.
    pub gap_min: f64,
    traps: Traps,
}

impl Quality {
    pub(super) fn new(spec: &RunSpec, ladder_orthogonality: f64) -> Self {
        let traps = Traps::new(spec.z, &spec.truncation, spec.shells);
        Self { ladder_orthogonality, gap_min: f64::INFINITY, traps, ..Self::default() }
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.traps.warnings
    }

    pub(super) fn saw_shell(&mut self, shell: &RunShell, cut: Option<Cut>, n: u32) {
        self.matrices += shell.sectors.values().map(|s| s.blocks.len() as u64).sum::<u64>();
        self.ratios = Ratios::worst([&self.ratios, &shell.ratios]);
        self.sector_max = self.sector_max.max(shell.largest);
        let Some(cut) = cut else { return };
        self.kept_max = self.kept_max.max(cut.kept);
        self.gap_min = self.gap_min.min(cut.gap);
        self.traps.saw(cut, n);
    }
}
