//! Reproducible random numbers: the same seed gives the same starts and the same disorder
//! everywhere.
use nalgebra::{Quaternion, Rotation3, UnitQuaternion, Vector3};
use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform on the sphere.
    pub fn direction(&mut self) -> Vector3<f64> {
        let z = 2.0 * self.unit() - 1.0;
        let (sin, cos) = (TAU * self.unit()).sin_cos();
        let r = (1.0 - z * z).sqrt();
        Vector3::new(r * cos, r * sin, z)
    }

    /// Uniform on SO(3) (Shoemake 1992).
    pub fn rotation(&mut self) -> Rotation3<f64> {
        let share = self.unit();
        let (s1, c1) = (TAU * self.unit()).sin_cos();
        let (s2, c2) = (TAU * self.unit()).sin_cos();
        let (a, b) = ((1.0 - share).sqrt(), share.sqrt());
        UnitQuaternion::new_normalize(Quaternion::new(a * s1, a * c1, b * s2, b * c2)).into()
    }
}
