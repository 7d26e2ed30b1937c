//! Whom jobs belong to, why they are computed where they are, and what users have used, hour by hour.
//! Beside the other tables: jobs without a row are those of the local user.
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::job_row;
use super::{JobRow, Reader, Store, StoreError};
use crate::jobs::account::{LOCAL_USER, Usage, Used};
use crate::jobs::view::JobView;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS owners (
    id TEXT NOT NULL PRIMARY KEY,   -- of the job
    owner TEXT NOT NULL,
    priority INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owners_by_name ON owners (owner);
CREATE TABLE IF NOT EXISTS choices (
    id TEXT NOT NULL PRIMARY KEY,   -- of the job
    why TEXT NOT NULL               -- its device
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage (
    user TEXT NOT NULL,
    hour INTEGER NOT NULL,          -- since 1970
    device_seconds REAL NOT NULL,
    result_bytes INTEGER NOT NULL,
    PRIMARY KEY (user, hour)
) WITHOUT ROWID;
";

/// Every column of a job, the owner's included.
pub(super) const JOBS: &str = "SELECT jobs.*, COALESCE(owners.owner, 'local') AS owner, \
     COALESCE(owners.priority, 0) AS priority \
     FROM jobs LEFT JOIN owners ON owners.id = jobs.id";

/// Within the transaction that saves the job.
pub(super) fn save(db: &Connection, view: &JobView) -> Result<(), StoreError> {
    if *view.owner == *LOCAL_USER && view.priority == 0 {
        return Ok(());
    }
    let mut statement = db
        .prepare_cached("INSERT OR IGNORE INTO owners (id, owner, priority) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![view.id.as_ref(), view.owner.as_ref(), view.priority])?;
    Ok(())
}

impl Reader {
    /// Why the job's device was chosen; nothing where nobody has said.
    pub fn why(&self, job: &str) -> Result<Option<String>, StoreError> {
        // Stores of older versions have no such table, and a reader makes none.
        let exists = "SELECT 1 FROM sqlite_master WHERE name = 'choices'";
        if !self.db.prepare_cached(exists)?.exists([])? {
            return Ok(None);
        }
        let mut statement = self.db.prepare_cached("SELECT why FROM choices WHERE id = ?1")?;
        Ok(statement.query_row([job], |row| row.get(0)).optional()?)
    }

    /// The jobs of one owner, the newest first.
    pub fn jobs_of(&self, owner: &str, limit: i64) -> Result<Vec<JobRow>, StoreError> {
        let text = format!(
            "{JOBS} WHERE COALESCE(owners.owner, 'local') = ?1 \
             ORDER BY submitted DESC, jobs.rowid DESC LIMIT ?2"
        );
        let mut statement = self.db.prepare_cached(&text)?;
        let rows =
            statement.query_map(params![owner, limit], job_row)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

impl Store {
    /// Before the job itself is saved.
    pub fn save_choice(&self, job: &str, why: &str) -> Result<(), StoreError> {
        let text = "INSERT OR REPLACE INTO choices (id, why) VALUES (?1, ?2)";
        self.db.prepare_cached(text)?.execute([job, why])?;
        Ok(())
    }

    /// What every user has used since `hour`.
    pub fn usage(&self, hour: i64) -> Result<Vec<(Arc<str>, Usage)>, StoreError> {
        let mut statement = self.db.prepare(
            "SELECT user, hour, device_seconds, result_bytes FROM usage WHERE hour >= ?1 \
             ORDER BY user",
        )?;
        let mut rows = statement.query([hour])?;
        let mut found: Vec<(Arc<str>, Usage)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (user, hour): (String, i64) = (row.get(0)?, row.get(1)?);
            let bytes: i64 = row.get(3)?;
            let (device_seconds, result_bytes) = (row.get(2)?, bytes.try_into().unwrap_or(0));
            if found.last().is_none_or(|(last, _)| **last != *user) {
                found.push((user.into(), Usage::default()));
            }
            if let Some((_, usage)) = found.last_mut() {
                usage.add(hour, Used { device_seconds, result_bytes });
            }
        }
        Ok(found)
    }

    /// More was used; hours before `oldest` are forgotten.
    pub fn add_usage(
        &mut self,
        hour: i64,
        used: &[(Arc<str>, Used)],
        oldest: i64,
    ) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO usage VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user, hour) DO UPDATE SET \
                 device_seconds = device_seconds + ?3, result_bytes = result_bytes + ?4",
            )?;
            for (user, used) in used {
                let bytes = used.result_bytes as i64;
                statement.execute(params![user.as_ref(), hour, used.device_seconds, bytes])?;
            }
            transaction.execute("DELETE FROM usage WHERE hour < ?1", [oldest])?;
        }
        transaction.commit()?;
        Ok(())
    }
}
