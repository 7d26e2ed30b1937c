//! Kondo temperatures in closed form: scales, not precise numbers.
use std::f64::consts::PI;

/// T_K over D of J (S+ sigma- + h.c.) + J_z S^z sigma^z by poor man's scaling (Ferrer, Yevtushenko
/// and
/// Weichselbaum, B1-B7 with g = 2 rho0 J = J/D): dg/dl = g g_z, dg_z/dl = g^2 diverge at l = -ln
/// T_K.
/// Easy plane: exp(-arccos(g_z/g)/c); easy axis: exp(-arcosh(g_z/g)/c), c^2 = |g^2 - g_z^2|. 0
/// where
/// the moment stays free, g_z <= -|g|.
pub fn kondo_temperature_of_kondo(coupling: f64, coupling_z: f64) -> f64 {
    let (g, z) = (coupling.abs(), coupling_z);
    if z <= -g {
        return 0.0;
    }
    let square = (g - z) * (g + z);
    // Next to isotropy both forms become 1/g; the first correction is relative (1 - z/g)/3.
    if square.abs() < 1e-8 * g * g {
        return (-1.0 / g).exp();
    }
    let scale = square.abs().sqrt();
    let ratio = z / g;
    let length = if 0.0 < square { ratio.acos() } else { ratio.acosh() } / scale;
    (-length).exp()
}

/// T_K over D of an Anderson impurity, U n n + epsilon_d n with half-width Gamma (Haldane 1978):
/// sqrt(Gamma U/2) exp(pi epsilon_d (epsilon_d + U)/(2 Gamma U)); Gamma where no moment forms.
pub fn kondo_temperature_of_anderson(interaction: f64, level_energy: f64, gamma: f64) -> f64 {
    let depth = -level_energy * (level_energy + interaction);
    if interaction <= 0.0 || depth <= 0.0 {
        return gamma;
    }
    let scaled =
        (0.5 * gamma * interaction).sqrt() * (-PI * depth / (2.0 * gamma * interaction)).exp();
    scaled.min(gamma)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]
mod tests {
    use super::*;

    /// Specification nrg, section 10.
    #[test]
    fn limits() {
        let close = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < 1e-5, "{found} against {expected}");
        };
        close(kondo_temperature_of_kondo(0.1, 0.0), (-PI / 0.2).exp());
        close(kondo_temperature_of_kondo(0.1, 0.1), (-10.0f64).exp());
        close(kondo_temperature_of_kondo(0.1, 0.1 * (1.0 + 1e-8)), (-10.0f64).exp());
        close(kondo_temperature_of_kondo(-0.1, 0.1 * (1.0 - 1e-8)), (-10.0f64).exp());
        assert_eq!(kondo_temperature_of_kondo(0.1, -0.1), 0.0);
        assert_eq!(kondo_temperature_of_kondo(0.1, -0.3), 0.0);
        close(kondo_temperature_of_anderson(0.0, 0.0, 0.01), 0.01);
    }

    /// The divergence of the flow, integrated (B1, B2).
    #[test]
    fn closed_forms_solve_the_flow() {
        for (g0, z0) in [(0.2_f64, 0.05_f64), (0.2, -0.1), (0.15, 0.3)] {
            let (mut g, mut z, mut l) = (g0, z0, 0.0_f64);
            // Towards the divergence with steps that shrink; there 1/g is the distance left.
            while g < 1e4 {
                let step = 1e-3 / (g + z.abs());
                let (gm, zm) = (g + 0.5 * step * g * z, z + 0.5 * step * g * g);
                (g, z, l) = (g + step * gm * zm, z + step * gm * gm, l + step);
            }
            let found = (-l - 1.0 / g).exp();
            let expected = kondo_temperature_of_kondo(g0, z0);
            assert!((found / expected - 1.0).abs() < 1e-3, "{g0} {z0}: {found} {expected}");
        }
    }
}
