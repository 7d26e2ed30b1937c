//! One group of finished units as Zarr v3, readable without this program: attributes say what it
//! is, `runs` (NRG) or `answers` (every other engine) hold the arrays.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::{Group, GroupBuilder};
use zarrs::storage::store::MemoryStore;
use zarrs::storage::{ListableStorageTraits, ReadableStorageTraits};

use super::{StoreError, answers, runs};
use crate::jobs::key::Key;
use crate::jobs::spec::{Spec, Unit};

/// One unit and what it is the result of.
#[derive(Debug, Clone)]
pub struct StoredUnit {
    pub key: Key,
    pub spec: Arc<Spec>,
    /// Which unit of its run.
    pub index: usize,
    pub result: Unit,
}

/// Who computed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    pub device: String,
    pub version: String,
}

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The files of a new group, by their paths in it; its units are of one engine.
pub(super) fn files(
    name: &str,
    units: &[StoredUnit],
    made: &Provenance,
) -> Result<Vec<(PathBuf, Bytes)>, StoreError> {
    all_files(units, made).map_err(arrays(name))
}

fn all_files(units: &[StoredUnit], made: &Provenance) -> Result<Vec<(PathBuf, Bytes)>, Failure> {
    let store = Arc::new(MemoryStore::new());
    let mut attributes = attributes(units, made);
    match runs::rows(units) {
        Some(rows) => {
            attributes.insert("units_of_energy".into(), json!("half-bandwidth D"));
            runs::write(&store, &rows)?;
        }
        None => answers::write(&store, units, &mut attributes)?,
    }
    let mut group = GroupBuilder::new().build(store.clone(), "/")?;
    *group.attributes_mut() = attributes;
    group.store_metadata()?;
    let mut files = Vec::new();
    for key in store.list()? {
        let bytes = store.get(&key)?.ok_or("a file that is listed and not there")?;
        files.push((PathBuf::from(key.as_str()), bytes));
    }
    Ok(files)
}

fn attributes(units: &[StoredUnit], made: &Provenance) -> Map<String, Value> {
    let keys: Vec<String> = units.iter().map(|unit| unit.key.hex()).collect();
    let warnings: Vec<&[String]> = units.iter().map(|unit| unit.result.warnings()).collect();
    let first = units.first().map(|unit| &*unit.spec);
    let entries = [
        ("engine", json!(first.map(Spec::engine))),
        ("engine_version", json!(first.map(Spec::engine_version))),
        ("precision", json!("f64")),
        ("device", json!(made.device)),
        ("version", json!(made.version)),
        ("keys", json!(keys)),
        ("warnings", json!(warnings)),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The keys of a complete group, its arrays read to the end.
pub(super) fn keys_of(path: &Path, name: &str) -> Result<Vec<Key>, StoreError> {
    let rows = read(path, name)?.len();
    let keys = open(path).and_then(|(group, _)| attribute_keys(&group)).map_err(arrays(name))?;
    if keys.len() == rows {
        return Ok(keys);
    }
    let reason = format!("{} keys for {rows} rows", keys.len());
    Err(StoreError::Arrays { name: name.to_owned(), reason })
}

/// Engine and version that computed a group.
pub(super) fn engine_of(path: &Path) -> Option<(String, u32)> {
    let (group, _) = open(path).ok()?;
    let engine = group.attributes().get("engine")?.as_str()?.to_owned();
    let version = group.attributes().get("engine_version")?.as_u64()?;
    Some((engine, u32::try_from(version).ok()?))
}

/// All units of a group, in the order of their rows.
pub(super) fn read(path: &Path, name: &str) -> Result<Vec<Unit>, StoreError> {
    read_units(path).map_err(arrays(name))
}

fn read_units(path: &Path) -> Result<Vec<Unit>, Failure> {
    let (group, store) = open(path)?;
    let attributes = group.attributes();
    let warnings = attributes.get("warnings").cloned().unwrap_or_default();
    let warnings: Vec<Vec<String>> = serde_json::from_value(warnings).unwrap_or_default();
    if attributes.get("engine").and_then(Value::as_str) == Some("nrg") {
        return Ok(runs::read(&store, warnings)?.into_iter().map(Unit::Nrg).collect());
    }
    let answers = answers::read(&store, attributes, warnings)?;
    Ok(answers.into_iter().map(Unit::Answer).collect())
}

fn arrays(name: &str) -> impl FnOnce(Failure) -> StoreError {
    let name = name.to_owned();
    move |error| StoreError::Arrays { name, reason: error.to_string() }
}

type Open = (Group<FilesystemStore>, Arc<FilesystemStore>);

fn open(path: &Path) -> Result<Open, Failure> {
    let store = Arc::new(FilesystemStore::new(path)?);
    Ok((Group::open(store.clone(), "/")?, store))
}

fn attribute_keys(group: &Group<FilesystemStore>) -> Result<Vec<Key>, Failure> {
    let keys = group.attributes().get("keys").and_then(Value::as_array).ok_or("no keys")?;
    keys.iter().map(|key| key.as_str().and_then(Key::from_hex).ok_or("a bad key".into())).collect()
}
