//! Weights of the complete basis (Anders and Schiller 2005; specification, section 7) and the sums
//! over it. Any shell can be the last one; all its states then count as discarded.
use super::blocks::Sector;
use super::forward::Tree;

/// Thermal weights of all discarded states, some temperatures, one last shell.
#[derive(Debug, Clone)]
pub(in crate::nrg) struct Weights {
    pub last: usize,
    /// Units of D.
    pub temperatures: Vec<f64>,
    /// Energy of each shell's ground state above that of the last one, in D.
    shifts: Vec<f64>,
    omegas: Vec<f64>,
    log_rung: f64,
    /// ln Z, energies counted from the last ground state.
    log_z: Vec<f64>,
}

/// Thermal averages over the whole chain at one temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::nrg) struct Totals {
    /// ln Z with energies above the ground state.
    pub log_z: f64,
    /// <H> - E_0, units of D.
    pub energy: f64,
    /// S = ln Z + beta <H - E_0>.
    pub entropy: f64,
    /// C = beta^2 (<H^2> - <H>^2).
    pub specific_heat: f64,
    /// <S_z^2> - <S_z>^2, which is T chi of the total spin.
    pub spin_variance: f64,
    /// <N^2> - <N>^2.
    pub charge_variance: f64,
    /// <N>
    pub electrons: f64,
    /// Weight of the states discarded before the last shell.
    pub discarded_weight: f64,
}

impl Weights {
    pub(in crate::nrg) fn new(tree: &Tree, last: usize, temperatures: &[f64]) -> Self {
        let mut shifts = vec![0.0; last + 1];
        for n in (0..last).rev() {
            shifts[n] = shifts[n + 1] - tree.shells[n + 1].ground_step;
        }
        let mut weights = Self {
            last,
            temperatures: temperatures.to_vec(),
            shifts,
            omegas: tree.shells[..=last].iter().map(|shell| shell.omega).collect(),
            log_rung: (tree.chain.rung_states() as f64).ln(),
            log_z: vec![0.0; temperatures.len()],
        };
        weights.log_z = (0..temperatures.len()).map(|t| weights.log_partition(tree, t)).collect();
        weights
    }

    /// How many states of a sector are kept; none in the last shell.
    pub(in crate::nrg) fn kept(&self, n: usize, sector: &Sector) -> usize {
        if n == self.last { 0 } else { sector.kept }
    }

    /// The energy of a state above the ground state of its own shell, in D.
    pub(in crate::nrg) fn scaled(&self, n: usize, rescaled: f64) -> f64 {
        self.omegas[n] * rescaled
    }

    /// The energy of a state above the last shell's ground state, in D.
    pub(in crate::nrg) fn energy(&self, n: usize, rescaled: f64) -> f64 {
        self.omegas[n] * rescaled + self.shifts[n]
    }

    fn log_weight(&self, n: usize, t: usize, rescaled: f64) -> f64 {
        let environment = self.log_rung * (self.last - n) as f64;
        environment - self.energy(n, rescaled) / self.temperatures[t] - self.log_z[t]
    }

    /// Weight of a discarded state of shell n, its environment included.
    pub(in crate::nrg) fn weight(&self, n: usize, t: usize, rescaled: f64) -> f64 {
        self.log_weight(n, t, rescaled).exp()
    }

    /// With ln Z = 0 so far: ln of the sum of all weights.
    fn log_partition(&self, tree: &Tree, t: usize) -> f64 {
        let mut logs = Vec::new();
        for (n, shell) in tree.shells[..=self.last].iter().enumerate() {
            for sector in shell.sectors.values() {
                let discarded = &sector.energies[self.kept(n, sector)..];
                logs.extend(discarded.iter().map(|&e| self.log_weight(n, t, e)));
            }
        }
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        largest + logs.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
    }

    /// Sums over all states; each later rung adds its own fluctuations to those of a discarded state.
    pub(in crate::nrg) fn totals(&self, tree: &Tree, t: usize) -> Totals {
        let modes = tree.chain.modes as f64;
        let (mut energy, mut energy_squared, mut early) = (0.0, 0.0, 0.0);
        let (mut spin, mut spin_squared, mut charge, mut charge_squared) = (0.0, 0.0, 0.0, 0.0);
        for (n, shell) in tree.shells[..=self.last].iter().enumerate() {
            let later = (self.last - n) as f64;
            for (label, sector) in &shell.sectors {
                let sz = 0.5 * f64::from(label.two_sz);
                // Relative to half filling of all rungs, so that squares stay small.
                let q = f64::from(label.charge) - 0.5 * modes * (n + 1) as f64;
                for &e in &sector.energies[self.kept(n, sector)..] {
                    let weight = self.weight(n, t, e);
                    let level = self.energy(n, e);
                    energy += weight * level;
                    energy_squared += weight * level * level;
                    spin += weight * sz;
                    // Each mode of an environment adds 1/16 to S_z^2 and 1/4 to N^2.
                    spin_squared += weight * (sz * sz + later * modes / 16.0);
                    charge += weight * q;
                    charge_squared += weight * (q * q + later * modes / 4.0);
                    early += if n == self.last { 0.0 } else { weight };
                }
            }
        }
        let beta = 1.0 / self.temperatures[t];
        Totals {
            log_z: self.log_z[t],
            energy,
            entropy: self.log_z[t] + beta * energy,
            specific_heat: beta * beta * (energy_squared - energy * energy),
            spin_variance: spin_squared - spin * spin,
            charge_variance: charge_squared - charge * charge,
            electrons: charge + 0.5 * modes * (self.last + 1) as f64,
            discarded_weight: early,
        }
    }
}
