//! Hermitian matrices that are hard for eigensolvers, after LAPACK's test types and known trouble.
#![allow(dead_code)] // each test file uses its part
#![allow(clippy::panic)] // a misspelt family ends the test
pub mod windows;

use edgestate::linalg::Element;
use num_complex::Complex64;

/// SplitMix64: small, seeded, the same on every machine.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Uniform in [-1, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2.0_f64.powi(-52) - 1.0
    }
}

/// Builds elements of either type from a complex number.
pub trait Sample: Element {
    fn sample(value: Complex64) -> Self;
    fn complex(self) -> Complex64;
    const COMPLEX: bool;
}

impl Sample for f64 {
    fn sample(value: Complex64) -> Self {
        value.re
    }
    fn complex(self) -> Complex64 {
        Complex64::new(self, 0.0)
    }
    const COMPLEX: bool = false;
}

impl Sample for Complex64 {
    fn sample(value: Complex64) -> Self {
        value
    }
    fn complex(self) -> Complex64 {
        self
    }
    const COMPLEX: bool = true;
}

/// Names of all families of [`matrix`].
pub const FAMILIES: [&str; 20] = [
    "random",
    "zero",
    "identity",
    "diagonal",
    "ones",
    "twofold spectrum",
    "equal blocks",
    "cluster 1e-6",
    "cluster 1e-10",
    "cluster 1e-15",
    "geometric spectrum",
    "one small",
    "one large",
    "graded 1e-12",
    "graded upwards",
    "wilkinson",
    "glued wilkinson",
    "laplacian",
    "signs",
    "tiny couplings",
];

/// One row-major Hermitian matrix.
pub fn matrix<T: Sample>(family: &str, n: usize, seed: u64) -> Vec<T> {
    let mut random = Random(seed ^ (n as u64) << 32 ^ family.len() as u64);
    let step = |k: usize| k as f64 / n.max(2) as f64;
    match family {
        "random" => filled(n, |_, _| draw::<T>(&mut random)),
        "zero" => filled(n, |_, _| Complex64::default()),
        "identity" => with_diagonal(n, |_| 1.0, |_| 0.0),
        "diagonal" => with_diagonal(n, |k| ((k * 7) % n) as f64 - 3.0, |_| 0.0),
        "ones" => filled(n, |_, _| Complex64::new(1.0, 0.0)),
        "twofold spectrum" => rotated(n, |k| if k % 2 == 0 { 1.0 } else { 2.0 }, &mut random),
        "equal blocks" => equal_blocks(n, &mut random),
        "cluster 1e-6" => rotated(n, |k| 1.0 + 1e-6 * step(k), &mut random),
        "cluster 1e-10" => rotated(n, |k| 1.0 + 1e-10 * step(k), &mut random),
        "cluster 1e-15" => rotated(n, |k| 1.0 + 1e-15 * step(k), &mut random),
        "geometric spectrum" => rotated(n, |k| 10f64.powf(-16.0 * step(k)), &mut random),
        "one small" => rotated(n, |k| if k == 0 { 1e-16 } else { 1.0 }, &mut random),
        "one large" => rotated(n, |k| if k == 0 { 1.0 } else { 1e-16 }, &mut random),
        "graded 1e-12" => graded(n, |k| 10f64.powf(-6.0 * step(k)), &mut random),
        "graded upwards" => graded(n, |k| 10f64.powf(-6.0 * (1.0 - step(k))), &mut random),
        "wilkinson" => with_diagonal(n, |k| wilkinson(k, n), |_| 1.0),
        "glued wilkinson" => {
            let glue = |k: usize| if k % 21 == 20 { 1e-8 } else { 1.0 };
            with_diagonal(n, |k| wilkinson(k % 21, 21), glue)
        }
        "laplacian" => with_diagonal(n, |_| 2.0, |_| -1.0),
        "signs" => filled(n, |_, _| Complex64::new(draw::<f64>(&mut random).re.signum(), 0.0)),
        "tiny couplings" => filled(n, |row, col| {
            let size = if row == col { 1.0 } else { 1e-13 };
            draw::<T>(&mut random) * size
        }),
        other => panic!("no family {other}"),
    }
}

