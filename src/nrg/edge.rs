//! Closed forms for two impurities at a helical edge (App. A and D of Ferrer et al. 2023, corrected as
//! in the specification, section 10). Units D = a = hbar = k_B = 1: v = 1/pi, tau = pi x.
use std::f64::consts::PI;

use num_complex::Complex64;

use super::integrals::sine_cosine_integrals;

/// E_R = (rho0 J)^2/x = J^2/(4x) (20b, D9), units of D.
pub fn rkky_energy(coupling: f64, distance: f64) -> f64 {
    0.25 * coupling * coupling / distance
}

/// E_x = v/x = 1/(pi x) (33), units of D.
pub fn coherence_energy(distance: f64) -> f64 {
    1.0 / (PI * distance)
}

/// Second-order integral with a spin flip at finite bandwidth (D7), `distance` > 0:
/// -> pi/(2 tau) for large distances, the wide-band result. Units of D.
pub fn spin_flip_integral(distance: f64) -> f64 {
    let tau = PI * distance;
    let ((si, ci), (si2, ci2)) = (sine_cosine_integrals(tau), sine_cosine_integrals(2.0 * tau));
    let (sin2, cos2) = (2.0 * tau).sin_cos();
    (si + sin2 * (ci2 - ci) - cos2 * (si2 - si)) / tau
}

/// Real part of the second-order integral without spin flip (D10), `distance` > 0; the sum over
/// impurities and spins (D11) is four times this, 8 sin(l)(1 - cos(l))/tau + 8D (Ci 2l - Ci l) with
/// l = tau D: it gives the small S^z S^z exchange of a finite bandwidth. Units of D.
pub fn spin_conserving_integral(distance: f64) -> f64 {
    let tau = PI * distance;
    let (ci, ci2) = (sine_cosine_integrals(tau).1, sine_cosine_integrals(2.0 * tau).1);
    let (sin, cos) = tau.sin_cos();
    2.0 * sin * (1.0 - cos) / tau + 2.0 * (ci2 - ci)
}

/// The second-order exchange at finite bandwidth: E_R with pi/(2 tau) replaced by (D7). Units of D.
pub fn second_order_exchange(coupling: f64, distance: f64) -> f64 {
    // E_R = j0^2 pi E_x and (D7) -> pi E_x / 2, j0 = J/2.
    0.5 * coupling * coupling * spin_flip_integral(distance)
}

/// Overlap r_0 = sin(pi x)/(pi x) of the two local bath states (A10b, A25), 0 on the grid (A11).
pub fn overlap(distance: f64) -> f64 {
    if distance == 0.0 { 1.0 } else { (PI * distance).sin() / (PI * distance) }
}

/// `<c+(x0) c(x0 + x)>` of the filled sea (A13) for spin up; the complex conjugate for spin down.
pub fn filled_sea_correlator(distance: f64) -> Complex64 {
    let angle = 0.5 * PI * distance; // k_f x
    let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
    0.5 * sinc * Complex64::from_polar(1.0, -angle)
}

/// `<f+_{0+} f_{0-}>` of the first rung's bath modes (A40), spin up; `distance` not 0.
pub fn first_rung_correlator(distance: f64) -> f64 {
    let angle = 0.5 * PI * distance;
    let r = overlap(distance);
    -angle.sin().powi(2) / (2.0 * angle * (1.0 - r * r).sqrt())
}

/// b_0 and delta_0 of the first hybridization sqrt(2 Gamma/pi) sqrt(s_0) = b_0 (1 + delta_0 tau_z/2)
/// (A43), s_0+- = 1 +- r_0; delta_0 -> r_0 for large distances. b_0 in units of D.
pub fn first_rung_hybridization(distance: f64, hybridization: f64) -> (f64, f64) {
    let r = overlap(distance);
    let (plus, minus) = ((1.0 + r).sqrt(), (1.0 - r).sqrt());
    let v = (2.0 * hybridization / PI).sqrt();
    (0.5 * v * (plus + minus), 2.0 * (plus - minus) / (plus + minus))
}

