//! Poor man's scaling of the anisotropic Kondo model (App. B of Ferrer et al. 2023).
//!
//! Couplings enter as g = 2 rho0 J = J and g_z = J_z: the model is 2J **S**.**s**, so the paper's rho0 J
//! would give a T_K that is wrong by many decades (specification, section 10).

/// T_K in units of D from (B4)-(B7) for J_x = J_y = `coupling` (its sign is a gauge choice) and
/// `coupling_z`, both in units of D; 0 where the couplings flow to the line of free moments,
/// J_z <= -|J|, and for J = 0. No prefactor: an order of magnitude.
pub fn kondo_temperature(coupling: f64, coupling_z: f64) -> f64 {
    scaling_length(coupling.abs(), coupling_z).map_or(0.0, |length| (-length).exp())
}

/// ln(D_0/D*) at which the couplings diverge; none where they do not.
fn scaling_length(x: f64, z: f64) -> Option<f64> {
    if x == 0.0 || z <= -x || x.is_nan() || z.is_nan() {
        return None;
    }
    let difference = (z - x) * (z + x);
    let a = difference.abs().sqrt();
    if 0.0 < z && a < 1e-4 * z {
        // (B6) with its first correction on either side: atanh and atan agree to this order.
        return Some(1.0 / z + difference / (3.0 * z * z * z));
    }
    if 0.0 < difference {
        Some(easy_axis(x, z, a)) // z > x: z < -x was excluded
    } else {
        Some((0.5 * std::f64::consts::PI - (z / a).atan()) / a) // (B5)
    }
}

/// (B4), with z - a = x^2/(z + a) so that nothing cancels.
fn easy_axis(x: f64, z: f64, a: f64) -> f64 {
    ((z + a) / x).ln() / a
}

/// The couplings (J, J_z) at the bandwidth `scale` D on the flow line (B2) through the given ones at
/// D; none beyond the scale at which they diverge. `scale` in (0, 1].
///
/// On z^2 - x^2 = const (B3) one has d arctanh(a/z) = a dl or d arctan(z/a) = a dl, l = ln(D_0/D).
pub fn flow(coupling: f64, coupling_z: f64, scale: f64) -> Option<(f64, f64)> {
    let (x, z) = (coupling.abs(), coupling_z);
    let length = -scale.ln();
    if length.is_nan() || length < 0.0 || scaling_length(x, z).is_some_and(|end| end <= length) {
        return None;
    }
    if x == 0.0 {
        return Some((coupling, z));
    }
    let difference = (z - x) * (z + x);
    let a = difference.abs().sqrt();
    let (new_x, new_z) = if a * length.max(1.0) < 1e-8 || a < 1e-8 * x {
        let new_z = z / (1.0 - z * length);
        (x / (1.0 - z * length), new_z)
    } else if 0.0 < difference {
        // z = a coth(u), x = a / |sinh(u)|, u = arctanh(a/z) - a l
        let u = 0.5 * ((z + a) / (z - a)).ln() - a * length;
        (a / u.sinh().abs(), a / u.tanh())
    } else {
        let u = (z / a).atan() + a * length;
        (a / u.cos(), a * u.tan())
    };
    Some((new_x.copysign(coupling), new_z))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        let error = (found - expected).abs();
        assert!(error <= relative * expected.abs(), "{found:e} {expected:e}");
    }

    /// (B6), (B7) and the contour T_K = (rho0 J)^2 of Fig. 12, which meets the diagonal where
    /// j ln j = -1/4 for j = rho0 J.
    #[test]
    fn closed_limits() {
        close(kondo_temperature(0.1, 0.1), (-10.0_f64).exp(), 1e-13);
        close(kondo_temperature(-0.1, 0.0), (-std::f64::consts::PI / 0.2).exp(), 1e-13);
        assert_eq!(kondo_temperature(0.1, -0.1), 0.0);
        assert_eq!(kondo_temperature(0.1, -0.3), 0.0);
        assert_eq!(kondo_temperature(0.0, 0.3), 0.0);
        let j = 0.116_101_28_f64; // j ln j = -1/4
        close(j * j.ln(), -0.25, 1e-4);
        close(kondo_temperature(2.0 * j, 2.0 * j), j * j, 1e-3);
    }

    /// (B4) and (B5) meet on the diagonal.
    #[test]
    fn the_scale_is_continuous() {
        for g in [0.05, 0.2, 0.5] {
            for step in [1e-3, 1e-6, 1e-9, 1e-12] {
                let middle = kondo_temperature(g, g);
                for z in [g * (1.0 + step), g * (1.0 - step)] {
                    close(kondo_temperature(g, z), middle, 4.0 * step / g);
                }
            }
            // Either side of the series around the diagonal.
            let edge = g * (1.0 + 0.5e-8);
            close(kondo_temperature(g, edge * (1.0 - 1e-12)), kondo_temperature(g, edge), 1e-9);
        }
    }

    /// The scale and the flow, by integrating (B2) until the couplings reach 20.
    #[test]
    fn the_flow_solves_the_scaling_equations() {
        for (x0, z0) in [(0.2, 0.3), (0.3, 0.1), (0.3, -0.2), (0.2, 0.2), (0.1, -0.4)] {
            let (mut x, mut z, mut length): (f64, f64, f64) = (x0, z0, 0.0);
            let step = 1e-4;
            let slope = |x: f64, z: f64| (x * z, x * x);
            while x.max(z.abs()) < 20.0 && length < 4.0 {
                let (k1, l1) = slope(x, z);
                let (k2, l2) = slope(x + 0.5 * step * k1, z + 0.5 * step * l1);
                let (k3, l3) = slope(x + 0.5 * step * k2, z + 0.5 * step * l2);
                let (k4, l4) = slope(x + step * k3, z + step * l3);
                x += step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
                z += step / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4);
                length += step;
            }
            let (found_x, found_z) = flow(x0, z0, (-length).exp()).unwrap();
            close(found_x, x, 1e-3 * x.max(1.0));
            close(found_z, z, 1e-3 * x.max(1.0));
            if 15.0 < x {
                // 1/g is what is left of ln(D/D*).
                close(-kondo_temperature(x0, z0).ln(), length + 1.0 / z, 1e-3);
            }
        }
        assert!(flow(0.3, 0.3, 1e-3).is_none());
    }
}
