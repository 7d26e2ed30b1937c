//! Taking a job out of its store, with the units that are its alone.
use std::collections::HashSet;

use super::{SweepError, document_of};
use crate::jobs::key::Key;
use crate::jobs::planner::runs_of;
use crate::jobs::store::{JobRow, Reader, Store};

/// What would be removed.
#[derive(Debug)]
pub struct Removal {
    job: String,
    /// Stored units of this job alone.
    pub own: Vec<Key>,
    /// How many of its stored units other jobs refer to; they stay.
    pub shared: usize,
}

/// The keys of all units a job refers to.
pub fn keys_of(row: &JobRow) -> Result<HashSet<Key>, SweepError> {
    let runs = runs_of(&document_of(row)?, &row.device)?;
    Ok(runs.iter().flat_map(|run| run.keys.iter().copied()).collect())
}

/// Errors: no such job; a job whose document cannot be read: what it refers to is not known.
pub fn removal(store: &Store, id: &str) -> Result<Removal, SweepError> {
    let rows = Reader::open(store.dir())?.jobs(-1)?;
    let job = rows.iter().find(|row| &*row.view.id == id);
    let job = job.ok_or_else(|| SweepError::NotFound(id.to_owned()))?;
    let mut own = keys_of(job)?;
    let all = own.len();
    for other in rows.iter().filter(|row| row.view.id != job.view.id) {
        let theirs = keys_of(other)?;
        own.retain(|key| !theirs.contains(key));
    }
    let shared = all - own.len();
    let mut own: Vec<Key> = own.into_iter().collect();
    own.sort_unstable();
    let stored = store.known(&own)?;
    let mut stored = stored.into_iter();
    own.retain(|_| stored.next() == Some(true));
    Ok(Removal { job: id.to_owned(), own, shared })
}

pub fn remove(store: &mut Store, removal: &Removal) -> Result<(), SweepError> {
    Ok(store.remove_job(&removal.job, &removal.own)?)
}