/// a_0 = -(dr_0/dtau)/sqrt(1 - r_0^2) of the continuum (A48), `distance` not 0; the ladder's differs by
/// its discretization. Units of D.
pub fn first_rung_coupling(distance: f64) -> f64 {
    let tau = PI * distance;
    let r = overlap(distance);
    -(tau.cos() / tau - tau.sin() / (tau * tau)) / (1.0 - r * r).sqrt()
}

/// A 2 x 2 matrix in (R, L).
pub type Matrix2 = [[Complex64; 2]; 2];

/// Spectral part of the hybridization of spin up (A6), units of D: Gamma times phases inside the band.
pub fn hybridization_spectrum(frequency: f64, distance: f64, hybridization: f64) -> Matrix2 {
    let inside = if frequency.abs() < 1.0 { hybridization } else { 0.0 };
    let phase = Complex64::from_polar(inside, frequency * PI * distance);
    let diagonal = inside.into();
    [[diagonal, phase], [phase.conj(), diagonal]]
}

/// Hybridization function of spin up at finite bandwidth (A3, A4b), `distance` > 0, |frequency| not 1.
/// For D -> infinity it is (A4a), -i Gamma ((1, 2 exp(i w tau)), (0, 1)). Units of D.
pub fn hybridization_function(frequency: f64, distance: f64, hybridization: f64) -> Matrix2 {
    let inside = if frequency.abs() < 1.0 { PI } else { 0.0 };
    let log = ((1.0 + frequency) / (1.0 - frequency)).abs().ln();
    let diagonal = hybridization / PI * Complex64::new(log, -inside);
    let entry = |tau: f64| {
        let (si_up, ci_up) = sine_cosine_integrals((1.0 + frequency) * tau);
        let (si_down, ci_down) = sine_cosine_integrals((1.0 - frequency) * tau);
        let sum = Complex64::new(ci_up - ci_down, -(si_up + si_down) - inside);
        hybridization / PI * Complex64::from_polar(1.0, frequency * tau) * sum
    };
    let tau = PI * distance;
    [[diagonal, entry(tau)], [entry(-tau), diagonal]]
}

