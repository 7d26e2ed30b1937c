//! The Kondo temperature of an Anderson impurity in closed form: a scale, not a precise number.
use std::f64::consts::PI;

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
mod tests {
    use super::*;

    /// Deep levels: Haldane's form; no moment: the width.
    #[test]
    fn limits() {
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12);
        close(kondo_temperature_of_anderson(0.0, 0.0, 0.01), 0.01);
        let (u, gamma) = (0.5_f64, 0.02_f64);
        let expected = (0.5 * gamma * u).sqrt() * (-PI * u / (8.0 * gamma)).exp();
        close(kondo_temperature_of_anderson(u, -0.5 * u, gamma), expected);
    }
}
