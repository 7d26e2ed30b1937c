//! The arrays of a group of NRG units.
//!
//! Arrays over `unit`: the parameters (`parameter_*`), every column of the engine, the number of
//! recorded shells. Over (`unit`, `shell`): `flow_*`, NaN behind a unit's last shell.
use std::sync::Arc;

use serde_json::{Map, json};
use zarrs::array::codec::Crc32cCodec;
use zarrs::array::{Array, ArrayBuilder, FillValue, data_type};
use zarrs::filesystem::FilesystemStore;
use zarrs::storage::store::MemoryStore;

use super::groups::{Failure, StoredUnit};
use crate::jobs::spec::{Spec, Unit};
use crate::nrg::{Column, RunSpec, SHELL_COLUMNS, UNIT_COLUMNS, UnitResult};

const SHELL_COUNT: &str = "shell_count";

/// One stored unit of the NRG: its run, its temperature, its numbers.
pub(super) struct Row<'a> {
    spec: &'a RunSpec,
    temperature: f64,
    result: &'a UnitResult,
}

/// The units of a group as rows; none when one is not the NRG's.
pub(super) fn rows(units: &[StoredUnit]) -> Option<Vec<Row<'_>>> {
    units
        .iter()
        .map(|unit| match (&*unit.spec, &unit.result) {
            (Spec::Nrg(spec), Unit::Nrg(result)) => {
                let temperature = spec.temperatures.get(unit.index).copied().unwrap_or(f64::NAN);
                Some(Row { spec, temperature, result })
            }
            _ => None,
        })
        .collect()
}

pub(super) fn write(store: &Arc<MemoryStore>, rows: &[Row<'_>]) -> Result<(), Failure> {
    Writer { store: store.clone(), units: rows.len() as u64 }.all(rows)
}

struct Writer {
    store: Arc<MemoryStore>,
    units: u64,
}

impl Writer {
    fn all(&self, units: &[Row<'_>]) -> Result<(), Failure> {
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
        units: &[Row<'_>],
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
    ) -> Result<Array<MemoryStore>, Failure> {
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

type Parameter = (Column, fn(&Row<'_>) -> f64);

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

/// All units of a group, in the order of their rows.
pub(super) fn read(
    store: &Arc<FilesystemStore>,
    mut warnings: Vec<Vec<String>>,
) -> Result<Vec<UnitResult>, Failure> {
    let counts = values(store, SHELL_COUNT)?;
    warnings.resize(counts.len(), Vec::new());
    let mut units: Vec<UnitResult> = warnings
        .into_iter()
        .map(|warnings| UnitResult { values: Vec::new(), shells: Vec::new(), warnings })
        .collect();
    for column in UNIT_COLUMNS {
        for (unit, value) in units.iter_mut().zip(values(store, column.name)?) {
            unit.values.push(value);
        }
    }
    let longest = counts.iter().copied().fold(0.0, f64::max) as usize;
    for (unit, count) in units.iter_mut().zip(&counts) {
        unit.shells = vec![Vec::with_capacity(SHELL_COLUMNS.len()); *count as usize];
    }
    for column in SHELL_COLUMNS.iter().filter(|_| longest > 0) {
        let flow = values(store, &format!("flow_{}", column.name))?;
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
