//! TOML and JSON text as one tree that keeps the order and the duplicates of the file.
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use toml::de::{DeTable, DeValue};

/// A value of a document, as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    /// Integers and floats; an integer that no f64 holds exactly is refused by the readers of counts.
    Number(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; keys may repeat in JSON (the reader refuses that).
    Table(Vec<(String, Node)>),
    /// What no field accepts (a TOML date).
    Other(String),
}

/// Text that is not TOML, or not JSON.
#[derive(Debug, thiserror::Error)]
pub enum SyntaxError {
    #[error("not valid TOML: {0}")]
    Toml(String),
    #[error("not valid JSON: {0}")]
    Json(String),
}

impl Node {
    pub fn from_toml(text: &str) -> Result<Self, SyntaxError> {
        let table = DeTable::parse(text).map_err(|error| SyntaxError::Toml(error.to_string()))?;
        Ok(table_in_file_order(table.get_ref()))
    }

    pub fn from_json(text: &str) -> Result<Self, SyntaxError> {
        serde_json::from_str(text).map_err(|error| SyntaxError::Json(error.to_string()))
    }

    /// What this is, for a message: `"abc"`, `3`, `a table`.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => number(*value),
            Self::Text(text) => format!("{:?}", shortened(text)),
            Self::List(items) if items.is_empty() => "[]".into(),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Table(_) => "a table".into(),
            Self::Other(text) => shortened(text),
        }
    }
}

/// Paths of fields: tables inside tables, by their names with dots between.
impl Node {
    /// The entry at `path` ("model.coupling").
    pub fn get(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, name| match node {
            Self::Table(entries) => {
                entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// Sets the entry at `path`; tables on the way are made, what is no table is replaced.
    pub fn set(&mut self, path: &str, value: Self) {
        let (name, rest) =
            path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        if !matches!(self, Self::Table(_)) {
            *self = Self::Table(Vec::new());
        }
        let Self::Table(entries) = self else { return };
        let index = entries.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            entries.push((name.to_owned(), Self::Null));
            entries.len() - 1
        });
        let Some((_, entry)) = entries.get_mut(index) else { return };
        match rest {
            Some(rest) => entry.set(rest, value),
            None => *entry = value,
        }
    }

    /// TOML that [`Self::from_toml`] reads back bit for bit: a section for each table of this table,
    /// everything deeper on one line. Null entries, which TOML does not know, are left out.
    pub fn to_toml(&self) -> String {
        let Self::Table(entries) = self else { return String::new() };
        let mut text = String::new();
        let given = || entries.iter().filter(|(_, value)| !matches!(value, Self::Null));
        for (name, value) in given().filter(|(_, value)| !matches!(value, Self::Table(_))) {
            text.push_str(&format!("{} = {}\n", toml_text(name), value.inline()));
        }
        for (name, value) in given() {
            let Self::Table(inner) = value else { continue };
            text.push_str(&format!("[{}]\n", toml_text(name)));
            for (name, value) in inner.iter().filter(|(_, value)| !matches!(value, Self::Null)) {
                text.push_str(&format!("{} = {}\n", toml_text(name), value.inline()));
            }
        }
        text
    }

    fn inline(&self) -> String {
        match self {
            Self::Null => "\"\"".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) if value.is_nan() => "nan".into(),
            Self::Number(value) if value.is_infinite() => {
                if 0.0 < *value {
                    "inf".into()
                } else {
                    "-inf".into()
                }
            }
            Self::Number(value) => format!("{value:?}"),
            Self::Text(text) | Self::Other(text) => toml_text(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::inline).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(entries) => {
                let given = entries.iter().filter(|(_, value)| !matches!(value, Self::Null));
                let entries: Vec<String> = given
                    .map(|(name, value)| format!("{} = {}", toml_text(name), value.inline()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// A basic string of TOML, quoted.
pub fn toml_text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A number as a person writes it: `3`, `0.5`, `1e-11`.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || (1e-4..1e7).contains(&magnitude) || !value.is_finite() {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// At most 80 characters of what a client sent, so that a message never grows with it.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn table_in_file_order(table: &DeTable<'_>) -> Node {
    let mut entries: Vec<_> = table.iter().collect();
    // The parser's map is sorted by name; a sweep's axes have the order of the file. A key of a
    // dotted group may carry the span of its first part, so the value's place decides.
    entries.sort_by_key(|(key, value)| (key.span().start.min(value.span().start), key.span().end));
    let entries = entries
        .into_iter()
        .map(|(key, value)| (key.get_ref().to_string(), from_value(value.get_ref())))
        .collect();
    Node::Table(entries)
}

fn from_value(value: &DeValue<'_>) -> Node {
    match value {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(integer) => {
            let parsed = i128::from_str_radix(integer.as_str(), integer.radix());
            parsed.map_or_else(|_| Node::Other(integer.to_string()), |v| Node::Number(v as f64))
        }
        DeValue::Float(float) => match float.as_str().parse() {
            Ok(value) => Node::Number(value),
            Err(_) => Node::Other(float.to_string()),
        },
        DeValue::Boolean(value) => Node::Bool(*value),
        DeValue::Datetime(date) => Node::Other(date.to_string()),
        DeValue::Array(items) => {
            Node::List(items.iter().map(|item| from_value(item.get_ref())).collect())
        }
        DeValue::Table(table) => table_in_file_order(table),
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(text) | Self::Other(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Table(entries) => {
                serializer.collect_map(entries.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value as f64))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            table.push(entry);
        }
        Ok(Node::Table(table))
    }
}
