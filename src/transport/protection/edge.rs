//! Landauer transmission of the Dirac edge with n(x), U(x) and frozen spins m(x), by transfer
//! matrices.
//!
//! In the frame of Eq. (16):
//! dpsi/dx = i sigma_z [(E-U)/vF + cos(theta) phi'/2 - (R_psi^T m).sigma/vF] psi,
//! T = 1/|M_22|^2, R = |M_21/M_22|^2 (spin up moves right). Without m every texture transmits
//! fully.
use super::frame::axis_rotation;
use super::spline::Spline;
use crate::invalid::Invalid;
use crate::transport::{TransportError, finite, positive};
use nalgebra::{Matrix2, Vector3};
use num_complex::Complex64;
use std::f64::consts::PI;

const MAX_STEPS: u64 = 1 << 21;

/// The spin-orbit axis n(x), along z at both ends of [0, length].
#[derive(Debug, Clone, PartialEq)]
pub enum Texture {
    /// n = e_z.
    Axial,
    /// theta = theta0 sin^2(pi x/L), phi = pitch x.
    Bump { theta0: f64, pitch: f64 },
    /// Natural cubic splines through rad at `positions`, which span [0, length].
    Table { positions: Vec<f64>, theta: Vec<f64>, phi: Vec<f64> },
}

/// Frozen spins as a field m(x), energy, laboratory frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Magnetization {
    None,
    Constant {
        m: [f64; 3],
    },
    /// m sin^2(pi x/L).
    Bump {
        m: [f64; 3],
    },
    /// m sin^2(pi x/L) along n(x).
    AlongAxis {
        m: f64,
    },
    /// Splines through `m` at `positions`; zero outside them (it may jump there).
    Table {
        positions: Vec<f64>,
        m: Vec<[f64; 3]>,
    },
}

/// Electrostatic potential, energy.
#[derive(Debug, Clone, PartialEq)]
pub enum Potential {
    /// Constant on [0, length].
    Constant(f64),
    /// Spline; zero outside `positions` (it may jump there).
    Table { positions: Vec<f64>, values: Vec<f64> },
}

/// A scattering region [0, length] between ideal helical wires; hbar = 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    pub length: f64,
    pub velocity: f64,
    pub energy: f64,
    pub texture: Texture,
    pub magnetization: Magnetization,
    pub potential: Potential,
}

impl Edge {
    /// # Errors
    /// `Invalid`: not finite, n not along z at the ends, tables that do not fit.
    pub fn validate(&self) -> Result<(), Invalid> {
        Profile::new(self).map(|_| ())
    }
}

/// Landauer probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transmission {
    pub transmission: f64,
    pub reflection: f64,
    /// ln T, also where T underflows.
    pub ln_transmission: f64,
    /// Difference to half as many steps.
    pub error: f64,
    /// | |det M| - 1 |, and so the error of T + R = 1.
    pub unitarity_defect: f64,
    pub steps: u64,
}

/// The profiles with their splines made.
struct Profile<'a> {
    edge: &'a Edge,
    texture: Option<(Spline, Spline)>,
    magnetization: Option<[Spline; 3]>,
    potential: Option<Spline>,
}

