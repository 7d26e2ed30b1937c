//! Dynamical quantum spins without mean field: electrons scatter one after another.
//!
//! One electron of wavenumber k at a time, from the left, on contact impurities: transfer matrix M
//! = E_N ph_N ... E_2 ph_2 E_1, E_j = exp(-i sigma_z W_j), W_j = sum (J_j R_psi(j))_kl S_k sigma_l,
//! blocks R = up, L = down, operators on the spin space; r = -M_LL^-1 M_LR, t = M_RR + M_RL r; rho
//! -> t rho t^+ + r rho r^+. A single energy, no Heisenberg exchange, no Kondo correlations.
use super::frame::{Impurity, check_impurities};
use crate::invalid::Invalid;
use crate::linalg::LinalgError;
use crate::stop::Stop;
use crate::transport::conductance::{hermitian_basis, overlap, spin_matrices};
use crate::transport::kernel::Kernel;
use crate::transport::{TransportError, finite};
use nalgebra::DMatrix;
use num_complex::Complex64;

type Operator = DMatrix<Complex64>;

const MAX_DIMENSION: usize = 256;
/// Up to here the stationary state comes from the superoperator, above by iteration.
const MAX_SUPEROPERATOR: usize = 16;
const MAX_ITERATIONS: usize = 200_000;

/// What happens to electrons after many of them have passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated {
    /// tr(r^+ r rho_st): share of electrons reflected in the stationary state.
    pub backscattering: f64,
    /// tr(r^+ r)/dim: of the first electron, spins fully mixed.
    pub first_electron: f64,
    /// max |t^+ t + r^+ r - 1|
    pub unitarity_defect: f64,
    /// Cesaro average of the iterated map from the fully mixed state; impurity 1 is the slowest
    /// index.
    pub state: Operator,
    pub warnings: Vec<String>,
}

/// t and r as operators on the spins.
struct Scatterer {
    t: Operator,
    r: Operator,
}

fn blocks(m: &Operator, d: usize) -> [Operator; 4] {
    let part = |row: usize, column: usize| m.view((row * d, column * d), (d, d)).into_owned();
    [part(0, 0), part(0, 1), part(1, 0), part(1, 1)]
}

/// exp(-i sigma_z W) of one impurity, on (electron) x (its spin).
fn contact(impurity: &Impurity, spin: &[Operator; 3]) -> Operator {
    let c = impurity.local_coupling();
    let component = |l: usize| {
        (0..3).fold(Operator::zeros(spin[0].nrows(), spin[0].nrows()), |sum, k| {
            sum + &spin[k] * Complex64::from(c[(k, l)])
        })
    };
    let (x, y, z) = (component(0), component(1), component(2));
    let d = x.nrows();
    let i = Complex64::i();
    let mut generator = Operator::zeros(2 * d, 2 * d);
    generator.view_mut((0, 0), (d, d)).copy_from(&(&z * -i));
    generator.view_mut((0, d), (d, d)).copy_from(&((&x - &y * i) * -i));
    generator.view_mut((d, 0), (d, d)).copy_from(&((&x + &y * i) * i));
    generator.view_mut((d, d), (d, d)).copy_from(&(&z * -i));
    exponential(&generator)
}

/// Scaling and squaring with a Taylor series to rounding.
fn exponential(m: &Operator) -> Operator {
    let norm = m.iter().map(|value| value.norm_sqr()).sum::<f64>().sqrt();
    let halvings = (norm.log2() + 4.0).max(0.0).ceil() as i32;
    let small = m * Complex64::from(0.5_f64.powi(halvings));
    let unit = Operator::identity(m.nrows(), m.nrows());
    let (mut sum, mut term) = (unit.clone(), unit);
    // |small| <= 1/16: sixteen terms leave (1/16)^17/17! < 1e-34.
    for n in 1..=16 {
        term = &term * &small * Complex64::from(1.0 / f64::from(n));
        sum += &term;
    }
    for _ in 0..halvings {
        sum = &sum * &sum;
    }
    sum
}

fn scatterer(
    impurities: &[Impurity],
    wavenumber: f64,
    spin: &[Operator; 3],
) -> Result<Scatterer, TransportError> {
    let local = spin[0].nrows();
    let dimension = local.pow(impurities.len() as u32);
    let unit = |n: usize| Operator::identity(n, n);
    let mut m = unit(2 * dimension);
    for (j, impurity) in impurities.iter().enumerate() {
        if 0 < j {
            let distance = impurity.position - impurities[j - 1].position;
            let phase = Complex64::from_polar(1.0, wavenumber * distance);
            m.rows_mut(0, dimension).scale_mut_complex(phase);
            m.rows_mut(dimension, dimension).scale_mut_complex(phase.conj());
        }
        let (before, after) = (unit(local.pow(j as u32)), dimension / local.pow(j as u32 + 1));
        let parts = blocks(&contact(impurity, spin), local)
            .map(|part| before.kronecker(&part).kronecker(&unit(after)));
        let (upper, lower) =
            (m.rows(0, dimension).into_owned(), m.rows(dimension, dimension).into_owned());
        let [rr, rl, lr, ll] = parts;
        m.rows_mut(0, dimension).copy_from(&(&rr * &upper + &rl * &lower));
        m.rows_mut(dimension, dimension).copy_from(&(&lr * &upper + &ll * &lower));
    }
    let [rr, rl, lr, ll] = blocks(&m, dimension);
    let r = -ll.lu().solve(&lr).ok_or(TransportError::NoConvergence {
        what: "reflection operator (M_LL is singular)",
        reached: f64::NAN,
        wanted: f64::EPSILON,
    })?;
    Ok(Scatterer { t: rr + rl * &r, r })
}

