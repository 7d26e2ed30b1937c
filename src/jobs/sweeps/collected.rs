//! The points of a job, read back from its store.
use std::collections::HashMap;

use super::{SweepError, document_of};
use crate::jobs::key::Key;
use crate::jobs::results::{Results, Units, collect};
use crate::jobs::spec::Unit;
use crate::jobs::store::{JobRow, Reader};

/// What is known about every point of a job now.
pub fn collected(reader: Reader, row: &JobRow) -> Result<Results, SweepError> {
    let since = row.view.submitted_unix_seconds;
    collect(document_of(row)?, &row.device, &Stored { reader, since })
}

struct Stored {
    reader: Reader,
    since: f64,
}

impl Units for Stored {
    type Error = SweepError;

    fn found(&self, keys: &[Key]) -> Result<HashMap<Key, Unit>, SweepError> {
        Ok(self.reader.units(keys)?)
    }

    fn failure(&self, key: &Key) -> Result<Option<String>, SweepError> {
        Ok(self.reader.failure(key, self.since)?)
    }
}