/// Type 1 to 21 of LAPACK's `dchkst` (the dense ones from three random reflections).
pub fn lapack<T: Sample>(kind: usize, n: usize, seed: u64) -> Vec<T> {
    let mut random = Random(seed ^ (n as u64) << 32 ^ (kind as u64) << 16);
    let signs: Vec<f64> = (0..n).map(|_| random.uniform().signum()).collect();
    let share = |k: usize| k as f64 / (n.max(2) - 1) as f64;
    let even = |k: usize| 1.0 - share(k) * (1.0 - f64::EPSILON);
    let geometric = |k: usize| f64::EPSILON.powf(share(k));
    let clustered = |k: usize| if k == 0 { 1.0 } else { f64::EPSILON };
    // Norms near overflow and underflow.
    let large = f64::MAX.sqrt() * f64::EPSILON / n.max(1) as f64;
    let small = f64::MIN_POSITIVE.sqrt() * n.max(1) as f64 / f64::EPSILON;
    let diagonal = |d: &dyn Fn(usize) -> f64| with_diagonal(n, |k| signs[k] * d(k), |_| 0.0);
    let mut dense = |d: &dyn Fn(usize) -> f64| rotated::<T>(n, |k| signs[k] * d(k), &mut random);
    match kind {
        1 => with_diagonal(n, |_| 0.0, |_| 0.0),
        2 => with_diagonal(n, |_| 1.0, |_| 0.0),
        3 => diagonal(&even),
        4 => diagonal(&geometric),
        5 => diagonal(&clustered),
        6 => scaled::<T>(&diagonal(&geometric), large),
        7 => scaled::<T>(&diagonal(&geometric), small),
        8 => dense(&even),
        9 => dense(&geometric),
        10 => dense(&clustered),
        11 => scaled(&dense(&even), large),
        12 => scaled(&dense(&even), small),
        13 => filled(n, |_, _| draw::<T>(&mut random)),
        14 => scaled::<T>(&filled(n, |_, _| draw::<T>(&mut random)), large),
        15 => scaled::<T>(&filled(n, |_, _| draw::<T>(&mut random)), small),
        16 => rotated(n, even, &mut random),
        17 => rotated(n, geometric, &mut random),
        18 => rotated(n, clustered, &mut random),
        19 => scaled(&rotated::<T>(n, even, &mut random), large),
        20 => scaled(&rotated::<T>(n, even, &mut random), small),
        21 => {
            let size = |k: usize| 0.5 * (geometric(k) * geometric(k + 1)).sqrt();
            with_diagonal(n, geometric, |k| if k + 1 < n { size(k) } else { 0.0 })
        }
        other => panic!("LAPACK has no type {other}"),
    }
}

/// All elements times `factor`.
pub fn scaled<T: Sample>(matrix: &[T], factor: f64) -> Vec<T> {
    matrix.iter().map(|&element| element * factor).collect()
}

fn wilkinson(k: usize, n: usize) -> f64 {
    (k as f64 - (n as f64 - 1.0) / 2.0).abs()
}

fn draw<T: Sample>(random: &mut Random) -> Complex64 {
    let re = random.uniform();
    Complex64::new(re, if T::COMPLEX { random.uniform() } else { 0.0 })
}

/// From its lower triangle.
fn filled<T: Sample>(n: usize, mut element: impl FnMut(usize, usize) -> Complex64) -> Vec<T> {
    let mut matrix = vec![T::default(); n * n];
    for row in 0..n {
        for col in 0..=row {
            let mut value = element(row, col);
            if row == col {
                value.im = 0.0;
            }
            matrix[row * n + col] = T::sample(value);
            matrix[col * n + row] = T::sample(value.conj());
        }
    }
    matrix
}

fn with_diagonal<T: Sample>(
    n: usize,
    diagonal: impl Fn(usize) -> f64,
    below: impl Fn(usize) -> f64,
) -> Vec<T> {
    filled(n, |row, col| {
        let value = match row - col {
            0 => diagonal(row),
            1 => below(col),
            _ => 0.0,
        };
        Complex64::new(value, 0.0)
    })
}

/// Exact degeneracy: the same 4 x 4 block again and again.
fn equal_blocks<T: Sample>(n: usize, random: &mut Random) -> Vec<T> {
    let block: Vec<T> = filled(4, |_, _| draw::<T>(random));
    filled(n, |row, col| {
        if row / 4 == col / 4 {
            block[row % 4 * 4 + col % 4].complex()
        } else {
            Complex64::default()
        }
    })
}

/// D R D with a random R.
fn graded<T: Sample>(n: usize, size: impl Fn(usize) -> f64, random: &mut Random) -> Vec<T> {
    filled(n, |row, col| draw::<T>(random) * size(row) * size(col))
}

/// Q diag(spectrum) Q^H, where Q is the product of three random reflections.
fn rotated<T: Sample>(n: usize, spectrum: impl Fn(usize) -> f64, random: &mut Random) -> Vec<T> {
    let mut a = vec![Complex64::default(); n * n];
    for k in 0..n {
        a[k * n + k].re = spectrum(k);
    }
    for _ in 0..3 {
        let v: Vec<Complex64> = (0..n).map(|_| draw::<T>(random)).collect();
        let norm_squared: f64 = v.iter().map(|x| x.norm_sqr()).sum();
        if norm_squared == 0.0 {
            continue;
        }
        // A - w v^H - v w^H with w = (2 A v - 2 (v^H A v) v / |v|^2) / |v|^2.
        let product: Vec<Complex64> =
            (0..n).map(|row| (0..n).map(|col| a[row * n + col] * v[col]).sum()).collect();
        let overlap: Complex64 = (0..n).map(|k| v[k].conj() * product[k]).sum();
        let w: Vec<Complex64> = (0..n)
            .map(|k| (product[k] * 2.0 - v[k] * (overlap * 2.0 / norm_squared)) / norm_squared)
            .collect();
        for row in 0..n {
            for col in 0..n {
                a[row * n + col] -= w[row] * v[col].conj() + v[row] * w[col].conj();
            }
        }
    }
    filled(n, |row, col| a[row * n + col])
}
