//! Thermal sums over discarded states, the complete basis of Anders and Schiller (specification,
//! section 7): Z = sum_n d^(N-n) sum_{s in D_n} exp(-beta E_s), d = 16, all states of the last shell
//! count as discarded. Every observable is carried as an operator on the kept states and evaluated
//! on the discarded ones, so one pass serves all temperatures.
//!
//! Each shell's sums are stored relative to its own ground state; degeneracy factors and ground
//! energies enter as logarithms at the end, so nothing over- or underflows.

/// Observables that are sums over states and pairs; the index of each scalar operator.
/// 0-3: chi of Sum_z, Diff_z, Sum_+, Diff_+; 4-7: their spectral weights; 8, 9: static operators.
pub(super) const OBSERVABLES: usize = 10;
pub(super) const STATIC_SZ_SZ: usize = 8;
pub(super) const STATIC_SP_SM: usize = 9;

const LOG_RUNG: f64 = 4.0 * std::f64::consts::LN_2; // ln 16

/// States with a weight below exp(-48) ~ 1e-21 are left out of observables.
const LOG_NEGLIGIBLE: f64 = -48.0;

/// Sums of one shell at one temperature, relative to the shell's ground state.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// sum exp(-beta E)
    pub partition: f64,
    /// sum E exp(-beta E), units of D
    pub energy: f64,
    /// sum exp(-beta E) <O>, and the pair sums
    pub observables: [f64; OBSERVABLES],
}

#[derive(Debug, Clone)]
struct ShellSums {
    ground_step: f64,
    sums: Vec<Sums>,
}

/// All thermal sums of one run.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub temperatures: Vec<f64>,
    /// Number of shells of the run.
    shells: u32,
    /// ln of the part of Z collected so far, relative to the present shell's ground state.
    log_partition: Vec<f64>,
    rows: Vec<ShellSums>,
}

/// Thermal averages of one run at one temperature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thermal {
    pub temperature: f64,
    /// S = ln Z + beta <H - E_0>
    pub entropy: f64,
    /// <H> - E_0, units of D
    pub energy_above_ground: f64,
    pub observables: [f64; OBSERVABLES],
    /// Weight of the states discarded before the last shell.
    pub discarded_weight: f64,
}

impl Ledger {
    pub(super) fn new(temperatures: &[f64], shells: u32) -> Self {
        Self {
            temperatures: temperatures.to_vec(),
            shells,
            log_partition: vec![f64::NEG_INFINITY; temperatures.len()],
            rows: Vec::new(),
        }
    }

    /// Environment states of each state of shell `n`: ln 16^(N-n).
    fn log_degeneracy(&self, n: usize) -> f64 {
        LOG_RUNG * (self.shells as usize - 1 - n) as f64
    }

    /// Opens shell n: `discarded` = (energy in D above the shell's ground state, multiplicity).
    pub(super) fn open(&mut self, ground_step: f64, discarded: &[(f64, f64)]) {
        let n = self.rows.len();
        let log_degeneracy = self.log_degeneracy(n);
        let mut row = ShellSums { ground_step, sums: Vec::new() };
        for (&temperature, log_z) in self.temperatures.iter().zip(&mut self.log_partition) {
            let mut sums = Sums::default();
            for &(energy, multiplicity) in discarded {
                let weight = multiplicity * (-energy / temperature).exp();
                sums.partition += weight;
                sums.energy += weight * energy;
            }
            // Energies above the new ground state are larger by -ground_step.
            let earlier = *log_z + ground_step / temperature;
            *log_z = log_sum(earlier, log_degeneracy + sums.partition.ln());
            row.sums.push(sums);
        }
        self.rows.push(row);
    }

    /// The energy (in D, above the ground state) below which a discarded state of the present shell
    /// carries weight at some temperature.
    pub(super) fn reach(&self) -> f64 {
        (0..self.temperatures.len()).map(|t| self.reach_at(t)).fold(0.0, f64::max)
    }

    /// The same at one temperature; negative where no state does.
    pub(super) fn reach_at(&self, t: usize) -> f64 {
        // The final ground state alone gives Z >= 1 relative to this shell's.
        let log_z = self.log_partition[t].max(0.0);
        self.temperatures[t] * (self.log_environment() - log_z - LOG_NEGLIGIBLE)
    }

    /// ln of the environment states of each state of the present shell.
    pub(super) fn log_environment(&self) -> f64 {
        self.log_degeneracy(self.rows.len().saturating_sub(1))
    }

