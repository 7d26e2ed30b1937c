//! Yevtushenko and Yudson, Phys. Rev. B 104, 195414 (2021): numbers and limits.
use crate::close;
use edgestate::quadrature::gauss_legendre;
use edgestate::transport::TransportError;
use edgestate::transport::conductance::{
    ExchangeField, Parameters, PhysicalParameters, Response, differential_ratio, ic, is,
    linear_diagonal, linear_general, linear_isotropic, linear_isotropic_low_temperature,
    low_temperature_isotropic, polarization_ratio, respond, sweep, texture_integral,
};
use nalgebra::Matrix3;
use std::f64::consts::PI;
use std::time::Instant;

const WITHOUT: ExchangeField = ExchangeField::LeftOut;
const WITH: ExchangeField = ExchangeField::Included;

fn general_coupling() -> Matrix3<f64> {
    Matrix3::new(0.2, 0.1, 0.0, 0.0, 0.3, -0.1, 0.05, 0.0, 0.1)
}

fn general(texture: f64, bias: f64) -> Parameters {
    let diagonal = Parameters::diagonal([0.0; 3], texture, bias);
    Parameters { coupling: general_coupling(), ..diagonal }
}

fn paper(parameters: &Parameters, exchange: ExchangeField) -> f64 {
    respond(parameters, exchange).unwrap().delta_g.paper
}

/// The functions below Eq. (14): reference values, and Gauss panels on the real axis.
#[test]
fn texture_integrals() {
    close(ic(0.5), 0.835_940_574_314_90, 1e-12);
    close(is(0.5), 0.258_964_408_830_61, 1e-12);
    close(ic(2.0), 0.493_243_219_017_97, 1e-12);
    close(is(2.0), 0.317_270_660_224_10, 1e-12);
    let rule = gauss_legendre(20);
    for x in [0.0, 1e-6, 0.01, 0.3, 1.0, 5.0, 40.0, 300.0] {
        // Panels short against the oscillation; 1/cosh^2 is below 1e-16 at 19.
        let panels = 200 + (10.0 * x) as usize;
        let width = 20.0 / panels as f64;
        let (mut cos, mut sin) = (0.0, 0.0);
        for panel in 0..panels {
            for (node, weight) in &rule {
                let e = width * (panel as f64 + 0.5 + 0.5 * node);
                let value = 0.5 * width * weight / e.cosh().powi(2);
                cos += value * (x * e * e).cos();
                sin += value * (x * e * e).sin();
            }
        }
        close(ic(x), cos, 1e-13);
        close(is(x), sin, 1e-13);
        assert_eq!(texture_integral(-x), texture_integral(x).conj());
    }
    // x -> inf: the Gaussian integral exp(i pi/4) sqrt(pi/x)/2, relative corrections of order 1/x.
    let far = texture_integral(1e8);
    close(far.re / (0.5 * (PI / 2e8).sqrt()), 1.0, 1e-7);
    close(far.im / far.re, 1.0, 1e-7);
}

/// Fig. 2: four couplings at six temperatures, by Eq. (14), by the general formula and by Eq. (10).
#[test]
fn figure_2() {
    let table = [
        (0.05, [-5.389_752_38e-5, -0.031_283_609_6, -0.031_25, -0.031_214_990_0]),
        (0.10, [-8.166_690_00e-4, -0.031_709_005_8, -0.031_25, -0.030_771_869_0]),
        (0.15, [-0.003_491_924_9, -0.032_871_572_0, -0.031_25, -0.029_560_862_5]),
        (0.20, [-0.008_382_724_5, -0.034_486_857_0, -0.031_25, -0.027_878_274_0]),
        (0.25, [-0.014_633_799_4, -0.036_130_855_7, -0.031_25, -0.026_165_775_3]),
        (0.30, [-0.021_179_896_1, -0.037_579_483_6, -0.031_25, -0.024_656_787_9]),
    ];
    let couplings = [[0.25; 3], [0.25, 0.0, 0.35], [0.25, 0.0, 0.25], [0.25, 0.0, 0.0]];
    for (texture, row) in table {
        for (coupling, expected) in couplings.into_iter().zip(row) {
            let closed = linear_diagonal(coupling, texture).unwrap().delta_g;
            close(closed.paper, expected, 1e-9);
            assert_eq!(closed.landauer, 0.5 * closed.paper);
            let parameters = Parameters::diagonal(coupling, texture, 0.0);
            close(linear_general(&parameters).unwrap().delta_g.paper, closed.paper, 1e-14);
            close(paper(&parameters, WITHOUT), closed.paper, 1e-12);
        }
    }
}

