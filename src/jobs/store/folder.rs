//! Groups in a folder: of a store, or of a shard that will be merged into one. Files and renames
//! only.
use std::path::Path;

use super::groups::{self, Provenance, StoredUnit};
use super::{Disk, StoreError, sums};
use crate::jobs::faults::{CrashPoint, pass};
use crate::jobs::key::Key;

/// Writes a group in `staging/` of `base`, syncs it, and renames it into `results/`.
pub(in crate::jobs) fn write(
    disk: &Disk,
    base: &Path,
    name: &str,
    units: &[StoredUnit],
    made: &Provenance,
) -> Result<(), StoreError> {
    let staged = base.join("staging").join(name);
    disk.write_tree(&staged, &groups::files(name, units, made)?)?;
    settle(disk, base, name)
}

/// Takes a complete group of another folder over: its files are shared where the file system can,
/// else copied.
pub(in crate::jobs) fn adopt(
    disk: &Disk,
    base: &Path,
    name: &str,
    from: &Path,
    its_name: &str,
) -> Result<(), StoreError> {
    let source = from.join("results").join(its_name);
    let staged = base.join("staging").join(name);
    disk.create_dirs(&staged)?;
    let mut copies = Vec::new();
    for path in sums::files(&source)? {
        let target = staged.join(path.strip_prefix(&source).unwrap_or(&path));
        disk.create_dirs(target.parent().unwrap_or(&staged))?;
        disk.link(&path, &target)?;
        copies.push(target);
    }
    disk.sync_all(&copies, &staged)?;
    settle(disk, base, name)
}

fn settle(disk: &Disk, base: &Path, name: &str) -> Result<(), StoreError> {
    let staged = base.join("staging").join(name);
    sums::write(disk, base, &staged, name)?;
    pass(CrashPoint::GroupWritten);
    let results = base.join("results");
    disk.rename(&staged, &results.join(name))?;
    pass(CrashPoint::GroupRenamed);
    disk.sync(&results)?;
    pass(CrashPoint::GroupSynced);
    Ok(())
}

/// Engine and version of a group.
pub(in crate::jobs) fn engine(base: &Path, name: &str) -> Option<(String, u32)> {
    groups::engine_of(&base.join("results").join(name))
}

/// The keys of a group whose files are as they were written, its arrays read to the end.
/// Errors: what is wrong with it.
pub(in crate::jobs) fn verified(base: &Path, name: &str) -> Result<Vec<Key>, StoreError> {
    let damaged = |reason: String| StoreError::Arrays { name: name.to_owned(), reason };
    match sums::differences(base, name)? {
        Some(wrong) if !wrong.is_empty() => return Err(damaged(wrong.join(", "))),
        _ => {}
    }
    groups::keys_of(&base.join("results").join(name), name)
}
