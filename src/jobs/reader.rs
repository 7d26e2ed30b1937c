//! Strict reading of a document: every entry must be known, of the right type and finite; all
//! that is wrong is said at once.
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::axis::{AxisValues, RawAxis, Scale};
use super::document::{Parameters, RawDocument};
use super::spec;
use crate::engine::tree::{Node, number, shortened};
use crate::invalid::Invalid;
use crate::nrg::RawRequest;

const SECTIONS: &[&str] =
    &["engine", "device", "model", "discretization", "truncation", "run", "sweep"];

/// Reads the tree of a document.
/// Errors: every unknown or repeated entry, wrong type and value that is not finite.
pub fn read(document: &Node) -> Result<RawDocument, Vec<Invalid>> {
    let mut reader = Reader { errors: Vec::new() };
    let raw = reader.document(document);
    if reader.errors.is_empty() { Ok(raw) } else { Err(reader.errors) }
}

struct Reader {
    errors: Vec<Invalid>,
}

impl Reader {
    fn refuse(&mut self, path: &str, node: &Node, expected: &str) {
        self.errors.push(Invalid::new(path, node.describe(), expected));
    }

    fn document(&mut self, node: &Node) -> RawDocument {
        let engine = node.get("engine");
        if matches!(engine, Some(Node::Text(name)) if spec::engine(name).is_some()) {
            return self.tables(node);
        }
        let mut raw = RawDocument::default();
        let mut request = RawRequest::default();
        for (key, value) in self.entries("", node, SECTIONS) {
            match key {
                "engine" => raw.engine = self.text("engine", value).unwrap_or_default(),
                "device" => raw.device = self.text("device", value).unwrap_or_default(),
                "model" => self.model(value, &mut request),
                "discretization" => self.discretization(value, &mut request),
                "truncation" => self.truncation(value, &mut request),
                "run" => self.run(value, &mut request),
                _ => raw.axes = self.sweep(value),
            }
        }
        raw.parameters = Parameters::Nrg(request);
        raw
    }

    /// A document whose tables are its engine's to read.
    fn tables(&mut self, node: &Node) -> RawDocument {
        let mut raw = RawDocument::default();
        let mut tables = Vec::new();
        let Node::Table(entries) = node else { return raw };
        for (index, (key, value)) in entries.iter().enumerate() {
            if entries[..index].iter().any(|(other, _)| other == key) {
                self.errors.push(Invalid::new(
                    shortened(key),
                    value.describe(),
                    "to be given once",
                ));
                continue;
            }
            match key.as_str() {
                "engine" => raw.engine = self.text("engine", value).unwrap_or_default(),
                "device" => raw.device = self.text("device", value).unwrap_or_default(),
                "sweep" => raw.axes = self.sweep(value),
                _ => tables.push((key.clone(), value.clone())),
            }
        }
        raw.parameters = Parameters::Tables(Node::Table(tables));
        raw
    }

    fn model(&mut self, node: &Node, request: &mut RawRequest) {
        let known = &["kind", "coupling", "coupling_z", "distance"];
        for (key, value) in self.entries("model", node, known) {
            let path = format!("model.{key}");
            let model = &mut request.model;
            match key {
                "kind" => {
                    model.kind = self.choice(&path, value, "two-impurity-helical-kondo");
                }
                "coupling" => model.coupling = self.number(&path, value),
                "coupling_z" => model.coupling_z = self.number(&path, value),
                _ => model.distance = self.number(&path, value),
            }
        }
    }

    fn discretization(&mut self, node: &Node, request: &mut RawRequest) {
        for (key, value) in self.entries("discretization", node, &["lambda", "z", "scheme"]) {
            let path = format!("discretization.{key}");
            let discretization = &mut request.discretization;
            match key {
                "lambda" => discretization.lambda = self.number(&path, value),
                "z" => discretization.z = self.numbers(&path, value),
                _ => {
                    let expected = "zitko-pruschke, campo-oliveira or plain";
                    discretization.scheme = self.choice(&path, value, expected);
                }
            }
        }
    }

    fn truncation(&mut self, node: &Node, request: &mut RawRequest) {
        let known = &["energy", "rule", "gap_window", "max_states"];
        for (key, value) in self.entries("truncation", node, known) {
            let path = format!("truncation.{key}");
            let truncation = &mut request.truncation;
            match key {
                "energy" => truncation.energy = self.number(&path, value),
                "rule" => truncation.rule = self.choice(&path, value, "gap or plain"),
                "gap_window" => truncation.gap_window = self.number(&path, value),
                _ => {
                    let counts = self.numbers(&path, value);
                    truncation.max_states =
                        counts.iter().map(|count| self.count(&path, *count)).collect();
                }
            }
        }
    }

    fn run(&mut self, node: &Node, request: &mut RawRequest) {
        for (key, value) in self.entries("run", node, &["temperature", "shells", "error_bars"]) {
            let path = format!("run.{key}");
            match key {
                "temperature" => request.run.temperature = self.numbers(&path, value),
                "shells" => request.run.shells = self.number(&path, value),
                _ => request.run.error_bars = self.flag(&path, value),
            }
        }
    }

    fn sweep(&mut self, node: &Node) -> Vec<RawAxis> {
        let Node::Table(entries) = node else {
            self.refuse("sweep", node, "a table of axes");
            return Vec::new();
        };
        let mut axes = Vec::new();
        for (field, value) in entries {
            let path = format!("sweep.\"{}\"", shortened(field));
            if let Some((values, along)) = self.axis(&path, value) {
                axes.push(RawAxis { field: field.clone(), values, along });
            }
        }
        axes
    }