/// Fig. 3: Eqs. (18) and (19), and the minimum of (19).
#[test]
fn figure_3() {
    let table = [
        (0.5, 1.067_210_847_273_7, 0.970_134_771_344_4),
        (1.0, 1.288_700_668_326_4, 0.905_482_167_409_1),
        (2.0, 2.331_874_647_608_2, 0.804_440_686_126_9),
        (5.0, 13.945_245_180_904, 0.875_382_292_097_1),
        (10.0, 111.321_701_432_16, 1.297_432_164_279_7),
        (20.0, 1_308.558_608_242_8, 2.269_416_403_582_1),
    ];
    for (u, ratio, polarization) in table {
        close(differential_ratio(u).unwrap() / ratio, 1.0, 1e-10);
        close(polarization_ratio(u).unwrap() / polarization, 1.0, 1e-10);
        assert_eq!(differential_ratio(-u), differential_ratio(u));
    }
    assert_eq!(differential_ratio(0.0), Ok(1.0));
    assert_eq!(polarization_ratio(0.0), Ok(1.0));
    let lowest = polarization_ratio(2.783_634_77).unwrap();
    close(lowest, 0.783_521_336_14, 1e-10);
    for beside in [2.78, 2.79] {
        assert!(lowest < polarization_ratio(beside).unwrap());
    }
}

#[track_caller]
fn check(response: &Response, delta_g: f64, polarization: [f64; 3], allowed: f64) {
    close(response.delta_g.paper, delta_g, allowed);
    for (found, expected) in response.polarization.iter().zip(polarization) {
        close(*found, expected, allowed);
    }
}

/// Eqs. (10) and (12) at finite bias, with and without the exchange field.
#[test]
fn nonlinear_solver() {
    let isotropic = Parameters::diagonal([0.25; 3], 0.1, 2.0);
    let without = respond(&isotropic, WITHOUT).unwrap();
    let s = [-0.051_097_946_06, 0.0, 0.475_310_737_75];
    check(&without, -0.001_882_868_785_90, s, 1e-10);
    close(without.relaxation_gap.unwrap(), 0.030_583_9, 5e-8);
    assert!(without.warnings.iter().any(|warning| warning.contains("exchange field")));
    let with = respond(&isotropic, WITH).unwrap();
    let s = [-0.043_460_680_56, -0.001_489_823_94, 0.475_908_391_43];
    check(&with, -0.001_926_070_720_70, s, 1e-10);
    assert_eq!(with.warnings, Vec::<String>::new());

    let anisotropic = Parameters::diagonal([0.3, 0.2, 0.1], 0.15, 0.7);
    let s = [-0.033_111_896_61, 0.0, 0.268_031_612_44];
    check(&respond(&anisotropic, WITHOUT).unwrap(), -0.011_439_906_318_91, s, 1e-10);
    let s = [-0.091_298_622_4, 0.024_376_281_3, 0.258_485_246_5];
    check(&respond(&anisotropic, WITH).unwrap(), -0.013_401_221_552_26, s, 1e-10);
}

#[test]
fn general_couplings() {
    let linear = |parameters: Parameters, expected: f64| {
        close(linear_general(&parameters).unwrap().delta_g.paper, expected, 1e-10);
        close(paper(&parameters, WITHOUT), expected, 1e-10);
        close(paper(&parameters, WITH), expected, 1e-10);
    };
    linear(general(0.0, 0.0), -0.020_954_769_114_31);
    linear(general(0.1, 0.0), -0.020_142_781_370_48);
    linear(Parameters { fermi_level: 5.0, ..general(0.1, 0.0) }, -0.023_053_261_186_69);
    linear(Parameters { spin: 1.0, ..general(0.1, 0.0) }, -0.053_714_083_654_60);
    close(paper(&general(0.1, 2.0), WITHOUT), -0.016_287_817_771_68, 1e-10);
    close(paper(&general(0.1, 2.0), WITH), -0.034_895_971_084_88, 1e-10);
    let level = Parameters { fermi_level: 5.0, ..Parameters::diagonal([0.25; 3], 0.05, 0.0) };
    linear(level, -0.000_562_994_096_655);
}

/// Spin 1, t = 0, u = 2: the exchange field changes even the sign (section 6 of the specification).
#[test]
fn exchange_field_of_spin_one() {
    let point = Parameters { spin: 1.0, ..Parameters::diagonal([0.3, 0.2, 0.1], 0.0, 2.0) };
    close(paper(&point, WITHOUT), 0.002_73, 5e-6);
    close(paper(&point, WITH), -0.017_34, 5e-6);
}

