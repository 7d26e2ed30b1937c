//! Groups in a folder: of a store, or of a shard that will be merged into one. Files and renames
//! only.
use std::path::Path;

use super::groups::{self, Provenance, StoredUnit};
use super::{StoreError, lock, sums};
use crate::jobs::key::Key;

/// Writes a group in `staging/` of `base`, syncs it, and renames it into `results/`.
pub(in crate::jobs) fn write(
    base: &Path,
    name: &str,
    units: &[StoredUnit],
    made: &Provenance,
) -> Result<(), StoreError> {
    let staged = base.join("staging").join(name);
    groups::write(&staged, name, units, made)?;
    settle(base, name)
}

/// Takes a complete group of another folder over: its files are shared where the file system can,
/// else copied.
pub(in crate::jobs) fn adopt(
    base: &Path,
    name: &str,
    from: &Path,
    its_name: &str,
) -> Result<(), StoreError> {
    let source = from.join("results").join(its_name);
    let staged = base.join("staging").join(name);
    std::fs::create_dir_all(&staged).map_err(StoreError::io("creating", &staged))?;
    for path in sums::files(&source)? {
        let target = staged.join(path.strip_prefix(&source).unwrap_or(&path));
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(StoreError::io("creating", parent))?;
        }
        if std::fs::hard_link(&path, &target).is_err() {
            std::fs::copy(&path, &target).map_err(StoreError::io("copying", &path))?;
        }
    }
    settle(base, name)
}

fn settle(base: &Path, name: &str) -> Result<(), StoreError> {
    let staged = base.join("staging").join(name);
    lock::sync_tree(&staged)?;
    sums::write(base, &staged, name)?;
    let results = base.join("results");
    let path = results.join(name);
    std::fs::rename(&staged, &path).map_err(StoreError::io("renaming into", &path))?;
    lock::sync(&results)
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
