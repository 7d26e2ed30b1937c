//! The acceptance numbers of the ribbon's specification, read from the tables beside the figures;
//! "section n" is that of the specification of Phys. Rev. B 93, 205431.
use crate::quick;
use crate::table::Table;
use std::f64::consts::PI;

#[track_caller]
fn close(found: f64, expected: f64, allowed: f64) {
    let defect = (found - expected).abs();
    assert!(defect <= allowed, "found {found:.12e}, expected {expected:.12e}, off by {defect:.1e}");
}

#[track_caller]
fn alike(found: f64, expected: f64, relative: f64) {
    close(found / expected, 1.0, relative);
}

/// The four bands of a family of curves at one k.
#[track_caller]
fn four(table: &Table, panel: usize, name: &str, k: f64, expected: [f64; 4], allowed: f64) {
    for (band, energy) in expected.into_iter().enumerate() {
        let series = if band == 0 { name.to_owned() } else { format!("{name}, {}", band + 1) };
        close(table.y(panel, &series, k), energy, allowed);
    }
}

/// Sections 3 and 8 at k = 0.005, R0 = 156; the lattice of W = 500 nm, a = 1 nm beside them.
#[test]
fn single_edge() {
    let table = Table::of(&quick("dispersion-edge"));
    for (branch, two_state, exact, lattice) in [
        ("rising", 8.678_428_412_397, 8.682_899_2, ["lattice, 3", "lattice, 4"]),
        ("falling", 6.248_685_290_227, 6.239_400_4, ["lattice", "lattice, 2"]),
    ] {
        close(table.y(0, &format!("two-state model, {branch}"), 0.005), two_state, 1e-9);
        close(table.y(0, &format!("half plane, {branch}"), 0.005), exact, 1e-6);
        // The edges' overlap splits the pair; its mean has the error of second order in a.
        let pair = lattice.map(|series| table.y(0, series, 0.005));
        close(0.5 * (pair[0] + pair[1]), exact, 1e-4);
    }
    let straight = 7.463_556_851_312 + 242.924_759_765_8 * 0.005;
    close(table.y(1, "156", 0.005), 8.678_428_412_397 - straight, 1e-9);
    close(table.y(1, "156, half plane", 0.005), 8.682_899_2 - straight, 1e-6);
}

/// Sections 3 and 8: weights at k = 0.005, f(0.004, 0.002), k0 in both theories.
#[test]
fn spin_of_a_single_edge() {
    let table = Table::of(&quick("projection-edge"));
    alike(table.y(0, "156", 0.005), 1.019_705_556_879e-4, 1e-9);
    alike(table.y(1, "156", 0.005), 5.7017e-3, 1e-4);
    alike(table.y(1, "156, falling", 0.005), 1.76043e-3, 1e-4);
    alike(table.y(2, "156, half plane", 0.004), 6.1485e-4, 1e-4);
    alike(table.y(3, "two-state model", 156.0), 0.332_537_016_21, 1e-9);
    alike(table.y(3, "two-state model", 15.6), 1.051_352_326_94, 1e-9);
    close(table.y(3, "half plane", 15.6), 0.479, 0.005);
    close(table.y(3, "half plane", 156.0), 0.150, 0.002);
}

/// Section 2.
#[test]
fn penetration() {
    let table = Table::of(&quick("penetration-length"));
    alike(table.y(0, "rising", 0.0), 53.561_308_38, 1e-9);
    alike(table.y(0, "rising", 0.01), 92.668_169_57, 1e-9);
    alike(table.y(0, "falling", 0.01), 37.810_627_04, 1e-9);
}

/// Section 4, in the closed form and in the full solution.
#[test]
fn without_rashba_coupling() {
    let table = Table::of(&quick("dispersion-without-rashba"));
    for (panel, k, upper, lower) in [
        (0, 0.003, 9.989_914_69, 6.066_493_77),
        (1, 0.0, 7.714_307_52, 7.261_034_25),
        (1, 0.001, 7.822_038_21, 7.153_668_28),
        (1, 0.005, 8.742_087_44, 6.242_678_43),
    ] {
        close(table.y(panel, "E^+", k), upper, 1e-8);
        close(table.y(panel, "E^\u{2212}", k), lower, 1e-8);
        if k != 0.001 {
            close(table.y(panel, "continuum", k), upper, 1e-7);
            close(table.y(panel, "continuum, lower", k), lower, 1e-7);
        }
    }
    close(table.y(2, "secular equation", 200.0), 7.714_307_52 - 7.261_034_25, 2e-8);
}

