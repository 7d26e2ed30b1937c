//! One group of finished units as Zarr v3, readable without this program.
//!
//! Arrays over `unit`: the parameters (`parameter_*`), every column of the engine, the number of
//! recorded shells. Over (`unit`, `shell`): `flow_*`, NaN behind a unit's last shell.
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use zarrs::array::codec::Crc32cCodec;
use zarrs::array::{Array, ArrayBuilder, FillValue, data_type};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::{Group, GroupBuilder};

use super::StoreError;
use crate::jobs::key::Key;
use crate::nrg::{Column, RunSpec, SHELL_COLUMNS, UNIT_COLUMNS, UnitResult};

/// One unit and what it is the result of.
#[derive(Debug, Clone)]
pub struct StoredUnit {
    pub key: Key,
    pub spec: Arc<RunSpec>,
    pub temperature: f64,
    pub result: UnitResult,
}

/// Who computed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    pub device: String,
    pub engine_version: u32,
    pub version: String,
}

const SHELL_COUNT: &str = "shell_count";

pub(super) fn write(
    path: &Path,
    name: &str,
    units: &[StoredUnit],
    made: &Provenance,
) -> Result<(), StoreError> {
    let failed = |reason: String| StoreError::Arrays { name: name.to_owned(), reason };
    std::fs::create_dir_all(path).map_err(StoreError::io("creating", path))?;
    let store = Arc::new(FilesystemStore::new(path).map_err(|error| failed(error.to_string()))?);
    write_group(&store, units, made).map_err(|error| failed(error.to_string()))?;
    let writer = Writer { store, units: units.len() as u64 };
    writer.all(units).map_err(|error| failed(error.to_string()))
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn write_group(
    store: &Arc<FilesystemStore>,
    units: &[StoredUnit],
    made: &Provenance,
) -> Result<(), Failure> {
    let keys: Vec<String> = units.iter().map(|unit| unit.key.hex()).collect();
    let warnings: Vec<&Vec<String>> = units.iter().map(|unit| &unit.result.warnings).collect();
    let mut attributes = Map::new();
    attributes.insert("engine".into(), json!("nrg"));
    attributes.insert("engine_version".into(), json!(made.engine_version));
    attributes.insert("precision".into(), json!("f64"));
    attributes.insert("device".into(), json!(made.device));
    attributes.insert("version".into(), json!(made.version));
    attributes.insert("units_of_energy".into(), json!("half-bandwidth D"));
    attributes.insert("keys".into(), json!(keys));
    attributes.insert("warnings".into(), json!(warnings));
    let mut group = GroupBuilder::new().build(store.clone(), "/")?;
    *group.attributes_mut() = attributes;
    group.store_metadata()?;
    Ok(())
}

struct Writer {
    store: Arc<FilesystemStore>,
    units: u64,
}

impl Writer {
    fn all(&self, units: &[StoredUnit]) -> Result<(), Failure> {
        for (column, value) in PARAMETERS {
            let values: Vec<f64> = units.iter().map(value).collect();
            let name = format!("parameter_{}", column.name);
            self.over_units(&name, column, &values)?;
        }
        for (index, column) in UNIT_COLUMNS.iter().enumerate() {
            let values: Vec<f64> = units
                .iter()
                .map(|unit| unit.result.values.get(index).copied().unwrap_or(f64::NAN))
                .collect();
            self.over_units(column.name, column, &values)?;
        }
        let counts: Vec<f64> = units.iter().map(|unit| unit.result.shells.len() as f64).collect();
        let column =
            Column { name: SHELL_COUNT, unit: "1", long_name: "number of recorded shells" };
        self.over_units(SHELL_COUNT, &column, &counts)?;
        let shells = units.iter().map(|unit| unit.result.shells.len()).max().unwrap_or(0);
        if shells == 0 {
            return Ok(());
        }
        for (index, column) in SHELL_COLUMNS.iter().enumerate() {
            self.over_shells(index, column, units, shells)?;
        }
        Ok(())
    }

    fn over_units(&self, name: &str, column: &Column, values: &[f64]) -> Result<(), Failure> {
        self.array(name, column, vec![self.units], &["unit"])?.store_chunk(&[0], values)?;
        Ok(())
    }

    fn over_shells(
        &self,
        index: usize,
        column: &Column,
        units: &[StoredUnit],
        shells: usize,
    ) -> Result<(), Failure> {
        let mut values = Vec::with_capacity(units.len() * shells);
        for unit in units {
            for shell in 0..shells {
                let record = unit.result.shells.get(shell);
                let value = record.and_then(|record| record.get(index)).copied();
                values.push(value.unwrap_or(f64::NAN));
            }
        }
        let shape = vec![self.units, shells as u64];
        self.array(&format!("flow_{}", column.name), column, shape, &["unit", "shell"])?
            .store_chunk(&[0, 0], values)?;
        Ok(())
    }

    /// One Zarr chunk holds the whole array; its checksum is verified on every read.
    fn array(
        &self,
        name: &str,
        column: &Column,
        shape: Vec<u64>,
        dimensions: &[&str],
    ) -> Result<Array<FilesystemStore>, Failure> {
        let mut attributes = Map::new();
        attributes.insert("units".into(), json!(column.unit));
        attributes.insert("long_name".into(), json!(column.long_name));
        let array = ArrayBuilder::new(
            shape.clone(),
            shape,
            data_type::float64(),
            FillValue::from(f64::NAN),
        )
        .bytes_to_bytes_codecs(vec![Arc::new(Crc32cCodec::new())])
        .dimension_names(Some(dimensions.iter().copied()))
        .attributes(attributes)
        .build(self.store.clone(), &format!("/{name}"))?;
        array.store_metadata()?;
        Ok(array)
    }
}

type Parameter = (Column, fn(&StoredUnit) -> f64);

const PARAMETERS: &[Parameter] = &[
    (Column { name: "coupling", unit: "D", long_name: "exchange coupling J" }, |unit| {
        unit.spec.model.coupling
    }),
    (Column { name: "coupling_z", unit: "D", long_name: "exchange coupling J_z" }, |unit| {
        unit.spec.model.coupling_z
    }),
    (Column { name: "distance", unit: "a", long_name: "distance of the impurities" }, |unit| {
        unit.spec.model.distance as f64
    }),
    (Column { name: "lambda", unit: "1", long_name: "discretization parameter" }, |unit| {
        unit.spec.lambda
    }),
    (Column { name: "z", unit: "1", long_name: "discretization shift" }, |unit| unit.spec.z),
    (
        Column { name: "truncation_energy", unit: "omega_n", long_name: "truncation energy" },
        |unit| unit.spec.truncation.energy,
    ),
    (Column { name: "gap_window", unit: "omega_n", long_name: "window of the gap rule" }, |unit| {
        unit.spec.truncation.gap_window
    }),
    (Column { name: "shells", unit: "1", long_name: "number of shells" }, |unit| {
        f64::from(unit.spec.shells)
    }),
    (Column { name: "temperature", unit: "D", long_name: "temperature" }, |unit| unit.temperature),
];

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

/// All units of a group, in the order of their rows.
pub(super) fn read(path: &Path, name: &str) -> Result<Vec<UnitResult>, StoreError> {
    read_units(path).map_err(arrays(name))
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
    keys.iter().map(|key| key.as_str().and_then(key_from_hex).ok_or("a bad key".into())).collect()
}

fn key_from_hex(text: &str) -> Option<Key> {
    let bytes: Option<Vec<u8>> = (0..text.len() / 2)
        .map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok())
        .collect();
    Key::from_slice(&bytes?)
}

