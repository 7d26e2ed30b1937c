//! The acceptance numbers of the three transport papers, read from the tables beside the figures.
use crate::quick;
use crate::table::Table;
use std::f64::consts::FRAC_PI_2;

#[track_caller]
fn close(found: f64, expected: f64, allowed: f64) {
    let defect = (found - expected).abs();
    assert!(defect <= allowed, "found {found:.15e}, expected {expected:.15e}, off by {defect:.1e}");
}

/// Fig. 2 of Phys. Rev. B 104, 195414, to 1e-9: Eq. (14) and the master equation (10).
#[test]
fn linear_conductance() {
    let table = Table::of(&quick("conductance-fig2"));
    #[rustfmt::skip]
    let expected = [
        ("J = (0.25, 0.25, 0.25)", [-5.38975238e-05, -8.16669000e-04, -0.0034919249,
                                    -0.0083827245, -0.0146337994, -0.0211798961]),
        ("J = (0.25, 0, 0.35)", [-0.0312836096, -0.0317090058, -0.0328715720,
                                 -0.0344868570, -0.0361308557, -0.0375794836]),
        ("J = (0.25, 0, 0.25)", [-0.03125; 6]),
        ("J = (0.25, 0, 0)", [-0.0312149900, -0.0307718690, -0.0295608625,
                              -0.0278782740, -0.0261657753, -0.0246567879]),
    ];
    for (series, values) in expected {
        for (value, t) in values.into_iter().zip([0.05, 0.1, 0.15, 0.2, 0.25, 0.3]) {
            close(table.y(0, series, t), value, 1e-9);
            close(table.y(0, &format!("{series}, master equation"), t), value, 1e-9);
        }
    }
}

/// Fig. 3: Eqs. (18), (19) to 1e-10; the master equation to (t u)^4, (0.004 * 20)^4 = 4e-5.
#[test]
fn nonlinear_conductance() {
    let table = Table::of(&quick("conductance-fig3"));
    for (u, ratio, polarization) in [
        (0.5, 1.067_210_847_273_7, 0.970_134_771_344_4),
        (1.0, 1.288_700_668_326_4, 0.905_482_167_409_1),
        (2.0, 2.331_874_647_608_2, 0.804_440_686_126_9),
        (5.0, 13.945_245_180_904, 0.875_382_292_097_1),
        (10.0, 111.321_701_432_16, 1.297_432_164_279_7),
        (20.0, 1_308.558_608_242_8, 2.269_416_403_582_1),
    ] {
        close(table.y(0, "Eq. (18)", u) / ratio, 1.0, 1e-10);
        close(table.y(1, "Eq. (19)", u) / polarization, 1.0, 1e-10);
        close(table.y(0, "Eq. (10)", u) / ratio, 1.0, 5e-5);
        close(table.y(1, "Eq. (10)", u) / polarization, 1.0, 5e-5);
    }
    close(table.y(1, "Eq. (19)", 2.783_634_77), 0.783_521_336_14, 1e-10);
    // Section 6 of the specification: up to +3.3 % near u = 3.5, -20 % near u = 4.
    let largest = |series: &str| {
        let rows = table.series(2, series);
        rows.iter().map(|row| row.y).max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap()
    };
    close(largest("δG"), 3.3, 0.2);
    close(largest("S_x"), -20.0, 1.0);
}

/// Two points of the nonlinear solver with the exchange field.
#[test]
fn maps_over_temperature_and_bias() {
    let table = Table::of(&quick("conductance-map"));
    close(table.cell(0, 0.1, 0.4), 0.001_926_070_720_70, 1e-10);
    let spin = [-0.043_460_680_56_f64, -0.001_489_823_94, 0.475_908_391_43];
    close(table.cell(1, 0.1, 0.4), spin.iter().map(|s| s * s).sum::<f64>().sqrt(), 1e-9);
    close(table.cell(2, 0.15, 0.21), -0.013_401_221_552_26, 1e-10);
    let spin = [-0.091_298_622_4_f64, 0.024_376_281_3, 0.258_485_246_5];
    close(table.cell(3, 0.15, 0.21), spin.iter().map(|s| s * s).sum::<f64>().sqrt(), 1e-9);
}

