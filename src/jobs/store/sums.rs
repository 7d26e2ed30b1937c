//! Checksums of every file of a group, in the format of `sha256sum`, kept beside the groups: run
//! `sha256sum --check sums/*` in the store.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Disk, StoreError};
use crate::jobs::key::Key;

/// Where the checksums of a group are.
pub(in crate::jobs) fn place(base: &Path, name: &str) -> PathBuf {
    base.join("sums").join(format!("{name}.sha256"))
}

/// Writes the checksums of the group that lies in `folder` and will be `results/NAME` of `base`.
/// They are in place before the group is.
pub(super) fn write(disk: &Disk, base: &Path, folder: &Path, name: &str) -> Result<(), StoreError> {
    let sums = base.join("sums");
    if !sums.exists() {
        disk.create_dirs(&sums)?;
        disk.sync(base)?;
    }
    let staged = base.join("staging").join(format!("{name}.sha256"));
    let line = |(path, sum): (String, String)| format!("{sum}  results/{name}/{path}\n");
    let text: String = of_folder(folder)?.into_iter().map(line).collect();
    disk.remove_file(&staged)?;
    disk.write(&staged, text.as_bytes())?;
    disk.rename(&staged, &place(base, name))?;
    disk.sync(&sums)
}

/// What is wrong with the files of a group; empty when all is well. None: there are no checksums,
/// the group is older than they are.
/// Errors: a file that cannot be read.
pub(in crate::jobs) fn differences(
    base: &Path,
    name: &str,
) -> Result<Option<Vec<String>>, StoreError> {
    let path = place(base, name);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read(&path).map_err(StoreError::io("reading", &path))?;
    let text = String::from_utf8_lossy(&text);
    let prefix = format!("results/{name}/");
    let mut wanted: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        match line.split_once("  ").map(|(sum, path)| (sum, path.strip_prefix(&prefix))) {
            Some((sum, Some(path))) if sum.len() == 64 => wanted.insert(path, sum),
            _ => return Ok(Some(vec![format!("sums/{name}.sha256 is damaged")])),
        };
    }
    let found = of_folder(&base.join("results").join(name))?;
    let mut wrong = Vec::new();
    for (path, sum) in &wanted {
        match found.get(*path) {
            None => wrong.push(format!("{path} is missing")),
            Some(found) if found != sum => wrong.push(format!("{path} has changed")),
            Some(_) => {}
        }
    }
    let unknown = found.keys().filter(|path| !wanted.contains_key(path.as_str()));
    wrong.extend(unknown.map(|path| format!("{path} does not belong there")));
    Ok(Some(wrong))
}

/// SHA-256 of a file, as hexadecimal digits.
pub(in crate::jobs) fn of_file(path: &Path) -> Result<String, StoreError> {
    let failed = |error| StoreError::io("reading", path)(error);
    let mut file = File::open(path).map_err(failed)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(Key(digest.finalize().into()).hex()),
            count => digest.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}

/// Of every file below `folder`, by its path from there.
fn of_folder(folder: &Path) -> Result<BTreeMap<String, String>, StoreError> {
    let mut sums = BTreeMap::new();
    for path in files(folder)? {
        let sum = of_file(&path)?;
        let inside = path.strip_prefix(folder).unwrap_or(&path);
        sums.insert(inside.to_string_lossy().into_owned(), sum);
    }
    Ok(sums)
}

/// Every file below `folder`.
pub(in crate::jobs) fn files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let failed = |error| StoreError::io("listing", &folder)(error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() { &mut folders } else { &mut files }.push(entry.path());
        }
    }
    Ok(files)
}
