//! Which arrays of a job make a figure: a panel per quantity along one dimension.
use crate::engine::Values;
use crate::engine::tree::number;
use crate::jobs::results::{Results, Tensor, short_names, tensors};
use crate::plot::{Axis, Color, Figure, Marker, Panel, Series};

/// What is drawn, by short names.
#[derive(Debug, Default)]
pub struct Choice<'a> {
    pub x: Option<&'a str>,
    pub y: &'a [String],
}

/// Most lines of a panel, and most panels of a figure that nobody chose.
const MAX_LINES: usize = 12;
const MAX_PANELS: usize = 6;
/// Quantities of the NRG that are drawn when nobody chooses.
const FIRST: &[&str] = &["sz_sz", "sx_sx", "t_s_transverse_intra", "t_s_longitudinal_intra"];

/// Errors: what cannot be drawn, and what can.
pub fn picture(results: &Results, title: &str, choice: &Choice<'_>) -> Result<Figure, String> {
    let mut arrays = tensors(results);
    let names = short_names(&arrays);
    let short = |path: &mut String| {
        if let Some(name) = names.get(path) {
            path.clone_from(name);
        }
    };
    for array in &mut arrays {
        short(&mut array.name);
        array.dimensions.iter_mut().for_each(short);
    }
    let x = dimension(&arrays, results, choice.x)?;
    let drawn = chosen(&arrays, &x, choice.y)?;
    let mut parameters = vec![("device".to_owned(), results.certificate.device.clone())];
    parameters.push(("engine".to_owned(), results.document.engine().to_owned()));
    Ok(Figure {
        name: "sweep".into(),
        title: title.to_owned(),
        caption: format!("Quantities along {x}."),
        source: format!("computed by edgestate {}", env!("CARGO_PKG_VERSION")),
        parameters,
        columns: if drawn.len() == 1 { 1 } else { 2 },
        panels: drawn.iter().map(|array| panel(array, &x, &arrays)).collect(),
    })
}

fn length(arrays: &[Tensor], dimension: &str) -> u64 {
    let lengths = arrays.iter().flat_map(|array| array.dimensions.iter().zip(&array.shape));
    lengths.filter(|(name, _)| *name == dimension).map(|(_, len)| *len).max().unwrap_or(0)
}

/// The dimension along which everything is drawn: the last axis with several values, else the
/// longest dimension inside the points.
fn dimension(arrays: &[Tensor], results: &Results, x: Option<&str>) -> Result<String, String> {
    let mut known: Vec<&str> = Vec::new();
    for name in arrays.iter().flat_map(|array| &array.dimensions) {
        if !known.contains(&name.as_str()) {
            known.push(name);
        }
    }
    if let Some(x) = x {
        return match known.contains(&x) {
            true => Ok(x.to_owned()),
            false => Err(format!("--x = {x}: expected one of {}", known.join(", "))),
        };
    }
    let status = arrays.iter().find(|array| array.name == "status");
    let axes = status.map(|status| status.dimensions.as_slice()).unwrap_or_default();
    let swept = axes.iter().rev().find(|name| 1 < length(arrays, name));
    let inner = known.iter().filter(|name| !axes.iter().any(|axis| axis == *name));
    let longest = inner.max_by_key(|name| length(arrays, name)).map(|name| (*name).to_owned());
    let found = swept.cloned().or(longest);
    found.ok_or_else(|| {
        let count = results.points.len();
        format!("{count} points with single numbers only: nothing to draw along")
    })
}

fn lines(array: &Tensor, x: &str) -> u64 {
    let others = array.dimensions.iter().zip(&array.shape).filter(|(name, _)| *name != x);
    others.map(|(_, len)| *len).product()
}

/// The quantities along `x`; coordinates, spreads, error bars and values for each z are none by
/// themselves.
fn chosen<'a>(arrays: &'a [Tensor], x: &str, y: &[String]) -> Result<Vec<&'a Tensor>, String> {
    let is_real = |array: &&Tensor| matches!(array.values, Values::F64(_));
    let along = |array: &&Tensor| array.dimensions.iter().any(|name| name == x);
    let itself = |array: &&Tensor| array.dimensions.len() > 1 || array.name != x;
    let fits: Vec<&Tensor> = arrays.iter().filter(is_real).filter(along).filter(itself).collect();
    let names = || fits.iter().map(|array| array.name.as_str()).collect::<Vec<_>>().join(", ");
    if !y.is_empty() {
        let find = |name: &String| {
            let found = fits.iter().find(|array| array.name == *name).copied();
            let array =
                found.ok_or_else(|| format!("--y = {name}: expected one of {}", names()))?;
            match lines(array, x) {
                count if count <= 10 * MAX_LINES as u64 => Ok(array),
                count => Err(format!("{name} has {count} lines along {x}: choose another --x")),
            }
        };
        return y.iter().map(find).collect();
    }
    let plain = |array: &&Tensor| {
        let beside = ["_std", "_error", "_per_z"].iter().any(|end| array.name.ends_with(end));
        !beside && array.name != "z"
    };
    let mut drawn: Vec<&Tensor> = fits
        .iter()
        .copied()
        .filter(plain)
        .filter(|array| lines(array, x) <= MAX_LINES as u64)
        .collect();
    let first: Vec<&Tensor> =
        drawn.iter().copied().filter(|array| FIRST.contains(&array.name.as_str())).collect();
    if !first.is_empty() {
        drawn = first;
    }
    drawn.truncate(MAX_PANELS);
    match drawn.is_empty() {
        true => Err(format!("no quantity has at most {MAX_LINES} lines along {x}: choose --x")),
        false => Ok(drawn),
    }
}

