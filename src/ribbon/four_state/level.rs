//! The two spin-degenerate states of one edge band without Rashba coupling, and their integrals in
//! closed form (section 5). Everything is complex: for a complex pair lambda the functions f are
//! imaginary, and so is the factor N that normalises them.
use crate::ribbon::RibbonError;
use crate::ribbon::quantized::QuantizedRibbon;
use crate::ribbon::roots::decayed_sinhc;
use num_complex::Complex64;

/// Which of the two bands a level belongs to; it decides which of f_+ and f_- is the larger part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Upper,
    Lower,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub side: Side,
    /// E^+ or E^-, meV.
    pub energy_mev: f64,
    pub functions: Functions,
    pub eta: [Complex64; 2],
    pub gamma: Complex64,
    /// N, 1/sqrt(nm).
    pub norm: Complex64,
}

/// f_+ and f_-: differences of two cosh (two sinh), each 1 at the upper edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Functions {
    pub lambda: [Complex64; 2],
    width_nm: f64,
}

impl Level {
    /// # Errors
    /// `NoConvergence`: the two lambdas coincide so closely that nothing is left of f.
    pub fn new(
        ribbon: &QuantizedRibbon,
        k: f64,
        energy_mev: f64,
        side: Side,
    ) -> Result<Self, RibbonError> {
        let model = &ribbon.model;
        let decay = ribbon.decay(k, (energy_mev - model.c_mev).into());
        let functions = Functions { lambda: decay.lambda, width_nm: ribbon.width_nm };
        let [l1, l2] = decay.lambda;
        let [a1, a2] = decay.alpha;
        let difference = (model.b_mev_nm2 + model.d_mev_nm2) * (l1 - l2) * (l1 + l2);
        let [over1, over2] = decay.lambda.map(|l| functions.over_tanh(l));
        let [times1, times2] = [l1 * l1 / over1, l2 * l2 / over2];
        let eta = [over1 - over2, times1 - times2].map(|one| difference / (model.a_mev_nm * one));
        let gamma = match side {
            Side::Upper => eta[0] / (eta[1] * (a2 * times1 - a1 * times2)),
            Side::Lower => eta[1] / (eta[0] * (a2 * over1 - a1 * over2)),
        };
        let level = Self {
            side,
            energy_mev,
            functions,
            eta,
            gamma: gamma * difference * k,
            norm: Complex64::ONE,
        };
        level.normalised()
    }

    fn normalised(self) -> Result<Self, RibbonError> {
        let [even, odd] = [self.even_even(&self), self.odd_odd(&self)];
        let [eta1, eta2] = self.eta.map(|eta| eta * eta);
        let g2 = self.gamma * self.gamma;
        let inverse_square = match self.side {
            Side::Upper => even * (1.0 + g2 * eta2) + odd * (g2 + eta1),
            Side::Lower => odd * (1.0 + g2 * eta1) + even * (g2 + eta2),
        };
        // The terms cancel as (lambda_1 - lambda_2)^2; below this nothing of them is left.
        let smallest = 1e-9 * self.functions.width_nm.min(self.functions.lambda[0].norm().recip());
        if inverse_square.is_finite() && smallest < inverse_square.norm() {
            return Ok(Self { norm: inverse_square.sqrt().inv(), ..self });
        }
        Err(RibbonError::NoConvergence {
            what: "normalisation of an edge state (its two decay constants coincide)".to_owned(),
            reached: inverse_square.norm(),
            wanted: smallest,
        })
    }

    /// Gamma_++: int f_+ f_+, nm.
    pub fn even_even(&self, other: &Self) -> Complex64 {
        self.functions.sum(&other.functions, Functions::cosh_cosh)
    }

    /// Gamma_--: int f_- f_-, nm.
    pub fn odd_odd(&self, other: &Self) -> Complex64 {
        self.functions.sum(&other.functions, Functions::sinh_sinh)
    }

