//! The index: jobs, where each unit lies, why a unit has no result.
use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::{Disk, StoreError, owners};
use crate::jobs::faults::{CrashPoint, pass};
use crate::jobs::key::Key;
use crate::jobs::view::{JobState, JobView};

const FORMAT: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,         -- TOML
    device TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    submitted REAL NOT NULL,        -- seconds since 1970
    elapsed REAL NOT NULL,
    units_total INTEGER NOT NULL,
    units_done INTEGER NOT NULL,
    units_failed INTEGER NOT NULL,
    units_from_store INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (submitted);
CREATE TABLE IF NOT EXISTS groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    complete INTEGER NOT NULL       -- 0: an intent; the folder may or may not be there
);
CREATE INDEX IF NOT EXISTS intents ON groups (id) WHERE complete = 0;
CREATE TABLE IF NOT EXISTS units (
    key BLOB NOT NULL PRIMARY KEY,
    group_id INTEGER NOT NULL,
    row INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS units_by_group ON units (group_id);
CREATE TABLE IF NOT EXISTS failures (
    key BLOB NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    time REAL NOT NULL
) WITHOUT ROWID;
";

/// A job as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    pub view: JobView,
    /// TOML of the raw document.
    pub document: String,
    pub device: String,
}

/// `local`: the file system keeps its promises, so that the write-ahead log can be used. `pages`:
/// the index gets no larger.
pub(super) fn open(path: &Path, local: bool, pages: Option<u32>) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    let journal = if local { "WAL" } else { "DELETE" };
    db.pragma_update(None, "journal_mode", journal)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    format(&db)?;
    db.execute_batch(SCHEMA)?;
    db.execute_batch(owners::SCHEMA)?;
    db.pragma_update(None, "user_version", FORMAT)?;
    if let Some(pages) = pages {
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(db)
}

/// Errors: an index of a newer version, or one that cannot be read at all.
pub(super) fn format(db: &Connection) -> Result<i64, StoreError> {
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > FORMAT {
        return Err(StoreError::Newer { found, known: FORMAT });
    }
    Ok(found)
}

pub(super) fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(db)
}

pub(super) fn new_intent(db: &Connection) -> Result<i64, StoreError> {
    db.execute("INSERT INTO groups (complete) VALUES (0)", [])?;
    Ok(db.last_insert_rowid())
}

