//! What a store has of sweeps, while somebody may be writing to it.
use std::path::{Path, PathBuf};

use super::SweepError;
use crate::jobs::store::{Reader, holder};
use crate::jobs::view::JobView;

/// The jobs of a store.
#[derive(Debug)]
pub struct Status {
    pub dir: PathBuf,
    /// The process that writes to it now.
    pub in_use_by: Option<String>,
    /// The newest first.
    pub entries: Vec<Entry>,
}

/// One job.
#[derive(Debug)]
pub struct Entry {
    pub view: JobView,
    /// The state; `interrupted` for an unfinished one that nobody is working on.
    pub state: &'static str,
    pub device: String,
}

/// Reads, and changes nothing.
pub fn status(dir: &Path) -> Result<Status, SweepError> {
    let in_use_by = holder(dir);
    let rows = Reader::open(dir)?.jobs(-1)?;
    let entry = |row: crate::jobs::store::JobRow| {
        let state = match row.view.state {
            state if state.ended() || in_use_by.is_some() => state.name(),
            _ => "interrupted",
        };
        Entry { view: row.view, state, device: row.device }
    };
    let entries = rows.into_iter().map(entry).collect();
    Ok(Status { dir: dir.to_owned(), in_use_by, entries })
}