    /// The values, and the axis that they belong to.
    fn axis(&mut self, path: &str, node: &Node) -> Option<(AxisValues, Option<String>)> {
        let expected = "a list of numbers or { from, to, count, scale }";
        match node {
            Node::List(items) if items.is_empty() => {
                self.refuse(path, node, "at least one value");
                None
            }
            Node::List(_) => Some((AxisValues::List(self.numbers(path, node)), None)),
            Node::Table(entries) if entries.iter().any(|(_, v)| matches!(v, Node::Table(_))) => {
                self.refuse(path, node, "a quoted path as the name, \"model.coupling_z\" = ...");
                None
            }
            Node::Table(_) => self.rule(path, node),
            _ => {
                self.refuse(path, node, expected);
                None
            }
        }
    }

    /// A grid or a list, perhaps along another axis.
    fn rule(&mut self, path: &str, node: &Node) -> Option<(AxisValues, Option<String>)> {
        let along = match node.get("along") {
            None => None,
            Some(along) => Some(self.text(&format!("{path}.along"), along)?),
        };
        let Some(list) = node.get("values") else { return Some((self.grid(path, node)?, along)) };
        self.entries(path, node, &["values", "along"]);
        let values = self.numbers(&format!("{path}.values"), list);
        Some((AxisValues::List(values), along))
    }

    fn grid(&mut self, path: &str, node: &Node) -> Option<AxisValues> {
        let (mut from, mut to, mut count, mut scale) = (None, None, None, Some(Scale::Linear));
        let start = self.errors.len();
        for (key, value) in self.entries(path, node, &["from", "to", "count", "scale", "along"]) {
            let entry = format!("{path}.{key}");
            match key {
                "from" => from = self.number(&entry, value),
                "to" => to = self.number(&entry, value),
                "count" => count = self.grid_count(&entry, value),
                "along" => {}
                _ => scale = self.scale(&entry, value),
            }
        }
        if self.errors.len() > start {
            return None;
        }
        for (key, missing) in
            [("from", from.is_none()), ("to", to.is_none()), ("count", count.is_none())]
        {
            if missing {
                self.errors.push(Invalid::missing(format!("{path}.{key}"), "a number"));
            }
        }
        Some(AxisValues::Grid { from: from?, to: to?, count: count?, scale: scale? })
    }

    fn grid_count(&mut self, path: &str, node: &Node) -> Option<u64> {
        let value = self.number(path, node)?;
        // Above 2^53 the number is no longer the one written; far below it every sweep is refused.
        if value.fract() == 0.0 && (1.0..9e15).contains(&value) {
            return Some(value as u64);
        }
        self.refuse(path, node, "a whole number, 1 or more");
        None
    }

    fn scale(&mut self, path: &str, node: &Node) -> Option<Scale> {
        match node {
            Node::Text(text) if text == "linear" => Some(Scale::Linear),
            Node::Text(text) if text == "log" => Some(Scale::Log),
            _ => {
                self.refuse(path, node, "linear or log");
                None
            }
        }
    }

    /// The entries of a table; unknown and repeated ones are refused and left out.
    fn entries<'a>(
        &mut self,
        path: &str,
        node: &'a Node,
        known: &[&str],
    ) -> Vec<(&'a str, &'a Node)> {
        let Node::Table(entries) = node else {
            self.refuse(if path.is_empty() { "document" } else { path }, node, "a table");
            return Vec::new();
        };
        let mut found: Vec<(&str, &Node)> = Vec::with_capacity(known.len());
        for (key, value) in entries {
            let dot = if path.is_empty() { "" } else { "." };
            let full = format!("{path}{dot}{}", shortened(key));
            if !known.contains(&key.as_str()) {
                let expected = format!("no such field; known are {}", known.join(", "));
                self.errors.push(Invalid::new(full, value.describe(), expected));
            } else if found.iter().any(|(other, _)| other == key) {
                self.errors.push(Invalid::new(full, value.describe(), "to be given once"));
            } else {
                found.push((key.as_str(), value));
            }
        }
        found
    }

    fn text(&mut self, path: &str, node: &Node) -> Option<String> {
        match node {
            Node::Text(text) => Some(shortened(text)),
            _ => {
                self.refuse(path, node, "a text");
                None
            }
        }
    }

    fn choice<T: DeserializeOwned>(&mut self, path: &str, node: &Node, of: &str) -> Option<T> {
        if let Node::Text(text) = node {
            let deserializer: StrDeserializer<'_, ValueError> = text.as_str().into_deserializer();
            if let Ok(choice) = T::deserialize(deserializer) {
                return Some(choice);
            }
        }
        self.refuse(path, node, of);
        None
    }

    fn number(&mut self, path: &str, node: &Node) -> Option<f64> {
        match node {
            Node::Number(value) if value.is_finite() => Some(*value),
            _ => {
                self.refuse(path, node, "a finite number");
                None
            }
        }
    }

    fn flag(&mut self, path: &str, node: &Node) -> Option<bool> {
        if let Node::Bool(value) = node {
            return Some(*value);
        }
        self.refuse(path, node, "true or false");
        None
    }

    /// A number, or a list of at least one.
    fn numbers(&mut self, path: &str, node: &Node) -> Vec<f64> {
        let items = match node {
            Node::List(items) if items.is_empty() => {
                self.refuse(path, node, "at least one value");
                return Vec::new();
            }
            Node::List(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = if items.len() == 1 { path.to_owned() } else { format!("{path}[{index}]") };
            values.extend(self.number(&place, item));
        }
        values
    }

    fn count(&mut self, path: &str, value: f64) -> u32 {
        if value.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&value) {
            return value as u32;
        }
        self.errors.push(Invalid::new(path, number(value), "whole numbers, 1 or more"));
        1
    }
}