pub(super) fn open_intents(db: &Connection) -> Result<Vec<i64>, StoreError> {
    let mut statement = db.prepare("SELECT id FROM groups WHERE complete = 0")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

pub(super) fn drop_intent(db: &Connection, id: i64) -> Result<(), StoreError> {
    db.execute("DELETE FROM groups WHERE id = ?1 AND complete = 0", [id])?;
    Ok(())
}

/// All rows of a group in one transaction.
pub(super) fn commit_group(
    db: &mut Connection,
    disk: &Disk,
    id: i64,
    done: &[Key],
    failed: &[(Key, String)],
) -> Result<(), StoreError> {
    disk.index()?;
    let transaction = db.transaction()?;
    if done.is_empty() {
        transaction.execute("DELETE FROM groups WHERE id = ?1", [id])?;
    } else {
        transaction.execute("UPDATE groups SET complete = 1 WHERE id = ?1", [id])?;
    }
    {
        let mut unit = transaction
            .prepare("INSERT OR REPLACE INTO units (key, group_id, row) VALUES (?1, ?2, ?3)")?;
        let mut healed = transaction.prepare("DELETE FROM failures WHERE key = ?1")?;
        for (row, key) in done.iter().enumerate() {
            unit.execute(params![key.0, id, row as i64])?;
            healed.execute(params![key.0])?;
        }
        save_failures(&transaction, failed)?;
    }
    pass(CrashPoint::UnitsInserted);
    disk.index()?;
    transaction.commit()?;
    pass(CrashPoint::UnitsCommitted);
    Ok(())
}

pub(super) fn save_failures(db: &Connection, failed: &[(Key, String)]) -> Result<(), StoreError> {
    let mut failure =
        db.prepare("INSERT OR REPLACE INTO failures (key, reason, time) VALUES (?1, ?2, ?3)")?;
    let now = crate::jobs::unix_seconds();
    for (key, reason) in failed {
        failure.execute(params![key.0, reason, now])?;
    }
    Ok(())
}

pub(super) fn known(db: &Connection, keys: &[Key]) -> Result<Vec<bool>, StoreError> {
    let mut statement = db.prepare_cached("SELECT 1 FROM units WHERE key = ?1")?;
    keys.iter().map(|key| Ok(statement.exists(params![key.0])?)).collect()
}

/// Group by group: the keys there and their rows.
pub(super) fn places(
    db: &Connection,
    keys: &[Key],
) -> Result<BTreeMap<i64, Vec<(Key, usize)>>, StoreError> {
    let mut statement = db.prepare_cached("SELECT group_id, row FROM units WHERE key = ?1")?;
    let mut places: BTreeMap<i64, Vec<(Key, usize)>> = BTreeMap::new();
    for key in keys {
        let found = statement
            .query_row(params![key.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        if let Some((group, row)) = found {
            places.entry(group).or_default().push((*key, usize::try_from(row).unwrap_or(0)));
        }
    }
    Ok(places)
}

pub(super) fn failure(
    db: &Connection,
    key: &Key,
    since: f64,
) -> Result<Option<String>, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT reason FROM failures WHERE key = ?1 AND time >= ?2")?;
    Ok(statement.query_row(params![key.0, since], |row| row.get(0)).optional()?)
}

pub(super) fn save_job(db: &Connection, job: &JobRow) -> Result<(), StoreError> {
    let view = &job.view;
    let transaction = db.unchecked_transaction()?;
    owners::save(&transaction, view)?;
    transaction.execute(
        "INSERT INTO jobs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET state = ?4, reason = ?5, elapsed = ?7, units_total = ?8,
         units_done = ?9, units_failed = ?10, units_from_store = ?11",
        params![
            view.id.as_ref(),
            job.document,
            job.device,
            view.state.name(),
            view.reason,
            view.submitted_unix_seconds,
            view.seconds_elapsed,
            view.units_total as i64,
            view.units_done as i64,
            view.units_failed as i64,
            view.units_from_store as i64,
        ],
    )?;
    transaction.commit()?;
    Ok(())
}

/// The groups that hold no unit any more are forgotten; they come back.
pub(super) fn remove_job(
    db: &mut Connection,
    id: &str,
    units: &[Key],
) -> Result<Vec<i64>, StoreError> {
    let transaction = db.transaction()?;
    transaction.execute("DELETE FROM jobs WHERE id = ?1", [id])?;
    transaction.execute("DELETE FROM owners WHERE id = ?1", [id])?;
    transaction.execute("DELETE FROM choices WHERE id = ?1", [id])?;
    let empty = remove_units(&transaction, units)?;
    transaction.commit()?;
    Ok(empty)
}

/// Forgets units, and the groups that hold no other; these come back.
pub(super) fn remove_units(db: &Connection, units: &[Key]) -> Result<Vec<i64>, StoreError> {
    let groups = places(db, units)?;
    let mut unit = db.prepare("DELETE FROM units WHERE key = ?1")?;
    for key in units {
        unit.execute(params![key.0])?;
    }
    let mut used = db.prepare("SELECT 1 FROM units WHERE group_id = ?1")?;
    let mut group = db.prepare("DELETE FROM groups WHERE id = ?1")?;
    let mut empty = Vec::new();
    for id in groups.into_keys() {
        if !used.exists([id])? {
            group.execute([id])?;
            empty.push(id);
        }
    }
    Ok(empty)
}

/// Forgets groups with all their units.
pub(super) fn remove_groups(
    db: &mut Connection,
    groups: &[i64],
    units: &[Key],
) -> Result<(), StoreError> {
    let transaction = db.transaction()?;
    remove_units(&transaction, units)?;
    for group in groups {
        transaction.execute("DELETE FROM groups WHERE id = ?1", [group])?;
    }
    transaction.commit()?;
    Ok(())
}

/// A group that is not in the index, under its number.
pub(super) fn enter_group(
    db: &mut Connection,
    disk: &Disk,
    id: i64,
    keys: &[Key],
) -> Result<(), StoreError> {
    db.execute("INSERT OR IGNORE INTO groups (id, complete) VALUES (?1, 0)", [id])?;
    commit_group(db, disk, id, keys, &[])
}

/// Where everything is.
#[derive(Debug, Default)]
pub struct Index {
    /// Whether each group is complete.
    pub groups: BTreeMap<i64, bool>,
    /// The units of each group and their rows.
    pub units: BTreeMap<i64, Vec<(Key, usize)>>,
}

pub(super) fn index(db: &Connection) -> Result<Index, StoreError> {
    let mut index = Index::default();
    let mut groups = db.prepare("SELECT id, complete FROM groups")?;
    for group in groups.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (id, complete): (i64, bool) = group?;
        index.groups.insert(id, complete);
    }
    let mut units = db.prepare("SELECT key, group_id, row FROM units")?;
    let unit = |row: &Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get(2)?));
    for unit in units.query_map([], unit)? {
        let (key, group, row): (Vec<u8>, i64, i64) = unit?;
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        // A key of another length is nobody's.
        if let Some(key) = Key::from_slice(&key) {
            index.units.entry(group).or_default().push((key, row));
        }
    }
    Ok(index)
}

