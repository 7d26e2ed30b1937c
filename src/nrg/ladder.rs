//! The Wilson ladder: block tridiagonalization of the star (App. A3 of Ferrer et al. 2023).
//!
//! H_bath = sum_n a_n (f+_n+ f_n- + h.c.) + sum_{n>=1, eta} b_n,eta (f+_{n-1,eta} f_n,eta + h.c.) for
//! each spin, Eq. (A34): no Creutz couplings, no on-site terms. The chiral symmetry
//! c_{l+} -> c_{-l+}, c_{l-} -> -c_{-l-} splits the modes into an even and an odd half; H only maps
//! one onto the other with the matrix diag(energy), which halves the work and makes zeros exact.
//! Lanczos loses orthogonality quickly; in double-double with full re-orthogonalization, done
//! twice, every coefficient is right to the last bits of a double.
use super::double::Double;
use super::grid::star;
use super::{NrgError, Scheme};

/// Coefficients of the ladder for one (lambda, z, scheme, distance), n = 0 ... shells - 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// a_n couples f_n+ and f_n-.
    pub a: Vec<f64>,
    /// b_n,+ and b_n,- couple rung n - 1 and n; the entries at n = 0 are b_0+- = sqrt(1 +- r_0) of
    /// the local modes f~ (Eq. A37), 1 on the grid of integer distances.
    pub b: [Vec<f64>; 2],
    /// max |<f_m|f_n> - delta_mn| over the Lanczos vectors.
    pub orthogonality: f64,
    scale: f64,
    lambda: f64,
}

impl Ladder {
    /// Errors: `Ladder` where a coupling vanishes within precision.
    pub fn new(
        lambda: f64,
        z: f64,
        scheme: Scheme,
        distance: u64,
        shells: u32,
    ) -> Result<Self, NrgError> {
        let levels = star(lambda, z, scheme, distance, shells);
        let energies: Vec<Double> = levels.iter().flat_map(|l| [l.energy, l.energy]).collect();
        let even = levels.iter().flat_map(|l| [l.t[0], l.t[1]]).collect();
        let odd = levels.iter().flat_map(|l| [l.t[2], l.t[3]]).collect();
        let chains = tridiagonalize(&energies, even, odd, shells as usize)
            .map_err(|reason| NrgError::Ladder { z, reason })?;
        Ok(Self { scale: scale_zero(lambda, z, scheme), lambda, ..chains })
    }

    /// omega_n = A L^zeta L^(-n/2), the energy scale of shell n.
    pub fn omega(&self, n: u32) -> f64 {
        self.scale * self.lambda.powf(-0.5 * f64::from(n))
    }
}

/// omega_n of a ladder that need not be built.
pub fn omega(lambda: f64, z: f64, scheme: Scheme, n: u32) -> f64 {
    scale_zero(lambda, z, scheme) * lambda.powf(-0.5 * f64::from(n))
}

/// A L^zeta: A = (1 - 1/L)/ln L, or (1 + 1/L)/2 for plain energies; zeta = 1 - z for z > 0, else 0.
fn scale_zero(lambda: f64, z: f64, scheme: Scheme) -> f64 {
    let amplitude = match scheme {
        Scheme::Plain => 0.5 * (1.0 + 1.0 / lambda),
        Scheme::ZitkoPruschke | Scheme::CampoOliveira => (1.0 - 1.0 / lambda) / lambda.ln(),
    };
    let zeta = if z == 0.0 { 0.0 } else { 1.0 - z };
    amplitude * lambda.powf(zeta)
}

fn dot(a: &[Double], b: &[Double]) -> Double {
    a.iter().zip(b).fold(Double::ZERO, |sum, (&x, &y)| sum + x * y)
}

fn subtract(target: &mut [Double], factor: Double, vector: &[Double]) {
    for (t, &v) in target.iter_mut().zip(vector) {
        *t -= factor * v;
    }
}

/// Scales to norm 1; returns the norm.
fn normalize(vector: &mut [Double]) -> Double {
    let norm = dot(vector, vector).sqrt();
    let inverse = Double::ONE / norm;
    for v in vector {
        *v = *v * inverse;
    }
    norm
}

