//! Arrays of an answer, put together one by one.
use crate::engine::{Answer, Array, Quality, Values};
use crate::nrg::Statistic;

/// Dimensions of an array with their lengths.
pub(super) type Dimensions<'a> = &'a [(&'static str, usize)];

/// An answer in the making.
#[derive(Debug, Default)]
pub(super) struct Output {
    arrays: Vec<Array>,
    quality: Quality,
}

impl Output {
    pub fn scalar(&mut self, name: &str, unit: &str, long_name: &str, value: f64) {
        self.arrays.push(Array::scalar(name, unit, long_name, value));
    }

    pub fn coordinate(&mut self, name: &str, unit: &str, long_name: &str, values: &[f64]) {
        self.arrays.push(Array::coordinate(name, unit, long_name, values.to_vec()));
    }

    pub fn real(
        &mut self,
        (name, unit, long_name): (&str, &str, &str),
        dimensions: Dimensions<'_>,
        values: Vec<f64>,
    ) {
        self.arrays.push(Array::real(name, unit, long_name, dimensions, values));
    }

    pub fn complex(
        &mut self,
        (name, unit, long_name): (&str, &str, &str),
        dimensions: Dimensions<'_>,
        values: Vec<[f64; 2]>,
    ) {
        let array = Array::new(name, unit, long_name, Values::C128(values));
        self.arrays.push(array.over(dimensions));
    }

    /// Mean, population standard deviation (`_std`) and the values of every z (`_per_z`) of a number
    /// over `leading`; `per_z[l]` are the values at the l-th place.
    pub fn statistics(
        &mut self,
        (name, unit, long_name): (&str, &str, &str),
        leading: Dimensions<'_>,
        z: usize,
        per_z: Vec<Vec<f64>>,
    ) {
        let statistics: Vec<Statistic> = per_z.into_iter().map(Statistic::new).collect();
        let of = |f: fn(&Statistic) -> f64| statistics.iter().map(f).collect();
        self.real((name, unit, long_name), leading, of(|s| s.mean));
        let text = format!("{long_name}: standard deviation over z");
        self.real((&format!("{name}_std"), unit, &text), leading, of(|s| s.std));
        let dimensions: Vec<_> = leading.iter().copied().chain([("z", z)]).collect();
        let text = format!("{long_name}: every z");
        let values = statistics.into_iter().flat_map(|s| s.per_z).collect();
        self.real((&format!("{name}_per_z"), unit, &text), &dimensions, values);
    }

    /// The largest of a measure counts.
    pub fn measure(&mut self, name: &str, value: f64) {
        match self.quality.measures.iter_mut().find(|(known, _)| known == name) {
            Some((_, largest)) => *largest = largest.max(value),
            None => self.quality.measures.push((name.to_owned(), value)),
        }
    }

    /// Worst LAPACK ratios of what was diagonalized.
    pub fn ratios(&mut self, residual: f64, orthogonality: f64) {
        // f64::max takes the other one where one is NaN.
        self.quality.eigen_residual = self.quality.eigen_residual.max(residual);
        self.quality.eigen_orthogonality = self.quality.eigen_orthogonality.max(orthogonality);
    }

    pub fn matrices(&mut self, count: u64) {
        self.quality.matrices += count;
    }

    pub fn note(&mut self, note: &str) {
        self.quality.notes.push(note.to_owned());
    }

    /// The same warning once.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.quality.warnings.contains(&warning) {
            self.quality.warnings.push(warning);
        }
    }

    pub fn answer(self) -> Answer {
        Answer { arrays: self.arrays, quality: self.quality }
    }
}
