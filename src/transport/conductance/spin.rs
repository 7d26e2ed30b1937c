//! A spin S as real matrices: density matrices are vectors in an orthonormal basis of Hermitian
//! matrices, so that every Liouvillian is real.
use nalgebra::{DMatrix, DVector, Matrix3, Vector3};
use num_complex::Complex64;

type Operator = DMatrix<Complex64>;

/// Spin matrices and the superoperators of Eq. (10), prepared once per spin.
#[derive(Debug, Clone)]
pub(crate) struct SpinAlgebra {
    dimension: usize,
    basis: Vec<Operator>,
    /// The part of the dissipator that goes with Re K_ij (i <= j) and Im K_ij (i < j).
    real_parts: [[DMatrix<f64>; 3]; 3],
    imaginary_parts: [[DMatrix<f64>; 3]; 3],
    /// -i [S_k, .]
    precessions: [DMatrix<f64>; 3],
    /// tr(S_k B) for every basis matrix B.
    pub spin: [DVector<f64>; 3],
    /// tr(S_i S_j B).
    products: [[DVector<Complex64>; 3]; 3],
    /// Coordinates of the unit matrix.
    pub identity: DVector<f64>,
}

/// S_x, S_y, S_z for 2S = `twice_spin`, highest S_z first.
pub(crate) fn spin_matrices(twice_spin: u32) -> [Operator; 3] {
    let (d, s) = (twice_spin as usize + 1, 0.5 * f64::from(twice_spin));
    let m = |k: usize| s - k as f64;
    let mut raise = Operator::zeros(d, d);
    for k in 1..d {
        raise[(k - 1, k)] = Complex64::from((s * (s + 1.0) - m(k) * (m(k) + 1.0)).sqrt());
    }
    let lower = raise.adjoint();
    let half = Complex64::from(0.5);
    let z = Operator::from_diagonal(&DVector::from_fn(d, |k, _| Complex64::from(m(k))));
    [(&raise + &lower) * half, (&raise - &lower) * Complex64::new(0.0, -0.5), z]
}

/// Orthonormal (tr B_a B_b = delta_ab) Hermitian matrices.
pub(crate) fn hermitian_basis(d: usize) -> Vec<Operator> {
    let mut basis = Vec::with_capacity(d * d);
    let root = std::f64::consts::FRAC_1_SQRT_2;
    for row in 0..d {
        let mut diagonal = Operator::zeros(d, d);
        diagonal[(row, row)] = Complex64::from(1.0);
        basis.push(diagonal);
        for column in 0..row {
            for value in [Complex64::new(root, 0.0), Complex64::new(0.0, root)] {
                let mut element = Operator::zeros(d, d);
                element[(row, column)] = value;
                element[(column, row)] = value.conj();
                basis.push(element);
            }
        }
    }
    basis
}

/// tr(A B) without forming the product.
pub(crate) fn overlap(a: &Operator, b: &Operator) -> Complex64 {
    let mut sum = Complex64::from(0.0);
    for row in 0..a.nrows() {
        for column in 0..a.ncols() {
            sum += a[(row, column)] * b[(column, row)];
        }
    }
    sum
}

fn superoperator(basis: &[Operator], map: impl Fn(&Operator) -> Operator) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(basis.len(), basis.len());
    for (column, element) in basis.iter().enumerate() {
        let image = map(element);
        for (row, probe) in basis.iter().enumerate() {
            matrix[(row, column)] = overlap(probe, &image).re;
        }
    }
    matrix
}

impl SpinAlgebra {
    pub fn new(twice_spin: u32) -> Self {
        let s = spin_matrices(twice_spin);
        let basis = hermitian_basis(twice_spin as usize + 1);
        let i = Complex64::i();
        let two = Complex64::from(2.0);
        // sum_ij K_ij (2 S_i rho S_j - S_j S_i rho - rho S_j S_i), pair by pair; K is Hermitian.
        let jump = |rho: &Operator, k: usize, l: usize| {
            let product = &s[l] * &s[k];
            &s[k] * rho * &s[l] * two - &product * rho - rho * &product
        };
        let pair = |k: usize, l: usize, factor: Complex64| {
            superoperator(&basis, |rho| jump(rho, k, l) * factor + jump(rho, l, k) * factor.conj())
        };
        let half = Complex64::from(0.5);
        let real_parts = std::array::from_fn(|k| {
            std::array::from_fn(|l| pair(k, l, if k == l { half } else { Complex64::from(1.0) }))
        });
        let imaginary_parts = std::array::from_fn(|k| std::array::from_fn(|l| pair(k, l, i)));
        let precessions =
            std::array::from_fn(|k| superoperator(&basis, |rho| (&s[k] * rho - rho * &s[k]) * -i));
        let traces = |operator: &Operator| {
            DVector::from_iterator(basis.len(), basis.iter().map(|b| overlap(operator, b)))
        };
        let unit = Operator::identity(s[0].nrows(), s[0].nrows());
        Self {
            dimension: s[0].nrows(),
            real_parts,
            imaginary_parts,
            precessions,
            spin: std::array::from_fn(|k| traces(&s[k]).map(|value| value.re)),
            products: std::array::from_fn(|k| std::array::from_fn(|l| traces(&(&s[k] * &s[l])))),
            identity: traces(&unit).map(|value| value.re),
            basis,
        }
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// sum_ij K_ij (2 S_i rho S_j - {S_j S_i, rho}) for Hermitian K.
    pub fn dissipator(&self, k: &Matrix3<Complex64>) -> DMatrix<f64> {
        let mut sum = DMatrix::zeros(self.basis.len(), self.basis.len());
        for row in 0..3 {
            for column in row..3 {
                sum += &self.real_parts[row][column] * k[(row, column)].re;
                if row < column {
                    sum += &self.imaginary_parts[row][column] * k[(row, column)].im;
                }
            }
        }
        sum
    }

    /// -i [h.S, rho]
    pub fn precession(&self, h: &Vector3<f64>) -> DMatrix<f64> {
        &self.precessions[0] * h.x + &self.precessions[1] * h.y + &self.precessions[2] * h.z
    }

    /// Coordinates of the Hermitian operator sum_ij c_ij S_i S_j.
    pub fn bilinear(&self, c: &Matrix3<Complex64>) -> DVector<f64> {
        let mut sum = DVector::zeros(self.basis.len());
        for row in 0..3 {
            for column in 0..3 {
                let weight = c[(row, column)];
                sum += self.products[row][column].map(|value| (weight * value).re);
            }
        }
        sum
    }

    /// The matrix that a vector of coordinates stands for, basis states highest S_z first.
    pub fn matrix(&self, coordinates: &DVector<f64>) -> Operator {
        let mut sum = Operator::zeros(self.dimension, self.dimension);
        for (element, value) in self.basis.iter().zip(coordinates.iter()) {
            sum += element * Complex64::from(*value);
        }
        sum
    }
}