    /// ln of the factor by which weights grow that were relative to the ground state of the shell
    /// before, environment included, and are now relative to that of the present one.
    pub(super) fn log_descent(&self, t: usize) -> f64 {
        let step = self.rows.last().map_or(0.0, |row| row.ground_step);
        if self.rows.len() < 2 { 0.0 } else { LOG_RUNG + step / self.temperatures[t] }
    }

    /// The present shell's sums, one for each temperature.
    pub(super) fn present(&mut self) -> impl Iterator<Item = (f64, &mut Sums)> {
        let sums = self.rows.last_mut().map(|row| row.sums.iter_mut());
        self.temperatures.iter().copied().zip(sums.into_iter().flatten())
    }

    /// Energy of the final ground state: sum of all E_n^g.
    pub(super) fn ground_energy(&self) -> f64 {
        self.rows.iter().map(|row| row.ground_step).sum()
    }

    /// Thermal averages, after the last shell.
    pub(super) fn averages(&self) -> Vec<Thermal> {
        (0..self.temperatures.len()).map(|t| self.average(t)).collect()
    }

    /// After the last shell: ln of the weight of a state at each shell's ground state, environment
    /// included; that of a state at E is smaller by E/T.
    pub(super) fn log_weights(&self, t: usize) -> Vec<f64> {
        let (_, factors, log_z) = self.partition(t);
        factors.into_iter().map(|factor| factor - log_z).collect()
    }

    /// Shifts of the shells' ground states, ln of degeneracy times Boltzmann factor of each, ln Z.
    fn partition(&self, t: usize) -> (Vec<f64>, Vec<f64>, f64) {
        let temperature = self.temperatures[t];
        // E + shift_n is the energy above the final ground state, shift_n = -sum_{m>n} E_m^g.
        let mut shifts = vec![0.0; self.rows.len()];
        for n in (1..self.rows.len()).rev() {
            shifts[n - 1] = shifts[n] - self.rows[n].ground_step;
        }
        let factor = |n: usize| self.log_degeneracy(n) - shifts[n] / temperature;
        let factors: Vec<f64> = (0..self.rows.len()).map(factor).collect();
        let log_z = (0..self.rows.len())
            .map(|n| factors[n] + self.rows[n].sums[t].partition.ln())
            .fold(f64::NEG_INFINITY, log_sum);
        (shifts, factors, log_z)
    }

    fn average(&self, t: usize) -> Thermal {
        let temperature = self.temperatures[t];
        let (shifts, factors, log_z) = self.partition(t);
        let mut thermal = Thermal {
            temperature,
            entropy: 0.0,
            energy_above_ground: 0.0,
            observables: [0.0; OBSERVABLES],
            discarded_weight: 0.0,
        };
        for (n, row) in self.rows.iter().enumerate() {
            let weight = (factors[n] - log_z).exp();
            let sums = &row.sums[t];
            thermal.energy_above_ground += weight * (sums.energy + shifts[n] * sums.partition);
            if n + 1 < self.rows.len() {
                thermal.discarded_weight += weight * sums.partition;
            }
            for (total, value) in thermal.observables.iter_mut().zip(&sums.observables) {
                *total += weight * value;
            }
        }
        thermal.entropy = log_z + thermal.energy_above_ground / temperature;
        thermal
    }
}

/// ln(exp(a) + exp(b))
fn log_sum(a: f64, b: f64) -> f64 {
    let (large, small) = if a < b { (b, a) } else { (a, b) };
    if small == f64::NEG_INFINITY { large } else { large + (small - large).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two shells of a toy tree, against the sums over all states written out.
    #[test]
    fn averages_equal_the_sums_over_all_states() {
        let mut ledger = Ledger::new(&[0.3, 5.0], 2);
        ledger.open(-1.0, &[(0.7, 2.0)]);
        ledger.open(-0.4, &[(0.0, 1.0), (0.2, 3.0)]);
        for average in ledger.averages() {
            let mut states = vec![(0.0, 1.0), (0.2, 3.0)];
            states.push((0.7 + 0.4, 2.0 * 16.0));
            let boltzmann = |e: f64| (-e / average.temperature).exp();
            let z: f64 = states.iter().map(|&(e, m)| m * boltzmann(e)).sum();
            let energy = states.iter().map(|&(e, m)| m * e * boltzmann(e)).sum::<f64>() / z;
            assert!((average.energy_above_ground - energy).abs() < 1e-14);
            assert!((average.entropy - (z.ln() + energy / average.temperature)).abs() < 1e-13);
            let discarded = 32.0 * boltzmann(1.1) / z;
            assert!((average.discarded_weight - discarded).abs() < 1e-14);
        }
        assert_eq!(ledger.ground_energy(), -1.4);
    }
}
