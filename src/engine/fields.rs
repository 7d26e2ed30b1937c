//! Reading the tables of a document field by field, and writing down what was understood.
//!
//! Every field that is asked for is also recorded with the value in force, so that the resolved
//! request is exactly what the engine has read. What nobody asked for is refused at the end.
use std::cell::RefCell;
use std::fmt;

use super::tree::{Node, shortened};
use crate::invalid::Invalid;

/// Values that a number may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub low: f64,
    /// Whether `low` itself is allowed.
    pub with_low: bool,
    pub high: f64,
    pub with_high: bool,
    /// Whole numbers only.
    pub whole: bool,
}

impl Range {
    pub const FINITE: Self = Self {
        low: f64::NEG_INFINITY,
        with_low: false,
        high: f64::INFINITY,
        with_high: false,
        whole: false,
    };
    pub const POSITIVE: Self = Self { low: 0.0, ..Self::FINITE };
    pub const NOT_NEGATIVE: Self = Self { low: 0.0, with_low: true, ..Self::FINITE };

    /// Both ends included.
    pub const fn between(low: f64, high: f64) -> Self {
        Self { low, with_low: true, high, with_high: true, whole: false }
    }

    /// Whole numbers, both ends included.
    pub const fn whole(low: u32, high: u32) -> Self {
        Self { low: low as f64, with_low: true, high: high as f64, with_high: true, whole: true }
    }

    pub fn contains(&self, value: f64) -> bool {
        let above = if self.with_low { self.low <= value } else { self.low < value };
        let below = if self.with_high { value <= self.high } else { value < self.high };
        above && below && (!self.whole || value.fract() == 0.0)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.whole { "a whole number" } else { "a finite number" })?;
        let at_least = if self.with_low { ">=" } else { ">" };
        let at_most = if self.with_high { "<=" } else { "<" };
        match (self.low.is_finite(), self.high.is_finite()) {
            (false, false) => Ok(()),
            (true, false) => write!(formatter, " {at_least} {}", self.low),
            (false, true) => write!(formatter, " {at_most} {}", self.high),
            (true, true) if self.with_low && self.with_high => {
                write!(formatter, " from {} to {}", self.low, self.high)
            }
            (true, true) => {
                write!(formatter, " {at_least} {} and {at_most} {}", self.low, self.high)
            }
        }
    }
}

/// Reads a document's tables; collects all that is wrong.
#[derive(Debug)]
pub struct Reader<'a> {
    entries: &'a [(String, Node)],
    asked: RefCell<Vec<&'static str>>,
    resolved: RefCell<Vec<(String, Node)>>,
    errors: RefCell<Vec<Invalid>>,
}

/// One table while it is read. Recorded when it is dropped.
#[derive(Debug)]
pub struct Section<'r, 'a> {
    reader: &'r Reader<'a>,
    name: &'static str,
    /// `None`: recorded as the section `name`; else where an enclosing section collects it.
    collect: Option<&'r RefCell<Vec<Node>>>,
    path: String,
    entries: &'a [(String, Node)],
    asked: RefCell<Vec<&'static str>>,
    resolved: RefCell<Vec<(String, Node)>>,
}

impl<'a> Reader<'a> {
    pub fn new(tables: &'a Node) -> Self {
        let errors: RefCell<Vec<Invalid>> = RefCell::default();
        let entries: &[(String, Node)] = match tables {
            Node::Table(entries) => entries,
            other => {
                errors.borrow_mut().push(Invalid::new("document", other.describe(), "tables"));
                &[]
            }
        };
        Self { entries, asked: RefCell::default(), resolved: RefCell::default(), errors }
    }

