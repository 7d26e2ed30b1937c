//! Finished units, kept for good: an index in SQLite, the numbers in Zarr v3 groups.
//!
//! Order of a write: the intent row, the group in `staging/` (files and directories synced), the
//! rename into `results/`, and only then the rows that make the units findable. Whatever instant a
//! crash picks, a findable unit has its numbers.
mod answers;
mod disk;
pub(in crate::jobs) mod folder;
mod groups;
mod lock;
mod owners;
mod rows;
mod runs;
pub(in crate::jobs) mod sums;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use disk::{Disk, Fault};
pub use groups::{Provenance, StoredUnit};
pub use lock::{free_bytes, holder, network_file_system};
pub use rows::{Index, JobRow};

use super::faults::{self, CrashPoint, pass};
use super::key::Key;
use super::spec::Unit;

/// Why the store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("the store {} is in use by the process {holder}; one server per store", dir.display())]
    InUse { dir: PathBuf, holder: String },
    #[error("{action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("index of the store: {0}")]
    Index(#[from] rusqlite::Error),
    #[error("results {name}: {reason}")]
    Arrays { name: String, reason: String },
    #[error("the store was written by a newer version (format {found}, known {known})")]
    Newer { found: i64, known: i64 },
    #[error("neither XDG_DATA_HOME nor HOME is set: name a store with --store")]
    NoHome,
}

impl StoreError {
    pub(in crate::jobs) fn io(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// `$XDG_DATA_HOME/edgestate`, else `~/.local/share/edgestate`.
pub fn default_dir() -> Result<PathBuf, StoreError> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("edgestate"))
        .ok_or(StoreError::NoHome)
}

/// The version of the index in a store.
/// Errors: it cannot be read, or is newer than this program.
pub fn index_format(dir: &Path) -> Result<i64, StoreError> {
    rows::format(&rows::open_read_only(&dir.join("jobs.sqlite"))?)
}

/// The one writer of a store. Holds its lock until dropped.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    db: Connection,
    disk: Disk,
    _lock: lock::Lock,
}

impl Store {
    /// Sets the index aside, whatever is wrong with it, and begins an empty one; also says where the
    /// old one is.
    pub(in crate::jobs) fn open_anew(dir: &Path) -> Result<(Self, Option<PathBuf>), StoreError> {
        let (lock, disk) = (lock::Lock::take(dir)?, faults::disk());
        let moment = crate::jobs::unix_seconds() as u64;
        let mut set_aside = None;
        for ending in ["-wal", "-shm", ""] {
            let path = dir.join(format!("jobs.sqlite{ending}"));
            let target = dir.join(format!("jobs.sqlite.{moment}{ending}"));
            if path.exists() {
                disk.rename(&path, &target)?;
                set_aside = Some(target);
            }
        }
        disk.sync(dir)?;
        drop(lock);
        Ok((Self::open(dir)?, set_aside))
    }

    /// Enters a group that is in its place.
    pub(in crate::jobs) fn enter(&mut self, id: i64, keys: &[Key]) -> Result<(), StoreError> {
        rows::enter_group(&mut self.db, &self.disk, id, keys)
    }

    /// Takes whole groups out, first from the index.
    pub(in crate::jobs) fn remove_groups(
        &mut self,
        names: &[String],
        units: &[Key],
    ) -> Result<(), StoreError> {
        let ids = names.iter().filter_map(|name| name.parse().ok()).collect::<Vec<i64>>();
        rows::remove_groups(&mut self.db, &ids, units)?;
        names.iter().try_for_each(|name| self.remove_folder(name))
    }