    /// Omega: int f_+ (d/dy) f_-, the first of this level.
    pub fn even_slope(&self, other: &Self) -> Complex64 {
        self.functions.sum(&other.functions, |own, a, b| own.over_tanh(b) * own.cosh_cosh(a, b))
    }

    /// Components (E, H) at y of the state of spin up (`spin` = 1) or down (-1), 1/sqrt(nm): real.
    /// The lower block of H is the upper one, conjugated, at -k, and gamma is odd in k.
    pub fn spinor(&self, spin: f64, y: f64) -> [f64; 2] {
        let (even, odd) = self.functions.at(y);
        let [eta1, eta2] = self.eta;
        let g = spin * self.gamma;
        let [e, h] = match self.side {
            Side::Upper => [even - g * odd, -eta1 * odd + g * eta2 * even],
            Side::Lower => [odd - g * even, g * eta1 * odd - eta2 * even],
        };
        [(self.norm * e).re, (self.norm * h).re]
    }
}

impl Functions {
    /// f_+ and f_- at y, |y| <= W/2.
    pub fn at(&self, y: f64) -> (Complex64, Complex64) {
        let [first, second] = self.lambda.map(|l| self.normalised_pair(l, y));
        (first.0 - second.0, first.1 - second.1)
    }

    /// cosh(l y)/cosh(l W/2) and sinh(l y)/sinh(l W/2).
    fn normalised_pair(&self, l: Complex64, y: f64) -> (Complex64, Complex64) {
        let half = 0.5 * self.width_nm;
        let (grown, decayed) = ((l * (y.abs() - half)).exp(), (-2.0 * y.abs() * l).exp());
        let full = (-2.0 * half * l).exp();
        let even = grown * (1.0 + decayed) / (1.0 + full);
        // Ratio of sinh(z)/z, so that l = 0 has its limit y/half.
        let odd = grown * decayed_sinhc(l * y.abs()) / decayed_sinhc(l * half) * (y / half);
        (even, odd)
    }

    /// l / tanh(l W/2), 1/nm; its limit at l = 0.
    fn over_tanh(&self, l: Complex64) -> Complex64 {
        (1.0 + (-l * self.width_nm).exp())
            / (self.width_nm * decayed_sinhc(0.5 * self.width_nm * l))
    }

    fn sum(
        &self,
        other: &Self,
        integral: impl Fn(&Self, Complex64, Complex64) -> Complex64,
    ) -> Complex64 {
        let [a1, a2] = self.lambda;
        let [b1, b2] = other.lambda;
        integral(self, a1, b1) - integral(self, a1, b2) - integral(self, a2, b1)
            + integral(self, a2, b2)
    }

    /// int cosh(a y) cosh(b y) / (cosh(a W/2) cosh(b W/2)). By the addition theorem it is
    /// (ta + tb)/(a + b) + (ta - tb)/(a - b), which needs no limit for a = b.
    fn cosh_cosh(&self, a: Complex64, b: Complex64) -> Complex64 {
        let [ea, eb] = [a, b].map(|l| (-l * self.width_nm).exp());
        let tanhs = (1.0 - ea) / (1.0 + ea) + (1.0 - eb) / (1.0 + eb);
        tanhs / (a + b) + self.difference(a, b) / ((1.0 + ea) * (1.0 + eb))
    }

    /// int sinh(a y) sinh(b y) / (sinh(a W/2) sinh(b W/2)).
    fn sinh_sinh(&self, a: Complex64, b: Complex64) -> Complex64 {
        let [ea, eb] = [a, b].map(|l| (-l * self.width_nm).exp());
        let inverse = (1.0 + ea) / (1.0 - ea) + (1.0 + eb) / (1.0 - eb);
        inverse / (a + b) - self.difference(a, b) / ((1.0 - ea) * (1.0 - eb))
    }