/// mu0/T = 5 at t = 0.05; all spins agree in linear response, 4S(S+1)/3.
#[test]
fn other_fermi_levels_and_spins() {
    let table = Table::of(&quick("conductance-fermi-level"));
    close(table.y(0, "0.25", 0.05), 0.000_562_994_096_655, 1e-12);
    close(table.y(0, "0", 0.1), 8.166_690_00e-4, 1e-9);
    let half = table.y(1, "S = 1/2", 0.0);
    close(half, -8.166_690_00e-4, 1e-9);
    close(table.y(1, "S = 1/2", 2.0), -0.001_926_070_720_70, 1e-10);
    for spin in ["S = 1", "S = 3/2", "S = 5/2"] {
        close(table.y(1, spin, 0.0), half, 1e-12);
        assert!(1e-4 < (table.y(1, spin, 2.0) - table.y(1, "S = 1/2", 2.0)).abs());
    }
}

#[test]
fn violations() {
    let table = Table::of(&quick("protection-violation"));
    for series in ["0.5", "0.5, Euler angles"] {
        close(table.y(1, series, 0.3), 0.037_673_630_44, 1e-9);
        close(table.y(1, series, FRAC_PI_2), 0.125, 1e-9);
    }
    close(table.y(1, "\u{2212}1, Euler angles", 1.0), 0.0, 1e-9);
    close(table.y(3, "joint minimum", 0.3), 0.019_945_901_34, 1e-8);
    close(table.y(3, "frames follow axes", 0.3), 0.058_553_933_23, 1e-8);
    // The map's zeros: |Jz| = |Jx| at every angle (the grid has -1 and 1 to rounding).
    for z in [-1.0, 1.0] {
        let zeros: Vec<f64> = (table.rows.iter())
            .filter(|row| row.panel == 0 && (row.x - z).abs() < 1e-9)
            .map(|row| row.value)
            .collect();
        assert_eq!(zeros.len(), 13);
        assert!(zeros.iter().all(|value| value.abs() < 1e-12), "{zeros:?}");
    }
}

#[test]
fn electrons_one_after_another() {
    let table = Table::of(&quick("protection-repeated"));
    close(table.y(0, "isotropic, stationary", 0.6), 0.0, 1e-12);
    close(table.y(0, "isotropic, first", 0.6), 0.105_061_812_30, 1e-10);
    close(table.y(0, "J_z = 0.4 J_x, stationary", 0.6), 0.033_854_875_31, 1e-10);
    for row in table.series(1, "master equation") {
        // Corrections of the order s^2 = 0.01.
        close(table.y(1, "s = 0.1", row.x), row.y, 0.02 * row.y.max(0.05));
    }
    for row in table.series(2, "stationary state") {
        close(row.y, 0.0, 1e-10);
        assert!(0.1 < table.y(2, "first electron", row.x));
        assert!(0.1 < table.y(2, "frozen, mean", row.x));
    }
}

#[test]
fn frozen_spins() {
    let table = Table::of(&quick("protection-frozen"));
    close(table.y(0, "m across z", 0.1), 0.310_888_169_247, 1e-9);
    close(table.y(0, "m fixed", 0.7), 0.828_223_858, 2e-9);
    for series in ["clean", "m along n(x)"] {
        assert!(table.series(0, series).iter().all(|row| (row.y - 1.0).abs() < 1e-9));
    }
    for strength in ["0.1", "0.2", "0.3"] {
        let band = format!("{strength}, one standard deviation");
        for (mean, spread) in table.series(1, strength).iter().zip(table.series(1, &band)) {
            assert!(spread.y <= mean.y && mean.y <= spread.upper);
        }
    }
}

/// (0.1, pi/2, 0) at c = 0.01, kF = 1.36e10, and the single channel; units of 10^6.
#[test]
fn spin_hall_conductivity() {
    let table = Table::of(&quick("spin-hall-conductivity"));
    close(table.y(0, "0.01", 0.1) / -0.790_698_556_4, 1.0, 1e-8);
    close(table.y(0, "0.01", 0.0) / 0.074_536_891_32, 1.0, 1e-8);
    close(table.y(1, "η_0 = 0.1, total", 0.01) / -0.790_698_556_4, 1.0, 1e-8);
    close(table.y(2, "0.01", 0.1) / -0.060_740_945_46, 1.0, 1e-8);
    close(table.y(3, "0", FRAC_PI_2) / -0.060_740_945_46, 1.0, 1e-8);
    for row in table.series(1, "η_0 = 0.1, total") {
        let parts = ["skew scattering", "side jump"];
        let sum: f64 =
            parts.iter().map(|part| table.y(1, &format!("η_0 = 0.1, {part}"), row.x)).sum();
        close(sum, row.y, 1e-12 * row.y.abs().max(1.0));
    }
}

