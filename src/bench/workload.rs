//! What is diagonalized: true distributions of sizes, and single sizes.
use super::counters::flops;
use super::sizes::lockstep;

/// A sequence of batches, done one after another (the shells of a run) and counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// `nrg`, `real-64`, `small-complex-8`, `ribbon-400`.
    pub name: String,
    pub title: String,
    pub complex: bool,
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// Runs in lockstep; orders divided by the second number.
    Nrg { divisor: usize },
    /// So many matrices of one order.
    Single { order: usize, count: usize },
}

/// Orders of single sizes unless others are asked for.
pub const SIZES: [usize; 15] = [4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
/// Small orders, in batches of 4096.
pub const SMALL: [usize; 4] = [4, 8, 12, 16];
const SMALL_BATCH: usize = 4096;
/// 4 x {25, 50, 100, 250, 500}: sites across a ribbon, times the four bands of the model.
pub const RIBBONS: [usize; 5] = [100, 200, 400, 1000, 2000];
/// A batch of single sizes takes roughly 0.1 to 0.5 s of a core.
const BATCH_FLOPS: f64 = 2e9;
const LARGEST_BATCH: usize = 2048;

impl Workload {
    /// Runs of the NRG in lockstep; `divisor` above 1 makes every order that much smaller.
    pub fn nrg(divisor: usize) -> Self {
        let title = match divisor {
            1 => "NRG runs, shell by shell".to_owned(),
            _ => format!("NRG runs, shell by shell, orders divided by {divisor}"),
        };
        Self { name: "nrg".into(), title, complex: false, source: Source::Nrg { divisor } }
    }

    /// As many matrices of one order as a core does in some tenths of a second, `divisor` times fewer.
    pub fn single(order: usize, complex: bool, divisor: usize) -> Self {
        let fit = (BATCH_FLOPS / flops(order, complex)) as usize / divisor;
        let count = fit.clamp(2, LARGEST_BATCH);
        let name = format!("{}-{order}", element(complex));
        Self::of("", name, order, complex, count)
    }

    pub fn small(order: usize, complex: bool) -> Self {
        let name = format!("small-{}-{order}", element(complex));
        Self::of("small, ", name, order, complex, SMALL_BATCH)
    }

    pub fn ribbon(order: usize, divisor: usize) -> Self {
        let fit = (4.0 * BATCH_FLOPS / flops(order, true)) as usize / divisor;
        Self::of("ribbon, ", format!("ribbon-{order}"), order, true, fit.clamp(2, 32))
    }

    fn of(kind: &str, name: String, order: usize, complex: bool, count: usize) -> Self {
        let title = format!("{kind}{} of order {order}, batches of {count}", element(complex));
        Self { name, title, complex, source: Source::Single { order, count } }
    }

    /// The batches of `copies` copies: so many runs in lockstep, or batches so much larger.
    pub fn steps(&self, copies: usize) -> Vec<Vec<usize>> {
        match self.source {
            Source::Nrg { divisor } => {
                let mut steps = lockstep(copies);
                steps.iter_mut().flatten().for_each(|order| *order = order.div_ceil(divisor));
                steps
            }
            Source::Single { order, count } => vec![vec![order; count * copies]],
        }
    }

    /// The order of all matrices, if there is only one.
    pub fn order(&self) -> Option<usize> {
        match self.source {
            Source::Nrg { .. } => None,
            Source::Single { order, .. } => Some(order),
        }
    }
}

fn element(complex: bool) -> &'static str {
    if complex { "complex" } else { "real" }
}