    /// 4 sinh((a - b) W/2)/(a - b) exp(-(a + b) W/2).
    fn difference(&self, a: Complex64, b: Complex64) -> Complex64 {
        let (fast, slow) = if a.re < b.re { (b, a) } else { (a, b) };
        let sinhc = decayed_sinhc(0.5 * self.width_nm * (fast - slow));
        2.0 * self.width_nm * sinhc * (-slow * self.width_nm).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quadrature::gauss_legendre;

    /// cosh(l y)/cosh(l W/2), sinh(l y)/sinh(l W/2) and the slope of the second, as they are written.
    fn plain(l: Complex64, w: f64, y: f64) -> [Complex64; 3] {
        let half = 0.5 * w * l;
        let (even, odd) = ((l * y).cosh() / half.cosh(), (l * y).sinh() / half.sinh());
        [even, odd, l * (l * y).cosh() / half.sinh()]
    }

    fn functions(first: (f64, f64), second: (f64, f64), width_nm: f64) -> Functions {
        let lambda = [first, second].map(|(re, im)| Complex64::new(re, im));
        Functions { lambda, width_nm }
    }

    /// Section 5: Gamma_++, Gamma_--, Omega against quadrature, 1e-10; real, complex, imaginary and
    /// coinciding arguments, and arguments that nearly coincide.
    #[test]
    fn integrals_agree_with_quadrature() {
        let width = 37.0;
        let cases = [
            functions((0.7, 0.0), (0.05, 0.0), width),
            functions((0.7, 0.0), (0.05 + 1e-9, 0.0), width),
            functions((0.2, 0.1), (0.2, -0.1), width),
            functions((0.3, 0.0), (0.0, 0.11), width),
            functions((0.9, 0.0), (0.01, 0.0), width),
        ];
        for own in cases {
            for other in cases {
                let mut sums = [Complex64::ZERO; 3];
                for (y, weight) in nodes(width) {
                    let of = |f: &Functions, n: usize| {
                        plain(f.lambda[0], width, y)[n] - plain(f.lambda[1], width, y)[n]
                    };
                    sums[0] += weight * of(&own, 0) * of(&other, 0);
                    sums[1] += weight * of(&own, 1) * of(&other, 1);
                    sums[2] += weight * of(&own, 0) * of(&other, 2);
                }
                let over = |own: &Functions, a, b| own.over_tanh(b) * own.cosh_cosh(a, b);
                let found = [
                    own.sum(&other, Functions::cosh_cosh),
                    own.sum(&other, Functions::sinh_sinh),
                    own.sum(&other, over),
                ];
                for (found, sum) in found.iter().zip(sums) {
                    let defect = (found - sum).norm();
                    assert!(defect < 1e-10 * (1.0 + sum.norm()), "{found}, quadrature {sum}");
                }
            }
        }
    }

    fn nodes(width: f64) -> Vec<(f64, f64)> {
        let (panels, rule) = (60, gauss_legendre(16));
        let half = 0.5 * width / f64::from(panels);
        let panel = |p: u32| move |x: f64| half * (f64::from(2 * p + 1) + x) - 0.5 * width;
        (0..panels).flat_map(|p| rule.iter().map(move |(x, w)| (panel(p)(*x), half * w))).collect()
    }

    /// f_+ and f_- are the plain ratios, also where cosh itself would overflow.
    #[test]
    fn functions_do_not_overflow() {
        let own = functions((0.7, 0.1), (0.05, 0.0), 37.0);
        for y in [-18.5, -7.0, 0.0, 3.0, 18.5] {
            let [first, second] = own.lambda.map(|l| plain(l, 37.0, y));
            let (even, odd) = own.at(y);
            assert!((even - first[0] + second[0]).norm() < 1e-14);
            assert!((odd - first[1] + second[1]).norm() < 1e-14);
        }
        let (even, odd) = functions((5.0, 0.0), (0.05, 0.0), 1e4).at(4990.0);
        let expected = (-50.0_f64).exp() - (-0.5_f64).exp();
        assert!((even - expected).norm() < 1e-14 && (odd - expected).norm() < 1e-14);
    }
}
