//! What an impurity does to an electron: phase shifts, partial waves, or any T-matrix (S76, S179).
use crate::invalid::Invalid;
use crate::quadrature::gauss_legendre;
use crate::transport::{TransportError, finite};
use num_complex::Complex64;

/// The highest orbital momentum accepted.
const MAX_L: u32 = 20;
/// The finest angular grid tried for a T-matrix given as a function.
const MAX_NODES: usize = 1024;

/// s and p waves, rad, each defined up to multiples of pi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhaseShifts {
    /// l = 0, j = 1/2
    pub eta0: f64,
    /// l = 1, j = 1/2
    pub eta1: f64,
    /// l = 1, j = 3/2
    pub eta2: f64,
}

impl PhaseShifts {
    /// # Errors
    /// Not finite; all multiples of pi (nothing scatters).
    pub fn validate(&self) -> Result<(), Invalid> {
        let all = [("eta0", self.eta0), ("eta1", self.eta1), ("eta2", self.eta2)];
        for (field, value) in all {
            finite(field, value)?;
        }
        // sin(k pi) in floating point is at most 2e-16 |k| pi.
        if all.iter().all(|(_, eta)| eta.sin().abs() <= 4.0 * f64::EPSILON * (1.0 + eta.abs())) {
            let expected = "at least one phase shift that is not a multiple of pi";
            return Err(Invalid::new("eta0", self.eta0, expected));
        }
        Ok(())
    }

    /// The same as partial waves.
    pub fn waves(&self) -> PartialWaves {
        let channels = [(0, 1, self.eta0), (1, 1, self.eta1), (1, 3, self.eta2)];
        PartialWaves {
            channels: channels.map(|(l, twice_j, eta)| (l, twice_j, elastic(eta))).to_vec(),
        }
    }
}

/// a = exp(i eta) sin(eta)
pub(crate) fn elastic(eta: f64) -> Complex64 {
    Complex64::from_polar(eta.sin(), eta)
}

/// Channels (l, 2j) with their amplitudes a; a missing channel does not scatter.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialWaves {
    channels: Vec<(u32, u32, Complex64)>,
}

impl PartialWaves {
    /// From phase shifts (l, 2j, eta in rad).
    ///
    /// # Errors
    /// As [`Self::from_amplitudes`].
    pub fn from_phase_shifts(channels: &[(u32, u32, f64)]) -> Result<Self, Invalid> {
        for (l, twice_j, eta) in channels {
            finite(&format!("phase_shifts[{l},{twice_j}/2]"), *eta)?;
        }
        let amplitudes: Vec<_> =
            channels.iter().map(|(l, twice_j, eta)| (*l, *twice_j, elastic(*eta))).collect();
        Self::from_amplitudes(&amplitudes)
    }

    /// From amplitudes a = -pi NF T_lj, not necessarily elastic.
    ///
    /// # Errors
    /// A channel with 2j other than 2l +- 1, l > 20, named twice, not finite, or with
    /// |a|^2 > Im a (it would scatter more than arrives); all amplitudes zero.
    pub fn from_amplitudes(channels: &[(u32, u32, Complex64)]) -> Result<Self, Invalid> {
        for (index, (l, twice_j, a)) in channels.iter().enumerate() {
            let field = format!("phase_shifts[{l},{twice_j}/2]");
            let exists = *twice_j == 2 * l + 1 || (0 < *l && *twice_j + 1 == 2 * l);
            if MAX_L < *l || !exists {
                return Err(Invalid::new(field, twice_j, "2j = 2l + 1 or 2l - 1, l from 0 to 20"));
            }
            if channels[..index].iter().any(|other| (other.0, other.1) == (*l, *twice_j)) {
                return Err(Invalid::new(field, a, "each channel once"));
            }
            if !(a.re.is_finite() && a.im.is_finite() && a.norm_sqr() <= a.im + 1e-12) {
                return Err(Invalid::new(field, a, "|a|^2 <= Im a (unitarity)"));
            }
        }
        if channels.iter().all(|(_, _, a)| a.norm() < 1e-15) {
            return Err(Invalid::missing("phase_shifts", "at least one channel that scatters"));
        }
        Ok(Self { channels: channels.to_vec() })
    }

    /// pi NF times (A, B, A', B') at x = cos(angle), section 2 of the module page.
    pub fn amplitudes(&self, x: f64) -> Amplitudes {
        let mut sum = Amplitudes::default();
        let mut legendre = Legendre::new(x);
        let highest = self.channels.iter().map(|channel| channel.0).max().unwrap_or(0);
        for l in 0..=highest {
            let wave = f64::from(l);
            let (value, slope, curvature) = legendre.next(l);
            for (_, twice_j, a) in self.channels.iter().filter(|channel| channel.0 == l) {
                let upper = *twice_j == 2 * l + 1;
                let (weight, sign) = if upper { (wave + 1.0, 1.0) } else { (wave, -1.0) };
                sum.a -= a * (weight * value);
                sum.b += a * (sign * slope);
                // Off the energy shell the wave grows like (p k)^l.
                sum.a_prime -= a * (weight * (wave * value + (1.0 - x) * slope));
                let turned = (wave - 1.0) * slope + (1.0 - x) * curvature;
                sum.b_prime += a * (sign * turned);
            }
        }
        sum
    }

