//! What a run knows about its own accuracy (specification, section 11).
use super::RunSpec;
use super::shell::RunShell;
use super::truncation::Cut;
use crate::linalg::Ratios;

/// Narrower gaps may cut through a multiplet that J has split (rescaled energies).
const NARROW_GAP: f64 = 0.05;

/// A smaller budget in the first shells spoils the RKKY scale, down to wrong signs.
const EARLY_BUDGET: usize = 2400;
const EARLY_SHELLS: u32 = 4;

/// Collected while a run goes through its shells.
#[derive(Debug, Clone, Default)]
pub(super) struct Quality {
    z: f64,
    pub ladder_orthogonality: f64,
    pub ratios: Ratios,
    pub matrices: u64,
    pub kept_max: usize,
    pub sector_max: usize,
    /// Narrowest gap at a cut, rescaled; infinite if nothing was cut.
    pub gap_min: f64,
    pub warnings: Vec<String>,
}

impl Quality {
    pub(super) fn new(spec: &RunSpec, ladder_orthogonality: f64) -> Self {
        let mut quality =
            Self { z: spec.z, ladder_orthogonality, gap_min: f64::INFINITY, ..Self::default() };
        let early = (0..EARLY_SHELLS.min(spec.shells.saturating_sub(1)))
            .find(|&n| spec.truncation.budget(n) < EARLY_BUDGET);
        if let Some(n) = early {
            quality.warn(&format!(
                "truncation.max_states allows {} states in shell {n}: below {EARLY_BUDGET} in shells \
                 0-3 even the sign of the spin correlation can be wrong",
                spec.truncation.budget(n)
            ));
        }
        quality
    }

    fn warn(&mut self, text: &str) {
        self.warnings.push(format!("z = {}: {text}", self.z));
    }

    pub(super) fn saw_shell(&mut self, shell: &RunShell, cut: Option<Cut>, n: u32) {
        self.matrices += shell.sectors.values().map(|s| s.blocks.len() as u64).sum::<u64>();
        self.ratios = Ratios::worst([&self.ratios, &shell.ratios]);
        self.sector_max = self.sector_max.max(shell.largest);
        let Some(cut) = cut else { return };
        self.kept_max = self.kept_max.max(cut.kept);
        self.gap_min = self.gap_min.min(cut.gap);
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
