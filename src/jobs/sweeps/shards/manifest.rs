//! What a shard says about itself, in two files: `begun.json` before its work, `shard.json` after.
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Shard;
use crate::jobs::store::StoreError;
use crate::jobs::sweeps::SweepError;

/// Raised when the files change.
pub const FORMAT: u32 = 1;
const BEGUN: &str = "begun.json";
const COMPLETE: &str = "shard.json";

/// What a shard is a part of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    pub format: u32,
    pub index: usize,
    pub of: usize,
    /// TOML.
    pub document: String,
    pub device: String,
    pub version: String,
}

/// A shard that has computed all its points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Complete {
    #[serde(flatten)]
    pub begun: Begun,
    pub groups: Vec<Group>,
    pub failed: Vec<Failed>,
    pub seconds: f64,
}

/// A folder in `results/` of the shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub name: String,
    /// Of the units in it, in the order of their rows.
    pub keys: Vec<String>,
    /// SHA-256 of its list of checksums in `sums/`.
    pub sums: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    pub key: String,
    pub reason: String,
}

impl Begun {
    pub fn shard(&self) -> Shard {
        Shard { index: self.index, of: self.of }
    }

    pub fn write(&self, folder: &Path) -> Result<(), SweepError> {
        write(folder, BEGUN, self)
    }

    /// None: nobody has begun it.
    pub fn read(folder: &Path) -> Result<Option<Self>, SweepError> {
        read(folder, BEGUN)
    }
}

impl Complete {
    pub fn write(&self, folder: &Path) -> Result<(), SweepError> {
        write(folder, COMPLETE, self)
    }

    /// None: it is not complete.
    pub fn read(folder: &Path) -> Result<Option<Self>, SweepError> {
        read(folder, COMPLETE)
    }
}

/// Written beside its place, synced, renamed: the file is there as a whole or not at all.
fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> Result<(), SweepError> {
    let path = folder.join(name);
    let failed = |error| SweepError::from(StoreError::io("writing", &path)(error));
    // Two processes with the same shard must not write into each other's file.
    let staged = folder.join(format!("{name}.{}", std::process::id()));
    let text = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    let mut file = std::fs::File::create(&staged).map_err(failed)?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&staged, &path).map_err(failed)?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn read<T: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> Result<Option<T>, SweepError> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(StoreError::io("reading", &path))?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| SweepError::Shards {
        reasons: vec![format!("{} cannot be read: {error}", path.display())],
    })
}