fn panel(array: &Tensor, x: &str, arrays: &[Tensor]) -> Panel {
    let coordinate = arrays.iter().find(|other| other.name == x);
    let places = match coordinate.map(|tensor| &tensor.values) {
        Some(Values::F64(values)) => values.clone(),
        _ => (0..length(arrays, x)).map(|index| index as f64).collect(),
    };
    let (label, unit) =
        coordinate.map_or((x, "1"), |tensor| (tensor.long_name.as_str(), tensor.unit.as_str()));
    let mut x_axis = Axis::linear(label, unit_of(unit));
    if logarithmic(&places) {
        x_axis = Axis::log(label, unit_of(unit));
    }
    let found = series(array, x, &places, arrays);
    Panel {
        title: array.name.clone(),
        x: x_axis,
        y: Axis::linear(&array.long_name, unit_of(&array.unit)),
        map: None,
        references: Vec::new(),
        series: found,
        legend_title: String::new(),
    }
}

/// "1" is how files say that there is none.
fn unit_of(unit: &str) -> &str {
    if unit == "1" { "" } else { unit }
}

/// Positive values over more than a decade, in nearly equal ratios.
fn logarithmic(values: &[f64]) -> bool {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    let (low, high) = (first.min(*last), first.max(*last));
    if values.len() < 3 || values.iter().any(|value| *value <= 0.0) || high <= 10.0 * low {
        return false;
    }
    let step = (last / first).ln() / (values.len() - 1) as f64;
    values.windows(2).all(|pair| ((pair[1] / pair[0]).ln() / step - 1.0).abs() < 0.5)
}

/// A line for every place in the other dimensions, with its spread over z and its error bars if there
/// are any.
fn series(array: &Tensor, x: &str, places: &[f64], arrays: &[Tensor]) -> Vec<Series> {
    let Values::F64(values) = &array.values else { return Vec::new() };
    let beside = |end: &str| {
        let found = arrays.iter().find(|other| other.name == format!("{}{end}", array.name));
        found.map(|other| other.values.real()).filter(|values| !values.is_empty())
    };
    let (spread, errors) = (beside("_std"), beside("_error"));
    let mut found = Vec::new();
    for line in 0..lines(array, x) {
        let (indices, label) = indices(array, x, line, arrays);
        let take = |all: &[f64]| -> Vec<f64> {
            indices.iter().map(|index| all.get(*index).copied().unwrap_or(f64::NAN)).collect()
        };
        let y = take(values);
        let color = Color::Palette(line as usize);
        if let Some(spread) = spread.map(take) {
            let lower: Vec<f64> = y.iter().zip(&spread).map(|(y, std)| y - std).collect();
            let upper: Vec<f64> = y.iter().zip(&spread).map(|(y, std)| y + std).collect();
            let name = format!("{label} spread");
            found.push(Series::band(name.trim(), places, &lower, &upper).color(color).unlisted());
        }
        if let Some(errors) = errors.map(take) {
            found.push(error_bars(&label, places, &y, &errors).color(color).unlisted());
        }
        let points = Series::line_points(&label, places, &y).marker(Marker::Circle);
        found.push(points.color(color));
    }
    found
}

/// A vertical line through every point, with gaps between them.
fn error_bars(label: &str, places: &[f64], y: &[f64], errors: &[f64]) -> Series {
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for ((x, y), error) in places.iter().zip(y).zip(errors) {
        xs.extend([*x, *x, *x]);
        ys.extend([y - error, y + error, f64::NAN]);
    }
    Series::line(format!("{label} error").trim(), &xs, &ys)
}

/// Where the values of a line are, and what it is called: `width_nm = 100, z = 0.5`.
fn indices(array: &Tensor, x: &str, line: u64, arrays: &[Tensor]) -> (Vec<usize>, String) {
    let (mut rest, mut stride, mut first, mut step) = (line, 1u64, 0u64, 1u64);
    let mut labels = Vec::new();
    for (name, len) in array.dimensions.iter().zip(&array.shape).rev() {
        if name == x {
            step = stride;
        } else {
            let index = rest % (*len).max(1);
            rest /= (*len).max(1);
            first += index * stride;
            if 1 < *len {
                labels.push(label(name, index as usize, arrays));
            }
        }
        stride *= (*len).max(1);
    }
    labels.reverse();
    let indices = 0..length(std::slice::from_ref(array), x);
    let indices = indices.map(|index| (first + index * step) as usize).collect();
    (indices, labels.join(", "))
}

fn label(dimension: &str, index: usize, arrays: &[Tensor]) -> String {
    let coordinate = arrays.iter().find(|array| array.name == dimension);
    match coordinate.map(|array| &array.values) {
        Some(Values::F64(values)) => {
            let value = values.get(index).copied().unwrap_or(f64::NAN);
            // Four digits tell lines apart.
            let value = format!("{value:.3e}").parse().unwrap_or(value);
            format!("{dimension} = {}", number(value))
        }
        _ => format!("{dimension} {index}"),
    }
}
