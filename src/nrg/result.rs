//! What one run yields: scalars by name for every temperature, and a record per shell.
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Model;
use super::error_bars::{self, ErrorBar};
use super::ledger::{STATIC_SP_SM, STATIC_SZ_SZ, Thermal};
use super::run::Run;
use super::shell::RunShell;
use super::space::Label;
use super::truncation::Cut;

/// Name, unit and meaning of a stored number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    /// "D", "1/D", "1"
    pub unit: &'static str,
    pub long_name: &'static str,
}

pub(super) const fn column(
    name: &'static str,
    unit: &'static str,
    long_name: &'static str,
) -> Column {
    Column { name, unit, long_name }
}

/// The scalars of one stored unit (parameters, one z, one temperature), in the order of their values.
pub const UNIT_COLUMNS: &[Column] = &[
    column("sz_sz", "1", "<S_L^z S_R^z>"),
    column("sx_sx", "1", "<S_L^x S_R^x> = Re <S_L^+ S_R^-> / 2"),
    column("chi_longitudinal_intra", "1/D", "static susceptibility of S_L^z"),
    column("chi_longitudinal_inter", "1/D", "static susceptibility of S_L^z with S_R^z"),
    column("chi_transverse_intra", "1/D", "static susceptibility of S_L^+/sqrt2"),
    column("chi_transverse_inter", "1/D", "static susceptibility of S_L^+/sqrt2 with S_R^+/sqrt2"),
    column("sum_longitudinal_intra", "1", "spectral weight of S_L^z, 1/4 exactly"),
    column("sum_longitudinal_inter", "1", "spectral weight of S_L^z with S_R^z, sz_sz exactly"),
    column("sum_transverse_intra", "1", "spectral weight of S_L^+/sqrt2, 1/4 exactly"),
    column(
        "sum_transverse_inter",
        "1",
        "spectral weight of S_L^+/sqrt2 with S_R^+/sqrt2, sx_sx exactly",
    ),
    column("entropy", "1", "total entropy in units of k_B"),
    column("energy_above_ground", "D", "<H> above the ground state"),
    column("ground_energy", "D", "ground state energy of the whole ladder"),
    column("discarded_weight", "1", "thermal weight of the states discarded before the last shell"),
    column("sum_rule_error", "1", "largest deviation of a spectral weight from its exact value"),
    column("shells", "1", "number of shells"),
    column("kept_max", "1", "most kept states of a shell"),
    column("sector_max", "1", "order of the largest block diagonalized"),
    column("gap_min", "1", "narrowest gap at a cut, rescaled"),
    column("ladder_orthogonality", "1", "largest overlap of two Lanczos vectors"),
    column("eigen_residual", "1", "largest |A V - V L| / (n |A| eps)"),
    column("eigen_orthogonality", "1", "largest |V^T V - 1| / (n eps)"),
    column("matrices", "1", "matrices diagonalized"),
];

/// Levels recorded per shell.
const LEVELS: usize = 12;

/// The numbers of one shell, in the order of their values.
pub const SHELL_COLUMNS: &[Column] = &[
    column("omega", "D", "energy scale omega_n of the shell"),
    column("states", "1", "states before the cut"),
    column("kept", "1", "kept states"),
    column("cut", "1", "highest kept level, rescaled"),
    column("gap", "1", "gap above the highest kept level, rescaled"),
    column("ground_energy_step", "D", "ground energy above that of the shell before"),
    column("weight_q0_sz0", "1", "weight of Q = 0, S_z = 0 at temperature omega_n / 4"),
    column("weight_q0_sz1", "1", "weight of Q = 0, S_z = 1 at temperature omega_n / 4"),
    column("level_0", "1", "lowest levels of the shell, rescaled"),
    column("level_1", "1", "lowest levels of the shell, rescaled"),
    column("level_2", "1", "lowest levels of the shell, rescaled"),
    column("level_3", "1", "lowest levels of the shell, rescaled"),
    column("level_4", "1", "lowest levels of the shell, rescaled"),
    column("level_5", "1", "lowest levels of the shell, rescaled"),
    column("level_6", "1", "lowest levels of the shell, rescaled"),
    column("level_7", "1", "lowest levels of the shell, rescaled"),
    column("level_8", "1", "lowest levels of the shell, rescaled"),
    column("level_9", "1", "lowest levels of the shell, rescaled"),
    column("level_10", "1", "lowest levels of the shell, rescaled"),
    column("level_11", "1", "lowest levels of the shell, rescaled"),
];

/// The flow of one run at one shell, in the order of [`SHELL_COLUMNS`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShellRecord(Vec<f64>);