impl<'a> Profile<'a> {
    fn new(edge: &'a Edge) -> Result<Self, Invalid> {
        positive("length", edge.length)?;
        positive("velocity", edge.velocity)?;
        finite("energy", edge.energy)?;
        let texture = match &edge.texture {
            Texture::Axial => None,
            Texture::Bump { theta0, pitch } => {
                finite("texture.theta0", *theta0)?;
                finite("texture.pitch", *pitch)?;
                None
            }
            Texture::Table { positions, theta, phi } => {
                let theta_spline = Spline::new("texture.theta", positions, theta)?;
                if theta_spline.ends() != (0.0, edge.length) {
                    let expected = format!("positions from 0 to {}", edge.length);
                    return Err(Invalid::new("texture.positions", positions[0], expected));
                }
                for end in [theta[0], theta[theta.len() - 1]] {
                    if 1e-12 < end.abs() {
                        return Err(Invalid::new("texture.theta", end, "0 at both ends"));
                    }
                }
                Some((theta_spline, Spline::new("texture.phi", positions, phi)?))
            }
        };
        let magnetization = match &edge.magnetization {
            Magnetization::None => None,
            Magnetization::Constant { m } | Magnetization::Bump { m } => {
                for value in m {
                    finite("magnetization.m", *value)?;
                }
                None
            }
            Magnetization::AlongAxis { m } => {
                finite("magnetization.m", *m)?;
                None
            }
            Magnetization::Table { positions, m } => {
                let component = |k: usize| {
                    let values: Vec<f64> = m.iter().map(|value| value[k]).collect();
                    Spline::new("magnetization.m", positions, &values)
                };
                Some([component(0)?, component(1)?, component(2)?])
            }
        };
        let potential = match &edge.potential {
            Potential::Constant(value) => {
                finite("potential", *value)?;
                None
            }
            Potential::Table { positions, values } => {
                Some(Spline::new("potential", positions, values)?)
            }
        };
        Ok(Self { edge, texture, magnetization, potential })
    }

    /// Pieces of [0, length] on which everything is smooth.
    fn pieces(&self) -> Vec<(f64, f64)> {
        let mut cuts = vec![0.0, self.edge.length];
        let tables = self.magnetization.iter().map(|m| &m[0]).chain(self.potential.iter());
        for spline in tables {
            let (from, to) = spline.ends();
            cuts.extend([from, to].into_iter().filter(|x| 0.0 < *x && *x < self.edge.length));
        }
        // Splines have jumps in their third derivative at every node: cut there, too.
        if let Texture::Table { positions, .. } = &self.edge.texture {
            cuts.extend(positions.iter().filter(|x| 0.0 < **x && **x < self.edge.length));
        }
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        cuts.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// (a, b) of dpsi/dx = i sigma_z [a - b.sigma] psi.
    fn generator(&self, x: f64) -> (f64, Vector3<f64>) {
        let edge = self.edge;
        let bump = (PI * x / edge.length).sin().powi(2);
        let (theta, phi, phi_slope) = match (&edge.texture, &self.texture) {
            (Texture::Bump { theta0, pitch }, _) => (theta0 * bump, pitch * x, *pitch),
            (_, Some((theta, phi))) => {
                let (phi, slope) = phi.at(x);
                (theta.at(x).0, phi, slope)
            }
            _ => (0.0, 0.0, 0.0),
        };
        let inside = |spline: &Spline| {
            let (from, to) = spline.ends();
            from <= x && x <= to
        };
        let turned = |m: Vector3<f64>| axis_rotation(theta, phi).transpose() * m;
        let m = match (&edge.magnetization, &self.magnetization) {
            (Magnetization::Constant { m }, _) => turned((*m).into()),
            (Magnetization::Bump { m }, _) => turned(Vector3::from(*m) * bump),
            (Magnetization::AlongAxis { m }, _) => Vector3::new(0.0, 0.0, m * bump),
            (_, Some(splines)) if inside(&splines[0]) => {
                turned(Vector3::from_fn(|k, _| splines[k].at(x).0))
            }
            _ => Vector3::zeros(),
        };
        let potential = match (&edge.potential, &self.potential) {
            (Potential::Constant(value), _) => *value,
            (_, Some(spline)) if inside(spline) => spline.at(x).0,
            _ => 0.0,
        };
        let a = (edge.energy - potential) / edge.velocity + 0.5 * theta.cos() * phi_slope;
        (a, m / edge.velocity)
    }

    /// The transfer matrix by Magnus-4, `per_piece` steps a piece.
    fn transfer(&self, per_piece: u64) -> Transfer {
        let mut transfer = Transfer::identity();
        let offset = 3.0_f64.sqrt() / 6.0;
        for (from, to) in self.pieces() {
            let h = (to - from) / per_piece as f64;
            for step in 0..per_piece {
                let middle = from + h * (step as f64 + 0.5);
                let first = matrix(self.generator(middle - offset * h));
                let second = matrix(self.generator(middle + offset * h));
                let commutator = first * second - second * first;
                let sum = (first + second) * Complex64::from(0.5 * h);
                let magnus = sum - commutator * Complex64::from(3.0_f64.sqrt() / 12.0 * h * h);
                transfer.push(&exponential(&magnus));
            }
        }
        transfer
    }
}

/// i sigma_z [a - b.sigma]
fn matrix((a, b): (f64, Vector3<f64>)) -> Matrix2<Complex64> {
    let i = Complex64::i();
    Matrix2::new(
        i * (a - b.z),
        -i * Complex64::new(b.x, -b.y),
        i * Complex64::new(b.x, b.y),
        -i * (a + b.z),
    )
}

/// exp of a 2 x 2 matrix: trace apart, then cosh and sinh of the root of the determinant.
pub(super) fn exponential(m: &Matrix2<Complex64>) -> Matrix2<Complex64> {
    let half_trace = m.trace() * 0.5;
    let traceless = m - Matrix2::identity() * half_trace;
    let square = -traceless.determinant();
    let root = square.sqrt();
    // sinh(z)/z is even and entire
    let sinc = if square.norm() < 1e-8 {
        1.0 + square / 6.0 + square * square / 120.0
    } else {
        root.sinh() / root
    };
    (Matrix2::identity() * root.cosh() + traceless * sinc) * half_trace.exp()
}

/// A product of transfer matrices that cannot overflow: exp(scale) times a matrix of order 1.
pub(super) struct Transfer {
    matrix: Matrix2<Complex64>,
    scale: f64,
    defect: f64,
}

impl Transfer {
    pub fn identity() -> Self {
        Self { matrix: Matrix2::identity(), scale: 0.0, defect: 0.0 }
    }

