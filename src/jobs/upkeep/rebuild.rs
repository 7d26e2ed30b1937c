//! A new index from all results that can be read; the old one is set aside, nothing is deleted.
use std::path::{Path, PathBuf};

use crate::jobs::store::{JobRow, Reader, Store, StoreError, folder, folders};

/// What was found again.
#[derive(Debug)]
pub struct Rebuilt {
    pub groups: usize,
    pub units: usize,
    /// Jobs that could be read from the old index.
    pub jobs: usize,
    /// Folders that cannot be read; they stay.
    pub unreadable: Vec<String>,
    /// Where the old index is now.
    pub set_aside: Option<PathBuf>,
}

pub fn rebuild(dir: &Path) -> Result<Rebuilt, StoreError> {
    let jobs = old_jobs(dir);
    let (mut store, set_aside) = Store::open_anew(dir)?;
    let mut rebuilt =
        Rebuilt { groups: 0, units: 0, jobs: jobs.len(), unreadable: Vec::new(), set_aside };
    for name in folders(dir)? {
        let Ok(id) = name.parse::<i64>() else {
            rebuilt.unreadable.push(name);
            continue;
        };
        match folder::verified(dir, &name) {
            Ok(keys) => {
                store.enter(id, &keys)?;
                rebuilt.groups += 1;
                rebuilt.units += keys.len();
            }
            Err(_) => rebuilt.unreadable.push(name),
        }
    }
    jobs.iter().try_for_each(|job| store.save_job(job))?;
    Ok(rebuilt)
}

/// As many as SQLite still finds.
fn old_jobs(dir: &Path) -> Vec<JobRow> {
    let jobs = Reader::open(dir).and_then(|reader| reader.jobs(-1));
    jobs.unwrap_or_default()
}