/// The derivative with respect to the bias is exact: against a difference of currents.
#[test]
fn differential_conductance_is_the_slope_of_the_current() {
    for exchange in [WITHOUT, WITH] {
        for spin in [0.5, 1.0, 2.5] {
            let at =
                |bias: f64| respond(&Parameters { spin, ..general(0.2, bias) }, exchange).unwrap();
            let h = 1e-3;
            let current = |bias: f64| at(bias).current.paper;
            let (one, two) = (
                current(1.3 + h) - current(1.3 - h),
                current(1.3 + 2.0 * h) - current(1.3 - 2.0 * h),
            );
            // J = 2 e n T/hbar, so that 2 pi dn/du = pi dJ/du; error h^4.
            let slope = PI * (8.0 * one - two) / (12.0 * h);
            close(at(1.3).delta_g.paper, slope, 1e-10);
        }
    }
}

/// Eq. (16), its leading order, and its T^2 form far from the Dirac point.
#[test]
fn isotropic_limits() {
    for texture in [1e-3, 0.01, 0.1, 0.5, 3.0] {
        let closed = linear_diagonal([0.25; 3], texture).unwrap().delta_g.paper;
        close(linear_isotropic(0.25, texture).unwrap().paper, closed, 1e-13 * (1.0 + texture));
    }
    let (texture, coupling) = (3e-3, 0.25);
    let leading = linear_isotropic_low_temperature(coupling, texture, 0.0).unwrap().paper;
    let full = linear_isotropic(coupling, texture).unwrap().paper;
    // Relative correction of order (2 pi t)^4.
    close(full / leading, 1.0, 2.0 * (2.0 * PI * texture).powi(4));
    let (level, texture) = (400.0, 1e-4);
    let point =
        Parameters { fermi_level: level, ..Parameters::diagonal([coupling; 3], texture, 0.0) };
    let leading = linear_isotropic_low_temperature(coupling, texture, level).unwrap().paper;
    // Relative correction of order (T/mu0)^2.
    close(linear_general(&point).unwrap().delta_g.paper / leading, 1.0, 20.0 / (level * level));
    assert!(linear_isotropic_low_temperature(coupling, texture, 1.0).is_err());
}

/// Eqs. (18) and (19) from the master equation at weak texture; Eq. (17) at its end.
#[test]
fn weak_texture_crossover() {
    let (coupling, t) = (0.25, 2e-3);
    let linear = linear_isotropic_low_temperature(coupling, t, 0.0).unwrap().paper;
    for u in [0.3, 1.0, 3.0, 6.0] {
        let response = respond(&Parameters::diagonal([coupling; 3], t, u), WITHOUT).unwrap();
        // delta G is of order 1e-10: rounding of the energy integrals, 1e-16 J^2, leaves 1e-6.
        let rounding = 1e-16 / linear.abs();
        close(response.delta_g.paper / linear, differential_ratio(u).unwrap(), 1e-5 + rounding);
        let s_x0 = -(u / 3.0) * (PI * t).powi(2);
        close(response.polarization[0] / s_x0, polarization_ratio(u).unwrap(), 1e-6);
    }
    let u = 1e4;
    let low = low_temperature_isotropic(coupling, 2.0 * u * t).unwrap().paper;
    close(differential_ratio(u).unwrap() * linear / low, 1.0, 5.0 / u);
}

/// One coupling component: the spin is a static scatterer, 1/cosh^2(J/2) exactly (erratum of Eq.
/// 1).
#[test]
fn landauer_normalisation_is_the_exact_one() {
    let j: f64 = 0.01;
    let response = respond(&Parameters::diagonal([j, 0.0, 0.0], 0.0, 1.0), WITHOUT).unwrap();
    assert!(response.degenerate && response.warnings.iter().any(|w| w.contains("not unique")));
    let exact = 1.0 / (0.5 * j).cosh().powi(2) - 1.0;
    close(response.delta_g.landauer / exact, 1.0, j * j);
    close(response.delta_g.paper, -0.5 * j * j, 1e-15);
}

/// Degenerate cases: no coupling at all, and the limit of a vanishing second component for S = 1.
#[test]
fn degenerate_states() {
    let nothing = respond(&Parameters::diagonal([0.0; 3], 0.1, 1.0), WITHOUT).unwrap();
    assert!(nothing.degenerate && nothing.relaxation_gap.is_none());
    assert_eq!((nothing.delta_g.paper, nothing.current.paper), (0.0, 0.0));
    assert_eq!(nothing.polarization, [0.0; 3]);
    let at = |y: f64| {
        respond(&Parameters { spin: 1.0, ..Parameters::diagonal([0.2, y, 0.0], 0.0, 3.0) }, WITHOUT)
            .unwrap()
    };
    let (without, limit) = (at(0.0), at(1e-4));
    assert!(without.degenerate && !limit.degenerate);
    // <S_x^2> = 2/3 is conserved without Jy; with it the bias polarizes the state along z.
    assert!(
        (without.current.paper - limit.current.paper).abs() > 1e-4 * without.current.paper.abs()
    );
}