/// Section 4 with the parameters of section 1.
#[test]
fn another_material() {
    let table = Table::of(&quick("dispersion-inas-gasb"));
    for (panel, k, upper, lower) in
        [(1, 0.01, 7.115_314_54, 6.551_893_86), (2, 0.03, 7.384_296_56, 6.324_822_69)]
    {
        close(table.y(panel, "E^+", k), upper, 1e-8);
        close(table.y(panel, "E^\u{2212}", k), lower, 1e-8);
        close(table.y(panel, "continuum", k), upper, 1e-7);
        close(table.y(panel, "continuum, lower", k), lower, 1e-7);
    }
}

/// Sections 5 and 6: four-state model, continuum, lattice of 199 sites.
#[test]
fn ribbons() {
    let table = Table::of(&quick("dispersion-ribbon"));
    let theory = [7.093_679_057, 7.204_610_259, 7.750_327_411, 7.902_796_240];
    let full = [7.101_357_73, 7.213_582_45, 7.741_116_97, 7.895_216_49];
    four(&table, 1, "four-state model", 0.001, theory, 1e-8);
    four(&table, 1, "continuum", 0.001, full, 1e-7);
    four(&table, 1, "lattice", 0.001, LATTICE, 1e-8);
    let theory = [6.135_571_727, 6.247_077_133, 8.849_816_020, 9.122_404_940];
    four(&table, 3, "four-state model", 0.005, theory, 1e-8);
}

/// Section 6: W = 200 nm, R0 = 156, k = 0.001, 199 sites.
const LATTICE: [f64; 4] = [7.101_894_597_8, 7.213_881_408_9, 7.740_567_789_4, 7.894_327_687_4];

/// Fig. 11: the third order opens no gap between Kramers partners, and shifts the bands little.
#[test]
fn third_order() {
    let table = Table::of(&quick("third-order-rashba"));
    four(&table, 2, "R_0", 0.001, LATTICE, 1e-8);
    let name = |band: usize| match band {
        0 => "R_0 and T_0".to_owned(),
        _ => format!("R_0 and T_0, {}", band + 1),
    };
    for pair in [0, 2] {
        let [first, second] = [pair, pair + 1].map(|band| table.y(2, &name(band), 0.0));
        close(first, second, 1e-8);
    }
    for band in ["1", "2", "3", "4"] {
        let rows = table.series(1, band);
        let largest = rows.iter().map(|row| row.y.abs()).fold(0.0, f64::max);
        assert!(1e-3 < largest && largest < 0.2, "band {band}: {largest} meV");
    }
}

/// Sections 5 and 6: gaps and positions; the width of destructive interference.
#[test]
fn gaps() {
    let table = Table::of(&quick("gap-width"));
    for (width, k, gap) in [
        (150.0, 7.9594e-4, 1.201_856_42),
        (200.0, 3.6780e-4, 0.449_330_42),
        (300.0, 7.8062e-5, 0.067_968_835_7),
    ] {
        alike(table.y(0, "156", width), gap, 1e-6);
        alike(table.y(1, "156", width), k, 1e-3);
    }
    for (width, k, gap) in [(150.0, 7.724e-4, 1.150_948_79), (300.0, 7.464e-5, 0.059_456_34)] {
        alike(table.y(0, "156, continuum", width), gap, 1e-6);
        alike(table.y(1, "156, continuum", width), k, 1e-3);
    }
    let zero = table.series(2, "390, first zero");
    close(zero[0].x, 353.0, 0.5);
    // The four-state model has no such zero.
    let theory = table.series(0, "390");
    assert!(theory.windows(2).all(|pair| pair[1].y < pair[0].y && 1e-4 < pair[1].y));
}

/// Section 7: the largest P at R0 = 156.
#[test]
fn projection() {
    let table = Table::of(&quick("projection-ribbon"));
    for (width, largest) in [("150", 0.011), ("200", 0.017), ("300", 0.033)] {
        let rows = table.series(0, width);
        close(rows.iter().map(|row| row.y).fold(0.0, f64::max), largest, 5e-4);
    }
}

