//! Labelled arrays, and how good they are.

/// The elements of an array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    F64(Vec<f64>),
    I64(Vec<i64>),
    /// Real and imaginary part.
    C128(Vec<[f64; 2]>),
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::C128(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The real numbers; none of another type.
    pub fn real(&self) -> &[f64] {
        if let Self::F64(values) = self { values } else { &[] }
    }

    /// The whole numbers; none of another type.
    pub fn whole(&self) -> &[i64] {
        if let Self::I64(values) = self { values } else { &[] }
    }

    /// The complex numbers; none of another type.
    pub fn complex(&self) -> &[[f64; 2]] {
        if let Self::C128(values) = self { values } else { &[] }
    }
}

/// One array of an answer. A coordinate has one dimension, of its own name.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub name: String,
    /// One name per entry of `shape`.
    pub dimensions: Vec<String>,
    pub shape: Vec<usize>,
    /// "meV", "1" = dimensionless
    pub unit: String,
    pub long_name: String,
    pub values: Values,
}

impl Array {
    pub fn new(name: &str, unit: &str, long_name: &str, values: Values) -> Self {
        Self {
            name: name.to_owned(),
            dimensions: Vec::new(),
            shape: Vec::new(),
            unit: unit.to_owned(),
            long_name: long_name.to_owned(),
            values,
        }
    }

    /// A single number.
    pub fn scalar(name: &str, unit: &str, long_name: &str, value: f64) -> Self {
        Self::new(name, unit, long_name, Values::F64(vec![value]))
    }

    /// Values along dimensions; the product of their lengths is the number of values.
    pub fn over(mut self, dimensions: &[(&str, usize)]) -> Self {
        self.dimensions = dimensions.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.shape = dimensions.iter().map(|(_, len)| *len).collect();
        debug_assert_eq!(self.shape.iter().product::<usize>(), self.values.len(), "{}", self.name);
        self
    }

    /// Real values along dimensions.
    pub fn real(
        name: &str,
        unit: &str,
        long_name: &str,
        dimensions: &[(&str, usize)],
        values: Vec<f64>,
    ) -> Self {
        Self::new(name, unit, long_name, Values::F64(values)).over(dimensions)
    }

    /// The values of a dimension.
    pub fn coordinate(name: &str, unit: &str, long_name: &str, values: Vec<f64>) -> Self {
        let len = values.len();
        Self::real(name, unit, long_name, &[(name, len)], values)
    }

    pub fn is_coordinate(&self) -> bool {
        self.dimensions.len() == 1 && self.dimensions.first() == Some(&self.name)
    }
}

/// How good an answer is, and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// max |A V - V L|_F / (n |A|_F eps); NaN where nothing was diagonalized.
    pub eigen_residual: f64,
    /// max |V^H V - 1|_F / (n eps)
    pub eigen_orthogonality: f64,
    pub matrices: u64,
    /// The engine's own measures; of several answers the largest counts.
    pub measures: Vec<(String, f64)>,
    /// How it was computed, in words: the method chosen.
    pub notes: Vec<String>,
    /// Bounds not met, in words.
    pub warnings: Vec<String>,
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            eigen_residual: f64::NAN,
            eigen_orthogonality: f64::NAN,
            matrices: 0,
            measures: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// What an engine says to one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    pub arrays: Vec<Array>,
    pub quality: Quality,
}

impl Answer {
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|array| array.name == name)
    }
}