#[test]
fn laboratory_units() {
    let physical = PhysicalParameters {
        coupling_mev_nm: Matrix3::identity() * 60.0,
        temperature_kelvin: 2.0,
        bias_volt: 5e-4,
        fermi_velocity_m_per_s: 5e5,
        texture_wavenumber_per_m: 5e7,
        fermi_level_ev: 1e-3,
        spin: 0.5,
        kondo_temperature_kelvin: Some(30.0),
    };
    let resolved = physical.resolve().unwrap();
    // hbar vF = 329.105978... meV nm at 5e5 m/s; k_B 2 K = 0.172 346 7 meV.
    close(resolved.coupling[(0, 0)], 60.0 / 329.105_978, 1e-9);
    close(resolved.texture, 0.172_346_665 / (329.105_978 * 0.05), 1e-9);
    close(resolved.bias, 0.5 / (2.0 * 0.172_346_665), 1e-8);
    close(resolved.fermi_level, 1.0 / 0.172_346_665, 1e-7);
    let response = respond(&resolved, WITH).unwrap();
    assert!(response.warnings.iter().any(|warning| warning.contains("T_K")));
    let smooth = PhysicalParameters { texture_wavenumber_per_m: f64::INFINITY, ..physical };
    assert_eq!(smooth.resolve().unwrap().texture, 0.0);
    for (field, wrong) in [
        ("temperature_kelvin", PhysicalParameters { temperature_kelvin: 0.0, ..physical }),
        (
            "texture_wavenumber_per_m",
            PhysicalParameters { texture_wavenumber_per_m: 0.0, ..physical },
        ),
        ("fermi_velocity_m_per_s", PhysicalParameters { fermi_velocity_m_per_s: -1.0, ..physical }),
        ("bias_volt", PhysicalParameters { bias_volt: f64::NAN, ..physical }),
        (
            "kondo_temperature_kelvin",
            PhysicalParameters { kondo_temperature_kelvin: Some(-1.0), ..physical },
        ),
    ] {
        assert_eq!(wrong.resolve().unwrap_err().field, field);
    }
}

#[test]
fn bad_values_are_refused_by_name() {
    let good = Parameters::diagonal([0.2; 3], 0.1, 1.0);
    let nan = Matrix3::new(0.1, 0.0, 0.0, 0.0, 0.1, f64::NAN, 0.0, 0.0, 0.1);
    for (field, wrong) in [
        ("texture", Parameters { texture: -0.1, ..good }),
        ("texture", Parameters { texture: f64::INFINITY, ..good }),
        ("bias", Parameters { bias: f64::NAN, ..good }),
        ("fermi_level", Parameters { fermi_level: f64::INFINITY, ..good }),
        ("spin", Parameters { spin: 0.75, ..good }),
        ("spin", Parameters { spin: 0.0, ..good }),
        ("spin", Parameters { spin: 8.0, ..good }),
        ("spin", Parameters { spin: f64::NAN, ..good }),
        ("coupling", Parameters { coupling: Matrix3::identity(), ..good }),
        ("coupling[1][2]", Parameters { coupling: nan, ..good }),
        ("kondo_temperature", Parameters { kondo_temperature: Some(0.0), ..good }),
    ] {
        let Err(TransportError::Invalid(invalid)) = respond(&wrong, WITHOUT) else {
            panic!("{field} was accepted");
        };
        assert_eq!(invalid.field, field);
    }
    let hopeless = Parameters { texture: 1e5, ..good };
    assert!(matches!(respond(&hopeless, WITHOUT), Err(TransportError::TooLarge { .. })));
    let strong = respond(&Parameters::diagonal([0.5; 3], 0.0, 0.0), WITHOUT).unwrap();
    assert!(strong.warnings.iter().any(|warning| warning.contains("exceeds 0.3")));
}

/// A sweep gives bitwise what its points give alone, and shares the energy integrals.
#[test]
fn sweeps_are_their_points() {
    let mut points = Vec::new();
    for bias in [0.0, 1.0, 4.0] {
        for j in 1..=300 {
            points.push(Parameters::diagonal([0.001 * f64::from(j), 0.1, 0.2], 0.1, bias));
        }
    }
    points.push(Parameters { spin: 0.3, ..points[0] });
    let start = Instant::now();
    let answers = sweep(&points, WITH);
    println!("{} points in {:?}", points.len(), start.elapsed());
    for index in [0, 17, 299, 300, 650, 899] {
        let alone = respond(&points[index], WITH).unwrap();
        let together = answers[index].as_ref().unwrap();
        assert_eq!(alone.delta_g, together.delta_g);
        assert_eq!(alone.polarization, together.polarization);
    }
    assert!(answers.last().unwrap().is_err());
}
