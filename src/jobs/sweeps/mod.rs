//! Sweeps of a store, computed in this process: begun, resumed, listed, removed, and shared out.
//!
//! A sweep is a job of the store like those of a server: a server that opens the store later goes
//! on with what was left unfinished, and the other way round. The identity of a sweep is what it
//! asks for, on which class of device, so that the same file is the same sweep however often it is
//! started. See docs/sweeps.md.
mod collected;
mod remove;
mod report;
mod run;
pub mod shards;
mod status;

use std::path::Path;

use sha2::{Digest, Sha256};

use super::document::{Document, DocumentError, RawDocument};
use super::key::Key;
use super::store::{JobRow, Reader, StoreError};
use super::view::{JobId, JobState, JobView};
use crate::invalid::Invalid;

pub use collected::collected;
pub use remove::{Removal, keys_of, removal, remove};
pub use report::{Report, to_json};
pub use run::{resume, run};
pub use status::{Entry, Status, status};

/// Why a sweep did not reach its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    #[error("stopped on request")]
    Stopped,
    #[error("{}", listed(.0))]
    Invalid(Vec<Invalid>),
    #[error("no sweep of this store is called {0:?}")]
    NotFound(String),
    #[error("{} sweeps are unfinished, name one of them: {}", .0.len(), .0.join(", "))]
    Several(Vec<String>),
    #[error("there is no sweep in this store")]
    Empty,
    #[error(
        "sweep {job} began on {began:?}, here is {here:?}: results of both would not be comparable \
         bit by bit; start it anew with `edgestate sweep run FILE`"
    )]
    OtherDevice { job: String, began: String, here: String },
    #[error("the shards are refused:\n  {}", .reasons.join("\n  "))]
    Shards { reasons: Vec<String> },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the stored document of sweep {job} cannot be read: {reason}")]
    Document { job: String, reason: String },
}

impl From<Vec<Invalid>> for SweepError {
    fn from(invalid: Vec<Invalid>) -> Self {
        Self::Invalid(invalid)
    }
}

fn listed(errors: &[Invalid]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The id of the sweep of a document on a class of devices: 16 hexadecimal digits.
pub fn id_of(document: &RawDocument, device: &str) -> JobId {
    let text = format!("sweep=1\ndevice={device}\n{}", document.to_toml());
    let digest = Key(Sha256::digest(text.as_bytes()).into()).hex();
    digest.get(..16).unwrap_or_default().into()
}

/// The checked document of a stored job.
pub fn document_of(row: &JobRow) -> Result<Document, SweepError> {
    let raw = RawDocument::from_toml(&row.document);
    let checked = raw.and_then(|raw| raw.check().map_err(DocumentError::Invalid));
    checked.map_err(|error| SweepError::Document {
        job: row.view.id.to_string(),
        reason: error.to_string(),
    })
}

/// The job of a store that is meant by `id`; without one the only unfinished job, else the newest.
pub fn find(dir: &Path, id: Option<&str>) -> Result<JobRow, SweepError> {
    let reader = Reader::open(dir)?;
    if let Some(id) = id {
        return reader.job(id)?.ok_or_else(|| SweepError::NotFound(id.to_owned()));
    }
    let mut rows = reader.jobs(-1)?;
    let unfinished = |row: &&JobRow| !row.view.state.ended();
    let open: Vec<&JobRow> = rows.iter().filter(unfinished).collect();
    match open.as_slice() {
        [] if rows.is_empty() => Err(SweepError::Empty),
        [] => Ok(rows.swap_remove(0)),
        [one] => Ok((*one).clone()),
        several => {
            Err(SweepError::Several(several.iter().map(|row| row.view.id.to_string()).collect()))
        }
    }
}

fn new_view(id: JobId, engine: &str) -> JobView {
    JobView {
        id,
        engine: engine.into(),
        owner: super::account::LOCAL_USER.into(),
        priority: 0,
        state: JobState::Queued,
        units_total: 0,
        units_done: 0,
        units_failed: 0,
        units_from_store: 0,
        progress: 0.0,
        seconds_left: None,
        seconds_elapsed: 0.0,
        submitted_unix_seconds: super::unix_seconds(),
        reason: String::new(),
    }
}
