//! Numbers of Ferrer, Yevtushenko and Weichselbaum (2023), and of the NRG's specification, in the
//! tables; the quick settings keep few states, so the tolerances are those of E_trunc = 5 in section 6.
use std::f64::consts::PI;

use crate::quick;
use crate::table::Table;

#[track_caller]
fn close(found: f64, expected: f64, allowed: f64) {
    let defect = (found - expected).abs();
    assert!(defect <= allowed, "found {found:.12e}, expected {expected:.12e}, off by {defect:.1e}");
}

/// E_R = J^2/(4 x) = 2.5e-4 at J = 0.1, x = 10 (20b); v = 1/pi.
#[test]
fn dispersion_and_levels() {
    let table = Table::of(&quick("fig1-dispersion"));
    close(table.y(0, "spin up", PI), 1.0, 1e-15);
    close(table.y(0, "spin down", PI), -1.0, 1e-15);
    let table = Table::of(&quick("fig2-levels"));
    close(table.parameter("E_R (D)"), 2.5e-4, 1e-18);
    close(table.y(0, "|uu>", 0.1), 2.5e-4, 1e-18);
    close(table.y(0, "|s> = (|ud> \u{2212} |du>)/√2", 0.3), 5e-4, 1e-18);
}

/// Lambda = 2, x = 1e6: two equal legs without rungs, b_n -> omega_(n-1), above E_x (2 lg x = 40);
/// below it rungs of alternating sign couple them, and the couplings repeat every second shell.
#[test]
fn couplings_of_the_ladder() {
    let table = Table::of(&quick("fig10-couplings"));
    let at = |panel: usize, series: &str, n: u32| table.y(panel, series, f64::from(n));
    for n in [12, 16, 20] {
        close(at(0, "+", n), 1.0, 1e-3);
        close(at(0, "\u{2212}", n) / at(0, "+", n), 1.0, 1e-3);
        assert!(at(1, "rungs", n).abs() < 0.01);
    }
    // Fig. 10(b): below E_x two channels without rungs, smooth (-> 1) and alternating by Lambda = 2.
    for n in [48, 52, 56] {
        close(at(2, "+", n), 1.0, 5e-3);
        let ratio = at(2, "\u{2212}", n) / at(2, "\u{2212}", n + 1);
        close(ratio.max(1.0 / ratio), 2.0, 0.02);
    }
    for n in 50..57 {
        close(at(0, "\u{2212}", n + 2), at(0, "\u{2212}", n), 1e-3);
        assert!(at(0, "\u{2212}", n) < 0.8);
        assert!(at(1, "rungs", n) * at(1, "rungs", n + 1) < 0.0);
    }
}

/// (B6), (B7); the thick contour meets the diagonal at j ln j = -1/4, j = J/2.
#[test]
fn kondo_scales() {
    let table = Table::of(&quick("fig12-kondo-scale"));
    close(table.cell(0, 0.1, 0.1).ln(), -10.0, 1e-9);
    close(table.cell(0, 0.1, -0.1).ln(), -10.0, 1e-9);
    let contour = table.series(0, "T_K = (ρ_0J)^2");
    // J_z - J changes its sign along the contour at J = 2 * 0.11610128.
    let crossing = contour.windows(2).find_map(|pair| {
        let (a, b) = (pair[0].x - pair[0].y, pair[1].x - pair[1].y);
        (a * b <= 0.0).then(|| pair[0].y + (pair[1].y - pair[0].y) * a / (a - b))
    });
    close(crossing.unwrap(), 0.232_202_56, 2e-3);
}

/// Section 6, E_trunc = 5, z = 0: T_S/E_R = 0.708, 1.446 and <SzSz> = -0.2158 at x = 10.
#[test]
fn a_row_of_the_scan() {
    let table = Table::of(&quick("fig3-scan"));
    close(table.cell(0, 1e-6, 0.0), -0.2158, 2e-3);
    close(table.cell(0, 1e-2, 0.0), 0.0, 1e-3);
    // The correlator weakens with J_z (section 11: -0.2139 to -0.1702).
    let isotropic = table.cell(0, 1e-6, 1.0);
    assert!((-0.19..-0.15).contains(&isotropic), "{isotropic}");
    let scale = |panel: usize| table.series(panel, "T_S")[0].x;
    close(scale(3) / 2.5e-4, 0.708, 0.05);
    close(scale(5) / 2.5e-4, 1.50, 0.1);
    // The sector of the ground state carries all weight in the end, (0; 1) none.
    let weights = |panel: usize| {
        let cells = table.rows.iter().filter(|row| row.panel == panel && !row.value.is_nan());
        cells.filter(|row| row.y == 0.0).map(|row| (row.x, row.value)).collect::<Vec<_>>()
    };
    for panel in [1, 2] {
        assert!(weights(panel).iter().all(|(_, weight)| (0.0..=1.0).contains(weight)));
    }
    let lowest = weights(1).into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert!(0.9 < lowest.1, "{lowest:?}");
}

/// T_S/E_R = 0.708 at z = 0 (section 6, E_trunc = 5); one z is its own average, rescaled or not, and
/// its intra- and inter-impurity spectra agree deep in the RKKY regime.
#[test]
fn spectra_of_a_pair() {
    let (plain, rescaled) = (Table::of(&quick("fig4-spectra")), Table::of(&quick("fig5-rescaled")));
    let scale = rescaled.parameter("T_S/E_R");
    close(scale, plain.parameter("T_S/E_R"), 1e-12);
    close(scale, 0.708, 0.05);
    let highest = |table: &Table, series: &str| {
        table.series(1, series).iter().map(|row| row.y).fold(0.0, f64::max)
    };
    close(highest(&plain, "intra") / highest(&rescaled, "intra"), 1.0, 1e-9);
    close(highest(&plain, "inter") / highest(&plain, "intra"), 1.0, 0.15);
}

/// Section 6: T_S/E_R = 0.708, 1.446 at x = 10, J = 0.1, z = 0, E_trunc = 5.
#[test]
fn scales_over_distance() {
    let table = Table::of(&quick("fig8-distance"));
    close(table.y(0, "E_R", 10.0), 2.5e-4, 1e-18);
    close(table.y(0, "T_S±^LL", 10.0) / 2.5e-4, 0.708, 0.05);
    close(table.y(1, "T_Sz^LL", 10.0), 2.04, 0.15);
    close(table.y(1, "T_S±^LL", 10.0), 1.0, 1e-12);
}

/// Section 6: 1/4 + <SzSz> = 0.00152 at J = 0.02 and 0.034 at J = 0.1 (E_trunc = 5, z = 0): nearly
/// J^2.
#[test]
fn towards_the_wide_band_limit() {
    let table = Table::of(&quick("fig11-wide-band"));
    close(table.y(0, "10", 0.02), 0.001_52, 3e-4);
    close(table.y(0, "10", 0.1), 0.0342, 2e-3);
    close(table.y(1, "E_R, x = 10", 0.1), 2.5e-4, 1e-18);
    close(table.y(1, "T_K", 0.1).ln(), -PI / 0.2, 1e-9);
}