    /// Whether the document has this table.
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, _)| key == name)
    }

    /// A table; one that is absent is empty.
    pub fn section<'r>(&'r self, name: &'static str) -> Section<'r, 'a> {
        self.asked.borrow_mut().push(name);
        let mut entries: &[(String, Node)] = &[];
        match find(self.entries, name) {
            Some(Node::Table(found)) => entries = found,
            Some(other) => self.refuse(Invalid::new(name, other.describe(), "a table")),
            None => {}
        }
        self.open(name, None, name.to_owned(), entries)
    }

    fn open<'r>(
        &'r self,
        name: &'static str,
        collect: Option<&'r RefCell<Vec<Node>>>,
        path: String,
        entries: &'a [(String, Node)],
    ) -> Section<'r, 'a> {
        Section {
            reader: self,
            name,
            collect,
            path,
            entries,
            asked: RefCell::default(),
            resolved: RefCell::default(),
        }
    }

    pub fn refuse(&self, invalid: Invalid) {
        let mut errors = self.errors.borrow_mut();
        if !errors.contains(&invalid) {
            errors.push(invalid);
        }
    }

    /// Nothing was refused so far.
    pub fn clean(&self) -> bool {
        self.errors.borrow().is_empty()
    }

    /// The resolved request.
    /// Errors: all that was refused, unknown tables included.
    pub fn finish(self) -> Result<Node, Vec<Invalid>> {
        self.refuse_unknown("", self.entries, &self.asked.borrow());
        let errors = self.errors.into_inner();
        if errors.is_empty() { Ok(Node::Table(self.resolved.into_inner())) } else { Err(errors) }
    }

    fn refuse_unknown(&self, prefix: &str, entries: &[(String, Node)], asked: &[&'static str]) {
        for (index, (key, value)) in entries.iter().enumerate() {
            let path = format!("{prefix}{}", shortened(key));
            if !asked.contains(&key.as_str()) {
                let expected = match asked {
                    [] => "no such field here".to_owned(),
                    asked => format!("no such field here; known are {}", asked.join(", ")),
                };
                self.refuse(Invalid::new(path, value.describe(), expected));
            } else if entries[..index].iter().any(|(other, _)| other == key) {
                self.refuse(Invalid::new(path, value.describe(), "to be given once"));
            }
        }
    }
}

fn find<'a>(entries: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