impl ShellRecord {
    /// `levels`: all levels of the shell, ascending.
    pub(super) fn new(
        omega: f64,
        shell: &RunShell,
        levels: &[f64],
        cut: Option<Cut>,
        symmetric: bool,
    ) -> Self {
        // Fig. 3, second column: weights at beta_n = 4/omega_n, all levels before the cut.
        let boltzmann = |levels: &mut dyn Iterator<Item = &f64>| -> f64 {
            levels.map(|e| (-4.0 * e).exp()).sum()
        };
        let partition = boltzmann(&mut levels.iter());
        let weight = |two_sz: i32| {
            let label = Label::new(0, two_sz);
            debug_assert!(!symmetric || label.is_canonical());
            shell.sectors.get(&label).map_or(0.0, |sector| {
                boltzmann(&mut sector.blocks.iter().flat_map(|b| &b.energies)) / partition
            })
        };
        let mut values = vec![
            omega,
            levels.len() as f64,
            cut.map_or(0.0, |cut| cut.kept as f64),
            cut.map_or(f64::NAN, |cut| cut.level),
            cut.map_or(f64::NAN, |cut| cut.gap),
            shell.ground_step,
            weight(0),
            weight(2),
        ];
        values.extend((0..LEVELS).map(|i| levels.get(i).copied().unwrap_or(f64::NAN)));
        Self(values)
    }
}

/// One stored unit: (parameters, one z, shells, temperature).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitResult {
    /// By [`UNIT_COLUMNS`]; NaN where a number does not exist.
    pub values: Vec<f64>,
    /// [shell][`SHELL_COLUMNS`]
    pub shells: Vec<Vec<f64>>,
    /// Bounds not met, in words.
    pub warnings: Vec<String>,
}

/// A sum rule missed by more than this is a warning; exact arithmetic gives zero.
const SUM_RULE_BOUND: f64 = 1e-10;

impl UnitResult {
    pub(super) fn new(run: &Run, thermal: &Thermal) -> Self {
        let o = &thermal.observables;
        // Section 4: A_LL = (A_Sum + A_Diff)/4, A_LR = (A_Sum - A_Diff)/4.
        let intra = |sum: usize| (o[sum] + o[sum + 1]) / 4.0;
        let inter = |sum: usize| (o[sum] - o[sum + 1]) / 4.0;
        let (sz_sz, sx_sx) = (o[STATIC_SZ_SZ], 0.5 * o[STATIC_SP_SM]);
        let deviations = [intra(4) - 0.25, inter(4) - sz_sz, intra(6) - 0.25, inter(6) - sx_sx];
        // Where no pairs of states were asked for, nothing can be missed.
        let computed = !o[..STATIC_SZ_SZ].iter().all(|sum| sum.is_nan());
        let largest = |worst: f64, d: &f64| if d.is_nan() { *d } else { worst.max(d.abs()) };
        let sum_rule_error = if computed { deviations.iter().fold(0.0, largest) } else { 0.0 };
        let quality = &run.quality;
        let mut warnings = quality.warnings().to_vec();
        if sum_rule_error.is_nan() || SUM_RULE_BOUND < sum_rule_error {
            warnings.push(format!("a sum rule is missed by {sum_rule_error:.1e}"));
        }
        let values = vec![
            sz_sz,
            sx_sx,
            intra(0),
            inter(0),
            intra(2),
            inter(2),
            intra(4),
            inter(4),
            intra(6),
            inter(6),
            thermal.entropy,
            thermal.energy_above_ground,
            run.ledger.ground_energy(),
            thermal.discarded_weight,
            sum_rule_error,
            f64::from(run.spec.shells),
            quality.kept_max as f64,
            quality.sector_max as f64,
            quality.gap_min,
            quality.ladder_orthogonality,
            quality.ratios.residual,
            quality.ratios.orthogonality,
            quality.matrices as f64,
        ];
        debug_assert_eq!(values.len(), UNIT_COLUMNS.len());
        let shells = run.records.iter().map(|record| record.0.clone()).collect();
        Self { values, shells, warnings }
    }

    /// The scalar called `name` in [`UNIT_COLUMNS`].
    pub fn get(&self, name: &str) -> Option<f64> {
        let index = UNIT_COLUMNS.iter().position(|column| column.name == name)?;
        self.values.get(index).copied()
    }
}

/// A number for every z, its mean and its population standard deviation over z.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistic {
    pub mean: f64,
    pub std: f64,
    pub per_z: Vec<f64>,
}

impl Statistic {
    pub fn new(per_z: Vec<f64>) -> Self {
        let count = per_z.len() as f64;
        let mean = per_z.iter().sum::<f64>() / count;
        let variance = per_z.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        Self { mean, std: variance.sqrt(), per_z }
    }

    fn to_json(&self) -> serde_json::Value {
        json!({ "mean": self.mean, "std": self.std, "per_z": self.per_z })
    }
}

