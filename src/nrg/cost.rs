//! What a run will cost, before it is done.
use super::RunSpec;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// One core, f64, seconds.
    pub core_seconds: f64,
    /// Peak on the device.
    pub memory_bytes: u64,
}

/// From the sizes in `data/nrg_sector_sizes.csv`.
pub fn estimate(spec: &RunSpec) -> Cost {
    let _ = spec;
    Cost::default()
}