/// Section 7: K_tot and k_r; K_tot/R0^2 falls with the width and rises with R0.
#[test]
fn total_rotation() {
    let table = Table::of(&quick("rotation-width"));
    for (coupling, width, total) in
        [("15.6", 200.0, 1.21576e-7), ("156", 200.0, 1.45484e-5), ("15.6", 300.0, 3.86740e-8)]
    {
        let square = coupling.parse::<f64>().unwrap().powi(2);
        alike(table.y(0, coupling, width) * square, total, 3e-4);
    }
    alike(table.y(2, "k_r", 200.0), 0.010_065_925_1, 1e-8);
    for (width, percent) in [(150.0, 7.9), (200.0, 9.3), (300.0, 12.3)] {
        let rise = table.y(0, "78", width) / table.y(0, "15.6", width) - 1.0;
        close(100.0 * rise, percent, 0.06);
    }
    assert!(table.series(0, "156").windows(2).all(|pair| pair[1].y < pair[0].y));
}

/// Mirror y -> -y exchanges the spins (section 5); the full solution beside the four-state model.
#[test]
fn densities() {
    let table = Table::of(&quick("ribbon-densities"));
    for panel in 0..4 {
        let (up, down) = (table.series(panel, "spin up"), table.series(panel, "spin down"));
        assert_eq!(up.len(), down.len());
        for (row, other) in up.iter().zip(down.iter().rev()) {
            close(row.y, other.y, 1e-9);
        }
        // The trapezoid rule at 2 nm does not resolve the decay within 1 nm.
        let sum: f64 = up.iter().chain(&down).map(|row| 2.0 * row.y).sum();
        close(sum, 1.0, 0.05);
        // R0 is weak: away from the edges both solutions are alike.
        let largest = up.iter().map(|row| row.y).fold(0.0, f64::max);
        for (series, theory) in [("spin up", &up), ("spin down", &down)] {
            let full = table.series(panel, &format!("{series}, continuum"));
            let inner: Vec<_> = full.iter().filter(|row| row.x.abs() < 85.0).collect();
            assert!(20 < inner.len());
            for row in inner {
                let after = theory.iter().position(|other| row.x < other.x).unwrap();
                let (left, right) = (theory[after - 1], theory[after]);
                let share = (row.x - left.x) / (right.x - left.x);
                close(row.y, left.y + share * (right.y - left.y), 0.08 * largest);
            }
        }
    }
}

/// Time reversal turns the spin with k, the mirror with the edge.
#[test]
fn spin_along_the_bands() {
    let table = Table::of(&quick("ribbon-bands"));
    for band in ["band 1", "band 2", "band 3", "band 4"] {
        let lower = table.y(2, band, 0.005);
        close(table.y(2, band, -0.005), -lower, 1e-6);
        close(table.y(3, band, 0.005), -lower, 1e-6);
        assert!(0.8 < lower.abs() && lower.abs() < 1.0, "{band}: {lower}");
    }
    let [below, above] = ["band 2", "band 3"].map(|band| table.y(2, band, 0.005));
    assert!(below * above < 0.0);
}

/// Haldane: the gap closes without mass, and is that of the bulk beyond 3 sqrt(3) t2; Kane and Mele:
/// Kramers pairs at 0 and pi.
#[test]
fn own_models() {
    let table = Table::of(&quick("own-models"));
    let splitting = |panel: usize| {
        let (below, above) = (table.series(panel, "band 24"), table.series(panel, "band 25"));
        let pairs = below.iter().zip(&above).map(|(low, high)| high.y - low.y);
        pairs.fold(f64::INFINITY, f64::min)
    };
    assert!(splitting(0) < 0.05);
    let bulk = 2.0 * (0.9 - 0.3 * 3.0_f64.sqrt());
    assert!(bulk < splitting(1) && splitting(1) < 1.2 * bulk, "{} {bulk}", splitting(1));
    for k in [0.0, PI] {
        for pair in 0..48 {
            let [one, other] = [1, 2].map(|i| table.y(3, &format!("band {}", 2 * pair + i), k));
            close(one, other, 1e-9);
        }
    }
}
