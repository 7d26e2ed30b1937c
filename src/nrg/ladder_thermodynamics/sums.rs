//! Thermal sums over the complete basis (Anders and Schiller 2005; specification, section 7), of every
//! shell relative to its own ground state, so that nothing over- or underflows.
use crate::nrg::rung::{MODES, STATES};
use crate::nrg::shell::RunShell;
use crate::nrg::space::Label;

/// Thermal averages over the whole ladder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Totals {
    /// <H> - E_0, units of D.
    pub energy: f64,
    /// S = ln Z + beta <H - E_0>.
    pub entropy: f64,
    /// beta^2 (<H^2> - <H>^2)
    pub specific_heat: f64,
    /// <S_z^2> - <S_z>^2
    pub spin_variance: f64,
    pub electrons: f64,
    /// Weight of the states discarded before the last shell.
    pub discarded_weight: f64,
}

/// Sums over states of one shell at one temperature.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    partition: f64,
    energy: f64,
    energy_squared: f64,
    spin_squared: f64,
}

impl Moments {
    /// `images` states with the same energy and S_z^2.
    fn add(&mut self, energy: f64, temperature: f64, spin_squared: f64, images: f64) {
        let weight = images * (-energy / temperature).exp();
        self.partition += weight;
        self.energy += weight * energy;
        self.energy_squared += weight * energy * energy;
        self.spin_squared += weight * spin_squared;
    }
}

/// One shell at every temperature: of the states behind its cut, and of all.
struct Shell {
    ground_step: f64,
    discarded: Vec<Moments>,
    all: Vec<Moments>,
}

/// All shells of one run.
pub(super) struct Sums {
    temperatures: Vec<f64>,
    shells: Vec<Shell>,
    /// Modes of impurities, beside those of the ladder.
    levels: usize,
}

impl Sums {
    pub(super) fn new(temperatures: &[f64], levels: usize) -> Self {
        Self { temperatures: temperatures.to_vec(), shells: Vec::new(), levels }
    }

    /// A shell that was diagonalized and cut; partners count as often as they are.
    pub(super) fn record(&mut self, shell: &RunShell, omega: f64) {
        let count = self.temperatures.len();
        let (mut discarded, mut all) =
            (vec![Moments::default(); count], vec![Moments::default(); count]);
        for (label, sector) in &shell.sectors {
            let images = label.multiplicity(true) as f64;
            let spin_squared = 0.25 * f64::from(label.two_sz).powi(2);
            for block in &sector.blocks {
                for (i, energy) in block.energies.iter().enumerate() {
                    for (t, &temperature) in self.temperatures.iter().enumerate() {
                        all[t].add(energy * omega, temperature, spin_squared, images);
                        if block.kept <= i {
                            discarded[t].add(energy * omega, temperature, spin_squared, images);
                        }
                    }
                }
            }
        }
        self.shells.push(Shell { ground_step: shell.ground_step, discarded, all });
    }

    /// With shell `last` as the last one: all its states count as discarded.
    pub(super) fn totals(&self, last: usize, t: usize) -> Totals {
        let temperature = self.temperatures[t];
        let mut shifts = vec![0.0; last + 1];
        for n in (0..last).rev() {
            shifts[n] = shifts[n + 1] - self.shells[n + 1].ground_step;
        }
        let moments = |n: usize| {
            let shell = &self.shells[n];
            if n == last { shell.all[t] } else { shell.discarded[t] }
        };
        let log = |n: usize| {
            let environment = (STATES as f64).ln() * (last - n) as f64;
            environment - shifts[n] / temperature + moments(n).partition.ln()
        };
        let logs: Vec<f64> = (0..=last).map(log).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_z = largest + logs.iter().map(|log| (log - largest).exp()).sum::<f64>().ln();
        let (mut energy, mut squared, mut spin, mut early) = (0.0, 0.0, 0.0, 0.0);
        for n in 0..=last {
            let Moments { partition, energy: e, energy_squared, spin_squared } = moments(n);
            if partition == 0.0 {
                continue;
            }
            // Of all states of this shell together.
            let weight = (logs[n] - log_z).exp();
            let (e, e2) = (e / partition, energy_squared / partition);
            energy += weight * (e + shifts[n]);
            squared += weight * (e2 + 2.0 * shifts[n] * e + shifts[n] * shifts[n]);
            // Each mode of a later rung adds 1/16 to S_z^2.
            let later = (MODES * (last - n)) as f64 / 16.0;
            spin += weight * (spin_squared / partition + later);
            early += if n == last { 0.0 } else { weight };
        }
        Totals {
            energy,
            entropy: log_z + energy / temperature,
            specific_heat: (squared - energy * energy) / (temperature * temperature),
            spin_variance: spin,
            // Half filling.
            electrons: 0.5 * (self.levels + MODES * (last + 1)) as f64,
            discarded_weight: early,
        }
    }
}

/// Weights of labels with `number(label)` in `numbers`, at temperature omega_n/4, all levels of a shell;
/// partners have the same weight as the sector that stands for them.
pub(super) fn weights(
    shell: &RunShell,
    numbers: impl Iterator<Item = i32>,
    number: fn(Label) -> i32,
) -> Vec<f64> {
    let mut partition = 0.0;
    let mut of_number = std::collections::BTreeMap::new();
    for (label, sector) in &shell.sectors {
        let levels = sector.blocks.iter().flat_map(|block| &block.energies);
        let images = label.multiplicity(true) as f64;
        let weight = images * levels.map(|energy| (-4.0 * energy).exp()).sum::<f64>();
        partition += weight;
        *of_number.entry(number(*label)).or_insert(0.0) += weight;
    }
    let share = |m: i32| {
        let both = of_number.get(&m.abs()).copied().unwrap_or(0.0) / partition;
        if m == 0 { both } else { 0.5 * both }
    };
    numbers.map(share).collect()
}
