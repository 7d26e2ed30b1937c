//! Arrays of an answer, put together one by one.
use crate::engine::{Answer, Array, Quality, Values};

/// Dimensions of an array with their lengths.
pub(super) type Dimensions = Vec<(&'static str, usize)>;

/// An answer in the making; all arrays but scalars and coordinates have the same dimensions.
#[derive(Debug)]
pub(super) struct Output {
    pub dimensions: Dimensions,
    arrays: Vec<Array>,
    quality: Quality,
}

impl Output {
    pub fn new(dimensions: Dimensions) -> Self {
        Self { dimensions, arrays: Vec::new(), quality: Quality::default() }
    }

    pub fn scalar(&mut self, name: &str, unit: &str, long_name: &str, value: f64) {
        self.arrays.push(Array::scalar(name, unit, long_name, value));
    }

    pub fn coordinate(&mut self, name: &str, unit: &str, long_name: &str, values: &[f64]) {
        self.arrays.push(Array::coordinate(name, unit, long_name, values.to_vec()));
    }

    pub fn values(&mut self, name: &str, unit: &str, long_name: &str, values: Values) {
        let array = Array::new(name, unit, long_name, values);
        self.arrays.push(array.over(&self.dimensions));
    }

    pub fn real(&mut self, name: &str, unit: &str, long_name: &str, values: Vec<f64>) {
        self.values(name, unit, long_name, Values::F64(values));
    }

    pub fn measure(&mut self, name: &str, value: f64) {
        self.quality.measures.push((name.to_owned(), value));
    }

    pub fn note(&mut self, note: &str) {
        self.quality.notes.push(note.to_owned());
    }

    /// One of each sort: warnings that differ in their numbers only are given once, the first.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        let sort = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        for warning in warnings {
            if !self.quality.warnings.iter().any(|known| sort(known) == sort(&warning)) {
                self.quality.warnings.push(warning);
            }
        }
    }

    pub fn answer(self) -> Answer {
        Answer { arrays: self.arrays, quality: self.quality }
    }
}
