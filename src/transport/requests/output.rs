//! Arrays of an answer, put together one by one.
use nalgebra::{DMatrix, Matrix3};
use num_complex::Complex64;

use crate::engine::{Answer, Array, Quality, Values};
use crate::transport::conductance::Normalised;

/// Dimensions of an array with their lengths.
pub(super) type Dimensions<'a> = &'a [(&'static str, usize)];

const ROWS: (&str, usize) = ("row", 3);
const COLUMNS: (&str, usize) = ("column", 3);

/// An answer in the making.
#[derive(Debug, Default)]
pub(super) struct Output {
    arrays: Vec<Array>,
    quality: Quality,
}

impl Output {
    /// A single number.
    pub fn number(&mut self, name: &str, unit: &str, long_name: &str, value: f64) {
        self.arrays.push(Array::scalar(name, unit, long_name, value));
    }

    /// Real numbers along dimensions.
    pub fn real(
        &mut self,
        name: &str,
        unit: &str,
        long_name: &str,
        dimensions: Dimensions<'_>,
        values: Vec<f64>,
    ) {
        self.arrays.push(Array::real(name, unit, long_name, dimensions, values));
    }

    pub fn coordinate(&mut self, name: &str, unit: &str, long_name: &str, values: &[f64]) {
        self.arrays.push(Array::coordinate(name, unit, long_name, values.to_vec()));
    }

    /// Dimensionless whole numbers; 1 and 0 for yes and no.
    pub fn whole(
        &mut self,
        name: &str,
        long_name: &str,
        dimensions: Dimensions<'_>,
        values: Vec<i64>,
    ) {
        let array = Array::new(name, "1", long_name, Values::I64(values));
        self.arrays.push(array.over(dimensions));
    }

    /// Complex numbers along dimensions.
    pub fn complex(
        &mut self,
        name: &str,
        unit: &str,
        long_name: &str,
        dimensions: Dimensions<'_>,
        values: impl IntoIterator<Item = Complex64>,
    ) {
        let values = values.into_iter().map(|value| [value.re, value.im]).collect();
        let array = Array::new(name, unit, long_name, Values::C128(values));
        self.arrays.push(array.over(dimensions));
    }

    /// In both normalisations: `<name>_paper` and `<name>_landauer`.
    pub fn both(
        &mut self,
        name: &str,
        unit: &str,
        long_name: &str,
        dimensions: Dimensions<'_>,
        values: &[Normalised],
    ) {
        let paper = values.iter().map(|value| value.paper).collect();
        let landauer = values.iter().map(|value| value.landauer).collect();
        let text = format!("{long_name}, normalisation of the paper (Eq. 1)");
        self.real(&format!("{name}_paper"), unit, &text, dimensions, paper);
        let text = format!("{long_name}, one electron costs e (half of the paper's)");
        self.real(&format!("{name}_landauer"), unit, &text, dimensions, landauer);
    }

    /// 3 x 3 matrices, one for each step of the dimensions (row, column come behind them).
    pub fn matrices<'m>(
        &mut self,
        name: &str,
        unit: &str,
        long_name: &str,
        dimensions: Dimensions<'_>,
        matrices: impl IntoIterator<Item = &'m Matrix3<f64>>,
    ) {
        // nalgebra stores columns.
        let values = matrices.into_iter().flat_map(|m| m.transpose().as_slice().to_vec()).collect();
        let dimensions = [dimensions, &[ROWS, COLUMNS]].concat();
        self.real(name, unit, long_name, &dimensions, values);
    }

    /// A density matrix, or many.
    pub fn density_matrices<'m>(
        &mut self,
        long_name: &str,
        dimensions: Dimensions<'_>,
        matrices: impl IntoIterator<Item = &'m DMatrix<Complex64>>,
    ) {
        let mut order = 0;
        let mut values = Vec::new();
        for matrix in matrices {
            order = matrix.nrows();
            values.extend(matrix.transpose().iter().copied());
        }
        let dimensions = [dimensions, &[("state", order), ("state_conjugate", order)]].concat();
        self.complex("density_matrix", "1", long_name, &dimensions, values);
    }

    pub fn measure(&mut self, name: &str, value: f64) {
        self.quality.measures.push((name.to_owned(), value));
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.quality.notes.push(note.into());
    }

    /// Each warning once.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            if !self.quality.warnings.contains(&warning) {
                self.quality.warnings.push(warning);
            }
        }
    }

    pub fn answer(self) -> Answer {
        Answer { arrays: self.arrays, quality: self.quality }
    }
}

/// The dimensions of lists: a list of one value is none.
pub(super) fn dimensions(lists: &[(&'static str, usize)]) -> Vec<(&'static str, usize)> {
    lists.iter().copied().filter(|(_, len)| 1 < *len).collect()
}