    pub(crate) fn highest(&self) -> u32 {
        self.channels.iter().map(|channel| channel.0).max().unwrap_or(0)
    }
}

/// P_l, P_l', P_l'' by upward recurrence.
struct Legendre {
    x: f64,
    below: [f64; 3],
    here: [f64; 3],
}

impl Legendre {
    fn new(x: f64) -> Self {
        Self { x, below: [0.0; 3], here: [1.0, 0.0, 0.0] }
    }

    /// Values at `l`; to be asked for l = 0, 1, 2, ... in turn.
    fn next(&mut self, l: u32) -> (f64, f64, f64) {
        if 0 < l {
            let n = f64::from(l - 1); // P_{n+1} from P_n and P_{n-1}
            let ([p, p1, p2], [q, q1, q2]) = (self.here, self.below);
            let up = ((2.0 * n + 1.0) * self.x * p - n * q) / (n + 1.0);
            self.below = self.here;
            self.here = [up, q1 + (2.0 * n + 1.0) * p, q2 + (2.0 * n + 1.0) * p1];
            debug_assert!(p2.is_finite());
        }
        let [p, p1, p2] = self.here;
        (p, p1, p2)
    }
}

/// pi NF T = A + i B (p x k).sigma and its off-shell derivatives at one angle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Amplitudes {
    pub a: Complex64,
    pub b: Complex64,
    pub a_prime: Complex64,
    pub b_prime: Complex64,
}

/// A T-matrix on a Gauss-Legendre grid of cos(angle).
#[derive(Debug, Clone)]
pub struct Scattering {
    nodes: Vec<(f64, f64, Amplitudes)>,
}

impl Scattering {
    /// Exact: every average is over a polynomial.
    pub fn from_waves(waves: &PartialWaves) -> Self {
        // At most |A|^2 (1 - x) with sin^2 and primes: degree 2 l + 4.
        Self::sample(waves.highest() as usize + 4, |x| waves.amplitudes(x))
    }

    fn sample(count: usize, amplitudes: impl Fn(f64) -> Amplitudes) -> Self {
        let rule = gauss_legendre(count);
        Self { nodes: rule.into_iter().map(|(x, w)| (x, 0.5 * w, amplitudes(x))).collect() }
    }

    /// Any T-matrix: pi NF times (A, B, A', B') as functions of cos(angle). The grid is refined
    /// until all averages agree to `tolerance`, relative to <|A|^2 + |B|^2>.
    ///
    /// # Errors
    /// `Invalid` for values that are not finite; `NoConvergence` at 1024 nodes.
    pub fn from_function(
        amplitudes: impl Fn(f64) -> Amplitudes,
        tolerance: f64,
    ) -> Result<Self, TransportError> {
        let mut coarse = Self::sample(16, &amplitudes);
        let mut defect = f64::INFINITY;
        let mut count = 32;
        while count <= MAX_NODES {
            let fine = Self::sample(count, &amplitudes);
            let (old, new) = (coarse.all_averages(), fine.all_averages());
            if let Some(wrong) = new.iter().find(|value| !value.is_finite()) {
                return Err(Invalid::new("t_matrix", wrong, "finite amplitudes").into());
            }
            let scale = fine.average(|_, f| f.a.norm_sqr() + f.b.norm_sqr());
            defect = old.iter().zip(&new).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if defect <= tolerance * scale {
                return Ok(fine);
            }
            coarse = fine;
            count *= 2;
        }
        let what = "angular averages of the T-matrix";
        Err(TransportError::NoConvergence { what, reached: defect, wanted: tolerance })
    }

    fn all_averages(&self) -> [f64; 6] {
        [
            self.average(|x, f| (f.a.norm_sqr() + f.b.norm_sqr() * (1.0 - x * x)) * (1.0 - x)),
            self.average(|x, f| (f.a * f.b.conj()).re * (1.0 - x * x)),
            self.average(|x, f| (f.a * f.b.conj()).im * (1.0 - x * x)),
            self.average(|x, f| (f.a_prime * f.a.conj()).im * (1.0 + x)),
            self.average(|x, f| (f.b_prime * f.b.conj()).im * (1.0 - x * x) * (1.0 + x)),
            self.average(|x, f| {
                (f.a * f.b_prime.conj() - f.a_prime * f.b.conj()).re * (1.0 - x * x)
            }),
        ]
    }

    /// (1/2) int dx f(x), x = cos(angle).
    pub(crate) fn average(&self, f: impl Fn(f64, &Amplitudes) -> f64) -> f64 {
        self.nodes.iter().map(|(x, weight, amplitudes)| weight * f(*x, amplitudes)).sum()
    }
}
