//! One job as files for other programs: Zarr v3 (xarray, zarr-python) and CSV.
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use num_complex::Complex64;
use serde_json::{Map, Value, json};
use zarrs::array::codec::Crc32cCodec;
use zarrs::array::{ArrayBuilder, DataType, FillValue, data_type};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::GroupBuilder;

use crate::engine::Values;
use crate::engine::tree::number;
use crate::jobs::results::{Results, Tensor, certificate_json, short_names, tensors};
use crate::jobs::store::JobRow;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error("{0} exists already")]
    Exists(String),
    #[error("writing {path}: {source}")]
    Io { path: String, source: std::io::Error },
    #[error("writing Zarr: {0}")]
    Zarr(String),
}

/// A group with an array per quantity, dimensions and coordinates as `job.data` has them in Python:
/// `xarray.open_zarr(path, consolidated=False)`.
/// Errors: the place is taken, the disk.
pub fn zarr(row: &JobRow, results: &Results, path: &Path) -> Result<(), ExportError> {
    let shown = path.display().to_string();
    if path.exists() {
        return Err(ExportError::Exists(shown));
    }
    // Under its name only when it is complete.
    let mut staged = path.as_os_str().to_owned();
    staged.push(".partial");
    let io = |source| ExportError::Io { path: shown.clone(), source };
    if Path::new(&staged).exists() {
        std::fs::remove_dir_all(&staged).map_err(io)?;
    }
    std::fs::create_dir_all(&staged).map_err(io)?;
    write(row, results, Path::new(&staged))
        .map_err(|error| ExportError::Zarr(error.to_string()))?;
    std::fs::rename(&staged, path).map_err(io)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn write(row: &JobRow, results: &Results, path: &Path) -> Result<(), Failure> {
    let store = Arc::new(FilesystemStore::new(path)?);
    let tensors = tensors(results);
    let names = short_names(&tensors);
    let name = |path: &str| names.get(path).cloned().unwrap_or_else(|| path.to_owned());
    let mut group = GroupBuilder::new().build(store.clone(), "/")?;
    *group.attributes_mut() = attributes(row, results, &tensors, &name);
    group.store_metadata()?;
    for tensor in &tensors {
        let dimensions = tensor.dimensions.iter().map(|dimension| name(dimension));
        let mut attributes = Map::new();
        attributes.insert("units".into(), json!(tensor.unit));
        attributes.insert("long_name".into(), json!(tensor.long_name));
        if tensor.name.contains('.') {
            attributes.insert("field".into(), json!(tensor.name));
        }
        let (kind, fill) = kind(&tensor.values);
        // A chunk of length zero does not exist.
        let chunk: Vec<u64> = tensor.shape.iter().map(|len| (*len).max(1)).collect();
        let array = ArrayBuilder::new(tensor.shape.clone(), chunk, kind, fill)
            .bytes_to_bytes_codecs(vec![Arc::new(Crc32cCodec::new())])
            .dimension_names(Some(dimensions))
            .attributes(attributes)
            .build(store.clone(), &format!("/{}", name(&tensor.name)))?;
        array.store_metadata()?;
        if tensor.shape.contains(&0) {
            continue;
        }
        let origin = vec![0; tensor.shape.len()];
        match &tensor.values {
            Values::F64(values) => array.store_chunk(&origin, values.as_slice())?,
            Values::I64(values) => array.store_chunk(&origin, values.as_slice())?,
            Values::C128(values) => {
                let all: Vec<Complex64> =
                    values.iter().map(|[re, im]| Complex64::new(*re, *im)).collect();
                array.store_chunk(&origin, &all)?;
            }
        }
    }
    Ok(())
}

fn kind(values: &Values) -> (DataType, FillValue) {
    match values {
        Values::F64(_) => (data_type::float64(), FillValue::from(f64::NAN)),
        Values::I64(_) => (data_type::int64(), FillValue::from(-1i64)),
        Values::C128(_) => {
            let nan = Complex64::new(f64::NAN, f64::NAN);
            (data_type::complex128(), FillValue::from(nan))
        }
    }
}

fn attributes(
    row: &JobRow,
    results: &Results,
    tensors: &[Tensor],
    name: &dyn Fn(&str) -> String,
) -> Map<String, Value> {
    // Coordinates that are not the dimension's own: xarray finds them by this attribute.
    let others = tensors.iter().filter(|tensor| {
        tensor.name.contains('.') && tensor.dimensions.as_slice() != [tensor.name.clone()]
    });
    let others: Vec<String> = others.map(|tensor| name(&tensor.name)).collect();
    let mut attributes = Map::new();
    let entries = [
        ("job", json!(row.view.id.as_ref())),
        ("engine", json!(results.document.engine())),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("device", json!(results.certificate.device)),
        ("precision", json!(results.certificate.precision)),
        ("document", json!(row.document)),
        ("certificate", json!(certificate_json(&results.certificate).to_string())),
    ];
    attributes.extend(entries.into_iter().map(|(name, value)| (name.to_owned(), value)));
    if !others.is_empty() {
        attributes.insert("coordinates".into(), json!(others.join(" ")));
    }
    attributes
}

/// A row per point: the axes, the status, every quantity that is one number per point. Comments
/// say units and meanings, and which arrays do not fit.
pub fn csv(row: &JobRow, results: &Results) -> String {
    let tensors = tensors(results);
    let names = short_names(&tensors);
    let name = |tensor: &Tensor| names.get(&tensor.name).cloned().unwrap_or_default();
    let fields: Vec<&str> = results.document.axes().iter().flat_map(|axis| axis.fields()).collect();
    let axes: Vec<String> = results.document.axes().iter().map(|axis| axis.field.clone()).collect();
    let is_field = |tensor: &Tensor| fields.contains(&tensor.name.as_str());
    let (columns, left_out): (Vec<&Tensor>, Vec<&Tensor>) = tensors
        .iter()
        .filter(|tensor| !is_field(tensor))
        .partition(|tensor| tensor.dimensions == axes && !matches!(tensor.values, Values::C128(_)));
    let mut text = format!("# job {}, device {}\n", row.view.id, results.certificate.device);
    for tensor in tensors.iter().filter(|tensor| is_field(tensor)).chain(columns.iter().copied()) {
        let _ = writeln!(text, "# {} in {}: {}", name(tensor), tensor.unit, tensor.long_name);
    }
    for tensor in left_out {
        let _ = writeln!(text, "# not here, an array: {}", name(tensor));
    }
    let heading: Vec<String> = fields
        .iter()
        .map(|field| names.get(*field).cloned().unwrap_or_default())
        .chain(columns.iter().map(|tensor| name(tensor)))
        .collect();
    let _ = writeln!(text, "{}", heading.join(","));
    for point in 0..results.points.len() {
        let coordinates = results.document.coordinates(point);
        let axes = fields.iter().filter_map(|field| coordinates.get(field).copied().map(number));
        let cells = axes.chain(columns.iter().map(|tensor| cell(&tensor.values, point)));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join(","));
    }
    text
}

/// Empty where there is no number.
fn cell(values: &Values, point: usize) -> String {
    match values {
        Values::F64(all) => match all.get(point) {
            Some(value) if value.is_finite() => number(*value),
            _ => String::new(),
        },
        Values::I64(all) => all.get(point).map(i64::to_string).unwrap_or_default(),
        Values::C128(_) => String::new(),
    }
}