/// (0.3, 1.2, 0.4), to 1e-11 and as many digits as are given.
#[test]
fn rates_and_coefficients() {
    let table = Table::of(&quick("spin-hall-rates"));
    for (panel, series, expected) in [
        (0, "1/τ_tr", 0.992_504_922_117),
        (0, "1/τ_qp", 1.259_322_340_969),
        (0, "1/τ_s", 0.457_422_009_912),
        (0, "ω_sk", -0.136_178_535_072),
        (0, "ω_sw", 0.037_805_292_059),
        (2, "Ω_c", 0.101_322_105_866),
        (2, "Ω_cs", -0.280_257_965_590),
        (2, "Ω_sc", -0.134_656_017_677),
        (2, "Ω_0", -0.167_302_114_592),
        (2, "Ω_1", -0.032_990_004_363),
        (2, "Ω_2", 0.235_634_216_095),
        (3, "total", -0.133_073_767_840),
    ] {
        close(table.y(panel, series, 1.2), expected, 1e-11);
    }
    close(table.y(1, "slower", 1.2), 0.274_496_05, 1e-8);
    close(table.y(1, "faster", 1.2), 0.600_399_87, 1e-8);
}

#[test]
fn anisotropic_diffusion() {
    let table = Table::of(&quick("spin-hall-diffusion"));
    for (series, expected) in [
        ("D_c", 0.961_920_677_976),
        ("D_0", 1.086_085_761_784),
        ("D_1", 1.001_838_949_716),
        ("D_2", 0.958_767_122_891),
    ] {
        close(table.y(2, series, 1.2), expected, 1e-11);
    }
    let ratio = table.y(2, "D_L", 1.2) / table.y(2, "D_T", 1.2);
    close(ratio, 1.021_323_643_926, 1e-11);
    // (0.1, pi/2, 0) at c = 0.01: D_L 9.055318479e-3 over D_T 9.01701248e-3 m^2/s.
    let expected = 9.055_318_479 / 9.017_012_48;
    close(table.y(0, "0.01", 0.1), expected, 1e-8);
    close(table.y(1, "η_0 = 0.1", 0.01), expected, 1e-8);
    // c -> 0 of the first order: the slope -(16/(27 pi)) eta0.
    close(table.y(1, "η_0 = 0.1", 1e-4), table.y(1, "η_0 = 0.1, expanded", 1e-4), 2e-5);
}

#[test]
fn kondo_scale() {
    let table = Table::of(&quick("spin-hall-kondo"));
    close(table.y(0, "0.5", 0.2) / 0.006_738_099_955_454, 1.0, 1e-12);
    close(table.y(0, "0.25", 0.1) / 4.540_138_728_837e-5, 1.0, 1e-12);
    close(table.y(2, "0.5", 0.2) / 0.006_738_099_955_454, 1.0, 1e-12);
    close(table.y(2, "0.25", 0.1) / 3.210_362_882_689e-5, 1.0, 1e-12);
    close(table.y(1, "0.5", 0.2), 0.006_738_099_955_454 / 0.006_737_946_999_085, 1e-12);
    close(table.y(3, "0.5", 0.0), FRAC_PI_2, 1e-12);
}

/// Each spin direction with its own length: R = P^2 L/(2 sigma A) exp(-d/L).
#[test]
fn spin_valve() {
    let table = Table::of(&quick("spin-hall-valve"));
    let lengths = [table.parameter("L_L (nm)"), table.parameter("L_T (nm)")];
    let at = |series: &str, d: f64| table.y(0, series, d);
    for (series, length) in ["spin along", "spin across"].into_iter().zip(lengths) {
        let decay = (at(series, 0.0) / at(series, 60.0)).ln();
        close(decay * length, 60.0, 1e-9);
    }
    // sqrt(D_T/D_L) at no distance.
    close(at("spin along", 0.0) / at("spin across", 0.0), lengths[1] / lengths[0], 1e-12);
    for series in ["spin along", "spin across"] {
        close(table.y(2, series, 60.0), 0.0, 1e-12);
    }
}

/// The accumulation far from the ends is sinh over cosh, up to theta^2 and exp(-4); exchanging the
/// edges reverses it.
#[test]
fn film() {
    let table = Table::of(&quick("spin-hall-film"));
    let found = table.series(1, "finite elements");
    for row in &found {
        close(row.y, table.y(1, "closed form", row.x), 0.01);
        close(table.y(1, "finite elements", 2.0 - row.x), -row.y, 1e-9);
    }
    assert!(0.7 < found.last().unwrap().y);
}