/// Multiplication by a complex number in place (nalgebra's `scale_mut` takes real ones).
trait ScaleComplex {
    fn scale_mut_complex(&mut self, factor: Complex64);
}

impl ScaleComplex for nalgebra::DMatrixViewMut<'_, Complex64> {
    fn scale_mut_complex(&mut self, factor: Complex64) {
        for value in self.iter_mut() {
            *value *= factor;
        }
    }
}

impl Scatterer {
    fn map(&self, rho: &Operator) -> Operator {
        &self.t * rho * self.t.adjoint() + &self.r * rho * self.r.adjoint()
    }

    /// Cesaro limit from the fully mixed state, by the projector on the fixed points.
    fn stationary(&self, stop: &dyn Stop) -> Result<Operator, TransportError> {
        let d = self.t.nrows();
        let mixed = Operator::identity(d, d) / Complex64::from(d as f64);
        if MAX_SUPEROPERATOR < d {
            return self.iterate(mixed, stop);
        }
        let basis = hermitian_basis(d);
        let mut generator = DMatrix::<f64>::identity(d * d, d * d);
        for (column, element) in basis.iter().enumerate() {
            let image = self.map(element);
            for (row, probe) in basis.iter().enumerate() {
                generator[(row, column)] -= overlap(probe, &image).re;
            }
        }
        let start = nalgebra::DVector::from_iterator(
            d * d,
            basis.iter().map(|element| overlap(element, &mixed).re),
        );
        let coordinates = Kernel::new(&generator)?.projector * start;
        let pairs = basis.iter().zip(coordinates.iter());
        Ok(pairs.fold(Operator::zeros(d, d), |sum, (b, x)| sum + b * Complex64::from(*x)))
    }

    /// (1 + map)/2 has the same fixed points and no other eigenvalue on the unit circle: its plain
    /// limit is the Cesaro limit of the map.
    fn iterate(&self, mut rho: Operator, stop: &dyn Stop) -> Result<Operator, TransportError> {
        let mut change = f64::INFINITY;
        let mut last = f64::INFINITY;
        let mut converged = 0;
        for _ in 0..MAX_ITERATIONS {
            if stop.stopped() {
                return Err(LinalgError::Stopped.into());
            }
            let next = (&rho + self.map(&rho)) * Complex64::from(0.5);
            change = (&next - &rho).iter().map(|v| v.norm()).fold(0.0, f64::max);
            rho = next;
            // A geometric tail: what is missing is change * q/(1 - q), q known from the second
            // change on and trusted when it says so three times.
            let q = (change / last).min(1.0 - 1e-9);
            let missing = if last.is_finite() { change * q / (1.0 - q) } else { f64::INFINITY };
            converged = if change <= 1e-15 || missing <= 1e-12 { converged + 1 } else { 0 };
            if 3 <= converged {
                return Ok(rho);
            }
            last = change;
        }
        let what = "stationary spin state";
        Err(TransportError::NoConvergence { what, reached: change, wanted: 1e-12 })
    }
}

/// Dimension (2S+1)^N of the spins of a request that [`repeated_scattering`] takes.
///
/// # Errors
/// As there.
pub fn spin_space(
    impurities: &[Impurity],
    wavenumber: f64,
    spin: f64,
) -> Result<usize, TransportError> {
    check_impurities(impurities)?;
    finite("wavenumber", wavenumber)?;
    let twice = 2.0 * spin;
    if twice.fract() != 0.0 || !(1.0..=255.0).contains(&twice) {
        return Err(Invalid::new("spin", spin, "1/2, 1, 3/2, ...").into());
    }
    let power = u32::try_from(impurities.len()).unwrap_or(u32::MAX);
    let dimension = (twice as usize + 1).checked_pow(power).unwrap_or(usize::MAX);
    if MAX_DIMENSION < dimension {
        let (needed, limit) = (dimension as u64, MAX_DIMENSION as u64);
        return Err(TransportError::TooLarge { what: "spin space (2S+1)^N", needed, limit });
    }
    Ok(dimension)
}

/// Reflection in the stationary state of impurities of one spin, couplings over vF; `wavenumber` =
/// E/vF.
///
/// # Errors
/// `Invalid`: not finite, positions that do not increase, 2S not a positive integer; `TooLarge` if
/// the spin space (2S+1)^N exceeds 256; `NoConvergence` if the spins relax too slowly (about 1/J^2
/// electrons); `Linalg(Stopped)`, asked for between electrons.
pub fn repeated_scattering(
    impurities: &[Impurity],
    wavenumber: f64,
    spin: f64,
    stop: &dyn Stop,
) -> Result<Repeated, TransportError> {
    let dimension = spin_space(impurities, wavenumber, spin)?;
    let scatterer = scatterer(impurities, wavenumber, &spin_matrices((2.0 * spin) as u32))?;
    let reflected = scatterer.r.adjoint() * &scatterer.r;
    let total = scatterer.t.adjoint() * &scatterer.t + &reflected;
    let unit = Operator::identity(dimension, dimension);
    let state = scatterer.stationary(stop)?;
    Ok(Repeated {
        backscattering: overlap(&reflected, &state).re,
        first_electron: reflected.trace().re / dimension as f64,
        unitarity_defect: (total - unit).iter().map(|v| v.norm()).fold(0.0, f64::max),
        state,
        warnings: vec![
            "one energy, one electron at a time: no Heisenberg exchange, no Kondo correlations"
                .into(),
        ],
    })
}
