//! The arrays of a group of answers.
//!
//! Answers with the same arrays (names, dimensions, lengths) share a layout: a subgroup `layout_0`,
//! `layout_1`, ..., in which every array has `unit` as its first dimension. The attribute `rows`
//! says where each unit is: [layout, row].
use std::sync::Arc;

use num_complex::Complex64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zarrs::array::codec::Crc32cCodec;
use zarrs::array::{Array as Zarr, ArrayBuilder, DataType, FillValue, data_type};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::GroupBuilder;
use zarrs::storage::store::MemoryStore;

use super::groups::{Failure, StoredUnit};
use crate::engine::{Answer, Array, Quality, Values};
use crate::jobs::spec::{Spec, Unit};

/// An array without its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Label {
    name: String,
    dimensions: Vec<String>,
    shape: Vec<usize>,
    unit: String,
    long_name: String,
    dtype: String,
}

/// How good one answer is; warnings are kept with all units.
#[derive(Debug, Default, Serialize, Deserialize)]
struct StoredQuality {
    eigen_residual: Option<f64>,
    eigen_orthogonality: Option<f64>,
    matrices: u64,
    measures: Vec<(String, Option<f64>)>,
    notes: Vec<String>,
}

pub(super) fn write(
    store: &Arc<MemoryStore>,
    units: &[StoredUnit],
    attributes: &mut Map<String, Value>,
) -> Result<(), Failure> {
    let mut layouts: Vec<(Vec<Label>, Vec<&Answer>)> = Vec::new();
    let (mut rows, mut requests, mut qualities) = (Vec::new(), Vec::new(), Vec::new());
    for unit in units {
        let (Unit::Answer(answer), Spec::Tables(tables)) = (&unit.result, &*unit.spec) else {
            return Err("units of several engines in one group".into());
        };
        let labels: Vec<Label> = answer.arrays.iter().map(Label::of).collect();
        let layout = layouts.iter().position(|(known, _)| *known == labels);
        let layout = layout.unwrap_or_else(|| {
            layouts.push((labels, Vec::new()));
            layouts.len() - 1
        });
        rows.push((layout, layouts[layout].1.len()));
        layouts[layout].1.push(answer);
        requests.push(tables.request.to_toml());
        qualities.push(StoredQuality::of(&answer.quality));
    }
    for (index, (labels, answers)) in layouts.iter().enumerate() {
        write_layout(store, index, labels, answers)?;
    }
    let labels: Vec<&Vec<Label>> = layouts.iter().map(|(labels, _)| labels).collect();
    attributes.insert("layouts".into(), json!(labels));
    attributes.insert("rows".into(), json!(rows));
    attributes.insert("requests".into(), json!(requests));
    attributes.insert("qualities".into(), serde_json::to_value(qualities)?);
    Ok(())
}

fn write_layout(
    store: &Arc<MemoryStore>,
    index: usize,
    labels: &[Label],
    answers: &[&Answer],
) -> Result<(), Failure> {
    let path = format!("/layout_{index}");
    GroupBuilder::new().build(store.clone(), &path)?.store_metadata()?;
    for (place, label) in labels.iter().enumerate() {
        let mut shape = vec![answers.len() as u64];
        shape.extend(label.shape.iter().map(|len| *len as u64));
        let array = label.array(store, &path, shape.clone())?;
        if shape.contains(&0) {
            continue;
        }
        let origin = vec![0; shape.len()];
        let values = answers.iter().filter_map(|answer| Some(&answer.arrays.get(place)?.values));
        match label.dtype.as_str() {
            "int64" => {
                let all: Vec<i64> = values.flat_map(Values::whole).copied().collect();
                array.store_chunk(&origin, &all)?;
            }
            "complex128" => {
                let pairs = values.flat_map(Values::complex);
                let all: Vec<Complex64> = pairs.map(|[re, im]| Complex64::new(*re, *im)).collect();
                array.store_chunk(&origin, &all)?;
            }
            _ => {
                let all: Vec<f64> = values.flat_map(Values::real).copied().collect();
                array.store_chunk(&origin, &all)?;
            }
        }
    }
    Ok(())
}

impl Label {
    fn of(array: &Array) -> Self {
        let dtype = match array.values {
            Values::F64(_) => "float64",
            Values::I64(_) => "int64",
            Values::C128(_) => "complex128",
        };
        Self {
            name: array.name.clone(),
            dimensions: array.dimensions.clone(),
            shape: array.shape.clone(),
            unit: array.unit.clone(),
            long_name: array.long_name.clone(),
            dtype: dtype.to_owned(),
        }
    }

    fn dtype(&self) -> (DataType, FillValue) {
        match self.dtype.as_str() {
            "int64" => (data_type::int64(), FillValue::from(0i64)),
            "complex128" => {
                let nan = Complex64::new(f64::NAN, f64::NAN);
                (data_type::complex128(), FillValue::from(nan))
            }
            _ => (data_type::float64(), FillValue::from(f64::NAN)),
        }
    }