/// Errors: an index of a newer version, or one that cannot be read at all.
pub(super) fn complaints(db: &Connection) -> Result<Vec<String>, StoreError> {
    format(db)?;
    let mut statement = db.prepare("PRAGMA integrity_check(20)")?;
    let lines: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

pub(super) fn job(db: &Connection, id: &str) -> Result<Option<JobRow>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{} WHERE jobs.id = ?1", owners::JOBS))?;
    Ok(statement.query_row([id], job_row).optional()?)
}

/// `rest`: a constant condition and order; a negative `limit` means all.
pub(super) fn jobs(
    db: &Connection,
    rest: &'static str,
    limit: i64,
) -> Result<Vec<JobRow>, StoreError> {
    let mut statement = db.prepare(&format!("{} {rest} LIMIT ?1", owners::JOBS))?;
    let rows = statement.query_map([limit], job_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

pub(super) fn job_row(row: &Row<'_>) -> Result<JobRow, rusqlite::Error> {
    let id: String = row.get("id")?;
    let state: String = row.get("state")?;
    let count = |name: &str| -> Result<u64, rusqlite::Error> {
        Ok(row.get::<_, i64>(name)?.try_into().unwrap_or(0))
    };
    let (total, done) = (count("units_total")?, count("units_done")?);
    let failed = count("units_failed")?;
    let document: String = row.get("document")?;
    let owner: String = row.get("owner")?;
    Ok(JobRow {
        view: JobView {
            id: id.into(),
            engine: engine_of(&document).into(),
            owner: owner.into(),
            priority: row.get("priority")?,
            state: JobState::from_name(&state).unwrap_or(JobState::Failed),
            units_total: total,
            units_done: done,
            units_failed: failed,
            units_from_store: count("units_from_store")?,
            progress: (done + failed) as f64 / total.max(1) as f64,
            seconds_left: None,
            seconds_elapsed: row.get("elapsed")?,
            submitted_unix_seconds: row.get("submitted")?,
            reason: row.get("reason")?,
        },
        document,
        device: row.get("device")?,
    })
}

/// The first line of a stored document names its engine.
fn engine_of(document: &str) -> &str {
    let first = document.lines().next().and_then(|line| line.strip_prefix("engine = \""));
    first.and_then(|rest| rest.strip_suffix('"')).unwrap_or_default()
}