/// Lanczos from one even and one odd start vector. `f[n][0]` is f_n+, `f[n][1]` is f_n-; the even
/// ones are f_n+ for even n and f_n- for odd n.
fn tridiagonalize(
    energies: &[Double],
    even: Vec<Double>,
    odd: Vec<Double>,
    shells: usize,
) -> Result<Ladder, String> {
    let (mut plus, mut minus) = (even, odd);
    normalize(&mut plus);
    normalize(&mut minus);
    let mut a = Vec::with_capacity(shells);
    let mut b = [vec![1.0], vec![1.0]];
    // classes[0]: even vectors, classes[1]: odd ones, in the order of n.
    let mut classes: [Vec<Vec<Double>>; 2] = [vec![plus], vec![minus]];
    for n in 0..shells {
        // Even vector of rung n is + for even n; its image under H is odd, and becomes the odd
        // vector of rung n + 1 with the same eta.
        let images = [&classes[0][n], &classes[1][n]]
            .map(|v| v.iter().zip(energies).map(|(&x, &e)| x * e).collect::<Vec<_>>());
        a.push(dot(&classes[1][n], &images[0]).to_f64());
        if n + 1 == shells {
            break;
        }
        let [from_even, from_odd] = images;
        for (mut vector, class, eta) in [(from_even, 1, n % 2), (from_odd, 0, 1 - n % 2)] {
            let size = dot(&vector, &vector).sqrt().to_f64();
            for _ in 0..2 {
                for previous in &classes[class][..=n] {
                    let overlap = dot(previous, &vector);
                    subtract(&mut vector, overlap, previous);
                }
            }
            let norm = normalize(&mut vector).to_f64();
            if norm.is_nan() || norm <= 1e-25 * size {
                return Err(format!("the coupling of rungs {n} and {} vanishes", n + 1));
            }
            b[eta].push(norm);
            classes[class].push(vector);
        }
    }
    let orthogonality = classes.iter().map(|class| worst_overlap(class)).fold(0.0, f64::max);
    Ok(Ladder { a, b, orthogonality, scale: 0.0, lambda: 0.0 })
}

fn worst_overlap(vectors: &[Vec<Double>]) -> f64 {
    let mut worst: f64 = 0.0;
    for (i, x) in vectors.iter().enumerate() {
        for (j, y) in vectors[..=i].iter().enumerate() {
            let expected = if i == j { Double::ONE } else { Double::ZERO };
            worst = worst.max((dot(x, y) - expected).abs().to_f64());
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ladder_reference.csv`: the recursion in up to 600 digits. Every coefficient to 1e-12 relative.
    #[test]
    fn coefficients_equal_the_reference() {
        let table = include_str!("../../tests/data/ladder_reference.csv");
        let rows: Vec<Vec<&str>> =
            table.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let mut checked = 0;
        for group in rows.chunk_by(|x, y| x[..4] == y[..4]) {
            let scheme = match group[0][0] {
                "plain" => Scheme::Plain,
                "campo-oliveira" => Scheme::CampoOliveira,
                _ => Scheme::ZitkoPruschke,
            };
            let number = |text: &str| text.parse::<f64>().unwrap();
            let ladder = Ladder::new(
                number(group[0][1]),
                number(group[0][2]),
                scheme,
                group[0][3].parse().unwrap(),
                group.len() as u32,
            )
            .unwrap();
            assert!(ladder.orthogonality < 1e-28, "{}", ladder.orthogonality);
            for (n, row) in group.iter().enumerate() {
                let found = [ladder.a[n], ladder.b[0][n], ladder.b[1][n]];
                for (value, reference) in found.iter().zip(&row[5..8]) {
                    let reference = number(reference);
                    let error = (value - reference).abs();
                    assert!(error <= 1e-12 * reference.abs(), "{row:?}: {value:e}");
                    checked += 1;
                }
            }
        }
        assert_eq!(checked, 3 * (51 + 45 + 45 + 3 * 61 + 2 * 45 + 37));
    }

    /// <f_0| H^2 |f_0> of the ladder is the second moment of f_0 on the star (Eq. A34).
    #[test]
    fn second_moment_of_the_first_rung_is_kept() {
        let ladder = Ladder::new(2.0, 0.3, Scheme::CampoOliveira, 7, 12).unwrap();
        let levels = star(2.0, 0.3, Scheme::CampoOliveira, 7, 12);
        let (mut norm, mut moment) = (Double::ZERO, Double::ZERO);
        for level in &levels {
            let weight = level.t[0] * level.t[0] + level.t[1] * level.t[1];
            norm += weight;
            moment += weight * level.energy * level.energy;
        }
        let expected = (moment / norm).to_f64();
        let found = ladder.a[0].powi(2) + ladder.b[0][1].powi(2);
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
    }

    /// Section 3 of the specification: the scale of the couplings deep in the ladder.
    #[test]
    fn couplings_follow_omega_above_the_exchange_scale() {
        let ladder = Ladder::new(4.0, 0.25, Scheme::ZitkoPruschke, 1_000_000, 16).unwrap();
        for n in 6..12 {
            let ratio = ladder.b[0][n] / ladder.omega(n as u32 - 1);
            assert!((ratio - 1.0).abs() < 0.02, "n = {n}: {ratio}");
        }
    }
}