    /// One Zarr chunk holds the whole array; its checksum is verified on every read.
    fn array(
        &self,
        store: &Arc<MemoryStore>,
        group: &str,
        shape: Vec<u64>,
    ) -> Result<Zarr<MemoryStore>, Failure> {
        let (dtype, fill) = self.dtype();
        let chunk: Vec<u64> = shape.iter().map(|len| (*len).max(1)).collect();
        let names = std::iter::once("unit").chain(self.dimensions.iter().map(String::as_str));
        let mut attributes = Map::new();
        attributes.insert("units".into(), json!(self.unit));
        attributes.insert("long_name".into(), json!(self.long_name));
        let array = ArrayBuilder::new(shape, chunk, dtype, fill)
            .bytes_to_bytes_codecs(vec![Arc::new(Crc32cCodec::new())])
            .dimension_names(Some(names))
            .attributes(attributes)
            .build(store.clone(), &format!("{group}/{}", self.name))?;
        array.store_metadata()?;
        Ok(array)
    }

    /// The values of every row.
    fn read(&self, store: &Arc<FilesystemStore>, group: &str) -> Result<Vec<Values>, Failure> {
        let array = Zarr::open(store.clone(), &format!("{group}/{}", self.name))?;
        let rows = array.shape().first().copied().unwrap_or(0) as usize;
        let len: usize = self.shape.iter().product();
        let all = array.subset_all();
        let row = |index: usize| index * len..(index + 1) * len;
        let empty = rows * len == 0;
        Ok(match self.dtype.as_str() {
            "int64" => {
                let all: Vec<i64> =
                    if empty { Vec::new() } else { array.retrieve_array_subset(&all)? };
                (0..rows).map(|index| Values::I64(all[row(index)].to_vec())).collect()
            }
            "complex128" => {
                let all: Vec<Complex64> =
                    if empty { Vec::new() } else { array.retrieve_array_subset(&all)? };
                let pairs = |values: &[Complex64]| values.iter().map(|z| [z.re, z.im]).collect();
                (0..rows).map(|index| Values::C128(pairs(&all[row(index)]))).collect()
            }
            _ => {
                let all: Vec<f64> =
                    if empty { Vec::new() } else { array.retrieve_array_subset(&all)? };
                (0..rows).map(|index| Values::F64(all[row(index)].to_vec())).collect()
            }
        })
    }

    fn with(&self, values: Values) -> Array {
        Array {
            name: self.name.clone(),
            dimensions: self.dimensions.clone(),
            shape: self.shape.clone(),
            unit: self.unit.clone(),
            long_name: self.long_name.clone(),
            values,
        }
    }
}

impl StoredQuality {
    fn of(quality: &Quality) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let measures = quality.measures.iter().map(|(name, value)| (name.clone(), finite(*value)));
        Self {
            eigen_residual: finite(quality.eigen_residual),
            eigen_orthogonality: finite(quality.eigen_orthogonality),
            matrices: quality.matrices,
            measures: measures.collect(),
            notes: quality.notes.clone(),
        }
    }

    fn quality(self, warnings: Vec<String>) -> Quality {
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let measures = self.measures.into_iter().map(|(name, value)| (name, number(value)));
        Quality {
            eigen_residual: number(self.eigen_residual),
            eigen_orthogonality: number(self.eigen_orthogonality),
            matrices: self.matrices,
            measures: measures.collect(),
            notes: self.notes,
            warnings,
        }
    }
}

/// All answers of a group, in the order of its units.
pub(super) fn read(
    store: &Arc<FilesystemStore>,
    attributes: &Map<String, Value>,
    warnings: Vec<Vec<String>>,
) -> Result<Vec<Answer>, Failure> {
    let attribute = |name: &str| attributes.get(name).cloned().ok_or(format!("no {name}"));
    let layouts: Vec<Vec<Label>> = serde_json::from_value(attribute("layouts")?)?;
    let rows: Vec<(usize, usize)> = serde_json::from_value(attribute("rows")?)?;
    let qualities: Vec<StoredQuality> = serde_json::from_value(attribute("qualities")?)?;
    if qualities.len() != rows.len() || warnings.len() != rows.len() {
        return Err("qualities and warnings do not fit the rows".into());
    }
    // [layout][row]
    let mut arrays: Vec<Vec<Vec<Array>>> = Vec::with_capacity(layouts.len());
    for (index, labels) in layouts.iter().enumerate() {
        let count = rows.iter().filter(|(layout, _)| *layout == index).count();
        let mut answers = vec![Vec::with_capacity(labels.len()); count];
        for label in labels {
            let values = label.read(store, &format!("/layout_{index}"))?;
            if values.len() != count {
                return Err(format!("{} rows of {} for {count}", values.len(), label.name).into());
            }
            for (answer, values) in answers.iter_mut().zip(values) {
                answer.push(label.with(values));
            }
        }
        arrays.push(answers);
    }
    let mut answers = Vec::with_capacity(rows.len());
    for (((layout, row), quality), warnings) in rows.into_iter().zip(qualities).zip(warnings) {
        let found = arrays.get_mut(layout).and_then(|answers| answers.get_mut(row));
        let arrays = std::mem::take(found.ok_or("a row that does not exist")?);
        answers.push(Answer { arrays, quality: quality.quality(warnings) });
    }
    Ok(answers)
}