    /// Opens or creates the store, takes its lock and repairs what a crash left behind.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_on(faults::disk(), dir)
    }

    /// The same on a disk that may fail.
    pub fn open_on(disk: Disk, dir: &Path) -> Result<Self, StoreError> {
        for path in [dir, &dir.join("staging"), &dir.join("results")] {
            disk.create_dirs(path)?;
        }
        let dir = dir.canonicalize().map_err(StoreError::io("opening", dir))?;
        let lock = lock::Lock::take(&dir)?;
        disk.index()?;
        let local = network_file_system(&dir).is_none();
        let db = rows::open(&dir.join("jobs.sqlite"), local, disk.index_pages())?;
        let mut store = Self { dir, db, disk, _lock: lock };
        store.recover()?;
        pass(CrashPoint::Recovered);
        Ok(store)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Empties the staging folder; a group that was renamed but not indexed is adopted.
    fn recover(&mut self) -> Result<(), StoreError> {
        let staging = self.dir.join("staging");
        self.disk.remove_dirs(&staging)?;
        pass(CrashPoint::StagingRemoved);
        self.disk.create_dirs(&staging)?;
        for id in rows::open_intents(&self.db)? {
            let name = group_name(id);
            let path = self.dir.join("results").join(&name);
            match groups::keys_of(&path, &name) {
                Ok(keys) => {
                    pass(CrashPoint::GroupFound);
                    // Its rename may not have reached the disk when the crash came.
                    self.disk.sync(&self.dir.join("results"))?;
                    rows::commit_group(&mut self.db, &self.disk, id, &keys, &[])?;
                }
                Err(error) => {
                    if path.exists() {
                        tracing::warn!(name, %error, "an unreadable group is removed");
                        self.remove_folder(&name)?;
                    }
                    pass(CrashPoint::IntentFound);
                    self.disk.index()?;
                    rows::drop_intent(&self.db, id)?;
                }
            }
        }
        Ok(())
    }

    /// First half of a write: a name nobody else has. Hand it to [`Draft::write`], on any thread.
    pub fn draft(&self) -> Result<Draft, StoreError> {
        self.disk.index()?;
        let id = rows::new_intent(&self.db)?;
        pass(CrashPoint::IntentSaved);
        Ok(Draft { id, dir: self.dir.clone(), disk: self.disk.clone() })
    }

    /// Second half: the units of a written draft become findable, failures get their reason.
    pub fn commit(
        &mut self,
        draft: &Draft,
        done: &[Key],
        failed: &[(Key, String)],
    ) -> Result<(), StoreError> {
        rows::commit_group(&mut self.db, &self.disk, draft.id, done, failed)
    }

    /// Instead of [`Self::commit`], after an error: what was written goes away, and `failed` says why
    /// there is nothing. What cannot be cleaned now, the next start cleans.
    pub fn abandon(&mut self, draft: &Draft, failed: &[(Key, String)]) -> Result<(), StoreError> {
        let name = group_name(draft.id);
        self.disk.remove_dirs(&self.dir.join("staging").join(&name))?;
        self.remove_folder(&name)?;
        rows::commit_group(&mut self.db, &self.disk, draft.id, &[], failed)
    }

    /// Which of `keys` are stored.
    pub fn known(&self, keys: &[Key]) -> Result<Vec<bool>, StoreError> {
        rows::known(&self.db, keys)
    }

    pub fn failure(&self, key: &Key, since: f64) -> Result<Option<String>, StoreError> {
        rows::failure(&self.db, key, since)
    }

    /// Units that were given up elsewhere, with their reasons.
    pub fn save_failures(&self, failed: &[(Key, String)]) -> Result<(), StoreError> {
        rows::save_failures(&self.db, failed)
    }

    pub fn save_job(&self, job: &JobRow) -> Result<(), StoreError> {
        self.disk.index()?;
        rows::save_job(&self.db, job)
    }

    /// Takes a job out, and `units`, which nobody else refers to. Folders go last: a crash leaves one
    /// that nobody refers to, never a reference to nothing.
    pub fn remove_job(&mut self, id: &str, units: &[Key]) -> Result<(), StoreError> {
        let empty = rows::remove_job(&mut self.db, id, units)?;
        empty.into_iter().try_for_each(|group| self.remove_folder(&group_name(group)))
    }

    /// Of `results/`, with its checksums.
    fn remove_folder(&self, name: &str) -> Result<(), StoreError> {
        self.disk.remove_dirs(&self.dir.join("results").join(name))?;
        self.disk.remove_file(&sums::place(&self.dir, name))
    }

    pub fn unfinished_jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        rows::jobs(&self.db, "WHERE state IN ('queued', 'running') ORDER BY submitted", -1)
    }
}

/// A group that is being written.
#[derive(Debug, Clone)]
pub struct Draft {
    id: i64,
    dir: PathBuf,
    disk: Disk,
}

impl Draft {
    /// Writes, syncs and renames the group. Nothing to do for an empty one.
    pub fn write(&self, units: &[StoredUnit], made: &Provenance) -> Result<(), StoreError> {
        if units.is_empty() {
            return Ok(());
        }
        folder::write(&self.disk, &self.dir, &group_name(self.id), units, made)
    }

    /// Takes over the group `name` of another folder.
    pub(in crate::jobs) fn adopt(&self, from: &Path, name: &str) -> Result<(), StoreError> {
        folder::adopt(&self.disk, &self.dir, &group_name(self.id), from, name)
    }
}

/// Reads a store while its server writes.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    db: Connection,
}

impl Reader {
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self { dir: dir.to_owned(), db: rows::open_read_only(&dir.join("jobs.sqlite"))? })
    }

    /// The stored ones among `keys`.
    pub fn units(&self, keys: &[Key]) -> Result<HashMap<Key, Unit>, StoreError> {
        let mut units = HashMap::new();
        for (group, members) in rows::places(&self.db, keys)? {
            let name = group_name(group);
            let path = self.dir.join("results").join(&name);
            let found = groups::read(&path, &name)?;
            for (key, row) in members {
                let unit = found.get(row).ok_or_else(|| StoreError::Arrays {
                    name: name.clone(),
                    reason: format!("row {row} of {} rows", found.len()),
                })?;
                units.insert(key, unit.clone());
            }
        }
        Ok(units)
    }

    pub fn known(&self, keys: &[Key]) -> Result<Vec<bool>, StoreError> {
        rows::known(&self.db, keys)
    }

    /// What SQLite finds wrong with the index.
    pub(in crate::jobs) fn complaints(&self) -> Result<Vec<String>, StoreError> {
        rows::complaints(&self.db)
    }

    pub(in crate::jobs) fn index(&self) -> Result<Index, StoreError> {
        rows::index(&self.db)
    }

    /// The reason of a unit given up since `since` (seconds).
    pub fn failure(&self, key: &Key, since: f64) -> Result<Option<String>, StoreError> {
        rows::failure(&self.db, key, since)
    }

    pub fn job(&self, id: &str) -> Result<Option<JobRow>, StoreError> {
        rows::job(&self.db, id)
    }

    /// The newest first.
    pub fn jobs(&self, limit: i64) -> Result<Vec<JobRow>, StoreError> {
        rows::jobs(&self.db, "ORDER BY submitted DESC, jobs.rowid DESC", limit)
    }
}

pub(in crate::jobs) fn group_name(id: i64) -> String {
    format!("{id:08}")
}

/// The names of all folders of results, in order.
pub(in crate::jobs) fn folders(dir: &Path) -> Result<Vec<String>, StoreError> {
    let results = dir.join("results");
    let entries = std::fs::read_dir(&results).map_err(StoreError::io("listing", &results))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    Ok(names)
}

/// Of all files of a group.
pub(in crate::jobs) fn folder_bytes(dir: &Path, name: &str) -> u64 {
    let files = sums::files(&dir.join("results").join(name)).unwrap_or_default();
    files.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum()
}
