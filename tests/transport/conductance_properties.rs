//! Symmetries and limits of Eqs. (10)-(14), each in the domain where it holds (specification 7).
use crate::close;
use edgestate::transport::conductance::{ExchangeField, Parameters, linear_general, respond};
use nalgebra::{Matrix3, Rotation3};
use proptest::prelude::*;

const WITHOUT: ExchangeField = ExchangeField::LeftOut;
const WITH: ExchangeField = ExchangeField::Included;

fn coupling() -> impl Strategy<Value = Matrix3<f64>> {
    prop::array::uniform9(-0.3..0.3_f64).prop_map(|values| Matrix3::from_row_slice(&values))
}

fn spin() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![0.5, 1.0, 1.5, 2.0])
}

prop_compose! {
    fn parameters()(
        coupling in coupling(), texture in 0.0..0.4_f64, bias in -6.0..6.0_f64,
        fermi_level in -3.0..3.0_f64, spin in spin(),
    ) -> Parameters {
        Parameters { coupling, texture, bias, fermi_level, spin, kondo_temperature: None }
    }
}

fn paper(parameters: &Parameters, exchange: ExchangeField) -> f64 {
    respond(parameters, exchange).unwrap().delta_g.paper
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// rho is a density matrix, everything decays, the current opposes the bias.
    #[test]
    fn states_are_physical(point in parameters(), with in any::<bool>()) {
        let response = respond(&point, if with { WITH } else { WITHOUT }).unwrap();
        let rho = response.density_matrix;
        prop_assert!((rho.trace().re - 1.0).abs() < 1e-11 && rho.trace().im.abs() < 1e-11);
        prop_assert!((&rho - rho.adjoint()).amax_norm() < 1e-12);
        let lowest = rho.symmetric_eigenvalues().min();
        prop_assert!(-1e-10 < lowest, "eigenvalue {lowest}");
        prop_assert!(0.0 < response.relaxation_gap.unwrap());
        prop_assert!(response.current.paper * point.bias <= 1e-13);
        prop_assert_eq!(response.current.landauer, 0.5 * response.current.paper);
    }

    /// u -> 0: the solver gives the closed form, which is never positive, with or without the
    /// field.
    #[test]
    fn linear_limit(point in parameters()) {
        let still = Parameters { bias: 0.0, ..point };
        let closed = linear_general(&still).unwrap();
        prop_assert!(closed.delta_g.paper <= 1e-15);
        let allowed = 1e-10 * closed.delta_g.paper.abs() + 1e-12;
        close(paper(&still, WITHOUT), closed.delta_g.paper, allowed);
        close(paper(&still, WITH), closed.delta_g.paper, allowed);
        let h = 1e-5;
        let slope = respond(&Parameters { bias: h, ..point }, WITHOUT).unwrap();
        for (found, expected) in slope.polarization.iter().zip(closed.polarization_slope) {
            close(found / h, expected, 1e-7);
        }
    }

    /// Linear response scales with the spin as 4 S(S+1)/3.
    #[test]
    fn spin_scaling(point in parameters()) {
        let at = |spin| paper(&Parameters { spin, bias: 0.0, ..point }, WITHOUT);
        let expected = at(0.5) * 4.0 * point.spin * (point.spin + 1.0) / 3.0;
        close(at(point.spin), expected, 1e-11);
    }

    /// A rotation of the impurity spin is a choice of axes.
    #[test]
    fn impurity_frame(point in parameters(), axis in prop::array::uniform3(-3.0..3.0_f64)) {
        let rotation = Rotation3::new(axis.into());
        let turned = Parameters { coupling: rotation.matrix() * point.coupling, ..point };
        for exchange in [WITHOUT, WITH] {
            close(paper(&turned, exchange), paper(&point, exchange), 1e-10);
        }
    }

    /// J -> -J together with V -> -V always; each alone for S = 1/2, without field, or diagonal J.
    #[test]
    fn signs(point in parameters()) {
        let coupling_turned = Parameters { coupling: -point.coupling, ..point };
        let bias_turned = Parameters { bias: -point.bias, ..point };
        let both = Parameters { bias: -point.bias, ..coupling_turned };
        close(paper(&both, WITH), paper(&point, WITH), 1e-10);
        close(paper(&both, WITHOUT), paper(&point, WITHOUT), 1e-10);
        close(paper(&coupling_turned, WITHOUT), paper(&point, WITHOUT), 1e-10);
        close(paper(&bias_turned, WITHOUT), paper(&point, WITHOUT), 1e-10);
        let half = |p: &Parameters| paper(&Parameters { spin: 0.5, ..*p }, WITH);
        close(half(&coupling_turned), half(&point), 1e-10);
        close(half(&bias_turned), half(&point), 1e-10);
        let diagonal = Matrix3::from_diagonal(&point.coupling.diagonal());
        let straight = |bias: f64, sign: f64| {
            paper(&Parameters { coupling: diagonal * sign, bias, ..point }, WITH)
        };
        close(straight(-point.bias, 1.0), straight(point.bias, 1.0), 1e-10);
        close(straight(point.bias, -1.0), straight(point.bias, 1.0), 1e-10);
    }

    /// No texture, Jx = Jy: S_z is conserved and nothing is lost at any bias, for any Jz and spin.
    #[test]
    fn axial_symmetry_protects(
        j in 0.01..0.3_f64, jz in -0.3..0.3_f64, u in -8.0..8.0_f64, spin in spin(),
    ) {
        let point = Parameters { spin, ..Parameters::diagonal([j, j, jz], 0.0, u) };
        let response = respond(&point, WITHOUT).unwrap();
        close(response.delta_g.paper, 0.0, 1e-11);
        close(response.current.paper, 0.0, 1e-11);
    }

    /// No texture, diagonal J, spin 1/2: the correction does not depend on the bias.
    #[test]
    fn bias_independence(j in prop::array::uniform3(-0.3..0.3_f64), u in -8.0..8.0_f64) {
        for exchange in [WITHOUT, WITH] {
            let biased = paper(&Parameters::diagonal(j, 0.0, u), exchange);
            close(biased, paper(&Parameters::diagonal(j, 0.0, 0.0), exchange), 1e-10);
        }
    }

    /// Jy = 0, |Jx| = |Jz|: -Jx^2/2 for every texture.
    #[test]
    fn green_line(j in 0.01..0.3_f64, texture in 0.0..1.0_f64) {
        let point = Parameters::diagonal([j, 0.0, j], texture, 0.0);
        close(paper(&point, WITHOUT), -0.5 * j * j, 1e-12);
    }
}

trait AmaxNorm {
    fn amax_norm(&self) -> f64;
}

impl AmaxNorm for nalgebra::DMatrix<num_complex::Complex64> {
    fn amax_norm(&self) -> f64 {
        self.iter().map(|value| value.norm()).fold(0.0, f64::max)
    }
}
