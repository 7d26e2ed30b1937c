//! A request kept in `examples/figures`, its axes written out, and its answers.
use crate::engine::{Answer, Engine, Node};
use crate::figures::grid::{linear, logarithmic};
use crate::figures::{FigureError, check};
use crate::invalid::Invalid;
use crate::linalg::cpu::Cpu;
use crate::nrg::Impurities;
use crate::stop::Stop;

/// What a point of a figure may hold; its numbers do not depend on it.
const MEMORY_BYTES: u64 = 4 << 30;

/// Tables of the engine "impurity" and the axes of `[sweep]`.
pub(super) struct Request {
    tables: Node,
    axes: Vec<(String, Vec<f64>)>,
}

/// Coordinates on the axes, and what the engine says there.
pub(super) type Points = Vec<(Vec<f64>, Answer)>;

impl Request {
    /// # Errors
    /// Text that is not TOML, an axis that is neither a list nor a grid.
    pub fn read(text: &str) -> Result<Self, FigureError> {
        let mut tables =
            Node::from_toml(text).map_err(|error| FigureError::Request(error.to_string()))?;
        let mut axes = Vec::new();
        if let Some(Node::Table(entries)) = tables.get("sweep") {
            for (path, values) in entries {
                let refused = || Invalid::new(path.clone(), values.describe(), "a list or a grid");
                axes.push((path.clone(), axis(values).ok_or_else(refused)?));
            }
        }
        if let Node::Table(entries) = &mut tables {
            entries.retain(|(name, _)| name != "engine" && name != "sweep");
        }
        Ok(Self { tables, axes })
    }

    pub fn set(&mut self, path: &str, value: f64) {
        self.tables.set(path, Node::Number(value));
    }

    pub fn set_list(&mut self, path: &str, values: &[f64]) {
        self.tables.set(path, Node::List(values.iter().copied().map(Node::Number).collect()));
    }

    /// Other values on an axis.
    pub fn set_axis(&mut self, path: &str, values: &[f64]) {
        for (name, old) in &mut self.axes {
            if name == path {
                *old = values.to_vec();
            }
        }
    }

    /// The values of an axis; none of an axis that is not there.
    pub fn axis(&self, path: &str) -> &[f64] {
        self.axes.iter().find(|(name, _)| name == path).map_or(&[], |(_, values)| values)
    }

    /// A number of the tables.
    pub fn number(&self, path: &str) -> f64 {
        if let Some(Node::Number(value)) = self.tables.get(path) { *value } else { f64::NAN }
    }

    /// All points, the last axis fastest.
    ///
    /// # Errors
    /// `Stopped`; a request that is refused, one that has no answer.
    pub fn points(&self, stop: &dyn Stop) -> Result<Points, FigureError> {
        let device = Cpu::new(None)?.with_memory(MEMORY_BYTES);
        let mut points = Vec::new();
        for coordinates in self.coordinates() {
            check(stop)?;
            let mut tables = self.tables.clone();
            for ((path, _), &value) in self.axes.iter().zip(&coordinates) {
                tables.set(path, Node::Number(value));
            }
            let request = Impurities.resolve(&tables).map_err(first)?;
            let mut answers = Impurities.answer(&[request], &device, &(), stop)?;
            let answer = answers.pop().unwrap_or_else(|| Err("no answer".into()));
            points.push((coordinates, answer.map_err(FigureError::Request)?));
        }
        Ok(points)
    }

    /// The answer of a request without axes.
    ///
    /// # Errors
    /// As [`Self::points`].
    pub fn answer(&self, stop: &dyn Stop) -> Result<Answer, FigureError> {
        let found = self.points(stop)?.pop().map(|(_, answer)| answer);
        found.ok_or_else(|| FigureError::Request("no point".into()))
    }

    fn coordinates(&self) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::new()];
        for (_, values) in &self.axes {
            let extended = |point: &Vec<f64>| -> Vec<Vec<f64>> {
                values.iter().map(|&value| [point.as_slice(), &[value]].concat()).collect()
            };
            all = all.iter().flat_map(extended).collect();
        }
        all
    }
}

fn first(errors: Vec<Invalid>) -> FigureError {
    let error = errors.into_iter().next();
    error.map_or_else(|| FigureError::Request("refused".into()), FigureError::Invalid)
}

fn axis(node: &Node) -> Option<Vec<f64>> {
    let number = |node: &Node| if let Node::Number(value) = node { Some(*value) } else { None };
    if let Node::List(items) = node {
        return items.iter().map(number).collect();
    }
    let of = |name: &str| node.get(name).and_then(number);
    let (from, to, count) = (of("from")?, of("to")?, of("count")? as usize);
    match node.get("scale") {
        Some(Node::Text(scale)) if scale == "log" => Some(logarithmic(from, to, count)),
        _ => Some(linear(from, to, count)),
    }
}

/// Real values of an array; empty where there is none of that name.
pub(super) fn values<'a>(answer: &'a Answer, name: &str) -> &'a [f64] {
    answer.get(name).map_or(&[], |array| array.values.real())
}

/// The first value; NaN where there is none.
pub(super) fn value(answer: &Answer, name: &str) -> f64 {
    values(answer, name).first().copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_written_out_the_last_fastest() {
        let text = "engine = \"impurity\"\n[model]\ncoupling = 0.1\n[sweep]\n\
                    \"model.distance\" = [1, 10]\n\
                    \"model.coupling_z\" = { from = 0.0, to = 1.0, count = 3 }\n";
        let mut request = Request::read(text).unwrap();
        assert_eq!(request.axis("model.coupling_z"), [0.0, 0.5, 1.0]);
        request.set_axis("model.coupling_z", &[0.0, 1.0]);
        let expected = [[1.0, 0.0], [1.0, 1.0], [10.0, 0.0], [10.0, 1.0]];
        assert_eq!(request.coordinates(), expected);
        assert_eq!(request.number("model.coupling"), 0.1);
        assert!(Request::read("[sweep]\n\"model.distance\" = \"all\"").is_err());
    }
}