/// Green's function of two non-interacting levels at `level_energies` (R, L), spin up (A7), with the
/// hybridization of finite bandwidth. Units of 1/D.
pub fn free_greens_function(
    frequency: f64,
    distance: f64,
    hybridization: f64,
    level_energies: [f64; 2],
) -> Matrix2 {
    let delta = hybridization_function(frequency, distance, hybridization);
    let [right, left] = level_energies;
    let (a, d) = (frequency - right - delta[0][0], frequency - left - delta[1][1]);
    let (b, c) = (-delta[0][1], -delta[1][0]);
    let determinant = a * d - b * c;
    [[d / determinant, -b / determinant], [-c / determinant, a / determinant]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Integral by the midpoint rule.
    fn midpoint(from: f64, to: f64, steps: u32, f: impl Fn(f64) -> f64) -> f64 {
        let step = (to - from) / f64::from(steps);
        (0..steps).map(|i| step * f(from + (f64::from(i) + 0.5) * step)).sum()
    }

    /// (D7) and (D10) by quadrature: e = e2 - e1 in [0, 2D], e' = e1 + e2 integrated by hand.
    #[test]
    fn second_order_integrals_equal_quadrature() {
        for distance in [0.7, 1.0, 3.0, 10.0] {
            let tau = PI * distance;
            let reach = |e: f64| if e < 1.0 { e } else { 2.0 - e };
            let flip = midpoint(0.0, 2.0, 100_000, |e| (tau * reach(e)).sin() / (tau * e));
            let found = spin_flip_integral(distance);
            assert!((found - flip).abs() < 1e-9, "(D7) at {distance}: {found} {flip}");
            let same = midpoint(0.0, 2.0, 100_000, |e| (tau * e).cos() * reach(e) / e);
            let found = spin_conserving_integral(distance);
            assert!((found - same).abs() < 1e-8, "(D10) at {distance}: {found} {same}");
        }
    }

    /// Section 9: 0.9697 E_R at x = 10; (D9) in the wide-band limit.
    #[test]
    fn exchange_tends_to_the_rkky_energy() {
        let ratio = |x: f64| second_order_exchange(0.1, x) / rkky_energy(0.1, x);
        assert!((ratio(10.0) - 0.9697).abs() < 1e-4, "{}", ratio(10.0));
        assert!((ratio(1e5) - 1.0).abs() < 1e-5);
        assert!((coherence_energy(10.0) / rkky_energy(0.1, 10.0) - 127.3).abs() < 0.1);
    }

    /// (A4b) by quadrature of its spectrum (A6) at a small distance from the real axis.
    #[test]
    fn hybridization_equals_its_spectral_integral() {
        let (distance, gamma, eta) = (3.0, 0.2, 1e-4);
        for frequency in [-0.4, 0.0, 0.25, 1.5] {
            let found = hybridization_function(frequency, distance, gamma);
            for (i, j) in [(0, 0), (0, 1), (1, 0)] {
                let part = |f: &dyn Fn(Complex64) -> f64| {
                    midpoint(-1.0, 1.0, 60_000, |e| {
                        let spectrum = hybridization_spectrum(e, distance, gamma)[i][j];
                        f(spectrum / Complex64::new(frequency - e, eta)) / PI
                    })
                };
                let expected = Complex64::new(part(&|z| z.re), part(&|z| z.im));
                let error = (found[i][j] - expected).norm();
                // Off the axis the phase exp(i w tau) decays: a relative error eta tau of 2 Gamma.
                let bound = 3.0 * gamma * eta * PI * distance;
                assert!(error < bound, "{frequency} {i}{j}: {} {expected}", found[i][j]);
            }
        }
    }

    /// (A4a), (A8): far from the band's edges and on the grid, the propagation has one direction.
    #[test]
    fn wide_band_limit_is_directed() {
        let (distance, gamma) = (4000.0, 1e-4);
        let delta = hybridization_function(0.0, distance, gamma);
        let expected = Complex64::new(0.0, -2.0 * gamma);
        assert!((delta[0][1] - expected).norm() < 1e-3 * gamma, "{}", delta[0][1]);
        assert!(delta[1][0].norm() < 1e-3 * gamma);
        let g = free_greens_function(0.0, distance, gamma, [0.0, 0.0]);
        for (entry, expected) in [(g[0][0], 1.0), (g[0][1], -2.0), (g[1][0], 0.0), (g[1][1], 1.0)] {
            assert!((-gamma * entry.im - expected).abs() < 1e-3, "{entry}");
        }
    }

    /// (A43): b_0 (1 +- delta_0/2) = V sqrt(1 +- r_0), and delta_0 = r_0 + O(r_0^3).
    #[test]
    fn first_hybridization() {
        for distance in [0.4, 1.3, 5.25, 7.0] {
            let (b, delta) = first_rung_hybridization(distance, 0.02);
            let (v, r) = ((0.04 / PI).sqrt(), overlap(distance));
            for sign in [1.0, -1.0] {
                let expected = v * (1.0 + sign * r).sqrt();
                assert!((b * (1.0 + 0.5 * sign * delta) - expected).abs() < 1e-15);
            }
            assert!((delta - r).abs() <= 0.4 * r.abs().powi(3) + 1e-15, "{delta} {r}");
        }
    }

    /// (A13) and (A40) by quadrature; on the grid r_0 = 0 and a_0 = -(-1)^x/(pi x).
    #[test]
    fn filled_sea_and_first_rung() {
        for distance in [0.6, 2.0, 5.0] {
            let tau = PI * distance;
            let re = midpoint(-1.0, 0.0, 100_000, |e| 0.5 * (tau * e).cos());
            let im = midpoint(-1.0, 0.0, 100_000, |e| 0.5 * (tau * e).sin());
            let sea = filled_sea_correlator(distance);
            assert!((sea - Complex64::new(re, im)).norm() < 1e-9, "{sea}");
            let r = overlap(distance);
            let expected = im / (1.0 - r * r).sqrt();
            assert!((first_rung_correlator(distance) - expected).abs() < 1e-9);
            let moment = midpoint(-1.0, 1.0, 100_000, |e| 0.5 * e * (tau * e).sin());
            let expected = moment / (1.0 - r * r).sqrt();
            assert!((first_rung_coupling(distance) - expected).abs() < 1e-9);
        }
        assert!(overlap(7.0).abs() < 1e-15);
        assert!((first_rung_coupling(2.0) + 1.0 / (2.0 * PI)).abs() < 1e-15);
    }
}