    pub fn push(&mut self, next: &Matrix2<Complex64>) {
        self.defect += (next.determinant().norm() - 1.0).abs();
        self.matrix = next * self.matrix;
        let size = self.matrix.iter().map(|value| value.norm()).fold(0.0, f64::max);
        if 1e3 < size {
            self.matrix /= Complex64::from(size);
            self.scale += size.ln();
        }
    }

    /// (T, R, ln T)
    pub fn probabilities(&self) -> (f64, f64, f64) {
        let (m21, m22) = (self.matrix[(1, 0)], self.matrix[(1, 1)]);
        let ln = -2.0 * (m22.norm().ln() + self.scale);
        (ln.exp(), (m21 / m22).norm_sqr(), ln)
    }

    /// Sum of the defects of the factors: for products too large to take a determinant of.
    pub fn defect(&self) -> f64 {
        self.defect
    }
}

/// T, R of the edge, to `tolerance` (absolute in T and R, relative in ln T) by doubling the steps.
///
/// # Errors
/// `Invalid`: not finite, n not along z at the ends, tables that do not fit; `NoConvergence` above
/// 2^21 steps.
pub fn transmit(edge: &Edge, tolerance: f64) -> Result<Transmission, TransportError> {
    positive("tolerance", tolerance)?;
    let profile = Profile::new(edge)?;
    let pieces = profile.pieces().len() as u64;
    let mut per_piece = (64 / pieces).max(4);
    let mut coarse = profile.transfer(per_piece).probabilities();
    loop {
        per_piece *= 2;
        let transfer = profile.transfer(per_piece);
        let (transmission, reflection, ln_transmission) = transfer.probabilities();
        let relative = (ln_transmission - coarse.2).abs() / (1.0 + ln_transmission.abs());
        let error =
            (transmission - coarse.0).abs().max((reflection - coarse.1).abs()).max(relative);
        if error <= tolerance {
            let unitarity_defect = transfer.defect().max((transmission + reflection - 1.0).abs());
            let steps = per_piece * pieces;
            return Ok(Transmission {
                transmission,
                reflection,
                ln_transmission,
                error,
                unitarity_defect,
                steps,
            });
        }
        if MAX_STEPS < 2 * per_piece * pieces {
            let what = "transfer matrix of the edge";
            return Err(TransportError::NoConvergence { what, reached: error, wanted: tolerance });
        }
        coarse = (transmission, reflection, ln_transmission);
    }
}
