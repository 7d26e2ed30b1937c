//! Computing one shard.
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::Shard;
use super::manifest::{Begun, Complete, FORMAT, Failed, Group};
use crate::jobs::core::RunResult;
use crate::jobs::document::Document;
use crate::jobs::drive::{DriveError, Means, Sink, drive};
use crate::jobs::key::Key;
use crate::jobs::local::{sorted, without};
use crate::jobs::planner::{Run, runs_of};
use crate::jobs::spec::Spec;
use crate::jobs::store::{Disk, Provenance, StoreError, folder, sums};
use crate::jobs::sweeps::SweepError;
use crate::jobs::worker::faults;
use crate::stop::Stop;

/// What one shard has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardReport {
    pub shard: Shard,
    pub device: String,
    /// Units of this shard.
    pub units: usize,
    /// By this command; the others were there.
    pub units_computed: usize,
    pub units_failed: usize,
    pub seconds: f64,
}

/// Computes what is missing of a shard; begun again, it goes on.
/// Errors: stopped (finished chunks stay), a shard of another document in the same place.
pub fn compute(
    store: &Path,
    shard: Shard,
    document: &Document,
    means: Means<'_>,
) -> Result<ShardReport, SweepError> {
    let device = means.device.name();
    let runs = shard.part(runs_of(document, &device)?);
    means.budget.admit(&runs)?;
    let begun = begin(store, shard, document, device)?;
    let mut folder = Folder::open(shard.folder(store), &begun)?;
    let units: HashSet<Key> = runs.iter().flat_map(|run| run.keys.iter().copied()).collect();
    let known: HashSet<Key> = folder.known.iter().copied().collect();
    let missing = without(runs, |key| known.contains(key));
    match drive(missing, means, &mut folder) {
        Ok(()) => {}
        Err(DriveError::Stopped) => return Err(SweepError::Stopped),
        Err(DriveError::Sink(error)) => return Err(error.into()),
    }
    let report = ShardReport {
        shard,
        device: begun.device.clone(),
        units: units.len(),
        units_computed: folder.known.len() - known.len(),
        units_failed: folder.failed.len(),
        seconds: folder.begin.elapsed().as_secs_f64(),
    };
    folder.complete(begun)?;
    Ok(report)
}

/// Makes the folder of a shard, or finds that it is this one's.
fn begin(
    store: &Path,
    shard: Shard,
    document: &Document,
    device: String,
) -> Result<Begun, SweepError> {
    let folder = shard.folder(store);
    let begun = Begun {
        format: FORMAT,
        index: shard.index,
        of: shard.of,
        document: document.raw().to_toml(),
        device,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    for part in ["staging", "results", "sums"] {
        let path = folder.join(part);
        std::fs::create_dir_all(&path).map_err(StoreError::io("creating", &path))?;
    }
    let Some(earlier) = Begun::read(&folder)? else {
        begun.write(&folder)?;
        return Ok(begun);
    };
    let place = folder.display();
    let reason = if earlier.document != begun.document {
        format!("{place} holds a shard of another document: merge it, or remove it, first")
    } else if earlier.device != begun.device {
        let (began, here) = (earlier.device, begun.device);
        format!("{place} began on {began:?}, here is {here:?}: compute it there, or remove it")
    } else if earlier.format != FORMAT {
        format!("{place} was written in format {}, known is {FORMAT}", earlier.format)
    } else {
        return Ok(begun);
    };
    Err(SweepError::Shards { reasons: vec![reason] })
}

/// The folder of a shard while it is computed.
struct Folder {
    disk: Disk,
    base: PathBuf,
    made: Provenance,
    groups: Vec<Group>,
    known: Vec<Key>,
    failed: Vec<Failed>,
    begin: Instant,
}

impl Folder {
    /// With the groups of an earlier attempt that are whole.
    fn open(base: PathBuf, begun: &Begun) -> Result<Self, SweepError> {
        let made = Provenance { device: begun.device.clone(), version: begun.version.clone() };
        let (groups, known, failed) = (Vec::new(), Vec::new(), Vec::new());
        let results = base.join("results");
        let disk = crate::jobs::faults::disk();
        let mut shard = Self { disk, base, made, groups, known, failed, begin: Instant::now() };
        let entries = std::fs::read_dir(&results).map_err(StoreError::io("listing", &results))?;
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into()).collect();
        names.sort_unstable();
        for name in names {
            match folder::verified(&shard.base, &name) {
                Ok(keys) => shard.keep(name, &keys)?,
                // It is not listed in the manifest, so that nobody reads it.
                Err(error) => tracing::warn!(%error, "damaged results are computed again"),
            }
        }
        Ok(shard)
    }

    fn keep(&mut self, name: String, keys: &[Key]) -> Result<(), StoreError> {
        let sums = sums::of_file(&sums::place(&self.base, &name))?;
        self.known.extend_from_slice(keys);
        self.groups.push(Group { name, keys: keys.iter().map(Key::hex).collect(), sums });
        Ok(())
    }

    /// A name that no other process uses, also if the same shard is started twice.
    fn new_name(&self) -> String {
        let process = std::process::id();
        let mut number = self.groups.len() + 1;
        loop {
            let name = format!("{number:06}-{process}");
            let taken = |part: &str| self.base.join(part).join(&name).exists();
            if !taken("results") && !taken("staging") {
                return name;
            }
            number += 1;
        }
    }

    fn complete(self, begun: Begun) -> Result<(), SweepError> {
        let seconds = self.begin.elapsed().as_secs_f64();
        let (groups, failed) = (self.groups, self.failed);
        Complete { begun, groups, failed, seconds }.write(&self.base)
    }
}

impl Sink for Folder {
    type Error = StoreError;

    fn begin(&mut self, specs: &[Arc<Spec>], stop: &dyn Stop) {
        faults::inject(specs, stop);
    }

    fn take(&mut self, chunk: Vec<Run>, results: Vec<RunResult>) -> Result<(), StoreError> {
        let (done, failed) = sorted(chunk, results);
        self.failed
            .extend(failed.into_iter().map(|(key, reason)| Failed { key: key.hex(), reason }));
        if done.is_empty() {
            return Ok(());
        }
        let name = self.new_name();
        folder::write(&self.disk, &self.base, &name, &done, &self.made)?;
        let keys: Vec<Key> = done.iter().map(|unit| unit.key).collect();
        self.keep(name, &keys)
    }
}