/// T_S = 1/(4 chi) of each susceptibility, Eq. (34).
const T_S: [(Column, &str); 4] = [
    (
        column("t_s_transverse_intra", "D", "T_S = 1/(4 chi), transverse intra"),
        "chi_transverse_intra",
    ),
    (
        column("t_s_transverse_inter", "D", "T_S = 1/(4 chi), transverse inter"),
        "chi_transverse_inter",
    ),
    (
        column("t_s_longitudinal_intra", "D", "T_S = 1/(4 chi), longitudinal intra"),
        "chi_longitudinal_intra",
    ),
    (
        column("t_s_longitudinal_inter", "D", "T_S = 1/(4 chi), longitudinal inter"),
        "chi_longitudinal_inter",
    ),
];

/// The z-averaged results of one point at one temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct PointSummary {
    /// E_R = J^2 / (4 x), Eq. (20b).
    pub rkky_energy: f64,
    /// Name, unit, meaning and values: `t_s_transverse_intra`, ..., then all of [`UNIT_COLUMNS`].
    pub statistics: Vec<(Column, Statistic)>,
    /// Number of shells of each z.
    pub shells: Vec<u32>,
    /// Most kept states of any shell and z.
    pub kept_max: u64,
    /// Order of the largest block diagonalized.
    pub sector_max: u64,
    pub warnings: Vec<String>,
    /// Where a second run with a lower cut was asked for; else empty.
    pub errors: Vec<(Column, ErrorBar)>,
}

impl PointSummary {
    /// From the units of all z of one point (in the order of z).
    pub fn new(model: &Model, units: &[&UnitResult]) -> Self {
        let values = |name: &str| -> Vec<f64> {
            units.iter().map(|unit| unit.get(name).unwrap_or(f64::NAN)).collect()
        };
        let mut statistics: Vec<(Column, Statistic)> = T_S
            .iter()
            .map(|&(column, chi)| {
                let per_z = values(chi).into_iter().map(|chi| 1.0 / (4.0 * chi)).collect();
                (column, Statistic::new(per_z))
            })
            .collect();
        let units_columns =
            UNIT_COLUMNS.iter().map(|&column| (column, Statistic::new(values(column.name))));
        statistics.extend(units_columns);
        let largest = |name: &str| values(name).into_iter().fold(0.0, f64::max) as u64;
        let mut warnings: Vec<String> = Vec::new();
        for warning in units.iter().flat_map(|unit| &unit.warnings) {
            if !warnings.contains(warning) {
                warnings.push(warning.clone());
            }
        }
        Self {
            rkky_energy: model.coupling * model.coupling / (4.0 * model.distance as f64),
            statistics,
            shells: values("shells").into_iter().map(|n| n as u32).collect(),
            kept_max: largest("kept_max"),
            sector_max: largest("sector_max"),
            warnings,
            errors: Vec::new(),
        }
    }

    /// With error bars; `lowered`: the same units by the second runs ([`super::RunSpec::lowered`]).
    pub fn with_error_bars(mut self, model: &Model, lowered: &[&UnitResult]) -> Self {
        let (bars, warnings) = error_bars::compare(&self, &Self::new(model, lowered));
        self.errors = bars;
        self.warnings.extend(warnings);
        self
    }

    /// The error bar of a statistic.
    pub fn error(&self, name: &str) -> Option<&ErrorBar> {
        self.errors.iter().find(|(column, _)| column.name == name).map(|(_, bar)| bar)
    }

    /// The statistic called `name`.
    pub fn get(&self, name: &str) -> Option<&Statistic> {
        self.statistics.iter().find(|(column, _)| column.name == name).map(|(_, s)| s)
    }

    /// The object of `edgestate run --json`: `rkky_energy`, nested `t_s` and `static`, `shells`, ...,
    /// `errors` where they were asked for.
    pub fn to_json(&self) -> serde_json::Value {
        let get = |name: &str| self.get(name).map(Statistic::to_json);
        let pair = |kind: &str| json!({ "intra": get(&format!("{kind}_intra")), "inter": get(&format!("{kind}_inter")) });
        let mut object = json!({
            "rkky_energy": self.rkky_energy,
            "t_s": {
                "transverse": pair("t_s_transverse"),
                "longitudinal": pair("t_s_longitudinal"),
            },
            "chi": {
                "transverse": pair("chi_transverse"),
                "longitudinal": pair("chi_longitudinal"),
            },
            "static": { "sz_sz": get("sz_sz"), "sx_sx": get("sx_sx") },
            "entropy": get("entropy"),
            "energy_above_ground": get("energy_above_ground"),
            "shells": self.shells,
            "kept_max": self.kept_max,
            "sector_max": self.sector_max,
            "warnings": self.warnings,
        });
        if !self.errors.is_empty() {
            object["errors"] = error_bars::to_json(&self.errors);
        }
        object
    }
}
