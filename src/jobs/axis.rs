//! The axes of a sweep: a list of values or a grid, counted before anything is allocated.
use crate::engine::tree::{number, shortened};
use crate::invalid::Invalid;

/// How a grid is spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    Log,
}

/// The values of an axis, as given.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    List(Vec<f64>),
    /// `count` values, both ends included.
    Grid {
        from: f64,
        to: f64,
        count: u64,
        scale: Scale,
    },
}

/// One axis, as given.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAxis {
    /// Path of a numeric field, `model.coupling_z`.
    pub field: String,
    pub values: AxisValues,
    /// The field of another axis: both vary together, value by value, as one dimension.
    pub along: Option<String>,
}

/// One axis, checked and written out.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub field: String,
    pub values: Vec<f64>,
    /// Fields that vary together with this one, each with as many values.
    pub others: Vec<(String, Vec<f64>)>,
}

impl Axis {
    /// The value of every field of this axis at one of its points.
    pub fn at(&self, index: usize) -> impl Iterator<Item = (&str, f64)> {
        let others = self.others.iter().map(|(field, values)| (field.as_str(), values));
        let all = std::iter::once((self.field.as_str(), &self.values)).chain(others);
        all.filter_map(move |(field, values)| Some((field, *values.get(index)?)))
    }

    /// Its own field, then those that vary with it.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.field.as_str()).chain(self.others.iter().map(|(field, _)| &**field))
    }
}

/// The dimensions of a sweep, written out; checked axes only.
pub fn dimensions(axes: &[RawAxis]) -> Vec<Axis> {
    let mut dimensions: Vec<Axis> = Vec::new();
    for axis in axes.iter().filter(|axis| axis.along.is_none()) {
        let with_it = axes.iter().filter(|other| other.along.as_ref() == Some(&axis.field));
        let others = with_it.map(|other| (other.field.clone(), other.values.expand())).collect();
        let (field, values) = (axis.field.clone(), axis.values.expand());
        dimensions.push(Axis { field, values, others });
    }
    dimensions
}

impl AxisValues {
    pub fn count(&self) -> u64 {
        match self {
            Self::List(values) => values.len() as u64,
            Self::Grid { count, .. } => *count,
        }
    }

    /// All values, in order. The caller has bounded [`Self::count`].
    pub fn expand(&self) -> Vec<f64> {
        match self {
            Self::List(values) => values.clone(),
            Self::Grid { from, to, count, scale } => {
                (0..*count).map(|index| grid_value(*from, *to, *count, *scale, index)).collect()
            }
        }
    }
}

fn grid_value(from: f64, to: f64, count: u64, scale: Scale, index: u64) -> f64 {
    let last = count - 1;
    // The ends are the user's numbers, not rounded copies of them.
    if index == 0 {
        return from;
    }
    if index == last {
        return to;
    }
    let share = index as f64 / last as f64;
    match scale {
        Scale::Linear => from + share * (to - from),
        // By logarithms, so that no ratio of the ends overflows.
        Scale::Log => {
            let exponent = from.abs().ln() + share * (to.abs().ln() - from.abs().ln());
            exponent.exp().copysign(from)
        }
    }
}

impl RawAxis {
    /// Everything that is wrong with this axis by itself; `sweepable`: fields it may vary.
    pub fn check(&self, sweepable: &[&str], errors: &mut Vec<Invalid>) {
        if !sweepable.contains(&self.field.as_str()) {
            let expected = format!("one of {}", sweepable.join(", "));
            let value = format!("{:?}", shortened(&self.field));
            errors.push(Invalid::new("sweep", value, expected));
        }
        if self.values.count() == 0 {
            let expected = "at least one value".to_owned();
            errors.push(Invalid::new(self.name(), "(no values)", expected));
        }
        match &self.values {
            AxisValues::List(values) => {
                if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
                    errors.push(Invalid::new(self.name(), bad, "finite values"));
                }
            }
            AxisValues::Grid { from, to, count, scale } => {
                self.check_grid(*from, *to, *count, *scale, errors);
            }
        }
    }

    /// What is wrong with varying along another of `axes`.
    pub fn check_along(&self, axes: &[Self], errors: &mut Vec<Invalid>) {
        let Some(along) = &self.along else { return };
        let leads = |axis: &&Self| axis.along.is_none() && axis.field != self.field;
        let field = format!("{}.along", self.name());
        let Some(leader) = axes.iter().filter(leads).find(|axis| axis.field == *along) else {
            let known: Vec<&str> =
                axes.iter().filter(leads).map(|axis| axis.field.as_str()).collect();
            let expected = match known.as_slice() {
                [] => "another axis of the sweep; there is none".to_owned(),
                known => format!("another axis of the sweep: {}", known.join(", ")),
            };
            errors.push(Invalid::new(field, format!("{:?}", shortened(along)), expected));
            return;
        };
        let (count, wanted) = (self.values.count(), leader.values.count());
        if count != wanted {
            let expected = format!("{wanted} values, as many as {}", leader.field);
            errors.push(Invalid::new(self.name(), format!("{count} values"), expected));
        }
    }

    fn check_grid(&self, from: f64, to: f64, count: u64, scale: Scale, errors: &mut Vec<Invalid>) {
        let start = errors.len();
        for (end, value) in [("from", from), ("to", to)] {
            if !value.is_finite() {
                let field = format!("{}.{end}", self.name());
                errors.push(Invalid::new(field, value, "a finite number"));
            } else if scale == Scale::Log && value == 0.0 {
                let field = format!("{}.{end}", self.name());
                errors.push(Invalid::new(field, number(value), "not zero on a log scale"));
            }
        }
        if errors.len() > start {
            return;
        }
        if scale == Scale::Log && (from < 0.0) != (to < 0.0) {
            let expected = format!("the sign of from ({}) on a log scale", number(from));
            errors.push(Invalid::new(format!("{}.to", self.name()), number(to), expected));
        }
        if count == 1 && from != to {
            let expected = "2 or more, so that both ends are included";
            errors.push(Invalid::new(format!("{}.count", self.name()), count, expected));
        }
    }

    /// The path of this axis in the document, for messages.
    pub fn name(&self) -> String {
        format!("sweep.\"{}\"", shortened(&self.field))
    }
}
