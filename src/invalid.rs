//! One way to refuse a value: which field, what it was, what was expected.
use std::fmt;

/// A refused value of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: expected {expected}")]
pub struct Invalid {
    /// Path in the document, `model.coupling`.
    pub field: String,
    /// As given; `(missing)` where nothing was.
    pub value: String,
    /// What would be accepted, in words.
    pub expected: String,
}

impl Invalid {
    pub fn new(
        field: impl Into<String>,
        value: impl fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: value.to_string(), expected: expected.into() }
    }

    pub fn missing(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(field, "(missing)", expected)
    }
}