fn read_units(path: &Path) -> Result<Vec<UnitResult>, Failure> {
    let (group, store) = open(path)?;
    let counts = values(&store, SHELL_COUNT)?;
    let warnings = group.attributes().get("warnings").cloned().unwrap_or_default();
    let mut warnings: Vec<Vec<String>> = serde_json::from_value(warnings).unwrap_or_default();
    warnings.resize(counts.len(), Vec::new());
    let mut units: Vec<UnitResult> = warnings
        .into_iter()
        .map(|warnings| UnitResult { values: Vec::new(), shells: Vec::new(), warnings })
        .collect();
    for column in UNIT_COLUMNS {
        for (unit, value) in units.iter_mut().zip(values(&store, column.name)?) {
            unit.values.push(value);
        }
    }
    let longest = counts.iter().copied().fold(0.0, f64::max) as usize;
    for (unit, count) in units.iter_mut().zip(&counts) {
        unit.shells = vec![Vec::with_capacity(SHELL_COLUMNS.len()); *count as usize];
    }
    for column in SHELL_COLUMNS.iter().filter(|_| longest > 0) {
        let flow = values(&store, &format!("flow_{}", column.name))?;
        for (unit, row) in units.iter_mut().zip(flow.chunks(longest)) {
            for (record, value) in unit.shells.iter_mut().zip(row) {
                record.push(*value);
            }
        }
    }
    Ok(units)
}

fn values(store: &Arc<FilesystemStore>, name: &str) -> Result<Vec<f64>, Failure> {
    let array = Array::open(store.clone(), &format!("/{name}"))?;
    Ok(array.retrieve_array_subset(&array.subset_all())?)
}