impl<'r, 'a> Section<'r, 'a> {
    /// `ribbon.width_nm`
    pub fn path_of(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    /// Refuses a field by what the engine knows of it.
    pub fn refuse(&self, field: &str, value: impl fmt::Display, expected: impl Into<String>) {
        self.reader.refuse(Invalid::new(self.path_of(field), value, expected));
    }

    /// Whether the document gives this field.
    pub fn has(&self, field: &str) -> bool {
        find(self.entries, field).is_some()
    }

    fn take(&self, field: &'static str) -> Option<&'a Node> {
        self.asked.borrow_mut().push(field);
        find(self.entries, field)
    }

    fn record(&self, field: &str, value: Node) {
        self.resolved.borrow_mut().push((field.to_owned(), value));
    }

    fn checked(&self, path: &str, node: &Node, range: Range) -> Option<f64> {
        match node {
            Node::Number(value) if range.contains(*value) => Some(*value),
            other => {
                self.reader.refuse(Invalid::new(path, other.describe(), range.to_string()));
                None
            }
        }
    }

    /// A number that may be absent.
    pub fn number(&self, field: &'static str, range: Range) -> Option<f64> {
        let node = self.take(field)?;
        // -0 and 0 are the same parameter.
        let value = self.checked(&self.path_of(field), node, range)? + 0.0;
        self.record(field, Node::Number(value));
        Some(value)
    }

    /// A number with a default.
    pub fn number_or(&self, field: &'static str, default: f64, range: Range) -> f64 {
        if self.has(field) {
            return self.number(field, range).unwrap_or(default);
        }
        self.asked.borrow_mut().push(field);
        self.record(field, Node::Number(default));
        default
    }

    /// A number that has to be there; NaN after a refusal.
    pub fn required(&self, field: &'static str, range: Range) -> f64 {
        if !self.has(field) {
            self.missing(field, range.to_string());
        }
        self.number(field, range).unwrap_or(f64::NAN)
    }

    /// Refuses the absence of a field.
    pub fn missing(&self, field: &'static str, expected: impl Into<String>) {
        self.asked.borrow_mut().push(field);
        self.reader.refuse(Invalid::missing(self.path_of(field), expected));
    }

    /// A whole number with a default.
    pub fn count_or(&self, field: &'static str, default: u32, low: u32, high: u32) -> u32 {
        self.number_or(field, f64::from(default), Range::whole(low, high)) as u32
    }

    /// A number or a list of numbers, row by row where lists are nested; at most `most` of them.
    pub fn numbers(&self, field: &'static str, range: Range, most: usize) -> Option<Vec<f64>> {
        let node = self.take(field)?;
        let path = self.path_of(field);
        let mut flat = Vec::new();
        flatten(&path, node, &mut flat);
        if flat.is_empty() || most < flat.len() {
            let given = format!("{} values", flat.len());
            self.refuse(field, given, format!("1 to {most} values"));
            return None;
        }
        let mut values = Vec::with_capacity(flat.len());
        for (path, node) in flat {
            values.push(self.checked(&path, node, range)? + 0.0);
        }
        self.record(field, Node::List(values.iter().copied().map(Node::Number).collect()));
        Some(values)
    }

    /// As [`Self::numbers`], with a default.
    pub fn numbers_or(
        &self,
        field: &'static str,
        default: &[f64],
        range: Range,
        most: usize,
    ) -> Vec<f64> {
        if self.has(field) {
            return self.numbers(field, range, most).unwrap_or_else(|| default.to_vec());
        }
        self.asked.borrow_mut().push(field);
        self.record(field, Node::List(default.iter().copied().map(Node::Number).collect()));
        default.to_vec()
    }

    /// One of several names; the first one is the default.
    pub fn choice<T: Copy>(&self, field: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let Some(node) = self.take(field) else {
            let (name, value) = choices.first()?;
            self.record(field, Node::Text((*name).to_owned()));
            return Some(*value);
        };
        let known = |text: &str| choices.iter().find(|(name, _)| *name == text);
        let found = if let Node::Text(text) = node { known(text) } else { None };
        if let Some((name, value)) = found {
            self.record(field, Node::Text((*name).to_owned()));
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.refuse(field, node.describe(), format!("one of {}", names.join(", ")));
        None
    }

    /// One of several names that has to be given.
    pub fn required_choice<T: Copy>(
        &self,
        field: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        if self.has(field) {
            return self.choice(field, choices);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.missing(field, format!("one of {}", names.join(", ")));
        None
    }

    /// true or false.
    pub fn flag_or(&self, field: &'static str, default: bool) -> bool {
        let value = match self.take(field) {
            None => default,
            Some(Node::Bool(value)) => *value,
            Some(other) => {
                self.refuse(field, other.describe(), "true or false");
                default
            }
        };
        self.record(field, Node::Bool(value));
        value
    }

    /// A list of tables, each read by `read`; at most `most` of them.
    pub fn tables<T>(
        &self,
        field: &'static str,
        most: usize,
        mut read: impl FnMut(&Section<'_, 'a>) -> T,
    ) -> Vec<T> {
        let items: &[Node] = match self.take(field) {
            None => return Vec::new(),
            Some(Node::List(items)) if items.len() <= most => items,
            Some(other) => {
                self.refuse(field, other.describe(), format!("a list of at most {most} tables"));
                return Vec::new();
            }
        };
        let collected = RefCell::default();
        let mut found = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(field));
            let Node::Table(entries) = item else {
                self.reader.refuse(Invalid::new(path, item.describe(), "a table"));
                continue;
            };
            found.push(read(&self.reader.open(field, Some(&collected), path, entries)));
        }
        self.record(field, Node::List(collected.into_inner()));
        found
    }
}

/// The numbers of nested lists in their order, each with its place.
fn flatten<'a>(path: &str, node: &'a Node, flat: &mut Vec<(String, &'a Node)>) {
    match node {
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), item, flat);
            }
        }
        single => flat.push((path.to_owned(), single)),
    }
}

impl Drop for Section<'_, '_> {
    fn drop(&mut self) {
        let prefix = format!("{}.", self.path);
        self.reader.refuse_unknown(&prefix, self.entries, &self.asked.borrow());
        let table = Node::Table(std::mem::take(&mut self.resolved.borrow_mut()));
        match self.collect {
            Some(collected) => collected.borrow_mut().push(table),
            None => self.reader.resolved.borrow_mut().push((self.name.to_owned(), table)),
        }
    }
}
